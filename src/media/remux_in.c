/*
 * One run of a stream through one demuxer, and where its packets belong.
 *
 * Within a run the source's own clock is the truth: all of its streams get one
 * offset, so picture and sound stay as they were against each other and nothing
 * is stretched to the playlist's rounded durations. A run is placed so that its
 * first picture lies at the playlist's start of its first piece; a run whose
 * clock simply goes on keeps the offset of the run before, and a separate audio
 * rendition takes over the offset of the main stream, whose clock it shares
 * (RFC 8216 section 4.3.4.2.1). Where that rendition begins before the first
 * picture of all, the whole time line moves by as much. A clock that jumps inside a run
 * is set anew.
 */
#include "media/remux_int.h"

#include "base/log.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROBE_BYTES = 8 * 1024 * 1024,
    ANALYZE_US = 10 * 1000 * 1000,
    IO_BYTES = 64 * 1024,
    AHEAD_BYTES = 16 * 1024 * 1024, /* looked at to find where a run begins */
    MAX_BAD_READS = 50,
    MAX_WAIT_KEY = 900, /* a stream without key frames is taken as it is */
};
#define SECONDS(x) ((int64_t)((x) * (double)FLICKS))
#define AHEAD_SPAN SECONDS(5.0)
#define SAME_CLOCK                                                                       \
    SECONDS(0.25)                /* own clock goes on, against the playlist's rounding   \
                                  */
#define GUIDE_CLOCK SECONDS(1.0) /* the main stream's clock holds for its audio too */
#define LEAD SECONDS(0.1)        /* sound this little before the picture: priming */
#define JUMP_BACK SECONDS(0.3)
#define JUMP_ON SECONDS(1.0)
#define JUMP_ON_FILE SECONDS(10.0)
#define PIECE_SLACK SECONDS(1.5)
#define JITTER SECONDS(0.001)
#define WRAP                                                                             \
    ((INT64_C(1) << 33) * (FLICKS / 90000)) /* MPEG-2 systems: 33 bits of 90 kHz */

static int64_t to_flicks(double s)
{
    return llrint(s * (double)FLICKS);
}

void remux_in_init(struct remux_in *in)
{
    in->dts = INT64_MIN;
    in->io.id3_90k = -1;
    for (int k = 0; k < REMUX_KINDS; k++) {
        in->s[k].index = -1;
        in->last_dts[k] = in->end[k] = AV_NOPTS_VALUE;
    }
}

static void close_run(struct remux_in *in)
{
    for (int k = 0; k < REMUX_KINDS; k++) {
        remux_codec_finish(&in->s[k].codec);
        in->s[k] = (struct remux_stream){.index = -1};
    }
    avformat_close_input(&in->fmt);
    if (in->avio) {
        av_freep(&in->avio->buffer);
        avio_context_free(&in->avio);
    }
    in->placed = in->run_ended = false;
    in->bad_reads = 0;
}

void remux_in_finish(struct remux_in *in)
{
    close_run(in);
    pkt_queue_finish(&in->ahead);
}

/* ---- opening a run ---- */

static bool fail_run(struct remux_in *in, int averr, struct sc_error *err)
{
    char at[32];
    sc_format_time(in->run_start_s, at, sizeof at);
    if (in->io.failed) {
        *err = in->io.err;
        return false;
    }
    if (averr == AVERROR(ENOMEM) || averr == AVERROR_EXIT)
        return sc_av_fail(err, averr, "reading the stream at %s", at);
    return sc_fail(err, SC_ERR_MEDIA,
                   "the stream's data at %s cannot be read as video or audio", at);
}

