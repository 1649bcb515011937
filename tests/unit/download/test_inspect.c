/* The JSON of `scaler inspect`. */
#include "base/buf.h"
#include "cmocka_all.h"
#include "download/download.h"

#include <stdlib.h>
#include <string.h>

static void expect_json(const char *text, const char *base, const char *want)
{
    json_t *got = NULL, *expected = json_loads(want, 0, NULL);
    assert_non_null(expected);
    assert_true(sc_inspect_text(text, strlen(text), base, &got, NULL));
    if (!json_equal(got, expected)) {
        char *shown = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
        print_error("%s\n", shown);
        free(shown);
    }
    assert_true(json_equal(got, expected));
    json_decref(got);
    json_decref(expected);
}

static void media(void **state)
{
    (void)state;
    expect_json(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:3\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0xAB\n"
        "#EXT-X-MAP:URI=\"i.mp4\",BYTERANGE=\"9@1\"\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05Z\n"
        "#EXTINF:5.5,One\n#EXT-X-BYTERANGE:7@10\na.mp4\n"
        "#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:4,\nb\n#EXT-X-ENDLIST\n",
        NULL,
        "{\"type\":\"media\",\"version\":7,\"target_duration\":6,\"media_sequence\":3,"
        "\"discontinuity_sequence\":2,\"endlist\":true,\"live\":false,"
        "\"playlist_type\":\"VOD\",\"iframes_only\":false,\"duration\":9.5,"
        "\"variants\":[],\"renditions\":[],\"warnings\":[],\"segments\":["
        "{\"uri\":\"a.mp4\",\"duration\":5.5,\"start\":0,\"msn\":3,"
        "\"discontinuity\":false,\"discontinuity_sequence\":2,\"gap\":false,"
        "\"byterange\":{\"length\":7,\"offset\":10},"
        "\"key\":{\"method\":\"AES-128\",\"uri\":\"k\",\"keyformat\":\"identity\","
        "\"iv\":\"000000000000000000000000000000ab\"},"
        "\"map\":{\"uri\":\"i.mp4\",\"byterange\":{\"length\":9,\"offset\":1}},"
        "\"title\":\"One\",\"program_date_time\":\"2026-01-02T03:04:05Z\"},"
        "{\"uri\":\"b\",\"duration\":4,\"start\":5.5,\"msn\":4,"
        "\"discontinuity\":true,\"discontinuity_sequence\":3,\"gap\":false,"
        "\"byterange\":null,\"key\":null,"
        "\"map\":{\"uri\":\"i.mp4\",\"byterange\":{\"length\":9,\"offset\":1}},"
        "\"title\":\"\",\"program_date_time\":null}]}");
}

static void master(void **state)
{
    (void)state;
    expect_json(
        "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",DEFAULT=YES\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=16x9,CODECS=\"c\",AUDIO=\"g\"\nu\n",
        "http://h/p/",
        "{\"type\":\"master\",\"version\":null,\"target_duration\":null,"
        "\"media_sequence\":0,\"discontinuity_sequence\":0,\"endlist\":false,"
        "\"live\":false,\"playlist_type\":null,\"iframes_only\":false,\"duration\":0,"
        "\"segments\":[],\"warnings\":[],\"variants\":[{\"uri\":\"http://h/p/u\","
        "\"bandwidth\":9,\"average_bandwidth\":null,\"resolution\":{\"width\":16,"
        "\"height\":9},\"frame_rate\":null,\"codecs\":\"c\",\"audio\":\"g\","
        "\"video\":null,\"subtitles\":null}],\"renditions\":[{\"type\":\"AUDIO\","
        "\"group\":\"g\",\"name\":\"n\",\"uri\":null,\"language\":null,"
        "\"default\":true,\"autoselect\":false}]}");
}

/* Odd input still gives valid JSON of the same types. */
static void odd(void **state)
{
    static const char text[] =
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-5\n#EXTINF:-1,t\xE9\n\xFF.ts\n";
    json_t *got = NULL;
    (void)state;
    assert_true(sc_inspect_text(text, sizeof text - 1, NULL, &got, NULL));
    const json_t *seg = json_array_get(json_object_get(got, "segments"), 0);
    assert_string_equal(json_string_value(json_object_get(seg, "uri")),
                        "\xEF\xBF\xBD.ts");
    assert_string_equal(json_string_value(json_object_get(seg, "title")),
                        "t\xEF\xBF\xBD");
    assert_int_equal(json_integer_value(json_object_get(seg, "duration")), -1);
    assert_int_equal(json_integer_value(json_object_get(seg, "msn")), -5);
    assert_int_equal(json_integer_value(json_object_get(got, "media_sequence")), -5);
    assert_true(json_is_null(json_object_get(got, "target_duration")));
    assert_true(json_array_size(json_object_get(got, "warnings")) >= 3);
    char *dump = json_dumps(got, 0);
    assert_non_null(dump);
    free(dump);
    json_decref(got);
}

