#include "lecture_maker.h"

#include "base/proc.h"
#include "canvas.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SCENES = 2000, MAX_LINES = 90, LINE_SIZE = 100, MAX_STEPS = 12 };

enum scene_kind {
    BULLETS,
    TABLE,
    CHART,
    CODE,
    EDITOR,
    TYPING,
    DIAGRAM,
    FILM,
    PHOTO,
    CAMERA,
    BLANK,
    KINDS
};
static const char *const kind_names[KINDS] = {"bullets", "table",  "chart",   "code",
                                              "editor",  "typing", "diagram", "film",
                                              "photo",   "camera", "blank"};

struct theme {
    struct colour back, ink, accent, dim;
    enum font font, head;
    bool band;   /* a coloured band behind the title */
    bool footer; /* page number and course name */
};

struct scene {
    enum scene_kind kind;
    uint64_t seed; /* all of its content follows from this */
    struct theme theme;
    double start_s, end_s;
    int page;
    int n_steps;              /* states: bullets shown, numbers, scroll positions */
    double step_s[MAX_STEPS]; /* when each begins, from start_s */
    int step_pos[MAX_STEPS];  /* EDITOR: first line shown */
    bool step_new[MAX_STEPS]; /* this state is a slide of its own */
    double fade_s;   /* crossfade from the scene before; negative: through black */
    int revisit_of;  /* scene shown again in its final state, or -1 */
    int truth_first; /* index of the first truth slide */
};

struct maker {
    struct lecture_options o;
    uint64_t rng;
    struct scene *scenes;
    int n_scenes;
    struct truth truth;
    int scale;      /* pixels per 720p pixel, times 1000 */
    int cam_corner; /* 0..3, or -1: no inset */
    int cam_w, cam_h;
    double cam_from_s, cam_to_s;
};

