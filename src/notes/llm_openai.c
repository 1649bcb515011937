/*
 * Chat completions as OpenAI defined them and many servers speak them
 * (server-sent events: "data: {json}" lines and "data: [DONE]").
 */
#include "base/str.h"
#include "net/http.h"
#include "notes/llm.h"

#include <stdlib.h>
#include <string.h>

/* Names under which servers tell how much a model holds. */
static int context_in(const json_t *m)
{
    static const char *const names[] = {"context_length", "max_model_len",
                                        "context_window", "max_context_length", "n_ctx"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_int_t n = json_integer_value(json_object_get(m, names[i]));
        if (n >= 256 && n <= 1 << 24)
            return (int)n;
    }
    return 0;
}

/* OpenAI's own list tells no context; these are its documented families. */
static int context_of_family(const char *model)
{
    static const char *const big[] = {"gpt-4o", "gpt-4.1", "gpt-4-turbo", "gpt-5",
                                      "o1",     "o3",      "o4"};
    for (size_t i = 0; i < sizeof big / sizeof big[0]; i++)
        if (sc_str_starts(model, big[i]))
            return 128000;
    return 0;
}

bool sc_llm_open_openai(struct sc_llm *l, const char *url, const char *model,
                        const char *key, const struct sc_cancel *cancel,
                        struct sc_error *err)
{
    char why[300];
    int status;
    struct sc_error net = {0};
    if (!sc_llm_address(l, "openai", url, model, err))
        return false;
    l->key = key && key[0] ? sc_strdup(key) : NULL;
    if (!l->key && strstr(l->url, "api.openai.com")) {
        sc_fail(err, SC_ERR_DEPENDENCY, SC_SAID("there is no key for OpenAI"));
        return sc_error_hint(
            err, "Set OPENAI_API_KEY, or OPENAI_BASE_URL to a server without keys.");
    }
    json_t *list = sc_llm_request_take(l, "/models", NULL, &status, why, cancel, &net);
    const json_t *data = json_object_get(list, "data");
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *m = json_array_get(data, i);
        const char *id = json_string_value(json_object_get(m, "id"));
        if (json_array_size(data) == 1 || sc_str_eq(id, model)) {
            l->context = context_in(m);
            if (l->context == 0) /* llama.cpp */
                l->context = context_in(json_object_get(m, "meta"));
        }
    }
    json_decref(list);
    if (l->context == 0)
        l->context = context_of_family(model);
    if (sc_cancel_check(cancel, err))
        return false;
    char *shown = sc_url_redact(l->url);
    bool ok = true;
    if (status == 401 || status == 403) {
        ok = sc_fail(err, SC_ERR_FORBIDDEN, SC_SAID("%s refused the key (HTTP %d)%s%s"),
                     shown ? shown : "the server", status, why[0] ? ": " : "", why);
        sc_error_hint(err, "Check OPENAI_API_KEY.");
    } else if (status == 0) {
        ok = sc_fail(err, SC_ERR_NETWORK, SC_SAID("no language model answers at %s"),
                     shown ? shown : "the address");
        sc_error_hint(err, "Check OPENAI_BASE_URL.");
    }
    free(shown);
    return ok;
}

static void take_choice(struct sc_llm_stream *s, const json_t *j)
{
    const json_t *choice = json_array_get(json_object_get(j, "choices"), 0);
    const json_t *usage = json_object_get(j, "usage");
    const json_t *part = json_object_get(choice, "delta");
    if (!part)
        part = json_object_get(choice, "message");
    const char *text = json_string_value(json_object_get(part, "content"));
    const char *end = json_string_value(json_object_get(choice, "finish_reason"));
    if (text)
        sc_buf_add_str(&s->reply->text, text);
    if (end) {
        s->done = true;
        s->reply->cut = strcmp(end, "length") == 0;
    }
    if (json_is_object(usage)) {
        const json_t *p = json_object_get(usage, "prompt_tokens");
        const json_t *r = json_object_get(usage, "completion_tokens");
        if (json_is_integer(p))
            s->reply->prompt_tokens = (int)json_integer_value(p);
        if (json_is_integer(r))
            s->reply->reply_tokens = (int)json_integer_value(r);
    }
    const json_t *e = json_object_get(j, "error");
    const char *error = json_string_value(e);
    if (!error)
        error = json_string_value(json_object_get(e, "message"));
    if (error)
        snprintf(s->error, sizeof s->error, "%s", error);
}

