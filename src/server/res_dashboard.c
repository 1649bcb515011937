/* The dashboard's pages and files, out of the program itself. */
#include "base/str.h"
#include "server/app.h"
#include "server/dashboard.h"
#include "server/resources.h"

#include <string.h>
#include <strings.h>

/*
 * Nothing but our own files: no inline script, no eval, no other site. Styles that
 * scripts set on elements are not inline styles to the policy. blob: is what a page
 * makes itself (a frame of a video, a file to save).
 */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
    "blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static const char missing[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Scaler "
    "Companion</title><p>This build of scaler has no dashboard inside: install Node.js "
    "20.19 or later and run <code>make</code>. The service itself runs; <a "
    "href=\"/docs\">its addresses</a> are listed.</p></html>";

static const struct sc_dashboard_file *find(const char *path)
{
    for (const struct sc_dashboard_file *f = sc_dashboard_files; f->path; f++)
        if (strcmp(f->path, path) == 0)
            return f;
    return NULL;
}

/* RFC 9110 12.5.3; a coding with q=0 is one that the client does not want. */
static bool takes(const char *accepted, const char *coding)
{
    size_t n = strlen(coding);
    for (const char *p = accepted; p && *p; p += *p == ',') {
        p += strspn(p, " \t");
        size_t len = strcspn(p, ",");
        if (len >= n && strncasecmp(p, coding, n) == 0 &&
            (len == n || strchr("; \t", p[n]))) {
            const char *q = memchr(p, '=', len);
            return !q || strspn(q + 1, "0.") < (size_t)(p + len - q - 1);
        }
        p += len;
    }
    return false;
}

static bool send_file(struct sc_request *req, struct sc_reply *reply,
                      const struct sc_dashboard_file *f, struct sc_error *err)
{
    const char *accepted = sc_request_header(req, "Accept-Encoding");
    const char *known = sc_request_header(req, "If-None-Match");
    const struct sc_dashboard_part *part = &f->plain;
    reply->type = f->type;
    sc_reply_header(reply, "ETag: \"%s\"", f->etag);
    sc_reply_header(reply, "Vary: Accept-Encoding");
    sc_reply_header(reply, "Cache-Control: %s",
                    f->hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (known && strstr(known, f->etag)) {
        reply->status = 304;
        return true;
    }
    if (f->brotli.size && takes(accepted, "br")) {
        part = &f->brotli;
        sc_reply_header(reply, "Content-Encoding: br");
    } else if (f->gzip.size && takes(accepted, "gzip")) {
        part = &f->gzip;
        sc_reply_header(reply, "Content-Encoding: gzip");
    }
    sc_buf_add(&reply->body, sc_dashboard_data + part->offset, part->size);
    return !reply->body.failed || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* Every page is the same document: the script in it looks at the address. */
SC_HANDLER(sc_res_page)
{
    const struct sc_dashboard_file *f = find("index.html");
    sc_reply_header(reply, "Content-Security-Policy: %s", policy);
    sc_reply_header(reply, "Referrer-Policy: no-referrer");
    sc_reply_header(reply, "X-Frame-Options: DENY");
    if (f)
        return send_file(req, reply, f, err);
    reply->type = "text/html; charset=utf-8";
    sc_buf_add_str(&reply->body, missing);
    return true;
}

SC_HANDLER(sc_res_page_file)
{
    const struct sc_dashboard_file *f = find(req->path + 1);
    return f ? send_file(req, reply, f, err)
             : sc_fail(err, SC_ERR_NOT_FOUND, "the dashboard has no such file");
}
