/*
 * A lecture into one tar.zst, and what of it stays.
 *
 * The archive is a whole copy: video, slides, text. It is written beside its
 * final name, flushed, read back from the disk and compared member by member,
 * renamed; then one transaction says "archived" in the row and in metadata.json;
 * then the video goes. Killed at any point, the next run finds either the
 * original with at most a useless archive beside it, or an archived lecture
 * whose original still has to go (sc_archive_finish, cleanup).
 */
#include "library/bundle.h"
#include "library/keep_internal.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SPARE_BYTES = 16 << 20 };

char *sc_keep_archive_dir(const struct sc_keep *k)
{
    return k->archive_dir && *k->archive_dir
               ? sc_strdup(k->archive_dir)
               : sc_path_join(sc_library_root(k->lib), "archives");
}

bool sc_keep_in_use(const struct sc_keep *k, const char *what)
{
    return k->in_use && k->in_use(k->user, what);
}

char *sc_record_video_folder(const struct sc_record *r)
{
    char *dir = sc_strdup(r->video_dir ? r->video_dir : r->l.video_path);
    char *slash = dir && !r->video_dir ? strrchr(dir, '/') : NULL;
    if (slash)
        *slash = '\0';
    return dir;
}

/* ---- what belongs to a lecture ---- */

struct members {
    struct sc_library *lib;
    json_t *list;
    const char *only; /* this file alone, or NULL */
    uint64_t bytes;
    struct sc_error *err;
};

static bool add_member(void *user, const char *rel, const char *path,
                       const struct stat *st)
{
    struct members *m = user;
    if (sc_path_base(rel)[0] == '.' || sc_is_part(rel) ||
        (m->only && strcmp(m->only, rel) != 0))
        return true;
    json_t *o = json_pack("{s:s, s:I, s:I}", "path", rel, "size", (json_int_t)st->st_size,
                          "mtime_ns", (json_int_t)sc_platform_mtime_ns(st));
    if (!o)
        return sc_fail(m->err, SC_ERR_UNSUPPORTED,
                       "the name of %s is not UTF-8 and cannot be archived", path);
    m->bytes += (uint64_t)st->st_size;
    return json_array_append_new(m->list, o) == 0 ||
           sc_fail(m->err, SC_ERR_MEMORY, "out of memory");
}

static bool dir_is_shared(struct sc_library *lib, const struct sc_record *r,
                          const char *dir)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_VIDEO_DIR_SHARED, NULL);
    if (!s)
        return true;
    sc_db_bind_text(s, 1, r->l.id);
    sc_db_bind_text(s, 2, dir);
    bool shared = sc_db_step(lib, s, NULL) != 0;
    sqlite3_reset(s);
    return shared;
}

static bool collect(struct sc_library *lib, const struct sc_record *r, struct members *m)
{
    const char *root = sc_library_root(lib);
    struct sc_walk w = {sc_keep_enter, add_member, m};
    char *dir = sc_record_video_folder(r);
    bool ok = sc_walk(root, r->l.folder, &w, m->err);
    if (ok && dir) {
        /* Another lecture's video may lie in the same folder. */
        if (!strchr(dir, '/') || dir_is_shared(lib, r, dir))
            m->only = r->l.video_path;
        ok = sc_walk(root, dir, &w, m->err);
    }
    free(dir);
    return ok;
}

/* ---- whether it may be archived now ---- */

static bool fit(const struct sc_keep *k, const struct sc_record *r, struct sc_error *err)
{
    const struct sc_lecture *l = &r->l;
    struct stat st;
    if (!sc_library_check_here(l, err))
        return false;
    if (sc_keep_in_use(k, l->id)) {
        sc_fail(err, SC_ERR_CONFLICT, "a job for \"%.80s\" is in the queue", l->title);
        return sc_error_hint(err, "Wait until it has finished, or cancel it.");
    }
    if (l->status != SC_LECTURE_PROCESSED && l->status != SC_LECTURE_DOWNLOADED &&
        l->status != SC_LECTURE_ERROR)
        return sc_fail(err, SC_ERR_CONFLICT, "\"%.80s\" is not finished: it is %s",
                       l->title, sc_lecture_status_name(l->status));
    char *video = sc_library_video(k->lib, l);
    bool there = video && lstat(video, &st) == 0 && st.st_size > 0;
    free(video);
    if (!there)
        return sc_fail(err, SC_ERR_NOT_FOUND, "\"%.80s\" has no video to archive",
                       l->title);
    return S_ISREG(st.st_mode) ||
           sc_fail(err, SC_ERR_UNSUPPORTED,
                   "the video of \"%.80s\" is a link to a file elsewhere", l->title);
}

