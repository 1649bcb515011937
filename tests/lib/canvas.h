/* A YUV 4:2:0 picture to draw synthetic lectures on: boxes, lines, text (FreeType). */
#ifndef SC_TEST_CANVAS_H
#define SC_TEST_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canvas {
    int w, h; /* even */
    uint8_t *y, *u, *v;
};

struct colour {
    uint8_t y, u, v;
};

enum font { FONT_SANS, FONT_BOLD, FONT_MONO, FONT_SERIF, FONT_COUNT };

bool canvas_init(struct canvas *c, int w, int h);
void canvas_finish(struct canvas *c);
void canvas_copy(struct canvas *to, const struct canvas *from);
/* to = from * (1 - share) + to * share */
void canvas_blend(struct canvas *to, const struct canvas *from, double share);
struct colour colour_rgb(int r, int g, int b);
void canvas_fill(struct canvas *c, struct colour k);
void canvas_box(struct canvas *c, int x, int y, int w, int h, struct colour k);
void canvas_frame(struct canvas *c, int x, int y, int w, int h, int thick,
                  struct colour k);
void canvas_line(struct canvas *c, int x0, int y0, int x1, int y1, int thick,
                 struct colour k);
void canvas_disc(struct canvas *c, int cx, int cy, int rx, int ry, struct colour k);
/* Baseline at y; returns the x behind the text. Clipped to rows clip_y0..clip_y1 when
 * clip_y1 > 0. */
int canvas_text(struct canvas *c, enum font f, int size_px, int x, int y,
                const char *text, struct colour k, int clip_y0, int clip_y1);

/* False when the fonts are not installed: no synthetic lectures then. */
bool fonts_open(void);
void fonts_close(void);

#endif
