/* Readers of what a lecture's folder holds. */
#include "library/internal.h"

#include "base/str.h"

#include <stdlib.h>

enum {
    MAX_JSON_BYTES = 128 * 1024 * 1024, /* words with times of a very long lecture */
    MAX_TEXT_BYTES = 16 * 1024 * 1024,
};

/* The file's text; *found false when there is none. */
static bool slurp(struct sc_library *lib, const struct sc_lecture *l, const char *name,
                  size_t max, struct sc_buf *out, bool *found, struct sc_error *err)
{
    char *path = sc_strf("%s/%s/%s", lib->root, l->folder, name);
    bool ok = path != NULL;
    *found = false;
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (sc_file_exists(path)) {
        *found = true;
        ok = sc_file_read(path, max, out, err);
    }
    free(path);
    return ok;
}

bool sc_library_read_transcript(struct sc_library *lib, const struct sc_lecture *l,
                                struct sc_transcript *out, bool *found,
                                struct sc_error *err)
{
    static const char *const loose[] = {"transcript.md", "transcript.txt"};
    struct sc_buf text = SC_BUF_INIT(0);
    bool ok = slurp(lib, l, "transcript.json", MAX_JSON_BYTES, &text, found, err);
    if (ok && *found) {
        ok = sc_transcript_read_json(sc_buf_str(&text), text.len, out, err) ||
             sc_error_wrap(err, "%s/transcript.json", l->folder);
    }
    for (size_t i = 0; ok && !*found && i < 2; i++) {
        ok = slurp(lib, l, loose[i], MAX_TEXT_BYTES, &text, found, err);
        if (ok && *found)
            ok = sc_loose_transcript(sc_buf_str(&text), text.len, out, err);
    }
    sc_buf_finish(&text);
    return ok;
}

bool sc_library_read_slides(struct sc_library *lib, const struct sc_lecture *l,
                            struct sc_slide_deck *out, bool *found, struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    bool ok = slurp(lib, l, "slides_metadata.json", MAX_JSON_BYTES, &text, found, err);
    if (ok && *found) {
        ok = sc_slide_deck_read_json(sc_buf_str(&text), text.len, out, err) ||
             sc_error_wrap(err, "%s/slides_metadata.json", l->folder);
    } else if (ok) {
        char *dir = sc_strf("%s/%s/slides", lib->root, l->folder);
        ok = dir && sc_loose_slides(dir, out, err);
        *found = ok && out->n_slides > 0;
        free(dir);
    }
    sc_buf_finish(&text);
    return ok;
}

bool sc_library_read_notes(struct sc_library *lib, const struct sc_lecture *l,
                           struct sc_notes *out, bool *found, struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    bool ok = slurp(lib, l, "notes.json", MAX_JSON_BYTES, &text, found, err);
    if (ok && *found) {
        ok = sc_notes_read_json(sc_buf_str(&text), text.len, out, err) ||
             sc_error_wrap(err, "%s/notes.json", l->folder);
    } else if (ok) {
        ok = slurp(lib, l, "lecture_notes.md", MAX_TEXT_BYTES, &text, found, err);
        if (ok && *found)
            ok = sc_loose_notes(sc_buf_str(&text), text.len, out, err);
    }
    sc_buf_finish(&text);
    return ok;
}

bool sc_library_was_processed(struct sc_library *lib, const struct sc_lecture *l)
{
    /* What is written last; the earlier prototype ends with the notes. */
    static const char *const names[] = {"index.md", "lecture_notes.md"};
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !any; i++) {
        char *path = sc_strf("%s/%s/%s", lib->root, l->folder, names[i]);
        any = path && sc_file_exists(path);
        free(path);
    }
    return any;
}
