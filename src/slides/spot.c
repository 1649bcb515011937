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
    MIN_UNLIKE = 3,  /* characters of a word that was read, but quite differently */
    MAX_FIGURES = 8, /* compared in one word or line */
    FIGURE_SIZE = 24,
    PAD = 3,
    BAND_GAP = 2,   /* rows */
    EVEN_STEP = 20, /* of an even ground */
    MAX_READINGS = 24,
    ALIKE_STEP = 24, /* no pixel of a word that was read already is further off */
};

/* A word that was read: the same number is asked for several times. */
struct reading {
    uint8_t *grey;
    int w, h;
    bool figures;
    char *text;
};

struct sc_spot_reader {
    struct sc_ocr *ocr;
    struct reading readings[MAX_READINGS];
    size_t n_readings; /* ever; the oldest are written over */
};

struct sc_spot_reader *sc_spot_reader_create(void)
{
    struct sc_spot_reader *r = calloc(1, sizeof *r);
    struct sc_error ignored = {0};
    if (r && !sc_ocr_create_figures(&r->ocr, &ignored)) {
        free(r);
        r = NULL;
    }
    return r;
}

void sc_spot_reader_destroy(struct sc_spot_reader *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < MAX_READINGS; i++) {
        free(r->readings[i].grey);
        free(r->readings[i].text);
    }
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

/* The rows that hold ink in both, when a cursor reaches out of the line in one. */
static bool common_rows(int ta, int ba, int tb, int bb, int *top, int *bottom)
{
    int small = ba - ta < bb - tb ? ba - ta + 1 : bb - tb + 1;
    *top = ta > tb ? ta : tb;
    *bottom = ba < bb ? ba : bb;
    int height = *bottom - *top + 1;
    return height >= MIN_HEIGHT && height <= MAX_HEIGHT && height * 10 >= small * 9;
}

enum sc_spot_shape sc_spot_find_word(const uint8_t *a, const uint8_t *b, int w, int h,
                                     const struct sc_spot *part, struct sc_spot_word *out)
{
    struct box inner = {part->x, part->y, part->x + part->w - 1, part->y + part->h - 1};
    size_t n = (size_t)w * (size_t)h;
    struct crop ca = {a, w, h, background(a, n)}, cb = {b, w, h, background(b, n)};
    struct box d = changed_box(a, b, w, &inner);
    enum sc_spot_shape shape = SC_SPOT_WORD;
    if (d.x1 < d.x0 || abs(ca.back - cb.back) > INK_STEP / 2)
        return SC_SPOT_NO_WORD;
    int ta, ba, tb, bb;
    if (!ink_rows(&ca, &d, &ta, &ba) || !ink_rows(&cb, &d, &tb, &bb))
        return SC_SPOT_NO_WORD; /* ink on one side only: something came or went */
    int height = ba - ta + 1, slack = height / 8 + 1;
    d.y0 = ta < tb ? ta : tb;
    d.y1 = ba > bb ? ba : bb;
    if (abs(ta - tb) > slack || abs(ba - bb) > slack) {
        /* Not characters of one line; with a cursor on them, maybe. */
        if (!common_rows(ta, ba, tb, bb, &d.y0, &d.y1))
            return SC_SPOT_NO_WORD;
        shape = SC_SPOT_COVERED_WORD;
    } else if (height < MIN_HEIGHT || height > MAX_HEIGHT) {
        return SC_SPOT_NO_WORD;
    }
    widen(&ca, &cb, &d);
    int x0 = d.x0 > PAD ? d.x0 - PAD : 0, y0 = d.y0 > PAD ? d.y0 - PAD : 0;
    int x1 = d.x1 + PAD < w ? d.x1 + PAD : w - 1,
        y1 = d.y1 + PAD < h ? d.y1 + PAD : h - 1;
    *out = (struct sc_spot_word){x0, y0, x1 - x0 + 1, y1 - y0 + 1, ca.back < 110};
    return shape;
}

/* ---- text ---- */

#define DIGITS "0123456789"
#define FIGURES DIGITS ".,:%-+"

/* The figure in a word of n bytes, "41" of "=41ms,"; false when it is mostly letters. */
static bool figure_of(const char *word, size_t n, char out[FIGURE_SIZE])
{
    size_t digits = 0, len = 0;
    for (size_t i = 0; i < n; i++) {
        bool digit = word[i] >= '0' && word[i] <= '9';
        digits += digit;
        if (len + 1 < FIGURE_SIZE && (digit || (word[i] && strchr(FIGURES, word[i]))))
            out[len++] = word[i];
    }
    while (len > 0 && strchr(".,:-+", out[len - 1]))
        len--;
    out[len] = '\0';
    return digits > 0 && digits * 2 >= n;
}

