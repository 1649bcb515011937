/* What media and master playlists say; see playlist_text.h for the notation. */
#include "cmocka_all.h"
#include "playlist_text.h"

#include <stdlib.h>
#include <string.h>

struct test_case {
    const char *text, *want;
};

static void check(const struct test_case *cases, size_t n, const char *base)
{
    for (size_t i = 0; i < n; i++) {
        char *got = playlist_line(cases[i].text, strlen(cases[i].text), base);
        if (strcmp(got, cases[i].want) != 0)
            print_error("case %zu:\n%s\n", i, cases[i].text);
        assert_string_equal(got, cases[i].want);
        free(got);
    }
}

#define CHECK(cases) check(cases, sizeof cases / sizeof *cases, NULL)

#define T "#EXTM3U\n#EXT-X-TARGETDURATION:10\n"
#define E "#EXTINF:5,\n"

static void texts(void **state)
{
    static const struct test_case cases[] = {
        {T E "a\n", "media t=10 | a 5"},
        {T E "a", "media t=10 | a 5"},
        {"\xEF\xBB\xBF" T E "a", "media t=10 | a 5"},
        {"\xEF\xBB\xBF\n \n\n" T "\n\n" E "\n\n  a \t\n\n", "media t=10 | a 5"},
        {"  " T E "\xEF\xBB\xBF"
         "a",
         "media t=10 | a 5"},
        {"#EXTM3U\r\n#EXT-X-TARGETDURATION:10\r\n#EXTINF:5,t\r\na\r\n",
         "media t=10 | a 5 title=\"t\""},
        {"#EXTM3U\r#EXT-X-TARGETDURATION:10\r#EXTINF:5,t\ra\r#EXTINF:5\r\nb",
         "media t=10 | a 5 title=\"t\" | b 5"},
        {"#EXTM3U  \n#EXT-X-TARGETDURATION : 10 \n #EXTINF: 5 ,\n a b.ts\n",
         "media t=10 | a b.ts 5"},
        {T "# comment\n#EXTINF:5,\n#comment\n#EXT-X-UNKNOWN:1\n#EXT\na\n",
         "media t=10 | a 5"},
        {"#EXTM3U url-tvg=\"x\"\n#EXTINF:5\nhttp://h/a", "media | http://h/a 5 w"},
        {"#EXTM3U", "media w"},
        {"#EXTM3U\n#EXT-X-VERSION:3\n", "media w"},
        {"#EXT-X-TARGETDURATION:10\n" E "a", "media t=10 | a 5 w"},
        {"# made by hand\n#EXTM3U\n" E "a", "media | a 5 w"},
        {"\n#EXTINF:5,\na", "media | a 5 w"},
        {T E "h\xE9\xFFllo", "media t=10 | h\xE9\xFFllo 5"},
        {T E "a\n#EXTM3U\n" E "b\n", "media t=10 | a 5 | b 5 w"},
        {"", "error: unsupported"},
        {"\n \n", "error: unsupported"},
        {"\xEF\xBB\xBF", "error: unsupported"},
        {"<html>\n#EXTM3U\n", "error: unsupported"},
        {"a.ts\nb.ts\n", "error: unsupported"},
        {"# only\n# comments\n", "error: unsupported"},
        {"#EXTXSTREAMINF:BANDWIDTH=1\na", "error: unsupported"},
        {"\xFF\xFE#\0E", "error: unsupported"},
        {"{\"detail\":\"no\"}", "error: unsupported"},
    };
    (void)state;
    CHECK(cases);
}

