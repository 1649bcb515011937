/*
 * The MP4 file. Room for the index (moov) is left in front of the media, so
 * that the finished file starts fast without being copied. How much is needed
 * is estimated from the expected duration; where that was too little, the media
 * are moved back within the file.
 *
 * Nothing in the file depends on when or where it was made: the same packets
 * give the same bytes.
 */
#include "media/mp4_int.h"
#include "media/remux_int.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FLUSH_BYTES = 4 * 1024 * 1024,
    MOVE_BYTES = 1024 * 1024,
    FIXED_ROOM = 64 * 1024, /* everything but the sample tables */
    SPARE_ROOM = 4096,      /* more than needed, when the room was too small */
    MDAT_HEADER = 16,       /* with a size of 64 bits */
    VIDEO_TIMESCALE = 90000,
    DEFAULT_FPS = 30,
    MAX_ROOM = 1 << 30,
};

struct out_track {
    struct mp4_tables tables;
    AVRational time_base;
    AVPacket *first[MP4_FIRST_PACKETS]; /* owned: what the description may need */
    int n_first;
};

struct remux_out {
    char *path, *part;
    const char *title; /* borrowed, or NULL */
    int fd;
    struct mp4_sink sink;
    struct remux_track *tracks; /* borrowed */
    struct out_track out[REMUX_KINDS];
    int last_kind;
    uint64_t room; /* bytes before the media, with their header */
    int64_t end;   /* flicks: end of the last sample shown */
    bool committed, caller_flushes;
    uint64_t flushed; /* the disk was told to begin up to here */
};

static bool no_memory(struct sc_error *err)
{
    return sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool fail_write(const struct remux_out *o, struct sc_error *err)
{
    int reason = o->sink.error ? o->sink.error : errno;
    return sc_fail_errno(err, reason, "cannot write %s", sc_path_base(o->part));
}

/* ---- the room ---- */

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
        per_s += fps * (4 + 8 + 8 + 2) + 2 * 20; /* stsz stts ctts stss; chunks */
    }
    if (a) {
        double rate = a->frame_size > 0 ? (double)a->sample_rate / a->frame_size : 50;
        per_s += rate * (4 + 1) + 2 * 20;
    }
    double room = FIXED_ROOM + per_s * (seconds + 10);
    return room < MAX_ROOM ? (uint64_t)room : MAX_ROOM;
}

