/*
 * The child's side of a job: `scaler work JOB --token N`.
 *
 * It reports by JSON lines on standard output and never writes the queue: the
 * supervisor does. Its standard input is a pipe from the supervisor that
 * carries nothing; its end means that the supervisor is gone, and the job
 * stops at its next checkpoint. A ticker proves that the process is alive while
 * a stage has nothing to report.
 *
 * Before it reads anything that comes from strangers it closes itself in
 * (confine.h); whatever lies outside then is the supervisor's to do.
 */
#include "net/private.h"
#include "pipeline/confine.h"
#include "pipeline/internal.h"
#include "pipeline/job_payload.h"
#include "pipeline/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WATCH_MS = 100, ALIVE_EVERY = 20, NICE = 10 };
static const double MIN_REPORT_STEP_S = 0.25;

struct worker {
    const struct sc_config *config;
    struct sc_library *lib;
    struct sc_cancel cancel;
    pthread_t watcher;
    bool watching;
    enum sc_job_kind kind; /* constant while threads run, like skip */
    unsigned skip;
    bool final; /* the failure: trying again would not help */
    bool busy;  /* the failure: another process has the lecture */
    pthread_mutex_t mutex;
    /* under mutex: standard output, and the time of the last report per stage */
    double last_report_s[SC_STAGE_COUNT], fraction[SC_STAGE_COUNT];
    struct sc_meter meters[SC_STAGE_COUNT];
};

static void emit_take(struct worker *w, json_t *event)
{
    char *line = event ? json_dumps(event, JSON_COMPACT) : NULL;
    pthread_mutex_lock(&w->mutex);
    if (line) {
        fputs(line, stdout);
        putchar('\n');
        fflush(stdout);
    }
    pthread_mutex_unlock(&w->mutex);
    free(line);
    json_decref(event);
}

static const char *unit_name(enum sc_unit u)
{
    static const char *const names[] = {"", "bytes", "seconds", "items"};
    return names[u];
}

/* Stages whose work is over once `s` reports; speech and frames run side by side. */
static void complete_before(struct worker *w, enum sc_stage s)
{
    if (s >= SC_STAGE_SLIDES)
        w->fraction[SC_STAGE_FRAMES] = 1;
    if (s >= SC_STAGE_NOTES)
        w->fraction[SC_STAGE_TRANSCRIPTION] = w->fraction[SC_STAGE_SLIDES] = 1;
    if (s >= SC_STAGE_INDEX)
        w->fraction[SC_STAGE_NOTES] = 1;
}

/* 0..100 over the stages of this job; w->mutex is held. */
static double overall(struct worker *w, enum sc_stage current, double fraction)
{
    double done = 0, total = 0;
    if (w->kind != SC_JOB_PROCESS)
        return 100 * fraction;
    complete_before(w, current);
    w->fraction[current] = fraction;
    for (int i = SC_STAGE_TRANSCRIPTION; i < SC_STAGE_COUNT; i++)
        if (!(w->skip & 1u << i)) {
            double weight = sc_stage_info((enum sc_stage)i)->weight;
            done += weight * w->fraction[i];
            total += weight;
        }
    return total > 0 ? 100 * done / total : 0;
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct worker *w = user;
    enum sc_stage stage;
    double now = sc_clock_monotonic_s(), rate, eta, percent;
    if (!p->stage || !sc_stage_parse(p->stage, &stage))
        return;
    pthread_mutex_lock(&w->mutex);
    sc_meter_update(&w->meters[stage], now, p->done);
    bool due = now - w->last_report_s[stage] >= MIN_REPORT_STEP_S ||
               (p->total > 0 && p->done >= p->total);
    if (due)
        w->last_report_s[stage] = now;
    double fraction = p->total > 0 ? p->done / p->total : 0;
    percent = overall(w, stage, fraction < 1 ? fraction : 1);
    rate = w->meters[stage].rate;
    eta = sc_meter_eta_s(&w->meters[stage], p->done, p->total);
    pthread_mutex_unlock(&w->mutex);
    if (due)
        emit_take(w, json_pack("{s:s, s:s, s:f, s:f, s:f, s:s, s:f, s:f, s:s*}", "event",
                               "progress", "stage", p->stage, "percent", percent, "done",
                               p->done, "total", p->total, "unit", unit_name(p->unit),
                               "rate", rate, "eta", eta, "note", p->note));
}

