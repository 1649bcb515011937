/* The rows of lectures and of their stages. */
#include "library/internal.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TITLE_BYTES = 600, MIN_PREFIX = 4 };

void sc_record_finish(struct sc_record *r)
{
    sc_lecture_finish(&r->l);
    free(r->video_dir);
    *r = (struct sc_record){0};
}

static bool read_row(sqlite3_stmt *s, struct sc_record *out, struct sc_error *err)
{
    struct sc_record r = {0};
    char *status = sc_db_text(s, 4);
    r.n = sqlite3_column_int64(s, 0);
    r.l.id = sc_db_text(s, 1);
    r.l.title = sc_db_text(s, 2);
    r.l.date = sc_db_text(s, 3);
    r.l.folder = sc_db_text(s, 5);
    r.l.video_path = sc_db_text(s, 6);
    r.video_dir = sc_db_text(s, 7);
    r.l.duration_s = sqlite3_column_double(s, 8);
    r.l.source = sc_db_text(s, 9);
    r.l.identity = sc_db_text(s, 10);
    r.l.error = sc_db_text(s, 11);
    r.l.error_code = sc_db_text(s, 12);
    r.l.progress = sqlite3_column_double(s, 13);
    r.l.created_unix = sqlite3_column_int64(s, 14);
    r.l.updated_unix = sqlite3_column_int64(s, 15);
    bool ok = status && r.l.id && r.l.title && r.l.date && r.l.folder;
    if (ok && !sc_lecture_status_parse(status, &r.l.status))
        r.l.status = SC_LECTURE_ERROR;
    free(status);
    if (!ok) {
        sc_record_finish(&r);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    *out = r;
    return true;
}

static bool get_by(struct sc_library *lib, enum sc_sql id, const char *key,
                   struct sc_record *out, bool *found, struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, id, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, key);
    int rc = sc_db_step(lib, s, err);
    bool ok = rc >= 0;
    *found = rc == 1;
    if (rc == 1)
        ok = read_row(s, out, err);
    sqlite3_reset(s);
    return ok;
}

bool sc_record_get(struct sc_library *lib, const char *id, struct sc_record *out,
                   bool *found, struct sc_error *err)
{
    return get_by(lib, SC_SQL_LECTURE_BY_ID, id, out, found, err);
}

bool sc_record_by_identity(struct sc_library *lib, const char *identity,
                           struct sc_record *out, bool *found, struct sc_error *err)
{
    return get_by(lib, SC_SQL_LECTURE_BY_IDENTITY, identity, out, found, err);
}

bool sc_record_list(struct sc_library *lib, struct sc_record **out, size_t *n,
                    struct sc_error *err)
{
    struct sc_record *list = NULL;
    size_t count = 0, cap = 0;
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_LIST, err);
    bool ok = s != NULL;
    int rc = 0;
    while (ok && (rc = sc_db_step(lib, s, err)) == 1) {
        if (count == cap) {
            cap = cap ? cap * 2 : 64;
            struct sc_record *more = realloc(list, cap * sizeof *more);
            if (!more) {
                ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
                break;
            }
            list = more;
        }
        ok = read_row(s, &list[count], err);
        count += ok;
    }
    if (s)
        sqlite3_reset(s);
    if (!ok || rc < 0) {
        for (size_t i = 0; i < count; i++)
            sc_record_finish(&list[i]);
        free(list);
        return false;
    }
    *out = list;
    *n = count;
    return true;
}

/* Binds everything from `at` on, title first. */
static void bind_fields(sqlite3_stmt *s, int at, const struct sc_record *r)
{
    const struct sc_lecture *l = &r->l;
    sc_db_bind_text(s, at++, l->title);
    sc_db_bind_text(s, at++, l->date);
    sc_db_bind_text(s, at++, sc_lecture_status_name(l->status));
    sc_db_bind_text(s, at++, l->folder);
    sc_db_bind_text(s, at++, l->video_path);
    sc_db_bind_text(s, at++, r->video_dir);
    sqlite3_bind_double(s, at++, l->duration_s);
    sc_db_bind_text(s, at++, l->source);
    sc_db_bind_text(s, at++, l->identity);
    sc_db_bind_text(s, at++, l->error);
    sc_db_bind_text(s, at++, l->error_code);
    sqlite3_bind_double(s, at++, l->progress);
    sqlite3_bind_int64(s, at++, l->created_unix);
    sqlite3_bind_int64(s, at++, l->updated_unix);
}

