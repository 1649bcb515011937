#include "server/shared.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct sc_shared {
    atomic_int owners;
    size_t len;
    char data[];
};

struct sc_shared *sc_shared_create(const void *data, size_t len)
{
    struct sc_shared *s = malloc(sizeof *s + len);
    if (!s)
        return NULL;
    atomic_init(&s->owners, 1);
    s->len = len;
    memcpy(s->data, data, len);
    return s;
}

struct sc_shared *sc_shared_keep(struct sc_shared *s)
{
    if (s)
        atomic_fetch_add(&s->owners, 1);
    return s;
}

void sc_shared_drop(struct sc_shared *s)
{
    if (s && atomic_fetch_sub(&s->owners, 1) == 1)
        free(s);
}

const char *sc_shared_data(const struct sc_shared *s)
{
    return s->data;
}

size_t sc_shared_len(const struct sc_shared *s)
{
    return s->len;
}

void sc_shared_drop_data(void *data)
{
    sc_shared_drop(
        (struct sc_shared *)(void *)((char *)data - offsetof(struct sc_shared, data)));
}
