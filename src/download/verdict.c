/*
 * What is concluded from an answer: try again, give up, or stop everything.
 *
 * A 403 is both "this segment is not there" and "the signature ended"; a probe
 * of something known to be good tells them apart. A number of refusals that
 * look permanent (404...) ends a segment soon, trouble on the way later, and a
 * dead network ends the whole download, with everything kept. All functions
 * are called with the transfer's mutex held.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "download/source.h"
#include "download/transfer_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIES_HARD = 3,   /* 403, 404, 410... */
    TRIES_BEYOND = 2, /* the same behind the last known numbered chunk */
    TRIES_BAD = 4,    /* answers that are no media */
};

static const double BACKOFF_FIRST_S = 0.2, BACKOFF_MAX_S = 2.0;
static const double OUTAGE_S = 30.0; /* without any answer: the network is gone */
static const double RETRY_AFTER_MAX_S = 120;

bool sc_item_final(const struct sc_item *it)
{
    return it->state == SC_ITEM_DONE || it->state == SC_ITEM_MISSING ||
           it->state == SC_ITEM_SKIPPED;
}

void sc_transfer_fatal(struct sc_transfer *e, const struct sc_error *err)
{
    if (e->fatal.code == SC_ERR_OK)
        e->fatal = *err;
    pthread_cond_broadcast(&e->changed);
    if (e->fetcher)
        sc_fetcher_wake(e->fetcher);
}

void sc_transfer_fatalf(struct sc_transfer *e, enum sc_error_code code, const char *hint,
                        const char *fmt, ...)
{
    struct sc_error err = {0};
    char text[sizeof err.cause];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sc_fail(&err, code, "%s", text);
    if (hint)
        sc_error_hint(&err, "%s", hint);
    sc_transfer_fatal(e, &err);
}

/* Exponential with jitter, so that many segments do not come back at once. */
static void again(struct sc_item *it, unsigned tries, double at_least_s)
{
    double wait = BACKOFF_FIRST_S * (double)(1u << (tries > 10 ? 9 : tries - 1));
    if (wait > BACKOFF_MAX_S)
        wait = BACKOFF_MAX_S;
    wait *= 0.5 + 0.5 * ((double)random() / RAND_MAX);
    if (wait < at_least_s)
        wait = at_least_s;
    it->state = SC_ITEM_WAITING;
    it->not_before_s = sc_clock_monotonic_s() + wait;
}

static void name_item(const struct sc_transfer *e, size_t i, char *out, size_t size)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    if (p->kind == SC_ITEM_SEGMENT)
        snprintf(out, size, "%s %llu", e->plan->numbered ? "chunk" : "segment",
                 (unsigned long long)p->number);
    else
        snprintf(out, size, "%s",
                 p->kind == SC_ITEM_KEY ? "a decryption key"
                                        : "an initialisation section");
}

/* Everything is refused, also what was good before. */
static void refused(struct sc_transfer *e, size_t i, int status)
{
    const char *hint = sc_fresh_signature_hint;
    char what[64], end[SC_MOMENT_SIZE];
    int64_t ends = e->opt.signature_ends_unix, now = sc_clock_wall_s();
    name_item(e, i, what, sizeof what);
    if (ends > 0)
        sc_format_local_moment(ends, now, end);
    if (ends > 0 && now >= ends - 5)
        sc_transfer_fatalf(
            e, SC_ERR_EXPIRED, hint,
            SC_SAID("the server refused %s (HTTP %d); the signature ended at %s"), what,
            status, end);
    else if (ends > 0)
        sc_transfer_fatalf(
            e, SC_ERR_EXPIRED, hint,
            SC_SAID("the server refused %s (HTTP %d); the signature is not accepted "
                    "any more, although its policy runs until %s"),
            what, status, end);
    else if (e->opt.has_signature || e->good_item >= 0)
        sc_transfer_fatalf(
            e, SC_ERR_EXPIRED, hint,
            SC_SAID("the server refused %s (HTTP %d); the signature has ended"), what,
            status);
    else
        sc_transfer_fatalf(e, SC_ERR_FORBIDDEN,
                           SC_SAID("The stream may need a signature, a cookie or a "
                                   "header: see `scaler help add`."),
                           SC_SAID("the server refused %s (HTTP %d)"), what, status);
}