static uint64_t next(uint64_t *s)
{
    uint64_t z = (*s += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static int pick(uint64_t *s, int n)
{
    return (int)(next(s) % (uint64_t)n);
}

static double uniform(uint64_t *s, double lo, double hi)
{
    return lo + (hi - lo) * (double)(next(s) >> 11) / 9007199254740992.0;
}

static int px(const struct maker *m, int at720)
{
    return (int)((long)at720 * m->scale / 1000);
}

/* ---- content ---- */

static const char *const words[] = {
    "graph",    "vertex",  "edge",     "matrix",  "queue",   "stack",    "binary",
    "search",   "sorted",  "array",    "linear",  "time",    "space",    "memory",
    "cache",    "pointer", "node",     "tree",    "depth",   "breadth",  "first",
    "visited",  "weight",  "shortest", "path",    "cycle",   "proof",    "bound",
    "lower",    "upper",   "case",     "average", "hash",    "table",    "bucket",
    "function", "input",   "output",   "state",   "dynamic", "greedy",   "optimal",
    "choice",   "problem", "divide",   "conquer", "merge",   "partition"};

static void phrase(uint64_t *s, int n, bool capital, char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < n; i++) {
        const char *w = words[pick(s, (int)(sizeof words / sizeof words[0]))];
        size_t len = strlen(out);
        snprintf(out + len, size - len, "%s%s", i ? " " : "", w);
        if (i == 0 && capital && out[0])
            out[0] = (char)(out[0] - 'a' + 'A');
    }
}

static void code_line(uint64_t *s, int depth, char *out, size_t size)
{
    char a[16], b[16];
    phrase(s, 1, false, a, sizeof a);
    phrase(s, 1, false, b, sizeof b);
    int n = snprintf(out, size, "%*s", depth * 4, "");
    char *p = out + n;
    size_t left = size - (size_t)n;
    switch (pick(s, 7)) {
    case 0:
        snprintf(p, left, "int %s = %s[%d];", a, b, pick(s, 100));
        break;
    case 1:
        snprintf(p, left, "if (%s < %s) {", a, b);
        break;
    case 2:
        snprintf(p, left, "%s = %s(%d, %s);", a, b, pick(s, 50), a);
        break;
    case 3:
        snprintf(p, left, "for (int i = 0; i < %s; i++) {", a);
        break;
    case 4:
        snprintf(p, left, "return %s + %s;", a, b);
        break;
    case 5:
        snprintf(p, left, "}");
        break;
    default:
        snprintf(p, left, "// %s of the %s", a, b);
        break;
    }
}

static struct theme random_theme(uint64_t *s)
{
    struct theme t = {0};
    static const int light[][3] = {{255, 255, 255}, {250, 248, 240}, {235, 240, 250}};
    static const int dark[][3] = {{30, 30, 30}, {18, 24, 40}, {40, 44, 52}, {0, 0, 0}};
    if (pick(s, 5) < 3) {
        const int *c = light[pick(s, 3)];
        t.back = colour_rgb(c[0], c[1], c[2]);
        t.ink = colour_rgb(30, 30, 40);
        t.dim = colour_rgb(120, 120, 130);
    } else {
        const int *c = dark[pick(s, 4)];
        t.back = colour_rgb(c[0], c[1], c[2]);
        t.ink = colour_rgb(220, 220, 225);
        t.dim = colour_rgb(130, 140, 150);
    }
    t.accent = colour_rgb(pick(s, 200), 60 + pick(s, 140), 100 + pick(s, 150));
    t.font = pick(s, 3) ? FONT_SANS : FONT_SERIF;
    t.head = FONT_BOLD;
    t.band = pick(s, 3) == 0;
    t.footer = pick(s, 2) == 0;
    return t;
}

/* ---- drawing a scene's state ---- */

static void draw_head(struct maker *m, struct canvas *c, const struct scene *sc,
                      uint64_t *s)
{
    char title[LINE_SIZE], page[40];
    phrase(s, 2 + pick(s, 3), true, title, sizeof title);
    canvas_fill(c, sc->theme.back);
    if (sc->theme.band)
        canvas_box(c, 0, 0, c->w, px(m, 100), sc->theme.accent);
    canvas_text(c, sc->theme.head, px(m, 44), px(m, 70), px(m, 68), title,
                sc->theme.band ? colour_rgb(255, 255, 255) : sc->theme.ink, 0, 0);
    if (sc->theme.footer) {
        snprintf(page, sizeof page, "%d", sc->page);
        canvas_text(c, FONT_SANS, px(m, 18), px(m, 60), px(m, 700),
                    "CS 204 Data structures", sc->theme.dim, 0, 0);
        canvas_text(c, FONT_SANS, px(m, 18), px(m, 1210), px(m, 700), page, sc->theme.dim,
                    0, 0);
    }
}

static void draw_bullets(struct maker *m, struct canvas *c, const struct scene *sc,
                         int step)
{
    uint64_t s = sc->seed;
    char text[LINE_SIZE];
    draw_head(m, c, sc, &s);
    int size = 26 + pick(&s, 10), y = 180;
    for (int i = 0; i < sc->n_steps; i++) {
        phrase(&s, 3 + pick(&s, 5), true, text, sizeof text);
        if (i > step)
            break;
        canvas_disc(c, px(m, 100), px(m, y - size / 3), px(m, 6), px(m, 6),
                    sc->theme.accent);
        canvas_text(c, sc->theme.font, px(m, size), px(m, 130), px(m, y), text,
                    sc->theme.ink, 0, 0);
        y += size * 2;
    }
}

/* Each step changes one number. */
static void draw_table(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int rows = 4 + pick(&s, 3), cols = 3 + pick(&s, 3), cells[8][8];
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < cols; k++)
            cells[r][k] = 10 + pick(&s, 90);
    for (int i = 1; i < sc->n_steps; i++) {
        int r = pick(&s, rows), k = pick(&s, cols), v = 10 + pick(&s, 90);
        if (i <= step)
            cells[r][k] = v == cells[r][k] ? (v % 89) + 10 : v;
    }
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < cols; k++) {
            char text[16];
            snprintf(text, sizeof text, "%d", cells[r][k]);
            canvas_frame(c, px(m, 100 + k * 150), px(m, 160 + r * 70), px(m, 150),
                         px(m, 70), 2, sc->theme.dim);
            canvas_text(c, sc->theme.font, px(m, 30), px(m, 150 + k * 150),
                        px(m, 205 + r * 70), text, sc->theme.ink, 0, 0);
        }
}

