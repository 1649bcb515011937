/* Live events: order, pieces, resuming, falling behind, the end. */
#include "cmocka_all.h"
#include "server/events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void publish(struct sc_hub *h, int n)
{
    json_t *j = json_pack("{s:i}", "n", n);
    sc_hub_publish(h, "job", j);
    json_decref(j);
}

static void on_wake(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

/* Everything that is there, read in pieces of `step` bytes. */
static char *drain(struct sc_hub_client *c, size_t step)
{
    static char all[1 << 20];
    atomic_int woken = 0;
    size_t n = 0;
    for (;;) {
        long got = sc_hub_read(c, all + n, step, on_wake, &woken);
        if (got <= 0)
            break;
        n += (size_t)got;
        assert_true(n + step < sizeof all);
    }
    all[n] = '\0';
    /* The client may be woken after `woken` is gone: take the wake-up back. */
    sc_hub_leave(c);
    return all;
}

static int64_t last_id(const char *text)
{
    const char *at = NULL, *p = text;
    while ((p = strstr(p, "id: ")))
        at = p++;
    return at ? strtoll(at + 4, NULL, 10) : -1;
}

static void expect_sequence(const char *text, int from, int to)
{
    int next = from;
    for (const char *p = text; (p = strstr(p, "{\"n\":")); p++)
        assert_int_equal(strtol(p + 5, NULL, 10), next++);
    assert_int_equal(next, to);
}

static void in_order_in_pieces(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    static const size_t steps[] = {9, 13, 100, 16384};
    for (size_t i = 0; i < 4; i++) {
        struct sc_hub_client *c = sc_hub_join(h, -1);
        for (int n = 0; n < 50; n++)
            publish(h, n);
        char *text = drain(c, steps[i]);
        assert_true(strncmp(text, ": here\n\n", 8) == 0);
        assert_non_null(strstr(text, "\nevent: job\ndata: {\"n\":0}\n\n"));
        expect_sequence(text, 0, 50);
    }
    sc_hub_destroy(h);
}

static void goes_on_behind_an_id(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    struct sc_hub_client *c = sc_hub_join(h, -1);
    for (int n = 0; n < 10; n++)
        publish(h, n);
    int64_t id = last_id(drain(c, 4096));
    assert_true(id > 0);
    for (int n = 10; n < 20; n++)
        publish(h, n);
    expect_sequence(drain(sc_hub_join(h, id), 4096), 10, 20);
    expect_sequence(drain(sc_hub_join(h, id - 5), 4096), 5, 20);
    expect_sequence(drain(sc_hub_join(h, -1), 4096), 0, 0);
    sc_hub_destroy(h);
}

/* From another server's life: what was missed is unknown, so the client must reload. */
static void an_unknown_id_is_a_reset(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    publish(h, 0);
    char *text = drain(sc_hub_join(h, 5), 4096);
    assert_non_null(strstr(text, "event: reset\n"));
    expect_sequence(text, 0, 1);
    text = drain(sc_hub_join(h, INT64_MAX - 1), 4096);
    assert_non_null(strstr(text, "event: reset\n"));
    sc_hub_destroy(h);
}

static void who_falls_behind_is_told(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    char some[40];
    atomic_int woken = 0;
    struct sc_hub_client *c = sc_hub_join(h, -1);
    publish(h, 0);
    /* Stops in the middle of an event. */
    assert_int_equal(sc_hub_read(c, some, sizeof some, on_wake, &woken), sizeof some);
    for (int n = 1; n < 6000; n++)
        publish(h, n);
    char *text = drain(c, 16384);
    assert_true(strncmp(text, "\n\nevent: reset\n", 15) == 0);
    expect_sequence(text, 6000 - 4096, 6000);
    sc_hub_destroy(h);
}

static void wakes_once_and_ends(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    struct sc_hub_client *c = sc_hub_join(h, -1);
    char out[256];
    atomic_int woken = 0;
    assert_true(sc_hub_read(c, out, sizeof out, on_wake, &woken) > 0);
    assert_int_equal(sc_hub_read(c, out, sizeof out, on_wake, &woken), 0);
    publish(h, 1);
    publish(h, 2);
    assert_int_equal(atomic_load(&woken), 1);
    assert_true(sc_hub_read(c, out, sizeof out, on_wake, &woken) > 0);
    assert_int_equal(sc_hub_read(c, out, sizeof out, on_wake, &woken), 0);
    assert_int_equal(sc_hub_clients(h), 1);
    sc_hub_close(h);
    assert_int_equal(atomic_load(&woken), 2);
    assert_int_equal(sc_hub_read(c, out, sizeof out, on_wake, &woken), -1);
    sc_hub_leave(c);
    assert_int_equal(sc_hub_clients(h), 0);
    c = sc_hub_join(h, -1);
    assert_int_equal(sc_hub_read(c, out, sizeof out, on_wake, &woken), -1);
    sc_hub_leave(c);
    sc_hub_destroy(h);
}

static void *publisher(void *user)
{
    for (int n = 0; n < 500; n++)
        publish(user, n);
    return NULL;
}

static void many_threads(void **state)
{
    (void)state;
    struct sc_hub *h = sc_hub_create();
    struct sc_hub_client *c = sc_hub_join(h, -1);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, publisher, h);
    for (int i = 0; i < 100; i++) {
        struct sc_hub_client *other = sc_hub_join(h, -1);
        char out[512];
        atomic_int woken = 0;
        sc_hub_read(other, out, sizeof out, on_wake, &woken);
        sc_hub_leave(other);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    char *text = drain(c, 4096);
    int n = 0;
    int64_t before = 0;
    for (const char *p = text; (p = strstr(p, "id: ")); p++, n++) {
        int64_t id = strtoll(p + 4, NULL, 10);
        assert_true(before == 0 || id == before + 1);
        before = id;
    }
    assert_int_equal(n, 2000);
    sc_hub_destroy(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_in_pieces),
        cmocka_unit_test(goes_on_behind_an_id),
        cmocka_unit_test(an_unknown_id_is_a_reset),
        cmocka_unit_test(who_falls_behind_is_told),
        cmocka_unit_test(wakes_once_and_ends),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
