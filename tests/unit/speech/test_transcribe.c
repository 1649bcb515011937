/* The whole pipeline with an engine that misbehaves as told (fake_engine.c). */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "sound.h"
#include "speech/transcribe.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_BURSTS = 6 };
static const double BURST_S = 2, GAP_S = 2;

static char *folder, *wav, *work_dir, *asked; /* of the running test */

static int set_up(void **state)
{
    struct sound s = {0};
    (void)state;
    char template[] = "/tmp/sc-speech-XXXXXX";
    folder = sc_strdup(mkdtemp(template));
    wav = sc_path_join(folder, "a.wav");
    work_dir = sc_path_join(folder, "work");
    asked = sc_path_join(folder, "asked");
    for (int i = 0; i < N_BURSTS; i++) {
        sound_silence(&s, GAP_S);
        sound_voice(&s, BURST_S, 0.3);
    }
    sound_silence(&s, GAP_S);
    sound_add_noise(&s, 0, 0.001);
    bool ok = sound_write_wav(&s, wav);
    sound_finish(&s);
    return ok ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sc_remove_tree(folder, NULL);
    free(folder);
    free(wav);
    free(work_dir);
    free(asked);
    return 0;
}

struct seen {
    int utterances;
    double last_done, total;
    bool backwards;
    struct sc_cancel *cancel_after_first;
};

static void on_utterance(void *user, const struct sc_utterance *u)
{
    struct seen *s = user;
    assert_non_null(u->text);
    s->utterances++;
    if (s->cancel_after_first)
        sc_cancel_request(s->cancel_after_first);
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct seen *s = user;
    s->backwards |= p->done < s->last_done - 1e-6;
    s->last_done = p->done;
    s->total = p->total;
}

static struct sc_speech_options options(const char *mode, struct seen *seen)
{
    return (struct sc_speech_options){.engine = getenv("SCALER_TEST_FAKE_ENGINE"),
                                      .model = mode,
                                      .language = "auto",
                                      .prompt = asked,
                                      .threads = 2,
                                      .work_dir = work_dir,
                                      .on_utterance = seen ? on_utterance : NULL,
                                      .progress = {seen ? on_progress : NULL, seen},
                                      .user = seen};
}

static const struct sc_engine_limits patient = {.ready_s = 20, .span_s = 20};
static const struct sc_engine_limits impatient = {.ready_s = 20, .span_s = 1.5};

static bool run(const char *mode, struct seen *seen, struct sc_transcript *t,
                struct sc_error *err)
{
    struct sc_speech_options o = options(mode, seen);
    return sc_speech_run(wav, &o, strcmp(mode, "hang") == 0 ? &impatient : &patient, t,
                         NULL, err);
}

/* What the engines were asked: "id.attempt" lines. Heap memory. */
static char *asked_lines(void)
{
    struct sc_buf b = SC_BUF_INIT(0);
    if (sc_file_exists(asked))
        sc_file_read(asked, 1 << 20, &b, NULL);
    return sc_buf_detach(&b);
}

static int count_asked(void)
{
    char *lines = asked_lines();
    int n = 0;
    for (const char *c = lines; *c; c++)
        n += *c == '\n';
    free(lines);
    return n;
}

/* Every burst is there, at its time. */
static void assert_whole(const struct sc_transcript *t)
{
    assert_int_equal(t->n_utterances, N_BURSTS);
    assert_int_equal(t->n_failed, 0);
    for (int i = 0; i < N_BURSTS; i++) {
        double start = GAP_S + i * (GAP_S + BURST_S);
        assert_true(fabs(t->utterances[i].start_s - start) < 0.35);
        assert_true(t->utterances[i].end_s > start + 1);
        assert_true(t->utterances[i].end_s < start + BURST_S + 0.4);
    }
}

