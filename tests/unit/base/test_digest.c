#include "base/digest.h"
#include "cmocka_all.h"

#include <string.h>

static void sha256(void **state)
{
    (void)state;
    char hex[SC_SHA256_HEX_SIZE];
    sc_sha256_of("abc", 3, hex); /* FIPS 180-4 example */
    assert_string_equal(hex,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void base64(void **state)
{
    (void)state;
    /* RFC 4648 section 10 */
    const char *plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    const char *coded[] = {"",     "Zg==",     "Zm8=",     "Zm9v",
                           "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (int i = 0; i < 7; i++) {
        struct sc_buf e = SC_BUF_INIT(0), d = SC_BUF_INIT(0);
        sc_base64_encode(plain[i], strlen(plain[i]), &e);
        assert_string_equal(sc_buf_str(&e), coded[i]);
        assert_true(sc_base64_decode(coded[i], strlen(coded[i]), &d));
        assert_string_equal(sc_buf_str(&d), plain[i]);
        sc_buf_finish(&e);
        sc_buf_finish(&d);
    }
    struct sc_buf d = SC_BUF_INIT(0);
    assert_false(sc_base64_decode("Zg=a", 4, &d));
    assert_false(sc_base64_decode("Z", 1, &d));
    sc_buf_finish(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sha256), cmocka_unit_test(base64)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
