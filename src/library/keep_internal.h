/* What the files behind keep.h share. Not for others. */
#ifndef SC_LIBRARY_KEEP_INTERNAL_H
#define SC_LIBRARY_KEEP_INTERNAL_H

#include "library/internal.h"
#include "library/keep.h"

#include <sys/stat.h>

/* ---- walk.c: files below a folder, links never followed ---- */

struct sc_walk {
    /* rel: below root, such as "videos/Graphs 3". false: do not go in. NULL: all. */
    bool (*enter)(void *user, const char *rel);
    /* A regular file. false ends the walk. */
    bool (*file)(void *user, const char *rel, const char *path, const struct stat *st);
    void *user;
};
/* start: "" or a folder below root. False when it was ended or a folder cannot be read.
 */
bool sc_walk(const char *root, const char *start, const struct sc_walk *w,
             struct sc_error *err);
/* sc_walk.enter: checkpoints and chunks are no part of a lecture. */
bool sc_keep_enter(void *user, const char *rel);
/* Below the folder and nothing hidden, whatever somebody wrote into a list. */
bool sc_keep_path_safe(const char *rel);
/* The folder that the file is to lie in. */
bool sc_keep_make_parent(const char *path, struct sc_error *err);
/* "x.part": what is being written. */
bool sc_is_part(const char *name);

/* ---- archive.c ---- */

/* The folder that archives lie in; heap. */
char *sc_keep_archive_dir(const struct sc_keep *k);
bool sc_keep_in_use(const struct sc_keep *k, const char *what);
/* "videos/X" of a lecture, "videos" when the file lies there directly, or NULL; heap. */
char *sc_record_video_folder(const struct sc_record *r);
/* What metadata.json says about the archive: {"file","dir","bytes","video"...}; NULL
 * when there is nothing. New reference. */
json_t *sc_archive_about(struct sc_library *lib, const struct sc_record *r);
/* Where the archive is now; heap. NULL with err when it is nowhere. */
char *sc_archive_find(const struct sc_keep *k, const struct sc_record *r, json_t *about,
                      struct sc_error *err);
/* Writes row and metadata at once; archive: the object, or NULL to remove it. */
bool sc_archive_commit(struct sc_library *lib, struct sc_record *r, json_t *archive,
                       struct sc_error *err);
/* After a kill between the verified archive and the end: what is both in the archive and
 * here goes. The caller holds the lecture's lock. removed: JSON list of paths, or NULL.
 */
bool sc_archive_finish(const struct sc_keep *k, const struct sc_record *r,
                       json_t *removed, struct sc_error *err);
/* Bytes and number of original files beside an archive. */
uint64_t sc_archive_leftover(const struct sc_keep *k, const struct sc_record *r,
                             size_t *n);

#endif
