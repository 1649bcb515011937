/* Shared by the transfer's files: transfer.c, verdict.c, numbered.c, writer.c, feed.c. */
#ifndef SC_DOWNLOAD_TRANSFER_INTERNAL_H
#define SC_DOWNLOAD_TRANSFER_INTERNAL_H

#include "download/decrypt.h"
#include "download/transfer.h"
#include "net/fetcher.h"

#include <pthread.h>

enum sc_item_state {
    SC_ITEM_WAITING, /* to be requested, not before not_before_s */
    SC_ITEM_ACTIVE,  /* under way, or with a writer */
    SC_ITEM_HELD,    /* 403: a probe tells whether it is the segment or the signature */
    SC_ITEM_DONE,
    SC_ITEM_MISSING, /* given up */
    SC_ITEM_ABSENT,  /* numbered streams: not there; a hole, or past the end */
    SC_ITEM_SKIPPED, /* EXT-X-GAP, or past the end */
};

struct sc_item {
    enum sc_item_state state;
    unsigned tries_soft, tries_hard, tries_rate, tries_bad, tries_far, tries_short;
    double not_before_s;
    uint64_t size_bytes;
    char sha256[SC_SHA256_HEX_SIZE];
    struct sc_segment_times times;
    char doubted[SC_SHA256_HEX_SIZE]; /* what it was when it looked damaged */
    bool reused, counted;
    double written_s; /* in this run; 0 = by an earlier one */
    bool settled;     /* its length is explained */
    double hole_s;    /* seconds missing in it, accepted as such */
    bool hole_first;  /* they are missing at its beginning, not at its end */
    bool tried_odd;   /* fetched again for what is odd about it */
    int status;       /* of the last refusal, for the error's sentence */
};

/* One attempt at one item; made by the network thread, owned by its writer at the end. */
struct sc_body {
    struct sc_transfer *e;
    size_t item;
    bool is_probe;
    unsigned writer;
    uint64_t received;
    struct sc_block *filling; /* the network thread's, until it is enqueued */
    /* the writer's */
    int fd;
    char *path, *part;
    struct sc_decrypt *decrypt;
    struct sc_sha256 *sha;
    uint64_t size_bytes;
    bool failed;
    struct sc_error err;
    unsigned char small[64]; /* a key's bytes */
};

struct sc_block {
    struct sc_block *next;
    struct sc_body *body;
    bool end; /* the attempt is over */
    struct sc_fetch_answer answer;
    size_t len;
    unsigned char data[]; /* room for SC_BLOCK_BYTES, none in an end */
};

/* Large, or waking the writers costs more than what they do. */
enum { SC_BLOCK_BYTES = 64 * 1024 };

struct sc_queue {
    struct sc_block *first, *last;
    pthread_cond_t more;
};

struct sc_sync {
    struct sc_sync *next;
    int fd;
};

/* One track on its way to the remuxer; only that thread touches it. */
struct sc_feed {
    struct sc_transfer *e;
    int track;
    size_t at;
    bool broken; /* something is missing before the next piece */
    bool any;
    double prev_pts_s, prev_span_s, prev_start_s, prev_duration_s; /* numbered */
    double run_start_s, run_pts_s;
    struct sc_buf piece;
    struct sc_remux_piece newest; /* as handed over */
    int fd;                       /* of the chunk that is handed over in windows */
    uint64_t left;                /* bytes of it to come; 0 = there is none */
};

enum sc_probe { SC_PROBE_IDLE, SC_PROBE_WANTED, SC_PROBE_ACTIVE };

struct sc_transfer {
    /* constant after start */
    struct sc_transfer_options opt;
    const struct sc_plan *plan;
    struct sc_journal *journal;
    struct sc_fetcher *fetcher;
    pthread_t net_thread, writers[SC_TRANSFER_WRITERS], sync_thread;
    int n_threads;
    struct sc_cancel cancel; /* child of the caller's */

    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed, sync_more;
    struct sc_item *items;
    unsigned char (*keys)[16];
    struct sc_buf *inits;
    size_t scan; /* all items before are final */
    struct sc_error fatal;
    bool closing, over; /* over: every item is final */
    struct sc_queue queues[SC_TRANSFER_WRITERS];
    uint64_t queued_bytes;
    bool network_paused;
    struct sc_sync *syncs;
    bool writers_end, sync_end;

