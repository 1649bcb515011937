#include "notes/define.h"

#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERM_WORDS = 5, MAX_DEFINITIONS = 400, MAX_MEANING_BYTES = 320 };

struct finder {
    const struct sc_source *src;
    struct sc_definition *found;
    size_t n, cap;
};

/* English wordings with the term in front; longer ones first. */
static const struct {
    const char *words;
    bool stands_for;
    double score;
} after_term[] = {
    {" is defined as ", false, 3},
    {" are defined as ", false, 3},
    {" can be defined as ", false, 3},
    {" stands for ", true, 3},
    {" refers to ", false, 2.5},
    {" is known as ", false, 2},
    {" means that ", false, 1.5},
    {" means ", false, 2},
    {" is nothing but ", false, 2.5},
    {" is basically a ", false, 2},
    {" is basically an ", false, 2},
    {" is just a ", false, 1.5},
    {" is a ", false, 2},
    {" is an ", false, 2},
    {" are a ", false, 1.5},
    {" is the ", false, 1.2},
    {" is when ", false, 1.5},
    {" is simply ", false, 1.8},
};

/* ...and with the term behind. */
static const char *const before_term[] = {
    " is what we call a ", " is what we call an ", " is what we call ", " is called as ",
    " is called a ",       " is called an ",       " is called the ",   " is called ",
    " are called ",        " is known as a ",      " is known as an ",  " is known as ",
    " are known as ",
};

static bool term_ok(const struct sc_source *src, const char *s, size_t len, double *score)
{
    struct sc_lex_token *t;
    size_t n;
    unsigned content = 0, rare = 0;
    if (len < 2 || len > 60 || !sc_lex_tokens(src->lex, s, len, &t, &n) || n == 0)
        return false;
    if (!t[0].pair && n > MAX_TERM_WORDS)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (t[i].stop || t[i].term >= src->n_terms) {
            /* "of" may join, pronouns and fillers may not. */
            if (!(t[i].len == 2 && (memcmp(s + t[i].off, "of", 2) == 0 ||
                                    memcmp(s + t[i].off, "in", 2) == 0)) &&
                !t[i].number && !t[i].pair && t[i].len > 1)
                return false;
            continue;
        }
        content++;
        rare += src->said[t[i].term] + src->shown[t[i].term] < 2;
        if (src->shown[t[i].term])
            *score += 0.5;
    }
    return content > 0 && rare == 0 && !t[n - 1].number;
}

static size_t content_words(const struct sc_source *src, const char *s, size_t len)
{
    struct sc_lex_token *t;
    size_t n, content = 0;
    if (!sc_lex_tokens(src->lex, s, len, &t, &n))
        return 0;
    for (size_t i = 0; i < n; i++)
        content += !t[i].stop;
    return content;
}

/* The article that stands right before the term within text. */
static const char *article_before(const char *text, const char *term)
{
    static const char *const articles[] = {"a ", "an ", "the "};
    for (size_t i = 0; i < 3; i++) {
        size_t m = strlen(articles[i]);
        if ((size_t)(term - text) >= m && strncasecmp(term - m, articles[i], m) == 0 &&
            ((size_t)(term - text) == m || term[-(ptrdiff_t)m - 1] == ' '))
            return articles[i];
    }
    return "";
}

/* "X means a, Y means b": only what is said of X. */
static size_t first_clause(const char *m)
{
    size_t n = strlen(m);
    const char *more[] = {strstr(m, " means "), strstr(m, " refers to "),
                          strstr(m, " stands for ")};
    for (size_t i = 0; i < 3; i++)
        if (more[i]) {
            size_t comma = 0;
            for (const char *p = m; p < more[i]; p++)
                if (*p == ',')
                    comma = (size_t)(p - m);
            if (comma == 0)
                return 0;
            /* The first comma of them all. */
            comma = strcspn(m, ",");
            n = comma < n ? comma : n;
        }
    return n;
}

/* Where the meaning starts: an article inside the wording belongs to it. */
static const char *meaning_after(const char *at, const char *words)
{
    const char *m = at + strlen(words);
    if (strstr(words, " a ") || strstr(words, " an ") || strstr(words, " the "))
        for (m--; m > at && m[-1] != ' ';)
            m--;
    return m;
}

/* Drops articles and what lecturers say before a term ("so basically a ..."). */
static const char *skip_lead(const char *s, size_t *len)
{
    static const char *const lead[] = {
        "so ",   "now ",   "okay ",    "and ",  "a ",     "an ",        "the ",
        "but ",  "here ",  "well ",    "then ", "right ", "basically ", "so, ",
        "now, ", "okay, ", "because ", "that ", "what ",  "we say ",    "as "};
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof lead / sizeof lead[0]; i++) {
            size_t m = strlen(lead[i]);
            if (*len > m && strncasecmp(s, lead[i], m) == 0) {
                s += m;
                *len -= m;
                again = true;
            }
        }
    }
    return s;
}

