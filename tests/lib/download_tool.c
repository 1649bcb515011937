/*
 * sc_download_run() on the command line, for tests and benchmarks:
 *
 *   scaler-download-tool DIR [--url U | --base-url U] [--sign KP:POLICY:SIG]
 *       [--chunk-pattern P] [--detected N] [--from S] [--to S] [--quality best|worst|N]
 *       [--header H] [--connections N] [--attempts N] [--memory BYTES] [--allow-gaps 1]
 *       [--debug 1]
 *
 * Prints one JSON object: the result, or {"error","sentence","hint"}; the exit
 * code is the error's.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "download/download.h"
#include "net/http.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct tool {
    struct sc_stream stream;
    struct sc_download_options opts;
};

static bool set_sign(struct sc_stream *s, const char *text)
{
    const char *a = strchr(text, ':'), *b = a ? strchr(a + 1, ':') : NULL;
    if (!b)
        return false;
    s->auth.key_pair_id = sc_strndup(text, (size_t)(a - text));
    s->auth.policy = sc_strndup(a + 1, (size_t)(b - a - 1));
    s->auth.signature = sc_strdup(b + 1);
    return true;
}

static bool set_quality(struct sc_stream *s, const char *v)
{
    s->quality = strcmp(v, "best") == 0    ? SC_QUALITY_BEST
                 : strcmp(v, "worst") == 0 ? SC_QUALITY_WORST
                                           : SC_QUALITY_HEIGHT;
    s->height = (int)strtol(v, NULL, 10);
    return true;
}

static bool add_header(struct sc_stream *s, const char *v)
{
    char **headers = realloc(s->headers, (s->n_headers + 1) * sizeof *headers);
    if (!headers)
        return false;
    s->headers = headers;
    s->headers[s->n_headers++] = sc_strdup(v);
    return true;
}

static bool set_option(struct tool *t, const char *name, const char *v)
{
    struct sc_stream *s = &t->stream;
    if (strcmp(name, "--url") == 0)
        return (s->url = sc_strdup(v)) != NULL;
    if (strcmp(name, "--base-url") == 0)
        return (s->base_url = sc_strdup(v)) != NULL;
    if (strcmp(name, "--chunk-pattern") == 0)
        return (s->chunk_pattern = sc_strdup(v)) != NULL;
    if (strcmp(name, "--detected") == 0)
        return sc_parse_i64(v, &s->detected_chunk);
    if (strcmp(name, "--sign") == 0)
        return set_sign(s, v);
    if (strcmp(name, "--from") == 0)
        return sc_parse_time_s(v, &s->from_s);
    if (strcmp(name, "--to") == 0)
        return sc_parse_time_s(v, &s->to_s);
    if (strcmp(name, "--quality") == 0)
        return set_quality(s, v);
    if (strcmp(name, "--header") == 0)
        return add_header(s, v);
    if (strcmp(name, "--connections") == 0)
        return (t->opts.max_connections = (int)strtol(v, NULL, 10)) > 0;
    if (strcmp(name, "--attempts") == 0)
        return (t->opts.attempts = (int)strtol(v, NULL, 10)) > 0;
    if (strcmp(name, "--memory") == 0)
        return sc_parse_u64(v, &t->opts.memory_bytes);
    if (strcmp(name, "--allow-gaps") == 0)
        return t->opts.allow_gaps = true;
    if (strcmp(name, "--debug") == 0) {
        sc_log_set_level(SC_LOG_DEBUG);
        return true;
    }
    return false;
}

static json_t *result_json(const struct sc_download_result *r, double took_s)
{
    json_t *gaps = json_array();
    for (size_t i = 0; i < r->n_gaps; i++)
        json_array_append_new(gaps,
                              json_pack("[f, f]", r->gaps[i].start_s, r->gaps[i].end_s));
    return json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:o, s:f, s:I}", "video",
                     r->video_path, "duration", r->duration_s, "size",
                     (json_int_t)r->size_bytes, "segments", (json_int_t)r->n_segments,
                     "fetched", (json_int_t)r->n_fetched, "reused", (json_int_t)r->n_reused,
                     "fetched_bytes", (json_int_t)r->fetched_bytes, "held_from",
                     r->held_from_s, "held_to", r->held_to_s, "gaps", gaps, "took_s", took_s,
                     "peak_memory", (json_int_t)sc_platform_memory_peak());
}

int main(int argc, char **argv)
{
    struct tool t = {.stream = SC_STREAM_INIT};
    struct sc_error err = {0};
    struct sc_download_result result = {0};
    struct sc_cancel cancel = {0};
    if (argc < 2 || argc % 2 != 0)
        return 2;
    t.opts.dir = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        if (!set_option(&t, argv[i], argv[i + 1])) {
            fprintf(stderr, "cannot use %s %s\n", argv[i], argv[i + 1]);
            return 2;
        }
    }
    sc_cancel_on_signals(&cancel);
    double start_s = sc_clock_monotonic_s();
    json_t *o = NULL;
    if (sc_http_global_init(&err) &&
        sc_download_run(&t.stream, &t.opts, &result, &cancel, &err)) {
        o = result_json(&result, sc_clock_monotonic_s() - start_s);
    } else {
        char sentence[1600];
        sc_error_sentence(&err, sentence, sizeof sentence);
        o = json_pack("{s:s, s:s, s:s, s:f}", "error", sc_error_slug(err.code), "sentence",
                      sentence, "hint", err.hint, "took_s",
                      sc_clock_monotonic_s() - start_s);
    }
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    printf("%s\n", text ? text : "{}");
    free(text);
    json_decref(o);
    sc_download_result_finish(&result);
    sc_stream_finish(&t.stream);
    sc_http_global_finish();
    return sc_error_exit_code(err.code);
}
