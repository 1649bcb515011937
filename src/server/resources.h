/* The handlers, by resource; listed in routes.c. One file res_*.c each. */
#ifndef SC_SERVER_RESOURCES_H
#define SC_SERVER_RESOURCES_H

#include "server/http.h"

#define SC_HANDLER(name)                                                                 \
    bool name(struct sc_request *req, struct sc_reply *reply, struct sc_error *err)

SC_HANDLER(sc_res_health);
SC_HANDLER(sc_res_events);

#endif
