/*
 * Announcements: deadlines, assignments, schedule changes and links, found by
 * wording in speech and on slides. Everyday uses of the same words ("assignment
 * operator", "due to", "class Node") are told apart by what stands around them.
 */
#ifndef SC_NOTES_ANNOUNCE_H
#define SC_NOTES_ANNOUNCE_H

#include "model/notes.h"
#include "notes/source.h"

/* Appends to out->announcements. */
bool sc_announcements_find(const struct sc_source *src, struct sc_notes *out);

/* Pure parts, for tests. ---------------------------------------------------- */
/* The kind of announcement that text makes, or NULL. */
const char *sc_announcement_kind(const char *text);
/* Finds when something happens, as written ("Friday 9 pm", "25 November"): its span. */
bool sc_announcement_date(const char *text, size_t *off, size_t *len);
/* Finds a URL or host name with path: its span. */
bool sc_announcement_link(const char *text, size_t from, size_t *off, size_t *len);

#endif
