/*
 * Finding slides with little decoding. The video is walked once, group of
 * pictures by group of pictures. Of each only the key frame is decoded; the
 * rest only where it can matter: the key frames at both ends differ by more
 * than added ink, or packets behind the key frame are so large that something
 * came and went between. See track.h for what becomes of the pictures.
 */
#include "base/log.h"
#include "media/frames.h"
#include "slides/grid.h"
#include "slides/slides.h"
#include "slides/spot.h"
#include "slides/store.h"
#include "slides/track.h"

#include <stdlib.h>
#include <string.h>

enum { EARLY_CHECKS = 2, MAX_CHECKS = 6, CHECK_TILES = 20, DRIFT_TILES = 1 };
static const double SAMPLE_S = 0.5; /* between looked-at pictures of a decoded group */
static const double BURST_S = 1.1;  /* length of a look for motion */
static const double BURST_LONGEST_S = 4;
static const double BURST_PERIOD_S = 0.2;
static const double BURST_EVERY_S = 20;
static const double BURST_AGAIN_S = 2; /* when nothing came of it */
static const double BURST_EARLY_S = 8; /* more often at the beginning */
static const double BURST_EARLY_UNTIL_S = 60;
static const double SPIKE_WINDOW_S = 0.7;
static const double SPIKE_SHARE = 0.25; /* of the key frame's bytes */
static const double EXPLAINED = 1.5;
static const double AFTER_SPIKE_S = 1.6;
static const double CHECK_AFTER_S = 2;                        /* drift shows by then */
static const double LIVELY_SHARE = 0.05, QUIET_SHARE = 0.005; /* of the key frame */
static const double USUAL = 2;
/* Packets, for so far back and ahead frames may refer to each other. */
enum { BEFORE_LIVELY = 10, AFTER_LIVELY = 25 };

struct find {
    const struct sc_slides_options *opts;
    const struct sc_cancel *cancel;
    struct sc_error *err;
    struct sc_frames *frames;
    struct sc_store *store;
    struct sc_grid grid;
    struct sc_track *track;
    struct sc_spot_reader *reader; /* NULL = no OCR: numbers are not told apart */
    bool no_reader;
    uint8_t *thumb, *key_a, *key_b;
    const struct sc_picture *now; /* the sample being added, borrowed */
    double duration_s, next_burst_s;
    /* The group being decoded. */
    const struct sc_frame_group *group;
    double group_start_s, sampled_s, quiet_s, burst_start_s;
    double usual_bytes;        /* what a packet of it may have without being large */
    double given_s;            /* the last picture looked at; thumb holds it */
    struct sc_picture *unseen; /* one after it, not looked at: see check_drift() */
    bool bursting, refining, may_stop;
    /* Whether B frames can be left out: see check_drift(). */
    bool exact, restart;
    unsigned n_checks;
    uint8_t *check_thumb;
    double large_change_s, check_s; /* negative = not in this group */
    uint8_t *noted_thumb;           /* the picture at check_s */
    size_t n_drifted;
    const uint8_t *end_key; /* thumb, or NULL */
};

/* ---- what the tracker asks for ---- */

static void *keep(void *user, void *old, bool fresh)
{
    struct find *f = user;
    /* Key frames are the sharpest; else the first good picture of a state will do. */
    if (old && !fresh && (sc_picture_is_key(old) || !sc_picture_is_key(f->now)))
        return old;
    struct sc_picture *p = sc_picture_ref(f->now);
    if (!p)
        return old;
    sc_picture_unref(old);
    return p;
}

static void drop(void *user, void *picture)
{
    (void)user;
    sc_picture_unref(picture);
}

static enum sc_spot_verdict judge_spots(void *user, const struct sc_picture *a,
                                        const struct sc_picture *b,
                                        const struct sc_spot *spots, unsigned n)
{
    enum sc_spot_verdict worst = SC_SPOT_SAME;
    struct find *f = user;
    /* Loading the recogniser takes a quarter of a second: only when needed. */
    if (!f->reader && !f->no_reader) {
        f->reader = sc_spot_reader_create();
        f->no_reader = !f->reader;
    }
    for (unsigned i = 0; f->reader && i < n && worst != SC_SPOT_CHANGED; i++) {
        struct sc_spot s = spots[i];
        s.x *= f->grid.factor;
        s.y *= f->grid.factor;
        s.w *= f->grid.factor;
        s.h *= f->grid.factor;
        enum sc_spot_verdict v = sc_spot_judge(f->reader, a, b, &s);
        worst = v > worst ? v : worst;
    }
    return worst;
}