/* Whole numbers, whatever the playlist counts in. */
static void huge(void **state)
{
    static const char text[] = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n"
                               "#EXTINF:1e1,\na.ts\n#EXTINF:5,\nb.ts\n";
    json_t *got = NULL;
    (void)state;
    assert_true(sc_inspect_text(text, sizeof text - 1, NULL, &got, NULL));
    const json_t *list = json_object_get(got, "segments"),
                 *first = json_array_get(list, 0);
    assert_true(json_integer_value(json_object_get(got, "media_sequence")) == INT64_MAX);
    for (size_t i = 0; i < 2; i++)
        assert_true(json_integer_value(json_object_get(json_array_get(list, i), "msn")) ==
                    INT64_MAX);
    assert_int_equal(json_integer_value(json_object_get(first, "duration")), 10);
    json_decref(got);
}

/* Durations that add up to more than a double holds are an oddity, no failure. */
static void endless(void **state)
{
    static const char text[] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1e308,\na.ts\n"
                               "#EXTINF:1e308,\nb.ts\n#EXTINF:4,\nc.ts\n";
    json_t *got = NULL;
    (void)state;
    assert_true(sc_inspect_text(text, sizeof text - 1, NULL, &got, NULL));
    const json_t *list = json_object_get(got, "segments");
    assert_int_equal(json_array_size(list), 3);
    assert_true(json_number_value(json_object_get(json_array_get(list, 1), "duration")) ==
                1e308);
    assert_true(json_array_size(json_object_get(got, "warnings")) > 0);
    json_decref(got);
}

/* 0.1 + 0.2 is 0.3 for whoever reads where a segment begins. */
static void sums(void **state)
{
    static const char text[] = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.1,\na.ts\n"
                               "#EXTINF:0.2,\nb.ts\n#EXTINF:0.7,\nc.ts\n";
    json_t *got = NULL;
    (void)state;
    assert_true(sc_inspect_text(text, sizeof text - 1, NULL, &got, NULL));
    const json_t *last = json_array_get(json_object_get(got, "segments"), 2);
    assert_true(json_number_value(json_object_get(last, "start")) == 0.3);
    assert_int_equal(json_integer_value(json_object_get(got, "duration")), 1);
    json_decref(got);
}

static void no_playlist(void **state)
{
    struct sc_error err = {0};
    json_t *got = NULL;
    (void)state;
    assert_false(sc_inspect_text("<html>", 6, NULL, &got, &err));
    assert_int_equal(err.code, SC_ERR_UNSUPPORTED);
    assert_null(got);
}

/* Many of one kind of oddity are a few warnings and a count. */
static void many_warnings(void **state)
{
    struct sc_buf b = SC_BUF_INIT(0);
    json_t *got = NULL;
    (void)state;
    sc_buf_add_str(&b, "#EXTM3U\n#EXT-X-TARGETDURATION:5\n");
    for (size_t i = 0; i < 20000; i++)
        sc_buf_addf(&b, "#EXT-X-GAP\n#EXTINF:x,\n%zu.ts\n", i);
    assert_true(sc_inspect_text(b.data, b.len, NULL, &got, NULL));
    assert_int_equal(json_array_size(json_object_get(got, "segments")), 20000);
    assert_true(json_array_size(json_object_get(got, "warnings")) < 10);
    json_decref(got);
    sc_buf_finish(&b);
}

static void streams_that_cannot_be(void **state)
{
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_error err = {0};
    json_t *got = NULL;
    (void)state;
    assert_false(sc_inspect_stream(&s, &got, NULL, &err));
    assert_int_equal(err.code, SC_ERR_INVALID);
    sc_error_clear(&err);
    char base[] = "http://127.0.0.1:1/x/";
    s.base_url = base;
    assert_false(sc_inspect_stream(&s, &got, NULL, &err));
    assert_int_equal(err.code, SC_ERR_INVALID);
    assert_null(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media),
        cmocka_unit_test(master),
        cmocka_unit_test(odd),
        cmocka_unit_test(huge),
        cmocka_unit_test(endless),
        cmocka_unit_test(sums),
        cmocka_unit_test(no_playlist),
        cmocka_unit_test(many_warnings),
        cmocka_unit_test(streams_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
