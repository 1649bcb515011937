/* Numbers keep every digit that they need, and have no more. */
#include "base/json.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static void expect(double v, const char *want)
{
    json_t *j = json_pack("[f]", v);
    char *got = sc_json_dumps_exact(j, JSON_COMPACT);
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
    json_decref(j);
}

static void fewest_digits(void **state)
{
    (void)state;
    expect(9.009, "[9.009]");
    expect(0.1, "[0.1]");
    expect(5, "[5.0]");
    expect(-0.5, "[-0.5]");
    expect(1e300, "[1e+300]");
    expect(2.5e-7, "[2.5e-07]");
    expect(9.976666666666667, "[9.976666666666667]");
    expect(1.0 / 3, "[0.3333333333333333]");
    expect(0.1 + 0.2, "[0.30000000000000004]");
}

static void every_double_comes_back(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double v = (double)(seed >> 11) / 9007199254740992.0 * 12;
        json_t *j = json_pack("[f]", v);
        char *text = sc_json_dumps_exact(j, 0);
        json_t *back = json_loads(text, 0, NULL);
        assert_true(json_real_value(json_array_get(back, 0)) == v);
        json_decref(back);
        free(text);
        json_decref(j);
    }
}

/* What only looks like a number is left alone. */
static void everything_else(void **state)
{
    static const char text[] = "{\"1.50000000000000000\":\"a\\\"2."
                               "50000000000000000\\\\\",\"b\":[true,false,null,"
                               "-12,9007199254740993,\"\"]}";
    (void)state;
    json_t *j = json_loads(text, 0, NULL);
    char *got = sc_json_dumps_exact(j, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(got, text);
    free(got);
    json_decref(j);
    assert_null(sc_json_dumps_exact(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewest_digits),
        cmocka_unit_test(every_double_comes_back),
        cmocka_unit_test(everything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
