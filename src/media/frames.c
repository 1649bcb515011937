#include "media/frames.h"

#include "media/av_util.h"
#include "media/picture.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* A group is cut when no key frame comes within these. */
    MAX_GROUP_BYTES = 16 * 1024 * 1024,
    MAX_GROUP_S = 300,
    MAX_GROUP_PACKETS = 40000,
    /* Files that never flag a key frame start somewhere all the same. */
    MAX_PACKETS_BEFORE_KEY = 1000,
    MAX_READ_ERRORS = 50,
};
/* Key frames closer than this stay in one group: more looks would tell nothing new. */
static const double MIN_GROUP_S = 0.9;
/* Of codecs with key frames only, no more than these are kept. */
static const double INTRA_PERIOD_S = 0.45;
/* Time stamps that fall back further than this belong to a spliced recording. */
static const double SPLICE_S = 5;

struct sc_frame_group {
    struct sc_picture *key;
    AVPacket **packets; /* decoding order, the first one is the key frame */
    struct sc_packet_size *sizes;
    size_t n, cap, bytes;
    const bool *quiet; /* per packet behind the key frame, or NULL */
    double start_s, last_s, shift_s;
    bool continues; /* begins without a key frame */
    bool cut;       /* the next one continues it */
};

struct sc_frames {
    struct sc_av_stop stop;
    AVFormatContext *format;
    AVStream *stream;
    AVCodecContext *key_decoder, *decoder;
    AVPacket *pending; /* read already: begins the next group */
    bool pending_continues, ended, intra_only, exact;
    double origin_s; /* time stamp of lecture time 0 */
    double shift_s;  /* added to time stamps after a splice */
    double last_s;   /* of the last group */
    int quarter_turns;
    AVRational sar;
};

/* ---- opening ---- */

static AVCodecContext *open_decoder(const AVStream *st, enum AVDiscard skip,
                                    enum AVDiscard unfiltered, struct sc_error *err)
{
    /* One thread: frame threads would delay, slice threads gain nothing here. */
    AVCodecContext *c = sc_av_open_decoder(st, 1, err);
    if (c) {
        c->skip_frame = skip;
        c->skip_loop_filter = unfiltered;
    }
    return c;
}

static const int32_t *display_matrix(const AVStream *st)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 100)
    const AVPacketSideData *sd = av_packet_side_data_get(st->codecpar->coded_side_data,
                                                         st->codecpar->nb_coded_side_data,
                                                         AV_PKT_DATA_DISPLAYMATRIX);
    return sd && sd->size >= 9 * 4 ? (const int32_t *)(const void *)sd->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * 4 ? (const int32_t *)(const void *)data : NULL;
#endif
}

static int upright_turns(const AVStream *st)
{
    const int32_t *m = display_matrix(st);
    if (!m)
        return 0;
    double degrees = -av_display_rotation_get(m); /* clockwise */
    if (!isfinite(degrees))
        return 0;
    return (int)lround(degrees / 90) & 3;
}

static bool open_stream(struct sc_frames *f, const char *path, struct sc_error *err)
{
    if (!sc_av_open(path, &f->stop, &f->format, err))
        return false;
    int best = sc_av_pick_stream(f->format, AVMEDIA_TYPE_VIDEO);
    if (best < 0)
        return sc_fail(err, SC_ERR_MEDIA, "the file has no video");
    f->stream = f->format->streams[best];
    f->origin_s = sc_av_origin_s(f->format);
    for (unsigned i = 0; i < f->format->nb_streams; i++)
        if ((int)i != best)
            f->format->streams[i]->discard = AVDISCARD_ALL;
    f->quarter_turns = upright_turns(f->stream);
    f->sar = av_guess_sample_aspect_ratio(f->format, f->stream, NULL);
    const AVCodecDescriptor *d = avcodec_descriptor_get(f->stream->codecpar->codec_id);
    f->intra_only = d && (d->props & AV_CODEC_PROP_INTRA_ONLY);
    f->key_decoder = open_decoder(f->stream, AVDISCARD_NONKEY, AVDISCARD_NONE, err);
    /* Without the loop filter a fifth of the work is saved, at some 49 dB. */
    f->decoder = f->key_decoder
                     ? open_decoder(f->stream, AVDISCARD_BIDIR, AVDISCARD_ALL, err)
                     : NULL;
    return f->decoder != NULL;
}

