#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "pipeline/queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static int setup(void **state)
{
    struct sc_queue *q;
    strcpy(root, "/tmp/sc-queue-XXXXXX");
    if (!mkdtemp(root) || !sc_queue_open(root, &q, NULL))
        return -1;
    *state = q;
    return 0;
}

static int teardown(void **state)
{
    sc_queue_close(*state);
    return sc_remove_tree(root, NULL) ? 0 : -1;
}

static char *add(struct sc_queue *q, const char *key, bool expect_existed)
{
    struct sc_queue_job job;
    bool existed;
    json_t *payload = json_pack("{s:s}", "signature", "secret");
    struct sc_enqueue e = {
        .kind = SC_JOB_PROCESS, .key = key, .title = key, .payload = payload};
    assert_true(sc_queue_add(q, &e, &job, &existed, NULL));
    assert_int_equal(existed, expect_existed);
    char *id = sc_strdup(job.id);
    sc_queue_job_finish(&job);
    json_decref(payload);
    return id;
}

static bool claim(struct sc_queue *q, int lease_s, struct sc_queue_job *job)
{
    bool found;
    assert_true(sc_queue_claim(q, SC_JOB_PROCESS, lease_s, job, &found, NULL));
    return found;
}

static enum sc_job_state state_of(struct sc_queue *q, const char *id)
{
    struct sc_queue_job job;
    bool found;
    assert_true(sc_queue_get(q, id, &job, &found, NULL) && found);
    enum sc_job_state s = job.state;
    sc_queue_job_finish(&job);
    return s;
}

