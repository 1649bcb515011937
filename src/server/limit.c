#include "server/limit.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

/* Bursts are what clients really do: an extension that hands over a term's lectures, a
 * dashboard that loads a page with its thumbnails. */
static const struct {
    double burst, per_s;
} rates[SC_LIMIT_KIND_COUNT] = {
    [SC_LIMIT_WRITE] = {400, 40},
    [SC_LIMIT_FAR_READ] = {1000, 200},
    [SC_LIMIT_BAD_KEY] = {20, 0.2},
};

struct bucket {
    double used; /* tokens taken and not yet given back */
    double at_s;
};

struct sc_limiter {
    pthread_mutex_t mutex;
    struct bucket buckets[SC_LIMIT_KIND_COUNT][BUCKETS]; /* under mutex */
};

struct sc_limiter *sc_limiter_create(void)
{
    struct sc_limiter *l = calloc(1, sizeof *l);
    if (l)
        pthread_mutex_init(&l->mutex, NULL);
    return l;
}

void sc_limiter_destroy(struct sc_limiter *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->mutex);
    free(l);
}

/* FNV-1a over what identifies the sender. */
static size_t bucket_of(const struct sockaddr *a)
{
    uint64_t h = 14695981039346656037u;
    const unsigned char *bytes = NULL;
    size_t n = 0;
    if (a && a->sa_family == AF_INET) {
        bytes = (const unsigned char *)&((const struct sockaddr_in *)(const void *)a)
                    ->sin_addr;
        n = 4;
    } else if (a && a->sa_family == AF_INET6) {
        bytes = (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)a)
                    ->sin6_addr;
        n = 8;
    }
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32) % BUCKETS;
}

static int ask(struct sc_limiter *l, enum sc_limit_kind kind,
               const struct sockaddr *address, double now_s, bool take)
{
    double burst = rates[kind].burst, per_s = rates[kind].per_s;
    int wait = 0;
    pthread_mutex_lock(&l->mutex);
    struct bucket *b = &l->buckets[kind][bucket_of(address)];
    if (now_s > b->at_s) {
        b->used -= (now_s - b->at_s) * per_s;
        b->at_s = now_s;
    }
    if (b->used < 0)
        b->used = 0;
    if (b->used + 1 > burst)
        wait = (int)ceil((b->used + 1 - burst) / per_s);
    else if (take)
        b->used += 1;
    pthread_mutex_unlock(&l->mutex);
    return wait;
}

int sc_limiter_take(struct sc_limiter *l, enum sc_limit_kind kind,
                    const struct sockaddr *address, double now_s)
{
    return ask(l, kind, address, now_s, true);
}

int sc_limiter_look(struct sc_limiter *l, enum sc_limit_kind kind,
                    const struct sockaddr *address, double now_s)
{
    return ask(l, kind, address, now_s, false);
}

bool sc_address_is_near(const struct sockaddr *a)
{
    if (a && a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >>
                   24 ==
               127;
    return a && a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(
               &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}
