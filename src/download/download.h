/*
 * Download: from a stream to a verified MP4, resumable at any byte.
 *
 * `dir` is the lecture's video folder (`output/videos/<safe title>/`): chunks
 * and the journal of finished segments live in `dir/chunks/`, the result is
 * `dir/full_video.mp4`. Nothing counts until it is verified and recorded; the
 * chunks go only when the video is verified. One download per folder at a time
 * (a lock file says so). Runs in the calling thread plus its own workers.
 */
#ifndef SC_DOWNLOAD_DOWNLOAD_H
#define SC_DOWNLOAD_DOWNLOAD_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "model/stream.h"

#include <jansson.h>
#include <stdbool.h>

struct sc_download_options {
    const char *dir;
    int max_connections;   /* 0 = 64 */
    uint64_t memory_bytes; /* 0 = 16 MB */
    int attempts;          /* tries per segment; 0 = 8 */
    bool allow_gaps;       /* make the video although segments are missing */
    struct sc_progress_sink progress;
};

/*
 * Failures to tell apart: SC_ERR_EXPIRED (give fresh values and call again),
 * SC_ERR_INCOMPLETE (missing ranges named; allow_gaps goes on), SC_ERR_DISK_FULL,
 * SC_ERR_LIVE, SC_ERR_DRM, SC_ERR_NETWORK, SC_ERR_CANCELLED. All keep what was
 * fetched. `out` is to be finished by the caller on success.
 */
bool sc_download_run(const struct sc_stream *stream,
                     const struct sc_download_options *opts,
                     struct sc_download_result *out, const struct sc_cancel *cancel,
                     struct sc_error *err);

/*
 * What is this URL, file or playlist text? The JSON of `scaler inspect`
 * (new reference), with warnings; text == NULL fetches `stream`.
 */
bool sc_inspect_stream(const struct sc_stream *stream, json_t **out,
                       const struct sc_cancel *cancel, struct sc_error *err);
bool sc_inspect_text(const char *text, size_t len, const char *base_url, json_t **out,
                     struct sc_error *err);

#endif
