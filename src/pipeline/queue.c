/* The queue as workers see it: add, claim, heartbeat, outcome. */
#include "pipeline/queue.h"

#include "base/clock.h"
#include "base/str.h"
#include "pipeline/queue_internal.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_ATTEMPTS = 3,
    BACKOFF_FIRST_S = 5,
    AGAIN_S = 1,
    BUSY_S = 3,
    BACKOFF_MAX_S = 900,
    ID_CHARS = 20,
};

/* A time to wait that is further off than any can be: the clock was put back. */
#define DUE "(not_before <= ?2 OR not_before > ?2 + 900)"
#define DUE_AT_3 "(not_before <= ?3 OR not_before > ?3 + 900)"

static void new_id(char out[ID_CHARS + 3])
{
    static const char abc[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char raw[ID_CHARS];
    RAND_bytes(raw, sizeof raw);
    memcpy(out, "j_", 2);
    for (int i = 0; i < ID_CHARS; i++)
        out[2 + i] = abc[raw[i] & 31];
    out[ID_CHARS + 2] = '\0';
}

/* One job by a statement that selects SC_JOB_COLUMNS; takes s. */
static bool fetch_take(struct sc_queue *q, sqlite3_stmt *s, struct sc_queue_job *out,
                       bool *found, struct sc_error *err)
{
    if (!s)
        return false;
    int rc = sqlite3_step(s);
    bool ok = rc == SQLITE_DONE || rc == SQLITE_ROW || sc_queue_sql_fail(q, err);
    *found = rc == SQLITE_ROW;
    if (*found)
        ok = sc_queue_row(s, out, err);
    sqlite3_finalize(s);
    return ok;
}

bool sc_queue_get(struct sc_queue *q, const char *id, struct sc_queue_job *out,
                  bool *found, struct sc_error *err)
{
    return fetch_take(q,
                      sc_queue_prepare(q, err,
                                       "SELECT " SC_JOB_COLUMNS " FROM jobs WHERE id = ?",
                                       "s", id),
                      out, found, err);
}

static bool insert(struct sc_queue *q, const struct sc_enqueue *e, const char *id,
                   struct sc_error *err)
{
    char *payload = e->payload ? json_dumps(e->payload, JSON_COMPACT) : sc_strdup("{}");
    if (!payload)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    bool ok = sc_queue_run_take(
        q,
        sc_queue_prepare(
            q, err,
            "INSERT INTO jobs (id, key, kind, state, lecture_id, title, payload, "
            "priority, max_attempts, created, position) VALUES (?,?,?,0,?,?,?,?,?,?, "
            "(SELECT coalesce(max(position), 0) + 1 FROM jobs WHERE state < 3))",
            "ssisssiii", id, e->key ? e->key : id, (int64_t)e->kind, e->lecture_id,
            e->title, payload, (int64_t)e->priority,
            (int64_t)(e->max_attempts ? e->max_attempts : DEFAULT_ATTEMPTS),
            sc_clock_wall_s()),
        NULL, err);
    free(payload);
    return ok;
}

bool sc_queue_add(struct sc_queue *q, const struct sc_enqueue *e,
                  struct sc_queue_job *out, bool *existed, struct sc_error *err)
{
    char id[ID_CHARS + 3];
    bool found = false;
    if (!sc_queue_begin(q, err))
        return false;
    bool ok =
        !e->key || fetch_take(q,
                              sc_queue_prepare(q, err,
                                               "SELECT " SC_JOB_COLUMNS
                                               " FROM jobs WHERE key = ? AND state < 3",
                                               "s", e->key),
                              out, &found, err);
    if (ok && !found) {
        bool there = false;
        new_id(id);
        ok = insert(q, e, id, err) && sc_queue_get(q, id, out, &there, err) && there;
        if (ok && e->before)
            e->before(e->user);
    }
    *existed = found;
    bool filled = ok;
    ok = sc_queue_end(q, ok, err);
    if (!ok && filled)
        sc_queue_job_finish(out);
    return ok;
}

static bool next_token(struct sc_queue *q, int64_t *token, struct sc_error *err)
{
    sqlite3_stmt *s = sc_queue_prepare(
        q, err,
        "UPDATE counters SET value = value + 1 WHERE name = 'token' RETURNING value", "");
    if (!s)
        return false;
    bool ok = sqlite3_step(s) == SQLITE_ROW || sc_queue_sql_fail(q, err);
    *token = ok ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return ok;
}

/* A worker that vanished used up its attempt; with none left the job is a dead letter. */
static bool bury_abandoned(struct sc_queue *q, int64_t now, struct sc_error *err)
{
    return sc_queue_run_take(
        q,
        sc_queue_prepare(
            q, err,
            "UPDATE jobs SET state = 4, token = 0, ended = ?1, "
            "error = 'the worker ended without an answer ' || attempts || ' times', "
            "error_code = 'internal', "
            "error_hint = 'Retry the job; its log says what it did last.' "
            "WHERE state = 1 AND lease_until < ?1 AND attempts >= max_attempts",
            "i", now),
        NULL, err);
}

/* An idle worker asks often: look first, without a write transaction. */
static bool anything_to_claim(struct sc_queue *q, enum sc_job_kind kind, int64_t now)
{
    sqlite3_stmt *s = sc_queue_prepare(
        q, NULL,
        "SELECT 1 FROM jobs WHERE kind = ?1 AND ((state = 0 AND " DUE ") OR "
        "(state = 1 AND lease_until < ?2)) LIMIT 1",
        "ii", (int64_t)kind, now);
    bool found = s && sqlite3_step(s) != SQLITE_DONE; /* let an error show in the claim */
    sqlite3_finalize(s);
    return found;
}

bool sc_queue_claim(struct sc_queue *q, enum sc_job_kind kind, int lease_s,
                    struct sc_queue_job *out, bool *found, struct sc_error *err)
{
    int64_t now = sc_clock_wall_s(), token = 0;
    *found = false;
    if (!anything_to_claim(q, kind, now))
        return true;
    if (!sc_queue_begin(q, err))
        return false;
    bool ok =
        bury_abandoned(q, now, err) && next_token(q, &token, err) &&
        fetch_take(q,
                   sc_queue_prepare(
                       q, err,
                       "UPDATE jobs SET state = 1, token = ?1, lease_until = ?2, "
                       "attempts = attempts + 1, cancel_wanted = 0, pause_wanted = 0, "
                       "not_before = 0, "
                       "started = CASE started WHEN 0 THEN ?3 ELSE started END "
                       "WHERE id = (SELECT id FROM jobs WHERE kind = ?4 AND "
                       "((state = 0 AND " DUE_AT_3 ") OR "
                       "(state = 1 AND lease_until < ?3)) "
                       "ORDER BY priority DESC, position LIMIT 1) "
                       "RETURNING " SC_JOB_COLUMNS,
                       "iiii", token, now + lease_s, now, (int64_t)kind),
                   out, found, err);
    bool filled = ok && *found;
    ok = sc_queue_end(q, ok, err);
    if (!ok && filled)
        sc_queue_job_finish(out);
    *found = ok && *found;
    return ok;
}

static bool stale(struct sc_error *err)
{
    return sc_fail(err, SC_ERR_CONFLICT, "this worker no longer holds the job");
}

bool sc_queue_heartbeat(struct sc_queue *q, const char *id, int64_t token, int lease_s,
                        const struct sc_job_progress *p, bool *cancel, bool *pause,
                        struct sc_error *err)
{
    static const struct sc_job_progress keep = {.progress = -1, .eta_s = -1};
    if (!p)
        p = &keep;
    sqlite3_stmt *s = sc_queue_prepare(
        q, err,
        "UPDATE jobs SET lease_until = ?3, "
        "progress = CASE WHEN ?4 < 0 THEN progress ELSE ?4 END, rate = ?5, eta = ?6, "
        "stage = coalesce(?7, stage), message = coalesce(?8, message), "
        "lecture_id = coalesce(?9, lecture_id) "
        "WHERE id = ?1 AND token = ?2 AND state = 1 RETURNING cancel_wanted, "
        "pause_wanted",
        "siidddsss", id, token, sc_clock_wall_s() + lease_s, p->progress, p->rate,
        p->eta_s, p->stage, p->message, p->lecture_id);
    if (!s)
        return false;
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        *cancel = sqlite3_column_int(s, 0) != 0;
        *pause = sqlite3_column_int(s, 1) != 0;
        rc = sqlite3_step(s); /* RETURNING commits with the last step */
        sqlite3_finalize(s);
        return rc == SQLITE_DONE || sc_queue_sql_fail(q, err);
    }
    if (rc != SQLITE_DONE)
        sc_queue_sql_fail(q, err);
    sqlite3_finalize(s);
    return stale(err);
}

