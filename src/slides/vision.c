#include "slides/vision.h"

bool sc_vision_describe(struct sc_slide_deck *deck,
                        const struct sc_slides_read_options *opts,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    (void)deck;
    (void)opts;
    return !sc_cancel_check(cancel, err);
}
