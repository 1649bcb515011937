#include "fixture.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

static void adds_a_lecture_with_a_folder_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Graphs 3: Dijkstra?", "2026-11-23", "aa");
    assert_string_equal(l.folder, "2026-11-23_Graphs 3 Dijkstra");
    assert_true(sc_str_starts(l.id, "graphs-3-dijkstra-"));
    assert_int_equal(l.status, SC_LECTURE_DOWNLOADING);
    assert_true(there(f, "2026-11-23_Graphs 3 Dijkstra/metadata.json"));
    char *dir = sc_library_video_dir(f->lib, &l);
    assert_true(sc_str_ends(dir, "/videos/Graphs 3 Dijkstra"));
    free(dir);
    char *meta = get(f, "2026-11-23_Graphs 3 Dijkstra/metadata.json");
    assert_non_null(strstr(meta, "\"identity\": \"aa\""));
    free(meta);
    sc_lecture_finish(&l);
}

static void same_title_and_day_never_share(void **state)
{
    struct fixture *f = *state;
    const char *title = "A very long title that goes on and on and on until it is cut";
    struct sc_lecture a = add_lecture(f, title, "2026-11-23", "a");
    struct sc_lecture b = add_lecture(f, title, "2026-11-23", "b");
    struct sc_lecture c = add_lecture(f, title, "2026-11-24", "c");
    assert_string_not_equal(a.folder, b.folder);
    assert_string_not_equal(a.id, b.id);
    assert_true(sc_str_ends(b.folder, " 2"));
    assert_true(strlen(b.folder) <= 11 + 50);
    char *va = sc_library_video_dir(f->lib, &a), *vb = sc_library_video_dir(f->lib, &b),
         *vc = sc_library_video_dir(f->lib, &c);
    assert_string_not_equal(va, vb);
    assert_string_not_equal(vb, vc);
    assert_string_not_equal(va, vc);
    free(va);
    free(vb);
    free(vc);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
    sc_lecture_finish(&c);
}

static void same_identity_is_the_same_lecture(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture a = add_lecture(f, "One", "2026-11-23", "id1"), b = {0};
    bool existed = false;
    assert_ok(sc_library_add(f->lib, "Another title", "2026-01-01", "s", "id1", &b,
                             &existed, &err));
    assert_true(existed);
    assert_string_equal(a.id, b.id);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
}

static void refuses_bad_dates_and_titles(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = {0};
    bool existed;
    assert_fails(
        sc_library_add(f->lib, "T", "2026-02-30", NULL, NULL, &l, &existed, &err),
        SC_ERR_INVALID);
    assert_fails(
        sc_library_add(f->lib, " \n ", "2026-02-03", NULL, NULL, &l, &existed, &err),
        SC_ERR_INVALID);
    /* Nothing of a path survives in a folder's name. */
    assert_ok(sc_library_add(f->lib, "../../etc/passwd", "2026-02-03", NULL, NULL, &l,
                             &existed, &err));
    assert_string_equal(l.folder, "2026-02-03_etcpasswd");
    sc_lecture_finish(&l);
}

static void finds_by_id_and_prefix(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture a = add_lecture(f, "Graphs 1", "2026-11-23", "a");
    struct sc_lecture b = add_lecture(f, "Graphs 2", "2026-11-23", "b"), got = {0};
    assert_ok(sc_library_get(f->lib, a.id, false, &got, &err));
    assert_string_equal(got.title, "Graphs 1");
    sc_lecture_finish(&got);
    assert_ok(sc_library_get(f->lib, "graphs-2", true, &got, &err));
    assert_string_equal(got.id, b.id);
    sc_lecture_finish(&got);
    assert_fails(sc_library_get(f->lib, "graphs-2", false, &got, &err), SC_ERR_NOT_FOUND);
    assert_fails(sc_library_get(f->lib, "graphs", true, &got, &err), SC_ERR_INVALID);
    assert_fails(sc_library_get(f->lib, "gra", true, &got, &err), SC_ERR_NOT_FOUND);
    assert_fails(sc_library_get(f->lib, "%%%%", true, &got, &err), SC_ERR_NOT_FOUND);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
}

