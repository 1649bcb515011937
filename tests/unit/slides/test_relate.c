#include "cmocka_all.h"
#include "slides/inset.h"
#include "slides/relate.h"
#include "slides/scroll.h"
#include "slides/spot.h"

#include <stdlib.h>
#include <string.h>

static struct sc_grid g;

static uint8_t *blank(void)
{
    uint8_t *t = malloc(g.bytes);
    memset(t, 235, g.bytes);
    return t;
}

/* Writing-like strokes that follow from the seed. */
static void scribble(uint8_t *t, int x, int y, int w, int h, unsigned seed)
{
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++) {
            unsigned k = ((unsigned)(r / 2) * 73856093u) ^
                         ((unsigned)(c / 2) * 19349663u) ^ (seed * 83492791u);
            if ((k * 2654435761u) >> 30 == 0)
                t[(size_t)(y + r) * g.stride + (size_t)(x + c)] = 20;
        }
}

static struct sc_relation relate(const uint8_t *a, const uint8_t *b)
{
    struct sc_relation r = {0};
    uint8_t *use = malloc(g.n);
    memset(use, 1, g.n);
    assert_true(sc_relate(&g, a, b, use, &r));
    free(use);
    return r;
}

static void grid_covers_the_picture(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    assert_int_equal(g.factor, 2);
    assert_int_equal(g.tx, 40);
    assert_int_equal(g.ty, 23);
    const int sizes[][2] = {{160, 90}, {3840, 2160}, {1, 1}, {719, 1281}, {8000, 16}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sc_grid_init(&g, sizes[i][0], sizes[i][1]);
        assert_true(g.tx * SC_TILE >= g.w && g.ty * SC_TILE >= g.h && g.n > 0);
    }
    sc_grid_init(&g, 1280, 720);
}

static void adding_and_replacing(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank();
    scribble(a, 40, 40, 300, 12, 1);
    memcpy(b, a, g.bytes);
    assert_int_equal(relate(a, b).kind, SC_REL_SAME);
    scribble(b, 40, 100, 300, 12, 2);
    assert_int_equal(relate(a, b).kind, SC_REL_ADDED);
    /* Less than a third went: the same slide; more: another one. */
    assert_int_equal(relate(b, a).kind, SC_REL_REPLACED);
    uint8_t *c = blank();
    scribble(c, 40, 40, 300, 12, 9);
    assert_int_equal(relate(a, c).kind, SC_REL_REPLACED);
    uint8_t *empty = blank();
    assert_int_equal(relate(empty, a).kind, SC_REL_REPLACED);
    assert_int_equal(relate(a, empty).kind, SC_REL_REPLACED);
    free(a);
    free(b);
    free(c);
    free(empty);
}

/* Under a title's bar, whose rim is no content, a chart gives way to the first bullet. */
static void a_bars_rim_is_no_content(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes);
    for (int y = 0; y < 55; y++)
        memset(a + (size_t)y * g.stride, 60, g.stride);
    memcpy(b, a, g.bytes);
    scribble(b, 200, 20, 120, 12, 2);
    for (int y = 0; y < 140; y++)
        memset(a + (size_t)(150 + y) * g.stride + 80 + 2 * y, 30, 5);
    scribble(b, 100, 90, 300, 12, 1);
    assert_int_equal(relate(a, b).kind, SC_REL_REPLACED);
    free(a);
    free(b);
}

/* A bar that grows on an axis covers a little of it: the same slide goes on. */
static void a_bar_on_an_axis_is_added(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes);
    scribble(a, 40, 40, 300, 12, 1);
    for (int y = 299; y < 302; y++)
        memset(a + (size_t)y * g.stride + 60, 30, 400);
    memcpy(b, a, g.bytes);
    for (int y = 180; y < 301; y++)
        memset(b + (size_t)y * g.stride + 200, 120, 28);
    struct sc_relation r = relate(a, b);
    assert_true(r.lost >= 36 && r.gained > r.lost);
    assert_int_not_equal(r.kind, SC_REL_REPLACED);
    free(a);
    free(b);
}

/* A popup with a cursor elsewhere: bounds are those of the popup. */
static void bounds_leave_cursors_out(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes);
    scribble(a, 40, 40, 300, 12, 1);
    memcpy(b, a, g.bytes);
    scribble(b, 480, 16, 140, 60, 4);
    for (int y = 330; y < 339; y++)
        memset(b + (size_t)y * g.stride + 20, 10, 6);
    struct sc_relation r = relate(a, b);
    assert_in_range(r.bounds.x, 464, 480);
    assert_true(r.bounds.y + r.bounds.h <= 96);
    assert_in_range(r.bounds.w, 140, 176);
    free(a);
    free(b);
}

