#include "base/progress.h"

#include <math.h>
#include <stddef.h>

/* Half of the weight lies on about the last three seconds. */
static const double HALF_LIFE_S = 3.0;
static const double MIN_STEP_S = 0.2;

void sc_progress_report(const struct sc_progress_sink *sink, const struct sc_progress *p)
{
    if (sink && sink->fn)
        sink->fn(sink->user, p);
}

void sc_meter_update(struct sc_meter *m, double now_s, double done)
{
    if (m->start_s == 0) {
        m->start_s = m->last_s = now_s;
        m->last_done = done;
        return;
    }
    double dt = now_s - m->last_s;
    if (done < m->last_done) { /* a retry went back: start over */
        *m = (struct sc_meter){.start_s = now_s, .last_s = now_s, .last_done = done};
        return;
    }
    if (dt < MIN_STEP_S)
        return;
    double current = (done - m->last_done) / dt;
    double keep = m->rate > 0 ? exp2(-dt / HALF_LIFE_S) : 0;
    m->rate = m->rate * keep + current * (1 - keep);
    m->last_s = now_s;
    m->last_done = done;
}

double sc_meter_eta_s(const struct sc_meter *m, double done, double total)
{
    if (total <= 0 || m->rate <= 0 || done > total)
        return -1;
    return (total - done) / m->rate;
}
