#include "download/pattern.h"

#include "base/buf.h"

#include <string.h>

enum { MAX_WIDTH = 12, MAX_LENGTH = 512 };

const char *const sc_chunk_patterns[] = {"data%06d.ts", "%06d.ts", "data%d.ts", NULL};

/* The user's pattern never reaches printf: it is read here. */
static bool expand(const char *pattern, uint64_t number, struct sc_buf *out)
{
    int numbers = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p != '%') {
            sc_buf_add_char(out, *p);
            continue;
        }
        p++;
        if (*p == '%') {
            sc_buf_add_char(out, '%');
            continue;
        }
        bool zero = *p == '0';
        int width = 0;
        while (*p >= '0' && *p <= '9' && width <= MAX_WIDTH)
            width = width * 10 + (*p++ - '0');
        if ((*p != 'd' && *p != 'u') || width > MAX_WIDTH || ++numbers > 1)
            return false;
        if (zero)
            sc_buf_addf(out, "%0*llu", width, (unsigned long long)number);
        else
            sc_buf_addf(out, "%*llu", width, (unsigned long long)number);
    }
    return numbers == 1 && !out->failed;
}

bool sc_pattern_valid(const char *pattern)
{
    struct sc_buf b = SC_BUF_INIT(MAX_LENGTH);
    bool ok = expand(pattern, 0, &b) && !strstr(pattern, "://") && pattern[0] != '/' &&
              !strstr(pattern, "..");
    sc_buf_finish(&b);
    return ok;
}

char *sc_pattern_name(const char *pattern, uint64_t number)
{
    struct sc_buf b = SC_BUF_INIT(MAX_LENGTH);
    if (!expand(pattern, number, &b)) {
        sc_buf_finish(&b);
        return NULL;
    }
    return sc_buf_detach(&b);
}
