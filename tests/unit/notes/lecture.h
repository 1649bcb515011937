/* Small transcripts and decks for tests. */
#ifndef SC_TEST_NOTES_LECTURE_H
#define SC_TEST_NOTES_LECTURE_H

#include "base/str.h"
#include "model/slide.h"
#include "model/transcript.h"

/* One utterance of len_s seconds; a second of silence follows each. */
static inline void say(struct sc_transcript *t, double len_s, const char *text)
{
    struct sc_error err = {0};
    struct sc_utterance u = {.start_s = t->duration_s,
                             .end_s = t->duration_s + len_s,
                             .text = sc_strdup(text),
                             .confidence = -1};
    t->duration_s += len_s + 1;
    (void)!sc_transcript_add_take(t, &u, &err);
}

static inline void show(struct sc_slide_deck *d, double start_s, double end_s,
                        const char *ocr)
{
    struct sc_error err = {0};
    char name[40];
    snprintf(name, sizeof name, "%05d.png", (int)start_s);
    struct sc_slide s = {.filename = sc_strdup(name),
                         .timestamp_s = start_s,
                         .end_s = end_s,
                         .ocr_text = sc_strdup(ocr),
                         .ocr_confidence = 0.9};
    (void)!sc_slide_deck_add_take(d, &s, &err);
}

#endif
