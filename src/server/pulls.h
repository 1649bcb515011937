/*
 * Speech models on their way: each fetched by a thread of its own, at most
 * once at a time; what was fetched stays and is gone on with. Every change is
 * an event ("model"). Safe from any thread.
 */
#ifndef SC_SERVER_PULLS_H
#define SC_SERVER_PULLS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct sc_app;
struct sc_pulls;
struct sc_pulls *sc_pulls_create(struct sc_app *app);
/* Cancels and waits for all. */
void sc_pulls_destroy(struct sc_pulls *p);
/* Begins or goes on; one that runs is left alone. */
bool sc_pulls_start(struct sc_pulls *p, const char *name, struct sc_error *err);
/* Ends one that runs; false when none does. */
bool sc_pulls_cancel(struct sc_pulls *p, const char *name);
/* The last state of a model's pull, null when there was none; new reference. */
json_t *sc_pulls_json(struct sc_pulls *p, const char *name);

#endif
