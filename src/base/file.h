/*
 * Files and paths. Whole-file writes are atomic: they go into `<path>.part`,
 * are flushed to disk and renamed, then the folder is flushed. Paths are
 * UTF-8 byte strings; functions returning `char *` give heap memory or NULL
 * when memory is out.
 */
#ifndef SC_BASE_FILE_H
#define SC_BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* "a/b"; avoids a doubled slash. */
char *sc_path_join(const char *a, const char *b);
/* Points into path, behind the last slash. */
const char *sc_path_base(const char *path);
/* ".mp4" with the dot, or "" ; points into path. */
const char *sc_path_ext(const char *path);
/* True when `path` resolves (symlinks followed) to `root` or something inside it. */
bool sc_path_inside(const char *root, const char *path);

bool sc_file_exists(const char *path);
bool sc_dir_exists(const char *path);
/* Size in bytes, or -1. */
int64_t sc_file_size(const char *path);
bool sc_mkdirs(const char *path, struct sc_error *err);

/* Reads a whole file of at most max_bytes, appended to out. */
bool sc_file_read(const char *path, size_t max_bytes, struct sc_buf *out,
                  struct sc_error *err);
/* Atomic replace. `private_file` gives mode 0600. */
bool sc_file_write(const char *path, const void *data, size_t len, bool private_file,
                   struct sc_error *err);
/* fsync the open stream, close it, rename `from` to `to`, fsync the folder. Takes f also on failure. */
bool sc_file_commit_take(FILE *f, const char *from, const char *to, struct sc_error *err);
bool sc_file_rename(const char *from, const char *to, struct sc_error *err);
bool sc_file_copy(const char *from, const char *to, struct sc_error *err);
/* Removes a file or a whole tree; missing is fine. Never follows symlinks. */
bool sc_remove_tree(const char *path, struct sc_error *err);
/* Bytes free for this user on the file system that holds path (or its nearest existing parent). */
bool sc_disk_free(const char *path, uint64_t *bytes, struct sc_error *err);
/* Bytes used by all regular files below path. */
uint64_t sc_tree_size(const char *path);

/*
 * Calls fn for every entry of a folder in byte order, without "." and "..".
 * fn returns false to stop. A missing folder is an empty one.
 */
typedef bool (*sc_dir_fn)(void *user, const char *name);
bool sc_dir_each(const char *path, sc_dir_fn fn, void *user, struct sc_error *err);

/* An advisory lock on a file, held until sc_lock_release or process end. */
struct sc_lock {
    int fd; /* -1 = not held */
};
/* SC_ERR_CONFLICT when another process holds it. */
bool sc_lock_try(struct sc_lock *lock, const char *path, struct sc_error *err);
void sc_lock_release(struct sc_lock *lock);

#endif
