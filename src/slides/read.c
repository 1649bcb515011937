/*
 * Reading slides: text by OCR in parallel, a description by a vision model for
 * pictures with little text. What was read is remembered per picture (by its
 * SHA-256) in work_dir, so that a second run reads only what is new.
 */
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "slides/ocr.h"
#include "slides/slides.h"
#include "slides/vision.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 16, MAX_PNG_BYTES = 256 * 1024 * 1024, MAX_MEMORY_BYTES = 64 << 20 };

struct reading {
    struct sc_slide_deck *deck;
    const struct sc_slides_read_options *opts;
    const struct sc_cancel *cancel;
    pthread_mutex_t lock; /* guards all below */
    size_t next, done;
    struct sc_error err;
    bool failed;
};

/* ---- what was read before ---- */

static char *memory_path(const struct reading *r, const struct sc_slide *s,
                         struct sc_error *err)
{
    char hex[SC_SHA256_HEX_SIZE];
    char *png = sc_path_join(r->opts->slides_dir, s->filename), *path = NULL;
    if (png && sc_sha256_of_file(png, hex, err))
        path = sc_strf("%s/read/%s-%s.json", r->opts->work_dir, hex,
                       r->opts->ocr_language ? r->opts->ocr_language : "eng");
    else
        sc_fail(err, SC_ERR_MEMORY, "no memory to read slides");
    free(png);
    return path;
}

static void forget(struct sc_slide *s)
{
    for (size_t i = 0; i < s->n_words; i++)
        free(s->words[i].text);
    free(s->words);
    free(s->ocr_text);
    free(s->kind);
    s->words = NULL;
    s->n_words = 0;
    s->ocr_text = s->kind = NULL;
}

/* Takes text, words and kind over from an earlier reading. */
static bool recall(const char *path, struct sc_slide *s)
{
    struct sc_buf b = SC_BUF_INIT(MAX_MEMORY_BYTES);
    struct sc_slide_deck d = {0};
    struct sc_error ignored = {0};
    bool ok = sc_file_exists(path) &&
              sc_file_read(path, MAX_MEMORY_BYTES, &b, &ignored) &&
              sc_slide_deck_read_json(b.data, b.len, &d, &ignored) && d.n_slides == 1;
    if (ok) {
        struct sc_slide *from = &d.slides[0];
        forget(s);
        s->words = from->words;
        s->n_words = from->n_words;
        s->ocr_text = from->ocr_text;
        s->ocr_confidence = from->ocr_confidence;
        s->kind = from->kind;
        from->words = NULL;
        from->n_words = 0;
        from->ocr_text = from->kind = NULL;
    }
    sc_slide_deck_finish(&d);
    sc_buf_finish(&b);
    return ok;
}

static bool remember(const char *path, const struct sc_slide *s, struct sc_error *err)
{
    /* A borrowed one-slide deck: the model's own format, nothing new to parse. */
    struct sc_slide copy = *s;
    struct sc_slide_deck d = {.slides = &copy, .n_slides = 1};
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = sc_slide_deck_write_json(&d, &b, err) &&
              sc_file_write(path, b.data, b.len, false, err);
    sc_buf_finish(&b);
    return ok;
}

/* ---- one slide ---- */

static bool read_slide(struct reading *r, struct sc_ocr *ocr, struct sc_slide *s,
                       struct sc_error *err)
{
    char *memory = memory_path(r, s, err);
    if (!memory)
        return false;
    bool ok = true;
    if (!recall(memory, s)) {
        struct sc_ocr_result res = {0};
        char *png = sc_path_join(r->opts->slides_dir, s->filename);
        ok = png && sc_ocr_read_png(ocr, png, &res, err);
        free(png);
        if (ok) {
            forget(s);
            s->ocr_text = res.text;
            s->words = res.words;
            s->n_words = res.n_words;
            s->ocr_confidence = res.confidence;
            s->kind = sc_strdup(res.is_code        ? "code"
                                : res.n_words >= 3 ? "text"
                                                   : "other");
            ok = remember(memory, s, err);
        }
    }
    free(memory);
    return ok;
}

static void report(const struct reading *r, const char *note)
{
    struct sc_progress p = {.stage = "slides",
                            .done = (double)r->done,
                            .total = (double)r->deck->n_slides,
                            .unit = SC_UNIT_ITEMS,
                            .note = note};
    sc_progress_report(&r->opts->progress, &p);
}

static void fail_all(struct reading *r, const struct sc_error *err)
{
    pthread_mutex_lock(&r->lock);
    if (!r->failed)
        r->err = *err;
    r->failed = true;
    pthread_mutex_unlock(&r->lock);
}

static void *work(void *user)
{
    struct reading *r = user;
    struct sc_error err = {0};
    struct sc_ocr *ocr = NULL;
    if (!sc_ocr_create(r->opts->ocr_language, &ocr, &err)) {
        fail_all(r, &err);
        return NULL;
    }
    for (;;) {
        pthread_mutex_lock(&r->lock);
        size_t i = r->failed ? r->deck->n_slides : r->next++;
        pthread_mutex_unlock(&r->lock);
        if (i >= r->deck->n_slides)
            break;
        if (sc_cancel_check(r->cancel, &err) ||
            !read_slide(r, ocr, &r->deck->slides[i], &err)) {
            fail_all(r, &err);
            break;
        }
        pthread_mutex_lock(&r->lock);
        r->done++;
        report(r, "reading slides");
        pthread_mutex_unlock(&r->lock);
    }
    sc_ocr_destroy(ocr);
    return NULL;
}

static bool run_workers(struct reading *r)
{
    int want = r->opts->threads > 0 ? r->opts->threads : sc_platform_cpu_count();
    if ((size_t)want > r->deck->n_slides)
        want = (int)r->deck->n_slides;
    want = want < 1 ? 1 : want > MAX_THREADS ? MAX_THREADS : want;
    pthread_t threads[MAX_THREADS];
    int started = 0;
    while (started < want && pthread_create(&threads[started], NULL, work, r) == 0)
        started++;
    if (started == 0)
        work(r);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return !r->failed;
}

bool sc_slides_read(struct sc_slide_deck *deck, const struct sc_slides_read_options *opts,
                    const struct sc_cancel *cancel, struct sc_error *err)
{
    if (deck->n_slides == 0)
        return true;
    struct reading r = {.deck = deck, .opts = opts, .cancel = cancel};
    char *dir = sc_path_join(opts->work_dir, "read");
    bool ok = dir && sc_mkdirs(dir, err);
    free(dir);
    if (!ok)
        return sc_fail(err, SC_ERR_MEMORY, "no memory to read slides");
    pthread_mutex_init(&r.lock, NULL);
    ok = run_workers(&r);
    pthread_mutex_destroy(&r.lock);
    if (!ok) {
        if (err && err->code == SC_ERR_OK)
            *err = r.err;
        return sc_error_wrap(err, "could not read the slides");
    }
    if (opts->vision_url && opts->vision_model) {
        ok = sc_vision_describe(deck, opts, cancel, err);
        /* However many pictures were described, all slides are read. */
        if (ok)
            report(&r, NULL);
    }
    return ok;
}