static void small_spots_are_told(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b;
    scribble(a, 40, 40, 300, 12, 1);
    scribble(a, 200, 200, 12, 12, 5);
    b = malloc(g.bytes);
    memcpy(b, a, g.bytes);
    for (int y = 200; y < 212; y++)
        memset(b + (size_t)y * g.stride + 200, 235, 12);
    scribble(b, 200, 200, 12, 12, 6);
    struct sc_relation r = relate(a, b);
    assert_int_equal(r.kind, SC_REL_TINY);
    assert_int_equal(r.n_spots, 1);
    assert_in_range(r.spots[0].x, 176, 208);
    free(a);
    free(b);
}

static void scrolling_is_known(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank(), *use = malloc(g.n);
    memset(use, 1, g.n);
    for (int i = 0; i < 14; i++) {
        scribble(a, 40, 20 + i * 22, 200 + i * 10, 12, 100 + (unsigned)i);
        if (i >= 3)
            scribble(b, 40, 20 + (i - 3) * 22, 200 + i * 10, 12, 100 + (unsigned)i);
    }
    struct sc_scrolled r;
    assert_true(sc_relate_scrolled(&g, a, b, use, &r));
    assert_true(r.moved > 0.8 && r.clear);
    assert_true(r.stayed < 0.3);
    free(a);
    free(b);
    free(use);
}

/* Most of it was scrolled out: what can still be there counts. */
static void a_long_scroll_is_known(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank(), *use = malloc(g.n);
    memset(use, 1, g.n);
    for (int i = 0; i < 14; i++) {
        scribble(a, 40, 20 + i * 22, 200 + i * 10, 12, 100 + (unsigned)i);
        scribble(b, 40, 20 + i * 22, 200 + (i + 10) % 17 * 10, 12, 110 + (unsigned)i);
    }
    struct sc_scrolled r;
    assert_true(sc_relate_scrolled(&g, a, b, use, &r));
    assert_true(r.moved > 0.8 && r.clear);
    free(a);
    free(b);
    free(use);
}

/* A page of lines too small to be told apart. */
static uint8_t *small_print(const int *paragraphs, unsigned seed)
{
    uint8_t *t = blank();
    int y = 40;
    for (const int *p = paragraphs; *p; p++, y += 10)
        for (int i = 0; i < *p; i++, y += 8, seed++)
            for (int r = 0; r < 4; r++)
                for (int x = 40; x < 340 + (int)(seed * 37 % 120); x++)
                    if ((x + r + (int)seed) % 3 == 0)
                        t[(size_t)(y + r) * g.stride + (size_t)x] = 60;
    return t;
}

/* Two pages of small print: lines match at any distance. */
static void another_page_of_small_print(void **state)
{
    (void)state;
    static const int one[] = {3, 5, 4, 3, 5, 4, 0}, two[] = {5, 3, 3, 4, 4, 5, 0};
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = small_print(one, 1), *b = small_print(two, 50), *use = malloc(g.n);
    memset(use, 1, g.n);
    struct sc_scrolled r;
    assert_true(sc_relate_scrolled(&g, a, b, use, &r));
    assert_false(r.clear);
    free(a);
    free(b);
    free(use);
}

/*
 * A slide within the window of a meeting: toolbars and faces around it have more ink
 * than the slide, and stay. The next slide's text stands elsewhere.
 */
static void a_frame_is_no_part_of_the_slide(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank();
    for (int y = 0; y < g.h; y++)
        for (int x = 496; x < g.w; x++)
            a[(size_t)y * g.stride + (size_t)x] =
                (uint8_t)((x / 8 + y / 8) % 2 ? 30 : 200);
    memcpy(b, a, g.bytes);
    scribble(a, 80, 150, 380, 40, 1);
    scribble(b, 40, 40, 300, 24, 2);
    scribble(b, 40, 260, 300, 16, 3);
    assert_int_equal(relate(a, b).kind, SC_REL_REPLACED);
    free(a);
    free(b);
}

/* Rules of a table and an axis are alike wherever they are: no scroll. */
static void rules_do_not_scroll(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank(), *use = malloc(g.n);
    memset(use, 1, g.n);
    scribble(a, 40, 20, 160, 16, 1);
    scribble(b, 40, 20, 160, 16, 2);
    for (int k = 0; k < 2; k++)
        for (int y = 0; y < 2; y++) {
            memset(a + (size_t)(100 + 60 * k + y) * g.stride + 40, 20, 560);
            memset(b + (size_t)(140 + 60 * k + y) * g.stride + 40, 20, 560);
        }
    struct sc_scrolled r;
    assert_true(sc_relate_scrolled(&g, a, b, use, &r));
    assert_true(r.moved < 0.1);
    free(a);
    free(b);
    free(use);
}

