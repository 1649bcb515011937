#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sc_buf_finish(struct sc_buf *b)
{
    size_t max = b->max;
    free(b->data);
    *b = SC_BUF_INIT(max);
}

void sc_buf_clear(struct sc_buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

bool sc_buf_reserve(struct sc_buf *b, size_t extra)
{
    size_t max = b->max ? b->max : SC_BUF_DEFAULT_MAX;
    if (b->failed || extra > max || b->len > max - extra) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + extra + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    char *data = realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->data[b->len] = '\0'; /* a reserved but empty buffer is the empty string */
    b->cap = cap;
    data[b->len] = '\0';
    return true;
}

void sc_buf_add(struct sc_buf *b, const void *data, size_t len)
{
    if (!sc_buf_reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void sc_buf_add_str(struct sc_buf *b, const char *s)
{
    sc_buf_add(b, s, strlen(s));
}

void sc_buf_add_char(struct sc_buf *b, char c)
{
    sc_buf_add(b, &c, 1);
}

void sc_buf_vaddf(struct sc_buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        b->failed = true;
    else if (sc_buf_reserve(b, (size_t)n)) {
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void sc_buf_addf(struct sc_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    sc_buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void sc_buf_consume(struct sc_buf *b, size_t n)
{
    if (n >= b->len) {
        b->len = 0;
    } else {
        memmove(b->data, b->data + n, b->len - n);
        b->len -= n;
    }
    if (b->data)
        b->data[b->len] = '\0';
}

const char *sc_buf_str(const struct sc_buf *b)
{
    return b->data ? b->data : "";
}

char *sc_buf_detach(struct sc_buf *b)
{
    char *data = NULL;
    if (!b->failed)
        data = b->data ? b->data : calloc(1, 1);
    if (data == b->data)
        b->data = NULL;
    sc_buf_finish(b);
    return data;
}
