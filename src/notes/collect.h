/*
 * Growing struct sc_notes: each adder copies its texts to heap memory that
 * sc_notes_finish() frees, and returns false when memory is out.
 */
#ifndef SC_NOTES_COLLECT_H
#define SC_NOTES_COLLECT_H

#include "model/notes.h"

/* NULL when memory is out. The pointer holds until the next section is added. */
struct sc_note_section *sc_collect_section(struct sc_notes *n, const char *title,
                                           struct sc_time_range cite);
bool sc_collect_line(struct sc_note_section *s, enum sc_note_kind kind, const char *text,
                     struct sc_time_range cite);
bool sc_collect_summary(struct sc_notes *n, enum sc_note_kind kind, const char *text,
                        struct sc_time_range cite);
/* The id is derived from kind, front and the cited second. slide may be NULL. */
bool sc_collect_card(struct sc_notes *n, const char *kind, const char *front,
                     const char *back, struct sc_time_range cite, const char *slide);
/* date and link may be NULL. */
bool sc_collect_announcement(struct sc_notes *n, const char *kind, const char *text,
                             const char *date, const char *link,
                             struct sc_time_range cite);
bool sc_collect_chapter(struct sc_notes *n, const char *title, double start_s,
                        double end_s);
bool sc_collect_phrase(struct sc_notes *n, const char *phrase);
bool sc_collect_uncovered(struct sc_notes *n, struct sc_time_range r);
/* Replaces *slot by a copy of text (NULL allowed). */
bool sc_collect_set(char **slot, const char *text);

#endif
