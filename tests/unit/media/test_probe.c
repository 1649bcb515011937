#include "base/file.h"
#include "cmocka_all.h"
#include "media_gen.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static struct sc_media_info probe(const char *name)
{
    struct sc_media_info i;
    struct sc_error err = {0};
    if (!sc_media_probe(gen_path(name), &i, &err))
        fail_msg("%s: %s", name, err.cause);
    return i;
}

static void refused(const char *name, enum sc_error_code code, const char *why)
{
    struct sc_media_info i;
    struct sc_error err = {0};
    assert_false(sc_media_probe(gen_path(name), &i, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.cause, why))
        fail_msg("%s: said \"%s\", not \"%s\"", name, err.cause, why);
}

static void write_text(const char *name, const char *text)
{
    assert_true(sc_file_write(gen_path(name), text, strlen(text), false, NULL));
}

static void halve(const char *from, const char *to)
{
    assert_true(sc_file_copy(gen_path(from), gen_path(to), NULL));
    assert_int_equal(truncate(gen_path(to), sc_file_size(gen_path(from)) / 2), 0);
}

static void common_files(void **state)
{
    (void)state;
    gen_require();
    gen_clip("a.mp4", 4, true, 44100, false, "-metadata", "title=Graphs 3");
    struct sc_media_info i = probe("a.mp4");
    assert_true(i.has_video && i.has_audio && !i.truncated && !i.video_is_cover);
    assert_string_equal(i.container, "mp4");
    assert_string_equal(i.video_codec, "h264");
    assert_string_equal(i.audio_codec, "aac");
    assert_string_equal(i.title, "Graphs 3");
    assert_int_equal(i.width, 64);
    assert_int_equal(i.sample_rate, 44100);
    assert_true(fabs(i.duration_s - 4) < 0.05 && fabs(i.frame_rate - 25) < 0.01);
    gen_clip("a.ts", 4, true, 44100, false, NULL, NULL);
    assert_true(fabs(probe("a.ts").duration_s - 4) < 0.08);
    gen_clip("a.mp3", 4, false, 44100, false, NULL, NULL);
    i = probe("a.mp3");
    assert_true(!i.has_video && i.has_audio && fabs(i.duration_s - 4) < 0.08);
}

static void length_is_found_when_not_told(void **state)
{
    (void)state;
    gen_require();
    gen_clip("live.mkv", 4, true, 48000, false, "-live", "1");
    assert_true(fabs(probe("live.mkv").duration_s - 4) < 0.1);
    gen_clip("bare.aac", 4, false, 48000, false, NULL, NULL);
    assert_true(fabs(probe("bare.aac").duration_s - 4) < 0.1);
}

static void a_cover_is_no_video(void **state)
{
    (void)state;
    gen_require();
    gen_run("-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1", "%cover.png",
            NULL);
    gen_clip("song.wav", 2, false, 44100, false, NULL, NULL);
    gen_run("-i", "%song.wav", "-i", "%cover.png", "-map", "0", "-map", "1", "-c:v",
            "copy", "-disposition:v", "attached_pic", "%song.mp3", NULL);
    struct sc_media_info i = probe("song.mp3");
    assert_true(i.has_audio && !i.has_video && i.video_is_cover);
}

static void cut_files_are_told(void **state)
{
    (void)state;
    gen_require();
    gen_clip("slow.mp4", 4, true, 48000, false, NULL, NULL);
    gen_clip("fast.mp4", 4, true, 48000, false, "-movflags", "+faststart");
    gen_clip("w.mkv", 4, true, 48000, false, NULL, NULL);
    gen_clip("w.wav", 4, false, 48000, false, NULL, NULL);
    halve("slow.mp4", "no-index.mp4");
    halve("fast.mp4", "cut.mp4");
    halve("w.mkv", "cut.mkv");
    halve("w.wav", "cut.wav");
    refused("no-index.mp4", SC_ERR_MEDIA, "without its index");
    assert_true(probe("cut.mp4").truncated);
    assert_true(probe("cut.mkv").truncated);
    assert_true(probe("cut.wav").truncated);
    struct sc_error err = {0};
    struct sc_verify_expect any = {0};
    assert_true(sc_media_verify(gen_path("fast.mp4"), &any, NULL, NULL));
    assert_false(sc_media_verify(gen_path("cut.mp4"), &any, NULL, &err));
    assert_non_null(strstr(err.cause, "cut short"));
}

static void what_is_no_media(void **state)
{
    (void)state;
    write_text("empty.mp4", "");
    write_text("page.mp4", "<html><body>403 Forbidden</body></html>");
    write_text("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/etc/passwd\n");
    write_text("script.mp4", "ffconcat version 1.0\nfile /etc/passwd\n");
    refused("empty.mp4", SC_ERR_MEDIA, "is empty");
    refused("page.mp4", SC_ERR_MEDIA, "not a video or audio file");
    refused("list.mp4", SC_ERR_MEDIA, "not a video or audio file");
    refused("script.mp4", SC_ERR_MEDIA, "not a video or audio file");
    refused("nowhere.mp4", SC_ERR_NOT_FOUND, "cannot open");
    refused(".", SC_ERR_MEDIA, "is a folder");
}

static void damage_is_found(void **state)
{
    (void)state;
    gen_require();
    gen_clip("v.mp4", 6, true, 48000, false, NULL, NULL);
    struct sc_verify_expect want = {.duration_s = 6};
    struct sc_error err = {0};
    assert_true(sc_media_verify(gen_path("v.mp4"), &want, NULL, NULL));
    want.duration_s = 6.2;
    assert_false(sc_media_verify(gen_path("v.mp4"), &want, NULL, &err));
    assert_non_null(strstr(err.cause, "should be 6.20 s"));
    want = (struct sc_verify_expect){.n_packets = 3};
    assert_false(sc_media_verify(gen_path("v.mp4"), &want, NULL, NULL));
    FILE *f = fopen(gen_path("v.mp4"), "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 900, SEEK_SET), 0); /* into the first picture */
    for (int i = 0; i < 900; i++)
        fputc(i * 31 & 0xff, f);
    fclose(f);
    want = (struct sc_verify_expect){0};
    assert_false(sc_media_verify(gen_path("v.mp4"), &want, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_files),
        cmocka_unit_test(length_is_found_when_not_told),
        cmocka_unit_test(a_cover_is_no_video),
        cmocka_unit_test(cut_files_are_told),
        cmocka_unit_test(what_is_no_media),
        cmocka_unit_test(damage_is_found),
    };
    return cmocka_run_group_tests(tests, gen_setup, gen_teardown);
}
