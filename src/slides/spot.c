#include "slides/spot.h"

#include "base/log.h"
#include "base/str.h"
#include "slides/ocr.h"

#include <stdlib.h>
#include <string.h>

enum {
    MARGIN_X = 96, /* source pixels looked at around a spot */
    MARGIN_Y = 24,
    CHANGE_STEP = 48,
    INK_STEP = 50,
    MIN_HEIGHT = 6, /* of a character that can be read */
    MAX_HEIGHT = 120,
    MAX_SUBSTITUTIONS = 2,
    PAD = 3,
};

struct sc_spot_reader {
    struct sc_ocr *ocr;
};

struct sc_spot_reader *sc_spot_reader_create(void)
{
    struct sc_spot_reader *r = calloc(1, sizeof *r);
    struct sc_error ignored = {0};
    if (r && !sc_ocr_create("eng", &r->ocr, &ignored)) {
        free(r);
        r = NULL;
    }
    return r;
}

void sc_spot_reader_destroy(struct sc_spot_reader *r)
{
    if (!r)
        return;
    sc_ocr_destroy(r->ocr);
    free(r);
}

/* ---- shape ---- */

struct box {
    int x0, y0, x1, y1; /* inclusive; x1 < x0 = empty */
};

struct crop {
    const uint8_t *p;
    int w, h, back;
};

static int background(const uint8_t *p, size_t n)
{
    unsigned bins[32] = {0}, best = 0;
    for (size_t i = 0; i < n; i++)
        bins[p[i] >> 3]++;
    for (unsigned i = 1; i < 32; i++)
        best = bins[i] > bins[best] ? i : best;
    return (int)best * 8 + 4;
}

static bool is_ink(const struct crop *c, int x, int y)
{
    int d = c->p[(size_t)y * (size_t)c->w + (size_t)x] - c->back;
    return d > INK_STEP || d < -INK_STEP;
}

static bool row_has_ink(const struct crop *c, int y, int x0, int x1)
{
    for (int x = x0; x <= x1; x++)
        if (is_ink(c, x, y))
            return true;
    return false;
}

static bool column_has_ink(const struct crop *c, int x, int y0, int y1)
{
    for (int y = y0; y <= y1; y++)
        if (is_ink(c, x, y))
            return true;
    return false;
}

/* The rows of ink around the changed ones, without a gap. */
static bool ink_rows(const struct crop *c, const struct box *d, int *top, int *bottom)
{
    int y0 = d->y0, y1 = d->y1, x0 = d->x0, x1 = d->x1;
    while (y0 <= d->y1 && !row_has_ink(c, y0, d->x0, d->x1))
        y0++;
    while (y1 >= d->y0 && !row_has_ink(c, y1, d->x0, d->x1))
        y1--;
    if (y0 > y1)
        return false;
    /* The whole character: a 5 differs from a 3 in a part of its height only. */
    while (x0 > 0 && column_has_ink(c, x0 - 1, d->y0, d->y1))
        x0--;
    while (x1 + 1 < c->w && column_has_ink(c, x1 + 1, d->y0, d->y1))
        x1++;
    while (y0 > 0 && row_has_ink(c, y0 - 1, x0, x1))
        y0--;
    while (y1 + 1 < c->h && row_has_ink(c, y1 + 1, x0, x1))
        y1++;
    *top = y0;
    *bottom = y1;
    return true;
}

/* Widens to where both crops have a gap of a good half character height. */
static void widen(const struct crop *a, const struct crop *b, struct box *d)
{
    int gap = (d->y1 - d->y0 + 1) * 3 / 5 + 1, blank = 0;
    for (int x = d->x0 - 1; x >= 0 && blank < gap; x--) {
        bool ink =
            column_has_ink(a, x, d->y0, d->y1) || column_has_ink(b, x, d->y0, d->y1);
        blank = ink ? 0 : blank + 1;
        d->x0 = ink ? x : d->x0;
    }
    blank = 0;
    for (int x = d->x1 + 1; x < a->w && blank < gap; x++) {
        bool ink =
            column_has_ink(a, x, d->y0, d->y1) || column_has_ink(b, x, d->y0, d->y1);
        blank = ink ? 0 : blank + 1;
        d->x1 = ink ? x : d->x1;
    }
}

