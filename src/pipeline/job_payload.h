/*
 * What a queued job carries, as JSON. A download: {"stream": {...}, "title",
 * "date", "process": bool, "allowGaps": bool}. An import: {"path", "from",
 * "to", "title", "date", "process"}. A process: {"settings": {VARIABLE:
 * value}, "skip": bits, "redo": bits, "passage": [from, to]}. Streams hold signatures: payloads live
 * in the private queue only and are emptied when the job has ended.
 */
#ifndef SC_PIPELINE_JOB_PAYLOAD_H
#define SC_PIPELINE_JOB_PAYLOAD_H

#include "base/error.h"
#include "model/stream.h"

#include <jansson.h>
#include <stdbool.h>

/* New reference, NULL when memory is out. */
json_t *sc_payload_of_stream(const struct sc_stream *s);
/* The caller finishes *out. */
bool sc_payload_to_stream(json_t *o, struct sc_stream *out, struct sc_error *err);

#endif
