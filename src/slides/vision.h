/* Descriptions of slides with little text by a vision model behind Ollama. */
#ifndef SC_SLIDES_VISION_H
#define SC_SLIDES_VISION_H

#include "slides/slides.h"

/* Fails on cancel only: without the model the slides go without descriptions. */
bool sc_vision_describe(struct sc_slide_deck *deck,
                        const struct sc_slides_read_options *opts,
                        const struct sc_cancel *cancel, struct sc_error *err);

#endif
