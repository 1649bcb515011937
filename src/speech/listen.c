#include "speech/listen.h"

#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "media/media.h"
#include "speech/checkpoint.h"
#include "speech/models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 16384,
    SAMPLE_BYTES =
        64 * 1024, /* hashed at the start, the middle and the end of the file */
    REPORT_EVERY_S = 30,
};
static const double DEFAULT_WINDOW_S = 28, DEFAULT_SPLIT_S = 1.5;
static const char TRACK_VERSION[] = "track 1"; /* change with the detector */

void sc_listen_finish(struct sc_listen *l)
{
    sc_vad_finish(&l->vad);
    free(l->spans);
    *l = (struct sc_listen){0};
}

void sc_samples_s16(const float *in, size_t n, int16_t *out)
{
    for (size_t i = 0; i < n; i++) {
        float v = in[i] * 32768.0f;
        v = isfinite(v) ? fminf(fmaxf(v, -32768.0f), 32767.0f) : 0;
        out[i] = (int16_t)lrintf(v);
    }
}

/*
 * A file of several GB is known by its size and three samples: enough to tell
 * lectures apart, and cheap at every resume. Name and dates do not count.
 */
static bool fingerprint_file(const char *path, char hex[SC_SHA256_HEX_SIZE],
                             struct sc_error *err)
{
    int64_t size = sc_file_size(path);
    FILE *f = fopen(path, "rb");
    struct sc_sha256 *h = sc_sha256_create();
    char *chunk = malloc(SAMPLE_BYTES);
    bool ok = false;
    if (!f || size < 0)
        sc_fail(err, SC_ERR_NOT_FOUND, "cannot open %s", sc_path_base(path));
    else if (!h || !chunk)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    else {
        const int64_t offsets[] = {0, size / 2, size - SAMPLE_BYTES};
        sc_sha256_add(h, &size, sizeof size);
        for (int i = 0; i < 3; i++) {
            fseeko(f, (off_t)(offsets[i] > 0 ? offsets[i] : 0), SEEK_SET);
            sc_sha256_add(h, chunk, fread(chunk, 1, SAMPLE_BYTES, f));
        }
        ok = true;
    }
    sc_sha256_finish_take(h, hex);
    free(chunk);
    if (f)
        fclose(f);
    return ok;
}

/* ---- reading the audio through the detectors ---- */

struct pass {
    struct sc_pcm *pcm;
    struct sc_vad *vad;
    const struct sc_speech_options *opts;
    const struct sc_cancel *cancel;
    double total_s, reported_s;
    float block[BLOCK];
};

static void report(struct pass *p)
{
    double at = (double)p->vad->n_samples / SC_PCM_RATE;
    if (at - p->reported_s < REPORT_EVERY_S)
        return;
    p->reported_s = at;
    struct sc_progress now = {.stage = "transcription",
                              .unit = SC_UNIT_SECONDS,
                              .total = p->total_s,
                              .note = "finding speech"};
    sc_progress_report(&p->opts->progress, &now);
}

/* One block through the energy detector; *n 0 at the end. */
static bool read_block(struct pass *p, size_t max, size_t *n, struct sc_error *err)
{
    report(p);
    return sc_pcm_read(p->pcm, p->block, max < BLOCK ? max : BLOCK, n, p->cancel, err) &&
           sc_vad_feed(p->vad, p->block, *n, err);
}

static bool next_for_model(void *user, int16_t *samples, size_t max, size_t *n,
                           struct sc_error *err)
{
    struct pass *p = user;
    if (!read_block(p, max, n, err))
        return false;
    sc_samples_s16(p->block, *n, samples);
    return true;
}

struct model_scores {
    struct pass pass; /* first: the PCM callback sees it as such */
    uint8_t *scores;
    size_t n, cap;
};

static bool keep_scores(void *user, const struct sc_engine_msg *m, struct sc_error *err)
{
    struct model_scores *s = user;
    if (fabs(m->step_s - (double)SC_VAD_FRAME / SC_PCM_RATE) > 1e-6)
        return sc_fail(err, SC_ERR_ENGINE, "the voice detector uses another step");
    if (s->n + m->n_scores > s->cap) {
        size_t cap = (s->n + m->n_scores) * 2;
        uint8_t *grown = realloc(s->scores, cap);
        if (!grown)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the voice detector");
        s->scores = grown;
        s->cap = cap;
    }
    for (size_t i = 0; i < m->n_scores; i++)
        s->scores[s->n++] = (uint8_t)(m->scores[i] * 255 + 0.5f);
    return true;
}