static void all_goes_well(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct seen seen = {0};
    assert_true(run("normal", &seen, &t, NULL));
    assert_whole(&t);
    assert_string_equal(t.engine, "fake");
    assert_string_equal(t.language, "en");
    assert_true(fabs(t.duration_s - (N_BURSTS * 4 + 2)) < 0.01);
    assert_int_equal(seen.utterances, N_BURSTS);
    assert_false(seen.backwards);
    assert_true(fabs(seen.last_done - t.duration_s) < 0.01);
    assert_true(t.utterances[0].paragraph_start);
    assert_int_equal(t.utterances[0].suspect, 0);
    assert_true(sc_str_starts(t.utterances[0].text, "S0w0 s0w1"));
    sc_transcript_finish(&t);
}

static void several_engines_work_side_by_side(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct seen seen = {0};
    assert_true(run("parallel", &seen, &t, NULL));
    assert_whole(&t);
    assert_false(seen.backwards);
    sc_transcript_finish(&t);
}

static void a_broken_engine_is_started_again(void **state)
{
    static const char *const modes[] = {"crash", "hang", "garbage"};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct sc_transcript t = {0};
        assert_true(run(modes[i], NULL, &t, NULL));
        assert_whole(&t);
        sc_transcript_finish(&t);
    }
}

static void assert_same_words(const struct sc_transcript *a,
                              const struct sc_transcript *b)
{
    assert_int_equal(a->n_utterances, b->n_utterances);
    for (size_t i = 0; i < a->n_utterances; i++)
        assert_string_equal(a->utterances[i].text, b->utterances[i].text);
}

/* Once more with so many kills to come, told in a file of as many bytes. */
static void run_killed(const char *mode, int kills, struct sc_transcript *t)
{
    struct sc_speech_options o = options(mode, NULL);
    char *file = sc_path_join(folder, "kills");
    assert_true(sc_file_write(file, "killkill", (size_t)kills, false, NULL));
    o.models_dir = file;
    o.work_dir = NULL;
    assert_true(sc_speech_run(wav, &o, &patient, t, NULL, NULL));
    assert_int_equal(sc_file_size(file), 0);
    free(file);
}

static void an_engine_that_is_killed_is_asked_the_same_again(void **state)
{
    static const char *const modes[] = {"killed", "killed_as_probe", "killed_at_start"};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct sc_transcript t = {0}, killed = {0};
        run_killed(modes[i], 0, &t);
        run_killed(modes[i], 5, &killed);
        assert_whole(&killed);
        assert_same_words(&t, &killed);
        sc_transcript_finish(&t);
        sc_transcript_finish(&killed);
    }
    char *seen = asked_lines();
    assert_null(strstr(seen, ".1")); /* never with other settings */
    free(seen);
}

/* Killed again and again: other settings may need less memory. */
static void kills_without_end_get_other_settings(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    run_killed("killed", 6, &t);
    assert_whole(&t);
    assert_non_null(strstr(t.utterances[1].text, "w0b"));
    sc_transcript_finish(&t);
}

static void the_language_is_settled_for_every_engine(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(run("languages", NULL, &t, NULL)); /* hi en hi: Hindi from then on */
    char *seen = asked_lines();
    assert_string_equal(seen, "0.0\n1.0\n2.0\n3.0 hi\n4.0 hi\n5.0 hi\n");
    assert_string_equal(t.language, "hi");
    free(seen);
    sc_transcript_finish(&t);
    struct sc_speech_options o = options("languages", NULL);
    o.language = "en"; /* the user's word counts */
    o.work_dir = NULL;
    assert_int_equal(unlink(asked), 0);
    assert_true(sc_speech_run(wav, &o, &patient, &t, NULL, NULL));
    seen = asked_lines();
    assert_null(strstr(seen, "hi"));
    free(seen);
    sc_transcript_finish(&t);
}

