/*
 * The transfer of one download: fetches the items of a plan in parallel, checks
 * and records each, and feeds the finished segments in order to the remuxer.
 *
 * Threads: one for the network (net/fetcher.h), SC_TRANSFER_WRITERS that decrypt,
 * check, hash and write, one that flushes to the disk, and the caller's, which
 * pulls with sc_transfer_feed(). Bodies are never held whole in memory: blocks
 * travel from the network to the writers and stop the network when the writers
 * fall behind; the remuxer reads the finished chunk from its file.
 *
 * What is recorded is read back by its SHA-256, so a chunk that was damaged on
 * the disk is noticed and fetched again.
 */
#ifndef SC_DOWNLOAD_TRANSFER_H
#define SC_DOWNLOAD_TRANSFER_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "download/journal.h"
#include "download/plan.h"
#include "download/remarks.h"
#include "media/media.h"
#include "model/slide.h"
#include "net/http.h"

#include <stdbool.h>
#include <stdint.h>

enum { SC_TRANSFER_WRITERS = 2 };

struct sc_transfer_options {
    const struct sc_plan *plan; /* borrowed, as all of this */
    const char *dir;            /* where the chunks lie; exists */
    const struct sc_http_site *site;
    const char *home_url;  /* where the stream starts */
    const char *probe_url; /* asked when nothing better is known to be good, or NULL */
    int64_t signature_ends_unix; /* 0 = not known */
    bool has_signature;
    int64_t detected_number; /* numbered streams: a chunk that exists, or -1 */
    int max_connections, attempts;
    uint64_t memory_bytes;
    bool allow_gaps;
    struct sc_progress_sink progress;
    struct sc_remarks *remarks;
    const struct sc_cancel *cancel;
};

struct sc_transfer_totals {
    uint64_t n_segments, n_fetched, n_reused, fetched_bytes;
    double expected_s;  /* length by the time stamps of what was fed */
    bool exact;         /* ... to a frame: one clock, frames at constant distances */
    bool rough;         /* known to some tenths: sound that is not counted by frames */
    double last_byte_s; /* monotonic time of the last body's end */
    double last_done_s; /* and of the last segment that counts */
};

struct sc_transfer;

/* Reads the journal, drops what is torn, and starts the threads. */
bool sc_transfer_start(struct sc_transfer **out, const struct sc_transfer_options *opts,
                       struct sc_error *err);
/* A source for sc_remux_run(); one caller per track. */
struct sc_remux_source sc_transfer_feed(struct sc_transfer *e, int track);
/* Ends the threads; nothing is fetched afterwards. */
void sc_transfer_stop(struct sc_transfer *e);
void sc_transfer_destroy(struct sc_transfer *e);

/* After stop: lets go of the segments that the video's check looks at. */
void sc_transfer_doubt(const struct sc_transfer *e);
/* After stop. */
void sc_transfer_totals(const struct sc_transfer *e, struct sc_transfer_totals *out);
/* After stop: true when any segment was had; else fails with why there is none. */
bool sc_transfer_any(const struct sc_transfer *e, struct sc_error *err);
/* Missing ranges in the lecture's time, sorted and merged; heap memory. */
bool sc_transfer_gaps(const struct sc_transfer *e, struct sc_time_range **out, size_t *n,
                      struct sc_error *err);

#endif
