/* The lecture as the model sees it, and how many tokens that is. */
#include "base/str.h"
#include "notes/mapreduce_job.h"

#include <math.h>
#include <string.h>

double sc_mapreduce_estimate(const char *text, size_t len)
{
    /* Byte-pair vocabularies: English about 4 bytes a token, digits and marks
     * one to three, other scripts down to one per character. */
    double n = 0;
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80) {
            bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
            n += letter || c == ' ' ? 0.25 : 0.6;
            i++;
            continue;
        }
        uint32_t cp;
        size_t k = sc_utf8_decode(text + i, len - i, &cp);
        n += k == 2 ? 0.6 : 1.1;
        i += k ? k : 1;
    }
    return n;
}

/* ---- the lecture as lines ---- */

struct liner {
    struct sc_mr_job *job;
    size_t cap;
    struct sc_buf text;
};

static bool put_line(struct liner *l, double time_s, bool part_start)
{
    struct sc_mr_job *j = l->job;
    struct sc_arena *a = j->src->arena;
    struct sc_mr_line *all = sc_arena_grow(a, j->lines, j->n_lines, &l->cap, sizeof *all);
    /* Nothing in the lecture may look like our own marks. */
    for (size_t i = 0; i < l->text.len; i++)
        if (l->text.data[i] == '<' || l->text.data[i] == '>')
            if (strncasecmp(l->text.data + i, "<lecture", 8) == 0 ||
                strncasecmp(l->text.data + i, "</lecture", 9) == 0)
                l->text.data[i] = '(';
    char *copy = sc_arena_strndup(a, sc_buf_str(&l->text), l->text.len);
    if (!all || !copy || l->text.failed)
        return false;
    j->lines = all;
    all[j->n_lines++] = (struct sc_mr_line){
        copy, time_s, sc_mapreduce_estimate(copy, l->text.len) + 1, part_start};
    sc_buf_clear(&l->text);
    return true;
}

static bool slide_line(struct liner *l, const struct sc_slide_text *s, bool part_start)
{
    double t = s->slide->timestamp_s;
    if (!s->title && s->n_lines == 0)
        return true;
    sc_buf_addf(&l->text, "[%.0f] SLIDE: %s", floor(t), s->title ? s->title : "");
    for (size_t i = 0; i < s->n_lines; i++)
        sc_buf_addf(&l->text, s->lines[i].kind == SC_SLIDE_CODE ? "\n%s\n" : " | %s",
                    s->lines[i].text);
    sc_buf_add_char(&l->text, '\n');
    return put_line(l, t, part_start);
}

bool sc_mr_make_lines(struct sc_mr_job *j, const struct sc_part *parts, size_t n_parts)
{
    const struct sc_source *src = j->src;
    struct liner l = {.job = j, .text = SC_BUF_INIT(1 << 20)};
    size_t slide = 0, part = 0;
    bool ok = true;
    for (size_t i = 0; ok && i <= src->n_sentences; i++) {
        double t = i < src->n_sentences ? src->sentences[i].start_s : INFINITY;
        bool starts = false;
        for (; part < n_parts && parts[part].start_s <= t + 0.5; part++)
            starts = true;
        for (; ok && slide < src->n_slides && src->slides[slide].slide->timestamp_s <= t;
             slide++) {
            ok = slide_line(&l, &src->slides[slide], starts);
            starts = false;
        }
        if (!ok || i == src->n_sentences)
            break;
        const struct sc_sentence *s = &src->sentences[i];
        if (s->suspect)
            continue;
        sc_buf_addf(&l.text, "[%.0f] %s\n", floor(s->start_s), s->text);
        ok = put_line(&l, t, starts);
    }
    sc_buf_finish(&l.text);
    return ok;
}
