#include "media.h"

#include "base/clock.h"

#include <signal.h>
#include <sys/wait.h>

static const char *const outputs[] = {
    "transcript.json",  "transcript.txt", "transcript.md",
    "transcript.srt",   "transcript.vtt", "slides_metadata.json",
    "lecture_notes.md", "summary.md",     "qa_cards.md",
    "announcements.md", "notes.json",     "transcript_with_slides.md",
    "index.md",         "viewer.html",    "metadata.json",
};

static void process(struct bench *b, struct sc_lecture *l, size_t n_warnings)
{
    json_t *warnings = NULL;
    assert_ok(sc_pipeline_process(b->lib, l->id, &b->opts, &warnings, NULL, &err));
    if (json_array_size(warnings) != n_warnings)
        fail_msg("%zu warnings: %s", json_array_size(warnings),
                 json_string_value(json_array_get(warnings, 0)));
    json_decref(warnings);
    reload(b, l);
    assert_int_equal(l->status, SC_LECTURE_PROCESSED);
}

static size_t hits(struct bench *b, const char *query, const char *kind)
{
    struct sc_hit *list = NULL;
    size_t n = 0, total = 0;
    struct sc_search_options o = {.query = query, .kind = kind};
    assert_ok(sc_library_search(b->lib, &o, &list, &n, &total, NULL, &err));
    for (size_t i = 0; i < n; i++)
        sc_hit_finish(&list[i]);
    free(list);
    return n;
}

static struct sc_stage_row row_of(struct bench *b, const struct sc_lecture *l,
                                  enum sc_stage s)
{
    struct sc_stage_row row = {0};
    bool found = false;
    assert_ok(sc_library_stage_get(b->lib, l->id, sc_stage_name(s), &row, &found, &err));
    if (!found)
        memcpy(row.state, "none", 5);
    return row;
}

static void a_lecture_becomes_study_materials(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Searching");
    process(b, &l, 0);
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        if (!has(b, &l, outputs[i]))
            fail_msg("%s is missing", outputs[i]);
    assert_false(has(b, &l, ".work"));
    assert_true(hits(b, "deadline", "transcript") >= 1);
    assert_true(hits(b, "binary", "slide") >= 1);
    assert_true(l.duration_s > 8 && l.duration_s < 20);
    for (int s = SC_STAGE_TRANSCRIPTION; s < SC_STAGE_COUNT; s++)
        assert_string_equal(row_of(b, &l, (enum sc_stage)s).state, "done");
    char *meta = text_of(b, &l, "metadata.json");
    static const char *const keys[] = {"\"chapters\"", "\"coverage\"", "\"uncovered\"",
                                       "\"stages\"",   "\"provider\"", "\"engine\"",
                                       "\"versions\"", "\"seconds\"",  "\"duration\""};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!strstr(meta, keys[i]))
            fail_msg("metadata.json lacks %s", keys[i]);
    free(meta);
    sc_lecture_finish(&l);
}

static void what_is_unchanged_is_not_done_again(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Searching");
    process(b, &l, 0);
    double first = row_of(b, &l, SC_STAGE_TRANSCRIPTION).seconds;
    process(b, &l, 0);
    assert_true(row_of(b, &l, SC_STAGE_TRANSCRIPTION).seconds == first);
    /* A lost file is made again, by its stage and those behind it only. */
    char *path = sc_strf("%s/%s/summary.md", b->root, l.folder);
    assert_int_equal(unlink(path), 0);
    free(path);
    process(b, &l, 0);
    assert_true(has(b, &l, "summary.md"));
    assert_true(row_of(b, &l, SC_STAGE_TRANSCRIPTION).seconds == first);
    /* Asked for, it runs although unchanged. */
    b->opts.redo = 1u << SC_STAGE_FRAMES;
    double frames = row_of(b, &l, SC_STAGE_FRAMES).seconds;
    process(b, &l, 0);
    assert_true(row_of(b, &l, SC_STAGE_FRAMES).seconds != frames);
    assert_true(row_of(b, &l, SC_STAGE_TRANSCRIPTION).seconds == first);
    assert_true(hits(b, "binary", "slide") >= 1);
    sc_lecture_finish(&l);
}

