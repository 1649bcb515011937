/* The walls, from inside: each case runs in a process of its own. */
#include "base/file.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[64], job[80], other[80], file[96], open_file[96];
static int listener[2];
static uint16_t port[2];

static int listen_on(uint16_t *out)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return -1;
    *out = ntohs(a.sin_port);
    return fd;
}

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sc-walls-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(job, sizeof job, "%s/job", root);
    snprintf(other, sizeof other, "%s/other", root);
    snprintf(file, sizeof file, "%s/taken.mp4", other);
    snprintf(open_file, sizeof open_file, "%s/catalog.db", root);
    for (int i = 0; i < 2; i++)
        if ((listener[i] = listen_on(&port[i])) < 0)
            return -1;
    return mkdir(job, 0777) == 0 && mkdir(other, 0777) == 0 &&
                   sc_file_write(file, "video", 5, false, NULL) &&
                   sc_file_write(open_file, "x", 1, false, NULL)
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    close(listener[0]);
    close(listener[1]);
    return sc_remove_tree(root, NULL) ? 0 : -1;
}

/* The exit code of fn behind the walls: 0 good, otherwise the number of what went wrong.
 */
static int behind(const struct sc_sandbox *s, int (*fn)(void))
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        sc_sandbox_enter(s);
        _exit(fn());
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool can_write(const char *dir, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool can_connect(uint16_t to)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(to),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

#define WRONG(condition)                                                                 \
    do {                                                                                 \
        if (condition)                                                                   \
            return __LINE__ % 250 + 1;                                                   \
    } while (0)

static int writes(void)
{
    char a[200], b[200];
    WRONG(!can_write(job, "a"));
    snprintf(a, sizeof a, "%s/a", job);
    snprintf(b, sizeof b, "%s/sub", job);
    WRONG(mkdir(b, 0777) != 0);
    snprintf(b, sizeof b, "%s/sub/b", job);
    WRONG(rename(a, b) != 0);
    WRONG(can_write(root, "a") || can_write(other, "a") ||
          can_write("/tmp", "sc-walls-out"));
    snprintf(a, sizeof a, "%s/new", root);
    WRONG(mkdir(a, 0777) == 0 || symlink("/etc", a) == 0 || mkfifo(a, 0666) == 0);
    WRONG(rename(b, a) == 0 || link(b, a) == 0);
    WRONG(unlink(file) == 0 || truncate(file, 0) == 0 || open(file, O_WRONLY) >= 0);
    /* What lies outside cannot be moved or linked in, and a way out is no way. */
    snprintf(a, sizeof a, "%s/in", job);
    WRONG(rename(file, a) == 0 || link(file, a) == 0);
    snprintf(a, sizeof a, "%s/way", job);
    WRONG(symlink(other, a) != 0 || can_write(a, "x"));
    /* The catalog's content only. */
    int fd = open(open_file, O_RDWR);
    WRONG(fd < 0 || write(fd, "y", 1) != 1);
    WRONG(unlink(open_file) == 0);
    WRONG(open(file, O_RDONLY) < 0 || open("/dev/null", O_WRONLY) < 0);
    return 0;
}

static int programs(void)
{
    char command[400];
    snprintf(command, sizeof command,
             "echo x > %s/shell && ! (echo x > %s/shell) 2> /dev/null", job, other);
    pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        execlp("sh", "sh", "-c", command, (char *)NULL);
        _exit(1);
    }
    WRONG(waitpid(pid, &status, 0) != pid || status != 0);
    return 0;
}

static void only_the_jobs_folder_is_written(void **state)
{
    (void)state;
    char text[80];
    if (!(sc_sandbox_supported(text, sizeof text) & SC_WALL_FILES))
        skip();
    const char *trees[] = {job, NULL}, *files[] = {open_file, "/no/such/file", NULL};
    struct sc_sandbox s = {.trees = trees, .files = files};
    assert_int_equal(behind(&s, writes), 0);
    assert_int_equal(behind(&s, programs), 0);
}

static int links(void)
{
    char to[200];
    snprintf(to, sizeof to, "%s/linked.mp4", job);
    WRONG(link(file, to) != 0);
    WRONG(unlink(file) == 0 || can_write(other, "b"));
    return 0;
}

