/*
 * Walls around a process that reads what strangers made. On Linux: Landlock
 * (what may be written, which TCP ports may be reached) and seccomp (whether
 * there are sockets at all), as far as the kernel has them. Elsewhere, and on
 * kernels without them, nothing happens. Reading stays open: models, fonts and
 * language data lie anywhere.
 *
 * The walls hold for the calling thread and what it starts from then on,
 * programs included, and are never taken down: enter before threads start.
 */
#ifndef SC_BASE_SANDBOX_H
#define SC_BASE_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SC_SANDBOX_MAX_PORTS = 4 };

enum sc_sandbox_net {
    SC_SANDBOX_NET_NONE,  /* no sockets */
    SC_SANDBOX_NET_PORTS, /* TCP to `ports` */
    SC_SANDBOX_NET_OPEN,  /* the internet, but no local sockets and no listening */
};

/* Lists end with NULL and may be NULL. What does not exist is left out. */
struct sc_sandbox {
    const char *const
        *trees; /* folders: everything may be made, written, removed in them */
    const char *const *files;     /* existing files whose content may be written */
    const char *const *link_from; /* files that may get a second name inside the trees */
    enum sc_sandbox_net net;
    uint16_t ports[SC_SANDBOX_MAX_PORTS];
    size_t n_ports;
    bool names; /* host names are looked up (UDP), not only addresses and localhost */
};

/* What holds: bits of enum sc_sandbox_wall. */
enum sc_sandbox_wall {
    SC_WALL_FILES = 1,   /* nothing else can be written */
    SC_WALL_SOCKETS = 2, /* no sockets beyond `net` */
    SC_WALL_PORTS = 4,   /* no TCP port beyond `ports` */
};
unsigned sc_sandbox_enter(const struct sc_sandbox *s);

/* What this system can do: bits as above, and a sentence for people. */
unsigned sc_sandbox_supported(char *text, size_t size);

/*
 * Runs fn in a process of its own that can write nothing and has no network,
 * and takes over the `size` bytes at `data` (plain, without pointers) that it
 * leaves. Its crash is an error here. Call before threads start.
 */
typedef bool (*sc_sandbox_fn)(void *user, void *data, struct sc_error *err);
bool sc_sandbox_call(sc_sandbox_fn fn, void *user, void *data, size_t size,
                     struct sc_error *err);

#endif