static void pictures_without_sound(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_SILENT);
    struct sc_lecture l = place(b, CLIP_SILENT, "Silent");
    process(b, &l, 1);
    assert_false(has(b, &l, "transcript.json"));
    assert_true(has(b, &l, "slides_metadata.json"));
    assert_true(has(b, &l, "viewer.html"));
    sc_lecture_finish(&l);
}

static void sound_without_pictures(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_SOUND);
    struct sc_lecture l = place(b, CLIP_SOUND, "Sound");
    process(b, &l, 1);
    assert_true(has(b, &l, "transcript.json"));
    assert_false(has(b, &l, "slides_metadata.json"));
    assert_true(has(b, &l, "lecture_notes.md"));
    sc_lecture_finish(&l);
}

static void one_failure_harms_nothing_else(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Partly");
    bench_set(b, SC_SET_ENGINE, "does-not-exist");
    process(b, &l, 1);
    assert_false(has(b, &l, "transcript.json"));
    assert_true(has(b, &l, "slides_metadata.json"));
    assert_true(has(b, &l, "lecture_notes.md"));
    assert_string_equal(row_of(b, &l, SC_STAGE_TRANSCRIPTION).state, "error");
    double frames = row_of(b, &l, SC_STAGE_FRAMES).seconds;
    bench_set(b, SC_SET_ENGINE, "sphinx");
    process(b, &l, 0);
    assert_true(has(b, &l, "transcript.json"));
    assert_true(row_of(b, &l, SC_STAGE_FRAMES).seconds == frames);
    assert_true(hits(b, "deadline", "transcript") >= 1);
    sc_lecture_finish(&l);
}

static void nothing_at_all_is_an_error(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_SOUND);
    struct sc_lecture l = place(b, CLIP_SOUND, "Nothing");
    bench_set(b, SC_SET_ENGINE, "does-not-exist");
    struct sc_error err = {0};
    assert_false(sc_pipeline_process(b->lib, l.id, &b->opts, NULL, NULL, &err));
    reload(b, &l);
    assert_int_equal(l.status, SC_LECTURE_ERROR);
    assert_non_null(l.error);
    sc_lecture_finish(&l);
}

static void stages_can_be_left_out(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Skipped");
    b->opts.skip = 1u << SC_STAGE_TRANSCRIPTION | 1u << SC_STAGE_NOTES;
    process(b, &l, 0);
    assert_false(has(b, &l, "transcript.json"));
    assert_false(has(b, &l, "lecture_notes.md"));
    assert_true(has(b, &l, "slides_metadata.json"));
    sc_lecture_finish(&l);
}

static void a_lecture_without_video_says_so(void **state)
{
    struct bench *b = *state;
    struct sc_lecture l = {0};
    bool existed;
    assert_ok(
        sc_library_add(b->lib, "Bare", "2026-11-23", NULL, NULL, &l, &existed, &err));
    assert_fails(sc_pipeline_process(b->lib, l.id, &b->opts, NULL, NULL, &err),
                 SC_ERR_NOT_FOUND);
    sc_lecture_finish(&l);
}

static void one_process_at_a_time(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Busy");
    struct sc_lock lock = {.fd = -1};
    assert_ok(sc_library_lock(b->lib, &l, &lock, &err));
    assert_fails(sc_pipeline_process(b->lib, l.id, &b->opts, NULL, NULL, &err),
                 SC_ERR_CONFLICT);
    sc_lock_release(&lock);
    sc_lecture_finish(&l);
}

static void cancelling_keeps_what_is_there(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct sc_lecture l = place(b, CLIP_FULL, "Stopped");
    struct sc_cancel cancel = {0};
    sc_cancel_request(&cancel);
    assert_fails(sc_pipeline_process(b->lib, l.id, &b->opts, NULL, &cancel, &err),
                 SC_ERR_CANCELLED);
    reload(b, &l);
    assert_int_equal(l.status, SC_LECTURE_DOWNLOADED);
    process(b, &l, 0);
    sc_lecture_finish(&l);
}

