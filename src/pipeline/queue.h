/*
 * The job queue: durable, idempotent, fair. Jobs are claimed with a lease and
 * a fencing token; every write of a worker carries the token, so a worker that
 * was given up for dead can never overwrite its successor. The embedded engine
 * is SQLite (`<library>/.scaler/queue.db`, synchronous=FULL, mode 0600,
 * because a waiting download holds its signature); another engine implements
 * the same functions. One handle per thread; any number of processes.
 */
#ifndef SC_PIPELINE_QUEUE_H
#define SC_PIPELINE_QUEUE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sc_job_kind { SC_JOB_DOWNLOAD, SC_JOB_PROCESS, SC_JOB_IMPORT, SC_JOB_KIND_COUNT };

enum sc_job_state {
    SC_JOB_WAITING, /* claimable once not_before has passed */
    SC_JOB_LEASED,  /* a worker has it until the lease ends */
    SC_JOB_PAUSED,  /* waits for a person, a signature or disk space */
    SC_JOB_DONE,
    SC_JOB_FAILED, /* dead letter: all attempts used, or not worth another */
    SC_JOB_CANCELLED,
    SC_JOB_STATE_COUNT
};

struct sc_queue_job {
    char *id; /* "j_" and 20 characters */
    enum sc_job_kind kind;
    enum sc_job_state state;
    char *lecture_id; /* or NULL before there is one */
    char *title;
    json_t *payload; /* what to do; may hold secrets: never printed */
    int priority;    /* higher first, then position */
    double position; /* order within a priority */
    int attempts, max_attempts;
    int64_t not_before_unix;
    int64_t lease_until_unix;
    int64_t token;                    /* fencing token of the current lease, 0 = none */
    bool cancel_wanted, pause_wanted; /* the worker is asked to stop */
    double progress;                  /* 0..100 */
    char *stage, *message;
    double rate, eta_s; /* units of the stage per second; eta -1 = unknown */
    char *error, *error_code, *error_hint;          /* of the last failure, or NULL */
    int64_t created_unix, started_unix, ended_unix; /* 0 = not yet */
};
void sc_queue_job_finish(struct sc_queue_job *j);

const char *sc_job_kind_name(enum sc_job_kind k);
const char *sc_job_state_name(enum sc_job_state s);

struct sc_queue;
bool sc_queue_open(const char *library_root, struct sc_queue **out, struct sc_error *err);
void sc_queue_close(struct sc_queue *q);

struct sc_enqueue {
    enum sc_job_kind kind;
    const char *key; /* same key as an unfinished job: that job is returned */
    const char *lecture_id, *title; /* lecture_id may be NULL */
    json_t *payload;                /* borrowed; stored as JSON */
    int priority;
    int max_attempts; /* 0 = 3 */
    /* Called for a new job before anybody can see or claim it: what its worker changes
     * later must not be undone. NULL when there is nothing to do. */
    void (*before)(void *user);
    void *user;
};
bool sc_queue_add(struct sc_queue *q, const struct sc_enqueue *e,
                  struct sc_queue_job *out, bool *existed, struct sc_error *err);

/* ---- workers ---- */

/*
 * Puts every leased job back without costing an attempt. Only for the one
 * supervisor of this library, at its start: it holds the supervisor's lock, so
 * whoever held those leases is gone.
 */
bool sc_queue_recover(struct sc_queue *q, size_t *n, struct sc_error *err);

/* The next claimable job of a kind; *found false when there is none. Ended leases are
 * claimable again. */
bool sc_queue_claim(struct sc_queue *q, enum sc_job_kind kind, int lease_s,
                    struct sc_queue_job *out, bool *found, struct sc_error *err);

struct sc_job_progress {
    double progress, rate, eta_s;
    const char *stage, *message; /* NULL keeps */
    const char *lecture_id;      /* NULL keeps */
};
/*
 * Prolongs the lease and records progress. SC_ERR_CONFLICT when the token is
 * no longer valid: stop working. *cancel and *pause tell what is wanted.
 */
bool sc_queue_heartbeat(struct sc_queue *q, const char *id, int64_t token, int lease_s,
                        const struct sc_job_progress *p, bool *cancel, bool *pause,
                        struct sc_error *err);
bool sc_queue_complete(struct sc_queue *q, const char *id, int64_t token,
                       struct sc_error *err);
enum sc_job_outcome {
    SC_OUTCOME_RETRY, /* wait (exponential, jittered), then try again; dead when attempts
                         are used */
    SC_OUTCOME_PAUSE, /* needs a person */
    SC_OUTCOME_DEAD,
    SC_OUTCOME_CANCELLED,
    SC_OUTCOME_AGAIN, /* soon, and the attempt does not count: it was killed from outside
                       */
    SC_OUTCOME_BUSY,  /* another process has the lecture: when it is done, at no attempt's
                         cost */
    SC_OUTCOME_RELEASE, /* back to waiting, the attempt does not count (shutdown) */
};
bool sc_queue_fail(struct sc_queue *q, const char *id, int64_t token,
                   enum sc_job_outcome outcome, const struct sc_error *why,
                   struct sc_error *err);

/* ---- control ---- */

bool sc_queue_get(struct sc_queue *q, const char *id, struct sc_queue_job *out,
                  bool *found, struct sc_error *err);
/* Unfinished (in the order they run) or finished (newest first) jobs; limit 0 = 100. */
bool sc_queue_list(struct sc_queue *q, bool finished, size_t limit,
                   struct sc_queue_job **out, size_t *n, struct sc_error *err);
/* SC_ERR_CONFLICT with a sentence when the state does not allow it. */
bool sc_queue_cancel(struct sc_queue *q, const char *id, struct sc_error *err);
bool sc_queue_pause(struct sc_queue *q, const char *id, struct sc_error *err);
bool sc_queue_resume(struct sc_queue *q, const char *id, struct sc_error *err);
bool sc_queue_retry(struct sc_queue *q, const char *id, struct sc_error *err);
/* Places the job before `before` (NULL = at the end of its priority), or sets its
 * priority. */
bool sc_queue_move(struct sc_queue *q, const char *id, const char *before,
                   const int *priority, struct sc_error *err);
/* Replaces the payload's fields (fresh signature) of an unfinished job. One that runs and
 * then pauses for want of them goes on by itself. */
bool sc_queue_merge_payload(struct sc_queue *q, const char *id, json_t *fields,
                            struct sc_error *err);
/* How many jobs are waiting/leased per kind, and the age of the oldest waiting one in
 * seconds. */
struct sc_queue_stats {
    size_t waiting[SC_JOB_KIND_COUNT], leased[SC_JOB_KIND_COUNT], paused, failed;
    double oldest_waiting_s;
};
/* Calls fn for each error code of the failed jobs with their number. */
typedef void (*sc_queue_count_fn)(void *user, const char *code, size_t n);
bool sc_queue_failures(struct sc_queue *q, sc_queue_count_fn fn, void *user,
                       struct sc_error *err);
bool sc_queue_stats(struct sc_queue *q, struct sc_queue_stats *out, struct sc_error *err);

#endif
