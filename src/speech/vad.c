/*
 * The energy detector. Speech stands out from the noise of its surroundings in
 * two ways: it is louder than the floor, and most of it has a pitch. The floor
 * is the 5th percentile of the level within 15 s either way, the loud end the
 * 99th; where the two are close, nobody speaks, however loud it is (fans, hum,
 * hiss). A piece without any pitch is a noise (chalk, clicks, paper).
 */
#include "speech/vad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE = 16000,
    DECIMATE = 2, /* pitch is found at 8 kHz */
    PITCH_N = SC_VAD_FRAME / DECIMATE,
    PITCH_MIN_LAG = 8000 / 400, /* 400 Hz */
    PITCH_MAX_LAG = 8000 / 70,  /* 70 Hz */
    LEVELS = 256,
    HALF_WINDOW = 15 * RATE / SC_VAD_FRAME,
    STRIDE = RATE / SC_VAD_FRAME, /* percentiles are taken once a second */
    VOICED = 128,                 /* voicing from which a frame has a pitch */
    MIN_VOICED_FRAMES = 2,
};
static const double MIN_LEVEL_DB = -72; /* below is digital silence */
static const double MIN_DYNAMICS_DB = 7;
static const double FRAME_S = (double)SC_VAD_FRAME / RATE;

void sc_vad_finish(struct sc_vad *v)
{
    free(v->frames);
    *v = (struct sc_vad){0};
}

static double level_db(uint8_t level)
{
    return level / 2.0 - 127.5;
}

static uint8_t to_byte(double v)
{
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)(v + 0.5);
}

/*
 * Highest normalised autocorrelation over the lags of a voice's pitch. Frames
 * too quiet to matter are not looked at.
 */
static double voicing_of(const float *x)
{
    float d[PITCH_N], energy[PITCH_N + 1] = {0}, best = 0;
    for (int i = 0; i < PITCH_N; i++) {
        d[i] = (x[i * DECIMATE] + x[i * DECIMATE + 1]) * 0.5f;
        energy[i + 1] = energy[i] + d[i] * d[i];
    }
    for (int lag = PITCH_MIN_LAG; lag <= PITCH_MAX_LAG; lag++) {
        float cross = 0;
        for (int i = 0; i < PITCH_N - lag; i++)
            cross += d[i] * d[i + lag];
        float norm = energy[PITCH_N - lag] * (energy[PITCH_N] - energy[lag]);
        if (cross > 0 && norm > 0 && cross * cross > best * best * norm)
            best = cross / sqrtf(norm);
    }
    return best;
}

static bool add_frame(struct sc_vad *v, struct sc_error *err)
{
    if (v->n == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 4096;
        struct sc_vad_frame *grown = realloc(v->frames, cap * sizeof *grown);
        if (!grown)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the voice detector");
        v->frames = grown;
        v->cap = cap;
    }
    double sum = 0;
    for (int i = 0; i < SC_VAD_FRAME; i++)
        sum += (double)v->rest[i] * v->rest[i];
    double db = 10 * log10(sum / SC_VAD_FRAME + 1e-13);
    v->frames[v->n++] = (struct sc_vad_frame){
        .level = to_byte((db + 127.5) * 2),
        .voicing = db > MIN_LEVEL_DB ? to_byte(voicing_of(v->rest) * 255) : 0,
    };
    v->n_rest = 0;
    return true;
}

bool sc_vad_feed(struct sc_vad *v, const float *samples, size_t n, struct sc_error *err)
{
    for (size_t i = 0; i < n; i++) {
        /* One-pole high-pass near 60 Hz: rumble and offset say nothing. */
        float in = isfinite(samples[i]) ? samples[i] : 0;
        v->low = 0.977f * (v->low + in - v->last_in);
        v->last_in = in;
        v->rest[v->n_rest++] = v->low;
        if (v->n_rest == SC_VAD_FRAME && !add_frame(v, err))
            return false;
    }
    v->n_samples += n;
    return true;
}

bool sc_vad_end(struct sc_vad *v, struct sc_error *err)
{
    if (v->n_rest == 0)
        return true;
    memset(v->rest + v->n_rest, 0, (SC_VAD_FRAME - v->n_rest) * sizeof v->rest[0]);
    return add_frame(v, err);
}