static bool has_room(const char *dir, uint64_t bytes, struct sc_error *err)
{
    uint64_t room = 0;
    char need[32], have[32];
    if (!sc_disk_free(dir, &room, err))
        return false;
    if (room >= bytes + SPARE_BYTES)
        return true;
    sc_format_bytes((double)(bytes + SPARE_BYTES), need, sizeof need);
    sc_format_bytes((double)room, have, sizeof have);
    sc_fail(err, SC_ERR_DISK_FULL, "%s are needed in %s, %s are free", need, dir, have);
    return sc_error_hint(err, "Make room, or set SCALER_ARCHIVE_DIR to another disk.");
}

/* ---- writing, verifying ---- */

static bool unchanged(const char *root, json_t *members, struct sc_error *err)
{
    size_t i;
    json_t *m;
    json_array_foreach(members, i, m)
    {
        struct stat st;
        const char *rel = json_string_value(json_object_get(m, "path"));
        char *path = sc_path_join(root, rel);
        bool same =
            path && lstat(path, &st) == 0 &&
            (json_int_t)st.st_size == json_integer_value(json_object_get(m, "size")) &&
            sc_platform_mtime_ns(&st) ==
                json_integer_value(json_object_get(m, "mtime_ns"));
        free(path);
        if (!same)
            return sc_fail(err, SC_ERR_CONFLICT, "%s changed meanwhile", rel);
    }
    return true;
}

static bool verify(const char *part, json_t *members, struct sc_bundle_job *job,
                   struct sc_error *err)
{
    json_t *found = NULL;
    job->stage = "verify";
    job->done = 0;
    bool ok = sc_bundle_read(part, NULL, job, &found, err);
    /* Not only in itself: what was read from the originals. */
    if (ok && !json_equal(json_object_get(found, "members"), members))
        ok = sc_fail(err, SC_ERR_IO, "the archive does not say what was put in");
    json_decref(found);
    return ok;
}

struct pack {
    const struct sc_keep *k;
    struct sc_record r;
    struct members m;
    char *dir, *path, *part;
};

static bool write_archive(struct pack *p, struct sc_error *err)
{
    const char *root = sc_library_root(p->k->lib);
    struct sc_bundle_job job = {.stage = "archive",
                                .total = (double)p->m.bytes,
                                .progress = &p->k->progress,
                                .cancel = p->k->cancel};
    json_t *about = json_pack("{s:i, s:s, s:s, s:s, s:s?, s:s?}", "schema", 1, "id",
                              p->r.l.id, "title", p->r.l.title, "folder", p->r.l.folder,
                              "video", p->r.l.video_path, "video_dir", p->r.video_dir);
    FILE *f = about ? fopen(p->part, "wb") : NULL;
    bool ok = f || sc_fail_errno(err, errno, "cannot write %s", p->part);
    if (ok) {
        ok = sc_bundle_write(root, about, p->m.list, f, &job, err);
        ok = (fflush(f) == 0 && !ferror(f) && fsync(fileno(f)) == 0) ||
             sc_fail_errno(err, errno, "cannot write %s", p->part);
        ok = fclose(f) == 0 && ok && err->code == SC_ERR_OK;
        ok = ok && verify(p->part, p->m.list, &job, err) &&
             unchanged(root, p->m.list, err) && sc_file_rename(p->part, p->path, err);
        if (!ok)
            unlink(p->part);
    }
    json_decref(about);
    return ok;
}