static int open_pieces(struct remux_in *in)
{
    AVDictionary *opts = NULL;
    const char *name = remux_io_sniff(&in->io);
    uint8_t *buf = av_malloc(IO_BYTES);
    in->fmt = avformat_alloc_context();
    in->avio =
        buf ? avio_alloc_context(buf, IO_BYTES, 0, &in->io, remux_io_read, NULL, NULL)
            : NULL;
    if (!in->fmt || !in->avio) {
        if (!in->avio)
            av_free(buf);
        return AVERROR(ENOMEM);
    }
    in->io.packed = name && (strcmp(name, "aac") == 0 || strcmp(name, "mp3") == 0 ||
                             strcmp(name, "ac3") == 0 || strcmp(name, "eac3") == 0);
    in->fmt->pb = in->avio;
    in->fmt->flags |= AVFMT_FLAG_CUSTOM_IO;
    in->fmt->interrupt_callback = sc_av_interrupt(in->stop);
    in->fmt->probesize = PROBE_BYTES;
    in->fmt->max_analyze_duration = ANALYZE_US;
    av_dict_set(&opts, "merge_pmt_versions", "1", 0);
    /* Pieces of a stream never name other files. */
    av_dict_set(&opts, "protocol_whitelist", "", 0);
    av_dict_set(&opts, "format_whitelist",
                "mpegts,mov,mp4,m4a,3gp,3g2,mj2,aac,mp3,ac3,eac3,matroska,webm,mpeg,flv",
                0);
    int r = avformat_open_input(&in->fmt, NULL, name ? av_find_input_format(name) : NULL,
                                &opts);
    av_dict_free(&opts);
    return r < 0 ? r : avformat_find_stream_info(in->fmt, NULL);
}

static bool usable(const AVCodecParameters *p)
{
    if (p->codec_type == AVMEDIA_TYPE_VIDEO)
        return p->codec_id != AV_CODEC_ID_NONE && p->width > 0;
    return p->codec_id != AV_CODEC_ID_NONE && p->sample_rate > 0;
}

static void pick_streams(struct remux_in *in)
{
    static const enum AVMediaType types[] = {AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_AUDIO};
    for (int k = 0; k < REMUX_KINDS; k++) {
        int i = in->take[k] ? sc_av_pick_stream(in->fmt, types[k]) : -1;
        in->s[k] = (struct remux_stream){.index = -1,
                                         .last_dts = AV_NOPTS_VALUE,
                                         .read_dts = AV_NOPTS_VALUE,
                                         .last_pos = -1};
        if (i >= 0 && usable(in->fmt->streams[i]->codecpar))
            in->s[k].index = i;
    }
    for (unsigned i = 0; i < in->fmt->nb_streams; i++)
        if ((int)i != in->s[REMUX_VIDEO].index && (int)i != in->s[REMUX_AUDIO].index)
            in->fmt->streams[i]->discard = AVDISCARD_ALL;
}

/* ---- packets of the run ---- */

/* A stream that shows up after the run was opened. */
static void adopt_late(struct remux_in *in, int index)
{
    const AVStream *st = in->fmt->streams[index];
    int k = st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO   ? REMUX_VIDEO
            : st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO ? REMUX_AUDIO
                                                             : REMUX_KINDS;
    if (k == REMUX_KINDS || !in->take[k] || in->s[k].index >= 0 || !usable(st->codecpar))
        return;
    in->s[k].index = index;
    in->s[k].offset = in->run_offset;
}

static int kind_of(struct remux_in *in, const AVPacket *pkt)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < REMUX_KINDS; k++)
            if (in->s[k].index == pkt->stream_index)
                return k;
        if (in->fmt->streams[pkt->stream_index]->discard != AVDISCARD_ALL)
            adopt_late(in, pkt->stream_index);
    }
    return -1;
}

static int64_t frame_length(const AVStream *st, const AVPacket *pkt)
{
    const AVCodecParameters *p = st->codecpar;
    if (p->codec_type == AVMEDIA_TYPE_AUDIO && p->frame_size > 0 && p->sample_rate > 0)
        return FLICKS * p->frame_size / p->sample_rate;
    if (pkt->duration > 0)
        return av_rescale_q(pkt->duration, st->time_base, FLICK_TB);
    if (st->avg_frame_rate.num > 0 && st->avg_frame_rate.den > 0)
        return av_rescale_q(1, av_inv_q(st->avg_frame_rate), FLICK_TB);
    return 0;
}

