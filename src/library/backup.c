/*
 * Backup: list, compare, copy what changed, publish.
 *
 * A file is unchanged when size and time are those of the backup; else its
 * content decides. The catalog is taken by SQLite's backup interface, so that a
 * server may write meanwhile. What vanished from the library stays in the backup,
 * marked, until somebody asks to prune it.
 */
#include "library/backup_store.h"

#include "base/digest.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPARE_BYTES = 32 << 20, TRIES = 3, ID_DIGITS = 16, MAX_JOURNAL = 256 << 20 };

struct backup {
    const struct sc_keep *k;
    const struct sc_backup_options *o;
    const char *root;
    struct sc_backup_store store;
    json_t *old;     /* files of the backup before; may be NULL */
    json_t *sources; /* rel -> {"from","size","mtime_ns"} */
    json_t *videos;  /* rel of every lecture's video */
    json_t *next;    /* the new files */
    json_t *journal; /* rel -> [size, mtime_ns, sha256] of copies made before a kill */
    json_t *items, *kept;
    FILE *journal_file;
    uint64_t bytes, copied_bytes, done, total;
    size_t n_unchanged, n_gone;
    const char *prefix; /* "archives/" while an archive folder elsewhere is walked */
    struct sc_error *err;
};

static void add_kept(struct backup *b, const char *path, const char *why)
{
    char *shown = sc_utf8_repair(path, strlen(path));
    json_array_append_new(
        b->kept, json_pack("{s:s, s:s}", "path", shown ? shown : "", "why", why));
    free(shown);
}

/* ---- what there is ---- */

static bool add_source(void *user, const char *rel, const char *path,
                       const struct stat *st)
{
    struct backup *b = user;
    bool wav = sc_str_ieq(sc_path_ext(rel), ".wav") && !json_object_get(b->videos, rel);
    if (sc_path_base(rel)[0] == '.' || sc_is_part(rel) || wav)
        return true;
    char *name = sc_strf("%s%s", b->prefix, rel);
    json_t *o =
        json_pack("{s:s, s:I, s:I}", "from", path, "size", (json_int_t)st->st_size,
                  "mtime_ns", (json_int_t)sc_platform_mtime_ns(st));
    if (!name || !o || json_object_set_new(b->sources, name, o) != 0)
        add_kept(b, path, "its name is not UTF-8");
    free(name);
    return true;
}

