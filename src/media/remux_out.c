/*
 * The MP4 file. Room for the index (moov) is left in front of the media, so
 * that the finished file starts fast without being copied. How much is needed
 * is estimated from the expected duration; the true need is known before the
 * index is written, and when the room is too small the index goes to the end
 * and the caller makes a second pass with the right room.
 *
 * Nothing in the file depends on when or where it was made: the same packets
 * give the same bytes.
 */
#include "media/remux_int.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IO_BYTES = 256 * 1024, /* stays in the cache */
    FLUSH_BYTES = 4 * 1024 * 1024,
    FIXED_ROOM = 64 * 1024, /* everything but the sample tables */
    CHUNK_BYTES = 1 << 20,  /* libavformat begins a new chunk after this */
    VIDEO_TIMESCALE = 90000,
    SPARE_RATE = 48000,
    DEFAULT_FPS = 30,
    MAX_ROOM = 1 << 30,
};

struct track_stats {
    int64_t n, keys, time_runs, offset_runs, chunks, chunk_bytes;
    int64_t last_dts, last_step, last_offset;
};

struct remux_out {
    char *path, *part;
    int fd;
    AVFormatContext *fmt;
    AVIOContext *io;
    struct remux_track *tracks; /* borrowed */
    bool spare[REMUX_KINDS];    /* the track's kind was not known at the start */
    struct track_stats stats[REMUX_KINDS];
    int last_kind;
    uint64_t room; /* reserved for the index */
    int64_t end;   /* flicks: end of the last sample shown */
    bool header, committed, caller_flushes;
    int io_errno; /* first failure of the file itself */
    int unflushed;
};