bool sc_record_insert(struct sc_library *lib, struct sc_record *r, struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_INSERT, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, r->l.id);
    bind_fields(s, 2, r);
    if (!sc_db_run(lib, s, err))
        return false;
    r->n = sqlite3_last_insert_rowid(lib->db);
    return true;
}

bool sc_record_update(struct sc_library *lib, const struct sc_record *r,
                      struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_UPDATE, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, r->l.id);
    bind_fields(s, 2, r);
    return sc_db_run(lib, s, err);
}

bool sc_record_delete(struct sc_library *lib, const struct sc_record *r,
                      struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_DELETE, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, r->l.id);
    return sc_db_run(lib, s, err);
}

/* ---- front door ---- */

bool sc_library_get(struct sc_library *lib, const char *id, bool allow_prefix,
                    struct sc_lecture *out, struct sc_error *err)
{
    struct sc_record r = {0}, other = {0};
    bool found = false;
    if (!sc_record_get(lib, id, &r, &found, err))
        return false;
    if (!found && allow_prefix && strlen(id) >= MIN_PREFIX) {
        sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_BY_PREFIX, err);
        if (!s)
            return false;
        sc_db_bind_text(s, 1, id);
        int rc = sc_db_step(lib, s, err);
        if (rc < 0 || (rc == 1 && !read_row(s, &r, err))) {
            sqlite3_reset(s);
            return false;
        }
        found = rc == 1;
        if (found && sc_db_step(lib, s, err) == 1 && read_row(s, &other, err)) {
            sc_fail(err, SC_ERR_INVALID, "\"%.60s\" fits several lectures: %s, %s...", id,
                    r.l.id, other.l.id);
            sc_error_hint(err, "Give more of the id.");
            sc_record_finish(&r);
            sc_record_finish(&other);
            sqlite3_reset(s);
            return false;
        }
        sqlite3_reset(s);
    }
    if (!found) {
        sc_fail(err, SC_ERR_NOT_FOUND, "there is no lecture with the id \"%.80s\"", id);
        return sc_error_hint(err, "`scaler list` shows all of them.");
    }
    *out = r.l;
    free(r.video_dir);
    return true;
}

bool sc_library_check_here(const struct sc_lecture *l, struct sc_error *err)
{
    if (l->status != SC_LECTURE_ARCHIVED)
        return true;
    sc_fail(err, SC_ERR_CONFLICT, "\"%.80s\" is archived", l->title);
    return sc_error_hint(err, "scaler unarchive %s brings it back.", l->id);
}

bool sc_library_list(struct sc_library *lib, struct sc_lecture **out, size_t *n,
                     struct sc_error *err)
{
    struct sc_record *records = NULL;
    size_t count = 0;
    if (!sc_record_list(lib, &records, &count, err))
        return false;
    struct sc_lecture *list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        if (list) {
            list[i] = records[i].l;
            records[i].l = (struct sc_lecture){0};
        }
        sc_record_finish(&records[i]);
    }
    free(records);
    if (!list)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    *out = list;
    *n = count;
    return true;
}

char *sc_library_clean_title(const char *title, struct sc_error *err)
{
    char *copy = sc_utf8_repair(title, strlen(title));
    if (!copy) {
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
        return NULL;
    }
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
    char *trimmed = sc_str_trim(copy);
    memmove(copy, trimmed, strlen(trimmed) + 1);
    size_t n = strlen(copy);
    if (n > MAX_TITLE_BYTES) {
        n = MAX_TITLE_BYTES;
        while (n && ((unsigned char)copy[n] & 0xC0) == 0x80)
            n--;
        copy[n] = '\0';
    }
    if (n == 0) {
        free(copy);
        sc_fail(err, SC_ERR_INVALID, "a lecture needs a title");
        return NULL;
    }
    return copy;
}

