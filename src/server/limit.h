/*
 * How often one address may ask: token buckets, a fixed number of them, so that
 * many addresses cost no memory. Addresses that fall on the same bucket share
 * it. Pure but for its lock; any thread.
 */
#ifndef SC_SERVER_LIMIT_H
#define SC_SERVER_LIMIT_H

#include <stdbool.h>
#include <sys/socket.h>

enum sc_limit_kind {
    SC_LIMIT_WRITE,    /* what changes something */
    SC_LIMIT_FAR_READ, /* reading from another machine; this one is not limited */
    SC_LIMIT_BAD_KEY,  /* a wrong key or code */
    SC_LIMIT_KIND_COUNT
};

struct sc_limiter;
struct sc_limiter *sc_limiter_create(void);
void sc_limiter_destroy(struct sc_limiter *l);
/*
 * Takes one token of the address (IPv6: of its /64); NULL is an address as well.
 * 0: go on; otherwise the seconds to wait.
 */
int sc_limiter_take(struct sc_limiter *l, enum sc_limit_kind kind,
                    const struct sockaddr *address, double now_s);
/* The same without taking one: whether the bucket is empty. */
int sc_limiter_look(struct sc_limiter *l, enum sc_limit_kind kind,
                    const struct sockaddr *address, double now_s);
bool sc_address_is_near(const struct sockaddr *address);

#endif
