#include "slides/ocr.h"

#include "base/str.h"
#include "slides/code_text.h"
#include "slides/slides.h"

#include <dlfcn.h>
#include <leptonica/allheaders.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tesseract/capi.h>

enum {
    DARK_MEAN =
        110, /* a picture darker than this is inverted: light on dark reads badly */
    ENOUGH_WIDTH = 2400, /* larger pictures gain nothing by enlarging */
    MAX_TEXT = 1 << 20,
    LINE_BORDER = 8,
    LINE_ENLARGE = 3,
};
static const float ENLARGE = 1.5F;
/* Words below are noise of pictures more often than words. */
static const double MIN_WORD_CONFIDENCE = 0.25;

struct sc_ocr {
    TessBaseAPI *api;
};

/*
 * Tesseract's OpenMP threads cost several times the work of one thread. Setting
 * the environment from within is too late, so the runtime is asked directly,
 * when there is one.
 */
static void limit_openmp(void)
{
    union {
        void *object;
        void (*call)(int);
    } set_levels = {dlsym(RTLD_DEFAULT, "omp_set_max_active_levels")},
      set_threads = {dlsym(RTLD_DEFAULT, "omp_set_num_threads")};
    if (set_levels.object)
        set_levels.call(0);
    if (set_threads.object)
        set_threads.call(1);
}

/* Without word lists: for numbers they tell nothing, and take a third of the loading. */
static int init_figures(TessBaseAPI *api)
{
    /* Tesseract asks for texts that may be written to. */
    char lists[][20] = {"load_system_dawg", "load_freq_dawg",    "load_punc_dawg",
                        "load_number_dawg", "load_unambig_dawg", "load_bigram_dawg"};
    enum { LISTS = sizeof lists / sizeof lists[0] };
    char off[] = "0", *names[LISTS], *values[LISTS];
    for (size_t i = 0; i < LISTS; i++) {
        names[i] = lists[i];
        values[i] = off;
    }
    return TessBaseAPIInit4(api, NULL, "eng", OEM_DEFAULT, NULL, 0, names, values, LISTS,
                            0);
}

static bool create(const char *language, bool figures, struct sc_ocr **out,
                   struct sc_error *err)
{
    if (!language || !*language)
        language = "eng";
    limit_openmp();
    setMsgSeverity(L_SEVERITY_NONE);
    struct sc_ocr *o = calloc(1, sizeof *o);
    if (!o || !(o->api = TessBaseAPICreate())) {
        free(o);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for text recognition");
    }
    TessBaseAPISetVariable(o->api, "debug_file", "/dev/null");
    if ((figures ? init_figures(o->api) : TessBaseAPIInit3(o->api, NULL, language)) !=
        0) {
        sc_ocr_destroy(o);
        sc_fail(err, SC_ERR_DEPENDENCY,
                "text recognition (Tesseract) has no data for the language \"%s\"",
                language);
        return sc_error_hint(err,
                             "Install the package tesseract-ocr-%s (Debian, Ubuntu) or "
                             "tesseract-lang (Homebrew).",
                             language);
    }
    *out = o;
    return true;
}

bool sc_ocr_create(const char *language, struct sc_ocr **out, struct sc_error *err)
{
    return create(language, false, out, err);
}

bool sc_ocr_create_figures(struct sc_ocr **out, struct sc_error *err)
{
    return create("eng", true, out, err);
}

void sc_ocr_destroy(struct sc_ocr *o)
{
    if (!o)
        return;
    TessBaseAPIEnd(o->api);
    TessBaseAPIDelete(o->api);
    free(o);
}

