/* The loop of scaler-testcdn; see cdn.h for what it can do. */
#include "cdn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored anyway */
#endif

enum { BLOCK = 256 * 1024, CAP_SLICE_MS = 5 };

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
    (void)sig;
    ended = 1;
}

double cdn_now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int listen_on(int port, int *real_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof a;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    *real_port = ntohs(a.sin_port);
    return fd;
}

static void accept_all(struct cdn *s, int listener)
{
    int fd, one = 1;
    while (s->n_conns < CDN_MAX_CONNECTIONS && (fd = accept(listener, NULL, NULL)) >= 0) {
        struct cdn_conn *c = calloc(1, sizeof *c);
        if (!c) {
            close(fd);
            return;
        }
        fcntl(fd, F_SETFL, O_NONBLOCK);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->fd = fd;
        c->file = -1;
        s->conns[s->n_conns++] = c;
        if (s->n_conns > s->stats.max_connections)
            s->stats.max_connections = s->n_conns;
    }
}

static void drop_body(struct cdn *s, struct cdn_conn *c)
{
    if (c->file >= 0)
        close(c->file);
    c->file = -1;
    free(c->mem);
    c->mem = NULL;
    if (c->busy)
        s->n_active--;
    c->busy = false;
}

static void drop(struct cdn *s, size_t i)
{
    struct cdn_conn *c = s->conns[i];
    if (c->end == CDN_RESET) {
        struct linger hard = {.l_onoff = 1};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    drop_body(s, c);
    close(c->fd);
    free(c);
    s->conns[i] = s->conns[--s->n_conns];
}

/* The answer's last byte is out. False: the connection ends. */
static bool answered(struct cdn *s, struct cdn_conn *c)
{
    if (c->end == CDN_HANG)
        return true; /* still busy, for ever */
    if (c->end != CDN_KEEP)
        return false;
    drop_body(s, c);
    return true;
}

/*
 * Bytes of body that may go now under the cap, some milliseconds' worth at a time: a
 * server that sends every byte as it falls due takes a core from what is measured.
 */
static size_t allowance(const struct cdn_conn *c, double now, double *due_s)
{
    *due_s = 0;
    if (c->cap_kbps <= 0)
        return BLOCK;
    double per_s = c->cap_kbps * 1000.0;
    double may = (now - c->start_s) * per_s - (double)c->sent;
    double slice = per_s * CAP_SLICE_MS / 1000;
    double least = slice < (double)c->left ? slice : (double)c->left;
    *due_s = (least - may) / per_s;
    return *due_s > 0 ? 0 : may < BLOCK ? (size_t)may : BLOCK;
}

static ssize_t send_body(struct cdn *s, struct cdn_conn *c, size_t max)
{
    static char block[BLOCK + 32];
    char *data = block + 16;
    size_t n = c->left < max ? (size_t)c->left : max;
    if (c->chunked && n > 4096)
        n = 4096; /* sent whole or not at all: the socket's buffer has room */
    if (c->mem) {
        memcpy(data, c->mem + c->pos, n);
    } else {
        ssize_t got = pread(c->file, data, n, (off_t)c->pos);
        if (got <= 0)
            return -1;
        n = (size_t)got;
        if (c->corrupt_at >= (int64_t)c->pos && c->corrupt_at < (int64_t)(c->pos + n))
            data[c->corrupt_at - (int64_t)c->pos] ^= 0x55;
    }
    size_t before = 0, wire = n;
    if (c->chunked) {
        char size[16];
        before = (size_t)snprintf(size, sizeof size, "%zx\r\n", n);
        memcpy(data - before, size, before);
        memcpy(data + n, "\r\n", 2);
        wire = before + n + 2;
    }
    ssize_t sent = send(c->fd, data - before, wire, MSG_NOSIGNAL);
    if (sent <= 0)
        return sent < 0 && errno == EAGAIN ? 0 : -1;
    if (c->chunked && (size_t)sent < wire)
        return -1;
    size_t body = c->chunked ? n : (size_t)sent;
    c->pos += body;
    c->left -= body;
    c->sent += body;
    s->stats.bytes += body;
    return (ssize_t)body;
}

static bool push(struct cdn *s, struct cdn_conn *c, double now)
{
    while (c->head_sent < c->head_len) {
        ssize_t n =
            send(c->fd, c->head + c->head_sent, c->head_len - c->head_sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN;
        c->head_sent += (size_t)n;
    }
    for (int rounds = 0; c->left > 0 && rounds < 4; rounds++) {
        double due_s;
        size_t may = allowance(c, now, &due_s);
        ssize_t n = may ? send_body(s, c, may) : 0;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
    }
    if (c->left > 0)
        return true;
    if (c->chunked && c->end == CDN_KEEP &&
        send(c->fd, "0\r\n\r\n", 5, MSG_NOSIGNAL) != 5)
        return false;
    return answered(s, c);
}

/* Reads what came; starts an answer when a whole head is there. */
static bool pull(struct cdn *s, struct cdn_conn *c, bool readable)
{
    if (readable) {
        ssize_t n = recv(c->fd, c->in + c->in_len, sizeof c->in - 1 - c->in_len, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return false;
        if (n > 0)
            c->in_len += (size_t)n;
        c->in[c->in_len] = '\0';
    }
    if (c->busy)
        return true;
    char *end = c->in_len ? strstr(c->in, "\r\n\r\n") : NULL;
    if (!end)
        return c->in_len < sizeof c->in - 1;
    size_t head = (size_t)(end - c->in) + 4;
    cdn_answer(s, c, head);
    memmove(c->in, c->in + head, c->in_len - head);
    c->in_len -= head;
    c->in[c->in_len] = '\0';
    return true;
}

/* Seconds until there is something to send; 0: now, or not a matter of time. */
static double wait_s(const struct cdn_conn *c, double now)
{
    double due_s = 0;
    if (!c->busy)
        return 0;
    if (now < c->start_s)
        return c->start_s - now;
    if (c->head_sent == c->head_len && c->left)
        allowance(c, now, &due_s);
    return due_s > 0 ? due_s : 0;
}

static void serve(struct cdn *s, int listener)
{
    static struct pollfd fds[CDN_MAX_CONNECTIONS + 1];
    while (!ended) {
        double now = cdn_now_s();
        int timeout = 1000;
        fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (size_t i = 0; i < s->n_conns; i++) {
            struct cdn_conn *c = s->conns[i];
            fds[i + 1] = (struct pollfd){.fd = c->fd, .events = POLLIN};
            bool done = c->head_sent == c->head_len && c->left == 0;
            double wait = wait_s(c, now);
            if (wait > 0) {
                int ms = (int)(wait * 1000) + 1;
                timeout = ms < timeout ? ms : timeout;
            } else if (c->busy && !(done && c->end == CDN_HANG)) {
                fds[i + 1].events |= POLLOUT;
            }
        }
        size_t n = s->n_conns;
        if (poll(fds, n + 1, timeout) < 0 && errno != EINTR)
            return;
        now = cdn_now_s();
        if (now - s->last_request_s > s->opt.idle_exit_s)
            return;
        for (size_t i = n; i-- > 0;) {
            struct cdn_conn *c = s->conns[i];
            short got = fds[i + 1].revents;
            bool ok =
                !(got & (POLLERR | POLLNVAL)) &&
                pull(s, c, (got & (POLLIN | POLLHUP)) && c->in_len < CDN_HEAD_MAX - 1);
            bool hangs = c->end == CDN_HANG && c->head_sent == c->head_len && !c->left;
            if (ok && c->busy && now >= c->start_s && !hangs)
                ok = push(s, c, now);
            if (!ok)
                drop(s, i);
        }
        if (fds[0].revents & POLLIN)
            accept_all(s, listener);
    }
}

static bool write_port(const char *path, int port)
{
    char part[4096];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *f = fopen(part, "w");
    if (!f)
        return false;
    fprintf(f, "%d\n", port);
    return fclose(f) == 0 && rename(part, path) == 0;
}

int main(int argc, char **argv)
{
    static struct cdn s;
    int port = 0;
    if (!cdn_parse_options(&s.opt, argc, argv))
        return 2;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_end);
    signal(SIGINT, on_end);
    int listener = listen_on(s.opt.port, &port);
    if (listener < 0) {
        fprintf(stderr, "scaler-testcdn: cannot listen: %s\n", strerror(errno));
        return 1;
    }
    s.log = s.opt.log_path ? fopen(s.opt.log_path, "w") : NULL;
    s.last_request_s = cdn_now_s();
    if (s.opt.port_file && !write_port(s.opt.port_file, port)) {
        fprintf(stderr, "scaler-testcdn: cannot write %s\n", s.opt.port_file);
        return 1;
    }
    if (!s.opt.port_file) {
        printf("%d\n", port);
        fflush(stdout);
    }
    serve(&s, listener);
    while (s.n_conns)
        drop(&s, 0);
    for (size_t i = 0; i < s.stats.n_paths; i++)
        free(s.stats.paths[i].path);
    if (s.log)
        fclose(s.log);
    close(listener);
    return 0;
}