static void draw_chart(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    (void)step;
    uint64_t s = sc->seed;
    char text[LINE_SIZE];
    draw_head(m, c, sc, &s);
    canvas_line(c, px(m, 150), px(m, 600), px(m, 1100), px(m, 600), 3, sc->theme.ink);
    canvas_line(c, px(m, 150), px(m, 150), px(m, 150), px(m, 600), 3, sc->theme.ink);
    for (int i = 0, n = 4 + pick(&s, 5); i < n; i++) {
        int h = 60 + pick(&s, 350);
        canvas_box(c, px(m, 190 + i * 100), px(m, 600 - h), px(m, 60), px(m, h),
                   sc->theme.accent);
        phrase(&s, 1, false, text, sizeof text);
        canvas_text(c, FONT_SANS, px(m, 18), px(m, 185 + i * 100), px(m, 630), text,
                    sc->theme.ink, 0, 0);
    }
}

static void draw_diagram(struct maker *m, struct canvas *c, const struct scene *sc,
                         int step)
{
    (void)step;
    uint64_t s = sc->seed;
    char text[LINE_SIZE];
    draw_head(m, c, sc, &s);
    int lx = 0, ly = 0;
    for (int i = 0, n = 4 + pick(&s, 4); i < n; i++) {
        int x = 120 + (i % 4) * 270, y = 200 + (i / 4) * 220 + pick(&s, 60);
        if (i)
            canvas_line(c, px(m, lx + 160), px(m, ly + 40), px(m, x), px(m, y + 40), 3,
                        sc->theme.dim);
        canvas_frame(c, px(m, x), px(m, y), px(m, 160), px(m, 80), 3, sc->theme.accent);
        phrase(&s, 1, false, text, sizeof text);
        canvas_text(c, sc->theme.font, px(m, 24), px(m, x + 15), px(m, y + 50), text,
                    sc->theme.ink, 0, 0);
        lx = x;
        ly = y;
    }
}

/* Lines of code from `first` (in 1/16 lines) with a gutter. `shown` limits them. */
static void draw_code(struct maker *m, struct canvas *c, const struct scene *sc,
                      int first16, int shown)
{
    uint64_t s = sc->seed;
    char text[LINE_SIZE], number[16];
    int size = 18 + pick(&s, 6), lead = size + 6, top = 60;
    struct colour back = sc->theme.back, ink = sc->theme.ink;
    canvas_fill(c, back);
    canvas_box(c, 0, 0, c->w, px(m, top - 10), sc->theme.accent);
    canvas_text(c, FONT_SANS, px(m, 18), px(m, 30), px(m, 32), "main.c",
                colour_rgb(255, 255, 255), 0, 0);
    for (int i = 0, depth = 1; i < MAX_LINES; i++) {
        code_line(&s, depth, text, sizeof text);
        depth = 1 + pick(&s, 3);
        int y = top + lead + (i * 16 - first16) * lead / 16;
        if (y < top || y > 720 + lead || i >= shown)
            continue;
        snprintf(number, sizeof number, "%3d", i + 1);
        canvas_text(c, FONT_MONO, px(m, size), px(m, 20), px(m, y), number, sc->theme.dim,
                    px(m, top), c->h);
        canvas_text(c, FONT_MONO, px(m, size), px(m, 90), px(m, y), text, ink, px(m, top),
                    c->h);
    }
}

static void draw_film(struct maker *m, struct canvas *c, const struct scene *sc, double t)
{
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int x0 = px(m, 200), y0 = px(m, 170), w = px(m, 640), h = px(m, 400);
    canvas_box(c, x0, y0, w, h, colour_rgb(60, 90, 120));
    for (int i = 0; i < 6; i++) {
        double a = t * (0.7 + 0.3 * i) + i;
        canvas_disc(c, x0 + w / 2 + (int)(cos(a) * w / 3),
                    y0 + h / 2 + (int)(sin(a * 1.3) * h / 3), px(m, 40 + 8 * i),
                    px(m, 36 + 6 * i), colour_rgb(40 * i, 255 - 40 * i, 90 + 20 * i));
    }
}

