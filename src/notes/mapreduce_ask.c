/*
 * One question to the model: asked again while the answer's form is wrong, given
 * back to be halved when it does not fit, kept on disk when it is good.
 */
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "notes/mapreduce_job.h"
#include "notes/reply.h"

#include <stdlib.h>
#include <string.h>

enum {
    SCHEMA_VERSION = 1,
    ATTEMPTS = 3,        /* per part, when the answer's form is wrong */
    SAMPLE_BYTES = 1600, /* of the calibrating call */
};
/* Reported prompt tokens below this share of the expected mean a cut. */
static const double CUT_SHARE = 0.85;

/* ---- kept replies ---- */

static char *kept_path(const struct sc_mr_job *j, const char *what, const char *user,
                       const char *schema)
{
    if (!j->opts->work_dir || !j->opts->work_dir[0])
        return NULL;
    char hex[SC_SHA256_HEX_SIZE];
    struct sc_buf key = {0};
    sc_buf_addf(&key, "%d\n%s\n%s\n%s\n%d\n%d\n", SCHEMA_VERSION, what, j->llm->provider,
                j->llm->model, j->context, j->max_reply);
    sc_buf_add_str(&key, j->system);
    sc_buf_add_char(&key, '\n');
    sc_buf_add_str(&key, user);
    sc_buf_add_char(&key, '\n');
    sc_buf_add_str(&key, schema);
    sc_sha256_of(sc_buf_str(&key), key.len, hex);
    sc_buf_finish(&key);
    hex[32] = '\0';
    return sc_strf("%s/llm-%s.json", j->opts->work_dir, hex);
}

/* {"reply": {...}} or {"split": true}; NULL when nothing is kept. */
static json_t *load_kept(const char *path)
{
    struct sc_buf b = SC_BUF_INIT(16 << 20);
    struct sc_error ignored = {0};
    json_t *root = NULL;
    if (path && sc_file_exists(path) && sc_file_read(path, 16 << 20, &b, &ignored))
        root = json_loadb(sc_buf_str(&b), b.len, 0, NULL);
    sc_buf_finish(&b);
    return root;
}

/* Not being able to keep a reply is no failure: it costs a repeated call. */
static void keep_take(const struct sc_mr_job *j, const char *path, json_t *what)
{
    struct sc_error e = {0};
    char *text = path && what ? json_dumps(what, JSON_INDENT(1)) : NULL;
    if (text && (!sc_mkdirs(j->opts->work_dir, &e) ||
                 !sc_file_write(path, text, strlen(text), false, &e)))
        sc_debug("a reply could not be kept: %s", e.cause);
    free(text);
    json_decref(what);
}

/* ---- asking ---- */

void sc_mr_report(const struct sc_mr_job *j, const char *note)
{
    struct sc_progress p = {.stage = "notes",
                            .done = (double)j->calls_done,
                            .total = (double)j->calls_total,
                            .unit = SC_UNIT_ITEMS,
                            .note = note};
    sc_progress_report(&j->opts->progress, &p);
}

/* True when the server read less than was sent. */
static bool was_cut(const struct sc_mr_job *j, const char *user, int prompt_tokens)
{
    if (prompt_tokens < 0 || !j->counts_trusted)
        return false;
    /* Servers with a prompt cache may count only what is new: the system
     * prompt is left out of what is expected. */
    double expected = sc_mapreduce_estimate(user, strlen(user)) * j->scale;
    return prompt_tokens < CUT_SHARE * expected - 16;
}

/* The share of the whole prompt that the server says it read. */
static double read_share(const struct sc_mr_job *j, const char *user, int prompt_tokens)
{
    double expected = (sc_mapreduce_estimate(user, strlen(user)) +
                       sc_mapreduce_estimate(j->system, strlen(j->system))) *
                      j->scale;
    return prompt_tokens < 0 || !j->counts_trusted || expected <= 0
               ? 1
               : prompt_tokens / expected;
}

static enum sc_mr_asked attempt(struct sc_mr_job *j, const struct sc_mr_question *q,
                                int n, const char *complaint, json_t **reply,
                                char why[300], struct sc_error *err)
{
    struct sc_llm_reply r = {0};
    struct sc_error bad = {0};
    enum sc_mr_asked result = SC_MR_FAILED;
    char *user = complaint[0]
                     ? sc_strf("%s\n\nYour last answer could not be used: %s. Answer "
                               "with one valid JSON object of the asked form only.",
                               q->user, complaint)
                     : sc_strdup(q->user);
    struct sc_llm_ask ask = {j->system, user, q->schema, j->context, j->max_reply, 7 + n};
    why[0] = '\0';
    *reply = NULL;
    if (!user) {
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
        return SC_MR_FAILED;
    }
    enum sc_llm_outcome o = sc_llm_ask(j->llm, &ask, &r, j->cancel, err);
    if (o == SC_LLM_TOO_LONG || (o == SC_LLM_OK && was_cut(j, user, r.prompt_tokens))) {
        sc_debug("the prompt was cut at %d tokens: it is halved", r.prompt_tokens);
        snprintf(why, 300, "the model's context is smaller than it says");
        result = SC_MR_SPLIT;
    } else if (o == SC_LLM_OK) {
        bool repaired, truncated;
        j->read_share = read_share(j, user, r.prompt_tokens);
        j->accept_empty = n > 0;
        json_t *root =
            sc_reply_json(sc_buf_str(&r.text), r.text.len, &repaired, &truncated, &bad);
        if (root && (truncated || r.cut) && q->may_split) {
            snprintf(why, 300, "the answer did not fit");
            result = SC_MR_SPLIT;
            json_decref(root);
        } else if (root && q->read(j, root, q->arg, &bad)) {
            *reply = root;
            result = SC_MR_OK;
        } else {
            json_decref(root);
            snprintf(why, 300, "%.290s", bad.cause);
            /* An answer that broke off at its limit is no better next time. */
            if ((r.cut || bad.code == SC_ERR_INCOMPLETE) && q->may_split)
                result = SC_MR_SPLIT;
        }
        if (bad.code == SC_ERR_MEMORY && err && err->code == SC_ERR_OK)
            *err = bad;
    }
    sc_llm_reply_finish(&r);
    free(user);
    return result;
}

