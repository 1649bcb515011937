/*
 * Fragmented MP4 (ISO/IEC 14496-12): boxes that add up to the segment, each
 * movie fragment followed by the media it describes, and the span of decode
 * times from tfdt and trun.
 */
#include "media/segment_int.h"

#include <string.h>

static const double EXACT_S = 0.04; /* order of display may differ by a frame */

enum {
    MAX_TRACKS = 8,
    MAX_BOXES = 100000,
    MAX_DEPTH_BOXES = 4096,
    MAX_SAMPLES = 1 << 24
};
#define MAX_LENGTH                                                                       \
    (INT64_C(1) << 48) /* of one run, ticks or bytes: no overflow after it */
#define MAX_TIME (INT64_C(1) << 61)

#define TYPE(a, b, c, d)                                                                 \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

struct track {
    uint32_t id, timescale, default_duration;
    bool video, sound;
    bool seen;            /* in a fragment */
    int64_t start, end;   /* decode times */
    int64_t first_offset; /* composition offset of the first sample */
};

struct tracks {
    struct track t[MAX_TRACKS];
    int n;
};

/* The next box: body and type; false at the end or when it does not fit. */
static bool next_box(struct seg_bytes *in, struct seg_bytes *body, uint32_t *type)
{
    if (in->n < 8)
        return false;
    uint64_t size = seg_be32(in->p), head = 8;
    *type = seg_be32(in->p + 4);
    if (size == 1) {
        if (in->n < 16)
            return false;
        size = seg_be64(in->p + 8);
        head = 16;
    } else if (size == 0) {
        size = in->n; /* to the end */
    }
    if (size < head || size > in->n)
        return false;
    *body = (struct seg_bytes){in->p + head, (size_t)(size - head)};
    in->p += size;
    in->n -= (size_t)size;
    return true;
}

static bool is_known_type(const uint8_t *p)
{
    static const char types[] = "ftypstypmoofmoovmdatsidxemsgprftfreeskipssixuuidwide";
    for (size_t i = 0; i + 4 < sizeof types; i += 4)
        if (memcmp(p, types + i, 4) == 0)
            return true;
    return false;
}

bool seg_is_mp4(struct seg_bytes d)
{
    return d.n >= 8 && is_known_type(d.p + 4);
}

static struct track *track_of(struct tracks *ts, uint32_t id, bool add)
{
    for (int i = 0; i < ts->n; i++)
        if (ts->t[i].id == id)
            return &ts->t[i];
    if (!add || ts->n == MAX_TRACKS)
        return NULL;
    ts->t[ts->n] = (struct track){.id = id};
    return &ts->t[ts->n++];
}

/* ---- moov ---- */

static void read_mdia(struct seg_bytes in, struct track *t)
{
    struct seg_bytes b;
    uint32_t type;
    while (next_box(&in, &b, &type)) {
        if (type == TYPE('m', 'd', 'h', 'd') && b.n >= 24)
            t->timescale = seg_be32(b.p + (b.p[0] == 1 ? 20 : 12));
        else if (type == TYPE('h', 'd', 'l', 'r') && b.n >= 12) {
            t->video = memcmp(b.p + 8, "vide", 4) == 0;
            t->sound = memcmp(b.p + 8, "soun", 4) == 0;
        }
    }
}

static void read_trak(struct seg_bytes in, struct tracks *ts)
{
    struct track t = {0};
    struct seg_bytes b;
    uint32_t type;
    while (next_box(&in, &b, &type)) {
        if (type == TYPE('t', 'k', 'h', 'd') && b.n >= 24)
            t.id = seg_be32(b.p + (b.p[0] == 1 ? 20 : 12));
        else if (type == TYPE('m', 'd', 'i', 'a'))
            read_mdia(b, &t);
    }
    struct track *to = track_of(ts, t.id, true);
    if (to) {
        to->timescale = t.timescale;
        to->video = t.video;
        to->sound = t.sound;
    }
}

