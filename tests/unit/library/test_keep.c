#include "fixture.h"

#include "library/backup_store.h"
#include "library/bundle.h"
#include "library/keep.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>

static char *below(struct fixture *f, const char *name)
{
    return sc_path_join(f->root, name);
}

static void pack(struct fixture *f, const char *to)
{
    struct sc_bundle_job job = {.stage = "test"};
    json_t *about = json_pack("{s:s}", "id", "x");
    json_t *members =
        json_pack("[{s:s}, {s:s}]", "path", "a/one.txt", "path", "b/two words.txt");
    char *path = below(f, to);
    put(f, "a/one.txt", "the first file, which is longer than the second");
    put(f, "b/two words.txt", "second");
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_ok(sc_bundle_write(f->root, about, members, out, &job, &err));
    fclose(out);
    json_decref(about);
    json_decref(members);
    free(path);
}

static void a_bundle_comes_back(void **state)
{
    struct fixture *f = *state;
    struct sc_bundle_job job = {.stage = "test"};
    json_t *manifest = NULL;
    pack(f, "x.tar.zst");
    char *path = below(f, "x.tar.zst"), *into = below(f, "out");
    assert_ok(sc_bundle_read(path, NULL, &job, &manifest, &err));
    assert_int_equal(json_array_size(json_object_get(manifest, "members")), 2);
    json_decref(manifest);
    manifest = NULL;
    assert_ok(sc_bundle_read(path, into, &job, &manifest, &err));
    char *text = get(f, "out/b/two words.txt");
    assert_string_equal(text, "second");
    json_decref(manifest);
    free(text);
    free(path);
    free(into);
}

/* Cut anywhere, or one byte changed anywhere: an error, never another content. */
static void damage_is_always_seen(void **state)
{
    struct fixture *f = *state;
    struct sc_bundle_job job = {.stage = "test"};
    struct sc_buf whole = SC_BUF_INIT(1 << 24);
    pack(f, "x.tar.zst");
    char *path = below(f, "x.tar.zst"), *bad = below(f, "bad");
    assert_ok(sc_file_read(path, 1 << 20, &whole, &err));
    size_t unseen = 0;
    for (size_t i = 0; i < whole.len; i++) {
        struct sc_error err = {0};
        json_t *manifest = NULL;
        assert_true(sc_file_write(bad, whole.data, i, false, NULL));
        assert_false(sc_bundle_read(bad, NULL, &job, &manifest, &err));
        assert_int_equal(err.code, SC_ERR_MEDIA);
        assert_null(manifest);
        whole.data[i] ^= 0x55;
        assert_true(sc_file_write(bad, whole.data, whole.len, false, NULL));
        sc_error_clear(&err);
        /* A byte of padding or of a time may be another: the files may not. */
        if (sc_bundle_read(bad, NULL, &job, &manifest, &err)) {
            unseen++;
            json_decref(manifest);
        }
        whole.data[i] ^= 0x55;
    }
    assert_true(unseen < whole.len / 4);
    sc_buf_finish(&whole);
    free(path);
    free(bad);
}

static void add_entry(struct archive *a, const char *name, unsigned type)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(e, "/etc/passwd");
    archive_entry_set_size(e, type == AE_IFREG ? 4 : 0);
    archive_write_header(a, e);
    if (type == AE_IFREG)
        archive_write_data(a, "evil", 4);
    archive_entry_free(e);
}

static void hostile_archives_write_nothing(void **state)
{
    static const struct {
        const char *name;
        unsigned type;
    } bad[] = {{"../escape", AE_IFREG},      {"/tmp/escape", AE_IFREG},
               {"a/../../escape", AE_IFREG}, {"a//b", AE_IFREG},
               {".hidden", AE_IFREG},        {"link", AE_IFLNK},
               {"folder/", AE_IFDIR},        {"a/./b", AE_IFREG}};
    struct fixture *f = *state;
    struct sc_bundle_job job = {.stage = "test"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *path = below(f, "bad.tar.zst"), *into = below(f, "deep/er/out");
        json_t *manifest = NULL;
        struct archive *a = archive_write_new();
        archive_write_add_filter_zstd(a);
        archive_write_set_format_pax_restricted(a);
        assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
        add_entry(a, bad[i].name, bad[i].type);
        archive_write_free(a);
        assert_fails(sc_bundle_read(path, into, &job, &manifest, &err), SC_ERR_MEDIA);
        assert_false(there(f, "deep/er/escape") || there(f, "deep/escape") ||
                     there(f, "escape"));
        assert_false(there(f, "deep/er/out/link") || there(f, "deep/er/out/.hidden"));
        free(path);
        free(into);
    }
}

