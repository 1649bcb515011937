/*
 * Supervision: claims jobs and runs each in a child process `scaler work JOB`.
 * A child reports by JSON lines on its standard output (progress, stage,
 * utterance, log, result); the supervisor prolongs its lease, records
 * progress, and turns its end into an outcome: a crash is that job's error,
 * and the next job runs. Cancel and pause end the child (SIGTERM, then
 * SIGKILL), which keeps its checkpoints. Runs in a thread of its own.
 */
#ifndef SC_PIPELINE_SUPERVISOR_H
#define SC_PIPELINE_SUPERVISOR_H

#include "base/cancel.h"
#include "base/config.h"
#include "base/error.h"
#include "pipeline/queue.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * What happens, for the event stream: type is "job" (its public JSON),
 * "progress", "stage", "utterance", "library" or "log". `data` is borrowed.
 * Called from the supervisor's thread, and in sc_supervisor_announce and _settle.
 */
typedef void (*sc_event_fn)(void *user, const char *type, json_t *data);

struct sc_supervisor_options {
    const struct sc_config *config; /* borrowed */
    const char *program; /* runs `PROGRAM work JOB --token N`; NULL = this one */
    int max_downloads;   /* parallel children; 0 = 3 */
    int max_processes;   /* 0 = 1 */
    sc_event_fn on_event;
    void *user;
    /* "NAME=value" for a child about to start: heap, NULL-terminated; or NULL. */
    char **(*environment)(void *user);
};

struct sc_supervisor;
bool sc_supervisor_start(const struct sc_supervisor_options *opts,
                         struct sc_supervisor **out, struct sc_error *err);
/* Something was enqueued or changed: look now instead of at the next tick. Any thread. */
void sc_supervisor_wake(struct sc_supervisor *s);
/*
 * Tells of a job as it is now, by a "job" event. All are told this way, one at a time, so
 * that no older state comes behind a newer one. q is the caller's. Any thread.
 */
void sc_supervisor_announce(struct sc_supervisor *s, struct sc_queue *q,
                            const char *job_id);
/*
 * A processing that has failed (for the reason) or was cancelled: its lecture no longer
 * seems to be worked on, and a "library" event says so. Nothing for other jobs. q is the
 * caller's. Any thread.
 */
void sc_supervisor_settle(struct sc_supervisor *s, struct sc_queue *q, const char *job_id,
                          const struct sc_error *why);
/* Other numbers of parallel children from now on. Any thread. */
void sc_supervisor_limit(struct sc_supervisor *s, int max_downloads, int max_processes);
/* Drains: stops claiming, asks children to checkpoint and stop, releases their jobs. */
void sc_supervisor_stop(struct sc_supervisor *s);

/*
 * The child's side (`scaler work JOB --token N`): runs the job, reports by
 * JSON lines on standard output, and fails with the job's own error.
 */
bool sc_work_run(struct sc_config *config, const char *job_id, int64_t token,
                 const struct sc_cancel *cancel, struct sc_error *err);

/* A job as the API shows it: no payload, no secrets. New reference, NULL when memory is
 * out. */
json_t *sc_queue_job_json(const struct sc_queue_job *job);

#endif
