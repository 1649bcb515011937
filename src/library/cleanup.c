/*
 * Cleanup: what a finished or dead piece of work left behind.
 *
 * Candidates are found without locks; before anything of a lecture goes, its
 * lock is taken and it must still be in the state in which it was judged. What
 * cannot be made again goes only when the caller asks for that (`irreplaceable`),
 * and videos, text and own words are never candidates.
 */
#include "library/bundle.h"
#include "library/keep_internal.h"

#include "base/digest.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PART_AGE_S = 86400,      /* nobody has written into it for a day */
    NEW_FOLDER_AGE_S = 3600, /* an `add` may just have made it */
    UPLOAD_AGE_S = 7 * 86400,
    BROKEN_CATALOG_AGE_S = 30 * 86400,
};

struct clean {
    const struct sc_keep *k;
    const char *root;
    struct sc_record *records;
    size_t n_records;
    json_t *items, *kept;
    json_t *found; /* of the lecture being looked at */
    const char *dir;
    int64_t now;
};

static char *text_of(const char *path)
{
    return sc_utf8_repair(path, strlen(path));
}

static void keep(struct clean *c, const char *path, const char *why)
{
    char *shown = text_of(path);
    json_array_append_new(
        c->kept, json_pack("{s:s, s:s}", "path", shown ? shown : "", "why", why));
    free(shown);
}

static json_t *item(const char *path, const char *kind, uint64_t bytes, const char *why,
                    bool remakeable, const char *lecture)
{
    char *shown = text_of(path);
    json_t *o =
        json_pack("{s:s, s:s, s:I, s:s, s:b, s:s?, s:b}", "path", shown ? shown : "",
                  "kind", kind, "bytes", (json_int_t)bytes, "why", why, "remakeable",
                  remakeable, "lecture", lecture, "removed", 0);
    /* A name that is not UTF-8 cannot be in a report, so it is never removed by one. */
    if (o && (!shown || strcmp(shown, path) != 0))
        json_object_set_new(o, "kind", json_string("unnamed"));
    free(shown);
    return o;
}

static int64_t age_s(const struct clean *c, const struct stat *st)
{
    return c->now - (int64_t)st->st_mtime;
}

static bool wanted(const struct clean *c, json_t *o)
{
    return (json_is_true(json_object_get(o, "remakeable")) || c->k->irreplaceable) &&
           strcmp(json_string_value(json_object_get(o, "kind")), "unnamed") != 0;
}

static void remove_item(struct clean *c, json_t *o)
{
    struct sc_error err = {0};
    const char *path = json_string_value(json_object_get(o, "path"));
    if (!wanted(c, o)) {
        keep(c, path, SC_SAID("it cannot be made again"));
        return;
    }
    if (!c->k->dry_run) {
        char sentence[600];
        if (sc_remove_tree(path, &err)) {
            json_object_set_new(o, "removed", json_true());
        } else {
            sc_error_sentence(&err, sentence, sizeof sentence);
            keep(c, path, sentence);
            return;
        }
    }
    json_array_append(c->items, o);
}

/* ---- one lecture ---- */

static bool at_rest(enum sc_lecture_status s)
{
    return s == SC_LECTURE_PROCESSED || s == SC_LECTURE_DOWNLOADED ||
           s == SC_LECTURE_ERROR || s == SC_LECTURE_ARCHIVED;
}

static void find_path(struct clean *c, const struct sc_record *r, const char *rel,
                      const char *kind, const char *why)
{
    struct stat st;
    char *path = sc_path_join(c->root, rel);
    if (path && lstat(path, &st) == 0 && !S_ISLNK(st.st_mode))
        json_array_append_new(c->found, item(path, kind,
                                             S_ISDIR(st.st_mode) ? sc_tree_size(path)
                                                                 : (uint64_t)st.st_size,
                                             why, true, r->l.id));
    free(path);
}

static void find_in(struct clean *c, const struct sc_record *r, const char *dir,
                    const char *name, const char *kind, const char *why)
{
    char *rel = dir ? sc_path_join(dir, name) : NULL;
    if (rel && !sc_str_eq(rel, r->l.video_path))
        find_path(c, r, rel, kind, why);
    free(rel);
}

