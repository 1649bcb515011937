#include "slides/code_text.h"

#include "base/buf.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CODE_LINES = 4, MAX_INDENT = 60 };
static const double CODE_SHARE = 0.4, GUTTER_SHARE = 0.6;

bool sc_line_list_begin(struct sc_line_list *l, size_t first_word, bool new_block)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 32;
        struct sc_text_line *grown = realloc(l->lines, cap * sizeof *grown);
        if (!grown)
            return false;
        l->lines = grown;
        l->cap = cap;
    }
    l->lines[l->n++] = (struct sc_text_line){first_word, new_block};
    return true;
}

void sc_line_list_finish(struct sc_line_list *l)
{
    free(l->lines);
    *l = (struct sc_line_list){0};
}

static size_t line_end(const struct sc_line_list *l, size_t i, size_t n_words)
{
    return i + 1 < l->n ? l->lines[i + 1].first_word : n_words;
}

/* ---- is it code? ---- */

static bool word_in(const char *w, const char *const *list)
{
    for (; *list; list++)
        if (sc_str_eq(w, *list))
            return true;
    return false;
}

static bool word_is_code(const char *w)
{
    static const char *const keywords[] = {
        "def",    "return", "int",   "void",  "class",  "public",   "private", "static",
        "import", "elif",   "while", "const", "let",    "var",      "func",    "function",
        "struct", "bool",   "char",  "float", "double", "#include", "fn",      "null",
        "None",   "True",   "False", "self",  "else:",  "try:",     "println", "auto",
        "vector", "string", "new",   "=",     "==",     "+=",       "->",      "=>",
        "&&",     "||",     "!=",    "<=",    ">=",     "//",       "{",       "}",
        "};",     "});",    NULL};
    size_t n = strlen(w);
    if (word_in(w, keywords))
        return true;
    if (n > 1 && (w[n - 1] == ';' || w[n - 1] == '{'))
        return true;
    if (n > 2 && (sc_str_ends(w, "):") || sc_str_ends(w, "()") || sc_str_ends(w, ");")))
        return true;
    /* name(arg, name[i], a.b( */
    const char *open = strpbrk(w, "([");
    return open && open > w && open[1] && open[-1] != ' ' && strchr(w, '_');
}

static bool looks_like_code(const struct sc_line_list *l, const struct sc_ocr_word *words,
                            size_t n_words)
{
    size_t code = 0;
    for (size_t i = 0; i < l->n; i++) {
        bool yes = false;
        for (size_t k = l->lines[i].first_word; k < line_end(l, i, n_words); k++)
            yes |= word_is_code(words[k].text);
        code += yes;
    }
    return code >= MIN_CODE_LINES - 1 && l->n >= MIN_CODE_LINES &&
           (double)code >= CODE_SHARE * (double)l->n;
}

/* ---- code as it stood ---- */

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median width of a character, pixels; 0 = unknown. */
static double char_width(const struct sc_ocr_word *words, size_t n_words)
{
    double *widths = malloc((n_words ? n_words : 1) * sizeof *widths), median = 0;
    size_t n = 0;
    for (size_t i = 0; widths && i < n_words; i++) {
        size_t len = strlen(words[i].text);
        if (len >= 3)
            widths[n++] = (double)words[i].w / (double)len;
    }
    if (n > 0) {
        qsort(widths, n, sizeof *widths, by_double);
        median = widths[n / 2];
    }
    free(widths);
    return median;
}

static bool is_number(const char *w)
{
    uint64_t v;
    return strlen(w) <= 4 && sc_parse_u64(w, &v);
}

/* Most lines begin with a rising number: an editor's gutter. */
static bool has_gutter(const struct sc_line_list *l, const struct sc_ocr_word *words,
                       size_t n_words)
{
    size_t rising = 0;
    uint64_t last = 0, v;
    for (size_t i = 0; i < l->n; i++) {
        size_t k = l->lines[i].first_word;
        if (k < line_end(l, i, n_words) && is_number(words[k].text) &&
            sc_parse_u64(words[k].text, &v) && v > last) {
            rising++;
            last = v;
        }
    }
    return rising >= 3 && (double)rising >= GUTTER_SHARE * (double)l->n;
}

static void add_code_line(struct sc_buf *out, const struct sc_ocr_word *words,
                          size_t from, size_t to, double left, double width)
{
    double column = width > 0 ? (words[from].x - left) / width : 0;
    for (long k = lround(column); k > 0 && k <= MAX_INDENT; k--)
        sc_buf_add_char(out, ' ');
    for (size_t k = from; k < to; k++) {
        if (k > from)
            sc_buf_add_char(out, ' ');
        sc_buf_add_str(out, words[k].text);
    }
}

static void code_text(const struct sc_line_list *l, const struct sc_ocr_word *words,
                      size_t n_words, struct sc_buf *out)
{
    bool gutter = has_gutter(l, words, n_words);
    double width = char_width(words, n_words), left = HUGE_VAL;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < l->n; i++) {
            size_t from = l->lines[i].first_word, to = line_end(l, i, n_words);
            if (gutter && from < to && is_number(words[from].text))
                from++;
            if (from >= to)
                continue;
            if (pass == 0) {
                left = fmin(left, words[from].x);
                continue;
            }
            if (out->len)
                sc_buf_add_char(out, '\n');
            add_code_line(out, words, from, to, left, width);
        }
}

static void plain_text(const struct sc_line_list *l, const struct sc_ocr_word *words,
                       size_t n_words, struct sc_buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        if (out->len)
            sc_buf_add_char(out, '\n');
        for (size_t k = l->lines[i].first_word; k < line_end(l, i, n_words); k++) {
            if (k > l->lines[i].first_word)
                sc_buf_add_char(out, ' ');
            sc_buf_add_str(out, words[k].text);
        }
    }
}

char *sc_line_list_text(const struct sc_line_list *l, const struct sc_ocr_word *words,
                        size_t n_words, bool *is_code)
{
    struct sc_buf out = SC_BUF_INIT(0);
    *is_code = looks_like_code(l, words, n_words);
    if (*is_code)
        code_text(l, words, n_words, &out);
    else
        plain_text(l, words, n_words, &out);
    sc_buf_add_str(&out, "");
    if (!out.data && !out.failed)
        return sc_strdup("");
    return sc_buf_detach(&out);
}
