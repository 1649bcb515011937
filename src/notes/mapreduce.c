#include "notes/mapreduce_job.h"

#include "base/str.h"
#include "notes/collect.h"
#include "notes/prompts.h"
#include "notes/reply.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNKNOWN_CONTEXT = 8192,
    MOST_CONTEXT = 16384, /* more makes notes thinner and takes much memory */
    LEAST_CONTEXT = 1024,
    LEAST_PART_LINES = 2,  /* is not halved further */
    MIN_SKIP_TOKENS = 700, /* shorter parts may be passed over in part */
};

/* ---- map ---- */

struct span {
    size_t from, to; /* lines */
};

static double time_end(const struct sc_mr_job *j, struct span s)
{
    return s.to < j->n_lines ? fmax(j->lines[s.to].time_s, j->lines[s.to - 1].time_s)
                             : j->src->duration_s;
}

/*
 * True when the answer passes over the beginning or the end of what was sent:
 * a sign of a prompt that was cut by little, or of a model that lost interest.
 */
static bool skips(const struct sc_mr_job *j, const struct span *s,
                  const struct sc_notes *n)
{
    double first = INFINITY, last = -1, total = 0, head = 0, tail = 0;
    for (size_t i = 0; i < n->n_sections; i++)
        for (size_t l = 0; l < n->sections[i].n_lines; l++) {
            first = fmin(first, n->sections[i].lines[l].cite.start_s);
            last = fmax(last, n->sections[i].lines[l].cite.start_s);
        }
    for (size_t i = s->from; i < s->to; i++) {
        total += j->lines[i].tokens;
        head += j->lines[i].time_s < first - 20 ? j->lines[i].tokens : 0;
        tail += j->lines[i].time_s > last + 20 ? j->lines[i].tokens : 0;
    }
    double most = j->read_share < 0.97 ? 0.08 : 0.4;
    return total > MIN_SKIP_TOKENS && s->to - s->from > LEAST_PART_LINES &&
           (head > most * total || tail > fmax(most, 0.4) * total);
}

static bool read_part(struct sc_mr_job *j, const json_t *root, void *user,
                      struct sc_error *err)
{
    const struct span *s = user;
    /* Into a fresh copy first: a half-read answer must leave nothing behind. */
    struct sc_notes probe = {0};
    double from = j->lines[s->from].time_s, to = fmax(time_end(j, *s), from);
    bool ok = sc_reply_read_part(root, from, to, j->accept_empty, &probe, err);
    if (ok && skips(j, s, &probe))
        ok = sc_fail(err, SC_ERR_INCOMPLETE,
                     "the answer passes over a stretch of the lecture");
    sc_notes_finish(&probe);
    return ok && sc_reply_read_part(root, from, to, j->accept_empty, j->out, err);
}

static bool map_span(struct sc_mr_job *j, struct span s, size_t number,
                     struct sc_error *err)
{
    struct sc_buf text = {0}, user = {0};
    char part[24], parts[24], from[24], to[24];
    for (size_t i = s.from; i < s.to; i++)
        sc_buf_add_str(&text, j->lines[i].text);
    snprintf(part, sizeof part, "%zu", number);
    snprintf(parts, sizeof parts, "%zu", j->calls_total > 1 ? j->calls_total - 1 : 1);
    sc_format_time(j->lines[s.from].time_s, from, sizeof from);
    sc_format_time(time_end(j, s), to, sizeof to);
    const struct sc_prompt_value v[] = {
        {"title", j->opts->title ? j->opts->title : "Lecture"},
        {"part", part},
        {"parts", parts},
        {"from", from},
        {"to", to},
        {"text", sc_buf_str(&text)}};
    bool ok = sc_prompt_fill(j->opts->prompts_dir, "map.md", true, v,
                             sizeof v / sizeof v[0], &user, err);
    enum sc_mr_asked a = SC_MR_FAILED;
    bool may_split = s.to - s.from > LEAST_PART_LINES;
    if (ok) {
        struct sc_mr_question q = {
            "map", sc_buf_str(&user), sc_prompt_embedded("map.schema.json"), read_part,
            &s,    may_split};
        a = sc_mr_ask(j, &q, err);
    }
    sc_buf_finish(&text);
    sc_buf_finish(&user);
    if (a == SC_MR_SPLIT) {
        size_t mid = s.from + (s.to - s.from) / 2;
        return map_span(j, (struct span){s.from, mid}, number, err) &&
               map_span(j, (struct span){mid, s.to}, number, err);
    }
    return a == SC_MR_OK;
}

