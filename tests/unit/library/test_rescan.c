#include "fixture.h"

#include "library/internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <signal.h>
#include <sys/wait.h>

static struct sc_rescan_report rescan(struct fixture *f)
{
    struct sc_rescan_report r = {0};
    assert_ok(sc_library_rescan(f->lib, &r, NULL, NULL, &err));
    return r;
}

static void write_artifacts(struct fixture *f, const struct sc_lecture *l,
                            const char *const *texts)
{
    struct sc_transcript t = spoken(texts);
    struct sc_buf b = SC_BUF_INIT(0);
    assert_ok(sc_transcript_write_json(&t, &b, &err));
    char *path = sc_strf("%s/transcript.json", l->folder);
    put(f, path, sc_buf_str(&b));
    assert_ok(sc_library_index(f->lib, l->id, &t, NULL, NULL, &err));
    free(path);
    sc_buf_finish(&b);
    sc_transcript_finish(&t);
}

/* Everything that a list, the stages and a search say, as text. */
static char *everything(struct fixture *f, const char *query)
{
    struct sc_buf b = SC_BUF_INIT(0);
    struct sc_lecture *list = NULL;
    struct sc_hit *hits = NULL;
    size_t n = 0, total = 0;
    assert_ok(sc_library_list(f->lib, &list, &n, &err));
    for (size_t i = 0; i < n; i++) {
        struct sc_stage_row *rows = NULL;
        size_t n_rows = 0;
        struct sc_lecture *l = &list[i];
        sc_buf_addf(&b, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%.3f|%lld\n", l->id, l->title,
                    l->date, sc_lecture_status_name(l->status), l->folder,
                    l->video_path ? l->video_path : "-", l->source ? l->source : "-",
                    l->identity ? l->identity : "-", l->error ? l->error : "-",
                    l->duration_s, (long long)l->created_unix);
        assert_ok(sc_library_stages(f->lib, l->id, &rows, &n_rows, &err));
        for (size_t k = 0; k < n_rows; k++)
            sc_buf_addf(&b, "  %s %s %s %.2f %s\n", rows[k].name, rows[k].state,
                        rows[k].fingerprint, rows[k].seconds, rows[k].error);
        free(rows);
        sc_lecture_finish(l);
    }
    free(list);
    struct sc_search_options o = {.query = query};
    assert_ok(sc_library_search(f->lib, &o, &hits, &n, &total, NULL, &err));
    for (size_t i = 0; i < n; i++) {
        sc_buf_addf(&b, "%s %s %.1f %s\n", hits[i].lecture_id, hits[i].kind,
                    hits[i].time_s, hits[i].snippet);
        sc_hit_finish(&hits[i]);
    }
    free(hits);
    return sc_buf_detach(&b);
}

static void drop_catalog(struct fixture *f)
{
    sc_library_close(f->lib);
    f->lib = NULL;
    char *state = sc_path_join(f->root, ".scaler");
    assert_ok(sc_remove_tree(state, &err));
    free(state);
    sc_log_set_level(SC_LOG_ERROR);
    assert_ok(sc_library_open(f->root, &f->lib, &err));
}