static void adding_twice_gives_one_job(void **state)
{
    struct sc_queue *q = *state;
    char *a = add(q, "same", false), *b = add(q, "same", true);
    struct sc_queue_job job;
    assert_string_equal(a, b);
    assert_true(claim(q, 60, &job));
    assert_true(sc_queue_complete(q, job.id, job.token, NULL));
    sc_queue_job_finish(&job);
    char *c = add(q, "same", false); /* a finished one does not count */
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

static void stale_tokens_are_fenced(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job first, second;
    struct sc_error err = {0};
    bool cancel, pause;
    free(add(q, "x", false));
    assert_true(claim(q, -1, &first)); /* a lease that has ended already */
    assert_true(claim(q, 60, &second));
    assert_string_equal(first.id, second.id);
    assert_true(second.token > first.token);
    assert_false(
        sc_queue_heartbeat(q, first.id, first.token, 60, NULL, &cancel, &pause, &err));
    assert_int_equal(err.code, SC_ERR_CONFLICT);
    assert_false(sc_queue_complete(q, first.id, first.token, NULL));
    assert_false(sc_queue_fail(q, first.id, first.token, SC_OUTCOME_DEAD, NULL, NULL));
    assert_true(sc_queue_complete(q, second.id, second.token, NULL));
    sc_queue_job_finish(&first);
    sc_queue_job_finish(&second);
}

static void abandoned_jobs_end_as_dead_letters(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    char *id = add(q, "x", false);
    for (int i = 0; i < 3; i++) {
        assert_true(claim(q, -1, &job));
        sc_queue_job_finish(&job);
    }
    assert_false(claim(q, 60, &job));
    assert_int_equal(state_of(q, id), SC_JOB_FAILED);
    assert_true(sc_queue_retry(q, id, NULL));
    assert_true(claim(q, 60, &job));
    sc_queue_job_finish(&job);
    free(id);
}

static void outcomes(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    struct sc_error why = {0};
    char *id = add(q, "x", false);
    assert_true(claim(q, 60, &job));
    sc_fail(&why, SC_ERR_EXPIRED, "the signature ended");
    assert_true(sc_queue_fail(q, id, job.token, SC_OUTCOME_PAUSE, &why, NULL));
    sc_queue_job_finish(&job);
    assert_int_equal(state_of(q, id), SC_JOB_PAUSED);
    assert_false(claim(q, 60, &job));
    assert_true(sc_queue_resume(q, id, NULL));
    assert_true(claim(q, 60, &job));
    assert_int_equal(job.attempts, 1);
    assert_true(sc_queue_fail(q, id, job.token, SC_OUTCOME_RELEASE, NULL, NULL));
    sc_queue_job_finish(&job);
    assert_true(claim(q, 60, &job));
    assert_int_equal(job.attempts, 1); /* a release costs no attempt */
    assert_true(sc_queue_fail(q, id, job.token, SC_OUTCOME_RETRY, &why, NULL));
    sc_queue_job_finish(&job);
    assert_false(claim(q, 60, &job)); /* it waits first */
    assert_int_equal(state_of(q, id), SC_JOB_WAITING);
    free(id);
}

static void people_control_jobs(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    struct sc_error err = {0};
    bool cancel, pause;
    char *a = add(q, "a", false), *b = add(q, "b", false), *c = add(q, "c", false);
    assert_true(sc_queue_move(q, c, a, NULL, NULL));
    assert_true(claim(q, 60, &job));
    assert_string_equal(job.id, c);
    assert_true(sc_queue_cancel(q, c, NULL));
    assert_int_equal(state_of(q, c), SC_JOB_LEASED); /* asked, not yet stopped */
    assert_true(sc_queue_heartbeat(q, c, job.token, 60, NULL, &cancel, &pause, NULL));
    assert_true(cancel && !pause);
    assert_true(sc_queue_fail(q, c, job.token, SC_OUTCOME_CANCELLED, NULL, NULL));
    sc_queue_job_finish(&job);
    assert_true(sc_queue_cancel(q, a, NULL));
    assert_int_equal(state_of(q, a), SC_JOB_CANCELLED);
    assert_false(sc_queue_cancel(q, a, &err));
    assert_int_equal(err.code, SC_ERR_CONFLICT);
    int high = 5;
    assert_true(sc_queue_move(q, b, NULL, &high, NULL));
    assert_true(sc_queue_pause(q, b, NULL));
    assert_false(claim(q, 60, &job));
    sc_error_clear(&err);
    assert_false(sc_queue_cancel(q, "j_unknown", &err));
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
    free(a);
    free(b);
    free(c);
}

/* Between the last heartbeat and the worker's end: it does not simply go on. */
static void what_is_wanted_at_the_last_moment_counts(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    static const enum sc_job_outcome tried_again[] = {
        SC_OUTCOME_RETRY, SC_OUTCOME_AGAIN, SC_OUTCOME_BUSY, SC_OUTCOME_RELEASE};
    for (size_t i = 0; i < sizeof tried_again / sizeof *tried_again; i++) {
        char *a = add(q, "a", false);
        assert_true(claim(q, 60, &job));
        assert_true(sc_queue_pause(q, a, NULL));
        assert_true(sc_queue_fail(q, a, job.token, tried_again[i], NULL, NULL));
        assert_int_equal(state_of(q, a), SC_JOB_PAUSED);
        sc_queue_job_finish(&job);
        assert_true(sc_queue_resume(q, a, NULL));
        assert_true(claim(q, 60, &job));
        assert_true(sc_queue_cancel(q, a, NULL));
        assert_true(sc_queue_fail(q, a, job.token, tried_again[i], NULL, NULL));
        assert_int_equal(state_of(q, a), SC_JOB_CANCELLED);
        sc_queue_job_finish(&job);
        free(a);
    }
}

/* Fresh values that come between the pause's cause and the pause. */
static void what_came_while_it_ran_is_not_waited_for(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    struct sc_error why = {0};
    json_t *fresh = json_pack("{s:s}", "signature", "fresh");
    char *a = add(q, "a", false);
    sc_fail(&why, SC_ERR_EXPIRED, "the signature ended");
    assert_true(claim(q, 60, &job));
    assert_true(sc_queue_merge_payload(q, a, fresh, NULL));
    assert_true(sc_queue_fail(q, a, job.token, SC_OUTCOME_PAUSE, &why, NULL));
    assert_int_equal(state_of(q, a), SC_JOB_WAITING);
    sc_queue_job_finish(&job);
    assert_true(sc_queue_resume(q, a, NULL)); /* at once, not in a second */
    assert_true(claim(q, 60, &job));
    assert_string_equal(json_string_value(json_object_get(job.payload, "signature")),
                        "fresh");
    assert_true(sc_queue_fail(q, a, job.token, SC_OUTCOME_PAUSE, &why, NULL));
    assert_int_equal(state_of(q, a), SC_JOB_PAUSED);
    sc_queue_job_finish(&job);
    json_decref(fresh);
    free(a);
}

struct look {
    struct sc_queue *other;
    int calls;
    size_t seen;
};

static void look(void *user)
{
    struct look *l = user;
    struct sc_queue_job *jobs;
    l->calls++;
    assert_true(sc_queue_list(l->other, false, 0, &jobs, &l->seen, NULL));
    free(jobs);
}

/* Nobody can see or claim a job before what belongs to it is done. */
static void what_belongs_to_a_new_job_is_done_before(void **state)
{
    struct sc_queue *q = *state;
    struct look l = {0};
    struct sc_queue_job job;
    bool existed;
    struct sc_enqueue e = {
        .kind = SC_JOB_PROCESS, .key = "k", .before = look, .user = &l};
    assert_true(sc_queue_open(root, &l.other, NULL));
    for (int i = 0; i < 2; i++) {
        assert_true(sc_queue_add(q, &e, &job, &existed, NULL));
        sc_queue_job_finish(&job);
    }
    assert_int_equal(l.calls, 1); /* the second time it is there already */
    assert_int_equal(l.seen, 0);
    sc_queue_close(l.other);
}

static void finished_jobs_keep_no_secrets(void **state)
{
    struct sc_queue *q = *state;
    struct sc_queue_job job;
    struct stat st;
    bool found;
    char *id = add(q, "x", false), *path = sc_strf("%s/.scaler/queue.db", root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(claim(q, 60, &job));
    assert_string_equal(json_string_value(json_object_get(job.payload, "signature")),
                        "secret");
    assert_true(sc_queue_complete(q, id, job.token, NULL));
    sc_queue_job_finish(&job);
    assert_true(sc_queue_get(q, id, &job, &found, NULL) && found);
    assert_int_equal(json_object_size(job.payload), 0);
    sc_queue_job_finish(&job);
    free(path);
    free(id);
}

enum { THREADS = 4, JOBS = 40 };

static void *work(void *user)
{
    struct sc_queue *q;
    struct sc_queue_job job;
    bool found = true;
    size_t *done = user;
    if (!sc_queue_open(root, &q, NULL))
        return NULL;
    while (sc_queue_claim(q, SC_JOB_PROCESS, 60, &job, &found, NULL) && found) {
        *done += sc_queue_complete(q, job.id, job.token, NULL);
        sc_queue_job_finish(&job);
    }
    sc_queue_close(q);
    return NULL;
}

static void many_workers_share_without_doubles(void **state)
{
    struct sc_queue *q = *state;
    pthread_t threads[THREADS];
    size_t done[THREADS] = {0}, total = 0;
    char key[16];
    for (int i = 0; i < JOBS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        free(add(q, key, false));
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &done[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        total += done[i];
    }
    assert_int_equal(total, JOBS);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(adding_twice_gives_one_job),
        CASE(stale_tokens_are_fenced),
        CASE(abandoned_jobs_end_as_dead_letters),
        CASE(outcomes),
        CASE(people_control_jobs),
        CASE(what_is_wanted_at_the_last_moment_counts),
        CASE(what_came_while_it_ran_is_not_waited_for),
        CASE(what_belongs_to_a_new_job_is_done_before),
        CASE(finished_jobs_keep_no_secrets),
        CASE(many_workers_share_without_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
