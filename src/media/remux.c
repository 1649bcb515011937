/*
 * Merges the sources into one file and cuts the wanted range.
 *
 * Packets are written in chunks: all pictures of one second, then the sound of
 * that second. That keeps the index small and reading sequential. The order
 * depends on timestamps alone, never on which source was quicker, so that the
 * same stream gives the same file.
 */
#include "media/remux_int.h"

#include <math.h>

#define WINDOW FLICKS           /* of one chunk */
#define MAX_LAG (8 * FLICKS)    /* a kind this far behind is missing for now */
#define STOP_SLACK (2 * FLICKS) /* sources are read this far beyond the end */
enum { MAX_QUEUE_BYTES = 24 * 1024 * 1024, MAX_GOP_BYTES = 192 * 1024 * 1024 };

struct remux {
    const struct sc_remux_options *opts;
    const char *path;
    struct sc_av_stop stop;
    struct remux_track tracks[REMUX_KINDS];
    struct remux_in in[2];
    int n_in;
    struct remux_out *out;

    int64_t skip_until, stop_at; /* flicks; 0 = none */
    bool skipping, have_start;
    int64_t start; /* becomes 0 in the file */
    bool stopped[REMUX_KINDS];
    struct pkt_queue tail; /* pictures beyond stop_at, maybe referred to */
    struct pkt_queue held; /* since the last key frame, while skipping */

    struct pkt_queue queue[REMUX_KINDS];
    int64_t newest[REMUX_KINDS]; /* dts of the last queued */
    int64_t window_end;
    bool window_set;
};

