/*
 * libmicrohttpd: the only place that knows it. Turns its callbacks into
 * requests for handlers, and replies into its responses. A thread pool of the
 * library polls; handlers run in those threads. The guard stands in front of
 * everything.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "server/app.h"
#include "server/guard.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    THREADS = 4,
    MAX_CONNECTIONS = 2048,
    IDLE_TIMEOUT_S = 60,           /* a client that sends or reads nothing */
    CONNECTION_MEMORY = 32 * 1024, /* request line and headers */
    PULL_BLOCK = 16 * 1024,
    MAX_SAME_HEADERS = 4,
    MAX_NAMES = 8,
};

struct sc_listener {
    struct sc_app *app;
    struct MHD_Daemon *daemon;
    int port;
    char hosts_text[MAX_NAMES][280];
    const char *hosts[MAX_NAMES + 1];
    char origins_text[MAX_NAMES][300];
    const char *origins[MAX_NAMES + 1];
};

/* One exchange, from the request line to the last byte of the answer. */
struct exchange {
    struct sc_listener *listener;
    struct sc_request req;
    struct sc_handles handles;
    struct sc_error err; /* found before the body was complete */
    char *origin;        /* to echo */
    double began_s;
    int status;
    bool upload_begun, upload_failed;
};

const char *sc_request_query(const struct sc_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *sc_request_header(const struct sc_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- the guard's input ---- */

struct same_headers {
    const char *name;
    const char *values[MAX_SAME_HEADERS];
    size_t n;
};

static enum MHD_Result collect(void *user, enum MHD_ValueKind kind, const char *key,
                               const char *value)
{
    struct same_headers *h = user;
    (void)kind;
    if (sc_str_ieq(key, h->name)) {
        if (h->n < MAX_SAME_HEADERS)
            h->values[h->n] = value ? value : "";
        h->n++;
    }
    return MHD_YES;
}

static struct same_headers headers_named(struct MHD_Connection *c, const char *name)
{
    struct same_headers h = {.name = name};
    MHD_get_connection_values(c, MHD_HEADER_KIND, collect, &h);
    return h;
}

static bool has_body(struct MHD_Connection *c)
{
    const char *length =
        MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
    return (length && strcmp(length, "0") != 0) ||
           MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Transfer-Encoding");
}

static struct sc_guard_verdict guard(struct exchange *x, const struct sc_route *route)
{
    struct MHD_Connection *c = x->req.connection;
    struct same_headers hosts = headers_named(c, "Host"),
                        origins = headers_named(c, "Origin");
    struct sc_guard_rules rules = {x->listener->hosts, x->listener->origins};
    struct sc_guard_input in = {
        .method = x->req.method,
        .hosts = hosts.values,
        .n_hosts = hosts.n,
        .origins = origins.values,
        .n_origins = origins.n,
        .n_content_lengths = headers_named(c, "Content-Length").n,
        .n_transfer_encodings = headers_named(c, "Transfer-Encoding").n,
        .sec_fetch_site = sc_request_header(&x->req, "Sec-Fetch-Site"),
        .content_type = sc_request_header(&x->req, "Content-Type"),
        .has_body = has_body(c),
        .wants_json = route && route->request,
    };
    return sc_guard_check(&rules, &in);
}

/* ---- replies ---- */

static void add_headers(struct MHD_Response *m, const struct exchange *x,
                        const struct sc_reply *r)
{
    MHD_add_response_header(m, "Content-Type", r->type ? r->type : "application/json");
    MHD_add_response_header(m, "X-Request-Id", x->req.request_id);
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(m, "Vary", "Origin");
    if (x->origin) {
        MHD_add_response_header(m, "Access-Control-Allow-Origin", x->origin);
        MHD_add_response_header(m, "Access-Control-Allow-Credentials", "true");
    }
    bool cached = false;
    for (size_t i = 0; i < r->n_headers; i++) {
        char *colon = strstr(r->headers[i], ": ");
        if (!colon)
            continue;
        *colon = '\0';
        cached = cached || sc_str_ieq(r->headers[i], "Cache-Control");
        MHD_add_response_header(m, r->headers[i], colon + 2);
    }
    if (!cached)
        MHD_add_response_header(m, "Cache-Control", "no-store");
}

/* An endless body and the connection it is for. */
struct pull {
    struct MHD_Connection *connection;
    sc_reply_pull_fn fn;
    void (*end)(void *user);
    void *user;
};

static ssize_t on_pull(void *user, uint64_t at, char *out, size_t max)
{
    struct pull *p = user;
    (void)at;
    long n = p->fn(p->user, out, max);
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0)
        MHD_suspend_connection(p->connection);
    return n;
}

void sc_request_wake(void *connection)
{
    MHD_resume_connection(connection);
}

static void on_pull_end(void *user)
{
    struct pull *p = user;
    if (p->end)
        p->end(p->user);
    free(p);
}

static struct MHD_Response *endless(struct exchange *x, struct sc_reply *r)
{
    struct pull *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    *p = (struct pull){x->req.connection, r->pull, r->pull_end, r->pull_user};
    struct MHD_Response *m = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, PULL_BLOCK, on_pull, p, on_pull_end);
    if (!m) {
        free(p);
        return NULL;
    }
    r->pull_end = NULL; /* handed over */
    return m;
}

