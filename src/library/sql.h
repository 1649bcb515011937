/* Every statement of the catalog. Text is constant; values are bound. */
#ifndef SC_LIBRARY_SQL_H
#define SC_LIBRARY_SQL_H

#define SC_LECTURE_COLUMNS                                                               \
    "n, id, title, date, status, folder, video_path, video_dir, duration_s, source, "    \
    "identity, error, error_code, progress, created, updated"

#define SC_SQL_TABLE(X)                                                                  \
    X(LECTURE_BY_ID, "SELECT " SC_LECTURE_COLUMNS " FROM lecture WHERE id = ?1")         \
    X(LECTURE_BY_NUMBER, "SELECT " SC_LECTURE_COLUMNS " FROM lecture WHERE n = ?1")      \
    X(LECTURE_BY_PREFIX, "SELECT " SC_LECTURE_COLUMNS " FROM lecture "                   \
                         "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 4")     \
    X(LECTURE_BY_IDENTITY,                                                               \
      "SELECT " SC_LECTURE_COLUMNS " FROM lecture WHERE identity = ?1")                  \
    X(LECTURE_LIST, "SELECT " SC_LECTURE_COLUMNS " FROM lecture "                        \
                    "ORDER BY date DESC, created DESC, id")                              \
    X(LECTURE_LAST_CREATED, "SELECT max(created) FROM lecture")                          \
    X(LECTURE_INSERT,                                                                    \
      "INSERT INTO lecture(id, title, date, status, folder, video_path, video_dir, "     \
      "duration_s, source, identity, error, error_code, progress, created, updated) "    \
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")        \
    X(LECTURE_UPDATE,                                                                    \
      "UPDATE lecture SET title = ?2, date = ?3, status = ?4, folder = ?5, "             \
      "video_path = ?6, video_dir = ?7, duration_s = ?8, source = ?9, identity = ?10, "  \
      "error = ?11, error_code = ?12, progress = ?13, created = ?14, updated = ?15 "     \
      "WHERE id = ?1")                                                                   \
    X(LECTURE_PROGRESS, "UPDATE lecture SET progress = ?2, updated = ?3 WHERE id = ?1")  \
    X(LECTURE_DELETE, "DELETE FROM lecture WHERE id = ?1")                               \
    X(FOLDER_TAKEN, "SELECT 1 FROM lecture WHERE folder = ?1")                           \
    X(VIDEO_DIR_TAKEN, "SELECT 1 FROM lecture WHERE video_dir = ?1 "                     \
                       "OR substr(video_path, 1, length(?1) + 1) = ?1 || '/'")           \
    X(VIDEO_DIR_SHARED, "SELECT 1 FROM lecture WHERE id <> ?1 AND (video_dir = ?2 "      \
                        "OR substr(video_path, 1, length(?2) + 1) = ?2 || '/')")         \
    X(STAGE_GET, "SELECT name, state, fingerprint, seconds, error FROM stage "           \
                 "WHERE lecture = ?1 AND name = ?2")                                     \
    X(STAGE_LIST, "SELECT name, state, fingerprint, seconds, error FROM stage "          \
                  "WHERE lecture = ?1 ORDER BY rowid")                                   \
    X(STAGE_PUT,                                                                         \
      "INSERT INTO stage(lecture, name, state, fingerprint, seconds, error) "            \
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(lecture, name) DO UPDATE SET "         \
      "state = excluded.state, fingerprint = excluded.fingerprint, "                     \
      "seconds = excluded.seconds, error = excluded.error")                              \
    X(STAGE_CLEAR, "DELETE FROM stage WHERE lecture = ?1")                               \
    X(FLAG_GET, "SELECT 1 FROM flag WHERE name = ?1")                                    \
    X(FLAG_SET, "INSERT OR IGNORE INTO flag(name) VALUES(?1)")                           \
    X(FLAG_CLEAR, "DELETE FROM flag WHERE name = ?1")                                    \
    X(PASSAGE_INSERT, "INSERT INTO passage(id, start_s, end_s, slide, text) "            \
                      "VALUES(?1, ?2, ?3, ?4, ?5)")                                      \
    X(PASSAGE_GET, "SELECT p.start_s, p.end_s, p.slide, l.id, l.title, l.date "          \
                   "FROM passage p, lecture l WHERE p.id = ?1 AND l.n = ?2")             \
    X(PASSAGE_RANGE, "SELECT id, text FROM passage WHERE id BETWEEN ?1 AND ?2")          \
    X(PASSAGE_DELETE, "DELETE FROM passage WHERE id BETWEEN ?1 AND ?2")                  \
    X(FTS_INSERT, "INSERT INTO passage_fts(rowid, text) VALUES(?1, ?2)")                 \
    X(FTS_DELETE,                                                                        \
      "INSERT INTO passage_fts(passage_fts, rowid, text) VALUES('delete', ?1, ?2)")      \
    X(SEARCH_COUNT,                                                                      \
      "SELECT count(*) FROM (SELECT 1 FROM passage_fts WHERE passage_fts MATCH ?1 "      \
      "AND rowid BETWEEN ?2 AND ?3 AND (?4 < 0 OR (rowid & 7) = ?4) LIMIT ?5)")          \
    X(SEARCH_RANKED,                                                                     \
      "SELECT rowid FROM passage_fts WHERE passage_fts MATCH ?1 "                        \
      "AND rowid BETWEEN ?2 AND ?3 AND (?4 < 0 OR (rowid & 7) = ?4) "                    \
      "ORDER BY sc_rank(passage_fts) DESC, rowid DESC LIMIT ?5 OFFSET ?6")               \
    X(SEARCH_NEWEST, "SELECT rowid FROM passage_fts WHERE passage_fts MATCH ?1 "         \
                     "AND rowid BETWEEN ?2 AND ?3 AND (?4 < 0 OR (rowid & 7) = ?4) "     \
                     "ORDER BY rowid DESC LIMIT ?5 OFFSET ?6")                           \
    X(LITERAL_COUNT, "SELECT count(*) FROM (SELECT 1 FROM passage_fts f, passage p "     \
                     "WHERE passage_fts MATCH ?1 AND f.rowid BETWEEN ?2 AND ?3 "         \
                     "AND (?4 < 0 OR (f.rowid & 7) = ?4) AND p.id = f.rowid "            \
                     "AND instr(lower(p.text), ?6) LIMIT ?5)")                           \
    X(LITERAL_NEWEST,                                                                    \
      "SELECT f.rowid FROM passage_fts f, passage p WHERE passage_fts MATCH ?1 "         \
      "AND f.rowid BETWEEN ?2 AND ?3 AND (?4 < 0 OR (f.rowid & 7) = ?4) "                \
      "AND p.id = f.rowid AND instr(lower(p.text), ?7) "                                 \
      "ORDER BY f.rowid DESC LIMIT ?5 OFFSET ?6")                                        \
    X(SEARCH_SNIPPETS,                                                                   \
      "SELECT rowid, snippet(passage_fts, 0, char(2), char(3), '…', 28) "              \
      "FROM passage_fts WHERE passage_fts MATCH ?1 AND rowid BETWEEN ?2 AND ?3 "         \
      "AND sc_wanted(rowid)")

