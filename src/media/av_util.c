#include "media/av_util.h"

#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PROBE_BYTES = 32 * 1024 * 1024,
    ANALYZE_US = 20 * 1000 * 1000, /* streams may begin late in MPEG-TS */
    MAX_STREAMS = 256,
    TAIL_S = 5,
    MIN_PROBE_SCORE = 6, /* below, the format is a guess that random bytes give too */
};

/*
 * By name, because the default would also follow HLS, DASH, concat and other
 * scripts to files and hosts of their choosing.
 */
static const char allowed_formats[] =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,mp3,aac,ac3,eac3,dts,"
    "flac,ogg,wav,w64,aiff,au,caf,avi,asf,asf_o,flv,live_flv,amr,amrnb,amrwb,ape,tta,wv,"
    "mxf,gxf,nut,dv,rm,h264,hevc,m4v,ivf,obu,wtv,voc,qcp,tak,shn,mpc,mpc8,loas,latm,"
    "truehd,"
    "gsm,sln,vivo,nsv";

static pthread_once_t init_once = PTHREAD_ONCE_INIT;

/* A URL's query may hold a signature: it ends at white space or a quote. */
static void drop_queries(char *s)
{
    char *to = s;
    bool in_url = false, in_query = false;
    for (const char *p = s; *p; p++) {
        if (strncmp(p, "://", 3) == 0)
            in_url = true;
        if (strchr(" \t'\"<>", *p))
            in_url = in_query = false;
        if (in_url && (*p == '?' || *p == '#'))
            in_query = true;
        if (!in_query)
            *to++ = *p;
    }
    *to = '\0';
}

static void on_log(void *avcl, int level, const char *fmt, va_list ap)
{
    char line[512];
    if (level > AV_LOG_WARNING)
        return;
    vsnprintf(line, sizeof line, fmt, ap);
    size_t n = strlen(line);
    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        line[--n] = '\0';
    drop_queries(line);
    const AVClass *c = avcl ? *(const AVClass *const *)avcl : NULL;
    if (line[0])
        sc_debug("libav %s: %s", c ? c->class_name : "", line);
}

static void init(void)
{
    av_log_set_callback(on_log);
}

void sc_av_init(void)
{
    pthread_once(&init_once, init);
}

bool sc_av_fail(struct sc_error *err, int averr, const char *fmt, ...)
{
    char what[300], why[AV_ERROR_MAX_STRING_SIZE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (averr == AVERROR_EXIT) {
        sc_fail(err, SC_ERR_CANCELLED, "stopped on request");
        return sc_error_hint(
            err, "Everything so far is kept; run the same command again to go on.");
    }
    switch (AVUNERROR(averr)) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case ENOSPC:
    case EROFS:
    case ENOMEM:
    case EIO:
#ifdef EDQUOT
    case EDQUOT:
#endif
        return sc_fail_errno(err, AVUNERROR(averr), "%s", what);
    default:
        break;
    }
    if (av_strerror(averr, why, sizeof why) < 0)
        snprintf(why, sizeof why, "unknown reason");
    return sc_fail(err, SC_ERR_MEDIA, "%s: %s", what, why);
}

static int on_interrupt(void *user)
{
    const struct sc_av_stop *stop = user;
    return sc_cancelled(stop->cancel);
}