/* The detector's model is a file; the fake engine takes the place of its program. */
static void a_killed_detector_listens_again(void **state)
{
    (void)state;
    struct sc_transcript t = {0}, killed = {0};
    struct sc_speech_options o = options("normal", NULL);
    char *program = sc_path_join(folder, "scaler-whisper");
    char *model = sc_path_join(folder, "ggml-silero-v0.bin");
    char *kills = sc_path_join(folder, "ggml-silero-v0.bin.kills");
    char *before = sc_strdup(getenv("PATH"));
    char *path = sc_strf("%s:%s", folder, before);
    assert_int_equal(symlink(getenv("SCALER_TEST_FAKE_ENGINE"), program), 0);
    assert_true(sc_file_write(model, "x", 1, false, NULL));
    setenv("PATH", path, 1);
    o.models_dir = folder;
    o.work_dir = NULL;
    assert_true(sc_speech_run(wav, &o, &patient, &t, NULL, NULL));
    assert_true(sc_file_write(kills, "kill", 4, false, NULL));
    assert_true(sc_speech_run(wav, &o, &patient, &killed, NULL, NULL));
    assert_int_equal(sc_file_size(kills), 0); /* it was asked, and killed so often */
    assert_same_words(&t, &killed);
    for (size_t i = 0; i < t.n_utterances; i++)
        assert_true(t.utterances[i].start_s == killed.utterances[i].start_s);
    setenv("PATH", before, 1);
    sc_transcript_finish(&t);
    sc_transcript_finish(&killed);
    free(program);
    free(model);
    free(kills);
    free(before);
    free(path);
}

static void what_never_works_is_marked(void **state)
{
    static const char *const modes[] = {"crash_always", "refuse"};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct sc_transcript t = {0};
        assert_true(run(modes[i], NULL, &t, NULL));
        assert_int_equal(t.n_utterances, N_BURSTS - 1);
        assert_int_equal(t.n_failed, 1);
        assert_true(fabs(t.failed[0].start_s - 6) < 0.4);
        assert_true(fabs(t.failed[0].end_s - 8) < 0.4);
        sc_transcript_finish(&t);
    }
}

static void an_engine_that_never_works_is_an_error(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    assert_false(run("die", NULL, &t, &err));
    assert_int_equal(err.code, SC_ERR_ENGINE);
    assert_non_null(strstr(err.cause, "an assertion failed"));
}

static void loops_are_asked_again_then_marked(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(run("loop", NULL, &t, NULL));
    assert_whole(&t);
    assert_int_equal(t.utterances[0].suspect, 0);
    assert_int_equal(count_asked(), 2 * N_BURSTS);
    sc_transcript_finish(&t);
    assert_true(run("loop_always", NULL, &t, NULL));
    assert_true(t.n_utterances >= N_BURSTS);
    assert_int_equal(t.utterances[0].suspect, SC_SUSPECT_LOOP);
    sc_transcript_finish(&t);
    assert_true(run("unsure", NULL, &t, NULL));
    assert_int_equal(t.utterances[0].suspect, SC_SUSPECT_LOW_CONFIDENCE);
    sc_transcript_finish(&t);
}

static void write_sound(void (*fill)(struct sound *s))
{
    struct sound s = {0};
    sound_silence(&s, 40);
    fill(&s);
    assert_true(sound_write_wav(&s, wav));
    sound_finish(&s);
}

/* Spans of more sound than a pipe holds. */
static void long_talk(struct sound *s)
{
    for (int i = 0; i < 3; i++) {
        sound_voice(s, 12, 0.3);
        sound_silence(s, 2);
    }
    sound_add_noise(s, 0, 0.001);
}

/* What is out of step ends at once, not at the limit, and no header is lost in sound. */
static void an_engine_out_of_step_is_no_wait(void **state)
{
    static const char *const modes[] = {"odd_word", "twice"};
    (void)state;
    write_sound(long_talk);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct sc_transcript t = {0};
        double began = sc_clock_monotonic_s();
        assert_true(run(modes[i], NULL, &t, NULL));
        assert_true(sc_clock_monotonic_s() - began < patient.span_s * 0.75);
        assert_int_equal(t.n_failed, 0);
        assert_true(t.n_utterances >= 2); /* an empty answer may have been taken */
        sc_transcript_finish(&t);
    }
}

static void nothing(struct sound *s)
{
    (void)s;
}

static void noise(struct sound *s)
{
    sound_add_noise(s, 0, 0.2);
}