static bool listen_plain(struct pass *p, struct sc_error *err)
{
    size_t n = 1;
    while (n)
        if (!read_block(p, BLOCK, &n, err))
            return false;
    return sc_vad_end(p->vad, err);
}

/* With the model's scores; false also when the model failed (err tells which). */
static bool listen_model(struct model_scores *s, const char *program, const char *model,
                         bool *killed, struct sc_error *err)
{
    struct sc_vad *v = s->pass.vad;
    if (!sc_engine_vad(program, model, next_for_model, keep_scores, s, killed,
                       s->pass.cancel, err) ||
        !sc_vad_end(v, err))
        return false;
    if (s->n + 2 < v->n)
        return sc_fail(err, SC_ERR_ENGINE, "the voice detector stopped early");
    for (size_t i = 0; i < v->n; i++)
        v->frames[i].score = i < s->n ? s->scores[i] : 0;
    return true;
}

static bool make_track(const char *media_path, const struct sc_speech_options *opts,
                       const char *program, const char *model, struct sc_listen *l,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct model_scores *s = calloc(1, sizeof *s);
    bool ok = false;
    if (!s)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the voice detector");
    s->pass = (struct pass){
        .vad = &l->vad, .opts = opts, .cancel = cancel, .reported_s = -REPORT_EVERY_S};
    if (!sc_pcm_open(media_path, &s->pass.pcm, err))
        goto done;
    s->pass.total_s = sc_pcm_duration_s(s->pass.pcm);
    bool again = program && model;
    for (int tries = 0; again; tries++) {
        struct sc_error why = {0};
        bool killed = false;
        l->by_model = ok = listen_model(s, program, model, &killed, &why);
        if (ok || sc_cancel_check(cancel, err))
            goto done;
        again = killed && tries < SC_ENGINE_MAX_KILLS;
        sc_warn("%s; %s", why.cause,
                again ? "listening again" : "finding speech by loudness instead");
        sc_vad_finish(&l->vad);
        s->n = 0;
        s->pass.reported_s = -REPORT_EVERY_S;
        if (!sc_pcm_seek(s->pass.pcm, 0, err))
            goto done;
    }
    ok = listen_plain(&s->pass, err) && sc_vad_score_energy(&l->vad, err);
done:
    sc_pcm_close(s->pass.pcm);
    free(s->scores);
    free(s);
    return ok;
}

bool sc_listen_run(const char *media_path, const struct sc_speech_options *opts,
                   const struct sc_engine_msg *about, struct sc_listen *out,
                   const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_listen l = {0};
    char key[SC_SHA256_HEX_SIZE];
    char *model = sc_speech_model_vad(opts->models_dir);
    char *program = model ? sc_proc_find_helper("scaler-whisper") : NULL;
    struct sc_piece *pieces = NULL;
    size_t n_pieces = 0;
    bool ok = fingerprint_file(media_path, l.audio, err);
    if (!ok)
        goto done;
    l.by_model = model && program;
    char *text = sc_strf("%s %s %s", TRACK_VERSION, l.audio,
                         l.by_model ? sc_path_base(model) : "energy");
    sc_sha256_of(text ? text : "", text ? strlen(text) : 0, key);
    free(text);
    if (!sc_checkpoint_load_track(opts->work_dir, key, &l.vad)) {
        bool wanted = l.by_model;
        ok = make_track(media_path, opts, program, model, &l, cancel, err);
        /* A track made without the model is not kept under the model's name. */
        if (ok && wanted == l.by_model)
            ok = sc_checkpoint_save_track(opts->work_dir, key, &l.vad, err);
    }
    struct sc_vad_settings voice = l.by_model ? SC_VAD_MODEL : SC_VAD_ENERGY;
    struct sc_span_settings span = {
        .max_s = about->window_s > 1 ? about->window_s : DEFAULT_WINDOW_S,
        .break_s = about->split_s > 0 ? about->split_s : DEFAULT_SPLIT_S};
    ok = ok && sc_vad_pieces(&l.vad, &voice, &pieces, &n_pieces, err) &&
         sc_vad_spans(&l.vad, pieces, n_pieces, &span, &l.spans, &l.n_spans, err);
    l.duration_s = (double)l.vad.n_samples / SC_PCM_RATE;
done:
    free(pieces);
    free(model);
    free(program);
    if (!ok)
        sc_listen_finish(&l);
    else
        *out = l;
    return ok;
}
