/*
 * What the files of this module share. stages.c: names and fingerprints;
 * board.c: threads and their progress; process.c: the order of stages and what
 * a failure means; work.c: what each stage calls and writes; acquire.c,
 * download.c, import.c: how a video gets into the library.
 */
#ifndef SC_PIPELINE_INTERNAL_H
#define SC_PIPELINE_INTERNAL_H

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "media/media.h"
#include "pipeline/pipeline.h"

#include <pthread.h>

/* ---- stages.c ---- */

struct sc_stage_info {
    const char *name;
    unsigned version; /* raised when the output changes for the same input */
    double weight; /* share of the time that processing takes, for the overall progress */
};
const struct sc_stage_info *sc_stage_info(enum sc_stage s);

/* Collects what a stage depends on. Parts are length-prefixed: no two sets are equal. */
struct sc_fingerprint {
    struct sc_sha256 *hash;
};
void sc_fingerprint_begin(struct sc_fingerprint *f, enum sc_stage s);
void sc_fingerprint_text(struct sc_fingerprint *f, const char *text); /* NULL allowed */
void sc_fingerprint_number(struct sc_fingerprint *f, int64_t n);
/* Size, beginning and end; a missing file counts as such. */
void sc_fingerprint_file(struct sc_fingerprint *f, const char *path);
/* The file's content. */
void sc_fingerprint_content(struct sc_fingerprint *f, const char *path);
/* Names and contents of a folder's files. */
void sc_fingerprint_folder(struct sc_fingerprint *f, const char *path);
void sc_fingerprint_end(struct sc_fingerprint *f, char hex[SC_SHA256_HEX_SIZE]);

/* ---- board.c: threads that report, one that writes it down ---- */

enum { SC_MAX_TASKS = 2, SC_BOARD_STEP_MS = 500 };

struct sc_board {
    struct sc_library *lib;     /* used by the owner's thread alone */
    struct sc_lecture *lecture; /* borrowed; progress is written to it */
    struct sc_progress_sink sink;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under mutex */
    double fraction[SC_STAGE_COUNT];
    bool planned[SC_STAGE_COUNT]; /* counts in the overall progress */
    unsigned n_running;
};

struct sc_task {
    bool (*run)(void *user, struct sc_error *err);
    void *user;
    /* set by the thread before it ends */
    struct sc_error err;
    bool ok;
    struct sc_board *board; /* private */
    pthread_t thread;       /* private */
};

void sc_board_init(struct sc_board *b, struct sc_library *lib, struct sc_lecture *lecture,
                   const struct sc_progress_sink *sink);
void sc_board_finish(struct sc_board *b);
void sc_board_plan(struct sc_board *b, enum sc_stage s);
void sc_board_complete(struct sc_board *b, enum sc_stage s);
/* Runs all tasks at once and waits; writes the progress into the catalog meanwhile. */
void sc_board_run(struct sc_board *b, struct sc_task *tasks, size_t n);

/* A sink for one stage that feeds the board and the caller's sink. */
struct sc_board_tap {
    struct sc_board *board;
    enum sc_stage stage;
};
struct sc_progress_sink sc_board_tap_sink(struct sc_board_tap *tap);

/* ---- a job: process.c and work.c ---- */

struct sc_job {
    struct sc_library *lib;
    struct sc_lecture l;
    const struct sc_job_options *opts;
    const struct sc_cancel *cancel;
    struct sc_board board;
    char *folder, *video; /* absolute */
    struct sc_media_info info;
    struct sc_transcript transcript;
    struct sc_slide_deck deck;
    struct sc_notes notes;
    bool has_transcript, has_deck, has_notes;
    bool any_failed;                /* then checkpoints are kept */
    enum sc_error_code failed_code; /* of the first stage that failed */
    size_t failed_warning;          /* what of `warnings` tells it */
    struct sc_error asked_err;      /* the first failure of a stage in opts->asked */
    char *prompt; /* title and words of slides read earlier; constant while threads run */
    json_t *warnings;
};

const char *sc_job_setting(const struct sc_job *j, enum sc_setting id);
/* `<folder>/.work/<stage>-<first digits of the fingerprint>`; heap. */
char *sc_job_work_dir(const struct sc_job *j, enum sc_stage s, const char *fingerprint);
void sc_job_warn(struct sc_job *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool sc_job_write(const struct sc_job *j, const char *name, const struct sc_buf *text,
                  struct sc_error *err);

/* Each reads and writes the job's own fields only; transcribe and find run at once. */
void sc_work_fingerprint(const struct sc_job *j, enum sc_stage s,
                         char hex[SC_SHA256_HEX_SIZE]);
bool sc_work_transcribe(struct sc_job *j, const char *work_dir, struct sc_error *err);
bool sc_work_find_slides(struct sc_job *j, const char *work_dir, struct sc_error *err);
bool sc_work_read_slides(struct sc_job *j, const char *work_dir, struct sc_error *err);
bool sc_work_write_notes(struct sc_job *j, const char *work_dir, struct sc_error *err);
/* Pages over everything, the index, the lecture's metadata. */
bool sc_work_assemble(struct sc_job *j, struct sc_error *err);
/* Heap. */
char *sc_work_prompt(const struct sc_job *j);
/* Whether the files that the stage makes are all there. */
bool sc_work_outputs_exist(const struct sc_job *j, enum sc_stage s);

/* ---- acquire.c: what download and import share ---- */

/* Keeps the machine awake when the setting says so; NULL when not. */
struct sc_awake;
struct sc_awake *sc_hold_awake(const struct sc_job_options *opts, const char *title);
/*
 * Locks l and reads it again: another process may have finished it meanwhile. An archived
 * lecture is refused. False: nothing is locked.
 */
bool sc_lock_fresh(struct sc_library *lib, struct sc_lecture *l, struct sc_lock *lock,
                   struct sc_error *err);
/* True when l has a video that is there. */
bool sc_has_video(struct sc_library *lib, const struct sc_lecture *l);
/* Writes status, and error's sentence and slug (err NULL: none). */
bool sc_set_status(struct sc_library *lib, struct sc_lecture *l,
                   enum sc_lecture_status status, const struct sc_error *why,
                   struct sc_error *err);
bool sc_set_text(char **slot, const char *text);
/* Registers the video as done. */
bool sc_set_video(struct sc_library *lib, struct sc_lecture *l, const char *video_path,
                  double duration_s, struct sc_error *err);
/* Today when date is NULL or empty. */
const char *sc_date_or_today(const char *date, char today[11]);
/* Takes back what this call registered when nothing came of it. */
void sc_unregister(struct sc_library *lib, struct sc_lecture *l,
                   const struct sc_job_options *opts);
/* Tells on_place where l's job writes. */
bool sc_tell_place(struct sc_library *lib, const struct sc_lecture *l, bool with_video,
                   const char *source, const struct sc_job_options *opts,
                   struct sc_error *err);

#endif
