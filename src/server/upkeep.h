/*
 * Housekeeping while the service runs (library/keep.h): one task at a time, in
 * a thread of its own, on request or by schedule. Every change is an event
 * ("maintenance"). When each task last ended is kept in `.scaler/upkeep.json`.
 * Safe from any thread.
 */
#ifndef SC_SERVER_UPKEEP_H
#define SC_SERVER_UPKEEP_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

enum sc_upkeep_task {
    SC_UPKEEP_CLEANUP,
    SC_UPKEEP_ARCHIVE,
    SC_UPKEEP_UNARCHIVE,
    SC_UPKEEP_BACKUP,
    SC_UPKEEP_COUNT
};
bool sc_upkeep_parse(const char *name, enum sc_upkeep_task *out);
const char *sc_upkeep_name(enum sc_upkeep_task t);

struct sc_app;
struct sc_library;
struct sc_upkeep;
struct sc_upkeep *sc_upkeep_create(struct sc_app *app);
/* Cancels what runs and waits for it. */
void sc_upkeep_destroy(struct sc_upkeep *u);
/* Starts what is due by the settings; called now and then by one thread. */
void sc_upkeep_tick(struct sc_upkeep *u);

/* ids: JSON list of lectures, or NULL: what is old enough; older_than_s -1: the
 * setting's. */
struct sc_upkeep_wish {
    enum sc_upkeep_task task;
    json_t *ids; /* borrowed */
    int64_t older_than_s, unchanged_s;
    bool irreplaceable;
};
/* What would happen: the task's report (new reference). lib: the caller's handle. */
bool sc_upkeep_preview(struct sc_upkeep *u, struct sc_library *lib,
                       const struct sc_upkeep_wish *w, json_t **report,
                       struct sc_error *err);
/* SC_ERR_CONFLICT while another task runs. */
bool sc_upkeep_start(struct sc_upkeep *u, const struct sc_upkeep_wish *w,
                     struct sc_error *err);
/* False when the task does not run. */
bool sc_upkeep_cancel(struct sc_upkeep *u, enum sc_upkeep_task t);
/* The state of one task; new reference. */
json_t *sc_upkeep_json(struct sc_upkeep *u, enum sc_upkeep_task t);

#endif
