/*
 * Remuxing, inside. The parts, in the direction of the data:
 *
 *   remux_io.c     pieces of one run as a byte stream (AVIO), ID3 taken out
 *   remux_in.c     one run = one demuxer; its packets, placed on the time line
 *   remux_codec.c  brings packets into the form the output track has
 *   remux_out.c    MP4 with room for the index in front (mp4_int.h)
 *   remux.c        merges the sources, cuts the range
 *
 * Time inside is counted in flicks (1/705,600,000 s): every usual audio rate,
 * frame rate and the 90 kHz of MPEG-TS is a whole number of them, so placing a
 * packet never rounds.
 */
#ifndef SC_MEDIA_REMUX_INT_H
#define SC_MEDIA_REMUX_INT_H

#include "media/av_util.h"
#include "media/media.h"

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>

#define FLICKS INT64_C(705600000)
static const AVRational FLICK_TB = {1, 705600000};

enum remux_kind { REMUX_VIDEO, REMUX_AUDIO, REMUX_KINDS };

/* ---- packets in order ---- */

struct pkt_queue {
    AVPacket **items; /* owned; ring of cap entries */
    size_t head, len, cap;
    int64_t bytes;
};
bool pkt_queue_push_take(struct pkt_queue *q, AVPacket *pkt); /* false: out of memory */
AVPacket *pkt_queue_pop(struct pkt_queue *q);                 /* NULL when empty */
AVPacket *pkt_queue_at(const struct pkt_queue *q, size_t i);
void pkt_queue_finish(struct pkt_queue *q);

/* ---- what the output holds ---- */

struct remux_track {
    AVCodecParameters *par; /* NULL until the first run that has this kind */
    AVRational rate;        /* frames per second of the first run, 0/0 unknown */
    int nal_length;         /* bytes of the lengths before H.264/HEVC units, else 0 */
};

/* One kind within one run: what must be done to its packets. */
struct remux_codec {
    AVBSFContext *bsf; /* or NULL */
    bool to_lengths;   /* Annex B to NAL units with lengths */
    struct remux_track *track;
};

/*
 * Compares the run's stream with the track (which it defines when it is the
 * first). `first` is the first packet of that stream, for headers that only
 * packets carry (ADTS). SC_ERR_UNSUPPORTED when the two cannot share a track.
 */
bool remux_codec_begin(struct remux_codec *c, enum remux_kind kind, const AVStream *st,
                       const AVPacket *first, struct remux_track *track,
                       struct sc_error *err);
/* Converts in place. */
bool remux_codec_apply(struct remux_codec *c, AVPacket *pkt, struct sc_error *err);
void remux_codec_finish(struct remux_codec *c);

/* ---- input ---- */

enum { REMUX_PIECES_KEPT = 64 };

struct remux_io {
    const struct sc_remux_source *source;
    struct sc_remux_piece piece; /* being read */
    size_t at;                   /* bytes of it taken */
    bool pending;                /* piece begins the next run */
    bool ended, failed;          /* no more pieces; source said err */
    bool packed;                 /* the run is bare audio with ID3 times */
    struct sc_error err;
    int64_t id3_90k; /* the run's first ID3 time, -1 none */
    int64_t pos;     /* bytes of the run handed out so far */
    double end_s;    /* where the last piece ends, as the playlist says */
    struct {
        int64_t pos;
        double start_s, duration_s;
    } pieces[REMUX_PIECES_KEPT]; /* ring: where in the run's bytes they began */
    size_t n_pieces;
};

/* Makes the first piece of the next run current. *none: there is no more. */
bool remux_io_begin(struct remux_io *io, bool *none, struct sc_error *err);
int remux_io_read(void *user, uint8_t *buf, int size); /* AVIO callback */
/* Skips what is left of the run. */
bool remux_io_skip_run(struct remux_io *io, struct sc_error *err);
/* libavformat's name for the bytes, or NULL when not clear. */
const char *remux_io_sniff(const struct remux_io *io);
/* The playlist's word on the piece that holds the byte; false when forgotten. */
bool remux_io_piece_at(const struct remux_io *io, int64_t pos, int64_t *begin,
                       double *start_s, double *duration_s);

struct remux_stream {
    int index; /* in fmt, -1 = the run lacks it */
    struct remux_codec codec;
    bool begun;
    int64_t offset;   /* flicks added to the source's times */
    int64_t read_dts; /* of the last packet read; AV_NOPTS_VALUE none */
    int64_t last_dts; /* source, flicks, of the last packet placed */
    int64_t last_pos;
    bool joining; /* nothing of it was placed since the clock was set */
    bool seen_key;
    int waited; /* packets dropped while waiting for a key frame */
};

struct remux_in {
    struct remux_io io;
    const char *path; /* instead of pieces */
    struct sc_av_stop *stop;
    struct remux_track *tracks;   /* the output's, by kind */
    const struct remux_in *guide; /* whose clock this one shares, or NULL */
    struct remux_in *audio;       /* whose sound may begin before this one, or NULL */
    bool take[REMUX_KINDS];

    AVFormatContext *fmt; /* the run; NULL between */
    AVIOContext *avio;
    struct remux_stream s[REMUX_KINDS];
    struct pkt_queue ahead;     /* read to find where the run begins */
    bool waiting;               /* the run's first piece is there, the guide is not */
    bool opened;                /* the run can be read, but is not placed yet */
    bool placed;                /* offsets are known */
    int64_t first[REMUX_KINDS]; /* source times of the run's first frames */
    int64_t lead;               /* flicks between 0 and the first picture of all */
    int64_t packed_base;        /* flicks added to bare audio's count of time */
    double run_start_s;
    int64_t run_offset; /* the newest */
    bool have_offset;   /* from this or an earlier run */
    int runs;
    int bad_reads;
    bool run_ended, ended;

    /* Output time, flicks. */
    int64_t dts; /* of the last packet handed out */
    int64_t last_dts[REMUX_KINDS], end[REMUX_KINDS], frame[REMUX_KINDS];
};

enum remux_got { REMUX_PACKET, REMUX_END, REMUX_WAIT, REMUX_FAIL };

void remux_in_init(struct remux_in *in);
void remux_in_finish(struct remux_in *in);
/*
 * The next packet: stream_index is the kind, times in flicks of output time.
 * REMUX_WAIT: the guide must be read further first.
 */
enum remux_got remux_in_next(struct remux_in *in, AVPacket *pkt, struct sc_error *err);

/* ---- output ---- */

struct remux_out;
/* Makes `<path>.part`. A track may get its parameters later, before its first packet. */
bool remux_out_open(struct remux_out **out, const char *path, struct remux_track *tracks,
                    const struct sc_remux_options *opts, struct sc_error *err);
/* Takes the packet's content (times in flicks, stream_index = kind). */
bool remux_out_write_take(struct remux_out *out, AVPacket *pkt, struct sc_error *err);
/* Index, fsync, rename. */
bool remux_out_commit(struct remux_out *out, struct sc_remux_result *res,
                      struct sc_error *err);
void remux_out_destroy(struct remux_out *out); /* removes the .part unless committed */

#endif
