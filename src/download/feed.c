/* The remuxer's side: finished segments in order, read back and checked. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "download/transfer_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_RANGES_SHOWN = 8 };

static const double TRUST_S = 30.0;
static const double SHOWN_S = 0.05; /* less than this is rounding */
static const double JUMP_S = 1.0;   /* untagged break of the time stamps */

/* One range "0:12:04-0:12:20" more, or a count of what does not fit. */
static void list_gaps(const struct sc_transfer *e, char *out, size_t size)
{
    struct sc_time_range *gaps = NULL;
    size_t n = 0, len = 0;
    out[0] = '\0';
    if (!sc_transfer_gaps(e, &gaps, &n, NULL))
        return;
    for (size_t i = 0; i < n && i < MAX_RANGES_SHOWN; i++) {
        char from[32], to[32];
        /* Whole seconds that hold all of it. */
        sc_format_time(floor(gaps[i].start_s), from, sizeof from);
        sc_format_time(ceil(gaps[i].end_s - SHOWN_S), to, sizeof to);
        int k = snprintf(out + len, size - len, "%s%s-%s", i ? ", " : "", from, to);
        if (k < 0 || (size_t)k >= size - len)
            break;
        len += (size_t)k;
    }
    if (n > MAX_RANGES_SHOWN)
        snprintf(out + len, size - len, " and %zu more", n - MAX_RANGES_SHOWN);
    free(gaps);
}

/* " (HTTP 404)" or what else the first missing segment met; empty when none is. */
static void why_missing(const struct sc_transfer *e, char *out, size_t size)
{
    bool missing = false;
    out[0] = '\0';
    for (size_t i = 0; i < e->plan->n_items && !*out; i++) {
        const struct sc_item *it = &e->items[i];
        if (e->plan->items[i].kind != SC_ITEM_SEGMENT || it->state != SC_ITEM_MISSING)
            continue;
        missing = true;
        if (it->status >= 300)
            snprintf(out, size, " (HTTP %d)", it->status);
    }
    if (missing && !*out && *e->last_bad)
        snprintf(out, size, " (%s)", e->last_bad);
}

/* With the mutex held. */
static bool fail_incomplete(const struct sc_transfer *e, struct sc_error *err)
{
    char ranges[256], status[192];
    size_t missing = 0, shorter = 0;
    for (size_t i = 0; i < e->plan->n_items; i++) {
        const struct sc_item *it = &e->items[i];
        if (e->plan->items[i].kind != SC_ITEM_SEGMENT)
            continue;
        missing += it->state == SC_ITEM_MISSING;
        shorter += it->state == SC_ITEM_DONE && it->hole_s > 0;
    }
    why_missing(e, status, sizeof status);
    if (e->plan->file_bytes) {
        sc_fail(err, SC_ERR_INCOMPLETE, "%zu of %zu parts of the file cannot be had%s",
                missing, e->plan->n_items, status);
        return sc_error_hint(err, "Everything else is kept. Run it again to try the "
                                  "missing parts once more.");
    }
    list_gaps(e, ranges, sizeof ranges);
    if (missing && shorter)
        sc_fail(err, SC_ERR_INCOMPLETE,
                "%zu segments cannot be had from the server%s and %zu are cut short; "
                "missing: %s",
                missing, status, shorter, ranges);
    else if (missing)
        sc_fail(err, SC_ERR_INCOMPLETE,
                "%zu %s cannot be had from the server%s; missing: %s", missing,
                missing == 1 ? "segment" : "segments", status, ranges);
    else
        sc_fail(err, SC_ERR_INCOMPLETE, "%zu %s cut short at the server; missing: %s",
                shorter, shorter == 1 ? "segment is" : "segments are", ranges);
    return sc_error_hint(err, "Everything else is kept. Run it again to try the missing "
                              "parts once more, or with --allow-gaps to make the video "
                              "without them.");
}

