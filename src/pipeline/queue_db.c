/* The queue's database: open, migrate, statements, rows. */
#include "base/file.h"
#include "base/str.h"
#include "pipeline/queue_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 30000, SCHEMA_VERSION = 1 };

static const char schema[] =
    "CREATE TABLE jobs ("
    " id TEXT PRIMARY KEY, key TEXT NOT NULL, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, lecture_id TEXT, title TEXT, payload TEXT NOT NULL,"
    " priority INTEGER NOT NULL DEFAULT 0, position REAL NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL,"
    " not_before INTEGER NOT NULL DEFAULT 0, lease_until INTEGER NOT NULL DEFAULT 0,"
    " token INTEGER NOT NULL DEFAULT 0, cancel_wanted INTEGER NOT NULL DEFAULT 0,"
    " pause_wanted INTEGER NOT NULL DEFAULT 0, progress REAL NOT NULL DEFAULT 0,"
    " stage TEXT, message TEXT, rate REAL NOT NULL DEFAULT 0,"
    " eta REAL NOT NULL DEFAULT -1, error TEXT, error_code TEXT, error_hint TEXT,"
    " created INTEGER NOT NULL, started INTEGER NOT NULL DEFAULT 0,"
    " ended INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    /* Unfinished states are 0, 1 and 2: one unfinished job per key. */
    "CREATE UNIQUE INDEX jobs_key ON jobs(key) WHERE state < 3;"
    "CREATE INDEX jobs_order ON jobs(state, kind, priority DESC, position);"
    "CREATE INDEX jobs_ended ON jobs(ended) WHERE state >= 3;"
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
    "INSERT INTO counters VALUES ('token', 0);"
    "PRAGMA user_version = 1;";

bool sc_queue_sql_fail(struct sc_queue *q, struct sc_error *err)
{
    switch (sqlite3_errcode(q->db) & 0xFF) {
    case SQLITE_FULL:
        return sc_fail(err, SC_ERR_DISK_FULL, "no space left for the job queue");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return sc_fail(err, SC_ERR_CONFLICT,
                       "the job queue is in use by another process");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return sc_fail(err, SC_ERR_PERMISSION, "the job queue cannot be written");
    default:
        return sc_fail(err, SC_ERR_INTERNAL, "job queue: %s", sqlite3_errmsg(q->db));
    }
}

sqlite3_stmt *sc_queue_prepare(struct sc_queue *q, struct sc_error *err, const char *sql,
                               const char *types, ...)
{
    sqlite3_stmt *s = NULL;
    va_list ap;
    if (sqlite3_prepare_v2(q->db, sql, -1, &s, NULL) != SQLITE_OK) {
        sc_queue_sql_fail(q, err);
        return NULL;
    }
    va_start(ap, types);
    for (int at = 1; *types; types++, at++) {
        const char *text;
        switch (*types) {
        case 's':
            text = va_arg(ap, const char *);
            if (text)
                sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
            break;
        case 'i':
            sqlite3_bind_int64(s, at, va_arg(ap, int64_t));
            break;
        default:
            sqlite3_bind_double(s, at, va_arg(ap, double));
        }
    }
    va_end(ap);
    return s;
}

bool sc_queue_run_take(struct sc_queue *q, sqlite3_stmt *s, int *changes,
                       struct sc_error *err)
{
    int rc;
    if (!s)
        return false;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        ;
    if (rc != SQLITE_DONE)
        sc_queue_sql_fail(q, err);
    sqlite3_finalize(s);
    if (changes)
        *changes = sqlite3_changes(q->db);
    return rc == SQLITE_DONE;
}

static bool exec(struct sc_queue *q, const char *sql, struct sc_error *err)
{
    return sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sc_queue_sql_fail(q, err);
}

bool sc_queue_begin(struct sc_queue *q, struct sc_error *err)
{
    return exec(q, "BEGIN IMMEDIATE", err);
}