static void a_source_gets_a_second_name(void **state)
{
    (void)state;
    char text[80];
    if (!(sc_sandbox_supported(text, sizeof text) & SC_WALL_FILES))
        skip();
    const char *trees[] = {job, NULL}, *from[] = {file, NULL};
    struct sc_sandbox s = {.trees = trees, .link_from = from};
    assert_int_equal(behind(&s, links), 0);
}

static int no_network(void)
{
    int pair[2];
    WRONG(can_connect(port[0]));
    WRONG(socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET6, SOCK_DGRAM, 0) >= 0 ||
          socket(AF_INET, SOCK_DGRAM, 0) >= 0 || socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
    WRONG(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0); /* leads nowhere else */
    return 0;
}

static int one_port(void)
{
    WRONG(!can_connect(port[0]));
    WRONG(socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_DGRAM, 0) >= 0 ||
          socket(AF_INET, SOCK_STREAM, 262) >= 0);
    char text[80];
    bool ports = sc_sandbox_supported(text, sizeof text) & SC_WALL_PORTS;
    WRONG(ports && can_connect(port[1]));
    return 0;
}

static int open_network(void)
{
    uint16_t unused;
    WRONG(!can_connect(port[0]) || !can_connect(port[1]));
    WRONG(socket(AF_INET, SOCK_DGRAM, 0) < 0);
    WRONG(socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || listen_on(&unused) >= 0);
    return 0;
}

static void the_network_is_what_is_allowed(void **state)
{
    (void)state;
    char text[80];
    if (!(sc_sandbox_supported(text, sizeof text) & SC_WALL_SOCKETS))
        skip();
    struct sc_sandbox none = {.net = SC_SANDBOX_NET_NONE};
    struct sc_sandbox one = {
        .net = SC_SANDBOX_NET_PORTS, .ports = {port[0]}, .n_ports = 1};
    struct sc_sandbox all = {.net = SC_SANDBOX_NET_OPEN};
    assert_int_equal(behind(&none, no_network), 0);
    assert_int_equal(behind(&one, one_port), 0);
    assert_int_equal(behind(&all, open_network), 0);
}

/* ---- a function behind walls ---- */

struct answer {
    int n;
    bool wrote;
};

static bool count(void *user, void *data, struct sc_error *err)
{
    struct answer *a = data;
    a->n += *(int *)user;
    a->wrote = can_write(job, "from-call");
    if (a->n == 7)
        abort();
    return a->n < 10 || sc_fail(err, SC_ERR_LIMIT, "%d is too many", a->n);
}

static void a_function_answers_fails_or_crashes(void **state)
{
    (void)state;
    struct answer a = {.n = 1, .wrote = true};
    struct sc_error err = {0};
    char text[80];
    int more = 2;
    assert_true(sc_sandbox_call(count, &more, &a, sizeof a, &err));
    assert_int_equal(a.n, 3);
    if (sc_sandbox_supported(text, sizeof text) & SC_WALL_FILES)
        assert_false(a.wrote);
    more = 4;
    assert_false(sc_sandbox_call(count, &more, &a, sizeof a, &err));
    assert_int_equal(err.code, SC_ERR_MEDIA);
    assert_int_equal(a.n, 3);
    err = (struct sc_error){0};
    more = 20;
    assert_false(sc_sandbox_call(count, &more, &a, sizeof a, &err));
    assert_int_equal(err.code, SC_ERR_LIMIT);
    assert_string_equal(err.cause, "23 is too many");
}

/* As code that was taken over might answer. */
static bool rogue(void *user, void *data, struct sc_error *err)
{
    (void)user;
    (void)data;
    memset(err, 'A', sizeof *err);
    return false;
}

static void no_answer_harms(void **state)
{
    (void)state;
    int data = 3;
    struct sc_error err = {0};
    char sentence[4000];
    assert_false(sc_sandbox_call(rogue, NULL, &data, sizeof data, &err));
    assert_int_equal(err.code, SC_ERR_MEDIA);
    assert_int_equal(strlen(err.cause), sizeof err.cause - 1);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
    assert_int_equal(err.n_context, SC_ERROR_MAX_CONTEXT);
    sc_error_sentence(&err, sentence, sizeof sentence);
    assert_int_equal(data, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_jobs_folder_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_source_gets_a_second_name, setup, teardown),
        cmocka_unit_test_setup_teardown(the_network_is_what_is_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_function_answers_fails_or_crashes, setup,
                                        teardown),
        cmocka_unit_test(no_answer_harms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
