/*
 * Errors: one caller-owned struct, no allocation.
 *
 * A function that can fail returns bool and takes `struct sc_error *err` last.
 * The place that first notices the failure calls sc_fail(); callers further
 * out may add what they were doing (sc_error_wrap) and what the user can do
 * (sc_error_hint). The first cause is never overwritten. The top of the
 * program formats the error once, for people or as JSON.
 *
 * Never put a signed URL, a key or a token into an error: use sc_url_redact().
 */
#ifndef SC_BASE_ERROR_H
#define SC_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The one table of error codes.
 * X(name, slug, HTTP status, exit code, meaning)
 */
#define SC_ERROR_TABLE(X)                                                                \
    X(OK, "ok", 200, 0, "Nothing went wrong.")                                           \
    X(INTERNAL, "internal", 500, 1, "A mistake in Scaler Companion itself.")             \
    X(USAGE, "usage", 400, 2, "The command or request was not understood.")              \
    X(INVALID, "invalid", 422, 3, "A value is well-formed but not acceptable.")          \
    X(NOT_FOUND, "not_found", 404, 4, "The lecture, file or resource does not exist.")   \
    X(CONFLICT, "conflict", 409, 5, "Something with the same identity exists or is in use.") \
    X(FORBIDDEN, "forbidden", 403, 6, "The other side refused access.")                  \
    X(EXPIRED, "signature_expired", 403, 7, "The stream's signature has ended; fresh values let the download go on.") \
    X(NETWORK, "network", 502, 8, "The network or the server failed after all retries.") \
    X(INCOMPLETE, "incomplete", 502, 9, "Part of the lecture is missing at the source.") \
    X(LIVE, "live_stream", 409, 10, "The stream is still live; it can be fetched once it has ended.") \
    X(DRM, "drm", 422, 11, "The stream is protected by DRM, which is never circumvented.") \
    X(UNSUPPORTED, "unsupported", 415, 12, "The input is of a kind that is not handled.") \
    X(MEDIA, "bad_media", 422, 13, "The media data is damaged or empty.")                \
    X(DISK_FULL, "disk_full", 507, 14, "There is not enough disk space; nothing was lost.") \
    X(IO, "io", 500, 15, "A file could not be read or written.")                         \
    X(PERMISSION, "permission", 500, 16, "The file system does not permit this.")        \
    X(DEPENDENCY, "dependency", 503, 17, "A program, model or library that this needs is missing.") \
    X(ENGINE, "engine", 500, 18, "A speech engine or language model failed.")            \
    X(MEMORY, "memory", 500, 19, "There is not enough memory.")                          \
    X(LIMIT, "limit", 413, 20, "The input is larger than a built-in limit.")             \
    X(TIMEOUT, "timeout", 504, 21, "Something took longer than its time limit.")         \
    X(RATE, "rate_limited", 429, 22, "The other side asks to slow down.")                \
    X(CANCELLED, "cancelled", 409, 130, "Stopped on request; the next run goes on from here.")

enum sc_error_code {
#define SC_X(name, slug, http, exit, meaning) SC_ERR_##name,
    SC_ERROR_TABLE(SC_X)
#undef SC_X
    SC_ERR_COUNT
};

enum { SC_ERROR_MAX_CONTEXT = 4 };

/* Zero-initialise (`struct sc_error err = {0}`) before first use. */
struct sc_error {
    enum sc_error_code code;
    char cause[400];                          /* the first cause, one sentence part */
    char context[SC_ERROR_MAX_CONTEXT][200];  /* innermost first */
    unsigned n_context;
    char hint[300];                           /* what to do, whole sentences */
};

/*
 * Marks words of a closed set that reach a student by another way than sc_error_hint():
 * the dashboard has them in other languages, and its tests look for the mark.
 */
#define SC_SAID(text) text

/*
 * Records the first cause and returns false, so that failing is one line:
 * `return sc_fail(err, SC_ERR_IO, "cannot open %s", name);`
 * When err already holds a failure, it is kept. NULL err is allowed.
 */
bool sc_fail(struct sc_error *err, enum sc_error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Like sc_fail, with ": strerror(errno)" appended; maps ENOSPC, EACCES, ENOENT... to codes. */
bool sc_fail_errno(struct sc_error *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the action that failed, e.g. "could not download \"Graphs 3\"". Returns false. */
bool sc_error_wrap(struct sc_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the hint unless an inner one exists. Returns false. */
bool sc_error_hint(struct sc_error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void sc_error_clear(struct sc_error *err);

/* "context: cause." without the hint; one line, always NUL-terminated. */
void sc_error_sentence(const struct sc_error *err, char *out, size_t size);

const char *sc_error_slug(enum sc_error_code code);
int sc_error_http_status(enum sc_error_code code);
int sc_error_exit_code(enum sc_error_code code);
const char *sc_error_meaning(enum sc_error_code code);

#endif
