#include "base/proc.h"

#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { POLL_MS = 100 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool pipe_cloexec(int fds[2])
{
    if (pipe(fds) != 0)
        return false;
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    return true;
}

/* The environment with `extra` in front replaced or added; one malloc block of pointers.
 */
static char **merged_env(const char *const *extra)
{
    size_t n = 0, n_extra = 0, at = 0;
    while (environ[n])
        n++;
    while (extra && extra[n_extra])
        n_extra++;
    char **env = calloc(n + n_extra + 1, sizeof *env);
    if (!env)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t name = strcspn(environ[i], "=");
        bool replaced = false;
        for (size_t k = 0; k < n_extra; k++)
            replaced |= strncmp(environ[i], extra[k], name + 1) == 0;
        if (!replaced)
            env[at++] = environ[i];
    }
    for (size_t k = 0; k < n_extra; k++)
        env[at++] = (char *)extra[k];
    return env;
}

bool sc_proc_start(struct sc_proc *p, const char *const *argv, const char *const *env,
                   unsigned flags, struct sc_error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, errs[2] = {-1, -1};
    bool ok = false;
    *p = (struct sc_proc){.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    char **child_env = merged_env(env);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    if (!child_env || ((flags & SC_PROC_STDIN) && !pipe_cloexec(in)) ||
        ((flags & SC_PROC_STDOUT) && !pipe_cloexec(out)) ||
        ((flags & SC_PROC_STDERR) && !pipe_cloexec(errs))) {
        sc_fail_errno(err, errno, "cannot start %s", argv[0]);
        goto done;
    }
    if (flags & SC_PROC_STDIN)
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    else
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (flags & SC_PROC_STDOUT)
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    else
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (flags & SC_PROC_STDERR)
        posix_spawn_file_actions_adddup2(&actions, errs[1], 2);
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETPGROUP);
    pid_t pid;
    int rc = posix_spawnp(&pid, argv[0], &actions, &attr, (char *const *)argv, child_env);
    if (rc != 0) {
        sc_fail(err, rc == ENOENT ? SC_ERR_DEPENDENCY : SC_ERR_IO, "cannot start %s: %s",
                argv[0], strerror(rc));
        goto done;
    }
    *p = (struct sc_proc){
        .pid = pid, .stdin_fd = in[1], .stdout_fd = out[0], .stderr_fd = errs[0]};
    in[1] = out[0] = errs[0] = -1;
    ok = true;
done:
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    free(child_env);
    for (int i = 0; i < 2; i++) {
        close_fd(&in[i]);
        close_fd(&out[i]);
        close_fd(&errs[i]);
    }
    return ok;
}

static int status_code(int raw)
{
    return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

bool sc_proc_wait(struct sc_proc *p, int *status, struct sc_error *err)
{
    int raw;
    pid_t rc;
    while ((rc = waitpid(p->pid, &raw, 0)) < 0 && errno == EINTR)
        ;
    if (rc < 0)
        return sc_fail_errno(err, errno, "cannot wait for the child process");
    p->pid = 0;
    *status = status_code(raw);
    return true;
}

bool sc_proc_wait_ms(struct sc_proc *p, int limit_ms, int *status)
{
    int raw;
    for (int waited = 0;; waited += 10) {
        pid_t rc = p->pid > 0 ? waitpid(p->pid, &raw, WNOHANG) : -1;
        if (rc > 0) {
            p->pid = 0;
            *status = status_code(raw);
            return true;
        }
        if ((rc < 0 && errno != EINTR) || waited >= limit_ms)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

void sc_proc_close_stdin(struct sc_proc *p)
{
    close_fd(&p->stdin_fd);
}

void sc_proc_stop(struct sc_proc *p, int grace_ms)
{
    close_fd(&p->stdin_fd);
    close_fd(&p->stdout_fd);
    close_fd(&p->stderr_fd);
    if (p->pid <= 0)
        return;
    int raw;
    kill(p->pid, SIGTERM);
    for (int waited = 0; waitpid(p->pid, &raw, WNOHANG) == 0; waited += 10) {
        if (waited >= grace_ms) {
            kill(-p->pid, SIGKILL);
            kill(p->pid, SIGKILL);
            waitpid(p->pid, &raw, 0);
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    p->pid = 0;
}

bool sc_proc_run(const char *const *argv, struct sc_buf *out, int *status,
                 const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_proc p;
    char chunk[16384];
    if (!sc_proc_start(&p, argv, NULL, SC_PROC_STDOUT, err))
        return false;
    for (;;) {
        struct pollfd pfd = {.fd = p.stdout_fd, .events = POLLIN};
        if (sc_cancel_check(cancel, err)) {
            sc_proc_stop(&p, 1000);
            return false;
        }
        int ready = poll(&pfd, 1, POLL_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        ssize_t n = read(p.stdout_fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (out)
            sc_buf_add(out, chunk, (size_t)n);
    }
    close_fd(&p.stdout_fd);
    return sc_proc_wait(&p, status, err);
}

char *sc_proc_self_path(void)
{
    return sc_platform_self_path();
}

static char *executable(char *candidate)
{
    if (candidate && access(candidate, X_OK) == 0 && sc_file_exists(candidate))
        return candidate;
    free(candidate);
    return NULL;
}

static char *find_in_path(const char *name)
{
    const char *path = getenv("PATH");
    char *found = NULL;
    while (path && *path && !found) {
        size_t n = strcspn(path, ":");
        if (n)
            found = executable(sc_strf("%.*s/%s", (int)n, path, name));
        path += n + (path[n] == ':');
    }
    return found;
}

char *sc_proc_find_helper(const char *name)
{
    char *self = sc_platform_self_path();
    char *found = NULL;
    if (self) {
        char *slash = strrchr(self, '/');
        if (slash) {
            *slash = '\0';
            found = executable(sc_strf("%s/%s", self, name));
            if (!found)
                found = executable(sc_strf("%s/../libexec/scaler/%s", self, name));
            if (!found) /* not installed yet: the build folder mirrors src/ */
                found = executable(sc_strf("%s/../speech/engines/%s", self, name));
        }
    }
    free(self);
    return found ? found : find_in_path(name);
}

char *sc_proc_find_data(const char *name)
{
    static const char *const places[] = {"../share/scaler", "."};
    char *self = sc_platform_self_path(), *found = NULL;
    char *slash = self ? strrchr(self, '/') : NULL;
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && !found && i < sizeof places / sizeof places[0]; i++) {
        found = sc_strf("%s/%s/%s", self, places[i], name);
        if (found && access(found, R_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(self);
    return found;
}
