/*
 * A backup's folder:
 *
 *   scaler-backup.json  what the last whole backup holds: size, time, SHA-256
 *   files/...           the files as in the library, to be read without any program
 *   incoming/           copies of a backup that is not finished
 *   publish.json        the next scaler-backup.json, while copies move into place
 *
 * Copies stay in incoming/ until all are there; then publish.json is written, and
 * from that moment the new backup is the one that counts: a copy that has not been
 * moved yet is found in incoming/. So at any moment one whole backup can be restored.
 * Not a front door.
 */
#ifndef SC_LIBRARY_BACKUP_STORE_H
#define SC_LIBRARY_BACKUP_STORE_H

#include "library/keep_internal.h"

#define SC_BACKUP_MANIFEST "scaler-backup.json"
#define SC_BACKUP_PUBLISH "publish.json"

/* Copies of this size are flushed one by one, smaller ones together. */
enum { SC_BACKUP_FLUSH_ALONE = 1 << 20 };

struct sc_backup_store {
    char *dir;        /* absolute */
    json_t *manifest; /* the published one, or of a publication under way; NULL: none */
    bool publishing;
    struct sc_lock lock;
};

/* write: made when missing, locked, and a publication under way is brought to its end. */
bool sc_backup_store_open(const char *dir, bool write, struct sc_backup_store *out,
                          struct sc_error *err);
void sc_backup_store_close(struct sc_backup_store *s);
/* Heap paths: the copy in place; the copy that waits in incoming/. */
char *sc_backup_place(const struct sc_backup_store *s, const char *rel);
char *sc_backup_incoming(const struct sc_backup_store *s, const char *rel);
/* Where the content of a file is now. Heap. */
char *sc_backup_find(const struct sc_backup_store *s, const char *rel);
/* Makes `next` (borrowed) the backup that counts and moves the copies into place. */
bool sc_backup_publish(struct sc_backup_store *s, json_t *next, struct sc_error *err);
/* A path below the library that a backup may hold; nothing hidden but some of .scaler/.
 */
bool sc_backup_path_valid(const char *rel);
/* Copies with SHA-256: from -> to.part -> to, with the time mtime_ns. SC_ERR_CONFLICT
 * when the source changed meanwhile. */
struct sc_backup_copy {
    const char *from, *to;
    bool private_file;
    bool flush;                             /* a small file too, with its folder */
    const char *expected;                   /* SHA-256 that it must have, or NULL */
    int64_t mtime_ns;                       /* 0: the source's */
    void (*on_bytes)(void *user, size_t n); /* may be NULL */
    void *user;
    const struct sc_cancel *cancel;
};
bool sc_backup_copy(const struct sc_backup_copy *c, char hex[65], struct sc_error *err);

#endif
