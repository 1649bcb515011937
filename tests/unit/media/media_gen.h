/* Small media made with the ffmpeg command in a folder of its own, for tests. */
#ifndef SC_TEST_MEDIA_GEN_H
#define SC_TEST_MEDIA_GEN_H

#include "media/media.h"

#include <stdbool.h>
#include <stddef.h>

extern char gen_dir[64];

/* cmocka group setup and teardown: the folder; false `gen_possible` without ffmpeg. */
extern bool gen_possible;
int gen_setup(void **state);
int gen_teardown(void **state);
/* Leaves the test as skipped when there is no ffmpeg. */
#define gen_require()                                                                    \
    do {                                                                                 \
        if (!gen_possible) {                                                             \
            print_message("ffmpeg is not installed: skipped\n");                         \
            skip();                                                                      \
        }                                                                                \
    } while (0)

/* `<gen_dir>/name`, valid until 16 further calls. */
const char *gen_path(const char *name);
/* ffmpeg with these arguments ("%" in front of one: a name in the folder); NULL ends. */
void gen_run(const char *first, ...);
/*
 * A clip: pictures of 64x36 at 25 Hz with B frames and a key frame each second
 * (NULL video: none), beeps of 5 ms at every whole second from 1 s on, or from
 * 0 s with `beep_at_0`. rate 0: no sound.
 */
void gen_clip(const char *name, double seconds, bool video, int rate, bool beep_at_0,
              const char *extra, const char *extra_value);

/* Pieces for sc_remux_run: "start:duration:first:name". */
struct gen_pieces {
    const char *const *list;
    size_t at;
    char *data; /* of the current piece */
};
bool gen_next_piece(void *user, struct sc_remux_piece *piece, struct sc_error *err);
/* Remuxes main (and audio, or NULL), NULL-terminated lists; checks that it works. */
struct sc_remux_result gen_remux(const char *const *main_list,
                                 const char *const *audio_list, const char *out,
                                 const struct sc_remux_options *opts);

/* All samples of the file; *n of them, heap memory. */
float *gen_samples(const char *path, size_t *n);
/* Seconds at which beeps begin, at most max of them. */
size_t gen_onsets(const float *s, size_t n, double *out, size_t max);
/* True when a beep begins within 1 ms of at_s. */
bool gen_beep_at(const double *onsets, size_t n, double at_s);

#endif