bool sc_queue_complete(struct sc_queue *q, const char *id, int64_t token,
                       struct sc_error *err)
{
    int changed = 0;
    /* The payload of a finished job is not needed again, and may hold secrets. */
    return sc_queue_run_take(
               q,
               sc_queue_prepare(q, err,
                                "UPDATE jobs SET state = 3, progress = 100, token = 0, "
                                "eta = 0, error = NULL, error_code = NULL, "
                                "error_hint = NULL, ended = ?3, payload = '{}' "
                                "WHERE id = ?1 AND token = ?2 AND state = 1",
                                "sii", id, token, sc_clock_wall_s()),
               &changed, err) &&
           (changed == 1 || stale(err));
}

static int64_t backoff_s(int attempts)
{
    int64_t s = BACKOFF_FIRST_S;
    unsigned char jitter = 0;
    for (int i = 1; i < attempts && s < BACKOFF_MAX_S; i++)
        s *= 3;
    if (s > BACKOFF_MAX_S)
        s = BACKOFF_MAX_S;
    RAND_bytes(&jitter, 1);
    return s / 2 + s * jitter / 510;
}

struct verdict {
    enum sc_job_state state;
    int64_t not_before, ended;
    int attempts_back;
};

/* What a person wanted in the job's last moment counts, though its worker was not told.
 */