static void on_utterance(void *user, const struct sc_utterance *u)
{
    emit_take(user, json_pack("{s:s, s:f, s:f, s:s}", "event", "utterance", "start",
                              u->start_s, "end", u->end_s, "text", u->text));
}

static void *watch(void *user)
{
    struct worker *w = user;
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char scrap[64];
    for (unsigned n = 1; !sc_cancelled(&w->cancel); n++) {
        int rc = poll(&in, 1, WATCH_MS);
        if (rc == 0 && n % ALIVE_EVERY == 0)
            emit_take(w, json_pack("{s:s}", "event", "alive"));
        else if (rc < 0 ? errno != EINTR
                        : rc > 0 && read(STDIN_FILENO, scrap, sizeof scrap) <= 0)
            sc_cancel_request(&w->cancel);
    }
    return NULL;
}

/* Walls hold for threads that start behind them, so the watcher starts here. */
static bool on_place(void *user, const struct sc_place *place, struct sc_error *err)
{
    struct worker *w = user;
    sc_confine(w->config, sc_library_root(w->lib), w->kind, place);
    w->watching = pthread_create(&w->watcher, NULL, watch, w) == 0;
    return w->watching || sc_fail(err, SC_ERR_INTERNAL, "cannot start a thread");
}

static void on_refused(void *user, const char *lecture_id)
{
    emit_take(user, json_pack("{s:s, s:s}", "event", "refused", "id", lecture_id));
}

