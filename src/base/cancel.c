#include "base/cancel.h"

#include "base/error.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

enum { SLEEP_STEP_MS = 50 };

/* The signal flag: the one global that style allows. */
static struct sc_cancel *_Atomic signal_target;

void sc_cancel_request(struct sc_cancel *c)
{
    atomic_store(&c->requested, true);
}

bool sc_cancelled(const struct sc_cancel *c)
{
    for (; c; c = c->parent)
        if (atomic_load(&c->requested))
            return true;
    return false;
}

bool sc_cancel_check(const struct sc_cancel *c, struct sc_error *err)
{
    if (!sc_cancelled(c))
        return false;
    sc_fail(err, SC_ERR_CANCELLED, "stopped on request");
    sc_error_hint(err, "Everything so far is kept; run the same command again to go on.");
    return true;
}

static void on_signal(int sig)
{
    struct sc_cancel *c = atomic_load(&signal_target);
    if (!c || (sig == SIGINT && atomic_load(&c->requested)))
        _exit(130);
    atomic_store(&c->requested, true);
}

void sc_cancel_on_signals(struct sc_cancel *c)
{
    atomic_store(&signal_target, c);
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool sc_cancel_sleep(const struct sc_cancel *c, int timeout_ms)
{
    while (timeout_ms > 0 && !sc_cancelled(c)) {
        int step = timeout_ms < SLEEP_STEP_MS ? timeout_ms : SLEEP_STEP_MS;
        struct timespec ts = {.tv_nsec = step * 1000000L};
        nanosleep(&ts, NULL);
        timeout_ms -= step;
    }
    return sc_cancelled(c);
}
