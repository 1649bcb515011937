#include "media.h"

#include "media/media.h"

#include <sys/mount.h>
#include <sys/wait.h>

static struct sc_lecture import(struct bench *b, const char *path, const char *title)
{
    struct sc_lecture l = {0};
    assert_ok(sc_pipeline_import(b->lib, path, -1, -1, title, "2026-11-23", &b->opts, &l,
                                 NULL, &err));
    assert_int_equal(l.status, SC_LECTURE_DOWNLOADED);
    assert_non_null(l.video_path);
    return l;
}

static struct sc_media_info probe(struct bench *b, const struct sc_lecture *l)
{
    struct sc_media_info info = {0};
    char *path = sc_library_video(b->lib, l);
    assert_ok(sc_media_probe(path, &info, &err));
    free(path);
    return info;
}

static size_t n_lectures(struct bench *b)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(b->lib, &list, &n, &err));
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
    return n;
}

static void an_mp4_is_linked(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct stat before, after;
    struct sc_lecture l = import(b, clip_path(CLIP_FULL), "Linked");
    assert_string_equal(l.video_path, "videos/Linked/full_video.mp4");
    char *path = sc_library_video(b->lib, &l);
    assert_int_equal(stat(clip_path(CLIP_FULL), &before), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_size == after.st_size);
    if (before.st_dev == after.st_dev)
        assert_true(before.st_ino == after.st_ino);
    assert_true(l.duration_s > 5);
    free(path);
    sc_lecture_finish(&l);
}

static void the_same_file_is_the_same_lecture(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture x = import(b, clip_path(CLIP_FULL), "First");
    struct sc_lecture y = import(b, clip_path(CLIP_FULL), "Second name");
    assert_string_equal(x.id, y.id);
    assert_string_equal(y.title, "First");
    /* Its video lost: it is brought in again. */
    char *path = sc_library_video(b->lib, &x);
    assert_int_equal(unlink(path), 0);
    sc_lecture_finish(&y);
    y = import(b, clip_path(CLIP_FULL), NULL);
    assert_string_equal(x.id, y.id);
    assert_true(sc_file_size(path) > 0);
    free(path);
    sc_lecture_finish(&x);
    sc_lecture_finish(&y);
}

static void another_container_is_remuxed(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_MKV);
    struct sc_lecture l = import(b, clip_path(CLIP_MKV), "Remuxed");
    assert_true(sc_str_ends(l.video_path, "/full_video.mp4"));
    struct sc_media_info info = probe(b, &l);
    assert_true(info.has_video && info.has_audio);
    sc_lecture_finish(&l);
}

static void odd_codecs_are_kept(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_ODD);
    struct sc_lecture l = import(b, clip_path(CLIP_ODD), NULL);
    assert_string_equal(l.title, "odd");
    assert_true(sc_str_ends(l.video_path, "/full_video.avi"));
    char *meta = text_of(b, &l, "metadata.json");
    assert_non_null(strstr(meta, "browsers do not play"));
    free(meta);
    sc_lecture_finish(&l);
}

static void sound_alone_stays_as_it_is(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_SOUND);
    struct sc_lecture l = import(b, clip_path(CLIP_SOUND), NULL);
    assert_string_equal(l.title, "A talk"); /* its own tag */
    assert_true(sc_str_ends(l.video_path, "/full_video.m4a"));
    sc_lecture_finish(&l);
}

static void a_range_is_cut_and_is_its_own_lecture(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture whole = import(b, clip_path(CLIP_FULL), "Cut"), l = {0};
    assert_ok(sc_pipeline_import(b->lib, clip_path(CLIP_FULL), 5, 8, "Cut", "2026-11-23",
                                 &b->opts, &l, NULL, &err));
    assert_string_not_equal(l.id, whole.id);
    assert_true(l.duration_s > 2.5 && l.duration_s < whole.duration_s);
    sc_lecture_finish(&l);
    assert_fails(sc_pipeline_import(b->lib, clip_path(CLIP_FULL), 8, 5, "Cut",
                                    "2026-11-23", &b->opts, &l, NULL, &err),
                 SC_ERR_INVALID);
    assert_fails(sc_pipeline_import(b->lib, clip_path(CLIP_FULL), 500, -1, "Cut",
                                    "2026-11-23", &b->opts, &l, NULL, &err),
                 SC_ERR_INVALID);
    sc_lecture_finish(&whole);
}