static void give_up(struct sc_transfer *e, size_t i, bool absent)
{
    struct sc_item *it = &e->items[i];
    const struct sc_plan_item *p = &e->plan->items[i];
    bool numbered = e->plan->numbered;
    if (p->kind == SC_ITEM_KEY && it->tried_odd) { /* the one that is there must do */
        it->state = SC_ITEM_DONE;
        return;
    }
    it->state = numbered && absent ? SC_ITEM_ABSENT : SC_ITEM_MISSING;
    it->settled = true;
    if (numbered && !absent && (int64_t)i > e->highest)
        e->highest = (int64_t)i; /* an error is not an end */
    for (size_t k = 0; p->kind != SC_ITEM_SEGMENT && k < e->plan->n_items; k++) {
        const struct sc_plan_item *q = &e->plan->items[k];
        if ((q->key != (int64_t)i && q->init != (int64_t)i) ||
            e->items[k].state != SC_ITEM_WAITING)
            continue;
        e->items[k].status = it->status;
        give_up(e, k, false);
    }
    if (p->kind == SC_ITEM_SEGMENT)
        sc_transfer_settle(e, i);
}

static void hard(struct sc_transfer *e, size_t i)
{
    struct sc_item *it = &e->items[i];
    bool beyond = e->plan->numbered && (int64_t)i > e->highest;
    if (++it->tries_hard >= (beyond ? TRIES_BEYOND : TRIES_HARD))
        give_up(e, i, true);
    else
        again(it, it->tries_hard, 0);
}

static void limited(struct sc_transfer *e, size_t i, unsigned *tries, unsigned max,
                    double at_least_s)
{
    if (++*tries >= max)
        give_up(e, i, false);
    else
        again(&e->items[i], *tries, at_least_s);
}

static void rate_limited(struct sc_transfer *e, size_t i, const struct sc_fetch_answer *a)
{
    if (a->retry_after_s > RETRY_AFTER_MAX_S) {
        sc_transfer_fatalf(e, SC_ERR_RATE,
                           "Run the same command again then; nothing is lost.",
                           "the server asks to come back in %lld minutes",
                           (long long)(a->retry_after_s + 59) / 60);
        return;
    }
    limited(e, i, &e->items[i].tries_rate, (unsigned)e->opt.attempts * 2,
            (double)a->retry_after_s);
}

static void transport(struct sc_transfer *e, size_t i, const struct sc_fetch_answer *a)
{
    double now = sc_clock_monotonic_s();
    if (e->failing_since_s == 0)
        e->failing_since_s = now;
    if (a->unreachable && now - e->failing_since_s > OUTAGE_S) {
        sc_transfer_fatalf(
            e, SC_ERR_NETWORK,
            "Check the connection and run the same command again; everything "
            "fetched so far is kept.",
            "the server cannot be reached any more (%s)", a->detail);
        return;
    }
    struct sc_item *it = &e->items[i];
    if (a->unreachable)
        limited(e, i, &it->tries_far, (unsigned)e->opt.attempts * 4, 0.2);
    else
        limited(e, i, &it->tries_soft, (unsigned)e->opt.attempts, 0);
}

static void forbidden(struct sc_transfer *e, size_t i, int status)
{
    if (e->good_item < 0 && !e->opt.probe_url) {
        refused(e, i, status);
        return;
    }
    e->items[i].state = SC_ITEM_HELD;
    if (e->probe == SC_PROBE_IDLE) {
        e->probe = SC_PROBE_WANTED;
        e->held_item = i;
    }
}

/* What is no media may have been decrypted with a wrong key: that is asked for again. */
static void doubt_key(struct sc_transfer *e, size_t i)
{
    int64_t k = e->plan->items[i].key;
    if (k < 0 || e->items[k].state != SC_ITEM_DONE || e->items[k].tried_odd)
        return;
    e->items[k].tried_odd = true;
    e->items[k].state = SC_ITEM_WAITING;
    e->items[k].not_before_s = 0;
    e->over = false;
    if ((size_t)k < e->scan)
        e->scan = (size_t)k;
}

