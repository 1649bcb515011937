#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "media_gen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BEEPS = 128 };

static void near(double a, double b, double by)
{
    if (fabs(a - b) > by)
        fail_msg("%f is not %f (+-%f)", a, b, by);
}

static struct sc_media_info probe(const char *name)
{
    struct sc_media_info i;
    struct sc_error err = {0};
    if (!sc_media_probe(gen_path(name), &i, &err))
        fail_msg("%s: %s", name, err.cause);
    return i;
}

static void verify(const char *name, double seconds, uint64_t packets)
{
    struct sc_error err = {0};
    struct sc_verify_expect want = {.duration_s = seconds, .n_packets = packets};
    if (!sc_media_verify(gen_path(name), &want, NULL, &err))
        fail_msg("%s: %s", name, err.cause);
}

static size_t beeps(const char *name, double *at)
{
    size_t n;
    float *s = gen_samples(gen_path(name), &n);
    size_t found = gen_onsets(s, n, at, MAX_BEEPS);
    free(s);
    return found;
}

/* A fast-start file: the index stands before the media. *media_at: where these begin. */
static bool index_first(const char *name, size_t *media_at)
{
    struct sc_buf b = SC_BUF_INIT(0);
    assert_true(sc_file_read(gen_path(name), 1 << 28, &b, NULL));
    bool first = false;
    size_t at = 0;
    while (at + 8 <= b.len) {
        const unsigned char *p = (const unsigned char *)b.data + at;
        size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (memcmp(p + 4, "moov", 4) == 0)
            first = true;
        if (size < 8 || memcmp(p + 4, "mdat", 4) == 0)
            break;
        at += size;
    }
    sc_buf_finish(&b);
    *media_at = at;
    return first;
}

static int make_clips(void **state)
{
    int r = gen_setup(state);
    if (r != 0 || !gen_possible)
        return r;
    char name[16];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "d%d.ts", i);
        gen_clip(name, 2, true, 48000, false, NULL, NULL);
    }
    gen_clip("v.ts", 2, true, 0, false, NULL, NULL);
    gen_clip("a.ts", 2, false, 48000, false, NULL, NULL);
    gen_clip("r44.ts", 2, true, 44100, false, NULL, NULL);
    gen_clip("src.mp4", 12, true, 48000, false, NULL, NULL);
    return 0;
}

static void one_run_is_one_stream(void **state)
{
    (void)state;
    gen_require();
    gen_run("-i", "%src.mp4", "-c", "copy", "-f", "hls", "-hls_time", "2",
            "-hls_list_size", "0", "-hls_segment_filename", "%t%d.ts", "%t.m3u8", NULL);
    static const char *const list[] = {"0:2:1:t0.ts", "2:2:0:t1.ts", "4:2:0:t2.ts",
                                       "6:2:0:t3.ts", "8:2:0:t4.ts", "10:2:0:t5.ts",
                                       NULL};
    struct sc_remux_options opts = {.expected_duration_s = 12, .title = "Graphs 3"};
    struct sc_remux_result r = gen_remux(list, NULL, "one.mp4", &opts);
    verify("one.mp4", 12, r.n_video_packets + r.n_audio_packets);
    assert_int_equal(r.n_video_packets, 300);
    size_t media_at;
    assert_true(index_first("one.mp4", &media_at));
    assert_string_equal(probe("one.mp4").title, "Graphs 3");
    double at[MAX_BEEPS];
    size_t n = beeps("one.mp4", at);
    for (int i = 1; i < 12; i++)
        assert_true(gen_beep_at(at, n, i));
    assert_false(sc_file_exists(gen_path("one.mp4.part")));
}

static void nothing_drifts_over_many_runs(void **state)
{
    (void)state;
    gen_require();
    enum { RUNS = 100 };
    static char text[RUNS][32];
    const char *list[RUNS + 1];
    for (int i = 0; i < RUNS; i++) {
        snprintf(text[i], sizeof text[i], "%d:2:1:d%d.ts", i * 2, i % 3);
        list[i] = text[i];
    }
    list[RUNS] = NULL;
    struct sc_remux_options opts = {.expected_duration_s = RUNS * 2};
    struct sc_remux_result r = gen_remux(list, NULL, "many.mp4", &opts);
    assert_int_equal(r.n_video_packets, RUNS * 50);
    verify("many.mp4", RUNS * 2, 0);
    struct sc_pcm *p = NULL;
    float s[1600];
    size_t got;
    assert_true(sc_pcm_open(gen_path("many.mp4"), &p, NULL));
    for (int i = 9; i < RUNS; i += 30) { /* the beep 1 s into the run */
        double at;
        assert_true(sc_pcm_seek(p, i * 2 + 0.95, NULL));
        assert_true(sc_pcm_read(p, s, 1600, &got, NULL, NULL));
        assert_int_equal(gen_onsets(s, got, &at, 1), 1);
        near(at, 0.05, 0.001);
    }
    sc_pcm_close(p);
}

