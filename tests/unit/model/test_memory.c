/* Every allocation fails once while the model is read, written and rendered: an error
 * or the whole result, no crash, no leak, and never half a result as a success. */
#include "base/str.h"
#include "failing_alloc.h"
#include "model/notes.h"
#include "model/slide.h"
#include "model/transcript.h"

#include <string.h>

static const char transcript_text[] =
    "{\"text\":\"a b\",\"language\":\"en\",\"engine\":\"x\",\"model\":\"m\","
    "\"duration\":9,\"failed\":[[7,8]],\"chunks\":["
    "{\"start\":0,\"end\":2,\"text\":\"One, <two>.\",\"words\":["
    "{\"start\":0,\"end\":1,\"word\":\"One,\",\"probability\":0.5},"
    "{\"start\":1,\"end\":2,\"word\":\"<two>.\",\"probability\":0.9}],"
    "\"confidence\":0.7,\"suspect\":[\"loop\"],\"paragraph\":true},"
    "{\"timestamp\":[3,null],\"text\":\" Three\"}]}";
static const char slides_text[] =
    "[{\"filename\":\"00_00_01.png\",\"timestamp\":1,\"end\":4,\"ocr_text\":\"A title\","
    "\"ocr_confidence\":0.9,\"kind\":\"text\",\"ranges\":[[1,4],[6,7]],\"words\":["
    "{\"text\":\"A\",\"confidence\":0.9,\"box\":[1,2,3,4]}]},"
    "{\"filename\":\"00_00_05.png\",\"timestamp\":5}]";
static const char notes_text[] =
    "{\"version\":1,\"title\":\"T\",\"provider\":\"builtin\","
    "\"summary\":[{\"kind\":\"bullet\",\"text\":\"S\",\"start\":1,\"end\":2}],"
    "\"sections\":[{\"title\":\"A\",\"start\":0,\"end\":5,"
    "\"lines\":[{\"kind\":\"definition\",\"text\":\"d: e\",\"start\":1,"
    "\"end\":2}]}],\"cards\":[{\"id\":\"c\",\"kind\":\"basic\",\"front\":\"f\","
    "\"back\":\"b\",\"start\":1,\"end\":2}],\"chapters\":[{\"title\":\"A\","
    "\"start\":0,\"end\":5}],\"announcements\":[{\"kind\":\"deadline\","
    "\"text\":\"Due\",\"start\":1,\"end\":2}],\"key_phrases\":[\"p\"],"
    "\"coverage\":0.5,\"uncovered\":[[2,3]]}";

/* jansson's parser does not survive it (2.14: its lexer frees what it never made), so
 * only what it makes for us fails. */
static bool json_may_fail;

static void *json_alloc(size_t n)
{
    return json_may_fail ? __wrap_malloc(n) : __real_malloc(n);
}

static char *whole; /* what a run without failures gives */

/* True when out is whole; a success that is not would be half a result. */
static bool verdict(bool ok, const struct sc_buf *out)
{
    ok = ok && !out->failed;
    if (ok && !whole)
        whole = strdup(sc_buf_str(out));
    if (ok)
        assert_string_equal(sc_buf_str(out), whole);
    return ok;
}

static bool transcript(void)
{
    struct sc_transcript t = {0};
    struct sc_buf out = SC_BUF_INIT(0);
    struct sc_error err = {0};
    json_may_fail = false;
    bool ok = sc_transcript_read_json(transcript_text, strlen(transcript_text), &t, &err);
    json_may_fail = true;
    ok = ok && sc_transcript_write_json(&t, &out, &err);
    if (ok) {
        sc_transcript_render_txt(&t, &out);
        sc_transcript_render_md(&t, "T", &out);
        sc_transcript_render_srt(&t, &out);
        sc_transcript_render_vtt(&t, &out);
    } else {
        assert_int_not_equal(err.code, SC_ERR_OK);
    }
    ok = verdict(ok, &out);
    sc_transcript_finish(&t);
    sc_buf_finish(&out);
    return ok;
}

static bool slides(void)
{
    struct sc_slide_deck d = {0};
    struct sc_buf out = SC_BUF_INIT(0);
    struct sc_error err = {0};
    json_may_fail = false;
    bool ok = sc_slide_deck_read_json(slides_text, strlen(slides_text), &d, &err);
    json_may_fail = true;
    ok = ok && sc_slide_deck_write_json(&d, &out, &err);
    if (!ok)
        assert_int_not_equal(err.code, SC_ERR_OK);
    ok = verdict(ok, &out);
    sc_slide_deck_finish(&d);
    sc_buf_finish(&out);
    return ok;
}

static bool notes(void)
{
    struct sc_notes n = {0};
    struct sc_buf out = SC_BUF_INIT(0);
    struct sc_error err = {0};
    json_may_fail = false;
    bool ok = sc_notes_read_json(notes_text, strlen(notes_text), &n, &err);
    json_may_fail = true;
    ok = ok && sc_notes_write_json(&n, &out, &err);
    if (!ok)
        assert_int_not_equal(err.code, SC_ERR_OK);
    if (!ok && !alloc_failed)
        print_error("%s\n", err.cause);
    ok = verdict(ok, &out);
    sc_notes_finish(&n);
    sc_buf_finish(&out);
    return ok;
}

static void walk(bool (*run)(void))
{
    assert_true(run());
    assert_non_null(whole);
    alloc_walk(run);
    free(whole);
    whole = NULL;
}

static void all(void **state)
{
    (void)state;
    walk(transcript);
    walk(slides);
    walk(notes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all)};
    json_set_alloc_funcs(json_alloc, free);
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
