/*
 * A language model behind a server: Ollama, or anything that speaks OpenAI's
 * chat completions. One blocking call at a time, streamed, with a stall limit,
 * retries, Retry-After, and errors in words a student can act on. Keys never
 * enter errors or logs.
 */
#ifndef SC_NOTES_LLM_H
#define SC_NOTES_LLM_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct sc_llm {
    const char *provider; /* "ollama" or "openai" */
    char *url;            /* without a slash at the end */
    char *model, *key;    /* key may be NULL */
    int context;   /* tokens the model can hold, as the server tells; 0 = unknown */
    bool thinking; /* Ollama: the model can think aloud */
    int first_byte_ms, stall_ms;
    /* OpenAI-compatible servers refuse different things; learnt from their errors. */
    int format; /* 0 json_schema, 1 json_object, 2 none */
    bool no_stream_options, no_temperature, new_max_tokens, no_max_tokens;
};

struct sc_llm_ask {
    const char *system, *user;
    const char *schema; /* JSON schema text, or NULL */
    int context;        /* num_ctx of this request; Ollama only */
    int max_reply;      /* tokens */
    int seed;
};

struct sc_llm_reply {
    struct sc_buf text;
    int prompt_tokens, reply_tokens; /* -1 = not told */
    bool cut;                        /* it ended because the limit was reached */
};

enum sc_llm_outcome {
    SC_LLM_OK,
    SC_LLM_TOO_LONG, /* the server says the prompt does not fit */
    SC_LLM_FAILED,   /* err tells */
};

/* Zero-initialised before; finish in any case. */
bool sc_llm_open_ollama(struct sc_llm *l, const char *url, const char *model,
                        const struct sc_cancel *cancel, struct sc_error *err);
bool sc_llm_open_openai(struct sc_llm *l, const char *url, const char *model,
                        const char *key, const struct sc_cancel *cancel,
                        struct sc_error *err);
void sc_llm_finish(struct sc_llm *l); /* wipes the key */

/* Asks with retries. reply is to be finished in any case. */
enum sc_llm_outcome sc_llm_ask(struct sc_llm *l, const struct sc_llm_ask *ask,
                               struct sc_llm_reply *reply, const struct sc_cancel *cancel,
                               struct sc_error *err);
void sc_llm_reply_finish(struct sc_llm_reply *r);

/* ---- for the provider files ---- */

/* What a stream has told so far. */
struct sc_llm_stream {
    struct sc_buf line;  /* bytes of an unfinished line */
    struct sc_buf whole; /* what came when it was no stream */
    struct sc_llm_reply *reply;
    char error[300]; /* from the server, in the stream */
    bool done;
    bool too_large;
};
/* One try. Sets *status to the HTTP status, *retry_after_s when told. */
struct sc_llm_try {
    int status;
    int64_t retry_after_s;
    char error[300]; /* the server's words, without secrets */
    bool incomplete; /* the stream ended early */
};
bool sc_llm_try_ollama(struct sc_llm *l, const struct sc_llm_ask *ask,
                       struct sc_llm_reply *reply, struct sc_llm_try *t,
                       const struct sc_cancel *cancel, struct sc_error *err);
bool sc_llm_try_openai(struct sc_llm *l, const struct sc_llm_ask *ask,
                       struct sc_llm_reply *reply, struct sc_llm_try *t,
                       const struct sc_cancel *cancel, struct sc_error *err);
/* The server's error text in body ({"error":"..."} or {"error":{"message"}}), key
 * removed. */
void sc_llm_error_text(const struct sc_llm *l, const char *body, size_t len,
                       char out[300]);
/* For a provider's opening: where it is, without slashes at the end, and its model. */
bool sc_llm_address(struct sc_llm *l, const char *provider, const char *url,
                    const char *model, struct sc_error *err);
/*
 * GET path, or POST body (taken) when there is one; any status. NULL when no
 * answer came or it is no JSON.
 */
json_t *sc_llm_request_take(const struct sc_llm *l, const char *path, json_t *body,
                            int *status, char error[300], const struct sc_cancel *cancel,
                            struct sc_error *err);
/* Called for each line of an answer that is not empty; may write into it. */
typedef void (*sc_llm_line_fn)(struct sc_llm_stream *s, char *line, size_t len);
/*
 * POSTs body (heap text, taken; NULL = out of memory) with the key and gives the
 * answer's lines to fn as they come. True when an answer came, whatever its status:
 * t tells that. s is to be finished in any case.
 */
bool sc_llm_post_take(const struct sc_llm *l, const char *path, char *body,
                      sc_llm_line_fn fn, struct sc_llm_stream *s, struct sc_llm_try *t,
                      const struct sc_cancel *cancel, struct sc_error *err);
void sc_llm_stream_finish(struct sc_llm_stream *s);

#endif
