/* The MP4 writer's parts; whole files are judged by libavformat in test_remux.c. */
#include "base/file.h"
#include "cmocka_all.h"
#include "media/mp4_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t rng = 1;

static uint32_t random_below(uint32_t n)
{
    rng = rng * 1664525 + 1013904223;
    return (rng >> 8) % n;
}

/* ---- tables ---- */

static void samples_come_back_as_they_were(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct mp4_sample in[N];
    static const int64_t far[] = {0, -1, 1, INT32_MAX, INT64_C(1) << 40};
    struct mp4_tables t;
    mp4_tables_init(&t);
    int64_t dts = -7200;
    for (int i = 0; i < N; i++) {
        int64_t jump = i % 100 == 99 ? far[random_below(5)] : 0;
        dts += 1 + random_below(7200) + (jump > 0 ? jump : 0);
        in[i] = (struct mp4_sample){dts, (int64_t)random_below(9) * 3600 - 3600,
                                    random_below(i % 50 ? 60000 : 60000000)};
        assert_true(mp4_tables_add(&t, &in[i], 3600, i % 50 == 0, 0, true));
    }
    struct mp4_cursor c = {.tables = &t};
    for (int i = 0; i < N; i++) {
        assert_true(mp4_next(&c));
        assert_int_equal(c.sample.dts, in[i].dts);
        assert_int_equal(c.sample.offset, in[i].offset);
        assert_int_equal(c.sample.size, in[i].size);
    }
    assert_false(mp4_next(&c));
    assert_int_equal(t.n_keys, N / 50);
    assert_int_equal(mp4_duration(&t), in[N - 1].dts - in[0].dts + 3600);
    mp4_tables_finish(&t);
}

/* An hour of 25 pictures and 47 frames of sound a second stays near one megabyte. */
static void an_hour_takes_little(void **state)
{
    (void)state;
    struct mp4_tables v, a;
    mp4_tables_init(&v);
    mp4_tables_init(&a);
    static const int reorder[] = {2, 4, 1, 1};
    for (int i = 0; i < 25 * 3600; i++) {
        struct mp4_sample s = {i * INT64_C(3600), reorder[i % 4] * INT64_C(3600),
                               i % 50 ? 500 + random_below(6000) : 90000};
        assert_true(mp4_tables_add(&v, &s, 3600, i % 50 == 0, 0, i % 25 != 0));
    }
    for (int i = 0; i < 47 * 3600; i++) { /* clocks of 90 kHz round up and down */
        struct mp4_sample s = {i * INT64_C(1024) + i % 2, 0, 300 + random_below(200)};
        assert_true(mp4_tables_add(&a, &s, 1024, false, 0, i % 47 != 0));
    }
    assert_in_range(v.samples.len + v.chunks.len + v.keys.len, 1, 700 * 1000);
    assert_in_range(a.samples.len + a.chunks.len, 1, 800 * 1000);
    mp4_tables_finish(&v);
    mp4_tables_finish(&a);
}

/* ---- bytes ---- */

static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void boxes_are_closed_wherever_their_head_lies(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 262136, 262137, 262139, 262141, 262144, 700000};
    static uint8_t data[700000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)random_below(256);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int fd = make_file("sink");
        struct mp4_sink s, count = {.fd = -1};
        assert_true(mp4_sink_open(&s, fd, 0));
        struct mp4_sink *both[] = {&s, &count};
        for (int k = 0; k < 2; k++) {
            uint64_t outer = mp4_box(both[k], "aaaa");
            mp4_put(both[k], data, sizes[i]);
            uint64_t inner = mp4_full_box(both[k], "bbbb", 1, 7);
            mp4_end(both[k], inner);
            mp4_end(both[k], outer);
            mp4_sink_flush(both[k]);
        }
        assert_int_equal(s.error, 0);
        assert_int_equal(s.at, count.at);
        struct sc_buf b = SC_BUF_INIT(1 << 20);
        assert_true(sc_file_read("sink", 1 << 20, &b, NULL));
        assert_int_equal(b.len, 8 + sizes[i] + 12);
        const uint8_t *p = (const uint8_t *)b.data, *q = p + 8 + sizes[i];
        assert_int_equal(p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3], b.len);
        assert_memory_equal(p + 4, "aaaa", 4);
        assert_memory_equal(p + 8, data, sizes[i]);
        assert_memory_equal(q,
                            "\0\0\0\x0c"
                            "bbbb"
                            "\1\0\0\7",
                            12);
        sc_buf_finish(&b);
        mp4_sink_finish(&s);
        close(fd);
    }
}

