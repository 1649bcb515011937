/* The second half of the map-reduce: what the parts add up to. */
#include "base/str.h"
#include "notes/collect.h"
#include "notes/mapreduce_job.h"
#include "notes/prompts.h"
#include "notes/reply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REDUCE_ROUNDS = 6 };

/* ---- reduce ---- */

static bool read_whole(struct sc_mr_job *j, const json_t *root, void *user,
                       struct sc_error *err)
{
    struct sc_notes *target = user;
    return sc_reply_read_whole(root, j->src->duration_s, target, err);
}

static void add_entry(struct sc_buf *out, const char *mark, const char *text, double at)
{
    sc_buf_addf(out, "[%.0f] %s", floor(at), mark);
    for (; *text; text++)
        sc_buf_add_char(out, *text == '\n' || *text == '<' ? ' ' : *text);
    sc_buf_add_char(out, '\n');
}

static int by_cite(const void *a, const void *b)
{
    const struct sc_note_line *x = a, *y = b;
    return x->cite.start_s < y->cite.start_s ? -1 : x->cite.start_s > y->cite.start_s;
}

/* Sections and summary lines [from,to) of the map's summary, as lines. */
static void reduce_text(const struct sc_mr_job *j, size_t from, size_t to,
                        struct sc_buf *out)
{
    const struct sc_notes *n = j->out;
    double start = from ? n->summary[from].cite.start_s : -1;
    double end = to < n->n_summary ? n->summary[to].cite.start_s : INFINITY;
    size_t s = 0;
    while (s < n->n_sections && n->sections[s].cite.start_s < start)
        s++;
    for (size_t i = from; i <= to; i++) {
        double t = i < to ? n->summary[i].cite.start_s : end;
        for (; s < n->n_sections && n->sections[s].cite.start_s <= t &&
               n->sections[s].cite.start_s < end;
             s++)
            add_entry(out, "SECTION: ", n->sections[s].title,
                      n->sections[s].cite.start_s);
        if (i < to)
            add_entry(out, "", n->summary[i].text, t);
    }
}

/* Adds what one reduce call answered. */
static bool merge_reduced(struct sc_notes *all, const struct sc_notes *got)
{
    bool ok = true;
    for (size_t i = 0; ok && i < got->n_summary; i++)
        ok = sc_collect_summary(all, SC_NOTE_BULLET, got->summary[i].text,
                                got->summary[i].cite);
    for (size_t i = 0; ok && i < got->n_chapters; i++)
        ok = sc_collect_chapter(all, got->chapters[i].title, got->chapters[i].start_s, 0);
    for (size_t i = 0; ok && i < got->n_key_phrases; i++) {
        bool known = false;
        for (size_t k = 0; k < all->n_key_phrases && !known; k++)
            known = sc_str_ieq(all->key_phrases[k], got->key_phrases[i]);
        ok = known || sc_collect_phrase(all, got->key_phrases[i]);
    }
    return ok;
}

static bool reduce_range(struct sc_mr_job *j, size_t from, size_t to,
                         struct sc_notes *all, int depth, struct sc_error *err)
{
    struct sc_buf text = {0}, user = {0};
    struct sc_notes got = {0};
    reduce_text(j, from, to, &text);
    bool fits = sc_mapreduce_estimate(sc_buf_str(&text), text.len) <= j->budget;
    bool may_split = to - from > 1 && depth < MAX_REDUCE_ROUNDS;
    const struct sc_prompt_value v[] = {
        {"title", j->opts->title ? j->opts->title : "Lecture"},
        {"text", sc_buf_str(&text)}};
    enum sc_mr_asked a = SC_MR_SPLIT;
    bool ok = true;
    if (fits || !may_split) {
        ok = sc_prompt_fill(j->opts->prompts_dir, "reduce.md", true, v, 2, &user, err);
        struct sc_mr_question q = {"reduce",
                                   sc_buf_str(&user),
                                   sc_prompt_embedded("reduce.schema.json"),
                                   read_whole,
                                   &got,
                                   may_split};
        a = ok ? sc_mr_ask(j, &q, err) : SC_MR_FAILED;
    }
    sc_buf_finish(&text);
    sc_buf_finish(&user);
    if (a == SC_MR_SPLIT) {
        size_t mid = from + (to - from) / 2;
        ok = reduce_range(j, from, mid, all, depth + 1, err) &&
             reduce_range(j, mid, to, all, depth + 1, err);
    } else {
        ok = a == SC_MR_OK &&
             (merge_reduced(all, &got) || sc_fail(err, SC_ERR_MEMORY, "out of memory"));
    }
    sc_notes_finish(&got);
    return ok;
}

static bool chapters_from_sections(struct sc_notes *n)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n->n_sections; i++)
        ok = sc_collect_chapter(n, n->sections[i].title, n->sections[i].cite.start_s, 0);
    return ok;
}

/* The first chapter starts the lecture, each ends where the next begins. */
static void close_chapters(struct sc_notes *n, double duration_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->n_chapters; i++) {
        if (kept && n->chapters[i].start_s < n->chapters[kept - 1].start_s + 5) {
            free(n->chapters[i].title);
            continue;
        }
        n->chapters[kept++] = n->chapters[i];
    }
    n->n_chapters = kept;
    for (size_t i = 0; i < kept; i++)
        n->chapters[i].end_s = i + 1 < kept ? n->chapters[i + 1].start_s : duration_s;
    if (kept)
        n->chapters[0].start_s = 0;
}

bool sc_mr_reduce_all(struct sc_mr_job *j, struct sc_error *err)
{
    struct sc_notes all = {0}, *n = j->out;
    if (n->n_summary)
        qsort(n->summary, n->n_summary, sizeof *n->summary, by_cite);
    sc_mr_report(j, "summary");
    /* Without a single summary line there is nothing to tell: sections do. */
    bool ok = n->n_summary == 0 || reduce_range(j, 0, n->n_summary, &all, 0, err);
    if (!ok) {
        sc_notes_finish(&all);
        return sc_error_wrap(err, "could not write the summary");
    }
    if (n->n_summary) {
        struct sc_notes old = {.summary = n->summary, .n_summary = n->n_summary};
        sc_notes_finish(&old);
        n->summary = all.summary;
        n->n_summary = all.n_summary;
    }
    n->chapters = all.chapters;
    n->n_chapters = all.n_chapters;
    n->key_phrases = all.key_phrases;
    n->n_key_phrases = all.n_key_phrases;
    if (n->n_chapters == 0 && !chapters_from_sections(n))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    close_chapters(n, j->src->duration_s);
    j->calls_done++;
    sc_mr_report(j, "checking");
    return true;
}
