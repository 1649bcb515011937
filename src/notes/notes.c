/* Who writes the notes: the choice of a provider, and what all have in common. */
#include "notes/notes.h"

#include "base/log.h"
#include "base/str.h"
#include "notes/builtin.h"
#include "notes/cards.h"
#include "notes/collect.h"
#include "notes/ground.h"
#include "notes/llm.h"
#include "notes/mapreduce.h"
#include "notes/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTE_MS = 20 * 60 * 1000, STALL_MS = 120 * 1000 };

static const char *or_default(const char *s, const char *fallback)
{
    return s && s[0] ? s : fallback;
}

static bool open_provider(struct sc_llm *l, const struct sc_notes_options *o, bool ollama,
                          const struct sc_cancel *cancel, struct sc_error *err)
{
    l->stall_ms = o->stall_timeout_ms > 0 ? o->stall_timeout_ms : STALL_MS;
    l->first_byte_ms = o->stall_timeout_ms > 0 ? o->stall_timeout_ms : FIRST_BYTE_MS;
    if (ollama)
        return sc_llm_open_ollama(
            l, or_default(o->ollama_url, "http://localhost:11434"),
            or_default(o->model, or_default(o->ollama_model, "gpt-oss:20b")), cancel,
            err);
    return sc_llm_open_openai(
        l, or_default(o->openai_url, "https://api.openai.com/v1"),
        or_default(o->model, or_default(o->openai_model, "gpt-4o-mini")), o->openai_key,
        cancel, err);
}

static bool write_llm(const struct sc_source *src, const struct sc_notes_options *o,
                      bool ollama, struct sc_notes *n, const struct sc_cancel *cancel,
                      struct sc_error *err)
{
    struct sc_llm l = {0};
    bool ok = open_provider(&l, o, ollama, cancel, err) &&
              sc_mapreduce_write(&l, src, o, n, cancel, err);
    sc_llm_finish(&l);
    return ok;
}

static bool write_builtin(const struct sc_source *src, const struct sc_notes_options *o,
                          struct sc_notes *n, struct sc_error *err)
{
    struct sc_progress p = {.stage = "notes",
                            .total = 1,
                            .unit = SC_UNIT_ITEMS,
                            .note = "written without a language model"};
    sc_progress_report(&o->progress, &p);
    bool ok = sc_builtin_write(src, o->title, n, err);
    p.done = 1;
    sc_progress_report(&o->progress, &p);
    return ok;
}

/* Ollama when it answers and has the model, else without one, saying why. */
static bool write_auto(const struct sc_source *src, const struct sc_notes_options *o,
                       struct sc_notes *n, const struct sc_cancel *cancel,
                       struct sc_error *err)
{
    struct sc_error why = {0};
    char sentence[700];
    if (write_llm(src, o, true, n, cancel, &why))
        return true;
    if (sc_cancel_check(cancel, err))
        return false;
    if (why.code == SC_ERR_MEMORY || why.code == SC_ERR_INVALID) {
        if (err && err->code == SC_ERR_OK)
            *err = why;
        return false;
    }
    sc_notes_finish(n);
    sc_error_sentence(&why, sentence, sizeof sentence);
    sc_debug("notes without a model: %s", sentence);
    char *notice =
        sc_strf(SC_SAID("These notes were written without a language model.") " %s%s%s%s",
                sentence, sc_str_ends(sentence, ".") ? "" : ".", why.hint[0] ? " " : "",
                why.hint);
    bool ok =
        notice && write_builtin(src, o, n, err) && sc_collect_set(&n->notice, notice);
    free(notice);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* Cards of a model learn which slide was shown. */
static bool add_slides(const struct sc_source *src, struct sc_notes *n)
{
    for (size_t i = 0; i < n->n_cards; i++)
        if (!n->cards[i].slide &&
            !sc_collect_set(&n->cards[i].slide,
                            sc_cards_slide_at(src, n->cards[i].cite.start_s)))
            return false;
    return true;
}

static bool write_with(const struct sc_source *src, const struct sc_notes_options *o,
                       struct sc_notes *n, const struct sc_cancel *cancel,
                       struct sc_error *err)
{
    const char *p = or_default(o->provider, "auto");
    if (strcmp(p, "auto") == 0)
        return write_auto(src, o, n, cancel, err);
    if (strcmp(p, "ollama") == 0 || strcmp(p, "openai") == 0)
        return write_llm(src, o, strcmp(p, "ollama") == 0, n, cancel, err);
    if (strcmp(p, "builtin") == 0)
        return write_builtin(src, o, n, err);
    sc_fail(err, SC_ERR_INVALID, "there is no note writer called \"%s\"", p);
    return sc_error_hint(err, "Choose auto, ollama, openai or builtin.");
}

bool sc_notes_write(const struct sc_transcript *t, const struct sc_slide_deck *deck,
                    const struct sc_notes_options *opts, struct sc_notes *out,
                    const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_arena arena = {0};
    struct sc_source src;
    struct sc_notes n = {0};
    bool ok = sc_source_build(&src, &arena, t, deck, err) &&
              !sc_cancel_check(cancel, err) && write_with(&src, opts, &n, cancel, err) &&
              sc_ground_apply(&src, &n, err);
    if (ok && !add_slides(&src, &n))
        ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
    sc_cards_sort(&n);
    sc_arena_finish(&arena);
    if (ok)
        *out = n;
    else
        sc_notes_finish(&n);
    return ok;
}

static void ask_provider(const struct sc_notes_options *o, bool ollama,
                         struct sc_provider_info *p, const struct sc_cancel *cancel)
{
    struct sc_llm l = {0};
    struct sc_error err = {0};
    bool ok = open_provider(&l, o, ollama, cancel, &err);
    snprintf(p->model, sizeof p->model, "%s", l.model ? l.model : "");
    p->available = ok;
    /* It answered, but misses the model or refuses the key. */
    p->connected = ok || err.code == SC_ERR_FORBIDDEN ||
                   (err.code == SC_ERR_DEPENDENCY && strstr(err.cause, "has no model"));
    if (!ok) {
        char sentence[300];
        sc_error_sentence(&err, sentence, sizeof sentence);
        /* Both are cut to fit: a reason in a list of providers. */
        snprintf(p->reason, sizeof p->reason, "%.180s%s%s%.110s", sentence,
                 sc_str_ends(sentence, ".") ? "" : ".", err.hint[0] ? " " : "", err.hint);
    }
    sc_llm_finish(&l);
}

void sc_notes_providers(const struct sc_notes_options *opts,
                        struct sc_provider_info out[3], const struct sc_cancel *cancel)
{
    static const char *const names[] = {"ollama", "openai", "builtin"};
    memset(out, 0, 3 * sizeof *out);
    for (int i = 0; i < 3; i++)
        snprintf(out[i].name, sizeof out[i].name, "%s", names[i]);
    ask_provider(opts, true, &out[0], cancel);
    ask_provider(opts, false, &out[1], cancel);
    out[2].available = out[2].connected = true;
    snprintf(out[2].reason, sizeof out[2].reason, "%s",
             SC_SAID("always there; writes without a model"));
}
