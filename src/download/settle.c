/*
 * Is a segment whole? A server may send half a body with a matching length;
 * the bytes alone look fine. The time stamps tell: a segment that covers less
 * time than EXTINF promises is fetched again, unless the next one goes on
 * exactly where it ends (then EXTINF was wrong, not the data). What stays
 * short is reported as missing time. All with the transfer's mutex held.
 */
#include "download/transfer_internal.h"

#include <math.h>

enum { TRIES_SHORT = 3 };

static const double JOIN_S = 0.3; /* a join this tight is continuous */
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

/* How many seconds are missing behind item i; waits = the next one must tell. */
static double shortage(const struct sc_transfer *e, size_t i, bool *waits)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    const struct sc_item *it = &e->items[i];
    const struct sc_plan_track *t = &e->plan->tracks[p->track];
    size_t at = sc_transfer_position(e, i);
    const struct sc_item *next = NULL;
    *waits = false;
    if (it->span_s < 0)
        return 0;
    double missing = p->duration_s > 0 ? p->duration_s - it->span_s : 0;
    if (!e->plan->numbered && missing <= tolerance(e, p->duration_s))
        return 0;
    if (at + 1 < t->n && !e->plan->items[t->segments[at + 1]].first_of_run)
        next = &e->items[t->segments[at + 1]];
    if (next && next->state != SC_ITEM_DONE && next->state != SC_ITEM_MISSING &&
        next->state != SC_ITEM_SKIPPED && next->state != SC_ITEM_ABSENT) {
        *waits = true;
        return 0;
    }
    bool told = next && next->state == SC_ITEM_DONE && next->span_s >= 0;
    double gap = told ? sc_pts_gap(it->pts_s + it->span_s, next->pts_s) : 0;
    if (e->plan->numbered) /* a jump is a new time line, not a hole */
        return gap > NUMBERED_HOLE_S && gap < NUMBERED_JUMP_S ? gap : 0;
    return told && fabs(gap) <= JOIN_S ? 0 : missing;
}

static void settle_one(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    bool waits;
    if (it->state != SC_ITEM_DONE || it->settled)
        return;
    double missing = shortage(e, i, &waits);
    if (waits)
        return;
    it->hole_s = 0;
    if (missing > 0 && it->tries_short + 1 < TRIES_SHORT) {
        it->tries_short++;
        it->state = SC_ITEM_WAITING;
        it->not_before_s = 0;
        if (i < e->scan)
            e->scan = i;
        return;
    }
    it->hole_s = missing;
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
