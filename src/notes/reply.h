/*
 * What a language model answers, turned into notes or refused. Pure: takes
 * bytes, knows no network. Models wrap JSON in fences and thoughts, leave
 * commas behind, and stop in the middle: what can be read safely is repaired,
 * the rest is an error that says what is wrong, to be told to the model.
 */
#ifndef SC_NOTES_REPLY_H
#define SC_NOTES_REPLY_H

#include "base/error.h"
#include "model/notes.h"

#include <jansson.h>

/*
 * The JSON object in text. *repaired tells that something had to be mended,
 * *truncated that the end was missing (what was complete is kept). NULL with
 * an error when there is none.
 */
json_t *sc_reply_json(const char *text, size_t len, bool *repaired, bool *truncated,
                      struct sc_error *err);
/*
 * Appends sections, summary, cards and announcements of a part's reply. Times
 * are clamped to [from_s,to_s]. False when the form is wrong, or it holds nothing
 * and may not.
 */
bool sc_reply_read_part(const json_t *root, double from_s, double to_s, bool may_be_empty,
                        struct sc_notes *out, struct sc_error *err);
/* Replaces summary, chapters and key phrases by those of the final reply. */
bool sc_reply_read_whole(const json_t *root, double duration_s, struct sc_notes *out,
                         struct sc_error *err);

#endif
