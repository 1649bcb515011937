/*
 * Strings: NUL-terminated UTF-8, and small helpers without domain words.
 * Functions that return `char *` return heap memory the caller frees, or NULL
 * when memory is out.
 */
#ifndef SC_BASE_STR_H
#define SC_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *sc_strdup(const char *s);                 /* NULL in, NULL out */
char *sc_strndup(const char *s, size_t n);
char *sc_strf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool sc_str_starts(const char *s, const char *prefix);
bool sc_str_ends(const char *s, const char *suffix);
bool sc_str_eq(const char *a, const char *b);   /* NULL equals NULL only */
bool sc_str_ieq(const char *a, const char *b);  /* ASCII case folded */
/* Trims ASCII white space in place; returns the first kept character. */
char *sc_str_trim(char *s);

/*
 * Bytes of the control character at s, which would steer a terminal: C0 or DEL (1),
 * C1 in UTF-8 (2); 0 when there is none.
 */
size_t sc_control_length(const char *s);
/*
 * Decodes one code point at s (len bytes available). Returns its byte length,
 * or 0 at the end or for an invalid sequence (overlong, surrogate, > 10FFFF).
 */
size_t sc_utf8_decode(const char *s, size_t len, uint32_t *cp);
size_t sc_utf8_encode(uint32_t cp, char out[4]);
bool sc_utf8_valid(const char *s, size_t len);
/* A valid copy: every broken byte becomes U+FFFD, NUL bytes are dropped. */
char *sc_utf8_repair(const char *s, size_t len);
/* Letter or digit of any script (locale-independent approximation). */
bool sc_utf8_is_alnum(uint32_t cp);

/* Whole-string numbers; false on junk, overflow or an empty string. */
bool sc_parse_u64(const char *s, uint64_t *out);
bool sc_parse_i64(const char *s, int64_t *out);
bool sc_parse_double(const char *s, double *out); /* always '.', never the locale */

/* "90", "90.5", "1:30", "1:02:03.5" to seconds; false when it is no time. */
bool sc_parse_time_s(const char *s, double *out);
/* "30d", "24h", "90m", "2w", "45s" to seconds; false when it is none. */
bool sc_parse_duration_s(const char *s, int64_t *out);
/* Seconds to "h:mm:ss" (or "m:ss" below an hour). */
void sc_format_time(double s, char *out, size_t size);
/* Seconds to "HH:MM:SS". */
void sc_format_hms(double s, char *out, size_t size);
/* 1536 to "1.5 kB" (decimal units). */
void sc_format_bytes(double bytes, char *out, size_t size);

/*
 * The URL without query, fragment and user info, safe to print and log.
 * Heap memory.
 */
char *sc_url_redact(const char *url);

#endif
