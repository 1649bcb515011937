#include "notes/llm.h"

#include "base/log.h"
#include "base/str.h"
#include "net/http.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 4,
    RETRY_AFTER_MAX_S = 180,
    MAX_LINE = 1024 * 1024,
    MAX_REPLY = 4 * 1024 * 1024,
};

void sc_llm_finish(struct sc_llm *l)
{
    if (l->key)
        OPENSSL_cleanse(l->key, strlen(l->key));
    free(l->key);
    free(l->url);
    free(l->model);
    *l = (struct sc_llm){0};
}

void sc_llm_reply_finish(struct sc_llm_reply *r)
{
    sc_buf_finish(&r->text);
    *r = (struct sc_llm_reply){0};
}

static bool is_secret_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '-' || c == '_' || c == '*' || c == '.';
}

/* Servers quote the key in their errors, sometimes half of it. */
static void remove_keys(const struct sc_llm *l, char *s)
{
    static const char *const marks[] = {"sk-", "Bearer ", "bearer "};
    size_t n = l->key ? strlen(l->key) : 0;
    for (char *p; n >= 4 && (p = strstr(s, l->key)) != NULL;) {
        memmove(p + 3, p + n, strlen(p + n) + 1);
        memcpy(p, "...", 3);
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (char *p = strstr(s, marks[i]); p; p = strstr(p + 3, marks[i])) {
            char *end = p + strlen(marks[i]);
            while (is_secret_char(*end))
                end++;
            if (end - p > 6) {
                memmove(p + 3, end, strlen(end) + 1);
                memcpy(p, "...", 3);
            }
        }
}

/* A server's words as part of a sentence of ours. */
static void tidy(const struct sc_llm *l, char *s)
{
    remove_keys(l, s);
    for (char *c = s; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    /* A cut in the middle of a character. */
    size_t n = strlen(s);
    while (n && !sc_utf8_valid(s, n))
        s[--n] = '\0';
    while (n && (s[n - 1] == '.' || s[n - 1] == ' '))
        s[--n] = '\0';
}

void sc_llm_error_text(const struct sc_llm *l, const char *body, size_t len,
                       char out[300])
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *e = json_object_get(root, "error");
    const char *s = json_string_value(e);
    if (!s)
        s = json_string_value(json_object_get(e, "message"));
    if (!s)
        s = json_string_value(json_object_get(root, "message"));
    if (!s)
        s = json_string_value(json_object_get(root, "detail"));
    snprintf(out, 300, "%s", s ? s : "");
    json_decref(root);
    tidy(l, out);
}

/* The header with the key, or NULL without one; to be given to wipe(). */
static char *authorization(const struct sc_llm *l)
{
    return l->key ? sc_strf("Authorization: Bearer %s", l->key) : NULL;
}

static void wipe(char *auth)
{
    if (auth)
        OPENSSL_cleanse(auth, strlen(auth));
    free(auth);
}

bool sc_llm_address(struct sc_llm *l, const char *provider, const char *url,
                    const char *model, struct sc_error *err)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    l->provider = provider;
    l->url = sc_strndup(url, n);
    l->model = sc_strdup(model);
    return (l->url && l->model) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

json_t *sc_llm_request_take(const struct sc_llm *l, const char *path, json_t *body,
                            int *status, char error[300], const struct sc_cancel *cancel,
                            struct sc_error *err)
{
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    struct sc_http_response res;
    char *url = sc_strf("%s%s", l->url, path), *text = body ? json_dumps(body, 0) : NULL;
    char *auth = authorization(l);
    const char *headers[3] = {"Content-Type: application/json", auth, NULL};
    json_t *root = NULL;
    *status = 0;
    error[0] = '\0';
    if (url && (text || !body)) {
        req.url = url;
        req.method = body ? "POST" : "GET";
        req.headers = headers;
        req.body = text;
        req.body_len = text ? strlen(text) : 0;
        req.connect_timeout_ms = 3000;
        req.stall_timeout_ms = l->stall_ms && l->stall_ms < 15000 ? l->stall_ms : 15000;
        req.max_body = 8 * 1024 * 1024;
        if (sc_http_perform(&req, &res, cancel, err)) {
            *status = res.status;
            root = json_loadb(sc_buf_str(&res.body), res.body.len, 0, NULL);
            if (res.status >= 400)
                sc_llm_error_text(l, sc_buf_str(&res.body), res.body.len, error);
        }
        sc_http_response_finish(&res);
    }
    wipe(auth);
    free(url);
    free(text);
    json_decref(body);
    return root;
}

struct answer {
    struct sc_llm_stream *stream;
    sc_llm_line_fn fn;
};

/* Cuts what comes into lines. */
static bool on_body(void *user, const void *data, size_t len)
{
    struct answer *a = user;
    struct sc_llm_stream *s = a->stream;
    const char *p = data, *end = p + len;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        sc_buf_add(&s->line, p, (size_t)((nl ? nl : end) - p));
        if (s->line.len > MAX_LINE || s->reply->text.len > MAX_REPLY || s->line.failed) {
            s->too_large = true;
            return false;
        }
        if (!nl)
            return true;
        while (s->line.len && s->line.data[s->line.len - 1] == '\r')
            s->line.data[--s->line.len] = '\0';
        if (s->line.len)
            a->fn(s, s->line.data, s->line.len);
        sc_buf_clear(&s->line);
        p = nl + 1;
    }
    return true;
}

void sc_llm_stream_finish(struct sc_llm_stream *s)
{
    sc_buf_finish(&s->line);
    sc_buf_finish(&s->whole);
}

