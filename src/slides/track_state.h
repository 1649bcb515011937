/*
 * Inside of the tracker, for track.c (samples) and track_change.c (judging).
 */
#ifndef SC_SLIDES_TRACK_STATE_H
#define SC_SLIDES_TRACK_STATE_H

#include "slides/track.h"

enum {
    MAX_OPEN = 4, /* segments that a closing popup may still undo, and the current one */
    BURST_MOVED = 8, /* pixels of a tile that move between two pictures of a burst */
    BURST_STEP = 12, /* by more than this brightness */
    BURST_PAIRS = 2, /* so often within a burst: one change is no motion */
    BURST_PICTURES = 3,
    BURSTS_TO_MASK = 2, /* of the last eight */
    INSET_TILES = 4,
    BIG_COMMIT_TILES = 4,
    FEW_TILES = 3,
    CAMERA_WRITING = 12, /* tiles with writing that make even a moving picture a slide */
    MIN_INK = 60,
    MOTIONS = 16,
};
static const double POPUP_S = 7.0;
static const double SCROLL_S = 1.4;    /* a shorter one turns a page */
static const double PUSH_S = 2.4;      /* longest look at one slide pushing another out */
static const double PUSH_SHARE = 0.85; /* of the screen's height */

struct sc_track_segment {
    double start_s, end_s, final_s;
    uint8_t *ref; /* per tile: the state the segment has reached */
    uint8_t *known;
    uint8_t *before; /* the state before the last larger change */
    double before_s; /* when that ended; negative = none */
    double moving_sum;
    unsigned moving_n;
    double replaced_share; /* of the previous segment's ink, when this one began */
    bool redrawn;          /* what is known is to be seen in a new picture */
    bool other_number;     /* than the segment before, and no other difference */
    void *picture;
    void *before_picture; /* of the state before */
};

struct sc_track {
    struct sc_grid g;
    struct sc_track_ops ops;
    struct sc_track_segment open[MAX_OPEN];
    unsigned n_open;   /* the last one is current */
    uint8_t *last;     /* per tile: the value since[] is about */
    double *since;     /* when the tile took its value */
    double *odd_since; /* when it began to differ from ref; negative = does not */
    uint8_t *stable, *use;
    uint8_t *bursts; /* per tile: one bit per burst with motion */
    uint8_t *mask;   /* per tile: usually moves, or lies within a camera's inset */
    uint8_t *burst_prev;
    unsigned burst_pictures;
    uint8_t *burst_now;
    uint8_t *overlay;     /* per tile: belongs to what may be a popup */
    uint8_t *under;       /* what that lies on */
    uint8_t *former;      /* per tile of the current segment: what it showed before */
    double *former_s;     /* until when; negative = always the same */
    double overlay_s;     /* when that came; negative = none */
    bool overlay_crossed; /* the slide behind it has changed since */
    bool overlay_opened_segment;
    bool overlay_covers;  /* a part of the slide */
    double pending_since; /* negative = nothing pending */
    double unrest_since;
    /* The last samples that count for the current segment's motion. */
    struct {
        double time_s, share;
    } motions[MOTIONS];
    unsigned n_motions;      /* ever */
    double camera_gone_s;    /* negative = never */
    double far_s, far_gap_s; /* the last sample long after the one before it */
    double time_s;
    double stood_s; /* the next sample's tiles stood since then; negative = not known */
    bool started;
    uint8_t *prev; /* the last sample */
    /* The last samples one by one, since all was settled: a scroll step by step? */
    double scroll_from_s, scroll_to_s; /* negative = none */
    int scroll_by;                     /* rows of thumbs, down */
    bool scroll_broken;                /* something else changed, too */
    uint8_t *unbroken;                 /* the last sample before that */
};

static inline struct sc_track_segment *sc_track_current(const struct sc_track *t)
{
    return (struct sc_track_segment *)&t->open[t->n_open - 1];
}

static inline bool sc_track_masked(const struct sc_track *t, size_t i)
{
    return t->mask[i];
}

/* A text was scrolled for a while, nothing else: whatever it shows now is still it. */
static inline bool sc_track_scrolled(const struct sc_track *t)
{
    double took_s = t->scroll_to_s - t->scroll_from_s;
    int by = t->scroll_by < 0 ? -t->scroll_by : t->scroll_by;
    /* So far in a short time is a slide that pushes another one out. */
    bool pushed = by > PUSH_SHARE * t->g.h && took_s < PUSH_S;
    return t->scroll_from_s >= 0 && !t->scroll_broken && took_s >= SCROLL_S && !pushed;
}

static inline void sc_track_scroll_end(struct sc_track *t)
{
    t->scroll_from_s = t->scroll_to_s = -1;
    t->scroll_by = 0;
    t->scroll_broken = false;
}

void sc_segment_free(struct sc_track *t, struct sc_track_segment *s);
/* Ends the current segment and begins one in which nothing is known yet. */
bool sc_track_begin_segment(struct sc_track *t, double start_s);
/* The stable tiles become the segment's state. */
void sc_track_commit_stable(struct sc_track *t);
void sc_track_keep(struct sc_track *t, bool fresh);
double sc_track_onset(const struct sc_track *t, const uint8_t *which);
/* A new segment that shows what is stable now. */
bool sc_track_replace(struct sc_track *t, double start_s, double share);
/* The tiles in odd hold still and differ from the segment's state. */
bool sc_track_judge_change(struct sc_track *t, const uint8_t *odd, size_t n_odd);

#endif