static bool meaningful(void *user, void *old, const struct sc_spot *spots, unsigned n)
{
    struct find *f = user;
    return judge_spots(user, old, f->now, spots, n) == SC_SPOT_CHANGED;
}

static bool emit(void *user, struct sc_segment *seg)
{
    struct find *f = user;
    if (!seg->is_slide || !seg->picture)
        return true;
    return sc_store_add(f->store, &f->grid, seg, seg->picture, f->err) &&
           sc_store_checkpoint(f->store, seg->end_s, false, f->err);
}

/* ---- samples ---- */

static bool begin(struct find *f, const struct sc_picture *pic)
{
    if (f->track)
        return true;
    sc_grid_init(&f->grid, sc_picture_width(pic), sc_picture_height(pic));
    struct sc_track_ops ops = {f, keep, drop, meaningful, emit};
    f->track = sc_track_create(&f->grid, &ops);
    f->thumb = malloc(f->grid.bytes);
    f->check_thumb = malloc(f->grid.bytes);
    f->noted_thumb = malloc(f->grid.bytes);
    f->key_a = calloc(f->grid.bytes, 1);
    f->key_b = malloc(f->grid.bytes);
    if (!f->track || !f->thumb || !f->check_thumb || !f->noted_thumb || !f->key_a ||
        !f->key_b)
        return sc_fail(f->err, SC_ERR_MEMORY, "no memory to compare pictures");
    return true;
}

static bool add_sample(struct find *f, const struct sc_picture *pic, const uint8_t *thumb)
{
    f->now = pic;
    bool ok = sc_track_add(f->track, sc_picture_time_s(pic), thumb);
    f->now = NULL;
    return ok ? true : sc_fail(f->err, SC_ERR_MEMORY, "no memory to compare pictures");
}

static size_t tiles_off(const struct find *f, const uint8_t *a, const uint8_t *b)
{
    size_t n = 0;
    for (size_t i = 0; i < f->grid.n; i++) {
        size_t at = sc_grid_offset(&f->grid, i);
        n += sc_tile_changed(a + at, b + at, f->grid.stride);
    }
    return n;
}

static bool may_check(const struct find *f)
{
    return !f->exact && f->n_checks < MAX_CHECKS;
}

/* Notes the picture that check_drift() is to compare: a while after a large change. */
static void note_for_check(struct find *f, double time_s)
{
    if (f->exact || f->n_checks >= EARLY_CHECKS || f->check_s >= 0)
        return;
    if (f->large_change_s < 0 && tiles_off(f, f->key_a, f->thumb) >= CHECK_TILES)
        f->large_change_s = time_s;
    if (f->large_change_s < 0 || time_s - f->large_change_s < CHECK_AFTER_S)
        return;
    f->check_s = time_s;
    memcpy(f->noted_thumb, f->thumb, f->grid.bytes);
}

static double excess_of(const struct sc_packet_size *p, double usual)
{
    return p->bytes > usual ? p->bytes - usual : 0;
}

/* Whether large packets say that a fade, a cut or a scroll comes within a look for
 * motion. */
static bool changes_soon(const struct find *f, double time_s)
{
    size_t n;
    const struct sc_packet_size *p = sc_frame_group_packets(f->group, &n);
    double excess = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i].time_s >= time_s && p[i].time_s < time_s + BURST_S + BURST_PERIOD_S)
            excess += excess_of(&p[i], f->usual_bytes);
    return excess >= SPIKE_SHARE * p[-1].bytes;
}

static void begin_burst(struct find *f, double time_s)
{
    bool early = time_s < BURST_EARLY_UNTIL_S;
    f->bursting = true;
    f->burst_start_s = time_s;
    f->next_burst_s = time_s + (early ? BURST_EARLY_S : BURST_EVERY_S);
    sc_track_burst_begin(f->track);
}

static void end_burst(struct find *f)
{
    f->bursting = false;
    if (!sc_track_burst_end(f->track))
        f->next_burst_s = f->burst_start_s + BURST_AGAIN_S;
}

