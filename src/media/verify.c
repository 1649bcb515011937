/*
 * Is the finished file whole? Its index is checked entirely (order of times,
 * every sample within the file, count, duration) and three places are decoded:
 * the first, the middle and the last group of pictures, and the sound there.
 */
#include "base/file.h"
#include "base/str.h"
#include "media/av_util.h"
#include "media/media.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <string.h>

enum {
    MAX_GOP_FRAMES = 150, /* of one group decoded */
    AUDIO_FRAMES = 40,
    SEEK_TRIES = 4,
    SEEK_BACK_S = 2,
    WARM_UP_FRAMES = 2, /* MP3 and AAC need what was before the seek */
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

struct place {
    const AVStream *st;
    double at_s; /* on the file's own line */
};

static bool is_broken(const AVFrame *f)
{
    return (f->flags & AV_FRAME_FLAG_CORRUPT) || f->decode_error_flags != 0;
}

/* Takes the frames that are ready; counts those from `from` on, and the broken ones. */
static int take_frames(AVCodecContext *dec, AVFrame *frame, int64_t from, int *good,
                       int *bad)
{
    for (;;) {
        int r = avcodec_receive_frame(dec, frame);
        if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
            return 0;
        if (r < 0)
            return r;
        /* Pictures before the key frame may refer to what was not read. */
        bool counts =
            from == AV_NOPTS_VALUE || frame->pts == AV_NOPTS_VALUE || frame->pts >= from;
        if (counts)
            *(is_broken(frame) ? bad : good) += 1;
        av_frame_unref(frame);
    }
}

/* Decodes the group at the place the demuxer stands. */
static void decode_group(AVFormatContext *fmt, const struct place *w, AVCodecContext *dec,
                         int *good, int *bad)
{
    AVPacket *pkt = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    bool video = w->st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    int64_t from = AV_NOPTS_VALUE;
    int n = 0, limit = video ? MAX_GOP_FRAMES : AUDIO_FRAMES;
    while (pkt && frame && n < limit && av_read_frame(fmt, pkt) >= 0) {
        bool ours = pkt->stream_index == w->st->index;
        bool key = ours && (pkt->flags & AV_PKT_FLAG_KEY);
        if (video && key && n > 0) {
            av_packet_unref(pkt);
            break;
        }
        ours = ours && (n > 0 || key); /* a seek in MPEG-TS may land in mid-group */
        if (ours && n == 0 && video)
            from = pkt->pts;
        if (ours) {
            int r = avcodec_send_packet(dec, pkt);
            if (r >= 0)
                r = take_frames(dec, frame, from, good, bad);
            *bad += r < 0 && (video || n >= WARM_UP_FRAMES);
            n++;
        }
        av_packet_unref(pkt);
    }
    avcodec_send_packet(dec, NULL);
    if (frame)
        take_frames(dec, frame, from, good, bad);
    av_packet_free(&pkt);
    av_frame_free(&frame);
}

static bool check_place(AVFormatContext *fmt, const struct place *w, struct sc_error *err)
{
    int good = 0, bad = 0;
    char when[32];
    /* One thread: with frame threads a picture's error flags may be set after
     * it was handed out. */
    AVCodecContext *dec = sc_av_open_decoder(w->st, 1, err);
    if (!dec)
        return false;
    dec->skip_loop_filter = AVDISCARD_ALL; /* errors show before it */
    for (unsigned i = 0; i < fmt->nb_streams; i++)
        fmt->streams[i]->discard =
            (int)i == w->st->index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    bool found = false;
    double at_s = w->at_s;
    /* Containers without an index may put a seek behind the last key frame. */
    for (int i = 0; i < SEEK_TRIES && good + bad == 0; i++, at_s -= SEEK_BACK_S * i) {
        int64_t ts = llrint(at_s / av_q2d(w->st->time_base));
        found = av_seek_frame(fmt, w->st->index, ts, AVSEEK_FLAG_BACKWARD) >= 0 ||
                av_seek_frame(fmt, w->st->index, ts, 0) >= 0;
        avcodec_flush_buffers(dec);
        if (found)
            decode_group(fmt, w, dec, &good, &bad);
    }
    avcodec_free_context(&dec);
    if (found && good > 0 && bad == 0)
        return true;
    sc_format_time(w->at_s, when, sizeof when);
    return sc_fail(err, SC_ERR_MEDIA, "the %s at %s cannot be decoded without errors",
                   w->st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? "video" : "sound",
                   when);
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
    const double places[] = {0, length / 2, last};
    for (int i = 0; i < 3; i++) {
        struct place w = {.st = st, .at_s = start + places[i]};
        if (sc_cancel_check(cancel, err) || !check_place(fmt, &w, err))
            return false;
    }
    return true;
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
