/*
 * The fetch plan: what has to be fetched for the wanted part of a lecture, in
 * the order in which it is needed. Pure: made from parsed playlists or from a
 * numbering scheme, no I/O. Constant once made.
 */
#ifndef SC_DOWNLOAD_PLAN_H
#define SC_DOWNLOAD_PLAN_H

#include "base/error.h"
#include "download/playlist.h"
#include "model/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SC_PLAN_MAX_TRACKS = 2,
    SC_PLAN_MAX_ITEMS = 400000,
    SC_PLAN_MAX_NUMBERED = 10000, /* chunks of a stream without a playlist */
    SC_PLAN_ID_SIZE = 33,
};

enum sc_item_kind { SC_ITEM_KEY, SC_ITEM_INIT, SC_ITEM_SEGMENT };

struct sc_plan_item {
    enum sc_item_kind kind;
    char *url; /* NULL in a numbered plan: sc_plan_url() */
    struct sc_byterange range;
    int track;
    uint64_t number; /* of a segment: as people count, from 1; or the chunk's number */
    double start_s, duration_s;
    bool first_of_run, gap;
    int64_t older;     /* key or map whose URI has the same hash, -1 none */
    int64_t key, init; /* items that must be there before, -1 none */
    uint8_t iv[16];
    char id[SC_PLAN_ID_SIZE]; /* who it is, apart from signatures */
};

struct sc_plan_track {
    size_t *segments; /* item numbers in order */
    size_t n;
};

struct sc_plan {
    struct sc_plan_item *items; /* in the order of need */
    size_t n_items, cap;
    int64_t *newest; /* while it is made: the newest key or map by hash of its URI */
    struct sc_plan_track tracks[SC_PLAN_MAX_TRACKS];
    int n_tracks;
    double from_s, to_s;     /* what the planned segments cover */
    double skip_until_s;     /* wanted start, 0 = all */
    double stop_at_s;        /* wanted end, 0 = to the end */
    double whole_duration_s; /* of the lecture */
    bool coarse_times;       /* the playlist gives whole seconds only */
    int width, height;       /* as the master playlist says, or 0 */
    double bits_per_s;       /* estimate, or 0 */
    uint64_t file_bytes;     /* not 0: one file of this length, in byte ranges */
    bool numbered;
    char *base_url, *pattern; /* numbered */
    uint64_t first_number;
    bool has_origin;     /* a range of numbered chunks: */
    double origin_pts_s; /* the time stamp of the lecture's beginning */
};

/*
 * From a media playlist and, when the audio lies apart, its playlist (or NULL).
 * from_s/to_s negative = open. The wanted range beyond the end: SC_ERR_INVALID.
 */
bool sc_plan_make(const struct sc_playlist *main_list,
                  const struct sc_playlist *audio_list, double from_s, double to_s,
                  struct sc_plan **out, struct sc_error *err);
/* Numbered chunks `base_url` + pattern from `first` on; count 0 = open-ended. */
bool sc_plan_numbered(const char *base_url, const char *pattern, uint64_t first,
                      size_t count, struct sc_plan **out, struct sc_error *err);
/* One file; version tells its content from another one of the same address. */
bool sc_plan_file(const char *url, uint64_t size_bytes, uint64_t version,
                  struct sc_plan **out, struct sc_error *err);
void sc_plan_destroy(struct sc_plan *p);

/* The item's URL; heap memory. */
char *sc_plan_url(const struct sc_plan *p, const struct sc_plan_item *item);
/* Its file name in the chunks folder; heap memory. */
char *sc_plan_file_name(const struct sc_plan_item *item);

/* DRM and what else cannot be fetched: refused in a sentence. */
bool sc_plan_check_playlist(const struct sc_playlist *p, struct sc_error *err);

#endif
