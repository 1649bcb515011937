/*
 * Shows progress on stderr: on a terminal one bar per running stage, redrawn
 * in place (stages may run side by side); elsewhere a plain line per stage
 * every few seconds. Safe to report to from several threads.
 */
#ifndef SC_CLI_PROGRESS_VIEW_H
#define SC_CLI_PROGRESS_VIEW_H

#include "base/progress.h"
#include "base/terminal.h"

#include <stdbool.h>
#include <stdio.h>

struct sc_progress_view;

/* NULL when memory is out; every function takes NULL. `f` is borrowed. */
struct sc_progress_view *sc_progress_view_create(FILE *f, const struct sc_terminal *t);
/* Leaves a last line for each stage that ran. */
void sc_progress_view_destroy(struct sc_progress_view *v);
/* A sink that swallows everything when v is NULL. */
struct sc_progress_sink sc_progress_view_sink(struct sc_progress_view *v);
/* Ends the stages shown so far. ok: they all came to their end, whatever they reported last. */
void sc_progress_view_settle(struct sc_progress_view *v, bool ok);
/* Prints a line above the bars. */
void sc_progress_view_note(struct sc_progress_view *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * One line about a stage, at most `columns` wide; pure, for the view and its
 * tests. rate in units per second, eta_s negative when unknown.
 */
void sc_progress_line(const struct sc_progress *p, double rate, double eta_s,
                      const struct sc_terminal *t, int columns, char *out, size_t size);

#endif
