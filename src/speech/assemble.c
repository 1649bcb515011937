#include "speech/assemble.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SENTENCE_WORDS = 60,
    MAX_SENTENCE_CHARS = 400,
    MIN_SENTENCE_WORDS = 4,  /* fewer need a long pause to stand alone */
    AROUND = 20,             /* pauses either way that a pause is compared with */
    WORDS_PER_SENTENCE = 11, /* so many words on average */
    WORDS_PER_STOP = 60,     /* a text with fewer stops than this has no punctuation */
    MAX_PARAGRAPH_WORDS = 180,
};
static const double MAX_SENTENCE_S = 25;
static const double PAUSE_S = 0.2;      /* may end a sentence without punctuation */
static const double LONG_PAUSE_S = 0.9; /* always does */
static const double BREAK_S = 2.5;      /* ends a sentence and a paragraph */
static const double PARAGRAPH_S = 40;   /* from here on a smaller pause ends it */
static const double PARAGRAPH_PAUSE_S = 0.9;
static const double MAX_PARAGRAPH_S = 90;

/* A word on its way into a sentence. */
struct token {
    struct sc_word word; /* owned */
    unsigned suspect;
    const char
        *speaker; /* one of tokens.speakers, or NULL: the same name, the same pointer */
};

struct tokens {
    struct token *items;
    size_t n, cap;
    char **speakers; /* the names that occur, owned */
    size_t n_speakers;
};

static void tokens_finish(struct tokens *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->items[i].word.text);
    free(t->items);
    for (size_t i = 0; i < t->n_speakers; i++)
        free(t->speakers[i]);
    free(t->speakers);
    *t = (struct tokens){0};
}

/* The one copy of a name. False: out of memory. */
static bool know_speaker(struct tokens *t, const char *name, const char **out)
{
    *out = NULL;
    for (size_t i = 0; name && i < t->n_speakers; i++)
        if (strcmp(t->speakers[i], name) == 0)
            *out = t->speakers[i];
    if (!name || *out)
        return true;
    char **grown = realloc(t->speakers, (t->n_speakers + 1) * sizeof *grown);
    if (!grown)
        return false;
    t->speakers = grown;
    if (!(grown[t->n_speakers] = sc_strdup(name)))
        return false;
    *out = grown[t->n_speakers++];
    return true;
}

static bool push_take(struct tokens *t, struct sc_word *w, unsigned suspect,
                      const char *speaker)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 1024;
        struct token *grown = realloc(t->items, cap * sizeof *grown);
        if (!grown)
            return false;
        t->items = grown;
        t->cap = cap;
    }
    t->items[t->n++] = (struct token){*w, suspect, speaker};
    w->text = NULL;
    return true;
}

/* An engine without word times: its text's words share the time by their length. */
static bool split_text(struct tokens *t, const struct sc_utterance *u,
                       const char *speaker)
{
    size_t total = strlen(u->text), at = 0;
    while (at < total) {
        size_t skip = strspn(u->text + at, " \t\r\n");
        size_t len = strcspn(u->text + at + skip, " \t\r\n");
        if (len == 0)
            break;
        double span = u->end_s - u->start_s;
        struct sc_word w = {
            .start_s = u->start_s + span * (double)(at + skip) / (double)total,
            .end_s = u->start_s + span * (double)(at + skip + len) / (double)total,
            .probability = u->confidence,
            .text = sc_strndup(u->text + at + skip, len)};
        if (!w.text || !push_take(t, &w, u->suspect, speaker)) {
            free(w.text);
            return false;
        }
        at += skip + len;
    }
    return true;
}

static bool flatten(struct tokens *t, struct sc_utterance *u)
{
    double after = t->n ? t->items[t->n - 1].word.start_s : 0;
    const char *speaker;
    if (!know_speaker(t, u->speaker, &speaker))
        return false;
    if (u->n_words == 0)
        return !u->text || split_text(t, u, speaker);
    for (size_t i = 0; i < u->n_words; i++) {
        struct sc_word *w = &u->words[i];
        if (!w->text || !*w->text)
            continue;
        w->start_s = fmax(w->start_s, after); /* never back in time */
        w->end_s = fmax(w->end_s, w->start_s);
        after = w->start_s;
        if (!push_take(t, w, u->suspect, speaker))
            return false;
    }
    return true;
}

/* ---- where sentences end ---- */

