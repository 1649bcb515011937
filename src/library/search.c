/*
 * Search. Counting comes first and stops early: up to RANK_LIMIT matches are
 * ranked, above that the newest come first, which costs next to nothing because
 * row numbers are in order of date. When no passage holds every term, those
 * that hold the most are shown.
 */
#include "library/internal.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LIMIT = 20, MAX_LIMIT = 1000, TOTAL_CAP = 10000, RANK_LIMIT = 5000 };

void sc_hit_finish(struct sc_hit *h)
{
    free(h->lecture_id);
    free(h->lecture_title);
    free(h->lecture_date);
    free(h->snippet);
    free(h->slide);
    *h = (struct sc_hit){0};
}

/* What a search looks at: a range of row numbers and perhaps one kind. */
struct scope {
    int64_t from, to;
    int kind; /* -1 = all */
    const char *literal;
};

static bool scope_of(struct sc_library *lib, const struct sc_search_options *o,
                     struct scope *out, struct sc_error *err)
{
    int64_t span = (int64_t)1 << (SC_PASSAGE_SEQ_BITS + SC_PASSAGE_KIND_BITS);
    struct scope s = {.from = 0, .to = INT64_MAX, .kind = -1};
    if (o->kind) {
        enum sc_kind kind;
        if (!sc_kind_parse(o->kind, &kind)) {
            sc_fail(err, SC_ERR_INVALID, "\"%.40s\" is no kind of hit", o->kind);
            return sc_error_hint(err, "Kinds are transcript, slide, notes, summary, "
                                      "card, announcement, title.");
        }
        s.kind = (int)kind;
    }
    if ((o->from_date && !sc_valid_date(o->from_date)) ||
        (o->to_date && !sc_valid_date(o->to_date)))
        return sc_fail(err, SC_ERR_INVALID, "a date must look like 2026-11-23");
    if (o->from_date)
        s.from = sc_passage_base(o->from_date, 0);
    if (o->to_date)
        s.to = sc_passage_base(o->to_date, ((int64_t)1 << SC_PASSAGE_LECTURE_BITS) - 1) +
               span - 1;
    if (o->lecture_id) {
        struct sc_record r = {0};
        bool found = false;
        if (!sc_record_get(lib, o->lecture_id, &r, &found, err))
            return false;
        if (!found)
            return sc_fail(err, SC_ERR_NOT_FOUND,
                           "there is no lecture with the id \"%.80s\"", o->lecture_id);
        int64_t base = sc_passage_base(r.l.date, r.n);
        sc_record_finish(&r);
        if (base < s.from)
            s.to = -1; /* outside the dates: nothing */
        else
            s.from = base;
        if (base + span - 1 < s.to)
            s.to = base + span - 1;
    }
    *out = s;
    return true;
}

static void bind_scope(sqlite3_stmt *s, const char *match, const struct scope *scope)
{
    sc_db_bind_text(s, 1, match);
    sqlite3_bind_int64(s, 2, scope->from);
    sqlite3_bind_int64(s, 3, scope->to);
    sqlite3_bind_int(s, 4, scope->kind);
}

static bool count_matches(struct sc_library *lib, const char *match,
                          const struct scope *scope, size_t *count, struct sc_error *err)
{
    sqlite3_stmt *s =
        sc_db_use(lib, scope->literal ? SC_SQL_LITERAL_COUNT : SC_SQL_SEARCH_COUNT, err);
    if (!s)
        return false;
    bind_scope(s, match, scope);
    sqlite3_bind_int(s, 5, TOTAL_CAP);
    if (scope->literal)
        sc_db_bind_text(s, 6, scope->literal);
    int rc = sc_db_step(lib, s, err);
    *count = rc == 1 ? (size_t)sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    return rc == 1;
}

/* Row numbers of one page of hits. */
static bool page(struct sc_library *lib, const char *match, const struct scope *scope,
                 size_t count, size_t limit, size_t offset, int64_t *rows, size_t *n,
                 struct sc_error *err)
{
    enum sc_sql id = scope->literal        ? SC_SQL_LITERAL_NEWEST
                     : count <= RANK_LIMIT ? SC_SQL_SEARCH_RANKED
                                           : SC_SQL_SEARCH_NEWEST;
    sqlite3_stmt *s = sc_db_use(lib, id, err);
    if (!s)
        return false;
    bind_scope(s, match, scope);
    sqlite3_bind_int64(s, 5, (int64_t)limit);
    sqlite3_bind_int64(s, 6, (int64_t)offset);
    if (scope->literal)
        sc_db_bind_text(s, 7, scope->literal);
    int rc;
    *n = 0;
    while (*n < limit && (rc = sc_db_step(lib, s, err)) == 1)
        rows[(*n)++] = sqlite3_column_int64(s, 0);
    bool ok = *n == limit || rc == 0;
    sqlite3_reset(s);
    return ok;
}

/* Takes the invisible separators of unspaced scripts out again. */
static void strip_separators(char *s)
{
    char *to = s;
    for (const char *p = s; *p;) {
        if (strncmp(p, "\xE2\x80\x8B", 3) == 0)
            p += 3;
        else if (p[0] == 3 && p[1] == 2) /* two marks that touch are one */
            p += 2;
        else if (p[0] == 3 && strncmp(p + 1, "\xE2\x80\x8B\x02", 4) == 0)
            p += 5;
        else
            *to++ = *p++;
    }
    *to = '\0';
}

