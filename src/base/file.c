#include "base/file.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

char *sc_path_join(const char *a, const char *b)
{
    if (a[0] == '\0')
        return sc_strdup(b);
    return sc_strf("%s%s%s", a, sc_str_ends(a, "/") ? "" : "/", b);
}

const char *sc_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *sc_path_ext(const char *path)
{
    const char *base = sc_path_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot : base + strlen(base);
}

bool sc_path_inside(const char *root, const char *path)
{
    char *r = realpath(root, NULL);
    char *p = realpath(path, NULL);
    bool inside = false;
    if (r && p) {
        size_t n = strlen(r);
        inside = strncmp(r, p, n) == 0 &&
                 (p[n] == '\0' || p[n] == '/' || (n && r[n - 1] == '/'));
    }
    free(r);
    free(p);
    return inside;
}

bool sc_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool sc_dir_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int64_t sc_file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

bool sc_mkdirs(const char *path, struct sc_error *err)
{
    char *copy = sc_strdup(path);
    bool ok = copy != NULL;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    for (char *p = copy; ok && *p;) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char keep = *p;
        *p = '\0';
        /* sc_dir_exists changes errno: the reason is kept before. */
        int why = mkdir(copy, 0777) != 0 ? errno : 0;
        if (why && why != EEXIST && !sc_dir_exists(copy))
            ok = sc_fail_errno(err, why, "cannot make the folder %s", copy);
        *p = keep;
    }
    if (ok && !sc_dir_exists(path))
        ok = sc_fail(err, SC_ERR_CONFLICT, "%s exists and is not a folder", path);
    free(copy);
    return ok;
}

bool sc_file_read(const char *path, size_t max_bytes, struct sc_buf *out,
                  struct sc_error *err)
{
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sc_fail_errno(err, errno, "cannot open %s", path);
    size_t total = 0;
    for (;;) {
        if (!sc_buf_reserve(out, 65536)) {
            sc_fail(err, SC_ERR_MEMORY, "no memory to read %s", path);
            break;
        }
        ssize_t n = read(fd, out->data + out->len, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            sc_fail_errno(err, errno, "cannot read %s", path);
            break;
        }
        total += (size_t)n;
        if (total > max_bytes) {
            sc_fail(err, SC_ERR_LIMIT, "%s is larger than %zu bytes", path, max_bytes);
            break;
        }
        out->len += (size_t)n;
        out->data[out->len] = '\0';
        if (n == 0) {
            ok = true;
            break;
        }
    }
    close(fd);
    return ok;
}

/* Makes a rename durable. Some file systems refuse fsync on folders: harmless. */
static void sync_parent(const char *path)
{
    char *dir = sc_strdup(path);
    if (!dir)
        return;
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

bool sc_file_rename(const char *from, const char *to, struct sc_error *err)
{
    if (rename(from, to) != 0)
        return sc_fail_errno(err, errno, "cannot move %s to %s", from, to);
    sync_parent(to);
    return true;
}

bool sc_file_commit_take(FILE *f, const char *from, const char *to, struct sc_error *err)
{
    bool ok = fflush(f) == 0 && !ferror(f) && fsync(fileno(f)) == 0;
    int saved = errno;
    if (fclose(f) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (!ok) {
        unlink(from);
        return sc_fail_errno(err, saved, "cannot write %s", from);
    }
    return sc_file_rename(from, to, err);
}

bool sc_file_write(const char *path, const void *data, size_t len, bool private_file,
                   struct sc_error *err)
{
    bool ok = false;
    char *part = sc_strf("%s.part", path);
    if (!part)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (private_file)
        unlink(part); /* an old part may have a wider mode */
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                  private_file ? 0600 : 0666);
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!f) {
        sc_fail_errno(err, errno, "cannot write %s", path);
        if (fd >= 0)
            close(fd);
    } else {
        if (len)
            fwrite(data, 1, len, f);
        ok = sc_file_commit_take(f, part, path, err);
    }
    free(part);
    return ok;
}

