/*
 * What the files of this module share. Not for others.
 *
 * db.c knows SQLite's errors, transactions and statements; lectures.c the rows
 * of lectures and stages; folders.c names and places on disk; metadata.c the
 * file metadata.json; index.c, query.c and search.c full text; rescan.c the way
 * from folders to rows; export.c the way out.
 */
#ifndef SC_LIBRARY_INTERNAL_H
#define SC_LIBRARY_INTERNAL_H

#include "base/clock.h"
#include "base/file.h"
#include "library/library.h"
#include "library/sql.h"

#include <locale.h>
#include <sqlite3.h>

#ifdef __APPLE__
#include <xlocale.h>
#endif

struct sc_library {
    char *root; /* absolute */
    sqlite3 *db;
    sqlite3_stmt *statements[SC_SQL_COUNT];
    const struct sc_cancel *cancel; /* of the running call, for the progress handler */
    const int64_t *wanted;          /* rows that the running search shows, ascending */
    size_t n_wanted;
};

/* ---- db.c ---- */

/* The statement, reset and without bindings; prepared at first use. */
sqlite3_stmt *sc_db_use(struct sc_library *lib, enum sc_sql id, struct sc_error *err);
/* Steps: 1 a row, 0 done (and reset), -1 failed (and reset). */
int sc_db_step(struct sc_library *lib, sqlite3_stmt *s, struct sc_error *err);
/* Steps a statement that gives no rows. */
bool sc_db_run(struct sc_library *lib, sqlite3_stmt *s, struct sc_error *err);
/* Turns SQLite's last error into ours. Returns false. */
bool sc_db_fail(struct sc_library *lib, struct sc_error *err);
bool sc_db_exec(struct sc_library *lib, const char *sql, struct sc_error *err);
/* A write transaction; waits for other processes. Not nested. */
bool sc_db_begin(struct sc_library *lib, struct sc_error *err);
/* Commits when ok and nothing fails, else rolls back; returns whether it is committed. */
bool sc_db_end(struct sc_library *lib, bool ok, struct sc_error *err);
/* While set, long statements stop with SC_ERR_CANCELLED. */
void sc_db_set_cancel(struct sc_library *lib, const struct sc_cancel *cancel);
void sc_db_bind_text(sqlite3_stmt *s, int at, const char *text); /* NULL allowed */
char *sc_db_text(sqlite3_stmt *s, int column);                   /* heap; NULL for NULL */

/* rank.c: registers `sc_rank` with FTS5, and `sc_wanted`. */
bool sc_rank_register(struct sc_library *lib);

/* ---- rows: lectures.c ---- */

/* A lecture with what only this module knows. */
struct sc_record {
    struct sc_lecture l;
    int64_t n;       /* its number in the catalog */
    char *video_dir; /* "videos/Graphs 3", or NULL */
};
void sc_record_finish(struct sc_record *r);
bool sc_record_get(struct sc_library *lib, const char *id, struct sc_record *out,
                   bool *found, struct sc_error *err);
bool sc_record_by_identity(struct sc_library *lib, const char *identity,
                           struct sc_record *out, bool *found, struct sc_error *err);
bool sc_record_list(struct sc_library *lib, struct sc_record **out, size_t *n,
                    struct sc_error *err);
/* r->n is set. */
bool sc_record_insert(struct sc_library *lib, struct sc_record *r, struct sc_error *err);
bool sc_record_update(struct sc_library *lib, const struct sc_record *r,
                      struct sc_error *err);
bool sc_record_delete(struct sc_library *lib, const struct sc_record *r,
                      struct sc_error *err);
bool sc_stage_put(struct sc_library *lib, int64_t n, const struct sc_stage_row *row,
                  struct sc_error *err);

/* ---- folders.c ---- */

/* The id that follows from a folder's name; attempt > 0 gives others. Heap. */
char *sc_id_from_folder(const char *folder, unsigned attempt);
/* Lower-case letters, digits, '-', '_' and '.', 1 to 80, no leading dot. */
bool sc_id_valid(const char *id);
/* "YYYY-MM-DD_Title" to its parts; title (heap) may be NULL. */
bool sc_folder_parse(const char *folder, char date[11], char **title);
/* A relative path below `videos/` without dot segments. */
bool sc_video_path_valid(const char *path);
/* Makes `<prefix><safe title>[ 2...]` below root; *name: relative, heap. */
bool sc_folder_make(struct sc_library *lib, const char *prefix, const char *title,
                    bool (*taken)(struct sc_library *lib, const char *name), char **name,
                    struct sc_error *err);
