/* Ollama's own API: /api/tags, /api/show, /api/chat (newline-delimited JSON). */
#include "base/str.h"
#include "net/http.h"
#include "notes/llm.h"

#include <stdlib.h>
#include <string.h>

static bool same_model(const char *have, const char *want)
{
    size_t n = strlen(want);
    if (strcmp(have, want) == 0)
        return true;
    /* No tag means ":latest". */
    return !strchr(want, ':') && strncmp(have, want, n) == 0 &&
           strcmp(have + n, ":latest") == 0;
}

static bool has_model(const json_t *tags, const char *model)
{
    const json_t *list = json_object_get(tags, "models");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *m = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(m, "name"));
        const char *alt = json_string_value(json_object_get(m, "model"));
        if ((name && same_model(name, model)) || (alt && same_model(alt, model)))
            return true;
    }
    return false;
}

/* "model_info": {"<architecture>.context_length": n} */
static int context_of(const json_t *show)
{
    json_t *info = json_object_get(show, "model_info"), *value;
    const char *key;
    json_object_foreach(info, key, value)
    {
        json_int_t n = json_integer_value(value);
        if (sc_str_ends(key, ".context_length") && n >= 256 && n <= 1 << 24)
            return (int)n;
    }
    return 0;
}

static bool model_missing(const struct sc_llm *l, struct sc_error *err)
{
    sc_fail(err, SC_ERR_DEPENDENCY, SC_SAID("Ollama has no model \"%s\""), l->model);
    return sc_error_hint(err, "Run: ollama pull %s", l->model);
}

bool sc_llm_open_ollama(struct sc_llm *l, const char *url, const char *model,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    char why[300];
    int status;
    struct sc_error net = {0};
    if (!sc_llm_address(l, "ollama", url, model, err))
        return false;
    json_t *tags = sc_llm_request_take(l, "/api/tags", NULL, &status, why, cancel, &net);
    bool listed = json_is_array(json_object_get(tags, "models"));
    bool found = listed && has_model(tags, model);
    json_decref(tags);
    if (sc_cancel_check(cancel, err))
        return false;
    if (!listed) {
        char *shown = sc_url_redact(l->url);
        sc_fail(err, SC_ERR_DEPENDENCY, SC_SAID("Ollama does not answer at %s"),
                shown ? shown : "its address");
        free(shown);
        return sc_error_hint(err,
                             "Start it with: ollama serve. Its address is OLLAMA_HOST.");
    }
    if (!found)
        return model_missing(l, err);
    json_t *show = sc_llm_request_take(l, "/api/show", json_pack("{s:s}", "model", model),
                                       &status, why, cancel, &net);
    l->context = context_of(show);
    const json_t *can = json_object_get(show, "capabilities");
    for (size_t i = 0; i < json_array_size(can); i++)
        l->thinking |= sc_str_eq(json_string_value(json_array_get(can, i)), "thinking");
    json_decref(show);
    return !sc_cancel_check(cancel, err);
}

static void on_line(struct sc_llm_stream *s, char *line, size_t len)
{
    json_t *j = json_loadb(line, len, 0, NULL);
    const char *text =
        json_string_value(json_object_get(json_object_get(j, "message"), "content"));
    const char *error = json_string_value(json_object_get(j, "error"));
    if (text)
        sc_buf_add_str(&s->reply->text, text);
    if (error)
        snprintf(s->error, sizeof s->error, "%s", error);
    if (json_is_true(json_object_get(j, "done"))) {
        const json_t *p = json_object_get(j, "prompt_eval_count");
        const json_t *r = json_object_get(j, "eval_count");
        s->done = true;
        if (json_is_integer(p))
            s->reply->prompt_tokens = (int)json_integer_value(p);
        if (json_is_integer(r))
            s->reply->reply_tokens = (int)json_integer_value(r);
        s->reply->cut =
            sc_str_eq(json_string_value(json_object_get(j, "done_reason")), "length");
    }
    json_decref(j);
}

static char *request_body(const struct sc_llm *l, const struct sc_llm_ask *ask)
{
    json_t *options =
        json_pack("{s:i, s:i, s:f, s:i}", "num_ctx", ask->context, "num_predict",
                  ask->max_reply, "temperature", 0.2, "seed", ask->seed);
    /* truncate and shift: newer servers then refuse what does not fit. */
    json_t *body =
        json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}], s:b, s:o, s:s, s:b, s:b}", "model",
                  l->model, "messages", "role", "system", "content", ask->system, "role",
                  "user", "content", ask->user, "stream", 1, "options", options,
                  "keep_alive", "15m", "truncate", 0, "shift", 0);
    json_t *schema = ask->schema ? json_loads(ask->schema, 0, NULL) : NULL;
    char *text = NULL;
    if (body && schema)
        json_object_set(body, "format", schema);
    if (body && l->thinking) {
        /* gpt-oss cannot be told not to think, only to think less. */
        bool levels = strstr(l->model, "gpt-oss") != NULL;
        json_object_set_new(body, "think", levels ? json_string("low") : json_false());
    }
    if (body)
        text = json_dumps(body, JSON_COMPACT);
    json_decref(schema);
    json_decref(body);
    return text;
}

bool sc_llm_try_ollama(struct sc_llm *l, const struct sc_llm_ask *ask,
                       struct sc_llm_reply *reply, struct sc_llm_try *t,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_llm_stream s = {.line = SC_BUF_INIT(0), .reply = reply};
    bool ok = sc_llm_post_take(l, "/api/chat", request_body(l, ask), on_line, &s, t,
                               cancel, err);
    sc_llm_stream_finish(&s);
    return ok;
}
