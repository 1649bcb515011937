/*
 * Study notes as data, before they become Markdown. Everything a student reads
 * carries the seconds of the lecture it comes from (its citation).
 */
#ifndef SC_MODEL_NOTES_H
#define SC_MODEL_NOTES_H

#include "base/buf.h"
#include "base/error.h"
#include "model/slide.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum sc_note_kind {
    SC_NOTE_PARAGRAPH,
    SC_NOTE_BULLET,
    SC_NOTE_DEFINITION, /* text is "Term: meaning" */
    SC_NOTE_CODE,       /* text is a code block */
};

struct sc_note_line {
    enum sc_note_kind kind;
    char *text;
    struct sc_time_range cite;
    bool supported; /* its terms occur in speech or slides near the cited time */
};

struct sc_note_section {
    char *title;
    struct sc_time_range cite; /* what part of the lecture it covers */
    struct sc_note_line *lines;
    size_t n_lines;
};

struct sc_card {
    char *id;   /* stable across runs: derived from front and cite */
    char *kind; /* "definition", "cloze", "question" */
    char *front, *back;
    struct sc_time_range cite;
    char *slide; /* filename of the slide shown then, or NULL */
};

struct sc_announcement {
    char *kind; /* "deadline", "assignment", "link", "schedule", "other" */
    char *text;
    char *date; /* as said, or NULL */
    char *link; /* URL, or NULL */
    struct sc_time_range cite;
};

struct sc_chapter {
    char *title;
    double start_s, end_s;
};

struct sc_notes {
    char *title;
    char *provider, *model; /* "builtin", NULL... */
    char *notice; /* what a reader should know about how they came to be, or NULL */
    struct sc_note_line *summary;
    size_t n_summary;
    struct sc_note_section *sections;
    size_t n_sections;
    struct sc_card *cards;
    size_t n_cards;
    struct sc_announcement *announcements;
    size_t n_announcements;
    struct sc_chapter *chapters;
    size_t n_chapters;
    char **key_phrases;
    size_t n_key_phrases;
    double coverage;                   /* 0..1: share of the speech that lines cite */
    struct sc_time_range *uncovered;   /* spoken stretches that no line covers */
    size_t n_uncovered;
    size_t n_dropped;                  /* lines dropped for want of support */
};

void sc_notes_finish(struct sc_notes *n);
/* notes.json: the same structure, so that a reader need not parse Markdown. */
json_t *sc_notes_json(const struct sc_notes *n); /* new reference; NULL: no memory */
bool sc_notes_write_json(const struct sc_notes *n, struct sc_buf *out,
                         struct sc_error *err);
bool sc_notes_read_json(const char *json, size_t len, struct sc_notes *out,
                        struct sc_error *err);

#endif