bool sc_file_copy(const char *from, const char *to, struct sc_error *err)
{
    char chunk[65536];
    size_t n;
    bool ok = false;
    char *part = sc_strf("%s.part", to);
    FILE *in = fopen(from, "rb");
    FILE *out = part && in ? fopen(part, "wb") : NULL;
    if (!out) {
        sc_fail_errno(err, errno, "cannot copy %s to %s", from, to);
        goto done;
    }
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0 &&
           fwrite(chunk, 1, n, out) == n)
        ;
    if (ferror(in)) {
        sc_fail_errno(err, errno, "cannot read %s", from);
        fclose(out);
        unlink(part);
        goto done;
    }
    ok = sc_file_commit_take(out, part, to, err);
done:
    if (in)
        fclose(in);
    free(part);
    return ok;
}

struct name_list {
    char **names;
    size_t n, cap;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool push_name(struct name_list *l, const char *name)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 32;
        char **names = realloc(l->names, cap * sizeof *names);
        if (!names)
            return false;
        l->names = names;
        l->cap = cap;
    }
    l->names[l->n] = sc_strdup(name);
    return l->names[l->n] && ++l->n;
}

bool sc_dir_each(const char *path, sc_dir_fn fn, void *user, struct sc_error *err)
{
    struct name_list list = {0};
    bool ok = true;
    DIR *d = opendir(path);
    if (!d)
        return errno == ENOENT ? true
                               : sc_fail_errno(err, errno, "cannot list %s", path);
    for (struct dirent *e; ok && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = push_name(&list, e->d_name) ||
                 sc_fail(err, SC_ERR_MEMORY, "out of memory");
    closedir(d);
    if (list.n)
        qsort(list.names, list.n, sizeof *list.names, compare_names);
    bool go_on = ok;
    for (size_t i = 0; i < list.n; i++) {
        if (go_on)
            go_on = fn(user, list.names[i]);
        free(list.names[i]);
    }
    free(list.names);
    return ok;
}

struct remove_job {
    const char *dir;
    struct sc_error *err;
    bool ok;
};

static bool remove_child(void *user, const char *name)
{
    struct remove_job *job = user;
    char *path = sc_path_join(job->dir, name);
    job->ok = path && sc_remove_tree(path, job->err) && job->ok;
    free(path);
    return true;
}

bool sc_remove_tree(const char *path, struct sc_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? true
                               : sc_fail_errno(err, errno, "cannot remove %s", path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 || errno == ENOENT ||
               sc_fail_errno(err, errno, "cannot remove %s", path);
    struct remove_job job = {.dir = path, .err = err, .ok = true};
    if (!sc_dir_each(path, remove_child, &job, err) || !job.ok)
        return false;
    return rmdir(path) == 0 || errno == ENOENT ||
           sc_fail_errno(err, errno, "cannot remove %s", path);
}

bool sc_disk_free(const char *path, uint64_t *bytes, struct sc_error *err)
{
    struct statvfs vfs;
    char *at = sc_strdup(path);
    if (!at)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    int rc;
    while ((rc = statvfs(at, &vfs)) != 0 && errno == ENOENT) {
        char *slash = strrchr(at, '/');
        if (!slash || slash == at) {
            rc = statvfs(slash ? "/" : ".", &vfs);
            break;
        }
        *slash = '\0';
    }
    free(at);
    if (rc != 0)
        return sc_fail_errno(err, errno, "cannot ask for free space at %s", path);
    *bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    return true;
}

struct size_job {
    const char *dir;
    uint64_t total;
};

static bool add_size(void *user, const char *name)
{
    struct size_job *job = user;
    struct stat st;
    char *path = sc_path_join(job->dir, name);
    if (path && lstat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            job->total += sc_tree_size(path);
        else if (S_ISREG(st.st_mode))
            job->total += (uint64_t)st.st_size;
    }
    free(path);
    return true;
}

uint64_t sc_tree_size(const char *path)
{
    struct size_job job = {.dir = path};
    sc_dir_each(path, add_size, &job, NULL);
    return job.total;
}

bool sc_lock_try(struct sc_lock *lock, const char *path, struct sc_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return sc_fail_errno(err, errno, "cannot open the lock %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int saved = errno;
        close(fd);
        if (saved == EWOULDBLOCK)
            return sc_fail(err, SC_ERR_CONFLICT, "%s is held by another process", path);
        return sc_fail_errno(err, saved, "cannot lock %s", path);
    }
    lock->fd = fd;
    return true;
}

void sc_lock_release(struct sc_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