static void clocks_that_jump_or_wrap_are_followed(void **state)
{
    (void)state;
    gen_require();
    static const char *const jump[] = {"0:2:1:d0.ts", "2:2:0:d1.ts", "4:2:0:d2.ts", NULL};
    gen_remux(jump, NULL, "jump.mp4", NULL);
    verify("jump.mp4", 6, 0);
    gen_clip("wrap.ts", 8, true, 48000, false, "-output_ts_offset", "95439.5");
    static const char *const wrap[] = {"0:8:1:wrap.ts", NULL};
    gen_remux(wrap, NULL, "wrap.mp4", NULL);
    verify("wrap.mp4", 8, 0);
    double at[MAX_BEEPS];
    size_t n = beeps("jump.mp4", at);
    assert_true(gen_beep_at(at, n, 1) && gen_beep_at(at, n, 3) && gen_beep_at(at, n, 5));
    n = beeps("wrap.mp4", at);
    for (int i = 1; i < 8; i++)
        assert_true(gen_beep_at(at, n, i));
}

static void a_hole_stays_a_hole(void **state)
{
    (void)state;
    gen_require();
    static const char *const hole[] = {"0:2:1:d0.ts", "6:2:1:d1.ts", NULL};
    gen_remux(hole, NULL, "hole.mp4", NULL);
    verify("hole.mp4", 8, 0);
    double at[MAX_BEEPS];
    size_t n = beeps("hole.mp4", at);
    assert_int_equal(n, 2);
    assert_true(gen_beep_at(at, n, 1) && gen_beep_at(at, n, 7));
    /* The same within one run: the segment between is missing, the clock goes on. */
    static const char *const in_run[] = {"0:2:1:t0.ts", "6:2:0:t3.ts", NULL};
    gen_remux(in_run, NULL, "hole2.mp4", NULL);
    verify("hole2.mp4", 8, 0);
    n = beeps("hole2.mp4", at);
    assert_true(gen_beep_at(at, n, 1) && gen_beep_at(at, n, 7));
}

static void runs_may_lack_picture_or_sound(void **state)
{
    (void)state;
    gen_require();
    static const char *const lists[][4] = {
        {"0:2:1:d0.ts", "2:2:1:v.ts", "4:2:1:d1.ts", NULL},
        {"0:2:1:d0.ts", "2:2:1:a.ts", "4:2:1:d1.ts", NULL},
        {"0:2:1:v.ts", "2:2:1:d0.ts", "4:2:1:d1.ts", NULL},
        {"0:2:1:a.ts", "2:2:1:d0.ts", "4:2:1:d1.ts", NULL}};
    double at[MAX_BEEPS];
    for (size_t i = 0; i < 4; i++) {
        gen_remux(lists[i], NULL, "lack.mp4", NULL);
        verify("lack.mp4", 6, 0);
        size_t n = beeps("lack.mp4", at);
        assert_true(gen_beep_at(at, n, 5));
        struct sc_media_info info = probe("lack.mp4");
        assert_true(info.has_video && info.has_audio);
    }
    static const char *const only_sound[] = {"0:2:1:a.ts", NULL};
    gen_remux(only_sound, NULL, "sound.mp4", NULL);
    assert_false(probe("sound.mp4").has_video);
    static const char *const only_pictures[] = {"0:2:1:v.ts", NULL};
    gen_remux(only_pictures, NULL, "mute.mp4", NULL);
    assert_false(probe("mute.mp4").has_audio);
}

static void fragmented_mp4_and_changes_of_form(void **state)
{
    (void)state;
    gen_require();
    gen_run("-i", "%src.mp4", "-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4",
            "-hls_time", "4", "-hls_list_size", "0", "-hls_fmp4_init_filename", "i.mp4",
            "-hls_segment_filename", "%f%d.m4s", "%f.m3u8", NULL);
    static const char *const plain[] = {"0:0:1:i.mp4", "0:4:0:f0.m4s", "4:4:0:f1.m4s",
                                        "8:4:0:f2.m4s", NULL};
    gen_remux(plain, NULL, "f.mp4", NULL);
    verify("f.mp4", 12, 0);
    static const char *const mixed[][5] = {
        {"0:0:1:i.mp4", "0:4:0:f0.m4s", "4:2:1:big.ts", "6:2:1:d0.ts", NULL},
        {"0:2:1:d0.ts", "2:0:1:i.mp4", "2:4:0:f0.m4s", "6:2:1:big.ts", NULL}};
    gen_run("-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=2", "-c:v", "libx264",
            "-preset", "ultrafast", "%big.ts", NULL);
    for (size_t i = 0; i < 2; i++) {
        gen_remux(mixed[i], NULL, "m.mp4", NULL);
        verify("m.mp4", 8, 0);
        gen_run("-xerror", "-i", "%m.mp4", "-f", "null", "-",
                NULL); /* decodes throughout */
    }
}