static void durations_and_titles(void **state)
{
    static const struct test_case cases[] = {
        {T "#EXTINF:9.009,\na\n#EXTINF:3.003\nb", "media t=10 | a 9.009 | b 3.003"},
        {T "#EXTINF:.5,x\na\n#EXTINF:7.,\nb", "media t=10 | a 0.5 title=\"x\" | b 7"},
        {T "#EXTINF:0,\na", "media t=10 | a 0"},
        {T "#EXTINF:1e1,t\na\n#EXTINF:25E-1\nb\n#EXTINF:2e+0,\nc",
         "media t=10 | a 10 title=\"t\" | b 2.5 | c 2 w"},
        {T "#EXTINF:5e,t\na\n#EXTINF:5e999,\nb", "media t=10 | a 5 title=\"t\" | b 5 w"},
        {T "#EXTINF:5,Hi, \xE4\xBD\xA0, \"x\"=1 \na",
         "media t=10 | a 5 title=\"Hi, \xE4\xBD\xA0, \"x\"=1\""},
        {T "#EXTINF:5, no desc\na", "media t=10 | a 5 title=\" no desc\""},
        {T "#EXTINF:5,\t\na", "media t=10 | a 5"},
        {T "#EXTINF:5,#x\n#EXTINF:6,y\na", "media t=10 | a 6 title=\"y\" w"},
        {T "#EXTINF:-1,Radio\na", "media t=10 | a -1 title=\"Radio\" w"},
        {T "#EXTINF:-1 tvg-id=\"a,b\" x=\"1\",Ch\na",
         "media t=10 | a -1 title=\"b\" x=\"1\",Ch\" w"},
        {T "#EXTINF:,t\na", "media t=10 | a 10 title=\"t\" w"},
        {T "#EXTINF:\na", "media t=10 | a 10 w"},
        {T "#EXTINF:nan,\na\n#EXTINF:inf,\nb", "media t=10 | a 10 | b 10 w"},
        {T "#EXTINF:;x)0,t\na", "media t=10 | a 10 title=\"t\" w"},
        {T "#EXTINF:5;x,t\na", "media t=10 | a 5 title=\"t\" w"},
        {T "#EXTINF 5,t\na\n#EXTINF6\nb", "media t=10 | a 5 title=\"t\" | b 6 w"},
        {T "#EXTINF:12,\na", "media t=10 | a 12 w"},
        {T "#EXTINF:10.4,\na", "media t=10 | a 10.4"},
        {T "#EXTINF:00010.500000000000000000000000001,\na", "media t=10 | a 10.5 w"},
        {T "#EXTINF:1000000000000000000000,\na", "media t=10 | a 1e+21 w"},
        {"#EXTM3U\n" E "a", "media | a 5 w"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:5220.5\n#EXTINF:5220.5,\na",
         "media t=5220.5 | a 5220.5 w"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXTINF:0,\na", "media t=0 | a 0"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:-3\n" E "a", "media | a 5 w"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:\n" E "a", "media | a 5 w"},
        {"#EXTM3U\n#EXT-X-TARGETDURATION:5\n" E "a\n#EXT-X-TARGETDURATION:6\n",
         "media t=6 | a 5 w"},
    };
    (void)state;
    CHECK(cases);
}

/* The double nearest to what is written, for any number of digits. */
static void durations_are_exact(void **state)
{
    static const char *const written[] = {
        "2.085202",
        "11.222302",
        "3.2474383",
        "7.58481812476160",
        "9.976666666666667",
        "10.010010010010011",
        "0.33333333333333331",
        "6.0060000000000002",
        "8.41379310344827",
        "123456.7890123456789",
        "0.000000000000000000000000123",
    };
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        char text[200];
        struct sc_playlist *p = NULL;
        snprintf(text, sizeof text, T "#EXTINF:%s,\na\n", written[i]);
        assert_true(sc_playlist_parse(text, strlen(text), NULL, &p, NULL));
        if (p->segments[0].written_s != strtod(written[i], NULL))
            print_error("%s\n", written[i]);
        assert_true(p->segments[0].written_s == strtod(written[i], NULL));
        sc_playlist_destroy(p);
    }
}

static void uris_without_extinf(void **state)
{
    static const struct test_case cases[] = {
        {T E "a.ts\nb.ts\n" E "c.ts", "media t=10 | a.ts 5 | b.ts 10 | c.ts 5 w"},
        {"#EXTM3U\n1.ts\n#EXT-X-TARGETDURATION:9\n2.ts\n",
         "media t=9 | 1.ts 0 | 2.ts 9 w"},
        {T E "a.ts\nJUNK\n#EXT-X-ENDLIST", "media t=10 end | a.ts 5 w"},
        {T E "a.ts\n#EXT-X-BYTERANGE:5@6\nb", "media t=10 | a.ts 5 | b 10 r=5@6 w"},
        {T E "a.ts\n" E, "media t=10 | a.ts 5 w"},
        {T E "a.ts\n" E "\n#EXT-X-ENDLIST\n", "media t=10 end | a.ts 5 w"},
        {T "#EXT-X-MAP:URI=\"i\"" E "a/1", "media t=10 | a/1 10 m=i w"},
    };
    (void)state;
    CHECK(cases);
}

