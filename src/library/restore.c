/*
 * Restore: lecture by lecture, each under its lock, metadata.json last.
 *
 * Every copy is compared with the backup's SHA-256 before it takes its name. What
 * is here stays unless it is older; what is newer, or a student's own words, stays
 * and is named. A lecture that is here under another name, in work or archived, and
 * a folder that now belongs to another lecture, are left alone as a whole.
 */
#include "library/backup_store.h"

#include "base/digest.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPARE_BYTES = 32 << 20 };

static const char *const OWN_WORDS = "user_notes.json";

struct restore {
    const struct sc_keep *k;
    const struct sc_restore_options *o;
    const char *root;
    struct sc_backup_store store;
    json_t *files;
    json_t *groups; /* first folder ("videos/X", "2026-..._X") -> {rel: entry} */
    json_t *items, *kept, *damaged;
    uint64_t bytes, done, total;
    size_t n_same;
    bool was_empty; /* then the library becomes the one that was backed up */
    struct sc_error *err;
};

static void note(json_t *list, const char *path, const char *why)
{
    json_array_append_new(list, json_pack("{s:s, s:s}", "path", path, "why", why));
}

/* ---- groups ---- */

/* Heap. */
static char *group_of(const char *rel)
{
    size_t n = strcspn(rel, "/");
    if (strncmp(rel, "videos/", 7) == 0) {
        size_t more = strcspn(rel + 7, "/");
        n = rel[7 + more] ? 7 + more : n;
    }
    return sc_strndup(rel, rel[n] ? n : 0);
}

static bool make_groups(struct restore *r)
{
    const char *rel;
    json_t *entry;
    json_object_foreach(r->files, rel, entry)
    {
        bool gone = json_object_get(entry, "gone") && !r->o->with_gone;
        if (!sc_backup_path_valid(rel) ||
            !json_is_string(json_object_get(entry, "sha256"))) {
            note(r->damaged, rel, "the backup's list is damaged here");
            continue;
        }
        char *name = gone ? NULL : group_of(rel);
        json_t *group = name ? json_object_get(r->groups, name) : NULL;
        if (name && !group) {
            group = json_object();
            json_object_set_new(r->groups, name, group);
        }
        if (name)
            json_object_set(group, rel, entry);
        free(name);
        r->total +=
            gone ? 0 : (uint64_t)json_integer_value(json_object_get(entry, "size"));
    }
    return true;
}

/* ---- one file ---- */

static void on_bytes(void *user, size_t n)
{
    struct restore *r = user;
    r->done += n;
    struct sc_progress p = {.stage = "restore",
                            .done = (double)r->done,
                            .total = (double)r->total,
                            .unit = SC_UNIT_BYTES};
    sc_progress_report(&r->k->progress, &p);
}

enum verdict { COPY, COPY_OVER, SAME, KEEP };

static enum verdict judge(struct restore *r, const char *rel, const char *path,
                          json_t *entry, const char **why)
{
    struct stat st;
    char hex[SC_SHA256_HEX_SIZE] = "";
    int64_t mtime_ns = json_integer_value(json_object_get(entry, "mtime_ns"));
    *why = "missing here";
    if (!r->was_empty && strcmp(rel, ".scaler/library.id") == 0)
        return SAME;
    if (lstat(path, &st) != 0)
        return COPY;
    if (!S_ISREG(st.st_mode)) {
        *why = "something else has this name here";
        return KEEP;
    }
    /* The catalog is made from the folders; keys and settings here are the ones in use.
     */
    if (rel[0] == '.')
        return SAME;
    bool size =
        (json_int_t)st.st_size == json_integer_value(json_object_get(entry, "size"));
    if (size && (sc_platform_mtime_ns(&st) == mtime_ns ||
                 (sc_sha256_of_file(path, hex, NULL) &&
                  sc_str_eq(hex, json_string_value(json_object_get(entry, "sha256"))))))
        return SAME;
    if (strcmp(sc_path_base(rel), OWN_WORDS) == 0)
        *why = "your own words differ here; --overwrite restores the backup's";
    else if (sc_platform_mtime_ns(&st) > mtime_ns)
        *why = "it is newer here; --overwrite restores the backup's";
    else {
        *why = "older here";
        return COPY;
    }
    if (r->o->overwrite)
        *why = "over what is here, which is kept as .before-restore";
    return r->o->overwrite ? COPY_OVER : KEEP;
}