static void separate_sound_keeps_its_place(void **state)
{
    (void)state;
    gen_require();
    static const char *const names[] = {"%sv.ts", "%sa.ts"};
    /* One clock for both, as RFC 8216 asks. */
    for (size_t i = 0; i < 2; i++)
        gen_run("-i", "%src.mp4", "-map", i ? "0:a" : "0:v", "-c", "copy", "-copyts",
                "-muxdelay", "1", "-muxpreload", "0", "-avoid_negative_ts", "0",
                "-output_ts_offset", "5", names[i], NULL);
    static const char *const v[] = {"0:12:1:sv.ts", NULL}, *const a[] = {"0:12:1:sa.ts",
                                                                         NULL};
    gen_remux(v, a, "sep.mp4", NULL);
    verify("sep.mp4", 12, 0);
    double at[MAX_BEEPS];
    size_t n = beeps("sep.mp4", at);
    for (int i = 1; i < 12; i++)
        assert_true(gen_beep_at(at, n, i));
    /* Bare ADTS, without a clock: it begins at the playlist's start. */
    gen_run("-i", "%src.mp4", "-map", "0:a", "-c", "copy", "%bare.aac", NULL);
    static const char *const bare[] = {"0:12:1:bare.aac", NULL};
    gen_remux(v, bare, "sep2.mp4", NULL);
    verify("sep2.mp4", 12, 0);
    n = beeps("sep2.mp4", at);
    assert_int_equal(n, 11);
    near(at[0], 1.0, 0.025);
}

/* Sound from 0 s, pictures of the same clock from lead on: the sound counts from 0. */
static void separate_sound_that_leads_is_kept(void **state)
{
    (void)state;
    gen_require();
    static const double leads[] = {0.2, 0.6};
    gen_clip("lead.mp4", 4, true, 48000, true, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        char at[2][16];
        snprintf(at[0], sizeof at[0], "%.1f", 5 + leads[i]);
        snprintf(at[1], sizeof at[1], "%.1f", 5.0);
        static const char *const names[] = {"%lv.ts", "%la.ts"};
        for (size_t k = 0; k < 2; k++)
            gen_run("-i", "%lead.mp4", "-map", k ? "0:a" : "0:v", "-c", "copy", "-copyts",
                    "-muxdelay", "0", "-muxpreload", "0", "-avoid_negative_ts", "0",
                    "-output_ts_offset", at[k], names[k], NULL);
        static const char *const v[] = {"0:4:1:lv.ts", "8:4:1:lv.ts", NULL};
        static const char *const a[] = {"0:4:1:la.ts", "8:4:1:la.ts", NULL};
        struct sc_remux_result r = gen_remux(v, a, "lead-out.mp4", NULL);
        near(r.lead_s, leads[i], 0.03);
        near(probe("lead-out.mp4").video_start_s, r.lead_s, 0.001);
        verify("lead-out.mp4", 12 + r.lead_s, 0);
        double found[MAX_BEEPS], shift = r.lead_s - leads[i];
        size_t n = beeps("lead-out.mp4", found);
        assert_int_equal(n, 8); /* none is lost */
        for (int b = 0; b < 4; b++) {
            assert_true(gen_beep_at(found, n, b + shift));
            assert_true(gen_beep_at(found, n, 8 + b + shift));
        }
        struct sc_remux_options range = {.skip_until_s = 1};
        assert_true(gen_remux(v, a, "lead-cut.mp4", &range).lead_s == 0);
    }
}

