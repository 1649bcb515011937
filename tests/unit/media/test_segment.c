/* Segments made byte by byte: no media library needed. */
#include "cmocka_all.h"
#include "media/media.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TS = 188 };

struct bytes {
    unsigned char data[64 * 1024];
    size_t n;
};

static void put(struct bytes *b, const void *p, size_t n)
{
    memcpy(b->data + b->n, p, n);
    b->n += n;
}

static void put32(struct bytes *b, uint32_t v)
{
    unsigned char c[4] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                          (unsigned char)(v >> 8), (unsigned char)v};
    put(b, c, 4);
}

/* Continuity counters go on over all packets of a PID. */
static unsigned char counters[512];

/* A TS packet that begins a PES packet with this time (90 kHz). */
static void put_pes(struct bytes *b, int pid, int stream_id, int64_t pts)
{
    unsigned char p[TS];
    memset(p, 0xff, sizeof p);
    const unsigned char h[] = {0x47,
                               (unsigned char)(0x40 | pid >> 8),
                               (unsigned char)pid,
                               (unsigned char)(0x10 | (counters[pid]++ & 15)),
                               0,
                               0,
                               1,
                               (unsigned char)stream_id,
                               0,
                               0,
                               0x80,
                               0x80,
                               5,
                               (unsigned char)(0x21 | (pts >> 29 & 0x0e)),
                               (unsigned char)(pts >> 22),
                               (unsigned char)(pts >> 14 | 1),
                               (unsigned char)(pts >> 7),
                               (unsigned char)(pts << 1 | 1)};
    memcpy(p, h, sizeof h);
    put(b, p, TS);
}

static void make_ts(struct bytes *b, int frames, int64_t first)
{
    static const int order[] = {0, 3, 1, 2}; /* as with B frames */
    b->n = 0;
    for (int i = 0; i < frames; i++) {
        int k = i / 4 * 4 + order[i % 4];
        put_pes(b, 256, 0xe0, (first + k * 3600) & ((INT64_C(1) << 33) - 1));
        put_pes(b, 257, 0xc0, (first + i * 1920) & ((INT64_C(1) << 33) - 1));
    }
}

static struct sc_segment_check good(const struct bytes *init, const struct bytes *b)
{
    struct sc_segment_check c;
    struct sc_error err = {0};
    if (!sc_segment_inspect(init ? init->data : NULL, init ? init->n : 0, b->data, b->n,
                            &c, &err))
        fail_msg("refused: %s", err.cause);
    return c;
}

static void refused(const void *data, size_t len, const char *why)
{
    struct sc_segment_check c = {.pts_span_s = 77};
    struct sc_error err = {0};
    assert_false(sc_segment_inspect(NULL, 0, data, len, &c, &err));
    assert_int_equal(err.code, SC_ERR_MEDIA);
    if (!strstr(err.cause, why))
        fail_msg("said \"%s\", not \"%s\"", err.cause, why);
    assert_true(c.pts_span_s > 76); /* untouched */
}

static void near(double a, double b)
{
    if (fabs(a - b) > 1e-6)
        fail_msg("%.9f is not %.9f", a, b);
}

static void ts_span_counts_whole_frames(void **state)
{
    (void)state;
    static struct bytes b;
    make_ts(&b, 100, 126000);
    struct sc_segment_check c = good(NULL, &b);
    assert_true(c.is_ts && !c.is_fmp4 && !c.is_packed_audio);
    near(c.pts_span_s, 4);
    near(c.first_pts_s, 1.4);
    make_ts(&b, 100, (INT64_C(1) << 33) - 90000); /* the clock wraps after 1 s */
    near(good(NULL, &b).pts_span_s, 4);
    b.n = 16 * TS;
    near(good(NULL, &b).pts_span_s, 0.32);
}

/* ADTS frames of 1024 samples at 48 kHz, 150 bytes each, 3 to a PES packet. */
static void put_sound(struct bytes *b, int pes, int64_t first)
{
    static const unsigned char head[7] = {0xff,     0xf1,           0x4c, 0x80,
                                          150 >> 3, (150 & 7) << 5, 0};
    for (int i = 0; i < pes; i++) {
        unsigned char body[450], p[TS];
        memset(body, 0x55, sizeof body);
        for (int k = 0; k < 3; k++)
            memcpy(body + 150 * k, head, sizeof head);
        put_pes(b, 258, 0xc0, first + (int64_t)i * 3 * 1920);
        /* 14 bytes of header were told to be all: 9 + 5 */
        memcpy(b->data + b->n - TS + 18, body, TS - 18);
        for (size_t at = TS - 18; at < sizeof body;) {
            size_t n = sizeof body - at < 184 ? sizeof body - at : 184;
            memset(p, 0xff, sizeof p);
            p[0] = 0x47;
            p[1] = 1;
            p[2] = 2;
            p[3] = (unsigned char)(0x10 | (counters[258]++ & 15));
            if (n < 184) { /* stuffing is in an adaptation field */
                p[3] |= 0x20;
                p[4] = (unsigned char)(183 - n);
                if (p[4])
                    p[5] = 0;
            }
            memcpy(p + TS - n, body + at, n);
            put(b, p, TS);
            at += n;
        }
    }
}