/* Ends in . ? ! or their kin of other scripts, perhaps within quotes. */
static bool has_stop(const char *text)
{
    static const char *const stops[] = {".",      "?",      "!",      "\u2026", "\u3002",
                                        "\uff1f", "\uff01", "\u0964", "\u06d4"};
    static const char *const closing[] = {"\"", "'", ")", "]", "\u201d", "\u2019"};
    size_t n = strlen(text);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof closing / sizeof closing[0]; i++) {
            size_t c = strlen(closing[i]);
            if (n > c && memcmp(text + n - c, closing[i], c) == 0) {
                n -= c;
                again = true;
            }
        }
    }
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        size_t c = strlen(stops[i]);
        if (n >= c && memcmp(text + n - c, stops[i], c) == 0)
            return true;
    }
    return false;
}

/* "Dr.", "e.g.", "J.": a full stop that ends no sentence. */
static bool is_abbreviation(const char *text)
{
    static const char *const known[] = {"mr.",  "mrs.", "ms.",  "dr.",  "prof.",
                                        "vs.",  "e.g.", "i.e.", "etc.", "st.",
                                        "fig.", "eq.",  "no.",  "sec.", "approx."};
    if (isalpha((unsigned char)text[0]) && text[1] == '.' && text[2] == '\0')
        return text[0] != 'I' && text[0] != 'a';
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (sc_str_ieq(text, known[i]))
            return true;
    return false;
}

static bool is_punctuated(const struct tokens *t)
{
    size_t stops = 0;
    for (size_t i = 0; i < t->n; i++)
        stops += has_stop(t->items[i].word.text);
    return stops > 0 && t->n / stops <= WORDS_PER_STOP;
}

static double pause_after(const struct tokens *t, size_t i)
{
    return i + 1 < t->n ? t->items[i + 1].word.start_s - t->items[i].word.end_s : 1e9;
}

/*
 * A pause that stands out among its neighbours: one of the longest, as many as
 * there should be sentences. Fast and slow speakers, and synthetic voices, are
 * thus measured by their own pace.
 */
static bool stands_out(const struct tokens *t, size_t i)
{
    double pause = pause_after(t, i);
    size_t from = i > AROUND ? i - AROUND : 0;
    size_t to = i + AROUND < t->n - 1 ? i + AROUND : t->n - 1;
    size_t as_long = 0; /* itself among them */
    for (size_t k = from; k < to; k++)
        as_long += pause_after(t, k) >= pause - 0.005 && pause_after(t, k) < LONG_PAUSE_S;
    return pause >= PAUSE_S && as_long <= 1 + (to - from) / WORDS_PER_SENTENCE;
}

enum ending { GOES_ON, ENDS_SENTENCE, ENDS_PIECE };

/* What comes after token i, when the sentence began at `first`. */
static enum ending ending_of(const struct tokens *t, size_t first, size_t i,
                             bool punctuated)
{
    const struct token *k = &t->items[i];
    double pause = pause_after(t, i);
    if (i + 1 == t->n)
        return ENDS_SENTENCE;
    if (pause >= BREAK_S || k->speaker != k[1].speaker)
        return ENDS_SENTENCE;
    if (k->suspect != k[1].suspect)
        return ENDS_PIECE;
    if (punctuated) {
        bool lower = islower((unsigned char)k[1].word.text[0]) != 0;
        return has_stop(k->word.text) && !is_abbreviation(k->word.text) && !lower
                   ? ENDS_SENTENCE
                   : GOES_ON;
    }
    if (pause >= LONG_PAUSE_S)
        return ENDS_SENTENCE;
    return i + 1 - first >= MIN_SENTENCE_WORDS && stands_out(t, i) ? ENDS_SENTENCE
                                                                   : GOES_ON;
}

/* The last token of a sentence that got too long: before its widest late pause. */
static size_t forced_end(const struct tokens *t, size_t first, size_t last)
{
    size_t best = last;
    double widest = -1;
    for (size_t i = first + (last - first) / 2; i <= last; i++) {
        double pause = pause_after(t, i);
        const char *text = t->items[i].word.text;
        if (sc_str_ends(text, ",") || sc_str_ends(text, ";") || sc_str_ends(text, ":"))
            pause += 0.3;
        if (pause > widest) {
            widest = pause;
            best = i;
        }
    }
    return best;
}

/* ---- text ---- */