static size_t figures_of(const char *text, char out[MAX_FIGURES][FIGURE_SIZE])
{
    size_t n = 0;
    while (*text && n < MAX_FIGURES) {
        size_t len = strcspn(text, " ");
        n += figure_of(text, len, out[n]);
        text += len + (text[len] == ' ');
    }
    return n;
}

/* In some word of both, figures stand where others did, and all else is the same. */
static bool other_figures_in_a_word(const char *a, const char *b)
{
    bool found = false;
    while (*a && *b && !found) {
        size_t n = strcspn(a, " "), m = strcspn(b, " "), figures = 0, others = 0;
        for (size_t i = 0; n == m && i < n; i++)
            if (a[i] != b[i]) {
                bool both = strchr(DIGITS, a[i]) && strchr(DIGITS, b[i]);
                figures += both;
                others += !both;
            }
        found = others == 0 && figures > 0 && figures <= MAX_SUBSTITUTIONS;
        a += n + (a[n] == ' ');
        b += m + (b[m] == ' ');
    }
    return found;
}

/* A third of the longer one, at both ends together; a letter or two say nothing. */
static bool is_alike(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), least = n < m ? n : m, most = n < m ? m : n;
    size_t head = 0, tail = 0;
    while (head < least && a[head] == b[head])
        head++;
    while (tail < least - head && a[n - 1 - tail] == b[m - 1 - tail])
        tail++;
    return most < MIN_UNLIKE || (head + tail) * 3 >= most;
}

enum sc_spot_verdict sc_spot_compare_texts(const char *a, const char *b)
{
    char fa[MAX_FIGURES][FIGURE_SIZE], fb[MAX_FIGURES][FIGURE_SIZE];
    size_t n = figures_of(a, fa), m = figures_of(b, fb);
    if (!*a || !*b || n != m)
        return SC_SPOT_UNSURE;
    for (size_t i = 0; i < n; i++)
        if (strcmp(fa[i], fb[i]) != 0)
            return SC_SPOT_CHANGED;
    /* Of one word, a cursor or a crop's edge spoils a part: the rest is read alike. */
    if (n == 0 && !is_alike(a, b))
        return SC_SPOT_UNSURE;
    if (other_figures_in_a_word(a, b))
        return SC_SPOT_CHANGED;
    /* Beside other figures a letter may be one that was misread. */
    if (n > 0 || strlen(a) != strlen(b))
        return SC_SPOT_SAME;
    size_t substitutions = 0, digits = 0;
    for (size_t i = 0; a[i]; i++)
        if (a[i] != b[i]) {
            substitutions++;
            digits += strchr(DIGITS, a[i]) || strchr(DIGITS, b[i]);
        }
    return digits > 0 && substitutions <= MAX_SUBSTITUTIONS ? SC_SPOT_CHANGED
                                                            : SC_SPOT_SAME;
}

static bool has_figure(const char *s)
{
    char ignored[MAX_FIGURES][FIGURE_SIZE];
    return figures_of(s, ignored) > 0;
}

static bool is_reading_of(const struct reading *k, const uint8_t *grey, int w, int h,
                          bool figures)
{
    if (!k->text || k->w != w || k->h != h || k->figures != figures)
        return false;
    for (int i = 0; i < w * h; i++)
        if (abs(k->grey[i] - grey[i]) > ALIKE_STEP)
            return false;
    return true;
}

/* Takes grey. */
static char *read_or_recall(struct sc_spot_reader *r, uint8_t *grey, int w, int h,
                            bool dark, bool figures)
{
    for (size_t i = 0; i < MAX_READINGS; i++)
        if (is_reading_of(&r->readings[i], grey, w, h, figures)) {
            free(grey);
            return sc_strdup(r->readings[i].text);
        }
    char *text = sc_ocr_read_line(r->ocr, grey, w, h, dark, figures);
    struct reading *k = &r->readings[r->n_readings++ % MAX_READINGS];
    free(k->grey);
    free(k->text);
    *k = (struct reading){grey, w, h, figures, text ? sc_strdup(text) : NULL};
    return text;
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
    return read_or_recall(r, grey, word->w, word->h, word->dark, figures);
}

/*
 * Reads both words, side by side in one line, as "a b a": a number alone is
 * often not read at all. Only when the first is read alike both times, or as
 * before (ta), does it count.
 */