static void ts_sound_is_counted(void **state)
{
    (void)state;
    static struct bytes b;
    make_ts(&b, 20, 126000);
    struct sc_segment_check c = good(NULL, &b);
    assert_true(c.sound_end_s < 0); /* no ADTS in it */
    near(c.frame_s, 0);             /* without DTS the order says nothing */
    put_sound(&b, 10, 126000);
    c = good(NULL, &b);
    assert_null(c.suspect);
    near(c.sound_first_s, 1.4);
    near(c.sound_end_s, 1.4 + 30 * 1024.0 / 48000);
    near(c.sound_frame_s, 1024.0 / 48000);
    b.n -= TS; /* the last frame lacks its end */
    assert_non_null(strstr(good(NULL, &b).suspect, "cut off"));
    b.data[b.n - 2 * TS + 18] ^= 0x40; /* the sync word of a frame */
    assert_non_null(strstr(good(NULL, &b).suspect, "sound"));
}

static void ts_packets_in_turn(void **state)
{
    (void)state;
    static struct bytes b;
    memset(counters, 0, sizeof counters);
    make_ts(&b, 40, 0);
    struct sc_segment_check c = good(NULL, &b);
    assert_null(c.suspect);
    assert_int_equal(c.first_counter, 0);
    assert_int_equal(c.last_counter, 39 & 15);
    memmove(b.data + 20 * TS, b.data + 22 * TS, b.n - 22 * TS);
    b.n -= 2 * TS;
    assert_non_null(strstr(good(NULL, &b).suspect, "missing"));
    make_ts(&b, 4, 0);
    put(&b, b.data + 7 * TS, TS); /* the same packet twice is allowed */
    assert_null(good(NULL, &b).suspect);
    put(&b, b.data + 7 * TS, TS);
    assert_non_null(good(NULL, &b).suspect);
    make_ts(&b, 4, 0);
    b.data[3 * TS + 1] |= 0x80;
    assert_non_null(strstr(good(NULL, &b).suspect, "marked"));
}

static void ts_must_be_whole(void **state)
{
    (void)state;
    static struct bytes b;
    make_ts(&b, 100, 0);
    refused(b.data, b.n - 1, "cut short");
    refused(b.data, b.n / 2 + 50, "cut short");
    b.data[50 * TS] = 0;
    refused(b.data, b.n, "damaged at byte 9400");
    refused(b.data, 0, "empty");
}

/* Stuffing and tables are whole packets too; what a segment holds is told. */
static void ts_holds_something(void **state)
{
    (void)state;
    static struct bytes b;
    unsigned char null[TS];
    memset(null, 0xff, sizeof null);
    memcpy(null, "\x47\x1f\xff\x10", 4);
    b.n = 0;
    for (int i = 0; i < 20; i++)
        put(&b, null, TS);
    refused(b.data, b.n, "no video and no sound");
    put_pes(&b, 257, 0xc0, 90000);
    assert_int_equal(good(NULL, &b).kinds, SC_SEGMENT_SOUND);
    put_pes(&b, 256, 0xe0, 90000);
    assert_int_equal(good(NULL, &b).kinds, SC_SEGMENT_SOUND | SC_SEGMENT_VIDEO);
}

static void what_servers_send_instead(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {{"<!DOCTYPE html><html><body>Forbidden", "an HTML page"},
                 {"\xef\xbb\xbf \r\n<HTML>", "an HTML page"},
                 {"<?xml version=\"1.0\"?><Error><Code>AccessDenied", "an XML message"},
                 {"{\"message\":\"expired\"}", "a JSON message"},
                 {"#EXTM3U\n#EXTINF:4,\na.ts\n", "a playlist"},
                 {"WEBVTT\n\n00:00.000 --> 00:01.000\nhi", "subtitles"},
                 {"\x01\x02\x03\x04 any bytes at all", "not MPEG-TS"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].text, strlen(cases[i].text), cases[i].why);
}

/* Writes a box around what fn adds. */
static size_t open_box(struct bytes *b, const char *type)
{
    size_t at = b->n;
    put32(b, 0);
    put(b, type, 4);
    return at;
}

static void close_box(struct bytes *b, size_t at)
{
    size_t end = b->n;
    b->n = at;
    put32(b, (uint32_t)(end - at));
    b->n = end;
}

