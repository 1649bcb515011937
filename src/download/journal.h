/*
 * The journal of finished segments: `journal.jsonl` in the chunks folder, one
 * JSON object per line, append-only. A line is written after its chunk is
 * whole under its final name; what has no line does not count. A torn last
 * line (the machine died) is ignored and overwritten. No secrets are in it.
 *
 * {"id":"<32 hex>","file":"v-000012-....seg","size":n,"sha256":"...","pts":s,"span":s}
 *
 * Appends may come from several threads.
 */
#ifndef SC_DOWNLOAD_JOURNAL_H
#define SC_DOWNLOAD_JOURNAL_H

#include "base/digest.h"
#include "base/error.h"
#include "download/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* What media/media.h tells of a segment; zeroed but for span and sound_end: not told. */
struct sc_segment_times {
    double pts_s, span_s; /* first time stamp and length; span negative = not told */
    double frame_s;       /* 0 = varies */
    double sound_s, sound_end_s, sound_frame_s; /* end negative = not told */
    int first_counter, last_counter;            /* negative = not told */
    int kinds;                                  /* sc_segment_kind, 0 = not told */
};
#define SC_SEGMENT_TIMES_NONE                                                            \
    ((struct sc_segment_times){                                                          \
        .span_s = -1, .sound_end_s = -1, .first_counter = -1, .last_counter = -1})

struct sc_journal_entry {
    char id[SC_PLAN_ID_SIZE];
    char sha256[SC_SHA256_HEX_SIZE];
    uint64_t size_bytes;
    struct sc_segment_times times;
};

struct sc_journal;

/* Reads what is there; opens it for appending. */
bool sc_journal_open(const char *path, struct sc_journal **out, struct sc_error *err);
void sc_journal_close(struct sc_journal *j);
/* The newest entry of this id that was there when it was opened, or NULL. */
const struct sc_journal_entry *sc_journal_find(const struct sc_journal *j,
                                               const char *id);
bool sc_journal_add(struct sc_journal *j, const struct sc_journal_entry *e,
                    struct sc_error *err);
/* Flushes it to the disk. */
void sc_journal_sync(struct sc_journal *j);

#endif
