#include "net/ramp.h"

enum {
    VANGUARD = 4, /* a moment ahead of the rest: what they bring is measured first */
    FIRST_LIMIT = 16,
    HOLD_MAX_S = 120,
    STRAGGLERS = 8, /* one in so many may answer after the window has begun */
};

static const double VANGUARD_S = 0.02;
static const double START_WINDOW_S = 0.02; /* at most a round trip is lost per doubling */
static const double VANGUARD_WINDOW_S = 0.012;
static const double LINEAR = 0.6; /* of the gain that an empty line would give */
static const double PROBE_WINDOW_S = 1.0;
static const double PROBE_FIRST_S = 3.0, PROBE_MAX_S = 60.0;
static const double DOUBLING_GAIN = 1.15; /* twice the connections must bring this */
static const double PROBE_GAIN = 1.05;    /* half as many more must bring this */
static const double PROBE_LOSS = 0.97;    /* fewer are kept when this much is left */
static const double CAREFUL_STEP_S = 2.0, CEILING_S = 30.0;

void sc_ramp_init(struct sc_ramp *r, int max, double now_s)
{
    *r = (struct sc_ramp){.max = max < 1 ? 1 : max, .probe_every_s = PROBE_FIRST_S};
    r->limit = r->max < VANGUARD ? r->max : VANGUARD;
    r->next_probe_s = now_s + PROBE_FIRST_S;
    r->probe_up = true;
}

void sc_ramp_started(struct sc_ramp *r, int active)
{
    if (!r->filled)
        r->waiting++;
    if (active >= r->limit)
        r->filled = true;
}

static void open_window(struct sc_ramp *r, double now_s)
{
    r->window_s = now_s;
    r->window_bytes = 0;
}

/* The rest answers: what the vanguard brought alone is known now, or never. */
static void end_vanguard(struct sc_ramp *r, double now_s)
{
    double span = r->vanguard_s > 0 ? now_s - r->vanguard_s : 0;
    if (span >= VANGUARD_WINDOW_S)
        r->vanguard_rate = (double)r->vanguard_bytes / span;
    r->vanguard_over = true;
}

void sc_ramp_answered(struct sc_ramp *r, double now_s)
{
    r->answers++;
    if (r->waiting > 0)
        r->waiting--;
    if (!r->vanguard_over && r->answers == VANGUARD)
        r->vanguard_s = now_s;
    else if (!r->vanguard_over && r->answers > VANGUARD)
        end_vanguard(r, now_s);
    if (r->window_s == 0 && r->filled && r->waiting <= r->limit / STRAGGLERS)
        open_window(r, now_s);
}

void sc_ramp_bytes(struct sc_ramp *r, uint64_t n)
{
    r->window_bytes += n;
    if (!r->vanguard_over)
        r->vanguard_bytes += r->vanguard_s > 0 ? n : 0;
    r->pushbacks = 0;
}

static void set_limit(struct sc_ramp *r, int limit)
{
    int top = r->ceiling > 0 && r->ceiling < r->max ? r->ceiling : r->max;
    r->limit = limit < 1 ? 1 : limit > top ? top : limit;
    r->filled = false;
    r->waiting = 0;
    r->window_s = 0;
    r->window_bytes = 0;
}

static void hold(struct sc_ramp *r, double now_s)
{
    r->state = SC_RAMP_HOLD;
    r->next_probe_s = now_s + r->probe_every_s;
}

void sc_ramp_pushback(struct sc_ramp *r, double now_s, double started_s, int active,
                      double retry_after_s)
{
    /* One cut for all that was under way when the server had enough. */
    if (started_s >= r->cut_s || r->cut_s == 0) {
        r->ceiling = active > 1 ? active - 1 : 1;
        set_limit(r, active / 2);
        r->state = SC_RAMP_CAREFUL;
        r->cut_s = now_s;
        r->pushbacks++;
        r->next_probe_s = now_s + CAREFUL_STEP_S;
    }
    double pause = retry_after_s;
    if (pause < 0) {
        int doublings = r->pushbacks < 3 ? r->pushbacks : 3;
        pause = 0.1 * (double)(1 << doublings);
    }
    if (pause > HOLD_MAX_S)
        pause = HOLD_MAX_S;
    if (now_s + pause > r->hold_until_s)
        r->hold_until_s = now_s + pause;
}