/* Source times in flicks; what is missing is filled in. */
static void set_times(struct remux_in *in, int k, AVPacket *pkt)
{
    const AVStream *st = in->fmt->streams[in->s[k].index];
    int64_t frame = frame_length(st, pkt);
    if (pkt->dts != AV_NOPTS_VALUE)
        pkt->dts = av_rescale_q(pkt->dts, st->time_base, FLICK_TB);
    if (pkt->pts != AV_NOPTS_VALUE)
        pkt->pts = av_rescale_q(pkt->pts, st->time_base, FLICK_TB);
    if (pkt->dts == AV_NOPTS_VALUE && in->s[k].read_dts != AV_NOPTS_VALUE)
        pkt->dts = in->s[k].read_dts + frame;
    else if (pkt->dts == AV_NOPTS_VALUE) /* reordering needs a lead */
        pkt->dts =
            pkt->pts != AV_NOPTS_VALUE ? pkt->pts - frame * st->codecpar->video_delay : 0;
    if (pkt->pts == AV_NOPTS_VALUE)
        pkt->pts = pkt->dts;
    if (k == REMUX_AUDIO || pkt->dts > pkt->pts)
        pkt->dts = pkt->pts;
    pkt->duration = frame;
    in->frame[k] = frame;
    in->s[k].read_dts = pkt->dts;
    pkt->stream_index = k;
}

enum raw { RAW_PACKET, RAW_END, RAW_FAIL };

static enum raw read_raw(struct remux_in *in, AVPacket *pkt, struct sc_error *err)
{
    while (!in->run_ended) {
        int r = av_read_frame(in->fmt, pkt);
        if (r >= 0) {
            int k = kind_of(in, pkt);
            if (k >= 0 && pkt->size > 0) {
                in->bad_reads = 0;
                set_times(in, k, pkt);
                return RAW_PACKET;
            }
            av_packet_unref(pkt);
            continue;
        }
        if (in->io.failed || r == AVERROR_EXIT || r == AVERROR(ENOMEM) ||
            r == AVERROR(EIO)) {
            fail_run(in, r, err);
            return RAW_FAIL;
        }
        if (r == AVERROR_EOF || ++in->bad_reads > MAX_BAD_READS)
            in->run_ended = true;
    }
    return RAW_END;
}

/* Reads until every stream has shown a packet, within limits. */
static bool look_ahead(struct remux_in *in, struct sc_error *err)
{
    int64_t first = AV_NOPTS_VALUE;
    bool seen[REMUX_KINDS] = {false, false};
    for (;;) {
        bool all = true;
        for (int k = 0; k < REMUX_KINDS; k++)
            all &= seen[k] || in->s[k].index < 0;
        if (all || in->ahead.bytes > AHEAD_BYTES)
            return true;
        AVPacket *pkt = av_packet_alloc();
        enum raw got = pkt ? read_raw(in, pkt, err) : RAW_FAIL;
        if (!pkt)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        if (got != RAW_PACKET) {
            av_packet_free(&pkt);
            return got == RAW_END;
        }
        seen[pkt->stream_index] = true;
        first = first == AV_NOPTS_VALUE ? pkt->dts : FFMIN(first, pkt->dts);
        bool far = pkt->dts - first > AHEAD_SPAN;
        if (!pkt_queue_push_take(&in->ahead, pkt))
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        if (far)
            return true;
    }
}

/* ---- placing ---- */

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* The earliest presentation time per kind among the packets read ahead. */
static void first_times(struct remux_in *in)
{
    int64_t *first = in->first;
    first[REMUX_VIDEO] = first[REMUX_AUDIO] = AV_NOPTS_VALUE;
    for (size_t i = 0; i < in->ahead.len; i++) {
        const AVPacket *p = pkt_queue_at(&in->ahead, i);
        int64_t *f = &first[p->stream_index];
        if (*f == AV_NOPTS_VALUE || p->pts < *f)
            *f = p->pts;
    }
}

