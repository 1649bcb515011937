#include "pipeline/child.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_LINE = 1 << 20,
    MAX_ENV = SC_SET_COUNT,
    MAX_LOG_BYTES = 1 << 20,
    MAX_SAID = 65536,
    STOP_GRACE_S = 15, /* a decoder may need a while to reach a checkpoint */
};

char *sc_job_log_path(const char *root, const char *id)
{
    return sc_strf("%s/.scaler/logs/%s.log", root, id);
}

/* The log of the attempt before is kept as .1: it says why there is another. */
static FILE *open_log(const char *root, const char *id)
{
    FILE *f = NULL;
    char *dir = sc_strf("%s/.scaler/logs", root);
    char *path = sc_job_log_path(root, id), *old = sc_strf("%s.1", path ? path : "");
    if (dir && path && old && sc_mkdirs(dir, NULL)) {
        rename(path, old);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        f = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (!f && fd >= 0)
            close(fd);
    }
    free(dir);
    free(path);
    free(old);
    return f;
}

static void nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

struct sc_child *sc_child_start_take(struct sc_queue_job *job, const char *program,
                                     const char *root, char *const *env,
                                     struct sc_error *err)
{
    struct sc_child *c = calloc(1, sizeof *c);
    char *self = program ? sc_strdup(program) : sc_proc_self_path();
    char token[24];
    if (!c || !self) {
        sc_fail(err, SC_ERR_MEMORY, "cannot start a worker");
        sc_queue_job_finish(job);
        free(c);
        free(self);
        return NULL;
    }
    c->job = *job;
    *job = (struct sc_queue_job){0};
    c->lines = SC_BUF_INIT(2 * MAX_LINE);
    c->said = SC_BUF_INIT(MAX_SAID);
    c->progress = (struct sc_job_progress){.progress = -1, .eta_s = -1};
    c->last_sign_s = sc_clock_monotonic_s();
    snprintf(token, sizeof token, "%lld", (long long)c->job.token);
    const char *argv[] = {self, "work", c->job.id, "--token", token, NULL};
    char *output_dir = sc_strf("SCALER_OUTPUT_DIR=%s", root);
    /* Who supervises keeps the machine awake. */
    const char *all[MAX_ENV + 3] = {output_dir, "SCALER_PREVENT_SLEEP=off"};
    for (int i = 0; env && env[i] && i < MAX_ENV; i++)
        all[i + 2] = env[i];
    bool ok =
        output_dir && sc_proc_start(&c->proc, argv, all,
                                    SC_PROC_STDIN | SC_PROC_STDOUT | SC_PROC_STDERR, err);
    free(output_dir);
    free(self);
    if (!ok) {
        c->proc = (struct sc_proc){.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
        sc_child_destroy(c);
        return NULL;
    }
    nonblocking(c->proc.stdout_fd);
    nonblocking(c->proc.stderr_fd);
    c->log = open_log(root, c->job.id);
    return c;
}

void sc_child_destroy(struct sc_child *c)
{
    if (!c)
        return;
    sc_proc_stop(&c->proc, 0);
    if (c->log)
        fclose(c->log);
    sc_buf_finish(&c->lines);
    sc_buf_finish(&c->said);
    sc_queue_job_finish(&c->job);
    free(c);
}

static const char *text_of(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static double number_of(json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static void keep(char *slot, size_t size, const char *text)
{
    snprintf(slot, size, "%s", text ? text : "");
}

static enum sc_error_code code_of(const char *slug)
{
    for (int i = 1; i < SC_ERR_COUNT; i++)
        if (sc_str_eq(slug, sc_error_slug((enum sc_error_code)i)))
            return (enum sc_error_code)i;
    return SC_ERR_INTERNAL;
}

static void take_result(struct sc_child *c, json_t *o)
{
    const char *detail = text_of(o, "detail"), *hint = text_of(o, "hint");
    c->reported = true;
    c->ok = json_is_true(json_object_get(o, "ok"));
    if (c->ok)
        return;
    sc_fail(&c->why, code_of(text_of(o, "code")), "%s",
            detail ? detail : "no reason given");
    if (hint && *hint)
        sc_error_hint(&c->why, "%s", hint);
    c->final = json_is_true(json_object_get(o, "final"));
    c->busy = json_is_true(json_object_get(o, "busy"));
}

static void take_event(struct sc_child *c, json_t *o, sc_event_fn on_event, void *user)
{
    const char *event = text_of(o, "event");
    if (!event)
        return;
    if (strcmp(event, "progress") == 0) {
        keep(c->stage, sizeof c->stage, text_of(o, "stage"));
        keep(c->message, sizeof c->message, text_of(o, "note"));
        double percent = number_of(o, "percent");
        if (percent > c->progress.progress)
            c->progress.progress = percent;
        c->progress.rate = number_of(o, "rate");
        c->progress.eta_s = number_of(o, "eta");
        c->progress.stage = c->stage;
        c->progress.message = c->message[0] ? c->message : NULL;
    } else if (strcmp(event, "lecture") == 0) {
        keep(c->lecture_id, sizeof c->lecture_id, text_of(o, "id"));
        c->progress.lecture_id = c->lecture_id;
        /* It has a card in everybody's library from now on. */
        json_t *seen = json_pack("{s:s}", "lectureId", c->lecture_id);
        if (on_event && seen)
            on_event(user, "library", seen);
        json_decref(seen);
    } else if (strcmp(event, "refused") == 0) {
        keep(c->refused_id, sizeof c->refused_id, text_of(o, "id"));
    } else if (strcmp(event, "result") == 0) {
        take_result(c, o);
    }
    if (on_event && (strcmp(event, "progress") == 0 || strcmp(event, "utterance") == 0)) {
        json_object_set_new(o, "jobId", json_string(c->job.id));
        const char *lecture = c->lecture_id[0] ? c->lecture_id : c->job.lecture_id;
        json_object_set_new(o, "lectureId", lecture ? json_string(lecture) : json_null());
        on_event(user, event, o);
    }
}

static void take_lines(struct sc_child *c, sc_event_fn on_event, void *user)
{
    char *end;
    while (c->lines.len && (end = memchr(c->lines.data, '\n', c->lines.len))) {
        size_t n = (size_t)(end - c->lines.data);
        json_t *o = json_loadb(c->lines.data, n, 0, NULL);
        if (json_is_object(o))
            take_event(c, o, on_event, user);
        json_decref(o);
        sc_buf_consume(&c->lines, n + 1);
    }
    if (c->lines.len > MAX_LINE)
        sc_buf_clear(&c->lines);
}

/* Reads one pipe dry; true when its end was reached. */
static bool drain(int fd, struct sc_child *c,
                  void (*sink)(struct sc_child *, const char *, size_t))
{
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            sink(c, chunk, (size_t)n);
        else if (n == 0)
            return true;
        else if (errno != EINTR)
            return errno != EAGAIN && errno != EWOULDBLOCK;
    }
}

static void add_lines(struct sc_child *c, const char *data, size_t n)
{
    c->last_sign_s = sc_clock_monotonic_s();
    sc_buf_add(&c->lines, data, n);
}

static void add_log(struct sc_child *c, const char *data, size_t n)
{
    if (!c->log || c->log_bytes > MAX_LOG_BYTES)
        return;
    c->log_bytes += (long)n;
    fwrite(data, 1, n, c->log);
    fflush(c->log);
    if (c->said.len + n < MAX_SAID)
        sc_buf_add(&c->said, data, n);
}

/* Whole lines of its log, for those who watch it work. */
static void tell_log(struct sc_child *c, sc_event_fn on_event, void *user)
{
    size_t n = c->said.len;
    while (n > 0 && c->said.data[n - 1] != '\n')
        n--;
    if (n == 0 || !on_event)
        return;
    char *text = sc_utf8_repair(c->said.data, n);
    json_t *o = text ? json_pack("{s:s, s:s}", "jobId", c->job.id, "text", text) : NULL;
    if (o)
        on_event(user, "log", o);
    json_decref(o);
    free(text);
    sc_buf_consume(&c->said, n);
}

void sc_child_read(struct sc_child *c, sc_event_fn on_event, void *user)
{
    if (!c->stdout_ended)
        c->stdout_ended = drain(c->proc.stdout_fd, c, add_lines);
    take_lines(c, on_event, user);
    if (!c->stderr_ended)
        c->stderr_ended = drain(c->proc.stderr_fd, c, add_log);
    tell_log(c, on_event, user);
}

/* Standard error may be held open by a grandchild: it is not waited for. */
bool sc_child_ended(const struct sc_child *c)
{
    return c->stdout_ended;
}

void sc_child_stop(struct sc_child *c, double now_s)
{
    if (c->proc.pid <= 0)
        return;
    if (c->asked_to_stop_s == 0) {
        c->asked_to_stop_s = now_s;
        kill(c->proc.pid, SIGTERM);
    } else if (now_s - c->asked_to_stop_s > STOP_GRACE_S) {
        kill(-c->proc.pid, SIGKILL);
        kill(c->proc.pid, SIGKILL);
    }
}

static enum sc_job_outcome outcome_of(enum sc_error_code code)
{
    switch (code) {
    case SC_ERR_EXPIRED:
    case SC_ERR_DISK_FULL:
    case SC_ERR_FORBIDDEN:
        return SC_OUTCOME_PAUSE;
    case SC_ERR_NETWORK:
    case SC_ERR_TIMEOUT:
    case SC_ERR_RATE:
    case SC_ERR_CONFLICT:
    case SC_ERR_INTERNAL:
    case SC_ERR_IO:
    case SC_ERR_ENGINE:
    case SC_ERR_MEMORY:
        return SC_OUTCOME_RETRY;
    default:
        return SC_OUTCOME_DEAD;
    }
}

/* The child ended without a result: a crash, which is this job's error alone. */
static void blame_crash(struct sc_child *c, int status)
{
    const char *stage = c->stage[0] ? c->stage : "its start";
    if (status > 128)
        sc_fail(&c->why, SC_ERR_INTERNAL, "the worker crashed (signal %d) in %s",
                status - 128, stage);
    else
        sc_fail(&c->why, SC_ERR_INTERNAL,
                "the worker ended (status %d) in %s without an answer", status, stage);
    sc_error_hint(&c->why,
                  "It goes on from its last checkpoint; the job's log says more.");
}

enum sc_job_outcome sc_child_judge(struct sc_child *c, bool draining, bool *completed)
{
    int status = 1;
    *completed = false;
    sc_proc_close_stdin(&c->proc);
    if (!sc_proc_wait(&c->proc, &status, NULL))
        status = 1;
    if (c->reported && c->ok) {
        *completed = true;
        return SC_OUTCOME_DEAD;
    }
    if (c->cancel_wanted)
        return SC_OUTCOME_CANCELLED;
    if (c->pause_wanted)
        return SC_OUTCOME_PAUSE;
    if (draining)
        return SC_OUTCOME_RELEASE;
    /* Stopped by somebody else's signal: it simply goes on. */
    if (!c->reported && status == 128 + SIGKILL && c->asked_to_stop_s == 0) {
        blame_crash(c, status);
        return SC_OUTCOME_AGAIN;
    }
    if (!c->reported)
        blame_crash(c, status);
    if (c->why.code == SC_ERR_CANCELLED)
        return SC_OUTCOME_AGAIN;
    if (c->busy)
        return SC_OUTCOME_BUSY;
    return c->final ? SC_OUTCOME_DEAD : outcome_of(c->why.code);
}
