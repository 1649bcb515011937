/*
 * The run: choose an engine, find the speech, give its spans to one or several
 * engine processes, judge and checkpoint each answer, put the text together.
 *
 * Workers (one thread and one engine process each) take spans in order under
 * one lock, which also guards the audio reader: reading 20 s of audio takes
 * milliseconds, recognising it takes seconds.
 */
#include "speech/transcribe.h"

#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "media/media.h"
#include "speech/assemble.h"
#include "speech/checkpoint.h"
#include "speech/choose.h"
#include "speech/guard.h"
#include "speech/listen.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORKERS = 16,
    MAX_ATTEMPTS = 2,
    MAX_DEAD_SPANS = 3, /* this many in a row, and none that went well: give up */
    ENGINE_MEMORY = 200 * 1024 * 1024, /* of one single-threaded engine */
};
static const char RUN_VERSION[] = "span 1"; /* change with guards and settings */

struct span {
    struct sc_piece where;
    char key[SC_SHA256_HEX_SIZE];
    struct sc_span_result result;
    bool done, failed, reported;
};

struct run {
    /* constant while workers run */
    const struct sc_speech_options *opts;
    const struct sc_engine_limits *limits;
    const struct sc_cancel *outer;
    struct sc_engine_choice engine;
    struct sc_listen listen;
    struct sc_guard_settings guard;

    pthread_mutex_t lock; /* guards what follows */
    struct sc_pcm *pcm;
    struct sc_checkpoint *checkpoint;
    struct span *spans; /* a span's result belongs to its worker until done */
    size_t n_spans, next, next_report;
    double speech_s, done_s; /* of all spans; of those that are done */
    double partial_s[MAX_WORKERS];
    unsigned dead_in_row, good;
    struct sc_error error; /* the first that ends the run */
    struct sc_cancel stop; /* child of outer: requested when the run must end */
};

struct worker {
    struct run *run;
    int index;
    struct sc_engine *engine;
    int16_t *samples;
    float *floats;
    size_t cap;
};

/* ---- shared state, under the lock ---- */

static void report(struct run *r, const char *note)
{
    double done = r->done_s;
    for (int i = 0; i < MAX_WORKERS; i++)
        done += r->partial_s[i];
    double share = r->speech_s > 0 ? fmin(done / r->speech_s, 1) : 1;
    double at = share * r->listen.duration_s;
    struct sc_progress p = {.stage = "transcription",
                            .unit = SC_UNIT_SECONDS,
                            .done = at,
                            .total = r->listen.duration_s,
                            .media_done_s = at,
                            .media_total_s = r->listen.duration_s,
                            .note = note};
    sc_progress_report(&r->opts->progress, &p);
}

/* Utterances are told in the order of the lecture, as far as it is complete. */
static void tell(struct run *r)
{
    while (r->next_report < r->n_spans && r->spans[r->next_report].done) {
        struct span *s = &r->spans[r->next_report++];
        for (size_t i = 0; r->opts->on_utterance && i < s->result.n_segments; i++)
            r->opts->on_utterance(r->opts->user, &s->result.segments[i]);
    }
}

static double span_s(const struct span *s)
{
    return (double)(s->where.end - s->where.start) / SC_PCM_RATE;
}

static void fail_run(struct run *r, const struct sc_error *err)
{
    if (r->error.code == SC_ERR_OK)
        r->error = *err;
    sc_cancel_request(&r->stop);
}

/* Reads a span's samples; short audio is filled with silence. */
static bool read_span(struct worker *w, const struct span *s, struct sc_error *err)
{
    struct run *r = w->run;
    size_t n = (size_t)(s->where.end - s->where.start), at = 0, got = 1;
    if (n > w->cap) {
        free(w->samples);
        free(w->floats);
        w->cap = n;
        w->samples = malloc(n * sizeof *w->samples);
        w->floats = malloc(n * sizeof *w->floats);
        if (!w->samples || !w->floats)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the audio");
    }
    if (!sc_pcm_seek(r->pcm, (double)s->where.start / SC_PCM_RATE, err))
        return false;
    while (at < n && got) {
        if (!sc_pcm_read(r->pcm, w->floats + at, n - at, &got, &r->stop, err))
            return false;
        at += got;
    }
    for (; at < n; at++)
        w->floats[at] = 0;
    sc_samples_s16(w->floats, n, w->samples);
    return true;
}

