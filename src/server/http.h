/*
 * HTTP as handlers see it: a request, a reply, a table of routes. The library
 * below (libmicrohttpd) is known to mhd.c alone. Handlers run in several
 * threads at once; everything in a request belongs to its handler.
 */
#ifndef SC_SERVER_HTTP_H
#define SC_SERVER_HTTP_H

#include "base/buf.h"
#include "base/error.h"
#include "library/library.h"
#include "pipeline/queue.h"
#include "server/shared.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SC_HTTP_MAX_PARAMS = 4,
    SC_HTTP_MAX_HEADERS = 12,
    SC_HTTP_MAX_JSON = 1 << 20, /* bytes of a JSON body */
};

struct sc_app;
struct sc_route;

struct sc_request {
    struct sc_app *app;
    const char *method;
    const char *path; /* decoded, without query */
    char request_id[24];
    int generation; /* 1 = /api, 2 = /api/v1, 0 = neither */
    const struct sc_route *route;
    char *params[SC_HTTP_MAX_PARAMS]; /* in the order of the pattern's {names} */
    struct sc_buf body;
    json_t *json; /* the parsed body, or NULL */
    /* Handles leased to this request; NULL for routes that need none. */
    struct sc_library *lib;
    struct sc_queue *queue;
    void *connection;      /* mhd.c's */
    unsigned scopes;       /* enum sc_scope bits that the caller holds */
    bool streamed;         /* the body went to the route's upload function */
    void *upload;          /* state of a streamed body; the route's own */
    const char *extension; /* id of the browser extension that asks, or NULL */
};

/* The value of a query field or header, or NULL; valid while the request is. */
const char *sc_request_query(const struct sc_request *r, const char *name);
const char *sc_request_header(const struct sc_request *r, const char *name);
/* A whole number in min..max; `fallback` when absent. SC_ERR_INVALID names the field. */
bool sc_request_query_int(const struct sc_request *r, const char *name, int64_t min,
                          int64_t max, int64_t fallback, int64_t *out,
                          struct sc_error *err);

/*
 * A body made piece by piece: returns bytes written, -1 = end, 0 = nothing now:
 * the connection sleeps until sc_request_wake(connection), from any thread.
 */
typedef long (*sc_reply_pull_fn)(void *user, char *out, size_t max);

struct sc_reply {
    int status;       /* 200 when 0 */
    const char *type; /* static text; "application/json" when NULL */
    struct sc_buf body;
    struct sc_shared *shared; /* sent instead of body when set; taken over */
    int fd; /* a file range is sent instead when >= 0; taken over */
    uint64_t fd_offset, fd_length;
    char *headers[SC_HTTP_MAX_HEADERS]; /* "Name: value", heap */
    size_t n_headers;
    /* an endless body (events) instead, when pull is set */
    sc_reply_pull_fn pull;
    void (*pull_end)(void *user);
    void *pull_user;
};

void sc_request_wake(void *connection);

void sc_reply_header(struct sc_reply *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Serialises and releases j; false when memory is out. */
bool sc_reply_json_take(struct sc_reply *r, json_t *j, struct sc_error *err);
/* The contract's form of a failure: {"detail","code","hint","request_id"}. */
void sc_reply_error(struct sc_reply *r, const struct sc_request *req,
                    const struct sc_error *err);
/* The same form for what the front refuses, with a status and slug of its own. */
void sc_reply_refuse(struct sc_reply *r, const struct sc_request *req, int status,
                     const char *code, const char *detail, const char *hint);
void sc_reply_finish(struct sc_reply *r);

typedef bool (*sc_handler_fn)(struct sc_request *req, struct sc_reply *reply,
                              struct sc_error *err);
/*
 * Called for each piece of a body that is not JSON, then the handler. data
 * NULL: the exchange is over, however it ended; release what `upload` holds.
 */
typedef bool (*sc_upload_fn)(struct sc_request *req, const void *data, size_t len,
                             struct sc_error *err);

enum sc_scope {
    SC_SCOPE_READ = 1,
    SC_SCOPE_SUBMIT = 2,
    SC_SCOPE_ADMIN = 4,
    SC_SCOPE_WORKER = 8,
};

enum sc_route_flags {
    SC_ROUTE_API = 1,     /* answered under /api and /api/v1 */
    SC_ROUTE_LIBRARY = 2, /* needs lib and queue handles */
    SC_ROUTE_PUBLIC = 4,  /* no key needed (health) */
    SC_ROUTE_TAIL = 8,    /* the last {name} takes the rest of the path */
    SC_ROUTE_OPTIONAL_BODY = 16,
    SC_ROUTE_PAIRS = 32, /* pairs the first extension that uses it */
    SC_ROUTE_HTML = 64,  /* the dashboard: not in the list of addresses */
    SC_ROUTE_SLOW = 128, /* may wait for a disk or another server: gets a thread of its own */
};

struct sc_route {
    const char *method;
    const char *pattern; /* "/recordings/{id}" */
    sc_handler_fn handler;
    unsigned flags;
    unsigned scope;            /* which enum sc_scope is needed */
    const char *summary;       /* one line for OpenAPI and the docs page */
    const char *query;         /* "q:string!,limit:integer" (! = required), or NULL */
    const char *request;       /* JSON Schema of the body, or NULL */
    const char *response;      /* JSON Schema of the answer, or NULL: not JSON */
    const char *response_type; /* media type when not JSON */
    sc_upload_fn upload;       /* streamed body, or NULL */
};

/* All routes; ends with method NULL. routes.c */
extern const struct sc_route sc_routes[];

/*
 * Finds the route and fills params (heap). SC_ERR_NOT_FOUND, or with
 * *other_method set when the path exists for other methods. HEAD matches GET.
 */
const struct sc_route *sc_route_find(const char *method, const char *path,
                                     struct sc_request *req, bool *other_method);
/* Decodes %xx in place; gives the length. %00 stays as it is: a NUL would hide what
 * follows it from every check. */
size_t sc_http_unescape(char *text);
/* The methods of a path, for the Allow header: "GET, POST". */
void sc_route_methods(const char *path, char *out, size_t size);

#endif
