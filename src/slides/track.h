/*
 * From samples of the screen to segments: spans in which one slide was on
 * screen, however it was built up. Pure pixels; knows no video and no files.
 *
 * What stays decides, not how much changes: a tile counts once it has held
 * still. Tiles that never hold still (camera, video) are learned from short
 * bursts and left aside. A segment ends when ink is replaced, not when it is
 * added; what gives way to the former state soon was a popup.
 */
#ifndef SC_SLIDES_TRACK_H
#define SC_SLIDES_TRACK_H

#include "slides/grid.h"
#include "slides/relate.h"

#include <stdbool.h>

struct sc_track;

/* A finished segment; memory belongs to the tracker until the callback returns. */
struct sc_segment {
    double start_s, end_s;
    double final_s;       /* since when the final state was complete */
    const uint8_t *thumb; /* the final state */
    const uint8_t *known; /* per tile: 1 = holds a value in thumb */
    double moving;        /* share of the tiles that moved, mean */
    void *picture;        /* as given by keep(); NULL = none */
    bool is_slide;        /* not blank, not a camera */
    bool other_number;    /* differs from the segment before by a number or a word only */
};

struct sc_track_ops {
    void *user;
    /*
     * Returns a handle to the current picture (the sample being added); old may be
     * returned to keep it instead. `fresh` = the state differs from old's.
     */
    void *(*keep)(void *user, void *old, bool fresh);
    void (*drop)(void *user, void *picture);
    /*
     * True when one of the spots shows another number (or word) in the current
     * picture than in `old`, as opposed to a cursor that came or went.
     */
    bool (*meaningful)(void *user, void *old, const struct sc_spot *spots, unsigned n);
    /* Takes seg->picture over by setting it to NULL. False stops. */
    bool (*emit)(void *user, struct sc_segment *seg);
};

/* NULL when memory is out. */
struct sc_track *sc_track_create(const struct sc_grid *g, const struct sc_track_ops *ops);
void sc_track_destroy(struct sc_track *t);
/* The screen at time_s, in order. False when emit failed or memory is out. */
bool sc_track_add(struct sc_track *t, double time_s, const uint8_t *thumb);
/*
 * The next sample ends a span that was not looked at, but nothing changed in it since
 * still_s: what differs from the sample before has stood since then.
 */
void sc_track_stood_since(struct sc_track *t, double still_s);
/* Pictures of one second or so, some 0.2 s apart: where something moves. */
void sc_track_burst_begin(struct sc_track *t);
void sc_track_burst_add(struct sc_track *t, const uint8_t *thumb);
/* True when there are enough pictures. */
bool sc_track_burst_seen(const struct sc_track *t);
/* False when that was no look: too short, or the slide changed. */
bool sc_track_burst_end(struct sc_track *t);
/* Ends the last segment. */
bool sc_track_end(struct sc_track *t, double end_s);

/* What lies between two key frames. */
enum sc_track_look {
    SC_LOOK_NOTHING, /* same, or only more ink: the key frames tell enough */
    SC_LOOK_SPOTS,   /* only if meaningful(): see spots */
    SC_LOOK_CLOSER,  /* worth decoding */
};
enum sc_track_look sc_track_compare(struct sc_track *t, const uint8_t *a,
                                    const uint8_t *b, struct sc_relation *rel);
/* True when nothing is pending and thumb shows the state that is known. */
bool sc_track_settled(struct sc_track *t, const uint8_t *thumb);
/* True when thumb is no picture amid a transition: a moment to look for motion. */
bool sc_track_calm(const struct sc_track *t, const uint8_t *thumb);
/* How many tiles differ, apart from those that usually move. */
size_t sc_track_tiles_off(const struct sc_track *t, const uint8_t *a, const uint8_t *b);
/* True when the current segment is a camera's so far, and thumb has no writing either. */
bool sc_track_shows_camera(const struct sc_track *t, const uint8_t *thumb);
/* Start of the oldest segment not yet emitted: where a resumed run begins. */
double sc_track_open_since(const struct sc_track *t);

#endif
