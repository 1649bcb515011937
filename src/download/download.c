/*
 * The front door: lock, plan, fetch and remux side by side, verify, and only
 * then let go of the chunks.
 */
#include "download/download.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "capture/capture.h"
#include "download/finished.h"
#include "download/flush.h"
#include "download/single.h"
#include "download/source.h"
#include "download/transfer.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double FRAME_S = 0.05; /* one frame at 20 a second and slower than that */
static const double DRIFT_S = 0.7;  /* EXTINF counts sound that overhangs */
static const double MARGIN_BYTES = 16e6; /* for file system, journal, database */

/* All that one run holds; freed in one place. */
struct run {
    const struct sc_download_options *opts;
    struct sc_stream stream; /* normalised copy */
    struct sc_access access;
    struct sc_source source;
    struct sc_transfer *engine;
    char *chunks, *video, *unverified;
    struct sc_lock lock;
    const struct sc_cancel *cancel;
    struct sc_remarks remarks;
};

static bool copy_text(char **to, const char *from)
{
    *to = sc_strdup(from);
    return *to || !from;
}

static bool copy_stream(const struct sc_stream *from, struct sc_stream *to,
                        struct sc_error *err)
{
    *to = *from;
    to->url = to->base_url = to->chunk_pattern = to->cookie_file = NULL;
    to->auth = (struct sc_signature){0};
    to->headers = calloc(from->n_headers + 1, sizeof *to->headers);
    to->n_headers = 0;
    bool ok = to->headers && copy_text(&to->url, from->url) &&
              copy_text(&to->base_url, from->base_url) &&
              copy_text(&to->chunk_pattern, from->chunk_pattern) &&
              copy_text(&to->cookie_file, from->cookie_file) &&
              copy_text(&to->auth.key_pair_id, from->auth.key_pair_id) &&
              copy_text(&to->auth.policy, from->auth.policy) &&
              copy_text(&to->auth.signature, from->auth.signature);
    for (size_t i = 0; ok && i < from->n_headers; i++) {
        ok = copy_text(&to->headers[i], from->headers[i]);
        to->n_headers += ok;
    }
    return ok || sc_fail(err, SC_ERR_MEMORY, "no memory for the stream");
}

/*
 * The lock lies among the chunks and goes with them, so the file that was
 * locked must still be the one that has the name.
 */
static bool take_lock(struct run *r, struct sc_error *err)
{
    char *path = sc_path_join(r->chunks, "lock");
    bool ok = path || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    for (int tries = 0; ok; tries++) {
        struct stat named, held;
        struct sc_error now = {0};
        if (!sc_mkdirs(r->chunks, err) || !sc_lock_try(&r->lock, path, &now)) {
            if (now.code == SC_ERR_CONFLICT)
                sc_fail(err, SC_ERR_CONFLICT,
                        "another download of this lecture is under way");
            else if (now.code != SC_ERR_OK && err && err->code == SC_ERR_OK)
                *err = now;
            ok = false;
        } else if (stat(path, &named) == 0 && fstat(r->lock.fd, &held) == 0 &&
                   named.st_ino == held.st_ino && named.st_dev == held.st_dev) {
            break;
        } else {
            sc_lock_release(&r->lock);
            if (tries > 10)
                ok = sc_fail(err, SC_ERR_CONFLICT, "the lock %s keeps vanishing", path);
        }
    }
    free(path);
    return ok;
}

static bool check_space(const struct run *r, struct sc_error *err)
{
    const struct sc_plan *p = r->source.plan;
    uint64_t free_bytes = 0;
    char more[32], left[32];
    if (!sc_disk_free(r->chunks, &free_bytes, NULL))
        return true;
    double have = (double)sc_tree_size(r->chunks);
    double size = p->bits_per_s / 8 * (p->to_s - p->from_s);
    /* The chunks and the video exist side by side until it is verified. */
    double need = 2 * size - have;
    if (need < 0)
        need = 0;
    need += size > 0 && size < MARGIN_BYTES ? size * 0.1 : MARGIN_BYTES / 16;
    if (need <= (double)free_bytes)
        return true;
    sc_format_bytes(need, more, sizeof more);
    sc_format_bytes((double)free_bytes, left, sizeof left);
    sc_fail(err, SC_ERR_DISK_FULL,
            "the disk is too full: about %s is needed and %s is free at %s", more, left,
            r->opts->dir);
    return sc_error_hint(err, "Free some space and run the same command again.");
}

