/*
 * Slides as text: OCR lines become a title, bullets and code. Lines that are
 * no language (axis labels, icons, misread pictures) or that stand on nearly
 * every slide (headers, logos) are left out.
 */
#include "base/str.h"
#include "notes/announce.h"
#include "notes/source.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LINES = 200, /* per slide */
    MAX_LINE_BYTES = 600,
    TITLE_MAX_WORDS = 12,
    RECUR_MIN_SLIDES = 5,
};

struct raw_line {
    const char *text; /* in the OCR text, not terminated */
    size_t len, indent;
    unsigned n_words;
    double height, x, y, confidence; /* 0/-1 when unknown */
    bool valid, code, bullet;
    uint32_t key; /* folded text */
};

/* Strips one bullet glyph (also as OCR misreads it) or list number. */
static size_t bullet_glyph(const char *s, size_t len)
{
    static const char *const glyphs[] = {"•", "●", "○", "▪", "■", "□", "◦",
                                         "‣", "⁃", "·", "»", "➢", "✓", "→",
                                         "►", "▸", "–", "—", "-", "*", ">"};
    static const char *const misread[] = {"e", "o", "¢", "©", "®",
                                          "«", "O", "°", "+", "@"};
    for (size_t i = 0; i < sizeof glyphs / sizeof glyphs[0]; i++) {
        size_t n = strlen(glyphs[i]);
        if (len > n && memcmp(s, glyphs[i], n) == 0 && (s[n] == ' ' || n > 1)) {
            while (n < len && s[n] == ' ')
                n++;
            return n;
        }
    }
    for (size_t i = 0; i < sizeof misread / sizeof misread[0]; i++) {
        size_t n = strlen(misread[i]);
        if (len > n + 4 && memcmp(s, misread[i], n) == 0 && s[n] == ' ' &&
            (isalpha((unsigned char)s[n + 1]) || (unsigned char)s[n + 1] >= 0x80))
            return n + 1;
    }
    size_t d = 0;
    while (d < len && d < 2 && isdigit((unsigned char)s[d]))
        d++;
    if (d && d + 2 < len && (s[d] == '.' || s[d] == ')') && s[d + 1] == ' ')
        return d + 2;
    return 0;
}

static bool looks_like_code(const char *s, size_t len)
{
    static const char *const starts[] = {
        "def ",      "for ",    "for(",     "while ",  "while(",  "if ",   "if(",
        "else",      "elif ",   "return",   "class ",  "import ", "from ", "int ",
        "void ",     "print(",  "#include", "//",      "const ",  "let ",  "var ",
        "function ", "public ", "private ", "static ", "try:",    "try {", "}",
        "{",         "@",       "SELECT ",  "std::",   "vector<", "char ", "double ",
        "bool ",     "auto "};
    static const char *const inside[] = {"()",  ");", "):", " = ", "==", "+=",
                                         "[i]", "->", "::", "++",  "&&", "||",
                                         "{",   "}",  "[]", "!=",  "()."};
    int score = 0;
    char line[MAX_LINE_BYTES + 1];
    len = len < MAX_LINE_BYTES ? len : MAX_LINE_BYTES;
    memcpy(line, s, len);
    line[len] = '\0';
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (sc_str_starts(line, starts[i])) {
            score++;
            break;
        }
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        score += strstr(line, inside[i]) != NULL;
    /* Signs alone are a misread picture. */
    size_t letters = 0, words = 0, run = 0;
    for (size_t i = 0; i <= len; i++) {
        bool letter = i < len &&
                      (isalpha((unsigned char)line[i]) || (unsigned char)line[i] >= 0xC3);
        letters += letter;
        words += !letter && run >= 2;
        run = letter ? run + 1 : 0;
    }
    bool brace = len <= 3 && strpbrk(line, "{}()") != NULL;
    if (!brace && (words == 0 || letters * 10 < len * 4))
        return false;
    char last = len ? line[len - 1] : ' ';
    if (sc_str_starts(line, "from ") && strstr(line, " import "))
        score += 2;
    score += last == ';' || last == '{' || last == '}';
    /* "if x:" is code, "Applications:" is a heading. */
    score += last == ':' && score > 0;
    return score >= 2;
}

