/*
 * Slides: from a video to the ordered set of distinct slides in their final
 * state, with time ranges, pictures and text. Finding (pure pixels) and
 * reading (OCR, optional vision model) are separate stages.
 */
#ifndef SC_SLIDES_SLIDES_H
#define SC_SLIDES_SLIDES_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "model/slide.h"
#include "model/transcript.h"

#include <stdbool.h>

struct sc_slides_options {
    const char *slides_dir;           /* PNGs go here, named HH_MM_SS.png (unique) */
    const char *work_dir;             /* checkpoints */
    struct sc_progress_sink progress; /* media seconds (find), items (read) */
};

/*
 * Finds slides and writes their pictures. A video without slides gives an
 * empty deck; a file without video is SC_ERR_MEDIA.
 */
bool sc_slides_find(const char *video_path, const struct sc_slides_options *opts,
                    struct sc_slide_deck *out, const struct sc_cancel *cancel,
                    struct sc_error *err);

struct sc_slides_read_options {
    const char *slides_dir;
    const char *work_dir;
    const char *ocr_language; /* "eng" */
    int threads;
    const char *vision_url; /* Ollama base URL, or NULL = no vision */
    const char *vision_model;
    struct sc_progress_sink progress;
};
/* Reads text into the deck's slides; already read ones (work_dir) are kept. */
bool sc_slides_read(struct sc_slide_deck *deck, const struct sc_slides_read_options *opts,
                    const struct sc_cancel *cancel, struct sc_error *err);

/* The languages Tesseract has data for, "eng, hin"; false when there are none. */
bool sc_ocr_languages(char *out, size_t size);

/* transcript_with_slides.md: each slide where it was shown; t may be NULL. */
void sc_slides_render_with_transcript(const struct sc_slide_deck *deck,
                                      const struct sc_transcript *t, const char *title,
                                      struct sc_buf *out);

#endif
