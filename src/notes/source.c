#include "notes/source.h"

#include "base/str.h"
#include "notes/announce.h"
#include "notes/clauses.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_WORDS = 5,   /* one shorter than this joins the next */
    MAX_WORDS = 60,    /* of a sentence put together from several utterances */
    BLOCK_WORDS = 120, /* "document" for the inverse frequency, about a minute */
};
static const double JOIN_GAP_S = 1.6;

/* A stretch of one or more utterances on its way to a sentence. */
struct draft {
    struct sc_buf text;
    double start_s, end_s, confidence;
    unsigned words, parts;
    bool suspect;
};

static unsigned count_words(const char *s, size_t len)
{
    unsigned n = 0, pairs = 0;
    bool in = false;
    uint32_t cp;
    for (size_t i = 0; i < len;) {
        size_t k = sc_utf8_decode(s + i, len - i, &cp);
        if (k == 0) {
            i++;
            continue;
        }
        bool space = cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r';
        if (cp >= 0x80 && sc_lex_is_unspaced(cp)) {
            pairs++;
            in = false;
        } else if (!space && !in) {
            n++;
        }
        in = !space && !(cp >= 0x80 && sc_lex_is_unspaced(cp));
        i += k;
    }
    return n + pairs / 2;
}

/* Length of sentence-ending punctuation at s, or 0. */
static size_t stop_at(const char *s, size_t len, bool *question)
{
    uint32_t cp;
    size_t k = sc_utf8_decode(s, len, &cp);
    *question = cp == '?' || cp == 0xFF1F || cp == 0x61F;
    if (k && (cp == '.' || cp == '?' || cp == '!' || cp == 0x3002 || cp == 0xFF01 ||
              cp == 0xFF1F || cp == 0x964 || cp == 0x965 || cp == 0x61F || cp == 0x6D4))
        return k;
    return 0;
}

/* True when the full stop at text[i] ends a sentence and no abbreviation. */
static bool ends_sentence(const char *text, size_t len, size_t i, size_t k)
{
    if ((unsigned char)text[i] >= 0x80)
        return true; /* 。！？। need no space behind them */
    if (i + k < len && !isspace((unsigned char)text[i + k]) && text[i + k] != '"' &&
        text[i + k] != ')')
        return false;
    if (text[i] != '.')
        return true;
    size_t from = i;
    while (from > 0 && !isspace((unsigned char)text[from - 1]))
        from--;
    size_t n = i - from;
    static const char *const abbreviations[] = {"e.g",  "i.e",    "dr",  "mr", "mrs",
                                                "ms",   "vs",     "fig", "eq", "no",
                                                "prof", "approx", "etc"};
    for (size_t a = 0; a < sizeof abbreviations / sizeof abbreviations[0]; a++)
        if (strlen(abbreviations[a]) == n &&
            strncasecmp(text + from, abbreviations[a], n) == 0)
            return false;
    return n != 1 || !isupper((unsigned char)text[from]);
}

/*
 * Simple recognisers write no marks; a full stop at the end of every utterance
 * may have been added since. What counts are marks inside and the distance
 * between them.
 */
static bool is_punctuated(const struct sc_transcript *t)
{
    size_t marks = 0, words = 0, longer = 0, marked = 0;
    bool q;
    for (size_t u = 0; u < t->n_utterances; u++) {
        const char *s = t->utterances[u].text;
        size_t len = s ? strlen(s) : 0;
        size_t n = count_words(s, len), inside = 0;
        words += n;
        for (size_t i = 0; i < len; i++) {
            size_t k = stop_at(s + i, len - i, &q);
            bool end = k && ends_sentence(s, len, i, k);
            marks += end;
            inside += (end && i + k + 1 < len) || s[i] == ',' ||
                      strncmp(s + i, "，", 3) == 0 || strncmp(s + i, "、", 3) == 0;
        }
        longer += n >= 14;
        marked += n >= 14 && inside > 0;
    }
    return marks * 60 >= words && marks > 0 && (longer < 4 || marked * 5 >= longer);
}

