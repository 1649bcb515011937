/* Flashcards without a model: definitions, properties, lists and cloze texts. */
#ifndef SC_NOTES_CARDS_H
#define SC_NOTES_CARDS_H

#include "model/notes.h"
#include "notes/define.h"
#include "notes/phrases.h"
#include "notes/source.h"

/* Appends to out->cards, in time order. */
bool sc_cards_make(const struct sc_source *src, const struct sc_definition *defs,
                   size_t n_defs, const struct sc_phrase *phrases, size_t n_phrases,
                   struct sc_notes *out);
/* The file name of the slide shown at time_s, or NULL. */
const char *sc_cards_slide_at(const struct sc_source *src, double time_s);
/* By cited time. */
void sc_cards_sort(struct sc_notes *out);

#endif