static enum MHD_Result send_reply(struct exchange *x, struct sc_reply *r)
{
    struct MHD_Response *m;
    if (r->pull) {
        m = endless(x, r);
    } else if (r->fd >= 0) {
        m = MHD_create_response_from_fd_at_offset64(r->fd_length, r->fd, r->fd_offset);
        if (m)
            r->fd = -1;
    } else {
        m = MHD_create_response_from_buffer(
            r->body.len, (void *)(uintptr_t)sc_buf_str(&r->body), MHD_RESPMEM_MUST_COPY);
    }
    if (!m)
        return MHD_NO;
    x->status = r->status ? r->status : 200;
    add_headers(m, x, r);
    enum MHD_Result rc = MHD_queue_response(x->req.connection, (unsigned)x->status, m);
    MHD_destroy_response(m);
    return rc;
}

static enum MHD_Result send_error(struct exchange *x, const struct sc_error *err,
                                  int status)
{
    struct sc_reply r = {.fd = -1};
    sc_reply_error(&r, &x->req, err);
    if (status)
        r.status = status;
    enum MHD_Result rc = send_reply(x, &r);
    sc_reply_finish(&r);
    return rc;
}

static enum MHD_Result send_preflight(struct exchange *x)
{
    struct sc_reply r = {.status = 204, .fd = -1};
    if (x->origin) {
        sc_reply_header(&r,
                        "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE");
        sc_reply_header(&r, "Access-Control-Allow-Headers: Content-Type, Authorization, "
                            "Last-Event-ID");
        sc_reply_header(&r, "Access-Control-Allow-Private-Network: true");
        sc_reply_header(&r, "Access-Control-Max-Age: 600");
    }
    enum MHD_Result rc = send_reply(x, &r);
    sc_reply_finish(&r);
    return rc;
}

/* ---- requests ---- */

static void make_request_id(char out[24])
{
    unsigned char raw[8];
    RAND_bytes(raw, sizeof raw);
    snprintf(out, 24, "r_");
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(out + 2 + 2 * i, 3, "%02x", raw[i]);
}

static bool parse_body(struct exchange *x, struct sc_error *err)
{
    struct sc_request *req = &x->req;
    json_error_t at;
    if (!req->route->request || req->route->upload)
        return true;
    if (req->body.len == 0 && (req->route->flags & SC_ROUTE_OPTIONAL_BODY))
        return true;
    req->json =
        json_loadb(sc_buf_str(&req->body), req->body.len, JSON_REJECT_DUPLICATES, &at);
    if (!req->json)
        return sc_fail(err, SC_ERR_USAGE,
                       "the body is not valid JSON (line %d, column %d)", at.line,
                       at.column);
    return json_is_object(req->json) ||
           sc_fail(err, SC_ERR_USAGE, "the body must be a JSON object");
}

static enum MHD_Result handle(struct exchange *x)
{
    struct sc_request *req = &x->req;
    struct sc_app *app = x->listener->app;
    struct sc_reply reply = {.fd = -1};
    struct sc_error err = x->err;
    bool ok = err.code == SC_ERR_OK && parse_body(x, &err);
    if (ok && (req->route->flags & SC_ROUTE_LIBRARY)) {
        ok = sc_app_lease(app, &x->handles, &err);
        req->lib = x->handles.lib;
        req->queue = x->handles.queue;
    }
    ok = ok && req->route->handler(req, &reply, &err);
    sc_app_return(app, &x->handles);
    req->lib = NULL;
    req->queue = NULL;
    if (!ok) {
        if (sc_error_http_status(err.code) >= 500)
            sc_warn("%s %s: %s", req->method, req->path, err.cause);
        sc_reply_finish(&reply);
        return send_error(x, &err, 0);
    }
    enum MHD_Result rc = send_reply(x, &reply);
    sc_reply_finish(&reply);
    return rc;
}

static enum MHD_Result begin(struct exchange *x)
{
    struct sc_request *req = &x->req;
    struct sc_error err = {0};
    bool other_method = false;
    req->route = sc_route_find(req->method, req->path, req, &other_method);
    struct sc_guard_verdict v = guard(x, req->route);
    if (v.status) {
        sc_fail(&err, v.status == 403 ? SC_ERR_FORBIDDEN : SC_ERR_USAGE, "%s", v.detail);
        return send_error(x, &err, v.status);
    }
    x->origin = v.origin ? sc_strdup(v.origin) : NULL;
    if (strcmp(req->method, "OPTIONS") == 0)
        return send_preflight(x);
    if (!req->route) {
        sc_fail(&err, SC_ERR_NOT_FOUND,
                other_method ? "this address does not take %s" : "there is nothing here",
                req->method);
        return send_error(x, &err, other_method ? 405 : 404);
    }
    req->body = SC_BUF_INIT(SC_HTTP_MAX_JSON);
    return MHD_YES;
}