/* An id that no row has; the first that follows from the folder nearly always. */
static char *free_id(struct sc_library *lib, const char *folder, struct sc_error *err)
{
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        struct sc_record other = {0};
        bool found = false;
        char *id = sc_id_from_folder(folder, attempt);
        if (!id) {
            sc_fail(err, SC_ERR_MEMORY, "out of memory");
            return NULL;
        }
        if (!sc_record_get(lib, id, &other, &found, err)) {
            free(id);
            return NULL;
        }
        if (!found)
            return id;
        sc_record_finish(&other);
        free(id);
    }
    sc_fail(err, SC_ERR_INTERNAL, "no free id for %s", folder);
    return NULL;
}

/* Folders and row of a new lecture; within the transaction. */
static bool create(struct sc_library *lib, struct sc_record *r, struct sc_error *err)
{
    char *prefix = sc_strf("%s_", r->l.date);
    char *videos = sc_strf("%s/videos", lib->root);
    if (!prefix || !videos) {
        free(prefix);
        free(videos);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    bool ok =
        sc_mkdirs(videos, err) &&
        sc_folder_make(lib, prefix, r->l.title, sc_folder_is_taken, &r->l.folder, err) &&
        sc_folder_make(lib, "videos/", r->l.title, sc_video_dir_is_taken, &r->video_dir,
                       err) &&
        (r->l.id = free_id(lib, r->l.folder, err)) && sc_record_insert(lib, r, err) &&
        sc_index_put(lib, r, NULL, NULL, NULL, err);
    free(prefix);
    free(videos);
    return ok;
}

/*
 * metadata.json comes after the row is committed: who is killed in between
 * leaves a lecture that its next change completes, or an empty folder that the
 * next add takes, never a folder of which the catalog knows nothing.
 */
static bool describe(struct sc_library *lib, const struct sc_record *r,
                     struct sc_error *err)
{
    json_t *fields = sc_metadata_fields(r);
    bool ok = sc_library_merge_metadata(lib, &r->l, fields, err);
    json_decref(fields);
    if (!ok && sc_db_begin(lib, NULL))
        sc_db_end(lib, sc_index_remove(lib, r, NULL) && sc_record_delete(lib, r, NULL),
                  NULL);
    return ok;
}

/* Empty folders of an add that failed; what is not empty stays. */
static void undo_create(struct sc_library *lib, const struct sc_record *r)
{
    if (r->l.folder) {
        char *path = sc_strf("%s/%s", lib->root, r->l.folder);
        if (path)
            sc_remove_tree(path, NULL);
        free(path);
    }
    if (r->video_dir) {
        char *path = sc_strf("%s/%s", lib->root, r->video_dir);
        if (path)
            sc_remove_tree(path, NULL);
        free(path);
    }
}

/*
 * Now, but never the second of another lecture: lists and search order by it,
 * and must order the same after the catalog was rebuilt.
 */
static int64_t time_of_creation(struct sc_library *lib)
{
    enum { CLOCK_SLACK_S = 3600 };
    int64_t now = sc_clock_wall_s();
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_LAST_CREATED, NULL);
    if (s && sc_db_step(lib, s, NULL) == 1) {
        int64_t last = sqlite3_column_int64(s, 0);
        if (last >= now && last < now + CLOCK_SLACK_S)
            now = last + 1;
    }
    if (s)
        sqlite3_reset(s);
    return now;
}