static void draw_photo(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    (void)step;
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int x0 = px(m, 160), y0 = px(m, 140), w = px(m, 960), h = px(m, 500);
    double fx = uniform(&s, 0.005, 0.03), fy = uniform(&s, 0.005, 0.03),
           p = uniform(&s, 0, 6);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double v = 120 + 60 * sin(x * fx + p) * cos(y * fy) + (double)(x * 30) / w;
            c->y[(size_t)(y0 + y) * (size_t)c->w + (size_t)(x0 + x)] = (uint8_t)v;
        }
    for (int i = 0; i < 5; i++)
        canvas_disc(c, x0 + pick(&s, w), y0 + pick(&s, h), 20 + pick(&s, 60),
                    20 + pick(&s, 60),
                    colour_rgb(pick(&s, 255), pick(&s, 255), pick(&s, 255)));
}

/* A person before a wall with shelves; noise as of a sensor. */
static void draw_person(struct canvas *c, int x0, int y0, int w, int h, double t,
                        uint64_t seed)
{
    uint64_t s = seed;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            size_t at = (size_t)(y0 + y) * (size_t)c->w + (size_t)(x0 + x);
            c->y[at] = (uint8_t)(90 + 50 * y / h + 30 * x / w);
            c->u[(size_t)((y0 + y) / 2) * (size_t)(c->w / 2) + (size_t)((x0 + x) / 2)] =
                122;
            c->v[(size_t)((y0 + y) / 2) * (size_t)(c->w / 2) + (size_t)((x0 + x) / 2)] =
                136;
        }
    for (int i = 0; i < 7; i++)
        canvas_box(c, x0 + pick(&s, w * 9 / 10), y0 + pick(&s, h / 2), w / 12, h / 6,
                   colour_rgb(60 + pick(&s, 120), 60 + pick(&s, 100), 50 + pick(&s, 90)));
    double sway = sin(t * 1.1) * 0.05 + sin(t * 2.7 + 1) * 0.02,
           nod = sin(t * 3.1) * 0.02;
    int cx = x0 + (int)(w * (0.5 + sway)), cy = y0 + (int)(h * (0.42 + nod));
    int bottom = y0 + h;
    for (int y = cy + h / 6; y < bottom; y++)
        canvas_box(c, cx - w / 5, y, w * 2 / 5 < w ? w * 2 / 5 : w, 1,
                   colour_rgb(50, 60, 110));
    canvas_disc(c, cx, cy, w / 9, h / 5, colour_rgb(205, 160, 130));
    canvas_disc(c, cx, cy + h / 10, w / 30, (int)(h / 60 * (1.5 + sin(t * 9))),
                colour_rgb(120, 40, 40));
    uint64_t n = (uint64_t)(t * 1000) + seed;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x += 8) {
            uint64_t r = next(&n);
            for (int k = 0; k < 8 && x + k < w; k++, r >>= 8) {
                uint8_t *p =
                    &c->y[(size_t)(y0 + y) * (size_t)c->w + (size_t)(x0 + x + k)];
                *p = (uint8_t)(*p + (int)(r & 7) - 3);
            }
        }
}

/* The state of a scene; `smooth16` overrides the scroll position when >= 0. */
static void draw_state(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step, double t, int smooth16)
{
    switch (sc->kind) {
    case BULLETS:
        draw_bullets(m, c, sc, step);
        break;
    case TABLE:
        draw_table(m, c, sc, step);
        break;
    case CHART:
        draw_chart(m, c, sc, step);
        break;
    case CODE:
        draw_code(m, c, sc, 0, 22);
        break;
    case EDITOR:
        draw_code(m, c, sc, smooth16 >= 0 ? smooth16 : sc->step_pos[step] * 16,
                  MAX_LINES);
        break;
    case TYPING:
        draw_code(m, c, sc, 0, 4 + step * 2);
        break;
    case DIAGRAM:
        draw_diagram(m, c, sc, step);
        break;
    case FILM:
        draw_film(m, c, sc, t);
        break;
    case PHOTO:
        draw_photo(m, c, sc, step);
        break;
    case CAMERA:
        draw_person(c, 0, 0, c->w, c->h, t, sc->seed);
        break;
    default:
        canvas_fill(c, colour_rgb(0, 0, 0));
        break;
    }
}

/* ---- the plan ---- */