static enum sc_job_outcome as_wanted(enum sc_job_outcome outcome,
                                     const struct sc_queue_job *job)
{
    if (job->cancel_wanted)
        return SC_OUTCOME_CANCELLED;
    if (job->pause_wanted && outcome != SC_OUTCOME_DEAD)
        return SC_OUTCOME_PAUSE;
    /* It stopped for want of what has come while it ran. */
    return outcome == SC_OUTCOME_PAUSE && job->not_before_unix == SC_QUEUE_RENEWED
               ? SC_OUTCOME_AGAIN
               : outcome;
}

static struct verdict judge(enum sc_job_outcome outcome, const struct sc_queue_job *job)
{
    int64_t now = sc_clock_wall_s();
    switch (as_wanted(outcome, job)) {
    case SC_OUTCOME_RETRY:
        if (job->attempts < job->max_attempts)
            return (struct verdict){SC_JOB_WAITING, now + backoff_s(job->attempts), 0, 0};
        return (struct verdict){SC_JOB_FAILED, 0, now, 0};
    case SC_OUTCOME_PAUSE:
        return (struct verdict){SC_JOB_PAUSED, 0, 0, 0};
    case SC_OUTCOME_CANCELLED:
        return (struct verdict){SC_JOB_CANCELLED, 0, now, 0};
    case SC_OUTCOME_AGAIN:
        return (struct verdict){SC_JOB_WAITING, now + AGAIN_S, 0, 1};
    case SC_OUTCOME_BUSY:
        return (struct verdict){SC_JOB_WAITING, now + BUSY_S, 0, 1};
    case SC_OUTCOME_RELEASE:
        return (struct verdict){SC_JOB_WAITING, 0, 0, 1};
    default:
        return (struct verdict){SC_JOB_FAILED, 0, now, 0};
    }
}

bool sc_queue_fail(struct sc_queue *q, const char *id, int64_t token,
                   enum sc_job_outcome outcome, const struct sc_error *why,
                   struct sc_error *err)
{
    struct sc_queue_job job = {0};
    bool found = false;
    int changed = 0;
    char sentence[1200] = "";
    if (why && why->code)
        sc_error_sentence(why, sentence, sizeof sentence);
    if (!sc_queue_begin(q, err))
        return false;
    bool ok = sc_queue_get(q, id, &job, &found, err) && (found || stale(err));
    if (ok) {
        struct verdict v = judge(outcome, &job);
        const char *text = sentence[0] ? sentence : NULL;
        ok = sc_queue_run_take(
                 q,
                 sc_queue_prepare(
                     q, err,
                     "UPDATE jobs SET state = ?3, not_before = ?4, ended = ?5, "
                     "attempts = attempts - ?6, token = 0, lease_until = 0, eta = -1, "
                     "rate = 0, cancel_wanted = 0, pause_wanted = 0, error = ?7, "
                     "error_code = ?8, error_hint = ?9 "
                     "WHERE id = ?1 AND token = ?2 AND state = 1",
                     "siiiiisss", id, token, (int64_t)v.state, v.not_before, v.ended,
                     (int64_t)v.attempts_back, text,
                     text ? sc_error_slug(why->code) : NULL,
                     text && why->hint[0] ? why->hint : NULL),
                 &changed, err) &&
             (changed == 1 || stale(err));
    }
    sc_queue_job_finish(&job);
    return sc_queue_end(q, ok, err);
}
