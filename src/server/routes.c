/*
 * Every route in one table: the router, the OpenAPI document and the docs page
 * are made from it.
 */
#include "server/resources.h"

const struct sc_route sc_routes[] = {
    {"GET", "/health", sc_res_health, SC_ROUTE_PUBLIC, SC_SCOPE_READ,
     "Whether the service runs", NULL, NULL,
     "{\"type\":\"object\",\"required\":[\"status\",\"timestamp\",\"version\"],"
     "\"properties\":{\"status\":{\"const\":\"healthy\"},\"timestamp\":{\"type\":"
     "\"string\"},"
     "\"version\":{\"type\":\"string\"}}}",
     NULL, NULL},
    {"GET", "/health", sc_res_health, SC_ROUTE_API | SC_ROUTE_PUBLIC, SC_SCOPE_READ,
     "Whether the service runs", NULL, NULL, NULL, NULL, NULL},
    {"GET", "/events", sc_res_events, SC_ROUTE_API, SC_SCOPE_READ,
     "Live events; Last-Event-ID goes on behind it", "lastEventId:integer", NULL, NULL,
     "text/event-stream", NULL},
    {0},
};