bool sc_library_add(struct sc_library *lib, const char *title, const char *date,
                    const char *source, const char *identity, struct sc_lecture *out,
                    bool *existed, struct sc_error *err)
{
    struct sc_record r = {0};
    bool found = false;
    if (!sc_valid_date(date))
        return sc_fail(err, SC_ERR_INVALID, "\"%.40s\" is no date like 2026-11-23", date);
    char *clean = sc_library_clean_title(title, err);
    if (!clean)
        return false;
    bool ok = sc_db_begin(lib, err);
    if (ok && identity)
        ok = sc_record_by_identity(lib, identity, &r, &found, err);
    if (ok && !found) {
        r.l.title = sc_strdup(clean);
        r.l.date = sc_strdup(date);
        r.l.source = sc_strdup(source);
        r.l.identity = sc_strdup(identity);
        r.l.status = SC_LECTURE_DOWNLOADING;
        r.l.created_unix = r.l.updated_unix = time_of_creation(lib);
        if (!r.l.title || !r.l.date || (source && !r.l.source) ||
            (identity && !r.l.identity))
            ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
        ok = ok && create(lib, &r, err);
    }
    ok = sc_db_end(lib, ok, err);
    if (ok && !found)
        ok = describe(lib, &r, err);
    if (!ok) {
        if (!found)
            undo_create(lib, &r);
        sc_error_wrap(err, "could not add \"%.80s\" to the library", clean);
        sc_record_finish(&r);
    } else {
        *out = r.l;
        *existed = found;
        free(r.video_dir);
    }
    free(clean);
    return ok;
}

static bool same_but_progress(const struct sc_lecture *a, const struct sc_lecture *b)
{
    return a->status == b->status && a->duration_s == b->duration_s &&
           sc_str_eq(a->video_path, b->video_path) && sc_str_eq(a->error, b->error) &&
           sc_str_eq(a->error_code, b->error_code);
}

static bool update_progress(struct sc_library *lib, const struct sc_lecture *l,
                            struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_LECTURE_PROGRESS, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, l->id);
    sqlite3_bind_double(s, 2, l->progress);
    sqlite3_bind_int64(s, 3, sc_clock_wall_s());
    return sc_db_run(lib, s, err);
}

/* Copies what update may change from l into the row read from the catalog. */
static bool take_changes(struct sc_record *r, const struct sc_lecture *l,
                         struct sc_error *err)
{
    struct sc_lecture copy = r->l;
    char *video = sc_strdup(l->video_path), *error = sc_strdup(l->error),
         *code = sc_strdup(l->error_code);
    if ((l->video_path && !video) || (l->error && !error) || (l->error_code && !code)) {
        free(video);
        free(error);
        free(code);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    r->l.video_path = video;
    r->l.error = error;
    r->l.error_code = code;
    /* Only unarchiving ends that state; who read the row before must not undo it. */
    bool archived = r->l.status == SC_LECTURE_ARCHIVED;
    if (archived) {
        free(video);
        r->l.video_path = NULL;
    } else {
        r->l.status = l->status;
    }
    r->l.duration_s = l->duration_s;
    r->l.progress = l->progress;
    free(copy.video_path);
    free(copy.error);
    free(copy.error_code);
    return true;
}

static bool take_title(struct sc_record *r, const char *title, struct sc_error *err)
{
    char *clean = sc_library_clean_title(title, err);
    if (!clean)
        return false;
    free(r->l.title);
    r->l.title = clean;
    return true;
}

/* Changes the row as it is now: by what a worker knows (l), or by a title. */
static bool change(struct sc_library *lib, const char *id, const char *name,
                   const struct sc_lecture *l, const char *title, struct sc_error *err)
{
    struct sc_record r = {0};
    bool found = false;
    if (!sc_db_begin(lib, err))
        return false;
    bool ok = sc_record_get(lib, id, &r, &found, err);
    if (ok && !found)
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "the lecture \"%.80s\" was removed", name);
    ok = ok && (l ? take_changes(&r, l, err) : take_title(&r, title, err));
    r.l.updated_unix = sc_clock_wall_s();
    ok = ok && sc_record_update(lib, &r, err) && (l || sc_index_title(lib, &r, err));
    json_t *fields = ok ? sc_metadata_fields(&r) : NULL;
    ok = ok && sc_metadata_merge(lib, r.l.folder, fields, err);
    json_decref(fields);
    ok = sc_db_end(lib, ok, err);
    sc_record_finish(&r);
    return ok;
}

bool sc_library_update(struct sc_library *lib, const struct sc_lecture *l,
                       struct sc_error *err)
{
    struct sc_record r = {0};
    bool found = false;
    if (!sc_record_get(lib, l->id, &r, &found, err))
        return false;
    bool quick = found && same_but_progress(&r.l, l);
    sc_record_finish(&r);
    return quick ? update_progress(lib, l, err)
                 : change(lib, l->id, l->title, l, NULL, err);
}