static bool set_aside(const char *path, struct sc_error *err)
{
    char *to = sc_strf("%s.before-restore", path);
    struct stat st;
    for (int i = 2; to && lstat(to, &st) == 0; i++) {
        free(to);
        to = sc_strf("%s.before-restore-%d", path, i);
    }
    /* A link, so that the name is never without a file. */
    bool ok = to && (link(path, to) == 0 || sc_file_copy(path, to, err));
    free(to);
    return ok;
}

/* The folder that the file goes to, after every link in it is followed. */
static bool stays_inside(struct restore *r, const char *path, struct sc_error *err)
{
    char *dir = sc_strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
    if (slash)
        *slash = '\0';
    /* The nearest folder that exists, before anything is made in it. */
    while (slash && strlen(dir) > strlen(r->root) && !sc_dir_exists(dir)) {
        char *up = strrchr(dir, '/');
        *up = '\0';
    }
    bool ok = slash && sc_path_inside(r->root, dir);
    free(dir);
    return ok || sc_fail(err, SC_ERR_FORBIDDEN, "%s leads out of the library", path);
}

static bool copy_file(struct restore *r, const char *rel, const char *path, json_t *entry,
                      const char *why)
{
    char hex[SC_SHA256_HEX_SIZE];
    struct sc_error inner = {0};
    char *from = sc_backup_find(&r->store, rel);
    struct sc_backup_copy c = {
        .from = from,
        .to = path,
        .private_file = rel[0] == '.',
        .flush = true, /* it may take the place of a file that is whole */
        .expected = json_string_value(json_object_get(entry, "sha256")),
        .mtime_ns = json_integer_value(json_object_get(entry, "mtime_ns")),
        .on_bytes = on_bytes,
        .user = r,
        .cancel = r->k->cancel,
    };
    bool ok = from && stays_inside(r, path, &inner);
    if (ok && r->k->dry_run) {
        ok = sc_file_size(from) == json_integer_value(json_object_get(entry, "size")) ||
             sc_fail(&inner, SC_ERR_MEDIA, "it is not what was backed up (size)");
    } else {
        ok = ok && sc_backup_copy(&c, hex, &inner);
    }
    free(from);
    if (ok) {
        json_t *size = json_object_get(entry, "size");
        r->bytes += (uint64_t)json_integer_value(size);
        json_array_append_new(r->items, json_pack("{s:s, s:O, s:s}", "path", rel, "bytes",
                                                  size, "why", why));
        return true;
    }
    if (inner.code == SC_ERR_CANCELLED || inner.code == SC_ERR_DISK_FULL ||
        inner.code == SC_ERR_PERMISSION || inner.code == SC_ERR_MEMORY) {
        *r->err = inner;
        return false;
    }
    char sentence[400];
    sc_error_sentence(&inner, sentence, sizeof sentence);
    note(r->damaged, rel, sentence);
    return true;
}

static bool put(struct restore *r, const char *rel, json_t *entry)
{
    const char *why;
    char *path = sc_path_join(r->root, rel);
    bool ok = path || sc_fail(r->err, SC_ERR_MEMORY, "out of memory");
    if (ok && sc_cancel_check(r->k->cancel, r->err))
        ok = false;
    enum verdict v = ok ? judge(r, rel, path, entry, &why) : SAME;
    if (ok && v == KEEP)
        note(r->kept, rel, why);
    else if (ok && v == SAME)
        r->n_same++;
    if (ok && v == COPY_OVER && !r->k->dry_run && stays_inside(r, path, NULL))
        ok = set_aside(path, r->err);
    if (ok && (v == COPY || v == COPY_OVER))
        ok = copy_file(r, rel, path, entry, why);
    free(path);
    return ok;
}

