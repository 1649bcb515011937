/*
 * From what a person types to an FTS5 expression. Pure.
 *
 * Every term is quoted, so that no sign is syntax. "Quoted text" is a phrase;
 * the last word also matches as a beginning unless something follows it. Scripts
 * that put no spaces between words (Chinese, Japanese, Korean, Thai...) are
 * indexed one character a token and queried as phrases: infixes are found.
 * A term with signs that the tokenizer drops (C++, O(n)) is also kept as a
 * literal, by which the hits can be narrowed.
 */
#include "library/internal.h"

#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_QUERY_BYTES = 1000, MAX_TERMS = 24, MIN_PREFIX_CHARS = 2 };

static const char ZWSP[] = "\xE2\x80\x8B"; /* U+200B, a separator to unicode61 */

bool sc_text_is_unspaced(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        {0x0E00, 0x0EFF},   /* Thai, Lao */
        {0x1000, 0x109F},   /* Myanmar */
        {0x1100, 0x11FF},   /* Hangul Jamo */
        {0x1780, 0x17FF},   /* Khmer */
        {0x2E80, 0x2FDF},   /* CJK radicals */
        {0x3005, 0x3007},   /* iteration mark, zero */
        {0x3040, 0x312F},   /* Hiragana, Katakana, Bopomofo */
        {0x3130, 0x318F},   /* Hangul compatibility Jamo */
        {0x31A0, 0x31FF},   /* Bopomofo and Katakana extensions */
        {0x3400, 0x4DBF},   /* CJK extension A */
        {0x4E00, 0x9FFF},   /* CJK unified ideographs */
        {0xA960, 0xA97F},   /* Hangul Jamo extended A */
        {0xAC00, 0xD7FF},   /* Hangul syllables */
        {0xF900, 0xFAFF},   /* CJK compatibility ideographs */
        {0xFF66, 0xFF9F},   /* half-width Katakana */
        {0x20000, 0x3FFFF}, /* CJK extensions B and later */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (cp >= ranges[i][0] && cp <= ranges[i][1])
            return true;
    return false;
}

/* Vowel signs and tone marks stay with the letter before them. */
static bool is_mark(uint32_t cp)
{
    return cp == 0x0E31 || (cp >= 0x0E34 && cp <= 0x0E3A) ||
           (cp >= 0x0E47 && cp <= 0x0E4E) || cp == 0x0EB1 ||
           (cp >= 0x0EB4 && cp <= 0x0EBC) || (cp >= 0x0EC8 && cp <= 0x0ECD) ||
           (cp >= 0x102B && cp <= 0x103E) || (cp >= 0x17B4 && cp <= 0x17D3) ||
           (cp >= 0x3099 && cp <= 0x309A);
}

char *sc_text_for_index(const char *text, size_t len)
{
    struct sc_buf out = SC_BUF_INIT(0);
    bool before = false; /* the character before was one of an unspaced script */
    uint32_t cp;
    sc_buf_reserve(&out, len);
    for (size_t i = 0; i < len;) {
        size_t n = sc_utf8_decode(text + i, len - i, &cp);
        if (n == 0 || cp == 0) { /* broken bytes and NUL are no text */
            i++;
            continue;
        }
        bool unspaced = sc_text_is_unspaced(cp) && !is_mark(cp);
        bool word = unspaced || (before && sc_utf8_is_alnum(cp) && !is_mark(cp));
        if (word && out.len && (before || unspaced) &&
            !isspace((unsigned char)out.data[out.len - 1]))
            sc_buf_add_str(&out, ZWSP);
        /* The marks of a snippet must come from the search alone. */
        if (cp != 2 && cp != 3)
            sc_buf_add(&out, text + i, n);
        before = unspaced || (before && is_mark(cp));
        i += n;
    }
    return sc_buf_detach(&out);
}

struct term {
    const char *text;
    size_t len;
    bool prefix;
};

/* At least one character that the tokenizer keeps. */
static bool has_word(const char *s, size_t len, size_t *n_chars)
{
    uint32_t cp;
    *n_chars = 0;
    for (size_t i = 0; i < len;) {
        size_t n = sc_utf8_decode(s + i, len - i, &cp);
        if (n && sc_utf8_is_alnum(cp))
            ++*n_chars;
        i += n ? n : 1;
    }
    return *n_chars > 0;
}

