#include "notes/lex.h"

#include "base/str.h"
#include "notes/stopwords.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_STEM = 96 /* bytes; longer "words" are cut, they are no words */ };

struct entry {
    const char *stem;
    uint32_t hash;
};

/* Open addressing; slots hold entry number + 1. */
struct sc_lex {
    struct sc_arena *arena;
    struct entry *entries;
    size_t n, cap;
    uint32_t *slots;
    size_t n_slots; /* a power of two */
};

struct sc_lex *sc_lex_create(struct sc_arena *a)
{
    struct sc_lex *x = sc_arena_alloc(a, 1, sizeof *x);
    if (!x)
        return NULL;
    x->arena = a;
    x->n_slots = 1024;
    x->slots = sc_arena_alloc(a, x->n_slots, sizeof *x->slots);
    return x->slots ? x : NULL;
}

size_t sc_lex_count(const struct sc_lex *x)
{
    return x->n;
}

const char *sc_lex_stem(const struct sc_lex *x, uint32_t term)
{
    return term < x->n ? x->entries[term].stem : "";
}

static uint32_t hash_of(const char *s, size_t len) /* FNV-1a */
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

static size_t slot_of(const struct sc_lex *x, const char *s, size_t len, uint32_t h)
{
    size_t i = h & (x->n_slots - 1);
    for (; x->slots[i]; i = (i + 1) & (x->n_slots - 1)) {
        const struct entry *e = &x->entries[x->slots[i] - 1];
        if (e->hash == h && strncmp(e->stem, s, len) == 0 && e->stem[len] == '\0')
            break;
    }
    return i;
}

static bool widen(struct sc_lex *x)
{
    size_t n = x->n_slots * 2;
    uint32_t *slots = sc_arena_alloc(x->arena, n, sizeof *slots);
    if (!slots)
        return false;
    for (size_t k = 0; k < x->n; k++) {
        size_t i = x->entries[k].hash & (n - 1);
        while (slots[i])
            i = (i + 1) & (n - 1);
        slots[i] = (uint32_t)k + 1;
    }
    x->slots = slots;
    x->n_slots = n;
    return true;
}

uint32_t sc_lex_find(const struct sc_lex *x, const char *stem)
{
    size_t len = strlen(stem);
    size_t i = slot_of(x, stem, len, hash_of(stem, len));
    return x->slots[i] ? x->slots[i] - 1 : UINT32_MAX;
}

uint32_t sc_lex_intern(struct sc_lex *x, const char *stem, size_t len)
{
    uint32_t h = hash_of(stem, len);
    size_t i = slot_of(x, stem, len, h);
    if (x->slots[i])
        return x->slots[i] - 1;
    struct entry *e = sc_arena_grow(x->arena, x->entries, x->n, &x->cap, sizeof *e);
    if (!e)
        return UINT32_MAX;
    x->entries = e;
    e[x->n] = (struct entry){sc_arena_strndup(x->arena, stem, len), h};
    if (!e[x->n].stem)
        return UINT32_MAX;
    x->n++;
    x->slots[i] = (uint32_t)x->n;
    if (x->n * 3 > x->n_slots * 2 && !widen(x))
        return UINT32_MAX;
    return (uint32_t)x->n - 1;
}

uint32_t sc_lex_fold(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    if (cp >= 0xFF01 && cp <= 0xFF5E) /* full width forms of ASCII */
        return sc_lex_fold(cp - 0xFEE0);
    if (cp >= 0x966 && cp <= 0x96F) /* Devanagari digits */
        return '0' + (cp - 0x966);
    if ((cp >= 0xC0 && cp <= 0xDE && cp != 0xD7) || (cp >= 0x391 && cp <= 0x3A9) ||
        (cp >= 0x410 && cp <= 0x42F))
        return cp + 32;
    if (cp >= 0x400 && cp <= 0x40F)
        return cp + 80;
    if (cp >= 0x100 && cp <= 0x137)
        return cp | 1;
    if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
        return cp % 2 ? cp + 1 : cp;
    if (cp >= 0x14A && cp <= 0x177)
        return cp | 1;
    return cp;
}

bool sc_lex_is_unspaced(uint32_t cp)
{
    return (cp >= 0x0E00 && cp <= 0x0EFF) || /* Thai, Lao */
           (cp >= 0x1000 && cp <= 0x109F) || /* Myanmar */
           (cp >= 0x1780 && cp <= 0x17FF) || /* Khmer */
           (cp >= 0x3005 && cp <= 0x3007) || (cp >= 0x3041 && cp <= 0x30FF) ||
           (cp >= 0x3400 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x20000 && cp <= 0x3FFFF);
}

static bool in_list(const char *const *list, size_t n, const char *s, size_t len)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strncmp(list[mid], s, len);
        if (c == 0 && list[mid][len] != '\0')
            c = 1;
        if (c == 0)
            return true;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