static void sequences(void **state)
{
    static const struct test_case cases[] = {
        {T "#EXT-X-MEDIA-SEQUENCE:7\n" E "a\n" E "b", "media t=10 s=7 | a 5 #7 | b 5 #8"},
        {T E "a\n#EXT-X-MEDIA-SEQUENCE:7\n" E "b", "media t=10 s=7 | a 5 #7 | b 5 #8 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MEDIA-SEQUENCE:8\n" E "a",
         "media t=10 s=8 | a 5 #8 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:\n" E "a", "media t=10 | a 5 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:gobble\n" E "a", "media t=10 | a 5 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:-11\n" E "a\n" E "b",
         "media t=10 s=-11 | a 5 #-11 | b 5 #-10 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:4.5\n" E "a", "media t=10 s=4 | a 5 #4 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n" E "a",
         "media t=10 s=9223372036854775807 | a 5 #9223372036854775807 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:18446744073709551616\n" E "a\n" E "b",
         "media t=10 s=9223372036854775807 | a 5 #9223372036854775807 | "
         "b 5 #9223372036854775807 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:9223372036854775806\n" E "a\n" E "b",
         "media t=10 s=9223372036854775806 | a 5 #9223372036854775806 | "
         "b 5 #9223372036854775807"},
        {T "#EXT-X-DISCONTINUITY-SEQUENCE:18446744073709551616\n" E
           "a\n#EXT-X-DISCONTINUITY\n" E "b",
         "media t=10 d=9223372036854775807 | a 5 | b 5 D9223372036854775807 w"},
        {T "#EXT-X-MEDIA-SEQUENCE:5\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n" E "a",
         "media t=10 s=5 | a 5 #8 w"},
        {T "#EXT-X-SKIP:SKIPPED-SEGMENTS=18446744073709551615\n"
           "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n" E "a",
         "media t=10 | a 5 #9223372036854775807 w"},
        {T "#EXT-X-DISCONTINUITY-SEQUENCE:4\n" E "a\n#EXT-X-DISCONTINUITY\n" E "b",
         "media t=10 d=4 | a 5 | b 5 D5"},
        {T "#EXT-X-DISCONTINUITY\n" E "a\n" E "#EXT-X-DISCONTINUITY\nb\n",
         "media t=10 | a 5 D1 | b 5 D2"},
        {T "#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY\n" E "a", "media t=10 | a 5 D2"},
        {T E "a\n#EXT-X-DISCONTINUITY\n" E "b\n#EXT-X-DISCONTINUITY-SEQUENCE:4",
         "media t=10 d=4 | a 5 | b 5 D5 w"},
        {T E "a\n#EXT-X-ENDLIST\n" E "b", "media t=10 end | a 5 | b 5"},
        {T "#EXT-X-PLAYLIST-TYPE:VOD \n" E "a\n#EXT-X-ENDLIST:",
         "media t=10 end VOD | a 5"},
        {T "#EXT-X-PLAYLIST-TYPE:event\n" E "a", "media t=10 EVENT | a 5"},
        {T "#EXT-X-PLAYLIST-TYPE:VOD\n" E "a", "media t=10 VOD | a 5 w"},
        {T "#EXT-X-PLAYLIST-TYPE:LIVE\n" E "a", "media t=10 | a 5 w"},
        {T E "#EXT-X-GAP\na\n" E "b", "media t=10 | a 5 G | b 5 w"},
        {T "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678+05:30\n" E "a\n" E "b",
         "media t=10 | a 5 t=2026-01-02T03:04:05.678+05:30 | b 5"},
        {T E "#EXT-X-PROGRAM-DATE-TIME:foo\na", "media t=10 | a 5 w"},
    };
    (void)state;
    CHECK(cases);
}

