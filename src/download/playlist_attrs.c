#include "download/playlist_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct span span_trim(struct span s)
{
    while (s.n && is_blank(s.s[0])) {
        s.s++;
        s.n--;
    }
    while (s.n && is_blank(s.s[s.n - 1]))
        s.n--;
    return s;
}

bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool span_ieq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.s, b.s, a.n) == 0);
}

static struct span skip(struct span s, size_t n)
{
    return (struct span){s.s + n, s.n - n};
}

static size_t find(struct span s, char c)
{
    const char *at = s.n ? memchr(s.s, c, s.n) : NULL;
    return at ? (size_t)(at - s.s) : s.n;
}

/*
 * The value at the beginning of s (RFC 8216 section 4.2), read as players do:
 * blanks around it, single quotes, a missing closing quote and a missing comma
 * behind a quoted value are let pass. Returns how much of s it takes.
 */
static size_t parse_value(struct span s, struct attr *out)
{
    size_t start = 0;
    while (start < s.n && is_blank(s.s[start]))
        start++;
    if (start < s.n && (s.s[start] == '"' || s.s[start] == '\'')) {
        struct span rest = skip(s, start + 1);
        size_t n = find(rest, s.s[start]);
        size_t after = n < rest.n ? n + 1 : n;
        size_t comma = after + find(skip(rest, after), ',');
        struct span behind = span_trim((struct span){rest.s + after, comma - after});
        if (s.s[start] == '"' || (n < rest.n && behind.n == 0)) {
            bool next = find(behind, '=') < behind.n; /* the next attribute */
            out->value = (struct span){rest.s, n};
            out->quoted = true;
            return start + 1 + (next ? after : comma);
        }
    }
    size_t n = find(s, ',');
    out->value = span_trim((struct span){s.s, n});
    out->quoted = false;
    return n;
}

void attrs_parse(struct span text, struct attr_list *out)
{
    out->n = 0;
    out->odd = false;
    while (text.n) {
        size_t comma = find(text, ','), equals = find(text, '=');
        if (equals >= comma) { /* a piece without "=" */
            out->odd |= span_trim((struct span){text.s, comma}).n > 0;
            text = skip(text, comma < text.n ? comma + 1 : comma);
            continue;
        }
        struct attr a = {.name = span_trim((struct span){text.s, equals})};
        text = skip(text, equals + 1);
        text = skip(text, parse_value(text, &a));
        if (text.n && *text.s == ',')
            text = skip(text, 1);
        else
            out->odd |= text.n > 0;
        if (out->n < PLAYLIST_MAX_ATTRS && a.name.n)
            out->items[out->n++] = a;
        else
            out->odd = true;
    }
}

/* Of repeated names the last counts, as in the players that keep a map. */
const struct attr *attr_find(const struct attr_list *list, const char *name)
{
    struct span want = {name, strlen(name)};
    for (size_t i = list->n; i > 0; i--)
        if (span_eq(list->items[i - 1].name, want))
            return &list->items[i - 1];
    for (size_t i = list->n; i > 0; i--)
        if (span_ieq(list->items[i - 1].name, want))
            return &list->items[i - 1];
    return NULL;
}

struct span attr_value(const struct attr_list *list, const char *name)
{
    const struct attr *a = attr_find(list, name);
    return a ? a->value : (struct span){"", 0};
}

bool attr_is_yes(const struct attr_list *list, const char *name)
{
    return span_ieq(span_trim(attr_value(list, name)), SPAN("YES"));
}

bool scan_u64(struct span s, uint64_t *out, struct span *rest)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < s.n && is_digit(s.s[i]); i++) {
        unsigned d = (unsigned)(s.s[i] - '0');
        v = v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
    }
    if (i == 0)
        return false;
    *out = v;
    if (rest)
        *rest = skip(s, i);
    return true;
}

enum { MAX_EXACT_POWER = 22 }; /* the largest power of ten that a double holds exactly */