/* The ID3 time of packed audio replaces the demuxer's count from 0. */
static void apply_id3(struct remux_in *in)
{
    int64_t *first = in->first;
    in->packed_base = 0;
    if (in->io.id3_90k < 0 || first[REMUX_AUDIO] == AV_NOPTS_VALUE)
        return;
    int64_t by = in->io.id3_90k * (FLICKS / 90000) - first[REMUX_AUDIO];
    in->packed_base = by;
    for (size_t i = 0; i < in->ahead.len; i++) {
        AVPacket *p = pkt_queue_at(&in->ahead, i);
        p->pts += by;
        p->dts += by;
    }
    first[REMUX_AUDIO] += by;
}

/* offset + k wraps of the MPEG-2 clock, so that anchor lands nearest to start. */
static int64_t nearest_wrap(int64_t offset, int64_t anchor, int64_t start)
{
    int64_t off_by = start - (anchor + offset);
    int64_t n = llrint((double)off_by / (double)WRAP);
    return offset + n * WRAP;
}

/*
 * How far a separate audio rendition begins before the first picture, which then
 * moves behind 0 so that no sound is lost; 0 when it does not, when that is only
 * priming, or when the two have no common clock. Both runs are open.
 */
static int64_t lead_of(const struct remux_in *audio, const struct remux_in *main)
{
    int64_t a = audio->first[REMUX_AUDIO], v = main->first[REMUX_VIDEO];
    if (a == AV_NOPTS_VALUE || v == AV_NOPTS_VALUE || audio->run_start_s > 0 ||
        main->run_start_s > 0)
        return 0;
    int64_t lead = nearest_wrap(v - a, 0, 0);
    return lead > LEAD && lead < GUIDE_CLOCK ? lead : 0;
}

static void place_run(struct remux_in *in)
{
    const int64_t *first = in->first;
    int64_t v = first[REMUX_VIDEO], a = first[REMUX_AUDIO],
            anchor = v != AV_NOPTS_VALUE ? v : a;
    if (v != AV_NOPTS_VALUE && a != AV_NOPTS_VALUE && a < v - LEAD)
        anchor = a;
    if (anchor == AV_NOPTS_VALUE)
        anchor = 0;
    int64_t start = to_flicks(in->run_start_s) + in->lead, offset = start - anchor;
    bool guided = false;
    if (in->have_offset) {
        int64_t own = nearest_wrap(in->run_offset, anchor, start);
        if (distance(anchor + own, start) < SAME_CLOCK)
            offset = own;
    }
    if (in->guide && in->guide->have_offset) {
        int64_t theirs = nearest_wrap(in->guide->run_offset, anchor, start);
        guided = distance(anchor + theirs, start) < GUIDE_CLOCK;
        if (guided)
            offset = theirs;
    }
    /* What the run before still shows must not be overlaid. */
    int k = v != AV_NOPTS_VALUE ? REMUX_VIDEO : REMUX_AUDIO;
    if (!guided && in->end[k] != AV_NOPTS_VALUE && first[k] != AV_NOPTS_VALUE) {
        int64_t overlap = in->end[k] - (first[k] + offset);
        if (overlap > in->frame[k] * 3 / 4)
            offset += overlap;
    }
    for (int i = 0; i < REMUX_KINDS; i++) {
        in->s[i].offset = offset;
        in->s[i].last_dts = AV_NOPTS_VALUE;
        in->s[i].joining = true;
    }
    in->run_offset = offset;
    in->have_offset = in->placed = true;
    in->runs++;
    sc_debug("remux: run %d at %.3f s, offset %.6f s%s", in->runs, in->run_start_s,
             (double)offset / (double)FLICKS, guided ? " (of the main stream)" : "");
}

/* ---- a packet on the time line ---- */

/* Where the playlist has the piece that holds this byte. */
static bool piece_of(const struct remux_in *in, const AVPacket *pkt, int64_t *begin,
                     int64_t *from, int64_t *to)
{
    double start_s, duration_s;
    if (in->path || pkt->pos < 0 ||
        !remux_io_piece_at(&in->io, pkt->pos, begin, &start_s, &duration_s))
        return false;
    *from = to_flicks(start_s) + in->lead;
    *to = to_flicks(start_s + duration_s) + in->lead;
    return true;
}