/* Pieces are consumed also after a failure: the answer comes when the body has ended. */
static void take_piece(struct exchange *x, const char *data, size_t n)
{
    struct sc_request *req = &x->req;
    if (x->err.code)
        return;
    if (req->route->upload) {
        x->upload_begun = true;
        x->upload_failed = !req->route->upload(req, data, n, &x->err);
        return;
    }
    sc_buf_add(&req->body, data, n);
    if (req->body.failed)
        sc_fail(&x->err, SC_ERR_LIMIT, "the body is larger than %d bytes",
                SC_HTTP_MAX_JSON);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version,
                                  const char *data, size_t *data_len, void **slot)
{
    struct exchange *x = *slot;
    (void)version;
    if (!x) {
        x = calloc(1, sizeof *x);
        if (!x)
            return MHD_NO;
        *slot = x;
        x->listener = user;
        x->began_s = sc_clock_monotonic_s();
        x->req = (struct sc_request){.app = x->listener->app, .connection = c};
        x->req.method = method;
        x->req.path = url;
        make_request_id(x->req.request_id);
        return begin(x);
    }
    if (*data_len) {
        take_piece(x, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return handle(x);
}

static void on_end(void *user, struct MHD_Connection *c, void **slot,
                   enum MHD_RequestTerminationCode how)
{
    struct exchange *x = *slot;
    (void)user;
    (void)c;
    if (!x)
        return;
    if (x->upload_begun && x->status == 0)
        x->req.route->upload(&x->req, NULL, 0, NULL);
    sc_debug("%s %s %d %.1f ms%s", x->req.request_id, x->req.method, x->status,
             (sc_clock_monotonic_s() - x->began_s) * 1000,
             how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : " (cut)");
    for (int i = 0; i < SC_HTTP_MAX_PARAMS; i++)
        free(x->req.params[i]);
    sc_buf_finish(&x->req.body);
    json_decref(x->req.json);
    free(x->origin);
    free(x);
    *slot = NULL;
}

/* ---- start and stop ---- */

static void name_ourselves(struct sc_listener *l, const char *host)
{
    const char *names[] = {"localhost", "127.0.0.1", "[::1]", host};
    size_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(l->hosts_text[n], sizeof l->hosts_text[n], "%s:%d", names[i], l->port);
        snprintf(l->origins_text[n], sizeof l->origins_text[n], "http://%s",
                 l->hosts_text[n]);
        l->hosts[n] = l->hosts_text[n];
        l->origins[n] = l->origins_text[n];
        n++;
    }
    /* The dashboard in development is served by Vite, which proxies to us. */
    for (size_t i = 0; i < 2; i++) {
        snprintf(l->origins_text[n + i], sizeof l->origins_text[0], "http://%s:5173",
                 names[i]);
        l->origins[n + i] = l->origins_text[n + i];
    }
}

static bool address_of(const char *host, int port, struct sockaddr_storage *out,
                       struct sc_error *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return true;
    }
    return sc_fail(err, SC_ERR_INVALID,
                   "SCALER_HOST is \"%.60s\", allowed is an IP address", host);
}

static void on_library_log(void *user, const char *fmt, va_list ap)
{
    char text[300];
    (void)user;
    vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = '\0';
    sc_debug("http: %s", text);
}

bool sc_listener_start(struct sc_app *app, const char *host, int port,
                       struct sc_listener **out, struct sc_error *err)
{
    struct sockaddr_storage address;
    if (!address_of(host, port, &address, err))
        return false;
    struct sc_listener *l = calloc(1, sizeof *l);
    if (!l)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    l->app = app;
    unsigned flags =
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    l->daemon = MHD_start_daemon(
        flags, (uint16_t)port, NULL, NULL, on_request, l, MHD_OPTION_EXTERNAL_LOGGER,
        on_library_log, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
        MHD_OPTION_END);
    if (!l->daemon) {
        free(l);
        sc_fail(err, SC_ERR_CONFLICT, "cannot listen on %s port %d", host, port);
        return sc_error_hint(err,
                             "Another program may use the port: choose one with --port, "
                             "or stop that program.");
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    l->port = info && info->port ? info->port : port;
    app->port = l->port;
    name_ourselves(l, host);
    *out = l;
    return true;
}

int sc_listener_port(const struct sc_listener *l)
{
    return l->port;
}

void sc_listener_stop(struct sc_listener *l)
{
    if (!l)
        return;
    sc_hub_close(l->app->hub);
    MHD_stop_daemon(l->daemon);
    free(l);
}
