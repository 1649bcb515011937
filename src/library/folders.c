/* Names and places on disk: folders, ids, paths, locks, removal. */
#include "library/keep_internal.h"

#include "base/digest.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_NAME_CHARS = 50, /* the wire contract's limit for a safe title */
    MAX_SUFFIX = 9999,
    MAX_SLUG = 40,
    ID_HASH_CHARS = 6,
    MAX_ID = 80,
};

/* "Graphs 3" to "graphs-3": ASCII only, so that it needs no escaping anywhere. */
static void slug_of(const char *title, char out[MAX_SLUG + 1])
{
    size_t n = 0;
    for (const char *p = title; *p && n < MAX_SLUG; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x80 && isalnum(c))
            out[n++] = (char)tolower(c);
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

char *sc_id_from_folder(const char *folder, unsigned attempt)
{
    char slug[MAX_SLUG + 1], date[11], hash[SC_SHA256_HEX_SIZE];
    char *title = NULL;
    if (sc_folder_parse(folder, date, &title) && !title)
        return NULL;
    slug_of(title ? title : folder, slug);
    free(title);
    char *seed = attempt ? sc_strf("%s#%u", folder, attempt) : sc_strdup(folder);
    if (!seed)
        return NULL;
    sc_sha256_of(seed, strlen(seed), hash);
    free(seed);
    return sc_strf("%s-%.*s", slug[0] ? slug : "lecture", ID_HASH_CHARS, hash);
}

bool sc_id_valid(const char *id)
{
    size_t n = strlen(id);
    if (n == 0 || n > MAX_ID || id[0] == '.' || id[0] == '-')
        return false;
    for (const char *p = id; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '-' &&
            *p != '_' && *p != '.')
            return false;
    return true;
}

bool sc_folder_parse(const char *folder, char date[11], char **title)
{
    if (strlen(folder) < 12 || folder[10] != '_')
        return false;
    memcpy(date, folder, 10);
    date[10] = '\0';
    if (!sc_valid_date(date))
        return false;
    if (title)
        *title = sc_strdup(folder + 11);
    return true;
}

bool sc_video_path_valid(const char *path)
{
    if (!sc_str_starts(path, "videos/") || path[7] == '\0')
        return false;
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        p += n + (p[n] == '/');
    }
    return !sc_str_ends(path, "/");
}

/* Cuts to at most n characters, and trailing space with them. */
static void cut_chars(char *s, size_t n)
{
    size_t len = strlen(s), at = 0;
    uint32_t cp;
    while (n-- && at < len) {
        size_t k = sc_utf8_decode(s + at, len - at, &cp);
        at += k ? k : 1;
    }
    while (at && s[at - 1] == ' ')
        at--;
    s[at] = '\0';
}

static bool query_taken(struct sc_library *lib, enum sc_sql id, const char *name)
{
    sqlite3_stmt *s = sc_db_use(lib, id, NULL);
    if (!s)
        return true;
    sc_db_bind_text(s, 1, name);
    bool taken = sc_db_step(lib, s, NULL) != 0;
    sqlite3_reset(s);
    return taken;
}

bool sc_folder_is_taken(struct sc_library *lib, const char *name)
{
    return query_taken(lib, SC_SQL_FOLDER_TAKEN, name);
}

bool sc_video_dir_is_taken(struct sc_library *lib, const char *name)
{
    return query_taken(lib, SC_SQL_VIDEO_DIR_TAKEN, name);
}

/* True when the folder can be had: made now, or left empty by a process that died. */
static bool claim(struct sc_library *lib, const char *name,
                  bool (*taken)(struct sc_library *lib, const char *name), bool *ours,
                  struct sc_error *err)
{
    *ours = false;
    char *path = sc_path_join(lib->root, name);
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    bool ok = true;
    if (!taken(lib, name)) {
        if (mkdir(path, 0777) == 0)
            *ours = true;
        else if (errno != EEXIST)
            ok = sc_fail_errno(err, errno, "cannot make the folder %s", path);
        else if (rmdir(path) == 0 && mkdir(path, 0777) == 0)
            *ours = true;
    }
    free(path);
    return ok;
}

