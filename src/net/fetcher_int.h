/*
 * Shared by the fetcher's files: fetcher.c (what runs when), slot.c (one transfer),
 * split.c (several transfers for one request). Internal to src/net.
 */
#ifndef SC_NET_FETCHER_INT_H
#define SC_NET_FETCHER_INT_H

#include "base/buf.h"
#include "net/easy.h"
#include "net/fetcher.h"
#include "net/ramp.h"

#include <stdatomic.h>

enum {
    SC_FETCH_BUFFER_BYTES = 64 * 1024,
    SC_FETCH_N_RATES = 16, /* finished transfers remembered to tell a slow one */
};

/* One transfer: a whole request, or a part of one that was split. */
struct slot {
    struct sc_fetcher *owner;
    CURL *h;
    struct curl_slist *headers;
    struct sc_fetch_request req;
    struct sc_fetch_answer answer;
    bool used, active; /* active: under way; used, but not active: waits for its turn */
    bool paused, sliced, refused, got_first;
    int hops;
    unsigned refusals; /* of the thread when it was started */
    double start_s, first_s, last_s;
    int64_t range_got, range_total; /* by Content-Range, -1 */
    uint64_t skip;                  /* of a whole body that answers a range request */
    uint64_t received;              /* of what was asked for */
    bool takes_ranges, encoded;     /* by the answer's headers */
    char etag[80];
    char detail[CURL_ERROR_SIZE];

    /* split.c: the parts of one request, in the order of their bytes */
    struct slot *prev, *next;
    uint64_t order; /* of the request, by its start */
    uint64_t from;  /* first byte of this part in the resource */
    uint64_t total; /* bytes of the resource; 0 = not known */
    char whole_etag[80];
    struct sc_buf held; /* what came before its turn */
    size_t held_taken;
};

struct sc_fetcher {
    struct sc_fetcher_options opt;
    struct sc_fetch_owner owner;
    CURLM *multi;
    struct slot *slots;
    int n_slots, active, parts; /* parts: slots that wait for one before them */
    uint64_t n_started, part_bytes;
    bool does_ranges, whole_only; /* the server does ranges; or not as it should */
    struct sc_ramp ramp;
    uint64_t bytes;
    double rates[SC_FETCH_N_RATES];
    int n_rates;
    double ready_s, tick_s;
    bool hungry;
    atomic_bool woken, stopped;
};

/* slot.c */
bool sc_slot_start(struct sc_fetcher *f, struct slot *s, struct sc_error *err);
struct slot *sc_slot_free(struct sc_fetcher *f);
/* The transfer is over; what becomes of the request is decided here. */
void sc_slot_ended(struct sc_fetcher *f, struct slot *s, CURLcode rc);
/* Ends a transfer that is under way, and says why. */
void sc_slot_break(struct sc_fetcher *f, struct slot *s, const char *why);
/* Tells the owner how the request of s ended; s delivers. */
void sc_slot_finish(struct sc_fetcher *f, struct slot *s);
/* Takes a transfer off the line without a word to the owner. */
void sc_slot_drop(struct sc_fetcher *f, struct slot *s);

/*
 * split.c: when nothing else is to be requested, free connections take over the
 * later parts of what is under way, earliest requests first (RFC 9110, section 14).
 * The owner sees one body in order all the same.
 */
/* Starts one more part; false when there is nothing to be gained. */
bool sc_split_start(struct sc_fetcher *f, double now);
/* Bytes that s is to bring, UINT64_MAX when not known. */
uint64_t sc_split_length(const struct slot *s);
/* So many bytes come for s: while its follower got none, it goes on in its place. */
void sc_split_yield(struct slot *s, size_t coming);
/* Is this answer what the part before it would go on with? */
bool sc_split_fits(const struct slot *s, long status);
/* A part's transfer is over while others are before it. */
void sc_split_part_ended(struct sc_fetcher *f, struct slot *s);
/* s brought its part: the next one delivers from here on. */
void sc_split_promote(struct sc_fetcher *f, struct slot *s);
/* Hands over what was held until the owner pauses; s may be over then. */
void sc_split_flush(struct sc_fetcher *f, struct slot *s);
/* Drops all parts behind s. */
void sc_split_drop_rest(struct sc_fetcher *f, struct slot *s);

#endif
