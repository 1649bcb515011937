/* The pure parts between engine and reader: protocol, guards, sentences, renderings. */
#include "base/str.h"
#include "cmocka_all.h"
#include "speech/assemble.h"
#include "speech/engines/whisper_words.h"
#include "speech/guard.h"
#include "speech/protocol.h"
#include "speech/speech.h"

#include <stdlib.h>
#include <string.h>

/* A segment of the words of `text`, each `word_s` long; "/0.5" is a pause. */
static struct sc_utterance segment(double start, double word_s, const char *text)
{
    struct sc_utterance u = {.start_s = start, .confidence = 0.9};
    struct sc_buf joined = SC_BUF_INIT(0);
    double at = start;
    u.words = calloc(256, sizeof *u.words);
    while (*text) {
        size_t n = strcspn(text, " ");
        if (*text == '/')
            at += strtod(text + 1, NULL);
        else {
            u.words[u.n_words++] =
                (struct sc_word){at, at + word_s, 0.9, sc_strndup(text, n)};
            sc_buf_add_str(&joined, joined.len ? " " : "");
            sc_buf_add(&joined, text, n);
            at += word_s;
        }
        text += n + (text[n] == ' ');
    }
    u.end_s = at;
    u.text = sc_buf_detach(&joined);
    return u;
}

static struct sc_transcript assemble(double word_s, const char *text)
{
    struct sc_transcript t = {0};
    struct sc_utterance u = segment(1, word_s, text);
    assert_true(sc_assemble_take(&u, 1, &t, NULL));
    return t;
}

static void sentences_end_at_punctuation(void **state)
{
    (void)state;
    struct sc_transcript t = assemble(
        0.3,
        "Dr. Smith asks: why? Because e.g. trees grow. /0.1 3.5 metres is (not.) That");
    assert_int_equal(t.n_utterances, 4);
    assert_string_equal(t.utterances[0].text, "Dr. Smith asks: why?");
    assert_string_equal(t.utterances[1].text, "Because e.g. trees grow.");
    assert_string_equal(t.utterances[2].text, "3.5 metres is (not.)");
    assert_string_equal(t.utterances[3].text, "That");
    assert_true(t.utterances[0].paragraph_start);
    assert_false(t.utterances[1].paragraph_start);
    sc_transcript_finish(&t);
}

static void without_punctuation_pauses_count(void **state)
{
    (void)state;
    struct sc_transcript t = assemble(
        0.3, "a tree is a set of nodes /0.4 i think each node has /0.05 children "
             "and a parent /1.2 yes /3 next comes the heap");
    assert_int_equal(t.n_utterances, 4);
    assert_string_equal(t.utterances[0].text, "A tree is a set of nodes.");
    assert_string_equal(t.utterances[1].text,
                        "I think each node has children and a parent.");
    assert_string_equal(t.utterances[2].text, "Yes.");
    assert_string_equal(t.utterances[3].text, "Next comes the heap.");
    assert_string_equal(t.utterances[3].words[3].text, "heap.");
    assert_true(t.utterances[3].paragraph_start);
    sc_transcript_finish(&t);
}

static void nothing_grows_without_end(void **state)
{
    (void)state;
    struct sc_buf text = SC_BUF_INIT(0);
    for (int i = 0; i < 250; i++)
        sc_buf_addf(&text, "w%d ", i);
    struct sc_transcript t = assemble(0.25, text.data);
    size_t words = 0;
    assert_true(t.n_utterances >= 3);
    for (size_t i = 0; i < t.n_utterances; i++) {
        words += t.utterances[i].n_words;
        assert_true(t.utterances[i].end_s - t.utterances[i].start_s <= 26);
    }
    assert_int_equal(words, 250);
    sc_transcript_finish(&t);
    sc_buf_finish(&text);
}

static void suspect_parts_stand_alone(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_utterance u[3] = {segment(0, 0.3, "this is well understood"),
                                segment(2, 0.3, "mumble mumble"),
                                segment(3, 0.3, "and this again")};
    u[1].suspect = SC_SUSPECT_LOW_CONFIDENCE;
    assert_true(sc_assemble_take(u, 3, &t, NULL));
    assert_int_equal(t.n_utterances, 3);
    assert_int_equal(t.utterances[0].suspect, 0);
    assert_int_equal(t.utterances[1].suspect, SC_SUSPECT_LOW_CONFIDENCE);
    assert_int_equal(t.utterances[2].suspect, 0);
    sc_transcript_finish(&t);
}