/*
 * The vanguard is followed by the rest at once; every later step is judged by
 * the one before it. When the rest brought what so many more should bring, the
 * line is far from full and the next step is a large one.
 */
static void start_tick(struct sc_ramp *r, double now_s)
{
    if (r->limit == VANGUARD && r->prev_limit == 0) {
        if (r->filled && r->start_s == 0)
            r->start_s = now_s;
        if (r->filled && now_s - r->start_s >= VANGUARD_S) {
            int waiting = r->waiting;
            r->prev_limit = VANGUARD;
            set_limit(r, FIRST_LIMIT);
            r->waiting = waiting;
        }
        return;
    }
    if (r->limit >= r->max || !r->filled || r->window_s == 0)
        return;
    double span = now_s - r->window_s;
    if (span < START_WINDOW_S)
        return;
    double rate = (double)r->window_bytes / span;
    double before = r->rate > 0 ? r->rate : r->vanguard_rate;
    if (before > 0 && rate < before * DOUBLING_GAIN) {
        set_limit(r, r->rate > 0 && rate < before ? r->prev_limit : r->limit);
        hold(r, now_s);
        return;
    }
    bool linear =
        r->rate == 0 && before > 0 && rate > before * LINEAR * FIRST_LIMIT / VANGUARD;
    r->rate = rate;
    r->prev_limit = r->limit;
    set_limit(r, r->limit * (linear ? 4 : 2));
    if (r->limit == r->max)
        hold(r, now_s);
}

static void probe(struct sc_ramp *r)
{
    r->prev_limit = r->limit;
    int step = r->limit / 3 > 1 ? r->limit / 3 : 1;
    bool up = r->probe_up && r->limit < r->max;
    if (!up && r->limit == 1)
        return;
    set_limit(r, up ? r->limit + step : r->limit - step);
    r->probe_up = !up;
    r->state = SC_RAMP_PROBE;
}

static void judge_probe(struct sc_ramp *r, double now_s, double rate)
{
    bool was_up = r->limit > r->prev_limit;
    bool good = was_up ? rate > r->rate * PROBE_GAIN : rate >= r->rate * PROBE_LOSS;
    if (!good)
        set_limit(r, r->prev_limit);
    r->probe_every_s = good ? PROBE_FIRST_S : r->probe_every_s * 1.5;
    if (r->probe_every_s > PROBE_MAX_S)
        r->probe_every_s = PROBE_MAX_S;
    if (good) {
        r->probe_up = was_up;
        r->rate = rate;
    }
    r->window_s = 0;
    hold(r, now_s);
}

void sc_ramp_tick(struct sc_ramp *r, double now_s, int active, bool hungry)
{
    if (r->window_s == 0 && active >= r->limit && r->waiting == 0 && r->limit > 0) {
        open_window(r, now_s);
        r->filled = true;
    }
    if (r->state == SC_RAMP_START) {
        start_tick(r, now_s);
        return;
    }
    if (r->ceiling && now_s - r->cut_s > CEILING_S)
        r->ceiling = 0;
    if (!hungry) { /* what is measured now says nothing about the network */
        r->window_s = 0;
        return;
    }
    if (r->state == SC_RAMP_CAREFUL) {
        if (now_s >= r->next_probe_s && now_s >= r->hold_until_s) {
            set_limit(r, r->limit + 1);
            r->next_probe_s = now_s + CAREFUL_STEP_S;
        }
        return;
    }
    double span = r->window_s > 0 ? now_s - r->window_s : 0;
    if (span < PROBE_WINDOW_S)
        return;
    double rate = (double)r->window_bytes / span;
    if (r->state == SC_RAMP_PROBE) {
        judge_probe(r, now_s, rate);
        return;
    }
    r->rate = rate;
    r->window_s = 0;
    if (now_s >= r->next_probe_s)
        probe(r);
}

int sc_ramp_limit(const struct sc_ramp *r, double now_s)
{
    return now_s < r->hold_until_s ? 0 : r->limit;
}
