/* One request by several connections: the owner gets every byte, in order, once. */
#include "base/digest.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "net/fetcher.h"
#include "run_cdn.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    N_FILES = 3,
    FILE_BYTES = 700 * 1000,
    PAUSE_EVERY = 9,
    MAX_TRIES = 4,
    MAX_RUNS = 20
};

struct owner {
    struct sc_fetcher *f;
    char *base;
    struct file {
        struct sc_buf got;
        int tries;
        bool waiting, done, failed_once;
    } files[N_FILES];
    struct sc_buf truth[N_FILES];
    bool pauses; /* the owner is slow */
    int calls;
};

static char root[] = "/tmp/sc-split-XXXXXX";

static enum sc_fetch_next next(void *user, struct sc_fetch_request *out, double *ready_s)
{
    struct owner *o = user;
    bool over = true;
    (void)ready_s;
    for (int i = 0; i < N_FILES; i++) {
        struct file *file = &o->files[i];
        over = over && file->done;
        if (!file->waiting || file->tries == MAX_TRIES)
            continue;
        file->waiting = false;
        file->got.len = 0;
        out->url = sc_strf("%s/%d.bin", o->base, i);
        out->tag = file;
        out->undivided = file->tries++ > 0;
        return SC_FETCH_REQUEST;
    }
    return over ? SC_FETCH_STOP : SC_FETCH_WAIT;
}

static enum sc_fetch_take data(void *user, void *tag, const void *bytes, size_t len)
{
    struct owner *o = user;
    struct file *file = tag;
    if (o->pauses && ++o->calls % PAUSE_EVERY == 0) {
        sc_fetcher_wake(o->f);
        return SC_FETCH_PAUSE;
    }
    sc_buf_add(&file->got, bytes, len);
    return SC_FETCH_TAKEN;
}

static void done(void *user, void *tag, const struct sc_fetch_answer *a)
{
    struct file *file = tag;
    (void)user;
    assert_false(file->done);
    file->done = a->complete;
    file->waiting = !a->complete;
    file->failed_once |= !a->complete;
    assert_true(file->done || file->tries < MAX_TRIES);
}

static int make_files(void **state)
{
    struct owner *o = calloc(1, sizeof *o);
    if (!o || !mkdtemp(root))
        return -1;
    unsigned noise = 1;
    for (int i = 0; i < N_FILES; i++) {
        char *path = sc_strf("%s/%d.bin", root, i);
        for (int k = 0; k < FILE_BYTES; k++)
            sc_buf_add_char(&o->truth[i],
                            (char)((noise = noise * 1103515245 + 12345) >> 16));
        if (!sc_file_write(path, o->truth[i].data, o->truth[i].len, false, NULL))
            return -1;
        free(path);
    }
    *state = o;
    return 0;
}

static int remove_files(void **state)
{
    struct owner *o = *state;
    for (int i = 0; i < N_FILES; i++) {
        sc_buf_finish(&o->truth[i]);
        sc_buf_finish(&o->files[i].got);
    }
    free(o);
    char *port = sc_strf("%s.port", root);
    unlink(port);
    free(port);
    return sc_remove_tree(root, NULL) ? 0 : -1;
}

/* Fetches all from a server of 2 MB/s a connection with one more fault; requests made. */
static long fetch_all(struct owner *o, const char *fault)
{
    const char *extra[] = {"--latency-ms",           "20",  "--cap-kbps", "2000",
                           fault ? "--fault" : NULL, fault, NULL};
    struct running_cdn cdn;
    struct sc_http_response r = {0};
    struct sc_http_request stats = SC_HTTP_REQUEST_INIT;
    struct sc_fetch_owner owner = {next, data, done, NULL, o};
    struct sc_fetcher_options opt = {.max_connections = 12};
    assert_true(run_cdn_start(&cdn, root, extra));
    o->base = run_cdn_url(&cdn, "");
    for (int i = 0; i < N_FILES; i++) {
        sc_buf_finish(&o->files[i].got);
        o->files[i] = (struct file){.waiting = true};
    }
    assert_true(sc_fetcher_create(&o->f, &opt, &owner, NULL));
    assert_true(sc_fetcher_run(o->f, NULL, NULL));
    sc_fetcher_destroy(o->f);
    char *url = run_cdn_url(&cdn, "/__stats");
    stats.url = url;
    assert_true(sc_http_perform(&stats, &r, NULL, NULL));
    long requests = strtol(strstr(r.body.data, "\"requests\":") + 11, NULL, 10);
    sc_http_response_finish(&r);
    free(url);
    run_cdn_stop(&cdn);
    free(o->base);
    for (int i = 0; i < N_FILES; i++) {
        assert_int_equal(o->files[i].got.len, FILE_BYTES);
        assert_memory_equal(o->files[i].got.data, o->truth[i].data, FILE_BYTES);
    }
    return requests;
}

/*
 * A part is asked for while its request has some way to go. When this machine stands
 * still for a moment all may have come meanwhile: that run shows nothing, and another is
 * made.
 */
static long fetch_in_parts(struct owner *o, const char *fault)
{
    long requests = 0;
    for (int i = 0; i < MAX_RUNS && requests <= N_FILES; i++)
        requests = fetch_all(o, fault);
    assert_true(requests > N_FILES);
    return requests;
}

static void free_connections_take_parts(void **state)
{
    struct owner *o = *state;
    fetch_in_parts(o, NULL);
    for (int i = 0; i < N_FILES; i++)
        assert_int_equal(o->files[i].tries, 1);
}

static void an_owner_that_pauses_gets_all_in_order(void **state)
{
    struct owner *o = *state;
    o->pauses = true;
    fetch_in_parts(o, NULL);
    o->pauses = false;
}

/* Whatever becomes of a part, the request ends well: at the latest when asked again. */
static void parts_that_fail_cost_no_byte(void **state)
{
    static const char *const faults[] = {
        "ranged-ignore-range:/*", "ranged-wrong-range:/*", "ranged-503:/*",
        "ranged-403:/*:3",        "ranged-reset:/*:2",     "ranged-truncate:/*:4",
        "ranged-half:/*:2",       "ranged-close:/*",       "ranged-delay=2000:/*",
        "ranged-empty:/*",        "ranged-html:/*",        "ranged-gzip:/*",
        "ranged-chunked:/*",      "ranged-redirect:/*",    "ranged-slow=400:/*:2",
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        fetch_all(*state, faults[i]);
}

/* A server without ranges is asked for none but the first few. */
static void a_server_without_ranges_is_left_alone(void **state)
{
    struct owner *o = *state;
    assert_int_equal(fetch_in_parts(o, "ranged-ignore-range:/*"), N_FILES + 1);
    for (int i = 0; i < N_FILES; i++)
        assert_int_equal(o->files[i].tries, 1);
    assert_int_equal(fetch_all(o, "gzip:/*"), N_FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_connections_take_parts),
        cmocka_unit_test(an_owner_that_pauses_gets_all_in_order),
        cmocka_unit_test(parts_that_fail_cost_no_byte),
        cmocka_unit_test(a_server_without_ranges_is_left_alone),
    };
    assert_true(sc_http_global_init(NULL));
    int rc = cmocka_run_group_tests(tests, make_files, remove_files);
    sc_http_global_finish();
    return rc;
}