struct parts {
    struct clean *c;
    const struct sc_record *r;
};

static bool enter_for_parts(void *user, const char *rel)
{
    (void)user;
    return sc_path_base(rel)[0] != '.' && strcmp(sc_path_base(rel), "chunks") != 0;
}

static bool find_part(void *user, const char *rel, const char *path,
                      const struct stat *st)
{
    struct parts *p = user;
    (void)rel;
    if (sc_is_part(path) && age_s(p->c, st) >= PART_AGE_S)
        json_array_append_new(p->c->found,
                              item(path, "part", (uint64_t)st->st_size,
                                   SC_SAID("nobody has written into it for a day"), true,
                                   p->r->l.id));
    return true;
}

static bool has_failed_stage(struct sc_library *lib, const char *id)
{
    struct sc_stage_row *rows = NULL;
    size_t n = 0;
    bool failed = false;
    if (!sc_library_stages(lib, id, &rows, &n, NULL))
        return true;
    for (size_t i = 0; i < n; i++)
        failed = failed || strcmp(rows[i].state, "done") != 0;
    free(rows);
    return failed;
}

/* Another lecture that is not at rest may download into the same folder. */
static bool shared(const struct clean *c, const struct sc_record *r, const char *dir)
{
    for (size_t i = 0; i < c->n_records; i++) {
        char *other = sc_record_video_folder(&c->records[i]);
        bool same = strcmp(c->records[i].l.id, r->l.id) != 0 && sc_str_eq(other, dir);
        free(other);
        if (same)
            return true;
    }
    return false;
}

static void find_leftovers(struct clean *c, const struct sc_record *r)
{
    struct parts p = {c, r};
    struct sc_walk w = {enter_for_parts, find_part, &p};
    bool archived = r->l.status == SC_LECTURE_ARCHIVED;
    char *dir = sc_record_video_folder(r), *video = sc_library_video(c->k->lib, &r->l);
    bool own = dir && strchr(dir, '/') && !shared(c, r, dir);
    bool whole = archived || (video && sc_file_size(video) > 0);
    if (own && whole)
        find_in(c, r, dir, "chunks", "chunks", SC_SAID("the download is finished"));
    if (own)
        find_in(c, r, dir, "audio.wav", "audio",
                SC_SAID("the lecture's sound is in its video"));
    find_in(c, r, r->l.folder, "audio.wav", "audio",
            SC_SAID("the lecture's sound is in its video"));
    if ((archived || r->l.status == SC_LECTURE_PROCESSED) &&
        !has_failed_stage(c->k->lib, r->l.id))
        find_in(c, r, r->l.folder, ".work", "work", SC_SAID("every stage is done"));
    sc_walk(c->root, r->l.folder, &w, NULL);
    if (own)
        sc_walk(c->root, dir, &w, NULL);
    free(dir);
    free(video);
}

static void finish_archive(struct clean *c, const struct sc_record *r)
{
    struct sc_error err = {0};
    size_t n = 0;
    uint64_t bytes = sc_archive_leftover(c->k, r, &n);
    if (n == 0)
        return;
    char *path = sc_path_join(c->root, r->video_dir);
    char sentence[600];
    json_t *removed = json_array();
    if (c->k->dry_run ||
        (sc_archive_finish(c->k, r, removed, &err) && json_array_size(removed))) {
        json_t *o =
            item(path ? path : "", "archive", bytes,
                 SC_SAID("the archive holds it, every file compared"), true, r->l.id);
        json_object_set_new(o, "removed", json_boolean(!c->k->dry_run));
        json_array_append_new(c->items, o);
    } else {
        if (err.code)
            sc_error_sentence(&err, sentence, sizeof sentence);
        else
            snprintf(sentence, sizeof sentence,
                     SC_SAID("the archive holds something else"));
        keep(c, path ? path : "", sentence);
    }
    json_decref(removed);
    free(path);
}

static void clean_locked(struct clean *c, const struct sc_record *r)
{
    struct sc_record now = {0};
    bool found = false;
    size_t i;
    json_t *o;
    if (sc_record_get(c->k->lib, r->l.id, &now, &found, NULL) && found &&
        now.l.status == r->l.status && sc_str_eq(now.l.video_path, r->l.video_path)) {
        json_array_foreach(c->found, i, o)
        {
            remove_item(c, o);
        }
        if (r->l.status == SC_LECTURE_ARCHIVED)
            finish_archive(c, r);
    }
    sc_record_finish(&now);
}