/* Enough of the line is words a person would write. */
static bool is_language(const struct raw_line *l)
{
    unsigned good = 0, bad = 0, letters = 0, signs = 0;
    for (size_t i = 0; i < l->len;) {
        uint32_t cp;
        size_t start = i;
        unsigned alpha = 0, vowels = 0, other = 0, wide = 0;
        while (i < l->len && l->text[i] != ' ' && l->text[i] != '\t') {
            size_t k = sc_utf8_decode(l->text + i, l->len - i, &cp);
            i += k ? k : 1;
            if (k == 0)
                other++;
            else if (cp >= 0x80 && sc_utf8_is_alnum(cp))
                wide++;
            else if (cp < 0x80 && isalpha((int)cp)) {
                alpha++;
                vowels += strchr("aeiouyAEIOUY", (int)cp) != NULL;
            } else if (cp < 0x80 && !isdigit((int)cp)) {
                other++;
            }
        }
        letters += alpha + wide;
        signs += other;
        bool caps = alpha >= 2 && alpha <= 6 && isupper((unsigned char)l->text[start]);
        if (wide >= 2 || (alpha >= 3 && vowels && alpha >= other) || caps)
            good++;
        else if (alpha + wide + other > 0 && !(alpha == 1 && other == 0))
            bad++;
        while (i < l->len && (l->text[i] == ' ' || l->text[i] == '\t'))
            i++;
    }
    return good > 0 && good >= bad && letters >= 3 && letters >= signs;
}

/* Takes size, place and confidence from the word boxes, which come in reading order. */
static void measure(struct raw_line *l, const struct sc_slide *s, size_t *next)
{
    double conf = 0;
    unsigned found = 0;
    for (size_t i = 0; i < l->len;) {
        size_t n = 0;
        while (i + n < l->len && l->text[i + n] != ' ' && l->text[i + n] != '\t')
            n++;
        for (size_t w = *next; n && w < s->n_words && w < *next + 4; w++) {
            const struct sc_ocr_word *o = &s->words[w];
            if (!o->text || strlen(o->text) != n || memcmp(o->text, l->text + i, n) != 0)
                continue;
            if (found == 0) {
                l->x = o->x;
                l->y = o->y;
            }
            l->height = fmax(l->height, o->h);
            conf += o->confidence;
            found++;
            *next = w + 1;
            break;
        }
        i += n ? n : 1;
    }
    l->confidence = found ? conf / found : -1;
}

