/*
 * What every file of this module shares about libav*: opening, errors, logging,
 * cancelling, and where time zero lies. Internal to media/.
 */
#ifndef SC_MEDIA_AV_UTIL_H
#define SC_MEDIA_AV_UTIL_H

#include "base/cancel.h"
#include "base/error.h"

#include <libavformat/avformat.h>
#include <stdbool.h>

/*
 * A holder whose address stays valid as long as the context it was given to:
 * the token inside may change from call to call (NULL = never cancelled).
 */
struct sc_av_stop {
    const struct sc_cancel *cancel;
};

/* Sends libav's messages to the debug log, without URLs' queries. Idempotent. */
void sc_av_init(void);

/*
 * "what: reason" with the code that fits: SC_ERR_DISK_FULL and other system
 * errors as such, AVERROR_EXIT as SC_ERR_CANCELLED, all else SC_ERR_MEDIA.
 */
bool sc_av_fail(struct sc_error *err, int averr, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Opens a local file and reads its streams. Only media containers: playlists
 * and scripts that name other files or addresses are refused. The caller
 * closes *out with avformat_close_input().
 */
bool sc_av_open(const char *path, struct sc_av_stop *stop, AVFormatContext **out,
                struct sc_error *err);

/* The callback that asks `stop` (struct sc_av_stop); for contexts made elsewhere. */
AVIOInterruptCB sc_av_interrupt(struct sc_av_stop *stop);

/*
 * The container's time of the earliest audio or video frame: what players show
 * as 0:00. Everything this module hands out counts from there.
 */
double sc_av_origin_s(const AVFormatContext *fmt);

/* The stream to use, or -1: never a cover picture when `type` is video. */
int sc_av_pick_stream(AVFormatContext *fmt, enum AVMediaType type);

/*
 * An opened decoder for the stream, or NULL with err. threads: 1 = only the
 * calling one, 0 = libav's choice.
 */
struct AVCodecContext *sc_av_open_decoder(const AVStream *st, int threads,
                                          struct sc_error *err);

/*
 * How long the file plays from the origin, in seconds; reads the packets to the
 * end when the container does not tell; *moved says that this lost the read
 * position.
 */
double sc_av_duration_s(AVFormatContext *fmt, bool *moved);

#endif
