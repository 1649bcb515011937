/* What a media file holds. */
#include "base/file.h"
#include "media/av_util.h"
#include "media/media.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_VINT = 8 };

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

/* "mov,mp4,m4a..." is one demuxer: the file's own name says which it is. */
static void name_container(const AVFormatContext *fmt, const char *path, char *to,
                           size_t size)
{
    const char *names = fmt->iformat->name, *ext = sc_path_ext(path);
    size_t n = strlen(*ext ? ext + 1 : ext);
    for (const char *p = names; n && p; p = strchr(p, ','), p = p ? p + 1 : NULL)
        if (strncmp(p, ext + 1, n) == 0 && (p[n] == ',' || p[n] == '\0')) {
            copy_text(to, size, ext + 1);
            return;
        }
    if (strncmp(names, "mov,", 4) == 0)
        names = "mp4";
    snprintf(to, size, "%.*s", (int)strcspn(names, ","), names);
}

/* An index entry beyond the end of the file: the media was cut (MP4, AVI). */
static bool index_beyond_end(const AVFormatContext *fmt, int64_t size)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        AVStream *st = fmt->streams[i];
        int n = avformat_index_get_entries_count(st);
        const AVIndexEntry *e = n > 0 ? avformat_index_get_entry(st, n - 1) : NULL;
        if (e && e->pos + e->size > size)
            return true;
    }
    return false;
}

/* An EBML number at p; *len its bytes, 0 when there is none. All ones: unknown. */
static uint64_t ebml_number(const unsigned char *p, size_t n, size_t *len,
                            bool keep_marker)
{
    size_t k = 1;
    *len = 0;
    if (n == 0 || p[0] == 0)
        return 0;
    while (!(p[0] & (0x80 >> (k - 1))))
        k++;
    if (k > n || k > MAX_VINT)
        return 0;
    uint64_t v = keep_marker ? p[0] : p[0] & (0x7fu >> (k - 1));
    bool ones = v == (0x7fu >> (k - 1));
    for (size_t i = 1; i < k; i++) {
        v = v << 8 | p[i];
        ones &= p[i] == 0xff;
    }
    *len = k;
    return ones && !keep_marker ? UINT64_MAX : v;
}

/* Where the first element of Matroska's top level after the header should end. */
static uint64_t matroska_end(const unsigned char *h, size_t n)
{
    size_t at = 0;
    for (int i = 0; i < 4 && at < n; i++) {
        size_t id_len, size_len;
        uint64_t id = ebml_number(h + at, n - at, &id_len, true);
        if (!id_len)
            return 0;
        uint64_t size = ebml_number(h + at + id_len, n - at - id_len, &size_len, false);
        if (!size_len || size == UINT64_MAX || size > INT64_MAX)
            return 0;
        at += id_len + size_len;
        if (id == 0x18538067) /* Segment */
            return at + size;
        if (size > n)
            return 0;
        at += (size_t)size;
    }
    return 0;
}

/* The container's own length field says more than there is. */
static bool header_beyond_end(const char *path, int64_t size)
{
    unsigned char h[512];
    uint64_t end = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    size_t n = fread(h, 1, sizeof h, f);
    fclose(f);
    if (n >= 12 && memcmp(h, "RIFF", 4) == 0)
        end = 8 + ((uint64_t)h[4] | (uint64_t)h[5] << 8 | (uint64_t)h[6] << 16 |
                   (uint64_t)h[7] << 24);
    else if (n >= 4 && memcmp(h, "\x1a\x45\xdf\xa3", 4) == 0)
        end = matroska_end(h, n);
    if (end >= 8 + (uint64_t)0xfffffff0) /* streamed WAV: length not known */
        return false;
    return end > (uint64_t)size + 1;
}

static void describe_video(const AVFormatContext *fmt, struct sc_media_info *o,
                           double origin)
{
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVStream *st = fmt->streams[i];
        if (st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
            (st->disposition & AV_DISPOSITION_ATTACHED_PIC))
            o->video_is_cover = true;
    }
    int v = sc_av_pick_stream((AVFormatContext *)(uintptr_t)fmt, AVMEDIA_TYPE_VIDEO);
    if (v < 0)
        return;
    const AVStream *st = fmt->streams[v];
    o->has_video = true;
    o->video_is_cover = false;
    o->width = st->codecpar->width;
    o->height = st->codecpar->height;
    AVRational rate = st->avg_frame_rate.num ? st->avg_frame_rate : st->r_frame_rate;
    o->frame_rate = rate.den ? av_q2d(rate) : 0;
    copy_text(o->video_codec, sizeof o->video_codec,
              avcodec_get_name(st->codecpar->codec_id));
    if (st->start_time != AV_NOPTS_VALUE)
        o->video_start_s =
            fmax((double)st->start_time * av_q2d(st->time_base) - origin, 0);
}

static void describe_audio(const AVFormatContext *fmt, struct sc_media_info *o,
                           double origin)
{
    int a = sc_av_pick_stream((AVFormatContext *)(uintptr_t)fmt, AVMEDIA_TYPE_AUDIO);
    if (a < 0)
        return;
    const AVStream *st = fmt->streams[a];
    o->has_audio = true;
    o->sample_rate = st->codecpar->sample_rate;
    o->channels = st->codecpar->ch_layout.nb_channels;
    copy_text(o->audio_codec, sizeof o->audio_codec,
              avcodec_get_name(st->codecpar->codec_id));
    if (st->start_time != AV_NOPTS_VALUE)
        o->audio_start_s =
            fmax((double)st->start_time * av_q2d(st->time_base) - origin, 0);
}

bool sc_media_probe(const char *path, struct sc_media_info *out, struct sc_error *err)
{
    struct sc_av_stop stop = {0};
    AVFormatContext *fmt = NULL;
    struct sc_media_info o = {0};
    if (!sc_av_open(path, &stop, &fmt, err))
        return false;
    double origin = sc_av_origin_s(fmt);
    int64_t size = sc_file_size(path);
    o.size_bytes = size > 0 ? (uint64_t)size : 0;
    name_container(fmt, path, o.container, sizeof o.container);
    describe_video(fmt, &o, origin);
    describe_audio(fmt, &o, origin);
    o.truncated = index_beyond_end(fmt, size) || header_beyond_end(path, size);
    const AVDictionaryEntry *t = av_dict_get(fmt->metadata, "title", NULL, 0);
    copy_text(o.title, sizeof o.title, t ? t->value : "");
    bool moved;
    o.duration_s = sc_av_duration_s(fmt, &moved);
    o.bit_rate = o.duration_s > 0 ? (int64_t)((double)o.size_bytes * 8 / o.duration_s)
                                  : fmt->bit_rate;
    avformat_close_input(&fmt);
    if (!o.has_video && !o.has_audio)
        return sc_fail(err, SC_ERR_MEDIA, "%s holds no video and no audio",
                       sc_path_base(path));
    *out = o;
    return true;
}
