#include "server/events.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RING = 4096,          /* events that a reconnecting client can catch up with */
    RING_BYTES = 4 << 20, /* and their size, so that long lines cannot add up */
    COMMENT_S = 15,
};

struct event {
    char *text; /* "id: ...\nevent: ...\ndata: ...\n\n" */
    size_t len;
};

struct sc_hub_client {
    struct sc_hub *hub;
    /* under the hub's mutex */
    int64_t next;  /* id of the next event to read */
    size_t offset; /* bytes of it that were read */
    bool comment_due;
    double last_read_s;
    void (*wake)(void *user);
    void *user;
    struct sc_hub_client *before, *after;
};

struct sc_hub {
    pthread_t ticker;
    pthread_mutex_t mutex;
    pthread_cond_t closing;
    /* under mutex */
    struct event ring[RING]; /* event id is at ring[id % RING] */
    int64_t first, next;     /* ids held: first <= id < next */
    size_t bytes;
    bool closed;
    struct sc_hub_client *clients;
    size_t n_clients;
};

/* The ids go on across restarts, so that an old id is never mistaken for a new one. */
static int64_t first_id(void)
{
    return sc_clock_wall_s() * 1000;
}

static void wake_up(struct sc_hub_client *c)
{
    if (!c->wake)
        return;
    void (*wake)(void *) = c->wake;
    c->wake = NULL;
    wake(c->user);
}

static void *tick(void *user)
{
    struct sc_hub *h = user;
    pthread_mutex_lock(&h->mutex);
    while (!h->closed) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        pthread_cond_timedwait(&h->closing, &h->mutex, &until);
        double now = sc_clock_monotonic_s();
        for (struct sc_hub_client *c = h->clients; c; c = c->after)
            if (c->wake && now - c->last_read_s >= COMMENT_S) {
                c->comment_due = true;
                wake_up(c);
            }
    }
    pthread_mutex_unlock(&h->mutex);
    return NULL;
}

struct sc_hub *sc_hub_create(void)
{
    struct sc_hub *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->first = h->next = first_id();
    pthread_mutex_init(&h->mutex, NULL);
    pthread_cond_init(&h->closing, NULL);
    if (pthread_create(&h->ticker, NULL, tick, h) != 0) {
        free(h);
        return NULL;
    }
    return h;
}

void sc_hub_close(struct sc_hub *h)
{
    pthread_mutex_lock(&h->mutex);
    h->closed = true;
    pthread_cond_signal(&h->closing);
    for (struct sc_hub_client *c = h->clients; c; c = c->after)
        wake_up(c);
    pthread_mutex_unlock(&h->mutex);
}

void sc_hub_destroy(struct sc_hub *h)
{
    if (!h)
        return;
    sc_hub_close(h);
    pthread_join(h->ticker, NULL);
    for (int64_t id = h->first; id < h->next; id++)
        free(h->ring[id % RING].text);
    pthread_cond_destroy(&h->closing);
    pthread_mutex_destroy(&h->mutex);
    free(h);
}

static void drop_oldest(struct sc_hub *h)
{
    struct event *e = &h->ring[h->first++ % RING];
    h->bytes -= e->len;
    free(e->text);
    *e = (struct event){0};
}

void sc_hub_publish(struct sc_hub *h, const char *type, json_t *data)
{
    struct sc_buf text = SC_BUF_INIT(RING_BYTES / 4);
    char *json = json_dumps(data, JSON_COMPACT);
    if (!json)
        return;
    pthread_mutex_lock(&h->mutex);
    sc_buf_addf(&text, "id: %lld\nevent: %s\ndata: %s\n\n", (long long)h->next, type,
                json);
    free(json);
    struct event e = {.len = text.len};
    e.text = sc_buf_detach(&text);
    if (e.text) {
        while (h->next - h->first >= RING ||
               (h->first < h->next && h->bytes + e.len > RING_BYTES))
            drop_oldest(h);
        h->ring[h->next++ % RING] = e;
        h->bytes += e.len;
        for (struct sc_hub_client *c = h->clients; c; c = c->after)
            wake_up(c);
    }
    pthread_mutex_unlock(&h->mutex);
}

struct sc_hub_client *sc_hub_join(struct sc_hub *h, int64_t last_id)
{
    struct sc_hub_client *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    pthread_mutex_lock(&h->mutex);
    c->hub = h;
    /* An id of the future is another server's: what was missed since is unknown. */
    c->next = last_id < 0 ? h->next : last_id >= h->next ? 0 : last_id + 1;
    c->comment_due = true; /* headers reach the client at once */
    c->last_read_s = sc_clock_monotonic_s();
    c->after = h->clients;
    if (c->after)
        c->after->before = c;
    h->clients = c;
    h->n_clients++;
    pthread_mutex_unlock(&h->mutex);
    return c;
}

void sc_hub_leave(struct sc_hub_client *c)
{
    if (!c)
        return;
    struct sc_hub *h = c->hub;
    pthread_mutex_lock(&h->mutex);
    if (c->before)
        c->before->after = c->after;
    else
        h->clients = c->after;
    if (c->after)
        c->after->before = c->before;
    h->n_clients--;
    pthread_mutex_unlock(&h->mutex);
    free(c);
}

static size_t put(char *out, size_t at, size_t max, const char *text)
{
    size_t n = strlen(text);
    if (n > max - at)
        return at;
    memcpy(out + at, text, n);
    return at + n;
}

/* Events may be cut: the transport puts the pieces together again. */
static size_t copy_events(struct sc_hub_client *c, char *out, size_t at, size_t max)
{
    struct sc_hub *h = c->hub;
    while (c->next < h->next && at < max) {
        const struct event *e = &h->ring[c->next % RING];
        size_t n = e->len - c->offset;
        n = n < max - at ? n : max - at;
        memcpy(out + at, e->text + c->offset, n);
        at += n;
        c->offset += n;
        if (c->offset == e->len) {
            c->offset = 0;
            c->next++;
        }
    }
    return at;
}

long sc_hub_read(struct sc_hub_client *c, char *out, size_t max, void (*wake)(void *user),
                 void *user)
{
    struct sc_hub *h = c->hub;
    size_t at = 0;
    pthread_mutex_lock(&h->mutex);
    if (h->closed) {
        pthread_mutex_unlock(&h->mutex);
        return -1;
    }
    if (c->comment_due)
        at = put(out, at, max, ": here\n\n");
    c->comment_due = false;
    if (c->next < h->first) {
        /* A half-read event that is gone is ended, so that the next one is understood. */
        at = put(out, at, max,
                 c->offset ? "\n\nevent: reset\ndata: {}\n\n"
                           : "event: reset\ndata: {}\n\n");
        c->next = h->first;
        c->offset = 0;
    }
    at = copy_events(c, out, at, max);
    c->last_read_s = sc_clock_monotonic_s();
    if (at == 0) {
        c->wake = wake;
        c->user = user;
    }
    pthread_mutex_unlock(&h->mutex);
    return (long)at;
}

size_t sc_hub_clients(struct sc_hub *h)
{
    pthread_mutex_lock(&h->mutex);
    size_t n = h->n_clients;
    pthread_mutex_unlock(&h->mutex);
    return n;
}