static void the_catalog_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    static const char *const titles[] = {"Graphs", "Trees", "木構造の講義", "Graphs"};
    struct sc_lecture l[4];
    for (int i = 0; i < 4; i++) {
        char identity[8];
        snprintf(identity, sizeof identity, "i%d", i);
        l[i] = add_lecture(f, titles[i], "2026-11-23", identity);
        write_artifacts(f, &l[i],
                        (const char *const[]){"shortest path", titles[i], NULL});
    }
    put(f, "videos/Graphs/full_video.mp4", "video");
    l[0].video_path = sc_strdup("videos/Graphs/full_video.mp4");
    l[0].status = SC_LECTURE_PROCESSED;
    l[0].duration_s = 3600.5;
    l[1].duration_s = l[2].duration_s = l[3].duration_s = 19;
    assert_ok(sc_library_update(f->lib, &l[0], &err));
    struct sc_stage_row row = {.name = "notes",
                               .state = "error",
                               .fingerprint = "f00",
                               .seconds = 2.25,
                               .error = "no model"};
    assert_ok(sc_library_stage_set(f->lib, l[0].id, &row, &err));
    l[1].status = SC_LECTURE_PAUSED;
    l[1].error = sc_strdup("the signature ended");
    assert_ok(sc_library_update(f->lib, &l[1], &err));
    for (int i = 2; i < 4; i++) {
        l[i].status = SC_LECTURE_PROCESSED;
        assert_ok(sc_library_update(f->lib, &l[i], &err));
    }
    char *before = everything(f, "path");
    drop_catalog(f); /* opening reads the folders */
    char *after = everything(f, "path");
    assert_string_equal(before, after);
    free(after);
    struct sc_rescan_report r = rescan(f); /* and nothing changes */
    assert_int_equal(r.n_found, 4);
    assert_int_equal(r.n_added + r.n_updated + r.n_vanished + r.n_broken, 0);
    assert_int_equal(json_array_size(r.problems), 0);
    json_decref(r.problems);
    after = everything(f, "path");
    assert_string_equal(before, after);
    free(before);
    free(after);
    for (int i = 0; i < 4; i++)
        sc_lecture_finish(&l[i]);
}

static void renamed_copied_and_vanished_folders(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture a = add_lecture(f, "One", "2026-11-23", "a");
    struct sc_lecture b = add_lecture(f, "Two", "2026-11-23", "b"), got = {0};
    char *meta = get(f, "2026-11-23_One/metadata.json");
    put(f, "2026-11-23_One copy/metadata.json", meta);
    free(meta);
    char *from = sc_path_join(f->root, "2026-11-23_Two");
    char *to = sc_path_join(f->root, "2026-11-23_Zwei");
    assert_ok(sc_file_rename(from, to, &err));
    struct sc_rescan_report r = rescan(f);
    assert_int_equal(r.n_found, 3);
    assert_int_equal(r.n_vanished, 0);
    assert_true(json_array_size(r.problems) >= 1);
    json_decref(r.problems);
    assert_ok(sc_library_get(f->lib, b.id, false, &got, &err));
    assert_string_equal(got.folder, "2026-11-23_Zwei");
    sc_lecture_finish(&got);
    assert_ok(sc_remove_tree(to, &err));
    r = rescan(f);
    assert_int_equal(r.n_vanished, 1);
    json_decref(r.problems);
    assert_fails(sc_library_get(f->lib, b.id, false, &got, &err), SC_ERR_NOT_FOUND);
    free(from);
    free(to);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
}

