/*
 * Notes: from transcript and slides to study materials in which every line
 * cites its second. Providers: ollama, openai-compatible, builtin (no model).
 */
#ifndef SC_NOTES_NOTES_H
#define SC_NOTES_NOTES_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "model/notes.h"
#include "model/slide.h"
#include "model/transcript.h"

#include <stdbool.h>

struct sc_notes_options {
    const char *title;
    const char *provider; /* "auto", "ollama", "openai", "builtin" */
    const char *model;    /* NULL = the provider's setting below */
    const char *ollama_url, *ollama_model;
    const char *openai_url, *openai_model, *openai_key;
    int context_tokens;      /* 0 = ask the server, else 8192 */
    const char *prompts_dir; /* overrides, or NULL */
    const char *work_dir;    /* replies are kept here, so a restart resumes */
    int stall_timeout_ms;    /* longest silence of a server; 0 = 20 min before the first
                                word, 2 min after */
    struct sc_progress_sink progress; /* items: calls */
};

/* t or deck may be NULL (no audio, no slides), not both. */
bool sc_notes_write(const struct sc_transcript *t, const struct sc_slide_deck *deck,
                    const struct sc_notes_options *opts, struct sc_notes *out,
                    const struct sc_cancel *cancel, struct sc_error *err);

/* What `auto` would take now, and why, for doctor and the process dialog. */
struct sc_provider_info {
    char name[16];
    bool available, connected;
    char model[128];
    char reason[300];
};
/* Fills ollama, openai, builtin in this order. */
void sc_notes_providers(const struct sc_notes_options *opts,
                        struct sc_provider_info out[3], const struct sc_cancel *cancel);

/* Renderings; appended to out. Citations are [h:mm:ss] links to `video#t=seconds`. */
struct sc_notes_page {
    const char *title, *date, *video; /* video: relative path from the lecture's folder */
    const char *folder; /* name of the lecture's folder, for exact wiki links; or NULL */
    double duration_s;
    const struct sc_transcript *transcript; /* may be NULL */
    const struct sc_slide_deck *deck;       /* may be NULL */
};
void sc_notes_render_lecture_notes(const struct sc_notes *n,
                                   const struct sc_notes_page *p, struct sc_buf *out);
void sc_notes_render_summary(const struct sc_notes *n, const struct sc_notes_page *p,
                             struct sc_buf *out);
void sc_notes_render_qa_cards(const struct sc_notes *n, const struct sc_notes_page *p,
                              struct sc_buf *out);
void sc_notes_render_announcements(const struct sc_notes *n,
                                   const struct sc_notes_page *p, struct sc_buf *out);
void sc_notes_render_index(const struct sc_notes *n, const struct sc_notes_page *p,
                           struct sc_buf *out);
/* viewer.html: self-contained; n, transcript and deck may each be absent. */
void sc_notes_render_viewer(const struct sc_notes *n, const struct sc_notes_page *p,
                            struct sc_buf *out);

#endif
