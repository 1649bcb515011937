/* Files that are part of the program: prompts and the viewer (see embed.py). */
#ifndef SC_NOTES_EMBED_H
#define SC_NOTES_EMBED_H

#include <stddef.h>

struct sc_embedded {
    const char *name; /* "viewer/viewer.css" */
    const char *data; /* NUL behind the end */
    size_t len;
};

extern const struct sc_embedded sc_embedded_files[];
extern const size_t sc_embedded_count;

#endif
