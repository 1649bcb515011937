/* Reading slides_metadata.json; what is accepted must survive being written. */
#include "model/slide.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_error err = {0};
    struct sc_slide_deck d = {0}, again = {0};
    if (!sc_slide_deck_read_json((const char *)data, size, &d, &err))
        return 0;
    struct sc_buf b = SC_BUF_INIT(0);
    if (!sc_slide_deck_write_json(&d, &b, &err) ||
        !sc_slide_deck_read_json(b.data, b.len, &again, &err) ||
        again.n_slides != d.n_slides)
        abort();
    (void)sc_slide_deck_at(&d, 1.5);
    sc_slide_deck_finish(&again);
    sc_slide_deck_finish(&d);
    sc_buf_finish(&b);
    return 0;
}
