#include "lecture_scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 100 };

uint64_t scene_random(uint64_t *s)
{
    uint64_t z = (*s += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int scene_pick(uint64_t *s, int n)
{
    return (int)(scene_random(s) % (uint64_t)n);
}

double scene_uniform(uint64_t *s, double lo, double hi)
{
    return lo + (hi - lo) * (double)(scene_random(s) >> 11) / 9007199254740992.0;
}

int scene_px(const struct maker *m, int at720)
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
        const char *w = words[scene_pick(s, (int)(sizeof words / sizeof words[0]))];
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
    switch (scene_pick(s, 7)) {
    case 0:
        snprintf(p, left, "int %s = %s[%d];", a, b, scene_pick(s, 100));
        break;
    case 1:
        snprintf(p, left, "if (%s < %s) {", a, b);
        break;
    case 2:
        snprintf(p, left, "%s = %s(%d, %s);", a, b, scene_pick(s, 50), a);
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

struct theme scene_theme(uint64_t *s)
{
    struct theme t = {0};
    static const int light[][3] = {{255, 255, 255}, {250, 248, 240}, {235, 240, 250}};
    static const int dark[][3] = {{30, 30, 30}, {18, 24, 40}, {40, 44, 52}, {0, 0, 0}};
    if (scene_pick(s, 5) < 3) {
        const int *c = light[scene_pick(s, 3)];
        t.back = colour_rgb(c[0], c[1], c[2]);
        t.ink = colour_rgb(30, 30, 40);
        t.dim = colour_rgb(120, 120, 130);
    } else {
        const int *c = dark[scene_pick(s, 4)];
        t.back = colour_rgb(c[0], c[1], c[2]);
        t.ink = colour_rgb(220, 220, 225);
        t.dim = colour_rgb(130, 140, 150);
    }
    t.accent =
        colour_rgb(scene_pick(s, 200), 60 + scene_pick(s, 140), 100 + scene_pick(s, 150));
    t.font = scene_pick(s, 3) ? FONT_SANS : FONT_SERIF;
    t.head = FONT_BOLD;
    t.band = scene_pick(s, 3) == 0;
    t.footer = scene_pick(s, 2) == 0;
    return t;
}

/* ---- drawing a scene's state ---- */

static void draw_head(struct maker *m, struct canvas *c, const struct scene *sc,
                      uint64_t *s)
{
    char title[LINE_SIZE], page[40];
    phrase(s, 2 + scene_pick(s, 3), true, title, sizeof title);
    canvas_fill(c, sc->theme.back);
    if (sc->theme.band)
        canvas_box(c, 0, 0, c->w, scene_px(m, 100), sc->theme.accent);
    canvas_text(c, sc->theme.head, scene_px(m, 44), scene_px(m, 70), scene_px(m, 68),
                title, sc->theme.band ? colour_rgb(255, 255, 255) : sc->theme.ink, 0, 0);
    if (sc->theme.footer) {
        snprintf(page, sizeof page, "%d", sc->page);
        canvas_text(c, FONT_SANS, scene_px(m, 18), scene_px(m, 60), scene_px(m, 700),
                    "CS 204 Data structures", sc->theme.dim, 0, 0);
        canvas_text(c, FONT_SANS, scene_px(m, 18), scene_px(m, 1210), scene_px(m, 700),
                    page, sc->theme.dim, 0, 0);
    }
}

static void draw_bullets(struct maker *m, struct canvas *c, const struct scene *sc,
                         int step)
{
    uint64_t s = sc->seed;
    char text[LINE_SIZE];
    draw_head(m, c, sc, &s);
    int size = 26 + scene_pick(&s, 10), y = 180;
    for (int i = 0; i < sc->n_steps; i++) {
        phrase(&s, 3 + scene_pick(&s, 5), true, text, sizeof text);
        if (i > step)
            break;
        canvas_disc(c, scene_px(m, 100), scene_px(m, y - size / 3), scene_px(m, 6),
                    scene_px(m, 6), sc->theme.accent);
        canvas_text(c, sc->theme.font, scene_px(m, size), scene_px(m, 130),
                    scene_px(m, y), text, sc->theme.ink, 0, 0);
        y += size * 2;
    }
}

/* Each step changes one number. */
static void draw_table(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int rows = 4 + scene_pick(&s, 3), cols = 3 + scene_pick(&s, 3), cells[8][8];
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < cols; k++)
            cells[r][k] = 10 + scene_pick(&s, 90);
    for (int i = 1; i < sc->n_steps; i++) {
        int r = scene_pick(&s, rows), k = scene_pick(&s, cols),
            v = 10 + scene_pick(&s, 90);
        if (i <= step)
            cells[r][k] = v == cells[r][k] ? (v % 89) + 10 : v;
    }
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < cols; k++) {
            char text[16];
            snprintf(text, sizeof text, "%d", cells[r][k]);
            canvas_frame(c, scene_px(m, 100 + k * 150), scene_px(m, 160 + r * 70),
                         scene_px(m, 150), scene_px(m, 70), 2, sc->theme.dim);
            canvas_text(c, sc->theme.font, scene_px(m, 30), scene_px(m, 150 + k * 150),
                        scene_px(m, 205 + r * 70), text, sc->theme.ink, 0, 0);
        }
}

static void draw_chart(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    (void)step;
    uint64_t s = sc->seed;
    char text[LINE_SIZE];
    draw_head(m, c, sc, &s);
    canvas_line(c, scene_px(m, 150), scene_px(m, 600), scene_px(m, 1100),
                scene_px(m, 600), 3, sc->theme.ink);
    canvas_line(c, scene_px(m, 150), scene_px(m, 150), scene_px(m, 150), scene_px(m, 600),
                3, sc->theme.ink);
    for (int i = 0, n = 4 + scene_pick(&s, 5); i < n; i++) {
        int h = 60 + scene_pick(&s, 350);
        canvas_box(c, scene_px(m, 190 + i * 100), scene_px(m, 600 - h), scene_px(m, 60),
                   scene_px(m, h), sc->theme.accent);
        phrase(&s, 1, false, text, sizeof text);
        canvas_text(c, FONT_SANS, scene_px(m, 18), scene_px(m, 185 + i * 100),
                    scene_px(m, 630), text, sc->theme.ink, 0, 0);
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
    for (int i = 0, n = 4 + scene_pick(&s, 4); i < n; i++) {
        int x = 120 + (i % 4) * 270, y = 200 + (i / 4) * 220 + scene_pick(&s, 60);
        if (i)
            canvas_line(c, scene_px(m, lx + 160), scene_px(m, ly + 40), scene_px(m, x),
                        scene_px(m, y + 40), 3, sc->theme.dim);
        canvas_frame(c, scene_px(m, x), scene_px(m, y), scene_px(m, 160), scene_px(m, 80),
                     3, sc->theme.accent);
        phrase(&s, 1, false, text, sizeof text);
        canvas_text(c, sc->theme.font, scene_px(m, 24), scene_px(m, x + 15),
                    scene_px(m, y + 50), text, sc->theme.ink, 0, 0);
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
    int size = 18 + scene_pick(&s, 6), lead = size + 6, top = 60;
    struct colour back = sc->theme.back, ink = sc->theme.ink;
    canvas_fill(c, back);
    canvas_box(c, 0, 0, c->w, scene_px(m, top - 10), sc->theme.accent);
    canvas_text(c, FONT_SANS, scene_px(m, 18), scene_px(m, 30), scene_px(m, 32), "main.c",
                colour_rgb(255, 255, 255), 0, 0);
    for (int i = 0, depth = 1; i < SCENE_MAX_LINES; i++) {
        code_line(&s, depth, text, sizeof text);
        depth = 1 + scene_pick(&s, 3);
        int y = top + lead + (i * 16 - first16) * lead / 16;
        if (y < top || y > 720 + lead || i >= shown)
            continue;
        snprintf(number, sizeof number, "%3d", i + 1);
        canvas_text(c, FONT_MONO, scene_px(m, size), scene_px(m, 20), scene_px(m, y),
                    number, sc->theme.dim, scene_px(m, top), c->h);
        canvas_text(c, FONT_MONO, scene_px(m, size), scene_px(m, 90), scene_px(m, y),
                    text, ink, scene_px(m, top), c->h);
    }
}

static void draw_film(struct maker *m, struct canvas *c, const struct scene *sc, double t)
{
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int x0 = scene_px(m, 200), y0 = scene_px(m, 170), w = scene_px(m, 640),
        h = scene_px(m, 400);
    canvas_box(c, x0, y0, w, h, colour_rgb(60, 90, 120));
    for (int i = 0; i < 6; i++) {
        double a = t * (0.7 + 0.3 * i) + i;
        canvas_disc(c, x0 + w / 2 + (int)(cos(a) * w / 3),
                    y0 + h / 2 + (int)(sin(a * 1.3) * h / 3), scene_px(m, 40 + 8 * i),
                    scene_px(m, 36 + 6 * i),
                    colour_rgb(40 * i, 255 - 40 * i, 90 + 20 * i));
    }
}

static void draw_photo(struct maker *m, struct canvas *c, const struct scene *sc,
                       int step)
{
    (void)step;
    uint64_t s = sc->seed;
    draw_head(m, c, sc, &s);
    int x0 = scene_px(m, 160), y0 = scene_px(m, 140), w = scene_px(m, 960),
        h = scene_px(m, 500);
    double fx = scene_uniform(&s, 0.005, 0.03), fy = scene_uniform(&s, 0.005, 0.03),
           p = scene_uniform(&s, 0, 6);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double v = 120 + 60 * sin(x * fx + p) * cos(y * fy) + (double)(x * 30) / w;
            c->y[(size_t)(y0 + y) * (size_t)c->w + (size_t)(x0 + x)] = (uint8_t)v;
        }
    for (int i = 0; i < 5; i++)
        canvas_disc(
            c, x0 + scene_pick(&s, w), y0 + scene_pick(&s, h), 20 + scene_pick(&s, 60),
            20 + scene_pick(&s, 60),
            colour_rgb(scene_pick(&s, 255), scene_pick(&s, 255), scene_pick(&s, 255)));
}

void scene_draw_person(struct canvas *c, int x0, int y0, int w, int h, double t,
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
        canvas_box(c, x0 + scene_pick(&s, w * 9 / 10), y0 + scene_pick(&s, h / 2), w / 12,
                   h / 6,
                   colour_rgb(60 + scene_pick(&s, 120), 60 + scene_pick(&s, 100),
                              50 + scene_pick(&s, 90)));
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
            uint64_t r = scene_random(&n);
            for (int k = 0; k < 8 && x + k < w; k++, r >>= 8) {
                uint8_t *p =
                    &c->y[(size_t)(y0 + y) * (size_t)c->w + (size_t)(x0 + x + k)];
                *p = (uint8_t)(*p + (int)(r & 7) - 3);
            }
        }
}

void scene_draw(struct maker *m, struct canvas *c, const struct scene *sc, int step,
                double t, int smooth16)
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
                  SCENE_MAX_LINES);
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
        scene_draw_person(c, 0, 0, c->w, c->h, t, sc->seed);
        break;
    default:
        canvas_fill(c, colour_rgb(0, 0, 0));
        break;
    }
}
