#include "base/str.h"
#include "server/app.h"
#include "server/resources.h"

#include <stdlib.h>

enum { MAX_CLIENTS = 1400 }; /* of 2,048 connections: the rest is for requests */

struct stream {
    struct sc_hub_client *client;
    void *connection;
};

static void wake(void *user)
{
    sc_request_wake(user);
}

static long pull(void *user, char *out, size_t max)
{
    struct stream *s = user;
    return sc_hub_read(s->client, out, max, wake, s->connection);
}

static void end(void *user)
{
    struct stream *s = user;
    sc_hub_leave(s->client);
    free(s);
}

SC_HANDLER(sc_res_events)
{
    int64_t last = -1;
    const char *given = sc_request_header(req, "Last-Event-ID");
    if (!given)
        given = sc_request_query(req, "lastEventId");
    if (given && !sc_parse_i64(given, &last))
        return sc_fail(err, SC_ERR_INVALID, "Last-Event-ID must be a number");
    if (sc_hub_clients(req->app->hub) >= MAX_CLIENTS)
        return sc_fail(err, SC_ERR_RATE, "%d event clients are connected already",
                       MAX_CLIENTS);
    struct stream *s = calloc(1, sizeof *s);
    if (!s || !(s->client = sc_hub_join(req->app->hub, last))) {
        free(s);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    s->connection = req->connection;
    reply->type = "text/event-stream";
    reply->pull = pull;
    reply->pull_end = end;
    reply->pull_user = s;
    return true;
}
