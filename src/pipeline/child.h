/*
 * One child process and its job: reads what it reports, and judges its end.
 * Belongs to the supervisor's thread. Not a front door.
 */
#ifndef SC_PIPELINE_CHILD_H
#define SC_PIPELINE_CHILD_H

#include "base/proc.h"
#include "pipeline/supervisor.h"

#include <stdio.h>

struct sc_child {
    struct sc_queue_job job;
    struct sc_proc proc;
    struct sc_buf lines; /* unfinished standard output */
    struct sc_buf said;  /* of its log, not yet told as events */
    FILE *log;           /* what it says on standard error, or NULL */
    long log_bytes;
    double last_sign_s; /* of life; monotonic */
    double last_beat_s; /* the queue was told */
    int64_t lease_until_unix;
    double asked_to_stop_s; /* SIGTERM was sent; 0 = not */
    bool reported;          /* a result line came */
    bool ok;
    struct sc_error why; /* the reported failure */
    bool final;          /* it would fail in the same way again */
    bool busy;           /* another process has the lecture */
    bool cancel_wanted, pause_wanted, lost;
    struct sc_job_progress progress;
    char stage[24], message[160], lecture_id[128];
    char refused_id[128]; /* a lecture that came to nothing */
    bool stdout_ended, stderr_ended;
};

/* Starts `scaler work` with env (may be NULL) beside ours; takes what job owns also when
 * it fails. NULL: err says why. */
struct sc_child *sc_child_start_take(struct sc_queue_job *job, const char *program,
                                     const char *library_root, char *const *env,
                                     struct sc_error *err);
void sc_child_destroy(struct sc_child *c);
/* Reads what is there, without waiting. */
void sc_child_read(struct sc_child *c, sc_event_fn on_event, void *user);
/* Both ends closed: the process is over or as good as. */
bool sc_child_ended(const struct sc_child *c);
/* Asks it to stop; after a while, makes it. */
void sc_child_stop(struct sc_child *c, double now_s);
/* After sc_child_ended(): reaps it and says what its end means for the job. */
enum sc_job_outcome sc_child_judge(struct sc_child *c, bool draining, bool *completed);
/* `<root>/.scaler/logs/<job>.log`; heap. */
char *sc_job_log_path(const char *library_root, const char *job_id);

#endif