static enum sc_spot_verdict read_side_by_side(struct sc_spot_reader *r, const uint8_t *a,
                                              const uint8_t *b, int w,
                                              const struct sc_spot_word *word,
                                              const char *ta)
{
    int step = word->w + word->h / 2, width = 2 * step + word->w;
    uint8_t *grey = malloc((size_t)width * (size_t)word->h);
    if (!grey)
        return SC_SPOT_UNSURE;
    for (int y = 0; y < word->h; y++) {
        size_t from = (size_t)(word->y + y) * (size_t)w + (size_t)word->x;
        uint8_t *to = grey + (size_t)y * (size_t)width;
        memset(to, a[(size_t)word->y * (size_t)w + (size_t)word->x], (size_t)width);
        memcpy(to, a + from, (size_t)word->w);
        memcpy(to + step, b + from, (size_t)word->w);
        memcpy(to + 2 * (size_t)step, a + from, (size_t)word->w);
    }
    char *text = read_or_recall(r, grey, width, word->h, word->dark, false);
    char f[MAX_FIGURES][FIGURE_SIZE], alone[MAX_FIGURES][FIGURE_SIZE];
    size_t n = text ? figures_of(text, f) : 0, k = figures_of(ta, alone);
    sc_debug("slides: side by side: \"%s\"", text ? text : "");
    free(text);
    if (n == 3 && (strcmp(f[0], f[2]) == 0 || (k == 1 && strcmp(f[2], alone[0]) == 0)))
        return strcmp(f[1], f[2]) == 0 ? SC_SPOT_SAME : SC_SPOT_CHANGED;
    return SC_SPOT_UNSURE;
}

/* All but a few of the pixels around a word show the ground: it is no part of a photo. */
static bool stands_clear(const uint8_t *p, int w, int back,
                         const struct sc_spot_word *word)
{
    int even = 0, all = 0;
    for (int y = 0; y < word->h; y++)
        for (int x = 0; x < word->w; x++) {
            if (x > 0 && y > 0 && x + 1 < word->w && y + 1 < word->h)
                continue;
            all++;
            even += abs(p[(word->y + y) * w + word->x + x] - back) <= INK_STEP / 2;
        }
    return even * 4 >= all * 3;
}

/*
 * For a short word that cannot be read, numbers above all: the same two colours in
 * both pictures, clear of all else, but strokes went and strokes came over most of
 * its height.
 */
bool sc_spot_is_redrawn(const uint8_t *a, const uint8_t *b, int w, int h,
                        const struct sc_spot_word *word)
{
    const uint8_t *side[2] = {a, b};
    int back[2], contrast[2] = {0, 0};
    size_t even[2] = {0, 0}, area = (size_t)word->w * (size_t)word->h;
    if (word->w > 5 * word->h || word->x == 0 || word->y == 0 || word->x + word->w >= w ||
        word->y + word->h >= h)
        return false; /* a line of a table, or half a word */
    for (int k = 0; k < 2; k++) {
        back[k] = background(side[k], (size_t)w * (size_t)h);
        for (int y = 0; y < word->h; y++)
            for (int x = 0; x < word->w; x++) {
                int d = abs(side[k][(word->y + y) * w + word->x + x] - back[k]);
                contrast[k] = d > contrast[k] ? d : contrast[k];
                even[k] += d <= EVEN_STEP;
            }
    }
    if (abs(contrast[0] - contrast[1]) > INK_STEP || contrast[0] < 2 * INK_STEP ||
        even[0] * 3 < area || even[1] * 3 < area || !stands_clear(a, w, back[0], word) ||
        !stands_clear(b, w, back[1], word))
        return false;
    struct box all = {word->x, word->y, word->x + word->w - 1, word->y + word->h - 1};
    struct box d = changed_box(a, b, w, &all);
    size_t ink[2] = {0, 0}, alone[2] = {0, 0};
    for (int y = d.y0; y <= d.y1; y++)
        for (int x = d.x0; x <= d.x1; x++) {
            bool is[2];
            for (int k = 0; k < 2; k++)
                is[k] = abs(side[k][y * w + x] - back[k]) * 2 > contrast[k];
            for (int k = 0; k < 2; k++) {
                ink[k] += is[k];
                alone[k] += is[k] && !is[1 - k];
            }
        }
    return (d.y1 - d.y0 + 1) * 3 >= (word->h - 2 * PAD) * 2 && alone[0] * 6 > ink[0] &&
           alone[1] * 6 > ink[1];
}