static void a_failing_file_is_told_once(void **state)
{
    (void)state;
    struct mp4_sink s;
    int fd = make_file("closed");
    close(fd);
    assert_true(mp4_sink_open(&s, fd, 0));
    mp4_zeros(&s, 300000);
    mp4_sink_flush(&s);
    assert_int_equal(s.error, EBADF);
    mp4_sink_finish(&s);
}

/* ---- the index ---- */

static bool holds(const struct sc_buf *b, const char *name)
{
    for (size_t i = 0; i + 4 <= b->len; i++)
        if (memcmp(b->data + i, name, 4) == 0)
            return true;
    return false;
}

static struct sc_buf index_of(struct mp4_tables *t, uint64_t data_at)
{
    static const uint8_t tkhd[92];
    struct mp4_description d = {.tkhd = {tkhd, sizeof tkhd}};
    struct mp4_track track = {&d, t, true, 90000};
    struct mp4_sink s, count = {.fd = -1};
    struct sc_buf b = SC_BUF_INIT(1 << 20);
    int fd = make_file("moov");
    assert_true(mp4_sink_open(&s, fd, 0));
    mp4_write_moov(&s, &track, 1, data_at);
    mp4_write_moov(&count, &track, 1, data_at);
    mp4_sink_flush(&s);
    assert_int_equal(s.error, 0);
    assert_int_equal(s.at, count.at);
    assert_true(sc_file_read("moov", 1 << 20, &b, NULL));
    mp4_sink_finish(&s);
    close(fd);
    return b;
}

/* Offsets beyond 4 GB and times beyond 32 bits get wider boxes, others do not. */
static void wide_numbers_get_wide_boxes(void **state)
{
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct mp4_tables t;
        mp4_tables_init(&t);
        uint64_t far = wide ? UINT64_C(5) << 30 : 1000;
        int64_t step = wide ? INT64_C(90000) * 3600 * 12 : 3600;
        for (int i = 0; i < 3; i++) {
            struct mp4_sample s = {i * step, 3600, 10};
            assert_true(mp4_tables_add(&t, &s, step, i == 0, (uint64_t)i * far, false));
        }
        struct sc_buf b = index_of(&t, 4096);
        assert_int_equal(holds(&b, "co64"), wide);
        assert_int_equal(holds(&b, "stco"), !wide);
        const char *mdhd = NULL;
        for (size_t i = 0; i + 4 < b.len && !mdhd; i++)
            if (memcmp(b.data + i, "mdhd", 4) == 0)
                mdhd = b.data + i;
        assert_non_null(mdhd);
        assert_int_equal(mdhd[4], wide); /* the version */
        assert_true(holds(&b, "ctts") && holds(&b, "stss"));
        sc_buf_finish(&b);
        mp4_tables_finish(&t);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    AVCodecParameters *par = avcodec_parameters_alloc();
    AVPacket *pkt = av_packet_alloc();
    assert_true(par && pkt && av_new_packet(pkt, 100) == 0);
    static const enum AVCodecID ids[] = {AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_WMAV2,
                                         AV_CODEC_ID_PBM};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct mp4_description d;
        struct sc_error err = {0};
        par->codec_type = i < 2 ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
        par->codec_id = ids[i];
        par->sample_rate = 48000;
        const struct mp4_describe how = {
            .par = par, .time_base = {1, 48000}, .first = &pkt, .n_first = 1};
        assert_false(mp4_describe(&how, &d, &err));
        assert_int_equal(err.code, SC_ERR_UNSUPPORTED);
    }
    av_packet_free(&pkt);
    avcodec_parameters_free(&par);
}

static char root[] = "/tmp/scaler-mp4-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") == 0 && sc_remove_tree(root, NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_come_back_as_they_were),
        cmocka_unit_test(an_hour_takes_little),
        cmocka_unit_test(boxes_are_closed_wherever_their_head_lies),
        cmocka_unit_test(a_failing_file_is_told_once),
        cmocka_unit_test(wide_numbers_get_wide_boxes),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
