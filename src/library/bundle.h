/*
 * A tar.zst with a list of what is in it: the last member, MANIFEST.json, holds
 * size and SHA-256 of all others. Adapter of libarchive. Not a front door.
 */
#ifndef SC_LIBRARY_BUNDLE_H
#define SC_LIBRARY_BUNDLE_H

#include "library/internal.h"

#include <stdio.h>

#define SC_BUNDLE_MANIFEST "MANIFEST.json"

struct sc_bundle_job {
    const char *stage; /* for progress */
    double done, total;
    const struct sc_progress_sink *progress;
    const struct sc_cancel *cancel;
};

/*
 * Writes the files `root/<member>` and then the manifest to out. members:
 * [{"path"}]; size, mtime and sha256 are added as they are read. `about` gets
 * "members" and becomes the manifest.
 */
bool sc_bundle_write(const char *root, json_t *about, json_t *members, FILE *out,
                     struct sc_bundle_job *job, struct sc_error *err);

/*
 * Reads everything, compares it with the manifest in it, and gives the manifest
 * (new reference). Damage is SC_ERR_MEDIA. into: the files are also written below
 * this folder (made as needed), flushed; NULL: only read.
 */
bool sc_bundle_read(const char *path, const char *into, struct sc_bundle_job *job,
                    json_t **manifest, struct sc_error *err);

#endif
