/*
 * Landlock and seccomp by their system calls: neither needs a library. The
 * numbers that Debian 12's headers (Linux 6.1) do not know yet are written
 * here; the kernel is asked what it can do (landlock(7), seccomp(2)).
 *
 * Landlock rules add up along the path, so a tree's rule holds below it. A file
 * may be linked into a tree only when it could be written where it lies, so
 * `link_from` files get that right, and their folder the right to link out of.
 */
#include "base/sandbox.h"

#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) &&               \
    __has_include(<linux/landlock.h>) && __has_include(<linux/seccomp.h>)
#define HAVE_WALLS 1
#endif

#ifdef HAVE_WALLS

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_SCOPES = 6 };
enum { FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14 };
enum { NET_BIND = 1, NET_CONNECT = 2, RULE_NET_PORT = 2 };
enum { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2 };
enum { PROTO_MPTCP = 262, X32_BIT = 0x40000000 };

/* struct landlock_ruleset_attr as of ABI 6; older kernels take it when the rest is 0. */
struct ruleset_attr {
    uint64_t fs, net, scoped;
};
struct port_attr {
    uint64_t access, port;
};

static const uint64_t WRITE_RIGHTS =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/* Devices that harmless code writes to; those of graphics cards are for engines. */
static const char *const devices[] = {
    "/dev/null",    "/dev/zero",      "/dev/dri",        "/dev/kfd",
    "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", NULL};

static int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static uint64_t handled_rights(int abi)
{
    return WRITE_RIGHTS | (abi >= ABI_REFER ? FS_REFER : 0) |
           (abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0);
}

static bool allow_path(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES; /* what is not there needs no right */
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    bool ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
                      0) == 0;
    close(fd);
    return ok;
}

static bool allow_link(int ruleset, const char *path, uint64_t file, uint64_t refer)
{
    char *folder = sc_strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    bool ok = slash && slash != folder;
    if (ok) {
        *slash = '\0';
        ok = allow_path(ruleset, path, file) &&
             (!refer || allow_path(ruleset, folder, refer));
    }
    free(folder);
    return ok;
}

static bool add_rules(int ruleset, const struct sc_sandbox *s, int abi)
{
    uint64_t all = handled_rights(abi);
    uint64_t file = LANDLOCK_ACCESS_FS_WRITE_FILE | (all & FS_TRUNCATE);
    bool ok = true;
    for (const char *const *p = s->trees; p && *p; p++)
        ok = ok && allow_path(ruleset, *p, all);
    for (const char *const *p = s->files; p && *p; p++)
        ok = ok && allow_path(ruleset, *p, file);
    for (const char *const *p = devices; *p; p++)
        ok = ok && allow_path(ruleset, *p, file);
    for (const char *const *p = s->link_from; p && *p; p++)
        ok = ok && allow_link(ruleset, *p, file, all & FS_REFER);
    for (size_t i = 0; abi >= ABI_NET && s->net == SC_SANDBOX_NET_PORTS && i < s->n_ports;
         i++) {
        struct port_attr rule = {NET_CONNECT, s->ports[i]};
        ok = ok && syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0;
    }
    return ok;
}

static unsigned enter_landlock(const struct sc_sandbox *s)
{
    int abi = landlock_abi();
    struct ruleset_attr attr = {.fs = handled_rights(abi)};
    if (!abi)
        return 0;
    if (abi >= ABI_NET)
        attr.net = NET_BIND | (s->net == SC_SANDBOX_NET_OPEN ? 0 : NET_CONNECT);
    if (abi >= ABI_SCOPES)
        attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    size_t size = abi >= ABI_SCOPES ? sizeof attr
                  : abi >= ABI_NET  ? offsetof(struct ruleset_attr, scoped)
                                    : offsetof(struct ruleset_attr, net);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return 0;
    bool ok = add_rules(ruleset, s, abi) &&
              syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    if (!ok)
        return 0;
    return SC_WALL_FILES | (abi >= ABI_NET ? SC_WALL_PORTS : 0);
}

