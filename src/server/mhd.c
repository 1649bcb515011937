/*
 * libmicrohttpd: only this file, listen.c and mhd_stream.c know it. Turns its callbacks
 * into requests for handlers, and replies into its responses. A thread pool of the
 * library polls; handlers run in those threads, slow ones in their own. The
 * guard and the limits stand in front of everything.
 */
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "server/guard.h"
#include "server/keys.h"
#include "server/listener.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    PULL_BLOCK = 16 * 1024,
    MAX_SAME_HEADERS = 4,
    MAX_WASTED = 64 << 20,
    MAX_BUFFERED = 64 << 20, /* bodies of all requests together */
    MAX_SLOW = 16,           /* handlers in threads of their own */
    BUSY_RETRY_S = 2,
    MIN_STREAM = 4 << 20, /* file ranges from here on get a thread of their own */
};

/* One exchange, from the request line to the last byte of the answer. */
struct exchange {
    struct sc_listener *listener;
    struct sc_request req;
    struct sc_handles handles;
    struct sc_error err; /* found before the body was complete */
    char *origin;        /* to echo */
    char *stranger;      /* an extension that is not paired */
    char allow[64];      /* methods of the path, for 405 */
    double began_s;
    int status;
    bool upload_begun;
    size_t wasted;   /* bytes of the body that came after a failure */
    size_t buffered; /* bytes of the body in memory, as counted in the listener */
    int retry_s;     /* for a 429 that a piece of the body led to */
    /* A slow handler's: written by its thread before the connection goes on. */
    bool handed_over, ok;
    struct sc_reply reply;
    /* A large file went to the socket past the library. */
    bool streamed, sent;
};

const char *sc_request_query(const struct sc_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *sc_request_header(const struct sc_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static struct sc_conn *conn_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

static const struct sockaddr *address_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return i ? i->client_addr : NULL;
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
    struct sc_app *app = x->listener->app;
    char *extensions = sc_app_setting(app, SC_SET_EXTENSIONS);
    struct sc_guard_rules rules = {
        /* Who holds a key may use any of the machine's names. */
        .hosts = app->needs_key ? NULL : x->listener->hosts,
        .origins = x->listener->origins,
        .extensions = extensions,
        .any_name = app->needs_key,
        .open = sc_str_eq(extensions, "first") || sc_str_ends(x->req.path, "/pair"),
    };
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
        .wants_json = route && route->request && !x->req.streamed,
    };
    struct sc_guard_verdict v = sc_guard_check(&rules, &in);
    free(extensions);
    return v;
}

/* ---- keys ---- */

/* Media elements and EventSource cannot set headers: a cookie does as well. */
static const char *bearer(struct sc_request *req)
{
    const char *auth = sc_request_header(req, "Authorization");
    if (auth && strncasecmp(auth, "Bearer ", 7) == 0)
        return auth + 7;
    return MHD_lookup_connection_value(req->connection, MHD_COOKIE_KIND, "scaler_key");
}

/* On this machine alone no key is needed; one that is sent limits what it may do. */
static unsigned scopes_of(struct exchange *x, bool *bad)
{
    struct sc_app *app = x->listener->app;
    const char *secret = bearer(&x->req);
    unsigned scopes = 0;
    *bad = false;
    if (secret) {
        pthread_rwlock_rdlock(&app->config_lock);
        scopes = sc_keys_scopes(app->keys, secret);
        pthread_rwlock_unlock(&app->config_lock);
        *bad = scopes == 0;
        return scopes;
    }
    return app->needs_key
               ? 0
               : SC_SCOPE_READ | SC_SCOPE_SUBMIT | SC_SCOPE_ADMIN | SC_SCOPE_WORKER;
}

/* ---- replies ---- */