bool sc_queue_end(struct sc_queue *q, bool ok, struct sc_error *err)
{
    if (ok && exec(q, "COMMIT", err))
        return true;
    if (!sqlite3_get_autocommit(q->db))
        sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static int version_of(struct sc_queue *q)
{
    int version = -1;
    sqlite3_stmt *s = sc_queue_prepare(q, NULL, "PRAGMA user_version", "");
    if (s && sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return version;
}

static bool migrate(struct sc_queue *q, struct sc_error *err)
{
    if (version_of(q) == SCHEMA_VERSION)
        return true;
    if (!sc_queue_begin(q, err))
        return false;
    int version = version_of(q);
    bool ok = version >= 0 || sc_queue_sql_fail(q, err);
    if (version > SCHEMA_VERSION)
        ok = sc_fail(err, SC_ERR_CONFLICT,
                     "the job queue was written by a newer version of Scaler Companion");
    else if (ok && version == 0)
        ok = exec(q, schema, err);
    return sc_queue_end(q, ok, err);
}

/*
 * SQLite gives its side files the mode of the database: 0600 before the first
 * byte. A database that exists is never opened here: closing any descriptor of
 * it would drop the locks that SQLite holds on it in this process (POSIX
 * advisory locks), and another process would then throw its log away.
 */
static bool make_private(const char *path, struct sc_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno != EEXIST)
        return sc_fail_errno(err, errno, "cannot make the job queue %s", path);
    chmod(path, 0600);
    return true;
}

bool sc_queue_open(const char *root, struct sc_queue **out, struct sc_error *err)
{
    struct sc_queue *q = calloc(1, sizeof *q);
    char *dir = sc_strf("%s/.scaler", root);
    char *path = sc_strf("%s/.scaler/queue.db", root);
    bool ok = q && dir && path;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_mkdirs(dir, err) && make_private(path, err);
    if (ok && sqlite3_open_v2(path, &q->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                              NULL) != SQLITE_OK)
        ok = sc_queue_sql_fail(q, err);
    if (ok) {
        sqlite3_busy_timeout(q->db, BUSY_TIMEOUT_MS);
        ok = exec(q, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", err) &&
             migrate(q, err);
    }
    if (ok)
        *out = q;
    else
        sc_queue_close(q);
    free(dir);
    free(path);
    return ok;
}

void sc_queue_close(struct sc_queue *q)
{
    if (!q)
        return;
    sqlite3_close(q->db);
    free(q);
}

static char *text_at(sqlite3_stmt *s, int column)
{
    return sc_strdup((const char *)sqlite3_column_text(s, column));
}

bool sc_queue_row(sqlite3_stmt *s, struct sc_queue_job *out, struct sc_error *err)
{
    const char *payload = (const char *)sqlite3_column_text(s, 5);
    *out = (struct sc_queue_job){
        .id = text_at(s, 0),
        .kind = (enum sc_job_kind)sqlite3_column_int(s, 1),
        .state = (enum sc_job_state)sqlite3_column_int(s, 2),
        .lecture_id = text_at(s, 3),
        .title = text_at(s, 4),
        .payload = payload ? json_loads(payload, 0, NULL) : NULL,
        .priority = sqlite3_column_int(s, 6),
        .position = sqlite3_column_double(s, 7),
        .attempts = sqlite3_column_int(s, 8),
        .max_attempts = sqlite3_column_int(s, 9),
        .not_before_unix = sqlite3_column_int64(s, 10),
        .lease_until_unix = sqlite3_column_int64(s, 11),
        .token = sqlite3_column_int64(s, 12),
        .cancel_wanted = sqlite3_column_int(s, 13) != 0,
        .pause_wanted = sqlite3_column_int(s, 14) != 0,
        .progress = sqlite3_column_double(s, 15),
        .stage = text_at(s, 16),
        .message = text_at(s, 17),
        .rate = sqlite3_column_double(s, 18),
        .eta_s = sqlite3_column_double(s, 19),
        .error = text_at(s, 20),
        .error_code = text_at(s, 21),
        .error_hint = text_at(s, 22),
        .created_unix = sqlite3_column_int64(s, 23),
        .started_unix = sqlite3_column_int64(s, 24),
        .ended_unix = sqlite3_column_int64(s, 25),
    };
    if (out->id && out->payload)
        return true;
    sc_queue_job_finish(out);
    return sc_fail(err, SC_ERR_MEMORY, "cannot read a job from the queue");
}

void sc_queue_job_finish(struct sc_queue_job *j)
{
    char *owned[] = {j->id,      j->lecture_id, j->title,      j->stage,
                     j->message, j->error,      j->error_code, j->error_hint};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    json_decref(j->payload);
    *j = (struct sc_queue_job){0};
}

const char *sc_job_kind_name(enum sc_job_kind k)
{
    static const char *const names[] = {"download", "process", "import"};
    return (unsigned)k < SC_JOB_KIND_COUNT ? names[k] : "unknown";
}

const char *sc_job_state_name(enum sc_job_state s)
{
    static const char *const names[] = {"waiting", "running", "paused",
                                        "done",    "failed",  "cancelled"};
    return (unsigned)s < SC_JOB_STATE_COUNT ? names[s] : "unknown";
}
