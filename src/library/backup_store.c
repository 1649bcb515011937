#include "library/backup_store.h"

#include "base/digest.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, KEY_DIGITS = 40 };

char *sc_backup_place(const struct sc_backup_store *s, const char *rel)
{
    return sc_strf("%s/files/%s", s->dir, rel);
}

char *sc_backup_incoming(const struct sc_backup_store *s, const char *rel)
{
    char hex[SC_SHA256_HEX_SIZE];
    sc_sha256_of(rel, strlen(rel), hex);
    return sc_strf("%s/incoming/%.*s", s->dir, KEY_DIGITS, hex);
}

char *sc_backup_find(const struct sc_backup_store *s, const char *rel)
{
    char *waiting = s->publishing ? sc_backup_incoming(s, rel) : NULL;
    if (waiting && sc_file_exists(waiting))
        return waiting;
    free(waiting);
    return sc_backup_place(s, rel);
}

bool sc_backup_path_valid(const char *rel)
{
    static const char *const state[] = {".scaler/catalog.db", ".scaler/queue.db",
                                        ".scaler/keys.json",  ".scaler/settings.json",
                                        ".scaler/watch.json", ".scaler/library.id"};
    for (size_t i = 0; i < sizeof state / sizeof state[0]; i++)
        if (strcmp(rel, state[i]) == 0)
            return true;
    return sc_keep_path_safe(rel);
}

/* ---- copying ---- */

static bool copy_bytes(const struct sc_backup_copy *c, int in, FILE *out,
                       struct sc_sha256 *hash, struct sc_error *err)
{
    char *chunk = malloc(CHUNK);
    bool ok = chunk || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ssize_t n;
    while (ok && (n = read(in, chunk, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            ok = sc_fail_errno(err, errno, "cannot read %s", c->from);
            break;
        }
        sc_sha256_add(hash, chunk, (size_t)n);
        if (fwrite(chunk, 1, (size_t)n, out) != (size_t)n)
            ok = sc_fail_errno(err, errno, "cannot write %s", c->to);
        if (c->on_bytes)
            c->on_bytes(c->user, (size_t)n);
        ok = ok && !sc_cancel_check(c->cancel, err);
    }
    free(chunk);
    return ok;
}

/* Small files of a backup are flushed together before they count. */
static bool close_copy_take(FILE *f, bool flush, int64_t mtime_ns, const char *part,
                            struct sc_error *err)
{
    struct timespec t = {.tv_sec = (time_t)(mtime_ns / 1000000000),
                         .tv_nsec = (long)(mtime_ns % 1000000000)};
    struct timespec times[2] = {t, t};
    bool ok = fflush(f) == 0 && !ferror(f);
    if (ok)
        futimens(fileno(f), times);
    ok = ok && (!flush || fsync(fileno(f)) == 0);
    int why = errno;
    ok = fclose(f) == 0 && ok;
    return ok || sc_fail_errno(err, why, "cannot write %s", part);
}

static bool fill(const struct sc_backup_copy *c, int in, const char *part, char hex[65],
                 struct sc_error *err)
{
    struct stat before, after;
    unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  c->private_file ? 0600 : 0666);
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!out) {
        sc_fail_errno(err, errno, "cannot write %s", part);
        if (fd >= 0)
            close(fd);
        return false;
    }
    struct sc_sha256 *hash = sc_sha256_create();
    bool ok = hash && fstat(in, &before) == 0 && S_ISREG(before.st_mode);
    if (!ok)
        sc_fail(err, SC_ERR_IO, "cannot read %s", c->from);
    ok = ok && copy_bytes(c, in, out, hash, err);
    sc_sha256_finish_take(hash, hex);
    if (ok && (fstat(in, &after) != 0 || after.st_size != before.st_size ||
               sc_platform_mtime_ns(&after) != sc_platform_mtime_ns(&before)))
        ok = sc_fail(err, SC_ERR_CONFLICT, "%s changed while it was read", c->from);
    if (!ok) {
        fclose(out);
        return false;
    }
    return close_copy_take(out, c->flush || before.st_size >= SC_BACKUP_FLUSH_ALONE,
                           c->mtime_ns ? c->mtime_ns : sc_platform_mtime_ns(&before),
                           part, err);
}

bool sc_backup_copy(const struct sc_backup_copy *c, char hex[65], struct sc_error *err)
{
    char *part = sc_strf("%s.part", c->to);
    bool ok = part || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    int in = ok ? open(c->from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (ok && in < 0)
        ok = sc_fail_errno(err, errno, "cannot open %s", c->from);
    ok = ok && sc_keep_make_parent(c->to, err) && fill(c, in, part, hex, err);
    if (ok && c->expected && strcmp(c->expected, hex) != 0)
        ok = sc_fail(err, SC_ERR_MEDIA, "it is not what was backed up (SHA-256)");
    if (ok && c->flush)
        ok = sc_file_rename(part, c->to, err);
    else if (ok && rename(part, c->to) != 0)
        ok = sc_fail_errno(err, errno, "cannot write %s", c->to);
    if (!ok && part)
        unlink(part);
    if (in >= 0)
        close(in);
    free(part);
    return ok;
}

/* ---- the manifest ---- */

static json_t *load(const char *dir, const char *name, bool *found, struct sc_error *err)
{
    char *path = sc_path_join(dir, name);
    json_t *o = NULL;
    *found = path && sc_file_exists(path);
    if (*found) {
        o = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(json_object_get(o, "files"))) {
            json_decref(o);
            o = NULL;
            sc_fail(err, SC_ERR_MEDIA, "%s is damaged", path);
        }
    }
    free(path);
    return o;
}

