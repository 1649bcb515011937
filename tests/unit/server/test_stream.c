/* A file on a socket pair: whole, stopped, without a reader, shorter than it was. */
#include "cmocka_all.h"
#include "server/stream.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 5 << 20, OFFSET = 12345 };

struct pair {
    struct sc_stream_job job;
    atomic_bool stop;
    int peer;
    char *data;
    bool ok;
};

static void open_pair(struct pair *p)
{
    char path[] = "/tmp/sc-stream-XXXXXX";
    int fds[2];
    memset(p, 0, sizeof *p);
    atomic_init(&p->stop, false);
    p->data = malloc(SIZE);
    assert_non_null(p->data);
    for (size_t i = 0; i < SIZE; i++)
        p->data[i] = (char)(i * 2654435761u >> 13);
    int file = mkstemp(path);
    assert_true(file >= 0);
    unlink(path);
    assert_int_equal(write(file, p->data, SIZE), SIZE);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    p->peer = fds[1];
    p->job = (struct sc_stream_job){.socket = fds[0],
                                    .file = file,
                                    .head = "head",
                                    .head_len = 4,
                                    .offset = OFFSET,
                                    .length = SIZE - OFFSET,
                                    .stop = &p->stop};
}

static void close_pair(struct pair *p)
{
    close(p->job.file);
    close(p->job.socket);
    if (p->peer >= 0)
        close(p->peer);
    free(p->data);
}

static void *send_all(void *user)
{
    struct pair *p = user;
    p->ok = sc_stream_send(&p->job);
    return NULL;
}

static void all_of_it_arrives(void **state)
{
    struct pair p;
    pthread_t thread;
    char *got = malloc(SIZE);
    size_t n = 0;
    (void)state;
    open_pair(&p);
    assert_int_equal(pthread_create(&thread, NULL, send_all, &p), 0);
    for (ssize_t more; (more = recv(p.peer, got + n, SIZE - n, 0)) > 0;)
        n += (size_t)more;
    close(p.peer);
    p.peer = -1;
    pthread_join(thread, NULL);
    assert_true(p.ok);
    assert_int_equal(n, 4 + SIZE - OFFSET);
    assert_memory_equal(got, "head", 4);
    assert_memory_equal(got + 4, p.data + OFFSET, SIZE - OFFSET);
    free(got);
    close_pair(&p);
}

static void a_stop_ends_it(void **state)
{
    struct pair p;
    pthread_t thread;
    (void)state;
    open_pair(&p);
    assert_int_equal(pthread_create(&thread, NULL, send_all, &p), 0);
    atomic_store(&p.stop, true); /* nobody reads: only this can end it soon */
    pthread_join(thread, NULL);
    assert_false(p.ok);
    close_pair(&p);
}

static void a_client_that_goes_ends_it(void **state)
{
    struct pair p;
    (void)state;
    open_pair(&p);
    close(p.peer);
    p.peer = -1;
    assert_false(sc_stream_send(&p.job));
    close_pair(&p);
}

static void a_short_file_is_no_success(void **state)
{
    struct pair p;
    pthread_t thread;
    char block[65536];
    size_t n = 0;
    (void)state;
    open_pair(&p);
    assert_int_equal(ftruncate(p.job.file, OFFSET + 1000), 0);
    assert_int_equal(pthread_create(&thread, NULL, send_all, &p), 0);
    while (n < 1004) {
        ssize_t more = recv(p.peer, block, sizeof block, 0);
        assert_true(more > 0);
        n += (size_t)more;
    }
    pthread_join(thread, NULL);
    assert_false(p.ok);
    assert_int_equal(n, 1004);
    close_pair(&p);
}

static void ignore_broken_pipes(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL); /* as the server does */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_arrives),
        cmocka_unit_test(a_stop_ends_it),
        cmocka_unit_test(a_client_that_goes_ends_it),
        cmocka_unit_test(a_short_file_is_no_success),
    };
    ignore_broken_pipes();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
