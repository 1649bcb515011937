#include "library/bundle.h"
#include "library/keep_internal.h"

#include "base/digest.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 18,
    MAX_MEMBERS = 100000,
    MAX_MANIFEST = 64 << 20,
};

struct bundle {
    struct archive *a;
    struct sc_bundle_job *job;
    struct sc_error *err;
    char *chunk;
};

static void report(struct bundle *b, size_t n, const char *note)
{
    b->job->done += (double)n;
    struct sc_progress p = {.stage = b->job->stage,
                            .done = b->job->done,
                            .total = b->job->total,
                            .unit = SC_UNIT_BYTES,
                            .note = note};
    sc_progress_report(b->job->progress, &p);
}

/* ---- writing ---- */

static bool write_fail(struct bundle *b, const char *name)
{
    const char *why = archive_error_string(b->a);
    if (archive_errno(b->a) == ENOSPC)
        return sc_fail(b->err, SC_ERR_DISK_FULL, "no space left for the archive");
    return sc_fail(b->err, SC_ERR_IO, "cannot put %s into the archive: %s", name,
                   why ? why : "unknown");
}

static bool write_header(struct bundle *b, const char *name, int64_t size, int64_t mtime)
{
    struct archive_entry *e = archive_entry_new();
    if (!e)
        return sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, size);
    archive_entry_set_mtime(e, mtime, 0);
    /* A warning is about a name that the locale cannot say; it is written. */
    bool ok = archive_write_header(b->a, e) >= ARCHIVE_WARN || write_fail(b, name);
    archive_entry_free(e);
    return ok;
}

