/*
 * The note that a lecture's video is complete (`.download.json` beside it): who
 * the stream was, what was asked for and what came out, without any secret. A
 * second call for the same finds it and fetches nothing.
 */
#ifndef SC_DOWNLOAD_FINISHED_H
#define SC_DOWNLOAD_FINISHED_H

#include "base/error.h"
#include "model/stream.h"

#include <stdbool.h>

/* Written before the video gets its name. */
bool sc_finished_write(const char *dir, const struct sc_stream *stream,
                       const struct sc_download_result *result, struct sc_error *err);
/*
 * True when the same stream, range and quality were finished in dir and the
 * video is there in its size. A video with gaps counts only with allow_gaps.
 */
bool sc_finished_read(const char *dir, const struct sc_stream *stream, bool allow_gaps,
                      struct sc_download_result *out);
/* Which quality was asked for when the video in dir was made; false: not known. */
bool sc_finished_quality(const char *dir, enum sc_quality *quality, int *height);

#endif