static void byte_ranges(void **state)
{
#define R(x) "#EXT-X-BYTERANGE:" x "\n"
    static const struct test_case cases[] = {
        {T E R("10@20") "a\n" R("30") E "a\n" E R("5") "a\n",
         "media t=10 | a 5 r=10@20 | a 5 r=30@30 | a 5 r=5@60"},
        {T E R("10") "a\n" E R("10") "a",
         "media t=10 | a 5 r=10@0 | a 5 r=10@10 w"}, /* nothing before: from 0 */
        {T E R("10@5") "a\n" E R("10") "b", "media t=10 | a 5 r=10@5 | b 5 r=10@15 w"},
        {T E R("10@5") "a\n" E "a\n" E R("10") "a",
         "media t=10 | a 5 r=10@5 | a 5 | a 5 r=10@0 w"},
        {T E R("10@") "a\n" E R("\"7@8\"") "a\n" E R(" 1 @ 2 ") "a",
         "media t=10 | a 5 r=10@0 | a 5 r=7@8 | a 5 r=1@2 w"},
        {T E R("") "a\n" E R("x@1") "a\n" E R("-1@1") "a",
         "media t=10 | a 5 | a 5 | a 5 w"},
        {T E R("0x10@0") "a\n" E R("12.5@3") "a\n" E R("4 5@6") "a",
         "media t=10 | a 5 | a 5 | a 5 w"},
        {T E R("99999999999999999999@1") "a", "media t=10 | a 5 w"},
        {T E R("9223372036854775807@9223372036854775807") "a\n" E R("1") "a",
         "media t=10 | a 5 r=9223372036854775807@9223372036854775807 | a 5 "
         "r=1@9223372036854775807"},
        {T R("10@24") "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"24@0\"\n" E "a",
         "media t=10 | a 5 r=10@24 m=i:24@0"},
        {T R("10@24") "#EXT-X-MAP:URI=\"i\"\n" E "a", "media t=10 | a 5 r=10@24 m=i"},
        /* two for one segment: with a map between them the first is the map's */
        {T R("1@2") E R("3@4") "a", "media t=10 | a 5 r=3@4 w"},
        {T R("60@8") "#EXT-X-MAP:URI=\"a\"\n" E R("9") "a\n" E R("7") "a",
         "media t=10 | a 5 r=9@68 m=a:60@8 | a 5 r=7@77 m=a:60@8 w"},
        {T R("60@8") "#EXT-X-MAP:URI=\"i\"\n" R("9@1") E "a",
         "media t=10 | a 5 r=9@1 m=i:60@8 w"},
        {T R("60@8") "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"5@6\"\n" R("9@1") E "a",
         "media t=10 | a 5 r=9@1 m=i:5@6 w"},
        {T E R("1@2") "a\n#EXT-X-MAP:URI=\"i\"\n" R("9@1") E "b",
         "media t=10 | a 5 r=1@2 | b 5 r=9@1 m=i"},
    };
    (void)state;
    CHECK(cases);
#undef R
}

#define IV16 "000102030405060708090a0b0c0d0e0f"
#define K(attrs) "#EXT-X-KEY:" attrs "\n"
#define FAIRPLAY "KEYFORMAT=\"com.apple.streamingkeydelivery\""