/* The next span that is not done, with its samples; NULL at the end or on failure. */
static struct span *take_span(struct worker *w)
{
    struct run *r = w->run;
    struct span *s = NULL;
    struct sc_error err = {0};
    pthread_mutex_lock(&r->lock);
    while (r->next < r->n_spans && r->spans[r->next].done)
        r->next++;
    if (r->next < r->n_spans && !sc_cancelled(&r->stop)) {
        s = &r->spans[r->next++];
        if (!read_span(w, s, &err)) {
            fail_run(r, &err);
            s = NULL;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

static void finish_span(struct worker *w, struct span *s, const struct sc_error *why)
{
    struct run *r = w->run;
    struct sc_error err = {0};
    pthread_mutex_lock(&r->lock);
    r->partial_s[w->index] = 0;
    if (why) {
        s->failed = true;
        r->dead_in_row++;
        sc_warn("speech from %.0f s to %.0f s could not be recognised: %s",
                (double)s->where.start / SC_PCM_RATE, (double)s->where.end / SC_PCM_RATE,
                why->cause);
        if (r->dead_in_row >= MAX_DEAD_SPANS && r->good == 0)
            fail_run(r, why);
    } else {
        r->dead_in_row = 0;
        r->good++;
        if (!sc_checkpoint_add(r->checkpoint, s->key, &s->result, &err))
            fail_run(r, &err);
    }
    s->done = true;
    r->done_s += span_s(s);
    tell(r);
    report(r, NULL);
    pthread_mutex_unlock(&r->lock);
}

/* ---- one worker ---- */

static void on_progress(void *user, double done_s)
{
    struct worker *w = user;
    pthread_mutex_lock(&w->run->lock);
    if (done_s > w->run->partial_s[w->index]) {
        w->run->partial_s[w->index] = done_s;
        report(w->run, NULL);
    }
    pthread_mutex_unlock(&w->run->lock);
}

/*
 * The language that the spans before this one agree on, or NULL: a lecture has one main
 * language, and finding it out costs as much as decoding. It is settled here and not by
 * the engine, so that an engine started in the middle decodes as the one before it would.
 */
static const char *settled_language(const struct run *r, const struct span *s)
{
    size_t n = (size_t)(s - r->spans);
    for (size_t i = 1; i < n; i++) {
        const struct span *one = &r->spans[i];
        for (size_t k = 0; one->done && *one->result.language && k < i; k++)
            if (r->spans[k].done &&
                strcmp(r->spans[k].result.language, one->result.language) == 0)
                return one->result.language;
    }
    return NULL;
}

/* Asks once; a broken engine is stopped, the next call starts another. */
static bool ask_once(struct worker *w, const struct span *s, int attempt, bool *killed,
                     struct sc_span_result *out, struct sc_error *err)
{
    struct run *r = w->run;
    struct sc_span_request request = {
        .id = s - r->spans,
        .start_s = (double)s->where.start / SC_PCM_RATE,
        .n_samples = (size_t)(s->where.end - s->where.start),
        .attempt = attempt,
    };
    pthread_mutex_lock(&r->lock);
    const char *language = settled_language(r, s);
    if (language && (!r->opts->language || sc_str_ieq(r->opts->language, "auto")))
        snprintf(request.language, sizeof request.language, "%s", language);
    pthread_mutex_unlock(&r->lock);
    if (!w->engine) {
        struct sc_engine_spec spec = sc_engine_spec_of(r->opts, &r->engine);
        if (!sc_engine_start(&spec, r->limits, &w->engine, &r->stop, err))
            return false;
    }
    if (sc_engine_span(w->engine, &request, w->samples, out, on_progress, w, &r->stop,
                       err))
        return true;
    if (err->code != SC_ERR_INVALID) {
        *killed = sc_engine_killed(w->engine);
        sc_engine_stop(w->engine);
        w->engine = NULL;
    }
    return false;
}

/* An engine that somebody else ended is asked the same again, as if nothing had been. */
static bool ask(struct worker *w, const struct span *s, int attempt,
                struct sc_span_result *out, struct sc_error *err)
{
    for (int tries = 0;; tries++) {
        struct sc_error why = {0};
        bool killed = false;
        if (ask_once(w, s, attempt, &killed, out, &why))
            return true;
        if (!killed || tries == SC_ENGINE_MAX_KILLS) {
            *err = why;
            return false;
        }
        sc_debug("span at %.1f s: %s; asking again", (double)s->where.start / SC_PCM_RATE,
                 why.cause);
    }
}

static double judge(struct run *r, const struct span *s, struct sc_span_result *result)
{
    double start = (double)s->where.start / SC_PCM_RATE;
    double speech =
        span_s(s) * sc_vad_speech_share(&r->listen.vad, start, start + span_s(s), 0.5);
    for (size_t i = 0; i < result->n_segments; i++) {
        /* An engine cannot know more than the span: times outside are its mistake. */
        struct sc_utterance *u = &result->segments[i];
        u->start_s = fmin(fmax(u->start_s, start), start + span_s(s));
        u->end_s = fmin(fmax(u->end_s, u->start_s), start + span_s(s));
    }
    return sc_guard_judge(result->segments, &result->n_segments, &r->listen.vad, speech,
                          &r->guard);
}

/* Recognises a span; the better of at most two answers. NULL result: err tells. */
static bool recognise(struct worker *w, struct span *s, struct sc_error *err)
{
    double best = 0;
    bool have = false;
    struct sc_error why = {0};
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        struct sc_span_result result;
        struct sc_error this_time = {0};
        if (!ask(w, s, attempt, &result, &this_time)) {
            if (this_time.code == SC_ERR_CANCELLED) {
                if (have)
                    sc_span_result_finish(&s->result);
                return sc_fail(err, SC_ERR_CANCELLED, "%s", this_time.cause);
            }
            sc_debug("span at %.1f s: %s", (double)s->where.start / SC_PCM_RATE,
                     this_time.cause);
            if (why.code == SC_ERR_OK)
                why = this_time;
            continue;
        }
        double score = judge(w->run, s, &result);
        if (!have || score > best) {
            if (have)
                sc_span_result_finish(&s->result);
            s->result = result;
            best = score;
            have = true;
        } else
            sc_span_result_finish(&result);
        if (score >= 0)
            break;
    }
    if (!have)
        *err = why;
    return have;
}

static void *work(void *user)
{
    struct worker *w = user;
    struct span *s;
    while ((s = take_span(w))) {
        struct sc_error err = {0};
        bool ok = recognise(w, s, &err);
        if (!ok && err.code == SC_ERR_CANCELLED)
            break;
        finish_span(w, s, ok ? NULL : &err);
    }
    sc_engine_stop(w->engine);
    free(w->samples);
    free(w->floats);
    w->engine = NULL;
    return NULL;
}

/* ---- the run ---- */

static int worker_count(const struct run *r, size_t open_spans)
{
    int n = 1;
    if (r->engine.about.single_threaded) {
        uint64_t memory = sc_platform_memory_available();
        n = r->opts->threads > 0 ? r->opts->threads : sc_platform_cpu_count();
        if (memory && (uint64_t)n > memory / ENGINE_MEMORY)
            n = (int)(memory / ENGINE_MEMORY);
    }
    n = (size_t)n > open_spans ? (int)open_spans : n;
    return n < 1 ? 1 : n > MAX_WORKERS ? MAX_WORKERS : n;
}

static void run_workers(struct run *r, int n)
{
    struct worker workers[MAX_WORKERS] = {0};
    pthread_t threads[MAX_WORKERS];
    int started = 0;
    for (int i = 0; i < n; i++) {
        workers[i] = (struct worker){.run = r, .index = i};
        if (i > 0 && pthread_create(&threads[started], NULL, work, &workers[i]) == 0)
            started++;
    }
    work(&workers[0]); /* this thread is the first worker */
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* All that decides what a span's answer is. */
static bool make_keys(struct run *r, struct sc_error *err)
{
    const struct sc_speech_options *o = r->opts;
    const struct sc_engine_msg *a = &r->engine.about;
    for (size_t i = 0; i < r->n_spans; i++) {
        char *text = sc_strf("%s\n%s\n%s %s %s\n%s\n%s\n%s\n%llu %llu", RUN_VERSION,
                             r->listen.audio, a->name, a->version, a->model,
                             r->engine.model ? r->engine.model : "",
                             o->language ? o->language : "", o->prompt ? o->prompt : "",
                             (unsigned long long)r->spans[i].where.start,
                             (unsigned long long)r->spans[i].where.end);
        if (!text)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        sc_sha256_of(text, strlen(text), r->spans[i].key);
        free(text);
    }
    return true;
}

/* Cuts the spans to the passage that is asked for. Where nothing sounds like speech there
 * the whole passage is one: somebody hears something in it. */
static bool keep_passage(struct run *r, struct sc_error *err)
{
    const struct sc_speech_options *o = r->opts;
    struct sc_listen *l = &r->listen;
    double until = fmin(o->to_s, l->duration_s);
    if (o->to_s <= 0)
        return true;
    if (until - o->from_s < 0.1)
        return sc_fail(err, SC_ERR_INVALID, "the passage is not in the lecture");
    struct sc_piece all = {(uint64_t)(o->from_s * SC_PCM_RATE),
                           (uint64_t)(until * SC_PCM_RATE)};
    size_t n = 0;
    for (size_t i = 0; i < l->n_spans; i++) {
        struct sc_piece p = l->spans[i];
        p.start = p.start > all.start ? p.start : all.start;
        p.end = p.end < all.end ? p.end : all.end;
        if (p.end > p.start + SC_PCM_RATE / 5)
            l->spans[n++] = p;
    }
    if (n == 0 && all.end - all.start <= 30 * SC_PCM_RATE && l->n_spans > 0)
        l->spans[n++] = all;
    l->n_spans = n;
    return true;
}

static bool make_spans(struct run *r, struct sc_error *err)
{
    if (!keep_passage(r, err))
        return false;
    r->n_spans = r->listen.n_spans;
    r->spans = calloc(r->n_spans ? r->n_spans : 1, sizeof *r->spans);
    if (!r->spans)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of spans");
    for (size_t i = 0; i < r->n_spans; i++) {
        r->spans[i].where = r->listen.spans[i];
        r->speech_s += span_s(&r->spans[i]);
    }
    if (!make_keys(r, err) || !sc_checkpoint_open(r->opts->work_dir, &r->checkpoint, err))
        return false;
    for (size_t i = 0; i < r->n_spans; i++) {
        struct span *s = &r->spans[i];
        s->done = sc_checkpoint_take(r->checkpoint, s->key, &s->result);
        if (s->done) {
            r->done_s += span_s(s);
            r->good++;
        }
    }
    tell(r);
    return true;
}

/* The language most spans were in. */
static char *main_language(const struct run *r)
{
    const char *best = NULL;
    double most = 0;
    for (size_t i = 0; i < r->n_spans; i++) {
        const char *language = r->spans[i].result.language;
        double sum = 0;
        for (size_t k = 0; *language && k < r->n_spans; k++)
            if (strcmp(r->spans[k].result.language, language) == 0)
                sum += span_s(&r->spans[k]);
        if (sum > most) {
            most = sum;
            best = language;
        }
    }
    if (best)
        return sc_strdup(best);
    bool automatic = !r->opts->language || sc_str_ieq(r->opts->language, "auto");
    return automatic ? NULL : sc_strdup(r->opts->language);
}

static bool put_together(struct run *r, struct sc_transcript *t, struct sc_error *err)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < r->n_spans; i++)
        n += r->spans[i].result.n_segments;
    struct sc_utterance *all = calloc(n ? n : 1, sizeof *all);
    if (!all)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    t->language = main_language(r);
    for (size_t i = 0; i < r->n_spans; i++) {
        struct span *s = &r->spans[i];
        for (size_t k = 0; k < s->result.n_segments; k++) {
            all[at++] = s->result.segments[k];
            s->result.segments[k] = (struct sc_utterance){0};
        }
        if (s->failed &&
            !sc_transcript_add_failed(t, (double)s->where.start / SC_PCM_RATE,
                                      (double)s->where.end / SC_PCM_RATE, err))
            at = n + 1;
    }
    bool ok = sc_assemble_take(all, n, t, err) && at == n;
    free(all);
    t->duration_s = r->listen.duration_s;
    t->engine = sc_strdup(r->engine.about.name);
    t->model = sc_strdup(r->engine.about.model);
    return ok;
}

static void run_finish(struct run *r)
{
    for (size_t i = 0; r->spans && i < r->n_spans; i++)
        sc_span_result_finish(&r->spans[i].result);
    free(r->spans);
    sc_checkpoint_close(r->checkpoint);
    sc_pcm_close(r->pcm);
    sc_listen_finish(&r->listen);
    sc_engine_choice_finish(&r->engine);
    pthread_mutex_destroy(&r->lock);
}

/* Recognises what is not done yet. */
static bool recognise_all(struct run *r, const char *media_path, struct sc_error *err)
{
    size_t open = 0, failed = 0;
    for (size_t i = 0; i < r->n_spans; i++)
        open += !r->spans[i].done;
    if (open == 0)
        return true;
    if (!sc_pcm_open(media_path, &r->pcm, err))
        return false;
    report(r, NULL);
    run_workers(r, worker_count(r, open));
    if (sc_cancel_check(r->outer, err))
        return false;
    if (r->error.code != SC_ERR_OK) {
        *err = r->error;
        return false;
    }
    struct sc_error first = {0};
    for (size_t i = 0; i < r->n_spans; i++)
        failed += r->spans[i].failed;
    if (failed && r->good == 0) {
        sc_fail(&first, SC_ERR_ENGINE, "the speech engine recognised none of %zu parts",
                failed);
        *err = first;
        return sc_error_hint(err, "Try another engine or model; what the engine said is "
                                  "in the log.");
    }
    return true;
}

bool sc_speech_run(const char *media_path, const struct sc_speech_options *opts,
                   const struct sc_engine_limits *limits, struct sc_transcript *out,
                   const struct sc_cancel *cancel, struct sc_error *err)
{
    struct run r = {.opts = opts, .limits = limits, .outer = cancel};
    struct sc_transcript t = {0};
    r.stop.parent = cancel;
    pthread_mutex_init(&r.lock, NULL);
    bool ok = sc_engine_choose(opts, &r.engine, cancel, err);
    r.guard.low_confidence = ok ? r.engine.about.doubt : 0;
    ok = ok && sc_listen_run(media_path, opts, &r.engine.about, &r.listen, cancel, err) &&
         make_spans(&r, err) && recognise_all(&r, media_path, err) &&
         put_together(&r, &t, err);
    if (ok)
        *out = t;
    else
        sc_transcript_finish(&t);
    run_finish(&r);
    return ok;
}

bool sc_speech_transcribe(const char *media_path, const struct sc_speech_options *opts,
                          struct sc_transcript *out, const struct sc_cancel *cancel,
                          struct sc_error *err)
{
    struct sc_engine_limits limits = SC_ENGINE_LIMITS_DEFAULT;
    return sc_speech_run(media_path, opts, &limits, out, cancel, err);
}