static enum scene_kind random_kind(struct maker *m)
{
    static const int weights[KINDS] = {30, 10, 9, 9, 9, 6, 8, 5, 4, 6, 3};
    int total = 0, r;
    for (int k = 0; k < KINDS; k++)
        total += weights[k];
    r = pick(&m->rng, total);
    int k = 0;
    while (r >= weights[k])
        r -= weights[k++];
    return (enum scene_kind)k;
}

static void plan_steps(struct maker *m, struct scene *sc)
{
    uint64_t *s = &m->rng;
    double t = 0;
    sc->n_steps = 1;
    sc->step_new[0] = true;
    switch (sc->kind) {
    case BULLETS:
        sc->n_steps = 2 + pick(s, 5);
        if (pick(s, 3) == 0) { /* all at once, short now and then */
            for (int i = 1; i < sc->n_steps; i++)
                sc->step_s[i] = 0;
            t = pick(s, 3) ? uniform(s, 6, 40) : uniform(s, 3, 5);
            break;
        }
        for (int i = 0; i < sc->n_steps; i++, t += uniform(s, 2, 12))
            sc->step_s[i] = t;
        t += uniform(s, 3, 15);
        break;
    case TABLE:
        sc->n_steps = 1 + pick(s, 4);
        for (int i = 0; i < sc->n_steps; i++, t += uniform(s, 5, 18)) {
            sc->step_s[i] = t;
            sc->step_new[i] = true;
        }
        break;
    case EDITOR:
        sc->n_steps = 2 + pick(s, 5);
        for (int i = 0, pos = 0; i < sc->n_steps; i++, t += uniform(s, 4, 14)) {
            bool page = i > 0 && pick(s, 2);
            if (i > 0)
                pos += page ? 26 : 1 + pick(s, 3);
            if (pos > MAX_LINES - 28) {
                sc->n_steps = i;
                break;
            }
            sc->step_s[i] = t;
            sc->step_pos[i] = pos;
            sc->step_new[i] = i == 0 || page;
        }
        break;
    case TYPING:
        sc->n_steps = 4 + pick(s, 7);
        for (int i = 0; i < sc->n_steps; i++, t += uniform(s, 2, 5))
            sc->step_s[i] = t;
        t += uniform(s, 2, 8);
        break;
    case BLANK:
        t = uniform(s, 1.5, 4);
        break;
    case CAMERA:
        t = uniform(s, 5, 40);
        break;
    default:
        t = pick(s, 4) ? uniform(s, 6, 45) : uniform(s, 3, 5);
        break;
    }
    sc->end_s = sc->start_s + t;
}

/* The last state that is on screen long enough to be seen. */
static int final_step(const struct scene *sc)
{
    int k = sc->n_steps - 1;
    if (sc->revisit_of >= 0)
        return k;
    while (k > 0 && sc->start_s + sc->step_s[k] > sc->end_s - 1.5)
        k--;
    return k;
}

static void plan(struct maker *m)
{
    uint64_t *s = &m->rng;
    double t = 0;
    struct theme theme = random_theme(s);
    for (int page = 1; t < m->o.duration_s - 4 && m->n_scenes < MAX_SCENES;) {
        struct scene *sc = &m->scenes[m->n_scenes];
        *sc = (struct scene){
            .start_s = t, .seed = next(s), .revisit_of = -1, .theme = theme};
        if (pick(s, 12) == 0)
            theme = random_theme(s);
        enum scene_kind last = m->n_scenes ? m->scenes[m->n_scenes - 1].kind : BLANK;
        sc->kind = m->o.no_slides ? CAMERA : random_kind(m);
        if (!m->o.no_slides && (sc->kind == CAMERA || sc->kind == BLANK) &&
            (last == CAMERA || last == BLANK))
            sc->kind = BULLETS;
        if (sc->kind == CODE || sc->kind == EDITOR || sc->kind == TYPING)
            sc->theme = random_theme(&(uint64_t){sc->seed});
        int fade = pick(s, 6);
        sc->fade_s = fade == 0   ? uniform(s, 0.3, 1.2)
                     : fade == 1 ? -uniform(s, 0.4, 1.0)
                                 : 0;
        if (sc->kind == CAMERA || m->n_scenes == 0)
            sc->fade_s = 0;
        int back = m->n_scenes - 2 - pick(s, 8);
        if (sc->kind < FILM && back >= 0 && pick(s, 6) == 0) {
            const struct scene *old = &m->scenes[back];
            if (old->kind < FILM && old->revisit_of < 0) {
                double start = sc->start_s, f = sc->fade_s;
                *sc = *old;
                sc->start_s = start;
                sc->fade_s = f;
                sc->n_steps = final_step(old) + 1;
                sc->revisit_of = back;
                sc->end_s = start + uniform(s, 4, 20);
            }
        }
        if (sc->revisit_of < 0) {
            plan_steps(m, sc);
            sc->page = page++;
        }
        if (sc->end_s > m->o.duration_s)
            sc->end_s = m->o.duration_s;
        t = sc->end_s;
        m->n_scenes++;
    }
    if (m->n_scenes)
        m->scenes[m->n_scenes - 1].end_s = m->o.duration_s;
}