/* Libraries as an earlier program left them. */
static void older_libraries_are_read(void **state)
{
    struct fixture *f = *state;
    put(f, "2025-03-01_Binary Search/transcript.json",
        "{\"text\":\"halve the range\",\"chunks\":[{\"timestamp\":[0.0,4.5],\"text\":"
        "\" we look at arrays\"},{\"timestamp\":[4.5,null],\"text\":\" halve the "
        "range\"}]}");
    put(f, "2025-03-01_Binary Search/transcript.md", "# T\n\nwe look at arrays\n");
    put(f, "2025-03-01_Binary Search/slides/00_00_02.png", "png");
    put(f, "2025-03-01_Binary Search/slides/00_01_30.png", "png");
    put(f, "videos/Binary Search/full_video.mp4", "video");
    put(f, "2025-03-02_Only notes/lecture_notes.md",
        "# Heaps\n\n- A heap is a tree [00:12:30]\n\n## Sift\nmove it up\n");
    put(f, "2025-03-03_Only text/transcript.md",
        "# Lecture\n\n**[00:01:30]** hashing spreads keys\n\n[1:02:03] collisions "
        "happen\n");
    put(f, "2025-03-04_Starts/transcript.json",
        "{\"text\":\"x\",\"chunks\":[{\"start\":61,\"end\":65,\"text\":\"tries share "
        "prefixes\"}]}");
    put(f, "videos/Never processed/full_video.mp4", "video");
    put(f, "videos/Half/chunks/data000001.ts", "x");
    put(f, "notes of mine/readme.txt", "not a lecture");
    struct sc_rescan_report r = rescan(f);
    assert_int_equal(r.n_found, 5);
    assert_int_equal(r.n_added, 5);
    assert_int_equal(json_array_size(r.problems), 1); /* the unfinished download */
    json_decref(r.problems);
    char *all = everything(f, "halve");
    assert_non_null(strstr(all, "|Binary Search|2025-03-01|processed|2025-03-01_Binary "
                                "Search|videos/Binary Search/full_video.mp4"));
    assert_non_null(strstr(all, "|Never processed|"));
    assert_non_null(strstr(all, "transcript 4.5 \x02halve\x03 the range"));
    free(all);
    static const char *const hits[][2] = {{"heap ", "notes 750.0"},
                                          {"hashing", "transcript 90.0"},
                                          {"collisions", "transcript 3723.0"},
                                          {"tries ", "transcript 61.0"},
                                          {"sift", "notes 750.0"}};
    for (size_t i = 0; i < sizeof hits / sizeof hits[0]; i++) {
        all = everything(f, hits[i][0]);
        assert_non_null(strstr(all, hits[i][1]));
        free(all);
    }
    assert_false(there(f, "2025-03-02_Only notes/metadata.json")); /* left as it was */
    char *before = everything(f, "array");
    drop_catalog(f);
    char *after = everything(f, "array");
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void broken_files_are_told_and_kept(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Kept", "2026-11-23", "a"), got = {0};
    put(f, "2026-11-23_Kept/metadata.json", "{\"id\": \"kept");
    put(f, "2025-01-01_Broken/transcript.json", "{\"text\": ");
    put(f, "2025-01-01_Broken/transcript.txt", "still readable words");
    put(f, "2025-01-01_Broken/slides_metadata.json", "[1,2");
    put(f, "2025-01-02_Deep/metadata.json", "[[[[[[[[[[");
    put(f, "2025-01-03_Odd/metadata.json",
        "{\"id\":\"../../etc\",\"title\":5,\"date\":\"yesterday\",\"video\":"
        "\"../../../etc/passwd\",\"duration\":-1e99,\"status\":\"flying\"}");
    struct sc_rescan_report r = rescan(f);
    assert_int_equal(r.n_found, 4);
    assert_int_equal(r.n_broken, 3);
    assert_true(json_array_size(r.problems) >= 4);
    json_decref(r.problems);
    assert_ok(sc_library_get(f->lib, l.id, false, &got, &err));
    assert_string_equal(got.title, "Kept");
    assert_string_equal(got.identity, "a"); /* the catalog still knew */
    sc_lecture_finish(&got);
    char *all = everything(f, "readable");
    assert_non_null(strstr(all, "\x02readable\x03"));
    assert_null(strstr(all, "passwd"));
    free(all);
    assert_true(there(f, "2025-01-01_Broken/transcript.json"));
    /* Writing to it keeps the broken file under another name. */
    l.progress = 5;
    l.status = SC_LECTURE_PAUSED;
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_true(there(f, "2026-11-23_Kept/metadata.json.broken"));
    sc_lecture_finish(&l);
}

/* Adds, indexes, changes and removes lectures until it is killed. */
static void churn(const char *root, unsigned seed)
{
    struct sc_library *lib = NULL;
    if (!sc_library_open(root, &lib, NULL))
        _exit(1);
    for (unsigned i = 0;; i++) {
        struct sc_lecture l = {0};
        bool existed;
        char identity[32];
        struct sc_transcript t =
            spoken((const char *const[]){"churning words", "more of them", NULL});
        snprintf(identity, sizeof identity, "c%u-%u", seed, i);
        if (!sc_library_add(lib, "Churn", "2026-11-23", NULL, identity, &l, &existed,
                            NULL) ||
            !sc_library_index(lib, l.id, &t, NULL, NULL, NULL))
            _exit(1);
        l.status = SC_LECTURE_PROCESSED;
        if (!sc_library_update(lib, &l, NULL) ||
            (i % 2 && !sc_library_remove(lib, l.id, NULL, NULL)))
            _exit(1);
        sc_transcript_finish(&t);
        sc_lecture_finish(&l);
    }
}

static void killed_at_any_moment_all_is_consistent(void **state)
{
    struct fixture *f = *state;
    sc_library_close(f->lib);
    f->lib = NULL;
    for (unsigned round = 0; round < 12; round++) {
        int status = 0;
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0)
            churn(f->root, round);
        usleep(20000 + round * 17001);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        assert_true(WIFSIGNALED(status)); /* it did not end by itself */
    }
    assert_ok(sc_library_open(f->root, &f->lib, &err));
    char *before = everything(f, "churn");
    struct sc_rescan_report r = rescan(f);
    /* A lecture whose metadata was not written yet has no content to read. */
    for (size_t i = 0; i < json_array_size(r.problems); i++)
        fail_msg("%s", json_string_value(json_array_get(r.problems, i)));
    assert_int_equal(r.n_added, 0); /* a removal that was cut short may vanish */
    json_decref(r.problems);
    free(before);
    /* Every video folder belongs to somebody or is empty. */
    struct sc_lecture *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(f->lib, &list, &n, &err));
    for (size_t i = 0; i < n; i++) {
        assert_true(there(f, list[i].folder));
        assert_ok(sc_library_remove(f->lib, list[i].id, NULL, &err));
        sc_lecture_finish(&list[i]);
    }
    free(list);
    char *after = everything(f, "churn");
    assert_string_equal(after, "");
    free(after);
}