static void make_init(struct bytes *b)
{
    b->n = 0;
    size_t moov = open_box(b, "moov"), trak = open_box(b, "trak"),
           tkhd = open_box(b, "tkhd");
    for (int i = 0; i < 6; i++)
        put32(b, i == 3 ? 7 : 0); /* track 7 */
    close_box(b, tkhd);
    size_t mdia = open_box(b, "mdia"), mdhd = open_box(b, "mdhd");
    for (int i = 0; i < 6; i++)
        put32(b, i == 3 ? 1000 : 0); /* timescale */
    close_box(b, mdhd);
    size_t hdlr = open_box(b, "hdlr");
    put32(b, 0), put32(b, 0), put(b, "vide", 4);
    close_box(b, hdlr), close_box(b, mdia), close_box(b, trak);
    size_t mvex = open_box(b, "mvex"), trex = open_box(b, "trex");
    put32(b, 0), put32(b, 7), put32(b, 1), put32(b, 40), put32(b, 10), put32(b, 0);
    close_box(b, trex), close_box(b, mvex), close_box(b, moov);
}

static void make_fragment(struct bytes *b, uint32_t time, uint32_t samples,
                          uint32_t media)
{
    size_t moof = open_box(b, "moof"), traf = open_box(b, "traf"),
           tfhd = open_box(b, "tfhd");
    put32(b, 0x10), put32(b, 7), put32(b, 10); /* default size 10 */
    close_box(b, tfhd);
    size_t tfdt = open_box(b, "tfdt");
    put32(b, 0), put32(b, time);
    close_box(b, tfdt);
    size_t trun = open_box(b, "trun");
    put32(b, 0), put32(b, samples);
    close_box(b, trun), close_box(b, traf), close_box(b, moof);
    size_t mdat = open_box(b, "mdat");
    for (uint32_t i = 0; i < media; i++)
        put(b, "x", 1);
    close_box(b, mdat);
}

static void fragments_add_up(void **state)
{
    (void)state;
    static struct bytes init, b;
    make_init(&init);
    b.n = 0;
    make_fragment(&b, 5000, 50, 500);
    make_fragment(&b, 7000, 50, 500);
    struct sc_segment_check c = good(&init, &b);
    assert_true(c.is_fmp4);
    near(c.pts_span_s, 4);
    near(c.first_pts_s, 5);
    near(good(NULL, &b).pts_span_s, -1); /* no timescale */
    refused(b.data, b.n - 1, "cut short");
    refused(b.data, b.n - 508, "no media after its index");
    refused(b.data, b.n / 2 + 9, "cut short");
    b.n = 0;
    make_fragment(&b, 0, 50, 499);
    refused(b.data, b.n, "499 of 500 bytes");
    b.n = 0;
    close_box(&b, open_box(&b, "styp"));
    refused(b.data, b.n, "no video and no sound");
    make_fragment(&b, 0, 500, 5000);
    c = good(&init, &b);
    assert_int_equal(c.kinds, SC_SEGMENT_VIDEO);
    assert_null(c.suspect);
    memset(b.data + b.n - 5000, 0, 5000);
    assert_string_equal(good(&init, &b).suspect, "its media is nothing but zeros");
}

static void packed_audio_is_walked(void **state)
{
    (void)state;
    static struct bytes b;
    static const char owner[] = "com.apple.streaming.transportStreamTimestamp";
    unsigned char id3[10] = {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 10 + sizeof owner + 8};
    b.n = 0;
    put(&b, id3, sizeof id3);
    put(&b, "PRIV", 4);
    put32(&b, sizeof owner + 8);
    put(&b, "\0\0", 2);
    put(&b, owner, sizeof owner);
    put32(&b, 0), put32(&b, 900000);
    for (int i = 0; i < 100; i++) { /* ADTS, 48 kHz, 20 bytes each */
        unsigned char f[20] = {0xff, 0xf1, 0x4c, 0x80, 20 >> 3, (20 & 7) << 5, 0};
        put(&b, f, sizeof f);
    }
    struct sc_segment_check c = good(NULL, &b);
    assert_true(c.is_packed_audio);
    near(c.pts_span_s, 100 * 1024.0 / 48000);
    near(c.first_pts_s, 10);
    refused(b.data, b.n - 5, "cut short");
    b.data[b.n - 40] = 0;
    refused(b.data, b.n, "damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_span_counts_whole_frames),
        cmocka_unit_test(ts_must_be_whole),
        cmocka_unit_test(ts_holds_something),
        cmocka_unit_test(ts_sound_is_counted),
        cmocka_unit_test(ts_packets_in_turn),
        cmocka_unit_test(what_servers_send_instead),
        cmocka_unit_test(fragments_add_up),
        cmocka_unit_test(packed_audio_is_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