bool sc_lex_is_stop(const char *s, size_t len)
{
    if ((unsigned char)s[0] < 0x80)
        return in_list(sc_stopwords_en, sc_stopwords_en_n, s, len) ||
               in_list(sc_stopwords_hi, sc_stopwords_hi_n, s, len);
    return in_list(sc_stopwords_deva, sc_stopwords_deva_n, s, len);
}

int sc_lex_number_word(const char *s, size_t len)
{
    static const struct {
        const char *word;
        int value;
    } words[] = {{"zero", 0},      {"one", 1},        {"two", 2},       {"three", 3},
                 {"four", 4},      {"five", 5},       {"six", 6},       {"seven", 7},
                 {"eight", 8},     {"nine", 9},       {"ten", 10},      {"eleven", 11},
                 {"twelve", 12},   {"thirteen", 13},  {"fourteen", 14}, {"fifteen", 15},
                 {"sixteen", 16},  {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
                 {"twenty", 20},   {"thirty", 30},    {"forty", 40},    {"fifty", 50},
                 {"sixty", 60},    {"seventy", 70},   {"eighty", 80},   {"ninety", 90},
                 {"hundred", 100}, {"thousand", 1000}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == len && memcmp(words[i].word, s, len) == 0)
            return words[i].value;
    return -1;
}

static bool ends(const char *s, size_t n, const char *suffix)
{
    size_t m = strlen(suffix);
    return n > m && memcmp(s + n - m, suffix, m) == 0;
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/*
 * English: folds plurals and the commonest verb and noun endings together, far
 * less eager than Porter's stemmer because stems are only ever compared.
 */
static size_t stem_latin(char *s, size_t n)
{
    if (n < 4)
        return n;
    if (ends(s, n, "ies") && n > 4) {
        s[n - 3] = 'y';
        n -= 2;
    } else if (ends(s, n, "sses") || ends(s, n, "xes") || ends(s, n, "ches") ||
               ends(s, n, "shes")) {
        n -= 2;
    } else if (s[n - 1] == 's' && s[n - 2] != 's' && s[n - 2] != 'u' && s[n - 2] != 'i') {
        n--;
    }
    static const char *const tails[] = {"ations", "ation", "ingly", "edly", "ing",
                                        "al",     "ed",    "ly",    "er",   "or"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        size_t m = strlen(tails[i]);
        bool vowel = false;
        if (!ends(s, n, tails[i]) || n - m < 4)
            continue;
        for (size_t k = 0; k < n - m; k++)
            vowel |= is_vowel(s[k]);
        if (!vowel)
            continue;
        n -= m;
        break;
    }
    /* "running" -> "runn" -> "run", but "fall", "pass" stay. */
    if (n > 3 && s[n - 1] == s[n - 2] && !is_vowel(s[n - 1]) && s[n - 1] != 'l' &&
        s[n - 1] != 's')
        n--;
    if (n > 3 && s[n - 1] == 'e')
        n--;
    return n;
}

/* Hindi: drops the vowel signs of inflection (after Ramanathan and Rao, 2003). */
static size_t stem_devanagari(const char *s, size_t n)
{
    static const char *const tails[] = {"ियों", "ाओं", "ियाँ", "ों", "ें",  "ीं", "ाँ",
                                        "ी",   "े",   "ा",   "ो", "ि", "ु",  "ू"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        if (ends(s, n, tails[i]) && n - strlen(tails[i]) >= 6)
            return n - strlen(tails[i]);
    return n;
}

struct cutter {
    struct sc_lex *lex;
    const char *text;
    struct sc_lex_token *tokens;
    size_t n, cap;
};

static bool put(struct cutter *c, size_t off, size_t end, char *folded, size_t n,
                struct sc_lex_token flags)
{
    flags.term = sc_lex_intern(c->lex, folded, n);
    flags.off = (uint32_t)off;
    flags.len = (uint32_t)(end - off);
    struct sc_lex_token *t =
        sc_arena_grow(c->lex->arena, c->tokens, c->n, &c->cap, sizeof *t);
    if (!t || flags.term == UINT32_MAX)
        return false;
    c->tokens = t;
    t[c->n++] = flags;
    return true;
}

static bool put_word(struct cutter *c, size_t off, size_t end, char *folded, size_t n)
{
    struct sc_lex_token t = {0};
    bool ascii = true, digits = true, has_digit = false;
    for (size_t i = 0; i < n; i++) {
        ascii &= (unsigned char)folded[i] < 0x80;
        bool d = folded[i] >= '0' && folded[i] <= '9';
        has_digit |= d;
        digits &= d || folded[i] == '.';
    }
    int spoken = sc_lex_number_word(folded, n);
    if (spoken >= 0) {
        /* "three" is the term of 3, but what is merely said makes no topic. */
        char digits_of[12];
        int v = spoken;
        size_t k = sizeof digits_of;
        do
            digits_of[--k] = (char)('0' + v % 10);
        while (v /= 10);
        t.stop = true;
        return put(c, off, end, digits_of + k, sizeof digits_of - k, t);
    }
    t.number = has_digit && digits;
    /* Single letters are names of variables: no topic by themselves. */
    t.stop = t.number || (n == 1 && ascii) || sc_lex_is_stop(folded, n);
    if (!t.stop && ascii && !has_digit)
        n = stem_latin(folded, n);
    else if (!t.stop && (unsigned char)folded[0] == 0xE0 &&
             ((unsigned char)folded[1] == 0xA4 || (unsigned char)folded[1] == 0xA5))
        n = stem_devanagari(folded, n);
    return put(c, off, end, folded, n, t);
}

/* A run of unspaced script: one token per pair of neighbours. */
static bool put_pairs(struct cutter *c, size_t off, size_t end)
{
    size_t prev = off, prev_len = 0;
    uint32_t cp, before = 0;
    for (size_t i = off; i < end;) {
        size_t k = sc_utf8_decode(c->text + i, end - i, &cp);
        if (k == 0)
            return true;
        bool alone = prev_len == 0 && i + k >= end;
        if (prev_len || alone) {
            char pair[8];
            size_t from = alone ? i : prev, n = i + k - from;
            memcpy(pair, c->text + from, n);
            struct sc_lex_token t = {.pair = true};
            bool hira = cp >= 0x3041 && cp <= 0x309F;
            bool hira0 = before >= 0x3041 && before <= 0x309F;
            t.stop = hira || hira0 || alone;
            if (!put(c, from, i + k, pair, n, t))
                return false;
        }
        prev = i;
        prev_len = k;
        before = cp;
        i += k;
    }
    return true;
}

static bool is_word_char(uint32_t cp)
{
    /* Danda, Arabic comma, question mark and full stop end words too. */
    if (cp == 0x964 || cp == 0x965 || cp == 0x60C || cp == 0x61F || cp == 0x6D4)
        return false;
    return cp == '_' || cp == 0x200C || cp == 0x200D || sc_utf8_is_alnum(cp);
}

/* Reads one word from off; returns its end and its folded form. */
static size_t read_word(const char *s, size_t len, size_t off, char *folded, size_t *n)
{
    size_t i = off;
    *n = 0;
    while (i < len) {
        uint32_t cp, after;
        size_t k = sc_utf8_decode(s + i, len - i, &cp);
        if (k == 0 || (cp >= 0x80 && sc_lex_is_unspaced(cp)))
            break;
        bool keep = is_word_char(cp);
        if (!keep) {
            size_t m = i + k < len ? sc_utf8_decode(s + i + k, len - i - k, &after) : 0;
            bool digit_before = i > off && s[i - 1] >= '0' && s[i - 1] <= '9';
            bool inner = m && is_word_char(after) && !sc_lex_is_unspaced(after);
            if ((cp == '\'' || cp == 0x2019) && inner && i > off) {
                i += k; /* "don't" -> "dont" */
                continue;
            }
            bool decimal =
                cp == '.' && digit_before && inner && after >= '0' && after <= '9';
            bool c_plus = (cp == '+' || cp == '#') && i - off <= 2 && i > off &&
                          ((s[off] | 32) == 'c' || (s[off] | 32) == 'f') &&
                          (cp == '#' ? i - off == 1 : true);
            if (!decimal && !c_plus)
                break;
        }
        char enc[4];
        size_t m = sc_utf8_encode(sc_lex_fold(cp), enc);
        if (*n + m <= MAX_STEM) {
            memcpy(folded + *n, enc, m);
            *n += m;
        }
        i += k;
    }
    return i;
}

bool sc_lex_tokens(struct sc_lex *x, const char *text, size_t len,
                   struct sc_lex_token **out, size_t *n)
{
    struct cutter c = {.lex = x, .text = text};
    char folded[MAX_STEM + 1];
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t k = sc_utf8_decode(text + i, len - i, &cp);
        if (k == 0) {
            i++;
            continue;
        }
        if (cp >= 0x80 && sc_lex_is_unspaced(cp)) {
            size_t end = i;
            while (end < len && (k = sc_utf8_decode(text + end, len - end, &cp)) > 0 &&
                   sc_lex_is_unspaced(cp))
                end += k;
            if (!put_pairs(&c, i, end))
                return false;
            i = end;
            continue;
        }
        if (!is_word_char(cp)) {
            i += k;
            continue;
        }
        size_t m, end = read_word(text, len, i, folded, &m);
        folded[m] = '\0';
        if (m && !put_word(&c, i, end, folded, m))
            return false;
        i = end > i ? end : i + k;
    }
    *out = c.tokens;
    *n = c.n;
    return !x->arena->failed;
}
