/*
 * Streams without a playlist: where do the numbered chunks end?
 *
 * Chunks are asked for some way ahead of the last one that is there. The end
 * counts only when a whole window behind the last chunk is absent, samples of
 * the next 512 numbers are absent too (a long hole), and something known to be good can
 * still be had (else the signature ended). Absent chunks below the last one
 * are holes. All with the transfer's mutex held.
 */
#include "download/transfer_internal.h"

enum { WINDOW = 24, TRIES_HOLE = 3, FAR_MAX = 512 };

/* Beyond the window samples are taken, the further the sparser. */
static bool is_sampled(int64_t ahead)
{
    int64_t step = ahead <= 128 ? 8 : ahead <= 256 ? 16 : 64;
    return ahead > WINDOW && ahead <= FAR_MAX && ahead % step == 0;
}

static bool in_window(const struct sc_transfer *e, int64_t i)
{
    return i <= e->highest + WINDOW;
}

static bool absent(const struct sc_transfer *e, int64_t i)
{
    return i >= (int64_t)e->plan->n_items || e->items[i].state == SC_ITEM_ABSENT;
}

static bool window_absent(const struct sc_transfer *e)
{
    for (int64_t i = e->highest + 1; i <= e->highest + WINDOW; i++)
        if (!absent(e, i))
            return false;
    return true;
}

bool sc_numbered_wanted(const struct sc_transfer *e, size_t i)
{
    int64_t at = (int64_t)i;
    if (e->end >= 0)
        return at < e->end;
    return in_window(e, at) || (is_sampled(at - e->highest) && window_absent(e));
}

static bool far_absent(const struct sc_transfer *e)
{
    for (int64_t ahead = WINDOW + 1; ahead <= FAR_MAX; ahead++)
        if (is_sampled(ahead) && !absent(e, e->highest + ahead))
            return false;
    return true;
}

static void judge_holes(struct sc_transfer *e)
{
    for (int64_t i = (int64_t)e->scan; i <= e->highest; i++) {
        struct sc_item *it = &e->items[i];
        if (it->state != SC_ITEM_ABSENT)
            continue;
        if (it->tries_hard < TRIES_HOLE) {
            it->state = SC_ITEM_WAITING; /* it was taken for the end before */
            it->settled = false;
        } else {
            it->state = SC_ITEM_MISSING;
            it->settled = true;
        }
    }
}

void sc_numbered_update(struct sc_transfer *e)
{
    int64_t n = (int64_t)e->plan->n_items;
    for (int64_t i = n - 1; e->end < 0 && i > e->highest; i--)
        if (e->items[i].state == SC_ITEM_DONE)
            e->highest = i;
    judge_holes(e);
    if (e->end < 0 && e->highest + 1 == n)
        e->end = n;
    if (e->end < 0 && !e->end_asked && window_absent(e) && far_absent(e)) {
        if (e->good_item < 0 && !e->opt.probe_url) {
            e->end = e->highest + 1;
        } else if (e->probe == SC_PROBE_IDLE) {
            e->end_asked = true;
            e->probe = SC_PROBE_WANTED;
            e->held_item = (size_t)(e->highest + 1 < n ? e->highest + 1 : n - 1);
        }
    }
    if (e->end < 0)
        return;
    for (int64_t i = e->end; i < n; i++) {
        e->items[i].state = SC_ITEM_SKIPPED;
        e->items[i].settled = true;
    }
}
