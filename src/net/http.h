/*
 * HTTP: the only place that knows curl. Two ways in:
 *
 * - sc_http_perform(): one request, blocking, for APIs, playlists, keys,
 *   model files; streams the body to a callback when asked.
 * - net/fetcher.h: many parallel GETs with adaptive concurrency, for segments.
 *
 * Redirects are followed (at most 10; secret headers stay on their host),
 * compressed answers are decoded. Errors never hold a query string.
 */
#ifndef SC_NET_HTTP_H
#define SC_NET_HTTP_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"
#include "net/url.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What belongs to one site: secrets that go to its host and port and nowhere
 * else (https secrets never over http; harmless headers such as Referer and
 * User-Agent go along everywhere). All borrowed, constant while in use.
 */
struct sc_http_site {
    const char *url;                /* any URL of the site */
    const char *also;               /* any URL of a second host of it, or NULL */
    const char *const *query_names; /* added to the query of every request */
    const char *const *query_values;
    size_t n_query;
    /*
     * Addresses that the query is for ("*" and "?" as in a shell), NULL = all. Others
     * that are signed in themselves keep what they have.
     */
    const char *resource;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    const char *cookie_file;    /* Netscape cookie file (knows its hosts), or NULL */
};

/* Returns false to stop the transfer. */
typedef bool (*sc_http_body_fn)(void *user, const void *data, size_t len);

struct sc_http_request {
    const char *method; /* "GET" when NULL */
    const char *url;
    const char *const *headers;      /* "Name: value", NULL-terminated, may be NULL */
    const struct sc_http_site *site; /* or NULL */
    const void *body;
    size_t body_len;
    int64_t range_start, range_end; /* inclusive; start -1 = no range, end -1 = open */
    int connect_timeout_ms;         /* 0 = 10000 */
    int stall_timeout_ms;           /* no byte for this long: failure; 0 = 30000 */
    int first_byte_timeout_ms;      /* until the answer begins; 0 = the stall timeout */
    int total_timeout_ms;           /* 0 = none */
    int attempts; /* tries incl. the first; 0 = 1. Retries transport errors, 408, 429, 5xx
                   */
    size_t max_body; /* bytes; 0 = 64 MB. Ignored with on_body */
    sc_http_body_fn
        on_body; /* gets the body of a 2xx answer; NULL: it goes to the response */
    void *user;
};

#define SC_HTTP_REQUEST_INIT                                                             \
    ((struct sc_http_request){.range_start = -1, .range_end = -1})

struct sc_http_response {
    int status;
    struct sc_buf body;
    char *effective_url;    /* after redirects; may hold secrets, do not print */
    char *content_type;     /* or NULL */
    char *etag;             /* or NULL */
    int64_t content_length; /* -1 unknown */
    int64_t retry_after_s;  /* -1 none */
};

/* Once per process, before threads. */
bool sc_http_global_init(struct sc_error *err);
void sc_http_global_finish(void);
/*
 * True when an HTTP answer of any status arrived; the caller judges `status`.
 * `out` is to be finished in either case. A transfer whose on_body has got
 * bytes is not tried again; one that on_body stops fails as SC_ERR_CANCELLED
 * unless on_body filled the same err.
 */
bool sc_http_perform(const struct sc_http_request *req, struct sc_http_response *out,
                     const struct sc_cancel *cancel, struct sc_error *err);
void sc_http_response_finish(struct sc_http_response *r);

#endif
