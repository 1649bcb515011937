#include "base/str.h"
#include "cmocka_all.h"
#include "model/notes.h"

#include <stdlib.h>
#include <string.h>

/* A literal as memory that a struct may point to. */
#define T(text) ((char[]){text})

static void round_trip(void **state)
{
    (void)state;
    struct sc_note_line summary = {
        SC_NOTE_PARAGRAPH, T("Graphs \"model\" links."), {1.5, 3}, true};
    struct sc_note_line lines[] = {
        {SC_NOTE_DEFINITION, T("BFS: level by level"), {10, 12}, true},
        {SC_NOTE_CODE, T("a < b\n\tc"), {12, 14}, false}};
    struct sc_note_section section = {T("BFS \xE0\xA4\x97"), {10, 60}, lines, 2};
    struct sc_card card = {T("c1"),    T("cloze"), T("A ___"),
                           T("graph"), {10, 12},   T("00_00_10.png")};
    struct sc_announcement ann = {
        T("deadline"), T("Due Friday"), T("Friday"), NULL, {99.25, 101}};
    struct sc_chapter chapter = {T("Intro"), 0, 60};
    char *phrase = T("breadth first search");
    struct sc_time_range gap = {100, 200};
    struct sc_notes n = {.title = T("T"),
                         .provider = T("builtin"),
                         .summary = &summary,
                         .n_summary = 1,
                         .sections = &section,
                         .n_sections = 1,
                         .cards = &card,
                         .n_cards = 1,
                         .announcements = &ann,
                         .n_announcements = 1,
                         .chapters = &chapter,
                         .n_chapters = 1,
                         .key_phrases = &phrase,
                         .n_key_phrases = 1,
                         .coverage = 0.75,
                         .uncovered = &gap,
                         .n_uncovered = 1,
                         .n_dropped = 3};
    struct sc_buf json = {0}, again = {0};
    struct sc_error err = {0};
    assert_true(sc_notes_write_json(&n, &json, &err));
    struct sc_notes back = {0};
    assert_true(sc_notes_read_json(json.data, json.len, &back, &err));
    assert_string_equal(back.sections[0].title, section.title);
    assert_int_equal(back.sections[0].lines[1].kind, SC_NOTE_CODE);
    assert_false(back.sections[0].lines[1].supported);
    assert_null(back.model);
    assert_null(back.announcements[0].link);
    assert_true(back.coverage == 0.75 && back.uncovered[0].end_s == 200);
    assert_true(sc_notes_write_json(&back, &again, &err));
    assert_string_equal(json.data, again.data);
    sc_notes_finish(&back);
    sc_buf_finish(&json);
    sc_buf_finish(&again);
}

static void broken_bytes_are_repaired(void **state)
{
    (void)state;
    struct sc_notes n = {.title = T("bad \xFF byte")}, back = {0};
    struct sc_buf json = {0};
    struct sc_error err = {0};
    assert_true(sc_notes_write_json(&n, &json, &err));
    assert_true(sc_notes_read_json(json.data, json.len, &back, &err));
    assert_string_equal(back.title, "bad \xEF\xBF\xBD byte");
    sc_notes_finish(&back);
    sc_buf_finish(&json);
}

static void damage_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "null",
        "{\"title\":3}",
        "{\"sections\":{}}",
        "{\"sections\":[3]}",
        "{\"cards\":[{\"id\":\"a\"}]}",
        "{\"version\":99}",
        "{\"key_phrases\":[1]}",
        "{\"chapters\":[{\"title\":\"x\",\"start\":5,\"end\":1}]}",
        "{\"uncovered\":[[1]]}",
        "{\"uncovered\":[[-1,2]]}",
        "{\"summary\":[{\"text\":\"x\",\"start\":1e99,\"end\":1e99}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sc_notes n = {.n_dropped = 77};
        struct sc_error err = {0};
        assert_false(sc_notes_read_json(bad[i], strlen(bad[i]), &n, &err));
        assert_int_equal(n.n_dropped, 77); /* untouched on failure */
        assert_true(err.code == SC_ERR_INVALID || err.code == SC_ERR_UNSUPPORTED);
    }
    struct sc_notes n = {0};
    struct sc_error err = {0};
    assert_true(sc_notes_read_json("{}", 2, &n, &err));
    sc_notes_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(broken_bytes_are_repaired),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