/* ---- seccomp ---- */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#else
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field)                                                                      \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Skips `no` instructions unless the loaded word is k. */
#define UNLESS(k, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (no))
#define DENY(nr) UNLESS((nr), 1), REFUSE(EPERM)

enum { MAX_PROGRAM = 96 };

struct program {
    struct sock_filter code[MAX_PROGRAM];
    unsigned short n;
};

static void add(struct program *p, const struct sock_filter *code, size_t n)
{
    if (p->n + n <= MAX_PROGRAM)
        memcpy(p->code + p->n, code, n * sizeof *code);
    p->n += (unsigned short)n;
}
#define ADD(p, ...)                                                                      \
    do {                                                                                 \
        const struct sock_filter code[] = {__VA_ARGS__};                                 \
        add((p), code, sizeof code / sizeof code[0]);                                    \
    } while (0)

/* Ways around the walls: kernel surfaces that media code never asks for. */
static void add_refusals(struct program *p)
{
    ADD(p, LOAD(arch), UNLESS(OUR_ARCH, 1), BPF_STMT(BPF_JMP | BPF_JA, 1), REFUSE(EPERM),
        LOAD(nr));
#ifdef __x86_64__
    ADD(p, BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1), REFUSE(EPERM));
#endif
    ADD(p, DENY(SYS_io_uring_setup), DENY(SYS_bpf), DENY(SYS_perf_event_open),
        DENY(SYS_userfaultfd), DENY(SYS_keyctl), DENY(SYS_add_key), DENY(SYS_request_key),
        DENY(SYS_mount), DENY(SYS_umount2), DENY(SYS_pivot_root), DENY(SYS_unshare),
        DENY(SYS_setns));
    /* Text typed into the user's terminal. */
    ADD(p, UNLESS(SYS_ioctl, 4), LOAD(args[1]), UNLESS(TIOCSTI, 1), REFUSE(EPERM), ALLOW);
}

static void add_sockets(struct program *p, const struct sc_sandbox *s)
{
    if (s->net == SC_SANDBOX_NET_NONE) {
        ADD(p, DENY(SYS_socket), ALLOW);
        return;
    }
    bool udp = s->net == SC_SANDBOX_NET_OPEN || s->names;
    /* Fast open connects without asking Landlock. */
    if (s->net == SC_SANDBOX_NET_PORTS)
        ADD(p, UNLESS(SYS_sendto, 4), LOAD(args[3]),
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 0, 1), REFUSE(EPERM),
            ALLOW, UNLESS(SYS_sendmsg, 4), LOAD(args[2]),
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 0, 1), REFUSE(EPERM),
            ALLOW, UNLESS(SYS_sendmmsg, 4), LOAD(args[3]),
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 0, 1), REFUSE(EPERM),
            ALLOW);
    ADD(p, UNLESS(SYS_listen, 1), REFUSE(EPERM), UNLESS(SYS_socket, 13));
    /* A family, a kind and a protocol that are known. */
    ADD(p, LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0), REFUSE(EACCES),
        LOAD(args[2]), UNLESS(PROTO_MPTCP, 1), REFUSE(EACCES), LOAD(args[1]),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, udp ? SOCK_DGRAM : SOCK_STREAM, 1, 0),
        REFUSE(EACCES), ALLOW);
    ADD(p, ALLOW);
}

static bool enter_seccomp(const struct sc_sandbox *s)
{
    struct program p = {.n = 0};
    add_refusals(&p);
    add_sockets(&p, s);
    if (p.n > MAX_PROGRAM)
        return false;
    struct sock_fprog prog = {.len = p.n, .filter = p.code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                   &prog) == 0;
}