bool sc_library_rename(struct sc_library *lib, const struct sc_lecture *l,
                       const char *title, struct sc_error *err)
{
    return change(lib, l->id, l->title, NULL, title, err);
}

/* ---- stages ---- */

static void copy_text(char *out, size_t size, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    size_t n = text ? strlen(text) : 0;
    if (n >= size)
        n = size - 1;
    if (n)
        memcpy(out, text, n);
    out[n] = '\0';
}

static void read_stage(sqlite3_stmt *s, struct sc_stage_row *out)
{
    *out = (struct sc_stage_row){0};
    copy_text(out->name, sizeof out->name, s, 0);
    copy_text(out->state, sizeof out->state, s, 1);
    copy_text(out->fingerprint, sizeof out->fingerprint, s, 2);
    out->seconds = sqlite3_column_double(s, 3);
    copy_text(out->error, sizeof out->error, s, 4);
}

static bool number_of(struct sc_library *lib, const char *id, struct sc_record *r,
                      struct sc_error *err)
{
    bool found = false;
    return sc_record_get(lib, id, r, &found, err) &&
           (found || sc_fail(err, SC_ERR_NOT_FOUND,
                             "there is no lecture with the id \"%.80s\"", id));
}

bool sc_library_stage_get(struct sc_library *lib, const char *id, const char *stage,
                          struct sc_stage_row *out, bool *found, struct sc_error *err)
{
    struct sc_record r = {0};
    if (!number_of(lib, id, &r, err))
        return false;
    int64_t n = r.n;
    sc_record_finish(&r);
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_STAGE_GET, err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, n);
    sc_db_bind_text(s, 2, stage);
    int rc = sc_db_step(lib, s, err);
    *found = rc == 1;
    if (rc == 1)
        read_stage(s, out);
    sqlite3_reset(s);
    return rc >= 0;
}

bool sc_stage_put(struct sc_library *lib, int64_t n, const struct sc_stage_row *row,
                  struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_STAGE_PUT, err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, n);
    sc_db_bind_text(s, 2, row->name);
    sc_db_bind_text(s, 3, row->state);
    sc_db_bind_text(s, 4, row->fingerprint);
    sqlite3_bind_double(s, 5, row->seconds);
    sc_db_bind_text(s, 6, row->error);
    return sc_db_run(lib, s, err);
}

bool sc_library_stage_set(struct sc_library *lib, const char *id,
                          const struct sc_stage_row *row, struct sc_error *err)
{
    struct sc_record r = {0};
    if (!sc_db_begin(lib, err))
        return false;
    bool ok = number_of(lib, id, &r, err) && sc_stage_put(lib, r.n, row, err);
    /* "running" is nothing that a folder should remember. */
    if (ok && strcmp(row->state, "running") != 0) {
        json_t *fields = json_object(), *stages = json_object();
        json_object_set_new(stages, row->name, sc_metadata_stage(row));
        json_object_set_new(fields, "stages", stages);
        ok = sc_metadata_merge(lib, r.l.folder, fields, err);
        json_decref(fields);
    }
    ok = sc_db_end(lib, ok, err);
    sc_record_finish(&r);
    return ok;
}

bool sc_library_stages(struct sc_library *lib, const char *id, struct sc_stage_row **out,
                       size_t *n, struct sc_error *err)
{
    struct sc_record r = {0};
    size_t count = 0;
    int rc = 0;
    if (!number_of(lib, id, &r, err))
        return false;
    int64_t number = r.n;
    sc_record_finish(&r);
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_STAGE_LIST, err);
    struct sc_stage_row *list = s ? calloc(SC_MAX_STAGES, sizeof *list) : NULL;
    if (!list)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    sqlite3_bind_int64(s, 1, number);
    while (count < SC_MAX_STAGES && (rc = sc_db_step(lib, s, err)) == 1)
        read_stage(s, &list[count++]);
    sqlite3_reset(s);
    if (rc < 0) {
        free(list);
        return false;
    }
    *out = list;
    *n = count;
    return true;
}