bool sc_folder_make(struct sc_library *lib, const char *prefix, const char *title,
                    bool (*taken)(struct sc_library *lib, const char *name), char **name,
                    struct sc_error *err)
{
    bool ours = false;
    for (int i = 1; i <= MAX_SUFFIX; i++) {
        char suffix[16] = "";
        if (i > 1)
            snprintf(suffix, sizeof suffix, " %d", i);
        char *safe = sc_title_safe(title);
        if (safe)
            cut_chars(safe, MAX_NAME_CHARS - strlen(suffix));
        char *full = safe ? sc_strf("%s%s%s", prefix, safe, suffix) : NULL;
        free(safe);
        if (!full)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        if (!claim(lib, full, taken, &ours, err)) {
            free(full);
            return false;
        }
        if (ours) {
            *name = full;
            return true;
        }
        free(full);
    }
    return sc_fail(err, SC_ERR_LIMIT, "there are too many lectures named \"%.60s\"",
                   title);
}

char *sc_library_folder(const struct sc_library *lib, const struct sc_lecture *l)
{
    return sc_path_join(lib->root, l->folder);
}

char *sc_library_video(const struct sc_library *lib, const struct sc_lecture *l)
{
    return l->video_path ? sc_path_join(lib->root, l->video_path) : NULL;
}

/* Whether another lecture has its video in the folder. */
static bool is_shared(struct sc_library *lib, const struct sc_record *r, const char *dir,
                      bool *shared, struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_VIDEO_DIR_SHARED, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, r->l.id);
    sc_db_bind_text(s, 2, dir);
    int rc = sc_db_step(lib, s, err);
    sqlite3_reset(s);
    *shared = rc == 1;
    return rc >= 0;
}

/* "videos/T" of "videos/T/full_video.mp4"; NULL when it lies in videos/ itself. Heap. */
static char *folder_of_video(const struct sc_record *r)
{
    const char *path = r->l.video_path, *end = path ? strrchr(path, '/') : NULL;
    char *dir = end ? sc_strndup(path, (size_t)(end - path)) : NULL;
    if (dir && strchr(dir, '/'))
        return dir;
    free(dir);
    return NULL;
}

/* A lecture of an older library: the folder that its video lies in, or a new one. */
static bool settle_video_dir(struct sc_library *lib, struct sc_record *r,
                             struct sc_error *err)
{
    bool shared = true;
    char *dir = folder_of_video(r), *videos = sc_path_join(lib->root, "videos");
    bool ok = videos && (!dir || is_shared(lib, r, dir, &shared, err));
    if (ok && dir && !shared) {
        r->video_dir = dir;
        dir = NULL;
    } else {
        ok = ok && sc_mkdirs(videos, err) &&
             sc_folder_make(lib, "videos/", r->l.title, sc_video_dir_is_taken,
                            &r->video_dir, err);
    }
    free(dir);
    free(videos);
    return ok && sc_record_update(lib, r, err);
}

char *sc_library_video_dir(struct sc_library *lib, const struct sc_lecture *l)
{
    struct sc_record r = {0};
    bool found = false;
    char *path = NULL;
    if (!sc_record_get(lib, l->id, &r, &found, NULL) || !found)
        return NULL;
    if (!r.video_dir) {
        struct sc_error err = {0};
        bool ok = sc_db_begin(lib, &err);
        if (ok)
            ok = sc_db_end(lib, settle_video_dir(lib, &r, &err), &err);
        if (!ok) {
            sc_record_finish(&r);
            return NULL;
        }
    }
    path = sc_path_join(lib->root, r.video_dir);
    sc_record_finish(&r);
    return path;
}

bool sc_library_lock(struct sc_library *lib, const struct sc_lecture *l,
                     struct sc_lock *lock, struct sc_error *err)
{
    struct sc_error inner = {0};
    char *dir = sc_path_join(lib->root, ".scaler/locks");
    char *path = dir ? sc_path_join(dir, l->id) : NULL;
    bool ok = path && sc_mkdirs(dir, &inner) && sc_lock_try(lock, path, &inner);
    if (!path)
        sc_fail(&inner, SC_ERR_MEMORY, "out of memory");
    if (inner.code == SC_ERR_CONFLICT) {
        sc_fail(err, SC_ERR_CONFLICT, "another process is working on \"%.80s\"",
                l->title);
        sc_error_hint(err, "Wait until it has finished, or stop it first.");
    } else if (!ok && err && !err->code) {
        *err = inner;
    }
    free(dir);
    free(path);
    return ok;
}

