#include "cmocka_all.h"
#include "model/transcript.h"

#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define assert_near(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

static bool read(const char *json, struct sc_transcript *t, struct sc_error *err)
{
    return sc_transcript_read_json(json, strlen(json), t, err);
}

static void add(struct sc_transcript *t, double start, double end, const char *text)
{
    struct sc_utterance u = {.start_s = start, .end_s = end, .text = sc_strdup(text)};
    u.words = calloc(1, sizeof *u.words);
    u.n_words = 1;
    u.words[0] = (struct sc_word){start, end, 0.5, sc_strdup("word")};
    u.confidence = 0.25;
    assert_true(sc_transcript_add_take(t, &u, NULL));
    assert_null(u.text);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct sc_transcript t = {.duration_s = 10801.0625,
                              .language = sc_strdup("en"),
                              .engine = sc_strdup("whisper")};
    struct sc_transcript back = {0};
    struct sc_buf json = SC_BUF_INIT(0);
    add(&t, 0.5, 1.25, "Graphs have \"edges\".\n");
    add(&t, 10800.123, 10801, "हाँ, 3 < 4.");
    t.utterances[1].suspect = SC_SUSPECT_LOOP | SC_SUSPECT_NO_SPEECH;
    t.utterances[1].paragraph_start = true;
    t.utterances[1].confidence = -1;
    assert_true(sc_transcript_add_failed(&t, 20, 30.5, NULL));
    assert_true(sc_transcript_write_json(&t, &json, NULL));
    assert_non_null(strstr(json.data, "10800.123"));
    assert_true(sc_transcript_read_json(json.data, json.len, &back, NULL));
    assert_int_equal(back.n_utterances, 2);
    assert_int_equal(back.n_failed, 1);
    assert_near(back.failed[0].end_s, 30.5, 1e-9);
    assert_string_equal(back.language, "en");
    assert_string_equal(back.engine, "whisper");
    assert_null(back.model);
    assert_near(back.duration_s, 10801.063, 0.0011);
    assert_string_equal(back.utterances[0].text, "Graphs have \"edges\".");
    assert_near(back.utterances[0].confidence, 0.25, 1e-9);
    assert_int_equal(back.utterances[0].n_words, 1);
    assert_string_equal(back.utterances[0].words[0].text, "word");
    assert_near(back.utterances[0].words[0].probability, 0.5, 1e-9);
    assert_string_equal(back.utterances[1].text, "हाँ, 3 < 4.");
    assert_int_equal(back.utterances[1].suspect, SC_SUSPECT_LOOP | SC_SUSPECT_NO_SPEECH);
    assert_true(back.utterances[1].paragraph_start);
    assert_true(back.utterances[1].confidence < 0);
    sc_transcript_finish(&t);
    sc_transcript_finish(&back);
    sc_buf_finish(&json);
}

static void earlier_files_are_read(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(
        read("{\"text\":\" a b\",\"chunks\":[{\"timestamp\":[0.0,null],\"text\":\" a\"},"
             "{\"timestamp\":[3,4.5],\"text\":\" b\"},"
             "{\"timestamp\":[5,null],\"text\":\" c\"}]}",
             &t, NULL));
    assert_int_equal(t.n_utterances, 3);
    assert_string_equal(t.utterances[0].text, "a");
    assert_near(t.utterances[0].end_s, 3, 0);
    assert_near(t.utterances[2].end_s, 5, 0);
    assert_near(t.duration_s, 5, 0);
    assert_true(t.utterances[0].confidence < 0);
    sc_transcript_finish(&t);
    assert_true(read("{\"text\":\"only text\"}", &t, NULL));
    assert_int_equal(t.n_utterances, 1);
    assert_string_equal(t.utterances[0].text, "only text");
    sc_transcript_finish(&t);
    assert_true(read("{\"chunks\":[]}", &t, NULL));
    assert_int_equal(t.n_utterances, 0);
    sc_transcript_finish(&t);
}