static int percentile(const uint32_t *histogram, size_t n, double share)
{
    size_t want = (size_t)(share * (double)(n - 1)), seen = 0;
    for (int i = 0; i < LEVELS; i++) {
        seen += histogram[i];
        if (seen > want)
            return i;
    }
    return LEVELS - 1;
}

bool sc_vad_score_energy(struct sc_vad *v, struct sc_error *err)
{
    uint32_t histogram[LEVELS] = {0};
    size_t from = 0, to = 0;
    double floor_db = 0, threshold_db = 0;
    bool speech = false;
    (void)err;
    for (size_t i = 0; i < v->n; i++) {
        if (i % STRIDE == 0) {
            size_t want_to = i + HALF_WINDOW < v->n ? i + HALF_WINDOW : v->n;
            size_t want_from = i > HALF_WINDOW ? i - HALF_WINDOW : 0;
            for (; to < want_to; to++)
                histogram[v->frames[to].level]++;
            for (; from < want_from; from++)
                histogram[v->frames[from].level]--;
            floor_db = fmax(level_db((uint8_t)percentile(histogram, to - from, 0.05)),
                            MIN_LEVEL_DB - 10);
            double top = level_db((uint8_t)percentile(histogram, to - from, 0.99));
            speech = top - floor_db >= MIN_DYNAMICS_DB && top > MIN_LEVEL_DB;
            threshold_db = fmin(fmax(0.35 * (top - floor_db), 4), 14);
        }
        double above = level_db(v->frames[i].level) - floor_db;
        bool audible = level_db(v->frames[i].level) > MIN_LEVEL_DB;
        v->frames[i].score =
            speech && audible ? to_byte(127.5 * above / threshold_db) : 0;
    }
    return true;
}

/* Frames from first to last (exclusive) hold enough pitch to be a voice. */
static bool is_voice(const struct sc_vad *v, size_t first, size_t last, double min_share)
{
    size_t voiced = 0;
    if (min_share <= 0)
        return true;
    for (size_t i = first; i < last; i++)
        voiced += v->frames[i].voicing >= VOICED;
    return voiced >= MIN_VOICED_FRAMES &&
           (double)voiced >= min_share * (double)(last - first);
}

struct list {
    struct sc_piece *items;
    size_t n, cap;
};

static bool push(struct list *l, uint64_t start, uint64_t end, struct sc_error *err)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct sc_piece *grown = realloc(l->items, cap * sizeof *grown);
        if (!grown)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of spans");
        l->items = grown;
        l->cap = cap;
    }
    l->items[l->n++] = (struct sc_piece){start, end};
    return true;
}

static bool keep_piece(const struct sc_vad *v, const struct sc_vad_settings *s,
                       struct list *l, size_t first, size_t last, struct sc_error *err)
{
    if ((double)(last - first) * FRAME_S < s->min_speech_s ||
        !is_voice(v, first, last, s->min_voiced))
        return true;
    return push(l, first * SC_VAD_FRAME, last * SC_VAD_FRAME, err);
}

/* Widens pieces into the silence around them, each at most to its middle. */
static void pad_pieces(const struct sc_vad *v, struct list *l, double pad_s)
{
    uint64_t pad = (uint64_t)(pad_s * RATE);
    for (size_t i = 0; i < l->n; i++) {
        struct sc_piece *p = &l->items[i];
        uint64_t before = i ? p->start - p[-1].end : p->start;
        p->start -= before < pad ? before : pad;
        uint64_t next = i + 1 < l->n ? p[1].start : v->n_samples;
        uint64_t after = next > p->end ? next - p->end : 0;
        if (i + 1 < l->n)
            after -= after / 2 < pad ? after / 2 : pad; /* what the next one takes */
        p->end += after < pad ? after : pad;
        if (p->end > v->n_samples)
            p->end = v->n_samples;
    }
}

