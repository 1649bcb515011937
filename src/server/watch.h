/*
 * The import folder, when it is watched: a video that has stopped growing is
 * imported and processed, once. Called from the server's own thread.
 */
#ifndef SC_SERVER_WATCH_H
#define SC_SERVER_WATCH_H

#include <stdbool.h>

struct sc_app;
struct sc_watch;

struct sc_watch *sc_watch_create(struct sc_app *app);
void sc_watch_destroy(struct sc_watch *w);
/* Looks every few seconds; cheap in between. NULL allowed. */
void sc_watch_tick(struct sc_watch *w);
/* Whether a file's name ends like a video or sound. */
bool sc_watch_is_media(const char *name);

#endif