bool sc_transfer_any(const struct sc_transfer *e, struct sc_error *err)
{
    size_t missing = 0, skipped = 0;
    char status[192];
    for (size_t i = 0; i < e->plan->n_items; i++) {
        const struct sc_item *it = &e->items[i];
        if (e->plan->items[i].kind != SC_ITEM_SEGMENT)
            continue;
        if (it->state == SC_ITEM_DONE)
            return true;
        missing += it->state == SC_ITEM_MISSING;
        skipped += it->state == SC_ITEM_SKIPPED;
    }
    if (missing + skipped == 0)
        return true;
    why_missing(e, status, sizeof status);
    sc_fail(err, SC_ERR_INCOMPLETE, "nothing of the lecture can be had: %s%s",
            missing ? "none of its segments comes from the server"
                    : "its playlist marks every segment as missing",
            status);
    return sc_error_hint(err, "Run it again later: the server may have them then.");
}

/*
 * Waits for the next piece's item. False: failed. *end: nothing is left.
 * With the mutex held.
 */
static bool wait_item(struct sc_feed *f, size_t *item, bool *end, struct sc_error *err)
{
    struct sc_transfer *e = f->e;
    const struct sc_plan_track *t = &e->plan->tracks[f->track];
    for (;;) {
        if (e->fatal.code != SC_ERR_OK) {
            if (err && err->code == SC_ERR_OK)
                *err = e->fatal;
            return false;
        }
        if (f->at >= t->n) {
            *end = true;
            return true;
        }
        size_t i = t->segments[f->at];
        const struct sc_item *it = &e->items[i];
        bool final = sc_item_final(it) && it->settled;
        bool bad = final && (it->state == SC_ITEM_MISSING || it->hole_s > 0);
        if (bad && !e->opt.allow_gaps) {
            if (e->over) /* all that can be had is kept first */
                return fail_incomplete(e, err);
        } else if (final && it->state == SC_ITEM_DONE) {
            *item = i;
            return true;
        } else if (final) {
            f->broken = true;
            f->at++;
            continue;
        }
        pthread_cond_wait(&e->changed, &e->mutex);
    }
}

/* What the disk no longer holds as it was is fetched again. With the mutex held. */
static void fetch_again(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    it->state = SC_ITEM_WAITING;
    it->settled = false;
    it->not_before_s = 0;
    it->tries_short = 0;
    if (it->reused) {
        e->n_reused--;
        it->reused = false;
    } else {
        e->n_fetched--;
    }
    it->counted = false;
    e->media_done_s -= e->plan->items[i].duration_s;
    if (i < e->scan)
        e->scan = i;
    e->over = false;
    sc_fetcher_wake(e->fetcher);
}

/* Numbered chunks carry no times: their stamps tell where each belongs. */
static void place_numbered(struct sc_feed *f, const struct sc_item *it,
                           struct sc_remux_piece *piece)
{
    double span = it->times.span_s > 0 ? it->times.span_s : 0;
    double end = f->prev_start_s + f->prev_duration_s;
    double step = f->any ? sc_pts_gap(f->prev_pts_s, it->times.pts_s) : 0;
    double jump = step - f->prev_span_s;
    piece->duration_s = span;
    const struct sc_plan *p = f->e->plan;
    if (!f->any)
        piece->start_s = p->has_origin ? sc_pts_gap(p->origin_pts_s, it->times.pts_s) : 0;
    else if (fabs(jump) <= JUMP_S || (f->broken && jump > 0))
        piece->start_s = f->prev_start_s + step;
    else {
        piece->start_s = end;
        piece->first_of_run = true;
    }
    f->prev_pts_s = it->times.pts_s;
    f->prev_span_s = span;
    f->prev_start_s = piece->start_s;
    f->prev_duration_s = span;
}

static void place(struct sc_feed *f, size_t i, struct sc_remux_piece *piece)
{
    const struct sc_plan_item *p = &f->e->plan->items[i];
    const struct sc_item *it = &f->e->items[i];
    *piece = (struct sc_remux_piece){.start_s = p->start_s, .duration_s = p->duration_s};
    piece->first_of_run = p->first_of_run || f->broken || !f->any;
    if (f->e->plan->numbered) {
        place_numbered(f, it, piece);
    } else if (f->e->plan->coarse_times && f->any && piece->first_of_run && !f->broken) {
        /* EXTINF in whole seconds drifts: go on where the last run really ended. */
        piece->start_s = f->e->fed_end_s[f->track];
    }
    if (piece->first_of_run) {
        f->e->fed_runs[f->track]++;
        f->run_start_s = piece->start_s;
        f->run_pts_s = it->times.pts_s;
    }
    double end = it->times.span_s >= 0
                     ? f->run_start_s +
                           sc_pts_gap(f->run_pts_s, it->times.pts_s + it->times.span_s)
                     : piece->start_s + piece->duration_s;
    f->e->fed_end_s[f->track] = end;
    f->e->fed_varies[f->track] = it->times.frame_s <= 0;
    f->e->fed_rough[f->track] =
        it->times.kinds == SC_SEGMENT_SOUND && it->times.sound_end_s < 0;
    f->any = true;
    f->broken = false;
}