static void clean_lecture(struct clean *c, const struct sc_record *r)
{
    struct sc_lock lock = {.fd = -1};
    size_t n = 0;
    if (!at_rest(r->l.status))
        return;
    json_array_clear(c->found);
    find_leftovers(c, r);
    if (r->l.status == SC_LECTURE_ARCHIVED)
        sc_archive_leftover(c->k, r, &n);
    if (json_array_size(c->found) + n == 0)
        return;
    if (sc_keep_in_use(c->k, r->l.id) ||
        !sc_library_lock(c->k->lib, &r->l, &lock, NULL)) {
        keep(c, r->l.folder, SC_SAID("something works on the lecture"));
        return;
    }
    clean_locked(c, r);
    sc_lock_release(&lock);
}

/* ---- folders that no lecture claims ---- */

static bool claimed(const struct clean *c, const char *rel)
{
    size_t n = strlen(rel);
    for (size_t i = 0; i < c->n_records; i++) {
        const struct sc_record *r = &c->records[i];
        if (sc_str_eq(r->l.folder, rel) || sc_str_eq(r->video_dir, rel) ||
            (r->l.video_path && strncmp(r->l.video_path, rel, n) == 0 &&
             r->l.video_path[n] == '/'))
            return true;
    }
    return false;
}

struct content {
    size_t n_chunks, n_other;
    uint64_t bytes;
};

static bool count_content(void *user, const char *rel, const char *path,
                          const struct stat *st)
{
    struct content *n = user;
    (void)path;
    if (strstr(rel, "/chunks/") || sc_is_part(rel))
        n->n_chunks++;
    else
        n->n_other++;
    n->bytes += (uint64_t)st->st_size;
    return true;
}

static void judge_folder(struct clean *c, const char *rel)
{
    struct content n = {0};
    struct sc_walk w = {NULL, count_content, &n};
    struct stat st;
    char *path = sc_path_join(c->root, rel);
    if (path && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && !claimed(c, rel) &&
        sc_walk(c->root, rel, &w, NULL)) {
        if (n.n_other)
            keep(c, path,
                 SC_SAID("no lecture claims it; scaler rescan takes in what it can use"));
        else if (age_s(c, &st) >= (n.n_chunks ? PART_AGE_S : NEW_FOLDER_AGE_S)) {
            json_t *o =
                item(path, "orphan", n.bytes,
                     n.n_chunks ? SC_SAID("a part of a download that no lecture claims")
                                : SC_SAID("an empty folder that no lecture claims"),
                     n.n_chunks == 0, NULL);
            remove_item(c, o);
            json_decref(o);
        }
    }
    free(path);
}

static bool video_folder(void *user, const char *name)
{
    char *rel = name[0] == '.' ? NULL : sc_strf("videos/%s", name);
    if (rel)
        judge_folder(user, rel);
    free(rel);
    return true;
}

static bool lecture_folder(void *user, const char *name)
{
    char date[11];
    if (sc_folder_parse(name, date, NULL))
        judge_folder(user, name);
    return true;
}

/* ---- .scaler ---- */

/* False when some process holds the lecture's lock. */
static bool lock_id(struct clean *c, const char *id, struct sc_lock *lock)
{
    struct sc_lecture l = {.id = (char *)(uintptr_t)id, .title = (char *)(uintptr_t)id};
    return sc_id_valid(id) && sc_library_lock(c->k->lib, &l, lock, NULL);
}

static void remove_state(struct clean *c, const char *path, const char *kind,
                         const char *why, const char *id)
{
    struct sc_lock lock = {.fd = -1};
    if (id && !lock_id(c, id, &lock))
        return;
    json_t *o = item(path, kind, sc_tree_size(path), why, true, NULL);
    remove_item(c, o);
    json_decref(o);
    sc_lock_release(&lock);
}

