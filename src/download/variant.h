/* Which variant and which audio rendition of a master playlist. Pure. */
#ifndef SC_DOWNLOAD_VARIANT_H
#define SC_DOWNLOAD_VARIANT_H

#include "download/playlist.h"
#include "model/stream.h"

/*
 * Fills order[] (n_variants long) with variant numbers, the wanted one first,
 * then those of the same picture size (they stand in when it cannot be had);
 * returns how many.
 */
size_t sc_variant_order(const struct sc_playlist *master, enum sc_quality quality,
                        int height, size_t *order);

/* The separate audio playlist of a variant, or NULL when the audio is inside. */
const struct sc_hls_rendition *sc_variant_audio(const struct sc_playlist *master,
                                                const struct sc_hls_variant *v);

#endif