bool sc_llm_post_take(const struct sc_llm *l, const char *path, char *body,
                      sc_llm_line_fn fn, struct sc_llm_stream *s, struct sc_llm_try *t,
                      const struct sc_cancel *cancel, struct sc_error *err)
{
    struct answer answer = {s, fn};
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    struct sc_http_response res = {0};
    char *auth = authorization(l);
    const char *headers[] = {"Content-Type: application/json", auth, NULL};
    char *url = sc_strf("%s%s", l->url, path);
    bool ok = url && body && (auth || !l->key);
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    req.url = url;
    req.method = "POST";
    req.headers = headers;
    req.body = body;
    req.body_len = body ? strlen(body) : 0;
    req.first_byte_timeout_ms = l->first_byte_ms;
    req.stall_timeout_ms = l->stall_ms;
    req.on_body = on_body;
    req.user = &answer;
    ok = ok && sc_http_perform(&req, &res, cancel, err);
    if (ok && s->line.len) /* a last line without its end */
        fn(s, s->line.data, s->line.len);
    if (ok) {
        t->status = res.status;
        t->retry_after_s = res.retry_after_s;
        t->incomplete = !s->done;
        if (res.status >= 400)
            sc_llm_error_text(l, sc_buf_str(&res.body), res.body.len, t->error);
        else
            snprintf(t->error, sizeof t->error, "%s", s->error);
    } else if (s->too_large && err) {
        sc_error_clear(err);
        sc_fail(err, SC_ERR_LIMIT,
                SC_SAID("the language model's answer is far too long"));
    }
    sc_http_response_finish(&res);
    wipe(auth);
    free(url);
    free(body);
    return ok;
}

/* The prompt is longer than the server accepts, in the words of several. */
static bool says_too_long(const char *s)
{
    static const char *const words[] = {
        "context length",          "context_length",     "context window",
        "maximum context",         "too many tokens",    "exceeds the available context",
        "exceed_context",          "prompt is too long", "input length exceeds",
        "larger than the context", "exceeds context"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasestr(s, words[i]))
            return true;
    return false;
}

static bool fail_status(const struct sc_llm *l, const struct sc_llm_try *t,
                        struct sc_error *err)
{
    bool ollama = strcmp(l->provider, "ollama") == 0;
    const char *who = ollama ? "Ollama" : "the language model's server";
    const char *sep = t->error[0] ? ": " : "";
    if (t->status == 401 || t->status == 403) {
        sc_fail(err, SC_ERR_FORBIDDEN, SC_SAID("%s refused the key (HTTP %d)%s%s"), who,
                t->status, sep, t->error);
        return sc_error_hint(err, "Check OPENAI_API_KEY and OPENAI_BASE_URL.");
    }
    if (t->status == 404) {
        sc_fail(err, SC_ERR_DEPENDENCY, SC_SAID("%s has no model \"%s\"%s%s"), who,
                l->model, sep, t->error);
        if (ollama)
            return sc_error_hint(err, "Run: ollama pull %s", l->model);
        return sc_error_hint(err, "Check OPENAI_MODEL and OPENAI_BASE_URL.");
    }
    if (t->status == 429) {
        sc_fail(err, SC_ERR_RATE, SC_SAID("%s asks to slow down (HTTP 429)%s%s"), who,
                sep, t->error);
        return sc_error_hint(err, "Try again later; what was written so far is kept.");
    }
    if (t->status >= 500 || t->status == 200)
        return sc_fail(err, SC_ERR_ENGINE, SC_SAID("%s failed (HTTP %d)%s%s"), who,
                       t->status, sep, t->error);
    return sc_fail(err, SC_ERR_ENGINE, SC_SAID("%s refused the request (HTTP %d)%s%s"),
                   who, t->status, sep, t->error);
}

enum sc_llm_outcome sc_llm_ask(struct sc_llm *l, const struct sc_llm_ask *ask,
                               struct sc_llm_reply *reply, const struct sc_cancel *cancel,
                               struct sc_error *err)
{
    bool ollama = strcmp(l->provider, "ollama") == 0;
    for (int i = 0;; i++) {
        struct sc_llm_try t = {.retry_after_s = -1};
        struct sc_error now = {0};
        sc_llm_reply_finish(reply);
        reply->prompt_tokens = reply->reply_tokens = -1;
        bool answered = ollama ? sc_llm_try_ollama(l, ask, reply, &t, cancel, &now)
                               : sc_llm_try_openai(l, ask, reply, &t, cancel, &now);
        tidy(l, t.error);
        if (sc_cancelled(cancel)) {
            sc_cancel_check(cancel, err);
            return SC_LLM_FAILED;
        }
        if (answered && t.status == 200 && !t.error[0] && !t.incomplete)
            return SC_LLM_OK;
        if (answered && says_too_long(t.error))
            return SC_LLM_TOO_LONG;
        bool again = !answered ? now.code == SC_ERR_NETWORK || now.code == SC_ERR_TIMEOUT
                               : t.status == 429 || t.status == 408 || t.status >= 500 ||
                                     t.status == 200;
        if (!again || i + 1 >= TRIES) {
            if (!answered && err && err->code == SC_ERR_OK)
                *err = now;
            else if (answered && t.incomplete && !t.error[0])
                sc_fail(err, SC_ERR_ENGINE,
                        SC_SAID("the language model's answer broke off %d times"), TRIES);
            else if (answered)
                fail_status(l, &t, err);
            return SC_LLM_FAILED;
        }
        int64_t wait =
            t.retry_after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : t.retry_after_s;
        int ms = wait > 0 ? (int)wait * 1000 : 500 << i;
        sc_debug(
            "the language model did not answer well (HTTP %d), trying again in %d ms",
            t.status, ms);
        if (sc_cancel_sleep(cancel, ms)) {
            sc_cancel_check(cancel, err);
            return SC_LLM_FAILED;
        }
    }
}
