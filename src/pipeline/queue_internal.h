/* What the files of the embedded queue share. Not a front door. */
#ifndef SC_PIPELINE_QUEUE_INTERNAL_H
#define SC_PIPELINE_QUEUE_INTERNAL_H

#include "pipeline/queue.h"

#include <sqlite3.h>

struct sc_queue {
    sqlite3 *db;
};

/* As not_before of a job that runs: its payload was changed meanwhile. */
enum { SC_QUEUE_RENEWED = -1 };

/* Every SELECT of jobs names these columns in this order. */
#define SC_JOB_COLUMNS                                                                   \
    "id, kind, state, lecture_id, title, payload, priority, position, attempts, "        \
    "max_attempts, not_before, lease_until, token, cancel_wanted, pause_wanted, "        \
    "progress, stage, message, rate, eta, error, error_code, error_hint, created, "      \
    "started, ended"

bool sc_queue_sql_fail(struct sc_queue *q, struct sc_error *err);
/* A statement with values bound by format: 's' text or NULL, 'i' int64, 'd' double. */
sqlite3_stmt *sc_queue_prepare(struct sc_queue *q, struct sc_error *err, const char *sql,
                               const char *types, ...);
/* Steps to the end and finalises; *changes (may be NULL) counts changed rows. */
bool sc_queue_run_take(struct sc_queue *q, sqlite3_stmt *s, int *changes,
                       struct sc_error *err);
bool sc_queue_begin(struct sc_queue *q, struct sc_error *err);
bool sc_queue_end(struct sc_queue *q, bool ok, struct sc_error *err);
/* Copies the current row. */
bool sc_queue_row(sqlite3_stmt *s, struct sc_queue_job *out, struct sc_error *err);

#endif