static bool zip_names(const char *path, struct sc_buf *out)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    /* The reader needs a locale to say names; the writer must not. */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "en_US.UTF-8");
    archive_read_support_format_zip(a);
    bool ok = archive_read_open_filename(a, path, 65536) == ARCHIVE_OK;
    while (ok && archive_read_next_header(a, &e) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname_utf8(e);
        sc_buf_addf(out, "%s %lld\n", name ? name : archive_entry_pathname(e),
                    (long long)archive_entry_size(e));
    }
    archive_read_free(a);
    setlocale(LC_CTYPE, "C");
    return ok;
}

static void exports(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Bäume", "2026-11-23", "a");
    struct sc_buf names = SC_BUF_INIT(0);
    char *written = NULL, *text;
    write_artifacts(f, &l, (const char *const[]){"one & two", "three", NULL});
    put(f, "2026-11-23_Bäume/slides/00_00_01.png", "12345");
    put(f, "2026-11-23_Bäume/.work/x/part", "no");
    put(f, "2026-11-23_Bäume/summary.md", "A summary.\n");
    put(f, "secret.txt", "secret");
    char *secret = sc_path_join(f->root, "secret.txt");
    char *link = sc_path_join(f->root, "2026-11-23_Bäume/link.txt");
    assert_int_equal(symlink(secret, link), 0);
    free(secret);
    free(link);
    assert_ok(
        sc_library_export(f->lib, l.id, "zip", f->root, &written, NULL, NULL, &err));
    assert_true(sc_str_ends(written, ".zip"));
    assert_true(zip_names(written, &names));
    assert_non_null(strstr(sc_buf_str(&names), "2026-11-23_Bäume/slides/00_00_01.png 5"));
    assert_non_null(strstr(sc_buf_str(&names), "2026-11-23_Bäume/metadata.json"));
    assert_null(strstr(sc_buf_str(&names), ".work"));
    assert_null(strstr(sc_buf_str(&names), "link"));
    free(written);
    sc_buf_finish(&names);
    assert_fails(
        sc_library_export(f->lib, l.id, "zip+video", f->root, &written, NULL, NULL, &err),
        SC_ERR_NOT_FOUND);
    put(f, "videos/Bäume/full_video.mp4", "moving pictures");
    assert_true((l.video_path = sc_strdup("videos/Bäume/full_video.mp4")) != NULL);
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_ok(sc_library_export(f->lib, l.id, "zip+video", f->root, &written, NULL, NULL,
                                &err));
    names = SC_BUF_INIT(0);
    assert_true(zip_names(written, &names));
    /* Beside the folder, where viewer.html looks for it. */
    assert_non_null(strstr(sc_buf_str(&names), "\nvideos/Bäume/full_video.mp4 15"));
    free(written);
    sc_buf_finish(&names);
    char *to = sc_path_join(f->root, "out.srt");
    assert_ok(sc_library_export(f->lib, l.id, "srt", to, &written, NULL, NULL, &err));
    free(written);
    text = get(f, "out.srt");
    assert_string_equal(text, "1\n00:00:00,000 --> 00:00:09,000\none & two\n\n"
                              "2\n00:00:10,000 --> 00:00:19,000\nthree\n\n");
    free(text);
    assert_ok(sc_library_export(f->lib, l.id, "vtt", to, &written, NULL, NULL, &err));
    free(written);
    text = get(f, "out.srt");
    assert_true(
        sc_str_starts(text, "WEBVTT\n\n00:00:00.000 --> 00:00:09.000\none &amp; "));
    free(text);
    assert_ok(sc_library_export(f->lib, l.id, "md", to, &written, NULL, NULL, &err));
    free(written);
    text = get(f, "out.srt");
    assert_non_null(strstr(text, "A summary."));
    free(text);
    assert_fails(sc_library_export(f->lib, l.id, "pdf", to, &written, NULL, NULL, &err),
                 SC_ERR_INVALID);
    free(to);
    sc_lecture_finish(&l);
}