static size_t split(const char *q, struct term terms[MAX_TERMS])
{
    size_t n = 0, chars;
    while (*q && n < MAX_TERMS) {
        q += strspn(q, " \t\r\n");
        if (!*q)
            break;
        bool phrase = *q == '"';
        q += phrase;
        size_t len = strcspn(q, phrase ? "\"" : " \t\r\n\"");
        bool last = q[len] == '\0';
        if (has_word(q, len, &chars)) {
            unsigned char end = (unsigned char)q[len - 1];
            terms[n++] = (struct term){
                .text = q,
                .len = len,
                /* "C++" and "run." are finished words; "gra" may go on. */
                .prefix = last && !phrase && chars >= MIN_PREFIX_CHARS &&
                          (end >= 0x80 || isalnum(end)),
            };
        }
        q += len + (phrase && !last);
    }
    return n;
}

static void add_term(struct sc_buf *out, const struct term *t)
{
    char *text = sc_text_for_index(t->text, t->len);
    sc_buf_add_char(out, '"');
    for (const char *p = text ? text : ""; *p; p++)
        if (*p != '"')
            sc_buf_add_char(out, *p);
    sc_buf_add_str(out, t->prefix ? "\" *" : "\"");
    if (!text)
        out->failed = true;
    free(text);
}

static char *expression(const struct term *terms, size_t n, const char *joint)
{
    struct sc_buf out = SC_BUF_INIT(0);
    for (size_t i = 0; i < n; i++) {
        if (i)
            sc_buf_add_str(&out, joint);
        add_term(&out, &terms[i]);
    }
    return sc_buf_detach(&out);
}

/* Signs inside or after the word that the tokenizer would drop. */
static bool wants_literal(const struct term *t)
{
    size_t words = 0;
    for (size_t i = 0; i < t->len; i++) {
        unsigned char c = (unsigned char)t->text[i];
        words += c >= 0x80 || isalnum(c);
        if (c == '+' || c == '#' || c == '(' || c == '=' || c == '/' || c == '*' ||
            c == '<' || c == '>' || c == '^' || c == '_' || c == '%' || c == '&' ||
            c == '|' || c == '@' || c == '~')
            return true;
    }
    /* "3.14", ".NET", "node.js", "don't" - but not the end of a sentence. */
    for (size_t i = 0; words && i + 1 < t->len; i++)
        if (ispunct((unsigned char)t->text[i]) && isalnum((unsigned char)t->text[i + 1]))
            return true;
    return false;
}

static char *lower_copy(const char *s, size_t len)
{
    char *copy = sc_strndup(s, len);
    for (char *p = copy; p && *p; p++)
        *p = (char)((unsigned char)*p < 0x80 ? tolower((unsigned char)*p) : *p);
    return copy;
}

bool sc_query_parse(const char *text, struct sc_query *out, struct sc_error *err)
{
    struct term terms[MAX_TERMS];
    struct sc_query q = {0};
    size_t len = strlen(text);
    if (len > MAX_QUERY_BYTES)
        return sc_fail(err, SC_ERR_LIMIT, "the search text is longer than %d bytes",
                       MAX_QUERY_BYTES);
    char *valid = sc_utf8_repair(text, len);
    size_t n = valid ? split(valid, terms) : 0;
    bool ok = valid != NULL;
    q.literals = calloc(MAX_TERMS, sizeof *q.literals);
    ok = ok && q.literals;
    if (ok && n) {
        q.match_all = expression(terms, n, " AND ");
        ok = q.match_all != NULL;
    }
    if (ok && n > 1) {
        q.match_any = expression(terms, n, " OR ");
        ok = q.match_any != NULL;
    }
    for (size_t i = 0; ok && i < n; i++)
        if (wants_literal(&terms[i])) {
            q.literals[q.n_literals] = lower_copy(terms[i].text, terms[i].len);
            ok = q.literals[q.n_literals++] != NULL;
        }
    free(valid);
    if (!ok) {
        sc_query_finish(&q);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    *out = q;
    return true;
}

void sc_query_finish(struct sc_query *q)
{
    free(q->match_all);
    free(q->match_any);
    for (size_t i = 0; i < q->n_literals; i++)
        free(q->literals[i]);
    free(q->literals);
    *q = (struct sc_query){0};
}
