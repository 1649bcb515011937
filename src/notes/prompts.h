/*
 * Prompts are files (prompts/): embedded at build time, overridden by files of
 * the same name in a folder of the user's. Comments <!-- --> are for people.
 */
#ifndef SC_NOTES_PROMPTS_H
#define SC_NOTES_PROMPTS_H

#include "base/buf.h"
#include "base/error.h"

struct sc_prompt_value {
    const char *name, *value; /* {{name}} becomes value */
};

/*
 * Appends prompt `name` ("map.md") with its placeholders filled, from dir (may
 * be NULL) or embedded. A file without {{text}} where `needs_text` is an error
 * that names it.
 */
bool sc_prompt_fill(const char *dir, const char *name, bool needs_text,
                    const struct sc_prompt_value *values, size_t n, struct sc_buf *out,
                    struct sc_error *err);
/* An embedded file as it is, or NULL. */
const char *sc_prompt_embedded(const char *name);

#endif
