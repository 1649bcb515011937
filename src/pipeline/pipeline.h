/*
 * The pipeline: the only place that knows the order of stages. Each stage is a
 * function from files to files with a fingerprint of inputs and options; what
 * is done and unchanged is skipped, so a restart goes on where it was. Speech
 * and slides run side by side. A later failure never harms an earlier stage.
 *
 * download -> transcription | frames -> slides (OCR) -> notes -> index
 */
#ifndef SC_PIPELINE_PIPELINE_H
#define SC_PIPELINE_PIPELINE_H

#include "base/cancel.h"
#include "base/config.h"
#include "base/error.h"
#include "base/progress.h"
#include "library/library.h"
#include "model/stream.h"

#include <stdbool.h>

enum sc_stage {
    SC_STAGE_DOWNLOAD,
    SC_STAGE_TRANSCRIPTION,
    SC_STAGE_FRAMES,
    SC_STAGE_SLIDES,
    SC_STAGE_NOTES,
    SC_STAGE_INDEX,
    SC_STAGE_COUNT
};
const char *sc_stage_name(enum sc_stage s);
bool sc_stage_parse(const char *name, enum sc_stage *out);

/* Where a job writes: absolute paths, borrowed. */
struct sc_place {
    const char *folder;    /* the lecture's */
    const char *video_dir; /* NULL: its video is not touched */
    const char *source;    /* the file that is imported, or NULL */
};

struct sc_job_options {
    const struct sc_config *config; /* borrowed */
    unsigned skip;                  /* bits 1 << enum sc_stage */
    unsigned redo;                  /* bits: run although unchanged */
    /* bits: asked for by name. All else is finished, but such a stage's failure is the
     * job's failure. */
    unsigned asked;
    bool model_asked; /* the speech model was named: no other one takes its place */
    bool allow_gaps;
    bool *fetched; /* or NULL: a download sets it when the video was not there yet */
    /* Only this passage of the transcript is made anew; to 0 = none. */
    double passage_from_s, passage_to_s;
    struct sc_progress_sink progress; /* may be called from two threads at once */
    /* Recognised speech as it comes; may be NULL. */
    void (*on_utterance)(void *user, const struct sc_utterance *u);
    /*
     * For a process that puts walls around itself (worker.c); NULL otherwise.
     * on_place: the folders that the job writes are known; nothing of a
     * stranger's was read yet, and no thread runs. False ends the job.
     * on_refused: the lecture came to nothing and is to be removed by someone
     * who still can.
     */
    bool (*on_place)(void *user, const struct sc_place *place, struct sc_error *err);
    void (*on_refused)(void *user, const char *lecture_id);
    void *user;
};

/*
 * Registers and downloads a stream. An unfinished or paused download of the
 * same stream goes on. `out` is the lecture, filled as soon as it is
 * registered, also when the download then fails.
 */
bool sc_pipeline_download(struct sc_library *lib, const struct sc_stream *stream,
                          const char *title, const char *date,
                          const struct sc_job_options *opts, struct sc_lecture *out,
                          const struct sc_cancel *cancel, struct sc_error *err);
/* Registers a local file: hard-linked or copied into the library, remuxed when no browser
 * plays it. */
bool sc_pipeline_import(struct sc_library *lib, const char *path, double from_s,
                        double to_s, const char *title, const char *date,
                        const struct sc_job_options *opts, struct sc_lecture *out,
                        const struct sc_cancel *cancel, struct sc_error *err);
/*
 * Runs the stages behind the download. Partial results (no audio, no video, a
 * failed stage) are kept and named in the lecture's metadata: the call fails
 * only when nothing useful came out, a stage that was asked for by name failed,
 * or it was cancelled. *warnings: JSON list
 * of sentences (new reference), may be NULL.
 */
bool sc_pipeline_process(struct sc_library *lib, const char *id,
                         const struct sc_job_options *opts, json_t **warnings,
                         const struct sc_cancel *cancel, struct sc_error *err);
/*
 * A processing that ended without a word of its own, cancelled before its turn or its
 * worker dead: its lecture is no longer "queued" or "processing" but what its folder
 * shows, or failed for the reason. False when there is nothing to settle, or somebody
 * works on it.
 */
bool sc_pipeline_settle(struct sc_library *lib, const char *id,
                        const struct sc_error *why);
/*
 * What the transcription that was at work last in a lecture's folder has recognised so
 * far; nothing when none is. Whoever looks on while it works may call it.
 */
bool sc_pipeline_partial_transcript(const char *folder, struct sc_transcript *out,
                                    struct sc_error *err);

#endif