static bool no_memory(struct sc_error *err)
{
    return sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* ---- writing in windows ---- */

static bool write_window(struct remux *r, int64_t end, struct sc_error *err)
{
    if (!r->out && !remux_out_open(&r->out, r->path, r->tracks, r->opts, err))
        return false;
    for (int k = 0; k < REMUX_KINDS; k++) {
        const AVPacket *p;
        while ((p = pkt_queue_at(&r->queue[k], 0)) && p->dts < end) {
            AVPacket *pkt = pkt_queue_pop(&r->queue[k]);
            bool ok = remux_out_write_take(r->out, pkt, err);
            av_packet_free(&pkt);
            if (!ok)
                return false;
        }
    }
    return true;
}

/* The window is complete when both kinds are past it, or one is missing. */
static bool window_ready(const struct remux *r)
{
    bool v = r->newest[REMUX_VIDEO] >= r->window_end,
         a = r->newest[REMUX_AUDIO] >= r->window_end;
    if (v && a)
        return true;
    int64_t most = FFMAX(r->newest[REMUX_VIDEO], r->newest[REMUX_AUDIO]);
    int64_t bytes = r->queue[REMUX_VIDEO].bytes + r->queue[REMUX_AUDIO].bytes;
    return (v || a) && (most - r->window_end > MAX_LAG || bytes > MAX_QUEUE_BYTES);
}

static bool enqueue_take(struct remux *r, AVPacket *pkt, struct sc_error *err)
{
    int k = pkt->stream_index;
    pkt->pts -= r->start;
    pkt->dts -= r->start;
    r->newest[k] = pkt->dts;
    if (!r->window_set) {
        r->window_set = true;
        r->window_end = pkt->dts - pkt->dts % WINDOW + WINDOW;
    }
    if (!pkt_queue_push_take(&r->queue[k], pkt))
        return no_memory(err);
    while (window_ready(r)) {
        if (!write_window(r, r->window_end, err))
            return false;
        /* On to the window of the next packet there is: a gap may be long. */
        int64_t next = INT64_MAX;
        for (int i = 0; i < REMUX_KINDS; i++) {
            const AVPacket *p = pkt_queue_at(&r->queue[i], 0);
            next = p ? FFMIN(next, p->dts) : next;
        }
        if (next == INT64_MAX)
            next = r->window_end;
        r->window_end = FFMAX(r->window_end, next - next % WINDOW) + WINDOW;
    }
    return true;
}

/* ---- the range ---- */

/* Begins the output at this source time and lets go what was held. */
static bool release_held(struct remux *r, struct sc_error *err)
{
    r->skipping = false;
    bool ok = true;
    for (AVPacket *p; (p = pkt_queue_pop(&r->held));) {
        /* Pictures that lead their key frame refer to what was cut off. */
        bool keep = p->stream_index == REMUX_VIDEO ? p->pts >= r->start
                                                   : p->pts + p->duration > r->start;
        if (ok && keep)
            ok = enqueue_take(r, p, err);
        else
            av_packet_free(&p);
    }
    return ok;
}

static void drop_before(struct remux *r, int64_t time)
{
    size_t n = r->held.len;
    for (size_t i = 0; i < n; i++) {
        AVPacket *p = pkt_queue_pop(&r->held);
        if (p->stream_index == REMUX_VIDEO || p->pts + p->duration <= time ||
            !pkt_queue_push_take(&r->held, p))
            av_packet_free(&p);
    }
}

static bool skip_take(struct remux *r, AVPacket *pkt, struct sc_error *err)
{
    bool video = pkt->stream_index == REMUX_VIDEO,
         has_video = r->in[0].take[REMUX_VIDEO] && r->tracks[REMUX_VIDEO].par;
    bool opens = has_video ? video && (pkt->flags & AV_PKT_FLAG_KEY)
                           : pkt->pts + pkt->duration > r->skip_until;
    if (opens && (pkt->pts <= r->skip_until || !r->have_start)) {
        drop_before(r, pkt->pts);
        r->start = pkt->pts;
        r->have_start = true;
    }
    int64_t now = pkt->dts;
    bool late = !r->have_start && now > r->skip_until + MAX_LAG;
    if (late) { /* no picture where the range begins: sound alone opens it */
        r->start = r->skip_until;
        r->have_start = true;
    }
    if (r->held.bytes > MAX_GOP_BYTES)
        return sc_fail(err, SC_ERR_LIMIT,
                       "no key frame for too long before the range's start");
    if (!pkt_queue_push_take(&r->held, pkt))
        return no_memory(err);
    return !r->have_start || now <= r->skip_until || (has_video && !video && !late) ||
           release_held(r, err);
}

static bool keep_take(struct remux *r, AVPacket *pkt, struct sc_error *err)
{
    if (r->skipping)
        return skip_take(r, pkt, err);
    if (r->have_start && pkt->stream_index == REMUX_VIDEO && pkt->pts < r->start) {
        av_packet_free(&pkt);
        return true;
    }
    return enqueue_take(r, pkt, err);
}

static bool accept_take(struct remux *r, AVPacket *pkt, struct sc_error *err)
{
    int k = pkt->stream_index;
    r->stopped[k] |= r->stop_at > 0 && pkt->dts >= r->stop_at;
    if (r->stopped[k]) {
        av_packet_free(&pkt);
        return true;
    }
    if (k == REMUX_VIDEO && r->stop_at > 0) {
        /* Beyond the end only what pictures before the end refer to. */
        if (pkt->pts >= r->stop_at)
            return pkt_queue_push_take(&r->tail, pkt) || no_memory(err);
        for (AVPacket *p; (p = pkt_queue_pop(&r->tail));)
            if (!keep_take(r, p, err)) {
                av_packet_free(&pkt);
                return false;
            }
    }
    return keep_take(r, pkt, err);
}

/* ---- merging ---- */

/* The source to read next: the one that is behind; -1 when all are through. */
static int behind(const struct remux *r)
{
    int best = -1;
    for (int i = 0; i < r->n_in; i++) {
        const struct remux_in *in = &r->in[i];
        bool done = in->ended || (r->stop_at > 0 && in->dts != INT64_MIN &&
                                  in->dts > r->stop_at + STOP_SLACK);
        if (!done && (best < 0 || in->dts < r->in[best].dts))
            best = i;
    }
    return best;
}

static bool merge(struct remux *r, struct sc_error *err)
{
    for (int i; (i = behind(r)) >= 0;) {
        AVPacket *pkt = av_packet_alloc();
        if (!pkt)
            return no_memory(err);
        enum remux_got got = remux_in_next(&r->in[i], pkt, err);
        if (got == REMUX_WAIT)
            got = remux_in_next(&r->in[0], pkt, err);
        if (got == REMUX_PACKET) {
            if (!accept_take(r, pkt, err))
                return false;
            continue;
        }
        av_packet_free(&pkt);
        if (got == REMUX_FAIL)
            return false;
    }
    if (r->skipping && !release_held(r, err))
        return false;
    for (int64_t end = r->window_end; r->queue[0].len + r->queue[1].len > 0;
         end += WINDOW)
        if (!write_window(r, end, err))
            return false;
    if (!r->out)
        return sc_fail(err, SC_ERR_MEDIA,
                       "there is no video and no sound in the stream%s",
                       r->skip_until || r->stop_at ? " within the asked range" : "");
    return true;
}

static void setup(struct remux *r, const char *path, const struct sc_remux_options *opts,
                  const struct sc_cancel *cancel)
{
    *r = (struct remux){.opts = opts, .path = path, .n_in = 1};
    r->stop.cancel = cancel;
    r->skip_until =
        opts->skip_until_s > 0 ? llrint(opts->skip_until_s * (double)FLICKS) : 0;
    r->stop_at = opts->stop_at_s > 0 ? llrint(opts->stop_at_s * (double)FLICKS) : 0;
    r->skipping = r->skip_until > 0;
    for (int k = 0; k < REMUX_KINDS; k++)
        r->newest[k] = INT64_MIN / 4;
    for (int i = 0; i < 2; i++) {
        r->in[i].stop = &r->stop;
        r->in[i].tracks = r->tracks;
        remux_in_init(&r->in[i]);
    }
    r->in[0].take[REMUX_VIDEO] = r->in[0].take[REMUX_AUDIO] = true;
}

static void teardown(struct remux *r)
{
    for (int i = 0; i < 2; i++)
        remux_in_finish(&r->in[i]);
    pkt_queue_finish(&r->held);
    pkt_queue_finish(&r->tail);
    for (int k = 0; k < REMUX_KINDS; k++) {
        pkt_queue_finish(&r->queue[k]);
        avcodec_parameters_free(&r->tracks[k].par);
    }
    remux_out_destroy(r->out);
}

static bool run(struct remux *r, struct sc_remux_result *out, struct sc_error *err)
{
    struct sc_remux_result res = {0};
    bool ok = merge(r, err) && remux_out_commit(r->out, &res, err);
    res.lead_s = (double)r->in[0].lead / (double)FLICKS;
    res.first_kept_s = r->have_start ? (double)r->start / (double)FLICKS : 0;
    teardown(r);
    if (ok)
        *out = res;
    return ok;
}

bool sc_remux_run(const struct sc_remux_source *main_source,
                  const struct sc_remux_source *audio_source, const char *out_path,
                  const struct sc_remux_options *opts, struct sc_remux_result *out,
                  const struct sc_cancel *cancel, struct sc_error *err)
{
    struct remux r;
    sc_av_init();
    setup(&r, out_path, opts, cancel);
    r.in[0].io.source = main_source;
    if (audio_source) {
        r.in[0].take[REMUX_AUDIO] = false;
        r.in[1].take[REMUX_AUDIO] = true;
        r.in[1].io.source = audio_source;
        r.in[1].guide = &r.in[0];
        r.in[0].audio = r.skipping ? NULL : &r.in[1];
        r.n_in = 2;
    }
    return run(&r, out, err);
}

bool sc_remux_file(const char *in_path, const char *out_path,
                   const struct sc_remux_options *opts, struct sc_remux_result *out,
                   const struct sc_cancel *cancel, struct sc_error *err)
{
    struct remux r;
    sc_av_init();
    setup(&r, out_path, opts, cancel);
    r.in[0].path = in_path;
    return run(&r, out, err);
}
