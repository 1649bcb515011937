/*
 * The conversation is one poll loop: what is left to write goes to stdin as
 * the pipe takes it, lines come from stdout, the last words of stderr are kept
 * for the error message. Silence beyond the limit, a closed stdout and a line
 * that is no protocol all mean that the engine is broken; the caller starts
 * another one. Whether it was ended from outside is found out: that says nothing
 * about what it was asked, so the caller asks the same again.
 */
#include "speech/engine.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    POLL_MS = 100,
    STOP_GRACE_MS = 1500,
    END_MS = 10000, /* between closing its stdout and its end */
    KEEP_STDERR = 400,
    MAX_SEGMENTS = 10000,
    PROBE_TIMEOUT_S = 20,
    READ_CHUNK = 65536,
    VAD_BLOCK = 16384,
    VAD_TIMEOUT_S = 120,
};

struct sc_engine {
    struct sc_proc proc;
    struct sc_engine_limits limits;
    struct sc_engine_msg about;
    struct sc_buf in; /* bytes of stdout not yet made into lines */
    size_t in_used;   /* bytes of it that are */
    char last_words[KEEP_STDERR + 1];
    const char *out; /* still to be written, borrowed */
    size_t out_len;
    bool stdout_closed;
    bool killed;    /* it did not end by itself */
    double heard_s; /* when the last line came */
    char name[64];  /* of the program, for messages */
};

const struct sc_engine_msg *sc_engine_about(const struct sc_engine *e)
{
    return &e->about;
}

void sc_span_result_finish(struct sc_span_result *r)
{
    for (size_t i = 0; i < r->n_segments; i++)
        sc_utterance_finish(&r->segments[i]);
    free(r->segments);
    *r = (struct sc_span_result){.no_speech = -1};
}

void sc_engine_stop(struct sc_engine *e)
{
    if (!e)
        return;
    sc_proc_stop(&e->proc, STOP_GRACE_MS);
    sc_engine_msg_finish(&e->about);
    sc_buf_finish(&e->in);
    free(e);
}

/* ---- pipes ---- */

/* A broken pipe is an error to report, not a signal to die of. */
static ssize_t write_no_signal(int fd, const void *data, size_t len)
{
    sigset_t pipe_set, before, pending;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_set, &before);
    ssize_t n = write(fd, data, len);
    int saved = errno;
    if (n < 0 && saved == EPIPE && !was_pending) {
        sigpending(&pending);
        int sig;
        if (sigismember(&pending, SIGPIPE) == 1)
            sigwait(&pipe_set, &sig);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return n;
}

static void keep_last_words(struct sc_engine *e, const char *data, size_t n)
{
    size_t have = strlen(e->last_words);
    if (n > KEEP_STDERR) {
        data += n - KEEP_STDERR;
        n = KEEP_STDERR;
    }
    if (have + n > KEEP_STDERR) {
        size_t drop = have + n - KEEP_STDERR;
        memmove(e->last_words, e->last_words + drop, have - drop);
        have -= drop;
    }
    for (size_t i = 0; i < n; i++)
        e->last_words[have++] = data[i] ? data[i] : ' ';
    e->last_words[have] = '\0';
}

static bool broken(struct sc_engine *e, struct sc_error *err, const char *what)
{
    /* Its last complete line on stderr usually says why. */
    char *words = sc_str_trim(e->last_words);
    const char *line = strrchr(words, '\n');
    char *said = sc_utf8_repair(line ? line + 1 : words, strlen(line ? line + 1 : words));
    sc_fail(err, SC_ERR_ENGINE, "the speech engine %s %s%s%s", e->name, what,
            said && *said ? "; it said: " : "", said ? said : "");
    free(said);
    return false;
}

/* Its stdout is closed. Waits for its end; true when it says that all went well. */
static bool reap(struct sc_engine *e)
{
    int status = -1;
    if (!sc_proc_wait_ms(&e->proc, END_MS, &status))
        return false;
    e->killed = status == 128 + SIGKILL || status == 128 + SIGTERM;
    return status == 0;
}

static bool ended(struct sc_engine *e, struct sc_error *err)
{
    return broken(e, err,
                  e->killed ? "was ended from outside, as happens when memory is short"
                            : "ended unexpectedly");
}