static void hum(struct sound *s)
{
    for (size_t i = 0; i < s->n; i++)
        s->samples[i] = (float)(0.1 * sin(2 * M_PI * 100 * (double)i / SOUND_RATE));
    sound_add_noise(s, 0, 0.003);
}

static void clicks(struct sound *s)
{
    uint32_t x = 1;
    sound_add_noise(s, 0, 0.001);
    for (size_t at = 8000; at + 4000 < s->n; at += 24000)
        for (size_t i = 0; i < 4000; i++) {
            x = x * 1664525u + 1013904223u;
            s->samples[at + i] +=
                (float)(0.4 * exp(-(double)i / 900) * ((double)(x >> 8) / (1 << 23) - 1));
        }
}

static void nothing_comes_from_silence_and_noise(void **state)
{
    void (*const sounds[])(struct sound *) = {nothing, noise, hum, clicks};
    (void)state;
    for (size_t i = 0; i < sizeof sounds / sizeof sounds[0]; i++) {
        struct sc_transcript t = {0};
        write_sound(sounds[i]);
        assert_true(run("normal", NULL, &t, NULL));
        assert_int_equal(t.n_utterances, 0);
        assert_true(fabs(t.duration_s - 40) < 0.05);
        assert_int_equal(count_asked(), 0);
        sc_transcript_finish(&t);
    }
}

static void speech_is_found_in_noise(void **state)
{
    (void)state;
    struct sound s = {0};
    struct sc_transcript t = {0};
    for (int i = 0; i < N_BURSTS; i++) {
        sound_silence(&s, GAP_S);
        sound_voice(&s, BURST_S, 0.2);
    }
    sound_silence(&s, GAP_S);
    sound_add_noise(&s, 0, 0.03);
    assert_true(sound_write_wav(&s, wav));
    sound_finish(&s);
    assert_true(run("normal", NULL, &t, NULL));
    assert_whole(&t);
    sc_transcript_finish(&t);
}

static void a_cancelled_run_goes_on(void **state)
{
    (void)state;
    struct sc_cancel cancel = {0};
    struct seen seen = {.cancel_after_first = &cancel};
    struct sc_speech_options o = options("slow", &seen);
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    assert_false(sc_speech_run(wav, &o, &patient, &t, &cancel, &err));
    assert_int_equal(err.code, SC_ERR_CANCELLED);
    int before = count_asked();
    assert_true(before >= 1 && before <= 3);
    seen = (struct seen){0};
    assert_true(run("slow", &seen, &t, NULL));
    assert_whole(&t);
    assert_int_equal(seen.utterances, N_BURSTS); /* told again, also the old ones */
    assert_true(count_asked() <= N_BURSTS + 1);
    sc_transcript_finish(&t);
}

static void old_results_count_only_for_the_same_question(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(run("normal", NULL, &t, NULL));
    sc_transcript_finish(&t);
    assert_int_equal(count_asked(), N_BURSTS);
    assert_true(run("normal", NULL, &t, NULL)); /* all from the checkpoint */
    assert_whole(&t);
    sc_transcript_finish(&t);
    assert_int_equal(count_asked(), N_BURSTS);
    assert_true(run("parallel", NULL, &t, NULL)); /* another model */
    sc_transcript_finish(&t);
    assert_int_equal(count_asked(), 2 * N_BURSTS);
    /* Other audio under the same name. */
    struct sound s = {0};
    sound_silence(&s, 2);
    sound_voice(&s, 3, 0.3);
    sound_silence(&s, 2);
    sound_write_wav(&s, wav);
    sound_finish(&s);
    assert_true(run("normal", NULL, &t, NULL));
    assert_int_equal(t.n_utterances, 1);
    sc_transcript_finish(&t);
    assert_int_equal(count_asked(), 2 * N_BURSTS + 1);
}

