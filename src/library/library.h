/*
 * The library: lectures on disk and the SQLite catalog beside them
 * (`<root>/.scaler/catalog.db`, WAL). The folders are the truth; the catalog
 * can be rebuilt from them. One handle per thread; any number of processes.
 */
#ifndef SC_LIBRARY_LIBRARY_H
#define SC_LIBRARY_LIBRARY_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "model/lecture.h"
#include "model/notes.h"
#include "model/slide.h"
#include "model/transcript.h"

#include <jansson.h>
#include <stdbool.h>

struct sc_library;

/* Makes the folder and catalog when missing, migrates older ones. */
bool sc_library_open(const char *root, struct sc_library **out, struct sc_error *err);
/* The same for who only reads: works also where this user may not write, when the
 * catalog there is complete and of this version. Writing then fails. */
bool sc_library_open_to_read(const char *root, struct sc_library **out,
                             struct sc_error *err);
void sc_library_close(struct sc_library *lib);
const char *sc_library_root(const struct sc_library *lib);

/* ---- lectures ---- */

/* As it is kept: one line, valid UTF-8, not empty, not endless. Heap memory. */
char *sc_library_clean_title(const char *title, struct sc_error *err);

/*
 * Registers a lecture: gives it an id and a folder of its own (two lectures of
 * one title and day never share one), made on disk. When a lecture with the
 * same `identity` exists, that one is returned and *existed set.
 */
bool sc_library_add(struct sc_library *lib, const char *title, const char *date,
                    const char *source, const char *identity, struct sc_lecture *out,
                    bool *existed, struct sc_error *err);
/* id: exact id, or a unique prefix of at least 4 characters when allow_prefix. */
bool sc_library_get(struct sc_library *lib, const char *id, bool allow_prefix,
                    struct sc_lecture *out, struct sc_error *err);
/*
 * Writes status, video_path, duration, progress, error: what a worker knows. What
 * changes is written to the lecture's metadata.json too, except for progress alone.
 */
bool sc_library_update(struct sc_library *lib, const struct sc_lecture *l,
                       struct sc_error *err);
/* Writes the title and nothing else: a worker may be at this lecture. */
bool sc_library_rename(struct sc_library *lib, const struct sc_lecture *l,
                       const char *title, struct sc_error *err);
/* Newest first. Heap array of n, each to be finished. */
bool sc_library_list(struct sc_library *lib, struct sc_lecture **out, size_t *n,
                     struct sc_error *err);
/* Removes the lecture's folder, video and rows. deleted: JSON list of paths (new
 * reference), may be NULL. */
bool sc_library_remove(struct sc_library *lib, const char *id, json_t **deleted,
                       struct sc_error *err);
/* SC_ERR_CONFLICT with what to do when the lecture lies in an archive. */
bool sc_library_check_here(const struct sc_lecture *l, struct sc_error *err);
/* Absolute paths; heap memory. */
char *sc_library_folder(const struct sc_library *lib, const struct sc_lecture *l);
char *sc_library_video(const struct sc_library *lib,
                       const struct sc_lecture *l); /* NULL when none */
/* `<root>/videos/<safe title>`, of this lecture alone; heap memory. */
char *sc_library_video_dir(struct sc_library *lib, const struct sc_lecture *l);
/*
 * Held while something works on a lecture, by any process: downloading,
 * processing, removing. SC_ERR_CONFLICT when another holds it. The caller
 * releases it (sc_lock_release).
 */
bool sc_library_lock(struct sc_library *lib, const struct sc_lecture *l,
                     struct sc_lock *lock, struct sc_error *err);

/* ---- stages: what has been done, from which inputs ---- */

struct sc_stage_row {
    char name[24];
    char state[12];       /* "done", "error", "running" */
    char fingerprint[65]; /* of inputs and options */
    double seconds;       /* wall time it took */
    char error[300];
};
bool sc_library_stage_get(struct sc_library *lib, const char *id, const char *stage,
                          struct sc_stage_row *out, bool *found, struct sc_error *err);
bool sc_library_stage_set(struct sc_library *lib, const char *id,
                          const struct sc_stage_row *row, struct sc_error *err);
bool sc_library_stages(struct sc_library *lib, const char *id, struct sc_stage_row **out,
                       size_t *n, struct sc_error *err);

/* ---- search ---- */

/* Replaces what the index holds of a lecture; any part may be NULL. */
bool sc_library_index(struct sc_library *lib, const char *id,
                      const struct sc_transcript *t, const struct sc_slide_deck *deck,
                      const struct sc_notes *notes, struct sc_error *err);

struct sc_hit {
    char *lecture_id, *lecture_title, *lecture_date;
    char kind[16]; /* "transcript", "slide", "notes", "summary", "card", "announcement",
                      "title" */
    double time_s; /* the second in the lecture */
    double end_s;
    char *snippet; /* text with \x02 before and \x03 behind each match */
    char *slide;   /* filename of the slide on screen then, or NULL */
};
void sc_hit_finish(struct sc_hit *h);

struct sc_search_options {
    const char *query;      /* raw user text; "quoted phrases"; last word as prefix */
    const char *lecture_id; /* or NULL */
    const char *kind;       /* or NULL */
    const char *from_date, *to_date; /* "YYYY-MM-DD" or NULL */
    size_t limit, offset;            /* limit 0 = 20 */
};
/* Heap array; *total counts all matches (capped at 10,000). */
bool sc_library_search(struct sc_library *lib, const struct sc_search_options *opts,
                       struct sc_hit **out, size_t *n, size_t *total,
                       const struct sc_cancel *cancel, struct sc_error *err);

/* ---- export, rescan ---- */

/* format: "zip", "zip+video" (the viewer in it then plays), "srt", "vtt", "md". path
 * NULL: `<id>.<ext>` in the working folder. *written: heap path. */
bool sc_library_export(struct sc_library *lib, const char *id, const char *format,
                       const char *path, char **written,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err);
/* The same into an open stream, which stays open: a pipe need not be seekable. */
bool sc_library_export_into(struct sc_library *lib, const char *id, const char *format,
                            FILE *out, const struct sc_progress_sink *progress,
                            const struct sc_cancel *cancel, struct sc_error *err);
struct sc_rescan_report {
    size_t n_found, n_added, n_updated, n_vanished, n_broken;
    json_t *problems; /* list of sentences; decref by the caller */
};
bool sc_library_rescan(struct sc_library *lib, struct sc_rescan_report *out,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err);

/* ---- artifacts ---- */

/* Reads what the lecture's folder holds; *found false when the file is missing. */
bool sc_library_read_transcript(struct sc_library *lib, const struct sc_lecture *l,
                                struct sc_transcript *out, bool *found,
                                struct sc_error *err);
bool sc_library_read_slides(struct sc_library *lib, const struct sc_lecture *l,
                            struct sc_slide_deck *out, bool *found, struct sc_error *err);
bool sc_library_read_notes(struct sc_library *lib, const struct sc_lecture *l,
                           struct sc_notes *out, bool *found, struct sc_error *err);
/* Was it processed to the end once? Told by its folder. */
bool sc_library_was_processed(struct sc_library *lib, const struct sc_lecture *l);
/* metadata.json: merges `fields` (top level) into the file, atomically. */
bool sc_library_merge_metadata(struct sc_library *lib, const struct sc_lecture *l,
                               json_t *fields, struct sc_error *err);

#endif
