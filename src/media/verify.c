/*
 * Is the finished file whole? Its index is checked entirely (order of times,
 * every sample within the file, count, duration) and three places are decoded:
 * the first, the middle and the last group of pictures, and the sound there.
 */
#include "base/file.h"
#include "base/str.h"
#include "media/av_util.h"
#include "media/media.h"
#include "media/remux_int.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

enum {
    MAX_GOP_FRAMES = 150, /* of one group decoded */
    AUDIO_FRAMES = 40,
    SEEK_TRIES = 4,
    SEEK_BACK_S = 2,
    MAX_READ_AHEAD = 8 * 1024 * 1024, /* bytes of one group */
    WARM_UP_FRAMES = 2,               /* MP3 and AAC need what was before the seek */
};

struct extent {
    int64_t n;             /* packets */
    double start_s, end_s; /* presentation */
    double frame_s;
};

static bool fail_order(const AVStream *st, int64_t at, struct sc_error *err)
{
    char when[32];
    sc_format_time((double)at * av_q2d(st->time_base), when, sizeof when);
    return sc_fail(err, SC_ERR_MEDIA, "the %s's timestamps go backwards at %s",
                   st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? "video" : "sound",
                   when);
}

static bool check_index(AVStream *st, int64_t size, struct extent *x,
                        struct sc_error *err)
{
    int n = avformat_index_get_entries_count(st);
    int64_t last = INT64_MIN;
    for (int i = 0; i < n; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, i);
        if (e->pos < 0 || e->pos + e->size > size)
            return sc_fail(err, SC_ERR_MEDIA,
                           "the file is cut short: its index names data beyond its end");
        if (e->timestamp <= last)
            return fail_order(st, e->timestamp, err);
        last = e->timestamp;
    }
    x->n = n;
    return true;
}

/* Containers without an index in memory: every packet is read. */
static bool check_packets(AVFormatContext *fmt, struct extent *x, struct sc_error *err)
{
    int64_t last[64];
    bool ok = true;
    AVPacket *pkt = av_packet_alloc();
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        last[i] = INT64_MIN;
    while (ok && pkt && av_read_frame(fmt, pkt) >= 0) {
        int i = pkt->stream_index;
        if (i < 64 && pkt->dts != AV_NOPTS_VALUE) {
            if (pkt->dts < last[i])
                ok = fail_order(fmt->streams[i], pkt->dts, err);
            last[i] = pkt->dts;
            x[i].n++;
        }
        av_packet_unref(pkt);
    }
    av_packet_free(&pkt);
    return ok;
}

static void measure(const AVStream *st, double origin_s, struct extent *x)
{
    double tb = av_q2d(st->time_base);
    int64_t start = st->start_time != AV_NOPTS_VALUE ? st->start_time : 0;
    x->start_s = (double)start * tb - origin_s;
    x->end_s = x->start_s + (st->duration > 0 ? (double)st->duration * tb : 0);
    if (st->codecpar->frame_size > 0 && st->codecpar->sample_rate > 0)
        x->frame_s = (double)st->codecpar->frame_size / st->codecpar->sample_rate;
    else if (st->avg_frame_rate.num > 0)
        x->frame_s = av_q2d(av_inv_q(st->avg_frame_rate));
}

static bool check_duration(const struct extent *v, const struct extent *a, double file_s,
                           const struct sc_verify_expect *expect, struct sc_error *err)
{
    const struct extent *main = v ? v : a;
    double tolerance = expect->tolerance_s > 0 ? expect->tolerance_s
                       : main->frame_s > 0     ? main->frame_s + 0.002
                                               : 0.05;
    double off = fabs(main->end_s - expect->duration_s);
    /* Sound may end a little after the last picture, or begin before the first. */
    off = fmin(off, fabs(file_s - expect->duration_s));
    off = fmin(off, fabs(main->end_s - main->start_s - expect->duration_s));
    if (expect->duration_s <= 0 || off <= tolerance)
        return true;
    return sc_fail(err, SC_ERR_MEDIA, "the video is %.2f s long and should be %.2f s",
                   main->end_s, expect->duration_s);
}

/* ---- decoding ---- */

/*
 * One group of pictures (or some sound) at one place. The file is read by one
 * thread, place by place; each group is decoded by a thread of its own.
 */
struct group {
    const AVStream *st;
    double at_s; /* on the file's own line */
    AVCodecContext *dec;
    struct pkt_queue read;
    int64_t from; /* pictures before it may refer to what was not read */
    int n_read, n_sent, good, bad;
    pthread_t thread;
    bool running;
};

