/*
 * Open connections and how long they may dawdle: a client that opens many, or
 * sends a request byte by byte (slowloris), must not keep others out. The
 * listener tells what happens; a tick cuts what is too slow by shutting its
 * socket down, and the listener then ends it as usual. Any thread.
 */
#ifndef SC_SERVER_CONNECTIONS_H
#define SC_SERVER_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct sc_conns;
struct sc_conn;

/* Beyond `crowded` connections each new one costs the one that has waited longest. */
struct sc_conns *sc_conns_create(size_t crowded);
void sc_conns_destroy(struct sc_conns *c);
/* fd stays the caller's, open until sc_conn_close(). NULL: out of memory. */
struct sc_conn *sc_conn_open(struct sc_conns *c, int fd, double now_s);
void sc_conn_close(struct sc_conns *c, struct sc_conn *conn); /* NULL allowed */

/* The headers of a request are complete; its body follows. */
void sc_conn_reads(struct sc_conn *conn, double now_s);
void sc_conn_got(struct sc_conn *conn, size_t bytes);
/* The request is complete; the answer takes as long as it takes. */
void sc_conn_answers(struct sc_conn *conn);
/* The exchange is over; the next request may come. */
void sc_conn_waits(struct sc_conn *conn, double now_s);

/* Cuts what is too slow; gives how many. Now and then. */
size_t sc_conns_tick(struct sc_conns *c, double now_s);

#endif