    enum sc_probe probe;
    int64_t good_item; /* the newest that is known to be there, -1 none */
    int probe_status;
    size_t held_item;   /* the first one that the probe is about */
    char last_bad[160]; /* why the newest answer was no media */

    double failing_since_s; /* nothing but transport failures since then; 0 = no */
    struct sc_error last_failure;

    /* numbered streams: offsets into the plan's items */
    int64_t highest; /* known to be there, -1 none */
    int64_t end;     /* number of items, -1 not known yet */
    bool end_asked;  /* the probe that confirms the end is under way or done */

    uint64_t largest_body; /* bytes of the largest segment so far, whole or not */
    unsigned n_doubted, n_small_gaps; /* kept as the server sends them every time */
    unsigned n_joined, n_unjoined;    /* segments whose packets go on, or not */
    uint64_t n_fetched, n_reused, fetched_bytes, reused_bytes, fed_bytes;
    double media_done_s, last_byte_s, last_done_s, last_disk_check_s, started_s;
    double fed_end_s[SC_PLAN_MAX_TRACKS];
    unsigned fed_runs[SC_PLAN_MAX_TRACKS];
    bool fed_varies[SC_PLAN_MAX_TRACKS]; /* frames of the last segment */
    bool fed_rough[SC_PLAN_MAX_TRACKS];  /* sound whose frames are not counted */
    struct sc_feed feeds[SC_PLAN_MAX_TRACKS];
};

/* What became of one attempt. */
enum sc_failure {
    SC_FAIL_TRANSPORT, /* see the answer */
    SC_FAIL_CONTENT,   /* the bytes are not what they should be */
};

/* verdict.c: all with the mutex held. */
void sc_transfer_fatal(struct sc_transfer *e, const struct sc_error *err);
void sc_transfer_fatalf(struct sc_transfer *e, enum sc_error_code code, const char *hint,
                        const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void sc_transfer_failed(struct sc_transfer *e, size_t i, enum sc_failure kind,
                        const struct sc_fetch_answer *a, const struct sc_error *why);
void sc_transfer_done(struct sc_transfer *e, size_t i);
void sc_transfer_probed(struct sc_transfer *e, const struct sc_fetch_answer *a);
void sc_transfer_check_over(struct sc_transfer *e);
bool sc_item_final(const struct sc_item *it);
/* settle.c: is the length of segment i explained by now? May send it out again. */
void sc_transfer_settle(struct sc_transfer *e, size_t i);
/* Position of an item in its track. */
size_t sc_transfer_position(const struct sc_transfer *e, size_t i);
double sc_pts_gap(double from_s, double to_s);
/* numbered.c */
bool sc_numbered_wanted(const struct sc_transfer *e, size_t i);
void sc_numbered_update(struct sc_transfer *e);
/* writer.c */
/* False with errno. */
bool sc_write_all(int fd, const void *data, size_t len);
void *sc_transfer_writer(void *queue_of_engine);
void *sc_transfer_syncer(void *engine);
struct sc_body *sc_body_create(struct sc_transfer *e, size_t item);
void sc_body_destroy(struct sc_body *b);
struct sc_writer_arg {
    struct sc_transfer *e;
    unsigned number;
};
/* chunk.c */
/* Reads a chunk back: exactly size bytes with this hash (NULL: any), appended to out. */
bool sc_chunk_read(const char *dir, const struct sc_plan_item *item, uint64_t size_bytes,
                   const char *sha256, struct sc_buf *out, struct sc_error *err);
/* Larger ones are never held whole in memory. */
enum { SC_CHUNK_WINDOW = 8 * 1024 * 1024 };
/* Checks like sc_chunk_read() and opens it; the caller closes *fd. */
bool sc_chunk_open(const char *dir, const struct sc_plan_item *item, uint64_t size_bytes,
                   const char *sha256, int *fd, struct sc_error *err);
/* The next n bytes, appended to out. */
bool sc_chunk_window(int fd, size_t n, struct sc_buf *out, struct sc_error *err);
/* feed.c */
void sc_feed_finish(struct sc_feed *f);
/* disk.c: with the mutex held */
void sc_transfer_watch_disk(struct sc_transfer *e, double now_s);
void sc_transfer_disk_full(struct sc_transfer *e);

#endif