static void keys(void **state)
{
    static const struct test_case cases[] = {
        {T E "a\n" K("METHOD=AES-128,URI=\"k\"") E "b\n" E "c",
         "media t=10 | a 5 | b 5 k=AES-128:k | c 5 k=AES-128:k"},
        {T K("METHOD=AES-128,URI=\"k\"") E "a\n" K("METHOD=NONE") E "b\n",
         "media t=10 | a 5 k=AES-128:k | b 5"},
        {T E K("METHOD=AES-128,URI=\"k\"") "a", "media t=10 | a 5 k=AES-128:k"},
        {T K("IV=0X000102030405060708090A0B0C0D0E0F,URI=\"k?a=1,2\",METHOD=AES-128") E
         "a",
         "media t=10 | a 5 k=AES-128:k?a=1,2:" IV16},
        {T K("METHOD=AES-128, URI=\"k\" , IV=0x1566B") E "a",
         "media t=10 | a 5 k=AES-128:k:0000000000000000000000000001566b"},
        {T K("METHOD=AES-128,URI=\"k\",IV=\"0x" IV16 "\"") E "a",
         "media t=10 | a 5 k=AES-128:k:" IV16},
        {T K("METHOD=AES-128,URI=\"k\",IV=" IV16) E "a",
         "media t=10 | a 5 k=AES-128:k:" IV16},
        {T K("METHOD=AES-128,URI=\"k\",IV=0x0000" IV16) E "a",
         "media t=10 | a 5 k=AES-128:k:" IV16},
        {T K("METHOD=AES-128,URI=\"k\",IV=0x1" IV16) E "a",
         "media t=10 | a 5 k=AES-128:k w"},
        {T K("METHOD=AES-128,URI=\"k\",IV=0xzz") E "a", "media t=10 | a 5 k=AES-128:k w"},
        {T K("METHOD=AES-128,URI=\"k\",IV=0x") E "a", "media t=10 | a 5 k=AES-128:k w"},
        {T K("METHOD=aes-128,URI='k'") E "a", "media t=10 | a 5 k=AES-128:k"},
        {T K("METHOD=AES-128,URI=\"k\"IV=0x" IV16) E "a",
         "media t=10 | a 5 k=AES-128:k:" IV16}, /* no comma */
        {T K("URI=\"k\" METHOD=\"AES-128\" IV=0x" IV16 ",X=1") E "a",
         "media t=10 | a 5 k=AES-128:k:" IV16},
        {T K("METHOD=AES-128") E "a", "media t=10 | a 5 k=AES-128:- w"},
        {T K("URI=\"k\"") E "a", "media t=10 | a 5 k=AES-128:k w"},
        {T K("") E "a", "media t=10 | a 5 w"},
        {T K("METHOD=SAMPLE-AES,URI=\"k\"") E "a", "media t=10 | a 5 k=SAMPLE-AES:k w"},
        {T K("METHOD=AES-128,URI=\"k\",KEYFORMAT=\"identity\"") E "a",
         "media t=10 | a 5 k=AES-128:k"},
        {T K("METHOD=SAMPLE-AES,URI=\"skd://x\"," FAIRPLAY) E "a",
         "media t=10 | a 5 k=SAMPLE-AES:skd://x:com.apple.streamingkeydelivery w"},
        /* several formats for one segment: the one without DRM */
        {T K("METHOD=AES-128,URI=\"k\"") K("METHOD=AES-128,URI=\"s\"," FAIRPLAY) E "a",
         "media t=10 | a 5 k=AES-128:k w"},
        {T K("METHOD=AES-128,URI=\"s\"," FAIRPLAY) K("METHOD=AES-128,URI=\"k\"") E "a",
         "media t=10 | a 5 k=AES-128:k w"},
        /* the identity key stays when only the other one rotates */
        {T K("METHOD=AES-128,URI=\"k\"") K("METHOD=AES-128,URI=\"s\"," FAIRPLAY) E
         "a\n" K("METHOD=AES-128,URI=\"s2\"," FAIRPLAY) E
         "b\n" K("METHOD=AES-128,URI=\"k2\"") E "c",
         "media t=10 | a 5 k=AES-128:k | b 5 k=AES-128:k | c 5 k=AES-128:k2 w"},
        /* another method later on cannot be a second way to the same data */
        {T K("METHOD=AES-128,URI=\"k\"") E
         "a\n" K("METHOD=SAMPLE-AES,URI=\"s\"," FAIRPLAY) E "b",
         "media t=10 | a 5 k=AES-128:k | b 5 "
         "k=SAMPLE-AES:s:com.apple.streamingkeydelivery w"},
        {T "#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k\"\n" E "a", "media t=10 | a 5 w"},
    };
    (void)state;
    CHECK(cases);
}

