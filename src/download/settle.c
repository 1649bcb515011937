/*
 * Is a segment whole? A server may send a part of a body with a matching length;
 * the bytes alone look fine. The time stamps tell: a segment that covers less
 * time than EXTINF promises is fetched again, unless the next one goes on
 * exactly where it ends (then EXTINF was wrong, not the data). What stays
 * short is reported as missing time.
 *
 * Where frames lie at constant distances, or AAC frames can be counted, "where
 * it ends" is known to a frame, and the hole must be smaller than two of them.
 * Elsewhere (pictures of varying length without such sound) only a third of a
 * second or a tenth of the segment shows. All with the transfer's mutex held.
 */
#include "download/transfer_internal.h"

#include <math.h>

enum { TRIES_SHORT = 3, HABIT = 8 };

static const double JOIN_S = 0.3; /* a join this tight is continuous */
static const double FRAMES = 1.6; /* holes of fewer frames are rounding */
static const double TINY_S = 0.05, SMALL_S = 0.1;
static const double NUMBERED_HOLE_S = 0.5, NUMBERED_JUMP_S = 60;
static const double TS_WRAP_S = 8589934592.0 / 90000.0; /* 33 bits at 90 kHz */

/* Time between two stamps, the short way round the clock of MPEG-TS. */
double sc_pts_gap(double from_s, double to_s)
{
    double gap = to_s - from_s;
    if (gap < -TS_WRAP_S / 2)
        gap += TS_WRAP_S;
    else if (gap > TS_WRAP_S / 2)
        gap -= TS_WRAP_S;
    return gap;
}

