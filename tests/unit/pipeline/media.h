/*
 * Small lectures made with ffmpeg and flite, a library to put them into, and
 * the pipeline's options. What is missing on the machine makes tests skip.
 */
#ifndef SC_TEST_PIPELINE_MEDIA_H
#define SC_TEST_PIPELINE_MEDIA_H

#include "assert_error.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/pipeline.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum clip {
    CLIP_FULL,
    CLIP_SILENT,
    CLIP_SOUND,
    CLIP_MKV,
    CLIP_ODD,
    CLIP_EMPTY,
    CLIP_COUNT
};

struct bench {
    char *root; /* of the library */
    struct sc_library *lib;
    struct sc_config *config;
    struct sc_job_options opts;
};

/* Makes the clips once for a test program. */
int clips_make(void **state);
int clips_remove(void **state);
/* NULL when it could not be made. */
const char *clip_path(enum clip c);
#define need_clip(c)                                                                     \
    do {                                                                                 \
        if (!clip_path(c)) {                                                             \
            print_message("skipped: ffmpeg or flite is missing\n");                      \
            skip();                                                                      \
        }                                                                                \
    } while (0)

int bench_setup(void **state);
int bench_teardown(void **state);
void bench_set(struct bench *b, enum sc_setting id, const char *value);

/* A lecture whose video is a copy of the clip, without the import. */
struct sc_lecture place(struct bench *b, enum clip c, const char *title);
bool has(struct bench *b, const struct sc_lecture *l, const char *name);
/* Text of a file in the lecture's folder; heap, NULL when missing. */
char *text_of(struct bench *b, const struct sc_lecture *l, const char *name);
void reload(struct bench *b, struct sc_lecture *l);

#endif