/* Groups may be long: heads are looked for within them, too. */
static void maybe_burst(struct find *f, double time_s)
{
    double rest_s = sc_frame_group_last_s(f->group) - time_s;
    if (!f->bursting && f->refining && f->sampled_s >= 0 && time_s >= f->next_burst_s &&
        rest_s > BURST_S + BURST_PERIOD_S && sc_track_calm(f->track, f->thumb) &&
        !changes_soon(f, time_s))
        begin_burst(f, time_s);
}

/* One picture of a group being decoded. False ends the decoding. */
static bool on_picture(void *user, const struct sc_picture *pic)
{
    struct find *f = user;
    double t = sc_picture_time_s(pic);
    if (!begin(f, pic))
        return false;
    /* With few pictures a second, until there are enough to see motion in. */
    double burst_s = t - f->burst_start_s;
    if (f->bursting && burst_s > BURST_S &&
        (burst_s > BURST_LONGEST_S || sc_track_burst_seen(f->track))) {
        end_burst(f);
        if (!f->refining)
            return false;
    }
    maybe_burst(f, t);
    bool due = f->refining && t - f->sampled_s >= SAMPLE_S - 0.02;
    sc_picture_unref(f->unseen);
    f->unseen = NULL;
    if (!f->bursting && !due) {
        if (may_check(f))
            f->unseen = sc_picture_ref(pic);
        return true;
    }
    if (!sc_grid_shrink(&f->grid, pic, f->thumb))
        return true;
    f->given_s = t;
    if (f->bursting)
        sc_track_burst_add(f->track, f->thumb);
    if (!due)
        return true;
    f->sampled_s = t;
    note_for_check(f, t);
    if (!add_sample(f, pic, f->thumb))
        return false;
    return !(f->may_stop && !f->bursting && t > f->quiet_s && f->end_key &&
             sc_track_settled(f->track, f->end_key) &&
             sc_track_settled(f->track, f->thumb));
}

/* ---- which groups to decode ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

struct spikes {
    double first_s, last_s; /* negative = none */
    double excess;          /* bytes beyond the usual in the whole group */
    double usual;           /* of a packet, at most */
};

/*
 * Where packets within a short window together hold much more than usual: new
 * pictures, whatever the key frames say.
 */
static struct spikes find_spikes(const struct sc_frame_group *g)
{
    size_t n;
    const struct sc_packet_size *p = sc_frame_group_packets(g, &n);
    struct spikes found = {-1, -1, 0, 0};
    double key_bytes = p[-1].bytes;
    uint32_t *sizes = n ? malloc(n * sizeof *sizes) : NULL;
    if (!sizes)
        return found;
    for (size_t i = 0; i < n; i++)
        sizes[i] = p[i].bytes;
    qsort(sizes, n, sizeof *sizes, by_size);
    found.usual = n ? 3.0 * sizes[n / 2] : 0;
    free(sizes);
    double excess = 0;
    for (size_t i = 0, from = 0; i < n; i++) {
        double more = excess_of(&p[i], found.usual);
        excess += more;
        found.excess += more;
        for (; p[i].time_s - p[from].time_s > SPIKE_WINDOW_S; from++)
            excess -= excess_of(&p[from], found.usual);
        if (excess < SPIKE_SHARE * key_bytes)
            continue;
        if (found.first_s < 0 || p[from].time_s < found.first_s)
            found.first_s = p[from].time_s;
        if (p[i].time_s > found.last_s)
            found.last_s = p[i].time_s;
    }
    return found;
}

/* Bytes beyond which a packet of one kind, B frame or not, is more than its usual. */
static double lively_bytes(const struct sc_packet_size *p, size_t n, const bool *is_b,
                           bool b, uint32_t *sizes)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (is_b[i] == b)
            sizes[k++] = p[i].bytes;
    qsort(sizes, k, sizeof *sizes, by_size);
    /* A low one: amid a scroll most packets are large, and are to count as such. */
    double usual = k ? USUAL * sizes[k / 5] : 0, key_bytes = p[-1].bytes;
    usual = usual < LIVELY_SHARE * key_bytes ? usual : LIVELY_SHARE * key_bytes;
    return usual > QUIET_SHARE * key_bytes ? usual : QUIET_SHARE * key_bytes;
}

