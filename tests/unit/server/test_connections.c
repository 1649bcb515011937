/* Slow clients with a clock of ours: a socket that was cut reads as ended. */
#include "cmocka_all.h"
#include "server/connections.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    int ours, theirs;
    struct sc_conn *conn;
};

static struct peer open_peer(struct sc_conns *c, double now)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    return (struct peer){fds[0], fds[1], sc_conn_open(c, fds[0], now)};
}

static bool is_cut(const struct peer *p)
{
    char byte;
    return recv(p->theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

static void close_peer(struct sc_conns *c, struct peer *p)
{
    sc_conn_close(c, p->conn);
    close(p->ours);
    close(p->theirs);
}

static void headers_must_come(void **state)
{
    (void)state;
    struct sc_conns *c = sc_conns_create(100);
    struct peer idle = open_peer(c, 0), asked = open_peer(c, 0);
    sc_conn_reads(asked.conn, 1);
    sc_conn_answers(asked.conn);
    assert_int_equal(sc_conns_tick(c, 19), 0);
    assert_int_equal(sc_conns_tick(c, 21), 1);
    assert_true(is_cut(&idle));
    assert_int_equal(sc_conns_tick(c, 5000),
                     0); /* an answer takes its time, e.g. events */
    assert_false(is_cut(&asked));
    sc_conn_waits(asked.conn, 5000);
    assert_int_equal(sc_conns_tick(c, 5060), 0);
    assert_int_equal(sc_conns_tick(c, 5076), 1);
    assert_true(is_cut(&asked));
    close_peer(c, &idle);
    close_peer(c, &asked);
    sc_conns_destroy(c);
}

static void bodies_come_steadily(void **state)
{
    (void)state;
    struct sc_conns *c = sc_conns_create(100);
    struct peer slow = open_peer(c, 0), steady = open_peer(c, 0);
    sc_conn_reads(slow.conn, 0);
    sc_conn_reads(steady.conn, 0);
    for (int t = 1; t <= 100; t++) {
        sc_conn_got(slow.conn, 1);
        sc_conn_got(steady.conn, 1000);
        sc_conns_tick(c, t);
    }
    assert_true(is_cut(&slow));
    assert_false(is_cut(&steady));
    close_peer(c, &slow);
    close_peer(c, &steady);
    sc_conns_destroy(c);
}

static void a_crowd_costs_who_waits_longest(void **state)
{
    (void)state;
    struct sc_conns *c = sc_conns_create(3);
    struct peer busy = open_peer(c, 0), old = open_peer(c, 1), young = open_peer(c, 2);
    sc_conn_reads(busy.conn, 0);
    struct peer next = open_peer(c, 3);
    assert_true(is_cut(&old));
    assert_false(is_cut(&busy));
    assert_false(is_cut(&young));
    struct peer last = open_peer(c, 3);
    assert_true(is_cut(&young));
    assert_false(is_cut(&next)); /* it has only just come */
    struct peer all[] = {busy, old, young, next, last};
    for (int i = 0; i < 5; i++)
        close_peer(c, &all[i]);
    sc_conns_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_must_come),
        cmocka_unit_test(bodies_come_steadily),
        cmocka_unit_test(a_crowd_costs_who_waits_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
