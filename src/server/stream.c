#include "server/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/sendfile.h>
#elif defined(__APPLE__)
#include <sys/uio.h>
#endif

enum {
    PIECE = 2 << 20, /* nginx's sendfile_max_chunk */
    SLICE_MS = 500,
    IDLE_SLICES = 120,  /* a client that reads nothing for a minute */
    LINGER_SLICES = 10, /* to take what the kernel still holds for it */
    LINGER_READS = 64,
};

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored anyway, base/cancel.c */
#endif
#ifndef MSG_MORE
#define MSG_MORE 0
#endif

/* Whether the socket can go on; false: stopped, or too long nothing happened. */
static bool wait_for(const struct sc_stream_job *j, short what, int slices)
{
    struct pollfd p = {.fd = j->socket, .events = what};
    while (slices-- > 0 && !atomic_load(j->stop)) {
        int n = poll(&p, 1, SLICE_MS);
        if (n > 0)
            return true; /* errors come with the next call */
        if (n < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static bool send_head(const struct sc_stream_job *j)
{
    for (size_t at = 0; at < j->head_len;) {
        ssize_t n =
            send(j->socket, j->head + at, j->head_len - at, MSG_NOSIGNAL | MSG_MORE);
        if (n > 0)
            at += (size_t)n;
        else if (!would_block() || !wait_for(j, POLLOUT, IDLE_SLICES))
            return false;
    }
    return true;
}

/* Bytes sent, 0 at the file's end, -1 with errno. */
static ssize_t send_piece(const struct sc_stream_job *j, uint64_t at, size_t n)
{
#ifdef __linux__
    off_t from = (off_t)at;
    return sendfile(j->socket, j->file, &from, n);
#elif defined(__APPLE__)
    off_t sent = (off_t)n;
    int rc = sendfile(j->file, j->socket, (off_t)at, &sent, NULL, 0);
    return rc == 0 || sent > 0 ? (ssize_t)sent : -1;
#else
    char block[64 * 1024];
    ssize_t got = pread(j->file, block, n < sizeof block ? n : sizeof block, (off_t)at);
    return got > 0 ? send(j->socket, block, (size_t)got, MSG_NOSIGNAL) : got;
#endif
}

static bool send_range(const struct sc_stream_job *j)
{
    uint64_t at = j->offset, end = j->offset + j->length;
    while (at < end && !atomic_load(j->stop)) {
        uint64_t left = end - at;
        ssize_t n = send_piece(j, at, left < PIECE ? (size_t)left : PIECE);
        if (n > 0)
            at += (uint64_t)n;
        else if (n == 0 || !would_block() || !wait_for(j, POLLOUT, IDLE_SLICES))
            return false;
    }
    return at == end;
}

/* Closing a socket with unread input makes the kernel drop what it has not sent yet. */
static void linger(const struct sc_stream_job *j)
{
    char ignored[1024];
    shutdown(j->socket, SHUT_WR);
    for (int n = 0; n < LINGER_READS && wait_for(j, POLLIN, LINGER_SLICES); n++)
        if (recv(j->socket, ignored, sizeof ignored, 0) <= 0)
            return;
}

bool sc_stream_send(const struct sc_stream_job *job)
{
    bool ok = send_head(job) && send_range(job);
    if (ok)
        linger(job);
    return ok;
}
