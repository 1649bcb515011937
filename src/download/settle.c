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
 *
 * What else its neighbours tell: that it begins later than it should, that it
 * lacks the sound or the pictures which they have, or that it is another segment.
 */
#include "base/log.h"
#include "base/str.h"
#include "download/transfer_internal.h"

#include <math.h>
#include <string.h>

enum { TRIES_SHORT = 3, HABIT = 8 };

static const double JOIN_S = 0.3; /* a join this tight is continuous */
static const double FRAMES = 1.6; /* holes of fewer frames are rounding */
static const double TINY_S = 0.05, SMALL_S = 0.1;
static const double STRAY_S = 1.0;      /* a clock that differs by more has jumped */
static const double ODD_LENGTH_S = 1.0; /* shorter ones may well be without sound */
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
    bool waits;       /* a neighbour must tell */
    bool first;       /* it is missing at the beginning */
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

/* The segment where item i goes on, NULL when it begins anew. */
static const struct sc_item *leader(const struct sc_transfer *e, size_t i)
{
    const struct sc_plan_track *t = &e->plan->tracks[e->plan->items[i].track];
    size_t at = sc_transfer_position(e, i);
    return at > 0 && !e->plan->items[i].first_of_run ? &e->items[t->segments[at - 1]]
                                                     : NULL;
}

static bool is_told(const struct sc_item *it)
{
    return it && it->state == SC_ITEM_DONE && it->times.span_s >= 0;
}

static double gap_between(const struct sc_item *a, const struct sc_item *b)
{
    return sc_pts_gap(a->times.pts_s + a->times.span_s, b->times.pts_s);
}

/* Seconds between the segment before and this one, of those that it lacks, to a frame. */
static double missing_first(const struct sc_transfer *e, size_t i, double missing)
{
    const struct sc_item *it = &e->items[i], *before = leader(e, i);
    double hole = 0, slack = 0;
    if (!is_told(before) || !exact_hole(&before->times, &it->times, &hole, &slack))
        return 0;
    /* A longer one is a jump of the clock. */
    return hole > slack && hole <= missing + JOIN_S ? fmin(hole, missing) : 0;
}

/* The packets are counted on from one to the other: none is lost between them. */
static bool counts_on(const struct sc_item *it, const struct sc_item *next)
{
    return it->times.last_counter >= 0 && next->times.first_counter >= 0 &&
           next->times.first_counter == ((it->times.last_counter + 1) & 15);
}

/* How many seconds are missing behind item i, or before it. */
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
    const struct sc_item *before = leader(e, i);
    if ((next && is_open(next)) || (before && is_open(before)))
        return (struct shortage){.waits = true};
    double first = e->plan->numbered ? 0 : missing_first(e, i, missing);
    if (first > 0)
        return (struct shortage){
            .missing_s = first, .small = first <= SMALL_S, .first = true};
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
    if (told && !exact && counts_on(it, next)) /* its last picture stands long */
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
           !counts_on(it, next);
}

/* Another segment has the very same bytes. */
static bool is_copy(const struct sc_transfer *e, size_t i)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    const struct sc_plan_track *t = &e->plan->tracks[p->track];
    for (size_t k = 0; k < t->n; k++) {
        size_t other = t->segments[k];
        if (other != i && e->items[other].state == SC_ITEM_DONE &&
            strcmp(e->items[other].sha256, e->items[i].sha256) == 0 &&
            (p->range.present || !p->url || !e->plan->items[other].url ||
             strcmp(e->plan->items[other].url, p->url) != 0)) /* named twice: no copy */
            return true;
    }
    return false;
}

/*
 * Its clock is elsewhere, but its neighbours' are as if it were in its place: the
 * server sent other bytes. *copy: those of another segment.
 */
