#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "download/decrypt.h"
#include "download/finished.h"
#include "download/journal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NIST SP 800-38A F.2.2 (CBC-AES128.Decrypt), first block, then PKCS#7 by hand. */
static const uint8_t key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t iv[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t cipher[16] = {0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
                                   0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d};
static const uint8_t plain[16] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
                                  0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};

static void decrypts(void **state)
{
    (void)state;
    uint8_t out[64];
    size_t n = 0, rest = 0;
    struct sc_error err = {0};
    struct sc_decrypt *d = sc_decrypt_create(key, iv);
    uint8_t two[32];
    memcpy(two, cipher, 16);
    memcpy(two + 16, cipher, 16);
    assert_true(sc_decrypt_add(d, two, 32, out, &n));
    assert_int_equal(n, 16); /* the last block may be padding */
    assert_memory_equal(out, plain, 16);
    assert_false(sc_decrypt_finish(d, out, &rest, &err)); /* and it is none */
    assert_int_equal(err.code, SC_ERR_MEDIA);
    sc_decrypt_destroy(d);
    err = (struct sc_error){0};
    d = sc_decrypt_create(key, iv);
    assert_true(sc_decrypt_add(d, cipher, 15, out, &n)); /* cut on the way */
    assert_false(sc_decrypt_finish(d, out, &rest, &err));
    sc_decrypt_destroy(d);
}

static char root[64];

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sc-store-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return sc_remove_tree(root, NULL) ? 0 : -1;
}

static void journal_keeps_the_newest_and_drops_what_is_torn(void **state)
{
    (void)state;
    struct sc_journal *j = NULL;
    struct sc_journal_entry e = {.size_bytes = 10,
                                 .times = {1.5, 2, 0.04, 1.4, 3.4, 0.02}};
    char *path = sc_path_join(root, "journal.jsonl");
    memset(e.sha256, 'a', 64);
    assert_true(sc_journal_open(path, &j, NULL));
    for (int i = 0; i < 50; i++) {
        snprintf(e.id, sizeof e.id, "%032d", i % 20);
        e.size_bytes = (uint64_t)i + 1;
        assert_true(sc_journal_add(j, &e, NULL));
    }
    sc_journal_close(j);
    int64_t whole = sc_file_size(path);
    FILE *f = fopen(path, "ab");
    fputs("not json\n{\"id\":\"0000", f);
    fclose(f);
    assert_true(sc_journal_open(path, &j, NULL));
    const struct sc_journal_entry *found =
        sc_journal_find(j, "00000000000000000000000000000003");
    assert_non_null(found);
    assert_int_equal(found->size_bytes, 44);
    assert_float_equal(found->times.pts_s, 1.5, 1e-9);
    assert_float_equal(found->times.frame_s, 0.04, 1e-9);
    assert_float_equal(found->times.sound_end_s, 3.4, 1e-9);
    assert_null(sc_journal_find(j, "00000000000000000000000000000020"));
    assert_int_equal(sc_file_size(path), whole + 9); /* the torn tail is cut off */
    sc_journal_close(j);
    free(path);
}

static void finished_is_found_again(void **state)
{
    (void)state;
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_time_range gap = {3, 4};
    struct sc_download_result r = {.duration_s = 20,
                                   .size_bytes = 5,
                                   .width = 320,
                                   .height = 180,
                                   .n_segments = 7,
                                   .held_to_s = 20};
    struct sc_download_result got = {0};
    char *video = sc_path_join(root, "full_video.mp4");
    s.url = (char *)"https://h/a.m3u8";
    assert_true(sc_finished_write(root, &s, &r, NULL));
    assert_false(sc_finished_read(root, &s, false, &got)); /* no video */
    assert_true(sc_file_write(video, "12345", 5, false, NULL));
    s.auth.policy = (char *)"fresh";
    assert_true(sc_finished_read(root, &s, false, &got));
    assert_int_equal(got.n_reused, 7);
    sc_download_result_finish(&got);
    s.from_s = 2;
    assert_false(sc_finished_read(root, &s, false, &got)); /* another range */
    s.from_s = -1;
    r.gaps = &gap;
    r.n_gaps = 1;
    assert_true(sc_finished_write(root, &s, &r, NULL));
    assert_false(sc_finished_read(root, &s, false, &got));
    assert_true(sc_finished_read(root, &s, true, &got));
    assert_float_equal(got.gaps[0].end_s, 4, 1e-9);
    sc_download_result_finish(&got);
    free(video);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decrypts),
        cmocka_unit_test(journal_keeps_the_newest_and_drops_what_is_torn),
        cmocka_unit_test(finished_is_found_again),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
