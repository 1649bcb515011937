/*
 * Audio as 16 kHz mono on the lecture's time line.
 *
 * Output sample i belongs to the time i / 16000 after the file's origin (its
 * earliest frame), whatever the source does. Decoded frames go into a resampler
 * as one gapless "run"; a frame whose timestamp disagrees with the count of
 * samples so far is put right:
 *   - a small hole (lost or damaged packets): zeros go into the resampler;
 *   - an overlap: the frame loses its beginning;
 *   - a big hole, a new rate or layout: the run ends and another begins at its
 *     own place; the reader fills what lies between with silence;
 *   - a slow drift (recorder's clock against its timestamps): the resampler is
 *     stretched by that little over the next seconds.
 *
 * Every run begins at an input sample whose time is a whole number of output
 * samples, so that a run that begins after a seek lies on the same grid as one
 * read from the start, and gives the same samples once the filters have warmed
 * up on PREROLL_S of audio before the target.
 */
#include "media/av_util.h"
#include "media/media.h"

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_RATE = 1000,
    MAX_RATE = 768000,
    MAX_BAD_READS = 200,   /* read errors in a row until the rest counts as lost */
    MAX_SKIP_AHEAD_S = 20, /* a seek this far forward just reads on */
    DRAIN_ROOM = 1024,     /* samples beyond libswresample's estimate */
    STRETCHES_PER_S = 2,   /* a drift is put right over half a second */
    MEAN_OF_FRAMES = 24,   /* timestamps jitter: only their mean is a drift */
};
static const double PREROLL_S = 1.0;
static const double HOLE_S = 0.0025; /* above the jitter of ms timestamps */
static const double RESTART_S = 1.0; /* a longer hole ends the run */
static const double DRIFT_S = 0.00025;
static const double JUMP_BACK_S = 1.0; /* further back, the clock was set anew */
static const double JUMP_ON_S = 30.0;  /* same, forward, in formats known for it */

struct sc_pcm {
    char *path;
    struct sc_av_stop stop; /* its address is in fmt */
    AVFormatContext *fmt;
    AVCodecContext *dec;
    SwrContext *swr; /* NULL between runs */
    AVPacket *pkt;
    AVFrame *frame;
    int stream;
    double origin_s, duration_s;
    /*
     * Whether seeks land on true times. In bare MP3, ADTS... times after a seek
     * are guesses from the bit rate: there we read from the start, which is
     * cheap without decoding.
     */
    bool indexed;
    bool clocked; /* its timestamps are a clock, not a count of samples */

    int rate, format; /* of the run */
    AVChannelLayout layout;
    int64_t in_pos;       /* input samples from the origin, next one the run takes */
    double mean_diff;     /* timestamps against the count, input samples */
    int64_t stretched_to; /* in_pos at which the stretching under way ends */
    double shift_s;       /* added to timestamps after the source's clock was set anew */
    bool held;            /* frame waits to begin a run */
    bool drained, at_end; /* no more packets; no more frames */
    int bad_reads;
    int64_t skip_before; /* stream ticks: packets before are not decoded */

    float *buf; /* decoded samples, from index buf_pos on */
    size_t buf_len, buf_cap;
    int64_t buf_pos;
    int64_t out_pos; /* the next sample to hand out */
};

static void end_run(struct sc_pcm *p)
{
    swr_free(&p->swr);
    av_channel_layout_uninit(&p->layout);
}

static void close_input(struct sc_pcm *p)
{
    end_run(p);
    avcodec_free_context(&p->dec);
    avformat_close_input(&p->fmt);
}

void sc_pcm_close(struct sc_pcm *p)
{
    if (!p)
        return;
    close_input(p);
    av_packet_free(&p->pkt);
    av_frame_free(&p->frame);
    free(p->buf);
    free(p->path);
    free(p);
}