static void another_speaker_begins_a_paragraph(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_utterance u[3] = {segment(0, 0.3, "is that clear to all of you"),
                                segment(2.2, 0.3, "yes it is"),
                                segment(3.2, 0.3, "then we go on")};
    u[0].speaker = sc_strdup("A");
    u[1].speaker = sc_strdup("B");
    u[2].speaker = sc_strdup("B");
    assert_true(sc_assemble_take(u, 3, &t, NULL));
    assert_true(t.n_utterances >= 2);
    assert_string_equal(t.utterances[0].text, "Is that clear to all of you.");
    assert_string_equal(t.utterances[0].speaker, "A");
    assert_true(t.utterances[1].paragraph_start);
    for (size_t i = 1; i < t.n_utterances; i++)
        assert_string_equal(t.utterances[i].speaker, "B");
    sc_transcript_finish(&t);
}

static void text_without_words_gets_times(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_utterance u = {.start_s = 10,
                             .end_s = 20,
                             .confidence = -1,
                             .text = sc_strdup("One two. Three.")};
    assert_true(sc_assemble_take(&u, 1, &t, NULL));
    assert_int_equal(t.n_utterances, 2);
    assert_true(t.utterances[1].start_s > 14 && t.utterances[1].end_s <= 20);
    assert_true(t.utterances[0].confidence < 0);
    sc_transcript_finish(&t);
}

static bool loops(const char *text)
{
    struct sc_utterance u = segment(0, 0.3, text);
    bool yes = sc_guard_loops(u.words, u.n_words);
    sc_utterance_finish(&u);
    return yes;
}

static void loops_are_recognised(void **state)
{
    (void)state;
    assert_true(loops("so so so so so so so so"));
    assert_true(loops("thank you. Thank you. thank you thank you thank you"));
    assert_true(loops("and we add the node to the queue and we add the node to the queue "
                      "and we add the node to the queue"));
    assert_true(loops("first the graph is the graph is the graph is the graph is the"));
    assert_false(loops("no no no no that is wrong"));
    assert_false(loops("one two three one two three and four five six four five six"));
    assert_false(
        loops("we take the first node and we take the second node and the third"));
    assert_false(loops(""));
}

static void subtitles_are_cut_for_reading(void **state)
{
    (void)state;
    struct sc_transcript t = assemble(
        0.35, "When the tree is balanced, a search takes time proportional to its "
              "height, and that is what a <b> & c --> d would cost us in the very "
              "worst of all cases that we have seen.");
    struct sc_buf srt = SC_BUF_INIT(0), vtt = SC_BUF_INIT(0);
    sc_transcript_render_srt(&t, &srt);
    sc_transcript_render_vtt(&t, &vtt);
    assert_true(sc_str_starts(srt.data, "1\n00:00:01,000 --> 00:00:"));
    assert_true(sc_str_starts(vtt.data, "WEBVTT\n\n00:00:01.000 --> 00:00:"));
    assert_non_null(strstr(vtt.data, "&lt;b&gt; &amp; c"));
    int lines = 0;
    for (const char *p = srt.data; *p;) {
        size_t n = strcspn(p, "\n");
        assert_true(n <= 50);
        bool arrow = strstr(p, " --> ") && strstr(p, " --> ") < p + n;
        assert_true(!arrow || p[2] == ':'); /* only time lines have arrows */
        lines += arrow;
        p += n + (p[n] == '\n');
    }
    assert_true(lines >= 2);
    sc_buf_finish(&srt);
    sc_buf_finish(&vtt);
    sc_transcript_finish(&t);
}

static void markdown_and_text(void **state)
{
    (void)state;
    struct sc_transcript t = assemble(0.3, "Use *p in C. /4 Then # comes.");
    struct sc_buf md = SC_BUF_INIT(0), txt = SC_BUF_INIT(0);
    sc_transcript_render_md(&t, "Pointers", &md);
    sc_transcript_render_txt(&t, &txt);
    assert_string_equal(md.data, "# Pointers\n\n**[00:00:01]** Use \\*p in C.\n\n"
                                 "**[00:00:06]** Then \\# comes.\n");
    assert_string_equal(txt.data, "Use *p in C.\n\nThen # comes.\n");
    sc_buf_finish(&md);
    sc_buf_finish(&txt);
    sc_transcript_finish(&t);
    sc_transcript_render_md(&t, NULL, &md);
    assert_non_null(strstr(md.data, "No speech was found."));
    sc_buf_finish(&md);
}

