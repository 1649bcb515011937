#include "library/keep_internal.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16, MAX_PATH_BYTES = 1024 };

struct step {
    const struct sc_walk *w;
    const char *root, *rel;
    int depth;
    bool ok;
    struct sc_error *err;
};

static bool walk_dir(struct step *s);

static bool visit(void *user, const char *name)
{
    struct step *s = user;
    struct stat st;
    char *rel = sc_path_join(s->rel, name),
         *path = rel ? sc_path_join(s->root, rel) : NULL;
    if (!path) {
        s->ok = sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
    } else if (lstat(path, &st) != 0) {
        s->ok = true; /* gone meanwhile */
    } else if (S_ISREG(st.st_mode)) {
        s->ok = s->w->file(s->w->user, rel, path, &st);
    } else if (S_ISDIR(st.st_mode) && s->depth < MAX_DEPTH &&
               (!s->w->enter || s->w->enter(s->w->user, rel))) {
        struct step inner = *s;
        inner.rel = rel;
        inner.depth++;
        s->ok = walk_dir(&inner);
    }
    free(rel);
    free(path);
    return s->ok;
}

static bool walk_dir(struct step *s)
{
    char *path = *s->rel ? sc_path_join(s->root, s->rel) : sc_strdup(s->root);
    bool ok = path || sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
    s->ok = true;
    ok = ok && sc_dir_each(path, visit, s, s->err) && s->ok;
    free(path);
    return ok;
}

bool sc_walk(const char *root, const char *start, const struct sc_walk *w,
             struct sc_error *err)
{
    struct step s = {.w = w, .root = root, .rel = start, .err = err};
    return walk_dir(&s);
}

bool sc_is_part(const char *name)
{
    return sc_str_ends(name, ".part");
}

bool sc_keep_path_safe(const char *rel)
{
    size_t n = strlen(rel);
    if (n == 0 || n > MAX_PATH_BYTES || rel[0] == '/')
        return false;
    for (const char *p = rel; *p;) {
        size_t part = strcspn(p, "/");
        if (part == 0 || p[0] == '.')
            return false;
        p += part;
        if (*p == '/' && *++p == '\0')
            return false;
    }
    return true;
}

bool sc_keep_make_parent(const char *path, struct sc_error *err)
{
    char *dir = sc_strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
    if (slash)
        *slash = '\0';
    bool ok = slash ? sc_mkdirs(dir, err) : sc_fail(err, SC_ERR_MEMORY, "out of memory");
    free(dir);
    return ok;
}

bool sc_keep_enter(void *user, const char *rel)
{
    const char *name = sc_path_base(rel);
    (void)user;
    return name[0] != '.' &&
           !(sc_str_starts(rel, "videos/") && strcmp(name, "chunks") == 0);
}