/* ---- rows ---- */

json_t *sc_archive_about(struct sc_library *lib, const struct sc_record *r)
{
    char *path = sc_strf("%s/%s/metadata.json", sc_library_root(lib), r->l.folder);
    json_t *o = path ? json_load_file(path, 0, NULL) : NULL;
    json_t *about = json_incref(json_object_get(o, "archive"));
    json_decref(o);
    free(path);
    if (json_is_object(about))
        return about;
    json_decref(about);
    return NULL;
}

bool sc_archive_commit(struct sc_library *lib, struct sc_record *r, json_t *archive,
                       struct sc_error *err)
{
    struct sc_record now = {0};
    bool found = false;
    if (!sc_db_begin(lib, err))
        return false;
    bool ok = sc_record_get(lib, r->l.id, &now, &found, err);
    enum sc_lecture_status was = now.l.status;
    if (ok && (!found || (archive != NULL) == (was == SC_LECTURE_ARCHIVED) ||
               was == SC_LECTURE_QUEUED))
        ok = sc_fail(err, SC_ERR_CONFLICT, "\"%.80s\" changed meanwhile", r->l.title);
    /* Its title may have been changed while the bytes were copied. */
    if (ok) {
        char *title = r->l.title;
        r->l.title = now.l.title;
        now.l.title = title;
        r->l.updated_unix = sc_clock_wall_s();
    }
    ok = ok && sc_record_update(lib, r, err);
    json_t *fields = ok ? sc_metadata_fields(r) : NULL;
    if (fields)
        json_object_set_new(fields, "archive",
                            archive ? json_incref(archive) : json_null());
    ok = ok && sc_metadata_merge(lib, r->l.folder, fields, err);
    json_decref(fields);
    ok = sc_db_end(lib, ok, err);
    sc_record_finish(&now);
    return ok;
}

static bool say_archived(struct pack *p, struct sc_error *err)
{
    struct sc_record *r = &p->r;
    char when[SC_ISO8601_SIZE];
    sc_format_iso8601(sc_clock_wall_s(), when);
    json_t *about = json_pack(
        "{s:s, s:s, s:I, s:I, s:s, s:s?, s:s}", "file", sc_path_base(p->path), "dir",
        p->dir, "bytes", (json_int_t)p->m.bytes, "archiveBytes",
        (json_int_t)sc_file_size(p->path), "status", sc_lecture_status_name(r->l.status),
        "video", r->l.video_path, "archived", when);
    if (!about)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (!r->video_dir && r->l.video_path) {
        char *dir = sc_record_video_folder(r);
        if (dir && strchr(dir, '/'))
            r->video_dir = dir;
        else
            free(dir);
    }
    free(r->l.video_path);
    r->l.video_path = NULL;
    r->l.status = SC_LECTURE_ARCHIVED;
    bool ok = sc_archive_commit(p->k->lib, r, about, err);
    json_decref(about);
    return ok;
}

/* ---- the originals ---- */

static bool remove_originals(struct sc_library *lib, const struct sc_record *r,
                             json_t *members, json_t *removed, struct sc_error *err)
{
    size_t i;
    json_t *m;
    bool ok = true;
    json_array_foreach(members, i, m)
    {
        const char *rel = json_string_value(json_object_get(m, "path"));
        if (!rel || !sc_video_path_valid(rel))
            continue;
        char *path = sc_path_join(sc_library_root(lib), rel);
        if (path && unlink(path) == 0) {
            if (removed)
                json_array_append_new(removed, json_string(path));
        } else if (path && errno != ENOENT) {
            ok = sc_fail_errno(err, errno, "cannot remove %s", path);
        }
        free(path);
    }
    char *dir = r->video_dir ? sc_path_join(sc_library_root(lib), r->video_dir) : NULL;
    if (dir)
        rmdir(dir); /* stays when something else is in it */
    free(dir);
    return ok;
}