static void tokens_become_words(void **state)
{
    (void)state;
    static const char *const tokens[] = {" caf", "\xc3",          "\xa9",        " is",
                                         ",",    " \xe6\xa8\x99", "\xe6\xba\x96"};
    struct whisper_words w = {.base_s = 100, .from_s = 1, .to_s = 4};
    struct sc_utterance u;
    for (int i = 0; i < 7; i++)
        whisper_words_add(&w, tokens[i], 0.5 * i, 0.5 * i + 0.4, 0.5);
    assert_true(whisper_words_end(&w, &u));
    assert_int_equal(u.n_words, 4);
    assert_string_equal(u.words[0].text, "caf\xc3\xa9");
    assert_string_equal(u.words[1].text, "is,");
    assert_string_equal(u.text, "caf\xc3\xa9 is, \xe6\xa8\x99\xe6\xba\x96");
    assert_true(u.words[0].start_s >= 101 && u.words[3].end_s <= 104);
    sc_utterance_finish(&u);
    assert_true(whisper_is_sound_mark("[Music]"));
    assert_true(whisper_is_sound_mark("(applause)"));
    assert_false(whisper_is_sound_mark("(a) is less than (b)"));
}

static void requests_survive_the_wire(void **state)
{
    (void)state;
    struct sc_span_request r = {7, 10799.999999, 448000, 1}, back;
    struct sc_buf line = SC_BUF_INIT(0);
    sc_span_request_write(&r, &line);
    assert_true(sc_span_request_parse(line.data, line.len, &back, NULL));
    assert_int_equal(back.id, 7);
    assert_int_equal(back.n_samples, 448000);
    assert_int_equal(back.attempt, 1);
    assert_true(back.start_s > 10799.99999 && back.start_s < 10800.00001);
    sc_buf_finish(&line);
    static const char bad[] = "{\"type\":\"span\",\"id\":1,\"samples\":-4}";
    assert_false(sc_span_request_parse(bad, strlen(bad), &back, NULL));
}

/* What recognisers hear in music: a confident word of many seconds. */
static void drawn_out_words_are_no_speech(void **state)
{
    (void)state;
    struct sc_vad vad = {0};
    struct sc_guard_settings s = {.low_confidence = 0.1};
    float tone[1600];
    for (size_t i = 0; i < 1600; i++)
        tone[i] = i % 40 < 20 ? 0.3f : -0.3f;
    for (int i = 0; i < 120; i++)
        assert_true(sc_vad_feed(&vad, tone, 1600, NULL));
    assert_true(sc_vad_end(&vad, NULL));
    for (size_t i = 0; i < vad.n; i++)
        vad.frames[i].score = 255;
    struct sc_utterance u[] = {segment(0, 6, "food"), segment(6, 0.4, "an honest answer"),
                               segment(8, 3, "all")};
    u[1].words[2].end_s = 11; /* the last word goes over into the music */
    size_t n = 3;
    sc_guard_judge(u, &n, &vad, 12, &s);
    assert_int_equal(n, 1);
    assert_string_equal(u[0].text, "an honest answer");
    assert_true(u[0].suspect & SC_SUSPECT_NO_SPEECH);
    sc_utterance_finish(&u[0]);
    sc_vad_finish(&vad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_out_words_are_no_speech),
        cmocka_unit_test(sentences_end_at_punctuation),
        cmocka_unit_test(without_punctuation_pauses_count),
        cmocka_unit_test(nothing_grows_without_end),
        cmocka_unit_test(suspect_parts_stand_alone),
        cmocka_unit_test(another_speaker_begins_a_paragraph),
        cmocka_unit_test(text_without_words_gets_times),
        cmocka_unit_test(loops_are_recognised),
        cmocka_unit_test(subtitles_are_cut_for_reading),
        cmocka_unit_test(markdown_and_text),
        cmocka_unit_test(tokens_become_words),
        cmocka_unit_test(requests_survive_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