static void end_windows(struct sc_feed *f)
{
    if (f->left > 0)
        close(f->fd);
    f->left = 0;
}

static bool read_window(struct sc_feed *f, struct sc_error *err)
{
    size_t n = f->left < SC_CHUNK_WINDOW ? (size_t)f->left : SC_CHUNK_WINDOW;
    bool ok = sc_chunk_window(f->fd, n, &f->piece, err);
    if (!ok || n == f->left)
        end_windows(f);
    else
        f->left -= n;
    return ok;
}

static void hand_over(struct sc_feed *f, struct sc_remux_piece *piece)
{
    f->newest.data = f->piece.data;
    f->newest.len = f->piece.len;
    *piece = f->newest;
}

static bool read_piece(struct sc_feed *f, size_t i, bool with_init, struct sc_error *err)
{
    struct sc_transfer *e = f->e;
    const struct sc_plan_item *p = &e->plan->items[i];
    const struct sc_item *it = &e->items[i];
    sc_buf_clear(&f->piece);
    f->piece.max = SIZE_MAX / 2;
    if (with_init && p->init >= 0)
        sc_buf_add(&f->piece, e->inits[p->init].data, e->inits[p->init].len);
    /* Hashed moments ago and still in the page cache: nothing can have happened. */
    bool trusted = it->written_s > 0 && sc_clock_monotonic_s() - it->written_s < TRUST_S;
    const char *sha256 = trusted ? NULL : it->sha256;
    if (it->size_bytes <= SC_CHUNK_WINDOW)
        return sc_chunk_read(e->opt.dir, p, it->size_bytes, sha256, &f->piece, err);
    if (!sc_chunk_open(e->opt.dir, p, it->size_bytes, sha256, &f->fd, err))
        return false;
    f->left = it->size_bytes;
    return read_window(f, err);
}

static bool feed_next(void *user, struct sc_remux_piece *piece, struct sc_error *err)
{
    struct sc_feed *f = user;
    struct sc_transfer *e = f->e;
    if (f->left > 0) {
        sc_buf_clear(&f->piece);
        f->newest.goes_on = true;
        f->newest.first_of_run = false;
        if (!read_window(f, err))
            return false;
        hand_over(f, piece);
        return true;
    }
    for (;;) {
        size_t i = 0;
        bool end = false;
        pthread_mutex_lock(&e->mutex);
        bool ok = wait_item(f, &i, &end, err);
        pthread_mutex_unlock(&e->mutex);
        if (!ok)
            return false;
        if (end) {
            *piece = (struct sc_remux_piece){0};
            return true;
        }
        const struct sc_plan_item *p = &e->plan->items[i];
        struct sc_error why = {0};
        bool run = p->first_of_run || f->broken || !f->any;
        if (read_piece(f, i, run, &why)) {
            pthread_mutex_lock(&e->mutex);
            place(f, i, &f->newest);
            e->fed_bytes += e->items[i].size_bytes;
            pthread_mutex_unlock(&e->mutex);
            hand_over(f, piece);
            f->at++;
            return true;
        }
        if (why.code == SC_ERR_MEMORY || f->piece.failed)
            return sc_fail(err, SC_ERR_MEMORY, "no memory to read a segment");
        sc_debug("%s; fetching it again", why.cause);
        pthread_mutex_lock(&e->mutex);
        fetch_again(e, i);
        pthread_mutex_unlock(&e->mutex);
    }
}

void sc_feed_finish(struct sc_feed *f)
{
    end_windows(f);
    sc_buf_finish(&f->piece);
}

struct sc_remux_source sc_transfer_feed(struct sc_transfer *e, int track)
{
    struct sc_feed *f = &e->feeds[track];
    sc_feed_finish(f);
    *f = (struct sc_feed){.e = e, .track = track};
    e->fed_end_s[track] = 0;
    e->fed_runs[track] = 0;
    return (struct sc_remux_source){feed_next, f};
}