/* A moment within a scroll: a third of a page further, but not another page. */
static void a_step_of_a_scroll(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = blank(), *c = blank(), *use = malloc(g.n);
    memset(use, 1, g.n);
    for (unsigned i = 0; i < 14; i++) {
        int y = 20 + (int)i * 22, w = 200 + (int)i * 10;
        scribble(a, 40, y, w, 12, 100 + i);
        scribble(c, 40, y, w, 12, 300 + i);
        if (i >= 5)
            scribble(b, 40, y - 5 * 22, w, 12, 100 + i);
        else
            scribble(b, 40, y + 9 * 22, w, 12, 200 + i);
    }
    int by = 0;
    assert_true(sc_scroll_step(&g, a, b, use, &by));
    assert_true(sc_scroll_step(&g, b, a, use, &by));
    assert_false(sc_scroll_step(&g, a, c, use, &by));
    assert_false(sc_scroll_step(&g, a, a, use, &by));
    free(a);
    free(b);
    free(c);
    free(use);
}

/* Large shades, as a camera has, in a box of thumb pixels. */
static void shade(uint8_t *t, int x, int y, int w, int h)
{
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++)
            t[(size_t)(y + r) * g.stride + (size_t)(x + c)] =
                (uint8_t)(60 + (r + c) * 100 / (w + h));
}

static void an_inset_is_left_out(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes), *use = malloc(g.n);
    scribble(a, 40, 40, 300, 12, 1);
    memcpy(b, a, g.bytes);
    shade(b, 528, 256, 96, 80);
    memset(use, 1, g.n);
    assert_true(sc_inset_leave_out(&g, a, b, use) >= 30);
    struct sc_relation r;
    assert_true(sc_relate(&g, a, b, use, &r));
    assert_int_equal(r.kind, SC_REL_SAME);
    /* It left one corner for another, and covered nothing but ground. */
    memcpy(a, b, g.bytes);
    for (int y = 256; y < 336; y++)
        memset(b + (size_t)y * g.stride + 528, 235, 96);
    shade(b, 8, 256, 96, 80);
    memset(use, 1, g.n);
    assert_true(sc_inset_leave_out(&g, a, b, use) >= 60);
    /* Writing in a corner, or a picture in the middle, is the slide's own. */
    memcpy(a, b, g.bytes);
    scribble(b, 500, 20, 120, 80, 3);
    shade(b, 260, 140, 96, 80);
    memset(use, 1, g.n);
    assert_int_equal(sc_inset_leave_out(&g, a, b, use), 0);
    /* A square of a quarter of the width. */
    memcpy(b, a, g.bytes);
    shade(b, 468, 7, 165, 165);
    memset(use, 1, g.n);
    assert_true(sc_inset_leave_out(&g, a, b, use) >= 100);
    free(a);
    free(b);
    free(use);
}

static void a_camera_on_a_blank_screen_is_alone(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *known = malloc(g.n);
    memset(known, 1, g.n);
    assert_false(sc_inset_alone(&g, a, known));
    shade(a, 528, 256, 96, 80);
    assert_true(sc_inset_alone(&g, a, known));
    /* A cursor beside it changes nothing, a line of text does. */
    scribble(a, 300, 100, 12, 18, 2);
    assert_true(sc_inset_alone(&g, a, known));
    scribble(a, 40, 40, 120, 12, 1);
    assert_false(sc_inset_alone(&g, a, known));
    memset(a, 235, g.bytes);
    shade(a, 260, 140, 96, 80);
    assert_false(sc_inset_alone(&g, a, known));
    /* A box of one colour is no camera. */
    memset(a, 235, g.bytes);
    for (int y = 20; y < 100; y++)
        memset(a + (size_t)y * g.stride + 24, 16, 200);
    assert_false(sc_inset_alone(&g, a, known));
    free(a);
    free(known);
}

