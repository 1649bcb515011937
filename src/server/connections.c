#include "server/connections.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The first request must be there soon; a kept connection may rest longer (browsers keep
 * theirs), but not for ever by a byte now and then. A body comes steadily. */
static const double FIRST_S = 20, NEXT_S = 75, BODY_WINDOW_S = 20, EVICTABLE_S = 0.25;
enum { MIN_BODY_BYTES = 20 * 256 };

enum state { FIRST, WAITS, READS, ANSWERS };

struct sc_conn {
    int fd;
    atomic_int state;
    _Atomic double since_s; /* of the state, or of the body's window */
    atomic_size_t bytes;    /* of the body, in this window */
    /* under the table's mutex */
    struct sc_conn *before, *after;
    bool cut;
};

struct sc_conns {
    size_t crowded; /* constant */
    pthread_mutex_t mutex;
    /* under mutex: newest first */
    struct sc_conn *first;
    size_t n;
};

struct sc_conns *sc_conns_create(size_t crowded)
{
    struct sc_conns *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->crowded = crowded;
    pthread_mutex_init(&c->mutex, NULL);
    return c;
}

void sc_conns_destroy(struct sc_conns *c)
{
    if (!c)
        return;
    while (c->first)
        sc_conn_close(c, c->first);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

static void cut(struct sc_conn *x)
{
    x->cut = true;
    shutdown(x->fd, SHUT_RDWR);
}

static void cut_longest_wait(struct sc_conns *c, double now_s)
{
    struct sc_conn *worst = NULL;
    for (struct sc_conn *x = c->first; x; x = x->after) {
        int state = atomic_load(&x->state);
        if (!x->cut && (state == FIRST || state == WAITS) &&
            now_s - atomic_load(&x->since_s) >= EVICTABLE_S &&
            (!worst || atomic_load(&x->since_s) < atomic_load(&worst->since_s)))
            worst = x;
    }
    if (worst)
        cut(worst);
}

struct sc_conn *sc_conn_open(struct sc_conns *c, int fd, double now_s)
{
    struct sc_conn *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->fd = fd;
    atomic_init(&x->state, FIRST);
    atomic_init(&x->since_s, now_s);
    atomic_init(&x->bytes, 0);
    pthread_mutex_lock(&c->mutex);
    if (c->n >= c->crowded)
        cut_longest_wait(c, now_s);
    x->after = c->first;
    if (x->after)
        x->after->before = x;
    c->first = x;
    c->n++;
    pthread_mutex_unlock(&c->mutex);
    return x;
}

void sc_conn_close(struct sc_conns *c, struct sc_conn *x)
{
    if (!x)
        return;
    pthread_mutex_lock(&c->mutex);
    if (x->before)
        x->before->after = x->after;
    else
        c->first = x->after;
    if (x->after)
        x->after->before = x->before;
    c->n--;
    pthread_mutex_unlock(&c->mutex);
    free(x);
}

static void enter(struct sc_conn *x, enum state s, double now_s)
{
    if (!x)
        return;
    atomic_store(&x->bytes, 0);
    atomic_store(&x->since_s, now_s);
    atomic_store(&x->state, (int)s);
}

void sc_conn_reads(struct sc_conn *x, double now_s)
{
    enter(x, READS, now_s);
}

void sc_conn_got(struct sc_conn *x, size_t bytes)
{
    if (x)
        atomic_fetch_add(&x->bytes, bytes);
}

void sc_conn_answers(struct sc_conn *x)
{
    if (x)
        atomic_store(&x->state, ANSWERS);
}

void sc_conn_waits(struct sc_conn *x, double now_s)
{
    enter(x, WAITS, now_s);
}

static bool too_slow(struct sc_conn *x, double now_s)
{
    double for_s = now_s - atomic_load(&x->since_s);
    switch (atomic_load(&x->state)) {
    case FIRST:
        return for_s > FIRST_S;
    case WAITS:
        return for_s > NEXT_S;
    case READS:
        if (for_s < BODY_WINDOW_S)
            return false;
        atomic_store(&x->since_s, now_s);
        return atomic_exchange(&x->bytes, 0) < MIN_BODY_BYTES;
    default:
        return false;
    }
}

size_t sc_conns_tick(struct sc_conns *c, double now_s)
{
    size_t n = 0;
    pthread_mutex_lock(&c->mutex);
    for (struct sc_conn *x = c->first; x; x = x->after)
        if (!x->cut && too_slow(x, now_s)) {
            cut(x);
            n++;
        }
    pthread_mutex_unlock(&c->mutex);
    return n;
}
