/*
 * A finished file on its way to the disk (fsync) while something else is done.
 * One thread; start and wait are called by the same one.
 */
#ifndef SC_DOWNLOAD_FLUSH_H
#define SC_DOWNLOAD_FLUSH_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>

struct sc_flush {
    const char *path; /* borrowed until the wait */
    pthread_t thread;
    bool threaded;
    int failed; /* errno */
};

void sc_flush_start(struct sc_flush *f, const char *path);
/* True when every byte has reached the disk. */
bool sc_flush_wait(struct sc_flush *f, struct sc_error *err);

#endif
