/*
 * Writing MP4 (ISO/IEC 14496-12), inside. libavformat's own muxer keeps 72 bytes
 * for each packet until the file is finished; here a packet costs about five. What
 * depends on the codec (the sample description) is still libavformat's. The parts:
 *
 *   mp4_sink.c      bytes and boxes into a file, or only counted
 *   mp4_tables.c    what the index must know of each sample, packed
 *   mp4_describe.c  a track's description, out of libavformat's muxer
 *   mp4_moov.c      the index (moov) from both
 *
 * The file around them is remux_out.c.
 */
#ifndef SC_MEDIA_MP4_INT_H
#define SC_MEDIA_MP4_INT_H

#include "base/buf.h"
#include "base/error.h"

#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- bytes ---- */

/* Writes forward from `at`. The first failure is kept; what follows it is dropped. */
struct mp4_sink {
    int fd;      /* borrowed; -1 = the bytes are only counted */
    uint64_t at; /* where in the file the next byte goes */
    uint8_t *buf;
    size_t len; /* bytes in buf, which end at `at` */
    int error;  /* errno of the first failure, 0 none */
};

/* False: out of memory. */
bool mp4_sink_open(struct mp4_sink *s, int fd, uint64_t at);
/* Everything into the file. */
void mp4_sink_flush(struct mp4_sink *s);
void mp4_sink_finish(struct mp4_sink *s); /* drops what was not flushed */

void mp4_put(struct mp4_sink *s, const void *data, size_t len);
void mp4_put16(struct mp4_sink *s, unsigned v);
void mp4_put32(struct mp4_sink *s, uint64_t v); /* big-endian, like all of MP4 */
void mp4_put64(struct mp4_sink *s, uint64_t v);
void mp4_zeros(struct mp4_sink *s, size_t n);
/* Overwrites four bytes that were written before. */
void mp4_patch32(struct mp4_sink *s, uint64_t at, uint64_t v);
/* Begins a box; its size is filled in by mp4_end(), which takes the value given here. */
uint64_t mp4_box(struct mp4_sink *s, const char name[5]);
uint64_t mp4_full_box(struct mp4_sink *s, const char name[5], unsigned version,
                      unsigned flags);
void mp4_end(struct mp4_sink *s, uint64_t begin);

/* ---- samples ---- */

struct mp4_sample {
    int64_t dts;    /* ticks of the track */
    int64_t offset; /* pts - dts */
    uint32_t size;  /* bytes */
};

struct mp4_tables {
    struct sc_buf samples; /* size, change of step, change of offset: packed */
    struct sc_buf chunks;  /* struct mp4_chunk */
    struct sc_buf keys;    /* uint32_t, of key frames, counted from 1 */
    uint64_t n, n_keys, bytes;
    struct mp4_sample first, last;
    int64_t step;          /* between the last two */
    int64_t last_duration; /* ticks */
    int64_t shown_until;   /* ticks: the latest end of a sample's presentation */
    uint64_t chunk_bytes;  /* in the last chunk */
};

struct mp4_chunk {
    uint64_t at; /* from the first byte of all samples */
    uint32_t n;  /* samples */
};

void mp4_tables_init(struct mp4_tables *t);
void mp4_tables_finish(struct mp4_tables *t);
/*
 * One more sample, its dts above the last one's. `at`: see struct mp4_chunk.
 * joins: it lies right behind the last one. False: out of memory.
 */
bool mp4_tables_add(struct mp4_tables *t, const struct mp4_sample *s, int64_t duration,
                    bool key, uint64_t at, bool joins);

/* Walks the samples from the first on. */
struct mp4_cursor {
    const struct mp4_tables *tables;
    size_t at;
    struct mp4_sample sample;
    int64_t step;
};
bool mp4_next(struct mp4_cursor *c); /* false: no more; else c->sample is set */

int64_t mp4_duration(const struct mp4_tables *t); /* ticks, of all samples together */

/* ---- the description ---- */

struct mp4_slice {
    const uint8_t *p;
    size_t n;
};

struct mp4_description {
    uint8_t *file; /* owned; the others lie in it, as whole boxes or empty */
    struct mp4_slice tkhd, hdlr, media_header, dinf, stsd, sgpd, udta;
};

enum { MP4_FIRST_PACKETS = 6 };

struct mp4_describe {
    const AVCodecParameters *par;
    AVRational time_base;
    const char *title;      /* or NULL */
    AVPacket *const *first; /* the track's first packets, as stored */
    int n_first;            /* at most MP4_FIRST_PACKETS, at least 1 */
    int64_t bits_per_s;     /* on average, 0 unknown */
};
/* SC_ERR_UNSUPPORTED when an MP4 cannot hold this. */
bool mp4_describe(const struct mp4_describe *d, struct mp4_description *out,
                  struct sc_error *err);
void mp4_description_finish(struct mp4_description *d);

/* ---- the index ---- */

struct mp4_track {
    const struct mp4_description *description;
    const struct mp4_tables *tables;
    bool video;
    uint32_t timescale; /* ticks per second */
};

/* `data_at`: where in the file the first byte of all samples lies. */
void mp4_write_moov(struct mp4_sink *s, const struct mp4_track *tracks, int n,
                    uint64_t data_at);

#endif
