#include "base/clock.h"
#include "net/fetcher_int.h"

#include <poll.h>
#include <stdlib.h>

enum {
    STALL_MS = 8000,
    POLL_MS = 100,
    START_POLL_MS = 5, /* while the ramp measures */
    MANY = 8,          /* connections */
    LITTLE_BYTES = 256 * 1024,
    GATHER_MS = 3,
};

static const double SLOW_AFTER_S = 5.0; /* no judgement before */
static const double SLOW_FACTOR = 0.1;  /* of the median rate */
static const double TICK_S = 0.2;

bool sc_fetcher_create(struct sc_fetcher **out, const struct sc_fetcher_options *opts,
                       const struct sc_fetch_owner *owner, struct sc_error *err)
{
    struct sc_fetcher *f = calloc(1, sizeof *f);
    if (!f)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    f->opt = *opts;
    if (f->opt.max_connections < 1)
        f->opt.max_connections = 1;
    f->owner = *owner;
    f->multi = curl_multi_init();
    f->n_slots = 2 * f->opt.max_connections; /* half of them for parts that wait */
    f->slots = calloc((size_t)f->n_slots, sizeof *f->slots);
    if (!f->multi || !f->slots) {
        sc_fetcher_destroy(f);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    }
    curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)f->opt.max_connections + 8);
    sc_ramp_init(&f->ramp, f->opt.max_connections, sc_clock_monotonic_s());
    *out = f;
    return true;
}

void sc_fetcher_destroy(struct sc_fetcher *f)
{
    if (!f)
        return;
    for (int i = 0; f->slots && i < f->n_slots; i++) {
        sc_slot_drop(f, &f->slots[i]);
        curl_easy_cleanup(f->slots[i].h);
    }
    if (f->multi)
        curl_multi_cleanup(f->multi);
    free(f->slots);
    free(f);
}

void sc_fetcher_wake(struct sc_fetcher *f)
{
    atomic_store(&f->woken, true);
    curl_multi_wakeup(f->multi);
}

void sc_fetcher_stop(struct sc_fetcher *f)
{
    atomic_store(&f->stopped, true);
    curl_multi_wakeup(f->multi);
}

static double median_rate(const struct sc_fetcher *f)
{
    double sorted[SC_FETCH_N_RATES];
    int n = f->n_rates < SC_FETCH_N_RATES ? f->n_rates : SC_FETCH_N_RATES;
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && sorted[k - 1] > f->rates[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = f->rates[i];
    }
    return n ? sorted[n / 2] : 0;
}

static void read_messages(struct sc_fetcher *f)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(f->multi, &left));) {
        struct slot *s = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        sc_slot_ended(f, s, rc);
    }
}

/* Ends what stands still, or crawls while others run. */
static void drop_laggards(struct sc_fetcher *f, double now)
{
    double stall_s = (f->opt.stall_ms ? f->opt.stall_ms : STALL_MS) / 1000.0;
    double median = median_rate(f);
    for (int i = 0; i < f->n_slots; i++) {
        struct slot *s = &f->slots[i];
        if (!s->active || s->paused)
            continue;
        double age = now - s->start_s;
        s->answer.stalled = now - s->last_s > stall_s;
        s->answer.slow = !s->req.patient && age > SLOW_AFTER_S &&
                         (double)s->received / age < median * SLOW_FACTOR;
        if (!s->answer.stalled && !s->answer.slow)
            continue;
        char why[80];
        snprintf(why, sizeof why,
                 s->answer.stalled ? "no byte came for %.0f s"
                                   : "the transfer was very slow after %.0f s",
                 s->answer.stalled ? stall_s : age);
        sc_slot_break(f, s, why);
    }
}

static void unpause(struct sc_fetcher *f, double now)
{
    if (!atomic_exchange(&f->woken, false))
        return;
    for (int i = 0; i < f->n_slots; i++) {
        struct slot *s = &f->slots[i];
        if (!s->used || !s->paused)
            continue;
        s->paused = false;
        s->last_s = now;
        sc_split_flush(f, s);
        if (s->active && !s->paused)
            curl_easy_pause(s->h, CURLPAUSE_CONT);
    }
}

