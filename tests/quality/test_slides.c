/* A small lecture with known slides, and videos that are none: part of every test run. */
#include "base/file.h"
#include "cmocka_all.h"
#include "lecture_maker.h"
#include "slide_score.h"
#include "slides/slides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/scaler-slides-XXXXXX";

static char *in_dir(const char *name)
{
    return sc_path_join(dir, name);
}

static bool make(const struct lecture_options *o, const char *name, char **video,
                 struct truth *t)
{
    *video = in_dir(name);
    return lecture_make(o, *video, t);
}

static void find(const char *video, struct sc_slide_deck *d)
{
    struct sc_error err = {0};
    char *slides = in_dir("slides"), *work = in_dir("work");
    sc_remove_tree(slides, &err);
    sc_remove_tree(work, &err);
    struct sc_slides_options o = {.slides_dir = slides, .work_dir = work};
    bool ok = sc_slides_find(video, &o, d, NULL, &err);
    if (!ok)
        print_error("%s\n", err.cause);
    assert_true(ok);
    free(slides);
    free(work);
}

static void a_small_lecture(void **state)
{
    (void)state;
    struct lecture_options o = {.seed = 3,
                                .duration_s = 75,
                                .width = 640,
                                .height = 360,
                                .fps = 10,
                                .gop = 100,
                                .crf = 28,
                                .preset = "ultrafast"};
    struct truth t = {0};
    struct slide_score s;
    struct sc_slide_deck d = {0}, again = {0};
    char *video;
    if (!make(&o, "a.mp4", &video, &t)) {
        free(video);
        skip();
    }
    find(video, &d);
    char *slides = in_dir("slides"), *work = in_dir("work");
    assert_true(slide_score(&t, &d, slides, true, &s));
    assert_true(s.n_truth >= 3);
    assert_true(s.f1_time >= 0.95);
    assert_true(s.f1_image >= 0.95);
    /* What is done is not done again. */
    struct sc_error err = {0};
    struct sc_slides_options so = {.slides_dir = slides, .work_dir = work};
    assert_true(sc_slides_find(video, &so, &again, NULL, &err));
    assert_int_equal(again.n_slides, d.n_slides);
    struct sc_slides_read_options ro = {
        .slides_dir = slides, .work_dir = work, .ocr_language = "eng"};
    if (sc_slides_read(&again, &ro, NULL, &err)) {
        assert_true(strlen(again.slides[0].ocr_text) > 0);
        assert_true(again.slides[0].n_words > 0);
    } else {
        assert_int_equal(err.code, SC_ERR_DEPENDENCY);
    }
    free(slides);
    free(work);
    free(video);
    sc_slide_deck_finish(&d);
    sc_slide_deck_finish(&again);
    truth_finish(&t);
}

static void a_camera_is_no_slide(void **state)
{
    (void)state;
    struct lecture_options o = {.seed = 4,
                                .duration_s = 20,
                                .width = 320,
                                .height = 180,
                                .fps = 10,
                                .gop = 100,
                                .crf = 28,
                                .preset = "ultrafast",
                                .no_slides = true};
    struct truth t = {0};
    struct sc_slide_deck d = {0};
    char *video;
    if (!make(&o, "b.mp4", &video, &t)) {
        free(video);
        skip();
    }
    find(video, &d);
    assert_int_equal(d.n_slides, 0);
    free(video);
    sc_slide_deck_finish(&d);
    truth_finish(&t);
}

static void bad_files_and_cancel(void **state)
{
    (void)state;
    struct sc_error err = {0};
    struct sc_slide_deck d = {0};
    char *video = in_dir("none.mp4"), *slides = in_dir("s2"), *work = in_dir("w2");
    struct sc_slides_options o = {.slides_dir = slides, .work_dir = work};
    assert_false(sc_slides_find(video, &o, &d, NULL, &err));
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
    sc_error_clear(&err);
    assert_true(sc_file_write(video, "not a video at all", 18, false, &err));
    assert_false(sc_slides_find(video, &o, &d, NULL, &err));
    assert_int_equal(err.code, SC_ERR_MEDIA);
    struct sc_cancel stop = {0};
    sc_cancel_request(&stop);
    char *good = in_dir("b.mp4");
    sc_error_clear(&err);
    if (sc_file_exists(good)) {
        assert_false(sc_slides_find(good, &o, &d, &stop, &err));
        assert_int_equal(err.code, SC_ERR_CANCELLED);
    }
    assert_null(d.slides);
    free(good);
    free(video);
    free(slides);
    free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_lecture),
        cmocka_unit_test(a_camera_is_no_slide),
        cmocka_unit_test(bad_files_and_cancel),
    };
    struct sc_error err = {0};
    if (!mkdtemp(dir))
        return 1;
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    sc_remove_tree(dir, &err);
    return bad;
}