bool sc_frames_open(const char *path, struct sc_frames **out, struct sc_error *err)
{
    struct sc_frames *f = calloc(1, sizeof *f);
    if (!f)
        return sc_fail(err, SC_ERR_MEMORY, "no memory to read the video");
    if (!open_stream(f, path, err)) {
        sc_frames_close(f);
        return false;
    }
    *out = f;
    return true;
}

void sc_frames_close(struct sc_frames *f)
{
    if (!f)
        return;
    av_packet_free(&f->pending);
    avcodec_free_context(&f->key_decoder);
    avcodec_free_context(&f->decoder);
    avformat_close_input(&f->format);
    free(f);
}

struct sc_frames_info sc_frames_info(const struct sc_frames *f)
{
    const AVCodecParameters *p = f->stream->codecpar;
    struct sc_frames_info i = {.width = p->width, .height = p->height};
    if (f->quarter_turns & 1) {
        i.width = p->height;
        i.height = p->width;
    }
    if (f->stream->duration > 0)
        i.duration_s = (double)f->stream->duration * av_q2d(f->stream->time_base);
    else if (f->format->duration > 0)
        i.duration_s = (double)f->format->duration / AV_TIME_BASE;
    if (f->stream->avg_frame_rate.num > 0 && f->stream->avg_frame_rate.den > 0)
        i.frame_rate = av_q2d(f->stream->avg_frame_rate);
    return i;
}

bool sc_frames_seek(struct sc_frames *f, double time_s, struct sc_error *err)
{
    int64_t ts = llround((time_s + f->origin_s) / av_q2d(f->stream->time_base));
    int r = avformat_seek_file(f->format, f->stream->index, INT64_MIN, ts, ts, 0);
    if (r < 0)
        return sc_av_fail(err, r, "cannot jump within the video");
    av_packet_free(&f->pending);
    f->ended = f->pending_continues = false;
    f->last_s = f->shift_s = 0;
    avcodec_flush_buffers(f->key_decoder);
    avcodec_flush_buffers(f->decoder);
    return true;
}

/* ---- groups ---- */

static struct sc_picture *picture_new(const struct sc_frames *f, AVFrame *frame,
                                      double time_s, bool key)
{
    struct sc_picture *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->frame = av_frame_alloc();
    if (!p->frame) {
        free(p);
        return NULL;
    }
    av_frame_move_ref(p->frame, frame);
    p->time_s = time_s;
    p->key = key;
    p->quarter_turns = f->quarter_turns;
    p->sar = f->sar;
    return p;
}

static double stamp_s(const struct sc_frames *f, int64_t ts, double shift_s)
{
    double t = (double)ts * av_q2d(f->stream->time_base) - f->origin_s + shift_s;
    return t > 0 ? t : 0;
}

static double packet_time_s(const struct sc_frames *f, const AVPacket *p)
{
    int64_t ts = p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
    return ts == AV_NOPTS_VALUE ? f->last_s : stamp_s(f, ts, f->shift_s);
}

void sc_frame_group_destroy(struct sc_frame_group *g)
{
    if (!g)
        return;
    sc_picture_unref(g->key);
    for (size_t i = 0; i < g->n; i++)
        av_packet_free(&g->packets[i]);
    free(g->packets);
    free(g->sizes);
    free(g);
}

static bool group_add_take(struct sc_frame_group *g, AVPacket *p, double time_s)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 64;
        AVPacket **packets = realloc(g->packets, cap * sizeof *packets);
        if (packets)
            g->packets = packets;
        struct sc_packet_size *sizes = realloc(g->sizes, cap * sizeof *sizes);
        if (sizes)
            g->sizes = sizes;
        if (!packets || !sizes) {
            av_packet_free(&p);
            return false;
        }
        g->cap = cap;
    }
    g->sizes[g->n] = (struct sc_packet_size){time_s, (uint32_t)p->size};
    g->packets[g->n++] = p;
    g->bytes += (size_t)p->size;
    if (time_s > g->last_s)
        g->last_s = time_s;
    return true;
}