/* ---- the truth ---- */

static bool add_truth(struct maker *m, struct scene *sc, int from, int to)
{
    struct truth_slide *grown =
        realloc(m->truth.slides, (m->truth.n + 1) * sizeof *grown);
    struct canvas c = {0};
    if (!grown || !canvas_init(&c, m->o.width, m->o.height))
        return false;
    m->truth.slides = grown;
    struct truth_slide *t = &grown[m->truth.n++];
    *t = (struct truth_slide){.start_s = sc->start_s + sc->step_s[from], .n_ranges = 1};
    t->end_s = to + 1 < sc->n_steps ? sc->start_s + sc->step_s[to + 1] : sc->end_s;
    snprintf(t->kind, sizeof t->kind, "%s", kind_names[sc->kind]);
    draw_state(m, &c, sc, to, 0, -1);
    t->y = c.y;
    return true;
}

static bool make_truth(struct maker *m)
{
    m->truth.width = m->o.width;
    m->truth.height = m->o.height;
    for (int i = 0; i < m->n_scenes; i++) {
        struct scene *sc = &m->scenes[i];
        if (sc->kind == CAMERA || sc->kind == BLANK)
            continue;
        if (sc->revisit_of >= 0) {
            /* A revisit shows the last of the old scene's slides. */
            const struct scene *old = &m->scenes[sc->revisit_of];
            int k = old->truth_first;
            for (int j = 1; j <= final_step(old); j++)
                k += old->step_new[j];
            m->truth.slides[k].n_ranges++;
            m->truth.slides[k].end_s = sc->end_s;
            continue;
        }
        sc->truth_first = (int)m->truth.n;
        int last = final_step(sc);
        for (int from = 0; from <= last;) {
            int to = from;
            while (to < last && !sc->step_new[to + 1])
                to++;
            if (!add_truth(m, sc, from, to))
                return false;
            from = to + 1;
        }
    }
    return true;
}

void truth_finish(struct truth *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->slides[i].y);
    free(t->slides);
    *t = (struct truth){0};
}

/* ---- frames ---- */

struct camera_state {
    struct canvas base, before, frame, cached;
    int cached_scene, cached_step;
    double popup_from, popup_to;
    int popup_x, popup_y, popup_w, popup_h;
    double cx, cy, tx, ty, move_at;
    bool cursor;
};

static int step_at(const struct scene *sc, double t)
{
    int k = final_step(sc);
    while (sc->revisit_of < 0 && k > 0 && sc->start_s + sc->step_s[k] > t + 1e-6)
        k--;
    return k;
}

static void draw_layer(struct maker *m, struct camera_state *cs, int i, double t)
{
    const struct scene *sc = &m->scenes[i];
    int step = step_at(sc, t), smooth = -1;
    double since = t - sc->start_s - sc->step_s[step];
    if (sc->kind == EDITOR && step > 0 && sc->revisit_of < 0 && since < 0.6) {
        double from = sc->step_pos[step - 1] * 16, to = sc->step_pos[step] * 16;
        smooth = (int)(from + (to - from) * since / 0.6);
    }
    bool live = sc->kind == FILM || sc->kind == CAMERA || smooth >= 0;
    if (live || cs->cached_scene != i || cs->cached_step != step) {
        draw_state(m, &cs->cached, sc, step, t, smooth);
        cs->cached_scene = live ? -1 : i;
        cs->cached_step = step;
    }
    canvas_copy(&cs->frame, &cs->cached);
}

