/*
 * A lecture that is one file on a server: fetched in byte ranges like segments,
 * so that it is parallel and goes on after any break, then put together.
 */
#ifndef SC_DOWNLOAD_SINGLE_H
#define SC_DOWNLOAD_SINGLE_H

#include "download/source.h"
#include "media/media.h"

/* By the name: does this URL lead to a media file and not to a playlist? */
bool sc_single_is_file(const char *url);
/* Asks for the file's length and plans its ranges. */
bool sc_single_open(const char *url, const struct sc_access *access,
                    struct sc_source *out, const struct sc_cancel *cancel,
                    struct sc_error *err);
/* Writes all pieces of the source, which must be size_bytes, into a file. */
bool sc_single_join(const struct sc_remux_source *source, const char *path,
                    uint64_t size_bytes, struct sc_error *err);

#endif
