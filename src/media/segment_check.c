/* Which form a segment has, and what it is when it is none. */
#include "media/segment_int.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

size_t seg_id3_length(struct seg_bytes d)
{
    const uint8_t *p = d.p;
    if (d.n < 10 || memcmp(p, "ID3", 3) != 0 || ((p[6] | p[7] | p[8] | p[9]) & 0x80))
        return 0;
    size_t len = (size_t)p[6] << 21 | (size_t)p[7] << 14 | (size_t)p[8] << 7 | p[9];
    len += p[5] & 0x10 ? 20 : 10; /* header, and footer when there is one */
    return len <= d.n ? len : 0;
}

int64_t seg_id3_time(struct seg_bytes tag)
{
    static const char owner[] = "com.apple.streaming.transportStreamTimestamp";
    for (size_t i = 0; i + sizeof owner + 8 <= tag.n; i++)
        if (memcmp(tag.p + i, owner, sizeof owner) == 0)
            return (int64_t)(seg_be64(tag.p + i + sizeof owner) &
                             ((UINT64_C(1) << 33) - 1));
    return -1;
}

static bool begins(struct seg_bytes d, const char *what)
{
    size_t n = strlen(what);
    return d.n >= n && strncasecmp((const char *)d.p, what, n) == 0;
}

/* What a server sends in place of media. */
static bool fail_as_text(struct seg_bytes d, struct sc_error *err)
{
    static const struct {
        const char *begin, *what;
    } known[] = {
        {"<!doctype", "an HTML page"}, {"<html", "an HTML page"},
        {"<head", "an HTML page"},     {"<body", "an HTML page"},
        {"<?xml", "an XML message"},   {"<error", "an XML message"},
        {"<", "a text with markup"},   {"{", "a JSON message"},
        {"#EXTM3U", "a playlist"},     {"WEBVTT", "subtitles (WebVTT)"},
    };
    if (begins(d, "\xef\xbb\xbf")) {
        d.p += 3;
        d.n -= 3;
    }
    while (d.n && isspace(d.p[0])) {
        d.p++;
        d.n--;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (begins(d, known[i].begin))
            return sc_fail(err, SC_ERR_MEDIA,
                           "the server sent %s instead of video or audio", known[i].what);
    return sc_fail(
        err, SC_ERR_MEDIA,
        "the data is not MPEG-TS, fragmented MP4 or packed audio (wrong key or damaged)");
}

static bool inspect(struct seg_bytes i, struct seg_bytes d, struct sc_segment_check *out,
                    struct sc_error *err)
{
    struct sc_segment_check c = {.pts_span_s = -1,
                                 .first_pts_s = -1,
                                 .sound_end_s = -1,
                                 .first_counter = -1,
                                 .last_counter = -1};
    int64_t id3_time = -1;
    if (d.n == 0)
        return sc_fail(err, SC_ERR_MEDIA, "the segment is empty");
    for (size_t tag; (tag = seg_id3_length(d)) > 0;) {
        if (id3_time < 0)
            id3_time = seg_id3_time((struct seg_bytes){d.p, tag});
        d.p += tag;
        d.n -= tag;
    }
    bool ok;
    if (d.n == 0) /* a tag alone: packed audio without a frame */
        return sc_fail(err, SC_ERR_MEDIA,
                       "the segment holds no audio behind its ID3 tag");
    if (d.p[0] == 0x47 && (d.n < 377 || d.p[188] == 0x47 || d.p[376] == 0x47))
        ok = seg_check_ts(d, &c, err);
    else if (seg_is_mp4(d))
        ok = seg_check_mp4(i, d, &c, err);
    else if (seg_is_audio(d))
        ok = seg_check_audio(d, &c, err);
    else
        ok = fail_as_text(d, err);
    if (!ok)
        return false;
    if (id3_time >= 0 && c.is_packed_audio)
        c.first_pts_s = (double)id3_time / 90000;
    *out = c;
    return true;
}

static struct seg_bytes init_bytes(const void *init, size_t len)
{
    return (struct seg_bytes){.p = init, .n = init ? len : 0};
}

bool sc_segment_inspect(const void *init, size_t init_len, const void *data, size_t len,
                        struct sc_segment_check *out, struct sc_error *err)
{
    struct seg_bytes d = {.p = data, .n = len};
    return inspect(init_bytes(init, init_len), d, out, err);
}

bool sc_segment_inspect_map(const void *init, size_t init_len, void *map, size_t len,
                            struct sc_segment_check *out, struct sc_error *err)
{
    struct seg_bytes d = {.p = map, .n = len, .map = map};
    return inspect(init_bytes(init, init_len), d, out, err);
}