static bool is_among(const AVFormatContext *fmt, const char *names)
{
    size_t n = strlen(fmt->iformat->name);
    for (const char *p = names; (p = strstr(p, fmt->iformat->name)); p += n)
        if ((p == names || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

static bool open_input(struct sc_pcm *p, struct sc_error *err)
{
    if (!sc_av_open(p->path, &p->stop, &p->fmt, err))
        return false;
    p->stream = sc_av_pick_stream(p->fmt, AVMEDIA_TYPE_AUDIO);
    if (p->stream < 0)
        return sc_fail(err, SC_ERR_MEDIA, "the file has no audio");
    p->dec = sc_av_open_decoder(p->fmt->streams[p->stream], 1, err);
    if (!p->dec)
        return false;
    for (unsigned i = 0; i < p->fmt->nb_streams; i++)
        if ((int)i != p->stream)
            p->fmt->streams[i]->discard = AVDISCARD_ALL;
    p->indexed =
        is_among(p->fmt, "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm mpegts wav w64 ogg");
    p->clocked =
        is_among(p->fmt, "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm mpegts mpeg flv asf");
    p->skip_before = INT64_MIN;
    p->shift_s = 0;
    p->drained = p->at_end = p->held = false;
    p->bad_reads = 0;
    return true;
}

bool sc_pcm_open(const char *path, struct sc_pcm **out, struct sc_error *err)
{
    struct sc_pcm *p = calloc(1, sizeof *p);
    if (p) {
        p->path = strdup(path);
        p->pkt = av_packet_alloc();
        p->frame = av_frame_alloc();
    }
    if (!p || !p->path || !p->pkt || !p->frame) {
        sc_pcm_close(p);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    if (!open_input(p, err))
        goto fail;
    p->origin_s = sc_av_origin_s(p->fmt);
    bool moved;
    p->duration_s = sc_av_duration_s(p->fmt, &moved);
    if (moved) {
        close_input(p);
        if (!open_input(p, err))
            goto fail;
    }
    *out = p;
    return true;
fail:
    sc_pcm_close(p);
    return false;
}

double sc_pcm_duration_s(const struct sc_pcm *p)
{
    return p->duration_s;
}

/* ---- the resampler ---- */

static bool grow(struct sc_pcm *p, size_t extra, struct sc_error *err)
{
    size_t need = p->buf_len + extra;
    if (need <= p->buf_cap)
        return true;
    size_t cap = need + need / 2 + 4096;
    float *b = realloc(p->buf, cap * sizeof *b);
    if (!b)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    p->buf = b;
    p->buf_cap = cap;
    return true;
}

/* n input samples (data NULL: drains the filter's tail) to the buffer. */
static bool push(struct sc_pcm *p, const uint8_t **data, int n, struct sc_error *err)
{
    int room = swr_get_out_samples(p->swr, n) + (data ? 0 : DRAIN_ROOM);
    if (room < 0 || !grow(p, (size_t)room, err))
        return room < 0 ? sc_av_fail(err, room, "cannot resample the audio") : false;
    uint8_t *to = (uint8_t *)(p->buf + p->buf_len);
    int got = swr_convert(p->swr, &to, room, data, n);
    if (got < 0)
        return sc_av_fail(err, got, "cannot resample the audio");
    p->buf_len += (size_t)got;
    p->in_pos += data ? n : 0;
    return true;
}

static bool push_zeros(struct sc_pcm *p, int64_t n, struct sc_error *err)
{
    uint8_t *planes[AV_NUM_DATA_POINTERS * 8] = {0};
    int channels = p->layout.nb_channels, linesize = 0;
    enum { CHUNK = 4096 };
    if (channels > AV_NUM_DATA_POINTERS * 8)
        return sc_fail(err, SC_ERR_UNSUPPORTED, "the audio has %d channels", channels);
    int r = av_samples_alloc(planes, &linesize, channels, CHUNK,
                             (enum AVSampleFormat)p->format, 0);
    if (r < 0)
        return sc_av_fail(err, r, "cannot resample the audio");
    av_samples_set_silence(planes, 0, CHUNK, channels, (enum AVSampleFormat)p->format);
    bool ok = true;
    for (; ok && n > 0; n -= CHUNK)
        ok = push(p, (const uint8_t **)planes, n < CHUNK ? (int)n : CHUNK, err);
    av_freep(&planes[0]);
    return ok;
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Begins a run for the frame whose first sample is number n; buf is empty. */
static bool begin_run(struct sc_pcm *p, const AVFrame *f, int64_t n, struct sc_error *err)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO, in = {0};
    /* An unknown order (plain WAV with 3 channels...) still has a count. */
    int r = f->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC
                ? (av_channel_layout_default(&in, f->ch_layout.nb_channels), 0)
                : av_channel_layout_copy(&in, &f->ch_layout);
    if (r >= 0)
        r = swr_alloc_set_opts2(&p->swr, &mono, AV_SAMPLE_FMT_FLT, SC_PCM_RATE, &in,
                                (enum AVSampleFormat)f->format, f->sample_rate, 0, NULL);
    if (r >= 0) {
        /* Always the resampler, so that stretching never has to restart it. */
        av_opt_set_int(p->swr, "flags", SWR_FLAG_RESAMPLE, 0);
        r = swr_init(p->swr);
    }
    if (r < 0) {
        av_channel_layout_uninit(&in);
        swr_free(&p->swr);
        return sc_av_fail(err, r, "cannot resample the audio");
    }
    p->layout = in;
    p->rate = f->sample_rate;
    p->format = f->format;
    p->mean_diff = 0;
    p->stretched_to = INT64_MIN;
    int64_t step = p->rate / gcd(p->rate, SC_PCM_RATE);
    int64_t start = n >= 0 ? n / step * step : -((-n + step - 1) / step) * step;
    p->in_pos = start;
    p->buf_pos = start / step * (SC_PCM_RATE / gcd(p->rate, SC_PCM_RATE));
    return push_zeros(p, n - start, err);
}

static bool same_kind(const struct sc_pcm *p, const AVFrame *f)
{
    return f->sample_rate == p->rate && f->format == p->format &&
           f->ch_layout.nb_channels == p->layout.nb_channels &&
           (f->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC ||
            av_channel_layout_compare(&f->ch_layout, &p->layout) == 0);
}

/* ---- timestamps to places ---- */

/* The frame's first sample, counted from the origin in its own rate. */
static int64_t place_of(struct sc_pcm *p, const AVFrame *f)
{
    int64_t ts =
        f->best_effort_timestamp != AV_NOPTS_VALUE ? f->best_effort_timestamp : f->pts;
    double expected_s = p->swr ? (double)p->in_pos / p->rate
                               : (double)(p->buf_pos + (int64_t)p->buf_len) / SC_PCM_RATE;
    if (ts == AV_NOPTS_VALUE)
        return llrint(expected_s * f->sample_rate);
    double t = (double)ts * av_q2d(p->fmt->streams[p->stream]->time_base) - p->origin_s;
    double ahead = t + p->shift_s - expected_s;
    bool set_anew = (p->fmt->iformat->flags & AVFMT_TS_DISCONT) && ahead > JUMP_ON_S &&
                    p->swr != NULL;
    bool beyond = p->duration_s > 0 && t + p->shift_s > p->duration_s + 60;
    if (p->swr && (ahead < -JUMP_BACK_S || set_anew || beyond))
        p->shift_s -= ahead;
    else if (beyond) /* nothing to go on from: hours of invented silence help nobody */
        p->shift_s = expected_s - t;
    return llrint((t + p->shift_s) * f->sample_rate);
}

static bool push_frame(struct sc_pcm *p, AVFrame *f, int skip, struct sc_error *err)
{
    const uint8_t *planes[AV_NUM_DATA_POINTERS * 8] = {0};
    enum AVSampleFormat fmt = (enum AVSampleFormat)f->format;
    int bytes = av_get_bytes_per_sample(fmt), channels = f->ch_layout.nb_channels;
    bool planar = av_sample_fmt_is_planar(fmt) != 0;
    int n_planes = planar ? channels : 1;
    if (n_planes > AV_NUM_DATA_POINTERS * 8)
        return sc_fail(err, SC_ERR_UNSUPPORTED, "the audio has %d channels", channels);
    for (int i = 0; i < n_planes; i++)
        planes[i] = f->extended_data[i] +
                    (size_t)skip * (size_t)bytes * (size_t)(planar ? 1 : channels);
    return push(p, planes, f->nb_samples - skip, err);
}

/* Stretches the sound when its timestamps drift away from the count of samples. */
static void follow_drift(struct sc_pcm *p, int64_t diff)
{
    if (!p->clocked)
        return;
    p->mean_diff += ((double)diff - p->mean_diff) / MEAN_OF_FRAMES;
    /* One stretch at a time: a new one would end the one under way. */
    if (fabs(p->mean_diff) <= DRIFT_S * p->rate || p->in_pos < p->stretched_to)
        return;
    int samples = (int)llrint(p->mean_diff * SC_PCM_RATE / p->rate);
    int64_t by = llrint((double)samples * p->rate / SC_PCM_RATE);
    swr_set_compensation(p->swr, samples, SC_PCM_RATE / STRETCHES_PER_S);
    p->in_pos += by;
    p->stretched_to = p->in_pos + p->rate / STRETCHES_PER_S;
    p->mean_diff -= (double)by;
}

/* Puts the frame on the time line; may leave it held for the next run. */
static bool take_frame(struct sc_pcm *p, struct sc_error *err)
{
    AVFrame *f = p->frame;
    if (f->sample_rate < MIN_RATE || f->sample_rate > MAX_RATE || f->nb_samples <= 0)
        return true;
    int64_t n = place_of(p, f);
    int64_t diff = p->swr ? n - p->in_pos : 0;
    double diff_s = (double)diff / f->sample_rate;
    if (p->swr && (!same_kind(p, f) || diff_s > RESTART_S)) {
        bool ok = push(p, NULL, 0, err);
        end_run(p);
        p->held = true;
        return ok;
    }
    if (!p->swr && !begin_run(p, f, n, err))
        return false;
    if (diff_s > HOLE_S) {
        if (!push_zeros(p, diff, err))
            return false;
        diff = 0;
    }
    int skip = 0;
    if (diff_s < -HOLE_S) {
        if (-diff >= f->nb_samples)
            return true;
        skip = (int)-diff;
        diff = 0;
    }
    follow_drift(p, diff);
    return push_frame(p, f, skip, err);
}

/* ---- packets ---- */

/* Sends the next packet of the stream to the decoder. */
static bool feed_decoder(struct sc_pcm *p, struct sc_error *err)
{
    int r = av_read_frame(p->fmt, p->pkt);
    if (r == AVERROR_EXIT || sc_cancelled(p->stop.cancel)) {
        av_packet_unref(p->pkt);
        return sc_av_fail(err, AVERROR_EXIT, "reading audio");
    }
    if (r == AVERROR(EIO) || r == AVERROR(ENOMEM))
        return sc_av_fail(err, r, "cannot read the audio");
    if (r < 0) {
        /* Damage that the demuxer may get past; else what was there is the whole. */
        if (r == AVERROR_EOF || ++p->bad_reads > MAX_BAD_READS) {
            p->drained = true;
            avcodec_send_packet(p->dec, NULL);
        }
        return true;
    }
    p->bad_reads = 0;
    int64_t ts = p->pkt->pts != AV_NOPTS_VALUE ? p->pkt->pts : p->pkt->dts;
    bool early =
        p->skip_before != INT64_MIN && ts != AV_NOPTS_VALUE && ts < p->skip_before;
    if (p->pkt->stream_index == p->stream && !early) {
        p->skip_before = INT64_MIN;
        r = avcodec_send_packet(p->dec, p->pkt);
        if (r == AVERROR(ENOMEM)) {
            av_packet_unref(p->pkt);
            return sc_av_fail(err, r, "cannot decode the audio");
        }
    }
    av_packet_unref(p->pkt);
    return true;
}

/* Decodes until the (empty) buffer holds samples, or the end. */
static bool fill(struct sc_pcm *p, struct sc_error *err)
{
    while (p->buf_len == 0 && !p->at_end) {
        int r = p->held ? 0 : avcodec_receive_frame(p->dec, p->frame);
        if (r == 0) {
            p->held = false;
            if (!take_frame(p, err))
                return false;
        } else if (r == AVERROR_EOF || (p->drained && r != 0)) {
            p->at_end = true;
            if (p->swr && !push(p, NULL, 0, err))
                return false;
            end_run(p);
        } else if (!feed_decoder(p, err)) {
            return false;
        }
    }
    return true;
}

bool sc_pcm_read(struct sc_pcm *p, float *samples, size_t n, size_t *got,
                 const struct sc_cancel *cancel, struct sc_error *err)
{
    size_t done = 0;
    p->stop.cancel = cancel;
    while (done < n) {
        if (p->buf_len > 0 && p->buf_pos + (int64_t)p->buf_len <= p->out_pos) {
            p->buf_pos += (int64_t)p->buf_len; /* all of it lies before the target */
            p->buf_len = 0;
        }
        if (p->buf_len == 0) {
            if (p->at_end)
                break;
            if (sc_cancel_check(cancel, err) || !fill(p, err))
                return false;
            continue;
        }
        size_t room = n - done, take;
        if (p->buf_pos > p->out_pos) {
            int64_t gap = p->buf_pos - p->out_pos;
            take = gap < (int64_t)room ? (size_t)gap : room;
            memset(samples + done, 0, take * sizeof *samples);
        } else {
            size_t from = (size_t)(p->out_pos - p->buf_pos);
            take = p->buf_len - from < room ? p->buf_len - from : room;
            memcpy(samples + done, p->buf + from, take * sizeof *samples);
            if (from + take == p->buf_len) {
                p->buf_pos += (int64_t)p->buf_len;
                p->buf_len = 0;
            }
        }
        p->out_pos += (int64_t)take;
        done += take;
    }
    *got = done;
    return true;
}

/* ---- seeking ---- */

static void forget(struct sc_pcm *p)
{
    end_run(p);
    p->buf_len = 0;
    p->buf_pos = 0;
    p->held = p->drained = p->at_end = false;
    p->bad_reads = 0;
}

/* Positions the demuxer at or before ts; false when it cannot be told that it did. */
static bool seek_container(struct sc_pcm *p, int64_t ts)
{
    if (!p->indexed || p->shift_s != 0 ||
        av_seek_frame(p->fmt, p->stream, ts, AVSEEK_FLAG_BACKWARD) < 0)
        return false;
    avcodec_flush_buffers(p->dec);
    return true;
}

bool sc_pcm_seek(struct sc_pcm *p, double time_s, struct sc_error *err)
{
    if (!(time_s >= 0) || time_s > 1e7)
        return sc_fail(err, SC_ERR_INVALID, "cannot go to %g s", time_s);
    int64_t target = llrint(time_s * SC_PCM_RATE);
    int64_t ahead = target - p->out_pos;
    p->stop.cancel = NULL;
    if (ahead >= 0 && ahead < (int64_t)MAX_SKIP_AHEAD_S * SC_PCM_RATE) {
        p->out_pos = target;
        return true;
    }
    const AVStream *st = p->fmt->streams[p->stream];
    double from_s = time_s - PREROLL_S + p->origin_s;
    int64_t ts = llrint(from_s / av_q2d(st->time_base));
    if (time_s <= PREROLL_S || !seek_container(p, ts)) {
        close_input(p);
        if (!open_input(p, err))
            return false;
        if (time_s > PREROLL_S)
            p->skip_before = ts;
    }
    forget(p);
    p->out_pos = target;
    return true;
}