enum sc_sql {
#define SC_X(id, text) SC_SQL_##id,
    SC_SQL_TABLE(SC_X)
#undef SC_X
        SC_SQL_COUNT
};

/* One per schema version, in order; each runs in one transaction. */
#define SC_SCHEMA_1                                                                      \
    "CREATE TABLE lecture("                                                              \
    " n INTEGER PRIMARY KEY,"                                                            \
    " id TEXT NOT NULL UNIQUE,"                                                          \
    " title TEXT NOT NULL,"                                                              \
    " date TEXT NOT NULL,"                                                               \
    " status TEXT NOT NULL,"                                                             \
    " folder TEXT NOT NULL UNIQUE,"                                                      \
    " video_path TEXT,"                                                                  \
    " video_dir TEXT,"                                                                   \
    " duration_s REAL NOT NULL DEFAULT 0,"                                               \
    " source TEXT,"                                                                      \
    " identity TEXT UNIQUE,"                                                             \
    " error TEXT,"                                                                       \
    " error_code TEXT,"                                                                  \
    " progress REAL NOT NULL DEFAULT 0,"                                                 \
    " created INTEGER NOT NULL,"                                                         \
    " updated INTEGER NOT NULL);"                                                        \
    "CREATE INDEX lecture_by_date ON lecture(date DESC, created DESC, id);"              \
    "CREATE TABLE stage("                                                                \
    " lecture INTEGER NOT NULL REFERENCES lecture(n) ON DELETE CASCADE,"                 \
    " name TEXT NOT NULL,"                                                               \
    " state TEXT NOT NULL,"                                                              \
    " fingerprint TEXT NOT NULL,"                                                        \
    " seconds REAL NOT NULL DEFAULT 0,"                                                  \
    " error TEXT NOT NULL DEFAULT '',"                                                   \
    " UNIQUE(lecture, name));"                                                           \
    "CREATE TABLE passage("                                                              \
    " id INTEGER PRIMARY KEY,"                                                           \
    " start_s REAL NOT NULL,"                                                            \
    " end_s REAL NOT NULL,"                                                              \
    " slide TEXT,"                                                                       \
    " text TEXT NOT NULL);"                                                              \
    "CREATE VIRTUAL TABLE passage_fts USING fts5(text, content='passage', "              \
    "content_rowid='id', prefix='2 3 4', "                                               \
    "tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* Co'\");"              \
    "CREATE TABLE flag(name TEXT PRIMARY KEY) WITHOUT ROWID;"                            \
    "INSERT INTO flag VALUES('rescan');"

/*
 * Rows are now written in ascending order, which makes the table half as large and
 * the index a few segments instead of hundreds; FTS5's sizes of documents are not
 * needed by sc_rank(). What is there is read again from the folders.
 */
#define SC_SCHEMA_2                                                                      \
    "DROP TABLE passage_fts;"                                                            \
    "DROP TABLE passage;"                                                                \
    "CREATE TABLE passage("                                                              \
    " id INTEGER PRIMARY KEY,"                                                           \
    " start_s REAL NOT NULL,"                                                            \
    " end_s REAL NOT NULL,"                                                              \
    " slide TEXT,"                                                                       \
    " text TEXT NOT NULL);"                                                              \
    "CREATE VIRTUAL TABLE passage_fts USING fts5(text, content='passage', "              \
    "content_rowid='id', prefix='2 3 4', columnsize=0, "                                               \
    "tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* Co'\");"                                                    \
    "INSERT OR IGNORE INTO flag VALUES('rescan');"

#endif
