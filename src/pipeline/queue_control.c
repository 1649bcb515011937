/* The queue as people see it: list, cancel, pause, resume, retry, reorder. */
#include "base/clock.h"
#include "pipeline/queue_internal.h"

#include <stdlib.h>

enum { DEFAULT_LIMIT = 100 };

bool sc_queue_list(struct sc_queue *q, bool finished, size_t limit,
                   struct sc_queue_job **out, size_t *n, struct sc_error *err)
{
    struct sc_queue_job *jobs = NULL;
    size_t count = 0, cap = 0;
    int rc = SQLITE_DONE;
    bool ok = true;
    sqlite3_stmt *s = sc_queue_prepare(
        q, err,
        finished ? "SELECT " SC_JOB_COLUMNS " FROM jobs WHERE state >= 3 "
                   "ORDER BY ended DESC, id LIMIT ?"
                 : "SELECT " SC_JOB_COLUMNS " FROM jobs WHERE state < 3 "
                   "ORDER BY state = 1 DESC, priority DESC, position LIMIT ?",
        "i", (int64_t)(limit ? limit : DEFAULT_LIMIT));
    if (!s)
        return false;
    while (ok && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (count == cap) {
            cap = cap ? cap * 2 : 16;
            struct sc_queue_job *grown = realloc(jobs, cap * sizeof *jobs);
            if (!grown) {
                ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
                break;
            }
            jobs = grown;
        }
        ok = sc_queue_row(s, &jobs[count], err);
        count += ok;
    }
    if (ok && rc != SQLITE_DONE)
        ok = sc_queue_sql_fail(q, err);
    sqlite3_finalize(s);
    if (ok) {
        *out = jobs;
        *n = count;
        return true;
    }
    while (count)
        sc_queue_job_finish(&jobs[--count]);
    free(jobs);
    return false;
}

/* Says why a control call changed nothing. */
static bool refuse(struct sc_queue *q, const char *id, const char *verb,
                   struct sc_error *err)
{
    struct sc_queue_job job;
    bool found = false;
    if (!sc_queue_get(q, id, &job, &found, err))
        return false;
    if (!found)
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no job %.40s", id);
    sc_fail(err, SC_ERR_CONFLICT, "a job that is %s cannot be %s",
            sc_job_state_name(job.state), verb);
    sc_queue_job_finish(&job);
    return false;
}

static bool control(struct sc_queue *q, const char *id, const char *verb, const char *sql,
                    struct sc_error *err)
{
    int changed = 0;
    return sc_queue_run_take(q,
                             sc_queue_prepare(q, err, sql, "si", id, sc_clock_wall_s()),
                             &changed, err) &&
           (changed == 1 || refuse(q, id, verb, err));
}

/* A running job is asked; its worker stops it and records the outcome. */
bool sc_queue_cancel(struct sc_queue *q, const char *id, struct sc_error *err)
{
    return control(q, id, "cancelled",
                   "UPDATE jobs SET cancel_wanted = state = 1, "
                   "ended = CASE state WHEN 1 THEN ended ELSE ?2 END, "
                   "state = CASE state WHEN 1 THEN 1 ELSE 5 END "
                   "WHERE id = ?1 AND state < 3",
                   err);
}

bool sc_queue_pause(struct sc_queue *q, const char *id, struct sc_error *err)
{
    return control(q, id, "paused",
                   "UPDATE jobs SET pause_wanted = state = 1, "
                   "state = CASE state WHEN 1 THEN 1 ELSE 2 END, "
                   "ended = ended + 0 * ?2 WHERE id = ?1 AND state < 2",
                   err);
}

bool sc_queue_resume(struct sc_queue *q, const char *id, struct sc_error *err)
{
    return control(q, id, "resumed",
                   "UPDATE jobs SET state = 0, attempts = 0, pause_wanted = 0, "
                   "not_before = 0 * ?2, error = NULL, error_code = NULL, "
                   "error_hint = NULL "
                   "WHERE id = ?1 AND (state = 2 OR (state = 0 AND not_before > 0))",
                   err);
}

/* OR IGNORE: another unfinished job may have the same key by now. */
bool sc_queue_retry(struct sc_queue *q, const char *id, struct sc_error *err)
{
    return control(q, id, "retried",
                   "UPDATE OR IGNORE jobs SET state = 0, attempts = 0, ended = 0, "
                   "not_before = 0 * ?2, progress = 0, error = NULL, "
                   "error_code = NULL, error_hint = NULL, "
                   "position = (SELECT coalesce(max(position), 0) + 1 FROM jobs "
                   "WHERE state < 3) WHERE id = ?1 AND state IN (2, 4, 5)",
                   err);
}