static bool start_engine(struct run *r, struct sc_error *err)
{
    const struct sc_download_options *o = r->opts;
    struct sc_transfer_options eo = {
        .plan = r->source.plan,
        .dir = r->chunks,
        .site = &r->access.site,
        .home_url = r->source.home_url,
        .probe_url = r->source.probe_url,
        .signature_ends_unix = r->access.ends_unix,
        .has_signature = r->access.has_signature,
        .detected_number = r->stream.detected_chunk,
        .max_connections = o->max_connections,
        .attempts = o->attempts,
        .memory_bytes = o->memory_bytes,
        .allow_gaps = o->allow_gaps && !r->source.plan->file_bytes,
        .progress = o->progress,
        .remarks = &r->remarks,
        .cancel = r->cancel,
    };
    return sc_transfer_start(&r->engine, &eo, err);
}

/* One file: put together first, then brought into the form of all lectures. */
static bool remux_file(struct run *r, struct sc_remux_result *result,
                       struct sc_error *err)
{
    const struct sc_stream *s = &r->stream;
    struct sc_remux_source parts = sc_transfer_feed(r->engine, 0);
    struct sc_remux_options ro = {.skip_until_s = s->from_s > 0 ? s->from_s : 0,
                                  .stop_at_s = s->to_s > 0 ? s->to_s : 0,
                                  .caller_flushes = true};
    char *path = sc_path_join(r->chunks, "file.bin");
    bool ok = path || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_single_join(&parts, path, r->source.plan->file_bytes, err) &&
         sc_remux_file(path, r->unverified, &ro, result, r->cancel, err);
    if (path)
        unlink(path);
    free(path);
    return ok;
}

static bool remux(struct run *r, struct sc_remux_result *result, struct sc_error *err)
{
    if (r->source.plan->file_bytes)
        return remux_file(r, result, err);
    const struct sc_plan *p = r->source.plan;
    struct sc_remux_source main_source = sc_transfer_feed(r->engine, 0), audio = {0};
    struct sc_remux_options ro = {.skip_until_s = p->skip_until_s,
                                  .stop_at_s = p->stop_at_s,
                                  .caller_flushes = true};
    if (!p->numbered)
        ro.expected_duration_s = p->to_s - p->from_s;
    if (p->n_tracks > 1)
        audio = sc_transfer_feed(r->engine, 1);
    bool ok = sc_remux_run(&main_source, p->n_tracks > 1 ? &audio : NULL, r->unverified,
                           &ro, result, r->cancel, err);
    return ok;
}

/* A video that is shorter than its playlist says is never called whole silently. */
static void tell_drift(struct run *r, const struct sc_plan *p, double held_s)
{
    char promised[32], held[32];
    double lacks = p->to_s - p->from_s - held_s;
    double rounding = p->coarse_times ? 0.6 * (double)p->tracks[0].n : 0;
    sc_format_time(p->to_s - p->from_s, promised, sizeof promised);
    sc_format_time(held_s, held, sizeof held);
    if (lacks > fmax(DRIFT_S, rounding) && p->stop_at_s <= 0 && p->skip_until_s <= 0)
        sc_remark(&r->remarks,
                  SC_SAID("the playlist promises %s, and its segments hold %s"), promised,
                  held);
    else if (fabs(lacks) > FRAME_S)
        sc_debug("the playlist promises %.3f s, the time stamps say %.3f s",
                 p->to_s - p->from_s, held_s);
}

/*
 * The length that the file must have: what the time stamps of the fetched
 * segments add up to, which agrees with the playlist unless its EXTINFs are
 * rounded. A cut at a key frame moves the start.
 */
static bool verify(struct run *r, const struct sc_remux_result *result,
                   const struct sc_transfer_totals *totals, struct sc_error *err)
{
    const struct sc_plan *p = r->source.plan;
    struct sc_verify_expect expect = {
        .n_packets = result->n_video_packets + result->n_audio_packets,
        .tolerance_s = 0,
    };
    double end = totals->expected_s;
    if (p->stop_at_s > 0 && p->stop_at_s < end)
        end = p->stop_at_s;
    double start = result->first_kept_s > p->from_s ? result->first_kept_s : p->from_s;
    expect.duration_s = p->file_bytes ? 0 : end - start + result->lead_s;
    if (p->stop_at_s > 0 || p->skip_until_s > 0)
        expect.tolerance_s = 2.0; /* the last group of pictures ends where it ends */
    else if (totals->exact)
        expect.tolerance_s = 0; /* one frame */
    else if (p->coarse_times || p->numbered || totals->rough)
        expect.tolerance_s = 0.5;
    else
        expect.tolerance_s = FRAME_S * 2;
    if (!p->numbered && !p->file_bytes)
        tell_drift(r, p, end - start);
    return sc_media_verify(r->unverified, &expect, r->cancel, err) ||
           sc_error_wrap(err, "the video that was put together is not sound");
}

