/*
 * What is asked for again and again and costs many system calls to find out:
 * how a lecture looks as JSON, and how large the library is. Safe from any
 * thread.
 */
#ifndef SC_SERVER_CACHE_H
#define SC_SERVER_CACHE_H

#include "base/buf.h"
#include "library/keep.h"
#include "server/shared.h"

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

/*
 * The whole list's answer, when nothing can have changed since it was made: no
 * event of this server, no commit to the catalog by anybody, and less than a
 * second old, for files that are changed by hand. The stamp is taken before
 * the list is read; NULL: make it anew. The caller drops the result.
 */
struct sc_list_stamp {
    uint64_t changes;
    int64_t wal_size, wal_ns, db_ns;
    double at_s;
};
struct sc_list_stamp sc_cache_stamp(struct sc_cache *c, const char *root);
struct sc_shared *sc_cache_list(struct sc_cache *c, int generation,
                                const struct sc_list_stamp *now);
void sc_cache_set_list(struct sc_cache *c, int generation,
                       const struct sc_list_stamp *stamp, struct sc_shared *list);
/* Something changed. */
void sc_cache_touch(struct sc_cache *c);

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