static bool add(struct finder *f, const char *term, size_t term_len, const char *meaning,
                size_t meaning_len, struct sc_definition d)
{
    struct sc_arena *a = f->src->arena;
    while (meaning_len && strchr(" ,;.", meaning[meaning_len - 1]))
        meaning_len--;
    if (meaning_len == 0 || meaning_len > MAX_MEANING_BYTES || f->n >= MAX_DEFINITIONS)
        return true;
    struct sc_definition *all = sc_arena_grow(a, f->found, f->n, &f->cap, sizeof *all);
    char *t = sc_arena_strndup(a, term, term_len);
    char *m = sc_arena_strndup(a, meaning, meaning_len);
    if (!all || !t || !m)
        return false;
    f->found = all;
    t[0] = (char)toupper((unsigned char)t[0]);
    m[0] = (char)toupper((unsigned char)m[0]);
    d.term = t;
    d.meaning = m;
    d.article = d.article ? d.article : "";
    /* The same term again: the better wording stays. */
    for (size_t i = 0; i < f->n; i++)
        if (sc_str_ieq(all[i].term, t) &&
            (!d.attribute || !all[i].attribute || all[i].slide == d.slide)) {
            /* What it is beats what a slide says about it. */
            if (all[i].attribute != d.attribute ? all[i].attribute && d.score >= 1.5
                                                : d.score > all[i].score)
                all[i] = d;
            return true;
        }
    all[f->n++] = d;
    return true;
}

/* "X is a Y": term before the wording, meaning behind it. */
static bool said_in_front(struct finder *f, const struct sc_sentence *s, bool *hit)
{
    for (size_t i = 0; i < sizeof after_term / sizeof after_term[0]; i++) {
        const char *at = strcasestr(s->text, after_term[i].words);
        if (!at)
            continue;
        size_t len = (size_t)(at - s->text);
        const char *term = skip_lead(s->text, &len);
        /* Only the clause right before the verb. */
        for (size_t k = len; k-- > 0;)
            if (term[k] == ',' || term[k] == ';') {
                term += k + 1;
                len -= k + 1;
                while (len && *term == ' ') {
                    term++;
                    len--;
                }
                term = skip_lead(term, &len);
                break;
            }
        double score = after_term[i].score;
        if (!term_ok(f->src, term, len, &score))
            continue;
        const char *m = meaning_after(at, after_term[i].words);
        size_t mlen = first_clause(m);
        if (content_words(f->src, m, mlen) < (after_term[i].stands_for ? 1u : 2u))
            continue;
        *hit = true;
        return add(f, term, len, m, mlen,
                   (struct sc_definition){.cite = {s->start_s, s->end_s},
                                          .slide = -1,
                                          .score = score,
                                          .article = article_before(s->text, term),
                                          .stands_for = after_term[i].stands_for});
    }
    return true;
}

/* "Y is called X": the meaning stands in front. */
static bool said_behind(struct finder *f, const struct sc_sentence *s)
{
    for (size_t i = 0; i < sizeof before_term / sizeof before_term[0]; i++) {
        const char *at = strcasestr(s->text, before_term[i]);
        if (!at)
            continue;
        const char *term = at + strlen(before_term[i]);
        size_t len = strcspn(term, ".,;?!");
        double score = 2;
        size_t mlen = (size_t)(at - s->text);
        const char *m = skip_lead(s->text, &mlen);
        term = skip_lead(term, &len);
        if (!term_ok(f->src, term, len, &score) || content_words(f->src, m, mlen) < 3)
            continue;
        return add(f, term, len, m, mlen,
                   (struct sc_definition){
                       .cite = {s->start_s, s->end_s}, .slide = -1, .score = score});
    }
    return true;
}

/* Wordings of other languages: term SEP meaning, or meaning SEP term. */
static bool said_elsewhere(struct finder *f, const struct sc_sentence *s)
{
    static const struct {
        const char *sep, *drop; /* drop: words at the end of the meaning */
    } forms[] = {{" का मतलब है ", NULL}, {" का मतलब ", "है"}, {" का अर्थ ", "है"},
                 {" यानी ", NULL},      {"是指", NULL},     {"指的是", NULL},
                 {"的意思是", NULL},    {"とは", NULL},     {"是一种", NULL},
                 {"是一个", NULL}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *at = strstr(s->text, forms[i].sep);
        if (!at || at == s->text)
            continue;
        const char *m = at + strlen(forms[i].sep);
        size_t len = (size_t)(at - s->text), mlen = strlen(m);
        double score = 2;
        if (!term_ok(f->src, s->text, len, &score) || content_words(f->src, m, mlen) < 2)
            continue;
        return add(f, s->text, len, m, mlen,
                   (struct sc_definition){
                       .cite = {s->start_s, s->end_s}, .slide = -1, .score = score});
    }
    return true;
}

