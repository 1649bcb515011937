/*
 * Slides found so far: pictures on disk, the list, and what is needed to go on
 * after the process was killed. Also decides what is a revisit.
 */
#ifndef SC_SLIDES_STORE_H
#define SC_SLIDES_STORE_H

#include "model/slide.h"
#include "slides/grid.h"
#include "slides/spot.h"
#include "slides/track.h"

struct sc_store;

struct sc_store_options {
    const char *slides_dir, *work_dir, *video_path;
    /* Small changes between the picture of an earlier slide and a new one. */
    enum sc_spot_verdict (*judge)(void *user, const struct sc_picture *a,
                                  const struct sc_picture *b, const struct sc_spot *spots,
                                  unsigned n);
    void *user;
};

/*
 * Opens the store. When a checkpoint of the same video is there, the deck is taken
 * from it, *resume_s says where to go on (0 = from the start), *done that all
 * slides were found; otherwise pictures of earlier runs are removed.
 */
bool sc_store_open(const struct sc_store_options *opts, struct sc_store **out,
                   double *resume_s, bool *done, struct sc_error *err);
/* Forgets all slides. */
bool sc_store_restart(struct sc_store *s, struct sc_error *err);
void sc_store_close(struct sc_store *s);
/* Adds a finished segment: a new slide, or another range of an earlier one. */
bool sc_store_add(struct sc_store *s, const struct sc_grid *g,
                  const struct sc_segment *seg, const struct sc_picture *pic,
                  struct sc_error *err);
/* Writes the checkpoint. */
bool sc_store_checkpoint(struct sc_store *s, double resume_s, bool done,
                         struct sc_error *err);
/* Hands the deck over. */
void sc_store_take_deck(struct sc_store *s, struct sc_slide_deck *out);

#endif