/* Exactly as many bytes as the header promised; a file that changes meanwhile fails. */
static bool write_bytes(struct bundle *b, int fd, int64_t size, const char *name,
                        struct sc_sha256 *hash)
{
    int64_t left = size;
    while (left > 0) {
        ssize_t n = read(fd, b->chunk, left < CHUNK ? (size_t)left : CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sc_fail_errno(b->err, errno, "cannot read %s", name);
        if (n == 0)
            return sc_fail(b->err, SC_ERR_CONFLICT, "%s became shorter meanwhile", name);
        if (archive_write_data(b->a, b->chunk, (size_t)n) != n)
            return write_fail(b, name);
        sc_sha256_add(hash, b->chunk, (size_t)n);
        left -= n;
        report(b, (size_t)n, sc_path_base(name));
        if (sc_cancel_check(b->job->cancel, b->err))
            return false;
    }
    return true;
}

static bool write_member(struct bundle *b, const char *root, json_t *member)
{
    struct stat st;
    char hex[SC_SHA256_HEX_SIZE];
    const char *name = json_string_value(json_object_get(member, "path"));
    char *path = sc_path_join(root, name);
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (!ok)
        sc_fail_errno(b->err, errno, "cannot read %s", path ? path : name);
    struct sc_sha256 *hash = ok ? sc_sha256_create() : NULL;
    if (ok && !hash)
        ok = sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    ok = ok && write_header(b, name, st.st_size, st.st_mtime) &&
         write_bytes(b, fd, st.st_size, name, hash);
    sc_sha256_finish_take(hash, hex);
    if (ok) {
        json_object_set_new(member, "size", json_integer(st.st_size));
        json_object_set_new(member, "mtime", json_integer(st.st_mtime));
        json_object_set_new(member, "sha256", json_string(hex));
    }
    if (fd >= 0)
        close(fd);
    free(path);
    return ok;
}

static bool write_manifest(struct bundle *b, json_t *about)
{
    char *text = json_dumps(about, JSON_INDENT(1));
    size_t n = text ? strlen(text) : 0;
    bool ok = text || sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    ok = ok && write_header(b, SC_BUNDLE_MANIFEST, (int64_t)n, sc_clock_wall_s()) &&
         (archive_write_data(b->a, text, n) == (la_ssize_t)n ||
          write_fail(b, SC_BUNDLE_MANIFEST));
    free(text);
    return ok;
}

static bool begin_writing(struct bundle *b, FILE *out)
{
    /* ARCHIVE_WARN would mean an external program that may be missing. */
    if (archive_write_add_filter_zstd(b->a) != ARCHIVE_OK)
        return sc_fail(b->err, SC_ERR_DEPENDENCY, "this libarchive cannot write zstd");
    archive_write_set_options(b->a, "zstd:compression-level=3");
    /* Padding behind the compressed stream would be damage to who reads it. */
    archive_write_set_bytes_in_last_block(b->a, 1);
    return (archive_write_set_format_pax_restricted(b->a) == ARCHIVE_OK &&
            archive_write_open_FILE(b->a, out) == ARCHIVE_OK) ||
           write_fail(b, "the first byte");
}

bool sc_bundle_write(const char *root, json_t *about, json_t *members, FILE *out,
                     struct sc_bundle_job *job, struct sc_error *err)
{
    struct bundle b = {.job = job, .err = err, .chunk = malloc(CHUNK)};
    locale_t utf8 = sc_utf8_locale(), before = utf8 ? uselocale(utf8) : (locale_t)0;
    size_t i;
    json_t *member;
    b.a = archive_write_new();
    bool ok = (b.a && b.chunk) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && begin_writing(&b, out);
    json_array_foreach(members, i, member)
    {
        ok = ok && write_member(&b, root, member);
    }
    json_object_set(about, "members", members);
    ok = ok && write_manifest(&b, about);
    if (ok && archive_write_close(b.a) != ARCHIVE_OK)
        ok = write_fail(&b, "the end");
    if (b.a && !ok)
        archive_write_fail(b.a);
    archive_write_free(b.a);
    free(b.chunk);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return ok;
}

/* ---- reading ---- */

static bool damaged(struct bundle *b, const char *what)
{
    sc_fail(b->err, SC_ERR_MEDIA, "the archive is damaged: %s", what);
    return false;
}

static bool read_fail(struct bundle *b)
{
    const char *why = archive_error_string(b->a);
    return damaged(b, why ? why : "it cannot be read");
}

static FILE *open_target(struct bundle *b, const char *into, const char *name)
{
    char *path = sc_path_join(into, name);
    FILE *f = NULL;
    if (path && sc_keep_make_parent(path, b->err) && !(f = fopen(path, "wbx")))
        sc_fail_errno(b->err, errno, "cannot write %s", path);
    free(path);
    return f;
}

static bool close_target_take(struct bundle *b, FILE *f, int64_t mtime, const char *name)
{
    struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
    bool ok = fflush(f) == 0 && !ferror(f);
    if (ok)
        futimens(fileno(f), times);
    ok = ok && fsync(fileno(f)) == 0;
    int why = errno;
    ok = fclose(f) == 0 && ok;
    return ok || sc_fail_errno(b->err, why, "cannot write %s", name);
}

static bool read_member(struct bundle *b, struct archive_entry *e, const char *name,
                        const char *into, json_t *seen)
{
    char hex[SC_SHA256_HEX_SIZE];
    struct sc_sha256 *hash = sc_sha256_create();
    FILE *f = into ? open_target(b, into, name) : NULL;
    bool ok = hash && (f || !into);
    json_int_t size = 0;
    la_ssize_t n;
    while (ok && (n = archive_read_data(b->a, b->chunk, CHUNK)) != 0) {
        if (n < 0) {
            ok = read_fail(b);
            break;
        }
        sc_sha256_add(hash, b->chunk, (size_t)n);
        size += n;
        if (f && fwrite(b->chunk, 1, (size_t)n, f) != (size_t)n)
            ok = sc_fail_errno(b->err, errno, "cannot write %s", name);
        report(b, (size_t)n, sc_path_base(name));
        ok = ok && !sc_cancel_check(b->job->cancel, b->err);
    }
    if (f)
        ok = close_target_take(b, f, archive_entry_mtime(e), name) && ok;
    sc_sha256_finish_take(hash, hex);
    if (ok)
        json_object_set_new(seen, name,
                            json_pack("{s:I, s:s}", "size", size, "sha256", hex));
    return ok;
}

static bool read_manifest(struct bundle *b, json_t **manifest)
{
    struct sc_buf text = SC_BUF_INIT(MAX_MANIFEST);
    la_ssize_t n;
    while ((n = archive_read_data(b->a, b->chunk, CHUNK)) > 0)
        sc_buf_add(&text, b->chunk, (size_t)n);
    bool ok = n == 0 && !text.failed;
    json_t *o =
        ok ? json_loadb(sc_buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    sc_buf_finish(&text);
    if (!json_is_array(json_object_get(o, "members"))) {
        json_decref(o);
        return damaged(b, "its list of files cannot be read");
    }
    json_decref(*manifest);
    *manifest = o;
    return true;
}

static bool compare(struct bundle *b, json_t *manifest, json_t *seen)
{
    size_t i;
    json_t *member, *members = json_object_get(manifest, "members");
    if (json_array_size(members) != json_object_size(seen))
        return damaged(b, "a file is missing in it");
    json_array_foreach(members, i, member)
    {
        const char *name = json_string_value(json_object_get(member, "path"));
        json_t *got = name ? json_object_get(seen, name) : NULL;
        if (!got ||
            !json_equal(json_object_get(got, "size"), json_object_get(member, "size")) ||
            !json_equal(json_object_get(got, "sha256"),
                        json_object_get(member, "sha256"))) {
            char what[300];
            snprintf(what, sizeof what, "%.200s is not what was put in",
                     name ? name : "a file");
            return damaged(b, what);
        }
    }
    return true;
}

static bool read_all(struct bundle *b, const char *into, json_t *seen, json_t **manifest)
{
    struct archive_entry *e;
    int rc;
    while ((rc = archive_read_next_header(b->a, &e)) >= ARCHIVE_WARN &&
           rc != ARCHIVE_EOF) {
        const char *name = archive_entry_pathname(e);
        if (archive_entry_filetype(e) != AE_IFREG || !name || !sc_keep_path_safe(name) ||
            archive_entry_hardlink(e) || json_object_get(seen, name) ||
            json_object_size(seen) >= MAX_MEMBERS)
            return damaged(b, "it holds what does not belong in it");
        bool is_list = strcmp(name, SC_BUNDLE_MANIFEST) == 0;
        if (!(is_list ? read_manifest(b, manifest) : read_member(b, e, name, into, seen)))
            return false;
    }
    if (rc != ARCHIVE_EOF)
        return read_fail(b);
    if (!*manifest)
        return damaged(b, "its end is missing");
    return compare(b, *manifest, seen);
}

bool sc_bundle_read(const char *path, const char *into, struct sc_bundle_job *job,
                    json_t **manifest, struct sc_error *err)
{
    struct bundle b = {.job = job, .err = err, .chunk = malloc(CHUNK)};
    locale_t utf8 = sc_utf8_locale(), before = utf8 ? uselocale(utf8) : (locale_t)0;
    json_t *seen = json_object(), *found = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        sc_fail_errno(err, errno, "cannot open the archive %s", path);
    b.a = archive_read_new();
    bool ok = fd >= 0 &&
              ((b.a && b.chunk && seen) || sc_fail(err, SC_ERR_MEMORY, "out of memory"));
#ifdef POSIX_FADV_DONTNEED
    if (ok) /* what is on the disk, not what is still in memory */
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
#endif
    if (ok) {
        archive_read_support_filter_zstd(b.a);
        archive_read_support_format_tar(b.a);
        ok = archive_read_open_fd(b.a, fd, CHUNK) == ARCHIVE_OK || read_fail(&b);
    }
    ok = ok && read_all(&b, into, seen, &found);
    archive_read_free(b.a);
    if (fd >= 0)
        close(fd);
    free(b.chunk);
    json_decref(seen);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    if (!ok) {
        json_decref(found);
        return false;
    }
    *manifest = found;
    return true;
}
