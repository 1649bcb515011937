/*
 * The loop that keeps children busy. One thread owns everything here: its
 * queue handle, the children, their pipes. Other threads only write a byte into
 * the wake pipe.
 */
#include "pipeline/supervisor.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "library/library.h"
#include "pipeline/child.h"
#include "pipeline/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_CHILDREN = 32,
    DEFAULT_DOWNLOADS = 3,
    DEFAULT_PROCESSES = 1,
    TICK_MS = 500,
    REST_S = 5, /* while the queue cannot be written, such as on a full disk */
    MAX_KILLED = 32,
    MAX_KILLS = 25, /* without getting on in between: it may be what eats the memory */
    LEASE_S = 60,
    SILENCE_S = 180, /* the child's ticker speaks every 2 s */
};
static const double BEAT_S = 1.0;

struct sc_supervisor {
    struct sc_supervisor_options opts; /* constant after start */
    char *root;
    struct sc_lock lock;
    int wake[2];
    pthread_t thread;
    struct sc_cancel stop; /* any thread */
    atomic_int max_downloads, max_processes;
    pthread_mutex_t announcing; /* from reading a job to its event */
    /* the supervisor's thread only */
    struct sc_queue *queue;
    struct sc_child *children[MAX_CHILDREN];
    size_t n_children;
    struct sc_killed {
        char id[40];
        int n;
        double progress;  /* the best so far */
    } killed[MAX_KILLED]; /* jobs that were killed from outside */
    size_t next_killed;
    char claim_error[400]; /* the last one; "" when the queue answers */
    double claim_again_s;  /* not before; monotonic */
    bool held;             /* sleep is prevented, or was tried to be */
    struct sc_awake *awake;
};

void sc_supervisor_announce(struct sc_supervisor *s, struct sc_queue *q,
                            const char *job_id)
{
    struct sc_queue_job job;
    bool found = false;
    if (!s->opts.on_event)
        return;
    pthread_mutex_lock(&s->announcing);
    if (sc_queue_get(q, job_id, &job, &found, NULL) && found) {
        json_t *o = sc_queue_job_json(&job);
        if (o)
            s->opts.on_event(s->opts.user, "job", o);
        json_decref(o);
        sc_queue_job_finish(&job);
    }
    pthread_mutex_unlock(&s->announcing);
}

static void announce(struct sc_supervisor *s, const char *job_id)
{
    sc_supervisor_announce(s, s->queue, job_id);
}

static size_t running(const struct sc_supervisor *s, bool downloads)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_children; i++)
        n += (s->children[i]->job.kind == SC_JOB_DOWNLOAD) == downloads;
    return n;
}

static void launch(struct sc_supervisor *s, struct sc_queue_job *job)
{
    struct sc_error err = {0};
    char *id = sc_strdup(job->id);
    int64_t token = job->token;
    char **env = s->opts.environment ? s->opts.environment(s->opts.user) : NULL;
    struct sc_child *c = sc_child_start_take(job, s->opts.program, s->root, env, &err);
    for (char **e = env; e && *e; e++)
        free(*e);
    free(env);
    if (c)
        s->children[s->n_children++] = c;
    else if (id)
        sc_queue_fail(s->queue, id, token, SC_OUTCOME_RETRY, &err, NULL);
    if (id)
        announce(s, id);
    free(id);
}

/* Said once, and once more when it has become something else or is over. */
static void mind_claim(struct sc_supervisor *s, const char *cause)
{
    if (strncmp(s->claim_error, cause, sizeof s->claim_error - 1) == 0)
        return;
    if (*cause)
        sc_warn("cannot claim a job: %s", cause);
    else
        sc_info("jobs can be claimed again");
    snprintf(s->claim_error, sizeof s->claim_error, "%s", cause);
}

/* False when the queue cannot be used now. */
static bool fill(struct sc_supervisor *s, enum sc_job_kind kind, size_t slots)
{
    struct sc_queue_job job;
    struct sc_error err = {0};
    bool found = true;
    while (found && s->n_children < MAX_CHILDREN &&
           running(s, kind == SC_JOB_DOWNLOAD) < slots) {
        if (!sc_queue_claim(s->queue, kind, LEASE_S, &job, &found, &err)) {
            mind_claim(s, err.cause);
            return false;
        }
        if (found)
            launch(s, &job);
    }
    return true;
}

