#include "slides/vision.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "net/http.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_HEAVY_CHARS = 250, /* a slide with more says itself what it is about */
    MAX_DESCRIPTION = 1200,
    MAX_PNG_BYTES = 64 * 1024 * 1024,
    ANSWER_TIMEOUT_MS = 300000,
    MAX_FAILURES = 2, /* in a row: the model is not there */
};

static const char prompt[] =
    "This is a slide of a lecture. Describe in at most three sentences what its picture, "
    "diagram or chart shows. Do not guess what is not visible.";

/* The model's answer, trimmed to whole characters; NULL when it gave none. */
static char *answer_text(const struct sc_buf *body)
{
    json_t *root = json_loadb(body->data ? body->data : "", body->len, 0, NULL);
    const char *text = json_string_value(json_object_get(root, "response"));
    char *copy = NULL;
    if (text && *text) {
        size_t len = strlen(text);
        size_t cut = len > MAX_DESCRIPTION ? MAX_DESCRIPTION : len;
        while (cut < len && cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
            cut--;
        copy = sc_strndup(text, cut);
        char *trimmed = copy ? sc_str_trim(copy) : NULL;
        if (trimmed && trimmed != copy)
            memmove(copy, trimmed, strlen(trimmed) + 1);
    }
    json_decref(root);
    if (copy && !*copy) {
        free(copy);
        copy = NULL;
    }
    return copy;
}

static char *request_body(const char *png_path, const char *model, struct sc_error *err)
{
    struct sc_buf png = SC_BUF_INIT(MAX_PNG_BYTES), image = SC_BUF_INIT(0);
    char *text = NULL;
    if (sc_file_read(png_path, MAX_PNG_BYTES, &png, err)) {
        sc_base64_encode(png.data, png.len, &image);
        json_t *root =
            image.failed
                ? NULL
                : json_pack("{s:s,s:s,s:[s],s:b,s:{s:i,s:i}}", "model", model, "prompt",
                            prompt, "images", sc_buf_str(&image), "stream", 0, "options",
                            "num_ctx", 4096, "num_predict", 200);
        text = root ? json_dumps(root, JSON_COMPACT) : NULL;
        json_decref(root);
    }
    sc_buf_finish(&png);
    sc_buf_finish(&image);
    return text;
}

static char *describe(const char *png_path, const struct sc_slides_read_options *opts,
                      const struct sc_cancel *cancel, struct sc_error *err)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    size_t base = strlen(opts->vision_url);
    while (base > 0 && opts->vision_url[base - 1] == '/')
        base--;
    char *url = sc_strf("%.*s/api/generate", (int)base, opts->vision_url);
    char *body = request_body(png_path, opts->vision_model, err), *text = NULL;
    struct sc_http_response resp = {0};
    if (url && body) {
        struct sc_http_request req = SC_HTTP_REQUEST_INIT;
        req.method = "POST";
        req.url = url;
        req.headers = headers;
        req.body = body;
        req.body_len = strlen(body);
        req.stall_timeout_ms = ANSWER_TIMEOUT_MS;
        req.total_timeout_ms = ANSWER_TIMEOUT_MS;
        if (sc_http_perform(&req, &resp, cancel, err)) {
            if (resp.status == 200)
                text = answer_text(&resp.body);
            else
                sc_fail(err, SC_ERR_ENGINE, "the vision model's server answered HTTP %d",
                        resp.status);
        }
        sc_http_response_finish(&resp);
    }
    free(url);
    free(body);
    return text;
}

/* Descriptions are remembered per picture and model. */
static char *memory_path(const char *png, const struct sc_slides_read_options *opts)
{
    char hex[SC_SHA256_HEX_SIZE], model[SC_SHA256_HEX_SIZE];
    struct sc_error ignored = {0};
    if (!sc_sha256_of_file(png, hex, &ignored))
        return NULL;
    sc_sha256_of(opts->vision_model, strlen(opts->vision_model), model);
    return sc_strf("%s/read/%s-%.16s.txt", opts->work_dir, hex, model);
}

static char *recall(const char *path)
{
    struct sc_buf b = SC_BUF_INIT(1 << 16);
    struct sc_error ignored = {0};
    bool ok = path && sc_file_exists(path) && sc_file_read(path, 1 << 16, &b, &ignored) &&
              b.len > 0 && sc_utf8_valid(b.data, b.len);
    char *text = ok ? sc_strdup(b.data) : NULL;
    sc_buf_finish(&b);
    return text;
}

static bool wants_description(const struct sc_slide *s)
{
    return !s->description && strlen(s->ocr_text ? s->ocr_text : "") < TEXT_HEAVY_CHARS;
}

bool sc_vision_describe(struct sc_slide_deck *deck,
                        const struct sc_slides_read_options *opts,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    int failures = 0;
    for (size_t i = 0; i < deck->n_slides && failures < MAX_FAILURES; i++) {
        struct sc_slide *s = &deck->slides[i];
        struct sc_error why = {0};
        if (sc_cancel_check(cancel, err))
            return false;
        if (!wants_description(s))
            continue;
        char *png = sc_path_join(opts->slides_dir, s->filename);
        char *memory = png ? memory_path(png, opts) : NULL;
        s->description = recall(memory);
        if (!s->description && png) {
            s->description = describe(png, opts, cancel, &why);
            failures = s->description ? 0 : failures + 1;
            if (s->description && memory)
                (void)sc_file_write(memory, s->description, strlen(s->description), false,
                                    &why);
            else if (!s->description)
                sc_debug("slides: no description of %s: %s", s->filename, why.cause);
        }
        free(png);
        free(memory);
        struct sc_progress p = {.stage = "slides",
                                .done = (double)(i + 1),
                                .total = (double)deck->n_slides,
                                .unit = SC_UNIT_ITEMS,
                                .note = "describing pictures"};
        sc_progress_report(&opts->progress, &p);
    }
    return !sc_cancel_check(cancel, err);
}