/* Per packet behind the key frame, whether something happens. NULL: out of memory. */
static bool *find_lively(const struct sc_frame_group *g, size_t *n)
{
    const struct sc_packet_size *p = sc_frame_group_packets(g, n);
    bool *lively = *n ? malloc(*n * sizeof *lively) : NULL;
    bool *is_b = *n ? malloc(*n * sizeof *is_b) : NULL;
    uint32_t *sizes = *n ? malloc(*n * sizeof *sizes) : NULL;
    if (lively && is_b && sizes) {
        double shown_s = p[-1].time_s;
        for (size_t i = 0; i < *n; i++) {
            is_b[i] = p[i].time_s < shown_s; /* shown before what was sent before it */
            shown_s = is_b[i] ? shown_s : p[i].time_s;
        }
        double limit[2];
        for (int b = 0; b < 2; b++)
            limit[b] = lively_bytes(p, *n, is_b, b, sizes);
        for (size_t i = 0; i < *n; i++)
            lively[i] = p[i].bytes > limit[is_b[i]];
    } else {
        free(lively);
        lively = NULL;
    }
    free(is_b);
    free(sizes);
    return lively;
}

/*
 * Of a video that is decoded exactly: B frames may be left out all the same where
 * nothing happens, for then the others refer to each other. NULL when memory is out:
 * then none are.
 */
static bool *find_quiet(const struct sc_frame_group *g)
{
    size_t n;
    bool *lively = find_lively(g, &n), *quiet = lively ? malloc(n * sizeof *quiet) : NULL;
    size_t since = AFTER_LIVELY;
    for (size_t i = 0; quiet && i < n; i++) {
        since = lively[i] ? 0 : since + 1;
        quiet[i] = since > AFTER_LIVELY;
    }
    since = BEFORE_LIVELY;
    for (size_t i = n; quiet && i-- > 0;) {
        since = lively[i] ? 0 : since + 1;
        quiet[i] &= since > BEFORE_LIVELY;
    }
    free(lively);
    return quiet;
}

/* Since when nothing has happened in a group that is not decoded; negative = unknown. */
static double last_lively_s(const struct sc_frame_group *g)
{
    size_t n;
    const struct sc_packet_size *p = sc_frame_group_packets(g, &n);
    bool *lively = find_lively(g, &n);
    double last_s = -1;
    for (size_t i = 0; lively && i < n; i++)
        last_s = lively[i] && p[i].time_s > last_s ? p[i].time_s : last_s;
    free(lively);
    return last_s;
}

/* What the key frames at both ends say. */
static bool keys_ask_for_more(struct find *f, const struct sc_picture *a,
                              const struct sc_picture *b, struct sc_relation *rel)
{
    switch (sc_track_compare(f->track, f->key_a, f->key_b, rel)) {
    case SC_LOOK_NOTHING:
        return false;
    case SC_LOOK_SPOTS:
        return judge_spots(f, a, b, rel->spots, rel->n_spots) != SC_SPOT_SAME;
    default:
        return true;
    }
}

/*
 * Only bullets were added between the key frames, and the large packets hold about
 * as much as those take in the second: nothing else came and went.
 */
static bool explains_spikes(const struct sc_relation *rel, const struct spikes *s,
                            const struct sc_frame_group *next)
{
    size_t n;
    double key_bytes = sc_frame_group_packets(next, &n)[-1].bytes;
    return rel->kind == SC_REL_ADDED && rel->new_ink > 0 &&
           s->excess <= EXPLAINED * key_bytes * rel->gained / rel->new_ink;
}

/* ---- are pictures without B frames the true ones? ---- */

static bool on_check(void *user, const struct sc_picture *pic)
{
    struct find *f = user;
    if (sc_picture_time_s(pic) < f->check_s - 1e-4)
        return true;
    if (sc_picture_time_s(pic) < f->check_s + 1e-4 &&
        sc_grid_shrink(&f->grid, pic, f->check_thumb))
        f->n_drifted = tiles_off(f, f->noted_thumb, f->check_thumb);
    return false;
}

/*
 * Decodes a group again with all frames that others refer to, and compares a picture
 * that follows a large change in the first groups with one; later the last one of a
 * group whose end does not fit the next key frame. When it drifts, the video is
 * begun again, exactly.
 */