/* A large cursor that went a little aside is no change; a word that changed is. */
static void a_large_cursor_moves(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b;
    scribble(a, 40, 40, 300, 12, 1);
    b = malloc(g.bytes);
    memcpy(b, a, g.bytes);
    for (int r = 0; r < 16; r++) {
        memset(a + (size_t)(200 + r) * g.stride + 204, 10, (size_t)(2 + r / 3));
        memset(b + (size_t)(212 + r) * g.stride + 232, 10, (size_t)(2 + r / 3));
    }
    struct sc_relation r = relate(a, b);
    assert_true(r.n_changed >= 4);
    assert_int_equal(r.lost + r.gained, 0);
    assert_int_not_equal(r.kind, SC_REL_REPLACED);
    uint8_t *c = blank(), *d = blank();
    scribble(c, 40, 40, 300, 12, 1);
    scribble(d, 40, 40, 300, 12, 1);
    scribble(c, 200, 200, 60, 12, 5);
    scribble(d, 200, 200, 60, 12, 6);
    assert_int_equal(relate(c, d).kind, SC_REL_REPLACED);
    free(a);
    free(b);
    free(c);
    free(d);
}

/* An arrow twice as large as most: of ink, over whatever is there. */
static void arrow(uint8_t *t, int x, int y)
{
    for (int r = 0; r < 30; r++)
        memset(t + (size_t)(y + r) * g.stride + x, 120, (size_t)(2 + r * 2 / 3));
}

/* It went from one line of text to another, far away: neither has changed. */
static void a_large_cursor_over_text(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes), *c = malloc(g.bytes);
    for (unsigned i = 0; i < 10; i++)
        scribble(a, 40, 20 + (int)i * 30, 300, 12, 1 + i);
    memcpy(b, a, g.bytes);
    memcpy(c, b, g.bytes);
    arrow(a, 105, 75);
    arrow(b, 334, 190);
    struct sc_relation r = relate(a, b);
    assert_int_equal(r.lost + r.gained, 0);
    assert_int_not_equal(r.kind, SC_REL_REPLACED);
    /* A word that goes while another comes elsewhere is more than that. */
    for (int y = 170; y < 182; y++)
        memset(c + (size_t)y * g.stride + 200, 235, 80);
    scribble(c, 400, 170, 80, 12, 77);
    assert_true(relate(b, c).lost > 0);
    free(a);
    free(b);
    free(c);
}

/* Boxes and lines of a figure that grows cover a little of each other. */
static void a_figure_that_grows_is_added(void **state)
{
    (void)state;
    sc_grid_init(&g, 1280, 720);
    uint8_t *a = blank(), *b = malloc(g.bytes);
    for (unsigned i = 0; i < 10; i++)
        scribble(a, 40, 20 + (int)i * 30, 300, 12, 1 + i);
    for (int y = 20; y < 320; y++)
        memset(a + (size_t)y * g.stride + 500, 20, 4);
    memcpy(b, a, g.bytes);
    for (int y = 100; y < 160; y++) {
        memset(b + (size_t)y * g.stride + 440, 235, 120);
        memset(b + (size_t)y * g.stride + 440, 60, 8);
        memset(b + (size_t)y * g.stride + 552, 60, 8);
    }
    scribble(b, 460, 110, 80, 40, 99);
    struct sc_relation r = relate(a, b);
    assert_true(r.redrawn >= SC_MUCH_REDRAWN);
    assert_int_equal(r.kind, SC_REL_ADDED);
    free(a);
    free(b);
}

static void numbers_differ(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        enum sc_spot_verdict v;
    } pairs[] = {
        {"17", "19", SC_SPOT_CHANGED},
        {"9", "10", SC_SPOT_CHANGED},
        {"x = 3", "x = 4", SC_SPOT_CHANGED},
        {"yut = 49", "UL = 56", SC_SPOT_CHANGED}, /* letters misread, not the figure */
        {"cket = 33,", "acket =41", SC_SPOT_CHANGED},
        {"12 ms", "15ms", SC_SPOT_CHANGED},
        {"x3", "x4", SC_SPOT_CHANGED},
        {"(x) = 3x? +2", "(x) = 6x? +2", SC_SPOT_CHANGED},
        {"f(x) = 9x? + 2>>", "f(x) = 4x? + 2)>>", SC_SPOT_CHANGED},
        {"(x) = lx? +2", "(x) = 1x? +2", SC_SPOT_SAME},
        {"17", "17", SC_SPOT_SAME},
        {"yut = 49", "UL = 49.", SC_SPOT_SAME},
        {"stack", "stock", SC_SPOT_SAME},
        {"queue,", "que,", SC_SPOT_SAME},
        {"i", "|", SC_SPOT_SAME},
        {"Ey.&", "ms", SC_SPOT_UNSURE}, /* neither was read */
        {"", "17", SC_SPOT_UNSURE},     /* what cannot be read is not the same */
        {"", "", SC_SPOT_UNSURE},
        {"1 2", "12", SC_SPOT_UNSURE},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (sc_spot_compare_texts(pairs[i].a, pairs[i].b) != pairs[i].v)
            print_error("%s / %s\n", pairs[i].a, pairs[i].b);
        assert_int_equal(sc_spot_compare_texts(pairs[i].a, pairs[i].b), pairs[i].v);
        assert_int_equal(sc_spot_compare_texts(pairs[i].b, pairs[i].a), pairs[i].v);
    }
}