static void a_torn_last_line_is_cut_off(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(run("normal", NULL, &t, NULL));
    sc_transcript_finish(&t);
    char *path = sc_path_join(work_dir, SC_SPEECH_SPANS_FILE);
    int64_t size = sc_file_size(path);
    assert_int_equal(truncate(path, (off_t)size - 20), 0);
    /* Who looks on sees the whole lines and leaves the file as it is. */
    assert_true(sc_speech_read_partial(work_dir, &t, NULL));
    assert_int_equal(t.n_utterances, N_BURSTS - 1);
    sc_transcript_finish(&t);
    assert_int_equal(sc_file_size(path), size - 20);
    assert_true(run("normal", NULL, &t, NULL));
    assert_whole(&t);
    sc_transcript_finish(&t);
    assert_int_equal(count_asked(), N_BURSTS + 1);
    assert_int_equal(sc_file_size(path), size); /* the same lines again */
    FILE *f = fopen(path, "ab");
    fputs("{\"key\":\"nonsense\"}\n\xff\xfe garbage\n", f);
    fclose(f);
    assert_true(run("normal", NULL, &t, NULL));
    assert_whole(&t);
    sc_transcript_finish(&t);
    free(path);
}

static void who_looks_on_sees_it_in_order(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    assert_true(sc_speech_read_partial("/no/such/folder", &t, NULL));
    assert_int_equal(t.n_utterances, 0);
    assert_true(run("parallel", NULL, &t, NULL));
    sc_transcript_finish(&t);
    assert_true(sc_speech_read_partial(work_dir, &t, NULL));
    assert_int_equal(t.n_utterances, N_BURSTS);
    for (size_t i = 0; i < t.n_utterances; i++) {
        assert_true(*t.utterances[i].text);
        assert_true(i == 0 || t.utterances[i].start_s > t.utterances[i - 1].start_s);
    }
    sc_transcript_finish(&t);
}

static void kill_9_loses_the_span_in_work_only(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    for (int round = 0; round < 3; round++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct sc_transcript lost = {0};
            bool ok = run("slow", NULL, &lost, NULL);
            _exit(ok ? 0 : 1);
        }
        usleep(350 * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    assert_true(run("slow", NULL, &t, NULL));
    assert_whole(&t);
    sc_transcript_finish(&t);
    /* At most one span was lost with each kill. */
    assert_true(count_asked() <= N_BURSTS + 3);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_error err = {0};
    struct sc_speech_options o = options("normal", NULL);
    assert_false(sc_speech_transcribe("/no/such/file.mp4", &o, &t, NULL, &err));
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
    err = (struct sc_error){0};
    o.engine = "no-such-engine";
    assert_false(sc_speech_transcribe(wav, &o, &t, NULL, &err));
    assert_int_equal(err.code, SC_ERR_DEPENDENCY);
    assert_true(err.hint[0] != '\0');
    err = (struct sc_error){0};
    o.engine = "sphinx";
    o.language = "hi";
    assert_false(sc_speech_transcribe(wav, &o, &t, NULL, &err));
    assert_int_equal(err.code, SC_ERR_DEPENDENCY);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(all_goes_well),
        CASE(several_engines_work_side_by_side),
        CASE(a_broken_engine_is_started_again),
        CASE(an_engine_out_of_step_is_no_wait),
        CASE(an_engine_that_is_killed_is_asked_the_same_again),
        CASE(kills_without_end_get_other_settings),
        CASE(the_language_is_settled_for_every_engine),
        CASE(a_killed_detector_listens_again),
        CASE(what_never_works_is_marked),
        CASE(an_engine_that_never_works_is_an_error),
        CASE(loops_are_asked_again_then_marked),
        CASE(nothing_comes_from_silence_and_noise),
        CASE(speech_is_found_in_noise),
        CASE(a_cancelled_run_goes_on),
        CASE(old_results_count_only_for_the_same_question),
        CASE(a_torn_last_line_is_cut_off),
        CASE(who_looks_on_sees_it_in_order),
        CASE(kill_9_loses_the_span_in_work_only),
        CASE(what_is_missing_is_said),
    };
    sc_log_set_level(SC_LOG_ERROR);
    if (!getenv("SCALER_TEST_FAKE_ENGINE")) {
        print_message("1..0 # SKIP run by meson\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
