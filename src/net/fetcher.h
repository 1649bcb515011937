/*
 * Many parallel GETs with an adaptive number of connections (net/ramp.h).
 *
 * The owner is asked for the next request whenever a slot is free, gets the
 * body in pieces, and hears how each request ended. All callbacks run in the
 * thread of sc_fetcher_run(). What to try again, and when, is the owner's
 * matter; redirects, ranges, pauses, stalls and push-back are handled here.
 *
 * HTTP/2 is spoken where the server has it, but one request at a time on each
 * connection: streams that share a connection also share its cap (measured: one
 * HTTP/2 connection under a per-connection cap is as slow as no parallelism).
 *
 * When the owner has no further request, free connections fetch the later parts of
 * what is under way, where the server does ranges: the last requests do not keep the
 * owner waiting one connection's time, and the earliest are whole first.
 */
#ifndef SC_NET_FETCHER_H
#define SC_NET_FETCHER_H

#include "base/cancel.h"
#include "base/error.h"
#include "net/http.h"

#include <stdbool.h>
#include <stdint.h>

struct sc_fetch_request {
    char *url;           /* heap memory, taken by the fetcher */
    int64_t range_start; /* -1: the whole resource */
    uint64_t range_len;
    void *tag;      /* what the owner knows it by */
    bool patient;   /* not ended for being much slower than others */
    bool undivided; /* by one connection, however many are free */
};

struct sc_fetch_answer {
    int status;             /* 0: no HTTP answer */
    bool complete;          /* 2xx and every byte of it was delivered */
    bool pushback;          /* 429, or 503 */
    bool unreachable;       /* not even a connection */
    bool refused_address;   /* by us: a private one (net/private.h) */
    bool stalled, slow;     /* ended by us */
    bool swollen;           /* ended by us: it unpacks to far more than media does */
    int64_t retry_after_s;  /* -1 none */
    int64_t content_length; /* of the (encoded) body, -1 unknown */
    char content_type[64];
    char detail[160]; /* of a transport failure; no URL in it */
};

enum sc_fetch_next { SC_FETCH_REQUEST, SC_FETCH_WAIT, SC_FETCH_STOP };
enum sc_fetch_take { SC_FETCH_TAKEN, SC_FETCH_PAUSE, SC_FETCH_ABORT };

struct sc_fetch_status {
    int active, limit;
    uint64_t bytes; /* of bodies, since the start */
};

struct sc_fetch_owner {
    /* WAIT: nothing now; *ready_s (monotonic) tells when to ask again, if known. */
    enum sc_fetch_next (*next)(void *user, struct sc_fetch_request *out, double *ready_s);
    /* PAUSE: the same bytes come again after sc_fetcher_wake(). */
    enum sc_fetch_take (*data)(void *user, void *tag, const void *data, size_t len);
    void (*done)(void *user, void *tag, const struct sc_fetch_answer *a);
    void (*tick)(void *user, const struct sc_fetch_status *s); /* about 5 a second */
    void *user;
};

struct sc_fetcher_options {
    int max_connections;
    int connect_timeout_ms; /* 0 = 10000 */
    int stall_ms;           /* no byte for this long ends a request; 0 = 8000 */
    const struct sc_http_site *site;
    const char *home_url; /* where the stream starts; file:// only when this is */
};

struct sc_fetcher;

bool sc_fetcher_create(struct sc_fetcher **out, const struct sc_fetcher_options *opts,
                       const struct sc_fetch_owner *owner, struct sc_error *err);
void sc_fetcher_destroy(struct sc_fetcher *f);
/* Runs until next() says STOP, or cancelled (false). What is under way then is dropped.
 */
bool sc_fetcher_run(struct sc_fetcher *f, const struct sc_cancel *cancel,
                    struct sc_error *err);
/* From any thread: ask the owner again, deliver paused bytes. */
void sc_fetcher_wake(struct sc_fetcher *f);
/* From any thread: sc_fetcher_run() returns true soon, also in a server's pause. */
void sc_fetcher_stop(struct sc_fetcher *f);

#endif
