/*
 * A lecture as the API shows it: the contract's R, and more.
 */
#ifndef SC_SERVER_RECORDING_JSON_H
#define SC_SERVER_RECORDING_JSON_H

#include "server/http.h"

/* The lecture in the words of both generations. New reference; NULL when memory is out.
 */
json_t *sc_recording_json(struct sc_library *lib, const struct sc_lecture *l,
                          int generation);
/* "/content/<id>/<path>", percent-encoded; heap. */
char *sc_content_url(const char *id, const char *path);

#endif
