#include "base/str.h"
#include "cmocka_all.h"
#include "model/slide.h"

#include <stdlib.h>
#include <string.h>

static struct sc_slide make(const char *name, double start, double end)
{
    struct sc_slide s = {.filename = sc_strdup(name),
                         .timestamp_s = start,
                         .end_s = end,
                         .ranges = malloc(sizeof *s.ranges),
                         .n_ranges = 1,
                         .ocr_text = sc_strdup("caf\xC3\xA9\nline 2"),
                         .ocr_confidence = -1};
    s.ranges[0] = (struct sc_time_range){start, end};
    return s;
}

static void keeps_order_and_finds(void **state)
{
    (void)state;
    struct sc_error err = {0};
    struct sc_slide_deck d = {0};
    const double starts[] = {30, 10, 20, 0, 40};
    for (size_t i = 0; i < 5; i++) {
        struct sc_slide s = make("x.png", starts[i], starts[i] + 8);
        assert_true(sc_slide_deck_add_take(&d, &s, &err));
        assert_null(s.filename);
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(d.slides[i].timestamp_s == 10.0 * (double)i);
    assert_ptr_equal(sc_slide_deck_at(&d, 12), &d.slides[1]);
    assert_null(sc_slide_deck_at(&d, 18.5));
    assert_null(sc_slide_deck_at(&d, 100));
    sc_slide_deck_finish(&d);
    assert_int_equal(d.n_slides, 0);
}

static void round_trip(void **state)
{
    (void)state;
    struct sc_error err = {0};
    struct sc_slide_deck d = {.width = 1280, .height = 720}, back = {0};
    struct sc_slide s = make("00_00_05.png", 5.1234, 20);
    s.n_ranges = 2;
    s.ranges = realloc(s.ranges, 2 * sizeof *s.ranges);
    s.ranges[0].end_s = 9.5;
    s.ranges[1] = (struct sc_time_range){15, 20};
    s.words = calloc(1, sizeof *s.words);
    s.n_words = 1;
    s.words[0] = (struct sc_ocr_word){1, 2, 30, 40, 0.875, sc_strdup("caf\xC3\xA9")};
    s.ocr_confidence = 0.5;
    s.kind = sc_strdup("code");
    assert_true(sc_slide_deck_add_take(&d, &s, &err));
    struct sc_slide broken = make("00_00_30.png", 30, 40);
    free(broken.ocr_text);
    broken.ocr_text = sc_strdup("bad \xFF byte");
    assert_true(sc_slide_deck_add_take(&d, &broken, &err));
    struct sc_buf json = SC_BUF_INIT(0);
    assert_true(sc_slide_deck_write_json(&d, &json, &err));
    assert_non_null(strstr(json.data, "\"timestamp_display\": \"00:00:05\""));
    assert_true(sc_slide_deck_read_json(json.data, json.len, &back, &err));
    assert_int_equal(back.n_slides, 2);
    assert_int_equal(back.width, 1280);
    assert_string_equal(back.slides[0].filename, "00_00_05.png");
    assert_true(back.slides[0].timestamp_s == 5.123);
    assert_true(back.slides[0].end_s == 20);
    assert_int_equal(back.slides[0].n_ranges, 2);
    assert_true(back.slides[0].ranges[1].start_s == 15);
    assert_string_equal(back.slides[0].words[0].text, "caf\xC3\xA9");
    assert_int_equal(back.slides[0].words[0].h, 40);
    assert_true(back.slides[0].words[0].confidence == 0.875);
    assert_string_equal(back.slides[0].kind, "code");
    assert_null(back.slides[0].description);
    assert_string_equal(back.slides[1].ocr_text, "bad \xEF\xBF\xBD byte");
    assert_true(back.slides[1].ocr_confidence < 0);
    sc_slide_deck_finish(&d);
    sc_slide_deck_finish(&back);
    sc_buf_finish(&json);
}

static void reads_earlier_files(void **state)
{
    (void)state;
    struct sc_error err = {0};
    struct sc_slide_deck d = {0};
    const char *old = "[{\"filename\":\"slides/00_00_10.png\",\"timestamp\":10,"
                      "\"timestamp_display\":\"00:00:10\",\"ocr_text\":null},"
                      "{\"filename\":\"b.png\",\"timestamp\":\"00:01:00\"}]";
    assert_true(sc_slide_deck_read_json(old, strlen(old), &d, &err));
    assert_int_equal(d.n_slides, 2);
    assert_string_equal(d.slides[0].filename, "00_00_10.png");
    assert_string_equal(d.slides[0].ocr_text, "");
    assert_true(d.slides[0].end_s == 60);
    assert_true(d.slides[1].timestamp_s == 60);
    sc_slide_deck_finish(&d);
    assert_true(sc_slide_deck_read_json("[]", 2, &d, &err));
    assert_int_equal(d.n_slides, 0);
}

static void refuses_nonsense(void **state)
{
    (void)state;
    const char *bad[] = {
        "",
        "{}",
        "[1]",
        "[{}]",
        "[{\"filename\":\"a.png\"}]",
        "[{\"filename\":\"..\",\"timestamp\":1}]",
        "[{\"filename\":\"a.png\",\"timestamp\":-1}]",
        "[{\"filename\":\"a.png\",\"timestamp\":1e300}]",
        "[{\"filename\":\"a.png\",\"timestamp\":1,\"ranges\":[[2,1]]}]",
        "[{\"filename\":\"a.png\",\"timestamp\":1,\"words\":[{\"text\":\"x\"}]}]",
        "[{\"filename\":\"a.png\",\"timestamp\":1},",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sc_error err = {0};
        struct sc_slide_deck d = {0};
        assert_false(sc_slide_deck_read_json(bad[i], strlen(bad[i]), &d, &err));
        assert_int_not_equal(err.code, SC_ERR_OK);
        assert_null(d.slides);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_finds),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(reads_earlier_files),
        cmocka_unit_test(refuses_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
