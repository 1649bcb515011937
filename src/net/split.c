#include "base/clock.h"
#include "base/str.h"
#include "net/fetcher_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    MIN_BYTES = 192 * 1024, /* less is not worth another request */
    MIN_RECEIVED = 32 * 1024,
    MAX_PART_BYTES = 16 * 1024 * 1024, /* of all parts at once: they are held in memory */
    CHUNK = 64 * 1024,
};

static const double MEASURE_S = 0.02; /* its rate is not known earlier */
static const double MIN_REMAINING_S = 0.1;
static const double LATENCIES = 3; /* what remains must take longer than so many */

/* Behind the last byte that the transfer of s could bring, 0 when not known. */
static uint64_t reach(const struct slot *s)
{
    return s->req.range_start >= 0 ? (uint64_t)s->req.range_start + s->req.range_len
                                   : s->total;
}

uint64_t sc_split_length(const struct slot *s)
{
    if (s->next)
        return s->next->from - s->from;
    return s->req.range_start >= 0 ? reach(s) - s->from : UINT64_MAX;
}

bool sc_split_fits(const struct slot *s, long status)
{
    bool same = !*s->etag || !*s->whole_etag || strcmp(s->etag, s->whole_etag) == 0;
    return status == 206 && !s->encoded && same && s->range_got == s->req.range_start &&
           s->range_total == (int64_t)s->total;
}

/* ---- which one, and where ---- */

static double latency(const struct slot *s)
{
    return s->first_s - s->start_s;
}

static double rate(const struct slot *s, double now)
{
    return (double)s->received / (now - s->first_s);
}

static uint64_t remaining(const struct slot *s)
{
    return (s->next ? s->next->from : reach(s)) - s->from - s->received;
}

static bool worth_it(const struct slot *s, double now)
{
    if (!s->used || !s->active || s->paused || s->sliced || s->req.undivided ||
        !s->got_first || !s->takes_ranges || s->encoded || s->total == 0 ||
        now - s->first_s < MEASURE_S || s->received < MIN_RECEIVED)
        return false;
    uint64_t left = remaining(s);
    double left_s = (double)left / rate(s, now);
    return left >= MIN_BYTES && left_s > MIN_REMAINING_S &&
           left_s > LATENCIES * latency(s);
}

/* The earliest request, for the owner uses them in order; of it the longest part. */
static struct slot *choose(struct sc_fetcher *f, double now)
{
    struct slot *best = NULL;
    for (int i = 0; i < f->n_slots; i++) {
        struct slot *s = &f->slots[i];
        if ((!best || s->order < best->order ||
             (s->order == best->order && remaining(s) > remaining(best))) &&
            worth_it(s, now))
            best = s;
    }
    return best;
}

/* Both end at the same time when the new one begins a latency later. */
static uint64_t share(const struct slot *s, double now)
{
    double first = rate(s, now) * latency(s);
    return (uint64_t)(((double)remaining(s) - first) / 2);
}

/* The first part shows whether the server does ranges; the others wait for that. */
static bool may_split(const struct sc_fetcher *f)
{
    return !f->whole_only && f->parts < (f->does_ranges ? f->opt.max_connections : 1);
}

bool sc_split_start(struct sc_fetcher *f, double now)
{
    struct slot *s = may_split(f) ? choose(f, now) : NULL;
    struct slot *part = s ? sc_slot_free(f) : NULL;
    uint64_t len = s ? share(s, now) : 0;
    if (!part || f->part_bytes + len > MAX_PART_BYTES)
        return false;
    uint64_t end = s->from + s->received + remaining(s);
    *part = (struct slot){.h = part->h,
                          .held = SC_BUF_INIT(MAX_PART_BYTES),
                          .order = s->order,
                          .from = end - len,
                          .total = s->total,
                          .prev = s,
                          .next = s->next};
    memcpy(part->whole_etag, s->whole_etag, sizeof part->whole_etag);
    part->req = s->req;
    part->req.url = sc_strdup(s->req.url);
    part->req.range_start = (int64_t)part->from;
    part->req.range_len = len;
    if (!part->req.url || !sc_buf_reserve(&part->held, (size_t)len) ||
        !sc_slot_start(f, part, NULL)) {
        sc_slot_drop(f, part);
        return false;
    }
    s->next = part;
    if (part->next)
        part->next->prev = part;
    f->parts++;
    f->part_bytes += len;
    return true;
}

void sc_split_yield(struct slot *s, size_t coming)
{
    struct slot *n = s->next;
    uint64_t wanted = sc_split_length(s) - s->received;
    if (!n || n->got_first || coming <= wanted || coming - wanted >= sc_split_length(n))
        return;
    n->from += coming - wanted;
    n->skip += coming - wanted;
}

/* ---- what becomes of the parts ---- */

/* No longer behind another one. */
static void no_part(struct sc_fetcher *f, struct slot *s)
{
    f->parts--;
    f->part_bytes -= s->req.range_len;
}

void sc_split_drop_rest(struct sc_fetcher *f, struct slot *s)
{
    for (struct slot *n = s->next, *after; n; n = after) {
        after = n->next;
        no_part(f, n);
        sc_slot_drop(f, n);
    }
    s->next = NULL;
}

/* The transfer before it is still under way and could bring these bytes as well. */
static bool can_take_back(const struct slot *s)
{
    return s->prev->active && !s->prev->sliced &&
           reach(s->prev) >= s->from + sc_split_length(s);
}

/* Not what a server says that is only busy, or whose connection broke. */
static bool refuses_ranges(int status)
{
    return status >= 200 && status < 500 && status != 206 && status != 408 &&
           status != 429;
}

void sc_split_part_ended(struct sc_fetcher *f, struct slot *s)
{
    if (s->answer.complete)
        return; /* it waits for its turn */
    if (s->refused || refuses_ranges(s->answer.status))
        f->whole_only = true;
    struct slot *first = s;
    while (first->prev)
        first = first->prev;
    if (!can_take_back(s)) { /* the owner asks for the whole again */
        first->answer = s->answer;
        first->answer.status = 0;
        sc_slot_finish(f, first);
        return;
    }
    s->prev->next = s->next;
    if (s->next)
        s->next->prev = s->prev;
    no_part(f, s);
    sc_slot_drop(f, s);
}

/* Continues with what follows s, which is over and has handed over everything. */
static void go_on(struct sc_fetcher *f, struct slot *s)
{
    if (s->next)
        sc_split_promote(f, s);
    else
        sc_slot_finish(f, s);
}

void sc_split_flush(struct sc_fetcher *f, struct slot *s)
{
    while (s->held_taken < s->held.len) {
        size_t n = s->held.len - s->held_taken;
        n = n < CHUNK ? n : CHUNK;
        enum sc_fetch_take take =
            f->owner.data(f->owner.user, s->req.tag, s->held.data + s->held_taken, n);
        if (take == SC_FETCH_PAUSE) {
            s->paused = true;
            return;
        }
        if (take == SC_FETCH_ABORT) {
            sc_slot_break(f, s, "stopped");
            return;
        }
        s->held_taken += n;
    }
    sc_buf_finish(&s->held);
    s->held_taken = 0;
    if (!s->active)
        go_on(f, s);
}

void sc_split_promote(struct sc_fetcher *f, struct slot *s)
{
    struct slot *n = s->next;
    no_part(f, n);
    n->prev = NULL;
    s->next = NULL;
    sc_slot_drop(f, s);
    sc_split_flush(f, n);
}