static bool is_video(const struct group *g)
{
    return g->st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

static bool is_broken(const AVFrame *f)
{
    return (f->flags & AV_FRAME_FLAG_CORRUPT) || f->decode_error_flags != 0;
}

/* Takes the frames that are ready; counts those from `from` on, and the broken ones. */
static int take_frames(struct group *g, AVFrame *frame)
{
    for (;;) {
        int r = avcodec_receive_frame(g->dec, frame);
        if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
            return 0;
        if (r < 0)
            return r;
        bool counts = g->from == AV_NOPTS_VALUE || frame->pts == AV_NOPTS_VALUE ||
                      frame->pts >= g->from;
        if (counts)
            *(is_broken(frame) ? &g->bad : &g->good) += 1;
        av_frame_unref(frame);
    }
}

/* Decodes what was read so far. */
static void decode(struct group *g)
{
    AVFrame *frame = av_frame_alloc();
    for (AVPacket *pkt; (pkt = pkt_queue_pop(&g->read));) {
        int r = frame ? avcodec_send_packet(g->dec, pkt) : AVERROR(ENOMEM);
        if (r >= 0)
            r = take_frames(g, frame);
        g->bad += r < 0 && (is_video(g) || g->n_sent >= WARM_UP_FRAMES);
        g->n_sent++;
        av_packet_free(&pkt);
    }
    av_frame_free(&frame);
}

static void *decode_rest(void *user)
{
    struct group *g = user;
    AVFrame *frame = av_frame_alloc();
    decode(g);
    avcodec_send_packet(g->dec, NULL);
    if (frame)
        take_frames(g, frame);
    av_frame_free(&frame);
    return NULL;
}

/* Takes over the packet when it belongs to the group. True: the group is over. */
static bool take_packet(struct group *g, AVPacket *pkt)
{
    bool ours = pkt->stream_index == g->st->index;
    bool key = ours && (pkt->flags & AV_PKT_FLAG_KEY);
    if (is_video(g) && key && g->n_read > 0)
        return true;
    if (!ours || (g->n_read == 0 && !key)) /* a seek in MPEG-TS may land in mid-group */
        return false;
    if (g->n_read == 0 && is_video(g))
        g->from = pkt->pts;
    AVPacket *mine = av_packet_alloc();
    if (!mine)
        return true;
    av_packet_move_ref(mine, pkt);
    if (!pkt_queue_push_take(&g->read, mine))
        return true;
    g->n_read++;
    return g->n_read == (is_video(g) ? MAX_GOP_FRAMES : AUDIO_FRAMES);
}

/* The group at the place where the demuxer stands; large ones are decoded on the way. */
static void read_group(AVFormatContext *fmt, struct group *g)
{
    AVPacket *pkt = av_packet_alloc();
    bool over = !pkt;
    g->from = AV_NOPTS_VALUE;
    g->n_read = g->n_sent = 0;
    while (!over && av_read_frame(fmt, pkt) >= 0) {
        over = take_packet(g, pkt);
        av_packet_unref(pkt);
        if (g->read.bytes > MAX_READ_AHEAD)
            decode(g);
    }
    av_packet_free(&pkt);
}

/*
 * Reads the group at the n-th try. Containers without an index may put a seek
 * behind the last key frame, so each try lies further back.
 */
static void seek_and_read(AVFormatContext *fmt, struct group *g, int n)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++)
        fmt->streams[i]->discard =
            (int)i == g->st->index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    double at_s = g->at_s - SEEK_BACK_S * n * (n + 1) / 2.0;
    int64_t ts = llrint(at_s / av_q2d(g->st->time_base));
    if (av_seek_frame(fmt, g->st->index, ts, AVSEEK_FLAG_BACKWARD) >= 0 ||
        av_seek_frame(fmt, g->st->index, ts, 0) >= 0)
        read_group(fmt, g);
}

static bool begin_group(AVFormatContext *fmt, struct group *g, struct sc_error *err)
{
    /* One thread: with frame threads a picture's error flags may be set after
     * it was handed out. */
    g->dec = sc_av_open_decoder(g->st, 1, err);
    if (!g->dec)
        return false;
    g->dec->skip_loop_filter = AVDISCARD_ALL; /* errors show before it */
    seek_and_read(fmt, g, 0);
    g->running = pthread_create(&g->thread, NULL, decode_rest, g) == 0;
    if (!g->running)
        decode_rest(g);
    return true;
}