static void maps(void **state)
{
#define M(attrs) "#EXT-X-MAP:" attrs "\n"
    static const struct test_case cases[] = {
        {T E "a\n" M("URI=\"i\"") E "b\n" M("URI=\"j\",BYTERANGE=\"7@9\"") E "c",
         "media t=10 | a 5 | b 5 m=i | c 5 m=j:7@9"},
        {T M("URI=\"i\",BYTERANGE=\"7\"") E "a", "media t=10 | a 5 m=i:7@0"},
        {T M("BYTERANGE=7@9,URI=i") E "a", "media t=10 | a 5 m=i:7@9"},
        {T M("BYTERANGE=\"7@9\"") E "a", "media t=10 | a 5 w"},
        {T M("URI=\"i\",BYTERANGE=\"x\"") E "a", "media t=10 | a 5 m=i w"},
        {T M("URI=\"i\"") "#EXT-X-MAP\n#EXT-X-MAP:\n" E "a", "media t=10 | a 5 m=i w"},
        {T M("URI=\"i\"") E "a\n#EXT-X-DISCONTINUITY\n" E "b",
         "media t=10 | a 5 m=i | b 5 D1 m=i"},
        /* encrypted or not as of where the tag stands */
        {T M("URI=\"i\"") K("METHOD=AES-128,URI=\"k\"") E "a\n" M("URI=\"j\"") E "b",
         "media t=10 | a 5 k=AES-128:k m=i | b 5 k=AES-128:k m=j+key"},
    };
    (void)state;
    CHECK(cases);
#undef M
}

static void low_latency(void **state)
{
    static const struct test_case cases[] = {
        {T "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n#EXT-X-PART-INF:PART-TARGET=1\n" E
           "a\n#EXT-X-PART:DURATION=1,URI=\"p1\",BYTERANGE=5@0\n" E "b\n"
           "#EXT-X-PART:DURATION=1,URI=\"p2\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p3\"\n"
           "#EXT-X-RENDITION-REPORT:URI=\"r\",LAST-MSN=1\n#EXT-X-BITRATE:5\n"
           "#EXT-X-DATERANGE:ID=\"x\",START-DATE=\"2026-01-01T00:00:00Z\"\n"
           "#EXT-X-CUE-OUT:10\n#EXT-X-PREFETCH:x.ts\n",
         "media t=10 | a 5 | b 5"},
    };
    (void)state;
    CHECK(cases);
}

#define S(attrs) "#EXT-X-STREAM-INF:" attrs "\n"

static void masters(void **state)
{
    static const struct test_case cases[] = {
        {"#EXTM3U\n" S("BANDWIDTH=1,RESOLUTION=1920x1080,CODECS=\"a,b\",AUDIO=\"g\"") "u",
         "master | v u bw=1 1920x1080 codecs=a,b audio=g"},
        {"#EXTM3U\n" S(
             "CODECS=\"a , b \", BANDWIDTH = 1280000.6 ,AUDIO = g") "\n# x\n\nu",
         "master | v u bw=1280000 codecs=a , b  audio=g"},
        {"#EXTM3U\n" S("BANDWIDTH=1,RESOLUTION=1280X720") "u\n" S(
             "BANDWIDTH=2,RESOLUTION=640.5x360") "v",
         "master | v u bw=1 1280x720 | v v bw=2 640x360"},
        {"#EXTM3U\n" S("BANDWIDTH=1,RESOLUTION=720p") "u", "master | v u bw=1 w"},
        {"#EXTM3U\n" S("BANDWIDTH=1,RESOLUTION=0x0") "u", "master | v u bw=1 w"},
        {"#EXTM3U\n" S("PROGRAM-ID=1") "u\n#EXT-X-STREAM-INF:\nv\n#EXT-X-STREAM-INF\nw",
         "master | v u | v v | v w w"},
        {"#EXTM3U\n" S("BANDWIDTH") "u", "master | v u w"},
        {"#EXTM3U\n" S("BANDWIDTH=0") "u", "master | v u bw=0"},
        {"#EXTM3U\n" S("BANDWIDTH=99999999999999999999") "u",
         "master | v u bw=9223372036854775807"},
        {"#EXTM3U\n" S("BANDWIDTH=1,BANDWIDTH=2") "u", "master | v u bw=2"},
        {"#EXTM3U\n" S("bandwidth=1") "u", "master | v u bw=1"},
        {"#EXTM3U\n" S("BANDWIDTH=1,CODECS=\"\"") "u", "master | v u bw=1 codecs="},
        {"#EXTM3U\n" S("BANDWIDTH=1,CODECS=\"a,AUDIO=b") "u",
         "master | v u bw=1 codecs=a,AUDIO=b"}, /* a quote that stays open */
        {"#EXTM3U\n" S("BANDWIDTH=1,NAME=\"a\"junk,AUDIO=\"g\"") "u",
         "master | v u bw=1 audio=g"},
        {"#EXTM3U\n" S("NAME=it's,BANDWIDTH=1,CODECS='a,b'") "u",
         "master | v u bw=1 codecs=a,b"},
        {"#EXTM3U\n" S("BANDWIDTH=1") S("BANDWIDTH=2") "u", "master | v u bw=2 w"},
        {"#EXTM3U\n" S("BANDWIDTH=1") "u\n" S("BANDWIDTH=2"), "master | v u bw=1 w"},
        {"#EXTM3U\n" S("BANDWIDTH=1") "u\nstray.m3u8\n", "master | v u bw=1 w"},
        {"#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i\"\n"
         "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI=\"j\"\n" S("BANDWIDTH=1") "u",
         "master | v u bw=1"},
        {"#EXTM3U\n#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k\"\n"
         "#EXT-X-SESSION-DATA:DATA-ID=\"x\",VALUE=\"y\"\n"
         "#EXT-X-CONTENT-STEERING:SERVER-URI=\"s\"\n" S("BANDWIDTH=1") "u",
         "master | v u bw=1"},
        {"#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"x\",VALUE=\"y\"\n", "master w"},
        {S("BANDWIDTH=1") "u", "master | v u bw=1 w"},
    };
    (void)state;
    CHECK(cases);
}

