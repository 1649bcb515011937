#include "cmocka_all.h"
#include "server/shared.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FEW = 1000, MANY = 3 << 20 };

static void the_last_owner_frees(void **state)
{
    (void)state;
    struct sc_shared *s = sc_shared_create("abc", 3);
    assert_non_null(s);
    assert_ptr_equal(sc_shared_keep(s), s);
    sc_shared_drop(s);
    assert_int_equal(sc_shared_len(s), 3);
    assert_memory_equal(sc_shared_data(s), "abc", 3);
    sc_shared_drop_data((void *)(uintptr_t)sc_shared_data(s));
    sc_shared_drop(NULL);
    assert_null(sc_shared_keep(NULL));
}

static void many_bytes_are_a_file_too(void **state)
{
    (void)state;
    char *data = malloc(MANY), *read_back = malloc(MANY);
    assert_true(data && read_back);
    for (size_t i = 0; i < MANY; i++)
        data[i] = (char)(i * 31 >> 3);
    struct sc_shared *few = sc_shared_create(data, FEW);
    assert_int_equal(sc_shared_file(few), -1);
    sc_shared_drop(few);
    struct sc_shared *s = sc_shared_create(data, MANY);
    int one = sc_shared_file(s), other = sc_shared_file(s);
    sc_shared_drop(s); /* an answer outlives the list it was made of */
#ifdef __linux__
    assert_true(one >= 0 && other >= 0 && one != other);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pread(i ? other : one, read_back, MANY, 0), MANY);
        assert_memory_equal(read_back, data, MANY);
    }
#else
    assert_int_equal(one, -1);
    assert_int_equal(other, -1);
#endif
    if (one >= 0)
        close(one);
    if (other >= 0)
        close(other);
    free(data);
    free(read_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_owner_frees),
        cmocka_unit_test(many_bytes_are_a_file_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
