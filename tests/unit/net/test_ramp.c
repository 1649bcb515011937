#include "net/ramp.h"

#include "cmocka_all.h"

/* A world in which n connections bring rate(n) bytes/s, with 60 ms latency. */
static int simulate(struct sc_ramp *r, double seconds, double per_connection, double top)
{
    double now = 1, first[256];
    int active = 0, most = 0;
    sc_ramp_init(r, 64, now);
    for (double end = now + seconds; now < end; now += 0.01) {
        while (active < sc_ramp_limit(r, now)) {
            first[active++] = now + 0.06;
            sc_ramp_started(r, active);
        }
        while (active > sc_ramp_limit(r, now))
            active--;
        int fed = 0;
        for (int i = 0; i < active; i++) {
            if (first[i] > 0 && now >= first[i]) {
                sc_ramp_answered(r, now);
                first[i] = 0;
            }
            fed += first[i] == 0;
        }
        double rate = fed * per_connection < top ? fed * per_connection : top;
        sc_ramp_bytes(r, (uint64_t)(rate * 0.01));
        sc_ramp_tick(r, now, active, true);
        most = active > most ? active : most;
    }
    return most;
}

static void doubles_while_it_helps(void **state)
{
    struct sc_ramp r;
    (void)state;
    assert_int_equal(simulate(&r, 0.5, 2e6, 1e12), 64);
}

/* One round trip shows that the line is far from full: no more steps are needed. */
static void jumps_when_many_bring_as_much_more(void **state)
{
    struct sc_ramp r;
    (void)state;
    assert_int_equal(simulate(&r, 0.14, 2e6, 1e12), 64);
}

/* A connection that never answers must not keep the others few. */
static void one_that_hangs_stops_nothing(void **state)
{
    struct sc_ramp r;
    double now = 1;
    int active = 0;
    (void)state;
    sc_ramp_init(&r, 64, now);
    for (; now < 3; now += 0.01) {
        int before = active;
        while (active < sc_ramp_limit(&r, now))
            sc_ramp_started(&r, ++active);
        for (int i = before; i < active - (before == 0); i++)
            sc_ramp_answered(&r, now);
        sc_ramp_bytes(&r, (uint64_t)active * 20000);
        sc_ramp_tick(&r, now, active, true);
    }
    assert_int_equal(active, 64);
}

static void stops_when_the_line_is_full(void **state)
{
    struct sc_ramp r;
    (void)state;
    assert_in_range(simulate(&r, 2.0, 2e6, 10e6), 8, 32);
}

static void push_back_halves_and_pauses(void **state)
{
    struct sc_ramp r;
    (void)state;
    simulate(&r, 0.5, 2e6, 1e12);
    sc_ramp_pushback(&r, 10, 9.9, 40, 2);
    sc_ramp_pushback(&r, 10.01, 9.9, 39, 2); /* the same wave: no second cut */
    assert_int_equal(r.limit, 20);
    assert_int_equal(sc_ramp_limit(&r, 11), 0);
    assert_int_equal(sc_ramp_limit(&r, 12.1), 20);
    for (double now = 12.1; now < 20; now += 0.1)
        sc_ramp_tick(&r, now, 20, true);
    assert_in_range(r.limit, 22, 26); /* slowly up again */
    sc_ramp_pushback(&r, 21, 20.9, 1, -1);
    assert_true(r.limit >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_while_it_helps),
        cmocka_unit_test(jumps_when_many_bring_as_much_more),
        cmocka_unit_test(one_that_hangs_stops_nothing),
        cmocka_unit_test(stops_when_the_line_is_full),
        cmocka_unit_test(push_back_halves_and_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
