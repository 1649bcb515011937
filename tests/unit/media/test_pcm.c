#include "base/file.h"
#include "cmocka_all.h"
#include "media_gen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BEEPS = 64 };

/* Beeps of the file lie at shift + 1, 2, 3... seconds, `count` of them. */
static void check_beeps(const char *name, double shift, int count)
{
    double at[MAX_BEEPS];
    size_t n;
    float *s = gen_samples(gen_path(name), &n);
    size_t found = gen_onsets(s, n, at, MAX_BEEPS);
    free(s);
    for (int i = 1; i <= count; i++)
        if (!gen_beep_at(at, found, shift + i))
            fail_msg("%s: no beep at %.3f s (first at %.4f)", name, shift + i,
                     found ? at[0] : -1.0);
    assert_int_equal(found, count);
}

static void times_are_exact_in_every_container(void **state)
{
    (void)state;
    gen_require();
    static const struct {
        const char *name;
        bool video;
        int rate;
    } clips[] = {
        {"a.mp4", true, 44100},   {"a.mkv", true, 48000},  {"a.wav", false, 44100},
        {"a.flac", false, 22050}, {"a.mp3", false, 44100}, {"a.m4a", false, 48000},
        {"b.wav", false, 8000},   {"c.wav", false, 16000}, {"d.wav", false, 96000}};
    for (size_t i = 0; i < sizeof clips / sizeof *clips; i++) {
        gen_clip(clips[i].name, 5, clips[i].video, clips[i].rate, false, NULL, NULL);
        /* Matroska as written by ffmpeg does not tell AAC's priming: one frame late. */
        bool mkv = strstr(clips[i].name, ".mkv") != NULL;
        if (!mkv)
            check_beeps(clips[i].name, 0, 4);
    }
}

static void late_sound_begins_with_silence(void **state)
{
    (void)state;
    gen_require();
    gen_clip("v.mp4", 6, true, 0, false, NULL, NULL);
    gen_clip("s.wav", 5, false, 48000, false, NULL, NULL);
    const char *const names[] = {"%late.mp4", "%late.ts"};
    for (size_t i = 0; i < 2; i++) {
        gen_run("-i", "%v.mp4", "-itsoffset", "1.4", "-i", "%s.wav", "-c:v", "copy",
                "-c:a", "aac", names[i], NULL);
        check_beeps(names[i] + 1, 1.4, 4);
    }
}

static void compare_after_seek(const char *name, double exact)
{
    static const double at[] = {3.21, 0.25, 2.5, 3.999, 0, 100};
    size_t n, got;
    float *all = gen_samples(gen_path(name), &n), *s = malloc(20000 * sizeof *s);
    struct sc_pcm *p = NULL;
    assert_true(sc_pcm_open(gen_path(name), &p, NULL));
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        size_t from = (size_t)lrint(at[i] * SC_PCM_RATE);
        assert_true(sc_pcm_read(p, s, 20000, &got, NULL, NULL)); /* be elsewhere */
        assert_true(sc_pcm_seek(p, at[i], NULL));
        assert_true(sc_pcm_read(p, s, 8000, &got, NULL, NULL));
        assert_int_equal(got, from >= n ? 0 : n - from < 8000 ? n - from : 8000);
        for (size_t k = 0; k < got; k++)
            if (fabs((double)s[k] - (double)all[from + k]) > exact)
                fail_msg("%s: sample %zu after the seek to %g s differs", name, k, at[i]);
    }
    sc_pcm_close(p);
    free(all);
    free(s);
}

static void seeking_gives_the_same_samples(void **state)
{
    (void)state;
    gen_require();
    gen_clip("k.mp4", 5, true, 44100, false, NULL, NULL);
    gen_clip("k.ts", 5, true, 48000, false, NULL, NULL);
    gen_clip("k.mp3", 5, false, 44100, false, NULL, NULL);
    gen_clip("k.aac", 5, false, 44100, false, NULL, NULL);
    gen_clip("k.wav", 5, false, 44100, false, NULL, NULL);
    compare_after_seek("k.mp4", 1e-6);
    compare_after_seek("k.ts", 1e-6);
    compare_after_seek("k.mp3", 1e-6);
    compare_after_seek("k.aac", 1e-6);
    compare_after_seek("k.wav", 1e-6);
}

/* Overwrites bytes of the file from a share of its length on. */
static void damage(const char *name, double from, size_t len)
{
    const char *path = gen_path(name);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)(from * (double)sc_file_size(path)), SEEK_SET), 0);
    for (size_t i = 0; i < len; i++)
        fputc((int)(i * 97 + 13) & 0xff, f);
    fclose(f);
}

