/* Every allocation fails once while a library is opened, read, searched and exported:
 * an error or the whole answer, no crash, no leak, and the library stays whole. (Our
 * allocations: jansson's parser does not survive failures of its own.) */
#include "base/str.h"
#include "failing_alloc.h"
#include "fixture.h"

#include <string.h>

static const char *root, *id;
static char *target;

static bool read_all(struct sc_library *lib)
{
    struct sc_error err = {0};
    struct sc_lecture l = {0}, *list = NULL;
    struct sc_transcript t = {0};
    size_t n = 0;
    bool found = false;
    bool ok = sc_library_get(lib, id, true, &l, &err) &&
              sc_library_read_transcript(lib, &l, &t, &found, &err) &&
              sc_library_list(lib, &list, &n, &err);
    if (ok) {
        assert_int_equal(n, 1);
        assert_true(found && t.n_utterances == 2);
        assert_string_equal(l.title, "Graphs");
    } else {
        assert_int_not_equal(err.code, SC_ERR_OK);
    }
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
    sc_transcript_finish(&t);
    sc_lecture_finish(&l);
    return ok;
}

static bool search(struct sc_library *lib)
{
    struct sc_error err = {0};
    struct sc_search_options o = {.query = "breadth fir"};
    struct sc_hit *hits = NULL;
    size_t n = 0, total = 0;
    bool ok = sc_library_search(lib, &o, &hits, &n, &total, NULL, &err);
    if (ok)
        assert_true(n == 1 && total == 1 && strstr(hits[0].snippet, "\x02"));
    else
        assert_int_not_equal(err.code, SC_ERR_OK);
    for (size_t i = 0; i < n; i++)
        sc_hit_finish(&hits[i]);
    free(hits);
    return ok;
}

static bool export(struct sc_library *lib, const char *format)
{
    struct sc_error err = {0};
    char *written = NULL;
    bool ok = sc_library_export(lib, id, format, target, &written, NULL, NULL, &err);
    if (!ok)
        assert_int_not_equal(err.code, SC_ERR_OK);
    free(written);
    return ok;
}

static bool all(void)
{
    struct sc_error err = {0};
    struct sc_library *lib = NULL;
    if (!sc_library_open(root, &lib, &err)) {
        assert_int_not_equal(err.code, SC_ERR_OK);
        assert_null(lib);
        return false;
    }
    bool ok = read_all(lib);
    ok &= search(lib);
    ok &= export(lib, "srt");
    ok &= export(lib, "md");
    ok &= export(lib, "zip");
    sc_library_close(lib);
    return ok;
}

static void reading(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Graphs", "2026-11-23", "a");
    struct sc_transcript t =
        spoken((const char *const[]){"breadth first search", "a queue", NULL});
    struct sc_buf json = SC_BUF_INIT(0);
    assert_ok(sc_transcript_write_json(&t, &json, &err));
    put(f, "2026-11-23_Graphs/transcript.json", sc_buf_str(&json));
    put(f, "2026-11-23_Graphs/summary.md", "A summary.\n");
    assert_ok(sc_library_index(f->lib, l.id, &t, NULL, NULL, &err));
    root = f->root;
    id = l.id;
    target = sc_path_join(f->root, "out");
    assert_true(all());
    alloc_walk(all);
    assert_true(all());
    free(target);
    sc_buf_finish(&json);
    sc_transcript_finish(&t);
    sc_lecture_finish(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reading, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