/* "Term: meaning", "Term - meaning", "Term = meaning" on a slide. */
static bool shown(struct finder *f, size_t slide, const struct sc_slide_line *l)
{
    static const char *const seps[] = {": ", " - ", " – ", " — ", "：", " = "};
    const struct sc_slide_text *st = &f->src->slides[slide];
    struct sc_time_range cite = {st->slide->timestamp_s, st->slide->timestamp_s};
    for (size_t i = 0; i < sizeof seps / sizeof seps[0]; i++) {
        const char *at = strstr(l->text, seps[i]);
        if (!at || at == l->text)
            continue;
        size_t len = (size_t)(at - l->text);
        const char *m = at + strlen(seps[i]), *term = skip_lead(l->text, &len);
        double score = 3;
        if (!term_ok(f->src, term, len, &score) || strlen(m) < 2)
            continue;
        bool abbreviation = len <= 6 && isupper((unsigned char)term[len - 1]);
        if (strcmp(seps[i], " = ") == 0 && !abbreviation)
            continue; /* a formula */
        /* "Queue: a list ..." says what it is, "Queue: fast" something about it. */
        bool noun = (strncasecmp(m, "a ", 2) == 0 || strncasecmp(m, "an ", 3) == 0 ||
                     strncasecmp(m, "the ", 4) == 0) &&
                    !strstr(m, " is ") && !strstr(m, " are ");
        bool spelled = abbreviation && toupper((unsigned char)m[0]) == term[0];
        /* A slide of definitions says so in its title. */
        bool glossary = st->title && (strcasestr(st->title, "definition") ||
                                      strcasestr(st->title, "terminology") ||
                                      strcasestr(st->title, "glossary") ||
                                      strcasestr(st->title, "vocabulary"));
        bool attribute = !noun && !spelled && !glossary;
        const char *article = "";
        if (noun && !abbreviation && strncasecmp(m, "the ", 4) != 0)
            article = strchr("aeiouAEIOU", term[0]) ? "an " : "a ";
        return add(f, term, len, m, strlen(m),
                   (struct sc_definition){.cite = cite,
                                          .slide = (int)slide,
                                          .score = score,
                                          .article = article,
                                          .attribute = attribute});
    }
    for (size_t i = 0; i < sizeof after_term / sizeof after_term[0]; i++) {
        const char *at = strcasestr(l->text, after_term[i].words);
        if (!at)
            continue;
        size_t len = (size_t)(at - l->text);
        const char *term = skip_lead(l->text, &len);
        const char *m = meaning_after(at, after_term[i].words);
        double score = after_term[i].score + 1;
        if (len > 0 && term_ok(f->src, term, len, &score) &&
            content_words(f->src, m, strlen(m)) >= 2)
            return add(f, term, len, m, strlen(m),
                       (struct sc_definition){.cite = cite,
                                              .slide = (int)slide,
                                              .score = score,
                                              .article = article_before(l->text, term),
                                              .stands_for = after_term[i].stands_for});
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct sc_definition *x = a, *y = b;
    if (x->cite.start_s != y->cite.start_s)
        return x->cite.start_s < y->cite.start_s ? -1 : 1;
    return strcmp(x->term, y->term);
}

bool sc_definitions_find(const struct sc_source *src, struct sc_definition **out,
                         size_t *n)
{
    struct finder f = {.src = src};
    bool ok = true;
    for (size_t i = 0; ok && i < src->n_slides; i++)
        for (size_t l = 0; ok && l < src->slides[i].n_lines; l++)
            if (src->slides[i].lines[l].kind == SC_SLIDE_BULLET &&
                !src->slides[i].lines[l].news)
                ok = shown(&f, i, &src->slides[i].lines[l]);
    for (size_t i = 0; ok && i < src->n_sentences; i++) {
        const struct sc_sentence *s = &src->sentences[i];
        bool hit = false;
        if (s->suspect || s->question || s->news || s->n_words > 45)
            continue;
        ok = said_in_front(&f, s, &hit);
        if (ok && !hit)
            ok = said_behind(&f, s) && said_elsewhere(&f, s);
    }
    if (f.n)
        qsort(f.found, f.n, sizeof *f.found, by_time);
    *out = f.found;
    *n = f.n;
    return ok && !src->arena->failed;
}
