/*
 * The HTTP service: `scaler serve`. One set of handlers under `/api` and
 * `/api/v1`, live events, the dashboard, artifacts. Binds a loopback address
 * unless keys exist. Blocks until cancelled, then drains.
 */
#ifndef SC_SERVER_SERVER_H
#define SC_SERVER_SERVER_H

#include "base/cancel.h"
#include "base/config.h"
#include "base/error.h"

#include <stdbool.h>

struct sc_server_options {
    struct sc_config *config; /* borrowed; reloaded on SIGHUP and by the API */
    const char *port_file;    /* the port is written here once it listens, or NULL */
    bool any_port;            /* tests: a free port instead of SCALER_PORT */
};

bool sc_server_run(const struct sc_server_options *opts, const struct sc_cancel *cancel,
                   struct sc_error *err);

#endif