static bool fill_hit(struct sc_library *lib, int64_t rowid, struct sc_hit *hit,
                     bool *gone, struct sc_error *err)
{
    int64_t lecture = rowid >> (SC_PASSAGE_SEQ_BITS + SC_PASSAGE_KIND_BITS) &
                      (((int64_t)1 << SC_PASSAGE_LECTURE_BITS) - 1);
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_PASSAGE_GET, err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, rowid);
    sqlite3_bind_int64(s, 2, lecture);
    int rc = sc_db_step(lib, s, err);
    *gone = rc == 0;
    if (rc != 1)
        return rc == 0;
    hit->time_s = sqlite3_column_double(s, 0);
    hit->end_s = sqlite3_column_double(s, 1);
    hit->slide = sc_db_text(s, 2);
    hit->lecture_id = sc_db_text(s, 3);
    hit->lecture_title = sc_db_text(s, 4);
    hit->lecture_date = sc_db_text(s, 5);
    bool whole = hit->slide || sqlite3_column_type(s, 2) == SQLITE_NULL;
    sqlite3_reset(s);
    const char *kind = sc_kind_name((enum sc_kind)(rowid & 7));
    memcpy(hit->kind, kind, strlen(kind) + 1);
    return (whole && hit->lecture_id && hit->lecture_title && hit->lecture_date) ||
           sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static int by_row(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/*
 * All snippets of a page in one pass: for a beginning of a word, FTS5 merges the
 * lists of all its words each time that it is asked.
 */
static bool fill_snippets(struct sc_library *lib, const char *match, const int64_t *rows,
                          size_t n, struct sc_hit *hits, struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_SEARCH_SNIPPETS, err);
    int64_t *sorted = calloc(n, sizeof *sorted);
    int rc = -1;
    if (s && sorted) {
        memcpy(sorted, rows, n * sizeof *rows);
        qsort(sorted, n, sizeof *sorted, by_row);
        lib->wanted = sorted;
        lib->n_wanted = n;
        sc_db_bind_text(s, 1, match);
        sqlite3_bind_int64(s, 2, sorted[0]);
        sqlite3_bind_int64(s, 3, sorted[n - 1]);
        bool whole = true;
        while (whole && (rc = sc_db_step(lib, s, err)) == 1) {
            int64_t row = sqlite3_column_int64(s, 0);
            for (size_t i = 0; i < n; i++)
                if (rows[i] == row && !hits[i].snippet)
                    whole = (hits[i].snippet = sc_db_text(s, 1)) != NULL;
        }
        sqlite3_reset(s);
        lib->n_wanted = 0;
        lib->wanted = NULL;
    }
    free(sorted);
    bool ok = rc == 0;
    for (size_t i = 0; ok && i < n; i++) {
        if (!hits[i].snippet)
            hits[i].snippet = sc_strdup("");
        if (!hits[i].snippet)
            ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
        else
            strip_separators(hits[i].snippet);
    }
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/*
 * Which expression gives hits: all terms with the literal signs, all terms,
 * any term. *count 0 = none does.
 */
static bool choose(struct sc_library *lib, const struct sc_query *q, struct scope *scope,
                   const char **match, size_t *count, struct sc_error *err)
{
    *match = q->match_all;
    *count = 0;
    if (!*match)
        return true;
    if (q->n_literals) {
        scope->literal = q->literals[0];
        if (!count_matches(lib, *match, scope, count, err))
            return false;
        if (*count)
            return true;
        scope->literal = NULL;
    }
    if (!count_matches(lib, *match, scope, count, err))
        return false;
    if (*count || !q->match_any)
        return true;
    *match = q->match_any;
    return count_matches(lib, *match, scope, count, err);
}

static bool search(struct sc_library *lib, const struct sc_search_options *o,
                   const struct sc_query *q, struct sc_hit **out, size_t *n,
                   size_t *total, struct sc_error *err)
{
    struct scope scope;
    const char *match;
    size_t limit = o->limit ? o->limit : DEFAULT_LIMIT, count = 0, n_rows = 0, kept = 0;
    if (limit > MAX_LIMIT)
        limit = MAX_LIMIT;
    if (!scope_of(lib, o, &scope, err) || !choose(lib, q, &scope, &match, &count, err))
        return false;
    int64_t *rows = calloc(limit, sizeof *rows);
    struct sc_hit *hits = calloc(limit, sizeof *hits);
    bool ok = rows && hits;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (ok && count)
        ok = page(lib, match, &scope, count, limit, o->offset, rows, &n_rows, err);
    for (size_t i = 0; ok && i < n_rows; i++) {
        bool gone = false;
        ok = fill_hit(lib, rows[i], &hits[kept], &gone, err);
        if (ok && !gone)
            rows[kept++] = rows[i];
        else
            sc_hit_finish(&hits[kept]);
    }
    if (ok && kept)
        ok = fill_snippets(lib, match, rows, kept, hits, err);
    free(rows);
    if (!ok) {
        for (size_t i = 0; hits && i < kept; i++)
            sc_hit_finish(&hits[i]);
        free(hits);
        return false;
    }
    *out = hits;
    *n = kept;
    *total = count;
    return true;
}

bool sc_library_search(struct sc_library *lib, const struct sc_search_options *opts,
                       struct sc_hit **out, size_t *n, size_t *total,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_query q = {0};
    if (!sc_query_parse(opts->query ? opts->query : "", &q, err))
        return false;
    sc_db_set_cancel(lib, cancel);
    /* One snapshot, so that count, rows and snippets agree. */
    bool ok = sc_db_exec(lib, "BEGIN", err);
    if (ok) {
        ok = search(lib, opts, &q, out, n, total, err);
        sqlite3_exec(lib->db, "ROLLBACK", NULL, NULL, NULL);
    }
    sc_db_set_cancel(lib, NULL);
    sc_query_finish(&q);
    return ok;
}