static void updates_reach_row_and_folder(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Trees", "2026-11-23", "a"), got = {0};
    l.status = SC_LECTURE_PAUSED;
    l.error = sc_strdup("the signature ended");
    l.error_code = sc_strdup("signature_expired");
    l.progress = 40;
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_ok(sc_library_get(f->lib, l.id, false, &got, &err));
    assert_int_equal(got.status, SC_LECTURE_PAUSED);
    assert_string_equal(got.error, "the signature ended");
    sc_lecture_finish(&got);
    char *meta = get(f, "2026-11-23_Trees/metadata.json");
    assert_non_null(strstr(meta, "\"status\": \"paused\""));
    free(meta);
    l.progress = 50; /* alone: the catalog only */
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_ok(sc_library_get(f->lib, l.id, false, &got, &err));
    assert_true(got.progress == 50);
    sc_lecture_finish(&got);
    assert_ok(sc_library_remove(f->lib, l.id, NULL, &err));
    assert_fails(sc_library_update(f->lib, &l, &err), SC_ERR_NOT_FOUND);
    sc_lecture_finish(&l);
}

/* A worker has its copy of the lecture for hours; a person changes the title meanwhile.
 */
static void a_title_and_what_a_worker_knows_do_not_undo_each_other(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture worker = add_lecture(f, "Trees", "2026-11-23", "a"), person = {0},
                      got = {0};
    assert_ok(sc_library_get(f->lib, worker.id, false, &person, &err));
    worker.status = SC_LECTURE_PROCESSING;
    assert_ok(sc_library_update(f->lib, &worker, &err));
    assert_ok(sc_library_rename(f->lib, &person, "Tries", &err));
    worker.progress = 40;
    assert_ok(sc_library_update(f->lib, &worker, &err));
    worker.status = SC_LECTURE_PROCESSED;
    assert_ok(sc_library_update(f->lib, &worker, &err));
    assert_ok(sc_library_rename(f->lib, &person, "Prefix trees", &err));
    assert_ok(sc_library_get(f->lib, worker.id, false, &got, &err));
    assert_string_equal(got.title, "Prefix trees");
    assert_int_equal(got.status, SC_LECTURE_PROCESSED);
    assert_true(got.progress == 40);
    char *meta = get(f, "2026-11-23_Trees/metadata.json");
    assert_non_null(strstr(meta, "\"title\": \"Prefix trees\""));
    assert_non_null(strstr(meta, "\"status\": \"processed\""));
    free(meta);
    assert_fails(sc_library_rename(f->lib, &person, " \n", &err), SC_ERR_INVALID);
    sc_lecture_finish(&got);
    sc_lecture_finish(&person);
    sc_lecture_finish(&worker);
}

