/* sc_inspect_stream against a real server with signatures and faults. */
#include "base/str.h"
#include "cmocka_all.h"
#include "download/download.h"
#include "net/http.h"
#include "run_cdn.h"

#include <stdlib.h>
#include <string.h>

/* {"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":4102444800}}}]} */
#define POLICY_2100                                                                      \
    "eyJTdGF0ZW1lbnQiOlt7IkNvbmRpdGlvbiI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2No"           \
    "VGltZSI6NDEwMjQ0NDgwMH19fV19"
/* the same with 1000000000 */
#define POLICY_2001                                                                      \
    "eyJTdGF0ZW1lbnQiOlt7IkNvbmRpdGlvbiI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2No"           \
    "VGltZSI6MTAwMDAwMDAwMH19fV19"

static char folder[] = "/tmp/scaler-inspect-XXXXXX";
static struct running_cdn cdn;

static void put(const char *root, const char *name, const char *text)
{
    char *path = sc_path_join(root, name);
    assert_true(sc_file_write(path, text, strlen(text), false, NULL));
    free(path);
}

static int setup(void **state)
{
    (void)state;
    assert_true(sc_http_global_init(NULL));
    assert_non_null(mkdtemp(folder));
    char *root = sc_path_join(folder, "root"), *sub = sc_path_join(folder, "root/v");
    assert_true(sc_mkdirs(sub, NULL));
    put(root, "v/i.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n#EXTINF:5,\n../b.ts\n"
        "#EXT-X-ENDLIST\n");
    put(root, "v/page.m3u8", "<html>Sign in</html>");
    struct sc_buf big = SC_BUF_INIT(0);
    for (size_t i = 0; i < 100000; i++)
        sc_buf_add_str(&big, "G@........");
    put(root, "v/big.m3u8", big.data);
    sc_buf_finish(&big);
    const char *const options[] = {
        "--sign",  "KP:" POLICY_2100 ":SIG", "--fault", "redirect:/v/moved.m3u8",
        "--fault", "gzip:/v/i.m3u8:1",       NULL};
    put(root, "v/moved.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n");
    assert_true(run_cdn_start(&cdn, root, options));
    free(sub);
    free(root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_cdn_stop(&cdn);
    sc_remove_tree(folder, NULL);
    sc_http_global_finish();
    return 0;
}

static bool inspect(const char *path, const char *policy, json_t **out,
                    struct sc_error *err)
{
    struct sc_stream s = SC_STREAM_INIT;
    char *url = run_cdn_url(&cdn, path);
    s.url = policy ? sc_strf("%s?Policy=%s&Signature=SIG&Key-Pair-Id=KP", url, policy)
                   : sc_strdup(url);
    bool ok = sc_inspect_stream(&s, out, NULL, err);
    free(url);
    sc_stream_finish(&s);
    return ok;
}

static const char *uri_of(const json_t *json, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(json, "segments"), i), "uri"));
}

static void signed_stream(void **state)
{
    struct sc_error err = {0};
    json_t *json = NULL;
    (void)state;
    for (int i = 0; i < 2; i++) { /* the first answer is compressed */
        assert_true(inspect("/v/i.m3u8", POLICY_2100, &json, &err));
        char *a = run_cdn_url(&cdn, "/v/a.ts"), *b = run_cdn_url(&cdn, "/b.ts");
        assert_string_equal(uri_of(json, 0), a);
        assert_string_equal(uri_of(json, 1), b);
        assert_string_equal(json_string_value(json_object_get(json, "signature_ends")),
                            "2100-01-01T00:00:00Z");
        assert_int_equal(json_array_size(json_object_get(json, "warnings")), 0);
        char *all = json_dumps(json, 0);
        assert_null(strstr(all, "SIG"));
        free(all);
        free(a);
        free(b);
        json_decref(json);
    }
}

static void redirected(void **state)
{
    struct sc_error err = {0};
    json_t *json = NULL;
    (void)state;
    assert_true(inspect("/v/moved.m3u8", POLICY_2100, &json, &err));
    char *want = run_cdn_url(&cdn, "/__r/v/a.ts");
    assert_string_equal(uri_of(json, 0), want);
    free(want);
    json_decref(json);
}

static void fails(const char *path, const char *policy, enum sc_error_code code)
{
    struct sc_error err = {0};
    json_t *json = NULL;
    assert_false(inspect(path, policy, &json, &err));
    assert_int_equal(err.code, code);
    assert_null(json);
    assert_null(strstr(err.cause, "SIG"));
}

static void refusals(void **state)
{
    (void)state;
    fails("/v/i.m3u8", NULL, SC_ERR_FORBIDDEN);
    fails("/v/i.m3u8", POLICY_2001, SC_ERR_EXPIRED);
    fails("/v/none.m3u8", POLICY_2100, SC_ERR_NOT_FOUND);
    fails("/v/page.m3u8", POLICY_2100, SC_ERR_UNSUPPORTED);
    fails("/v/big.m3u8", POLICY_2100, SC_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_stream),
        cmocka_unit_test(redirected),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