static void draw_cursor(struct maker *m, struct camera_state *cs, double t)
{
    uint64_t *s = &m->rng;
    if (t >= cs->move_at) {
        cs->tx = uniform(s, 0.05, 0.95);
        cs->ty = uniform(s, 0.1, 0.9);
        cs->move_at = t + uniform(s, 1, 15);
        cs->cursor = pick(s, 5) != 0;
    }
    cs->cx += (cs->tx - cs->cx) * 0.3;
    cs->cy += (cs->ty - cs->cy) * 0.3;
    if (!cs->cursor)
        return;
    int x = (int)(cs->cx * m->o.width), y = (int)(cs->cy * m->o.height);
    for (int r = 0; r < px(m, 18); r++) {
        canvas_box(&cs->frame, x, y + r, r * 2 / 3 + 1, 1, colour_rgb(255, 255, 255));
        canvas_box(&cs->frame, x, y + r, 1, 1, colour_rgb(0, 0, 0));
        canvas_box(&cs->frame, x + r * 2 / 3, y + r, 2, 1, colour_rgb(0, 0, 0));
    }
}

static void draw_popup(struct maker *m, struct camera_state *cs, double t)
{
    uint64_t *s = &m->rng;
    if (t > cs->popup_to + 1) {
        cs->popup_from = t + uniform(s, 30, 200);
        cs->popup_to = cs->popup_from + uniform(s, 1.5, 5.5);
        cs->popup_w = px(m, 260 + pick(s, 160));
        cs->popup_h = px(m, 70 + pick(s, 90));
        bool corner = pick(s, 3) > 0;
        cs->popup_x =
            corner ? m->o.width - cs->popup_w - 10 : pick(s, m->o.width - cs->popup_w);
        cs->popup_y = corner ? px(m, 20) : pick(s, m->o.height - cs->popup_h);
    }
    if (t < cs->popup_from || t > cs->popup_to)
        return;
    canvas_box(&cs->frame, cs->popup_x, cs->popup_y, cs->popup_w, cs->popup_h,
               colour_rgb(245, 245, 245));
    canvas_frame(&cs->frame, cs->popup_x, cs->popup_y, cs->popup_w, cs->popup_h, 2,
                 colour_rgb(90, 90, 90));
    canvas_text(&cs->frame, FONT_BOLD, px(m, 18), cs->popup_x + px(m, 14),
                cs->popup_y + px(m, 28), "New message", colour_rgb(20, 20, 20), 0, 0);
    canvas_text(&cs->frame, FONT_SANS, px(m, 16), cs->popup_x + px(m, 14),
                cs->popup_y + px(m, 54), "can you share the slides",
                colour_rgb(60, 60, 60), 0, 0);
}

static void draw_frame(struct maker *m, struct camera_state *cs, int i, double t)
{
    const struct scene *sc = &m->scenes[i];
    draw_layer(m, cs, i, t);
    double since = t - sc->start_s, fade = fabs(sc->fade_s);
    if (i > 0 && fade > 0 && since < fade) {
        if (sc->fade_s > 0) {
            canvas_blend(&cs->frame, &cs->before, since / fade);
        } else {
            canvas_fill(&cs->base, colour_rgb(0, 0, 0));
            double k = since / fade;
            if (k < 0.5)
                canvas_copy(&cs->frame, &cs->before);
            canvas_blend(&cs->frame, &cs->base, fabs(k - 0.5) * 2);
        }
    } else {
        canvas_copy(&cs->before, &cs->frame); /* what the next scene fades from */
    }
    if (sc->kind == CAMERA)
        return;
    if (m->cam_corner >= 0 && t >= m->cam_from_s && t < m->cam_to_s) {
        int x = m->cam_corner & 1 ? m->o.width - m->cam_w : 0;
        int y = m->cam_corner & 2 ? m->o.height - m->cam_h : 0;
        draw_person(&cs->frame, x, y, m->cam_w, m->cam_h, t, 7);
    }
    draw_popup(m, cs, t);
    draw_cursor(m, cs, t);
}

