#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "slides/code_text.h"
#include "slides/slides.h"

#include <stdlib.h>
#include <string.h>

static struct sc_ocr_word word(int x, const char *text)
{
    return (struct sc_ocr_word){x, 0, (int)strlen(text) * 10, 18, 0.9, (char *)text};
}

static void code_keeps_indentation(void **state)
{
    (void)state;
    struct sc_ocr_word w[] = {word(0, "1"), word(40, "def"),     word(80, "f(x):"),
                              word(0, "2"), word(80, "if"),      word(110, "x:"),
                              word(0, "3"), word(120, "return"), word(190, "1"),
                              word(0, "4"), word(80, "return"),  word(150, "None")};
    struct sc_line_list l = {0};
    for (size_t i = 0; i < 12; i += 3)
        assert_true(sc_line_list_begin(&l, i, false));
    bool code;
    char *text = sc_line_list_text(&l, w, 12, &code);
    assert_true(code);
    assert_string_equal(text, "def f(x):\n    if x:\n        return 1\n    return None");
    free(text);
    sc_line_list_finish(&l);
}

static void prose_is_no_code(void **state)
{
    (void)state;
    struct sc_ocr_word w[] = {word(0, "Graphs"), word(80, "and"), word(0, "Trees"),
                              word(0, "end"), word(0, "x")};
    struct sc_line_list l = {0};
    size_t starts[] = {0, 2, 3, 4};
    for (size_t i = 0; i < 4; i++)
        assert_true(sc_line_list_begin(&l, starts[i], false));
    bool code;
    char *text = sc_line_list_text(&l, w, 5, &code);
    assert_false(code);
    assert_string_equal(text, "Graphs and\nTrees\nend\nx");
    free(text);
    sc_line_list_finish(&l);
    l = (struct sc_line_list){0};
    text = sc_line_list_text(&l, NULL, 0, &code);
    assert_string_equal(text, "");
    free(text);
}

static void slides_stand_where_shown(void **state)
{
    (void)state;
    struct sc_time_range ranges[] = {{0, 10}, {20, 30}}, other[] = {{10, 20}};
    struct sc_slide slides[] = {{.filename = (char *)"00_00_00.png",
                                 .ranges = ranges,
                                 .n_ranges = 2,
                                 .end_s = 30,
                                 .ocr_text = (char *)"A ``` fence"},
                                {.filename = (char *)"00_00_10.png",
                                 .timestamp_s = 10,
                                 .ranges = other,
                                 .n_ranges = 1,
                                 .end_s = 20,
                                 .ocr_text = (char *)""}};
    struct sc_slide_deck d = {slides, 2, 0, 0};
    struct sc_utterance u[] = {{.start_s = 1, .end_s = 4, .text = (char *)"Hello."},
                               {.start_s = 5, .end_s = 9, .text = (char *)"More."},
                               {.start_s = 9, .end_s = 14, .text = (char *)"Second."},
                               {.start_s = 25, .end_s = 28, .text = (char *)"Back."}};
    struct sc_transcript t = {.utterances = u, .n_utterances = 4};
    struct sc_buf b = SC_BUF_INIT(0);
    sc_slides_render_with_transcript(&d, &t, "Graphs", &b);
    const char *s = sc_buf_str(&b), *last = s;
    const char *order[] = {"# Graphs",     "00_00_00.png", "````text",
                           "Hello. More.", "00_00_10.png", "Second.",
                           "00_00_00.png", "again",        "Back."};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        last = strstr(last, order[i]);
        assert_non_null(last);
    }
    sc_buf_clear(&b);
    sc_slides_render_with_transcript(&d, NULL, NULL, &b);
    assert_non_null(strstr(sc_buf_str(&b), "00_00_10.png"));
    sc_buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_keeps_indentation),
        cmocka_unit_test(prose_is_no_code),
        cmocka_unit_test(slides_stand_where_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
