#include "server/shared.h"

#include "base/platform.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Below it a copy costs less than what the kernel does for a file. */
enum { MANY_BYTES = 256 * 1024 };

struct sc_shared {
    atomic_int owners;
    int file; /* of the same bytes, or -1 */
    size_t len;
    char data[];
};

struct sc_shared *sc_shared_create(const void *data, size_t len)
{
    struct sc_shared *s = malloc(sizeof *s + len);
    if (!s)
        return NULL;
    atomic_init(&s->owners, 1);
    s->file = len < MANY_BYTES ? -1 : sc_platform_memory_file(data, len);
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
    if (s && atomic_fetch_sub(&s->owners, 1) == 1) {
        if (s->file >= 0)
            close(s->file);
        free(s);
    }
}

const char *sc_shared_data(const struct sc_shared *s)
{
    return s->data;
}

size_t sc_shared_len(const struct sc_shared *s)
{
    return s->len;
}

int sc_shared_file(const struct sc_shared *s)
{
    return s->file < 0 ? -1 : fcntl(s->file, F_DUPFD_CLOEXEC, 0);
}

void sc_shared_drop_data(void *data)
{
    sc_shared_drop(
        (struct sc_shared *)(void *)((char *)data - offsetof(struct sc_shared, data)));
}