static bool write_all(int fd, const void *data, size_t n)
{
    for (const char *p = data; n > 0;) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno != EINTR)
            return false;
        if (w > 0) {
            p += w;
            n -= (size_t)w;
        }
    }
    return true;
}

static bool encode(struct maker *m, const char *path)
{
    char size[32], fps[16], gop[16], crf[16];
    snprintf(size, sizeof size, "%dx%d", m->o.width, m->o.height);
    snprintf(fps, sizeof fps, "%d", m->o.fps);
    snprintf(gop, sizeof gop, "%d", m->o.gop);
    snprintf(crf, sizeof crf, "%d", m->o.crf);
    const char *argv[] = {"ffmpeg",
                          "-v",
                          "error",
                          "-nostdin",
                          "-y",
                          "-f",
                          "rawvideo",
                          "-pix_fmt",
                          "yuv420p",
                          "-s",
                          size,
                          "-r",
                          fps,
                          "-i",
                          "pipe:0",
                          "-c:v",
                          m->o.codec ? m->o.codec : "libx264",
                          "-preset",
                          m->o.preset ? m->o.preset : "veryfast",
                          "-crf",
                          crf,
                          "-g",
                          gop,
                          "-movflags",
                          "+faststart",
                          path,
                          NULL};
    struct sc_proc p;
    struct sc_error err = {0};
    if (!sc_proc_start(&p, argv, NULL, SC_PROC_STDIN, &err))
        return false;
    struct camera_state cs = {.cached_scene = -1, .cx = 0.5, .cy = 0.5};
    size_t bytes = (size_t)m->o.width * (size_t)m->o.height * 3 / 2;
    bool ok = canvas_init(&cs.base, m->o.width, m->o.height) &&
              canvas_init(&cs.before, m->o.width, m->o.height) &&
              canvas_init(&cs.frame, m->o.width, m->o.height) &&
              canvas_init(&cs.cached, m->o.width, m->o.height);
    long n = (long)(m->o.duration_s * m->o.fps);
    for (long k = 0, i = 0; ok && k < n; k++) {
        double t = (double)k / m->o.fps;
        while (i + 1 < m->n_scenes && m->scenes[i + 1].start_s <= t)
            i++;
        draw_frame(m, &cs, (int)i, t);
        ok = write_all(p.stdin_fd, cs.frame.y, bytes);
    }
    canvas_finish(&cs.base);
    canvas_finish(&cs.before);
    canvas_finish(&cs.frame);
    canvas_finish(&cs.cached);
    sc_proc_close_stdin(&p);
    int status = 1;
    return sc_proc_wait(&p, &status, &err) && status == 0 && ok;
}

bool lecture_make(const struct lecture_options *o, const char *video_path,
                  struct truth *out)
{
    if (!fonts_open())
        return false;
    struct maker m = {
        .o = *o, .rng = o->seed * 7919 + 1, .scale = o->height * 1000 / 720};
    m.scenes = calloc(MAX_SCENES, sizeof *m.scenes);
    m.cam_corner = pick(&m.rng, 3) ? pick(&m.rng, 4) : -1;
    m.cam_w = (px(&m, 200 + pick(&m.rng, 80))) & ~1;
    m.cam_h = (m.cam_w * 3 / 4) & ~1;
    m.cam_from_s = pick(&m.rng, 3) ? 0 : uniform(&m.rng, 0, o->duration_s / 2);
    m.cam_to_s = pick(&m.rng, 3) ? o->duration_s
                                 : uniform(&m.rng, o->duration_s / 2, o->duration_s);
    if (m.cam_corner >= 0) {
        m.truth.cam_x = m.cam_corner & 1 ? o->width - m.cam_w : 0;
        m.truth.cam_y = m.cam_corner & 2 ? o->height - m.cam_h : 0;
        m.truth.cam_w = m.cam_w;
        m.truth.cam_h = m.cam_h;
    }
    signal(SIGPIPE, SIG_IGN);
    bool ok = m.scenes != NULL;
    if (ok) {
        plan(&m);
        ok = make_truth(&m) && (access(video_path, R_OK) == 0 || encode(&m, video_path));
    }
    free(m.scenes);
    if (!ok)
        truth_finish(&m.truth);
    *out = m.truth;
    return ok;
}