char *sc_archive_find(const struct sc_keep *k, const struct sc_record *r, json_t *about,
                      struct sc_error *err)
{
    const char *file = json_string_value(json_object_get(about, "file"));
    const char *noted = json_string_value(json_object_get(about, "dir"));
    char *own = sc_strf("%s.tar.zst", r->l.id), *dir = sc_keep_archive_dir(k);
    char *inside = sc_path_join(sc_library_root(k->lib), "archives");
    const char *dirs[] = {dir, inside, noted};
    char *path = NULL;
    if (!file || strchr(file, '/') || file[0] == '.')
        file = own;
    for (size_t i = 0; file && !path && i < 3; i++) {
        path = dirs[i] ? sc_path_join(dirs[i], file) : NULL;
        if (path && !sc_file_exists(path)) {
            free(path);
            path = NULL;
        }
    }
    if (!path) {
        sc_fail(err, SC_ERR_NOT_FOUND, "the archive %s of \"%.80s\" is not in %.150s",
                file ? file : "", r->l.title,
                noted ? noted
                : dir ? dir
                      : "");
        sc_error_hint(err, "Connect the disk it lies on, or set SCALER_ARCHIVE_DIR to "
                           "the folder that holds it.");
    }
    free(own);
    free(dir);
    free(inside);
    return path;
}

uint64_t sc_archive_leftover(const struct sc_keep *k, const struct sc_record *r,
                             size_t *n)
{
    struct sc_error ignored = {0};
    struct members m = {.lib = k->lib, .list = json_array(), .err = &ignored};
    struct sc_walk w = {sc_keep_enter, add_member, &m};
    if (r->video_dir && !dir_is_shared(k->lib, r, r->video_dir))
        sc_walk(sc_library_root(k->lib), r->video_dir, &w, &ignored);
    *n = json_array_size(m.list);
    json_decref(m.list);
    return m.bytes;
}

bool sc_archive_finish(const struct sc_keep *k, const struct sc_record *r,
                       json_t *removed, struct sc_error *err)
{
    struct sc_bundle_job job = {
        .stage = "verify", .progress = &k->progress, .cancel = k->cancel};
    const char *root = sc_library_root(k->lib);
    json_t *about = sc_archive_about(k->lib, r), *manifest = NULL;
    char *path = sc_archive_find(k, r, about, err);
    bool ok = path && sc_bundle_read(path, NULL, &job, &manifest, err);
    json_t *members = json_object_get(manifest, "members"), *same = json_array(), *m;
    size_t i;
    json_array_foreach(members, i, m)
    {
        char hex[SC_SHA256_HEX_SIZE] = "";
        const char *rel = json_string_value(json_object_get(m, "path"));
        if (!ok || !rel || !sc_video_path_valid(rel))
            continue;
        char *file = sc_path_join(root, rel);
        if (file && sc_file_exists(file) && sc_sha256_of_file(file, hex, NULL) &&
            sc_str_eq(hex, json_string_value(json_object_get(m, "sha256"))))
            json_array_append(same, m);
        free(file);
    }
    ok = ok && remove_originals(k->lib, r, same, removed, err);
    json_decref(same);
    json_decref(manifest);
    json_decref(about);
    free(path);
    return ok;
}

/* ---- front door ---- */

/* Two libraries may share the folder: what is there is never written over. Heap. */
static char *free_name(const char *dir, const char *id)
{
    char *path = sc_strf("%s/%s.tar.zst", dir, id);
    for (int i = 2; path && access(path, F_OK) == 0; i++) {
        free(path);
        path = sc_strf("%s/%s-%d.tar.zst", dir, id, i);
    }
    return path;
}

static bool prepare(struct pack *p, const char *id, struct sc_error *err)
{
    bool found = false;
    if (!sc_record_get(p->k->lib, id, &p->r, &found, err))
        return false;
    if (!found)
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no lecture with the id %.80s",
                       id);
    p->m = (struct members){.lib = p->k->lib, .list = json_array(), .err = err};
    p->dir = sc_keep_archive_dir(p->k);
    p->path = p->dir ? free_name(p->dir, id) : NULL;
    p->part = p->path ? sc_strf("%s.part", p->path) : NULL;
    return (p->m.list && p->part) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static void pack_finish(struct pack *p)
{
    sc_record_finish(&p->r);
    json_decref(p->m.list);
    free(p->dir);
    free(p->path);
    free(p->part);
}

