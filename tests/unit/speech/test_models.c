#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "cmocka_all.h"
#include "net/http.h"
#include "run_cdn.h"
#include "speech/models.h"

#include <unistd.h>

enum { MODEL_BYTES = 700001 };

static char *folder, *root, *dir, *log_path; /* of the running test */
static char digest[SC_SHA256_HEX_SIZE];
static struct sc_speech_model model = {"test",      "ggml-test.bin", SC_MODEL_WHISPER,
                                       MODEL_BYTES, digest,          "for tests"};

static int set_up(void **state)
{
    char template[] = "/tmp/sc-models-XXXXXX";
    (void)state;
    folder = sc_strdup(mkdtemp(template));
    root = sc_path_join(folder, "www");
    dir = sc_path_join(folder, "models");
    log_path = sc_path_join(folder, "log");
    sc_mkdirs(root, NULL);
    char *bytes = malloc(MODEL_BYTES);
    for (size_t i = 0; i < MODEL_BYTES; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    sc_sha256_of(bytes, MODEL_BYTES, digest);
    char *path = sc_path_join(root, "ggml-test.bin");
    bool ok = sc_file_write(path, bytes, MODEL_BYTES, false, NULL);
    free(path);
    free(bytes);
    return ok ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sc_remove_tree(folder, NULL);
    free(folder);
    free(root);
    free(dir);
    free(log_path);
    return 0;
}

static bool backwards;
static double last_done;

static void on_progress(void *user, const struct sc_progress *p)
{
    (void)user;
    backwards |= p->done > p->total;
    last_done = p->done;
}

/* Fetches once with this fault; the path of the model's file is in dir. */
static bool fetch(const char *fault, struct sc_error *err)
{
    struct running_cdn cdn;
    const char *extra[] = {"--log", log_path, fault ? "--fault" : NULL, fault, NULL};
    assert_true(run_cdn_start(&cdn, root, extra));
    char *mirror = run_cdn_url(&cdn, "/");
    struct sc_model_pull opts = {
        .models_dir = dir, .mirror = mirror, .progress = {on_progress, NULL}};
    char *path = NULL;
    bool ok = sc_speech_model_fetch(&model, &opts, &path, NULL, err);
    run_cdn_stop(&cdn);
    free(mirror);
    free(path);
    return ok;
}

static char *file(const char *suffix)
{
    return sc_strf("%s/ggml-test.bin%s", dir, suffix);
}

static void assert_there(void)
{
    char hex[SC_SHA256_HEX_SIZE];
    char *path = file(""), *part = file(".part");
    assert_true(sc_sha256_of_file(path, hex, NULL));
    assert_string_equal(hex, digest);
    assert_false(sc_file_exists(part));
    free(path);
    free(part);
}

static void assert_not_there(void)
{
    char *path = file("");
    assert_false(sc_file_exists(path));
    free(path);
}

static void a_model_is_fetched(void **state)
{
    (void)state;
    assert_true(fetch(NULL, NULL));
    assert_there();
    assert_false(backwards);
    assert_true(last_done == MODEL_BYTES);
    /* Again: nothing to do, whatever the server says. */
    assert_true(fetch("404:*", NULL));
}

static void faults_are_healed(void **state)
{
    static const char *const faults[] = {"reset:*:2", "truncate:*:2", "half:*:1",
                                         "empty:*:1", "500:*:1",      "close:*:1",
                                         "html:*:1",  "chunked:*"};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct sc_error err = {0};
        sc_remove_tree(dir, NULL);
        if (!fetch(faults[i], &err))
            fail_msg("%s: %s", faults[i], err.cause);
        assert_there();
    }
}

