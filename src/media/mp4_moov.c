/*
 * The index (moov), box by box, ISO/IEC 14496-12 section 8. Creation times are left
 * unknown, so that the same samples give the same bytes.
 */
#include "media/mp4_int.h"

#include <libavutil/mathematics.h>

enum {
    MOVIE_TIMESCALE = 90000,
    UNDETERMINED = 0x55c4, /* the language "und", ISO 639-2, packed */
    TKHD_TAIL = 60,        /* what follows the duration */
    NEXT_TRACK = 3,
    ENABLED = 3, /* tkhd flags: enabled, in movie */
};

static void put_slice(struct mp4_sink *s, struct mp4_slice b)
{
    mp4_put(s, b.p, b.n);
}

/* The matrix that changes nothing. */
static void put_matrix(struct mp4_sink *s)
{
    static const uint32_t unity[] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
    for (size_t i = 0; i < sizeof unity / sizeof *unity; i++)
        mp4_put32(s, unity[i]);
}

/* Needs version 1 of its box, with 64 bits. */
static bool is_long(int64_t duration)
{
    return duration > UINT32_MAX;
}

static void put_time(struct mp4_sink *s, int64_t v, bool wide)
{
    if (wide)
        mp4_put64(s, (uint64_t)v);
    else
        mp4_put32(s, (uint64_t)v);
}

static int64_t to_movie(int64_t ticks, uint32_t timescale)
{
    return av_rescale(ticks, MOVIE_TIMESCALE, timescale);
}

/* When the track's first sample is shown. */
static int64_t first_shown(const struct mp4_track *t)
{
    return t->tables->first.dts + t->tables->first.offset;
}

/* How long the track is shown, from 0 on, in the movie's ticks. */
static int64_t shown_until(const struct mp4_track *t)
{
    int64_t end = t->tables->shown_until;
    return to_movie(end > 0 ? end : 0, t->timescale);
}

static void write_mvhd(struct mp4_sink *s, int64_t duration)
{
    bool wide = is_long(duration);
    uint64_t box = mp4_full_box(s, "mvhd", wide, 0);
    put_time(s, 0, wide);
    put_time(s, 0, wide);
    mp4_put32(s, MOVIE_TIMESCALE);
    put_time(s, duration, wide);
    mp4_put32(s, 0x10000); /* rate 1 */
    mp4_put16(s, 0x100);   /* volume 1 */
    mp4_zeros(s, 10);
    put_matrix(s);
    mp4_zeros(s, 24);
    mp4_put32(s, NEXT_TRACK);
    mp4_end(s, box);
}

static void write_tkhd(struct mp4_sink *s, const struct mp4_track *t, int id)
{
    struct mp4_slice given = t->description->tkhd;
    int64_t duration = shown_until(t);
    bool wide = is_long(duration);
    uint64_t box = mp4_full_box(s, "tkhd", wide, ENABLED);
    put_time(s, 0, wide);
    put_time(s, 0, wide);
    mp4_put32(s, (uint64_t)id);
    mp4_put32(s, 0);
    put_time(s, duration, wide);
    mp4_put(s, given.p + given.n - TKHD_TAIL, TKHD_TAIL);
    mp4_end(s, box);
}

/* Lines the track up with the movie's 0: what comes before is waited for or left out. */
static void write_edts(struct mp4_sink *s, const struct mp4_track *t)
{
    int64_t begin = first_shown(t), wait = to_movie(begin > 0 ? begin : 0, t->timescale),
            length = shown_until(t) - wait;
    int64_t media_time = t->tables->first.offset + (begin < 0 ? -begin : 0);
    bool wide = is_long(length) || is_long(wait) || media_time > INT32_MAX;
    uint64_t edts = mp4_box(s, "edts"), elst = mp4_full_box(s, "elst", wide, 0);
    mp4_put32(s, wait > 0 ? 2 : 1);
    if (wait > 0) {
        put_time(s, wait, wide);
        put_time(s, -1, wide);
        mp4_put32(s, 0x10000);
    }
    put_time(s, length, wide);
    put_time(s, media_time, wide);
    mp4_put32(s, 0x10000);
    mp4_end(s, elst);
    mp4_end(s, edts);
}

static void write_mdhd(struct mp4_sink *s, const struct mp4_track *t)
{
    int64_t duration = mp4_duration(t->tables);
    bool wide = is_long(duration);
    uint64_t box = mp4_full_box(s, "mdhd", wide, 0);
    put_time(s, 0, wide);
    put_time(s, 0, wide);
    mp4_put32(s, t->timescale);
    put_time(s, duration, wide);
    mp4_put16(s, UNDETERMINED);
    mp4_put16(s, 0);
    mp4_end(s, box);
}

/* ---- sample tables ---- */

/* Pairs of a count and a value, equal values together. */
struct runs {
    struct mp4_sink *s;
    uint64_t count_at, n;
    uint64_t length;
    int64_t value;
};

static struct runs begin_runs(struct mp4_sink *s)
{
    struct runs r = {.s = s, .count_at = s->at};
    mp4_put32(s, 0);
    return r;
}

static void end_run(struct runs *r)
{
    if (r->length == 0)
        return;
    mp4_put32(r->s, r->length);
    mp4_put32(r->s, (uint64_t)r->value);
    r->n++;
    r->length = 0;
}

static void add_to_run(struct runs *r, int64_t value)
{
    if (value != r->value)
        end_run(r);
    r->value = value;
    r->length++;
}