static pid_t start_child(struct bench *b, const struct sc_lecture *l)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct sc_library *lib = NULL;
        setpgid(0, 0);
        bool ok = sc_library_open(b->root, &lib, NULL) &&
                  sc_pipeline_process(lib, l->id, &b->opts, NULL, NULL, NULL);
        _exit(ok ? 0 : 1);
    }
    return pid;
}

/* SCALER_KILL_ROUNDS: more points than the few of a normal run. */
static void killed_at_any_moment_it_goes_on(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    const char *more = getenv("SCALER_KILL_ROUNDS");
    int64_t rounds = 8;
    if (more)
        sc_parse_i64(more, &rounds);
    struct sc_lecture whole = place(b, CLIP_FULL, "Whole");
    double began = sc_clock_monotonic_s();
    process(b, &whole, 0);
    double length_s = sc_clock_monotonic_s() - began;
    struct sc_lecture l = place(b, CLIP_FULL, "Killed");
    unsigned seed = 12345;
    for (int i = 0; i < rounds; i++) {
        seed = seed * 1103515245u + 12345u;
        double share = (seed >> 16 & 1023) / 1023.0;
        pid_t pid = start_child(b, &l);
        int status = -1;
        usleep((useconds_t)(share * length_s * 1e6 * (i % 2 ? 0.5 : 0.15)));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (WIFEXITED(status)) { /* it was quicker: start over */
            assert_int_equal(WEXITSTATUS(status), 0);
            sc_lecture_finish(&l);
            char title[32];
            snprintf(title, sizeof title, "Killed again %d", i);
            l = place(b, CLIP_FULL, title);
        }
    }
    process(b, &l, 0);
    static const char *const same[] = {"transcript.json", "slides_metadata.json"};
    for (size_t i = 0; i < 2; i++) {
        char *x = text_of(b, &whole, same[i]), *y = text_of(b, &l, same[i]);
        assert_non_null(x);
        assert_non_null(y);
        assert_string_equal(x, y);
        free(x);
        free(y);
    }
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_true(has(b, &l, outputs[i]));
    assert_false(has(b, &l, ".work"));
    sc_lecture_finish(&whole);
    sc_lecture_finish(&l);
}

struct watch {
    double last[SC_STAGE_COUNT];
    bool backwards;
    size_t n;
};

static void watch_progress(void *user, const struct sc_progress *p)
{
    struct watch *w = user;
    enum sc_stage s;
    if (!sc_stage_parse(p->stage, &s))
        return;
    __atomic_add_fetch(&w->n, 1, __ATOMIC_RELAXED);
    if (p->done + 1e-9 < w->last[s])
        w->backwards = true;
    w->last[s] = p->done;
}

static void progress_is_reported_by_stage(void **state)
{
    struct bench *b = *state;
    need_clip(CLIP_FULL);
    struct watch w = {0};
    struct sc_lecture l = place(b, CLIP_FULL, "Watched");
    b->opts.progress = (struct sc_progress_sink){watch_progress, &w};
    process(b, &l, 0);
    assert_true(w.n > 3);
    assert_true(w.last[SC_STAGE_TRANSCRIPTION] > 0);
    assert_true(l.progress == 100);
    sc_lecture_finish(&l);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(a_lecture_becomes_study_materials),
        T(what_is_unchanged_is_not_done_again),
        T(pictures_without_sound),
        T(sound_without_pictures),
        T(one_failure_harms_nothing_else),
        T(nothing_at_all_is_an_error),
        T(stages_can_be_left_out),
        T(a_lecture_without_video_says_so),
        T(one_process_at_a_time),
        T(cancelling_keeps_what_is_there),
        T(progress_is_reported_by_stage),
        T(killed_at_any_moment_it_goes_on),
    };
    return cmocka_run_group_tests_name("process", tests, clips_make, clips_remove);
}