static void a_range_begins_at_a_key_frame(void **state)
{
    (void)state;
    gen_require();
    static const char *const list[] = {"0:2:1:t0.ts", "2:2:0:t1.ts", "4:2:0:t2.ts",
                                       "6:2:0:t3.ts", NULL};
    struct sc_remux_options opts = {.skip_until_s = 3.3, .stop_at_s = 6};
    struct sc_remux_result r = gen_remux(list, NULL, "cut.mp4", &opts);
    near(r.first_kept_s, 3, 0.001);
    near(r.duration_s, 3, 0.13);
    struct sc_verify_expect want = {.duration_s = 3, .tolerance_s = 0.13};
    assert_true(sc_media_verify(gen_path("cut.mp4"), &want, NULL, NULL));
    double at[MAX_BEEPS];
    size_t n = beeps("cut.mp4", at);
    assert_true(gen_beep_at(at, n, 1) && gen_beep_at(at, n, 2));
    near(probe("cut.mp4").video_start_s, 0, 0.001);
}

static void the_same_stream_gives_the_same_bytes(void **state)
{
    (void)state;
    gen_require();
    static const char *const list[] = {"0:2:1:d0.ts", "2:2:1:d1.ts", "4:2:1:v.ts", NULL};
    char a[SC_SHA256_HEX_SIZE], b[SC_SHA256_HEX_SIZE];
    struct sc_remux_options opts = {.expected_duration_s = 6};
    gen_remux(list, NULL, "s1.mp4", &opts);
    sleep(1);
    gen_remux(list, NULL, "s2.mp4", &opts);
    assert_true(sc_sha256_of_file(gen_path("s1.mp4"), a, NULL));
    assert_true(sc_sha256_of_file(gen_path("s2.mp4"), b, NULL));
    assert_string_equal(a, b);
}

/* A source's pieces in windows of at most `most` bytes. */
struct windows {
    struct gen_pieces pieces;
    struct sc_remux_piece now;
    size_t most;
};

static bool next_window(void *user, struct sc_remux_piece *piece, struct sc_error *err)
{
    struct windows *w = user;
    w->now.goes_on = w->now.len > w->most;
    if (w->now.goes_on) {
        w->now.data = (const char *)w->now.data + w->most;
        w->now.len -= w->most;
    } else {
        w->now = (struct sc_remux_piece){0};
        if (!gen_next_piece(&w->pieces, &w->now, err))
            return false;
    }
    *piece = w->now;
    if (piece->len > w->most)
        piece->len = w->most;
    return true;
}

static void a_piece_may_come_in_windows(void **state)
{
    (void)state;
    gen_require();
    static const char *const ts[] = {"0:2:1:d0.ts", "2:2:1:d1.ts", "4:2:1:v.ts", NULL};
    static const char *const sound[] = {"0:12:1:bare.aac", NULL};
    static const char *const *const lists[] = {ts, sound};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char a[SC_SHA256_HEX_SIZE], b[SC_SHA256_HEX_SIZE];
        struct sc_remux_options opts = {.expected_duration_s = 6};
        struct sc_remux_result r = {0};
        struct windows w = {.pieces = {.list = lists[i]}, .most = 5000};
        struct sc_remux_source source = {next_window, &w};
        gen_remux(lists[i], NULL, "whole.mp4", &opts);
        assert_true(
            sc_remux_run(&source, NULL, gen_path("parts.mp4"), &opts, &r, NULL, NULL));
        free(w.pieces.data);
        assert_true(sc_sha256_of_file(gen_path("whole.mp4"), a, NULL));
        assert_true(sc_sha256_of_file(gen_path("parts.mp4"), b, NULL));
        assert_string_equal(a, b);
    }
}

static void too_little_room_is_made_good(void **state)
{
    (void)state;
    gen_require();
    gen_run("-f", "lavfi", "-i", "color=s=16x16:r=60:d=200", "-c:v", "libx264", "-preset",
            "ultrafast", "-bf", "2", "-tune", "zerolatency", "-x264opts",
            "slice-max-size=0", "%long.ts", NULL);
    static const char *const list[] = {"0:200:1:long.ts", NULL};
    struct sc_remux_options opts = {.expected_duration_s = 1};
    struct sc_remux_result r = gen_remux(list, NULL, "long.mp4", &opts);
    assert_int_equal(r.n_video_packets, 12000);
    verify("long.mp4", 200, 12000);
    size_t media_at;
    assert_true(index_first("long.mp4", &media_at));
    assert_int_equal(r.size_bytes, sc_file_size(gen_path("long.mp4")));
}

