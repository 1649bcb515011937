/*
 * Large files past libmicrohttpd. With threads that serve many connections it sends
 * a file in pieces of 128 kB with a turn of its event loop between them, which costs a
 * fifth more than nginx; only a thread for each connection would get larger ones, and
 * then event streams would need a thousand threads. So a large answer takes the
 * socket over: the connection is suspended, a thread writes head and file, and what
 * was suspended is closed afterwards (the head says so).
 */
#include "server/listener.h"
#include "server/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_STREAMS = 32, MAX_HEAD = 32 * 1024 };

struct stream {
    struct sc_listener *listener;
    struct MHD_Connection *connection;
    struct sc_stream_job job;
    struct sc_buf head;
    bool *sent;
    pthread_mutex_t suspended; /* held until the connection sleeps */
};

static enum MHD_Result add_line(void *user, enum MHD_ValueKind kind, const char *name,
                                const char *value)
{
    (void)kind;
    sc_buf_addf(user, "%s: %s\r\n", name, value);
    return MHD_YES;
}

static void write_head(struct sc_buf *out, struct MHD_Response *headers, int status,
                       uint64_t length)
{
    char date[64];
    struct tm utc;
    time_t now = time(NULL);
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    sc_buf_addf(
        out, "HTTP/1.1 %s\r\nDate: %s\r\nConnection: close\r\nContent-Length: %llu\r\n",
        status == 206 ? "206 Partial Content" : "200 OK", date,
        (unsigned long long)length);
    MHD_get_response_headers(headers, add_line, out);
    sc_buf_add_str(out, "\r\n");
}

static void destroy(struct stream *s)
{
    pthread_mutex_destroy(&s->suspended);
    sc_buf_finish(&s->head);
    free(s);
}

static void *run(void *user)
{
    struct stream *s = user;
    struct sc_listener *l = s->listener;
    pthread_mutex_lock(&s->suspended);
    pthread_mutex_unlock(&s->suspended);
    *s->sent = sc_stream_send(&s->job);
    MHD_resume_connection(s->connection);
    destroy(s);
    atomic_fetch_sub(&l->n_streams, 1);
    return NULL;
}

static struct stream *create(struct sc_listener *l, struct MHD_Connection *c,
                             struct MHD_Response *headers, int status,
                             const struct sc_reply *r)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct stream *s = fd ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return NULL;
    pthread_mutex_init(&s->suspended, NULL);
    s->listener = l;
    s->connection = c;
    s->head = SC_BUF_INIT(MAX_HEAD);
    write_head(&s->head, headers, status, r->fd_length);
    s->job = (struct sc_stream_job){.socket = fd->connect_fd,
                                    .file = r->fd,
                                    .head = sc_buf_str(&s->head),
                                    .head_len = s->head.len,
                                    .offset = r->fd_offset,
                                    .length = r->fd_length,
                                    .stop = &l->stopping};
    if (!s->head.failed)
        return s;
    destroy(s);
    return NULL;
}

/* The connection sleeps only when the thread is sure to come: only that wakes it. */
static bool start_thread(struct stream *s)
{
    pthread_t thread;
    pthread_attr_t attr;
    struct MHD_Connection *c = s->connection;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&s->suspended);
    bool ok = pthread_create(&thread, &attr, run, s) == 0;
    if (ok)
        MHD_suspend_connection(c);
    pthread_mutex_unlock(&s->suspended);
    pthread_attr_destroy(&attr);
    return ok;
}

bool sc_stream_begin(struct sc_listener *l, struct MHD_Connection *c,
                     struct MHD_Response *headers, int status, const struct sc_reply *r,
                     bool *sent)
{
    struct stream *s = NULL;
    if (atomic_fetch_add(&l->n_streams, 1) < MAX_STREAMS && !atomic_load(&l->stopping))
        s = create(l, c, headers, status, r);
    if (s) {
        s->sent = sent;
        if (start_thread(s))
            return true;
        destroy(s);
    }
    atomic_fetch_sub(&l->n_streams, 1);
    return false;
}