enum { CROP_W = 120, CROP_H = 60 };

/* An upright bar of a digit, two or three of which make one. */
static void stroke(uint8_t *p, int x, int y, int w, int h, uint8_t v)
{
    for (int r = 0; r < h; r++)
        memset(p + (size_t)(y + r) * CROP_W + x, v, (size_t)w);
}

static void unread_figures_are_compared(void **state)
{
    (void)state;
    uint8_t *a = malloc(CROP_W * CROP_H), *b = malloc(CROP_W * CROP_H);
    memset(a, 235, CROP_W * CROP_H);
    memset(b, 235, CROP_W * CROP_H);
    /* "1" and "0" in one place, the "3" before them stays. */
    stroke(a, 40, 20, 10, 20, 20);
    stroke(b, 40, 20, 10, 20, 20);
    stroke(a, 60, 20, 4, 20, 20);
    stroke(b, 54, 20, 4, 20, 20);
    stroke(b, 66, 20, 4, 20, 20);
    stroke(b, 58, 20, 8, 3, 20);
    stroke(b, 58, 37, 8, 3, 20);
    struct sc_spot part = {48, 16, 32, 32};
    struct sc_spot_word word;
    assert_int_equal(sc_spot_find_word(a, b, CROP_W, CROP_H, &part, &word), SC_SPOT_WORD);
    assert_true(sc_spot_is_redrawn(a, b, CROP_W, CROP_H, &word));
    assert_false(sc_spot_is_redrawn(a, a, CROP_W, CROP_H, &word));
    /* A cursor above it is looked at for itself. */
    struct sc_spot both = {48, 4, 32, 44};
    assert_false(sc_spot_has_bands(a, b, CROP_W, &both));
    stroke(b, 50, 4, 8, 10, 120);
    assert_true(sc_spot_has_bands(a, b, CROP_W, &both));
    stroke(b, 50, 4, 8, 10, 235);
    /* The same amid a picture: what is around them is not their ground. */
    for (int k = 0; k < 2; k++) {
        uint8_t *p = k ? b : a;
        stroke(p, word.x, word.y, word.w, 1, 150);
        stroke(p, word.x, word.y + word.h - 1, word.w, 1, 150);
    }
    assert_false(sc_spot_is_redrawn(a, b, CROP_W, CROP_H, &word));
    stroke(a, word.x, word.y, word.w, 1, 235);
    stroke(a, word.x, word.y + word.h - 1, word.w, 1, 235);
    /* A cursor that lies on it and hangs out below: a covered word, nothing redrawn. */
    memcpy(b, a, CROP_W * CROP_H);
    stroke(b, 62, 26, 6, 22, 20);
    assert_int_equal(sc_spot_find_word(a, b, CROP_W, CROP_H, &part, &word),
                     SC_SPOT_COVERED_WORD);
    assert_false(sc_spot_is_redrawn(a, b, CROP_W, CROP_H, &word));
    /* A cursor where nothing was is no word. */
    memset(a, 235, CROP_W * CROP_H);
    memset(b, 235, CROP_W * CROP_H);
    stroke(b, 60, 20, 8, 18, 20);
    assert_int_equal(sc_spot_find_word(a, b, CROP_W, CROP_H, &part, &word),
                     SC_SPOT_NO_WORD);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_covers_the_picture),
        cmocka_unit_test(adding_and_replacing),
        cmocka_unit_test(small_spots_are_told),
        cmocka_unit_test(scrolling_is_known),
        cmocka_unit_test(a_long_scroll_is_known),
        cmocka_unit_test(another_page_of_small_print),
        cmocka_unit_test(a_frame_is_no_part_of_the_slide),
        cmocka_unit_test(rules_do_not_scroll),
        cmocka_unit_test(a_step_of_a_scroll),
        cmocka_unit_test(an_inset_is_left_out),
        cmocka_unit_test(a_camera_on_a_blank_screen_is_alone),
        cmocka_unit_test(a_large_cursor_moves),
        cmocka_unit_test(a_large_cursor_over_text),
        cmocka_unit_test(a_figure_that_grows_is_added),
        cmocka_unit_test(numbers_differ),
        cmocka_unit_test(a_bar_on_an_axis_is_added),
        cmocka_unit_test(a_bars_rim_is_no_content),
        cmocka_unit_test(bounds_leave_cursors_out),
        cmocka_unit_test(unread_figures_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
