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

static bool take_number(const char **at, char end, int64_t *out)
{
    char digits[24];
    size_t n = strspn(*at, "0123456789");
    if (n == 0 || n >= sizeof digits || (*at)[n] != end)
        return false;
    snprintf(digits, sizeof digits, "%.*s", (int)n, *at);
    *at += n + (end != '\0');
    return sc_parse_i64(digits, out);
}

bool sc_content_range_parse(const char *text, int64_t *from, int64_t *to, int64_t *total)
{
    int64_t a, b, n;
    if (strncasecmp(text, "bytes ", 6) != 0)
        return false;
    text += 6;
    if (!take_number(&text, '-', &a) || !take_number(&text, '/', &b) ||
        !take_number(&text, '\0', &n) || b < a || n <= b)
        return false;
    *from = a;
    *to = b;
    *total = n;
    return true;
}