/* The source's clock was set anew between two packets of one run. */
static void follow_jump(struct remux_in *in, int k, const AVPacket *pkt)
{
    struct remux_stream *s = &in->s[k];
    int64_t step = pkt->dts - s->last_dts, begin = 0, from = 0, to = 0;
    bool known = piece_of(in, pkt, &begin, &from, &to);
    if (s->last_dts == AV_NOPTS_VALUE || (step > -JUMP_BACK && step < JUMP_ON))
        return;
    int64_t placed = pkt->pts + s->offset;
    if (in->path && step > 0 && !(in->fmt->iformat->flags & AVFMT_TS_DISCONT))
        return;
    bool fits = known && placed > from - PIECE_SLACK && placed < to + PIECE_SLACK;
    if (step > 0 && (known ? fits : step < JUMP_ON_FILE))
        return; /* a hole in time, not a jump of the clock */
    int64_t end = in->end[k] != AV_NOPTS_VALUE ? in->end[k] : 0;
    placed = pkt->pts + in->run_offset;
    if (in->run_offset != s->offset &&
        (distance(placed, end) < 2 * FLICKS ||
         (known && placed > from - PIECE_SLACK && placed < to + PIECE_SLACK))) {
        s->offset = in->run_offset; /* the other stream has found the new clock */
    } else {
        int64_t at = end;
        if (known && begin > s->last_pos && from > end - in->frame[k])
            at = from;
        s->offset = in->run_offset = at - pkt->pts;
        sc_debug("remux: the source's clock jumps by %.3f s at %.3f s",
                 (double)step / (double)FLICKS, (double)at / (double)FLICKS);
    }
    s->joining = true;
}

static int64_t tick_of(const struct remux_in *in, int k)
{
    const AVCodecParameters *par = in->tracks[k].par;
    return k == REMUX_AUDIO && par && par->sample_rate > 0 ? FLICKS / par->sample_rate
                                                           : FLICKS / 90000;
}

/* False: the packet is not wanted. */
static bool place_packet(struct remux_in *in, AVPacket *pkt)
{
    int k = pkt->stream_index;
    struct remux_stream *s = &in->s[k];
    follow_jump(in, k, pkt);
    s->last_dts = pkt->dts;
    s->last_pos = pkt->pos;
    pkt->pts += s->offset;
    pkt->dts += s->offset;
    if (k == REMUX_VIDEO && !s->seen_key) {
        /* Until the first key frame nothing can be decoded. */
        s->seen_key = (pkt->flags & AV_PKT_FLAG_KEY) || ++s->waited > MAX_WAIT_KEY;
        if (!s->seen_key)
            return false;
    }
    if (k == REMUX_AUDIO && in->end[k] != AV_NOPTS_VALUE) {
        if (s->joining && pkt->pts < in->end[k] - in->frame[k] / 2)
            return false; /* heard already in the run before */
        if (distance(pkt->pts, in->end[k]) <= JITTER)
            pkt->pts = pkt->dts = in->end[k];
    }
    s->joining = false;
    if (in->last_dts[k] != AV_NOPTS_VALUE && pkt->dts <= in->last_dts[k])
        pkt->dts = in->last_dts[k] + tick_of(in, k);
    if (pkt->pts < pkt->dts)
        pkt->pts = pkt->dts;
    in->last_dts[k] = pkt->dts;
    in->end[k] = FFMAX(in->end[k], pkt->pts + pkt->duration); /* NOPTS is the smallest */
    in->dts = pkt->dts;
    return true;
}

/* ---- the front ---- */

