/*
 * Media: the only place that knows libav*. FFmpeg 5.1 to 8, no `ffmpeg`
 * command. Probe, streaming remux to fast-start MP4, verification, audio as
 * 16 kHz mono PCM. Frames for slides: media/frames.h.
 */
#ifndef SC_MEDIA_MEDIA_H
#define SC_MEDIA_MEDIA_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "model/slide.h"

#include <stdbool.h>
#include <stdint.h>

enum { SC_PCM_RATE = 16000 };

struct sc_media_info {
    char container[64];
    double duration_s;
    uint64_t size_bytes;
    int64_t bit_rate;    /* bits per second, 0 unknown */
    bool has_video, has_audio;
    bool video_is_cover; /* a still picture attached to an audio file */
    char video_codec[32], audio_codec[32];
    int width, height;
    double frame_rate;
    int sample_rate, channels;
    double audio_start_s, video_start_s;
    bool truncated;      /* the container says more than the file holds */
    char title[256];     /* from the file's tags, "" when none */
};

/* SC_ERR_MEDIA for empty, damaged or unknown files, SC_ERR_NOT_FOUND for none. */
bool sc_media_probe(const char *path, struct sc_media_info *out, struct sc_error *err);

/* ---- streaming remux ---- */

/* One piece of a byte stream, in order. */
struct sc_remux_piece {
    const void *data;    /* valid until the next call */
    size_t len;
    double start_s;      /* where the piece's first sample belongs on the output's time line */
    double duration_s;   /* as the playlist says */
    bool first_of_run;   /* new byte stream: first piece, discontinuity or new init section */
    bool goes_on;        /* more bytes of the piece before: it says nothing new */
};

/*
 * A source of pieces for one stream (video+audio, or a separate audio
 * rendition). next() blocks until the next piece is there; returns false with
 * err on failure; piece->len 0 means the end.
 */
struct sc_remux_source {
    bool (*next)(void *user, struct sc_remux_piece *piece, struct sc_error *err);
    void *user;
};

struct sc_remux_options {
    double expected_duration_s; /* reserves the moov's space; 0 = unknown */
    double skip_until_s;        /* keep from the last key frame at or before this; 0 = all */
    double stop_at_s;           /* 0 = to the end */
    const char *title;          /* written as metadata, or NULL */
    bool caller_flushes;        /* no fsync at the end: the caller does that */
};

struct sc_remux_result {
    double duration_s;
    double first_kept_s;   /* source time of the first kept frame */
    double lead_s;         /* all lies this much later: separate sound begins earlier */
    uint64_t n_video_packets, n_audio_packets;
    uint64_t size_bytes;
};

/*
 * Writes `out_path` (through .part) from one or two sources while they arrive.
 * Feeds each run as one byte stream to one demuxer; timestamps continue
 * monotonously across runs, placed by start_s. Runs in the calling thread
 * (one more for a second source).
 */
bool sc_remux_run(const struct sc_remux_source *main_source,
                  const struct sc_remux_source *audio_source, const char *out_path,
                  const struct sc_remux_options *opts, struct sc_remux_result *out,
                  const struct sc_cancel *cancel, struct sc_error *err);

/* A source that reads a local file (import by remux). */
bool sc_remux_file(const char *in_path, const char *out_path,
                   const struct sc_remux_options *opts, struct sc_remux_result *out,
                   const struct sc_cancel *cancel, struct sc_error *err);

/*
 * What one segment holds, from its bytes alone (with its init section in front
 * for fMP4): used to check segments before they count.
 */
enum sc_segment_kind { SC_SEGMENT_VIDEO = 1, SC_SEGMENT_SOUND = 2 };

struct sc_segment_check {
    bool is_ts, is_fmp4, is_packed_audio;
    unsigned kinds;    /* sc_segment_kind; 0 = not told */
    double pts_span_s; /* last - first + one frame; negative = not told */
    double first_pts_s;
    double frame_s; /* frames lie this far apart, always; 0 = they vary, or not told */
    double sound_first_s, sound_end_s; /* AAC in MPEG-TS, counted; end < 0 = not told */
    double sound_frame_s;
    int first_counter, last_counter; /* MPEG-TS packets of the main stream; -1 = none */
    const char *suspect; /* what looks damaged in it, a constant text; NULL = nothing */
};
/* SC_ERR_MEDIA with the reason when it cannot be a media segment (HTML, half TS packet...). */
bool sc_segment_inspect(const void *init, size_t init_len, const void *data, size_t len,
                        struct sc_segment_check *out, struct sc_error *err);
/* The same for a mapped file (mmap): what was looked at is let go on the way. */
bool sc_segment_inspect_map(const void *init, size_t init_len, void *map, size_t len,
                            struct sc_segment_check *out, struct sc_error *err);

struct sc_verify_expect {
    double duration_s;       /* 0 = do not check */
    double tolerance_s;      /* 0 = one frame */
    uint64_t n_packets;      /* 0 = do not check */
};
/*
 * Monotonous timestamps, duration, and the first, middle and last group of
 * pictures decode without error.
 */
bool sc_media_verify(const char *path, const struct sc_verify_expect *expect,
                     const struct sc_cancel *cancel, struct sc_error *err);

/* ---- audio ---- */

struct sc_pcm; /* 16 kHz mono float, sequential; one thread at a time */
/* SC_ERR_MEDIA when there is no audio. */
bool sc_pcm_open(const char *path, struct sc_pcm **out, struct sc_error *err);
void sc_pcm_close(struct sc_pcm *p);
/* Length as the container says, seconds. */
double sc_pcm_duration_s(const struct sc_pcm *p);
/*
 * Reads up to n samples (gaps in the source are filled with silence so that
 * sample index / 16000 is the lecture's time). *got 0 = end. Damaged packets
 * are skipped and replaced by silence.
 */
bool sc_pcm_read(struct sc_pcm *p, float *samples, size_t n, size_t *got,
                 const struct sc_cancel *cancel, struct sc_error *err);
/* Continues at time_s (sample exact). */
bool sc_pcm_seek(struct sc_pcm *p, double time_s, struct sc_error *err);

#endif