static void beat(struct sc_supervisor *s, struct sc_child *c, double now)
{
    struct sc_error err = {0};
    bool cancel = false, pause = false;
    if (now - c->last_beat_s < BEAT_S)
        return;
    c->last_beat_s = now;
    c->lease_until_unix = sc_clock_wall_s() + LEASE_S;
    if (!sc_queue_heartbeat(s->queue, c->job.id, c->job.token, LEASE_S, &c->progress,
                            &cancel, &pause, &err)) {
        /* Fenced off: another holds the job. A busy queue is no reason to stop. */
        c->lost = c->lost || err.code == SC_ERR_CONFLICT;
        cancel = c->lost;
    }
    c->cancel_wanted = c->cancel_wanted || cancel;
    c->pause_wanted = c->pause_wanted || pause;
}

/*
 * Leases end by the wall clock, which jumps: by hand, or when the laptop wakes.
 * Nobody else claims here, so what runs is never claimed a second time as long
 * as its lease is prolonged first.
 */
static void mind_the_clock(struct sc_supervisor *s)
{
    int64_t now = sc_clock_wall_s();
    for (size_t i = 0; i < s->n_children; i++) {
        struct sc_child *c = s->children[i];
        int64_t left = c->lease_until_unix - now;
        if (left > LEASE_S / 2 && left <= LEASE_S)
            continue;
        c->last_beat_s = 0;
        beat(s, c, sc_clock_monotonic_s());
    }
}

static void claim(struct sc_supervisor *s)
{
    mind_the_clock(s);
    if (sc_clock_monotonic_s() < s->claim_again_s)
        return;
    size_t downloads = (size_t)atomic_load(&s->max_downloads);
    size_t processes = (size_t)atomic_load(&s->max_processes);
    bool ok = fill(s, SC_JOB_DOWNLOAD, downloads) && fill(s, SC_JOB_IMPORT, processes) &&
              fill(s, SC_JOB_PROCESS, processes);
    if (ok)
        mind_claim(s, "");
    else
        s->claim_again_s = sc_clock_monotonic_s() + REST_S;
}

/* What a child behind walls cannot do itself: its upload goes once the video is in the
 * library. */
static void remove_upload(struct sc_supervisor *s, const struct sc_child *c)
{
    const char *spool = json_string_value(json_object_get(c->job.payload, "spool"));
    char *uploads = sc_strf("%s/.scaler/uploads", s->root);
    if (c->job.kind == SC_JOB_IMPORT && spool && uploads &&
        sc_path_inside(uploads, spool))
        sc_remove_tree(spool, NULL);
    free(uploads);
}

/*
 * Nor can it remove a lecture that came to nothing. The child's word is not enough
 * for that: the lecture must hold nothing. Before the end is recorded, so that
 * whoever reads of the end no longer meets the lecture.
 */
static void remove_refused(struct sc_supervisor *s, const struct sc_child *c)
{
    struct sc_library *lib;
    struct sc_lecture l = {0};
    if (!c->refused_id[0] || !sc_library_open(s->root, &lib, NULL))
        return;
    if (sc_library_get(lib, c->refused_id, false, &l, NULL) && !l.video_path &&
        l.status != SC_LECTURE_ARCHIVED)
        sc_library_remove(lib, l.id, NULL, NULL);
    sc_lecture_finish(&l);
    sc_library_close(lib);
}

static void tell_library(struct sc_supervisor *s, const char *lecture_id)
{
    json_t *o = s->opts.on_event ? json_pack("{s:s*}", "lectureId", lecture_id) : NULL;
    if (o)
        s->opts.on_event(s->opts.user, "library", o);
    json_decref(o);
}

void sc_supervisor_settle(struct sc_supervisor *s, struct sc_queue *q, const char *job_id,
                          const struct sc_error *why)
{
    struct sc_queue_job job;
    struct sc_library *lib;
    bool found = false;
    if (!sc_queue_get(q, job_id, &job, &found, NULL) || !found)
        return;
    bool failed = job.state == SC_JOB_FAILED;
    if (job.kind == SC_JOB_PROCESS && job.lecture_id &&
        (failed || job.state == SC_JOB_CANCELLED) &&
        sc_library_open(s->root, &lib, NULL)) {
        if (sc_pipeline_settle(lib, job.lecture_id, failed ? why : NULL))
            tell_library(s, job.lecture_id);
        sc_library_close(lib);
    }
    sc_queue_job_finish(&job);
}

