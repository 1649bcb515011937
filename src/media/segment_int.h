/*
 * Checks of one segment's bytes, inside: one file per form. All are pure:
 * memory in, verdict out, no allocation, every read within bounds.
 */
#ifndef SC_MEDIA_SEGMENT_INT_H
#define SC_MEDIA_SEGMENT_INT_H

#include "media/media.h"

#include <stddef.h>

struct seg_bytes {
    const uint8_t *p;
    size_t n;
    void *map; /* the mapped file that p lies in, or NULL */
};

bool seg_check_ts(struct seg_bytes data, struct sc_segment_check *out,
                  struct sc_error *err);
bool seg_check_mp4(struct seg_bytes init, struct seg_bytes data,
                   struct sc_segment_check *out, struct sc_error *err);
/* Bare ADTS, MP3, AC-3 or E-AC-3; data begins at the first frame. */
bool seg_check_audio(struct seg_bytes data, struct sc_segment_check *out,
                     struct sc_error *err);

bool seg_is_mp4(struct seg_bytes data);
bool seg_is_audio(struct seg_bytes data);

/* The length of an ID3v2 tag at p, 0 when there is no whole one. */
size_t seg_id3_length(struct seg_bytes data);
/* The 33-bit MPEG-2 time in its PRIV frame (RFC 8216 section 3.4), -1 when there is none.
 */
int64_t seg_id3_time(struct seg_bytes tag);

static inline uint32_t seg_be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t seg_be32(const uint8_t *p)
{
    return seg_be16(p) << 16 | seg_be16(p + 2);
}

static inline uint64_t seg_be64(const uint8_t *p)
{
    return (uint64_t)seg_be32(p) << 32 | seg_be32(p + 4);
}

#endif