static bool add_sentence(struct sc_source *src, struct draft *d, size_t *cap)
{
    char *s = sc_str_trim(sc_buf_str(&d->text)[0] ? d->text.data : (char[]){""});
    size_t len = strlen(s);
    struct sc_sentence out = {.start_s = d->start_s,
                              .end_s = d->end_s,
                              .confidence = d->parts ? d->confidence / d->parts : -1,
                              .suspect = d->suspect,
                              .slide = -1};
    out.n_words = count_words(s, len);
    if (d->text.failed)
        return false;
    if (out.n_words == 0) {
        sc_buf_clear(&d->text);
        return true;
    }
    bool q = false;
    uint32_t last = 0;
    for (size_t i = 0; i < len;) {
        size_t k = sc_utf8_decode(s + i, len - i, &last);
        i += k ? k : 1;
    }
    bool closed = stop_at(&s[len - 1], 1, &q) > 0 ||
                  (last >= 0x80 && !sc_utf8_is_alnum(last)) || last == 0x964;
    out.question = s[len - 1] == '?' || last == 0xFF1F || last == 0x61F;
    while (!closed && len && strchr(",;:-", s[len - 1]))
        len--;
    char *text = sc_arena_alloc(src->arena, len + 2, 1);
    if (!text)
        return false;
    memcpy(text, s, len);
    text[0] = (char)toupper((unsigned char)text[0]);
    if (!closed && last < 0x2E80)
        text[len] = '.';
    /* The English pronoun, which simple recognisers write small; not "i j". */
    for (size_t i = 1; !src->punctuated && i + 2 < len; i++)
        if (text[i] == 'i' && text[i - 1] == ' ' &&
            (text[i + 1] == '\'' ||
             (text[i + 1] == ' ' && isalpha((unsigned char)text[i + 3]))))
            text[i] = 'I';
    out.text = text;
    struct sc_sentence *all =
        sc_arena_grow(src->arena, src->sentences, src->n_sentences, cap, sizeof *all);
    if (!all || !sc_lex_tokens(src->lex, text, strlen(text), &out.tokens, &out.n_tokens))
        return false;
    src->sentences = all;
    out.news = sc_announcement_kind(text) != NULL;
    int v = sc_source_visit_at(src, (out.start_s + out.end_s) / 2);
    out.slide = v >= 0 ? src->visits[v].slide : -1;
    all[src->n_sentences++] = out;
    sc_buf_clear(&d->text);
    return true;
}

/* Seconds at which byte `off` of the utterance is spoken. */
static double time_at(const struct sc_utterance *u, size_t len, size_t off)
{
    unsigned before = 0, total = count_words(u->text, len);
    if (u->n_words && u->n_words == total) {
        before = count_words(u->text, off);
        if (before < u->n_words)
            return fmin(fmax(u->words[before].start_s, u->start_s), u->end_s);
        return u->end_s;
    }
    return u->start_s + (u->end_s - u->start_s) * (len ? (double)off / (double)len : 0);
}

static void begin(struct draft *d, double start_s)
{
    sc_buf_clear(&d->text);
    d->start_s = start_s;
    d->confidence = 0;
    d->words = d->parts = 0;
    d->suspect = false;
}

static void extend(struct draft *d, const struct sc_utterance *u, size_t from, size_t to,
                   double end_s)
{
    if (d->text.len)
        sc_buf_add_char(&d->text, ' ');
    while (from < to && isspace((unsigned char)u->text[from]))
        from++;
    sc_buf_add(&d->text, u->text + from, to - from);
    d->end_s = end_s;
    d->words += count_words(u->text + from, to - from);
    if (u->confidence >= 0) {
        d->confidence += u->confidence;
        d->parts++;
    }
    d->suspect |= u->suspect != 0;
}