/* ---- the file under AVIO ---- */

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int write_file(void *user, const uint8_t *buf, int size)
#else
static int write_file(void *user, uint8_t *buf, int size)
#endif
{
    struct remux_out *o = user;
    for (int done = 0; done < size;) {
        ssize_t n = write(o->fd, buf + done, (size_t)(size - done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            o->io_errno = o->io_errno ? o->io_errno : (n < 0 ? errno : EIO);
            return AVERROR(o->io_errno);
        }
        done += (int)n;
    }
#ifdef SYNC_FILE_RANGE_WRITE
    /* Starts the disk early, so that the last fsync has little left to wait for. */
    o->unflushed += size;
    if (o->unflushed >= FLUSH_BYTES) {
        (void)sync_file_range(o->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        o->unflushed = 0;
    }
#endif
    return size;
}

static int64_t seek_file(void *user, int64_t offset, int whence)
{
    struct remux_out *o = user;
    if (whence == AVSEEK_SIZE)
        return sc_file_size(o->part);
    off_t at = lseek(o->fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : (int64_t)at;
}

static bool fail_write(const struct remux_out *o, int averr, struct sc_error *err)
{
    if (o->io_errno)
        return sc_fail_errno(err, o->io_errno, "cannot write %s", sc_path_base(o->part));
    return sc_av_fail(err, averr, "cannot write %s", sc_path_base(o->part));
}

/* ---- tracks ---- */

static void fill_spare(AVCodecParameters *par, int kind)
{
    if (kind == REMUX_VIDEO) {
        par->codec_type = AVMEDIA_TYPE_VIDEO;
        par->codec_id = AV_CODEC_ID_H264;
        par->width = par->height = 16;
    } else {
        par->codec_type = AVMEDIA_TYPE_AUDIO;
        par->codec_id = AV_CODEC_ID_AAC;
        par->sample_rate = SPARE_RATE;
        av_channel_layout_default(&par->ch_layout, 2);
    }
}

static bool add_track(struct remux_out *o, int kind, struct sc_error *err)
{
    const AVCodecParameters *par = o->tracks[kind].par;
    AVStream *st = avformat_new_stream(o->fmt, NULL);
    if (!st)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    o->spare[kind] = par == NULL;
    if (!par) {
        fill_spare(st->codecpar, kind);
    } else {
        if (avformat_query_codec(o->fmt->oformat, par->codec_id, FF_COMPLIANCE_NORMAL) !=
            1) {
            sc_fail(err, SC_ERR_UNSUPPORTED, "%s cannot be stored in an MP4",
                    avcodec_get_name(par->codec_id));
            return false;
        }
        if (avcodec_parameters_copy(st->codecpar, par) < 0)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        st->codecpar->codec_tag = 0;
        /* Kept only when the source's samples have that form already. */
        if (par->codec_id == AV_CODEC_ID_HEVC &&
            par->codec_tag == MKTAG('h', 'v', 'c', '1'))
            st->codecpar->codec_tag = par->codec_tag;
    }
    st->time_base = kind == REMUX_VIDEO ? (AVRational){1, VIDEO_TIMESCALE}
                                        : (AVRational){1, st->codecpar->sample_rate};
    return true;
}

/* Bytes of index that the packets of `seconds` should need, generously. */
static uint64_t estimate_room(const struct remux_out *o, double seconds)
{
    double per_s = 0;
    const AVCodecParameters *a = o->tracks[REMUX_AUDIO].par,
                            *v = o->tracks[REMUX_VIDEO].par;
    if (v) {
        AVRational r = o->tracks[REMUX_VIDEO].rate;
        double fps = r.num > 0 && r.den > 0 ? av_q2d(r) : DEFAULT_FPS;
        if (fps < 1 || fps > 240)
            fps = DEFAULT_FPS;
        per_s +=
            fps * (4 + 8 + 8 + 1 + 2) + 2 * 20; /* stsz stts ctts sdtp stss; chunks */
    }
    if (a) {
        double rate = a->frame_size > 0 ? (double)a->sample_rate / a->frame_size : 50;
        per_s += rate * (4 + 1) + 2 * 20;
    }
    double room = FIXED_ROOM + per_s * (seconds + 10);
    return room < MAX_ROOM ? (uint64_t)room : MAX_ROOM;
}

/* What the index needs at most, now that all packets are known. */
static uint64_t true_room(const struct remux_out *o)
{
    uint64_t n = 16 * 1024;
    for (int k = 0; k < REMUX_KINDS; k++) {
        const struct track_stats *t = &o->stats[k];
        const AVCodecParameters *par = o->fmt->streams[k]->codecpar;
        n += (uint64_t)(t->n * 5 + t->keys * 4 + (t->time_runs + t->offset_runs + 2) * 8 +
                        (t->chunks + 2) * 20);
        n += (uint64_t)FFMAX(par->extradata_size, 0) + 1024;
    }
    return n;
}

static bool open_file(struct remux_out *o, const char *path, struct sc_error *err)
{
    o->path = sc_strdup(path);
    o->part = sc_strf("%s.part", path);
    if (!o->path || !o->part)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    o->fd = open(o->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (o->fd < 0)
        return sc_fail_errno(err, errno, "cannot create %s", o->part);
    uint8_t *buf = av_malloc(IO_BYTES);
    o->io =
        buf ? avio_alloc_context(buf, IO_BYTES, 1, o, NULL, write_file, seek_file) : NULL;
    if (!o->io) {
        av_free(buf);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    return true;
}

bool remux_out_open(struct remux_out **out, const char *path, struct remux_track *tracks,
                    const struct sc_remux_options *opts, uint64_t reserve_bytes,
                    struct sc_error *err)
{
    struct remux_out *o = calloc(1, sizeof *o);
    AVDictionary *dict = NULL;
    if (!o)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    o->fd = -1;
    o->last_kind = -1;
    o->tracks = tracks;
    o->caller_flushes = opts->caller_flushes;
    if (!open_file(o, path, err))
        goto fail;
    if (avformat_alloc_output_context2(&o->fmt, NULL, "mp4", NULL) < 0) {
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
        goto fail;
    }
    o->fmt->pb = o->io;
    o->fmt->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    /* Or each packet would be a write of its own. */
    o->fmt->flags &= ~AVFMT_FLAG_FLUSH_PACKETS;
    o->fmt->flush_packets = 0;
    o->fmt->max_interleave_delta = 0;
    if (!add_track(o, REMUX_VIDEO, err) || !add_track(o, REMUX_AUDIO, err))
        goto fail;
    if (opts->title && opts->title[0])
        av_dict_set(&o->fmt->metadata, "title", opts->title, 0);
    o->room = reserve_bytes ? reserve_bytes : estimate_room(o, opts->expected_duration_s);
    av_dict_set_int(&dict, "moov_size", (int64_t)o->room, 0);
    av_dict_set_int(&dict, "movie_timescale", VIDEO_TIMESCALE, 0);
    av_dict_set_int(&dict, "video_track_timescale", VIDEO_TIMESCALE, 0);
    av_dict_set(&dict, "write_tmcd", "0", 0);
    int r = avformat_write_header(o->fmt, &dict);
    av_dict_free(&dict);
    if (r < 0) {
        fail_write(o, r, err);
        goto fail;
    }
    o->header = true;
    *out = o;
    return true;
fail:
    remux_out_destroy(o);
    return false;
}

/* ---- packets ---- */

/* The kind that was missing at the start shows up: the spare track becomes it. */
static bool use_spare(struct remux_out *o, int kind, AVPacket *pkt, struct sc_error *err)
{
    const AVCodecParameters *par = o->tracks[kind].par;
    AVCodecParameters *to = o->fmt->streams[kind]->codecpar;
    uint32_t tag = to->codec_tag;
    if (par->codec_id != to->codec_id) {
        sc_fail(err, SC_ERR_UNSUPPORTED, "the stream begins without %s and gets %s later",
                kind == REMUX_VIDEO ? "video" : "audio", avcodec_get_name(par->codec_id));
        return sc_error_hint(
            err, "Download that part as a separate time range (--from, --to).");
    }
    if (avcodec_parameters_copy(to, par) < 0)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    to->codec_tag = tag;
    o->spare[kind] = false;
    if (kind == REMUX_AUDIO && par->extradata_size > 0) {
        uint8_t *side = av_packet_new_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA,
                                                (size_t)par->extradata_size);
        if (!side)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        memcpy(side, par->extradata, (size_t)par->extradata_size);
        /* The muxer takes it only where it differs from what it has. */
        av_freep(&to->extradata);
        to->extradata_size = 0;
    }
    return true;
}

/* Counts what the index will hold, from the times in the track's own ticks. */
static void count(struct remux_out *o, int kind, const AVPacket *pkt)
{
    struct track_stats *t = &o->stats[kind];
    int64_t step = pkt->dts - t->last_dts, offset = pkt->pts - pkt->dts;
    t->time_runs += t->n == 0 || step != t->last_step;
    t->offset_runs += t->n == 0 || offset != t->last_offset;
    t->chunk_bytes += pkt->size;
    if (o->last_kind != kind || t->chunk_bytes > CHUNK_BYTES) {
        t->chunks++;
        t->chunk_bytes = pkt->size;
    }
    t->keys += (pkt->flags & AV_PKT_FLAG_KEY) != 0 && kind == REMUX_VIDEO;
    t->last_step = step;
    t->last_offset = offset;
    t->last_dts = pkt->dts;
    t->n++;
    o->last_kind = kind;
}

bool remux_out_write_take(struct remux_out *o, AVPacket *pkt, struct sc_error *err)
{
    int kind = pkt->stream_index;
    if (o->spare[kind] && !use_spare(o, kind, pkt, err))
        return false;
    int64_t end = pkt->pts + pkt->duration;
    if (end > o->end)
        o->end = end;
    av_packet_rescale_ts(pkt, FLICK_TB, o->fmt->streams[kind]->time_base);
    struct track_stats *t = &o->stats[kind];
    if (t->n > 0 && pkt->dts <= t->last_dts)
        pkt->dts = t->last_dts + 1;
    if (pkt->pts < pkt->dts)
        pkt->pts = pkt->dts;
    count(o, kind, pkt);
    pkt->pos = -1;
    int r = av_write_frame(o->fmt, pkt);
    if (r >= 0 && o->io->error < 0)
        r = o->io->error;
    av_packet_unref(pkt);
    return r >= 0 || fail_write(o, r, err);
}

/* ---- the end ---- */

/* Turns the unused room into a box that readers skip. */
static bool mark_room_free(struct remux_out *o, int64_t at, struct sc_error *err)
{
    uint8_t h[8] = {(uint8_t)(o->room >> 24),
                    (uint8_t)(o->room >> 16),
                    (uint8_t)(o->room >> 8),
                    (uint8_t)o->room,
                    'f',
                    'r',
                    'e',
                    'e'};
    return pwrite(o->fd, h, sizeof h, (off_t)at) == (ssize_t)sizeof h ||
           sc_fail_errno(err, errno, "cannot write %s", sc_path_base(o->part));
}

/* The folder is flushed with the file: its entry would wait for all of the data. */
static bool give_name(struct remux_out *o, struct sc_error *err)
{
    if (!o->caller_flushes)
        return sc_file_rename(o->part, o->path, err);
    return rename(o->part, o->path) == 0 ||
           sc_fail_errno(err, errno, "cannot write %s", sc_path_base(o->path));
}

bool remux_out_commit(struct remux_out *o, struct sc_remux_result *res, uint64_t *needed,
                      struct sc_error *err)
{
    uint8_t h[8];
    uint64_t need = true_room(o);
    bool fits = need <= o->room;
    *needed = fits ? 0 : need + need / 64;
    if (!fits)
        av_opt_set_int(o->fmt->priv_data, "moov_size", 0, 0);
    int r = av_write_trailer(o->fmt);
    avio_flush(o->io);
    if (r >= 0 && o->io->error < 0)
        r = o->io->error;
    if (r < 0)
        return fail_write(o, r, err);
    o->header = false;
    res->n_video_packets = (uint64_t)o->stats[REMUX_VIDEO].n;
    res->n_audio_packets = (uint64_t)o->stats[REMUX_AUDIO].n;
    res->duration_s = (double)o->end / (double)FLICKS;
    if (!fits) {
        /* The room follows the first box (ftyp). */
        if (pread(o->fd, h, sizeof h, 0) != (ssize_t)sizeof h)
            return sc_fail_errno(err, errno, "cannot read %s", sc_path_base(o->part));
        return mark_room_free(o, (int64_t)h[0] << 24 | h[1] << 16 | h[2] << 8 | h[3],
                              err);
    }
    if (!o->caller_flushes && fsync(o->fd) != 0)
        return sc_fail_errno(err, errno, "cannot write %s", sc_path_base(o->part));
    int fd = o->fd;
    o->fd = -1;
    if (close(fd) != 0)
        return sc_fail_errno(err, errno, "cannot write %s", sc_path_base(o->part));
    res->size_bytes = (uint64_t)FFMAX(sc_file_size(o->part), 0);
    o->committed = give_name(o, err);
    return o->committed;
}

void remux_out_keep_part(struct remux_out *o)
{
    o->committed = true;
}

void remux_out_destroy(struct remux_out *o)
{
    if (!o)
        return;
    if (o->fmt) {
        if (o->header) /* lets the muxer free what it holds; the file goes anyway */
            av_write_trailer(o->fmt);
        avformat_free_context(o->fmt);
    }
    if (o->io) {
        av_freep(&o->io->buffer);
        avio_context_free(&o->io);
    }
    if (o->fd >= 0)
        close(o->fd);
    if (!o->committed && o->part)
        unlink(o->part);
    free(o->path);
    free(o->part);
    free(o);
}