static bool save(const char *dir, const char *name, json_t *o, struct sc_error *err)
{
    char *path = sc_path_join(dir, name), *text = json_dumps(o, JSON_INDENT(1));
    bool ok = path && text && sc_file_write(path, text, strlen(text), false, err);
    free(path);
    free(text);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* Copies that wait take their places; run again after a kill it does the rest. */
static bool settle(struct sc_backup_store *s, struct sc_error *err)
{
    const char *rel;
    json_t *entry;
    bool ok = true;
    json_object_foreach(json_object_get(s->manifest, "files"), rel, entry)
    {
        char *from = sc_backup_incoming(s, rel), *to = sc_backup_place(s, rel);
        if (!from || !to)
            ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
        else if (ok && sc_backup_path_valid(rel) && sc_file_exists(from))
            ok = sc_keep_make_parent(to, err) &&
                 (rename(from, to) == 0 ||
                  sc_fail_errno(err, errno, "cannot write %s", to));
        free(from);
        free(to);
    }
    json_t *pruned = json_object_get(s->manifest, "pruned");
    size_t i;
    json_array_foreach(pruned, i, entry)
    {
        const char *old = json_string_value(entry);
        char *path = old && sc_backup_path_valid(old) ? sc_backup_place(s, old) : NULL;
        if (path && !json_object_get(json_object_get(s->manifest, "files"), old))
            unlink(path);
        free(path);
    }
    char *from = sc_path_join(s->dir, SC_BACKUP_PUBLISH),
         *to = sc_path_join(s->dir, SC_BACKUP_MANIFEST),
         *incoming = sc_path_join(s->dir, "incoming");
    if (ok)
        sync();
    ok = ok && from && to && incoming && sc_file_rename(from, to, err) &&
         sc_remove_tree(incoming, err);
    free(from);
    free(to);
    free(incoming);
    s->publishing = !ok;
    return ok;
}

bool sc_backup_publish(struct sc_backup_store *s, json_t *next, struct sc_error *err)
{
    sync(); /* the small copies: none counts before it is on the disk */
    if (!save(s->dir, SC_BACKUP_PUBLISH, next, err))
        return false;
    json_decref(s->manifest);
    s->manifest = json_incref(next);
    s->publishing = true;
    return settle(s, err);
}

/* ---- opening ---- */

static bool is_foreign(void *user, const char *name)
{
    static const char *const ours[] = {
        SC_BACKUP_MANIFEST, SC_BACKUP_PUBLISH, "files", "incoming", "lock", "lost+found"};
    size_t n = strlen(name) - (sc_is_part(name) ? strlen(".part") : 0);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (n == strlen(ours[i]) && strncmp(name, ours[i], n) == 0)
            return true;
    if (name[0] == '.')
        return true;
    *(bool *)user = true;
    return false;
}

static bool lock_store(struct sc_backup_store *s, bool write, struct sc_error *err)
{
    struct sc_error inner = {0};
    char *path = sc_path_join(s->dir, "lock");
    bool ok = path && sc_lock_try(&s->lock, path, &inner);
    free(path);
    if (!ok && inner.code == SC_ERR_CONFLICT) {
        sc_fail(err, SC_ERR_CONFLICT, "another backup runs in %s", s->dir);
        return sc_error_hint(err, "Wait until it has finished.");
    }
    /* What is only read may lie on a disk that cannot be written. */
    if (!ok && write && err && !err->code)
        *err = inner;
    return ok || !write;
}

static bool open_manifest(struct sc_backup_store *s, struct sc_error *err)
{
    struct sc_error inner = {0};
    bool found = false;
    s->manifest = load(s->dir, SC_BACKUP_PUBLISH, &found, &inner);
    s->publishing = s->manifest != NULL;
    if (!s->manifest)
        s->manifest = load(s->dir, SC_BACKUP_MANIFEST, &found, err);
    return s->manifest || !found;
}

bool sc_backup_store_open(const char *dir, bool write, struct sc_backup_store *out,
                          struct sc_error *err)
{
    bool foreign = false;
    *out = (struct sc_backup_store){.lock = {.fd = -1}};
    if (write && !sc_mkdirs(dir, err))
        return false;
    if (!(out->dir = realpath(dir, NULL)))
        return sc_fail_errno(err, errno, "cannot open the backup %s", dir);
    bool ok = open_manifest(out, err);
    if (ok && write && !out->manifest) {
        ok = sc_dir_each(out->dir, is_foreign, &foreign, err);
        if (ok && foreign) {
            ok = sc_fail(err, SC_ERR_CONFLICT, "%s is not empty and holds no backup",
                         out->dir);
            sc_error_hint(err, "Name an empty or a new folder.");
        }
    }
    /* Where no backup is, nothing is left behind by looking. */
    ok = ok && (!(write || out->manifest) || lock_store(out, write, err));
    if (ok &&
        write) { /* the one before may have published between our look and our lock */
        json_decref(out->manifest);
        ok = open_manifest(out, err) && (!out->publishing || settle(out, err));
    }
    if (!ok)
        sc_backup_store_close(out);
    return ok;
}

void sc_backup_store_close(struct sc_backup_store *s)
{
    sc_lock_release(&s->lock);
    json_decref(s->manifest);
    free(s->dir);
    *s = (struct sc_backup_store){.lock = {.fd = -1}};
}