static void paths_of_a_backup(void **state)
{
    (void)state;
    static const char *const good[] = {
        "videos/A B/full_video.mp4", "2026-01-01_X/notes.md", "a",
        ".scaler/catalog.db",        "archives/x.tar.zst",    "Bäume/ü"};
    static const char *const bad[] = {"",     "/a",       "../a",      "a/../b",
                                      "a//b", "a/",       ".scaler/x", ".scaler/../a",
                                      "a/.b", "a/./b",    ".",         "..",
                                      "a/..", ".scaler/", ".scaler"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(sc_backup_path_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(sc_backup_path_valid(bad[i]));
}

/* A row read before the archiving must not undo it. */
static void an_old_row_does_not_unarchive(void **state)
{
    struct fixture *f = *state;
    struct sc_keep k = {.lib = f->lib, .keep_logs_s = -1};
    struct sc_lecture l = add_lecture(f, "Graphs 3", "2026-11-20", NULL), now;
    json_t *report = NULL;
    char *dir = sc_library_video_dir(f->lib, &l);
    put(f, "videos/Graphs 3/full_video.mp4", "a video");
    l.video_path = sc_strdup("videos/Graphs 3/full_video.mp4");
    l.status = SC_LECTURE_PROCESSED;
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_ok(sc_keep_archive(&k, l.id, &report, &err));
    assert_false(there(f, "videos/Graphs 3/full_video.mp4"));
    assert_ok(sc_library_rename(f->lib, &l, "Another title", &err));
    l.progress = 50;
    l.error = sc_strdup("of before");
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_ok(sc_library_get(f->lib, l.id, false, &now, &err));
    assert_int_equal(now.status, SC_LECTURE_ARCHIVED);
    assert_null(now.video_path);
    assert_string_equal(now.title, "Another title");
    json_decref(report);
    report = NULL;
    assert_ok(sc_keep_unarchive(&k, l.id, false, &report, &err));
    char *text = get(f, "videos/Graphs 3/full_video.mp4");
    assert_string_equal(text, "a video");
    json_decref(report);
    sc_lecture_finish(&l);
    sc_lecture_finish(&now);
    free(text);
    free(dir);
}

static bool always(void *user, const char *what)
{
    (void)user;
    (void)what;
    return true;
}

static void what_is_in_use_stays(void **state)
{
    struct fixture *f = *state;
    struct sc_keep k = {.lib = f->lib, .keep_logs_s = 0, .in_use = always};
    struct sc_lecture l = add_lecture(f, "Trees", "2020-01-01", NULL);
    json_t *report = NULL, *ids = NULL;
    put(f, "videos/Trees/full_video.mp4", "v");
    put(f, "videos/Trees/chunks/1", "c");
    put(f, ".scaler/logs/j_1.log", "l");
    l.video_path = sc_strdup("videos/Trees/full_video.mp4");
    l.status = SC_LECTURE_PROCESSED;
    assert_ok(sc_library_update(f->lib, &l, &err));
    assert_fails(sc_keep_archive(&k, l.id, &report, &err), SC_ERR_CONFLICT);
    assert_ok(sc_keep_archive_due(&k, 0, 0, &ids, &err));
    assert_int_equal(json_array_size(ids), 0);
    assert_ok(sc_keep_cleanup(&k, &report, &err));
    assert_int_equal(json_integer_value(json_object_get(report, "count")), 0);
    assert_true(there(f, "videos/Trees/chunks/1") && there(f, ".scaler/logs/j_1.log"));
    json_decref(report);
    json_decref(ids);
    sc_lecture_finish(&l);
}

static void usage_by_kind(void **state)
{
    struct fixture *f = *state;
    struct sc_usage u;
    put(f, "videos/A/full_video.mp4", "12345");
    put(f, "videos/A/chunks/1", "123");
    put(f, "2026-01-01_A/audio.wav", "12");
    put(f, "2026-01-01_A/slides/1.png", "1");
    put(f, "2026-01-01_A/notes.md", "1234");
    put(f, "archives/a.tar.zst", "123456");
    put(f, "far/b.tar.zst", "1");
    char *lib = below(f, ""), *far = sc_strdup("/nowhere/at/all");
    sc_keep_usage(lib, far, &u);
    assert_int_equal(u.videos, 5);
    assert_int_equal(u.temporary, 3);
    assert_int_equal(u.audio, 2);
    assert_int_equal(u.slides, 1);
    assert_int_equal(u.text, 4);
    assert_int_equal(u.archives, 6);
    free(lib);
    free(far);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_bundle_comes_back),
        T(damage_is_always_seen),
        T(hostile_archives_write_nothing),
        T(paths_of_a_backup),
        T(an_old_row_does_not_unarchive),
        T(what_is_in_use_stays),
        T(usage_by_kind),
    };
    return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