static bool fill_result(struct run *r, const struct sc_remux_result *remuxed,
                        const struct sc_transfer_totals *totals,
                        struct sc_download_result *out, struct sc_error *err)
{
    const struct sc_plan *p = r->source.plan;
    struct sc_media_info info = {0};
    if (!sc_media_probe(r->unverified, &info, err))
        return false;
    *out = (struct sc_download_result){.duration_s = remuxed->duration_s,
                                       .size_bytes = info.size_bytes,
                                       .width = info.width,
                                       .height = info.height,
                                       .n_segments = totals->n_segments,
                                       .n_fetched = totals->n_fetched,
                                       .n_reused = totals->n_reused,
                                       .fetched_bytes = totals->fetched_bytes};
    out->held_from_s =
        remuxed->first_kept_s > p->from_s ? remuxed->first_kept_s : p->from_s;
    out->held_to_s = out->held_from_s + remuxed->duration_s;
    out->video_path = sc_strdup(r->video);
    if (!out->video_path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (!sc_transfer_gaps(r->engine, &out->gaps, &out->n_gaps, err))
        return false;
    for (size_t i = 0; i < out->n_gaps; i++) {
        double shift = remuxed->lead_s - out->held_from_s;
        out->gaps[i].start_s = fmax(0, out->gaps[i].start_s + shift);
        out->gaps[i].end_s = fmax(0, out->gaps[i].end_s + shift);
    }
    return true;
}

/* The disk filled up while the video was written beside its chunks. */
static void tell_video_needs(const struct run *r, struct sc_error *err)
{
    const struct sc_plan *p = r->source.plan;
    uint64_t free_bytes = 0;
    char size[32], left[32];
    double need = p->bits_per_s / 8 * (p->to_s - p->from_s);
    double chunks = (double)sc_tree_size(r->chunks);
    if (!sc_disk_free(r->opts->dir, &free_bytes, NULL))
        return;
    sc_format_bytes(chunks > need ? chunks : need, size, sizeof size);
    sc_format_bytes((double)free_bytes, left, sizeof left);
    sc_error_clear(err); /* it says the same with less */
    sc_fail(err, SC_ERR_DISK_FULL,
            "the disk is full: about %s is needed for the video and %s is free at %s",
            size, left, r->opts->dir);
    sc_error_hint(err,
                  "Free some space and run the same command again; everything fetched "
                  "so far is kept.");
}

/* *damaged: it is not sound. With --allow-gaps it is taken as it is the second time. */
static bool accept(struct run *r, const struct sc_remux_result *remuxed,
                   const struct sc_transfer_totals *totals,
                   struct sc_download_result *out, bool *damaged, struct sc_error *err)
{
    if (!verify(r, remuxed, totals, err)) {
        bool again = *damaged;
        *damaged = err->code == SC_ERR_MEDIA;
        if (!*damaged)
            return false;
        sc_error_hint(err,
                      "Everything fetched is kept. Run it again to fetch the damaged "
                      "parts once more, or with --allow-gaps to take the video as "
                      "it is.");
        if (!again || !r->opts->allow_gaps)
            return false;
        sc_remark(&r->remarks, "%s; it is taken as it is", err->cause);
        sc_error_clear(err);
    }
    return fill_result(r, remuxed, totals, out, err);
}

/* The video is checked while it is flushed to the disk: neither waits for the other. */
static bool accept_and_flush(struct run *r, const struct sc_remux_result *remuxed,
                             const struct sc_transfer_totals *totals,
                             struct sc_download_result *out, bool *damaged,
                             struct sc_error *err)
{
    struct sc_flush flush;
    struct sc_error trouble = {0};
    sc_flush_start(&flush, r->unverified);
    bool ok = accept(r, remuxed, totals, out, damaged, err);
    if (sc_flush_wait(&flush, &trouble))
        return ok;
    *damaged = false;
    sc_error_clear(err);
    *err = trouble;
    if (err->code == SC_ERR_DISK_FULL)
        tell_video_needs(r, err);
    return false;
}

/* Fetches, remuxes and checks. *damaged: the video is there and is not sound. */
static bool fetch_once(struct run *r, struct sc_download_result *out, bool *damaged,
                       struct sc_error *err)
{
    struct sc_remux_result remuxed = {0};
    struct sc_transfer_totals totals;
    double start_s = sc_clock_monotonic_s();
    if (!check_space(r, err) || !start_engine(r, err))
        return false;
    bool ok = remux(r, &remuxed, err);
    double ready_s = sc_clock_monotonic_s();
    sc_transfer_stop(r->engine);
    sc_transfer_totals(r->engine, &totals);
    if (!ok && err->code == SC_ERR_DISK_FULL && !err->hint[0])
        tell_video_needs(r, err);
    struct sc_error none = {0};
    if (!ok && err->code == SC_ERR_MEDIA && !sc_transfer_any(r->engine, &none))
        *err = none; /* gaps alone are no damage */
    if (!ok || !accept_and_flush(r, &remuxed, &totals, out, damaged, err))
        return false;
    if (totals.last_byte_s > 0)
        sc_debug("last byte after %.3f s, video after %.3f s, verified after %.3f s "
                 "(last segment checked after %.3f s)",
                 totals.last_byte_s - start_s, ready_s - start_s,
                 sc_clock_monotonic_s() - start_s, totals.last_done_s - start_s);
    return true;
}

static bool fetch(struct run *r, struct sc_download_result *out, struct sc_error *err)
{
    struct sc_error now = {0};
    bool damaged = false;
    if (!sc_source_open(&r->stream, &r->access, &r->source, r->cancel, err))
        return false;
    if (*r->source.remark)
        sc_remark(&r->remarks, "%s", r->source.remark);
    bool ok = fetch_once(r, out, &damaged, &now);
    if (!ok && damaged) {
        /* A segment may be damaged in a way that only decoding shows. */
        sc_debug("%s; fetching those segments again", now.cause);
        sc_transfer_doubt(r->engine);
        sc_transfer_destroy(r->engine);
        r->engine = NULL;
        now = (struct sc_error){0};
        ok = fetch_once(r, out, &damaged, &now);
    }
    if (!ok && err && err->code == SC_ERR_OK)
        *err = now;
    if (ok)
        sc_remarks_hand_over(&r->remarks, out);
    return ok && sc_finished_write(r->opts->dir, &r->stream, out, err) &&
           sc_file_rename(r->unverified, r->video, err) && sc_remove_tree(r->chunks, err);
}

static void finish_run(struct run *r)
{
    sc_transfer_destroy(r->engine);
    sc_remarks_finish(&r->remarks);
    sc_source_finish(&r->source);
    sc_access_finish(&r->access);
    sc_stream_finish(&r->stream);
    sc_lock_release(&r->lock);
    free(r->chunks);
    free(r->video);
    free(r->unverified);
}

static bool prepare(struct run *r, const struct sc_stream *stream, struct sc_error *err)
{
    r->stream = SC_STREAM_INIT;
    r->chunks = sc_path_join(r->opts->dir, "chunks");
    r->video = sc_path_join(r->opts->dir, "full_video.mp4");
    r->unverified = r->chunks ? sc_path_join(r->chunks, "video.mp4") : NULL;
    if (!r->chunks || !r->video || !r->unverified)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    return copy_stream(stream, &r->stream, err) && sc_stream_normalise(&r->stream, err) &&
           sc_access_init(&r->access, &r->stream, err) && take_lock(r, err);
}

bool sc_download_run(const struct sc_stream *stream,
                     const struct sc_download_options *opts,
                     struct sc_download_result *out, const struct sc_cancel *cancel,
                     struct sc_error *err)
{
    struct run r = {.opts = opts, .lock = {.fd = -1}, .cancel = cancel};
    struct sc_download_result result = {0};
    sc_remarks_init(&r.remarks);
    bool ok = prepare(&r, stream, err);
    if (ok && sc_finished_read(opts->dir, &r.stream, opts->allow_gaps, &result))
        ok = sc_remove_tree(r.chunks, err); /* done before; only leftovers go */
    else if (ok)
        ok = fetch(&r, &result, err);
    finish_run(&r);
    if (ok)
        *out = result;
    else
        sc_download_result_finish(&result);
    return ok;
}