/* A kept reply was judged when it came: all of it was read. */
static bool kept_ok(struct sc_mr_job *j, const struct sc_mr_question *q,
                    const json_t *reply, struct sc_error *err)
{
    j->read_share = 1;
    j->accept_empty = true;
    return q->read(j, reply, q->arg, err);
}

enum sc_mr_asked sc_mr_ask(struct sc_mr_job *j, const struct sc_mr_question *q,
                           struct sc_error *err)
{
    char *path = kept_path(j, q->what, q->user, q->schema), why[300] = "";
    json_t *kept = load_kept(path), *reply = NULL;
    enum sc_mr_asked result = SC_MR_FAILED;
    struct sc_error ignored = {0};
    if (q->may_split && json_is_true(json_object_get(kept, "split")))
        result = SC_MR_SPLIT;
    else if (json_is_object(json_object_get(kept, "reply")) &&
             kept_ok(j, q, json_object_get(kept, "reply"), &ignored))
        result = SC_MR_OK;
    bool known = result != SC_MR_FAILED;
    for (int i = 0; result == SC_MR_FAILED && i < ATTEMPTS; i++) {
        struct sc_error now = {0};
        char complaint[300];
        snprintf(complaint, sizeof complaint, "%s", why);
        result = attempt(j, q, i, complaint, &reply, why, &now);
        if (now.code != SC_ERR_OK) {
            if (err && err->code == SC_ERR_OK)
                *err = now;
            break;
        }
    }
    if (!known && result == SC_MR_OK)
        keep_take(j, path, json_pack("{s:o}", "reply", reply));
    if (!known && result == SC_MR_SPLIT)
        keep_take(j, path, json_pack("{s:b}", "split", 1));
    if (result == SC_MR_FAILED && err && err->code == SC_ERR_OK &&
        !sc_cancelled(j->cancel)) {
        /* The form stayed wrong: halves may be easier, else it is an error. */
        if (q->may_split)
            result = SC_MR_SPLIT;
        else
            sc_fail(err, SC_ERR_ENGINE, "%s gave no usable answer %d times (%s)",
                    j->llm->model, ATTEMPTS, why);
    } else if (result == SC_MR_SPLIT && !q->may_split) {
        sc_fail(err, SC_ERR_ENGINE, "%s cannot read even a short part of the lecture: %s",
                j->llm->model, why);
        sc_error_hint(
            err, "Give the model more context (SCALER_LLM_CONTEXT, on the server too) "
                 "or choose another one.");
        result = SC_MR_FAILED;
    }
    json_decref(kept);
    free(path);
    return result;
}

bool sc_mr_calibrate(struct sc_mr_job *j, struct sc_error *err)
{
    struct sc_buf sample = {0};
    struct sc_llm_reply r = {0};
    for (size_t i = 0; i < j->n_lines && sample.len < SAMPLE_BYTES; i++)
        sc_buf_add_str(&sample, j->lines[i].text);
    double estimate = sc_mapreduce_estimate(sc_buf_str(&sample), sample.len);
    char *path = kept_path(j, "calibrate", sc_buf_str(&sample), "");
    json_t *kept = load_kept(path);
    int tokens = (int)json_integer_value(json_object_get(kept, "tokens"));
    bool ok = true;
    if (tokens <= 0) {
        struct sc_llm_ask ask = {
            "Answer with {}.", sc_buf_str(&sample), NULL, j->context, 1, 7};
        enum sc_llm_outcome o = sc_llm_ask(j->llm, &ask, &r, j->cancel, err);
        ok = o != SC_LLM_FAILED;
        tokens = o == SC_LLM_OK ? r.prompt_tokens : 0;
        if (tokens > 0)
            keep_take(j, path, json_pack("{s:i}", "tokens", tokens));
    }
    /* The chat template and the system line take some two dozen tokens. */
    double scale = estimate > 0 ? (tokens - 24) / estimate : 0;
    j->counts_trusted = tokens > 0 && estimate > 60 && scale > 0.35 && scale < 4;
    j->scale = j->counts_trusted ? scale : 1.15;
    sc_debug("%s makes %.2f tokens of each estimated one", j->llm->model, j->scale);
    json_decref(kept);
    free(path);
    sc_llm_reply_finish(&r);
    sc_buf_finish(&sample);
    return ok;
}