static enum remux_got open_run(struct remux_in *in, bool may_wait, struct sc_error *err)
{
    if (in->path) {
        if (in->runs > 0)
            return REMUX_END;
        if (!sc_av_open(in->path, in->stop, &in->fmt, err))
            return REMUX_FAIL;
    } else {
        bool none = false;
        if (!in->waiting && !remux_io_begin(&in->io, &none, err))
            return REMUX_FAIL;
        if (none)
            return REMUX_END;
        in->run_start_s = in->io.piece.start_s;
        in->waiting = may_wait && in->guide && !in->guide->ended &&
                      in->guide->dts < to_flicks(in->run_start_s);
        if (in->waiting)
            return REMUX_WAIT;
        int r = open_pieces(in);
        if (r < 0) {
            fail_run(in, r, err);
            return REMUX_FAIL;
        }
    }
    pick_streams(in);
    if (!look_ahead(in, err))
        return REMUX_FAIL;
    first_times(in);
    apply_id3(in);
    in->opened = true;
    return REMUX_PACKET;
}

/* Looks at the beginning of the separate audio before the first picture is placed. */
static bool find_lead(struct remux_in *in, struct sc_error *err)
{
    struct remux_in *audio = in->audio;
    enum remux_got got = open_run(audio, false, err);
    if (got == REMUX_PACKET)
        in->lead = audio->lead = lead_of(audio, in);
    else
        audio->ended = got == REMUX_END;
    return got != REMUX_FAIL;
}

/* Opens and places the next run. */
static enum remux_got begin_run(struct remux_in *in, struct sc_error *err)
{
    enum remux_got got = in->opened ? REMUX_PACKET : open_run(in, true, err);
    if (got != REMUX_PACKET)
        return got;
    if (in->audio && in->runs == 0 && !find_lead(in, err))
        return REMUX_FAIL;
    in->opened = false;
    place_run(in);
    return REMUX_PACKET;
}

/* The next packet of the run, still in source time; false at its end or failure. */
static enum raw next_raw(struct remux_in *in, AVPacket *pkt, struct sc_error *err)
{
    AVPacket *p = pkt_queue_pop(&in->ahead);
    if (p) {
        av_packet_move_ref(pkt, p);
        av_packet_free(&p);
        return RAW_PACKET;
    }
    enum raw got = read_raw(in, pkt, err);
    if (got == RAW_PACKET) {
        pkt->pts += in->packed_base;
        pkt->dts += in->packed_base;
    }
    return got;
}

static bool convert(struct remux_in *in, AVPacket *pkt, struct sc_error *err)
{
    struct remux_stream *s = &in->s[pkt->stream_index];
    if (!s->begun) {
        s->begun = true;
        if (!remux_codec_begin(&s->codec, (enum remux_kind)pkt->stream_index,
                               in->fmt->streams[s->index], pkt,
                               &in->tracks[pkt->stream_index], err)) {
            char at[32];
            sc_format_time((double)in->end[pkt->stream_index] / (double)FLICKS, at,
                           sizeof at);
            return sc_error_wrap(err, "at %s", in->runs > 1 ? at : "0:00");
        }
    }
    return remux_codec_apply(&s->codec, pkt, err);
}

enum remux_got remux_in_next(struct remux_in *in, AVPacket *pkt, struct sc_error *err)
{
    for (;;) {
        if (in->ended)
            return REMUX_END;
        if (sc_cancel_check(in->stop->cancel, err))
            return REMUX_FAIL;
        if (!in->placed) {
            enum remux_got got = begin_run(in, err);
            in->ended = got == REMUX_END;
            if (got != REMUX_PACKET)
                return got;
        }
        enum raw got = next_raw(in, pkt, err);
        if (got == RAW_FAIL)
            return REMUX_FAIL;
        if (got == RAW_END) {
            close_run(in);
            if (!in->path && !remux_io_skip_run(&in->io, err))
                return REMUX_FAIL;
            continue;
        }
        if (place_packet(in, pkt)) {
            if (!convert(in, pkt, err)) {
                av_packet_unref(pkt);
                return REMUX_FAIL;
            }
            if (pkt->size > 0)
                return REMUX_PACKET;
        }
        av_packet_unref(pkt);
    }
}