static void lists_newest_first(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture a = add_lecture(f, "Old", "2025-01-01", "a");
    struct sc_lecture b = add_lecture(f, "New", "2026-01-01", "b"), *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(f->lib, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(list[0].title, "New");
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
}

static void stages_are_kept_in_row_and_folder(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Heaps", "2026-11-23", "a");
    struct sc_stage_row row = {.name = "transcription",
                               .state = "done",
                               .fingerprint = "abc",
                               .seconds = 1.5},
                        got, *all = NULL;
    bool found = true;
    size_t n = 0;
    assert_ok(sc_library_stage_get(f->lib, l.id, "frames", &got, &found, &err));
    assert_false(found);
    assert_ok(sc_library_stage_set(f->lib, l.id, &row, &err));
    memcpy(row.fingerprint, "def", 4);
    assert_ok(sc_library_stage_set(f->lib, l.id, &row, &err));
    assert_ok(sc_library_stage_get(f->lib, l.id, "transcription", &got, &found, &err));
    assert_true(found);
    assert_string_equal(got.fingerprint, "def");
    assert_ok(sc_library_stages(f->lib, l.id, &all, &n, &err));
    assert_int_equal(n, 1);
    free(all);
    json_t *fields =
        json_pack("{s:s, s:{s:{s:s}}}", "mine", "x", "stages", "notes", "state", "error");
    assert_ok(sc_library_merge_metadata(f->lib, &l, fields, &err));
    json_decref(fields);
    char *meta = get(f, "2026-11-23_Heaps/metadata.json");
    assert_non_null(strstr(meta, "\"mine\": \"x\""));
    assert_non_null(strstr(meta, "\"fingerprint\": \"def\""));
    free(meta);
    sc_lecture_finish(&l);
}

static void removes_everything_and_follows_no_link(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Gone", "2026-11-23", "a"), got = {0};
    json_t *deleted = NULL;
    char *target;
    put(f, "keep/precious.txt", "do not touch");
    put(f, "2026-11-23_Gone/transcript.txt", "x");
    put(f, "videos/Gone/full_video.mp4", "x");
    target = sc_path_join(f->root, "keep");
    char *link = sc_path_join(f->root, "2026-11-23_Gone/link");
    assert_int_equal(symlink(target, link), 0);
    free(link);
    link = sc_path_join(f->root, "videos/Gone/link");
    assert_int_equal(symlink(target, link), 0);
    free(link);
    free(target);
    assert_ok(sc_library_remove(f->lib, l.id, &deleted, &err));
    assert_int_equal(json_array_size(deleted), 2);
    json_decref(deleted);
    assert_false(there(f, "2026-11-23_Gone"));
    assert_false(there(f, "videos/Gone"));
    assert_true(there(f, "keep/precious.txt"));
    assert_fails(sc_library_get(f->lib, l.id, false, &got, &err), SC_ERR_NOT_FOUND);
    assert_fails(sc_library_remove(f->lib, l.id, NULL, &err), SC_ERR_NOT_FOUND);
    sc_lecture_finish(&l);
}

static void a_lecture_at_work_is_not_removed(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Busy", "2026-11-23", "a");
    struct sc_lock lock = {.fd = -1};
    assert_ok(sc_library_lock(f->lib, &l, &lock, &err));
    assert_fails(sc_library_remove(f->lib, l.id, NULL, &err), SC_ERR_CONFLICT);
    assert_true(there(f, "2026-11-23_Busy"));
    sc_lock_release(&lock);
    assert_ok(sc_library_remove(f->lib, l.id, NULL, &err));
    sc_lecture_finish(&l);
}

/* Eight processes add the same title at once, half of them the same stream. */
static void processes_do_not_collide(void **state)
{
    struct fixture *f = *state;
    enum { N = 8 };
    pid_t pids[N];
    fflush(NULL);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct sc_library *lib = NULL;
            struct sc_lecture l = {0};
            bool existed, ok = sc_library_open(f->root, &lib, NULL);
            char identity[8];
            snprintf(identity, sizeof identity, "id%d", i / 2);
            ok = ok && sc_library_add(lib, "Same", "2026-11-23", NULL, identity, &l,
                                      &existed, NULL);
            sc_lecture_finish(&l);
            sc_library_close(lib);
            _exit(ok ? 0 : 1);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    struct sc_lecture *list = NULL;
    size_t n = 0;
    assert_ok(sc_library_list(f->lib, &list, &n, &err));
    assert_int_equal(n, N / 2);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(list[i].folder, list[k].folder);
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
}

static void first_opens_at_once_make_one_catalog(void **state)
{
    (void)state;
    char path[] = "/tmp/scaler-open-XXXXXX";
    assert_non_null(mkdtemp(path));
    enum { N = 6 };
    pid_t pids[N];
    fflush(NULL);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct sc_library *lib = NULL;
            bool ok = sc_library_open(path, &lib, NULL);
            sc_library_close(lib);
            _exit(ok ? 0 : 1);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    sc_remove_tree(path, NULL);
}

static void a_newer_catalog_is_refused(void **state)
{
    struct fixture *f = *state;
    struct sc_library *lib = NULL;
    sc_library_close(f->lib);
    f->lib = NULL;
    char *path = sc_path_join(f->root, ".scaler/catalog.db");
    /* user_version lies at offset 60 of the header (SQLite file format 1.3). */
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "\0\0\0\x63", 4, 60), 4);
    close(fd);
    free(path);
    assert_fails(sc_library_open(f->root, &lib, &err), SC_ERR_UNSUPPORTED);
}

