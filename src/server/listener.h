/*
 * What the files that know libmicrohttpd share: listen.c starts and stops, mhd.c
 * answers, mhd_stream.c sends large files. Not a front door.
 */
#ifndef SC_SERVER_LISTENER_H
#define SC_SERVER_LISTENER_H

#include "server/app.h"
#include "server/connections.h"
#include "server/limit.h"

#include <microhttpd.h>
#include <stdatomic.h>

enum { SC_LISTENER_MAX_NAMES = 12 };

struct sc_listener {
    struct sc_app *app;
    struct MHD_Daemon *daemon;
    struct sc_conns *conns;
    struct sc_limiter *limiter;
    atomic_int n_slow;      /* handlers in threads of their own */
    atomic_int n_streams;   /* large files that threads of their own send */
    atomic_bool ready;      /* the names below are known */
    atomic_bool stopping;   /* no more of these */
    atomic_size_t buffered; /* bytes of bodies in memory */
    int port;
    char hosts_text[SC_LISTENER_MAX_NAMES][280];
    const char *hosts[SC_LISTENER_MAX_NAMES + 1];
    char origins_text[SC_LISTENER_MAX_NAMES][300];
    const char *origins[SC_LISTENER_MAX_NAMES + 1];
};

/* mhd_stream.c: the reply's file range goes out by a thread of its own, with the headers
 * of `headers`; the connection sleeps until then, and is to be closed when it goes on.
 * *sent: whether the client has all of it. False when that cannot be begun. */
bool sc_stream_begin(struct sc_listener *l, struct MHD_Connection *c,
                     struct MHD_Response *headers, int status, const struct sc_reply *r,
                     bool *sent);

enum MHD_Result sc_on_request(void *user, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **slot);
void sc_on_end(void *user, struct MHD_Connection *c, void **slot,
               enum MHD_RequestTerminationCode how);

#endif