static void on_line(struct sc_llm_stream *s, char *line, size_t len)
{
    if (strncmp(line, "data:", 5) != 0) {
        /* A server that does not stream answers with one object. */
        if (line[0] != ':' && strncmp(line, "event:", 6) && strncmp(line, "id:", 3)) {
            sc_buf_add(&s->whole, line, len);
            sc_buf_add_char(&s->whole, '\n');
        }
        return;
    }
    line += 5;
    len -= 5;
    while (len && *line == ' ') {
        line++;
        len--;
    }
    if (len == 6 && memcmp(line, "[DONE]", 6) == 0) {
        s->done = true;
        return;
    }
    json_t *j = json_loadb(line, len, 0, NULL);
    take_choice(s, j);
    json_decref(j);
}

static json_t *response_format(const struct sc_llm *l, const struct sc_llm_ask *ask)
{
    json_t *schema =
        ask->schema && l->format == 0 ? json_loads(ask->schema, 0, NULL) : NULL;
    if (schema)
        return json_pack("{s:s, s:{s:s, s:b, s:o}}", "type", "json_schema", "json_schema",
                         "name", "notes", "strict", 1, "schema", schema);
    return ask->schema && l->format <= 1 ? json_pack("{s:s}", "type", "json_object")
                                         : NULL;
}

static char *request_body(const struct sc_llm *l, const struct sc_llm_ask *ask)
{
    json_t *body = json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}], s:b}", "model", l->model,
                             "messages", "role", "system", "content", ask->system, "role",
                             "user", "content", ask->user, "stream", 1);
    json_t *format = response_format(l, ask);
    char *text = NULL;
    if (body && format)
        json_object_set(body, "response_format", format);
    if (body && !l->no_stream_options)
        json_object_set_new(body, "stream_options",
                            json_pack("{s:b}", "include_usage", 1));
    if (body && !l->no_temperature)
        json_object_set_new(body, "temperature", json_real(0.2));
    if (body && !l->no_max_tokens)
        json_object_set_new(body,
                            l->new_max_tokens ? "max_completion_tokens" : "max_tokens",
                            json_integer(ask->max_reply));
    if (body)
        text = json_dumps(body, JSON_COMPACT);
    json_decref(format);
    json_decref(body);
    return text;
}

/* Learns from a refusal what the server does not know; true = ask again. */
static bool adapt(struct sc_llm *l, const struct sc_llm_ask *ask,
                  const struct sc_llm_try *t)
{
    const char *e = t->error;
    if (t->status != 400 && t->status != 422 && t->status != 501)
        return false;
    if (strcasestr(e, "context length") || strcasestr(e, "context_length") ||
        strcasestr(e, "context size"))
        return false;
    if (strstr(e, "max_completion_tokens") && !l->new_max_tokens)
        return l->new_max_tokens = true;
    if ((strstr(e, "max_tokens") || strstr(e, "max_completion_tokens")) &&
        !l->no_max_tokens)
        return l->no_max_tokens = true;
    if (strstr(e, "temperature") && !l->no_temperature)
        return l->no_temperature = true;
    if (strstr(e, "stream_options") && !l->no_stream_options)
        return l->no_stream_options = true;
    if (ask->schema && l->format < 2) {
        l->format++;
        return true;
    }
    return false;
}

static bool try_once(struct sc_llm *l, const struct sc_llm_ask *ask,
                     struct sc_llm_reply *reply, struct sc_llm_try *t,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_llm_stream s = {.line = SC_BUF_INIT(0), .reply = reply};
    bool ok = sc_llm_post_take(l, "/chat/completions", request_body(l, ask), on_line, &s,
                               t, cancel, err);
    if (ok && s.whole.len && t->incomplete && reply->text.len == 0) {
        json_t *j = json_loadb(s.whole.data, s.whole.len, 0, NULL);
        take_choice(&s, j);
        json_decref(j);
        t->incomplete = !s.done;
        if (t->status < 400)
            snprintf(t->error, sizeof t->error, "%s", s.error);
    }
    sc_llm_stream_finish(&s);
    return ok;
}

bool sc_llm_try_openai(struct sc_llm *l, const struct sc_llm_ask *ask,
                       struct sc_llm_reply *reply, struct sc_llm_try *t,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    for (int i = 0; i < 8; i++) {
        sc_llm_reply_finish(reply);
        reply->prompt_tokens = reply->reply_tokens = -1;
        if (!try_once(l, ask, reply, t, cancel, err))
            return false;
        if (!adapt(l, ask, t))
            return true;
    }
    return true;
}