static bool add_gap(struct sc_time_range **list, size_t *n, size_t *cap, double from_s,
                    double to_s)
{
    static const double TOUCH_S = 0.01;
    if (*n && (*list)[*n - 1].end_s >= from_s - TOUCH_S) {
        if (to_s > (*list)[*n - 1].end_s)
            (*list)[*n - 1].end_s = to_s;
        return true;
    }
    if (*n == *cap) {
        *cap = *cap ? *cap * 2 : 16;
        struct sc_time_range *more = realloc(*list, *cap * sizeof *more);
        if (!more)
            return false;
        *list = more;
    }
    (*list)[(*n)++] = (struct sc_time_range){from_s, to_s};
    return true;
}

/* Where a numbered chunk begins: its time stamp, or a guess from its neighbours. */
static double numbered_start(const struct sc_transfer *e, size_t i, double *duration_s)
{
    double at = e->plan->from_s, typical = 16;
    for (size_t k = 0; k <= i; k++) {
        const struct sc_item *it = &e->items[k];
        bool known = it->state == SC_ITEM_DONE && it->times.span_s > 0;
        if (known)
            typical = it->times.span_s;
        if (k == i) {
            *duration_s = known ? it->times.span_s : typical;
            return at;
        }
        at += known ? it->times.span_s + it->hole_s : typical;
    }
    return at;
}

bool sc_transfer_gaps(const struct sc_transfer *e, struct sc_time_range **out, size_t *n,
                      struct sc_error *err)
{
    struct sc_time_range *list = NULL;
    size_t count = 0, cap = 0;
    bool ok = true;
    /* Items lie in the order of their start, so that both tracks merge. */
    for (size_t i = 0; ok && i < e->plan->n_items; i++) {
        const struct sc_plan_item *p = &e->plan->items[i];
        const struct sc_item *it = &e->items[i];
        if (p->kind != SC_ITEM_SEGMENT || (e->end >= 0 && (int64_t)i >= e->end))
            continue;
        double start = p->start_s, duration = p->duration_s;
        bool gone = it->state == SC_ITEM_MISSING || it->state == SC_ITEM_SKIPPED;
        if (!gone && !(it->state == SC_ITEM_DONE && it->hole_s > 0))
            continue;
        if (e->plan->numbered)
            start = numbered_start(e, i, &duration);
        double end = start + duration;
        if (!gone && e->plan->numbered)
            end += it->hole_s;
        if (!gone && it->hole_first)
            end = start + it->hole_s;
        ok = add_gap(&list, &count, &cap, gone ? start : end - it->hole_s, end);
    }
    if (!ok) {
        free(list);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of gaps");
    }
    *out = list;
    *n = count;
    return true;
}

static void let_go(const struct sc_transfer *e, size_t item)
{
    char *name = sc_plan_file_name(&e->plan->items[item]);
    char *path = name ? sc_path_join(e->opt.dir, name) : NULL;
    if (path)
        unlink(path);
    free(path);
    free(name);
}

void sc_transfer_doubt(const struct sc_transfer *e)
{
    enum { AT_ENDS = 2 };
    for (int k = 0; k < e->plan->n_tracks; k++) {
        const struct sc_plan_track *t = &e->plan->tracks[k];
        size_t n = e->end >= 0 && (size_t)e->end < t->n ? (size_t)e->end : t->n;
        for (size_t i = 0; i < n; i++) {
            size_t from_middle = i > n / 2 ? i - n / 2 : n / 2 - i;
            if (i < AT_ENDS || i + AT_ENDS >= n || from_middle < AT_ENDS)
                let_go(e, t->segments[i]);
        }
    }
}

void sc_transfer_totals(const struct sc_transfer *e, struct sc_transfer_totals *out)
{
    *out = (struct sc_transfer_totals){.n_fetched = e->n_fetched,
                                       .n_reused = e->n_reused,
                                       .fetched_bytes = e->fetched_bytes,
                                       .last_byte_s = e->last_byte_s,
                                       .last_done_s = e->last_done_s};
    out->n_segments = e->n_fetched + e->n_reused;
    /* Sound that lies apart may end elsewhere; the pictures decide. */
    out->expected_s = e->fed_end_s[0];
    out->exact = e->fed_runs[0] == 1 && !e->fed_varies[0];
    out->rough = e->fed_rough[0];
}