static void add_state(struct backup *b, const char *name)
{
    struct stat st;
    char *rel = sc_strf(".scaler/%s", name),
         *path = rel ? sc_path_join(b->root, rel) : NULL;
    if (path && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
        json_object_set_new(b->sources, rel,
                            json_pack("{s:s, s:I, s:I, s:b}", "from", path, "size",
                                      (json_int_t)st.st_size, "mtime_ns",
                                      (json_int_t)sc_platform_mtime_ns(&st), "private",
                                      1));
    free(rel);
    free(path);
}

static bool list_videos(struct backup *b)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    if (!sc_library_list(b->k->lib, &list, &n, b->err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (list[i].video_path)
            json_object_set_new(b->videos, list[i].video_path, json_true());
        sc_lecture_finish(&list[i]);
    }
    free(list);
    return true;
}

/* metadata.json first: it may then say less than is there, never more. */
static void metadata_first(struct backup *b)
{
    json_t *sorted = json_object(), *o;
    const char *rel;
    json_object_foreach(b->sources, rel, o)
    {
        if (strcmp(sc_path_base(rel), "metadata.json") == 0)
            json_object_set(sorted, rel, o);
    }
    json_object_update(sorted, b->sources);
    json_decref(b->sources);
    b->sources = sorted;
}

static bool list_sources(struct backup *b)
{
    struct sc_walk w = {sc_keep_enter, add_source, b};
    char *archives = sc_keep_archive_dir(b->k);
    b->prefix = "";
    bool ok = archives && list_videos(b) && sc_walk(b->root, "", &w, b->err);
    if (ok && sc_dir_exists(archives) && !sc_path_inside(b->root, archives)) {
        b->prefix = "archives/";
        ok = sc_walk(archives, "", &w, b->err);
    }
    free(archives);
    add_state(b, "watch.json");
    add_state(b, "library.id");
    if (b->o->with_keys) {
        add_state(b, "keys.json");
        add_state(b, "settings.json");
    }
    metadata_first(b);
    return ok;
}

/* ---- what changed ---- */

static bool same_numbers(json_t *a, json_t *b)
{
    return json_equal(json_object_get(a, "size"), json_object_get(b, "size")) &&
           json_equal(json_object_get(a, "mtime_ns"), json_object_get(b, "mtime_ns"));
}

static bool copy_is_good(struct backup *b, const char *rel, json_t *entry)
{
    char hex[SC_SHA256_HEX_SIZE] = "";
    char *path = sc_backup_place(&b->store, rel);
    bool good =
        path &&
        sc_file_size(path) == json_integer_value(json_object_get(entry, "size")) &&
        (!b->o->verify ||
         (sc_sha256_of_file(path, hex, NULL) &&
          sc_str_eq(hex, json_string_value(json_object_get(entry, "sha256")))));
    free(path);
    return good;
}

static json_t *entry_of(json_t *source, const char *sha256)
{
    json_t *e = json_object();
    json_object_set(e, "size", json_object_get(source, "size"));
    json_object_set(e, "mtime_ns", json_object_get(source, "mtime_ns"));
    json_object_set_new(e, "sha256", json_string(sha256));
    return e;
}

/* True when the backup has it already; then its entry is in next. */
static bool is_unchanged(struct backup *b, const char *rel, json_t *source)
{
    char hex[SC_SHA256_HEX_SIZE] = "";
    json_t *entry = b->old ? json_object_get(b->old, rel) : NULL;
    const char *known = json_string_value(json_object_get(entry, "sha256"));
    if (!known ||
        !json_equal(json_object_get(entry, "size"), json_object_get(source, "size")) ||
        !copy_is_good(b, rel, entry))
        return false;
    if (!same_numbers(entry, source) &&
        !(sc_sha256_of_file(json_string_value(json_object_get(source, "from")), hex,
                            NULL) &&
          strcmp(hex, known) == 0))
        return false;
    if (same_numbers(entry, source) && !json_object_get(entry, "gone"))
        json_object_set(b->next, rel, entry); /* shared: tens of thousands add up */
    else
        json_object_set_new(b->next, rel, entry_of(source, known));
    b->n_unchanged++;
    return true;
}

/* ---- the journal of copies that wait ---- */

static void load_journal(struct backup *b)
{
    struct sc_buf text = SC_BUF_INIT(MAX_JOURNAL + 65536);
    char *path = sc_path_join(b->store.dir, "incoming/journal");
    if (path && sc_file_exists(path) && sc_file_read(path, MAX_JOURNAL, &text, NULL)) {
        char *line = text.data, *end;
        for (; line && (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            json_t *o = json_loads(line, 0, NULL);
            const char *rel = json_string_value(json_array_get(o, 0));
            if (rel && json_array_size(o) == 4)
                json_object_set(b->journal, rel, o);
            json_decref(o);
        }
    }
    sc_buf_finish(&text);
    free(path);
}

static bool was_copied(struct backup *b, const char *rel, json_t *source)
{
    json_t *line = json_object_get(b->journal, rel);
    const char *hex = json_string_value(json_array_get(line, 3));
    char *path = line ? sc_backup_incoming(&b->store, rel) : NULL;
    bool good =
        path && hex && strlen(hex) == SC_SHA256_HEX_SIZE - 1 &&
        json_equal(json_array_get(line, 1), json_object_get(source, "size")) &&
        json_equal(json_array_get(line, 2), json_object_get(source, "mtime_ns")) &&
        sc_file_size(path) == json_integer_value(json_array_get(line, 1));
    if (good)
        json_object_set_new(b->next, rel, entry_of(source, hex));
    free(path);
    return good;
}

/* Only of copies that are surely on the disk; small ones are made again. */
static void note_copy(struct backup *b, const char *rel, json_t *source, const char *hex)
{
    if (json_integer_value(json_object_get(source, "size")) < SC_BACKUP_FLUSH_ALONE)
        return;
    json_t *line = json_pack("[s, O, O, s]", rel, json_object_get(source, "size"),
                             json_object_get(source, "mtime_ns"), hex);
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text && b->journal_file) {
        fprintf(b->journal_file, "%s\n", text);
        fflush(b->journal_file);
    }
    free(text);
    json_decref(line);
}

/* ---- copying ---- */

static void on_bytes(void *user, size_t n)
{
    struct backup *b = user;
    b->done += n;
    struct sc_progress p = {.stage = "backup",
                            .done = (double)b->done,
                            .total = (double)b->total,
                            .unit = SC_UNIT_BYTES};
    sc_progress_report(&b->k->progress, &p);
}

static void add_item(struct backup *b, const char *rel, json_t *source)
{
    bool known = b->old && json_object_get(b->old, rel);
    json_array_append_new(b->items, json_pack("{s:s, s:O, s:s}", "path", rel, "bytes",
                                              json_object_get(source, "size"), "why",
                                              known ? "changed" : "new"));
    b->copied_bytes += (uint64_t)json_integer_value(json_object_get(source, "size"));
}

/* The size and time that it had when it was read. */
static bool look_again(json_t *source)
{
    struct stat st;
    const char *from = json_string_value(json_object_get(source, "from"));
    if (lstat(from, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    json_object_set_new(source, "size", json_integer((json_int_t)st.st_size));
    json_object_set_new(source, "mtime_ns",
                        json_integer((json_int_t)sc_platform_mtime_ns(&st)));
    return true;
}

static bool copy_one(struct backup *b, const char *rel, json_t *source)
{
    char hex[SC_SHA256_HEX_SIZE];
    struct sc_error why = {0};
    char *to = sc_backup_incoming(&b->store, rel);
    struct sc_backup_copy c = {.from = json_string_value(json_object_get(source, "from")),
                               .to = to,
                               .private_file =
                                   json_is_true(json_object_get(source, "private")),
                               .on_bytes = on_bytes,
                               .user = b,
                               .cancel = b->k->cancel};
    bool ok = to || sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    bool there = true, copied = false;
    for (int i = 0; ok && there && !copied && i < TRIES; i++) {
        sc_error_clear(&why);
        there = look_again(source);
        copied = there && sc_backup_copy(&c, hex, &why);
        if (!copied && there && why.code != SC_ERR_CONFLICT &&
            why.code != SC_ERR_NOT_FOUND)
            break;
    }
    if (copied) {
        json_object_set_new(b->next, rel, entry_of(source, hex));
        note_copy(b, rel, source, hex);
        add_item(b, rel, source);
    } else if (ok && there && why.code != SC_ERR_CONFLICT &&
               why.code != SC_ERR_NOT_FOUND) {
        *b->err = why; /* the disk, a cancel: not this file's fault */
        ok = false;
    } else if (ok && there) {
        add_kept(b, rel, "it keeps changing; the next backup takes it");
    }
    free(to);
    return ok;
}

static bool take_one(struct backup *b, const char *rel, json_t *source)
{
    if (json_object_get(b->next, rel))
        return true; /* unchanged */
    if (!was_copied(b, rel, source))
        return copy_one(b, rel, source);
    on_bytes(b, (size_t)json_integer_value(json_object_get(source, "size")));
    add_item(b, rel, source);
    return true;
}

/* A source is forgotten when its entry is made: only one of the two is in memory. */
static bool copy_all(struct backup *b)
{
    const char *rel;
    json_t *source;
    void *after;
    bool ok = true;
    json_object_foreach_safe(b->sources, after, rel, source)
    {
        if (!ok || sc_cancel_check(b->k->cancel, b->err))
            return false;
        ok = take_one(b, rel, source);
        json_object_del(b->sources, rel);
    }
    return ok;
}

/* ---- databases ---- */

/* A whole copy of a database in use: SQLite waits, copies, starts over when it must. */
static bool snapshot(const char *from, const char *to, struct sc_error *err)
{
    sqlite3 *in = NULL, *out = NULL;
    unlink(to);
    int rc = sqlite3_open_v2(from, &in, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2(to, &out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(in, 60000);
        sqlite3_backup *copy = sqlite3_backup_init(out, "main", in, "main");
        rc = copy ? sqlite3_backup_step(copy, -1) : sqlite3_errcode(out);
        if (copy)
            sqlite3_backup_finish(copy);
        /* One file that can be read anywhere, not one with a log beside it. */
        if (rc == SQLITE_DONE)
            sqlite3_exec(out, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    }
    sqlite3_close(in);
    sqlite3_close(out);
    if (rc != SQLITE_DONE && rc != SQLITE_OK) {
        unlink(to);
        return sc_fail(err, (rc & 0xFF) == SQLITE_FULL ? SC_ERR_DISK_FULL : SC_ERR_IO,
                       "cannot copy %s: %s", from, sqlite3_errstr(rc));
    }
    return true;
}

static bool add_database(struct backup *b, const char *name)
{
    char *rel = sc_strf(".scaler/%s", name),
         *from = rel ? sc_path_join(b->root, rel) : NULL;
    char *to = rel ? sc_backup_incoming(&b->store, rel) : NULL,
         *part = to ? sc_strf("%s.part", to) : NULL;
    char hex[SC_SHA256_HEX_SIZE] = "";
    json_t *entry = b->old && rel ? json_object_get(b->old, rel) : NULL;
    bool ok = part != NULL || sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    if (ok && sc_file_exists(from)) {
        ok = snapshot(from, part, b->err) && sc_sha256_of_file(part, hex, b->err);
        chmod(part, 0600);
        json_t *source = json_pack("{s:I, s:i}", "size", (json_int_t)sc_file_size(part),
                                   "mtime_ns", 0);
        b->bytes += ok ? (uint64_t)sc_file_size(part) : 0;
        if (ok && sc_str_eq(hex, json_string_value(json_object_get(entry, "sha256"))) &&
            copy_is_good(b, rel, entry)) {
            unlink(part);
            b->n_unchanged++;
        } else if (ok) {
            ok = sc_file_rename(part, to, b->err);
            add_item(b, rel, source);
        }
        if (ok)
            json_object_set_new(b->next, rel, entry_of(source, hex));
        json_decref(source);
    }
    free(rel);
    free(from);
    free(to);
    free(part);
    return ok;
}

/* ---- the whole ---- */

static bool library_id(struct backup *b, char out[ID_DIGITS + 1])
{
    struct sc_buf text = SC_BUF_INIT(1 << 20);
    char hex[SC_SHA256_HEX_SIZE], seed[200];
    char *path = sc_strf("%s/.scaler/library.id", b->root);
    bool ok = path != NULL;
    if (ok && sc_file_exists(path) && sc_file_read(path, 1024, &text, NULL) &&
        text.len >= ID_DIGITS) {
        snprintf(out, ID_DIGITS + 1, "%s", sc_buf_str(&text));
    } else if (ok) {
        snprintf(seed, sizeof seed, "%.17g %ld %.120s", sc_clock_wall_f(), (long)getpid(),
                 b->root);
        sc_sha256_of(seed, strlen(seed), hex);
        snprintf(out, ID_DIGITS + 1, "%.*s", ID_DIGITS, hex);
        ok = b->k->dry_run || sc_file_write(path, out, ID_DIGITS, false, b->err);
    }
    sc_buf_finish(&text);
    free(path);
    return ok ||
           sc_fail(b->err, SC_ERR_IO, "cannot write %s/.scaler/library.id", b->root);
}

/* Also of a folder that is yet to be made. */
static bool would_lie_in(const char *root, const char *path)
{
    char *at = sc_strdup(path), *slash;
    struct stat st;
    while (at && lstat(at, &st) != 0 && (slash = strrchr(at, '/')) && slash != at)
        *slash = '\0';
    /* A relative name without a folder that is there lies where we are. */
    bool inside = at && sc_path_inside(root, lstat(at, &st) == 0 ? at : ".");
    free(at);
    return inside;
}

static bool check_place(struct backup *b)
{
    if (!b->o->dest || !*b->o->dest)
        return sc_fail(b->err, SC_ERR_USAGE, "a backup needs a folder");
    if (would_lie_in(b->root, b->o->dest) || sc_path_inside(b->o->dest, b->root)) {
        sc_fail(b->err, SC_ERR_INVALID,
                "the backup %.150s and the library %.150s lie in each other", b->o->dest,
                b->root);
        return sc_error_hint(b->err, "Name a folder outside, best on another disk.");
    }
    return (b->k->dry_run && !sc_dir_exists(b->o->dest)) || sc_mkdirs(b->o->dest, b->err);
}

static bool check_owner(struct backup *b, const char *id)
{
    const char *other = json_string_value(json_object_get(b->store.manifest, "library"));
    if (!other || strcmp(other, id) == 0)
        return true;
    sc_fail(b->err, SC_ERR_CONFLICT, "%s holds the backup of another library",
            b->store.dir);
    return sc_error_hint(b->err, "Name another folder for this one.");
}

static bool has_room(struct backup *b)
{
    uint64_t room = 0;
    char need[32], have[32];
    if (!sc_disk_free(b->store.dir, &room, b->err))
        return false;
    if (room >= b->total + SPARE_BYTES || b->total == 0)
        return true;
    sc_format_bytes((double)(b->total + SPARE_BYTES), need, sizeof need);
    sc_format_bytes((double)room, have, sizeof have);
    sc_fail(b->err, SC_ERR_DISK_FULL, "%s are needed in %s, %s are free", need,
            b->store.dir, have);
    return sc_error_hint(b->err, "Make room and run the same command again.");
}

/* Entries of what is there already; total: what must be copied. */
static void compare(struct backup *b)
{
    const char *rel;
    json_t *source;
    json_object_foreach(b->sources, rel, source)
    {
        uint64_t size = (uint64_t)json_integer_value(json_object_get(source, "size"));
        b->bytes += size;
        if (is_unchanged(b, rel, source))
            continue;
        b->total += size;
        if (b->k->dry_run)
            add_item(b, rel, source);
    }
}

/* What is no longer in the library: kept and marked, or let go. */
static json_t *carry_over(struct backup *b)
{
    char now[SC_ISO8601_SIZE];
    const char *rel;
    json_t *entry, *pruned = json_array();
    sc_format_iso8601(sc_clock_wall_s(), now);
    json_object_foreach(b->old, rel, entry)
    {
        if (json_object_get(b->next, rel))
            continue;
        b->n_gone++;
        if (b->o->prune) {
            json_array_append_new(pruned, json_string(rel));
            continue;
        }
        json_t *copy = json_deep_copy(entry);
        if (!json_object_get(copy, "gone"))
            json_object_set_new(copy, "gone", json_string(now));
        json_object_set_new(b->next, rel, copy);
    }
    return pruned;
}

static bool publish(struct backup *b, const char *id, json_t **pruned)
{
    char now[SC_ISO8601_SIZE];
    sc_format_iso8601(sc_clock_wall_s(), now);
    *pruned = carry_over(b);
    /* Nothing to say: the backup is what it was. */
    if (b->old && json_array_size(b->items) == 0 && json_equal(b->old, b->next))
        return true;
    json_t *next =
        json_pack("{s:i, s:s, s:s, s:s, s:O, s:O}", "schema", 1, "library", id, "created",
                  now, "root", b->root, "pruned", *pruned, "files", b->next);
    bool ok = next ? sc_backup_publish(&b->store, next, b->err)
                   : sc_fail(b->err, SC_ERR_MEMORY, "out of memory");
    json_decref(next);
    return ok;
}

static bool copy_and_publish(struct backup *b, const char *id, json_t **pruned)
{
    char *dir = sc_path_join(b->store.dir, "incoming");
    char *journal = dir ? sc_path_join(dir, "journal") : NULL;
    bool ok = journal && sc_mkdirs(dir, b->err);
    if (ok) {
        load_journal(b);
        b->journal_file = fopen(journal, "ab");
        ok = b->journal_file || sc_fail_errno(b->err, errno, "cannot write %s", journal);
    }
    ok = ok && copy_all(b) && add_database(b, "catalog.db") &&
         (!b->o->with_keys || add_database(b, "queue.db"));
    if (b->journal_file)
        fclose(b->journal_file);
    ok = ok && publish(b, id, pruned);
    if (ok)
        sc_remove_tree(dir, NULL);
    free(journal);
    free(dir);
    return ok;
}

static bool run(struct backup *b, json_t **pruned)
{
    char id[ID_DIGITS + 1];
    if (!check_place(b) || !library_id(b, id))
        return false;
    if (b->k->dry_run && !sc_dir_exists(b->o->dest)) {
        if (!list_sources(b))
            return false;
        compare(b);
        return true;
    }
    if (!sc_backup_store_open(b->o->dest, !b->k->dry_run, &b->store, b->err) ||
        !check_owner(b, id))
        return false;
    b->old = json_object_get(b->store.manifest, "files");
    if (!list_sources(b))
        return false;
    compare(b);
    return b->k->dry_run || (has_room(b) && copy_and_publish(b, id, pruned));
}

bool sc_keep_backup(const struct sc_keep *k, const struct sc_backup_options *o,
                    json_t **report, struct sc_error *err)
{
    struct sc_error scratch = {0};
    err = err ? err : &scratch;
    struct backup b = {.k = k,
                       .o = o,
                       .root = sc_library_root(k->lib),
                       .store = {.lock = {.fd = -1}},
                       .sources = json_object(),
                       .videos = json_object(),
                       .next = json_object(),
                       .journal = json_object(),
                       .items = json_array(),
                       .kept = json_array(),
                       .err = err};
    json_t *pruned = NULL;
    bool ok = run(&b, &pruned);
    size_t n = json_array_size(b.items), n_pruned = json_array_size(pruned);
    if (ok)
        *report =
            json_pack("{s:s, s:b, s:i, s:I, s:i, s:I, s:i, s:i, s:i, s:O, s:O}", "dest",
                      o->dest, "dryRun", k->dry_run, "files", (int)(n + b.n_unchanged),
                      "bytes", (json_int_t)b.bytes, "copied", (int)n, "copiedBytes",
                      (json_int_t)b.copied_bytes, "unchanged", (int)b.n_unchanged, "gone",
                      (int)(b.n_gone - n_pruned), "pruned", (int)n_pruned, "items",
                      b.items, "kept", b.kept);
    else
        sc_error_wrap(err, "could not back the library up");
    json_decref(pruned);
    sc_backup_store_close(&b.store);
    json_decref(b.sources);
    json_decref(b.videos);
    json_decref(b.next);
    json_decref(b.journal);
    json_decref(b.items);
    json_decref(b.kept);
    return ok;
}