unsigned sc_sandbox_enter(const struct sc_sandbox *s)
{
    unsigned walls = 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return 0;
    walls |= enter_landlock(s);
    walls |= enter_seccomp(s) ? SC_WALL_SOCKETS : 0;
    if (walls != (SC_WALL_FILES | SC_WALL_SOCKETS | SC_WALL_PORTS))
        sc_debug("sandbox: this kernel keeps%s%s%s",
                 walls & SC_WALL_FILES ? " files" : "",
                 walls & SC_WALL_SOCKETS ? " sockets" : "",
                 walls & SC_WALL_PORTS ? " ports"
                 : walls               ? " only"
                                       : " nothing");
    return walls;
}

unsigned sc_sandbox_supported(char *text, size_t size)
{
    int abi = landlock_abi();
    bool filter = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
    unsigned walls = (abi ? SC_WALL_FILES : 0) | (abi >= ABI_NET ? SC_WALL_PORTS : 0) |
                     (filter ? SC_WALL_SOCKETS : 0);
    if (abi)
        snprintf(text, size,
                 filter ? SC_SAID("Landlock (version %d) and seccomp")
                        : SC_SAID("Landlock (version %d)"),
                 abi);
    else
        snprintf(text, size, "%s",
                 filter ? SC_SAID("seccomp, but no Landlock") : SC_SAID("none"));
    return walls;
}

#else /* no walls */

unsigned sc_sandbox_enter(const struct sc_sandbox *s)
{
    (void)s;
    sc_debug("sandbox: this system has none");
    return 0;
}

unsigned sc_sandbox_supported(char *text, size_t size)
{
    snprintf(text, size, SC_SAID("none on this system"));
    return 0;
}

#endif

/* ---- a function behind walls ---- */

struct answer {
    unsigned char ok; /* no bool: any byte may come */
    struct sc_error err;
};

/* Whoever took the process over writes what he likes: only then is it an error's text. */
static void make_safe(struct sc_error *e)
{
    unsigned code;
    memcpy(&code, &e->code, sizeof code);
    if (code == SC_ERR_OK || code >= SC_ERR_COUNT)
        e->code = SC_ERR_MEDIA;
    e->cause[sizeof e->cause - 1] = '\0';
    e->hint[sizeof e->hint - 1] = '\0';
    for (size_t i = 0; i < SC_ERROR_MAX_CONTEXT; i++)
        e->context[i][sizeof e->context[i] - 1] = '\0';
    if (e->n_context > SC_ERROR_MAX_CONTEXT)
        e->n_context = SC_ERROR_MAX_CONTEXT;
}

static bool move_bytes(int fd, void *data, size_t size, bool out)
{
    char *at = data;
    while (size) {
        ssize_t n = out ? write(fd, at, size) : read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static void run_behind_walls(int fd, sc_sandbox_fn fn, void *user, void *data,
                             size_t size)
{
    static const struct sc_sandbox nothing = {.net = SC_SANDBOX_NET_NONE};
    struct answer a = {.ok = 0};
    sc_sandbox_enter(&nothing);
    a.ok = fn(user, data, &a.err);
    bool told = move_bytes(fd, &a, sizeof a, true) && move_bytes(fd, data, size, true);
    _exit(told ? 0 : 1);
}

bool sc_sandbox_call(sc_sandbox_fn fn, void *user, void *data, size_t size,
                     struct sc_error *err)
{
    struct answer a;
    int fds[2], status;
    char *copy = malloc(size);
    if (!copy || pipe(fds) != 0) {
        free(copy);
        return sc_fail_errno(err, errno, "cannot start a process");
    }
    memcpy(copy, data, size);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        run_behind_walls(fds[1], fn, user, copy, size);
    }
    close(fds[1]);
    bool told = pid > 0 && move_bytes(fds[0], &a, sizeof a, false) &&
                move_bytes(fds[0], copy, size, false);
    close(fds[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!told) {
        free(copy);
        return pid < 0 ? sc_fail_errno(err, errno, "cannot start a process")
                       : sc_fail(err, SC_ERR_MEDIA, "the file made its reader crash");
    }
    make_safe(&a.err);
    if (a.ok)
        memcpy(data, copy, size);
    else if (err && !err->code)
        *err = a.err;
    free(copy);
    return a.ok != 0;
}
