/* The supervisor with workers that are shell scripts: every way a child can end. */
#include "base/buf.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "library/library.h"
#include "pipeline/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static struct sc_config *config;
static atomic_int n_progress;

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sc-sup-XXXXXX");
    atomic_store(&n_progress, 0);
    if (!mkdtemp(root))
        return -1;
    setenv("SCALER_OUTPUT_DIR", root, 1);
    return sc_config_load(&config, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    sc_config_destroy(config);
    return sc_remove_tree(root, NULL) ? 0 : -1;
}

static void on_event(void *user, const char *type, json_t *data)
{
    (void)user;
    (void)data;
    if (strcmp(type, "progress") == 0)
        atomic_fetch_add(&n_progress, 1);
}

/* Writes the fake worker; $1 is "work", $2 the job, $4 the token. */
static char *program(const char *script)
{
    char *path = sc_path_join(root, "worker.sh");
    char *text = sc_strf("#!/bin/sh\n%s\n", script);
    assert_true(sc_file_write(path, text, strlen(text), false, NULL));
    assert_int_equal(chmod(path, 0755), 0);
    free(text);
    return path;
}

static char *add_for(struct sc_queue *q, enum sc_job_kind kind, const char *lecture_id,
                     json_t *payload)
{
    struct sc_queue_job job;
    bool existed;
    struct sc_enqueue e = {
        .kind = kind, .lecture_id = lecture_id, .title = "T", .payload = payload};
    assert_true(sc_queue_add(q, &e, &job, &existed, NULL));
    char *id = sc_strdup(job.id);
    sc_queue_job_finish(&job);
    json_decref(payload);
    return id;
}

static char *add(struct sc_queue *q, enum sc_job_kind kind, json_t *payload)
{
    return add_for(q, kind, "l1", payload);
}

/* Waits until the job is in a state; gives the job. */
static struct sc_queue_job await(struct sc_queue *q, const char *id,
                                 enum sc_job_state want)
{
    struct sc_queue_job job;
    bool found;
    for (int i = 0; i < 600; i++) {
        assert_true(sc_queue_get(q, id, &job, &found, NULL) && found);
        if (job.state == want)
            return job;
        sc_queue_job_finish(&job);
        sc_cancel_sleep(NULL, 50);
    }
    fail_msg("job %s never became %s", id, sc_job_state_name(want));
    return job;
}

static struct sc_supervisor *start(const char *script_path)
{
    struct sc_supervisor *s;
    struct sc_supervisor_options o = {
        .config = config, .program = script_path, .on_event = on_event};
    assert_true(sc_supervisor_start(&o, &s, NULL));
    return s;
}

static void a_job_runs_to_its_end(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program(
        "echo '{\"event\":\"progress\",\"stage\":\"transcription\",\"percent\":40,"
        "\"rate\":2,\"eta\":30}'; echo noise; echo a log line >&2; sleep 1.5;"
        "echo '{\"event\":\"result\",\"ok\":true}'");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    sc_supervisor_wake(s);
    struct sc_queue_job job = await(q, id, SC_JOB_DONE);
    assert_string_equal(job.stage, "transcription");
    assert_int_equal(atomic_load(&n_progress), 1);
    char *log = sc_strf("%s/.scaler/logs/%s.log", root, id);
    assert_int_equal(sc_file_size(log), strlen("a log line\n"));
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(log);
    free(id);
    free(path);
}

