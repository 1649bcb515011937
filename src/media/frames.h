/*
 * Pictures of a video with as little decoding as possible.
 *
 * A reader walks the file once, front to back, and hands out groups of
 * pictures: the compressed packets from one key frame to the next, with the
 * key frame decoded. The caller looks at the key frames and the packet sizes
 * and decides which groups are worth decoding further; of those, B frames are
 * skipped, as nothing refers to them (the other frames come out bit-identical).
 *
 * Times are seconds of the lecture (0 = start of the movie). One thread per reader.
 */
#ifndef SC_MEDIA_FRAMES_H
#define SC_MEDIA_FRAMES_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_frames;
struct sc_frame_group;
struct sc_picture; /* one decoded picture, reference counted */

struct sc_frames_info {
    int width, height; /* upright */
    double duration_s; /* 0 = unknown */
    double frame_rate; /* average, 0 = unknown */
};

/* SC_ERR_MEDIA when there is no video that can be decoded (a cover picture is none). */
bool sc_frames_open(const char *path, struct sc_frames **out, struct sc_error *err);
void sc_frames_close(struct sc_frames *f);
struct sc_frames_info sc_frames_info(const struct sc_frames *f);
/* Continues at the last key frame at or before time_s. */
bool sc_frames_seek(struct sc_frames *f, double time_s, struct sc_error *err);

/*
 * The next group; *out is NULL at the end. A damaged tail ends the video. Destroy
 * it with sc_frame_group_destroy before closing the reader.
 */
bool sc_frames_next_group(struct sc_frames *f, struct sc_frame_group **out,
                          const struct sc_cancel *cancel, struct sc_error *err);
void sc_frame_group_destroy(struct sc_frame_group *g);
double sc_frame_group_start_s(const struct sc_frame_group *g);
/* Start of the last frame. */
double sc_frame_group_last_s(const struct sc_frame_group *g);
/* The key frame, borrowed; NULL for a continuation or when it is damaged. */
const struct sc_picture *sc_frame_group_key(const struct sc_frame_group *g);
/*
 * True when this group goes on where the last one was cut because no key frame
 * came: it can only be decoded after the one before has been decoded fully.
 */
bool sc_frame_group_continues(const struct sc_frame_group *g);

struct sc_packet_size {
    double time_s;
    uint32_t bytes;
};
/* The packets behind the key frame in decoding order. */
const struct sc_packet_size *sc_frame_group_packets(const struct sc_frame_group *g,
                                                    size_t *n);

/* Returns false to stop. The picture is borrowed: sc_picture_ref() keeps it. */
typedef bool (*sc_picture_fn)(void *user, const struct sc_picture *pic);
/*
 * Decodes a group and calls fn with its first picture, then with every picture
 * at least period_s after the last one given, and with the last one. Damaged
 * pictures are skipped. A group that the next one continues must not be stopped.
 */
bool sc_frames_decode(struct sc_frames *f, const struct sc_frame_group *g,
                      double period_s, sc_picture_fn fn, void *user,
                      const struct sc_cancel *cancel, struct sc_error *err);

/*
 * Some encoders let other frames refer to B frames; without those the pictures
 * drift until the next key frame. Exact decoding leaves out only what nothing
 * refers to: twice the work.
 */
void sc_frames_set_exact(struct sc_frames *f, bool exact);
/*
 * Where nothing happens, nothing drifts: exact decoding of this group leaves out the B
 * frames for which quiet[] (one per packet behind the key frame) is set. Borrowed
 * until the group is destroyed; NULL = none.
 */
void sc_frame_group_set_quiet(struct sc_frame_group *g, const bool *quiet);

double sc_picture_time_s(const struct sc_picture *p);
bool sc_picture_is_key(const struct sc_picture *p);
int sc_picture_width(const struct sc_picture *p);
int sc_picture_height(const struct sc_picture *p);
struct sc_picture *
sc_picture_ref(const struct sc_picture *p); /* NULL when memory is out */
void sc_picture_unref(struct sc_picture *p);
/* A picture that sc_picture_png() has made; NULL when it cannot be read. */
struct sc_picture *sc_picture_from_png(const void *data, size_t len);

/*
 * The brightness (0..255), every factor x factor pixels averaged into one, into
 * (width / factor) x (height / factor) bytes at out.
 */
bool sc_picture_shrink(const struct sc_picture *p, int factor, uint8_t *out,
                       size_t stride);
/* The same for a rectangle at full size; it must lie within the picture. */
bool sc_picture_crop(const struct sc_picture *p, int x, int y, int w, int h,
                     uint8_t *out);
/* As a PNG file, upright and with square pixels; appended to out. */
bool sc_picture_png(const struct sc_picture *p, struct sc_buf *out, struct sc_error *err);

#endif
