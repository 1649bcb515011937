#include "server/range.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum sc_range sc_range_parse(const char *text, uint64_t size, uint64_t *offset,
                             uint64_t *length)
{
    char first[24], last[24];
    uint64_t a, b;
    if (!text || strncasecmp(text, "bytes=", 6) != 0 || strchr(text, ','))
        return SC_RANGE_NONE;
    text += 6;
    const char *dash = strchr(text, '-');
    if (!dash || (size_t)(dash - text) >= sizeof first || strlen(dash + 1) >= sizeof last)
        return SC_RANGE_NONE;
    snprintf(first, sizeof first, "%.*s", (int)(dash - text), text);
    snprintf(last, sizeof last, "%s", dash + 1);
    if (first[0] == '\0') {
        if (!sc_parse_u64(last, &b))
            return SC_RANGE_NONE;
        if (b == 0 || size == 0)
            return SC_RANGE_BAD;
        *length = b < size ? b : size;
        *offset = size - *length;
        return SC_RANGE_OK;
    }
    if (!sc_parse_u64(first, &a) || (last[0] && !sc_parse_u64(last, &b)))
        return SC_RANGE_NONE;
    if (!last[0] || b >= size)
        b = size ? size - 1 : 0;
    if (a >= size || (last[0] && b < a))
        return SC_RANGE_BAD;
    *offset = a;
    *length = b - a + 1;
    return SC_RANGE_OK;
}
