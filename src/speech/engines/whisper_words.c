#include "speech/engines/whisper_words.h"

#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool spaceless(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x0E00 && cp <= 0x0EFF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

/* The word so far is whole characters of a script without spaces. */
static bool may_end_here(const struct sc_buf *word)
{
    uint32_t cp = 0;
    size_t n;
    if (word->len == 0 || !sc_utf8_valid(word->data, word->len))
        return false;
    for (size_t at = 0; at < word->len; at += n) {
        n = sc_utf8_decode(word->data + at, word->len - at, &cp);
        if (n == 0)
            return false;
    }
    return spaceless(cp);
}

static void flush(struct whisper_words *w)
{
    char *text = NULL;
    if (w->word.len) {
        text = sc_utf8_repair(w->word.data, w->word.len);
        char *kept = text ? sc_str_trim(text) : NULL;
        if (!text)
            w->failed = true;
        else
            memmove(text, kept, strlen(kept) + 1);
    }
    if (text && *text) {
        if (w->n == w->cap) {
            size_t cap = w->cap ? w->cap * 2 : 64;
            struct sc_word *grown = realloc(w->words, cap * sizeof *grown);
            if (grown) {
                w->words = grown;
                w->cap = cap;
            } else
                w->failed = true;
        }
        if (w->n < w->cap) {
            w->words[w->n++] =
                (struct sc_word){w->start_s, w->end_s, w->p_sum / w->n_tokens, text};
            text = NULL;
        }
    }
    free(text);
    sc_buf_clear(&w->word);
    w->n_tokens = 0;
    w->p_sum = 0;
}

void whisper_words_add(struct whisper_words *w, const char *token, double t0_s,
                       double t1_s, double p)
{
    uint32_t cp = 0;
    size_t n = token ? strlen(token) : 0;
    if (n == 0)
        return;
    sc_utf8_decode(token, n, &cp);
    if (token[0] == ' ' || (spaceless(cp) && may_end_here(&w->word)))
        flush(w);
    /* Times of the library can run backwards by a token or leave the segment. */
    double floor_s = w->from_s;
    if (w->n_tokens)
        floor_s = w->start_s - w->base_s;
    else if (w->n)
        floor_s = w->words[w->n - 1].start_s - w->base_s;
    t0_s = fmin(fmax(t0_s, floor_s), w->to_s);
    t1_s = fmin(fmax(t1_s, t0_s), w->to_s);
    if (w->n_tokens == 0)
        w->start_s = w->base_s + t0_s;
    w->end_s = fmax(w->n_tokens ? w->end_s : 0, w->base_s + t1_s);
    w->p_sum += fmin(fmax(p, 0), 1);
    w->n_tokens++;
    sc_buf_add(&w->word, token, n);
    w->failed |= w->word.failed;
}

static void add_text(struct sc_buf *text, const struct sc_word *w)
{
    uint32_t last = 0, first = 0;
    size_t at = text->len;
    while (at > 0 && ((unsigned char)text->data[--at] & 0xC0) == 0x80)
        ;
    if (text->len)
        sc_utf8_decode(text->data + at, text->len - at, &last);
    sc_utf8_decode(w->text, strlen(w->text), &first);
    if (text->len && !(spaceless(last) && spaceless(first)))
        sc_buf_add_char(text, ' ');
    sc_buf_add_str(text, w->text);
}

bool whisper_words_end(struct whisper_words *w, struct sc_utterance *u)
{
    struct sc_buf text = SC_BUF_INIT(0);
    double sum = 0;
    flush(w);
    for (size_t i = 0; i < w->n; i++) {
        add_text(&text, &w->words[i]);
        sum += w->words[i].probability;
    }
    sc_buf_finish(&w->word);
    *u = (struct sc_utterance){.start_s = w->base_s + w->from_s,
                               .end_s = w->base_s + w->to_s,
                               .text = sc_buf_detach(&text),
                               .words = w->words,
                               .n_words = w->n,
                               .confidence = w->n ? sum / (double)w->n : -1};
    w->words = NULL;
    return u->text && !w->failed;
}

bool whisper_is_sound_mark(const char *text)
{
    size_t n = strlen(text);
    static const struct {
        const char *open, *close;
    } marks[] = {{"[", "]"}, {"(", ")"}, {"*", "*"}, {"\u266a", "\u266a"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!sc_str_starts(text, marks[i].open) || !sc_str_ends(text, marks[i].close))
            continue;
        /* One mark from end to end: "(a) is less than (b)" is speech. */
        const char *inner = strstr(text + strlen(marks[i].open), marks[i].close);
        if (inner && inner + strlen(marks[i].close) == text + n)
            return true;
    }
    return n == 0;
}
