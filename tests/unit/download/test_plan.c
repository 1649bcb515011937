#include "base/buf.h"
#include "base/clock.h"
#include "cmocka_all.h"
#include "download/pattern.h"
#include "download/plan.h"
#include "download/variant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sc_plan *plan_of(const char *text, const char *base, double from, double to)
{
    struct sc_playlist *p = NULL;
    struct sc_plan *plan = NULL;
    struct sc_error err = {0};
    assert_true(sc_playlist_parse(text, strlen(text), base, &p, &err));
    if (!sc_plan_make(p, NULL, from, to, &plan, &err))
        plan = NULL;
    sc_playlist_destroy(p);
    return plan;
}

static const char keyed[] =
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:258\n"
    "#EXT-X-KEY:METHOD=AES-128,URI=\"k1\"\n#EXTINF:4.0,\na.ts\n"
    "#EXTINF:4.0,\nb.ts\n"
    "#EXT-X-KEY:METHOD=AES-128,URI=\"k2\",IV=0x000102030405060708090a0b0c0d0e0f\n"
    "#EXTINF:4.0,\nc.ts\n#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n"
    "#EXTINF:4.0,\nd.ts\n#EXT-X-ENDLIST\n";

static void keys_come_once_and_first(void **state)
{
    (void)state;
    struct sc_plan *p = plan_of(keyed, "https://h/x/i.m3u8", -1, -1);
    static const uint8_t implied[16] = {[14] = 1, [15] = 3};
    assert_int_equal(p->n_items, 6);
    assert_int_equal(p->items[0].kind, SC_ITEM_KEY);
    const struct sc_plan_item *b = &p->items[p->tracks[0].segments[1]];
    assert_int_equal(b->key, 0);
    assert_memory_equal(b->iv, implied, 16); /* sequence 259 */
    const struct sc_plan_item *c = &p->items[p->tracks[0].segments[2]];
    assert_int_equal(c->iv[15], 15);
    const struct sc_plan_item *d = &p->items[p->tracks[0].segments[3]];
    assert_int_equal(d->key, -1);
    assert_true(d->first_of_run);
    assert_false(c->first_of_run);
    sc_plan_destroy(p);
}

static void range_takes_what_overlaps(void **state)
{
    (void)state;
    struct sc_plan *p = plan_of(keyed, "https://h/x/i.m3u8", 4.0, 9.5);
    assert_int_equal(p->tracks[0].n, 2);
    assert_string_equal(p->items[p->tracks[0].segments[0]].url, "https://h/x/b.ts");
    assert_true(p->items[p->tracks[0].segments[0]].first_of_run);
    assert_float_equal(p->from_s, 4, 1e-9);
    /* Cut where the range begins, also when a segment begins there. */
    assert_float_equal(p->skip_until_s, 4, 1e-9);
    assert_float_equal(p->stop_at_s, 9.5, 1e-9);
    sc_plan_destroy(p);
    assert_null(plan_of(keyed, "https://h/x/i.m3u8", 100, -1));
}

/* The picture begins at the key frame before the range, and so must the sound. */
static void sound_begins_where_the_picture_may(void **state)
{
    static const char pictures[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nv0.ts\n"
        "#EXTINF:6,\nv1.ts\n#EXTINF:6,\nv2.ts\n#EXT-X-ENDLIST\n",
                      sound[] =
                          "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na0.ts\n"
                          "#EXTINF:2,\na1.ts\n#EXTINF:2,\na2.ts\n#EXTINF:2,\na3.ts\n"
                          "#EXTINF:2,\na4.ts\n#EXTINF:8,\na5.ts\n#EXT-X-ENDLIST\n";
    struct sc_playlist *v = NULL, *a = NULL;
    struct sc_plan *p = NULL;
    (void)state;
    assert_true(sc_playlist_parse(pictures, strlen(pictures), "http://h/v", &v, NULL));
    assert_true(sc_playlist_parse(sound, strlen(sound), "http://h/a", &a, NULL));
    assert_true(sc_plan_make(v, a, 10, 12, &p, NULL));
    assert_int_equal(p->tracks[0].n, 1);
    assert_int_equal(p->tracks[1].n, 3);
    assert_string_equal(p->items[p->tracks[1].segments[0]].url, "http://h/a3.ts");
    assert_float_equal(p->skip_until_s, 10, 1e-9);
    sc_plan_destroy(p);
    sc_playlist_destroy(v);
    sc_playlist_destroy(a);
}

static void many_keys_take_no_time(void **state)
{
    enum { N = 60000 };
    struct sc_buf text = SC_BUF_INIT(1 << 24);
    (void)state;
    sc_buf_add_str(&text, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n");
    for (int i = 0; i < N; i++)
        sc_buf_addf(&text, "#EXT-X-KEY:METHOD=AES-128,URI=\"k%d\"\n#EXTINF:2,\ns%d.ts\n",
                    i, i);
    sc_buf_add_str(&text, "#EXT-X-ENDLIST\n");
    double began = sc_clock_cpu_s();
    struct sc_plan *p = plan_of(sc_buf_str(&text), "http://h/i", -1, -1);
    assert_true(sc_clock_cpu_s() - began < 6);
    assert_int_equal(p->n_items, 2 * N);
    sc_plan_destroy(p);
    sc_buf_finish(&text);
}

static void identity_knows_no_signature(void **state)
{
    (void)state;
    static const char form[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts?n=1%s\n"
        "#EXT-X-ENDLIST\n";
    const char *const queries[] = {"", "&Policy=a&Signature=b&Key-Pair-Id=c", "&hdnts=x",
                                   "&part=2"};
    char ids[4][SC_PLAN_ID_SIZE], text[512];
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text, form, queries[i]);
        struct sc_plan *p = plan_of(text, "https://h/i.m3u8", -1, -1);
        memcpy(ids[i], p->items[0].id, SC_PLAN_ID_SIZE);
        sc_plan_destroy(p);
    }
    assert_string_equal(ids[0], ids[1]);
    assert_string_equal(ids[0], ids[2]);
    assert_string_not_equal(ids[0], ids[3]);
}

static void identity_knows_sequence_and_range(void **state)
{
    (void)state;
    static const char form[] =
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:100@%d\na.ts\n#EXT-X-ENDLIST\n";
    const int numbers[3][2] = {{1, 0}, {2, 0}, {1, 100}};
    char ids[3][SC_PLAN_ID_SIZE], text[512];
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, form, numbers[i][0], numbers[i][1]);
        struct sc_plan *p = plan_of(text, "https://h/i.m3u8", -1, -1);
        memcpy(ids[i], p->items[0].id, SC_PLAN_ID_SIZE);
        sc_plan_destroy(p);
    }
    assert_string_not_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[0], ids[2]);
}

