/*
 * URLs as text (RFC 3986): pure functions, no I/O. Functions that return
 * `char *` give heap memory, or NULL when memory is out or the URL is unusable.
 */
#ifndef SC_NET_URL_H
#define SC_NET_URL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Resolves a reference against an absolute base (RFC 3986 section 5.2, strict).
 * Blanks around ref are ignored; bytes that no URL may hold (blanks inside,
 * quotes, controls, non-ASCII) come out percent-encoded, as browsers do it.
 * NULL when base is not absolute and ref is not either.
 */
char *sc_url_resolve(const char *base, const char *ref);
/* True for "scheme:...". */
bool sc_url_is_absolute(const char *url);
/*
 * True when both have the same scheme, host and port, default ports of http
 * and https counted as written. False when in doubt (two `@`, backslashes):
 * secrets depend on it.
 */
bool sc_url_same_origin(const char *a, const char *b);
/* Same host name (port and scheme aside). */
bool sc_url_same_host(const char *a, const char *b);
/* `pattern` with "*" (any text) and "?" (any one character) is for the whole text. */
bool sc_url_matches(const char *pattern, const char *text);
/* Percent-encodes one query value: all but RFC 3986 "unreserved". */
char *sc_url_encode(const char *value);
/*
 * The URL with "name=value" pairs added to its query; pairs of the same name
 * that were there go. Values are plain: this encodes them.
 */
char *sc_url_with_query(const char *url, const char *const *names,
                        const char *const *values, size_t n);
/* The URL without the query pairs of these names; the order of the rest stays. */
char *sc_url_without_query(const char *url, const char *const *names, size_t n);
/*
 * The URL without the query pairs that say who may fetch, not what: those by which
 * CloudFront, S3, Google, Akamai and other CDNs sign. `also_common`: and names that
 * other sites give to other things (token, exp, st...).
 */
char *sc_url_without_signature(const char *url, bool also_common);
/* sc_url_without_query() for pairs whose decoded value is also the one given. */
char *sc_url_without_values(const char *url, const char *const *names,
                            const char *const *values, size_t n);
/* The decoded value of the first query pair of this name, NULL when there is none. */
char *sc_url_query_value(const char *url, const char *name);

#endif