/* Cuts at the marks the recogniser wrote; sentences may span utterances. */
static bool add_punctuated(struct sc_source *src, struct draft *d, size_t *cap)
{
    const struct sc_transcript *t = src->transcript;
    for (size_t k = 0; k < t->n_utterances; k++) {
        const struct sc_utterance *u = &t->utterances[k];
        size_t len = u->text ? strlen(u->text) : 0, from = 0;
        if (d->text.len && (u->start_s - d->end_s > JOIN_GAP_S || d->words > MAX_WORDS ||
                            d->suspect != (u->suspect != 0)))
            if (!add_sentence(src, d, cap))
                return false;
        for (size_t i = 0; i < len; i++) {
            bool q;
            size_t m = stop_at(u->text + i, len - i, &q);
            if (!m || !ends_sentence(u->text, len, i, m))
                continue;
            i += m;
            while (i < len && (u->text[i] == '"' || u->text[i] == ')'))
                i++;
            if (!d->text.len)
                begin(d, time_at(u, len, from));
            extend(d, u, from, i, time_at(u, len, i));
            if (!add_sentence(src, d, cap))
                return false;
            from = i--;
        }
        if (from < len) {
            if (!d->text.len)
                begin(d, time_at(u, len, from));
            extend(d, u, from, len, u->end_s);
        }
    }
    return !d->text.len || add_sentence(src, d, cap);
}

/* Words between white space, as transcripts count them. */
static size_t word_count(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n +=
            !isspace((unsigned char)s[i]) && (i == 0 || isspace((unsigned char)s[i - 1]));
    return n;
}

/* Byte offset of the start of word `index`. */
static size_t word_offset(const char *s, size_t len, size_t index)
{
    size_t i = 0;
    for (size_t w = 0; i < len; w++) {
        while (i < len && isspace((unsigned char)s[i]))
            i++;
        if (w == index)
            return i;
        while (i < len && !isspace((unsigned char)s[i]))
            i++;
    }
    return len;
}

/* An unpunctuated utterance as clauses; short ones stay whole. */
static bool add_clauses(struct sc_source *src, const struct sc_utterance *u, size_t words,
                        struct draft *d, size_t *cap)
{
    size_t len = strlen(u->text);
    size_t *ends = sc_arena_alloc(src->arena, words, sizeof *ends);
    if (!ends)
        return false;
    bool timed = u->n_words == words;
    size_t n = sc_clauses_cut(u->text, len, timed ? u->words : NULL, words, ends);
    for (size_t i = 0, from = 0; i < n; from = ends[i++]) {
        size_t a = word_offset(u->text, len, from),
               b = word_offset(u->text, len, ends[i]);
        if (!d->text.len)
            begin(d, timed ? u->words[from].start_s : time_at(u, len, a));
        extend(d, u, a, b, timed ? u->words[ends[i] - 1].end_s : time_at(u, len, b));
        if (d->words >= SHORT_WORDS && !add_sentence(src, d, cap))
            return false;
    }
    return true;
}

/* Without punctuation pauses and clause words tell where a thought ends. */
static bool add_unpunctuated(struct sc_source *src, struct draft *d, size_t *cap)
{
    const struct sc_transcript *t = src->transcript;
    for (size_t k = 0; k < t->n_utterances; k++) {
        const struct sc_utterance *u = &t->utterances[k];
        size_t len = u->text ? strlen(u->text) : 0;
        size_t words = word_count(u->text ? u->text : "", len);
        if (d->text.len && u->start_s - d->end_s > JOIN_GAP_S &&
            !add_sentence(src, d, cap))
            return false;
        if (words && !add_clauses(src, u, words, d, cap))
            return false;
        /* Longer utterances end a thought; "okay so" belongs to what follows. */
        if (d->text.len && d->words >= SHORT_WORDS && !add_sentence(src, d, cap))
            return false;
    }
    return !d->text.len || add_sentence(src, d, cap);
}