static void end_runs(struct runs *r)
{
    end_run(r);
    mp4_patch32(r->s, r->count_at, r->n);
}

static void write_stts(struct mp4_sink *s, const struct mp4_tables *t)
{
    struct mp4_cursor c = {.tables = t};
    uint64_t box = mp4_full_box(s, "stts", 0, 0);
    struct runs r = begin_runs(s);
    for (uint64_t i = 0; mp4_next(&c); i++)
        if (i > 0)
            add_to_run(&r, c.step);
    add_to_run(&r, t->last_duration);
    end_runs(&r);
    mp4_end(s, box);
}

static void write_ctts(struct mp4_sink *s, const struct mp4_tables *t)
{
    struct mp4_cursor c = {.tables = t};
    bool any = false;
    while (!any && mp4_next(&c))
        any = c.sample.offset != 0;
    if (!any)
        return;
    c = (struct mp4_cursor){.tables = t};
    uint64_t box = mp4_full_box(s, "ctts", 0, 0);
    struct runs r = begin_runs(s);
    while (mp4_next(&c))
        add_to_run(&r, c.sample.offset);
    end_runs(&r);
    mp4_end(s, box);
}

static void write_stsz(struct mp4_sink *s, const struct mp4_tables *t)
{
    struct mp4_cursor c = {.tables = t};
    uint64_t box = mp4_full_box(s, "stsz", 0, 0);
    mp4_put32(s, 0);
    mp4_put32(s, t->n);
    while (mp4_next(&c))
        mp4_put32(s, c.sample.size);
    mp4_end(s, box);
}

static void write_stss(struct mp4_sink *s, const struct mp4_tables *t)
{
    const uint32_t *key = (const uint32_t *)(const void *)t->keys.data;
    uint64_t box = mp4_full_box(s, "stss", 0, 0);
    mp4_put32(s, t->n_keys);
    for (uint64_t i = 0; i < t->n_keys; i++)
        mp4_put32(s, key[i]);
    mp4_end(s, box);
}

static void write_chunks(struct mp4_sink *s, const struct mp4_tables *t, uint64_t data_at)
{
    const struct mp4_chunk *c = (const struct mp4_chunk *)(const void *)t->chunks.data;
    size_t n = t->chunks.len / sizeof *c;
    uint64_t box = mp4_full_box(s, "stsc", 0, 0), count_at = s->at, entries = 0;
    mp4_put32(s, 0);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && c[i].n == c[i - 1].n)
            continue;
        mp4_put32(s, i + 1);
        mp4_put32(s, c[i].n);
        mp4_put32(s, 1); /* the one description */
        entries++;
    }
    mp4_patch32(s, count_at, entries);
    mp4_end(s, box);
    bool wide = n > 0 && data_at + c[n - 1].at > UINT32_MAX;
    box = mp4_full_box(s, wide ? "co64" : "stco", 0, 0);
    mp4_put32(s, n);
    for (size_t i = 0; i < n; i++)
        put_time(s, (int64_t)(data_at + c[i].at), wide);
    mp4_end(s, box);
}

/* All samples belong to the one group that is described (how far sound must be decoded
 * ahead). */
static void write_groups(struct mp4_sink *s, const struct mp4_track *t)
{
    if (t->description->sgpd.n == 0)
        return;
    put_slice(s, t->description->sgpd);
    uint64_t box = mp4_full_box(s, "sbgp", 0, 0);
    mp4_put(s, "roll", 4);
    mp4_put32(s, 1);
    mp4_put32(s, t->tables->n);
    mp4_put32(s, 1);
    mp4_end(s, box);
}

static void write_stbl(struct mp4_sink *s, const struct mp4_track *t, uint64_t data_at)
{
    uint64_t box = mp4_box(s, "stbl");
    put_slice(s, t->description->stsd);
    write_stts(s, t->tables);
    /* Without this table every sample is a key frame. */
    if (t->video && t->tables->n_keys > 0 && t->tables->n_keys < t->tables->n)
        write_stss(s, t->tables);
    write_ctts(s, t->tables);
    write_stsz(s, t->tables);
    write_chunks(s, t->tables, data_at);
    write_groups(s, t);
    mp4_end(s, box);
}

static void write_trak(struct mp4_sink *s, const struct mp4_track *t, int id,
                       uint64_t data_at)
{
    uint64_t trak = mp4_box(s, "trak");
    write_tkhd(s, t, id);
    write_edts(s, t);
    uint64_t mdia = mp4_box(s, "mdia");
    write_mdhd(s, t);
    put_slice(s, t->description->hdlr);
    uint64_t minf = mp4_box(s, "minf");
    put_slice(s, t->description->media_header);
    put_slice(s, t->description->dinf);
    write_stbl(s, t, data_at);
    mp4_end(s, minf);
    mp4_end(s, mdia);
    mp4_end(s, trak);
}

void mp4_write_moov(struct mp4_sink *s, const struct mp4_track *tracks, int n,
                    uint64_t data_at)
{
    int64_t duration = 0;
    for (int i = 0; i < n; i++) {
        int64_t d = shown_until(&tracks[i]);
        duration = d > duration ? d : duration;
    }
    uint64_t moov = mp4_box(s, "moov");
    write_mvhd(s, duration);
    for (int i = 0; i < n; i++)
        write_trak(s, &tracks[i], i + 1, data_at);
    put_slice(s, tracks[0].description->udta);
    mp4_end(s, moov);
}
