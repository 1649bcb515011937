/*
 * The service's pulse: every few seconds a reading of what it does and what
 * the machine has left, kept for an hour and sent to all who listen, so that
 * a page can draw it without asking again.
 */
#ifndef SC_SERVER_PULSE_H
#define SC_SERVER_PULSE_H

#include <jansson.h>

struct sc_app;
struct sc_pulse;
struct sc_pulse *sc_pulse_create(void);
void sc_pulse_destroy(struct sc_pulse *p);
/* Takes a reading when one is due; called now and then by one thread. */
void sc_pulse_tick(struct sc_pulse *p, struct sc_app *app);
/* The readings, oldest first; new reference. Any thread. */
json_t *sc_pulse_json(struct sc_pulse *p);

#endif