int sc_source_visit_at(const struct sc_source *src, double time_s)
{
    size_t lo = 0, hi = src->n_visits;
    while (lo < hi) { /* the last visit that starts at or before time_s */
        size_t mid = (lo + hi) / 2;
        if (src->visits[mid].start_s <= time_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 && time_s < src->visits[lo - 1].end_s ? (int)lo - 1 : -1;
}

size_t sc_source_sentence_from(const struct sc_source *src, double time_s)
{
    size_t lo = 0, hi = src->n_sentences;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (src->sentences[mid].start_s < time_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool sc_source_slide_has(const struct sc_source *src, int slide, uint32_t term)
{
    if (slide < 0 || (size_t)slide >= src->n_slides)
        return false;
    const struct sc_slide_text *s = &src->slides[slide];
    for (size_t i = 0; i < s->n_title_tokens; i++)
        if (s->title_tokens[i].term == term)
            return true;
    for (size_t l = 0; l < s->n_lines; l++)
        for (size_t i = 0; i < s->lines[l].n_tokens; i++)
            if (s->lines[l].tokens[i].term == term)
                return true;
    return false;
}

static void count_slide(struct sc_source *src, const struct sc_lex_token *t, size_t n,
                        uint32_t *last_seen, uint32_t mark)
{
    for (size_t i = 0; i < n; i++)
        if (!t[i].stop && last_seen[t[i].term] != mark) {
            last_seen[t[i].term] = mark;
            src->shown[t[i].term]++;
        }
}

/*
 * weight = log(1 + tf) * idf, the inverse frequency taken over stretches of
 * about a minute of speech (a lecture is one document: what is said in every
 * minute of it is manner of speaking or its general subject). Slides are read
 * more reliably than speech is heard, so what they show counts double.
 */
static bool weigh(struct sc_source *src)
{
    size_t n = src->n_terms = sc_lex_count(src->lex);
    uint32_t *df = sc_arena_alloc(src->arena, n + 1, sizeof *df);
    uint32_t *seen = sc_arena_alloc(src->arena, n + 1, sizeof *seen);
    src->weight = sc_arena_alloc(src->arena, n + 1, sizeof *src->weight);
    src->said = sc_arena_alloc(src->arena, n + 1, sizeof *src->said);
    src->shown = sc_arena_alloc(src->arena, n + 1, sizeof *src->shown);
    bool *stop = sc_arena_alloc(src->arena, n + 1, sizeof *stop);
    if (!df || !seen || !src->weight || !src->said || !src->shown || !stop)
        return false;
    uint32_t block = 1;
    unsigned in_block = 0;
    for (size_t s = 0; s < src->n_sentences; s++) {
        const struct sc_sentence *st = &src->sentences[s];
        for (size_t i = 0; i < st->n_tokens; i++) {
            uint32_t t = st->tokens[i].term;
            src->said[t]++;
            stop[t] |= st->tokens[i].stop;
            if (seen[t] != block) {
                seen[t] = block;
                df[t]++;
            }
        }
        in_block += st->n_words;
        if (in_block >= BLOCK_WORDS) {
            block++;
            in_block = 0;
        }
    }
    memset(seen, 0, (n + 1) * sizeof *seen);
    for (size_t s = 0; s < src->n_slides; s++) {
        const struct sc_slide_text *st = &src->slides[s];
        count_slide(src, st->title_tokens, st->n_title_tokens, seen, (uint32_t)s + 1);
        for (size_t l = 0; l < st->n_lines; l++)
            count_slide(src, st->lines[l].tokens, st->lines[l].n_tokens, seen,
                        (uint32_t)s + 1);
    }
    for (size_t t = 0; t < n; t++) {
        if (stop[t])
            continue;
        double tf = src->said[t] + 2.0 * src->shown[t];
        double idf = log(1 + (block + 1.0) / (df[t] + 1.0));
        src->weight[t] = (float)(log(1 + tf) * idf * (src->shown[t] ? 2 : 1));
    }
    return true;
}

bool sc_source_build(struct sc_source *src, struct sc_arena *a,
                     const struct sc_transcript *t, const struct sc_slide_deck *deck,
                     struct sc_error *err)
{
    *src = (struct sc_source){.arena = a, .transcript = t, .deck = deck};
    struct draft d = {.text = SC_BUF_INIT(1 << 20)};
    size_t cap = 0;
    src->duration_s = t ? t->duration_s : 0;
    for (size_t i = 0; t && i < t->n_utterances; i++)
        src->duration_s = fmax(src->duration_s, t->utterances[i].end_s);
    src->lex = sc_lex_create(a);
    bool ok = src->lex && sc_source_read_slides(src);
    if (t) {
        src->punctuated = is_punctuated(t);
        ok = ok && (src->punctuated ? add_punctuated(src, &d, &cap)
                                    : add_unpunctuated(src, &d, &cap));
    }
    for (size_t i = 0; i < src->n_visits; i++)
        src->duration_s = fmax(src->duration_s, src->visits[i].end_s);
    ok = ok && weigh(src);
    sc_buf_finish(&d.text);
    return ok ||
           sc_fail(err, SC_ERR_MEMORY, "out of memory while reading the lecture's text");
}