static bool pack_locked(struct pack *p, struct sc_error *err)
{
    return fit(p->k, &p->r, err) && collect(p->k->lib, &p->r, &p->m) &&
           (p->k->dry_run ||
            (sc_mkdirs(p->dir, err) && has_room(p->dir, p->m.bytes, err) &&
             write_archive(p, err) && say_archived(p, err) &&
             remove_originals(p->k->lib, &p->r, p->m.list, NULL, err)));
}

bool sc_keep_archive(const struct sc_keep *k, const char *id, json_t **out,
                     struct sc_error *err)
{
    struct sc_error scratch = {0};
    struct pack p = {.k = k};
    struct sc_lock lock = {.fd = -1};
    err = err ? err : &scratch;
    if (!prepare(&p, id, err)) {
        pack_finish(&p);
        return false;
    }
    bool ok = sc_library_lock(k->lib, &p.r.l, &lock, err);
    /* Again under the lock: it may have been archived or removed meanwhile. */
    if (ok) {
        pack_finish(&p);
        p = (struct pack){.k = k};
        ok = prepare(&p, id, err);
    }
    if (ok && p.r.l.status == SC_LECTURE_ARCHIVED && !k->dry_run) {
        size_t n = 0;
        sc_archive_leftover(k, &p.r, &n);
        ok = n > 0 ? sc_archive_finish(k, &p.r, NULL, err) : pack_locked(&p, err);
    } else {
        ok = ok && pack_locked(&p, err);
    }
    if (ok)
        *out =
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:b}", "id", p.r.l.id, "title",
                      p.r.l.title, "archive", p.path, "bytes", (json_int_t)p.m.bytes,
                      "archiveBytes", (json_int_t)(k->dry_run ? 0 : sc_file_size(p.path)),
                      "files", (int)json_array_size(p.m.list), "dryRun", k->dry_run);
    else
        sc_error_wrap(err, "could not archive \"%.80s\"", p.r.l.title ? p.r.l.title : id);
    sc_lock_release(&lock);
    pack_finish(&p);
    return ok;
}

/* Local midnight of the day it was held. */
static int64_t held_unix(const char *date)
{
    struct tm tm = {.tm_isdst = -1};
    if (!sc_valid_date(date) ||
        sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)mktime(&tm);
}

bool sc_keep_archive_due(const struct sc_keep *k, int64_t older_than_s,
                         int64_t unchanged_s, json_t **out, struct sc_error *err)
{
    struct sc_record *list = NULL;
    size_t n = 0;
    int64_t now = sc_clock_wall_s();
    json_t *ids = json_array();
    if (!ids || !sc_record_list(k->lib, &list, &n, err)) {
        json_decref(ids);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct sc_error no = {0};
        if (now - held_unix(list[i].l.date) >= older_than_s &&
            now - list[i].l.updated_unix >= unchanged_s && fit(k, &list[i], &no))
            json_array_append_new(ids, json_string(list[i].l.id));
        sc_record_finish(&list[i]);
    }
    free(list);
    *out = ids;
    return true;
}

bool sc_keep_missing_archives(const struct sc_keep *k, json_t *problems,
                              struct sc_error *err)
{
    struct sc_record *list = NULL;
    size_t n = 0;
    if (!sc_record_list(k->lib, &list, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct sc_error why = {0};
        char sentence[700];
        if (list[i].l.status == SC_LECTURE_ARCHIVED) {
            json_t *about = sc_archive_about(k->lib, &list[i]);
            char *path = sc_archive_find(k, &list[i], about, &why);
            if (!path) {
                sc_error_sentence(&why, sentence, sizeof sentence);
                json_t *text = sc_json_text(sentence);
                json_array_append_new(problems, text);
            }
            json_decref(about);
            free(path);
        }
        sc_record_finish(&list[i]);
    }
    free(list);
    return true;
}