/* One turn of the loop: waits at most POLL_MS. */
static bool turn(struct sc_engine *e, struct sc_error *err)
{
    struct pollfd fds[3] = {
        {.fd = e->proc.stdout_fd, .events = POLLIN},
        {.fd = e->proc.stderr_fd, .events = POLLIN},
        {.fd = e->out_len ? e->proc.stdin_fd : -1, .events = POLLOUT},
    };
    if (poll(fds, 3, POLL_MS) < 0)
        return errno == EINTR || sc_fail_errno(err, errno, "cannot wait for an engine");
    if (fds[0].revents) {
        if (!sc_buf_reserve(&e->in, READ_CHUNK))
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the engine's answer");
        ssize_t n = read(e->proc.stdout_fd, e->in.data + e->in.len, READ_CHUNK);
        if (n == 0)
            e->stdout_closed = true;
        else if (n < 0 && errno != EINTR && errno != EAGAIN)
            return sc_fail_errno(err, errno, "cannot read from an engine");
        else if (n > 0) {
            e->in.len += (size_t)n;
            e->in.data[e->in.len] = '\0';
        }
    }
    if (fds[1].revents) {
        char chunk[1024];
        ssize_t n = read(e->proc.stderr_fd, chunk, sizeof chunk);
        if (n > 0)
            keep_last_words(e, chunk, (size_t)n);
        else if (n == 0) {
            close(e->proc.stderr_fd);
            e->proc.stderr_fd = -1;
        }
    }
    if (fds[2].revents) {
        ssize_t n = write_no_signal(e->proc.stdin_fd, e->out, e->out_len);
        if (n > 0) {
            e->out += n;
            e->out_len -= (size_t)n;
        } else if (n < 0 && errno == EPIPE)
            e->out_len = 0; /* stdout or the limit will tell the rest */
        else if (n < 0 && errno != EINTR && errno != EAGAIN)
            return sc_fail_errno(err, errno, "cannot write to an engine");
    }
    return true;
}

/* A complete line that is already here; false when there is none. */
static bool take_line(struct sc_engine *e, const char **line, size_t *len)
{
    const char *from = e->in.data ? e->in.data + e->in_used : NULL;
    size_t have = e->in.len - e->in_used;
    const char *end = have ? memchr(from, '\n', have) : NULL;
    if (!end) {
        if (e->in_used)
            sc_buf_consume(&e->in, e->in_used);
        e->in_used = 0;
        return false;
    }
    *line = from;
    *len = (size_t)(end - from);
    e->in_used += *len + 1;
    return true;
}

/*
 * Waits for the next message, writing what is to be written meanwhile. A log
 * line counts as a sign of life, and is not handed out.
 */
static bool next_message(struct sc_engine *e, double limit_s, struct sc_engine_msg *out,
                         const struct sc_cancel *cancel, struct sc_error *err)
{
    const char *line;
    size_t len;
    for (;;) {
        if (sc_cancel_check(cancel, err))
            return false;
        if (take_line(e, &line, &len)) {
            e->heard_s = sc_clock_monotonic_s();
            if (len == 0)
                continue;
            struct sc_error why = {0};
            if (!sc_engine_msg_parse(line, len, out, &why)) {
                sc_engine_msg_finish(out);
                /* Never SC_ERR_INVALID: who writes nonsense is not asked further. */
                return sc_fail(err, why.code == SC_ERR_MEMORY ? why.code : SC_ERR_ENGINE,
                               "%s", why.cause);
            }
            if (out->type != SC_ENGINE_LOG && out->type != SC_ENGINE_UNKNOWN)
                return true;
            sc_debug("%s: %s", e->name, out->text);
            sc_engine_msg_finish(out);
            continue;
        }
        if (e->in.len > SC_ENGINE_MAX_LINE)
            return broken(e, err, "writes a line without end");
        if (e->stdout_closed) {
            reap(e);
            return ended(e, err);
        }
        if (sc_clock_monotonic_s() - e->heard_s > limit_s)
            return broken(e, err, "does not answer any more");
        if (!turn(e, err))
            return false;
    }
}

/* ---- starting ---- */

enum { MAX_ARGS = 24 };

static void add_option(const char **argv, size_t *n, const char *flag, const char *value)
{
    if (!value || !*value)
        return;
    argv[(*n)++] = flag;
    argv[(*n)++] = value;
}

static struct sc_engine *launch(const struct sc_engine_spec *spec, const char *mode,
                                const char *mode_value, struct sc_error *err)
{
    const char *argv[MAX_ARGS] = {spec->program, mode};
    char threads[16] = "";
    size_t n = 2;
    if (mode_value)
        argv[n++] = mode_value;
    if (spec->threads > 0)
        snprintf(threads, sizeof threads, "%d", spec->threads);
    add_option(argv, &n, "--model", spec->model);
    add_option(argv, &n, "--models-dir", spec->models_dir);
    add_option(argv, &n, "--device", spec->device);
    add_option(argv, &n, "--language", spec->language);
    add_option(argv, &n, "--prompt", spec->prompt);
    add_option(argv, &n, "--threads", threads);
    struct sc_engine *e = calloc(1, sizeof *e);
    if (!e) {
        sc_fail(err, SC_ERR_MEMORY, "no memory for a speech engine");
        return NULL;
    }
    const char *base = strrchr(spec->program, '/');
    snprintf(e->name, sizeof e->name, "%s", base ? base + 1 : spec->program);
    e->in = SC_BUF_INIT(2 * (size_t)SC_ENGINE_MAX_LINE);
    if (!sc_proc_start(&e->proc, argv, NULL,
                       SC_PROC_STDIN | SC_PROC_STDOUT | SC_PROC_STDERR, err)) {
        free(e);
        return NULL;
    }
    fcntl(e->proc.stdin_fd, F_SETFL, O_NONBLOCK);
    e->heard_s = sc_clock_monotonic_s();
    return e;
}