/* Around the changed pixels of a part: elsewhere a cursor may have moved. */
static struct box changed_box(const uint8_t *a, const uint8_t *b, int w,
                              const struct box *part)
{
    struct box d = {part->x1 + 1, part->y1 + 1, -1, -1};
    for (int y = part->y0; y <= part->y1; y++)
        for (int x = part->x0; x <= part->x1; x++) {
            size_t at = (size_t)y * (size_t)w + (size_t)x;
            int k = a[at] - b[at];
            if (k <= CHANGE_STEP && k >= -CHANGE_STEP)
                continue;
            d.x0 = x < d.x0 ? x : d.x0;
            d.x1 = x > d.x1 ? x : d.x1;
            d.y0 = y < d.y0 ? y : d.y0;
            d.y1 = y > d.y1 ? y : d.y1;
        }
    return d;
}

bool sc_spot_find_word(const uint8_t *a, const uint8_t *b, int w, int h,
                       const struct sc_spot *part, struct sc_spot_word *out)
{
    struct box inner = {part->x, part->y, part->x + part->w - 1, part->y + part->h - 1};
    size_t n = (size_t)w * (size_t)h;
    struct crop ca = {a, w, h, background(a, n)}, cb = {b, w, h, background(b, n)};
    struct box d = changed_box(a, b, w, &inner);
    if (d.x1 < d.x0 || abs(ca.back - cb.back) > INK_STEP / 2)
        return false;
    int ta, ba, tb, bb;
    if (!ink_rows(&ca, &d, &ta, &ba) || !ink_rows(&cb, &d, &tb, &bb))
        return false; /* ink on one side only: something came or went */
    int height = ba - ta + 1, slack = height / 8 + 1;
    if (height < MIN_HEIGHT || height > MAX_HEIGHT || abs(ta - tb) > slack ||
        abs(ba - bb) > slack)
        return false; /* not characters of one line */
    d.y0 = ta < tb ? ta : tb;
    d.y1 = ba > bb ? ba : bb;
    widen(&ca, &cb, &d);
    int x0 = d.x0 > PAD ? d.x0 - PAD : 0, y0 = d.y0 > PAD ? d.y0 - PAD : 0;
    int x1 = d.x1 + PAD < w ? d.x1 + PAD : w - 1,
        y1 = d.y1 + PAD < h ? d.y1 + PAD : h - 1;
    *out = (struct sc_spot_word){x0, y0, x1 - x0 + 1, y1 - y0 + 1, ca.back < 110};
    return true;
}

/* ---- text ---- */

#define DIGITS "0123456789"
#define FIGURES DIGITS ".,:%-+"

static bool is_figure(const char *s)
{
    return *s && s[strspn(s, FIGURES)] == '\0' && strpbrk(s, DIGITS);
}

/* True when a word that is a figure in both texts differs: letters are misread at times.
 */
static bool figures_differ(const char *a, const char *b)
{
    while (*a && *b) {
        size_t n = strcspn(a, " "), m = strcspn(b, " ");
        bool figures = n == strspn(a, FIGURES) && m == strspn(b, FIGURES) &&
                       strcspn(a, DIGITS) < n && strcspn(b, DIGITS) < m;
        if (figures && (n != m || memcmp(a, b, n) != 0))
            return true;
        a += n + (a[n] == ' ');
        b += m + (b[m] == ' ');
    }
    return false;
}