bool sc_folder_is_taken(struct sc_library *lib, const char *name);
bool sc_video_dir_is_taken(struct sc_library *lib, const char *name);

/* ---- metadata.c ---- */

enum { SC_MAX_STAGES = 16 };

/* What metadata.json says about the lecture itself; fields may be NULL. */
struct sc_metadata {
    struct sc_record r; /* n unused; status SC_LECTURE_STATUS_COUNT when not said */
    struct sc_stage_row stages[SC_MAX_STAGES];
    size_t n_stages;
};
/* Pure: bytes in, struct out; unknown or unfit fields are left out. */
bool sc_metadata_parse(const char *json, size_t len, struct sc_metadata *out,
                       struct sc_error *err);
void sc_metadata_finish(struct sc_metadata *m);
bool sc_metadata_read(struct sc_library *lib, const char *folder, struct sc_metadata *out,
                      bool *found, struct sc_error *err);
/* The fields of the lecture itself (new reference). */
json_t *sc_metadata_fields(const struct sc_record *r);
json_t *sc_metadata_stage(const struct sc_stage_row *row);
/* Merges into the folder's metadata.json; the caller holds the write transaction. */
bool sc_metadata_merge(struct sc_library *lib, const char *folder, json_t *fields,
                       struct sc_error *err);

/* ---- index.c ---- */

enum sc_kind {
    SC_KIND_TRANSCRIPT,
    SC_KIND_SLIDE,
    SC_KIND_NOTES,
    SC_KIND_SUMMARY,
    SC_KIND_CARD,
    SC_KIND_ANNOUNCEMENT,
    SC_KIND_TITLE,
    SC_KIND_COUNT
};
const char *sc_kind_name(enum sc_kind k);
bool sc_kind_parse(const char *name, enum sc_kind *out);

/*
 * A passage's row number says when and where: day (16 bits), lecture (22),
 * place in the lecture counted backwards (20), kind (3). So the newest comes
 * first by row number alone, and lecture, dates and kind are ranges and masks.
 */
enum { SC_PASSAGE_KIND_BITS = 3, SC_PASSAGE_SEQ_BITS = 20, SC_PASSAGE_LECTURE_BITS = 22 };
int64_t sc_passage_base(const char *date, int64_t lecture);
int64_t sc_passage_days(const char *date);
bool sc_index_remove(struct sc_library *lib, const struct sc_record *r,
                     struct sc_error *err);
/* The title's passage alone, after a change. */
bool sc_index_title(struct sc_library *lib, const struct sc_record *r,
                    struct sc_error *err);
/* Inside the caller's transaction. */
bool sc_index_put(struct sc_library *lib, const struct sc_record *r,
                  const struct sc_transcript *t, const struct sc_slide_deck *deck,
                  const struct sc_notes *notes, struct sc_error *err);

/* ---- query.c ---- */

struct sc_query {
    char *match_all; /* FTS5 expression: every term; NULL when there are no terms */
    char *match_any; /* at least one; NULL with fewer than two terms */
    char **literals; /* terms with signs, such as "c++", lower case */
    size_t n_literals;
};
bool sc_query_parse(const char *text, struct sc_query *out, struct sc_error *err);
void sc_query_finish(struct sc_query *q);
/* Sets U+200B between characters of scripts without word spaces; heap memory. */
char *sc_text_for_index(const char *text, size_t len);
bool sc_text_is_unspaced(uint32_t cp);

/* ---- rescan.c ---- */

/* Whether root holds something that a new catalog does not know. */
bool sc_rescan_worthwhile(struct sc_library *lib);

/* ---- export.c ---- */

/* For libarchive, which asks the thread's locale how to write names; 0 when there is none. */
locale_t sc_utf8_locale(void);

/* ---- loose.c: readers of Markdown and pictures, where no JSON is ---- */

bool sc_loose_transcript(const char *text, size_t len, struct sc_transcript *out,
                         struct sc_error *err);
bool sc_loose_notes(const char *lecture_notes, size_t len, struct sc_notes *out,
                    struct sc_error *err);
bool sc_loose_slides(const char *slides_dir, struct sc_slide_deck *out,
                     struct sc_error *err);

#endif
