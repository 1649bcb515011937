/* notes.json: what is read is written again and reads back the same. */
#include "model/notes.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_notes n = {0}, again = {0};
    struct sc_error err = {0};
    struct sc_buf a = {0}, b = {0};
    if (sc_notes_read_json((const char *)data, size, &n, &err)) {
        if (!sc_notes_write_json(&n, &a, &err) ||
            !sc_notes_read_json(a.data, a.len, &again, &err) ||
            !sc_notes_write_json(&again, &b, &err) || a.len != b.len ||
            memcmp(a.data, b.data, a.len) != 0)
            abort();
    }
    sc_notes_finish(&n);
    sc_notes_finish(&again);
    sc_buf_finish(&a);
    sc_buf_finish(&b);
    return 0;
}