static bool remove_one(const char *path, json_t *deleted, struct sc_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return true;
    if (!sc_remove_tree(path, err))
        return false;
    json_array_append_new(deleted, json_string(path));
    return true;
}

/* A video's folder, unless another lecture has its video there as well. */
static bool remove_video_dir(struct sc_library *lib, const struct sc_record *r,
                             const char *dir, json_t *deleted, struct sc_error *err)
{
    bool shared = true;
    char *path = sc_path_join(lib->root, dir);
    bool ok = path && is_shared(lib, r, dir, &shared, err) &&
              (shared || remove_one(path, deleted, err));
    free(path);
    return ok;
}

static bool remove_video(struct sc_library *lib, const struct sc_record *r,
                         json_t *deleted, struct sc_error *err)
{
    char *dir = folder_of_video(r);
    bool ok = true;
    if (r->video_dir)
        ok = remove_video_dir(lib, r, r->video_dir, deleted, err);
    if (ok && dir && !sc_str_eq(dir, r->video_dir))
        ok = remove_video_dir(lib, r, dir, deleted, err);
    if (ok && !dir && r->l.video_path) {
        /* Directly in videos/: the file alone. */
        char *file = sc_library_video(lib, &r->l);
        ok = file && remove_one(file, deleted, err);
        free(file);
    }
    free(dir);
    return ok;
}

/* In the library alone: an archive that lies elsewhere stays there. */
static bool remove_archive(struct sc_library *lib, const struct sc_record *r,
                           json_t *deleted, struct sc_error *err)
{
    json_t *about = sc_archive_about(lib, r);
    const char *file = json_string_value(json_object_get(about, "file"));
    bool ok = true;
    if (r->l.status == SC_LECTURE_ARCHIVED && file && !strchr(file, '/') &&
        sc_str_starts(file, r->l.id)) {
        char *path = sc_strf("%s/archives/%s", lib->root, file);
        ok = path && remove_one(path, deleted, err);
        free(path);
    }
    json_decref(about);
    return ok;
}

static bool move_to_trash(struct sc_library *lib, const struct sc_record *r,
                          const char *trash, json_t *deleted, struct sc_error *err)
{
    char *folder = sc_library_folder(lib, &r->l);
    bool ok = folder && sc_remove_tree(trash, err);
    if (ok && rename(folder, trash) == 0)
        json_array_append_new(deleted, json_string(folder));
    else if (ok && errno != ENOENT)
        ok = remove_one(folder, deleted, err); /* a mount point, perhaps */
    free(folder);
    return ok;
}

bool sc_library_remove(struct sc_library *lib, const char *id, json_t **deleted,
                       struct sc_error *err)
{
    struct sc_record r = {0};
    struct sc_lock lock = {.fd = -1};
    bool found = false;
    json_t *list = json_array();
    bool ok = sc_record_get(lib, id, &r, &found, err);
    if (ok && !found)
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "there is no lecture with the id %.80s", id);
    ok = ok && sc_library_lock(lib, &r.l, &lock, err);
    char *trash = sc_strf("%s/.scaler/trash-%s", lib->root, id);
    if (ok && trash && sc_db_begin(lib, err)) {
        /* The folder goes in one step: a removal that dies half-way leaves either
         * a lecture that can be removed again or nothing that a rescan finds. */
        ok = remove_video(lib, &r, list, err) && remove_archive(lib, &r, list, err) &&
             move_to_trash(lib, &r, trash, list, err) && sc_index_remove(lib, &r, err) &&
             sc_record_delete(lib, &r, err);
        ok = sc_db_end(lib, ok, err) && sc_remove_tree(trash, err);
    } else {
        ok = false;
    }
    free(trash);
    if (ok) {
        char *path = sc_strf("%s/.scaler/locks/%s", lib->root, r.l.id);
        if (path)
            unlink(path);
        free(path);
    } else {
        sc_error_wrap(err, "could not remove %.80s", found ? r.l.title : id);
    }
    sc_lock_release(&lock);
    sc_record_finish(&r);
    if (ok && deleted)
        *deleted = list;
    else
        json_decref(list);
    return ok;
}