static const char *text_of(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static double number_or(json_t *o, const char *key, double otherwise)
{
    json_t *v = json_object_get(o, key);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

static struct sc_job_options options_of(struct worker *w, json_t *payload)
{
    json_t *passage = json_object_get(payload, "passage");
    return (struct sc_job_options){
        .config = w->config,
        .skip = (unsigned)json_integer_value(json_object_get(payload, "skip")),
        .redo = (unsigned)json_integer_value(json_object_get(payload, "redo")),
        .allow_gaps = json_is_true(json_object_get(payload, "allowGaps")),
        .passage_from_s = json_number_value(json_array_get(passage, 0)),
        .passage_to_s = json_number_value(json_array_get(passage, 1)),
        .progress = {.fn = on_progress, .user = w},
        .on_utterance = on_utterance,
        .on_place = on_place,
        .on_refused = on_refused,
        .user = w,
    };
}

/* A conflict ends by waiting, but not this one: somebody has to bring the lecture back.
 */
static bool is_archived(struct worker *w, const char *id)
{
    struct sc_lecture l = {0};
    bool archived = id && sc_library_get(w->lib, id, false, &l, NULL) &&
                    l.status == SC_LECTURE_ARCHIVED;
    sc_lecture_finish(&l);
    return archived;
}

/* The worker of a server that was killed may still be on its way to a checkpoint, or
 * somebody works on the lecture at a terminal. */
static bool is_busy(struct worker *w, const char *id)
{
    struct sc_lecture l = {0};
    struct sc_lock lock = {.fd = -1};
    struct sc_error why = {0};
    bool busy = id && sc_library_get(w->lib, id, false, &l, NULL) &&
                !sc_library_lock(w->lib, &l, &lock, &why) && why.code == SC_ERR_CONFLICT;
    sc_lock_release(&lock);
    sc_lecture_finish(&l);
    return busy;
}

static bool run_job(struct worker *w, const struct sc_queue_job *job, json_t **warnings,
                    struct sc_error *err)
{
    struct sc_job_options opts = options_of(w, job->payload);
    w->kind = job->kind;
    w->skip = opts.skip;
    struct sc_lecture l = {0};
    struct sc_stream stream = SC_STREAM_INIT;
    const char *title = text_of(job->payload, "title"),
               *date = text_of(job->payload, "date");
    bool ok = false;
    switch (job->kind) {
    case SC_JOB_DOWNLOAD:
        /* The address came from a client of the service. */
        if (!sc_config_bool(w->config, SC_SET_ALLOW_PRIVATE))
            sc_net_refuse_private();
        ok =
            sc_payload_to_stream(json_object_get(job->payload, "stream"), &stream, err) &&
            sc_pipeline_download(w->lib, &stream, title, date, &opts, &l, &w->cancel,
                                 err);
        break;
    case SC_JOB_IMPORT: {
        const char *path = text_of(job->payload, "path");
        ok = path ? sc_pipeline_import(w->lib, path, number_or(job->payload, "from", -1),
                                       number_or(job->payload, "to", -1), title, date,
                                       &opts, &l, &w->cancel, err)
                  : sc_fail(err, SC_ERR_INTERNAL, "an import without a path");
        break;
    }
    default:
        ok = job->lecture_id
                 ? sc_pipeline_process(w->lib, job->lecture_id, &opts, warnings,
                                       &w->cancel, err)
                 : sc_fail(err, SC_ERR_INTERNAL, "a process job without a lecture");
    }
    if (l.id)
        emit_take(w, json_pack("{s:s, s:s}", "event", "lecture", "id", l.id));
    bool conflict = !ok && err->code == SC_ERR_CONFLICT;
    w->final = conflict && is_archived(w, l.id ? l.id : job->lecture_id);
    w->busy = conflict && !w->final && is_busy(w, l.id ? l.id : job->lecture_id);
    sc_lecture_finish(&l);
    sc_stream_finish(&stream);
    return ok;
}

/* Settings that came with the job win over the environment's. */
static bool load_settings(struct sc_config *config, json_t *payload, struct sc_error *err)
{
    json_t *settings = json_object_get(payload, "settings"), *value;
    const char *name;
    json_object_foreach(settings, name, value)
    {
        for (int i = 0; i < SC_SET_COUNT; i++)
            if (sc_str_eq(name, sc_config_info((enum sc_setting)i)->variable) &&
                json_is_string(value) &&
                !sc_config_set(config, (enum sc_setting)i, json_string_value(value),
                               SC_SOURCE_OPTION, err))
                return false;
    }
    return true;
}

static bool find_job(const char *root, const char *id, int64_t token,
                     struct sc_queue_job *out, struct sc_error *err)
{
    struct sc_queue *q;
    bool found = false;
    if (!sc_queue_open(root, &q, err))
        return false;
    bool ok = sc_queue_get(q, id, out, &found, err);
    sc_queue_close(q);
    if (ok && (!found || out->token != token || out->state != SC_JOB_LEASED)) {
        if (found)
            sc_queue_job_finish(out);
        ok = sc_fail(err, SC_ERR_CONFLICT, "this worker does not hold the job");
    }
    return ok;
}

static void report(struct worker *w, bool ok, const struct sc_error *err,
                   json_t *warnings)
{
    char sentence[1200];
    if (ok) {
        emit_take(w, json_pack("{s:s, s:b, s:O*}", "event", "result", "ok", 1, "warnings",
                               warnings));
        return;
    }
    sc_error_sentence(err, sentence, sizeof sentence);
    emit_take(w, json_pack("{s:s, s:b, s:s, s:s, s:s, s:b, s:b}", "event", "result", "ok",
                           0, "code", sc_error_slug(err->code), "detail", sentence,
                           "hint", err->hint, "final", w->final, "busy", w->busy));
}

bool sc_work_run(struct sc_config *config, const char *job_id, int64_t token,
                 const struct sc_cancel *cancel, struct sc_error *err)
{
    struct worker w = {.config = config, .cancel = {.parent = cancel}};
    struct sc_queue_job job = {0};
    json_t *warnings = NULL;
    const char *root = sc_config_str(config, SC_SET_OUTPUT_DIR);
    pthread_mutex_init(&w.mutex, NULL);
    setpriority(PRIO_PROCESS, 0, NICE); /* the student's own programs come first */
    bool ok = find_job(root, job_id, token, &job, err) &&
              load_settings(config, job.payload, err) &&
              sc_library_open(root, &w.lib, err) && run_job(&w, &job, &warnings, err);
    report(&w, ok, err, warnings);
    sc_cancel_request(&w.cancel); /* ends the watcher */
    if (w.watching)
        pthread_join(w.watcher, NULL);
    sc_library_close(w.lib);
    sc_queue_job_finish(&job);
    json_decref(warnings);
    pthread_mutex_destroy(&w.mutex);
    return ok;
}
