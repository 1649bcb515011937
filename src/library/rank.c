/*
 * sc_rank(): how well a passage answers the query.
 *
 * FTS5's own bm25() counts, for every term, the rows of the whole index that
 * hold it before the first row is ranked; with a common word that alone costs
 * tens of milliseconds. What decides here is in the row itself: how many of the
 * terms it holds (for OR queries), how often, how near each other they stand, and
 * its kind: a title or a slide says more than a sentence. Passages are of similar
 * length by themselves, so no length has to be looked up for every match.
 */
#include "library/internal.h"

#include <math.h>

enum { MAX_PHRASES = 64, MAX_HITS = 256 };

static double weight_of_kind(int64_t rowid)
{
    static const double weights[] = {
        [SC_KIND_TRANSCRIPT] = 1.0, [SC_KIND_SLIDE] = 1.3, [SC_KIND_NOTES] = 1.15,
        [SC_KIND_SUMMARY] = 1.1,    [SC_KIND_CARD] = 1.0,  [SC_KIND_ANNOUNCEMENT] = 1.1,
        [SC_KIND_TITLE] = 2.0,
    };
    int64_t kind = rowid & ((1 << SC_PASSAGE_KIND_BITS) - 1);
    return kind < SC_KIND_COUNT ? weights[kind] : 1.0;
}

/* The shortest gap between hits of different phrases, in tokens. */
static int nearest(const int *phrase, const int *at, int n)
{
    int best = -1;
    for (int i = 1; i < n; i++)
        if (phrase[i] != phrase[i - 1]) {
            int gap = at[i] - at[i - 1];
            if (best < 0 || gap < best)
                best = gap;
        }
    return best;
}

static void rank(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *ctx,
                 int n_values, sqlite3_value **values)
{
    int counts[MAX_PHRASES] = {0}, phrase[MAX_HITS], at[MAX_HITS];
    int n_hits = 0;
    double score = 0;
    (void)n_values;
    (void)values;
    if (api->xInstCount(fts, &n_hits) != SQLITE_OK)
        n_hits = 0;
    if (n_hits > MAX_HITS)
        n_hits = MAX_HITS;
    int kept = 0;
    for (int i = 0; i < n_hits; i++) {
        int p, column, offset;
        if (api->xInst(fts, i, &p, &column, &offset) != SQLITE_OK || p < 0)
            continue;
        phrase[kept] = p;
        at[kept++] = offset;
        if (p < MAX_PHRASES)
            counts[p]++;
    }
    int distinct = 0;
    /* Counts that saturate, as in BM25 (Robertson, Zaragoza 2009), k1 = 1.2. */
    for (int p = 0; p < MAX_PHRASES; p++)
        if (counts[p]) {
            distinct++;
            score += counts[p] * 2.2 / (counts[p] + 1.2);
        }
    int gap = nearest(phrase, at, kept);
    if (gap >= 0)
        score *= 1 + 1.0 / (1 + gap);
    score += 4.0 * distinct;
    sqlite3_result_double(ctx, score * weight_of_kind(api->xRowid(fts)));
}

/* sc_wanted(rowid): one of the rows of the page that is being filled? */
static void wanted(sqlite3_context *ctx, int n_values, sqlite3_value **values)
{
    const struct sc_library *lib = sqlite3_user_data(ctx);
    int64_t row = sqlite3_value_int64(values[0]);
    size_t lo = 0, hi = lib->n_wanted;
    (void)n_values;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (lib->wanted[mid] < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    sqlite3_result_int(ctx, lo < lib->n_wanted && lib->wanted[lo] == row);
}

bool sc_rank_register(struct sc_library *lib)
{
    fts5_api *api = NULL;
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(lib->db, "SELECT fts5(?1)", -1, &s, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(s, 1, &api, "fts5_api_ptr", NULL);
        sqlite3_step(s);
    }
    sqlite3_finalize(s);
    return api && api->xCreateFunction(api, "sc_rank", NULL, rank, NULL) == SQLITE_OK &&
           sqlite3_create_function_v2(lib->db, "sc_wanted", 1, SQLITE_UTF8, lib, wanted,
                                      NULL, NULL, NULL) == SQLITE_OK;
}