static void renditions(void **state)
{
    static const struct test_case cases[] = {
        {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"N, x\",URI=\"u\","
         "LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES\n" S("BANDWIDTH=1") "v",
         "master | v v bw=1 | r AUDIO g N, x u en D A"},
        {"#EXTM3U\n#EXT-X-MEDIA:TYPE=audio,GROUP-ID=g,NAME=n,DEFAULT=yes,AUTOSELECT=NO\n"
         "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"n\",INSTREAM-ID="
         "\"CC1\"\n",
         "master | r AUDIO g n - - D | r CLOSED-CAPTIONS c n - - w"},
        {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO\n#EXT-X-MEDIA:\n" S("BANDWIDTH=1") "v",
         "master | v v bw=1 | r AUDIO   - - w"},
    };
    (void)state;
    CHECK(cases);
}

static void mixed(void **state)
{
    static const struct test_case cases[] = {
        {"#EXTM3U\n#EXT-X-TARGETDURATION:\n#EXT-X-PLAYLIST-TYPE:VOD\n" S(
             "BANDWIDTH=1") "u",
         "master VOD | v u bw=1 w"},
        {T S("BANDWIDTH=1") "u\n" E "a", "master t=10 | a 5 | v u bw=1 w"},
        {T E "a\n" S("BANDWIDTH=1") "u\n", "media t=10 | a 5 | v u bw=1 w"},
        {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\"\n#EXTINF:6.006",
         "master | r AUDIO g n - - w"},
    };
    (void)state;
    CHECK(cases);
}