static void order_is_restored(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(read("{\"chunks\":[{\"start\":5,\"end\":6,\"text\":\"b\"},"
                     "{\"start\":1,\"end\":0.5,\"text\":\"a\"}]}",
                     &t, NULL));
    assert_string_equal(t.utterances[0].text, "a");
    assert_near(t.utterances[0].end_s, 1, 0);
    assert_string_equal(t.utterances[1].text, "b");
    sc_transcript_finish(&t);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{\"chunks\":3}",
        "{\"chunks\":[3]}",
        "{\"chunks\":[{\"start\":0,\"end\":1}]}",
        "{\"chunks\":[{\"start\":\"0\",\"end\":1,\"text\":\"\"}]}",
        "{\"chunks\":[{\"start\":0,\"end\":1e300,\"text\":\"\"}]}",
        "{\"chunks\":[{\"start\":-5,\"end\":1,\"text\":\"\"}]}",
        "{\"chunks\":[{\"start\":0,\"end\":1,\"text\":\"\",\"confidence\":7}]}",
        "{\"chunks\":[{\"start\":0,\"end\":1,\"text\":\"\",\"words\":[{}]}]}",
        ("{\"chunks\":[{\"start\":0,\"end\":1,\"text\":\"\",\"words\":[{\"word\":\"a\","
         "\"start\":[]}]}]}"),
        "{\"chunks\":[],\"duration\":1e99}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sc_error err = {0};
        struct sc_transcript t = {.duration_s = 42};
        assert_false(read(wrong[i], &t, &err));
        assert_int_equal(err.code, SC_ERR_INVALID);
        assert_near(t.duration_s, 42, 0); /* untouched */
    }
}

static void broken_text_is_written_as_valid_utf8(void **state)
{
    (void)state;
    struct sc_transcript t = {0}, back = {0};
    struct sc_buf json = SC_BUF_INIT(0);
    add(&t, 0, 1, "caf\xe9");
    assert_true(sc_transcript_write_json(&t, &json, NULL));
    assert_true(sc_transcript_read_json(json.data, json.len, &back, NULL));
    assert_string_equal(back.utterances[0].text, "caf\xef\xbf\xbd");
    sc_transcript_finish(&t);
    sc_transcript_finish(&back);
    sc_buf_finish(&json);
}

/* As WhisperX writes them: "segments", a speaker on some. */
static void speakers_are_kept_and_shown(void **state)
{
    (void)state;
    static const char file[] =
        "{\"segments\":[{\"start\":1,\"end\":2,\"text\":\"Any questions?\","
        "\"speaker\":\" Dr <Rao>\\n\"},"
        "{\"start\":2,\"end\":3,\"text\":\"None here.\",\"speaker\":\"Dr <Rao>\"},"
        "{\"start\":3,\"end\":4,\"text\":\"Yes.\",\"speaker\":\"SPEAKER_01\"},"
        "{\"start\":4,\"end\":5,\"text\":\"Somebody.\",\"speaker\":null},"
        "{\"start\":5,\"end\":6,\"text\":\"Nobody.\",\"speaker\":7}]}";
    struct sc_transcript t = {0}, back = {0};
    struct sc_buf json = SC_BUF_INIT(0), md = SC_BUF_INIT(0), vtt = SC_BUF_INIT(0),
                  srt = SC_BUF_INIT(0);
    assert_true(read(file, &t, NULL));
    assert_true(sc_transcript_write_json(&t, &json, NULL));
    assert_true(sc_transcript_read_json(json.data, json.len, &back, NULL));
    assert_string_equal(back.utterances[0].speaker, "Dr <Rao>");
    assert_string_equal(back.utterances[2].speaker, "SPEAKER_01");
    assert_null(back.utterances[3].speaker);
    assert_null(back.utterances[4].speaker);
    sc_transcript_render_md(&back, "T", &md);
    assert_non_null(strstr(
        sc_buf_str(&md), "**[00:00:01]** **Dr \\<Rao\\>:** Any questions? None here.\n\n"
                         "**[00:00:03]** **SPEAKER\\_01:** Yes. Somebody."));
    sc_transcript_render_vtt(&back, &vtt);
    assert_non_null(strstr(sc_buf_str(&vtt), "\n<v Dr &lt;Rao&gt;>Any questions?\n"));
    assert_non_null(strstr(sc_buf_str(&vtt), "\nSomebody.\n"));
    sc_transcript_render_srt(&back, &srt);
    assert_null(strstr(sc_buf_str(&srt), "Rao"));
    sc_transcript_finish(&t);
    sc_transcript_finish(&back);
    sc_buf_finish(&json);
    sc_buf_finish(&md);
    sc_buf_finish(&vtt);
    sc_buf_finish(&srt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(earlier_files_are_read),
        cmocka_unit_test(speakers_are_kept_and_shown),
        cmocka_unit_test(order_is_restored),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(broken_text_is_written_as_valid_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