static void add_headers(struct MHD_Response *m, const struct exchange *x,
                        const struct sc_reply *r)
{
    MHD_add_response_header(m, "Content-Type", r->type ? r->type : "application/json");
    MHD_add_response_header(m, "X-Request-Id", x->req.request_id);
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(m, "Vary", "Origin");
    if (x->allow[0])
        MHD_add_response_header(m, "Allow", x->allow);
    if (x->origin) {
        MHD_add_response_header(m, "Access-Control-Allow-Origin", x->origin);
        MHD_add_response_header(m, "Access-Control-Expose-Headers",
                                "X-Request-Id, Content-Range, ETag, Content-Disposition");
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
        *colon = ':';
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
    } else if (r->shared) {
        m = MHD_create_response_from_buffer_with_free_callback(
            sc_shared_len(r->shared), (void *)(uintptr_t)sc_shared_data(r->shared),
            sc_shared_drop_data);
        if (m)
            r->shared = NULL;
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

static enum MHD_Result send_error(struct exchange *x, const struct sc_error *err)
{
    struct sc_reply r = {.fd = -1};
    sc_reply_error(&r, &x->req, err);
    if (err->code == SC_ERR_RATE)
        sc_reply_header(&r, "Retry-After: %d", BUSY_RETRY_S);
    enum MHD_Result rc = send_reply(x, &r);
    sc_reply_finish(&r);
    return rc;
}

static enum MHD_Result send_refusal(struct exchange *x, int status, const char *code,
                                    const char *detail, const char *hint)
{
    struct sc_reply r = {.fd = -1};
    sc_reply_refuse(&r, &x->req, status, code, detail, hint);
    if (status == 401)
        sc_reply_header(&r, "WWW-Authenticate: Bearer");
    enum MHD_Result rc = send_reply(x, &r);
    sc_reply_finish(&r);
    return rc;
}

static enum MHD_Result send_too_many(struct exchange *x, int retry_s)
{
    struct sc_reply r = {.fd = -1};
    sc_reply_refuse(&r, &x->req, 429, "rate_limited",
                    "There were too many requests in a short time.",
                    "Wait a little, then try again.");
    sc_reply_header(&r, "Retry-After: %d", retry_s);
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
    if (!req->route->request || req->streamed)
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

/* Makes x->reply, or x->err says why not. In any thread. */
static void run_handler(struct exchange *x)
{
    struct sc_request *req = &x->req;
    struct sc_app *app = x->listener->app;
    struct sc_error *err = &x->err;
    x->reply = (struct sc_reply){.fd = -1};
    bool ok = err->code == SC_ERR_OK && parse_body(x, err);
    if (ok && (req->route->flags & SC_ROUTE_LIBRARY)) {
        ok = sc_app_lease(app, &x->handles, err);
        req->lib = x->handles.lib;
        req->queue = x->handles.queue;
    }
    ok = ok && req->route->handler(req, &x->reply, err);
    /* Trust on first use: the extension that starts the first download is the one. */
    if (ok && x->stranger && (req->route->flags & SC_ROUTE_PAIRS))
        sc_app_pair_extension(app, x->stranger, NULL);
    sc_app_return(app, &x->handles);
    req->lib = NULL;
    req->queue = NULL;
    x->ok = ok;
}

static bool is_large(const struct exchange *x)
{
    const struct sc_reply *r = &x->reply;
    return r->fd >= 0 && !r->pull && r->fd_length >= MIN_STREAM &&
           (r->status == 0 || r->status == 200 || r->status == 206) &&
           strcmp(x->req.method, "GET") == 0;
}

/* A large file goes to the socket past the library; false: it is sent as all else is. */
static bool stream(struct exchange *x)
{
    struct MHD_Response *m =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (!m)
        return false;
    x->status = x->reply.status ? x->reply.status : 200;
    add_headers(m, x, &x->reply);
    x->streamed = true;
    if (!sc_stream_begin(x->listener, x->req.connection, m, x->status, &x->reply,
                         &x->sent))
        x->streamed = false;
    MHD_destroy_response(m);
    return x->streamed;
}

static enum MHD_Result answer(struct exchange *x)
{
    struct sc_request *req = &x->req;
    if (x->ok && is_large(x) && stream(x))
        return MHD_YES;
    if (x->ok) {
        enum MHD_Result rc = send_reply(x, &x->reply);
        sc_reply_finish(&x->reply);
        return rc;
    }
    sc_reply_finish(&x->reply);
    if (x->retry_s)
        return send_too_many(x, x->retry_s);
    if (x->err.code == SC_ERR_FORBIDDEN && (req->route->flags & SC_ROUTE_PUBLIC))
        sc_limiter_take(x->listener->limiter, SC_LIMIT_BAD_KEY,
                        address_of(req->connection), x->began_s);
    if (sc_error_http_status(x->err.code) >= 500)
        sc_warn("%s %s %s: %s", req->request_id, req->method, req->path, x->err.cause);
    return send_error(x, &x->err);
}

static void *slow_thread(void *user)
{
    struct exchange *x = user;
    struct sc_listener *l = x->listener;
    void *connection = x->req.connection;
    run_handler(x);
    MHD_resume_connection(connection);
    atomic_fetch_sub(&l->n_slow, 1);
    return NULL;
}

/* A handler that may wait for a disk or a server does not keep others waiting. */
static bool hand_over(struct exchange *x)
{
    pthread_t thread;
    pthread_attr_t attr;
    if (atomic_fetch_add(&x->listener->n_slow, 1) >= MAX_SLOW ||
        atomic_load(&x->listener->stopping)) {
        atomic_fetch_sub(&x->listener->n_slow, 1);
        return false;
    }
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    x->handed_over = true;
    MHD_suspend_connection(x->req.connection);
    bool ok = pthread_create(&thread, &attr, slow_thread, x) == 0;
    pthread_attr_destroy(&attr);
    if (!ok) {
        run_handler(x);
        MHD_resume_connection(x->req.connection);
        atomic_fetch_sub(&x->listener->n_slow, 1);
    }
    return true;
}

static enum MHD_Result handle(struct exchange *x)
{
    if (x->streamed)
        return MHD_NO; /* the answer is sent: closes the connection */
    if (x->handed_over)
        return answer(x);
    sc_conn_answers(conn_of(x->req.connection));
    if ((x->req.route->flags & SC_ROUTE_SLOW) && !x->err.code) {
        if (hand_over(x))
            return MHD_YES;
        return send_too_many(x, BUSY_RETRY_S);
    }
    run_handler(x);
    return answer(x);
}

/* A body that is no JSON goes to the route piece by piece. */
static bool is_streamed(const struct sc_request *req)
{
    static const char *const types[] = {"application/octet-stream", "video/", "audio/"};
    const char *type = sc_request_header(req, "Content-Type");
    for (size_t i = 0; i < 3; i++)
        if (type && req->route && req->route->upload &&
            strncasecmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

/* What is a little too long is read to its end: a client that still sends would not see
 * the answer. */
static bool is_too_long(const struct sc_request *req)
{
    const char *text = sc_request_header(req, "Content-Length");
    uint64_t n;
    return text && !req->streamed && (!sc_parse_u64(text, &n) || n > MAX_WASTED);
}

static enum MHD_Result no_route(struct exchange *x, bool other_method)
{
    char text[120];
    if (!other_method)
        return send_refusal(x, 404, "not_found", "There is nothing at this address.",
                            "GET /openapi.json lists every address.");
    sc_route_methods(x->req.path, x->allow, sizeof x->allow);
    snprintf(text, sizeof text, "This address does not take %.20s.", x->req.method);
    return send_refusal(x, 405, "method_not_allowed", text, "See the Allow header.");
}

/* Pairing and signing in: a code or key is in the body. */
static bool takes_secret(const struct sc_request *req)
{
    return (req->route->flags & SC_ROUTE_PUBLIC) && req->route->request;
}

/* The seconds that who asks has to wait; 0 = none. */
static int must_wait(struct exchange *x)
{
    struct sc_limiter *l = x->listener->limiter;
    const struct sockaddr *from = address_of(x->req.connection);
    const char *method = x->req.method;
    int wait = 0;
    if (bearer(&x->req) || takes_secret(&x->req))
        wait = sc_limiter_look(l, SC_LIMIT_BAD_KEY, from, x->began_s);
    if (wait)
        return wait;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return sc_limiter_take(l, SC_LIMIT_WRITE, from, x->began_s);
    return sc_address_is_near(from)
               ? 0
               : sc_limiter_take(l, SC_LIMIT_FAR_READ, from, x->began_s);
}

/* Whether who asks may use the route; otherwise *answer is what begin() returns. */
static bool may_use(struct exchange *x, enum MHD_Result *answer)
{
    struct sc_request *req = &x->req;
    bool bad;
    req->scopes = scopes_of(x, &bad);
    if (bad)
        sc_limiter_take(x->listener->limiter, SC_LIMIT_BAD_KEY,
                        address_of(req->connection), x->began_s);
    /* A key that is not known any more, in a cookie, must not bar the way to sign in. */
    if (!(req->route->flags & SC_ROUTE_PUBLIC) && (bad || !req->scopes)) {
        *answer =
            send_refusal(x, 401, "unauthorized",
                         bad ? "This key is not known here." : "This server wants a key.",
                         "Make one with scaler keys add NAME and send it as "
                         "Authorization: Bearer KEY.");
        return false;
    }
    if (!(req->route->flags & SC_ROUTE_PUBLIC) && !(req->scopes & req->route->scope)) {
        *answer = send_refusal(x, 403, "forbidden", "This key does not allow that.",
                               "Use a key with the scope that is needed.");
        return false;
    }
    if (x->stranger && req->route->scope == SC_SCOPE_ADMIN) {
        *answer = send_refusal(x, 403, "not_paired", "This extension is not paired yet.",
                               "Pair it in the dashboard's settings.");
        return false;
    }
    return true;
}

static enum MHD_Result begin(struct exchange *x)
{
    struct sc_request *req = &x->req;
    bool other_method = false;
    enum MHD_Result answer;
    /* The port, and with it our names, is known a moment after it is open. */
    while (!atomic_load(&x->listener->ready))
        sc_cancel_sleep(NULL, 1);
    req->route = sc_route_find(req->method, req->path, req, &other_method);
    req->streamed = is_streamed(req);
    struct sc_guard_verdict v = guard(x, req->route);
    if (v.status)
        return send_refusal(x, v.status, v.code, v.detail, "");
    x->origin = v.origin ? sc_strdup(v.origin) : NULL;
    x->stranger = v.stranger ? sc_strdup(v.stranger) : NULL;
    req->extension = x->origin ? sc_guard_extension_id(x->origin) : NULL;
    if (strcmp(req->method, "OPTIONS") == 0)
        return send_preflight(x);
    if (!req->route)
        return no_route(x, other_method);
    int wait = must_wait(x);
    if (wait)
        return send_too_many(x, wait);
    if (!may_use(x, &answer))
        return answer;
    if (is_too_long(req))
        return send_refusal(x, 413, "limit", "The body is larger than 1 MB.", "");
    req->body = SC_BUF_INIT(SC_HTTP_MAX_JSON);
    return MHD_YES;
}

/* Pieces are consumed also after a failure: the answer comes when the body has ended. */
static enum MHD_Result take_piece(struct exchange *x, const char *data, size_t n)
{
    struct sc_request *req = &x->req;
    sc_conn_got(conn_of(req->connection), n);
    if (x->err.code) {
        x->wasted += n;
        return x->wasted < MAX_WASTED ? MHD_YES : MHD_NO;
    }
    if (req->streamed) {
        x->upload_begun = true;
        req->route->upload(req, data, n, &x->err);
        return MHD_YES;
    }
    x->buffered += n;
    if (atomic_fetch_add(&x->listener->buffered, n) + n > MAX_BUFFERED) {
        x->retry_s = BUSY_RETRY_S;
        sc_fail(&x->err, SC_ERR_RATE, "too many large requests at once");
        return MHD_YES;
    }
    sc_buf_add(&req->body, data, n);
    if (req->body.failed)
        sc_fail(&x->err, SC_ERR_LIMIT, "the body is larger than %d bytes",
                SC_HTTP_MAX_JSON);
    return MHD_YES;
}

enum MHD_Result sc_on_request(void *user, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **slot)
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
        x->reply.fd = -1;
        make_request_id(x->req.request_id);
        sc_conn_reads(conn_of(c), x->began_s);
        return begin(x);
    }
    if (*data_len) {
        enum MHD_Result rc = take_piece(x, data, *data_len);
        *data_len = 0;
        return rc;
    }
    return handle(x);
}

void sc_on_end(void *user, struct MHD_Connection *c, void **slot,
               enum MHD_RequestTerminationCode how)
{
    struct exchange *x = *slot;
    (void)user;
    if (!x)
        return;
    double now = sc_clock_monotonic_s();
    sc_conn_waits(conn_of(c), now);
    atomic_fetch_sub(&x->listener->buffered, x->buffered);
    sc_reply_finish(&x->reply); /* of a slow handler whose client has gone */
    if (x->upload_begun)
        x->req.route->upload(&x->req, NULL, 0, NULL);
    /* Never the query: it may hold what is searched for, or more. */
    bool reads = strcmp(x->req.method, "GET") == 0 || strcmp(x->req.method, "HEAD") == 0;
    sc_log(reads ? SC_LOG_DEBUG : SC_LOG_INFO, "%s %s %s %d %.1f ms%s", x->req.request_id,
           x->req.method, x->req.path, x->status, (now - x->began_s) * 1000,
           x->sent || how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : " (cut)");
    for (int i = 0; i < SC_HTTP_MAX_PARAMS; i++)
        free(x->req.params[i]);
    sc_buf_finish(&x->req.body);
    json_decref(x->req.json);
    free(x->origin);
    free(x->stranger);
    free(x);
    *slot = NULL;
}