static void variables(void **state)
{
#define D(attrs) "#EXT-X-DEFINE:" attrs "\n"
    static const struct test_case cases[] = {
        {T D("NAME=\"h\",VALUE=\"cdn\"") D("NAME=\"n-1_A\",VALUE=\"{$h}/1\"") E
         "http://{$h}/{$n-1_A}.ts",
         "media t=10 | http://cdn/cdn/1.ts 5"},
        {T E "{$h}.ts\n" D("NAME=\"h\",VALUE=\"x\"") E "{$h}.ts",
         "media t=10 | {$h}.ts 5 | x.ts 5 w"},
        {T D("NAME=\"a\",VALUE=\"{\"") E "s{$a}$b}{$}{$a b}{$a",
         "media t=10 | s{$b}{$}{$a b}{$a 5"},
        {T D("NAME=\"a\",VALUE=\"1\"") D("NAME=\"a\",VALUE=\"2\"") E "{$a}",
         "media t=10 | 1 5 w"},
        {T D("NAME=\"e\",VALUE=\"\"") E "a{$e}b", "media t=10 | ab 5"},
        {T D("NAME=\"k\",VALUE=\"00ff\"") "#EXT-X-KEY:METHOD=AES-128,URI=\"{$k}\",IV=0x{$"
                                          "k}\n"
                                          "#EXT-X-MAP:URI=\"{$k}.mp4\",BYTERANGE=\"7@"
                                          "0\"\n#EXTINF:5,{$k}\na",
         "media t=10 | a 5 title=\"{$k}\" "
         "k=AES-128:00ff:000000000000000000000000000000ff m=00ff.mp4:7@0+key"},
        {"#EXTM3U\n" D("NAME=\"a\",VALUE=\"g\"") "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{$a}"
                                                 "\",NAME=\"{$a}1\",URI=\"{$a}."
                                                 "m3u8\"\n" S(
                                                     "BANDWIDTH=1,AUDIO=\"{$a}\",CODECS="
                                                     "\"{$a},x\"") "{$a}/v",
         "master | v g/v bw=1 codecs=g,x audio=g | r AUDIO g g1 g.m3u8 -"},
        {T D("QUERYPARAM=\"t\"") D("IMPORT=\"i\"") D("X=\"1\"") E "{$t}{$i}",
         "media t=10 | {$t}{$i} 5 w"},
    };
    (void)state;
    CHECK(cases);
    static const struct test_case with_base[] = {
        {T D("QUERYPARAM=\"t\"") E "a?t={$t}", "media t=10 | https://h/p/a?t=x%20y 5"},
        {T D("QUERYPARAM=\"no\"") E "a{$no}", "media t=10 | https://h/p/a{$no} 5 w"},
    };
    check(with_base, 2, "https://h/p/i.m3u8?t=x%20y");
    static const char master[] = "#EXTM3U\n" D("NAME=\"i\",VALUE=\"long\"");
    static const char child[] = T D("IMPORT=\"i\"") E "{$i}/a.ts";
    struct sc_playlist *m = NULL, *c = NULL;
    assert_true(sc_playlist_parse(master, sizeof master - 1, NULL, &m, NULL));
    assert_true(sc_playlist_parse_child(child, sizeof child - 1, NULL, m, &c, NULL));
    assert_string_equal(c->segments[0].uri, "long/a.ts");
    sc_playlist_destroy(c);
    sc_playlist_destroy(m);
#undef D
}

static void resolved(void **state)
{
    static const struct test_case cases[] = {
        {T E "a.ts\n" E "b/c.ts?x=../y\n" E "/d\n" E "../e\n" E "?f\n" E "//g/h\n" E
             "http://i/j\n" E "k l\n" E "./m\n" E "n//o\n" E "p/../q\n" E "r:s\n",
         "media t=10 | https://h/p/a.ts 5 | https://h/p/b/c.ts?x=../y 5 | https://h/d 5 "
         "| "
         "https://h/e 5 | https://h/p/i.m3u8?f 5 | https://g/h 5 | http://i/j 5 | "
         "https://h/p/k%20l 5 | https://h/p/m 5 | https://h/p/n//o 5 | https://h/p/q 5 | "
         "r:s 5 w"},
        {T "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXT-X-MAP:URI=\"../m\"\n" E "a",
         "media t=10 | https://h/p/a 5 k=AES-128:https://h/p/k m=https://h/m+key"},
        {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"n\",URI=\"a/b\"\n" S(
             "BANDWIDTH=1") "?v",
         "master | v https://h/p/i.m3u8?v bw=1 | r AUDIO g n https://h/p/a/b -"},
    };
    (void)state;
    check(cases, sizeof cases / sizeof *cases, "https://h/p/i.m3u8?q=1#f");
    static const struct test_case relative[] = {{T E "a", "media t=10 | a 5"}};
    check(relative, 1, "folder/list.m3u8"); /* no absolute base: as written */
}

static void nul_bytes(void **state)
{
    static const char text[] = T E "a\0b\n#EXTINF:5,t\0u\nc";
    (void)state;
    char *got = playlist_line(text, sizeof text - 1, NULL);
    assert_string_equal(got, "media t=10 | ab 5 | c 5 title=\"tu\" w");
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(durations_and_titles),
        cmocka_unit_test(durations_are_exact),
        cmocka_unit_test(uris_without_extinf),
        cmocka_unit_test(sequences),
        cmocka_unit_test(byte_ranges),
        cmocka_unit_test(keys),
        cmocka_unit_test(maps),
        cmocka_unit_test(low_latency),
        cmocka_unit_test(masters),
        cmocka_unit_test(renditions),
        cmocka_unit_test(mixed),
        cmocka_unit_test(variables),
        cmocka_unit_test(resolved),
        cmocka_unit_test(nul_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
