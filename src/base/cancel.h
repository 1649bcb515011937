/*
 * One cancel token goes down every long call. Long loops ask sc_cancelled();
 * adapters bridge it to curl, AVIO, engines and SQLite. Tokens nest: a child
 * is cancelled with its parent. Safe from any thread and from signal handlers.
 */
#ifndef SC_BASE_CANCEL_H
#define SC_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

struct sc_error;

struct sc_cancel {
    atomic_bool requested;
    const struct sc_cancel *parent; /* borrowed, may be NULL */
};

void sc_cancel_request(struct sc_cancel *c);
/* NULL is never cancelled. */
bool sc_cancelled(const struct sc_cancel *c);
/* When cancelled: sc_fail(err, SC_ERR_CANCELLED, ...) and true. */
bool sc_cancel_check(const struct sc_cancel *c, struct sc_error *err);
/* SIGINT, SIGTERM and SIGHUP request it; a second SIGINT ends the process. */
void sc_cancel_on_signals(struct sc_cancel *c);
/* Sleeps up to timeout_ms, less when cancelled; true when cancelled. */
bool sc_cancel_sleep(const struct sc_cancel *c, int timeout_ms);

#endif