static void a_download_goes_on_where_it_was(void **state)
{
    static const char *const servers[] = {NULL, "ignore-range:*", "wrong-range:*:1"};
    (void)state;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        char *part = file(".part"), *source = sc_path_join(root, "ggml-test.bin");
        struct sc_buf b = SC_BUF_INIT(0);
        sc_remove_tree(dir, NULL);
        sc_mkdirs(dir, NULL);
        sc_file_read(source, 1 << 20, &b, NULL);
        FILE *f = fopen(part, "wb");
        fwrite(b.data, 1, 300000, f);
        fclose(f);
        sc_buf_finish(&b);
        remove(log_path);
        struct sc_error err = {0};
        if (!fetch(servers[i], &err))
            fail_msg("%s: %s", servers[i] ? servers[i] : "good server", err.cause);
        assert_there();
        sc_file_read(log_path, 1 << 20, &b, NULL);
        assert_non_null(strstr(b.data, "bytes=300000-"));
        sc_buf_finish(&b);
        free(part);
        free(source);
    }
}

static void a_wrong_file_never_gets_the_name(void **state)
{
    (void)state;
    struct sc_error err = {0};
    assert_false(fetch("corrupt:*", &err));
    assert_int_equal(err.code, SC_ERR_INVALID);
    assert_not_there();
    err = (struct sc_error){0};
    assert_false(fetch("404:*", &err));
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
    assert_not_there();
    /* A part that is none: found by the digest, fetched again from the start. */
    char *part = file(".part");
    sc_file_write(part, "nonsense", 8, false, NULL);
    assert_true(fetch(NULL, NULL));
    assert_there();
    free(part);
}

static void models_are_found_and_removed(void **state)
{
    (void)state;
    struct sc_error err = {0};
    sc_mkdirs(dir, NULL);
    assert_null(sc_speech_model_best(dir));
    char *path = sc_path_join(dir, "ggml-base.en.bin");
    sc_file_write(path, "x", 1, false, NULL);
    char *by_name = sc_speech_model_path(dir, "base.en");
    char *best = sc_speech_model_best(dir);
    char *name = sc_speech_model_name(path);
    assert_string_equal(by_name, path);
    assert_string_equal(best, path);
    assert_string_equal(name, "base.en");
    assert_null(sc_speech_model_path(dir, "small"));
    assert_null(sc_speech_model_vad(dir));
    free(by_name);
    free(best);
    free(name);
    assert_false(sc_speech_model_remove("../models/ggml-base.en.bin", dir, &err));
    err = (struct sc_error){0};
    assert_true(sc_speech_model_remove("base.en", dir, &err));
    assert_false(sc_file_exists(path));
    assert_false(sc_speech_model_remove("base.en", dir, &err));
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
    free(path);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    size_t n;
    const struct sc_speech_model *m = sc_speech_models(&n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strlen(m[i].sha256), 64);
        assert_int_equal(strspn(m[i].sha256, "0123456789abcdef"), 64);
        assert_true(m[i].size_bytes > 500000);
        assert_ptr_equal(sc_speech_model_find(m[i].name), &m[i]);
    }
    assert_null(sc_speech_model_find("no-such-model"));
    char *vad = sc_speech_model_url(sc_speech_model_find("silero-vad"), NULL);
    char *base = sc_speech_model_url(sc_speech_model_find("base.en"), NULL);
    char *mirrored =
        sc_speech_model_url(sc_speech_model_find("silero-vad"), "http://m/x/");
    assert_non_null(strstr(vad, "/whisper-vad/"));
    assert_true(sc_str_ends(base, "/whisper.cpp/resolve/main/ggml-base.en.bin"));
    assert_string_equal(mirrored, "http://m/x/ggml-silero-v6.2.0.bin");
    free(vad);
    free(base);
    free(mirrored);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_model_is_fetched),
        CASE(faults_are_healed),
        CASE(a_download_goes_on_where_it_was),
        CASE(a_wrong_file_never_gets_the_name),
        CASE(models_are_found_and_removed),
        cmocka_unit_test(the_table_is_sound),
    };
    sc_log_set_level(SC_LOG_ERROR);
    if (!sc_http_global_init(NULL))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sc_http_global_finish();
    return failed;
}
