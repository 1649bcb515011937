#include "fixture.h"

#include "base/file.h"
#include "base/str.h"

int fixture_setup(void **state)
{
    struct sc_error err = {0};
    struct fixture *f = calloc(1, sizeof *f);
    char path[] = "/tmp/scaler-library-XXXXXX";
    assert_non_null(mkdtemp(path));
    f->root = realpath(path, NULL);
    if (!sc_library_open(f->root, &f->lib, &err))
        fail_msg("%s", err.cause);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    sc_library_close(f->lib);
    sc_remove_tree(f->root, NULL);
    free(f->root);
    free(f);
    return 0;
}

void fixture_reopen(struct fixture *f)
{
    sc_library_close(f->lib);
    f->lib = NULL;
    assert_ok(sc_library_open(f->root, &f->lib, &err));
}

void put(struct fixture *f, const char *path, const char *text)
{
    char *full = sc_path_join(f->root, path);
    char *dir = sc_strdup(full);
    *strrchr(dir, '/') = '\0';
    assert_ok(sc_mkdirs(dir, &err));
    assert_ok(sc_file_write(full, text, strlen(text), false, &err));
    free(full);
    free(dir);
}

char *get(struct fixture *f, const char *path)
{
    struct sc_buf b = SC_BUF_INIT(0);
    char *full = sc_path_join(f->root, path);
    bool ok = sc_file_read(full, 1 << 24, &b, NULL);
    free(full);
    if (!ok) {
        sc_buf_finish(&b);
        return NULL;
    }
    return sc_buf_detach(&b);
}

bool there(struct fixture *f, const char *path)
{
    struct stat st;
    char *full = sc_path_join(f->root, path);
    bool ok = lstat(full, &st) == 0;
    free(full);
    return ok;
}

struct sc_lecture add_lecture(struct fixture *f, const char *title, const char *date,
                              const char *identity)
{
    struct sc_lecture l = {0};
    bool existed = false;
    assert_ok(sc_library_add(f->lib, title, date, "https://media.example/x.m3u8",
                             identity, &l, &existed, &err));
    assert_false(existed);
    return l;
}

struct sc_transcript spoken(const char *const *texts)
{
    struct sc_transcript t = {0};
    for (size_t i = 0; texts[i]; i++) {
        struct sc_utterance u = {.start_s = 10.0 * (double)i,
                                 .end_s = 10.0 * (double)i + 9,
                                 .text = sc_strdup(texts[i]),
                                 .confidence = -1};
        assert_true(sc_transcript_add_take(&t, &u, NULL));
        t.duration_s = u.end_s;
    }
    return t;
}
