/*
 * What a client hands over about a stream, and what a download yields.
 */
#ifndef SC_MODEL_STREAM_H
#define SC_MODEL_STREAM_H

#include "model/slide.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sc_quality { SC_QUALITY_BEST, SC_QUALITY_WORST, SC_QUALITY_HEIGHT };

/* CloudFront's three values; secrets. NULL where absent. */
struct sc_signature {
    char *key_pair_id, *policy, *signature;
};

struct sc_stream {
    char *url;           /* playlist, or NULL when only base_url is known */
    char *base_url;      /* folder of numbered chunks, or NULL */
    char *chunk_pattern; /* "data%06d.ts"...; NULL: the three of the contract are tried */
    int64_t detected_chunk; /* a chunk number seen by the client, or -1 */
    struct sc_signature auth;
    char **headers; /* "Name: value", secrets */
    size_t n_headers;
    char *cookie_file;   /* Netscape cookie file, or NULL */
    double from_s, to_s; /* wanted range; negative = open */
    enum sc_quality quality;
    int height; /* for SC_QUALITY_HEIGHT: 720... */
};

#define SC_STREAM_INIT                                                                   \
    ((struct sc_stream){.detected_chunk = -1, .from_s = -1, .to_s = -1})

void sc_signature_finish(struct sc_signature *s); /* wipes the memory */
void sc_stream_finish(struct sc_stream *s);

/* What was really fetched: kept in metadata.json. */
struct sc_download_result {
    char *video_path; /* the verified MP4 */
    double duration_s;
    uint64_t size_bytes;
    int width, height;
    uint64_t n_segments, n_fetched, n_reused;
    uint64_t fetched_bytes;
    double held_from_s, held_to_s; /* the part of the lecture that the file holds */
    struct sc_time_range *gaps;    /* missing ranges, in the file's time */
    size_t n_gaps;
    char **remarks; /* what is odd about the stream, sentence parts */
    size_t n_remarks;
};

void sc_download_result_finish(struct sc_download_result *r);

#endif