static bool state_entry(void *user, const char *name)
{
    struct clean *c = user;
    struct stat st;
    char *path = sc_path_join(c->dir, name);
    if (!path || lstat(path, &st) != 0)
        ;
    else if (sc_str_starts(name, "trash-"))
        remove_state(c, path, "trash", SC_SAID("its lecture was removed"), name + 6);
    else if (sc_str_starts(name, "unarchive-"))
        remove_state(c, path, "trash", SC_SAID("an unarchiving that was interrupted"),
                     name + 10);
    else if (sc_str_starts(name, "catalog.db.broken-") &&
             age_s(c, &st) >= BROKEN_CATALOG_AGE_S)
        remove_state(c, path, "orphan",
                     SC_SAID("a damaged catalog that was rebuilt a month ago"), NULL);
    else if (sc_is_part(name) && S_ISREG(st.st_mode) && age_s(c, &st) >= PART_AGE_S)
        remove_state(c, path, "part", SC_SAID("nobody has written into it for a day"),
                     NULL);
    free(path);
    return true;
}

static bool upload_entry(void *user, const char *name)
{
    struct clean *c = user;
    struct stat st, data;
    char *path = sc_path_join(c->dir, name),
         *part = path ? sc_path_join(path, "data.part") : NULL;
    if (part && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
        age_s(c, &st) >= UPLOAD_AGE_S && !sc_keep_in_use(c->k, path)) {
        bool partial = lstat(part, &data) == 0;
        if (!partial || age_s(c, &data) >= UPLOAD_AGE_S) {
            json_t *o =
                item(path, "upload", sc_tree_size(path),
                     partial ? SC_SAID("an upload that was given up a week ago")
                             : SC_SAID("an uploaded video that was never imported"),
                     partial, NULL);
            remove_item(c, o);
            json_decref(o);
        }
    }
    free(part);
    free(path);
    return true;
}

static bool log_entry(void *user, const char *name)
{
    struct clean *c = user;
    struct stat st;
    char *path = sc_path_join(c->dir, name), *job = sc_strndup(name, strcspn(name, "."));
    if (path && job && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        strstr(name, ".log") && age_s(c, &st) >= c->k->keep_logs_s &&
        !sc_keep_in_use(c->k, job)) {
        json_t *o = item(path, "log", (uint64_t)st.st_size,
                         SC_SAID("the log of a job that ended long ago"), true, NULL);
        remove_item(c, o);
        json_decref(o);
    }
    free(job);
    free(path);
    return true;
}

/* ---- archives ---- */

static const struct sc_record *record_of(const struct clean *c, const char *name,
                                         const char *end)
{
    for (size_t i = 0; i < c->n_records; i++) {
        size_t n = strlen(c->records[i].l.id);
        const char *rest = name + n;
        if (strncmp(name, c->records[i].l.id, n) != 0)
            continue;
        if (*rest == '-')
            rest += 1 + strspn(rest + 1, "0123456789");
        if (strcmp(rest, end) == 0)
            return &c->records[i];
    }
    return NULL;
}

/* Whether every file of the archive is here, the same to the last byte; metadata.json
 * says of itself that it came back. */
static bool all_here(struct clean *c, const char *path, const struct sc_record *r)
{
    struct sc_bundle_job job = {
        .stage = "verify", .progress = &c->k->progress, .cancel = c->k->cancel};
    json_t *manifest = NULL, *m;
    size_t i, n_videos = 0;
    bool same = sc_bundle_read(path, NULL, &job, &manifest, NULL) &&
                sc_str_eq(json_string_value(json_object_get(manifest, "id")), r->l.id);
    json_array_foreach(json_object_get(manifest, "members"), i, m)
    {
        char hex[SC_SHA256_HEX_SIZE] = "";
        const char *rel = json_string_value(json_object_get(m, "path"));
        if (!same || !rel || strcmp(sc_path_base(rel), "metadata.json") == 0)
            continue;
        char *file = sc_path_join(c->root, rel);
        same = file && sc_sha256_of_file(file, hex, NULL) &&
               sc_str_eq(hex, json_string_value(json_object_get(m, "sha256")));
        n_videos += same && sc_str_starts(rel, "videos/");
        free(file);
    }
    json_decref(manifest);
    return same && n_videos > 0;
}