/* Being killed costs no attempt, unless it happens again and again at the same place. */
static bool killed_too_often(struct sc_supervisor *s, const struct sc_child *c)
{
    struct sc_killed *k = NULL;
    for (size_t i = 0; i < MAX_KILLED && !k; i++)
        if (strcmp(s->killed[i].id, c->job.id) == 0)
            k = &s->killed[i];
    if (!k) {
        k = &s->killed[s->next_killed++ % MAX_KILLED];
        *k = (struct sc_killed){.progress = -1};
        snprintf(k->id, sizeof k->id, "%s", c->job.id);
    }
    if (c->progress.progress > k->progress + 0.5) {
        k->progress = c->progress.progress;
        k->n = 0;
    }
    return ++k->n > MAX_KILLS;
}

static void settle(struct sc_supervisor *s, struct sc_child *c)
{
    struct sc_error err = {0};
    bool completed, cancel, pause;
    enum sc_job_outcome outcome = sc_child_judge(c, sc_cancelled(&s->stop), &completed);
    if (c->lost)
        return;
    if (outcome == SC_OUTCOME_AGAIN && killed_too_often(s, c))
        outcome = SC_OUTCOME_RETRY;
    /* The last word on progress and lecture before the end is recorded. */
    sc_queue_heartbeat(s->queue, c->job.id, c->job.token, LEASE_S, &c->progress, &cancel,
                       &pause, NULL);
    remove_refused(s, c);
    bool ok = completed ? sc_queue_complete(s->queue, c->job.id, c->job.token, &err)
                        : sc_queue_fail(s->queue, c->job.id, c->job.token, outcome,
                                        &c->why, &err);
    if (!ok)
        sc_warn("cannot record the end of job %s: %s", c->job.id, err.cause);
    if (ok && completed)
        remove_upload(s, c);
    else if (ok)
        sc_supervisor_settle(s, s->queue, c->job.id, &c->why);
    announce(s, c->job.id);
    if (completed)
        tell_library(s, c->lecture_id[0] ? c->lecture_id : c->job.lecture_id);
}

/* A finished download that was asked to go on is processed next. */
static void follow_up(struct sc_supervisor *s, struct sc_child *c)
{
    struct sc_queue_job job;
    bool existed;
    if (!c->ok || c->job.kind == SC_JOB_PROCESS || !c->lecture_id[0] ||
        !json_is_true(json_object_get(c->job.payload, "process")))
        return;
    char *key = sc_strf("process %s", c->lecture_id);
    json_t *payload = json_deep_copy(json_object_get(c->job.payload, "then"));
    struct sc_enqueue e = {
        .kind = SC_JOB_PROCESS,
        .key = key,
        .lecture_id = c->lecture_id,
        .title = c->job.title,
        .payload = payload,
    };
    if (key && sc_queue_add(s->queue, &e, &job, &existed, NULL)) {
        announce(s, job.id);
        sc_queue_job_finish(&job);
    }
    json_decref(payload);
    free(key);
}

static void tend(struct sc_supervisor *s)
{
    double now = sc_clock_monotonic_s();
    for (size_t i = 0; i < s->n_children;) {
        struct sc_child *c = s->children[i];
        sc_child_read(c, s->opts.on_event, s->opts.user);
        if (sc_child_ended(c)) {
            /* Enqueued before the end is recorded: a crash in between loses nothing. */
            if (c->reported && c->ok)
                follow_up(s, c);
            settle(s, c);
            sc_child_destroy(c);
            s->children[i] = s->children[--s->n_children];
            continue;
        }
        beat(s, c, now);
        if (c->cancel_wanted || c->pause_wanted || sc_cancelled(&s->stop) ||
            now - c->last_sign_s > SILENCE_S)
            sc_child_stop(c, now);
        i++;
    }
}