AVIOInterruptCB sc_av_interrupt(struct sc_av_stop *stop)
{
    return (AVIOInterruptCB){on_interrupt, stop};
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An MP4 with media but neither moov nor moof: the recorder died before the end. */
static bool is_mp4_without_index(const char *path)
{
    unsigned char h[16];
    bool brand = false, data = false, index = false;
    uint64_t at = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    for (int i = 0; i < 4096 && fseeko(f, (off_t)at, SEEK_SET) == 0; i++) {
        size_t n = fread(h, 1, sizeof h, f);
        if (n < 8)
            break;
        uint64_t size = be32(h);
        brand |= memcmp(h + 4, "ftyp", 4) == 0;
        data |= memcmp(h + 4, "mdat", 4) == 0;
        index |= memcmp(h + 4, "moov", 4) == 0;
        if (size == 1 && n == 16)
            size = (uint64_t)be32(h + 8) << 32 | be32(h + 12);
        if (size < 8 || size > INT64_MAX / 2 || at > INT64_MAX / 2)
            break;
        at += size;
    }
    fclose(f);
    return (brand || data) && !index;
}

static bool fail_to_open(const char *path, int averr, struct sc_error *err)
{
    const char *name = sc_path_base(path);
    if (averr == AVERROR_INVALIDDATA || averr == AVERROR(EINVAL) ||
        averr == AVERROR_EOF) {
        if (is_mp4_without_index(path)) {
            sc_fail(err, SC_ERR_MEDIA,
                    "%s is an MP4 without its index (moov), as when a recording or copy "
                    "was cut off before its end",
                    name);
            return sc_error_hint(err, "Copy or record the file again.");
        }
        sc_fail(err, SC_ERR_MEDIA, "%s is not a video or audio file that can be read",
                name);
        return sc_error_hint(err,
                             "Give a file such as MP4, MKV, WebM, MOV, TS, MP3 or WAV.");
    }
    return sc_av_fail(err, averr, "cannot read %s", name);
}

static bool check_is_file(const char *path, struct sc_error *err)
{
    if (sc_dir_exists(path))
        return sc_fail(err, SC_ERR_MEDIA, "%s is a folder, not a media file", path);
    int64_t size = sc_file_size(path);
    if (size < 0)
        return sc_fail_errno(err, errno, "cannot open %s", path);
    if (!sc_file_exists(path))
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "%s is a device or a pipe, not a media file", path);
    if (size == 0)
        return sc_fail(err, SC_ERR_MEDIA, "%s is empty (0 bytes)", sc_path_base(path));
    return true;
}

static bool has_media(const AVFormatContext *fmt)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVCodecParameters *c = fmt->streams[i]->codecpar;
        if (c->codec_type == AVMEDIA_TYPE_VIDEO && (c->width > 0 || c->codec_id))
            return true;
        if (c->codec_type == AVMEDIA_TYPE_AUDIO && (c->sample_rate > 0 || c->codec_id))
            return true;
    }
    return false;
}

bool sc_av_open(const char *path, struct sc_av_stop *stop, AVFormatContext **out,
                struct sc_error *err)
{
    AVDictionary *opts = NULL;
    char url[4200];
    sc_av_init();
    if (!check_is_file(path, err))
        return false;
    /* The prefix keeps a path such as "concat:a|b" a path. */
    if ((size_t)snprintf(url, sizeof url, "file:%s", path) >= sizeof url)
        return sc_fail(err, SC_ERR_INVALID, "the path is too long");
    AVFormatContext *fmt = avformat_alloc_context();
    if (!fmt)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    fmt->interrupt_callback = sc_av_interrupt(stop);
    fmt->probesize = PROBE_BYTES;
    fmt->max_analyze_duration = ANALYZE_US;
    fmt->max_streams = MAX_STREAMS;
    av_dict_set(&opts, "protocol_whitelist", "file", 0);
    av_dict_set(&opts, "format_whitelist", allowed_formats, 0);
    int r = avformat_open_input(&fmt, url, NULL, &opts); /* frees fmt when it fails */
    av_dict_free(&opts);
    if (r < 0)
        return fail_to_open(path, r, err);
    bool guess = fmt->probe_score < MIN_PROBE_SCORE;
    r = avformat_find_stream_info(fmt, NULL);
    if (sc_cancelled(stop->cancel))
        r = AVERROR_EXIT;
    if (r < 0 || guess || !has_media(fmt)) {
        avformat_close_input(&fmt);
        return fail_to_open(path, r < 0 ? r : AVERROR_INVALIDDATA, err);
    }
    *out = fmt;
    return true;
}

static bool is_av(const AVStream *st)
{
    enum AVMediaType t = st->codecpar->codec_type;
    return (t == AVMEDIA_TYPE_VIDEO &&
            !(st->disposition & AV_DISPOSITION_ATTACHED_PIC)) ||
           t == AVMEDIA_TYPE_AUDIO;
}

