/*
 * SQLite: opening, migrating, statements, transactions, errors.
 *
 * The catalog is a copy of what the folders say. So a catalog that is damaged
 * is moved aside and built anew, and a new catalog over old folders is filled
 * from them. The flag `rescan` is set in the same transaction as the schema and
 * cleared when the folders are read: a process that dies in between leaves the
 * work to the next one.
 */
#include "library/internal.h"

#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUSY_TIMEOUT_MS = 60000,
    OPEN_LOCK_TIMEOUT_MS = 600000, /* another process may be reading a large library */
    OPEN_LOCK_STEP_MS = 50,
    PROGRESS_STEPS = 4000, /* virtual machine steps between two looks at the token */
    CACHE_KB = 16384,
    RESERVE_BYTES = 1 << 20,
    RESERVE_FROM_BYTES = 8 << 20, /* a disk with less has no room to spare */
};

static const char *const migrations[] = {SC_SCHEMA_1, SC_SCHEMA_2};
enum { SCHEMA_VERSION = sizeof migrations / sizeof migrations[0] };

static const char *const sql_text[SC_SQL_COUNT] = {
#define SC_X(id, text) text,
    SC_SQL_TABLE(SC_X)
#undef SC_X
};

/* ---- errors ---- */

static char *state_path(const struct sc_library *lib, const char *name)
{
    return sc_strf("%s/.scaler/%s", lib->root, name);
}

/* The next open moves the catalog aside. */
static void mark_broken(struct sc_library *lib)
{
    char *path = state_path(lib, "catalog.broken");
    if (path)
        sc_file_write(path, "", 0, false, NULL);
    free(path);
}

static bool is_damage(int rc)
{
    return (rc & 0xFF) == SQLITE_CORRUPT || (rc & 0xFF) == SQLITE_NOTADB;
}

static bool disk_full(struct sc_library *lib, struct sc_error *err)
{
    sc_fail(err, SC_ERR_DISK_FULL, "no space left for the catalog in %s", lib->root);
    return sc_error_hint(err, "Make room: scaler cleanup removes what is left over.");
}

bool sc_db_fail(struct sc_library *lib, struct sc_error *err)
{
    int rc = sqlite3_extended_errcode(lib->db);
    switch (rc & 0xFF) {
    case SQLITE_INTERRUPT:
        sc_cancel_check(lib->cancel, err);
        return sc_fail(err, SC_ERR_CANCELLED, "stopped on request");
    case SQLITE_FULL:
        return disk_full(lib, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sc_fail(err, SC_ERR_CONFLICT,
                       "the catalog in %s is in use by another process", lib->root);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return sc_fail(err, SC_ERR_PERMISSION, "cannot write the catalog in %s/.scaler",
                       lib->root);
    case SQLITE_NOMEM:
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        mark_broken(lib);
        sc_fail(err, SC_ERR_IO, "the catalog in %s/.scaler is damaged", lib->root);
        return sc_error_hint(err, "Run the command again: the catalog is rebuilt from "
                                  "the folders, which hold everything.");
    case SQLITE_IOERR:
        if (sqlite3_system_errno(lib->db) == ENOSPC)
            return disk_full(lib, err);
        return sc_fail(err, SC_ERR_IO, "cannot read or write the catalog in %s/.scaler",
                       lib->root);
    default:
        return sc_fail(err, SC_ERR_INTERNAL, "catalog: %s", sqlite3_errmsg(lib->db));
    }
}

/* ---- statements ---- */

sqlite3_stmt *sc_db_use(struct sc_library *lib, enum sc_sql id, struct sc_error *err)
{
    sqlite3_stmt **slot = &lib->statements[id];
    if (!*slot && sqlite3_prepare_v3(lib->db, sql_text[id], -1, SQLITE_PREPARE_PERSISTENT,
                                     slot, NULL) != SQLITE_OK) {
        sc_db_fail(lib, err);
        return NULL;
    }
    sqlite3_reset(*slot);
    sqlite3_clear_bindings(*slot);
    return *slot;
}

int sc_db_step(struct sc_library *lib, sqlite3_stmt *s, struct sc_error *err)
{
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc != SQLITE_DONE)
        sc_db_fail(lib, err);
    sqlite3_reset(s);
    return rc == SQLITE_DONE ? 0 : -1;
}

bool sc_db_run(struct sc_library *lib, sqlite3_stmt *s, struct sc_error *err)
{
    int rc = sc_db_step(lib, s, err);
    if (rc == 1)
        sqlite3_reset(s);
    return rc >= 0;
}

