/*
 * What is asked for again and again and costs many system calls to find out:
 * how a lecture looks as JSON, and how large the library is. Safe from any
 * thread.
 */
#ifndef SC_SERVER_CACHE_H
#define SC_SERVER_CACHE_H

#include "base/buf.h"
#include "library/keep.h"

#include <stdbool.h>
#include <stdint.h>

struct sc_cache;
struct sc_cache *sc_cache_create(void);
void sc_cache_destroy(struct sc_cache *c);

/*
 * Appends the lecture's JSON text. Made anew when its row or its folder has
 * changed: files are replaced by renaming, which changes the folder's time.
 */
bool sc_cache_recording(struct sc_cache *c, struct sc_library *lib,
                        const struct sc_lecture *l, int generation, struct sc_buf *out);

/* The times of stages over all lectures, at most a minute old; new reference, or NULL. */
json_t *sc_cache_stages(struct sc_cache *c);
void sc_cache_set_stages(struct sc_cache *c, json_t *stages);

/* The same by kind, archives elsewhere included. */
void sc_cache_usage(struct sc_cache *c, const char *root, const char *archive_dir,
                    struct sc_usage *out);
/* Bytes below root, at most a minute old once sc_cache_tick is called now and then. */
uint64_t sc_cache_tree_size(struct sc_cache *c, const char *root);
/* Walks the library again when somebody asked since and the figure is old. */
void sc_cache_tick(struct sc_cache *c, const char *root);

#endif
