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

struct sc_journal_entry {
    char id[SC_PLAN_ID_SIZE];
    char sha256[SC_SHA256_HEX_SIZE];
    uint64_t size_bytes;
    double pts_s, span_s; /* first time stamp and length; span negative = not told */
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
