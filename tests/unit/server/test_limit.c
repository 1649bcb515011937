#include "cmocka_all.h"
#include "server/limit.h"

#include <arpa/inet.h>
#include <string.h>

static struct sockaddr *address(const char *text)
{
    static struct sockaddr_storage all[4];
    static unsigned next;
    struct sockaddr_storage *s = &all[next++ % 4];
    memset(s, 0, sizeof *s);
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)s)->sin_addr) == 1)
        s->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)s)->sin6_addr) == 1)
        s->ss_family = AF_INET6;
    return (struct sockaddr *)s;
}

static void a_burst_then_a_rate(void **state)
{
    (void)state;
    struct sc_limiter *l = sc_limiter_create();
    struct sockaddr *a = address("192.0.2.7"), *b = address("192.0.2.8");
    double now = 1000;
    int n = 0;
    while (sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now) == 0)
        n++;
    assert_int_equal(n, 20);
    assert_int_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now), 5); /* 0.2 a second */
    assert_int_equal(sc_limiter_look(l, SC_LIMIT_BAD_KEY, b, now), 0);
    assert_int_equal(sc_limiter_look(l, SC_LIMIT_WRITE, a, now), 0);
    assert_int_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now + 4), 1);
    assert_int_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now + 5.1), 0);
    assert_int_not_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now + 5.1), 0);
    /* A clock that goes back gives nothing and takes nothing for ever. */
    assert_true(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now - 1000) > 0);
    assert_int_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, a, now + 100000), 0);
    assert_int_equal(sc_limiter_take(l, SC_LIMIT_BAD_KEY, NULL, now), 0);
    sc_limiter_destroy(l);
}

static void neighbours_of_a_network_share(void **state)
{
    (void)state;
    struct sc_limiter *l = sc_limiter_create();
    while (sc_limiter_take(l, SC_LIMIT_BAD_KEY, address("2001:db8:1:2::1"), 50) == 0)
        ;
    assert_true(
        sc_limiter_look(l, SC_LIMIT_BAD_KEY, address("2001:db8:1:2:ffff::9"), 50) > 0);
    assert_int_equal(sc_limiter_look(l, SC_LIMIT_BAD_KEY, address("2001:db8:1:3::1"), 50),
                     0);
    sc_limiter_destroy(l);
}

static void near_and_far(void **state)
{
    (void)state;
    assert_true(sc_address_is_near(address("127.0.0.1")));
    assert_true(sc_address_is_near(address("127.8.9.1")));
    assert_true(sc_address_is_near(address("::1")));
    assert_false(sc_address_is_near(address("10.0.0.1")));
    assert_false(sc_address_is_near(address("::ffff:10.0.0.1")));
    assert_false(sc_address_is_near(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_a_rate),
        cmocka_unit_test(neighbours_of_a_network_share),
        cmocka_unit_test(near_and_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
