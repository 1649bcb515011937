/*
 * Housekeeping (library/keep.h) with the settings, and against the queue: what
 * an unfinished job needs is in use. One per thread, as the library handle.
 */
#ifndef SC_PIPELINE_KEEPER_H
#define SC_PIPELINE_KEEPER_H

#include "base/config.h"
#include "library/keep.h"

struct sc_queue;

struct sc_keeper {
    struct sc_keep keep; /* dry_run, progress and cancel are the caller's to set */
    char *archive_dir;
    struct sc_queue *queue; /* NULL where no server has ever run */
    json_t *in_use;         /* names, as they were at looked_s */
    double looked_s;
};

/* config and lib are borrowed. Finish it also when it fails. */
bool sc_keeper_init(struct sc_keeper *k, struct sc_library *lib,
                    const struct sc_config *config, struct sc_error *err);
void sc_keeper_finish(struct sc_keeper *k);

#endif