static void wait_for_news(struct sc_supervisor *s)
{
    struct pollfd fds[2 * MAX_CHILDREN + 1] = {{.fd = s->wake[0], .events = POLLIN}};
    nfds_t n = 1;
    char scrap[64];
    for (size_t i = 0; i < s->n_children; i++) {
        struct sc_child *c = s->children[i];
        if (!c->stdout_ended)
            fds[n++] = (struct pollfd){.fd = c->proc.stdout_fd, .events = POLLIN};
        if (!c->stderr_ended)
            fds[n++] = (struct pollfd){.fd = c->proc.stderr_fd, .events = POLLIN};
    }
    if (poll(fds, n, TICK_MS) > 0 && fds[0].revents)
        while (read(s->wake[0], scrap, sizeof scrap) > 0)
            ;
}

/* The machine stays awake while children run; they themselves may start nothing outside.
 */
static void mind_sleep(struct sc_supervisor *s)
{
    bool wanted =
        s->n_children > 0 && sc_config_bool(s->opts.config, SC_SET_PREVENT_SLEEP);
    if (wanted == s->held)
        return;
    s->held = wanted;
    if (wanted) {
        s->awake = sc_awake_hold("working on lectures");
    } else {
        sc_awake_release(s->awake);
        s->awake = NULL;
    }
}

static void *supervise(void *user)
{
    struct sc_supervisor *s = user;
    while (!sc_cancelled(&s->stop) || s->n_children) {
        tend(s);
        if (!sc_cancelled(&s->stop))
            claim(s);
        mind_sleep(s);
        wait_for_news(s);
    }
    mind_sleep(s);
    return NULL;
}

static bool make_wake_pipe(struct sc_supervisor *s, struct sc_error *err)
{
    if (pipe(s->wake) != 0)
        return sc_fail_errno(err, errno, "cannot make a pipe");
    for (int i = 0; i < 2; i++) {
        fcntl(s->wake[i], F_SETFD, FD_CLOEXEC);
        fcntl(s->wake[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

static void destroy(struct sc_supervisor *s)
{
    sc_queue_close(s->queue);
    sc_lock_release(&s->lock);
    for (int i = 0; i < 2; i++)
        if (s->wake[i] >= 0)
            close(s->wake[i]);
    pthread_mutex_destroy(&s->announcing);
    free(s->root);
    free(s);
}

static bool take_over(struct sc_supervisor *s, struct sc_error *err)
{
    char *path = sc_strf("%s/.scaler/server.lock", s->root);
    size_t n = 0;
    bool ok = path && sc_queue_open(s->root, &s->queue, err);
    if (ok && !sc_lock_try(&s->lock, path, err)) {
        ok = false;
        sc_error_wrap(err, "another server works on this library");
    }
    free(path);
    ok = ok && sc_queue_recover(s->queue, &n, err);
    if (ok && n)
        sc_info("%zu jobs go on where they were", n);
    return ok;
}

void sc_supervisor_limit(struct sc_supervisor *s, int max_downloads, int max_processes)
{
    atomic_store(&s->max_downloads,
                 max_downloads > 0 ? max_downloads : DEFAULT_DOWNLOADS);
    atomic_store(&s->max_processes,
                 max_processes > 0 ? max_processes : DEFAULT_PROCESSES);
}

bool sc_supervisor_start(const struct sc_supervisor_options *opts,
                         struct sc_supervisor **out, struct sc_error *err)
{
    struct sc_supervisor *s = calloc(1, sizeof *s);
    if (!s)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    s->opts = *opts;
    pthread_mutex_init(&s->announcing, NULL);
    sc_supervisor_limit(s, opts->max_downloads, opts->max_processes);
    s->lock.fd = s->wake[0] = s->wake[1] = -1;
    s->root = sc_strdup(sc_config_str(opts->config, SC_SET_OUTPUT_DIR));
    bool ok = s->root || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && make_wake_pipe(s, err) && take_over(s, err);
    if (ok && pthread_create(&s->thread, NULL, supervise, s) != 0)
        ok = sc_fail(err, SC_ERR_INTERNAL, "cannot start a thread");
    if (!ok) {
        destroy(s);
        return false;
    }
    *out = s;
    return true;
}

void sc_supervisor_wake(struct sc_supervisor *s)
{
    char byte = 0;
    /* A full pipe wakes as well. */
    ssize_t n = write(s->wake[1], &byte, 1);
    (void)n;
}

void sc_supervisor_stop(struct sc_supervisor *s)
{
    if (!s)
        return;
    sc_cancel_request(&s->stop);
    sc_supervisor_wake(s);
    pthread_join(s->thread, NULL);
    destroy(s);
}