static bool is_cjk(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0xFF00 && cp <= 0xFFEF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

static uint32_t last_code_point(const char *s, size_t len)
{
    uint32_t cp = 0;
    size_t at = len;
    while (at > 0 && ((unsigned char)s[--at] & 0xC0) == 0x80)
        ;
    sc_utf8_decode(s + at, len - at, &cp);
    return cp;
}

static void add_word(struct sc_buf *text, const char *word)
{
    uint32_t next = 0;
    sc_utf8_decode(word, strlen(word), &next);
    bool joined =
        text->len && is_cjk(next) && is_cjk(last_code_point(text->data, text->len));
    if (text->len && !joined)
        sc_buf_add_char(text, ' ');
    sc_buf_add_str(text, word);
}

/* "i", "i'm": written small by engines without capitals. */
static void capitalise(char *word, bool first)
{
    bool alone = word[0] == 'i' && (word[1] == '\0' || word[1] == '\'');
    if (first || alone)
        word[0] = (char)toupper((unsigned char)word[0]);
}

static bool add_full_stop(struct token *k)
{
    char *with = sc_strf("%s.", k->word.text);
    if (!with)
        return false;
    free(k->word.text);
    k->word.text = with;
    return true;
}

static bool add_sentence(struct tokens *t, size_t first, size_t last,
                         struct sc_transcript *out, struct sc_error *err)
{
    size_t n = last - first + 1;
    double sum = 0;
    size_t known = 0;
    struct sc_buf text = SC_BUF_INIT(0);
    struct sc_utterance u = {.start_s = t->items[first].word.start_s,
                             .end_s = t->items[last].word.end_s,
                             .confidence = -1,
                             .words = calloc(n, sizeof *u.words)};
    for (size_t i = 0; u.words && i < n; i++) {
        struct token *k = &t->items[first + i];
        add_word(&text, k->word.text);
        u.suspect |= k->suspect;
        u.end_s = fmax(u.end_s, k->word.end_s);
        if (k->word.probability >= 0) {
            sum += k->word.probability;
            known++;
        }
        u.words[u.n_words++] = k->word;
        k->word.text = NULL;
    }
    if (known)
        u.confidence = sum / (double)known;
    u.text = sc_buf_detach(&text);
    const char *speaker = t->items[first].speaker;
    if (speaker)
        u.speaker = sc_strdup(speaker);
    if (!u.words || !u.text || (speaker && !u.speaker)) {
        sc_utterance_finish(&u);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    }
    return sc_transcript_add_take(out, &u, err);
}

static void mark_paragraphs(struct sc_transcript *t, size_t from)
{
    double start = 0;
    size_t words = 0;
    for (size_t i = from; i < t->n_utterances; i++) {
        struct sc_utterance *u = &t->utterances[i];
        double pause = i > from ? u->start_s - u[-1].end_s : 1e9;
        double length = i > from ? u[-1].end_s - start : 0;
        bool other = i > from && !sc_str_eq(u->speaker, u[-1].speaker);
        u->paragraph_start = pause >= BREAK_S || other ||
                             (length >= PARAGRAPH_S && pause >= PARAGRAPH_PAUSE_S) ||
                             length >= MAX_PARAGRAPH_S || words >= MAX_PARAGRAPH_WORDS;
        if (u->paragraph_start) {
            start = u->start_s;
            words = 0;
        }
        words += u->n_words;
    }
}

static bool make_sentences(struct tokens *t, struct sc_transcript *out,
                           struct sc_error *err)
{
    bool punctuated = is_punctuated(t);
    bool fresh = true; /* the next word begins a sentence */
    size_t first = 0, chars = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct token *k = &t->items[i];
        enum ending end = ending_of(t, first, i, punctuated);
        chars += strlen(k->word.text) + 1;
        size_t last = i;
        if (end == GOES_ON &&
            (i + 1 - first >= MAX_SENTENCE_WORDS || chars >= MAX_SENTENCE_CHARS ||
             k->word.end_s - t->items[first].word.start_s >= MAX_SENTENCE_S)) {
            last = forced_end(t, first, i);
            end = ENDS_PIECE;
        }
        if (end == GOES_ON)
            continue;
        for (size_t w = first; !punctuated && w <= last; w++)
            capitalise(t->items[w].word.text, w == first && fresh);
        fresh = end == ENDS_SENTENCE;
        if (!punctuated && fresh && !has_stop(t->items[last].word.text) &&
            !add_full_stop(&t->items[last]))
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
        if (!add_sentence(t, first, last, out, err))
            return false;
        first = last + 1;
        chars = 0;
        i = last;
    }
    return true;
}

bool sc_assemble_take(struct sc_utterance *segments, size_t n, struct sc_transcript *t,
                      struct sc_error *err)
{
    struct tokens tokens = {0};
    size_t from = t->n_utterances;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = ok && flatten(&tokens, &segments[i]);
        sc_utterance_finish(&segments[i]);
    }
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    ok = ok && make_sentences(&tokens, t, err);
    tokens_finish(&tokens);
    mark_paragraphs(t, from);
    return ok;
}
