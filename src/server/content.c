/*
 * Artifacts as files: right type, strong-enough ETag, one Range (RFC 9110 14).
 * The file's descriptor goes to the listener, which sends it without copying.
 */
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "server/app.h"
#include "server/range.h"
#include "server/resources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *ext, *type;
} types[] = {
    {".mp4", "video/mp4"},
    {".m4v", "video/mp4"},
    {".webm", "video/webm"},
    {".mkv", "video/x-matroska"},
    {".mov", "video/quicktime"},
    {".m4a", "audio/mp4"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".opus", "audio/ogg"},
    {".wav", "audio/wav"},
    {".flac", "audio/flac"},
    {".aac", "audio/aac"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".md", "text/markdown; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".srt", "application/x-subrip; charset=utf-8"},
    {".vtt", "text/vtt; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
};

static const char *type_of(const char *path)
{
    const char *ext = sc_path_ext(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (sc_str_ieq(ext, types[i].ext))
            return types[i].type;
    return "application/octet-stream";
}

static bool etag_matches(const char *sent, const char *etag)
{
    return sent && (strcmp(sent, "*") == 0 || strstr(sent, etag));
}

bool sc_content_send(struct sc_request *req, struct sc_reply *reply, const char *path,
                     struct sc_error *err)
{
    struct stat st;
    char etag[64];
    uint64_t offset = 0, length;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no such file in the lecture");
    }
    uint64_t size = length = (uint64_t)st.st_size;
    snprintf(etag, sizeof etag, "\"%llx-%llx\"", (unsigned long long)size,
             (unsigned long long)sc_platform_mtime_ns(&st));
    sc_reply_header(reply, "ETag: %s", etag);
    sc_reply_header(reply, "Accept-Ranges: bytes");
    sc_reply_header(reply, "Cache-Control: private, no-cache");
    reply->type = type_of(path);
    if (etag_matches(sc_request_header(req, "If-None-Match"), etag)) {
        close(fd);
        reply->status = 304;
        return true;
    }
    const char *condition = sc_request_header(req, "If-Range");
    const char *range = !condition || strcmp(condition, etag) == 0
                            ? sc_request_header(req, "Range")
                            : NULL;
    switch (sc_range_parse(range, size, &offset, &length)) {
    case SC_RANGE_BAD:
        close(fd);
        reply->status = 416;
        reply->type = "text/plain";
        sc_reply_header(reply, "Content-Range: bytes */%llu", (unsigned long long)size);
        return true;
    case SC_RANGE_OK:
        reply->status = 206;
        sc_reply_header(
            reply, "Content-Range: bytes %llu-%llu/%llu", (unsigned long long)offset,
            (unsigned long long)(offset + length - 1), (unsigned long long)size);
        break;
    default:
        break;
    }
    reply->fd = fd;
    reply->fd_offset = offset;
    reply->fd_length = length;
    return true;
}

/* No empty, "." or ".." part, nothing hidden, no backslash. */
static bool is_plain_path(const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n == 0 || path[0] == '.' || memchr(path, '\\', n))
            return false;
        path += n;
        if (*path == '/' && *++path == '\0')
            return false;
    }
    return true;
}

/* A lecture's pages name their video by `../videos/...`, as it lies on disk. */
static bool send_video(struct sc_request *req, struct sc_reply *reply, const char *rest,
                       struct sc_error *err)
{
    char *root = sc_path_join(req->app->root, "videos");
    char *path = root ? sc_path_join(root, rest) : NULL;
    bool ok = (path && sc_path_inside(root, path)) ||
              sc_fail(err, SC_ERR_NOT_FOUND, "there is no such video");
    ok = ok && sc_content_send(req, reply, path, err);
    free(path);
    free(root);
    return ok;
}

SC_HANDLER(sc_res_content)
{
    struct sc_lecture l = {0};
    const char *rest = req->params[1];
    char *path = NULL, *root = NULL;
    if (!is_plain_path(rest))
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no such file in the lecture");
    if (strcmp(req->params[0], "videos") == 0)
        return send_video(req, reply, rest, err);
    if (!sc_library_get(req->lib, req->params[0], false, &l, err))
        return false;
    if (sc_str_starts(rest, "video/") && !sc_library_check_here(&l, err)) {
        sc_lecture_finish(&l);
        return false;
    }
    char *video = sc_library_video(req->lib, &l);
    /* The video lies apart from the lecture's folder. */
    if (video && sc_str_starts(rest, "video/") &&
        strcmp(rest + 6, sc_path_base(video)) == 0) {
        path = sc_strdup(video);
        root = sc_path_join(req->app->root, "videos");
    } else {
        root = sc_library_folder(req->lib, &l);
        path = root ? sc_path_join(root, rest) : NULL;
    }
    bool ok = (path && root && sc_path_inside(root, path)) ||
              sc_fail(err, SC_ERR_NOT_FOUND, "there is no such file in the lecture");
    ok = ok && sc_content_send(req, reply, path, err);
    /* What could run must not do so as the dashboard. */
    if (ok && (sc_str_ends(path, ".html") || sc_str_ends(path, ".svg")))
        sc_reply_header(reply,
                        "Content-Security-Policy: default-src 'none'; img-src 'self' "
                        "data:; media-src 'self'; style-src 'unsafe-inline'; "
                        "script-src 'unsafe-inline'; sandbox allow-scripts");
    free(video);
    free(path);
    free(root);
    sc_lecture_finish(&l);
    return ok;
}