/*
 * mantissa * 10^exponent, correctly rounded and independent of the locale. When
 * both are exact doubles, one division or multiplication rounds once (Clinger's
 * fast path); the rest is left to strtod, in a form without a decimal point.
 */
static double decimal_value(uint64_t mantissa, int exponent)
{
    static const double pow10[MAX_EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char text[40];
    bool exact = mantissa <= (uint64_t)1 << 53 && FLT_EVAL_METHOD == 0;
    if (exact && exponent <= 0 && exponent >= -MAX_EXACT_POWER)
        return (double)mantissa / pow10[-exponent];
    if (exact && exponent > 0 && exponent <= MAX_EXACT_POWER)
        return (double)mantissa * pow10[exponent];
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)mantissa, exponent);
    return strtod(text, NULL);
}

/* Digits with or without a point; significant ones beyond the 18th count as zero. */
bool scan_decimal(struct span s, double *out, struct span *rest)
{
    uint64_t mantissa = 0;
    int exponent = 0;
    bool digits = false, point = false;
    size_t i = 0;
    for (; i < s.n; i++) {
        if (s.s[i] == '.' && !point) {
            point = true;
        } else if (is_digit(s.s[i])) {
            digits = true;
            if (mantissa < 100000000000000000u) {
                mantissa = mantissa * 10 + (uint64_t)(s.s[i] - '0');
                exponent -= point;
            } else if (exponent < 400) {
                exponent += !point;
            }
        } else {
            break;
        }
    }
    if (!digits)
        return false;
    while (exponent < 0 && mantissa && mantissa % 10 == 0) {
        mantissa /= 10;
        exponent++;
    }
    *out = decimal_value(mantissa, exponent);
    if (!isfinite(*out))
        return false;
    if (rest)
        *rest = skip(s, i);
    return true;
}

bool scan_byterange(struct span s, uint64_t *length, bool *has_offset, uint64_t *offset)
{
    struct span rest;
    uint64_t n, o = 0;
    s = span_trim(s);
    if (s.n && (*s.s == '"' || *s.s == '\''))
        s = span_trim(skip(s, 1));
    if (!scan_u64(s, &n, &rest))
        return false;
    rest = span_trim(rest);
    bool at = rest.n && rest.s[0] == '@';
    if (rest.n &&
        !strchr("@\"',", rest.s[0])) /* "0x10@0", "12.5@3": not that many bytes */
        return false;
    if (at && !scan_u64(span_trim(skip(rest, 1)), &o, NULL))
        at = false;
    if (n > INT64_MAX || o > INT64_MAX) /* beyond any file, and sums must not wrap */
        return false;
    *length = n;
    *has_offset = at;
    *offset = o;
    return true;
}

bool scan_resolution(struct span s, int *width, int *height)
{
    enum { MAX_SIDE = 1000000 };
    double w, h;
    struct span rest;
    s = span_trim(s);
    if (!scan_decimal(s, &w, &rest))
        return false;
    rest = span_trim(rest);
    if (rest.n == 0 || (rest.s[0] != 'x' && rest.s[0] != 'X') ||
        !scan_decimal(span_trim(skip(rest, 1)), &h, NULL) || w < 1 || h < 1 ||
        w > MAX_SIDE || h > MAX_SIDE)
        return false;
    *width = (int)w;
    *height = (int)h;
    return true;
}

static int hex_digit(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool scan_iv(struct span s, uint8_t iv[16])
{
    uint8_t bytes[16] = {0};
    s = span_trim(s);
    if (s.n >= 2 && s.s[0] == '0' && (s.s[1] == 'x' || s.s[1] == 'X'))
        s = skip(s, 2);
    while (s.n > 32 && s.s[0] == '0')
        s = skip(s, 1);
    if (s.n == 0 || s.n > 32)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int d = hex_digit(s.s[s.n - 1 - i]);
        if (d < 0)
            return false;
        bytes[15 - i / 2] |= (uint8_t)(i % 2 ? d << 4 : d);
    }
    memcpy(iv, bytes, sizeof bytes);
    return true;
}