double sc_av_origin_s(const AVFormatContext *fmt)
{
    double first = INFINITY;
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVStream *st = fmt->streams[i];
        if (is_av(st) && st->start_time != AV_NOPTS_VALUE)
            first = fmin(first, (double)st->start_time * av_q2d(st->time_base));
    }
    /* MP4 and Matroska have a time line of their own; what lies just before 0
     * is a codec's priming (Opus in WebM), which is never presented. */
    bool own_line =
        strstr(fmt->iformat->name, "mp4") || strstr(fmt->iformat->name, "matroska");
    if (own_line && first < 0 && first > -1)
        first = 0;
    return isfinite(first) ? first : 0;
}

int sc_av_pick_stream(AVFormatContext *fmt, enum AVMediaType type)
{
    int i = av_find_best_stream(fmt, type, -1, -1, NULL, 0);
    if (i < 0 || is_av(fmt->streams[i]))
        return i < 0 ? -1 : i;
    for (unsigned k = 0; k < fmt->nb_streams; k++)
        if (is_av(fmt->streams[k]) && fmt->streams[k]->codecpar->codec_type == type)
            return (int)k;
    return -1;
}

AVCodecContext *sc_av_open_decoder(const AVStream *st, int threads, struct sc_error *err)
{
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);
    if (!codec) {
        sc_fail(err, SC_ERR_UNSUPPORTED, "this FFmpeg has no decoder for %s",
                avcodec_get_name(st->codecpar->codec_id));
        return NULL;
    }
    AVCodecContext *dec = avcodec_alloc_context3(codec);
    int r = dec ? avcodec_parameters_to_context(dec, st->codecpar) : AVERROR(ENOMEM);
    if (r >= 0) {
        dec->pkt_timebase = st->time_base;
        dec->thread_count = threads;
        r = avcodec_open2(dec, codec, NULL);
    }
    if (r < 0) {
        sc_av_fail(err, r, "cannot decode %s", codec->name);
        avcodec_free_context(&dec);
    }
    return dec;
}

/* The end of the last packet, by reading all from where the file stands. */
static double scan_end_s(AVFormatContext *fmt, double origin_s)
{
    double end = 0;
    AVPacket *pkt = av_packet_alloc();
    while (pkt && av_read_frame(fmt, pkt) >= 0) {
        const AVStream *st = fmt->streams[pkt->stream_index];
        int64_t ts = pkt->pts != AV_NOPTS_VALUE ? pkt->pts : pkt->dts;
        if (is_av(st) && ts != AV_NOPTS_VALUE)
            end = fmax(end,
                       (double)(ts + pkt->duration) * av_q2d(st->time_base) - origin_s);
        av_packet_unref(pkt);
    }
    av_packet_free(&pkt);
    return end;
}

double sc_av_duration_s(AVFormatContext *fmt, bool *moved)
{
    double origin = sc_av_origin_s(fmt), end = 0;
    *moved = true;
    if (fmt->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE ||
        fmt->duration == AV_NOPTS_VALUE || fmt->duration <= 0) {
        av_seek_frame(fmt, -1, INT64_MIN, AVSEEK_FLAG_BACKWARD);
        return scan_end_s(fmt, origin);
    }
    double about = (double)fmt->duration / AV_TIME_BASE;
    if (fmt->duration_estimation_method == AVFMT_DURATION_FROM_PTS) {
        /* MPEG-TS: libavformat looks at the last packets' beginnings only. */
        int64_t near = (int64_t)((origin + fmax(about - TAIL_S, 0)) * AV_TIME_BASE);
        if (av_seek_frame(fmt, -1, near, AVSEEK_FLAG_BACKWARD) >= 0)
            end = scan_end_s(fmt, origin);
        return fmax(end, about);
    }
    *moved = false;
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVStream *st = fmt->streams[i];
        if (is_av(st) && st->duration > 0 && st->start_time != AV_NOPTS_VALUE)
            end = fmax(end,
                       (double)(st->start_time + st->duration) * av_q2d(st->time_base) -
                           origin);
    }
    return end > 0 ? end : about;
}