static bool put_group(struct restore *r, const char *name)
{
    json_t *group = name ? json_object_get(r->groups, name) : NULL, *entry, *last = NULL;
    const char *rel, *last_rel = NULL;
    bool ok = true;
    json_object_foreach(group, rel, entry)
    {
        if (strcmp(sc_path_base(rel), "metadata.json") == 0) {
            last = entry;
            last_rel = rel;
        } else if (ok) {
            ok = put(r, rel, entry);
        }
    }
    ok = ok && (!last || put(r, last_rel, last));
    if (ok && group)
        json_object_del(r->groups, name);
    return ok;
}

static void keep_group(struct restore *r, const char *name, const char *why)
{
    if (name && json_object_get(r->groups, name)) {
        note(r->kept, name, why);
        json_object_del(r->groups, name);
    }
}

/* ---- one lecture ---- */

/* What the backup's metadata.json says; false when it has none that can be read. */
static bool read_backup_metadata(struct restore *r, const char *folder,
                                 struct sc_metadata *m)
{
    struct sc_buf text = SC_BUF_INIT(16 << 20);
    char *rel = sc_strf("%s/metadata.json", folder);
    json_t *group = json_object_get(r->groups, folder);
    bool ok = rel && json_object_get(group, rel);
    char *path = ok ? sc_backup_find(&r->store, rel) : NULL;
    ok = path && sc_file_read(path, 8 << 20, &text, NULL) &&
         sc_metadata_parse(sc_buf_str(&text), text.len, m, NULL);
    sc_buf_finish(&text);
    free(rel);
    free(path);
    return ok;
}

/* Why the lecture of the backup cannot go into its folders now; NULL: it can. */
static const char *obstacle(struct restore *r, const char *folder,
                            const struct sc_metadata *m, const struct sc_record *here,
                            bool known)
{
    struct sc_metadata there = {0};
    bool found = false;
    const char *why = NULL;
    if (known && strcmp(here->l.folder, folder) != 0)
        return "the lecture is here in another folder";
    if (known && sc_keep_in_use(r->k, here->l.id))
        return "a job for the lecture is in the queue";
    if (sc_metadata_read(r->k->lib, folder, &there, &found, NULL) && found) {
        if (!there.r.l.id)
            there.r.l.id = sc_id_from_folder(folder, 0);
        if (!sc_str_eq(there.r.l.id, m->r.l.id))
            why = "the folder belongs to another lecture here";
    }
    sc_metadata_finish(&there);
    return why;
}

/* The place of the video may have been given to another lecture since. */
static bool video_is_free(struct restore *r, const char *dir, const char *id)
{
    sqlite3_stmt *s = sc_db_use(r->k->lib, SC_SQL_VIDEO_DIR_SHARED, NULL);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, id);
    sc_db_bind_text(s, 2, dir);
    bool shared = sc_db_step(r->k->lib, s, NULL) != 0;
    sqlite3_reset(s);
    return !shared;
}

static bool put_lecture(struct restore *r, const char *folder,
                        const struct sc_metadata *m)
{
    struct sc_record here = {0};
    struct sc_lock lock = {.fd = -1};
    bool known = false, ok = true;
    char *dir = sc_record_video_folder(&m->r);
    const char *id = m->r.l.id, *why = NULL;
    if (!sc_record_get(r->k->lib, id, &here, &known, r->err)) {
        free(dir);
        return false;
    }
    why = obstacle(r, folder, m, &here, known);
    if (!why && known && !sc_library_lock(r->k->lib, &here.l, &lock, NULL))
        why = "something works on the lecture";
    if (why) {
        keep_group(r, folder, why);
        keep_group(r, dir, why);
    } else {
        if (dir && known && here.l.status == SC_LECTURE_ARCHIVED)
            keep_group(r, dir, "the lecture is archived here");
        else if (dir && strchr(dir, '/') && !video_is_free(r, dir, id))
            keep_group(r, dir, "the folder belongs to another lecture here");
        /* The video first: a lecture without its video would look damaged. */
        ok = put_group(r, dir && strchr(dir, '/') ? dir : NULL) && put_group(r, folder);
    }
    sc_lock_release(&lock);
    sc_record_finish(&here);
    free(dir);
    return ok;
}