/* The next packet of the video, or NULL at the end (a damaged tail counts as the end). */
static AVPacket *read_packet(struct sc_frames *f)
{
    AVPacket *p = av_packet_alloc();
    for (int errors = 0; p && errors < MAX_READ_ERRORS;) {
        int r = av_read_frame(f->format, p);
        if (r >= 0 && p->stream_index == f->stream->index && p->size > 0)
            return p;
        if (r == AVERROR_EOF)
            break;
        errors = r >= 0 ? 0 : errors + 1;
        av_packet_unref(p);
    }
    av_packet_free(&p);
    return NULL;
}

/* A splice (time stamps start anew) continues the clock instead. */
static void follow_splice(struct sc_frames *f, const AVPacket *p)
{
    double t = packet_time_s(f, p);
    if (t < f->last_s - SPLICE_S)
        f->shift_s += f->last_s - t;
}

static struct sc_picture *decode_key(struct sc_frames *f, const AVPacket *p,
                                     double time_s)
{
    struct sc_picture *pic = NULL;
    AVFrame *frame = av_frame_alloc();
    if (frame && avcodec_send_packet(f->key_decoder, p) >= 0) {
        /* Draining makes it come out at once, without waiting for reordering. */
        int r = avcodec_send_packet(f->key_decoder, NULL);
        r = r < 0 ? r : avcodec_receive_frame(f->key_decoder, frame);
        if (r >= 0 && frame->width > 0 && !(frame->flags & AV_FRAME_FLAG_CORRUPT))
            pic = picture_new(f, frame, time_s, true);
    }
    avcodec_flush_buffers(f->key_decoder);
    av_frame_free(&frame);
    return pic;
}

/* The packet a group starts with. */
static AVPacket *first_packet(struct sc_frames *f, const struct sc_cancel *cancel)
{
    AVPacket *p = f->pending;
    f->pending = NULL;
    for (int skipped = 0; !p && !f->ended; skipped++) {
        p = read_packet(f);
        if (!p || sc_cancelled(cancel))
            break;
        if (!(p->flags & AV_PKT_FLAG_KEY) && skipped < MAX_PACKETS_BEFORE_KEY)
            av_packet_free(&p);
    }
    return p;
}

static bool fill_group(struct sc_frames *f, struct sc_frame_group *g,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    while (!f->ended) {
        if (sc_cancel_check(cancel, err))
            return false;
        AVPacket *p = read_packet(f);
        if (!p) {
            f->ended = true;
            break;
        }
        bool key = p->flags & AV_PKT_FLAG_KEY;
        if (key) {
            f->last_s = g->last_s;
            follow_splice(f, p);
        }
        double t = packet_time_s(f, p);
        if (key && t - g->start_s >= MIN_GROUP_S) {
            f->pending = p;
            f->pending_continues = false;
            break;
        }
        if (f->intra_only && t - g->last_s < INTRA_PERIOD_S) {
            av_packet_free(&p);
            continue;
        }
        if (g->bytes > MAX_GROUP_BYTES || g->n >= MAX_GROUP_PACKETS ||
            t - g->start_s > MAX_GROUP_S) {
            f->pending = p;
            f->pending_continues = true;
            g->cut = true;
            break;
        }
        if (!group_add_take(g, p, t))
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the video's packets");
    }
    return true;
}

bool sc_frames_next_group(struct sc_frames *f, struct sc_frame_group **out,
                          const struct sc_cancel *cancel, struct sc_error *err)
{
    *out = NULL;
    bool continues = f->pending && f->pending_continues;
    AVPacket *p = first_packet(f, cancel);
    if (sc_cancel_check(cancel, err)) {
        av_packet_free(&p);
        return false;
    }
    if (!p) {
        f->ended = true;
        return true;
    }
    struct sc_frame_group *g = calloc(1, sizeof *g);
    if (!g) {
        av_packet_free(&p);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the video's packets");
    }
    g->continues = continues;
    g->start_s = g->last_s = packet_time_s(f, p);
    g->shift_s = f->shift_s;
    if (!continues)
        g->key = decode_key(f, p, g->start_s);
    if (!group_add_take(g, p, g->start_s)) {
        sc_frame_group_destroy(g);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the video's packets");
    }
    if (!fill_group(f, g, cancel, err)) {
        sc_frame_group_destroy(g);
        return false;
    }
    f->last_s = g->last_s;
    *out = g;
    return true;
}

