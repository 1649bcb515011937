/*
 * Keeping a library in order: cleanup, archives, backups, what takes the room.
 *
 * Every function leaves lectures in work alone (their lock, and `in_use` for
 * what waits in a queue), may be killed at any moment, and goes on or tidies up
 * at its next run: the original is removed only when its copy was read back and
 * compared. With dry_run nothing changes and the report says what would.
 * Reports are JSON objects (new references), as commands and the API show them.
 * Call from the thread that owns the library handle.
 */
#ifndef SC_LIBRARY_KEEP_H
#define SC_LIBRARY_KEEP_H

#include "library/library.h"

struct sc_keep {
    struct sc_library *lib;  /* borrowed */
    const char *archive_dir; /* NULL or empty: `<library>/archives` */
    int64_t keep_logs_s;     /* -1: for ever */
    bool dry_run;
    /* Cleanup may take what cannot be made again too (it is always named). */
    bool irreplaceable;
    /* Whether an unfinished job uses this: a lecture's id, a job's id, an absolute path.
     */
    bool (*in_use)(void *user, const char *what);
    void *user;
    struct sc_progress_sink progress;
    const struct sc_cancel *cancel;
};

/* ---- cleanup ---- */

/*
 * {"dryRun","count","bytes","items":[{"path","kind","bytes","why","remakeable",
 * "lecture","removed"}],"kept":[{"path","why"}]}. Kinds: chunks, audio, part,
 * work, orphan, upload, log, trash, archive.
 */
bool sc_keep_cleanup(const struct sc_keep *k, json_t **report, struct sc_error *err);

/* ---- archives: `<id>.tar.zst` ---- */

/*
 * Packs the whole lecture, reads the archive back, compares every member's
 * SHA-256, and only then removes the video; text and slides stay.
 * {"id","title","archive","bytes","archiveBytes","files","dryRun"}.
 */
bool sc_keep_archive(const struct sc_keep *k, const char *id, json_t **report,
                     struct sc_error *err);
/*
 * Ids of the lectures held more than older_than_s ago, not changed for
 * unchanged_s, that can be archived now. JSON list (new reference).
 */
bool sc_keep_archive_due(const struct sc_keep *k, int64_t older_than_s,
                         int64_t unchanged_s, json_t **ids, struct sc_error *err);
/* Appends to problems (JSON list) a sentence per archived lecture whose archive is not
 * where it was noted, nor in archive_dir, nor in the library. */
bool sc_keep_missing_archives(const struct sc_keep *k, json_t *problems,
                              struct sc_error *err);
/* Brings the video back, compared; keep: the archive stays too. */
bool sc_keep_unarchive(const struct sc_keep *k, const char *id, bool keep,
                       json_t **report, struct sc_error *err);

/* ---- backup ---- */

struct sc_backup_options {
    const char *dest;
    bool with_keys; /* keys, settings, and the queue with its signatures */
    bool verify;    /* read again what is there already */
    bool prune;     /* remove what is no longer in the library */
};
/* {"dest","dryRun","files","bytes","copied","copiedBytes","unchanged","gone","pruned",
 * "items":[{"path","bytes","why"}],"kept":[{"path","why"}]} */
bool sc_keep_backup(const struct sc_keep *k, const struct sc_backup_options *o,
                    json_t **report, struct sc_error *err);

struct sc_restore_options {
    const char *src;
    bool overwrite; /* also what is newer here or a student's own words; a copy is kept */
    bool with_gone; /* also what was removed from the library before the last backup */
};
/* {"src","dryRun","restored","bytes","same","items":[{"path","bytes","why"}],
 * "kept":[{"path","why"}],"damaged":[{"path","why"}]} */
bool sc_keep_restore(const struct sc_keep *k, const struct sc_restore_options *o,
                     json_t **report, struct sc_error *err);

/* ---- usage ---- */

struct sc_usage {
    uint64_t videos, audio, slides, text, archives, temporary, other;
};
/* Walks the library (and archive_dir when it lies elsewhere). */
void sc_keep_usage(const char *root, const char *archive_dir, struct sc_usage *out);

#endif