static bool split_lines(struct sc_source *src, struct sc_lex *keys,
                        const struct sc_slide *s, struct raw_line *lines, size_t *n)
{
    const char *p = s->ocr_text ? s->ocr_text : "";
    size_t next_word = 0;
    char folded[MAX_LINE_BYTES];
    *n = 0;
    for (; *p && *n < MAX_LINES; p += *p == '\n') {
        size_t len = strcspn(p, "\n"), full = len;
        struct raw_line l = {.text = p, .confidence = -1};
        while (len && (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
            len--;
        while (l.indent < len && (p[l.indent] == ' ' || p[l.indent] == '\t'))
            l.indent++;
        l.text = p + l.indent;
        l.len = len - l.indent < MAX_LINE_BYTES ? len - l.indent : MAX_LINE_BYTES;
        while (l.len && l.len == MAX_LINE_BYTES &&
               ((unsigned char)l.text[l.len] & 0xC0) == 0x80)
            l.len--;
        p += full;
        if (l.len == 0)
            continue;
        measure(&l, s, &next_word);
        l.code = looks_like_code(l.text, l.len);
        size_t glyph = l.code ? 0 : bullet_glyph(l.text, l.len);
        l.bullet = glyph > 0;
        l.text += glyph;
        l.len -= glyph;
        struct sc_lex_token *t;
        size_t nt, m = 0;
        if (!sc_lex_tokens(src->lex, l.text, l.len, &t, &nt))
            return false;
        l.n_words = (unsigned)nt;
        for (size_t i = 0; i < nt && m + 12 < sizeof folded; i++)
            if (!t[i].number) { /* "Page 3" recurs as "Page" */
                memcpy(folded + m, &t[i].term, sizeof t[i].term);
                m += sizeof t[i].term;
            }
        for (size_t i = 0; i < m; i++)
            folded[i] = folded[i] ? folded[i] : 1;
        l.key = sc_lex_intern(keys, folded, m);
        l.valid = (l.code || is_language(&l)) &&
                  (l.confidence < 0 || l.confidence >= 0.45) && m > 0;
        lines[(*n)++] = l;
    }
    return !src->arena->failed;
}

/* The largest line near the top; without boxes the first line. */
static int find_title(const struct raw_line *l, size_t n, int height)
{
    int best = -1;
    double tallest = 0, typical = 0;
    unsigned measured = 0, seen = 0;
    for (size_t i = 0; i < n; i++)
        if (l[i].valid && l[i].height > 0) {
            typical += l[i].height;
            measured++;
        }
    typical = measured ? typical / measured : 0;
    for (size_t i = 0; i < n && seen < 6; i++) {
        if (!l[i].valid || l[i].code || l[i].n_words > TITLE_MAX_WORDS)
            continue;
        seen++;
        if (measured == 0) {
            if (!l[i].bullet && l[i].text[l[i].len - 1] != '.')
                best = (int)i;
            break;
        }
        if (height > 0 && l[i].y > 0.6 * height)
            continue;
        /* A tie goes to the upper line: a few pixels are noise. */
        if (l[i].height > tallest * 1.12) {
            tallest = l[i].height;
            best = (int)i;
        }
    }
    if (best >= 0 && l[best].bullet && tallest < 1.3 * typical)
        return -1;
    return best;
}

static bool set_text(struct sc_source *src, const char *s, size_t len, const char **text,
                     struct sc_lex_token **tokens, size_t *n)
{
    *text = sc_arena_strndup(src->arena, s, len);
    return *text && sc_lex_tokens(src->lex, *text, len, tokens, n);
}

static bool add_line(struct sc_source *src, struct sc_slide_text *out, size_t *cap,
                     struct sc_slide_line line, const struct sc_buf *text)
{
    struct sc_slide_line *all =
        sc_arena_grow(src->arena, out->lines, out->n_lines, cap, sizeof *all);
    if (!all || text->failed ||
        !set_text(src, text->data, text->len, &line.text, &line.tokens, &line.n_tokens))
        return false;
    line.news = line.kind == SC_SLIDE_BULLET && sc_announcement_kind(line.text) != NULL;
    out->lines = all;
    all[out->n_lines++] = line;
    return true;
}

/*
 * Whether a line goes on with the one before. A glyph of its own starts anew.
 */
static bool continues(const struct raw_line *prev, const struct raw_line *l, bool glyphs)
{
    if (l->bullet || prev->code)
        return false;
    char last = prev->text[prev->len - 1];
    if (last == '.' || last == ':' || last == ';')
        return false;
    if (islower((unsigned char)l->text[0]) && (prev->n_words >= 3 || prev->bullet))
        return true;
    return glyphs && prev->bullet && prev->height > 0 && l->height > 0 &&
           l->x > prev->x + 0.4 * prev->height && l->y > prev->y;
}

/* Bullets with their wrapped lines joined, and runs of code. */
static bool add_lines(struct sc_source *src, struct sc_slide_text *out,
                      const struct raw_line *l, size_t n, size_t *cap)
{
    struct sc_buf text = SC_BUF_INIT(1 << 20);
    bool glyphs = false, ok = true, all_code = sc_str_eq(out->slide->kind, "code");
    size_t code_lines = 0;
    for (size_t i = 0; i < n; i++) {
        glyphs |= l[i].bullet;
        code_lines += l[i].code;
    }
    all_code |= code_lines >= 3 && code_lines * 2 >= n;
    for (size_t i = 0; ok && i < n;) {
        struct sc_slide_line line = {.bullet = l[i].bullet};
        sc_buf_clear(&text);
        size_t k = i;
        bool code = l[i].code && (all_code || (i + 1 < n && l[i + 1].code));
        if (code) {
            /* Inside code even a line that does not look like it belongs. */
            size_t least = SIZE_MAX;
            while (k < n && (l[k].code || all_code))
                least = l[k].indent < least ? l[k].indent : least, k++;
            line.kind = SC_SLIDE_CODE;
            for (size_t j = i; j < k; j++) {
                if (j > i)
                    sc_buf_add_char(&text, '\n');
                for (size_t s = least; s < l[j].indent; s++)
                    sc_buf_add_char(&text, ' ');
                sc_buf_add(&text, l[j].text, l[j].len);
            }
        } else {
            sc_buf_add(&text, l[k].text, l[k].len);
            for (k++; k < n && !l[k].code && continues(&l[k - 1], &l[k], glyphs) &&
                      text.len < MAX_LINE_BYTES;
                 k++) {
                /* A term on a line of its own, what it means below. */
                bool term =
                    k == i + 1 && l[i].bullet && l[i].n_words <= 3 && l[k].n_words >= 4;
                sc_buf_add_str(&text, term ? ": " : " ");
                sc_buf_add(&text, l[k].text, l[k].len);
            }
        }
        ok = add_line(src, out, cap, line, &text);
        i = k;
    }
    sc_buf_finish(&text);
    return ok;
}

static bool build_slide(struct sc_source *src, struct sc_slide_text *out,
                        struct raw_line *l, size_t n)
{
    size_t kept = 0, cap = 0;
    for (size_t i = 0; i < n; i++)
        if (l[i].valid || (kept && l[i].n_words && sc_str_eq(out->slide->kind, "code")))
            l[kept++] = l[i];
    int t = find_title(l, kept, src->deck->height);
    size_t from = 0;
    if (t >= 0) {
        struct sc_buf title = SC_BUF_INIT(0);
        sc_buf_add(&title, l[t].text, l[t].len);
        from = (size_t)t + 1;
        /* A title that wraps. */
        if (from < kept && l[t].height > 0 && l[from].height > 0.88 * l[t].height &&
            l[from].height < 1.15 * l[t].height && !l[from].bullet && !l[from].code &&
            l[t].n_words + l[from].n_words <= TITLE_MAX_WORDS &&
            l[from].y - l[t].y < 2.2 * l[t].height && kept > from + 1 &&
            l[from + 1].height < 0.85 * l[t].height) {
            sc_buf_add_char(&title, ' ');
            sc_buf_add(&title, l[from].text, l[from].len);
            from++;
        }
        bool ok = !title.failed && set_text(src, title.data, title.len, &out->title,
                                            &out->title_tokens, &out->n_title_tokens);
        sc_buf_finish(&title);
        if (!ok)
            return false;
        /* Small lines above the title (a running head) are dropped. */
    }
    if (!add_lines(src, out, l + from, kept - from, &cap))
        return false;
    if (out->n_lines == 0 && out->slide->description && out->slide->description[0]) {
        struct sc_buf d = SC_BUF_INIT(0);
        sc_buf_add_str(&d, out->slide->description);
        bool ok = add_line(src, out, &cap, (struct sc_slide_line){0}, &d);
        sc_buf_finish(&d);
        return ok;
    }
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct sc_visit *x = a, *y = b;
    if (x->start_s != y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return x->slide - y->slide;
}

static bool read_visits(struct sc_source *src)
{
    const struct sc_slide_deck *d = src->deck;
    size_t n = 0;
    for (size_t i = 0; i < d->n_slides; i++)
        n += d->slides[i].n_ranges ? d->slides[i].n_ranges : 1;
    src->visits = sc_arena_alloc(src->arena, n, sizeof *src->visits);
    if (!src->visits)
        return false;
    for (size_t i = 0; i < d->n_slides; i++) {
        const struct sc_slide *s = &d->slides[i];
        for (size_t r = 0; r < s->n_ranges; r++)
            src->visits[src->n_visits++] =
                (struct sc_visit){s->ranges[r].start_s, s->ranges[r].end_s, (int)i};
        if (s->n_ranges == 0)
            src->visits[src->n_visits++] =
                (struct sc_visit){s->timestamp_s, s->end_s, (int)i};
    }
    qsort(src->visits, n, sizeof *src->visits, by_start);
    /* Old files tell no end: a slide stays until the next. Never overlapping. */
    for (size_t i = 0; i < n; i++) {
        struct sc_visit *v = &src->visits[i];
        double next = i + 1 < n ? src->visits[i + 1].start_s
                                : fmax(v->start_s + 60, src->duration_s);
        if (v->end_s <= v->start_s || (i + 1 < n && v->end_s > next))
            v->end_s = next;
    }
    return true;
}

static bool title_has(const char *title, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasestr(title, words[i]))
            return true;
    return false;
}

/* Titles that name no subject: nothing can be asked about them. */
static bool generic_title(const char *t)
{
    static const char *const generic[] = {
        "summary",     "introduction",  "conclusion", "conclusions", "recap",
        "overview",    "questions",     "thank you",  "example",     "examples",
        "review",      "key takeaways", "takeaways",  "quiz",        "exercise",
        "exercises",   "references",    "demo",       "notes",       "today",
        "definitions", "motivation",    "background", "question",    "q&a",
        "wrap up"};
    for (size_t i = 0; i < sizeof generic / sizeof generic[0]; i++)
        if (sc_str_ieq(t, generic[i]))
            return true;
    return false;
}

/* An agenda teaches nothing; homework and dates are announcements. */
static void find_roles(struct sc_source *src)
{
    static const char *const agenda[] = {"agenda",
                                         "outline",
                                         "contents",
                                         "today's topics",
                                         "what we will cover",
                                         "learning objectives",
                                         "roadmap",
                                         "overview of",
                                         "questions?",
                                         "thank you",
                                         "any doubts"};
    static const char *const news[] = {
        "homework",   "announcement", "assignment", "deadline",
        "next class", "next lecture", "next steps", "schedule",
        "logistics",  "housekeeping", "reminder",   "what's next",
        "to do",      "गृहकार्य",       "作业",       "宿題"};
    for (size_t i = 0; i < src->n_slides; i++) {
        const char *t = src->slides[i].title;
        if (!t || src->slides[i].n_title_tokens > 6)
            continue;
        src->slides[i].generic = generic_title(t);
        if (title_has(t, agenda, sizeof agenda / sizeof agenda[0]))
            src->slides[i].role = SC_SLIDE_AGENDA;
        else if (title_has(t, news, sizeof news / sizeof news[0]) &&
                 !strcasestr(t, "operator") && !strcasestr(t, "scheduling") &&
                 !strcasestr(t, "scheduler"))
            src->slides[i].role = SC_SLIDE_NEWS;
    }
}

static void find_repeats(struct sc_source *src)
{
    for (size_t i = 0; i < src->n_slides; i++) {
        struct sc_slide_text *s = &src->slides[i];
        s->same_as = -1;
        /* Slides of one title follow each other: look back a little only. */
        for (size_t k = i; s->title && k > 0 && i - k < 50; k--)
            if (src->slides[k - 1].title &&
                sc_str_ieq(src->slides[k - 1].title, s->title)) {
                const struct sc_slide_text *o = &src->slides[k - 1];
                s->same_as = o->same_as >= 0 ? o->same_as : (int)k - 1;
                break;
            }
    }
}

bool sc_source_read_slides(struct sc_source *src)
{
    const struct sc_slide_deck *d = src->deck;
    if (!d || d->n_slides == 0)
        return true;
    struct sc_arena scratch = {0};
    struct sc_lex *keys = sc_lex_create(&scratch);
    src->n_slides = d->n_slides;
    src->slides = sc_arena_alloc(src->arena, d->n_slides, sizeof *src->slides);
    struct raw_line **lines = sc_arena_alloc(&scratch, d->n_slides, sizeof *lines);
    size_t *n = sc_arena_alloc(&scratch, d->n_slides, sizeof *n);
    struct raw_line *tmp = sc_arena_alloc(&scratch, MAX_LINES, sizeof *tmp);
    bool ok = keys && src->slides && lines && n && tmp && read_visits(src);
    for (size_t i = 0; ok && i < d->n_slides; i++) {
        ok = split_lines(src, keys, &d->slides[i], tmp, &n[i]);
        lines[i] = sc_arena_alloc(&scratch, n[i] + 1, sizeof **lines);
        ok = ok && lines[i];
        if (ok && n[i])
            memcpy(lines[i], tmp, n[i] * sizeof *tmp);
    }
    size_t n_keys = keys ? sc_lex_count(keys) : 0;
    uint32_t *on = sc_arena_alloc(&scratch, n_keys + 1, sizeof *on);
    uint32_t *seen = sc_arena_alloc(&scratch, n_keys + 1, sizeof *seen);
    ok = ok && on && seen;
    for (size_t i = 0; ok && i < d->n_slides; i++)
        for (size_t l = 0; l < n[i]; l++)
            if (lines[i][l].key < n_keys && seen[lines[i][l].key] != i + 1) {
                seen[lines[i][l].key] = (uint32_t)i + 1;
                on[lines[i][l].key]++;
            }
    for (size_t i = 0; ok && i < d->n_slides; i++) {
        for (size_t l = 0; l < n[i]; l++)
            if (lines[i][l].key < n_keys && !lines[i][l].code &&
                d->n_slides >= RECUR_MIN_SLIDES &&
                on[lines[i][l].key] * 10 >= d->n_slides * 6)
                lines[i][l].valid = false;
        src->slides[i].slide = &d->slides[i];
        ok = build_slide(src, &src->slides[i], lines[i], n[i]);
    }
    if (ok)
        find_repeats(src);
    find_roles(src);
    ok = ok && !scratch.failed;
    sc_arena_finish(&scratch);
    return ok;
}
