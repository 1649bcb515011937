#include "media/mp4_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 256 * 1024 }; /* stays in the cache */

bool mp4_sink_open(struct mp4_sink *s, int fd, uint64_t at)
{
    *s = (struct mp4_sink){.fd = fd, .at = at};
    s->buf = fd >= 0 ? malloc(BUFFER_BYTES) : NULL;
    return fd < 0 || s->buf;
}

void mp4_sink_finish(struct mp4_sink *s)
{
    free(s->buf);
    *s = (struct mp4_sink){.fd = -1};
}

static void write_at(struct mp4_sink *s, const uint8_t *p, size_t len, uint64_t at)
{
    while (len > 0 && !s->error) {
        ssize_t n = pwrite(s->fd, p, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            s->error = n < 0 ? errno : EIO;
            return;
        }
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
}

void mp4_sink_flush(struct mp4_sink *s)
{
    if (s->len > 0)
        write_at(s, s->buf, s->len, s->at - s->len);
    s->len = 0;
}

void mp4_put(struct mp4_sink *s, const void *data, size_t len)
{
    if (s->fd >= 0 && len > BUFFER_BYTES - s->len) {
        mp4_sink_flush(s);
        if (len >= BUFFER_BYTES) {
            write_at(s, data, len, s->at);
            s->at += len;
            return;
        }
    }
    if (s->fd >= 0 && len > 0) {
        memcpy(s->buf + s->len, data, len);
        s->len += len;
    }
    s->at += len;
}

static void put_number(struct mp4_sink *s, uint64_t v, size_t n)
{
    uint8_t b[8];
    for (size_t i = n; i-- > 0; v >>= 8)
        b[i] = (uint8_t)v;
    mp4_put(s, b, n);
}

void mp4_put16(struct mp4_sink *s, unsigned v)
{
    put_number(s, v, 2);
}

void mp4_put32(struct mp4_sink *s, uint64_t v)
{
    put_number(s, v, 4);
}

void mp4_put64(struct mp4_sink *s, uint64_t v)
{
    put_number(s, v, 8);
}

void mp4_zeros(struct mp4_sink *s, size_t n)
{
    static const uint8_t zeros[64];
    for (; n > sizeof zeros; n -= sizeof zeros)
        mp4_put(s, zeros, sizeof zeros);
    mp4_put(s, zeros, n);
}

void mp4_patch32(struct mp4_sink *s, uint64_t at, uint64_t v)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                    (uint8_t)v};
    uint64_t buffered = s->at - s->len;
    if (s->fd < 0)
        return;
    if (at < buffered && at + sizeof b > buffered) {
        mp4_sink_flush(s);
        buffered = s->at;
    }
    if (at >= buffered)
        memcpy(s->buf + (at - buffered), b, sizeof b);
    else
        write_at(s, b, sizeof b, at);
}

uint64_t mp4_box(struct mp4_sink *s, const char name[5])
{
    uint64_t begin = s->at;
    mp4_put32(s, 0);
    mp4_put(s, name, 4);
    return begin;
}

uint64_t mp4_full_box(struct mp4_sink *s, const char name[5], unsigned version,
                      unsigned flags)
{
    uint64_t begin = mp4_box(s, name);
    mp4_put32(s, (uint64_t)version << 24 | flags);
    return begin;
}

void mp4_end(struct mp4_sink *s, uint64_t begin)
{
    mp4_patch32(s, begin, s->at - begin);
}