bool sc_spot_texts_differ(const char *a, const char *b)
{
    size_t n = strlen(a), substitutions = 0;
    bool digit = false;
    if (is_figure(a) && is_figure(b))
        return strcmp(a, b) != 0;
    if (n > 0 && n == strlen(b) && figures_differ(a, b))
        return true;
    if (n == 0 || n != strlen(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) {
            substitutions++;
            digit |= (a[i] >= '0' && a[i] <= '9') || (b[i] >= '0' && b[i] <= '9');
        }
    return digit && substitutions <= MAX_SUBSTITUTIONS;
}

static char *read_word(struct sc_spot_reader *r, const uint8_t *crop, int w,
                       const struct sc_spot_word *word, bool figures)
{
    uint8_t *grey = malloc((size_t)word->w * (size_t)word->h);
    if (!grey)
        return NULL;
    for (int y = 0; y < word->h; y++)
        memcpy(grey + (size_t)y * (size_t)word->w,
               crop + (size_t)(word->y + y) * (size_t)w + word->x, (size_t)word->w);
    char *text = sc_ocr_read_line(r->ocr, grey, word->w, word->h, word->dark, figures);
    free(grey);
    return text;
}

/*
 * Reads both words, side by side in one line, as "a b a": a number alone is
 * often not read at all. True when that gives two different figures.
 */
static bool read_side_by_side(struct sc_spot_reader *r, const uint8_t *a,
                              const uint8_t *b, int w, const struct sc_spot_word *word,
                              const char *ta)
{
    int step = word->w + word->h / 2, width = 2 * step + word->w;
    uint8_t *grey = malloc((size_t)width * (size_t)word->h);
    if (!grey)
        return false;
    for (int y = 0; y < word->h; y++) {
        size_t from = (size_t)(word->y + y) * (size_t)w + (size_t)word->x;
        uint8_t *to = grey + (size_t)y * (size_t)width;
        memset(to, a[(size_t)word->y * (size_t)w + (size_t)word->x], (size_t)width);
        memcpy(to, a + from, (size_t)word->w);
        memcpy(to + step, b + from, (size_t)word->w);
        memcpy(to + 2 * (size_t)step, a + from, (size_t)word->w);
    }
    char *text = sc_ocr_read_line(r->ocr, grey, width, word->h, word->dark, false);
    free(grey);
    char *second = text ? strchr(text, ' ') : NULL;
    char *third = second ? strchr(second + 1, ' ') : NULL;
    sc_debug("slides: side by side: \"%s\"", text ? text : "");
    bool yes = false;
    if (third) {
        *second++ = '\0';
        *third++ = '\0';
        bool sure = strcmp(text, third) == 0 || (*ta && strcmp(ta, third) == 0);
        yes = sure && is_figure(third) && is_figure(second) && strcmp(third, second) != 0;
    }
    free(text);
    return yes;
}

static bool word_changed(struct sc_spot_reader *r, const uint8_t *a, const uint8_t *b,
                         int w, const struct sc_spot_word *word)
{
    char *ta = read_word(r, a, w, word, false), *tb = read_word(r, b, w, word, false);
    /* Beside a figure, "ll" is one too. */
    if (ta && tb && is_figure(ta) != is_figure(tb)) {
        bool odd_b = is_figure(ta);
        char **odd = odd_b ? &tb : &ta;
        free(*odd);
        *odd = read_word(r, odd_b ? b : a, w, word, true);
    }
    bool yes = ta && tb && sc_spot_texts_differ(ta, tb);
    if (ta && tb && !yes && (!*ta || !*tb))
        yes = read_side_by_side(r, a, b, w, word, ta);
    sc_debug("slides: spot %s \"%s\" / \"%s\"", yes ? "changed" : "same", ta ? ta : "",
             tb ? tb : "");
    free(ta);
    free(tb);
    return yes;
}

/* A cursor and a number in one spot: each band of changed rows for itself. */
static bool band_changed(struct sc_spot_reader *r, const uint8_t *a, const uint8_t *b,
                         int w, int h, const struct sc_spot *part)
{
    struct sc_spot_word word;
    int top = part->y, end = part->y + part->h;
    bool yes = false;
    for (int y = part->y; y <= end && !yes; y++) {
        struct box row = {part->x, y, part->x + part->w - 1, y};
        if (y < end) {
            struct box d = changed_box(a, b, w, &row);
            if (d.x1 >= d.x0)
                continue;
        }
        struct sc_spot band = {part->x, top, part->w, y - top};
        yes = band.h > 0 && sc_spot_find_word(a, b, w, h, &band, &word) &&
              word_changed(r, a, b, w, &word);
        top = y + 1;
    }
    return yes;
}

bool sc_spot_changed(struct sc_spot_reader *r, const struct sc_picture *a,
                     const struct sc_picture *b, const struct sc_spot *spot)
{
    int width = sc_picture_width(a), height = sc_picture_height(a);
    if (width != sc_picture_width(b) || height != sc_picture_height(b))
        return false;
    int x0 = spot->x > MARGIN_X ? spot->x - MARGIN_X : 0;
    int y0 = spot->y > MARGIN_Y ? spot->y - MARGIN_Y : 0;
    int x1 = spot->x + spot->w + MARGIN_X, y1 = spot->y + spot->h + MARGIN_Y;
    int w = (x1 < width ? x1 : width) - x0, h = (y1 < height ? y1 : height) - y0;
    if (w < 8 || h < 8)
        return false;
    size_t n = (size_t)w * (size_t)h;
    uint8_t *ca = malloc(n), *cb = malloc(n);
    struct sc_spot_word word = {0};
    struct sc_spot part = {spot->x - x0, spot->y - y0, spot->w, spot->h};
    part.w = part.x + part.w > w ? w - part.x : part.w;
    part.h = part.y + part.h > h ? h - part.y : part.h;
    bool yes = false, cropped = ca && cb && sc_picture_crop(a, x0, y0, w, h, ca) &&
                                sc_picture_crop(b, x0, y0, w, h, cb);
    if (cropped && sc_spot_find_word(ca, cb, w, h, &part, &word))
        yes = word_changed(r, ca, cb, w, &word);
    else if (cropped)
        yes = band_changed(r, ca, cb, w, h, &part);
    free(ca);
    free(cb);
    return yes;
}