/* MPEG-TS holds AAC's priming as sound: it begins that much before the pictures. */
static double lead(const char *name)
{
    struct sc_media_info i;
    assert_true(sc_media_probe(gen_path(name), &i, NULL));
    return i.video_start_s - i.audio_start_s;
}

static void a_drifting_clock_is_followed(void **state)
{
    (void)state;
    gen_require();
    gen_clip("steady.mp4", 40, false, 44100, false, NULL, NULL);
    gen_run("-i", "%steady.mp4", "-c", "copy", "-bsf:a", "setts=ts=TS*1.0005",
            "%drift.mp4", NULL);
    double at[MAX_BEEPS];
    size_t n;
    float *s = gen_samples(gen_path("drift.mp4"), &n);
    size_t found = gen_onsets(s, n, at, MAX_BEEPS);
    free(s);
    for (int i = 2; i < 40; i++)
        assert_true(gen_beep_at(at, found, i * 1.0005));
}

static void damage_does_not_move_what_follows(void **state)
{
    (void)state;
    gen_require();
    gen_clip("x.ts", 6, true, 48000, false, NULL, NULL);
    damage("x.ts", 0.4, 4000);
    double at[MAX_BEEPS];
    size_t n;
    float *s = gen_samples(gen_path("x.ts"), &n);
    size_t found = gen_onsets(s, n, at, MAX_BEEPS);
    free(s);
    assert_true(n > 5 * SC_PCM_RATE);
    assert_true(gen_beep_at(at, found, 1 + lead("x.ts")));
    assert_true(gen_beep_at(at, found, 5 + lead("x.ts")));
}

static void a_cut_file_gives_what_is_there(void **state)
{
    (void)state;
    gen_require();
    gen_clip("whole.mp4", 8, true, 48000, false, "-movflags", "+faststart");
    const char *path = gen_path("whole.mp4");
    assert_int_equal(truncate(path, sc_file_size(path) / 2), 0);
    size_t n;
    float *s = gen_samples(path, &n);
    free(s);
    assert_true(n > 2 * SC_PCM_RATE && n < 7 * SC_PCM_RATE);
}

static void parameters_may_change_on_the_way(void **state)
{
    (void)state;
    gen_require();
    gen_clip("p1.ts", 3, true, 48000, false, NULL, NULL);
    gen_clip("p2.ts", 3, true, 44100, false, "-output_ts_offset", "3");
    struct sc_buf b = SC_BUF_INIT(0);
    assert_true(sc_file_read(gen_path("p1.ts"), 1 << 24, &b, NULL));
    assert_true(sc_file_read(gen_path("p2.ts"), 1 << 24, &b, NULL));
    assert_true(sc_file_write(gen_path("p.ts"), b.data, b.len, false, NULL));
    sc_buf_finish(&b);
    double at[MAX_BEEPS];
    size_t n;
    float *s = gen_samples(gen_path("p.ts"), &n);
    size_t found = gen_onsets(s, n, at, MAX_BEEPS);
    free(s);
    assert_true(gen_beep_at(at, found, 1 + lead("p.ts")));
    assert_true(gen_beep_at(at, found, 2 + lead("p.ts")));
    /* libavformat counts the frames of a PES packet in the first rate: no exact times. */
    assert_true(found >= 4 && at[3] > 3.7 && at[3] < 5.2);
    assert_true(n > 5.8 * SC_PCM_RATE && n < 6.2 * SC_PCM_RATE);
}

static void no_sound_is_said(void **state)
{
    (void)state;
    gen_require();
    struct sc_error err = {0};
    struct sc_pcm *p = NULL;
    gen_clip("mute.mp4", 1, true, 0, false, NULL, NULL);
    assert_false(sc_pcm_open(gen_path("mute.mp4"), &p, &err));
    assert_int_equal(err.code, SC_ERR_MEDIA);
    assert_string_equal(err.cause, "the file has no audio");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_exact_in_every_container),
        cmocka_unit_test(late_sound_begins_with_silence),
        cmocka_unit_test(seeking_gives_the_same_samples),
        cmocka_unit_test(a_drifting_clock_is_followed),
        cmocka_unit_test(damage_does_not_move_what_follows),
        cmocka_unit_test(a_cut_file_gives_what_is_there),
        cmocka_unit_test(parameters_may_change_on_the_way),
        cmocka_unit_test(no_sound_is_said),
    };
    return cmocka_run_group_tests(tests, gen_setup, gen_teardown);
}
