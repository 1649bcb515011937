#include "base/str.h"

#include "base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

char *sc_strndup(const char *s, size_t n)
{
    char *copy = malloc(n + 1);
    if (copy) {
        memcpy(copy, s, n);
        copy[n] = '\0';
    }
    return copy;
}

char *sc_strdup(const char *s)
{
    return s ? sc_strndup(s, strlen(s)) : NULL;
}

char *sc_strf(const char *fmt, ...)
{
    struct sc_buf b = SC_BUF_INIT(0);
    va_list ap;
    va_start(ap, fmt);
    sc_buf_vaddf(&b, fmt, ap);
    va_end(ap);
    return sc_buf_detach(&b);
}

bool sc_str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool sc_str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool sc_str_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool sc_str_ieq(const char *a, const char *b)
{
    return a && b ? strcasecmp(a, b) == 0 : a == b;
}

char *sc_str_trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = '\0';
    return s;
}

size_t sc_utf8_decode(const char *s, size_t len, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s;
    if (len == 0)
        return 0;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    size_t n = p[0] >= 0xF0 && p[0] < 0xF8 ? 4
             : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
             : p[0] >= 0xC0 && p[0] < 0xE0 ? 2
                                           : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t c = p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *cp = c;
    return n;
}

size_t sc_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (cp >> 18 & 7));
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t sc_control_length(const char *s)
{
    const unsigned char *c = (const unsigned char *)s;
    if (!*c)
        return 0;
    if (*c < ' ' || *c == 0x7f)
        return 1;
    return c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0 ? 2 : 0;
}

bool sc_utf8_valid(const char *s, size_t len)
{
    uint32_t cp;
    for (size_t i = 0; i < len;) {
        size_t n = sc_utf8_decode(s + i, len - i, &cp);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

char *sc_utf8_repair(const char *s, size_t len)
{
    struct sc_buf b = SC_BUF_INIT(0);
    uint32_t cp;
    sc_buf_reserve(&b, len);
    for (size_t i = 0; i < len;) {
        size_t n = sc_utf8_decode(s + i, len - i, &cp);
        if (n == 0) {
            sc_buf_add_str(&b, "\xEF\xBF\xBD");
            i++;
            continue;
        }
        if (cp != 0)
            sc_buf_add(&b, s + i, n);
        i += n;
    }
    return sc_buf_detach(&b);
}

bool sc_utf8_is_alnum(uint32_t cp)
{
    if (cp < 0x80)
        return isalnum((int)cp) != 0;
    /* Punctuation, symbols, spaces and private-use blocks; the rest of the
     * assigned planes is letters, marks and digits for our purpose. */
    static const uint32_t not_letters[][2] = {
        {0x80, 0xA9},       {0xAB, 0xB4},       {0xB6, 0xB9},     {0xBB, 0xBF},
        {0xD7, 0xD7},       {0xF7, 0xF7},       {0x2000, 0x206F}, {0x20A0, 0x20CF},
        {0x2100, 0x2BFF},   {0x2E00, 0x2E7F},   {0x3000, 0x3004}, {0x3008, 0x3020},
        {0x3030, 0x3030},   {0x303D, 0x303F},   {0xD800, 0xF8FF}, {0xFE00, 0xFE0F},
        {0xFE10, 0xFE6F},   {0xFF00, 0xFF0F},   {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
        {0xFF5B, 0xFF65},   {0xFFE0, 0xFFFF},   {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof not_letters / sizeof not_letters[0]; i++)
        if (cp >= not_letters[i][0] && cp <= not_letters[i][1])
            return false;
    return true;
}

bool sc_parse_u64(const char *s, uint64_t *out)
{
    uint64_t v = 0;
    if (!s || !*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        unsigned d = (unsigned)(*s - '0');
        if (v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *out = v;
    return true;
}

bool sc_parse_i64(const char *s, int64_t *out)
{
    uint64_t v;
    bool neg = s && *s == '-';
    if (!sc_parse_u64(s && (*s == '-' || *s == '+') ? s + 1 : s, &v))
        return false;
    if (v > (uint64_t)INT64_MAX + (neg ? 1 : 0))
        return false;
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool sc_parse_double(const char *s, double *out)
{
    /* Own scanner for plain decimals: strtod follows the locale. */
    double v = 0, scale = 1;
    bool neg = false, digits = false;
    if (!s)
        return false;
    if (*s == '-' || *s == '+')
        neg = *s++ == '-';
    for (; *s >= '0' && *s <= '9'; s++, digits = true)
        v = v * 10 + (*s - '0');
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++, digits = true)
            v += (*s - '0') * (scale /= 10);
    if (digits && (*s == 'e' || *s == 'E')) {
        int64_t e;
        if (!sc_parse_i64(s + 1, &e) || e < -308 || e > 308)
            return false;
        v *= pow(10, (double)e);
        s += strlen(s);
    }
    if (!digits || *s || !isfinite(v))
        return false;
    *out = neg ? -v : v;
    return true;
}

bool sc_parse_duration_s(const char *s, int64_t *out)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    size_t digits = strspn(s, "0123456789");
    char number[16];
    uint64_t n;
    if (digits == 0 || digits > 9 || !s[digits] || s[digits + 1])
        return false;
    snprintf(number, sizeof number, "%.*s", (int)digits, s);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (s[digits] == units[i].letter && sc_parse_u64(number, &n)) {
            *out = (int64_t)n * units[i].seconds;
            return true;
        }
    return false;
}

bool sc_parse_time_s(const char *s, double *out)
{
    double total = 0;
    int fields = 0;
    char part[32];
    if (!s)
        return false;
    for (;;) {
        size_t n = strcspn(s, ":");
        bool last = s[n] == '\0';
        double v;
        if (n == 0 || n >= sizeof part || ++fields > 3)
            return false;
        memcpy(part, s, n);
        part[n] = '\0';
        if (strspn(part, last ? "0123456789." : "0123456789") != n ||
            !sc_parse_double(part, &v) || (fields > 1 && v >= 60))
            return false;
        total = total * 60 + v;
        if (last)
            break;
        s += n + 1;
    }
    *out = total;
    return true;
}

static uint64_t whole_seconds(double s)
{
    return s > 0 && s < 1e12 ? (uint64_t)s : 0;
}

void sc_format_time(double s, char *out, size_t size)
{
    unsigned long long t = whole_seconds(s);
    if (t >= 3600)
        snprintf(out, size, "%llu:%02llu:%02llu", t / 3600, t / 60 % 60, t % 60);
    else
        snprintf(out, size, "%llu:%02llu", t / 60, t % 60);
}

void sc_format_hms(double s, char *out, size_t size)
{
    unsigned long long t = whole_seconds(s);
    snprintf(out, size, "%02llu:%02llu:%02llu", t / 3600, t / 60 % 60, t % 60);
}

void sc_format_bytes(double bytes, char *out, size_t size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    unsigned u = 0;
    while (bytes >= 999.5 && u < 4) {
        bytes /= 1000;
        u++;
    }
    snprintf(out, size, u && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

char *sc_url_redact(const char *url)
{
    size_t end = strcspn(url, "?#");
    const char *scheme = strstr(url, "://");
    size_t host = scheme && (size_t)(scheme - url) < end ? (size_t)(scheme - url) + 3 : 0;
    size_t path = host + strcspn(url + host, "/?#");
    size_t start = host;
    for (size_t i = host; i < path; i++)
        if (url[i] == '@')
            start = i + 1;
    return sc_strf("%.*s%.*s", (int)host, url, (int)(end - start), url + start);
}