static void read_mvex(struct seg_bytes in, struct tracks *ts)
{
    struct seg_bytes b;
    uint32_t type;
    while (next_box(&in, &b, &type))
        if (type == TYPE('t', 'r', 'e', 'x') && b.n >= 24) {
            struct track *t = track_of(ts, seg_be32(b.p + 4), true);
            if (t)
                t->default_duration = seg_be32(b.p + 12);
        }
}

static void read_moov(struct seg_bytes in, struct tracks *ts)
{
    struct seg_bytes b;
    uint32_t type;
    for (int i = 0; i < MAX_DEPTH_BOXES && next_box(&in, &b, &type); i++) {
        if (type == TYPE('t', 'r', 'a', 'k'))
            read_trak(b, ts);
        else if (type == TYPE('m', 'v', 'e', 'x'))
            read_mvex(b, ts);
    }
}

/* ---- moof ---- */

struct fragment {
    struct track *track;
    uint32_t duration, size; /* defaults of the traf */
    int64_t time;            /* of the next sample; -1 = not told */
    uint64_t bytes;          /* of all samples so far */
};

static void read_tfhd(struct seg_bytes b, struct tracks *ts, struct fragment *f)
{
    if (b.n < 8)
        return;
    uint32_t flags = seg_be32(b.p) & 0xffffff;
    size_t at = 8;
    f->track = track_of(ts, seg_be32(b.p + 4), true);
    f->duration = f->track ? f->track->default_duration : 0;
    at += (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
    if ((flags & 8) && b.n >= at + 4)
        f->duration = seg_be32(b.p + at);
    at += flags & 8 ? 4 : 0;
    if ((flags & 16) && b.n >= at + 4)
        f->size = seg_be32(b.p + at);
}

static void read_trun(struct seg_bytes b, struct fragment *f)
{
    if (b.n < 8)
        return;
    uint32_t flags = seg_be32(b.p) & 0xffffff, count = seg_be32(b.p + 4);
    size_t at = 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
    size_t width = (flags & 0x100 ? 4 : 0) + (flags & 0x200 ? 4 : 0) +
                   (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0);
    if (at > b.n || count > MAX_SAMPLES || (width && count > (b.n - at) / width))
        return;
    int64_t length = 0;
    uint64_t bytes = 0;
    size_t size_at = flags & 0x100 ? 4 : 0;
    size_t offset_at = size_at + (flags & 0x200 ? 4 : 0) + (flags & 0x400 ? 4 : 0);
    if (width && (flags & 0x300)) {
        for (const uint8_t *p = b.p + at, *end = p + (size_t)count * width; p < end;
             p += width) {
            length += flags & 0x100 ? seg_be32(p) : f->duration;
            bytes += flags & 0x200 ? seg_be32(p + size_at) : f->size;
        }
    } else {
        length = (int64_t)count * f->duration;
        bytes = (uint64_t)count * f->size;
    }
    if (length > MAX_LENGTH || bytes > MAX_LENGTH)
        return;
    f->bytes += bytes;
    struct track *t = f->track;
    if (!t || count == 0)
        return;
    int64_t start = f->time >= 0 ? f->time : t->end;
    if (start > MAX_TIME)
        return;
    if (!t->seen) {
        t->seen = true;
        t->start = start;
        t->end = start;
        if (flags & 0x800)
            t->first_offset = (int32_t)seg_be32(b.p + at + offset_at);
    }
    t->start = start < t->start ? start : t->start;
    t->end = start + length > t->end ? start + length : t->end;
    f->time = start + length;
}

static int64_t read_tfdt(struct seg_bytes b)
{
    if (b.n < 8)
        return -1;
    uint64_t v = b.p[0] == 1 && b.n >= 12 ? seg_be64(b.p + 4) : seg_be32(b.p + 4);
    return v < (UINT64_C(1) << 60) ? (int64_t)v : -1;
}

static uint64_t read_traf(struct seg_bytes in, struct tracks *ts)
{
    struct fragment f = {.time = -1};
    struct seg_bytes b;
    uint32_t type;
    for (int i = 0; i < MAX_DEPTH_BOXES && next_box(&in, &b, &type); i++) {
        if (type == TYPE('t', 'f', 'h', 'd'))
            read_tfhd(b, ts, &f);
        else if (type == TYPE('t', 'f', 'd', 't'))
            f.time = read_tfdt(b);
        else if (type == TYPE('t', 'r', 'u', 'n'))
            read_trun(b, &f);
    }
    return f.bytes;
}

/* Bytes of samples the fragment claims. */
static uint64_t read_moof(struct seg_bytes in, struct tracks *ts)
{
    struct seg_bytes b;
    uint32_t type;
    uint64_t bytes = 0;
    for (int i = 0; i < MAX_DEPTH_BOXES && next_box(&in, &b, &type); i++)
        if (type == TYPE('t', 'r', 'a', 'f'))
            bytes += read_traf(b, ts);
    return bytes;
}

/* ---- the whole ---- */

static void read_init(struct seg_bytes in, struct tracks *ts)
{
    struct seg_bytes b;
    uint32_t type;
    for (int i = 0; i < MAX_DEPTH_BOXES && next_box(&in, &b, &type); i++)
        if (type == TYPE('m', 'o', 'o', 'v'))
            read_moov(b, ts);
}

static void set_span(const struct tracks *ts, struct sc_segment_check *out)
{
    const struct track *best = NULL;
    for (int i = 0; i < ts->n; i++) {
        const struct track *t = &ts->t[i];
        if (t->seen)
            out->kinds |=
                (t->video ? SC_SEGMENT_VIDEO : 0) | (t->sound ? SC_SEGMENT_SOUND : 0);
        if (t->seen && t->timescale > 0 && (!best || t->video > best->video))
            best = t;
    }
    if (!best)
        return;
    out->first_pts_s = (double)(best->start + best->first_offset) / best->timescale;
    if (best->end > best->start)
        out->pts_span_s = (double)(best->end - best->start) / best->timescale;
    out->frame_s = EXACT_S; /* durations are told, not guessed */
}

/* A file whose bytes never arrived at the server: nothing but zeros, or nearly. */
static bool is_blank(struct seg_bytes media)
{
    enum { LEAST = 1024 };
    size_t zeros = 0;
    for (size_t i = 0; i < media.n; i++)
        zeros += media.p[i] == 0;
    return media.n >= LEAST && zeros > media.n / 10 * 9;
}

static bool fail_cut(struct seg_bytes rest, struct sc_error *err)
{
    char name[5] = "?";
    if (rest.n >= 8 && is_known_type(rest.p + 4))
        memcpy(name, rest.p + 4, 4);
    return sc_fail(
        err, SC_ERR_MEDIA,
        "the MP4 data is damaged or cut short in its last box (%s, %zu bytes there)",
        name, rest.n);
}

bool seg_check_mp4(struct seg_bytes init, struct seg_bytes data,
                   struct sc_segment_check *out, struct sc_error *err)
{
    struct tracks ts = {.n = 0};
    struct seg_bytes b;
    uint32_t type;
    uint64_t claimed = 0, held = 0;
    bool open = false; /* a moof waits for its mdat */
    int boxes = 0;
    read_init(init, &ts);
    while (data.n > 0) {
        struct seg_bytes rest = data;
        if (++boxes > MAX_BOXES || !next_box(&data, &b, &type))
            return fail_cut(rest, err);
        if (type == TYPE('m', 'o', 'o', 'v')) {
            read_moov(b, &ts);
        } else if (type == TYPE('m', 'o', 'o', 'f')) {
            claimed += read_moof(b, &ts);
            open = true;
        } else if (type == TYPE('m', 'd', 'a', 't')) {
            held += b.n;
            open = false;
            if (is_blank(b))
                out->suspect = "its media is nothing but zeros";
        }
    }
    if (open)
        return sc_fail(err, SC_ERR_MEDIA,
                       "the MP4 data is cut short (no media after its index)");
    if (claimed > held)
        return sc_fail(err, SC_ERR_MEDIA,
                       "the MP4 data is cut short (%llu of %llu bytes of media)",
                       (unsigned long long)held, (unsigned long long)claimed);
    if (held == 0)
        return sc_fail(err, SC_ERR_MEDIA, "its boxes hold no video and no sound");
    out->is_fmp4 = true;
    set_span(&ts, out);
    return true;
}
