/* Disk space: watched while segments come in. With the transfer's mutex held. */
#include "base/file.h"
#include "base/str.h"
#include "download/transfer_internal.h"

static const double CHECK_EVERY_S = 1.0;
enum { ENOUGH_SEGMENTS = 5 }; /* before them an estimate means nothing */

/* What is still to be written: the chunks that are to come and the video. */
static double still_needed(const struct sc_transfer *e)
{
    const struct sc_plan *p = e->plan;
    double have = (double)(e->fetched_bytes + e->reused_bytes);
    double total_s = (p->to_s - p->from_s) * p->n_tracks;
    if (p->numbered || total_s <= 0)
        return 0;
    /* While nothing is whole, the largest part of a segment tells the least it can be. */
    double whole = e->media_done_s > 0 ? have / e->media_done_s * total_s
                                       : (double)(e->largest_body * p->n_items);
    double chunks = whole > have ? whole - have : 0;
    double video = whole - (double)e->fed_bytes;
    return chunks + (video > 0 ? video : 0);
}

static void full(struct sc_transfer *e, double need, double have)
{
    static const char *const hint = "Free some space and run the same command again; "
                                    "everything fetched so far is kept.";
    char more[32], left[32];
    sc_format_bytes(need, more, sizeof more);
    sc_format_bytes(have, left, sizeof left);
    if (need > 0)
        sc_transfer_fatalf(
            e, SC_ERR_DISK_FULL, hint,
            "the disk is too full: about %s more is needed and %s is free at %s", more,
            left, e->opt.dir);
    else
        sc_transfer_fatalf(e, SC_ERR_DISK_FULL, hint,
                           "the disk is full: %s is free at %s", left, e->opt.dir);
}

void sc_transfer_disk_full(struct sc_transfer *e)
{
    uint64_t free_bytes = 0;
    double need = still_needed(e);
    sc_disk_free(e->opt.dir, &free_bytes, NULL);
    if (need <= (double)free_bytes) /* the estimate is not to be trusted: the disk is */
        need = 0;
    full(e, need, (double)free_bytes);
}

void sc_transfer_watch_disk(struct sc_transfer *e, double now_s)
{
    uint64_t free_bytes = 0;
    if (now_s - e->last_disk_check_s < CHECK_EVERY_S || e->closing || e->over ||
        e->n_fetched + e->n_reused < ENOUGH_SEGMENTS)
        return;
    e->last_disk_check_s = now_s;
    double need = still_needed(e);
    if (sc_disk_free(e->opt.dir, &free_bytes, NULL) && need > (double)free_bytes)
        full(e, need, (double)free_bytes);
}