bool remux_out_open(struct remux_out **out, const char *path, struct remux_track *tracks,
                    const struct sc_remux_options *opts, struct sc_error *err)
{
    struct remux_out *o = calloc(1, sizeof *o);
    if (!o)
        return no_memory(err);
    o->fd = o->sink.fd = -1;
    o->last_kind = -1;
    o->tracks = tracks;
    o->caller_flushes = opts->caller_flushes;
    o->room = estimate_room(o, opts->expected_duration_s);
    for (int k = 0; k < REMUX_KINDS; k++)
        mp4_tables_init(&o->out[k].tables);
    o->path = sc_strdup(path);
    o->part = sc_strf("%s.part", path);
    o->title = opts->title;
    bool ok = (o->path && o->part) || no_memory(err);
    if (ok) {
        o->fd = open(o->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        ok = o->fd >= 0 || sc_fail_errno(err, errno, "cannot create %s", o->part);
    }
    ok = ok && (mp4_sink_open(&o->sink, o->fd, o->room) || no_memory(err));
    if (ok)
        *out = o;
    else
        remux_out_destroy(o);
    return ok;
}

/* ---- packets ---- */

static bool describe(struct remux_out *o, int kind, int64_t bits_per_s,
                     struct mp4_description *d, struct sc_error *err)
{
    const struct out_track *t = &o->out[kind];
    const struct mp4_describe how = {
        .par = o->tracks[kind].par,
        .time_base = t->time_base,
        .title = o->title,
        .first = t->first,
        .n_first = t->n_first,
        .bits_per_s = bits_per_s,
    };
    return mp4_describe(&how, d, err);
}

/* E-AC-3 is described once six blocks are there, which may be as many packets. */
static int packets_needed(const AVCodecParameters *par)
{
    return par->codec_id == AV_CODEC_ID_EAC3 ? MP4_FIRST_PACKETS : 1;
}

/* What an MP4 cannot hold is told before an hour of it has come. */
static bool keep_first(struct remux_out *o, int kind, const AVPacket *pkt,
                       struct sc_error *err)
{
    struct out_track *t = &o->out[kind];
    struct mp4_description d;
    int needed = packets_needed(o->tracks[kind].par);
    if (t->n_first == needed)
        return true;
    t->first[t->n_first] = av_packet_clone(pkt);
    if (!t->first[t->n_first])
        return no_memory(err);
    if (++t->n_first < needed)
        return true;
    bool ok = describe(o, kind, 0, &d, err);
    mp4_description_finish(&d);
    return ok;
}

static void begin_track(struct remux_out *o, int kind)
{
    o->out[kind].time_base = kind == REMUX_VIDEO
                                 ? (AVRational){1, VIDEO_TIMESCALE}
                                 : (AVRational){1, o->tracks[kind].par->sample_rate};
}

/* Starts the disk early, so that the last fsync has little left to wait for. */
static void push_disk(struct remux_out *o)
{
#ifdef SYNC_FILE_RANGE_WRITE
    if (o->sink.at - o->flushed >= FLUSH_BYTES) {
        (void)sync_file_range(o->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        o->flushed = o->sink.at;
    }
#else
    (void)o;
#endif
}

bool remux_out_write_take(struct remux_out *o, AVPacket *pkt, struct sc_error *err)
{
    int kind = pkt->stream_index;
    struct out_track *t = &o->out[kind];
    if (t->tables.n == 0)
        begin_track(o, kind);
    int64_t end = pkt->pts + pkt->duration;
    if (end > o->end)
        o->end = end;
    av_packet_rescale_ts(pkt, FLICK_TB, t->time_base);
    if (t->tables.n > 0 && pkt->dts <= t->tables.last.dts)
        pkt->dts = t->tables.last.dts + 1;
    if (pkt->pts < pkt->dts)
        pkt->pts = pkt->dts;
    const struct mp4_sample sample = {pkt->dts, pkt->pts - pkt->dts, (uint32_t)pkt->size};
    bool ok = keep_first(o, kind, pkt, err);
    ok = ok &&
         (mp4_tables_add(&t->tables, &sample, pkt->duration, pkt->flags & AV_PKT_FLAG_KEY,
                         o->sink.at - o->room, o->last_kind == kind) ||
          no_memory(err));
    o->last_kind = kind;
    if (ok) {
        mp4_put(&o->sink, pkt->data, (size_t)pkt->size);
        push_disk(o);
        ok = !o->sink.error || fail_write(o, err);
    }
    av_packet_unref(pkt);
    return ok;
}

/* ---- the end ---- */

struct index {
    struct mp4_description descriptions[REMUX_KINDS];
    struct mp4_track tracks[REMUX_KINDS];
    int n;
};

static void index_finish(struct index *x)
{
    for (int i = 0; i < x->n; i++)
        mp4_description_finish(&x->descriptions[i]);
}

static int64_t bits_per_s(const struct out_track *t)
{
    return av_rescale((int64_t)t->tables.bytes * 8, t->time_base.den,
                      FFMAX(mp4_duration(&t->tables), 1));
}

static bool make_index(struct remux_out *o, struct index *x, struct sc_error *err)
{
    for (int k = 0; k < REMUX_KINDS; k++) {
        const struct out_track *t = &o->out[k];
        if (t->tables.n == 0)
            continue;
        struct mp4_description *d = &x->descriptions[x->n];
        if (!describe(o, k, bits_per_s(t), d, err))
            return false;
        x->tracks[x->n++] = (struct mp4_track){.description = d,
                                               .tables = &t->tables,
                                               .video = k == REMUX_VIDEO,
                                               .timescale = (uint32_t)t->time_base.den};
    }
    return true;
}

static void write_ftyp(struct remux_out *o, struct mp4_sink *s)
{
    const AVCodecParameters *v = o->tracks[REMUX_VIDEO].par;
    uint64_t box = mp4_box(s, "ftyp");
    mp4_put(s, "isom", 4);
    mp4_put32(s, 0x200);
    mp4_put(s, "isomiso2", 8);
    if (v && v->codec_id == AV_CODEC_ID_H264)
        mp4_put(s, "avc1", 4);
    mp4_put(s, "mp41", 4);
    mp4_end(s, box);
}

/* What stands before the media's header. */
static void write_front(struct remux_out *o, struct mp4_sink *s, const struct index *x)
{
    write_ftyp(o, s);
    mp4_write_moov(s, x->tracks, x->n, o->room);
}

/* Moves the media, beginning with the last bytes, so that `room` is before them. */
static bool move_media(struct remux_out *o, uint64_t room, struct sc_error *err)
{
    uint8_t *buf = malloc(MOVE_BYTES);
    if (!buf)
        return no_memory(err);
    struct mp4_sink *to = &o->sink;
    uint64_t media = to->at - o->room, left = media;
    while (left > 0 && !to->error) {
        size_t n = left < MOVE_BYTES ? (size_t)left : MOVE_BYTES;
        left -= n;
        if (pread(o->fd, buf, n, (off_t)(o->room + left)) != (ssize_t)n)
            to->error = EIO;
        to->at = room + left;
        mp4_put(to, buf, n);
        mp4_sink_flush(to);
    }
    free(buf);
    to->at = room + media;
    o->room = room;
    return !to->error || fail_write(o, err);
}

/* Counts the index, makes room when it needs more than there is, and writes it. */
static bool write_index(struct remux_out *o, const struct index *x, struct sc_error *err)
{
    uint64_t media_end = o->sink.at;
    struct mp4_sink count = {.fd = -1};
    mp4_sink_flush(&o->sink);
    if (o->sink.error)
        return fail_write(o, err);
    write_front(o, &count, x);
    uint64_t need = count.at + 8 + MDAT_HEADER;
    if (need > o->room) {
        /* The offsets in it may double in size when the media move on. */
        uint64_t chunks = 0;
        for (int i = 0; i < x->n; i++)
            chunks += x->tracks[i].tables->chunks.len / sizeof(struct mp4_chunk);
        if (!move_media(o, need + SPARE_ROOM + 4 * chunks, err))
            return false;
        media_end = o->sink.at;
    }
    o->sink.at = 0;
    write_front(o, &o->sink, x);
    uint64_t free_box = mp4_box(&o->sink, "free"), mdat = o->room - MDAT_HEADER;
    mp4_patch32(&o->sink, free_box, mdat - free_box);
    mp4_sink_flush(&o->sink);
    o->sink.at = mdat;
    mp4_put32(&o->sink, 1);
    mp4_put(&o->sink, "mdat", 4);
    mp4_put64(&o->sink, media_end - mdat);
    mp4_sink_flush(&o->sink);
    o->sink.at = media_end;
    return !o->sink.error || fail_write(o, err);
}

/* The folder is flushed with the file: its entry would wait for all of the data. */
static bool give_name(struct remux_out *o, struct sc_error *err)
{
    if (!o->caller_flushes)
        return sc_file_rename(o->part, o->path, err);
    return rename(o->part, o->path) == 0 ||
           sc_fail_errno(err, errno, "cannot write %s", sc_path_base(o->path));
}

bool remux_out_commit(struct remux_out *o, struct sc_remux_result *res,
                      struct sc_error *err)
{
    struct index x = {.n = 0};
    bool ok = make_index(o, &x, err) && write_index(o, &x, err);
    index_finish(&x);
    if (!ok)
        return false;
    res->n_video_packets = o->out[REMUX_VIDEO].tables.n;
    res->n_audio_packets = o->out[REMUX_AUDIO].tables.n;
    res->duration_s = (double)o->end / (double)FLICKS;
    res->size_bytes = o->sink.at;
    if (!o->caller_flushes && fsync(o->fd) != 0)
        return fail_write(o, err);
    int fd = o->fd;
    o->fd = -1;
    if (close(fd) != 0)
        return fail_write(o, err);
    o->committed = give_name(o, err);
    return o->committed;
}

void remux_out_destroy(struct remux_out *o)
{
    if (!o)
        return;
    for (int k = 0; k < REMUX_KINDS; k++) {
        mp4_tables_finish(&o->out[k].tables);
        for (int i = 0; i < o->out[k].n_first; i++)
            av_packet_free(&o->out[k].first[i]);
    }
    mp4_sink_finish(&o->sink);
    if (o->fd >= 0)
        close(o->fd);
    if (!o->committed && o->part)
        unlink(o->part);
    free(o->path);
    free(o->part);
    free(o);
}
