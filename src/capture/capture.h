/*
 * What a client hands over, validated: stream info, signatures, time range.
 */
#ifndef SC_CAPTURE_CAPTURE_H
#define SC_CAPTURE_CAPTURE_H

#include "base/error.h"
#include "model/stream.h"

#include <stdbool.h>
#include <stdint.h>

/* What a CloudFront policy says. */
struct sc_policy {
    char *resource;         /* or NULL */
    int64_t ends_unix;      /* DateLessThan; 0 = not given */
    int64_t starts_unix;    /* DateGreaterThan; 0 = not given */
};
/* Decodes CloudFront's URL-safe base64 (`+=/` as `-_~`) JSON policy. Pure. */
bool sc_policy_decode(const char *policy, struct sc_policy *out, struct sc_error *err);
void sc_policy_finish(struct sc_policy *p);

/*
 * Moves Key-Pair-Id/Policy/Signature from a URL's query (or from cookies in
 * `Cookie:` headers) into stream->auth so that they are never stored or
 * printed with the URL (values given in auth before win; they are plain, not
 * percent-encoded); checks that URL, range, pattern, headers and signature
 * make sense. Afterwards base_url's path ends in "/", open ends of the range
 * are -1, and chunk_pattern holds exactly one "%d" or "%0Nd".
 * On failure the stream is still to be finished by its owner.
 */
bool sc_stream_normalise(struct sc_stream *stream, struct sc_error *err);

/*
 * Who a stream is, apart from its signature: SHA-256 over scheme, host, path
 * and unsigned query of the playlist or chunk base. The same before and after
 * sc_stream_normalise(). Heap memory; NULL without a URL or memory.
 */
char *sc_stream_identity(const struct sc_stream *stream);

#endif
