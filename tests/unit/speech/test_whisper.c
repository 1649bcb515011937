/*
 * The real libwhisper behind scaler-whisper, with a model that says what it is
 * told (make_whisper_model.c): times, words, several spans, cancelling. And the
 * real Silero model, when its weights are at hand.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "sound.h"
#include "speech/engine.h"
#include "speech/transcribe.h"

#include <unistd.h>

static char *folder, *wav, *model, *program; /* for all tests */

static bool make_model(const char *path)
{
    const char *argv[] = {getenv("SCALER_TEST_MAKE_MODEL"),
                          path,
                          "<0.00>",
                          "Graphs",
                          "have",
                          "nodes.",
                          "<2.00>",
                          "<2.00>",
                          "Edges",
                          "join",
                          "them.",
                          "<5.80>",
                          NULL};
    int status = 1;
    return argv[0] && sc_proc_run(argv, NULL, &status, NULL, NULL) && status == 0;
}

/* Two bursts of 6 s, at 3 s and at 14 s: a span each. */
static int set_up(void **state)
{
    struct sound s = {0};
    (void)state;
    char template[] = "/tmp/sc-whisper-XXXXXX";
    folder = sc_strdup(mkdtemp(template));
    wav = sc_path_join(folder, "a.wav");
    model = sc_path_join(folder, "ggml-said.bin");
    program = sc_proc_find_helper("scaler-whisper");
    sound_silence(&s, 3);
    sound_voice(&s, 6, 0.3);
    sound_silence(&s, 5);
    sound_voice(&s, 6, 0.3);
    sound_silence(&s, 1);
    bool ok = sound_write_wav(&s, wav) && make_model(model);
    sound_finish(&s);
    return ok ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sc_remove_tree(folder, NULL);
    free(folder);
    free(wav);
    free(model);
    free(program);
    return 0;
}

/* cmocka's own skip() prints "not ok" in TAP: a case that cannot run says so and passes.
 */
#define NEED_WHISPER()                                                                   \
    do {                                                                                 \
        if (!program) {                                                                  \
            print_message("# SKIP scaler-whisper was not built\n");                      \
            return;                                                                      \
        }                                                                                \
    } while (0)

static struct sc_speech_options options(const char *models_dir, const char *name)
{
    return (struct sc_speech_options){
        .engine = "whisper", .model = name, .models_dir = models_dir, .threads = 1};
}

static void times_are_the_lectures(void **state)
{
    static const double starts[] = {3, 14};
    (void)state;
    NEED_WHISPER();
    struct sc_speech_options o = options(folder, "said");
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    if (!sc_speech_transcribe(wav, &o, &t, NULL, &err))
        fail_msg("%s", err.cause);
    assert_int_equal(t.n_utterances, 4);
    assert_string_equal(t.engine, "whisper");
    assert_string_equal(t.model, "said");
    assert_string_equal(t.language, "en");
    for (int i = 0; i < 2; i++) {
        const struct sc_utterance *a = &t.utterances[2 * i], *b = a + 1;
        assert_string_equal(a->text, "Graphs have nodes.");
        assert_string_equal(b->text, "Edges join them.");
        assert_int_equal(a->n_words, 3);
        assert_string_equal(a->words[2].text, "nodes.");
        assert_true(a->words[2].probability > 0.9);
        /* The span begins up to 0.3 s before the burst; the model's 2.00 s is a border.
         */
        assert_true(a->start_s >= starts[i] - 0.35 && a->end_s <= starts[i] + 2.1);
        assert_true(b->start_s >= starts[i] + 1.6 && b->end_s <= starts[i] + 6.1);
        for (size_t k = 1; k < a->n_words; k++)
            assert_true(a->words[k].start_s >= a->words[k - 1].start_s);
    }
    sc_transcript_finish(&t);
}