/* Greedy: whole chapters while they fit, else as many lines as do. */
static size_t next_span(const struct sc_mr_job *j, size_t from)
{
    double sum = 0;
    size_t to = from, at_part = from;
    while (to < j->n_lines && (to == from || sum + j->lines[to].tokens <= j->budget)) {
        if (to > from && j->lines[to].part_start)
            at_part = to;
        sum += j->lines[to].tokens;
        to++;
    }
    if (to < j->n_lines && at_part > from) {
        double upto = 0;
        for (size_t i = from; i < at_part; i++)
            upto += j->lines[i].tokens;
        if (upto > 0.4 * j->budget) /* a chapter's end, when not too early */
            return at_part;
    }
    return to;
}

static bool map_all(struct sc_mr_job *j, struct sc_error *err)
{
    size_t spans = 0, number = 0;
    for (size_t i = 0; i < j->n_lines; i = next_span(j, i))
        spans++;
    j->calls_total = spans + 1;
    for (size_t i = 0; i < j->n_lines;) {
        char note[80];
        size_t to = next_span(j, i);
        number++;
        snprintf(note, sizeof note, "part %zu of %zu, %s", number, spans, j->llm->model);
        sc_mr_report(j, note);
        if (!map_span(j, (struct span){i, to}, number, err))
            return sc_error_wrap(err, "could not write the notes of part %zu of %zu",
                                 number, spans);
        j->calls_done++;
        i = to;
    }
    return true;
}

/* One part may hold nothing worth a note; a whole lecture of which nothing is noted
 * is a model that does not do its work. */
static bool found_something(const struct sc_mr_job *j, struct sc_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < j->out->n_sections; i++)
        n += j->out->sections[i].n_lines;
    if (n > 0)
        return true;
    sc_fail(err, SC_ERR_ENGINE, "%s noted nothing of the whole lecture", j->llm->model);
    return sc_error_hint(err, "Choose another model.");
}

/* ---- sizes ---- */

/* Room for the lecture in one call, after prompt and answer. */
static bool plan(struct sc_mr_job *j, struct sc_error *err)
{
    bool ollama = strcmp(j->llm->provider, "ollama") == 0;
    int asked = j->opts->context_tokens, known = j->llm->context;
    int context = asked > 0 ? asked : known > 0 ? known : UNKNOWN_CONTEXT;
    if (asked > 0 && known > 0 && known < asked)
        context = known;
    if (asked <= 0 && context > MOST_CONTEXT)
        context = MOST_CONTEXT;
    if (context < LEAST_CONTEXT) {
        sc_fail(err, SC_ERR_INVALID, "a context of %d tokens is too small for notes",
                context);
        return sc_error_hint(err, "At least %d are needed (SCALER_LLM_CONTEXT).",
                             LEAST_CONTEXT);
    }
    j->context = context;
    j->max_reply = context / 3 < 4096 ? context / 3 : 4096;
    if (j->llm->thinking) /* thoughts are part of the answer's length */
        j->max_reply = context / 2 < 8192 ? context / 2 : 8192;
    struct sc_buf prompt = {0};
    if (!sc_prompt_fill(j->opts->prompts_dir, "map.md", true, NULL, 0, &prompt, err)) {
        sc_buf_finish(&prompt);
        return false;
    }
    double fixed = sc_mapreduce_estimate(sc_buf_str(&prompt), prompt.len) +
                   sc_mapreduce_estimate(j->system, strlen(j->system)) + 100;
    sc_buf_finish(&prompt);
    if (ollama && !sc_mr_calibrate(j, err))
        return false;
    if (!ollama)
        j->scale = 1.15;
    j->budget = (context - j->max_reply) / j->scale * 0.94 - fixed;
    /* An answer is about a third as long as what it tells of. */
    if (j->budget > 3.0 * j->max_reply)
        j->budget = 3.0 * j->max_reply;
    if (j->budget < 120)
        j->budget = 120;
    return true;
}

bool sc_mapreduce_write(struct sc_llm *llm, const struct sc_source *src,
                        const struct sc_notes_options *opts, struct sc_notes *out,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_mr_job j = {.llm = llm,
                          .src = src,
                          .opts = opts,
                          .out = out,
                          .cancel = cancel,
                          .scale = 1.15};
    struct sc_part *parts;
    size_t n_parts;
    struct sc_buf system = {0};
    bool ok =
        sc_prompt_fill(opts->prompts_dir, "system.md", false, NULL, 0, &system, err);
    j.system = system.data ? system.data : (char[]){""};
    if (ok && (!sc_collect_set(&out->title, opts->title) ||
               !sc_collect_set(&out->provider, llm->provider) ||
               !sc_collect_set(&out->model, llm->model) ||
               !sc_chapters_find(src, &parts, &n_parts) ||
               !sc_mr_make_lines(&j, parts, n_parts)))
        ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (ok && j.n_lines == 0)
        ok = sc_fail(err, SC_ERR_INVALID,
                     "there is neither speech nor text on slides to write notes of");
    ok = ok && plan(&j, err) && map_all(&j, err) && found_something(&j, err) &&
         sc_mr_reduce_all(&j, err);
    sc_buf_finish(&system);
    return ok;
}
