/* Segments as a server may send them; the first two bytes say how much is init. */
#include "media/media.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void inspect(const uint8_t *init, size_t init_len, const uint8_t *data, size_t len)
{
    struct sc_segment_check c = {.pts_span_s = 77};
    struct sc_error err = {0};
    /* Copies of the exact size, so that a read beyond the end is noticed. */
    uint8_t *i = malloc(init_len + 1), *d = malloc(len + 1);
    if (i && d) {
        memcpy(i, init, init_len);
        memcpy(d, data, len);
        i = realloc(i, init_len ? init_len : 1);
        d = realloc(d, len ? len : 1);
        bool ok = sc_segment_inspect(i, init_len, d, len, &c, &err);
        must(ok == (err.code == SC_ERR_OK));
        must(ok ? c.is_ts + c.is_fmp4 + c.is_packed_audio == 1 : c.pts_span_s > 76);
        must(!ok || c.pts_span_s == c.pts_span_s); /* a number */
    }
    free(i);
    free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inspect(data, 0, data, size);
    if (size >= 2) {
        size_t n = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        n = n < size ? n : size;
        inspect(data, n, data + n, size - n);
    }
    return 0;
}