bool sc_queue_move(struct sc_queue *q, const char *id, const char *before,
                   const int *priority, struct sc_error *err)
{
    int changed = 0;
    bool ok = sc_queue_begin(q, err);
    if (!ok)
        return false;
    if (priority)
        ok = sc_queue_run_take(
            q,
            sc_queue_prepare(q, err,
                             "UPDATE jobs SET priority = ?2 WHERE id = ?1 AND state < 3",
                             "si", id, (int64_t)*priority),
            &changed, err);
    else if (before)
        /* Half way between the target and its predecessor, with the target's priority. */
        ok = sc_queue_run_take(
            q,
            sc_queue_prepare(
                q, err,
                "UPDATE jobs SET priority = t.priority, position = (t.position + "
                "coalesce((SELECT max(p.position) FROM jobs p WHERE p.state < 3 AND "
                "p.priority = t.priority AND p.position < t.position AND p.id <> ?1), "
                "t.position - 2)) / 2 "
                "FROM (SELECT priority, position FROM jobs WHERE id = ?2 AND state < 3) "
                "t "
                "WHERE jobs.id = ?1 AND jobs.state < 3",
                "ss", id, before),
            &changed, err);
    else
        ok = sc_queue_run_take(
            q,
            sc_queue_prepare(q, err,
                             "UPDATE jobs SET position = (SELECT max(position) + 1 FROM "
                             "jobs WHERE state < 3) WHERE id = ?1 AND state < 3",
                             "s", id),
            &changed, err);
    ok = ok && (changed == 1 || refuse(q, id, "moved", err));
    return sc_queue_end(q, ok, err);
}

bool sc_queue_merge_payload(struct sc_queue *q, const char *id, json_t *fields,
                            struct sc_error *err)
{
    struct sc_queue_job job = {0};
    bool found = false;
    int changed = 0;
    if (!sc_queue_begin(q, err))
        return false;
    bool ok = sc_queue_get(q, id, &job, &found, err);
    if (ok && found) {
        char *payload = json_object_update(job.payload, fields) == 0
                            ? json_dumps(job.payload, JSON_COMPACT)
                            : NULL;
        ok = payload
                 ? sc_queue_run_take(
                       q,
                       sc_queue_prepare(q, err,
                                        "UPDATE jobs SET payload = ?2, not_before = "
                                        "CASE state WHEN 1 THEN ?3 ELSE not_before "
                                        "END WHERE id = ?1 AND state < 3",
                                        "ssi", id, payload, (int64_t)SC_QUEUE_RENEWED),
                       &changed, err)
                 : sc_fail(err, SC_ERR_MEMORY, "out of memory");
        free(payload);
    }
    sc_queue_job_finish(&job);
    ok = ok && (changed == 1 || refuse(q, id, "changed", err));
    return sc_queue_end(q, ok, err);
}

bool sc_queue_stats(struct sc_queue *q, struct sc_queue_stats *out, struct sc_error *err)
{
    int rc;
    int64_t oldest = 0;
    *out = (struct sc_queue_stats){0};
    sqlite3_stmt *s =
        sc_queue_prepare(q, err,
                         "SELECT state, kind, count(*), min(created) FROM jobs "
                         "WHERE state IN (0, 1, 2, 4) GROUP BY state, kind",
                         "");
    if (!s)
        return false;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        int state = sqlite3_column_int(s, 0), kind = sqlite3_column_int(s, 1);
        size_t n = (size_t)sqlite3_column_int64(s, 2);
        if (kind < 0 || kind >= SC_JOB_KIND_COUNT)
            continue;
        if (state == SC_JOB_WAITING) {
            int64_t created = sqlite3_column_int64(s, 3);
            out->waiting[kind] = n;
            oldest = oldest && oldest < created ? oldest : created;
        } else if (state == SC_JOB_LEASED) {
            out->leased[kind] = n;
        } else if (state == SC_JOB_PAUSED) {
            out->paused += n;
        } else {
            out->failed += n;
        }
    }
    sqlite3_finalize(s);
    if (oldest && sc_clock_wall_s() > oldest)
        out->oldest_waiting_s = (double)(sc_clock_wall_s() - oldest);
    return rc == SQLITE_DONE || sc_queue_sql_fail(q, err);
}

bool sc_queue_failures(struct sc_queue *q, sc_queue_count_fn fn, void *user,
                       struct sc_error *err)
{
    int rc;
    sqlite3_stmt *s =
        sc_queue_prepare(q, err,
                         "SELECT coalesce(error_code, 'internal'), count(*) FROM jobs "
                         "WHERE state = 4 GROUP BY 1 ORDER BY 1",
                         "");
    if (!s)
        return false;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        fn(user, (const char *)sqlite3_column_text(s, 0),
           (size_t)sqlite3_column_int64(s, 1));
    sqlite3_finalize(s);
    return rc == SQLITE_DONE || sc_queue_sql_fail(q, err);
}

bool sc_queue_recover(struct sc_queue *q, size_t *n, struct sc_error *err)
{
    int changed = 0;
    /* What a person wanted of a job that ran then is carried out now. */
    bool ok = sc_queue_run_take(
        q,
        sc_queue_prepare(q, err,
                         "UPDATE jobs SET state = CASE WHEN cancel_wanted THEN 5 "
                         "WHEN pause_wanted THEN 2 ELSE 0 END, "
                         "ended = CASE WHEN cancel_wanted THEN ?1 ELSE 0 END, "
                         "attempts = max(attempts - 1, 0), token = 0, lease_until = 0, "
                         "not_before = 0, cancel_wanted = 0, pause_wanted = 0 "
                         "WHERE state = 1",
                         "i", sc_clock_wall_s()),
        &changed, err);
    if (ok)
        *n = (size_t)changed;
    return ok;
}
