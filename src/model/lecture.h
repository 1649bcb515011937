/*
 * A lecture in the library.
 */
#ifndef SC_MODEL_LECTURE_H
#define SC_MODEL_LECTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order a lecture goes through them. Names: sc_lecture_status_name(). */
enum sc_lecture_status {
    SC_LECTURE_DOWNLOADING,
    SC_LECTURE_PAUSED, /* a download that waits for a signature, disk space or a person */
    SC_LECTURE_DOWNLOADED,
    SC_LECTURE_QUEUED,
    SC_LECTURE_PROCESSING,
    SC_LECTURE_PROCESSED,
    SC_LECTURE_ERROR,
    SC_LECTURE_ARCHIVED, /* its video lies in an archive; text and slides are here */
    SC_LECTURE_STATUS_COUNT
};

struct sc_lecture {
    char *id;         /* stable, URL-safe; follows from the folder's first name */
    char *title;
    char *date;       /* "YYYY-MM-DD" */
    enum sc_lecture_status status;
    char *folder;     /* "2026-11-23_Graphs 3", relative to the library */
    char *video_path; /* relative to the library, or NULL */
    double duration_s;
    char *source;     /* redacted URL or file name, or NULL */
    char *identity;   /* SHA-256 of the stream without signature, or of the file; or NULL */
    char *error;      /* why the status is ERROR or PAUSED, or NULL */
    char *error_code; /* slug, or NULL */
    double progress;  /* 0..100 of the current status */
    int64_t created_unix, updated_unix;
};

void sc_lecture_finish(struct sc_lecture *l);
const char *sc_lecture_status_name(enum sc_lecture_status s);
bool sc_lecture_status_parse(const char *name, enum sc_lecture_status *out);

/*
 * A title as a folder name: letters, digits, space, '-' and '_' of any script
 * are kept, at most 50 characters (code points), trimmed; "lecture" when
 * nothing is left. Heap memory.
 */
char *sc_title_safe(const char *title);

#endif
