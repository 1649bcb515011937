/* Starting and stopping the listener: threads, limits, the names that it answers to. */
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "server/listener.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
    THREADS = 4,
    MAX_CONNECTIONS = 2048,
    CROWDED = 1536, /* from here on who waits longest makes room */
    STOP_POLL_MS = 5,
    SPARE_FILES = 512,             /* descriptors beside the connections' */
    IDLE_TIMEOUT_S = 60,           /* a client that sends or reads nothing */
    CONNECTION_MEMORY = 32 * 1024, /* request line and headers */
};

static void on_connection(void *user, struct MHD_Connection *c, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    struct sc_listener *l = user;
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *slot =
            fd ? sc_conn_open(l->conns, fd->connect_fd, sc_clock_monotonic_s()) : NULL;
    else
        sc_conn_close(l->conns, *slot);
}

static size_t unescape(void *user, struct MHD_Connection *c, char *text)
{
    (void)user;
    (void)c;
    return sc_http_unescape(text);
}

void sc_listener_tick(struct sc_listener *l)
{
    size_t n = sc_conns_tick(l->conns, sc_clock_monotonic_s());
    if (n)
        sc_debug("http: %zu connections were too slow", n);
}

/* Every event client is an open file, and shells allow 1,024 of them. */
static void allow_files(void)
{
    struct rlimit r;
    rlim_t want = MAX_CONNECTIONS + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < want) {
        r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

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
    /* The dashboard in development is served by Vite, which proxies to us, with its own
     * name in Host or ours. A page of another site can have neither name. */
    for (size_t i = 0; i < 2; i++, n++) {
        snprintf(l->hosts_text[n], sizeof l->hosts_text[0], "%s:5173", names[i]);
        snprintf(l->origins_text[n], sizeof l->origins_text[0], "http://%s:5173",
                 names[i]);
        l->hosts[n] = l->hosts_text[n];
        l->origins[n] = l->origins_text[n];
    }
}

static bool parse_address(const char *host, int port, struct sockaddr_storage *out,
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

static void destroy(struct sc_listener *l)
{
    sc_conns_destroy(l->conns);
    sc_limiter_destroy(l->limiter);
    free(l);
}

bool sc_listener_start(struct sc_app *app, const char *host, int port,
                       struct sc_listener **out, struct sc_error *err)
{
    struct sockaddr_storage address;
    if (!parse_address(host, port, &address, err))
        return false;
    struct sc_listener *l = calloc(1, sizeof *l);
    if (!l)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    l->app = app;
    l->conns = sc_conns_create(CROWDED);
    l->limiter = sc_limiter_create();
    if (!l->conns || !l->limiter) {
        destroy(l);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    allow_files();
    unsigned flags =
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    l->daemon = MHD_start_daemon(
        flags, (uint16_t)port, NULL, NULL, sc_on_request, l, MHD_OPTION_EXTERNAL_LOGGER,
        on_library_log, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, sc_on_end, NULL,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, l, MHD_OPTION_END);
    if (!l->daemon) {
        destroy(l);
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
    atomic_store(&l->ready, true);
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
    /* The library must not end while connections wait for a thread of ours. */
    atomic_store(&l->stopping, true);
    while (atomic_load(&l->n_slow) > 0 || atomic_load(&l->n_streams) > 0)
        sc_cancel_sleep(NULL, STOP_POLL_MS);
    MHD_stop_daemon(l->daemon);
    destroy(l);
}
