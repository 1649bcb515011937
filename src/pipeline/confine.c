#include "pipeline/confine.h"

#include "base/log.h"
#include "base/sandbox.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_PATHS = 8 };

bool sc_endpoint_of(const char *url, struct sc_endpoint *out)
{
    bool tls = strncasecmp(url, "https://", 8) == 0;
    int64_t port = tls ? 443 : 80;
    if (!tls && strncasecmp(url, "http://", 7) != 0)
        return false;
    const char *host = url + (tls ? 8 : 7), *end = host + strcspn(host, "/?#");
    const char *at = memchr(host, '@', (size_t)(end - host));
    if (at)
        host = at + 1;
    bool v6 = *host == '[';
    const char *bracket = v6 ? memchr(host, ']', (size_t)(end - host)) : NULL;
    const char *from = bracket ? bracket : host;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    size_t n = (size_t)((colon ? colon : end) - host);
    if (n == 0 || (v6 && !bracket))
        return false;
    if (colon && colon + 1 < end) {
        char *text = sc_strndup(colon + 1, (size_t)(end - colon - 1));
        bool ok = text && sc_parse_i64(text, &port) && port > 0 && port < 65536;
        free(text);
        if (!ok)
            return false;
    }
    out->port = (uint16_t)port;
    out->named = !v6 && strspn(host, "0123456789.") < n &&
                 !(n == 9 && strncasecmp(host, "localhost", 9) == 0);
    return true;
}

static void add_endpoint(struct sc_sandbox *s, const char *url, bool proxied)
{
    struct sc_endpoint e;
    if (!*url || !sc_endpoint_of(url, &e))
        return;
    s->names = s->names || e.named;
    if (s->net == SC_SANDBOX_NET_NONE)
        s->net = SC_SANDBOX_NET_PORTS;
    if (s->n_ports < SC_SANDBOX_MAX_PORTS)
        s->ports[s->n_ports++] = e.port;
    if (e.named && proxied) /* where the proxy listens is not known here */
        s->net = SC_SANDBOX_NET_OPEN;
}

static void choose_network(struct sc_sandbox *s, const struct sc_config *c,
                           enum sc_job_kind kind)
{
    const char *provider = sc_config_str(c, SC_SET_LLM_PROVIDER);
    bool automatic = strcmp(provider, "auto") == 0, proxied = sc_config_has_proxy();
    if (kind == SC_JOB_DOWNLOAD)
        s->net = SC_SANDBOX_NET_OPEN;
    if (kind != SC_JOB_PROCESS)
        return;
    if (automatic || strcmp(provider, "ollama") == 0 ||
        strcmp(sc_config_str(c, SC_SET_VISION), "off") != 0)
        add_endpoint(s, sc_config_str(c, SC_SET_OLLAMA_URL), proxied);
    if (strcmp(provider, "openai") == 0 ||
        (automatic && *sc_config_str(c, SC_SET_OPENAI_API_KEY)))
        add_endpoint(s, sc_config_str(c, SC_SET_OPENAI_BASE_URL), proxied);
}

void sc_confine(const struct sc_config *config, const char *root, enum sc_job_kind kind,
                const struct sc_place *place)
{
    static const char *const catalog[] = {"catalog.db", "catalog.db-wal",
                                          "catalog.db-shm"};
    const char *trees[] = {place->folder, place->video_dir, NULL};
    const char *sources[] = {place->source, NULL};
    const char *files[MAX_PATHS] = {NULL};
    struct sc_sandbox s = {
        .trees = trees, .files = files, .link_from = sources, .net = SC_SANDBOX_NET_NONE};
    if (!sc_config_bool(config, SC_SET_SANDBOX))
        return;
    /* Open already: their side files stay until the last process closes the catalog. */
    for (size_t i = 0; i < 3; i++)
        files[i] = sc_strf("%s/.scaler/%s", root, catalog[i]);
    choose_network(&s, config, kind);
    setenv("TMPDIR", place->folder, 1); /* SQLite's and the engines' */
    unsigned walls = sc_sandbox_enter(&s);
    sc_debug("sandbox: %s job, walls %u, network %d", sc_job_kind_name(kind), walls,
             (int)s.net);
    for (size_t i = 0; i < 3; i++)
        free((char *)(uintptr_t)files[i]);
}