double sc_frame_group_start_s(const struct sc_frame_group *g)
{
    return g->start_s;
}

double sc_frame_group_last_s(const struct sc_frame_group *g)
{
    return g->last_s;
}

const struct sc_picture *sc_frame_group_key(const struct sc_frame_group *g)
{
    return g->key;
}

bool sc_frame_group_continues(const struct sc_frame_group *g)
{
    return g->continues;
}

const struct sc_packet_size *sc_frame_group_packets(const struct sc_frame_group *g,
                                                    size_t *n)
{
    *n = g->n - 1;
    return g->sizes + 1;
}

/* ---- decoding a group ---- */

struct giving {
    struct sc_frames *f;
    const struct sc_frame_group *g;
    double period_s, given_s; /* given_s < 0: none yet */
    sc_picture_fn fn;
    void *user;
    struct sc_picture *last; /* decoded but not given */
    bool stopped;
};

static void give(struct giving *v, const struct sc_picture *pic)
{
    v->given_s = pic->time_s;
    if (!v->fn(v->user, pic))
        v->stopped = true;
}

static bool take_frames(struct giving *v, AVFrame *frame, struct sc_error *err)
{
    while (!v->stopped && avcodec_receive_frame(v->f->decoder, frame) >= 0) {
        int64_t ts = frame->best_effort_timestamp;
        double t = ts == AV_NOPTS_VALUE ? v->given_s : stamp_s(v->f, ts, v->g->shift_s);
        if (t < v->g->start_s || frame->flags & AV_FRAME_FLAG_CORRUPT) {
            av_frame_unref(frame); /* leading pictures of an open group */
            continue;
        }
        bool key = !v->g->continues && t - v->g->start_s < 1e-4;
        struct sc_picture *pic = picture_new(v->f, frame, t, key);
        if (!pic)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for a picture of the video");
        sc_picture_unref(v->last);
        v->last = pic;
        if (v->given_s < 0 || t - v->given_s >= v->period_s - 1e-4) {
            give(v, pic);
            sc_picture_unref(v->last);
            v->last = NULL;
        }
    }
    return true;
}

bool sc_frames_decode(struct sc_frames *f, const struct sc_frame_group *g,
                      double period_s, sc_picture_fn fn, void *user,
                      const struct sc_cancel *cancel, struct sc_error *err)
{
    struct giving v = {f, g, period_s, -1, fn, user, NULL, false};
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a picture of the video");
    if (!g->continues)
        avcodec_flush_buffers(f->decoder);
    bool ok = true;
    for (size_t i = 0; ok && i < g->n && !v.stopped; i++) {
        if (sc_cancel_check(cancel, err)) {
            ok = false;
            break;
        }
        bool exact = f->exact && !(i > 0 && g->quiet && g->quiet[i - 1]);
        f->decoder->skip_frame = exact ? AVDISCARD_NONREF : AVDISCARD_BIDIR;
        /* A damaged packet is the world's fault; the next one may be fine. */
        (void)avcodec_send_packet(f->decoder, g->packets[i]);
        ok = take_frames(&v, frame, err);
    }
    if (ok && !g->cut && !v.stopped) {
        (void)avcodec_send_packet(f->decoder, NULL);
        ok = take_frames(&v, frame, err);
    }
    if (ok && v.last && !v.stopped)
        give(&v, v.last);
    sc_picture_unref(v.last);
    av_frame_free(&frame);
    return ok;
}

void sc_frames_set_exact(struct sc_frames *f, bool exact)
{
    f->exact = exact;
}

void sc_frame_group_set_quiet(struct sc_frame_group *g, const bool *quiet)
{
    g->quiet = quiet;
}