static bool start(struct sc_fetcher *f, const struct sc_fetch_request *req,
                  struct sc_error *err)
{
    struct slot *s = sc_slot_free(f);
    *s = (struct slot){.h = s->h, .req = *req, .order = f->n_started++};
    s->from = req->range_start >= 0 ? (uint64_t)req->range_start : 0;
    return sc_slot_start(f, s, err);
}

/* Starts what may start. */
static bool fill(struct sc_fetcher *f, bool *stop, struct sc_error *err)
{
    double now = sc_clock_monotonic_s();
    int limit = sc_ramp_limit(&f->ramp, now);
    f->hungry = f->active >= limit;
    f->ready_s = f->ramp.hold_until_s > now ? f->ramp.hold_until_s : 0;
    while (f->active < limit && f->active < f->opt.max_connections) {
        struct sc_fetch_request req = {.range_start = -1};
        double ready = 0;
        enum sc_fetch_next what = f->owner.next(f->owner.user, &req, &ready);
        if (what == SC_FETCH_REQUEST) {
            if (!start(f, &req, err))
                return false;
            f->hungry = true;
            continue;
        }
        *stop = what == SC_FETCH_STOP;
        if (!*stop && sc_split_start(f, now)) {
            f->hungry = true;
            continue;
        }
        f->ready_s = ready;
        f->hungry = false;
        break;
    }
    return true;
}

static int poll_ms(const struct sc_fetcher *f, double now)
{
    double ms = f->ready_s > 0 ? (f->ready_s - now) * 1000 + 1 : POLL_MS;
    if (f->ramp.state == SC_RAMP_START && f->active && ms > START_POLL_MS)
        ms = START_POLL_MS;
    return ms < 0 ? 0 : ms > POLL_MS ? POLL_MS : (int)ms;
}

static void tick(struct sc_fetcher *f, double now)
{
    sc_ramp_tick(&f->ramp, now, f->active, f->hungry);
    if (now - f->tick_s < TICK_S)
        return;
    f->tick_s = now;
    drop_laggards(f, now);
    struct sc_fetch_status st = {f->active, f->ramp.limit, f->bytes};
    if (f->owner.tick)
        f->owner.tick(f->owner.user, &st);
}

/*
 * Waits for something to do. Many slow connections bring a little at a time, each at
 * its own moment: a short rest gathers what would be hundreds of rounds. When rounds
 * bring much, the line is fast and nothing may wait.
 */
static void wait_for_work(struct sc_fetcher *f, uint64_t got, double now)
{
    int ready = 0;
    curl_multi_poll(f->multi, NULL, 0, poll_ms(f, now), &ready);
    if (ready > 0 && f->active >= MANY && got < LITTLE_BYTES)
        (void)poll(NULL, 0, GATHER_MS);
}

static bool run(struct sc_fetcher *f, const struct sc_cancel *cancel,
                struct sc_error *err)
{
    bool stop = false;
    for (;;) {
        int running;
        if (sc_cancel_check(cancel, err) || !fill(f, &stop, err))
            return false;
        if (stop || atomic_load(&f->stopped))
            return true;
        uint64_t bytes = f->bytes;
        if (curl_multi_perform(f->multi, &running) != CURLM_OK)
            return sc_fail(err, SC_ERR_INTERNAL, "curl failed");
        read_messages(f);
        double now = sc_clock_monotonic_s();
        unpause(f, now);
        int before = f->ramp.limit;
        tick(f, now);
        if (f->ramp.limit > before)
            continue;
        wait_for_work(f, f->bytes - bytes, now);
    }
}

bool sc_fetcher_run(struct sc_fetcher *f, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    bool ok = run(f, cancel, err);
    for (int i = 0; i < f->n_slots; i++)
        if (f->slots[i].used && !f->slots[i].prev)
            sc_slot_break(f, &f->slots[i], "stopped");
    return ok;
}