size_t sc_transfer_position(const struct sc_transfer *e, size_t i)
{
    const struct sc_plan_track *t = &e->plan->tracks[e->plan->items[i].track];
    size_t lo = 0, hi = t->n;
    while (lo + 1 < hi) {
        size_t mid = (lo + hi) / 2;
        if (t->segments[mid] <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static double tolerance(const struct sc_transfer *e, double duration_s)
{
    double share = 0.1 * duration_s;
    if (e->plan->coarse_times)
        return duration_s < 4 ? 0.4 * duration_s : 1.0 + 0.02 * duration_s;
    return share > 0.3 ? share : 0.3;
}

/*
 * The hole between two segments that is known to a frame: by the sound, which
 * never varies, else by pictures at constant distances. False: not known.
 */
static bool exact_hole(const struct sc_segment_times *a, const struct sc_segment_times *b,
                       double *hole_s, double *slack_s)
{
    bool sound = a->sound_end_s >= 0 && b->sound_end_s >= 0;
    double frame = sound ? a->sound_frame_s : a->frame_s;
    double end = sound ? a->sound_end_s : a->pts_s + a->span_s;
    if (frame <= 0 || (!sound && b->span_s < 0))
        return false;
    *hole_s = sc_pts_gap(end, sound ? b->sound_s : b->pts_s);
    *slack_s = fmax(FRAMES * frame, TINY_S);
    return true;
}

struct shortage {
    double missing_s; /* 0 = whole */
    bool small;       /* worth another try, but not to be reported */
    bool waits;       /* the next segment must tell */
};

static struct shortage short_by(double missing_s, bool small)
{
    return (struct shortage){.missing_s = missing_s > 0 ? missing_s : 0, .small = small};
}

static struct shortage numbered_shortage(const struct sc_item *it,
                                         const struct sc_item *next)
{
    double hole = 0, slack = 0;
    double gap = sc_pts_gap(it->times.pts_s + it->times.span_s, next->times.pts_s);
    if (gap > NUMBERED_HOLE_S) /* a jump is a new time line, not a hole */
        return short_by(gap < NUMBERED_JUMP_S ? gap : 0, false);
    bool exact = exact_hole(&it->times, &next->times, &hole, &slack);
    return short_by(exact && hole > slack && hole < NUMBERED_HOLE_S ? hole : 0,
                    hole <= SMALL_S);
}

static bool is_open(const struct sc_item *it)
{
    return it->state != SC_ITEM_DONE && it->state != SC_ITEM_MISSING &&
           it->state != SC_ITEM_SKIPPED && it->state != SC_ITEM_ABSENT;
}

/* The segment that goes on where item i ends, NULL when none does. */
static const struct sc_item *follower(const struct sc_transfer *e, size_t i)
{
    const struct sc_plan_track *t = &e->plan->tracks[e->plan->items[i].track];
    size_t at = sc_transfer_position(e, i);
    if (at + 1 >= t->n || e->plan->items[t->segments[at + 1]].first_of_run)
        return NULL;
    return &e->items[t->segments[at + 1]];
}

/* How many seconds are missing behind item i. */
static struct shortage shortage(const struct sc_transfer *e, size_t i)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    const struct sc_item *it = &e->items[i], *next = follower(e, i);
    double missing = p->duration_s > 0 ? p->duration_s - it->times.span_s : 0;
    double hole = 0, slack = 0;
    bool exact = it->times.frame_s > 0 || it->times.sound_end_s >= 0;
    if (it->times.span_s < 0 || (!e->plan->numbered && missing <= TINY_S))
        return short_by(0, false);
    if (!exact && !e->plan->numbered && missing <= tolerance(e, p->duration_s))
        return short_by(0, false);
    if (next && is_open(next))
        return (struct shortage){.waits = true};
    bool told = next && next->state == SC_ITEM_DONE && next->times.span_s >= 0;
    if (e->plan->numbered)
        return told ? numbered_shortage(it, next) : short_by(0, false);
    /* A hole longer than what EXTINF misses is a jump of the clock. */
    if (told && exact_hole(&it->times, &next->times, &hole, &slack) && hole > -JOIN_S &&
        hole <= missing + JOIN_S)
        return short_by(hole > slack ? fmin(hole, missing) : 0, hole <= SMALL_S);
    double gap =
        told ? sc_pts_gap(it->times.pts_s + it->times.span_s, next->times.pts_s) : 0;
    if (told && fabs(gap) <= JOIN_S)
        return short_by(0, false);
    bool small = missing <= tolerance(e, p->duration_s);
    /* Nothing follows that could tell; EXTINF in whole seconds tells nothing either. */
    return short_by(small && (e->plan->coarse_times || told) ? 0 : missing, small);
}

/*
 * Most packagers count the packets on from segment to segment. Where one of
 * them breaks the row, the last packets of the first are gone: too few for the
 * times to show it. Those who count anew each time are found out soon.
 */
static bool is_unjoined(struct sc_transfer *e, size_t i, bool *waits)
{
    const struct sc_item *it = &e->items[i], *next = follower(e, i);
    *waits = false;
    if (!next || it->times.last_counter < 0 || e->n_unjoined > 2 + e->n_joined / 8)
        return false;
    if (is_open(next)) {
        *waits = true;
        return false;
    }
    return next->state == SC_ITEM_DONE && next->times.first_counter >= 0 &&
           next->times.first_counter != ((it->times.last_counter + 1) & 15);
}

static void send_again(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    it->tries_short++;
    it->state = SC_ITEM_WAITING;
    it->not_before_s = 0;
    if (i < e->scan)
        e->scan = i;
}

static void settle_one(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    bool waits;
    if (it->state != SC_ITEM_DONE || it->settled)
        return;
    struct shortage s = shortage(e, i);
    bool unjoined = is_unjoined(e, i, &waits);
    if (s.waits || waits)
        return;
    bool habit = s.small && e->n_small_gaps >= HABIT;
    unsigned tries = s.small ? TRIES_SHORT - 1 : TRIES_SHORT;
    it->hole_s = 0;
    if ((s.missing_s > 0 && !habit && it->tries_short + 1 < tries) ||
        (s.missing_s == 0 && unjoined && it->tries_short == 0)) {
        send_again(e, i);
        return;
    }
    *(unjoined ? &e->n_unjoined : &e->n_joined) += 1;
    if (s.missing_s > 0 && s.small)
        e->n_small_gaps++;
    else
        it->hole_s = s.missing_s;
    it->settled = true;
}

void sc_transfer_settle(struct sc_transfer *e, size_t i)
{
    const struct sc_plan_track *t = &e->plan->tracks[e->plan->items[i].track];
    size_t at = sc_transfer_position(e, i);
    settle_one(e, i);
    if (at > 0)
        settle_one(e, t->segments[at - 1]);
}
