#include "server/server.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "server/app.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MS = 250 };

static bool is_loopback(const char *host)
{
    return sc_str_starts(host, "127.") || strcmp(host, "::1") == 0 ||
           strcmp(host, "localhost") == 0;
}

static bool check_host(const char *host, struct sc_error *err)
{
    if (is_loopback(host))
        return true;
    sc_fail(err, SC_ERR_FORBIDDEN,
            "the server does not listen on %.60s: other machines could reach it", host);
    return sc_error_hint(err, "Only loopback addresses such as 127.0.0.1 are served.");
}

static bool tell_port(const char *path, int port, struct sc_error *err)
{
    char text[16];
    snprintf(text, sizeof text, "%d\n", port);
    return !path || sc_file_write(path, text, strlen(text), false, err);
}

bool sc_server_run(const struct sc_server_options *opts, const struct sc_cancel *cancel,
                   struct sc_error *err)
{
    struct sc_app *app = NULL;
    struct sc_listener *listener = NULL;
    const char *host = sc_config_str(opts->config, SC_SET_HOST);
    int port = opts->any_port ? 0 : (int)sc_config_int(opts->config, SC_SET_PORT);
    bool ok = check_host(host, err) && sc_app_create(opts->config, &app, err) &&
              sc_listener_start(app, host, port, &listener, err) &&
              tell_port(opts->port_file, sc_listener_port(listener), err);
    if (ok)
        sc_info("listening on http://%s:%d", host, sc_listener_port(listener));
    while (ok && !sc_cancel_sleep(cancel, POLL_MS))
        ;
    if (ok)
        sc_info("stopping: running jobs reach a checkpoint first");
    sc_listener_stop(listener);
    sc_app_destroy(app);
    return ok;
}
