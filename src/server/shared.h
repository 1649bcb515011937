/*
 * Bytes that several answers send at once: counted, so that the last one frees
 * them. Constant once made; any thread.
 */
#ifndef SC_SERVER_SHARED_H
#define SC_SERVER_SHARED_H

#include <stddef.h>

struct sc_shared;
/* A copy of the bytes with one owner; NULL when memory is out. */
struct sc_shared *sc_shared_create(const void *data, size_t len);
struct sc_shared *sc_shared_keep(struct sc_shared *s); /* another owner; NULL allowed */
void sc_shared_drop(struct sc_shared *s);              /* NULL allowed */
const char *sc_shared_data(const struct sc_shared *s);
size_t sc_shared_len(const struct sc_shared *s);
/* The owner whose bytes these are is gone: for libraries that know only the bytes. */
void sc_shared_drop_data(void *data);

#endif