static void judge_archive(struct clean *c, const char *path, const struct stat *st,
                          const struct sc_record *r)
{
    struct sc_lock lock = {.fd = -1};
    if (r->l.status == SC_LECTURE_ARCHIVED || !r->l.video_path ||
        sc_keep_in_use(c->k, r->l.id) || !sc_library_lock(c->k->lib, &r->l, &lock, NULL))
        return;
    if (c->k->dry_run || all_here(c, path, r)) {
        json_t *o =
            item(path, "archive", (uint64_t)st->st_size,
                 SC_SAID("its lecture is back in the library, every file the same"), true,
                 r->l.id);
        remove_item(c, o);
        json_decref(o);
    } else {
        keep(c, path, SC_SAID("an archive that differs from its lecture"));
    }
    sc_lock_release(&lock);
}

static bool archive_entry(void *user, const char *name)
{
    struct clean *c = user;
    struct stat st;
    char *path = sc_path_join(c->dir, name);
    const struct sc_record *r = record_of(c, name, ".tar.zst");
    const struct sc_record *of_part = record_of(c, name, ".tar.zst.part");
    if (!path || lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
        ;
    else if (r)
        judge_archive(c, path, &st, r);
    else if (of_part && age_s(c, &st) >= PART_AGE_S)
        remove_state(c, path, "part", SC_SAID("an archiving that was interrupted"),
                     of_part->l.id);
    free(path);
    return true;
}

/* ---- the whole ---- */

static void each_in(struct clean *c, char *dir_take, sc_dir_fn fn)
{
    c->dir = dir_take;
    if (dir_take)
        sc_dir_each(dir_take, fn, c, NULL);
    free(dir_take);
}

static void report(const struct clean *c, size_t done, const char *note)
{
    struct sc_progress p = {.stage = "cleanup",
                            .done = (double)done,
                            .total = (double)c->n_records,
                            .unit = SC_UNIT_ITEMS,
                            .note = note};
    sc_progress_report(&c->k->progress, &p);
}

static bool clean_all(struct clean *c, struct sc_error *err)
{
    for (size_t i = 0; i < c->n_records; i++) {
        report(c, i, c->records[i].l.title);
        if (sc_cancel_check(c->k->cancel, err))
            return false;
        clean_lecture(c, &c->records[i]);
    }
    if (c->n_records)
        report(c, c->n_records, NULL);
    each_in(c, sc_path_join(c->root, "videos"), video_folder);
    each_in(c, sc_strdup(c->root), lecture_folder);
    each_in(c, sc_path_join(c->root, ".scaler"), state_entry);
    each_in(c, sc_path_join(c->root, ".scaler/uploads"), upload_entry);
    if (c->k->keep_logs_s >= 0)
        each_in(c, sc_path_join(c->root, ".scaler/logs"), log_entry);
    each_in(c, sc_keep_archive_dir(c->k), archive_entry);
    return !sc_cancel_check(c->k->cancel, err);
}

bool sc_keep_cleanup(const struct sc_keep *k, json_t **report, struct sc_error *err)
{
    struct sc_error scratch = {0};
    struct clean c = {.k = k,
                      .root = sc_library_root(k->lib),
                      .items = json_array(),
                      .kept = json_array(),
                      .found = json_array(),
                      .now = sc_clock_wall_s()};
    json_int_t bytes = 0;
    size_t i;
    json_t *o;
    err = err ? err : &scratch;
    bool ok = sc_record_list(k->lib, &c.records, &c.n_records, err) && clean_all(&c, err);
    json_array_foreach(c.items, i, o)
    {
        bytes += json_integer_value(json_object_get(o, "bytes"));
    }
    if (ok)
        *report = json_pack("{s:b, s:i, s:I, s:O, s:O}", "dryRun", k->dry_run, "count",
                            (int)json_array_size(c.items), "bytes", bytes, "items",
                            c.items, "kept", c.kept);
    for (i = 0; i < c.n_records; i++)
        sc_record_finish(&c.records[i]);
    free(c.records);
    json_decref(c.items);
    json_decref(c.kept);
    json_decref(c.found);
    return ok || sc_error_wrap(err, "could not clean up the library");
}
