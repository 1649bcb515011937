/*
 * A request as text: "METHOD PATH", header lines, an empty line, a body. What stands in
 * front of every handler (router, guard, limits of fields, ranges, keys) and what turns a
 * body into a job must stay within what it promises.
 */
#include "base/str.h"
#include "pipeline/job_payload.h"
#include "server/fields.h"
#include "server/guard.h"
#include "server/http.h"
#include "server/keys.h"
#include "server/range.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_SAME = 3 };

static const char *const hosts[] = {"localhost:8000", "127.0.0.1:8000", NULL};
static const char *const origins[] = {"http://localhost:8000", NULL};

/* mhd.c's, which this program does not link with a connection behind it. */
struct headers {
    const char *host[MAX_SAME], *origin[MAX_SAME];
    struct sc_guard_input in;
    const char *range, *content_range, *key;
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static char *next_line(char **at)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;
    if (end)
        *end++ = '\0';
    *at = end;
    return line;
}

static void take_header(struct headers *h, char *line)
{
    char *value = strchr(line, ':');
    if (!value)
        return;
    *value++ = '\0';
    value += *value == ' ';
    if (sc_str_ieq(line, "Host") && h->in.n_hosts < MAX_SAME)
        h->host[h->in.n_hosts++] = value;
    else if (sc_str_ieq(line, "Origin") && h->in.n_origins < MAX_SAME)
        h->origin[h->in.n_origins++] = value;
    else if (sc_str_ieq(line, "Content-Length"))
        h->in.n_content_lengths++;
    else if (sc_str_ieq(line, "Transfer-Encoding"))
        h->in.n_transfer_encodings++;
    else if (sc_str_ieq(line, "Sec-Fetch-Site"))
        h->in.sec_fetch_site = value;
    else if (sc_str_ieq(line, "Content-Type"))
        h->in.content_type = value;
    else if (sc_str_ieq(line, "Range"))
        h->range = value;
    else if (sc_str_ieq(line, "Content-Range"))
        h->content_range = value;
    else if (sc_str_ieq(line, "Authorization"))
        h->key = value;
}

static void route(const char *method, const char *path)
{
    struct sc_request req = {0};
    char allow[64];
    bool other;
    const struct sc_route *r = sc_route_find(method, path, &req, &other);
    for (int i = 0; i < SC_HTTP_MAX_PARAMS; i++) {
        bool tail = r && (r->flags & SC_ROUTE_TAIL);
        must(!req.params[i] ||
             (r && *req.params[i] && (tail || !strchr(req.params[i], '/'))));
        free(req.params[i]);
    }
    sc_route_methods(path, allow, sizeof allow);
    must(strlen(allow) < sizeof allow && (!other || *allow));
}

static void guard(struct headers *h, const char *method, bool body)
{
    struct sc_guard_rules rules = {.hosts = hosts,
                                   .origins = origins,
                                   .extensions = "abcdefghijklmnopabcdefghijklmnop"};
    h->in.method = method;
    h->in.hosts = h->host;
    h->in.origins = h->origin;
    h->in.has_body = h->in.wants_json = body;
    struct sc_guard_verdict v = sc_guard_check(&rules, &h->in);
    must(v.status == 0 || (v.status >= 400 && v.code && v.detail));
    if (v.status == 0) {
        must(h->in.n_hosts == 1 &&
             (sc_str_ieq(h->host[0], hosts[0]) || sc_str_ieq(h->host[0], hosts[1])));
        must(h->in.n_origins == 0 || sc_str_ieq(h->origin[0], origins[0]) ||
             strcmp(h->origin[0],
                    "chrome-extension://abcdefghijklmnopabcdefghijklmnop") == 0);
    }
}

static void ranges(const struct headers *h)
{
    static const uint64_t sizes[] = {0, 1, 1000, UINT64_MAX};
    int64_t a, b, n;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t offset = 0, length = 0;
        if (sc_range_parse(h->range, sizes[i], &offset, &length) == SC_RANGE_OK)
            must(length > 0 && offset < sizes[i] && length <= sizes[i] - offset);
    }
    if (h->content_range && sc_content_range_parse(h->content_range, &a, &b, &n))
        must(a >= 0 && a <= b && b < n);
}

static void body(const char *text, size_t size)
{
    struct sc_error err = {0};
    const char *title;
    double at;
    bool flag;
    unsigned scopes;
    struct sc_stream s = SC_STREAM_INIT;
    json_t *o = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(o)) {
        if (sc_field_text(o, "title", SC_MAX_TITLE, true, &title, &err))
            must(title && *title && strlen(title) <= SC_MAX_TITLE);
        if (sc_field_seconds(o, "startTime", &at, NULL))
            must(at == -1 || (at >= 0 && at <= 1e6));
        sc_field_flag(o, "process", &flag, NULL);
        const char *list = json_string_value(json_object_get(o, "scopes"));
        if (list && sc_scopes_parse(list, &scopes, NULL))
            must(scopes && scopes < 16);
        if (sc_payload_to_stream(json_object_get(o, "streamInfo"), &s, NULL)) {
            json_t *back = sc_payload_of_stream(&s);
            must(json_is_object(back));
            json_decref(back);
        }
        sc_stream_finish(&s);
    }
    json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct headers h = {.in = {0}};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    char *at = text, *method = next_line(&at), *path = strchr(method, ' '), *line;
    if (path)
        *path++ = '\0';
    route(method, path ? path : "");
    while ((line = next_line(&at)) && *line)
        take_header(&h, line);
    guard(&h, method, at && *at);
    ranges(&h);
    if (h.key) {
        json_t *keys = json_array();
        must(sc_keys_scopes(keys, h.key) == 0);
        json_decref(keys);
    }
    if (at)
        body(at, size - (size_t)(at - text));
    free(text);
    return 0;
}