static void drm_is_refused(void **state)
{
    (void)state;
    const char *const keys[] = {"METHOD=SAMPLE-AES,URI=\"skd://k\"",
                                "METHOD=AES-128,URI=\"k\",KEYFORMAT=\"com.widevine\""};
    for (int i = 0; i < 2; i++) {
        char text[512];
        struct sc_playlist *p = NULL;
        struct sc_error err = {0};
        snprintf(text, sizeof text,
                 "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:%s\n#EXTINF:4,\na.ts\n"
                 "#EXT-X-ENDLIST\n",
                 keys[i]);
        assert_true(sc_playlist_parse(text, strlen(text), "https://h/", &p, &err));
        assert_false(sc_plan_check_playlist(p, &err));
        assert_int_equal(err.code, SC_ERR_DRM);
        sc_playlist_destroy(p);
    }
}

static void patterns(void **state)
{
    (void)state;
    const struct {
        const char *pattern, *name;
    } good[] = {
        {"data%06d.ts", "data000042.ts"}, {"%d.ts", "42.ts"}, {"a%%%03d", "a%042"}};
    for (size_t i = 0; i < 3; i++) {
        char *name = sc_pattern_name(good[i].pattern, 42);
        assert_string_equal(name, good[i].name);
        free(name);
    }
    assert_false(sc_pattern_valid("%s.ts"));
    assert_false(sc_pattern_valid("%d%d"));
    assert_false(sc_pattern_valid("no number"));
    assert_false(sc_pattern_valid("../%d"));
    assert_false(sc_pattern_valid("%n"));
    assert_false(sc_pattern_valid("%999999999d"));
}

static void numbered_plans(void **state)
{
    (void)state;
    struct sc_plan *p = NULL;
    assert_true(sc_plan_numbered("https://h/a/?t=1", "data%06d.ts", 1, 3, &p, NULL));
    char *url = sc_plan_url(p, &p->items[1]);
    assert_string_equal(url, "https://h/a/data000002.ts?t=1");
    free(url);
    sc_plan_destroy(p);
}

static const char master[] =
    "#EXTM3U\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",AUTOSELECT=YES,URI=\"x.m3u8\"\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"d\",DEFAULT=YES,URI=\"d.m3u8\"\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"in\",NAME=\"i\",DEFAULT=YES\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=9000000,CODECS=\"mp4a.40.2\"\nsound.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,AUDIO=\"a\"\n720.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,AUDIO=\"in\"\n720b.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=640x360\n360.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=1500000,RESOLUTION=1920x1080\n1080.m3u8\n";

static void variants(void **state)
{
    (void)state;
    struct sc_playlist *p = NULL;
    size_t order[8];
    assert_true(sc_playlist_parse(master, strlen(master), NULL, &p, NULL));
    assert_int_equal(sc_variant_order(p, SC_QUALITY_BEST, 0, order), 1);
    assert_string_equal(p->variants[order[0]].uri, "1080.m3u8");
    sc_variant_order(p, SC_QUALITY_WORST, 0, order);
    assert_string_equal(p->variants[order[0]].uri, "360.m3u8");
    assert_int_equal(sc_variant_order(p, SC_QUALITY_HEIGHT, 720, order), 2);
    assert_string_equal(p->variants[order[0]].uri, "720b.m3u8");
    assert_string_equal(p->variants[order[1]].uri, "720.m3u8"); /* stands in */
    assert_null(sc_variant_audio(p, &p->variants[order[0]]));
    assert_string_equal(sc_variant_audio(p, &p->variants[order[1]])->uri, "d.m3u8");
    sc_variant_order(p, SC_QUALITY_HEIGHT, 480, order);
    assert_string_equal(p->variants[order[0]].uri, "360.m3u8");
    sc_variant_order(p, SC_QUALITY_HEIGHT, 240, order);
    assert_string_equal(p->variants[order[0]].uri, "360.m3u8");
    sc_playlist_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_once_and_first),
        cmocka_unit_test(range_takes_what_overlaps),
        cmocka_unit_test(sound_begins_where_the_picture_may),
        cmocka_unit_test(many_keys_take_no_time),
        cmocka_unit_test(identity_knows_no_signature),
        cmocka_unit_test(identity_knows_sequence_and_range),
        cmocka_unit_test(drm_is_refused),
        cmocka_unit_test(patterns),
        cmocka_unit_test(numbered_plans),
        cmocka_unit_test(variants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