/* The first lecture whose title is this; the caller finishes it. */
static struct sc_lecture by_title(struct fixture *f, const char *title)
{
    struct sc_lecture *list = NULL, found = {0};
    size_t n = 0;
    assert_ok(sc_library_list(f->lib, &list, &n, &err));
    for (size_t i = 0; i < n; i++) {
        if (!found.id && strcmp(list[i].title, title) == 0)
            found = list[i];
        else
            sc_lecture_finish(&list[i]);
    }
    free(list);
    assert_non_null(found.id);
    return found;
}

/* Its folder of videos is the one where its video lies, and goes with it. */
static void an_older_lecture_keeps_its_videos_folder(void **state)
{
    struct fixture *f = *state;
    put(f, "2025-03-01_Tries/transcript.md", "# T\n\ntries share prefixes\n");
    put(f, "videos/Tries/full_video.mp4", "video");
    put(f, "2025-03-02_Heaps/transcript.md", "# T\n\na heap is a tree\n");
    json_decref(rescan(f).problems);
    struct sc_lecture tries = by_title(f, "Tries"), heaps = by_title(f, "Heaps");
    char *dir = sc_library_video_dir(f->lib, &tries);
    assert_non_null(dir);
    assert_true(sc_str_ends(dir, "/videos/Tries"));
    free(dir);
    assert_false(there(f, "videos/Tries 2"));
    dir = sc_library_video_dir(f->lib, &heaps); /* one without a video gets a place */
    assert_true(sc_str_ends(dir, "/videos/Heaps"));
    free(dir);
    assert_ok(sc_library_remove(f->lib, tries.id, NULL, &err));
    assert_false(there(f, "videos/Tries/full_video.mp4"));
    assert_false(there(f, "2025-03-01_Tries"));
    sc_lecture_finish(&tries);
    sc_lecture_finish(&heaps);
}

/* Two older lectures of one title share the video: it stays for the other. */
static void a_shared_video_stays(void **state)
{
    struct fixture *f = *state;
    put(f, "2025-03-01_Tries/transcript.md", "# T\n\ntries share prefixes\n");
    put(f, "2025-03-08_Tries/transcript.md", "# T\n\ntries again\n");
    put(f, "videos/Tries/full_video.mp4", "video");
    json_decref(rescan(f).problems);
    for (int left = 1; left >= 0; left--) {
        struct sc_lecture l = by_title(f, "Tries");
        char *dir = sc_library_video_dir(f->lib, &l);
        assert_non_null(dir);
        free(dir);
        assert_ok(sc_library_remove(f->lib, l.id, NULL, &err));
        assert_int_equal(there(f, "videos/Tries/full_video.mp4"), left);
        sc_lecture_finish(&l);
    }
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(the_catalog_comes_back_whole),
        T(renamed_copied_and_vanished_folders),
        T(older_libraries_are_read),
        T(an_older_lecture_keeps_its_videos_folder),
        T(a_shared_video_stays),
        T(broken_files_are_told_and_kept),
        T(exports),
        T(killed_at_any_moment_all_is_consistent),
    };
    return cmocka_run_group_tests_name("rescan", tests, NULL, NULL);
}