static void a_crash_is_that_jobs_error(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program("kill -SEGV $$");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    sc_supervisor_wake(s);
    struct sc_queue_job job;
    bool found;
    do {
        sc_cancel_sleep(NULL, 50);
        assert_true(sc_queue_get(q, id, &job, &found, NULL) && found);
        found = job.error != NULL;
        if (found) {
            assert_int_equal(job.state, SC_JOB_WAITING); /* it is tried again later */
            assert_non_null(strstr(job.error, "signal 11"));
            assert_int_equal(job.attempts, 1);
        }
        sc_queue_job_finish(&job);
    } while (!found);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

static void an_ended_signature_pauses(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path =
        program("echo '{\"event\":\"result\",\"ok\":false,\"code\":"
                "\"signature_expired\",\"detail\":\"it ended\",\"hint\":\"h\"}'");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_DOWNLOAD, json_object());
    struct sc_queue_job job = await(q, id, SC_JOB_PAUSED);
    assert_string_equal(job.error_code, "signature_expired");
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

/* A conflict is tried again later, unless the worker knows better. */
static void what_is_final_is_not_tried_again(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program("echo '{\"event\":\"result\",\"ok\":false,\"code\":"
                         "\"conflict\",\"detail\":\"it is archived\",\"hint\":\"h\","
                         "\"final\":true}'");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_DOWNLOAD, json_object());
    sc_supervisor_wake(s);
    struct sc_queue_job job = await(q, id, SC_JOB_FAILED);
    assert_int_equal(job.attempts, 1);
    assert_non_null(strstr(job.error, "it is archived"));
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

static void change_schema(const char *sql)
{
    sqlite3 *db;
    char *path = sc_strf("%s/.scaler/queue.db", root);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(path);
}

static int count_lines_with(const char *path, const char *words)
{
    struct sc_buf text = SC_BUF_INIT(1 << 20);
    int n = 0;
    assert_true(sc_file_read(path, 1 << 19, &text, NULL));
    for (const char *p = sc_buf_str(&text); (p = strstr(p, words)); p++)
        n++;
    sc_buf_finish(&text);
    return n;
}

static void a_queue_that_cannot_be_used_is_said_once(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program("echo '{\"event\":\"result\",\"ok\":true}'");
    char *log = sc_path_join(root, "log");
    int keep = dup(STDERR_FILENO), fd = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);
    assert_true(keep >= 0 && fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    sc_log_set_level(SC_LOG_INFO);
    assert_true(sc_queue_open(root, &q, NULL));
    char *id = add(q, SC_JOB_PROCESS, json_object());
    change_schema("CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT "
                  "RAISE(ABORT, 'the disk is full'); END");
    struct sc_supervisor *s = start(path);
    for (int i = 0; i < 600 && !count_lines_with(log, "cannot claim a job"); i++)
        sc_cancel_sleep(NULL, 20);
    for (int i = 0; i < 20; i++) {
        sc_supervisor_wake(s);
        sc_cancel_sleep(NULL, 20);
    }
    int said = count_lines_with(log, "cannot claim a job");
    change_schema("DROP TRIGGER full");
    struct sc_queue_job job = await(q, id, SC_JOB_DONE);
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    int over = count_lines_with(log, "jobs can be claimed again");
    assert_true(dup2(keep, STDERR_FILENO) >= 0);
    close(keep);
    close(fd);
    sc_log_set_level(SC_LOG_WARNING);
    assert_int_equal(said, 1);
    assert_int_equal(over, 1);
    sc_queue_close(q);
    free(id);
    free(log);
    free(path);
}

static void a_download_may_be_followed_by_its_processing(void **state)
{
    (void)state;
    struct sc_queue *q;
    size_t n;
    struct sc_queue_job *jobs;
    char *path = program("echo '{\"event\":\"lecture\",\"id\":\"new-lecture\"}';"
                         "echo '{\"event\":\"result\",\"ok\":true}'");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_DOWNLOAD, json_pack("{s:b}", "process", 1));
    struct sc_queue_job job = await(q, id, SC_JOB_DONE);
    sc_queue_job_finish(&job);
    for (n = 0; n < 2;) {
        assert_true(sc_queue_list(q, true, 0, &jobs, &n, NULL));
        for (size_t i = 0; i < n; i++) {
            if (jobs[i].kind == SC_JOB_PROCESS)
                assert_string_equal(jobs[i].lecture_id, "new-lecture");
            sc_queue_job_finish(&jobs[i]);
        }
        free(jobs);
        sc_cancel_sleep(NULL, 50);
    }
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

static void cancelling_ends_the_child(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program("trap 'exit 130' TERM; while :; do sleep 0.1; done");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    struct sc_queue_job job = await(q, id, SC_JOB_LEASED);
    sc_queue_job_finish(&job);
    assert_true(sc_queue_cancel(q, id, NULL));
    job = await(q, id, SC_JOB_CANCELLED);
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

/* A lecture in the midst of its processing; the id is the caller's. */
static char *add_lecture(struct sc_library *lib, const char *title)
{
    struct sc_lecture l = {0};
    bool existed;
    assert_true(sc_library_add(lib, title, "2026-11-23", "s", title, &l, &existed, NULL));
    l.status = SC_LECTURE_PROCESSING;
    assert_true(sc_library_update(lib, &l, NULL));
    char *id = sc_strdup(l.id);
    sc_lecture_finish(&l);
    return id;
}

/* Waits until nobody is said to work on the lecture. */
static struct sc_lecture at_rest(struct sc_library *lib, const char *id)
{
    struct sc_lecture l = {0};
    for (int i = 0; i < 600; i++) {
        assert_true(sc_library_get(lib, id, false, &l, NULL));
        if (l.status != SC_LECTURE_PROCESSING && l.status != SC_LECTURE_QUEUED)
            return l;
        sc_lecture_finish(&l);
        sc_cancel_sleep(NULL, 50);
    }
    fail_msg("the lecture stays in work");
    return l;
}

/* Workers that end without a word leave no lecture that seems to be worked on. */
static void lectures_do_not_stay_in_work(void **state)
{
    (void)state;
    struct sc_queue *q;
    struct sc_library *lib;
    char *path = program("case $2 in $(cat \"$0.fail\")) "
                         "echo '{\"event\":\"result\",\"ok\":false,\"code\":\"media\","
                         "\"detail\":\"it is broken\",\"hint\":\"\"}';; "
                         "*) trap 'exit 130' TERM; while :; do sleep 0.1; done;; esac");
    assert_true(sc_library_open(root, &lib, NULL));
    assert_true(sc_queue_open(root, &q, NULL));
    char *lectures[] = {add_lecture(lib, "Bare"), add_lecture(lib, "Done before"),
                        add_lecture(lib, "Broken")};
    struct sc_lecture l = {0};
    assert_true(sc_library_get(lib, lectures[1], false, &l, NULL));
    char *index = sc_strf("%s/%s/index.md", root, l.folder);
    assert_true(sc_file_write(index, "#", 1, false, NULL));
    sc_lecture_finish(&l);
    static const enum sc_lecture_status want[] = {SC_LECTURE_DOWNLOADED,
                                                  SC_LECTURE_PROCESSED, SC_LECTURE_ERROR};
    struct sc_supervisor *s = NULL;
    char *fail = sc_strf("%s.fail", path);
    for (int i = 0; i < 3; i++) {
        char *id = add_for(q, SC_JOB_PROCESS, lectures[i], json_object());
        assert_true(
            sc_file_write(fail, i == 2 ? id : "-", i == 2 ? strlen(id) : 1, false, NULL));
        s = s ? s : start(path);
        sc_supervisor_wake(s);
        if (i < 2) {
            struct sc_queue_job job = await(q, id, SC_JOB_LEASED);
            sc_queue_job_finish(&job);
            assert_true(sc_queue_cancel(q, id, NULL));
        }
        l = at_rest(lib, lectures[i]);
        assert_int_equal(l.status, want[i]);
        assert_true(i < 2 ? !l.error : strstr(l.error, "it is broken") != NULL);
        sc_lecture_finish(&l);
        free(lectures[i]);
        free(id);
    }
    sc_supervisor_stop(s);
    sc_queue_close(q);
    sc_library_close(lib);
    free(index);
    free(fail);
    free(path);
}

static void stopping_puts_jobs_back(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *path = program("trap 'exit 130' TERM; while :; do sleep 0.1; done");
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    struct sc_queue_job job = await(q, id, SC_JOB_LEASED);
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    job = await(q, id, SC_JOB_WAITING);
    assert_int_equal(job.attempts, 0);
    sc_queue_job_finish(&job);
    sc_queue_close(q);
    free(id);
    free(path);
}

/* More kills than attempts: whoever kills, the job is not to blame. */
static void being_killed_costs_no_attempt(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *script =
        sc_strf("echo x >> %s/starts; [ $(wc -l < %s/starts) -gt 5 ] || kill -KILL $$;"
                "echo '{\"event\":\"result\",\"ok\":true}'",
                root, root);
    char *path = program(script);
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    sc_supervisor_wake(s);
    struct sc_queue_job job = await(q, id, SC_JOB_DONE);
    assert_int_equal(job.attempts, 1);
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
    free(script);
}

/* As the worker of a server that was killed may have it for a while. */
static void a_lecture_in_use_costs_no_attempt(void **state)
{
    (void)state;
    struct sc_queue *q;
    char *script = sc_strf(
        "echo x >> %s/starts; [ $(wc -l < %s/starts) -gt 3 ] && "
        "echo '{\"event\":\"result\",\"ok\":true}' || "
        "echo '{\"event\":\"result\",\"ok\":false,\"code\":\"conflict\",\"detail\":"
        "\"another process is working on it\",\"hint\":\"h\",\"busy\":true}'",
        root, root);
    char *path = program(script);
    assert_true(sc_queue_open(root, &q, NULL));
    struct sc_supervisor *s = start(path);
    char *id = add(q, SC_JOB_PROCESS, json_object());
    sc_supervisor_wake(s);
    struct sc_queue_job job = await(q, id, SC_JOB_DONE);
    assert_int_equal(job.attempts, 1);
    sc_queue_job_finish(&job);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
    free(script);
}

static void what_a_killed_server_left_goes_on_at_once(void **state)
{
    (void)state;
    struct sc_queue *q;
    struct sc_queue_job job;
    bool found;
    char *path = program("echo '{\"event\":\"result\",\"ok\":true}'");
    assert_true(sc_queue_open(root, &q, NULL));
    char *id = add(q, SC_JOB_PROCESS, json_object());
    assert_true(sc_queue_claim(q, SC_JOB_PROCESS, 3600, &job, &found, NULL) && found);
    sc_queue_job_finish(&job);
    struct sc_supervisor *s = start(path);
    job = await(q, id, SC_JOB_DONE);
    sc_queue_job_finish(&job);
    struct sc_supervisor *second;
    struct sc_error err = {0};
    struct sc_supervisor_options o = {.config = config, .program = path};
    assert_false(sc_supervisor_start(&o, &second, &err));
    assert_int_equal(err.code, SC_ERR_CONFLICT);
    sc_supervisor_stop(s);
    sc_queue_close(q);
    free(id);
    free(path);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_job_runs_to_its_end),
        CASE(a_crash_is_that_jobs_error),
        CASE(an_ended_signature_pauses),
        CASE(what_is_final_is_not_tried_again),
        CASE(a_queue_that_cannot_be_used_is_said_once),
        CASE(a_download_may_be_followed_by_its_processing),
        CASE(cancelling_ends_the_child),
        CASE(lectures_do_not_stay_in_work),
        CASE(stopping_puts_jobs_back),
        CASE(being_killed_costs_no_attempt),
        CASE(a_lecture_in_use_costs_no_attempt),
        CASE(what_a_killed_server_left_goes_on_at_once),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
