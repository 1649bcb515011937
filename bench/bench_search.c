/*
 * Search over a large library: 2,000 lectures, 365,000 passages, 18 million
 * words with a natural (Zipf) distribution, made by a seeded generator through
 * the library's own front door. Prints p50 and p99 of whole searches (count,
 * page of 20, snippets), against grep over the transcripts, SQLite's LIKE, and
 * FTS5's own ranking on the same data.
 *
 * The library is built in memory (/dev/shm) where there is room: what is measured
 * is searching, in CPU time of the thread that searches.
 *
 * usage: bench_search [BUILD] [LECTURES [FOLDER]]
 *        FOLDER: made, kept and used again by the next run
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "library/library.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    N_WORDS = 60000,
    UTTERANCES = 182,
    WORDS_EACH = 50,
    QUERIES = 300,
    SLOW_QUERIES = 3, /* of what takes a second each */
    MAX_QUERY = 120,
};

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void) /* xorshift64* (Marsaglia 2003, Vigna 2016) */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 2685821657736338717u;
}

static double uniform(void)
{
    return (double)(next_random() >> 11) / 9007199254740992.0;
}

static char words[N_WORDS][16];

/* Pronounceable, so that prefixes are shared as in a language. */
static void make_words(void)
{
    static const char *const syllables[] = {
        "ba",   "con", "de",  "gra", "lo",  "me",  "pro", "ri",   "sta",
        "tor",  "ver", "an",  "in",  "ter", "al",  "go",  "rith", "ma",
        "trix", "no",  "de",  "pa",  "th",  "que", "ry",  "in",   "dex",
        "so",   "ta",  "ble", "ha",  "sh",  "tre", "le",  "af",   "ru"};
    for (int i = 0; i < N_WORDS; i++) {
        /* Common words are short (Zipf's other law). */
        int n = 1 + (i > 60) + (i > 1500) + (i > 20000);
        size_t at = 0;
        for (int k = 0; k < n; k++)
            at += (size_t)snprintf(words[i] + at, sizeof words[i] - at, "%s",
                                   syllables[next_random() % 36]);
        snprintf(words[i] + at, sizeof words[i] - at, "%s%c%c", n > 3 ? "" : "",
                 'a' + i % 26, 'a' + i / 26 % 26);
    }
}

/* Rank with probability about 1/rank: inverse of the harmonic sum. */
static const char *random_word(void)
{
    double r = exp(uniform() * log((double)N_WORDS + 1)) - 1;
    int i = (int)r;
    return words[i < N_WORDS ? i : N_WORDS - 1];
}

static void die(struct sc_error *err)
{
    char text[800];
    sc_error_sentence(err, text, sizeof text);
    fprintf(stderr, "bench_search: %s\n", text);
    exit(1);
}

static struct sc_transcript make_transcript(struct sc_buf *plain)
{
    struct sc_transcript t = {0};
    for (int i = 0; i < UTTERANCES; i++) {
        struct sc_buf b = SC_BUF_INIT(0);
        for (int k = 0; k < WORDS_EACH; k++)
            sc_buf_addf(&b, "%s%s", k ? " " : "", random_word());
        sc_buf_addf(plain, "%s\n", sc_buf_str(&b));
        struct sc_utterance u = {.start_s = i * 20.0,
                                 .end_s = i * 20.0 + 19,
                                 .text = sc_buf_detach(&b),
                                 .confidence = -1};
        sc_transcript_add_take(&t, &u, NULL);
    }
    return t;
}

static void fill(struct sc_library *lib, int n_lectures)
{
    struct sc_error err = {0};
    for (int i = 0; i < n_lectures; i++) {
        struct sc_buf plain = SC_BUF_INIT(0);
        struct sc_transcript t = make_transcript(&plain);
        struct sc_lecture l = {0};
        bool existed;
        char title[40], date[16], identity[16];
        snprintf(title, sizeof title, "Lecture %d", i);
        snprintf(date, sizeof date, "20%02d-%02d-%02d", 20 + i / 366, i / 28 % 12 + 1,
                 i % 28 + 1);
        snprintf(identity, sizeof identity, "i%d", i);
        if (!sc_library_add(lib, title, date, NULL, identity, &l, &existed, &err) ||
            !sc_library_index(lib, l.id, &t, NULL, NULL, &err))
            die(&err);
        char *folder = sc_library_folder(lib, &l);
        char *path = sc_path_join(folder, "transcript.txt");
        FILE *f = fopen(path, "wb");
        if (f) {
            fwrite(sc_buf_str(&plain), 1, plain.len, f);
            fclose(f);
        }
        free(folder);
        free(path);
        sc_lecture_finish(&l);
        sc_transcript_finish(&t);
        sc_buf_finish(&plain);
    }
}