bool sc_db_exec(struct sc_library *lib, const char *sql, struct sc_error *err)
{
    return sqlite3_exec(lib->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sc_db_fail(lib, err);
}

bool sc_db_begin(struct sc_library *lib, struct sc_error *err)
{
    return sc_db_exec(lib, "BEGIN IMMEDIATE", err);
}

bool sc_db_end(struct sc_library *lib, bool ok, struct sc_error *err)
{
    if (ok && sc_db_exec(lib, "COMMIT", err))
        return true;
    if (!sqlite3_get_autocommit(lib->db))
        sqlite3_exec(lib->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static int on_steps(void *user)
{
    return sc_cancelled(user);
}

void sc_db_set_cancel(struct sc_library *lib, const struct sc_cancel *cancel)
{
    lib->cancel = cancel;
    sqlite3_progress_handler(lib->db, cancel ? PROGRESS_STEPS : 0, on_steps,
                             (void *)(uintptr_t)cancel);
}

void sc_db_bind_text(sqlite3_stmt *s, int at, const char *text)
{
    if (text)
        sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(s, at);
}

char *sc_db_text(sqlite3_stmt *s, int column)
{
    return sc_strdup((const char *)sqlite3_column_text(s, column));
}

/* ---- the reserve ---- */

/*
 * SQLite needs some room even to read. A file that is given up when a disk is full
 * lets the student look at the library, clean up and remove then.
 */
static char *reserve_path(const struct sc_library *lib)
{
    return state_path(lib, "reserve");
}

static bool give_up_reserve(const struct sc_library *lib)
{
    char *path = reserve_path(lib);
    bool given = path && unlink(path) == 0;
    free(path);
    return given;
}

static void keep_reserve(const struct sc_library *lib)
{
    uint64_t room = 0;
    char *path = reserve_path(lib);
    if (path && sc_file_size(path) < RESERVE_BYTES &&
        sc_disk_free(lib->root, &room, NULL) && room > RESERVE_FROM_BYTES) {
        char *zeros = calloc(1, RESERVE_BYTES);
        if (zeros)
            sc_file_write(path, zeros, RESERVE_BYTES, true, NULL);
        free(zeros);
    }
    free(path);
}

/* ---- open ---- */

static void close_db(struct sc_library *lib)
{
    for (int i = 0; i < SC_SQL_COUNT; i++) {
        sqlite3_finalize(lib->statements[i]);
        lib->statements[i] = NULL;
    }
    sqlite3_close(lib->db);
    lib->db = NULL;
}

static bool open_db_take(struct sc_library *lib, char *path, int flags,
                         struct sc_error *err)
{
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    int rc = sqlite3_open_v2(path, &lib->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    if (rc != SQLITE_OK) {
        sc_db_fail(lib, err);
        close_db(lib);
        return false;
    }
    sqlite3_extended_result_codes(lib->db, 1);
    sqlite3_busy_timeout(lib->db, BUSY_TIMEOUT_MS);
    return true;
}

static bool connect(struct sc_library *lib, struct sc_error *err)
{
    char pragmas[160];
    if (!open_db_take(lib, state_path(lib, "catalog.db"),
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err))
        return false;
    /* NORMAL may forget the last commits at a power cut, never more: the
     * folders know them. */
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
             "PRAGMA foreign_keys = ON; PRAGMA cache_size = -%d;",
             CACHE_KB);
    if (!sc_db_exec(lib, pragmas, err))
        return false;
    return sc_rank_register(lib) ||
           sc_fail(err, SC_ERR_DEPENDENCY, "this SQLite lacks FTS5 (full text search)");
}

static bool user_version(struct sc_library *lib, int *out, struct sc_error *err)
{
    sqlite3_stmt *s = NULL;
    bool ok =
        sqlite3_prepare_v2(lib->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int(s, 0);
    else
        sc_db_fail(lib, err);
    sqlite3_finalize(s);
    return ok;
}

static bool has_flag(struct sc_library *lib, const char *name, bool *set,
                     struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_FLAG_GET, err);
    if (!s)
        return false;
    sc_db_bind_text(s, 1, name);
    int rc = sc_db_step(lib, s, err);
    sqlite3_reset(s);
    *set = rc == 1;
    return rc >= 0;
}

enum state { STATE_READY, STATE_OLD, STATE_UNREAD, STATE_BROKEN, STATE_FAILED };

/* What must be done before this catalog can be used. */
static enum state judge(struct sc_library *lib, struct sc_error *err)
{
    int version = 0;
    bool unread = false;
    char *marker = state_path(lib, "catalog.broken");
    bool marked = marker && sc_file_exists(marker);
    free(marker);
    if (marked)
        return STATE_BROKEN;
    struct sc_error inner = {0};
    if (!user_version(lib, &version, &inner)) {
        if (is_damage(sqlite3_errcode(lib->db)))
            return STATE_BROKEN;
        *err = err->code ? *err : inner;
        return STATE_FAILED;
    }
    if (version > SCHEMA_VERSION) {
        sc_fail(err, SC_ERR_UNSUPPORTED,
                "the catalog in %s was written by a newer version of Scaler Companion",
                lib->root);
        sc_error_hint(err,
                      "Update this program, or remove %s/.scaler/catalog.db: it is "
                      "rebuilt from the folders.",
                      lib->root);
        return STATE_FAILED;
    }
    if (version < SCHEMA_VERSION)
        return STATE_OLD;
    /* A table that is gone shows when its statements are prepared. */
    for (int i = 0; i < SC_SQL_COUNT; i++)
        if (!sc_db_use(lib, (enum sc_sql)i, &inner)) {
            if (inner.code == SC_ERR_INTERNAL || inner.code == SC_ERR_IO)
                return STATE_BROKEN;
            *err = err->code ? *err : inner;
            return STATE_FAILED;
        }
    if (!has_flag(lib, "rescan", &unread, &inner))
        return STATE_BROKEN;
    return unread ? STATE_UNREAD : STATE_READY;
}

static bool migrate(struct sc_library *lib, struct sc_error *err)
{
    char pragma[64];
    int version = 0;
    if (!user_version(lib, &version, err))
        return false;
    for (; version < SCHEMA_VERSION; version++) {
        if (!sc_db_begin(lib, err))
            return false;
        snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", version + 1);
        bool ok =
            sc_db_exec(lib, migrations[version], err) && sc_db_exec(lib, pragma, err);
        if (!sc_db_end(lib, ok, err))
            return sc_error_wrap(err, "could not bring the catalog to version %d",
                                 version + 1);
    }
    return true;
}

static bool move_aside(struct sc_library *lib, struct sc_error *err)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char stamp[SC_ISO8601_SIZE];
    bool ok = true;
    close_db(lib);
    sc_format_iso8601(sc_clock_wall_s(), stamp);
    for (char *p = stamp; *p; p++)
        if (*p == ':')
            *p = '-';
    for (size_t i = 0; ok && i < 3; i++) {
        char *from = sc_strf("%s/.scaler/catalog.db%s", lib->root, suffixes[i]);
        char *to =
            sc_strf("%s/.scaler/catalog.db.broken-%s%s", lib->root, stamp, suffixes[i]);
        if (!from || !to)
            ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
        else if (rename(from, to) != 0 && errno != ENOENT)
            ok = sc_fail_errno(err, errno, "cannot move the damaged catalog %s aside",
                               from);
        free(from);
        free(to);
    }
    char *marker = state_path(lib, "catalog.broken");
    if (marker)
        unlink(marker);
    free(marker);
    if (ok)
        sc_warn("the catalog in %s was damaged: it is kept as catalog.db.broken-%s and "
                "rebuilt from the folders",
                lib->root, stamp);
    return ok;
}

static bool read_folders(struct sc_library *lib, struct sc_error *err)
{
    struct sc_rescan_report report = {0};
    bool ok = true;
    if (sc_rescan_worthwhile(lib)) {
        ok = sc_library_rescan(lib, &report, NULL, NULL, err);
        if (ok)
            sc_info("the catalog was built from the folders: %zu lectures",
                    report.n_found);
        size_t n = json_array_size(report.problems);
        for (size_t i = 0; i < n; i++)
            sc_warn("%s", json_string_value(json_array_get(report.problems, i)));
        json_decref(report.problems);
    }
    sqlite3_stmt *s = ok ? sc_db_use(lib, SC_SQL_FLAG_CLEAR, err) : NULL;
    if (!s)
        return false;
    sc_db_bind_text(s, 1, "rescan");
    return sc_db_run(lib, s, err);
}

static bool lock_open(struct sc_library *lib, struct sc_lock *lock, struct sc_error *err)
{
    char *path = state_path(lib, "open.lock");
    bool ok = false;
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    for (int waited = 0;; waited += OPEN_LOCK_STEP_MS) {
        struct sc_error inner = {0};
        ok = sc_lock_try(lock, path, &inner);
        if (ok || inner.code != SC_ERR_CONFLICT || waited >= OPEN_LOCK_TIMEOUT_MS) {
            if (!ok && err && !err->code)
                *err = inner;
            break;
        }
        sc_cancel_sleep(NULL, OPEN_LOCK_STEP_MS);
    }
    free(path);
    return ok;
}

/* Under the lock, so that one process repairs and the others wait. */
static bool make_ready(struct sc_library *lib, struct sc_error *err)
{
    struct sc_lock lock = {.fd = -1};
    bool ok = lock_open(lib, &lock, err);
    for (int round = 0; ok && round < 4; round++) {
        struct sc_error inner = {0};
        if (!lib->db && !connect(lib, &inner)) {
            if (!lib->db || !is_damage(sqlite3_errcode(lib->db))) {
                *err = inner;
                ok = false;
                break;
            }
            ok = move_aside(lib, err);
            continue;
        }
        enum state state = judge(lib, err);
        if (state == STATE_READY)
            break;
        ok = state == STATE_BROKEN   ? move_aside(lib, err)
             : state == STATE_OLD    ? migrate(lib, err)
             : state == STATE_UNREAD ? read_folders(lib, err)
                                     : false;
    }
    if (ok && !lib->db)
        ok = sc_fail(err, SC_ERR_IO, "the catalog in %s cannot be rebuilt", lib->root);
    sc_lock_release(&lock);
    return ok;
}

static bool open_catalog(struct sc_library *lib, struct sc_error *err)
{
    struct sc_error inner = {0};
    enum state first = connect(lib, &inner) ? judge(lib, &inner) : STATE_FAILED;
    if (first == STATE_READY)
        return true;
    if (first == STATE_FAILED && lib->db && !is_damage(sqlite3_errcode(lib->db))) {
        *err = inner;
        return false;
    }
    if (first == STATE_FAILED)
        close_db(lib);
    return make_ready(lib, err);
}

/* "file:" and the path, in which %, ? and # mean nothing. Heap. */
static char *immutable_uri(const struct sc_library *lib)
{
    struct sc_buf b = SC_BUF_INIT(0);
    char *path = state_path(lib, "catalog.db");
    sc_buf_add_str(&b, "file:");
    for (const char *p = path; p && *p; p++)
        if (strchr("%?#", *p))
            sc_buf_addf(&b, "%%%02X", (unsigned char)*p);
        else
            sc_buf_add_char(&b, *p);
    sc_buf_add_str(&b, "?immutable=1");
    char *uri = path && !b.failed ? sc_strdup(sc_buf_str(&b)) : NULL;
    free(path);
    sc_buf_finish(&b);
    return uri;
}

/*
 * A library that this user may only read, such as one on a read-only disk. SQLite
 * then wants to be told that nobody writes: it takes no locks and looks at no
 * write-ahead log, so a catalog with an unmerged log is not read this way.
 */
static bool open_unwritable(struct sc_library *lib)
{
    struct sc_error why = {0};
    char *state = state_path(lib, ""), *db = state_path(lib, "catalog.db");
    char *wal = state_path(lib, "catalog.db-wal");
    bool merged = state && db && wal && access(state, W_OK) != 0 && sc_file_exists(db) &&
                  sc_file_size(wal) <= 0;
    free(state);
    free(db);
    free(wal);
    if (!merged)
        return false;
    close_db(lib);
    return open_db_take(lib, immutable_uri(lib), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        &why) &&
           sc_rank_register(lib) && judge(lib, &why) == STATE_READY;
}

static bool open_root(const char *root, bool reading, struct sc_library **out,
                      struct sc_error *err)
{
    struct sc_error scratch = {0};
    struct sc_library *lib = calloc(1, sizeof *lib);
    char *state = sc_path_join(root, ".scaler");
    err = err ? err : &scratch;
    bool ok = lib && state;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_mkdirs(state, err);
    if (ok && !(lib->root = realpath(root, NULL)))
        ok = sc_fail_errno(err, errno, "cannot use the library folder %s", root);
    if (ok && !open_catalog(lib, err)) {
        ok = false;
        if (err->code == SC_ERR_DISK_FULL && give_up_reserve(lib)) {
            sc_error_clear(err);
            close_db(lib);
            ok = open_catalog(lib, err);
        } else if (reading && err->code == SC_ERR_PERMISSION && open_unwritable(lib)) {
            sc_error_clear(err);
            ok = true;
        }
    }
    if (ok)
        keep_reserve(lib);
    free(state);
    if (!ok) {
        sc_error_wrap(err, "could not open the library %s", root);
        sc_library_close(lib);
        return false;
    }
    *out = lib;
    return true;
}

bool sc_library_open(const char *root, struct sc_library **out, struct sc_error *err)
{
    return open_root(root, false, out, err);
}

bool sc_library_open_to_read(const char *root, struct sc_library **out,
                             struct sc_error *err)
{
    return open_root(root, true, out, err);
}

void sc_library_close(struct sc_library *lib)
{
    if (!lib)
        return;
    close_db(lib);
    free(lib->root);
    free(lib);
}

const char *sc_library_root(const struct sc_library *lib)
{
    return lib->root;
}