static bool check_drift(struct find *f, const struct sc_frame_group *g)
{
    if (!may_check(f) || sc_frame_group_continues(g))
        return true;
    if (f->unseen && sc_grid_shrink(&f->grid, f->unseen, f->thumb))
        f->given_s = sc_picture_time_s(f->unseen);
    if (f->given_s - f->group_start_s < 1)
        return true;
    bool early = f->n_checks < EARLY_CHECKS &&
                 (f->check_s >= 0 || tiles_off(f, f->key_a, f->thumb) >= CHECK_TILES);
    if (!early) {
        size_t end = f->end_key ? sc_track_tiles_off(f->track, f->thumb, f->end_key) : 0;
        if (end < CHECK_TILES / 4 || end * 4 >= f->grid.n)
            return true;
    }
    if (f->check_s < 0 || !early) {
        f->check_s = f->given_s;
        memcpy(f->noted_thumb, f->thumb, f->grid.bytes);
    }
    f->n_checks++;
    f->n_drifted = 0;
    sc_frames_set_exact(f->frames, true);
    bool ok = sc_frames_decode(f->frames, g, 0, on_check, f, f->cancel, f->err);
    f->exact = f->restart = ok && f->n_drifted >= DRIFT_TILES;
    sc_debug("slides: %zu tiles drift at %.1f s", f->n_drifted, f->check_s);
    sc_frames_set_exact(f->frames, f->exact);
    if (f->restart)
        sc_debug("slides: frames refer to B frames (%.1f s): all over again, exactly",
                 f->check_s);
    return ok && !f->restart;
}

/* Decides about one group, given the next one (NULL at the end). */
static bool look_at_group(struct find *f, struct sc_frame_group *g,
                          const struct sc_frame_group *next)
{
    const struct sc_picture *a = sc_frame_group_key(g);
    const struct sc_picture *b = next ? sc_frame_group_key(next) : NULL;
    struct spikes spikes = find_spikes(g);
    double spike_s = spikes.last_s;
    f->group = g;
    f->usual_bytes = spikes.usual;
    f->group_start_s = sc_frame_group_start_s(g);
    f->end_key = NULL;
    f->sampled_s = f->check_s = f->large_change_s = -1;
    sc_picture_unref(f->unseen);
    f->unseen = NULL;
    bool must = !a || !b || sc_frame_group_continues(g) || sc_frame_group_continues(next);
    if (a) {
        if (!begin(f, a))
            return false;
        if (sc_grid_shrink(&f->grid, a, f->key_a)) {
            if (!add_sample(f, a, f->key_a))
                return false;
            f->sampled_s = f->group_start_s;
        } else {
            must = true;
        }
        if (b && sc_grid_shrink(&f->grid, b, f->key_b))
            f->end_key = f->key_b;
    }
    struct sc_relation rel = {0};
    bool camera = !must && f->end_key && spike_s < 0 &&
                  sc_track_shows_camera(f->track, f->key_a) &&
                  sc_track_shows_camera(f->track, f->key_b);
    f->refining = !camera && (must || !f->end_key || keys_ask_for_more(f, a, b, &rel) ||
                              (spike_s >= 0 && !explains_spikes(&rel, &spikes, next)));
    /*
     * Encoders put key frames where the picture changes: what moves right behind
     * one may be a transition, so a quiet group is waited for. Nor is a fade, or a
     * scroll, a camera.
     */
    bool moving_on = spikes.first_s >= 0 &&
                     spikes.first_s < f->group_start_s + BURST_S + BURST_PERIOD_S;
    f->bursting = false;
    if (f->track && f->group_start_s >= f->next_burst_s && !moving_on &&
        sc_track_calm(f->track, f->key_a))
        begin_burst(f, f->group_start_s);
    f->may_stop = !must;
    f->quiet_s = (spike_s >= 0 ? spike_s + AFTER_SPIKE_S : f->group_start_s + 1);
    sc_debug("slides: group at %.2f s, %.2f s long: %s%s", f->group_start_s,
             sc_frame_group_last_s(g) - f->group_start_s,
             !f->refining   ? "key frame only"
             : spike_s >= 0 ? "decoded for large packets"
             : must         ? "decoded, incomplete"
                            : "decoded, key frames differ",
             f->bursting ? ", motion" : "");
    if (!f->refining && f->track)
        sc_track_stood_since(f->track, last_lively_s(g));
    if (!f->refining && !f->bursting)
        return true;
    bool *quiet = f->exact && !must ? find_quiet(g) : NULL;
    sc_frame_group_set_quiet(g, quiet);
    bool ok = sc_frames_decode(f->frames, g, BURST_PERIOD_S, on_picture, f, f->cancel,
                               f->err) &&
              f->err->code == SC_ERR_OK;
    sc_frame_group_set_quiet(g, NULL);
    free(quiet);
    if (f->bursting)
        end_burst(f);
    return ok && (!f->refining || check_drift(f, g));
}

