#include "base/str.h"
#include "server/app.h"
#include "server/resources.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

void sc_reply_header(struct sc_reply *r, const char *fmt, ...)
{
    struct sc_buf b = SC_BUF_INIT(8192);
    va_list ap;
    if (r->n_headers == SC_HTTP_MAX_HEADERS)
        return;
    va_start(ap, fmt);
    sc_buf_vaddf(&b, fmt, ap);
    va_end(ap);
    char *text = sc_buf_detach(&b);
    if (text)
        r->headers[r->n_headers++] = text;
}

/* As many as a decimal number keeps in a double: 0.9 stays 0.9. */
enum { REAL_DIGITS = 15 };

static int add_text(const char *text, size_t n, void *user)
{
    sc_buf_add(user, text, n);
    return 0;
}

bool sc_reply_json_take(struct sc_reply *r, json_t *j, struct sc_error *err)
{
    sc_buf_clear(&r->body);
    bool ok =
        j && json_dump_callback(j, add_text, &r->body,
                                JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) == 0;
    json_decref(j);
    if (!ok)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the answer");
    return !r->body.failed || sc_fail(err, SC_ERR_LIMIT, "the answer is too large");
}

void sc_reply_error(struct sc_reply *r, const struct sc_request *req,
                    const struct sc_error *err)
{
    char sentence[1400];
    sc_error_sentence(err, sentence, sizeof sentence);
    json_t *j = json_pack("{s:s, s:s, s:s, s:s}", "detail", sentence, "code",
                          sc_error_slug(err->code), "hint", err->hint, "request_id",
                          req->request_id);
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->type = NULL;
    r->status = sc_error_http_status(err->code);
    sc_reply_json_take(r, j, NULL);
}

void sc_reply_refuse(struct sc_reply *r, const struct sc_request *req, int status,
                     const char *code, const char *detail, const char *hint)
{
    r->status = status;
    sc_reply_json_take(r,
                       json_pack("{s:s, s:s, s:s, s:s}", "detail", detail, "code", code,
                                 "hint", hint, "request_id", req->request_id),
                       NULL);
}

void sc_reply_finish(struct sc_reply *r)
{
    sc_buf_finish(&r->body);
    sc_shared_drop(r->shared);
    r->shared = NULL;
    for (size_t i = 0; i < r->n_headers; i++)
        free(r->headers[i]);
    r->n_headers = 0;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    if (r->pull_end)
        r->pull_end(r->pull_user);
    r->pull = NULL;
    r->pull_end = NULL;
}

bool sc_request_query_int(const struct sc_request *r, const char *name, int64_t min,
                          int64_t max, int64_t fallback, int64_t *out,
                          struct sc_error *err)
{
    const char *text = sc_request_query(r, name);
    int64_t v = fallback;
    if (text && (!sc_parse_i64(text, &v) || v < min || v > max))
        return sc_fail(err, SC_ERR_INVALID, "%s must be a whole number from %lld to %lld",
                       name, (long long)min, (long long)max);
    *out = v;
    return true;
}

void sc_res_publish(struct sc_request *req, const char *type, json_t *data)
{
    sc_cache_touch(req->app->cache);
    sc_hub_publish(req->app->hub, type, data);
}
