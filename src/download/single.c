#include "download/single.h"
#include "download/transfer_internal.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTEMPTS = 5, STALL_MS = 10000 };

static const char *const endings[] = {
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".flv",  ".mpg", ".mpeg",
    ".ts",  ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".oga", ".opus", ".wav"};

bool sc_single_is_file(const char *url)
{
    char *bare = url ? sc_strndup(url, strcspn(url, "?#")) : NULL;
    const char *ending = bare ? sc_path_ext(bare) : "";
    bool found = false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        found |= sc_str_ieq(ending, endings[i]);
    free(bare);
    return found;
}

/* The head is all that is wanted; HEAD itself is often not signed for. */
static bool stop_at_once(void *user, const void *data, size_t len)
{
    (void)data;
    (void)len;
    *(bool *)user = true;
    return false;
}

static uint64_t fingerprint(const char *etag, int64_t size)
{
    uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)size;
    for (; etag && *etag; etag++)
        h = (h ^ (unsigned char)*etag) * UINT64_C(1099511628211);
    return h;
}

static bool judge(const struct sc_access *access, const struct sc_http_response *r,
                  struct sc_error *err)
{
    if (!sc_source_judge(access, r, "the file", err))
        return false;
    if (r->content_type && strstr(r->content_type, "text/html")) {
        sc_fail(err, SC_ERR_UNSUPPORTED,
                "the address leads to a web page, not to a file");
        return sc_error_hint(err, "The link may need a login, or have ended.");
    }
    if (r->content_type && strstr(r->content_type, "mpegurl"))
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "the address ends like a file and leads to a playlist");
    return r->content_length > 0 ||
           sc_fail(err, SC_ERR_UNSUPPORTED,
                   "the server does not tell how long the file is");
}

bool sc_single_open(const char *url, const struct sc_access *access,
                    struct sc_source *out, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    struct sc_http_response r;
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    struct sc_error now = {0};
    static const char *const plain[] = {"Accept-Encoding: identity", NULL};
    bool began = false;
    req.url = url;
    req.site = &access->site;
    req.attempts = ATTEMPTS;
    req.stall_timeout_ms = STALL_MS;
    req.headers = plain;
    req.on_body = stop_at_once;
    req.user = &began;
    bool ok = sc_http_perform(&req, &r, cancel, &now) || began;
    if (!ok && err && err->code == SC_ERR_OK)
        *err = now;
    ok = ok && judge(access, &r, err) &&
         sc_plan_file(url, (uint64_t)r.content_length,
                      fingerprint(r.etag, r.content_length), &out->plan, err);
    sc_http_response_finish(&r);
    return ok;
}

bool sc_single_join(const struct sc_remux_source *source, const char *path,
                    uint64_t size_bytes, struct sc_error *err)
{
    struct sc_remux_piece piece = {0};
    uint64_t sum = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 || sc_fail_errno(err, errno, "cannot write %s", path);
    while (ok && (ok = source->next(source->user, &piece, err)) && piece.len > 0) {
        sum += piece.len;
        ok = sc_write_all(fd, piece.data, piece.len) ||
             sc_fail_errno(err, errno, "cannot write %s", path);
    }
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = sc_fail_errno(err, errno, "cannot write %s", path);
    return ok && (sum == size_bytes ||
                  sc_fail(err, SC_ERR_INTERNAL, "the file's parts do not add up"));
}
