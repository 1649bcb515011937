#include "notes/notes.h"

#include "base/str.h"
#include "notes/builtin.h"
#include "notes/collect.h"
#include "notes/ground.h"
#include "notes/source.h"

#include <stdio.h>
#include <string.h>

bool sc_notes_write(const struct sc_transcript *t, const struct sc_slide_deck *deck,
                    const struct sc_notes_options *opts, struct sc_notes *out,
                    const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_arena arena = {0};
    struct sc_source src;
    struct sc_notes n = {0};
    bool ok =
        sc_source_build(&src, &arena, t, deck, err) && !sc_cancel_check(cancel, err) &&
        sc_builtin_write(&src, opts->title, &n, err) && sc_ground_apply(&src, &n, err);
    sc_arena_finish(&arena);
    if (ok)
        *out = n;
    else
        sc_notes_finish(&n);
    return ok;
}

void sc_notes_providers(const struct sc_notes_options *opts,
                        struct sc_provider_info out[3], const struct sc_cancel *cancel)
{
    memset(out, 0, 3 * sizeof *out);
    snprintf(out[0].name, sizeof out[0].name, "ollama");
    snprintf(out[1].name, sizeof out[1].name, "openai");
    snprintf(out[2].name, sizeof out[2].name, "builtin");
    out[2].available = out[2].connected = true;
}