static void report(const struct find *f, double done_s)
{
    struct sc_progress p = {.stage = "frames",
                            .done = done_s,
                            .total = f->duration_s,
                            .unit = SC_UNIT_SECONDS,
                            .media_done_s = done_s,
                            .media_total_s = f->duration_s,
                            .note = "looking for slides"};
    sc_progress_report(&f->opts->progress, &p);
}

static void forget(struct find *f)
{
    sc_track_destroy(f->track);
    free(f->thumb);
    free(f->check_thumb);
    free(f->noted_thumb);
    sc_picture_unref(f->unseen);
    free(f->key_a);
    free(f->key_b);
    f->track = NULL;
    f->unseen = NULL;
    f->thumb = f->check_thumb = f->noted_thumb = f->key_a = f->key_b = NULL;
}

static bool walk(struct find *f)
{
    struct sc_frame_group *g = NULL, *next = NULL;
    double end_s = 0;
    bool ok = sc_frames_next_group(f->frames, &g, f->cancel, f->err);
    while (ok && g) {
        ok = sc_frames_next_group(f->frames, &next, f->cancel, f->err);
        ok = ok && look_at_group(f, g, next);
        if (ok) {
            end_s = sc_frame_group_last_s(g);
            report(f, end_s);
        }
        sc_frame_group_destroy(g);
        g = next;
        next = NULL;
    }
    sc_frame_group_destroy(g);
    if (!ok)
        return false;
    if (!f->track)
        return sc_fail(f->err, SC_ERR_MEDIA, "no picture of the video can be decoded");
    double rest = f->duration_s - end_s;
    if (!sc_track_end(f->track, rest > 0 && rest < 10 ? f->duration_s : end_s))
        return sc_fail(f->err, SC_ERR_MEMORY, "no memory to compare pictures");
    return true;
}

static bool find_all(struct find *f, const char *video_path, struct sc_slide_deck *out)
{
    struct sc_store_options so = {f->opts->slides_dir, f->opts->work_dir, video_path,
                                  judge_spots, f};
    double resume_s;
    bool done;
    if (!sc_store_open(&so, &f->store, &resume_s, &done, f->err))
        return false;
    if (!done) {
        if (resume_s > 0 && !sc_frames_seek(f->frames, resume_s, f->err))
            return false;
        bool ok = walk(f);
        if (!ok && f->restart) {
            f->restart = false;
            f->next_burst_s = 0;
            forget(f);
            ok = sc_store_restart(f->store, f->err) &&
                 sc_frames_seek(f->frames, 0, f->err) && walk(f);
        }
        if (!ok || !sc_store_checkpoint(f->store, f->duration_s, true, f->err))
            return false;
    }
    sc_store_take_deck(f->store, out);
    /* The same whether anything had to be decoded in this run or not. */
    struct sc_frames_info info = sc_frames_info(f->frames);
    out->width = info.width;
    out->height = info.height;
    return true;
}

bool sc_slides_find(const char *video_path, const struct sc_slides_options *opts,
                    struct sc_slide_deck *out, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    struct sc_error own = {0};
    struct find f = {.opts = opts, .cancel = cancel, .err = err ? err : &own};
    struct sc_slide_deck deck = {0};
    bool ok = sc_frames_open(video_path, &f.frames, f.err);
    if (ok) {
        f.duration_s = sc_frames_info(f.frames).duration_s;
        ok = find_all(&f, video_path, &deck);
    }
    forget(&f);
    sc_store_close(f.store);
    sc_spot_reader_destroy(f.reader);
    sc_frames_close(f.frames);
    if (!ok) {
        sc_slide_deck_finish(&deck);
        return sc_error_wrap(f.err, "could not find the slides of %s", video_path);
    }
    *out = deck;
    return true;
}
