/*
 * What http.c and fetcher.c share: preparing one curl handle for one URL.
 * Internal to src/net; nothing else includes curl.
 */
#ifndef SC_NET_EASY_H
#define SC_NET_EASY_H

#include "net/http.h"

#include <curl/curl.h>

enum { SC_NET_MAX_REDIRECTS = 10 };

/*
 * Resets `h` and prepares it for `url`: protocols, encodings, redirects off
 * (they are followed by hand so that secrets stay at home). `*headers`
 * receives the list that the caller frees after the transfer; *effective
 * (may be NULL) the URL with the site's query, to be freed. `own` are the
 * request's own headers, which belong to `home_url`.
 */
bool sc_easy_prepare(CURL *h, const char *url, const char *home_url,
                     const char *const *own, const struct sc_http_site *site,
                     struct curl_slist **headers, char **effective, struct sc_error *err);

/* private.c: refuses private addresses when the process does so. */
void sc_easy_mind_address(CURL *h);
/* Whether the last failure to connect in this thread was such a refusal. */
bool sc_easy_refused_address(void);
/* Such refusals in this thread so far, for transfers side by side. */
unsigned sc_easy_refusals(void);

/* True when what is secret for `home` may be sent to `url`. */
bool sc_net_same_site(const char *home, const char *url);

/*
 * Where the answer of `h` redirects to (heap memory), NULL when nowhere. A
 * server that copies the query into its Location does not get the site's
 * secrets sent to another host.
 */
char *sc_easy_redirect(CURL *h, const struct sc_http_site *site);

/* The `Retry-After` of the finished transfer in seconds, or -1. */
int64_t sc_easy_retry_after(CURL *h);

/* Records a transport failure of `url` (its query is never shown). */
bool sc_easy_fail(struct sc_error *err, CURLcode code, const char *url,
                  const char *detail);

#endif