bool sc_ocr_languages(char *out, size_t size)
{
    TessBaseAPI *api = TessBaseAPICreate();
    size_t at = 0;
    if (size)
        out[0] = '\0';
    if (!api)
        return false;
    TessBaseAPISetVariable(api, "debug_file", "/dev/null");
    /* The folder of the data is known even when this language is not there. */
    (void)TessBaseAPIInit3(api, NULL, "eng");
    char **names = TessBaseAPIGetAvailableLanguagesAsVector(api);
    for (size_t i = 0; names && names[i] && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", at ? ", " : "", names[i]);
    if (names)
        TessDeleteTextArray(names);
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    return at > 0;
}

void sc_ocr_result_finish(struct sc_ocr_result *r)
{
    for (size_t i = 0; i < r->n_words; i++)
        free(r->words[i].text);
    free(r->words);
    free(r->text);
    *r = (struct sc_ocr_result){0};
}

/* ---- pictures ---- */

/* Grey, dark on light, enlarged. NULL when memory is out. Takes src. */
static PIX *prepare_take(PIX *src, float scale)
{
    PIX *grey = src ? pixConvertTo8(src, 0) : NULL;
    pixDestroy(&src);
    if (!grey)
        return NULL;
    l_float32 mean = 255;
    pixGetAverageMasked(grey, NULL, 0, 0, 4, L_MEAN_ABSVAL, &mean);
    if (mean < DARK_MEAN)
        pixInvert(grey, grey);
    if (scale == 1.0F)
        return grey;
    PIX *scaled = pixScale(grey, scale, scale);
    pixDestroy(&grey);
    return scaled;
}

/* ---- words ---- */

static bool words_add(struct sc_ocr_result *r, size_t *cap, struct sc_ocr_word w)
{
    if (r->n_words == *cap) {
        size_t grown_cap = *cap ? *cap * 2 : 64;
        struct sc_ocr_word *grown = realloc(r->words, grown_cap * sizeof *grown);
        if (!grown)
            return false;
        r->words = grown;
        *cap = grown_cap;
    }
    r->words[r->n_words++] = w;
    return true;
}

/* The word at the iterator, or one with NULL text when it is noise. */
static struct sc_ocr_word read_word(const TessResultIterator *it, float scale)
{
    struct sc_ocr_word w = {0};
    const TessPageIterator *page = TessResultIteratorGetPageIteratorConst(it);
    w.confidence = TessResultIteratorConfidence(it, RIL_WORD) / 100.0;
    char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
    int l, t, r, b;
    if (text && *text && w.confidence >= MIN_WORD_CONFIDENCE &&
        TessPageIteratorBoundingBox(page, RIL_WORD, &l, &t, &r, &b)) {
        w.x = (int)lroundf((float)l / scale);
        w.y = (int)lroundf((float)t / scale);
        w.w = (int)lroundf((float)(r - l) / scale);
        w.h = (int)lroundf((float)(b - t) / scale);
        w.text = sc_utf8_repair(text, strlen(text));
    }
    TessDeleteText(text);
    return w;
}

/* Collects words and where lines begin; line_of[i] counts from 0. */
static bool collect(TessBaseAPI *api, float scale, struct sc_ocr_result *out,
                    struct sc_line_list *lines)
{
    TessResultIterator *it = TessBaseAPIGetIterator(api);
    size_t cap = 0;
    bool ok = true, new_line = true, new_block = false;
    while (it && ok) {
        const TessPageIterator *page = TessResultIteratorGetPageIteratorConst(it);
        new_line |= TessPageIteratorIsAtBeginningOf(page, RIL_TEXTLINE) != 0;
        new_block |= TessPageIteratorIsAtBeginningOf(page, RIL_BLOCK) != 0;
        struct sc_ocr_word w = read_word(it, scale);
        if (w.text) {
            ok = (!new_line || sc_line_list_begin(lines, out->n_words, new_block)) &&
                 words_add(out, &cap, w);
            if (!ok)
                free(w.text);
            new_line = new_block = false;
        }
        if (!TessResultIteratorNext(it, RIL_WORD))
            break;
    }
    TessResultIteratorDelete(it);
    return ok;
}

static double mean_confidence(const struct sc_ocr_result *r)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i < r->n_words; i++) {
        double n = (double)strlen(r->words[i].text);
        sum += n * r->words[i].confidence;
        weight += n;
    }
    return weight > 0 ? sum / weight : 0;
}

bool sc_ocr_read_png(struct sc_ocr *o, const char *path, struct sc_ocr_result *out,
                     struct sc_error *err)
{
    struct sc_ocr_result r = {0};
    struct sc_line_list lines = {0};
    PIX *pix = pixRead(path);
    if (!pix)
        return sc_fail(err, SC_ERR_IO, "cannot read the picture %s", path);
    r.width = pixGetWidth(pix);
    r.height = pixGetHeight(pix);
    float scale = r.width * ENLARGE <= ENOUGH_WIDTH ? ENLARGE : 1.0F;
    if (r.width <= 640)
        scale = 2.0F;
    pix = prepare_take(pix, scale);
    bool ok = pix != NULL;
    if (ok) {
        TessBaseAPISetPageSegMode(o->api, PSM_AUTO);
        TessBaseAPISetImage2(o->api, pix);
        TessBaseAPISetSourceResolution(o->api, 150);
        /* A picture that cannot be recognised has no text: no failure. */
        if (TessBaseAPIRecognize(o->api, NULL) == 0)
            ok = collect(o->api, scale, &r, &lines);
        TessBaseAPIClear(o->api);
    }
    pixDestroy(&pix);
    if (ok) {
        r.confidence = mean_confidence(&r);
        r.text = sc_line_list_text(&lines, r.words, r.n_words, &r.is_code);
    }
    sc_line_list_finish(&lines);
    if (!ok || !r.text) {
        sc_ocr_result_finish(&r);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for text recognition");
    }
    *out = r;
    return true;
}

/* ---- one line ---- */

char *sc_ocr_read_line(struct sc_ocr *o, const uint8_t *grey, int w, int h, bool invert,
                       bool figures)
{
    PIX *pix = pixCreate(w + 2 * LINE_BORDER, h + 2 * LINE_BORDER, 8);
    if (!pix)
        return NULL;
    /* A rim of the corner's brightness: letters at the edge read badly. */
    for (int y = 0; y < h + 2 * LINE_BORDER; y++)
        for (int x = 0; x < w + 2 * LINE_BORDER; x++) {
            int sx = x - LINE_BORDER, sy = y - LINE_BORDER;
            bool in = sx >= 0 && sy >= 0 && sx < w && sy < h;
            uint8_t v = in ? grey[(size_t)sy * (size_t)w + (size_t)sx] : grey[0];
            pixSetPixel(pix, x, y, invert ? 255U - v : v);
        }
    PIX *scaled = pixScale(pix, LINE_ENLARGE, LINE_ENLARGE);
    pixDestroy(&pix);
    if (!scaled)
        return NULL;
    TessBaseAPISetPageSegMode(o->api, PSM_SINGLE_LINE);
    TessBaseAPISetVariable(o->api, "tessedit_char_whitelist",
                           figures ? "0123456789.,:%-+" : "");
    TessBaseAPISetImage2(o->api, scaled);
    TessBaseAPISetSourceResolution(o->api, 220);
    char *tess = TessBaseAPIGetUTF8Text(o->api);
    char *text = sc_strdup(tess ? sc_str_trim(tess) : "");
    TessDeleteText(tess);
    TessBaseAPIClear(o->api);
    pixDestroy(&scaled);
    return text;
}
