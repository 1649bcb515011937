/*
 * A growable byte buffer that carries a maximum.
 *
 * Appending never fails visibly: when memory or the maximum is exhausted the
 * buffer turns `failed`, later appends do nothing, and the owner checks once
 * at the end. The data is always NUL-terminated beyond `len` for convenience.
 * Not thread-safe; the owner calls sc_buf_finish().
 */
#ifndef SC_BASE_BUF_H
#define SC_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_buf {
    char *data;      /* NULL until the first append; NUL-terminated */
    size_t len;      /* bytes without the NUL */
    size_t cap;
    size_t max;      /* 0 = SC_BUF_DEFAULT_MAX */
    bool failed;     /* out of memory, or max reached */
};

#define SC_BUF_DEFAULT_MAX ((size_t)256 * 1024 * 1024)

#define SC_BUF_INIT(max_bytes) ((struct sc_buf){.max = (max_bytes)})

void sc_buf_finish(struct sc_buf *b);
void sc_buf_clear(struct sc_buf *b); /* len = 0, keeps the memory */
bool sc_buf_reserve(struct sc_buf *b, size_t extra_bytes);
void sc_buf_add(struct sc_buf *b, const void *data, size_t len);
void sc_buf_add_str(struct sc_buf *b, const char *s);
void sc_buf_add_char(struct sc_buf *b, char c);
void sc_buf_addf(struct sc_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void sc_buf_vaddf(struct sc_buf *b, const char *fmt, va_list ap);
/* Removes the first n bytes. */
void sc_buf_consume(struct sc_buf *b, size_t n);
/* The string ("" when empty); owned by the buffer. */
const char *sc_buf_str(const struct sc_buf *b);
/* Hands the NUL-terminated data to the caller (free()); NULL when failed. */
char *sc_buf_detach(struct sc_buf *b);

#endif