static bool is_stray(const struct sc_transfer *e, size_t i, bool *waits, bool *copy)
{
    const struct sc_item *it = &e->items[i], *before = leader(e, i),
                         *next = follower(e, i);
    double length = e->plan->items[i].duration_s;
    *waits = *copy = false;
    if (e->plan->numbered || it->times.span_s < 0)
        return false;
    if ((before && is_open(before)) || (next && is_open(next))) {
        *waits = true;
        return false;
    }
    bool off =
        (is_told(before) && fabs(gap_between(before, it)) > STRAY_S) ||
        (!is_told(before) && is_told(next) && fabs(gap_between(it, next)) > STRAY_S);
    if (!off)
        return false;
    *copy = is_copy(e, i);
    return *copy || (is_told(before) && is_told(next) &&
                     fabs(gap_between(before, next) - length) <= tolerance(e, length));
}

/* What is odd about item i beside its neighbours, NULL when nothing is. */
static const char *oddity(const struct sc_transfer *e, size_t i, bool *waits)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    const struct sc_item *it = &e->items[i], *before = leader(e, i),
                         *next = follower(e, i);
    int kinds = it->times.kinds, others = 0;
    double missing = p->duration_s - it->times.span_s;
    *waits = false;
    if (p->duration_s < ODD_LENGTH_S || e->plan->numbered)
        return NULL;
    bool shorter = !before && it->times.span_s >= 0 &&
                   missing > fmax(tolerance(e, p->duration_s), TINY_S * 10);
    if ((kinds == 0 || kinds == (SC_SEGMENT_VIDEO | SC_SEGMENT_SOUND)) && !shorter)
        return NULL;
    if ((before && is_open(before)) || (next && is_open(next))) {
        *waits = true;
        return NULL;
    }
    if (before && before->state == SC_ITEM_DONE)
        others |= before->times.kinds;
    if (next && next->state == SC_ITEM_DONE)
        others |= next->times.kinds;
    if (kinds && (others & ~kinds & SC_SEGMENT_SOUND))
        return "it has no sound, which the segments beside it have";
    if (kinds && (others & ~kinds & SC_SEGMENT_VIDEO))
        return "it has no pictures, which the segments beside it have";
    return shorter ? "it is shorter than the playlist says" : NULL;
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

/* Another segment's bytes in place of this one's: it cannot be had. */
static void give_up_copy(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    sc_remark(e->opt.remarks,
              SC_SAID("the server sends another segment's bytes for segment %llu"),
              (unsigned long long)e->plan->items[i].number);
    *(it->reused ? &e->n_reused : &e->n_fetched) -= 1;
    e->media_done_s -= e->plan->items[i].duration_s;
    it->counted = it->reused = false;
    it->state = SC_ITEM_MISSING;
    it->status = 0;
    it->settled = true;
}

static void warn_odd(const struct sc_transfer *e, size_t i, const char *what)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    char when[32];
    sc_format_time(p->start_s, when, sizeof when);
    sc_remark(e->opt.remarks,
              SC_SAID("segment %llu (at %s): %s; the server sends it so every time"),
              (unsigned long long)p->number, when, what);
}

static void settle_one(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    bool waits[3], copy;
    if (it->state != SC_ITEM_DONE || it->settled)
        return;
    struct shortage s = shortage(e, i);
    bool unjoined = is_unjoined(e, i, &waits[0]),
         stray = is_stray(e, i, &waits[1], &copy);
    const char *odd = oddity(e, i, &waits[2]);
    if (s.waits || waits[0] || waits[1] || waits[2])
        return;
    if (stray)
        odd = "its times are those of another place";
    if (odd && !it->tried_odd) {
        it->tried_odd = true;
        send_again(e, i);
        return;
    }
    if (copy) {
        give_up_copy(e, i);
        return;
    }
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
    it->hole_first = s.first;
    if (odd && it->hole_s == 0)
        warn_odd(e, i, odd);
    it->settled = true;
}

void sc_transfer_settle(struct sc_transfer *e, size_t i)
{
    const struct sc_plan_track *t = &e->plan->tracks[e->plan->items[i].track];
    size_t at = sc_transfer_position(e, i);
    settle_one(e, i);
    if (at > 0)
        settle_one(e, t->segments[at - 1]);
    if (at + 1 < t->n)
        settle_one(e, t->segments[at + 1]);
}
