/* Chunks read back: whole, or a huge one window by window. */
#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "download/transfer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *chunk_path(const char *dir, const struct sc_plan_item *item,
                        struct sc_error *err)
{
    char *name = sc_plan_file_name(item);
    char *path = name ? sc_path_join(dir, name) : NULL;
    free(name);
    if (!path)
        sc_fail(err, SC_ERR_MEMORY, "no memory to read a segment");
    return path;
}

static bool fail_damaged(const char *path, struct sc_error *err)
{
    return sc_fail(err, SC_ERR_MEDIA, "%s was damaged on the disk", sc_path_base(path));
}

bool sc_chunk_read(const char *dir, const struct sc_plan_item *item, uint64_t size_bytes,
                   const char *sha256, struct sc_buf *out, struct sc_error *err)
{
    char hex[SC_SHA256_HEX_SIZE];
    char *path = chunk_path(dir, item, err);
    size_t before = out->len;
    bool ok = path && sc_file_read(path, (size_t)size_bytes, out, err);
    if (ok) {
        if (sha256)
            sc_sha256_of(out->data + before, out->len - before, hex);
        ok = (out->len - before == size_bytes && (!sha256 || strcmp(hex, sha256) == 0)) ||
             fail_damaged(path, err);
    }
    if (!ok)
        out->len = before;
    free(path);
    return ok;
}

bool sc_chunk_open(const char *dir, const struct sc_plan_item *item, uint64_t size_bytes,
                   const char *sha256, int *fd, struct sc_error *err)
{
    char hex[SC_SHA256_HEX_SIZE];
    char *path = chunk_path(dir, item, err);
    bool ok = path && (!sha256 || sc_sha256_of_file(path, hex, err));
    if (ok)
        ok = (sc_file_size(path) == (int64_t)size_bytes &&
              (!sha256 || strcmp(hex, sha256) == 0)) ||
             fail_damaged(path, err);
    *fd = ok ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (ok && *fd < 0)
        ok = sc_fail_errno(err, errno, "cannot open %s", path);
    free(path);
    return ok;
}

bool sc_chunk_window(int fd, size_t n, struct sc_buf *out, struct sc_error *err)
{
    if (!sc_buf_reserve(out, n))
        return sc_fail(err, SC_ERR_MEMORY, "no memory to read a segment");
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, out->data + out->len, n - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return sc_fail_errno(err, got < 0 ? errno : EIO, "cannot read a segment");
        out->len += (size_t)got;
        done += (size_t)got;
    }
    return true;
}