static enum sc_spot_verdict word_changed(struct sc_spot_reader *r, const uint8_t *a,
                                         const uint8_t *b, int w, int h,
                                         enum sc_spot_shape shape,
                                         const struct sc_spot_word *word)
{
    static const char *const names[] = {"same", "unsure", "changed"};
    bool covered = shape == SC_SPOT_COVERED_WORD;
    if (shape == SC_SPOT_NO_WORD || (covered && !sc_spot_is_redrawn(a, b, w, h, word)))
        return SC_SPOT_SAME;
    char *ta = read_word(r, a, w, word, false), *tb = read_word(r, b, w, word, false);
    /* Beside a figure, "ll" is one too. */
    if (ta && tb && has_figure(ta) != has_figure(tb)) {
        bool odd_b = has_figure(ta);
        char **odd = odd_b ? &tb : &ta;
        free(*odd);
        *odd = read_word(r, odd_b ? b : a, w, word, true);
    }
    enum sc_spot_verdict v = ta && tb ? sc_spot_compare_texts(ta, tb) : SC_SPOT_UNSURE;
    if (ta && tb && v == SC_SPOT_UNSURE)
        v = read_side_by_side(r, a, b, w, word, ta);
    if (v == SC_SPOT_UNSURE && !covered && sc_spot_is_redrawn(a, b, w, h, word))
        v = SC_SPOT_CHANGED;
    sc_debug("slides: spot %s \"%s\" / \"%s\"", names[v], ta ? ta : "", tb ? tb : "");
    free(ta);
    free(tb);
    return v;
}

/* A cursor and a number in one spot: each band of changed rows for itself. */
static enum sc_spot_verdict band_changed(struct sc_spot_reader *r, const uint8_t *a,
                                         const uint8_t *b, int w, int h,
                                         const struct sc_spot *part)
{
    struct sc_spot_word word;
    int top = part->y, end = part->y + part->h;
    enum sc_spot_verdict worst = SC_SPOT_SAME;
    for (int y = part->y; y <= end && worst != SC_SPOT_CHANGED; y++) {
        struct box row = {part->x, y, part->x + part->w - 1, y};
        if (y < end) {
            struct box d = changed_box(a, b, w, &row);
            if (d.x1 >= d.x0)
                continue;
        }
        struct sc_spot band = {part->x, top, part->w, y - top};
        top = y + 1;
        if (band.h < 1)
            continue;
        enum sc_spot_shape shape = sc_spot_find_word(a, b, w, h, &band, &word);
        enum sc_spot_verdict v = word_changed(r, a, b, w, h, shape, &word);
        worst = v > worst ? v : worst;
    }
    return worst;
}

bool sc_spot_has_bands(const uint8_t *a, const uint8_t *b, int w,
                       const struct sc_spot *part)
{
    int last = -1;
    for (int y = part->y; y < part->y + part->h; y++) {
        struct box row = {part->x, y, part->x + part->w - 1, y};
        struct box d = changed_box(a, b, w, &row);
        if (d.x1 < d.x0)
            continue;
        if (last >= 0 && y - last > BAND_GAP)
            return true;
        last = y;
    }
    return false;
}

enum sc_spot_verdict sc_spot_judge(struct sc_spot_reader *r, const struct sc_picture *a,
                                   const struct sc_picture *b, const struct sc_spot *spot)
{
    int width = sc_picture_width(a), height = sc_picture_height(a);
    if (width != sc_picture_width(b) || height != sc_picture_height(b))
        return SC_SPOT_SAME;
    int x0 = spot->x > MARGIN_X ? spot->x - MARGIN_X : 0;
    int y0 = spot->y > MARGIN_Y ? spot->y - MARGIN_Y : 0;
    int x1 = spot->x + spot->w + MARGIN_X, y1 = spot->y + spot->h + MARGIN_Y;
    int w = (x1 < width ? x1 : width) - x0, h = (y1 < height ? y1 : height) - y0;
    if (w < 8 || h < 8)
        return SC_SPOT_SAME;
    size_t n = (size_t)w * (size_t)h;
    uint8_t *ca = malloc(n), *cb = malloc(n);
    struct sc_spot_word word = {0};
    struct sc_spot part = {spot->x - x0, spot->y - y0, spot->w, spot->h};
    part.w = part.x + part.w > w ? w - part.x : part.w;
    part.h = part.y + part.h > h ? h - part.y : part.h;
    enum sc_spot_verdict v = SC_SPOT_SAME;
    bool cropped = ca && cb && sc_picture_crop(a, x0, y0, w, h, ca) &&
                   sc_picture_crop(b, x0, y0, w, h, cb);
    if (cropped) {
        enum sc_spot_shape shape = sc_spot_find_word(ca, cb, w, h, &part, &word);
        v = word_changed(r, ca, cb, w, h, shape, &word);
        if (v != SC_SPOT_CHANGED &&
            (shape != SC_SPOT_WORD || sc_spot_has_bands(ca, cb, w, &part)))
            v = band_changed(r, ca, cb, w, h, &part);
    }
    free(ca);
    free(cb);
    return v;
}