/*
 * One of several tries that failed: true when it is to be made again. What the last one
 * says of its failure is the caller's error.
 */
static bool try_again(bool killed, int tries, const struct sc_error *why,
                      struct sc_error *err)
{
    if (killed && tries < SC_ENGINE_MAX_KILLS) {
        sc_debug("%s; starting it again", why->cause);
        return true;
    }
    if (err && err->code == SC_ERR_OK)
        *err = *why;
    return false;
}

static bool start_once(const struct sc_engine_spec *spec,
                       const struct sc_engine_limits *limits, struct sc_engine **out,
                       bool *killed, const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_engine *e = launch(spec, "--framed", NULL, err);
    if (!e)
        return false;
    e->limits = *limits;
    if (!next_message(e, limits->ready_s, &e->about, cancel, err))
        goto failed;
    if (e->about.type == SC_ENGINE_ERROR) {
        sc_fail(err, SC_ERR_ENGINE, "the speech engine %s: %s", e->name, e->about.text);
        goto failed;
    }
    if (e->about.type != SC_ENGINE_READY) {
        broken(e, err, "does not begin with \"ready\"");
        goto failed;
    }
    *out = e;
    return true;
failed:
    *killed = e->killed;
    sc_engine_stop(e);
    return false;
}

bool sc_engine_start(const struct sc_engine_spec *spec,
                     const struct sc_engine_limits *limits, struct sc_engine **out,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    for (int tries = 0;; tries++) {
        struct sc_error why = {0};
        bool killed = false;
        if (start_once(spec, limits, out, &killed, cancel, &why))
            return true;
        if (!try_again(killed, tries, &why, err))
            return false;
    }
}

bool sc_engine_killed(const struct sc_engine *e)
{
    return e->killed;
}

/* ---- spans ---- */

