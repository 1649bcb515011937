/* Every allocation fails once: an error or a result, no crash and no leak. */
#include "capture/capture.h"
#include "cmocka_all.h"
#include "download/download.h"
#include "failing_alloc.h"

#include <string.h>

static const char media_text[] =
    "\xEF\xBB\xBF#EXTM3U\r\n#EXT-X-TARGETDURATION:5\r\n"
    "#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\r\n#EXT-X-DEFINE:QUERYPARAM=\"q\"\r\n"
    "#EXT-X-KEY:METHOD=AES-128,URI=\"../k\"\n#EXT-X-MAP:URI=\"i{$a}\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXTINF:5,title\n"
    "#EXT-X-BYTERANGE:5\n\xFF{$q}.ts\n#EXTINF:x,\nb c\0d\n";
static const char master_text[] =
    "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",URI=\"u\"\n"
    "#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"x\"\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"c\",AUDIO=\"g\"\nv\n";

static bool inspect(const char *text, size_t len, const char *base)
{
    struct sc_error err = {0};
    json_t *json = NULL;
    bool ok = sc_inspect_text(text, len, base, &json, &err);
    if (!ok)
        assert_int_equal(err.code, SC_ERR_MEMORY);
    json_decref(json);
    return ok;
}

static bool all(void)
{
    const char *base = "https://h/p/i.m3u8?q=%41";
    bool ok = inspect(media_text, sizeof media_text - 1, base);
    ok &= inspect(media_text, sizeof media_text - 1, NULL);
    ok &= inspect(master_text, sizeof master_text - 1, base);
    return ok;
}

static char *keep(const char *s)
{
    char *copy = __real_malloc(strlen(s) + 1);
    return memcpy(copy, s, strlen(s) + 1);
}

static bool normalise(void)
{
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_error err = {0};
    s.url = keep("https://h/a?Policy=e30_&Signature=%41&Key-Pair-Id=K&x=1");
    s.base_url = keep("https://h/b");
    s.headers = __real_malloc(sizeof *s.headers);
    s.headers[s.n_headers++] = keep("Cookie: a=b; CloudFront-Policy=x");
    bool ok = sc_stream_normalise(&s, &err);
    char *id = ok ? sc_stream_identity(&s) : NULL;
    bool have_id = id != NULL;
    free(id);
    sc_stream_finish(&s);
    return ok && have_id;
}

static bool policy(void)
{
    struct sc_policy p = {0};
    bool ok = sc_policy_decode("eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiYSJ9XX0_", &p, NULL);
    sc_policy_finish(&p);
    return ok;
}

static void playlists(void **state)
{
    (void)state;
    alloc_walk(all);
}

static void streams(void **state)
{
    (void)state;
    alloc_walk(normalise);
    alloc_walk(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(playlists),
        cmocka_unit_test(streams),
    };
    json_set_alloc_funcs(__wrap_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
