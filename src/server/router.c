#include "base/str.h"
#include "server/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop_params(struct sc_request *req)
{
    for (int i = 0; i < SC_HTTP_MAX_PARAMS; i++) {
        free(req->params[i]);
        req->params[i] = NULL;
    }
}

/* Matches "/a/{x}/b"; a value is one non-empty path segment, or with `tail` the rest. */
static bool match(const char *pattern, const char *path, bool tail,
                  struct sc_request *req)
{
    int n = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        pattern += strcspn(pattern, "}") + 1;
        size_t len = tail && *pattern == '\0' ? strlen(path) : strcspn(path, "/");
        if (len == 0 || n == SC_HTTP_MAX_PARAMS)
            return false;
        req->params[n++] = sc_strndup(path, len);
        path += len;
    }
    return *path == '\0';
}

static const char *without_prefix(const char *path, int *generation)
{
    if (sc_str_starts(path, "/api/v1/")) {
        *generation = 2;
        return path + 7;
    }
    if (sc_str_starts(path, "/api/")) {
        *generation = 1;
        return path + 4;
    }
    *generation = 0;
    return path;
}

static const struct sc_route *find_exactly(const char *method, const char *path,
                                           struct sc_request *req, bool *other_method)
{
    int generation;
    const char *below = without_prefix(path, &generation);
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    *other_method = false;
    for (const struct sc_route *r = sc_routes; r->method; r++) {
        bool api = r->flags & SC_ROUTE_API;
        if (api && generation == 0)
            continue;
        if (!match(r->pattern, api ? below : path, r->flags & SC_ROUTE_TAIL, req)) {
            drop_params(req);
            continue;
        }
        if (strcmp(r->method, method) == 0) {
            req->generation = api ? generation : 0;
            return r;
        }
        drop_params(req);
        *other_method = true;
    }
    req->generation = generation;
    return NULL;
}

/* Some clients end addresses with a slash; "/api/recordings/" is no other resource. */
const struct sc_route *sc_route_find(const char *method, const char *path,
                                     struct sc_request *req, bool *other_method)
{
    const struct sc_route *r = find_exactly(method, path, req, other_method);
    size_t n = strlen(path);
    if (r || *other_method || req->generation == 0 || n == 0 || path[n - 1] != '/')
        return r;
    char *bare = sc_strndup(path, n - 1);
    r = bare ? find_exactly(method, bare, req, other_method) : NULL;
    free(bare);
    return r;
}

void sc_route_methods(const char *path, char *out, size_t size)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct sc_request req = {0};
    bool other;
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof methods / sizeof methods[0] && n < size; i++)
        if (sc_route_find(methods[i], path, &req, &other)) {
            drop_params(&req);
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", methods[i]);
        }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

size_t sc_http_unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++, to++) {
        int high = *at == '%' ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;
        *to = *at;
        if (low >= 0 && (high | low)) {
            *to = (char)(high << 4 | low);
            at += 2;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}