bool sc_vad_pieces(const struct sc_vad *v, const struct sc_vad_settings *s,
                   struct sc_piece **out, size_t *n, struct sc_error *err)
{
    struct list l = {0};
    size_t silence = (size_t)(s->min_silence_s / FRAME_S);
    size_t first = 0, last = 0; /* last: behind the last frame of speech */
    bool inside = false;
    for (size_t i = 0; i < v->n; i++) {
        double score = v->frames[i].score / 255.0;
        if (score >= (inside && last == i ? s->off : s->on)) {
            if (!inside)
                first = i;
            inside = true;
            last = i + 1;
        } else if (inside && i - last >= silence) {
            if (!keep_piece(v, s, &l, first, last, err))
                goto failed;
            inside = false;
        }
    }
    if (inside && !keep_piece(v, s, &l, first, last, err))
        goto failed;
    pad_pieces(v, &l, s->pad_s);
    *out = l.items;
    *n = l.n;
    return true;
failed:
    free(l.items);
    return false;
}

double sc_vad_speech_share(const struct sc_vad *v, double start_s, double end_s,
                           double threshold)
{
    size_t from = start_s > 0 ? (size_t)(start_s / FRAME_S) : 0;
    size_t to = end_s > 0 ? (size_t)ceil(end_s / FRAME_S) : 0, speech = 0;
    to = to < v->n ? to : v->n;
    if (from >= to)
        return 0;
    for (size_t i = from; i < to; i++)
        speech += v->frames[i].score >= threshold * 255;
    return (double)speech / (double)(to - from);
}

/* ---- spans ---- */

/* The least speech-like, then quietest, frame's middle between two samples. */
static uint64_t quietest(const struct sc_vad *v, uint64_t from, uint64_t to)
{
    uint64_t best = from;
    unsigned lowest = UINT32_MAX;
    for (uint64_t i = from / SC_VAD_FRAME; i < to / SC_VAD_FRAME && i < v->n; i++) {
        unsigned cost = v->frames[i].score * 4u + v->frames[i].level;
        if (i > 0) /* a dip of two frames is better than a click of one */
            cost += v->frames[i - 1].score * 2u + v->frames[i - 1].level / 2;
        if (cost < lowest) {
            lowest = cost;
            best = i * SC_VAD_FRAME + SC_VAD_FRAME / 2;
        }
    }
    return best < to ? best : from;
}

/* Adds start..end, cut so that no part is longer than max samples. */
static bool push_cut(const struct sc_vad *v, struct list *l, uint64_t start, uint64_t end,
                     uint64_t max, struct sc_error *err)
{
    while (end - start > max) {
        uint64_t cut = quietest(v, start + max / 2, start + max);
        if (!push(l, start, cut, err))
            return false;
        start = cut;
    }
    return push(l, start, end, err);
}

/* How many of the pieces from `first` on make the next span. */
static size_t take_pieces(const struct sc_piece *p, size_t n, uint64_t max,
                          uint64_t break_gap)
{
    size_t take = 1, best = 0;
    uint64_t widest = 0;
    while (take < n && p[take].start - p[take - 1].end < break_gap &&
           p[take].end - p[0].start <= max)
        take++;
    if (take == n || p[take].start - p[take - 1].end >= break_gap)
        return take;
    /* It was the length that ended it: end at the widest silence of its second half. */
    for (size_t i = 1; i <= take; i++) {
        uint64_t gap = p[i].start - p[i - 1].end;
        if (gap >= widest && p[i - 1].end - p[0].start >= max / 2) {
            widest = gap;
            best = i;
        }
    }
    return best ? best : take;
}

bool sc_vad_spans(const struct sc_vad *v, const struct sc_piece *pieces, size_t n_pieces,
                  const struct sc_span_settings *s, struct sc_piece **out, size_t *n,
                  struct sc_error *err)
{
    struct list l = {0};
    uint64_t max = (uint64_t)(s->max_s * RATE), gap = (uint64_t)(s->break_s * RATE);
    for (size_t i = 0; i < n_pieces;) {
        size_t take = take_pieces(pieces + i, n_pieces - i, max, gap);
        if (!push_cut(v, &l, pieces[i].start, pieces[i + take - 1].end, max, err)) {
            free(l.items);
            return false;
        }
        i += take;
    }
    *out = l.items;
    *n = l.n;
    return true;
}