static void wait_group(struct group *g)
{
    if (g->running)
        pthread_join(g->thread, NULL);
    g->running = false;
}

static bool judge_group(AVFormatContext *fmt, struct group *g, struct sc_error *err)
{
    char when[32];
    wait_group(g);
    for (int i = 1; i < SEEK_TRIES && g->good + g->bad == 0; i++) {
        avcodec_flush_buffers(g->dec);
        seek_and_read(fmt, g, i);
        decode_rest(g);
    }
    if (g->good > 0 && g->bad == 0)
        return true;
    sc_format_time(g->at_s, when, sizeof when);
    return sc_fail(err, SC_ERR_MEDIA, "the %s at %s cannot be decoded without errors",
                   is_video(g) ? "video" : "sound", when);
}

static void finish_group(struct group *g)
{
    wait_group(g);
    avcodec_free_context(&g->dec);
    pkt_queue_finish(&g->read);
}

static bool check_decoding(AVFormatContext *fmt, const AVStream *st,
                           const struct extent *x, const struct sc_cancel *cancel,
                           struct sc_error *err)
{
    double start = st->start_time != AV_NOPTS_VALUE
                       ? (double)st->start_time * av_q2d(st->time_base)
                       : 0;
    double length = x->end_s - x->start_s;
    double last = fmax(length - (x->frame_s > 0 ? x->frame_s : 0.04), 0);
    if (st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
        last = fmax(length - AUDIO_FRAMES / 2 * x->frame_s, 0);
    struct group places[] = {
        {.at_s = start}, {.at_s = start + length / 2}, {.at_s = start + last}};
    bool ok = true;
    /* Two at a time: a decoder of large pictures takes tens of megabytes. */
    for (int i = 0; ok && i < 4; i++) {
        if (i < 3) {
            places[i].st = st;
            ok = !sc_cancel_check(cancel, err) && begin_group(fmt, &places[i], err);
        }
        if (ok && i > 0)
            ok = judge_group(fmt, &places[i - 1], err);
        if (i > 0)
            finish_group(&places[i - 1]);
    }
    for (int i = 0; i < 3; i++)
        finish_group(&places[i]);
    return ok;
}

static bool verify_open(AVFormatContext *fmt, int64_t size,
                        const struct sc_verify_expect *expect,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    struct extent x[64] = {{0}};
    int v = sc_av_pick_stream(fmt, AVMEDIA_TYPE_VIDEO);
    int a = sc_av_pick_stream(fmt, AVMEDIA_TYPE_AUDIO);
    double origin = sc_av_origin_s(fmt);
    int64_t n = 0;
    if ((v < 0 && a < 0) || v > 63 || a > 63)
        return sc_fail(err, SC_ERR_MEDIA, "the file holds no video and no sound");
    bool indexed = strstr(fmt->iformat->name, "mp4") != NULL;
    if (!indexed && !check_packets(fmt, x, err))
        return false;
    const int both[] = {v, a};
    for (int i = 0; i < 2; i++) {
        if (both[i] < 0)
            continue;
        AVStream *st = fmt->streams[both[i]];
        if (indexed && !check_index(st, size, &x[both[i]], err))
            return false;
        measure(st, origin, &x[both[i]]);
        n += x[both[i]].n;
    }
    bool moved;
    double file_s = sc_av_duration_s(fmt, &moved);
    if (!check_duration(v >= 0 ? &x[v] : NULL, a >= 0 ? &x[a] : NULL, file_s, expect,
                        err))
        return false;
    if (expect->n_packets && (uint64_t)n != expect->n_packets)
        return sc_fail(err, SC_ERR_MEDIA,
                       "the file holds %" PRId64 " samples and should hold %" PRIu64, n,
                       expect->n_packets);
    return (v < 0 || check_decoding(fmt, fmt->streams[v], &x[v], cancel, err)) &&
           (a < 0 || check_decoding(fmt, fmt->streams[a], &x[a], cancel, err));
}

bool sc_media_verify(const char *path, const struct sc_verify_expect *expect,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_av_stop stop = {cancel};
    AVFormatContext *fmt = NULL;
    if (!sc_av_open(path, &stop, &fmt, err))
        return false;
    bool ok = verify_open(fmt, sc_file_size(path), expect, cancel, err);
    avformat_close_input(&fmt);
    return ok || sc_error_wrap(err, "checking %s", sc_path_base(path));
}
