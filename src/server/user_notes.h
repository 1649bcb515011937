/*
 * A student's own words about a lecture: `user_notes.json` in its folder, apart
 * from everything that is generated, so that no redo ever touches it:
 * {"tags":[str],"folder":str|null,"userNotes":str|null,"edits":{part: text}}.
 */
#ifndef SC_SERVER_USER_NOTES_H
#define SC_SERVER_USER_NOTES_H

#include "library/library.h"

#include <jansson.h>

#define SC_USER_NOTES_FILE "user_notes.json"

/* Always an object with all four fields. New reference; NULL when memory is out. */
json_t *sc_user_notes_read(struct sc_library *lib, const struct sc_lecture *l);
/* Merges a PATCH body's fields; SC_ERR_INVALID names the wrong one. */
bool sc_user_notes_patch(struct sc_library *lib, const struct sc_lecture *l, json_t *body,
                         struct sc_error *err);

#endif