static bool add_segment(struct sc_span_result *r, struct sc_engine_msg *m,
                        struct sc_error *err)
{
    if (r->n_segments == MAX_SEGMENTS)
        return sc_fail(err, SC_ERR_ENGINE, "the speech engine gives too many segments");
    struct sc_utterance *grown =
        realloc(r->segments, (r->n_segments + 1) * sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    r->segments = grown;
    r->segments[r->n_segments++] = m->segment;
    m->segment = (struct sc_utterance){0};
    if (m->no_speech > r->no_speech)
        r->no_speech = m->no_speech;
    return true;
}

/* Takes one message of the span; *done at its end. */
static bool take_message(struct sc_engine *e, const struct sc_span_request *request,
                         struct sc_engine_msg *m, struct sc_span_result *r, bool *done,
                         struct sc_error *err)
{
    if (m->type == SC_ENGINE_ERROR && m->id == request->id)
        return sc_fail(err, SC_ERR_INVALID, "the speech engine %s: %s", e->name, m->text);
    if (m->type == SC_ENGINE_ERROR)
        return sc_fail(err, SC_ERR_ENGINE, "the speech engine %s: %s", e->name, m->text);
    if (m->id != request->id)
        return broken(e, err, "answers for a span that it was not given");
    if (m->type == SC_ENGINE_SEGMENT)
        return add_segment(r, m, err);
    if (m->type == SC_ENGINE_SPAN_END) {
        snprintf(r->language, sizeof r->language, "%s", m->language);
        *done = true;
    }
    return true;
}

/*
 * An answer may be there before all of the sound is taken; what is left of it must still
 * be written, or the next header would end up amid it.
 */
static bool write_rest(struct sc_engine *e, double limit_s,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    e->heard_s = sc_clock_monotonic_s();
    while (e->out_len > 0) {
        if (sc_cancel_check(cancel, err) || !turn(e, err))
            return false;
        if (e->stdout_closed) {
            reap(e);
            return ended(e, err);
        }
        if (sc_clock_monotonic_s() - e->heard_s > limit_s)
            return broken(e, err, "does not take the sound");
    }
    return true;
}

bool sc_engine_span(struct sc_engine *e, const struct sc_span_request *request,
                    const int16_t *samples, struct sc_span_result *out,
                    void (*on_progress)(void *user, double done_s), void *user,
                    const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_span_result r = {.no_speech = -1};
    struct sc_buf header = SC_BUF_INIT(4096);
    double length_s = (double)request->n_samples / SC_ENGINE_RATE;
    double limit_s = e->limits.span_s + e->limits.span_factor * length_s;
    bool header_sent = false, done = false, ok = true;
    sc_span_request_write(request, &header);
    e->out = sc_buf_str(&header);
    e->out_len = header.len;
    e->heard_s = sc_clock_monotonic_s();
    while (ok && !header_sent) { /* a few bytes: never waits in practice */
        ok = !sc_cancel_check(cancel, err) && turn(e, err);
        header_sent = e->out_len == 0;
        if (ok && sc_clock_monotonic_s() - e->heard_s > limit_s)
            ok = broken(e, err, "does not answer any more");
    }
    e->out = (const char *)samples;
    e->out_len = request->n_samples * sizeof *samples;
    while (ok && !done) {
        struct sc_engine_msg m;
        ok = next_message(e, limit_s, &m, cancel, err);
        if (!ok)
            break;
        if (m.type == SC_ENGINE_PROGRESS && on_progress)
            on_progress(user, m.done_s < length_s ? m.done_s : length_s);
        ok = take_message(e, request, &m, &r, &done, err);
        sc_engine_msg_finish(&m);
    }
    struct sc_error rest = {0};
    if ((ok || (err && err->code == SC_ERR_INVALID)) &&
        !write_rest(e, limit_s, cancel, &rest)) {
        ok = false;
        if (err)
            *err = rest; /* it cannot go on, whatever it said of this span */
    }
    e->out_len = 0;
    sc_buf_finish(&header);
    if (!ok) {
        sc_span_result_finish(&r);
        return false;
    }
    *out = r;
    return true;
}

/* ---- other modes ---- */

static bool probe_once(const struct sc_engine_spec *spec, struct sc_engine_msg *out,
                       bool *killed, const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_engine *e = launch(spec, "--probe", NULL, err);
    if (!e)
        return false;
    bool ok = next_message(e, PROBE_TIMEOUT_S, out, cancel, err);
    if (ok && out->type != SC_ENGINE_PROBE) {
        sc_engine_msg_finish(out);
        ok = broken(e, err, "does not answer --probe");
    }
    *killed = e->killed;
    sc_engine_stop(e);
    return ok;
}

bool sc_engine_probe(const struct sc_engine_spec *spec, struct sc_engine_msg *out,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    for (int tries = 0;; tries++) {
        struct sc_error why = {0};
        bool killed = false;
        if (probe_once(spec, out, &killed, cancel, &why))
            return true;
        if (!try_again(killed, tries, &why, err))
            return false;
    }
}

/* Hands over the scores that are already here. */
static bool drain_scores(struct sc_engine *e, sc_engine_scores_fn on_scores, void *user,
                         struct sc_error *err)
{
    const char *line;
    size_t len;
    bool ok = true;
    while (ok && take_line(e, &line, &len)) {
        struct sc_engine_msg m;
        e->heard_s = sc_clock_monotonic_s();
        ok = sc_engine_msg_parse(line, len, &m, err);
        if (ok && m.type == SC_ENGINE_SCORES)
            ok = on_scores(user, &m, err);
        else if (ok && m.type == SC_ENGINE_ERROR)
            ok = sc_fail(err, SC_ERR_ENGINE, "the voice detector: %s", m.text);
        sc_engine_msg_finish(&m);
    }
    return ok;
}

bool sc_engine_vad(const char *program, const char *vad_model, sc_engine_pcm_fn next,
                   sc_engine_scores_fn on_scores, void *user, bool *killed,
                   const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_engine_spec spec = {.program = program};
    struct sc_engine *e = launch(&spec, "--vad", vad_model, err);
    int16_t *block = malloc(VAD_BLOCK * sizeof *block);
    bool ok = e && block, all_given = false;
    if (e && !block)
        sc_fail(err, SC_ERR_MEMORY, "no memory for the voice detector");
    while (ok && !e->stdout_closed) {
        size_t n;
        if (e->out_len == 0 && !all_given) {
            ok = next(user, block, VAD_BLOCK, &n, err);
            e->out = (const char *)block;
            e->out_len = ok ? n * sizeof *block : 0;
            e->heard_s = sc_clock_monotonic_s();
            if (ok && n == 0) {
                all_given = true;
                sc_proc_close_stdin(&e->proc);
            }
        }
        ok = ok && !sc_cancel_check(cancel, err) && turn(e, err) &&
             drain_scores(e, on_scores, user, err);
        if (ok && sc_clock_monotonic_s() - e->heard_s > VAD_TIMEOUT_S)
            ok = broken(e, err, "does not answer any more");
    }
    if (ok && (!reap(e) || !all_given))
        ok = ended(e, err);
    *killed = e && e->killed;
    free(block);
    sc_engine_stop(e);
    return ok;
}
