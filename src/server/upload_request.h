/*
 * What an upload or import says of itself: names, titles, sizes, offsets from JSON,
 * query and headers. Knows no files and no connection.
 */
#ifndef SC_SERVER_UPLOAD_REQUEST_H
#define SC_SERVER_UPLOAD_REQUEST_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SC_UPLOAD_ID_BYTES = 12, SC_UPLOAD_ID_SIZE = 2 * SC_UPLOAD_ID_BYTES + 1 };

/* What came with a body of bytes; each NULL when absent. */
struct sc_upload_fields {
    const char *filename, *title, *process; /* of the query */
    const char *offset, *content_range;     /* the latter is a header */
};

bool sc_upload_is_id(const char *id);
/* A plain name of a video or sound: no path, nothing hidden, no control characters. */
bool sc_upload_check_name(const char *name, struct sc_error *err);
/*
 * `about.json` of a new upload: filename, process, and where known title, size, from,
 * to (seconds, -1 = not given). New reference.
 */
bool sc_upload_from_query(const struct sc_upload_fields *in, json_t **about,
                          struct sc_error *err);
bool sc_upload_from_json(json_t *body, json_t **about, struct sc_error *err);
/* Where the bytes go (-1 = where the data ends) and how many there will be (-1 = not
 * said). */
bool sc_upload_place(const struct sc_upload_fields *in, int64_t *offset, int64_t *total,
                     struct sc_error *err);

#endif