static bool put_all(struct restore *r)
{
    const char *name;
    json_t *group, *names = json_array(), *v;
    size_t i;
    bool ok = true;
    json_object_foreach(r->groups, name, group)
    {
        (void)group;
        json_array_append_new(names, json_string(name));
    }
    json_array_foreach(names, i, v)
    {
        struct sc_metadata m = {0};
        name = json_string_value(v);
        if (ok && read_backup_metadata(r, name, &m) &&
            (m.r.l.id || (m.r.l.id = sc_id_from_folder(name, 0))))
            ok = put_lecture(r, name, &m);
        sc_metadata_finish(&m);
    }
    /* What no metadata.json speaks of: archives, videos of older libraries, state. */
    json_array_foreach(names, i, v)
    {
        ok = ok && put_group(r, json_string_value(v));
    }
    json_decref(names);
    return ok;
}

/* ---- the whole ---- */

static uint64_t missing_bytes(struct restore *r)
{
    const char *rel;
    json_t *entry;
    uint64_t n = 0;
    json_object_foreach(r->files, rel, entry)
    {
        char *path = sc_path_join(r->root, rel);
        struct stat st;
        if (path && lstat(path, &st) != 0 &&
            (r->o->with_gone || !json_object_get(entry, "gone")))
            n += (uint64_t)json_integer_value(json_object_get(entry, "size"));
        free(path);
    }
    return n;
}

static bool has_room(struct restore *r)
{
    uint64_t room = 0, need = missing_bytes(r);
    char a[32], b[32];
    if (!sc_disk_free(r->root, &room, r->err))
        return false;
    if (need == 0 || room >= need + SPARE_BYTES)
        return true;
    sc_format_bytes((double)(need + SPARE_BYTES), a, sizeof a);
    sc_format_bytes((double)room, b, sizeof b);
    sc_fail(r->err, SC_ERR_DISK_FULL, "%s are needed in %s, %s are free", a, r->root, b);
    return sc_error_hint(r->err, "Make room and run the same command again.");
}

static bool run(struct restore *r)
{
    if (!sc_backup_store_open(r->o->src, false, &r->store, r->err))
        return false;
    r->files = json_object_get(r->store.manifest, "files");
    if (!r->files) {
        sc_fail(r->err, SC_ERR_NOT_FOUND, "%s holds no finished backup", r->store.dir);
        return sc_error_hint(r->err,
                             "scaler backup makes one; one that was interrupted goes on "
                             "when the same command is run again.");
    }
    struct sc_record *list = NULL;
    size_t n = 0;
    if (!sc_record_list(r->k->lib, &list, &n, r->err))
        return false;
    r->was_empty = n == 0;
    for (size_t i = 0; i < n; i++)
        sc_record_finish(&list[i]);
    free(list);
    bool ok = make_groups(r) && (r->k->dry_run || has_room(r)) && put_all(r);
    if (ok && !r->k->dry_run && json_array_size(r->items)) {
        struct sc_rescan_report report = {0};
        ok = sc_library_rescan(r->k->lib, &report, &r->k->progress, r->k->cancel, r->err);
        json_decref(report.problems);
    }
    return ok;
}

bool sc_keep_restore(const struct sc_keep *k, const struct sc_restore_options *o,
                     json_t **report, struct sc_error *err)
{
    struct sc_error scratch = {0};
    err = err ? err : &scratch;
    struct restore r = {.k = k,
                        .o = o,
                        .root = sc_library_root(k->lib),
                        .store = {.lock = {.fd = -1}},
                        .groups = json_object(),
                        .items = json_array(),
                        .kept = json_array(),
                        .damaged = json_array(),
                        .err = err};
    bool ok = run(&r);
    if (ok)
        *report =
            json_pack("{s:s, s:b, s:i, s:I, s:i, s:O, s:O, s:O}", "src", o->src, "dryRun",
                      k->dry_run, "restored", (int)json_array_size(r.items), "bytes",
                      (json_int_t)r.bytes, "same", (int)r.n_same, "items", r.items,
                      "kept", r.kept, "damaged", r.damaged);
    else
        sc_error_wrap(err, "could not restore from the backup");
    sc_backup_store_close(&r.store);
    json_decref(r.groups);
    json_decref(r.items);
    json_decref(r.kept);
    json_decref(r.damaged);
    return ok;
}