static void a_missing_or_damaged_model_is_said(void **state)
{
    (void)state;
    NEED_WHISPER();
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    struct sc_speech_options o = options(folder, "base.en");
    assert_false(sc_speech_transcribe(wav, &o, &t, NULL, &err));
    assert_int_equal(err.code, SC_ERR_DEPENDENCY);
    assert_non_null(strstr(err.hint, "scaler models pull base.en"));
    char *broken = sc_path_join(folder, "ggml-broken.bin");
    sc_file_write(broken, "not a model at all", 18, false, NULL);
    err = (struct sc_error){0};
    o.model = "broken";
    assert_false(sc_speech_transcribe(wav, &o, &t, NULL, &err));
    assert_non_null(strstr(err.hint, "damaged"));
    /* The right beginning, and then nothing: libwhisper itself must refuse. */
    struct sc_buf b = SC_BUF_INIT(0);
    sc_file_read(model, 1 << 30, &b, NULL);
    sc_file_write(broken, b.data, b.len / 3, false, NULL);
    sc_buf_finish(&b);
    err = (struct sc_error){0};
    assert_false(sc_speech_transcribe(wav, &o, &t, NULL, &err));
    assert_int_equal(err.code, SC_ERR_ENGINE);
    free(broken);
}

static void cancelling_ends_the_engine(void **state)
{
    (void)state;
    NEED_WHISPER();
    struct sc_engine_limits limits = SC_ENGINE_LIMITS_DEFAULT;
    struct sc_engine_spec spec = {.program = program, .model = model, .threads = 1};
    struct sc_engine *e;
    struct sc_cancel cancel = {0};
    struct sc_error err = {0};
    struct sc_span_result r;
    size_t n = 25 * SOUND_RATE;
    int16_t *samples = calloc(n, sizeof *samples);
    struct sc_span_request q = {.id = 1, .n_samples = n};
    assert_true(sc_engine_start(&spec, &limits, &e, NULL, NULL));
    sc_cancel_request(&cancel);
    double before = sc_clock_monotonic_s();
    assert_false(sc_engine_span(e, &q, samples, &r, NULL, NULL, &cancel, &err));
    assert_int_equal(err.code, SC_ERR_CANCELLED);
    sc_engine_stop(e);
    assert_true(sc_clock_monotonic_s() - before < 5);
    free(samples);
}

static void auto_takes_the_model_that_is_there(void **state)
{
    (void)state;
    NEED_WHISPER();
    char *there = sc_path_join(folder, "ggml-tiny.en.bin");
    struct sc_transcript t = {0};
    struct sc_speech_options o = options(folder, "medium");
    o.engine = "auto";
    assert_true(make_model(there));
    assert_true(sc_speech_transcribe(wav, &o, &t, NULL, NULL));
    assert_string_equal(t.engine, "whisper");
    assert_string_equal(t.model, "tiny.en");
    sc_transcript_finish(&t);
    unlink(there);
    free(there);
}

static void silero_finds_the_speech(void **state)
{
    (void)state;
    NEED_WHISPER();
    const char *source = getenv("SCALER_TEST_SOURCE");
    char *vad = sc_strf("%s/../shared/data/silero-vad-v6.2.0-ggml.bin", source);
    char *jfk = sc_strf("%s/../shared/data/jfk.wav", source);
    char *there = sc_path_join(folder, "ggml-silero-v6.2.0.bin");
    bool have = sc_file_exists(vad) && sc_file_exists(jfk);
    if (have) {
        struct sc_transcript t = {0};
        struct sc_speech_options o = options(folder, "said");
        assert_true(sc_file_copy(vad, there, NULL));
        assert_true(sc_speech_transcribe(jfk, &o, &t, NULL, NULL));
        /* He begins to speak at 0.3 s. */
        assert_true(t.n_utterances >= 1);
        assert_true(t.utterances[0].start_s < 0.8);
        sc_transcript_finish(&t);
        unlink(there);
    }
    free(vad);
    free(jfk);
    free(there);
    if (!have)
        print_message("# SKIP the model's weights are not here\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_the_lectures),
        cmocka_unit_test(a_missing_or_damaged_model_is_said),
        cmocka_unit_test(cancelling_ends_the_engine),
        cmocka_unit_test(auto_takes_the_model_that_is_there),
        cmocka_unit_test(silero_finds_the_speech),
    };
    sc_log_set_level(SC_LOG_ERROR);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