void sc_transfer_failed(struct sc_transfer *e, size_t i, enum sc_failure kind,
                        const struct sc_fetch_answer *a, const struct sc_error *why)
{
    struct sc_item *it = &e->items[i];
    char what[64];
    if (e->closing || e->fatal.code != SC_ERR_OK)
        return;
    name_item(e, i, what, sizeof what);
    sc_debug("%s failed: HTTP %d %s", what, a->status, why ? why->cause : a->detail);
    it->status = a->status;
    if (kind == SC_FAIL_CONTENT)
        snprintf(e->last_bad, sizeof e->last_bad, "%.159s", why ? why->cause : "");
    else if (a->status < 300 && a->detail[0])
        snprintf(e->last_bad, sizeof e->last_bad, "%.159s", a->detail);
    if (kind == SC_FAIL_CONTENT)
        doubt_key(e, i);
    if (kind == SC_FAIL_CONTENT)
        limited(e, i, &it->tries_bad,
                e->opt.attempts < TRIES_BAD ? (unsigned)e->opt.attempts : TRIES_BAD, 0);
    else if (a->refused_address)
        sc_transfer_fatalf(e, SC_ERR_INVALID,
                           "The server fetches from public addresses only, unless "
                           "SCALER_ALLOW_PRIVATE=on.",
                           "%s lies on this machine or a private network", what);
    else if (a->status == 401 || a->status == 403)
        forbidden(e, i, a->status);
    else if (a->status == 429 || (a->status == 503 && a->retry_after_s >= 0))
        rate_limited(e, i, a);
    else if (a->status >= 500 || a->status == 408 || a->status == 425)
        limited(e, i, &it->tries_soft, (unsigned)e->opt.attempts, 0);
    else if (a->status >= 300 || a->swollen)
        hard(e, i);
    else
        transport(e, i, a);
    if (a->status != 0)
        e->failing_since_s = 0;
    if (e->plan->numbered)
        sc_numbered_update(e);
    sc_transfer_check_over(e);
    sc_fetcher_wake(e->fetcher);
}

void sc_transfer_probed(struct sc_transfer *e, const struct sc_fetch_answer *a)
{
    bool good = (a->status >= 200 && a->status < 300) || a->status == 416;
    e->probe = SC_PROBE_IDLE;
    if (e->closing || e->fatal.code != SC_ERR_OK)
        return;
    if (a->status == 401 || a->status == 403) {
        refused(e, e->held_item, a->status);
        return;
    }
    for (size_t i = e->scan; i < e->plan->n_items; i++) {
        if (e->items[i].state != SC_ITEM_HELD)
            continue;
        if (good)
            hard(e, i);
        else
            limited(e, i, &e->items[i].tries_soft, (unsigned)e->opt.attempts, 0);
    }
    if (e->plan->numbered) {
        if (e->end_asked && good)
            e->end = e->highest + 1;
        else
            e->end_asked = false;
        sc_numbered_update(e);
    }
    sc_transfer_check_over(e);
    sc_fetcher_wake(e->fetcher);
}

void sc_transfer_done(struct sc_transfer *e, size_t i)
{
    const struct sc_plan_item *p = &e->plan->items[i];
    struct sc_item *it = &e->items[i];
    it->state = SC_ITEM_DONE;
    e->last_done_s = sc_clock_monotonic_s();
    it->settled = p->kind != SC_ITEM_SEGMENT;
    e->failing_since_s = 0;
    if (p->kind != SC_ITEM_KEY)
        e->good_item = (int64_t)i;
    if (p->kind == SC_ITEM_SEGMENT) {
        if (!it->counted) {
            e->n_fetched++;
            e->media_done_s += p->duration_s > 0      ? p->duration_s
                               : it->times.span_s > 0 ? it->times.span_s
                                                      : 0;
        }
        it->counted = true;
        if (e->plan->numbered && (int64_t)i > e->highest)
            e->highest = (int64_t)i;
        sc_transfer_settle(e, i);
    }
    if (e->plan->numbered)
        sc_numbered_update(e);
    sc_transfer_check_over(e);
    sc_fetcher_wake(e->fetcher);
}

void sc_transfer_check_over(struct sc_transfer *e)
{
    size_t end = e->plan->n_items;
    while (e->scan < end && sc_item_final(&e->items[e->scan]) &&
           e->items[e->scan].settled)
        e->scan++;
    e->over = e->scan == end;
    pthread_cond_broadcast(&e->changed);
}
