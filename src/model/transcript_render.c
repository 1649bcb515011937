/*
 * Renderings. Subtitles follow what players and editors expect: at most two
 * lines of 42 characters, at most 7 seconds, no cue before the one in front of
 * it has ended. An utterance is cut into cues at its words.
 */
#include "model/transcript.h"

#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE_CHARS = 42, CUE_CHARS = 84 };
static const double MAX_CUE_S = 7, MIN_CUE_S = 1.0;
static const double WORD_PAUSE_S = 1.2; /* a pause this long begins a new cue */

void sc_transcript_render_txt(const struct sc_transcript *t, struct sc_buf *out)
{
    for (size_t i = 0; i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (!u->text || !*u->text)
            continue;
        if (i)
            sc_buf_add_str(out, u->paragraph_start ? "\n\n" : " ");
        sc_buf_add_str(out, u->text);
    }
    if (t->n_utterances)
        sc_buf_add_char(out, '\n');
}

/* What Markdown would take for markup at the start of a line or within it. */
static void add_markdown(struct sc_buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\`*_[]<>#|", *c))
            sc_buf_add_char(out, '\\');
        sc_buf_add_char(out, *c == '\n' ? ' ' : *c);
    }
}

/* Whether somebody else than before speaks from utterance i on. */
static bool speaker_changes(const struct sc_transcript *t, size_t i)
{
    const char *now = t->utterances[i].speaker;
    const char *before = i ? t->utterances[i - 1].speaker : NULL;
    return now && !sc_str_eq(now, before);
}

void sc_transcript_render_md(const struct sc_transcript *t, const char *title,
                             struct sc_buf *out)
{
    char time[24];
    sc_buf_add_str(out, "# ");
    add_markdown(out, title && *title ? title : "Transcript");
    sc_buf_add_char(out, '\n');
    for (size_t i = 0; i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (!u->text || !*u->text)
            continue;
        if (i == 0 || u->paragraph_start || speaker_changes(t, i)) {
            sc_format_hms(u->start_s, time, sizeof time);
            sc_buf_addf(out, "\n**[%s]** ", time);
            if (speaker_changes(t, i)) {
                sc_buf_add_str(out, "**");
                add_markdown(out, u->speaker);
                sc_buf_add_str(out, ":** ");
            }
        } else
            sc_buf_add_char(out, ' ');
        add_markdown(out, u->text);
        if (i + 1 == t->n_utterances || t->utterances[i + 1].paragraph_start ||
            speaker_changes(t, i + 1))
            sc_buf_add_char(out, '\n');
    }
    if (t->n_utterances == 0)
        sc_buf_add_str(out, "\n*No speech was found.*\n");
    for (size_t i = 0; i < t->n_failed; i++) {
        char end[24];
        sc_format_hms(t->failed[i].start_s, time, sizeof time);
        sc_format_hms(t->failed[i].end_s, end, sizeof end);
        sc_buf_addf(out, "%s*From %s to %s the speech could not be recognised.*\n",
                    i ? "" : "\n", time, end);
    }
}

/* ---- subtitles ---- */

struct cues {
    struct sc_buf *out;
    bool vtt;
    size_t n;
    double last_end_s;
    const char *speaker; /* of the utterance at hand, or NULL */
};

static size_t char_count(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static void add_time(struct sc_buf *out, double s, bool vtt)
{
    long long ms = llround(fmax(s, 0) * 1000);
    sc_buf_addf(out, "%02lld:%02lld:%02lld%c%03lld", ms / 3600000, ms / 60000 % 60,
                ms / 1000 % 60, vtt ? '.' : ',', ms % 1000);
}

/* WebVTT knows tags and entities; "-->" would look like a time line in SubRip. */
static void add_cue_text(struct cues *c, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (c->vtt && text[i] == '&')
            sc_buf_add_str(c->out, "&amp;");
        else if (c->vtt && text[i] == '<')
            sc_buf_add_str(c->out, "&lt;");
        else if (text[i] == '>' && c->vtt)
            sc_buf_add_str(c->out, "&gt;");
        else if (text[i] == '>' && i > 0 && text[i - 1] == '-')
            sc_buf_add_str(c->out, " >");
        else
            sc_buf_add_char(c->out, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
    }
}

/* Where to break a text in two lines: the space nearest to its middle; 0 = nowhere. */
static size_t line_break(const char *text)
{
    size_t best = 0, chars = 0, total = char_count(text), nearest = SIZE_MAX;
    if (total <= LINE_CHARS)
        return 0;
    for (size_t i = 0; text[i]; i++) {
        chars += ((unsigned char)text[i] & 0xC0) != 0x80;
        size_t off = chars * 2 > total ? chars * 2 - total : total - chars * 2;
        if (text[i] == ' ' && off < nearest) {
            nearest = off;
            best = i;
        }
    }
    return best;
}

static void add_cue(struct cues *c, double start, double end, const char *text)
{
    size_t cut = line_break(text);
    start = fmax(start, c->last_end_s);
    end = fmax(end, start + 0.001);
    if (!c->vtt)
        sc_buf_addf(c->out, "%zu\n", c->n + 1);
    add_time(c->out, start, c->vtt);
    sc_buf_add_str(c->out, " --> ");
    add_time(c->out, end, c->vtt);
    sc_buf_add_char(c->out, '\n');
    if (c->vtt &&
        c->speaker) { /* WebVTT's voice span: it may stay open to the cue's end */
        sc_buf_add_str(c->out, "<v ");
        add_cue_text(c, c->speaker, strlen(c->speaker));
        sc_buf_add_char(c->out, '>');
    }
    if (cut) {
        add_cue_text(c, text, cut);
        sc_buf_add_char(c->out, '\n');
        text += cut + 1;
    }
    add_cue_text(c, text, strlen(text));
    sc_buf_add_str(c->out, "\n\n");
    c->n++;
    c->last_end_s = end;
}

/* How long a cue may stay: at least a second, but not into the next words. */
static double hold(double start, double end, double next_start)
{
    return end - start >= MIN_CUE_S ? end
                                    : fmin(start + MIN_CUE_S, fmax(next_start, end));
}

/* Whether word i, which would make the cue that began at `first` n chars long, is too
 * much. */
static bool cue_is_full(const struct sc_utterance *u, size_t first, size_t i,
                        size_t chars)
{
    const struct sc_word *w = &u->words[i];
    double length = w->end_s - u->words[first].start_s;
    /* Rather a little too long than a cue of one last word. */
    if (i + 1 == u->n_words && chars <= CUE_CHARS + 8 && length <= MAX_CUE_S + 1)
        return false;
    return chars > CUE_CHARS || length > MAX_CUE_S ||
           w->start_s - w[-1].end_s >= WORD_PAUSE_S;
}

/* The words' places in the text give the cues' texts: it knows where spaces belong. */
static void add_utterance(struct cues *c, const struct sc_utterance *u, double next_start)
{
    struct sc_buf cue = SC_BUF_INIT(0);
    size_t first = 0, from = 0, end = 0; /* bytes of the text */
    size_t whole = u->text ? char_count(u->text) : 0;
    bool fits = whole <= CUE_CHARS && u->end_s - u->start_s <= MAX_CUE_S;
    if (whole == 0)
        return;
    for (size_t i = 0; !fits && i < u->n_words; i++) {
        const char *at = strstr(u->text + end, u->words[i].text);
        if (!at) {
            break; /* words and text differ: one cue for the rest */
        }
        size_t word_end = (size_t)(at - u->text) + strlen(u->words[i].text);
        sc_buf_clear(&cue);
        sc_buf_add(&cue, u->text + from, word_end - from);
        if (i > first && cue_is_full(u, first, i, char_count(sc_buf_str(&cue)))) {
            double start = u->words[first].start_s;
            sc_buf_clear(&cue);
            sc_buf_add(&cue, u->text + from, end - from);
            add_cue(c, start, hold(start, u->words[i - 1].end_s, u->words[i].start_s),
                    sc_buf_str(&cue));
            from = (size_t)(at - u->text);
            first = i;
        }
        end = word_end;
    }
    double start = first ? u->words[first].start_s : u->start_s;
    add_cue(c, start, hold(start, u->end_s, next_start), u->text + from);
    sc_buf_finish(&cue);
}

static void add_all(struct cues *c, const struct sc_transcript *t)
{
    for (size_t i = 0; i < t->n_utterances; i++) {
        double next = i + 1 < t->n_utterances ? t->utterances[i + 1].start_s : 1e9;
        c->speaker = t->utterances[i].speaker;
        add_utterance(c, &t->utterances[i], next);
    }
}

void sc_transcript_render_srt(const struct sc_transcript *t, struct sc_buf *out)
{
    struct cues c = {.out = out};
    add_all(&c, t);
}

void sc_transcript_render_vtt(const struct sc_transcript *t, struct sc_buf *out)
{
    struct cues c = {.out = out, .vtt = true};
    sc_buf_add_str(out, "WEBVTT\n\n");
    add_all(&c, t);
}