static size_t count_broken(struct fixture *f)
{
    char *path = sc_path_join(f->root, ".scaler");
    DIR *d = opendir(path);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += sc_str_starts(e->d_name, "catalog.db.broken-") &&
             !strstr(e->d_name, "-wal") && !strstr(e->d_name, "-shm");
    closedir(d);
    free(path);
    return n;
}

static void a_damaged_catalog_is_moved_aside_and_rebuilt(void **state)
{
    struct fixture *f = *state;
    sc_log_set_level(SC_LOG_ERROR);
    struct sc_lecture l = add_lecture(f, "Kept", "2026-11-23", "a"), got = {0};
    static const char junk[8192] = "this is no database";
    char *path = sc_path_join(f->root, ".scaler/catalog.db");
    for (int round = 0; round < 2; round++) {
        sc_library_close(f->lib);
        f->lib = NULL;
        if (round == 0) {
            assert_ok(sc_file_write(path, junk, sizeof junk, false, &err));
        } else { /* a valid header, pages overwritten */
            int fd = open(path, O_RDWR);
            for (off_t at = 100; at < 40000; at += (off_t)sizeof junk)
                assert_true(pwrite(fd, junk, sizeof junk, at) > 0);
            close(fd);
        }
        assert_ok(sc_library_open(f->root, &f->lib, &err));
        assert_ok(sc_library_get(f->lib, l.id, false, &got, &err));
        assert_string_equal(got.title, "Kept");
        sc_lecture_finish(&got);
    }
    assert_true(count_broken(f) >= 1);
    sc_lecture_finish(&l);
    free(path);
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    struct fixture *f = *state;
    struct sc_library *lib = NULL;
    if (geteuid() == 0) {
        /* root may write anywhere: a file in the way of the folder instead */
        put(f, "file", "x");
        char *path = sc_path_join(f->root, "file/library");
        struct sc_error err = {0};
        assert_false(sc_library_open(path, &lib, &err));
        assert_true(err.code != SC_ERR_INTERNAL);
        free(path);
        return;
    }
    char *path = sc_path_join(f->root, "closed");
    assert_int_equal(mkdir(path, 0555), 0);
    assert_fails(sc_library_open(path, &lib, &err), SC_ERR_PERMISSION);
    free(path);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(adds_a_lecture_with_a_folder_of_its_own),
        T(same_title_and_day_never_share),
        T(same_identity_is_the_same_lecture),
        T(refuses_bad_dates_and_titles),
        T(finds_by_id_and_prefix),
        T(updates_reach_row_and_folder),
        T(a_title_and_what_a_worker_knows_do_not_undo_each_other),
        T(lists_newest_first),
        T(stages_are_kept_in_row_and_folder),
        T(removes_everything_and_follows_no_link),
        T(a_lecture_at_work_is_not_removed),
        T(processes_do_not_collide),
        cmocka_unit_test(first_opens_at_once_make_one_catalog),
        T(a_newer_catalog_is_refused),
        T(a_damaged_catalog_is_moved_aside_and_rebuilt),
        T(a_folder_that_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