/* The media are moved on in blocks: nothing of them may change. */
static void moved_media_stay_the_same(void **state)
{
    (void)state;
    gen_require();
    gen_run("-f", "lavfi", "-i", "testsrc2=s=160x90:r=60:d=150", "-f", "lavfi", "-i",
            "sine=r=48000:d=150", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2",
            "-c:a", "aac", "%much.ts", NULL);
    static const char *const list[] = {"0:150:1:much.ts", NULL};
    static const double expected[] = {150, 0.1};
    char hex[2][SC_SHA256_HEX_SIZE];
    size_t media_at;
    for (int i = 0; i < 2; i++) {
        struct sc_remux_options opts = {.expected_duration_s = expected[i]};
        struct sc_remux_result r = gen_remux(list, NULL, "much.mp4", &opts);
        assert_int_equal(r.n_video_packets, 9000);
        assert_in_range(r.size_bytes, 3 << 20, 1 << 30); /* several blocks */
        assert_true(index_first("much.mp4", &media_at));
        assert_in_range(media_at, 100 * 1024, 1 << 20); /* more than 10 s would get */
        verify("much.mp4", 0, r.n_video_packets + r.n_audio_packets);
        gen_run("-i", "%much.mp4", "-c", "copy", "-f", "framemd5", "%much.txt", NULL);
        assert_true(sc_sha256_of_file(gen_path("much.txt"), hex[i], NULL));
    }
    assert_string_equal(hex[0], hex[1]);
}

static void failures_leave_nothing_behind(void **state)
{
    (void)state;
    gen_require();
    static const char *const change[] = {"0:2:1:d0.ts", "2:2:1:r44.ts", NULL};
    static const char *const missing[] = {"0:2:1:d0.ts", "2:2:0:not-there.ts", NULL};
    static const char *const *const lists[] = {change, missing};
    const enum sc_error_code codes[] = {SC_ERR_UNSUPPORTED, SC_ERR_NOT_FOUND};
    for (size_t i = 0; i < 2; i++) {
        struct gen_pieces g = {.list = lists[i]};
        struct sc_remux_source s = {gen_next_piece, &g};
        struct sc_remux_options opts = {0};
        struct sc_remux_result r;
        struct sc_error err = {0};
        assert_false(sc_remux_run(&s, NULL, gen_path("bad.mp4"), &opts, &r, NULL, &err));
        free(g.data);
        assert_int_equal(err.code, codes[i]);
        assert_false(sc_file_exists(gen_path("bad.mp4")));
        assert_false(sc_file_exists(gen_path("bad.mp4.part")));
    }
    struct sc_cancel cancel = {0};
    sc_cancel_request(&cancel);
    struct sc_remux_options opts = {0};
    struct sc_remux_result r;
    struct sc_error err = {0};
    assert_false(sc_remux_file(gen_path("src.mp4"), gen_path("bad.mp4"), &opts, &r,
                               &cancel, &err));
    assert_int_equal(err.code, SC_ERR_CANCELLED);
}

static void files_are_imported(void **state)
{
    (void)state;
    gen_require();
    static const char *const names[] = {"in.mkv", "in.ts", "in.mov"};
    double at[MAX_BEEPS];
    for (size_t i = 0; i < 3; i++) {
        struct sc_remux_options opts = {.expected_duration_s = 12};
        struct sc_remux_result r;
        struct sc_error err = {0};
        char name[16];
        snprintf(name, sizeof name, "%%%s", names[i]);
        gen_run("-i", "%src.mp4", "-c", "copy", name, NULL);
        if (!sc_remux_file(gen_path(names[i]), gen_path("in.mp4"), &opts, &r, NULL, &err))
            fail_msg("%s: %s", names[i], err.cause);
        verify("in.mp4", 12, r.n_video_packets + r.n_audio_packets);
        size_t n = beeps("in.mp4", at);
        assert_int_equal(n, 11);
        near(at[0], 1, 0.025);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_is_one_stream),
        cmocka_unit_test(nothing_drifts_over_many_runs),
        cmocka_unit_test(clocks_that_jump_or_wrap_are_followed),
        cmocka_unit_test(a_hole_stays_a_hole),
        cmocka_unit_test(runs_may_lack_picture_or_sound),
        cmocka_unit_test(fragmented_mp4_and_changes_of_form),
        cmocka_unit_test(separate_sound_keeps_its_place),
        cmocka_unit_test(separate_sound_that_leads_is_kept),
        cmocka_unit_test(a_range_begins_at_a_key_frame),
        cmocka_unit_test(the_same_stream_gives_the_same_bytes),
        cmocka_unit_test(a_piece_may_come_in_windows),
        cmocka_unit_test(too_little_room_is_made_good),
        cmocka_unit_test(moved_media_stay_the_same),
        cmocka_unit_test(failures_leave_nothing_behind),
        cmocka_unit_test(files_are_imported),
    };
    return cmocka_run_group_tests(tests, make_clips, gen_teardown);
}
