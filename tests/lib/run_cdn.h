/* Starts scaler-testcdn (cdn.h) on a free port for the time of a test. */
#ifndef SC_TEST_RUN_CDN_H
#define SC_TEST_RUN_CDN_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct running_cdn {
    struct sc_proc proc;
    char port[16];
};

/*
 * Serves `root`; `extra` is a NULL-terminated list of further options or NULL.
 * The port file is written into the folder above root.
 */
static inline bool run_cdn_start(struct running_cdn *c, const char *root,
                                 const char *const *extra)
{
    enum { MAX_ARGS = 32, WAIT_MS = 10, MAX_WAITS = 6000 };
    const char *build = getenv("SCALER_TEST_BUILD");
    char *binary = sc_strf("%s/tests/lib/scaler-testcdn", build ? build : ".");
    char *port_file = sc_strf("%s.port", root);
    const char *argv[MAX_ARGS] = {binary, "--root", root, "--port-file", port_file};
    struct sc_buf port = SC_BUF_INIT(0);
    size_t n = 5;
    bool ok = binary && port_file;
    for (; extra && *extra && n + 1 < MAX_ARGS; extra++)
        argv[n++] = *extra;
    if (ok) {
        remove(port_file);
        ok = sc_proc_start(&c->proc, argv, NULL, 0, NULL);
    }
    for (int i = 0; ok && i < MAX_WAITS && sc_file_size(port_file) <= 0; i++)
        sc_cancel_sleep(NULL, WAIT_MS);
    ok = ok && sc_file_read(port_file, sizeof c->port - 1, &port, NULL);
    snprintf(c->port, sizeof c->port, "%s", ok ? sc_str_trim(port.data) : "");
    sc_buf_finish(&port);
    free(port_file);
    free(binary);
    return ok && *c->port;
}

static inline char *run_cdn_url(const struct running_cdn *c, const char *path_and_query)
{
    return sc_strf("http://127.0.0.1:%s%s", c->port, path_and_query);
}

static inline void run_cdn_stop(struct running_cdn *c)
{
    sc_proc_stop(&c->proc, 1000);
}

#endif