/* ---- queries ---- */

enum query_kind { TERM, PHRASE, PREFIX, AND3, QUERY_KINDS };
static const char *const kind_names[] = {"term", "phrase of two", "prefix",
                                         "three terms"};

/* Words as they stand in the text, so that common ones are asked for often. */
static void make_query(sqlite3 *db, enum query_kind kind, int64_t n_rows, char *out)
{
    static sqlite3_stmt *s;
    char text[1024] = "", *token[WORDS_EACH + 1];
    int n = 0;
    if (!s)
        sqlite3_prepare_v2(db,
                           "SELECT text FROM passage WHERE id > (SELECT min(id) FROM "
                           "passage) + (SELECT max(id) - min(id) FROM passage) * ?1 "
                           "AND length(text) > 40 LIMIT 1",
                           -1, &s, NULL);
    (void)n_rows;
    sqlite3_bind_double(s, 1, uniform() * 0.98);
    if (sqlite3_step(s) == SQLITE_ROW)
        snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_reset(s);
    for (char *p = text; *p && n < WORDS_EACH;) {
        token[n++] = p;
        p += strcspn(p, " ");
        if (*p)
            *p++ = '\0';
    }
    if (n < 10)
        token[0] = words[100], token[1] = words[200], token[2] = words[300], n = 3;
    int at = (int)(next_random() % (uint64_t)(n - 2));
    switch (kind) {
    case TERM:
        snprintf(out, MAX_QUERY, "%s ", token[at]);
        break;
    case PHRASE:
        snprintf(out, MAX_QUERY, "\"%s %s\"", token[at], token[at + 1]);
        break;
    case PREFIX:
        snprintf(out, MAX_QUERY, "%.*s", 2 + (int)(next_random() % 3), token[at]);
        break;
    default:
        snprintf(out, MAX_QUERY, "%s %s %s ", token[at], token[at + 1], token[at + 2]);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(double *ms, size_t n, double p)
{
    qsort(ms, n, sizeof *ms, ascending);
    size_t at = (size_t)(p * (double)n);
    return ms[at < n ? at : n - 1];
}

/* Of this thread: nothing here waits, and other programs must not count. */
static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double ours(struct sc_library *lib, const char *query)
{
    struct sc_error err = {0};
    struct sc_search_options o = {.query = query};
    struct sc_hit *hits = NULL;
    size_t n = 0, total = 0;
    double began = cpu_ms();
    if (!sc_library_search(lib, &o, &hits, &n, &total, NULL, &err))
        die(&err);
    double ms = cpu_ms() - began;
    for (size_t i = 0; i < n; i++)
        sc_hit_finish(&hits[i]);
    free(hits);
    return ms;
}

static double plain_sql(sqlite3 *db, const char *sql, const char *argument)
{
    sqlite3_stmt *s = NULL;
    double began = cpu_ms();
    sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    sqlite3_bind_text(s, 1, argument, -1, SQLITE_TRANSIENT);
    while (sqlite3_step(s) == SQLITE_ROW)
        ;
    sqlite3_finalize(s);
    return cpu_ms() - began;
}

static double grep(const char *root, const char *word)
{
    int status;
    struct sc_buf out = SC_BUF_INIT(1u << 30);
    const char *argv[] = {"grep", "-rnFi", "--include=transcript.txt", word, root, NULL};
    double began = sc_clock_monotonic_s();
    sc_proc_run(argv, &out, &status, NULL, NULL);
    double ms = (sc_clock_monotonic_s() - began) * 1000;
    sc_buf_finish(&out);
    return ms;
}

static void row(const char *what, double our_ms, const char *other, double other_ms,
                const char *aim)
{
    printf("%s\t%.1f ms\t%s\t%.1f ms\t%.0fx\t%s\n", what, our_ms, other, other_ms,
           other_ms / our_ms, aim);
}

/* One kind of query: ours, and FTS5's own ranking of the same expression. */
static void measure(struct sc_library *lib, sqlite3 *db, enum query_kind kind, char *rare)
{
    static double mine[QUERIES], fts[QUERIES];
    char what[80], query[MAX_QUERY], match[MAX_QUERY + 16];
    size_t n_fts = 0;
    for (int i = 0; i < QUERIES; i++) {
        make_query(db, kind, 0, query);
        mine[i] = ours(lib, query);
        if (i % 20 == 0) { /* its ranking takes a fraction of a second */
            snprintf(match, sizeof match, "%s%s", query, kind == PREFIX ? "*" : "");
            fts[n_fts++] =
                plain_sql(db,
                          "SELECT rowid, snippet(passage_fts, 0, '<', '>', '', 20)"
                          " FROM passage_fts WHERE passage_fts MATCH ?1 "
                          "ORDER BY rank LIMIT 20",
                          match);
        }
        if (kind == TERM && i == 7) {
            snprintf(rare, MAX_QUERY, "%s", query);
            rare[strcspn(rare, " ")] = '\0';
        }
    }
    double fts50 = percentile(fts, n_fts, 0.5), fts99 = percentile(fts, n_fts, 0.99);
    snprintf(what, sizeof what, "search, %s, p50", kind_names[kind]);
    row(what, percentile(mine, QUERIES, 0.5), "FTS5 bm25", fts50, "");
    snprintf(what, sizeof what, "search, %s, p99", kind_names[kind]);
    row(what, percentile(mine, QUERIES, 0.99), "FTS5 bm25", fts99,
        kind == TERM ? "p99 < 50 ms" : "");
}

static void compare_with_scans(struct sc_library *lib, sqlite3 *db, const char *word)
{
    double g[SLOW_QUERIES], like[SLOW_QUERIES], mine[SLOW_QUERIES];
    char pattern[MAX_QUERY];
    snprintf(pattern, sizeof pattern, "%%%s%%", word);
    for (int i = 0; i < SLOW_QUERIES; i++) {
        mine[i] = ours(lib, word);
        g[i] = grep(sc_library_root(lib), word);
        like[i] = plain_sql(db, "SELECT id FROM passage WHERE text LIKE ?1", pattern);
    }
    double m = percentile(mine, SLOW_QUERIES, 0.5);
    row("search, one word, median", m, "grep -r", percentile(g, SLOW_QUERIES, 0.5), "");
    row("search, one word, median", m, "SQLite LIKE", percentile(like, SLOW_QUERIES, 0.5),
        "");
}

/* In memory when it fits twice: no fsync that the library asks for costs time there. */
static char *temporary_folder(int64_t lectures)
{
    uint64_t room = 0;
    bool memory = sc_dir_exists("/dev/shm") && sc_disk_free("/dev/shm", &room, NULL) &&
                  room > (uint64_t)lectures * 1000000;
    char *root = sc_strf("%s/scaler-bench-XXXXXX", memory ? "/dev/shm" : "/tmp");
    return root ? mkdtemp(root) : NULL;
}

int main(int argc, char **argv)
{
    struct sc_error err = {0};
    struct sc_library *lib = NULL;
    sqlite3 *db = NULL;
    int64_t lectures = 2000;
    char rare[MAX_QUERY] = "graph";
    if (argc > 2)
        sc_parse_i64(argv[2], &lectures);
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_words();
    char *root = argc > 3 ? sc_strdup(argv[3]) : temporary_folder(lectures);
    bool there = argc > 3 && sc_dir_exists(root);
    if (!root || !sc_library_open(root, &lib, &err))
        die(&err);
    double began = sc_clock_monotonic_s();
    if (!there)
        fill(lib, (int)lectures);
    double built = sc_clock_monotonic_s() - began;
    char *path = sc_path_join(sc_library_root(lib), ".scaler/catalog.db");
    int64_t bytes = sc_file_size(path);
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    sqlite3_exec(db, "PRAGMA cache_size = -16384", NULL, NULL, NULL); /* as ours */
    printf("# search: %lld lectures, %lld passages, %.1f million words; added in %.0f s "
           "(%.1f ms each), catalog %.0f MB\n",
           (long long)lectures, (long long)lectures * UTTERANCES,
           (double)lectures * UTTERANCES * WORDS_EACH / 1e6, built,
           built * 1000 / (double)lectures, (double)bytes / 1e6);
    for (int k = 0; k < QUERY_KINDS; k++)
        measure(lib, db, (enum query_kind)k, rare);
    compare_with_scans(lib, db, rare);
    sqlite3_close(db);
    sc_library_close(lib);
    free(path);
    if (argc <= 3)
        sc_remove_tree(root, NULL);
    free(root);
    return 0;
}
