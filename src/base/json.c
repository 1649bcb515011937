#include "base/json.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *sc_json_text(const char *s)
{
    if (!s)
        return json_null();
    json_t *v = json_string(s);
    if (v)
        return v;
    char *fixed = sc_utf8_repair(s, strlen(s));
    v = fixed ? json_string(fixed) : NULL;
    free(fixed);
    return v;
}

json_t *sc_json_time(int64_t unix_s)
{
    char text[SC_ISO8601_SIZE];
    if (unix_s <= 0)
        return json_null();
    sc_format_iso8601(unix_s, text);
    return json_string(text);
}

json_t *sc_json_texts(char *const *texts, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

enum { EXACT_DIGITS = 17 }; /* always enough for a double */

static bool is_real(const char *number, size_t len)
{
    return memchr(number, '.', len) || memchr(number, 'e', len) ||
           memchr(number, 'E', len);
}

/* Writes the number at `in` to `out`, which may be the same; returns its new length. */
static size_t shorten(char *out, const char *in, size_t len)
{
    char text[32];
    double v = strtod(in, NULL);
    for (int digits = 15; digits < EXACT_DIGITS; digits++) {
        size_t n = (size_t)snprintf(text, sizeof text, "%.*g", digits, v);
        if (!is_real(text, n)) /* it stays a real number for whoever reads it */
            n += (size_t)snprintf(text + n, sizeof text - n, ".0");
        if (n < len && strtod(text, NULL) == v) {
            memcpy(out, text, n);
            return n;
        }
    }
    memmove(out, in, len);
    return len;
}

/* The end of the string that begins with the quote at s. */
static const char *skip_string(const char *s)
{
    for (s++; *s && *s != '"'; s++)
        if (*s == '\\' && s[1])
            s++;
    return *s ? s + 1 : s;
}

char *sc_json_dumps_exact(const json_t *j, size_t flags)
{
    char *text = json_dumps(j, flags | JSON_REAL_PRECISION(EXACT_DIGITS));
    char *out = text;
    for (const char *in = text; in && *in;) {
        bool number = *in == '-' || (*in >= '0' && *in <= '9');
        size_t len = 1;
        if (number)
            len = strspn(in, "-+.0123456789eE");
        else if (*in == '"')
            len = (size_t)(skip_string(in) - in);
        if (number && is_real(in, len)) {
            out += shorten(out, in, len);
        } else if (len == 1) { /* most of it: brackets and blanks */
            *out++ = *in;
        } else {
            memmove(out, in, len);
            out += len;
        }
        in += len;
    }
    if (out)
        *out = '\0';
    return text;
}