static void what_is_no_media_leaves_nothing(void **state)
{
    struct bench *b = *state;
    struct sc_lecture l = {0};
    char *text = sc_path_join(b->root, "readme.txt");
    assert_ok(sc_file_write(text, "no film", 7, false, &err));
    const char *const bad[] = {text, clip_path(CLIP_EMPTY), "/nonexistent/x.mp4",
                               b->root};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sc_error err = {0};
        assert_false(sc_pipeline_import(b->lib, bad[i], -1, -1, "X", "2026-11-23",
                                        &b->opts, &l, NULL, &err));
        assert_int_not_equal(err.code, SC_ERR_INTERNAL);
    }
    assert_int_equal(n_lectures(b), 0);
    free(text);
}

static void a_truncated_file_gives_what_it_holds(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_MKV);
    struct sc_buf buf = SC_BUF_INIT(0);
    struct sc_lecture l = {0};
    char *path = sc_path_join(b->root, "half.mkv");
    assert_ok(sc_file_read(clip_path(CLIP_MKV), 1 << 26, &buf, &err));
    assert_ok(sc_file_write(path, buf.data, buf.len * 2 / 3, false, &err));
    assert_ok(sc_pipeline_import(b->lib, path, -1, -1, "Half", "2026-11-23", &b->opts, &l,
                                 NULL, &err));
    assert_true(l.duration_s > 1);
    sc_lecture_finish(&l);
    free(path);
    sc_buf_finish(&buf);
}

static void two_at_once_do_not_collide(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    enum { N = 4 };
    const enum clip clips[N] = {CLIP_FULL, CLIP_SILENT, CLIP_SOUND, CLIP_MKV};
    pid_t pids[N];
    fflush(NULL);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct sc_library *lib = NULL;
            struct sc_lecture l = {0};
            bool ok = sc_library_open(b->root, &lib, NULL) &&
                      sc_pipeline_import(lib, clip_path(clips[i]), -1, -1, "Same",
                                         "2026-11-23", &b->opts, &l, NULL, NULL);
            _exit(ok ? 0 : 1);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    struct sc_lecture *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(b->lib, &list, &n, &err));
    assert_int_equal(n, N);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(list[i].folder, list[k].folder);
            assert_string_not_equal(list[i].video_path, list[k].video_path);
        }
        char *video = sc_library_video(b->lib, &list[i]);
        assert_true(sc_file_size(video) > 0);
        free(video);
    }
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
}

static void cancelled_it_waits_and_goes_on(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_MKV);
    struct sc_cancel cancel = {0};
    struct sc_lecture l = {0}, again = {0};
    sc_cancel_request(&cancel);
    assert_fails(sc_pipeline_import(b->lib, clip_path(CLIP_MKV), -1, -1, "Later",
                                    "2026-11-23", &b->opts, &l, &cancel, &err),
                 SC_ERR_CANCELLED);
    reload(b, &l);
    assert_int_equal(l.status, SC_LECTURE_PAUSED);
    again = import(b, clip_path(CLIP_MKV), "Later");
    assert_string_equal(again.id, l.id);
    sc_lecture_finish(&l);
    sc_lecture_finish(&again);
}

/* A file system of two megabytes: needs root. */
static void a_full_disk_loses_nothing(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_MKV);
#ifdef __linux__
    char *small = sc_path_join(b->root, "small");
    assert_int_equal(mkdir(small, 0777), 0);
    if (geteuid() != 0 || mount("none", small, "tmpfs", 0, "size=2m") != 0) {
        free(small);
        print_message("skipped: mounting needs root\n");
        skip();
    }
    struct sc_library *lib = NULL;
    struct sc_lecture l = {0}, *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_open(small, &lib, &err));
    assert_fails(sc_pipeline_import(lib, clip_path(CLIP_MKV), -1, -1, "Big", "2026-11-23",
                                    &b->opts, &l, NULL, &err),
                 SC_ERR_DISK_FULL);
    /* The library still answers, and holds no lecture without a video, nor its folders.
     */
    assert_ok(sc_library_list(lib, &list, &n, &err));
    assert_int_equal(n, 0);
    free(list);
    char *videos = sc_path_join(small, "videos/Big");
    assert_false(sc_dir_exists(videos));
    free(videos);
    sc_lecture_finish(&l);
    sc_library_close(lib);
    umount(small);
    free(small);
#endif
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(an_mp4_is_linked),
        T(the_same_file_is_the_same_lecture),
        T(another_container_is_remuxed),
        T(odd_codecs_are_kept),
        T(sound_alone_stays_as_it_is),
        T(a_range_is_cut_and_is_its_own_lecture),
        T(what_is_no_media_leaves_nothing),
        T(a_truncated_file_gives_what_it_holds),
        T(two_at_once_do_not_collide),
        T(cancelled_it_waits_and_goes_on),
        T(a_full_disk_loses_nothing),
    };
    return cmocka_run_group_tests_name("import", tests, clips_make, clips_remove);
}
