/* The tracker on made-up samples: what begins a slide and whose picture is kept. */
#include "cmocka_all.h"
#include "slides/track.h"

#include <stdlib.h>
#include <string.h>

enum { GROUND = 235, INK = 20, SOFT_INK = 63, OTHER_INK = 120, MAX_SEGMENTS = 8 };

static struct sc_grid g;

/* What the tracker asked for and gave. Pictures are the times of their samples. */
struct seen {
    double now_s;
    double start_s[MAX_SEGMENTS], picture_s[MAX_SEGMENTS];
    bool is_slide[MAX_SEGMENTS];
    size_t n;
    bool number_changes;
    double key_s;    /* of a key frame, whose picture is sharper than others */
    double number_s; /* pictures from then on show the other number; 0: see above */
};

static void *keep(void *user, void *old, bool fresh)
{
    struct seen *s = user;
    bool key = s->key_s > 0 && s->now_s == s->key_s;
    if (old && !fresh && !key)
        return old;
    double *p = old ? old : malloc(sizeof *p);
    *p = s->now_s;
    return p;
}

static void drop(void *user, void *picture)
{
    (void)user;
    free(picture);
}

static bool meaningful(void *user, void *old, const struct sc_spot *spots, unsigned n)
{
    const struct seen *s = user;
    const double *picture_s = old;
    (void)spots;
    return n > 0 && (s->number_s > 0 ? *picture_s < s->number_s : s->number_changes);
}

static bool emit(void *user, struct sc_segment *seg)
{
    struct seen *s = user;
    assert_true(s->n < MAX_SEGMENTS);
    s->start_s[s->n] = seg->start_s;
    s->is_slide[s->n] = seg->is_slide;
    s->picture_s[s->n++] = seg->picture ? *(double *)seg->picture : -1;
    return true;
}

static struct sc_track *create(struct seen *s)
{
    struct sc_track_ops ops = {s, keep, drop, meaningful, emit};
    sc_grid_init(&g, 1280, 720);
    struct sc_track *t = sc_track_create(&g, &ops);
    assert_non_null(t);
    return t;
}

static uint8_t *blank(void)
{
    uint8_t *t = malloc(g.bytes);
    assert_non_null(t);
    memset(t, GROUND, g.bytes);
    return t;
}

/* Writing-like strokes that follow from the seed. */
static void scribble(uint8_t *t, int x, int y, int w, int h, unsigned seed, uint8_t ink)
{
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++) {
            unsigned k = ((unsigned)(r / 2) * 73856093u) ^
                         ((unsigned)(c / 2) * 19349663u) ^ (seed * 83492791u);
            if ((k * 2654435761u) >> 30 == 0)
                t[(size_t)(y + r) * g.stride + (size_t)(x + c)] = ink;
        }
}

static void add(struct sc_track *t, struct seen *s, double from_s, double to_s,
                double step_s, const uint8_t *thumb)
{
    for (double at = from_s; at < to_s - 1e-6; at += step_s) {
        s->now_s = at;
        assert_true(sc_track_add(t, at, thumb));
    }
}

/* A number that changes right behind a key frame that is sharper than the looks before.
 */
static void a_sharper_key_frame_stands_still(void **state)
{
    (void)state;
    struct seen s = {.number_changes = true};
    struct sc_track *t = create(&s);
    uint8_t *soft = blank(), *sharp = blank(), *next = blank();
    scribble(soft, 40, 40, 300, 12, 1, SOFT_INK);
    scribble(soft, 194, 194, 12, 12, 5, SOFT_INK);
    scribble(sharp, 40, 40, 300, 12, 1, INK);
    scribble(sharp, 194, 194, 12, 12, 5, INK);
    scribble(next, 40, 40, 300, 12, 1, INK);
    scribble(next, 194, 194, 12, 12, 6, INK);
    add(t, &s, 0, 1, 5, soft);
    add(t, &s, 5, 5.1, 5, sharp);
    add(t, &s, 5.5, 12, 0.5, next);
    assert_true(sc_track_end(t, 12));
    assert_int_equal(s.n, 2);
    assert_true(s.start_s[1] >= 5 && s.start_s[1] <= 6);
    sc_track_destroy(t);
    free(soft);
    free(sharp);
    free(next);
}

/* A key frame amid the change to the next number is no picture of the former one. */
static void sharpened_before_the_next_number(int width)
{
    struct seen s = {.key_s = 5, .number_s = 5};
    struct sc_track *t = create(&s);
    uint8_t *soft = blank(), *sharp = blank(), *next = blank();
    for (int k = 0; k < 3; k++) {
        uint8_t *p = k == 0 ? soft : k == 1 ? sharp : next;
        scribble(p, 40, 40, 300, 12, 1, INK);
        scribble(p, 402, 98, width, 12, 3, k == 0 ? SOFT_INK : INK);
        scribble(p, 194, 194, 12, 12, k == 2 ? 6 : 5, INK);
    }
    add(t, &s, 0, 4, 0.5, soft);
    add(t, &s, 4, 5, 0.5, sharp);
    add(t, &s, 5, 10, 0.5, next);
    assert_true(sc_track_end(t, 10));
    assert_int_equal(s.n, 2);
    assert_true(s.picture_s[0] < 5);
    sc_track_destroy(t);
    free(soft);
    free(sharp);
    free(next);
}

static void a_key_frame_shows_the_next_number(void **state)
{
    (void)state;
    sharpened_before_the_next_number(28);
    /* So much would be worth another picture. */
    sharpened_before_the_next_number(90);
}

/* Two looks in ten seconds, at the second of which some of it is noise. */
static void a_picture_before_all_is_calm(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *one = blank(), *noisy = blank(), *two = blank();
    for (unsigned n = 0; n < 6; n++) {
        scribble(one, 40, 40 + 40 * (int)n, 300, 12, 1 + n, INK);
        scribble(two, 60, 50 + 40 * (int)n, 400, 16, 11 + n, INK);
    }
    memcpy(noisy, one, g.bytes);
    scribble(noisy, 500, 20, 100, 40, 30, OTHER_INK);
    add(t, &s, 0, 1, 10, one);
    add(t, &s, 10, 11, 10, noisy);
    add(t, &s, 10.5, 20, 0.5, two);
    assert_true(sc_track_end(t, 20));
    assert_int_equal(s.n, 2);
    assert_true(s.picture_s[0] >= 0);
    sc_track_destroy(t);
    free(one);
    free(noisy);
    free(two);
}

/* Down: how far a slide has pushed another one out. */
static uint8_t *pushed(int down)
{
    uint8_t *t = blank();
    for (int i = 0; i < 40; i++) {
        int y = 18 * i - down;
        if (y >= 0 && y < 340)
            scribble(t, 40, y, 300 + 9 * (i % 7), 12, 1 + (unsigned)i, INK);
    }
    return t;
}

/* Seen step by step, too, but a whole screen in two seconds: no scroll. */
static void a_slide_pushes_another_out(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    for (int k = 0; k < 24; k++) {
        uint8_t *thumb = pushed(k < 8 ? 0 : k < 12 ? (k - 7) * 90 : 360);
        add(t, &s, k * 0.5, k * 0.5 + 0.1, 0.5, thumb);
        free(thumb);
    }
    assert_true(sc_track_end(t, 12));
    assert_int_equal(s.n, 2);
    sc_track_destroy(t);
}

/* An answer that is marked at last: the picture is to show that. */
static void another_colour_is_worth_a_picture(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *plain = blank(), *marked = blank();
    scribble(plain, 40, 40, 300, 12, 1, INK);
    scribble(plain, 40, 100, 300, 12, 2, INK);
    scribble(marked, 40, 40, 300, 12, 1, INK);
    scribble(marked, 40, 100, 300, 12, 2, OTHER_INK);
    add(t, &s, 0, 4, 0.5, plain);
    add(t, &s, 4, 8, 0.5, marked);
    assert_true(sc_track_end(t, 8));
    assert_int_equal(s.n, 1);
    assert_true(s.is_slide[0]);
    assert_true(s.picture_s[0] >= 4);
    sc_track_destroy(t);
    free(plain);
    free(marked);
}

/* Bullets that came in a group of which only the key frames were looked at. */
static void what_stood_before_a_key_frame_counts(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *first = blank(), *full = blank(), *other = blank();
    scribble(first, 40, 40, 300, 12, 1, INK);
    scribble(full, 40, 40, 300, 12, 1, INK);
    scribble(full, 40, 100, 300, 12, 2, INK);
    scribble(other, 40, 40, 300, 12, 7, INK);
    scribble(other, 40, 160, 300, 12, 8, INK);
    add(t, &s, 0, 3, 0.5, first);
    /* The last large packet before the key frame at 10 s is of 6 s. */
    sc_track_stood_since(t, 6);
    add(t, &s, 10, 10.1, 1, full);
    add(t, &s, 10.5, 20, 0.5, other);
    assert_true(sc_track_end(t, 20));
    assert_int_equal(s.n, 2);
    assert_true(s.picture_s[0] >= 9.9 && s.picture_s[0] <= 10.1);
    assert_true(s.start_s[1] >= 10.4 && s.start_s[1] <= 11);
    sc_track_destroy(t);
    free(first);
    free(full);
    free(other);
}

/* The next slide is wiped in from the left, where the last bullets stand. */
static void a_wipe_closes_no_popup(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *first = blank(), *full = blank(), *other = blank(), *amid = blank();
    for (int i = 0; i < 6; i++)
        scribble(first, 300, 20 + 30 * i, 320, 12, 1 + (unsigned)i, INK);
    memcpy(full, first, g.bytes);
    scribble(full, 16, 220, 140, 12, 20, INK);
    scribble(full, 16, 250, 140, 12, 21, INK);
    for (int i = 0; i < 8; i++)
        scribble(other, 20, 30 + 34 * i, 600, 12, 40 + (unsigned)i, INK);
    add(t, &s, 0, 6, 0.5, first);
    add(t, &s, 6, 10, 0.5, full);
    for (int k = 1; k <= 3; k++) {
        memcpy(amid, full, g.bytes);
        for (int y = 0; y < g.h; y++)
            memcpy(amid + (size_t)y * g.stride, other + (size_t)y * g.stride,
                   (size_t)k * 160);
        add(t, &s, 9.5 + 0.5 * k, 9.6 + 0.5 * k, 1, amid);
    }
    add(t, &s, 11.5, 16, 0.5, other);
    assert_true(sc_track_end(t, 16));
    assert_int_equal(s.n, 2);
    assert_true(s.picture_s[0] >= 6);
    sc_track_destroy(t);
    free(first);
    free(full);
    free(other);
    free(amid);
}

/* A popup that outlives its slide by less than it takes to see the next one. */
static void a_popup_outlives_its_slide_briefly(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *first = blank(), *popup = blank(), *both = blank(), *other = blank();
    for (int i = 0; i < 6; i++)
        scribble(first, 20, 100 + 30 * i, 400, 12, 1 + (unsigned)i, INK);
    memcpy(popup, first, g.bytes);
    for (int i = 0; i < 6; i++)
        scribble(other, 20, 110 + 34 * i, 500, 12, 40 + (unsigned)i, INK);
    memcpy(both, other, g.bytes);
    scribble(popup, 460, 16, 160, 60, 90, INK);
    scribble(both, 460, 16, 160, 60, 90, INK);
    add(t, &s, 0, 6, 0.5, first);
    add(t, &s, 6, 9, 0.5, popup);
    add(t, &s, 9, 10, 0.5, both);
    add(t, &s, 10, 16, 0.5, other);
    assert_true(sc_track_end(t, 16));
    assert_int_equal(s.n, 2);
    assert_true(s.picture_s[0] < 6);
    sc_track_destroy(t);
    free(first);
    free(popup);
    free(both);
    free(other);
}

/* An empty screen, but for a cursor. */
static void a_cursor_alone_is_no_slide(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *empty = blank();
    for (int r = 0; r < 30; r++)
        memset(empty + (size_t)(150 + r) * g.stride + 300, INK, (size_t)(2 + r * 2 / 3));
    add(t, &s, 0, 6, 0.5, empty);
    assert_true(sc_track_end(t, 6));
    assert_int_equal(s.n, 1);
    assert_false(s.is_slide[0]);
    sc_track_destroy(t);
    free(empty);
}

/* A popup over a board that is drawn on while it is open. */
static void a_popup_over_a_growing_board(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *k[4];
    for (int i = 0; i < 4; i++)
        k[i] = blank();
    for (int i = 0; i < 4; i++)
        scribble(k[i], 40, 20, 200, 16, 1, INK);
    for (int i = 1; i < 3; i++)
        scribble(k[i], 200, 100, 160, 60, 2, INK);
    for (int i = 2; i < 4; i++)
        scribble(k[i], 440, 300, 120, 20, 3, INK);
    add(t, &s, 0, 4, 0.5, k[0]);
    add(t, &s, 4, 5.5, 0.5, k[1]);
    add(t, &s, 5.5, 8, 0.5, k[2]);
    add(t, &s, 8, 14, 0.5, k[3]);
    assert_true(sc_track_end(t, 14));
    assert_int_equal(s.n, 1);
    assert_true(s.picture_s[0] >= 8);
    sc_track_destroy(t);
    for (int i = 0; i < 4; i++)
        free(k[i]);
}

/* Marked while a message comes up for two seconds: that is not to be seen. */
static void no_picture_amid_another_change(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *plain = blank(), *marked = blank(), *message = blank();
    for (int i = 0; i < 3; i++) {
        scribble(plain, 40, 40 + 40 * i, 300, 12, (unsigned)i, INK);
        scribble(marked, 40, 40 + 40 * i, 300, 12, (unsigned)i, OTHER_INK);
    }
    memcpy(message, marked, g.bytes);
    scribble(message, 480, 20, 128, 24, 9, INK);
    add(t, &s, 0, 4, 0.5, plain);
    add(t, &s, 4, 4.4, 0.5, marked);
    add(t, &s, 4.5, 6.5, 0.5, message);
    add(t, &s, 6.5, 10, 0.5, marked);
    assert_true(sc_track_end(t, 10));
    assert_int_equal(s.n, 1);
    assert_true(s.picture_s[0] < 4.5 || s.picture_s[0] >= 6.5);
    sc_track_destroy(t);
    free(plain);
    free(marked);
    free(message);
}

/*
 * Another slide, whose last bullet came just before the key frame at 10 s, the first one
 * looked at; and right behind that a third one.
 */
static void what_stood_for_long_is_not_waited_for(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *first = blank(), *bullet = blank(), *full = blank(), *third = blank();
    for (int i = 0; i < 4; i++) {
        scribble(first, 40, 40 + 40 * i, 300, 12, 1 + (unsigned)i, INK);
        scribble(bullet, 40, 40 + 40 * i, 300, 12, 11 + (unsigned)i, INK);
        scribble(third, 40, 40 + 40 * i, 300, 12, 31 + (unsigned)i, INK);
    }
    memcpy(full, bullet, g.bytes);
    for (int i = 0; i < 4; i++)
        scribble(full, 40, 200 + 40 * i, 300, 12, 21 + (unsigned)i, INK);
    add(t, &s, 0, 4, 0.5, first);
    add(t, &s, 4, 4.1, 0.5, bullet);
    sc_track_stood_since(t, 13.9);
    add(t, &s, 14, 14.1, 0.5, full);
    add(t, &s, 14.5, 20, 0.5, third);
    assert_true(sc_track_end(t, 20));
    assert_int_equal(s.n, 3);
    assert_true(s.start_s[1] >= 3.9 && s.start_s[1] <= 4.1);
    assert_true(s.start_s[2] >= 14.4 && s.start_s[2] <= 15);
    sc_track_destroy(t);
    free(first);
    free(bullet);
    free(full);
    free(third);
}

/* Shades of grey without writing, as a photograph has; they move with the phase. */
static void shade(uint8_t *t, int x0, int y0, int w, int h, int phase)
{
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) {
            int k = (x + y + phase) % 160;
            t[(size_t)y * g.stride + (size_t)x] =
                (uint8_t)(40 + 2 * (k < 80 ? k : 160 - k));
        }
}

/* A photograph for four seconds, and a slow fade to the next slide. */
static void a_fade_makes_no_camera(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *text = blank(), *photo = blank(), *amid = blank();
    for (int i = 0; i < 6; i++)
        scribble(text, 40, 40 + 40 * i, 300, 12, 1 + (unsigned)i, INK);
    shade(photo, 0, 0, g.w, g.h, 0);
    add(t, &s, 0, 4, 0.5, text);
    add(t, &s, 4, 8, 0.5, photo);
    for (int k = 1; k < 4; k++) {
        for (size_t i = 0; i < g.bytes; i++)
            amid[i] = (uint8_t)((photo[i] * (4 - k) + text[i] * k) / 4);
        add(t, &s, 7.5 + 0.5 * k, 7.6 + 0.5 * k, 1, amid);
    }
    add(t, &s, 9.5, 14, 0.5, text);
    assert_true(sc_track_end(t, 14));
    assert_int_equal(s.n, 3);
    assert_true(s.is_slide[1]);
    sc_track_destroy(t);
    free(text);
    free(photo);
    free(amid);
}

/* A slide with a camera in its corner: the mouth moves, and the head's outline can. */
static uint8_t *with_camera(unsigned number, int mouth, int outline)
{
    uint8_t *t = blank();
    for (unsigned n = 0; n < 6; n++)
        scribble(t, 40, 40 + 40 * (int)n, 300, 12, 1 + n, INK);
    scribble(t, 194, 290, 12, 12, number, INK);
    shade(t, 480, 0, 160, 112, 0);
    shade(t, 512, 48, 64, 32, 80 * mouth);
    for (int y = 82; y < 90; y++)
        memset(t + (size_t)y * g.stride + 516, 10, 56);
    /* A soft edge. */
    for (int y = 16; y < 96; y++)
        for (int x = 576; x < 608; x++) {
            int off = abs(x - 584 - 16 * outline);
            t[(size_t)y * g.stride + (size_t)x] =
                (uint8_t)(170 - (off < 12 ? 120 - 10 * off : 0));
        }
    return t;
}

/* The mouth moves with each sample; the outline, too, when it is not 0 or 1. */
static void add_camera(struct sc_track *t, struct seen *s, double from_s, double to_s,
                       unsigned number, int outline)
{
    int k = 0;
    for (double at = from_s; at < to_s - 1e-6; at += 0.5, k++) {
        uint8_t *thumb = with_camera(number, k % 2, outline < 2 ? outline : 1 + k % 2);
        add(t, s, at, at + 0.1, 0.5, thumb);
        free(thumb);
    }
}

static void learn_camera(struct sc_track *t, int looks, bool head)
{
    for (int n = 0; n < looks; n++) {
        sc_track_burst_begin(t);
        for (int i = 0; i < 6; i++) {
            uint8_t *thumb = with_camera(1, i % 2, head ? i % 2 : 0);
            sc_track_burst_add(t, thumb);
            free(thumb);
        }
        sc_track_burst_end(t);
    }
}

/* The outline of a head that sits still for long. */
static void a_head_moves_at_last(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    add_camera(t, &s, 0, 2, 1, 0);
    learn_camera(t, 3, false);
    add_camera(t, &s, 2, 8, 1, 0);
    add_camera(t, &s, 8, 14, 1, 1);
    assert_true(sc_track_end(t, 14));
    assert_int_equal(s.n, 1);
    sc_track_destroy(t);
}

/* Numbers change every two seconds, while the head beside them never rests. */
static void numbers_beside_a_head(int looks)
{
    struct seen s = {.number_changes = true};
    struct sc_track *t = create(&s);
    add_camera(t, &s, 0, 2, 1, 0);
    learn_camera(t, looks, false);
    add_camera(t, &s, 2, 6, 1, 0);
    for (unsigned k = 0; k < 3; k++)
        add_camera(t, &s, 6 + 2 * k, 8 + 2 * k, 2 + k, 2);
    assert_true(sc_track_end(t, 12));
    assert_int_equal(s.n, 4);
    sc_track_destroy(t);
}

static void a_restless_head_is_not_waited_for(void **state)
{
    (void)state;
    numbers_beside_a_head(3);
    /* Groups may be long, so the first look counts at once. */
    numbers_beside_a_head(1);
}

/* A fade that begins during a look for motion moves what is no camera. */
static void a_fade_during_a_look(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *one = blank(), *two = blank(), *amid = blank();
    shade(one, 64, 64, 288, 192, 0);
    scribble(two, 80, 100, 250, 12, 1, INK);
    add(t, &s, 0, 5, 0.5, one);
    sc_track_burst_begin(t);
    for (int k = 0; k <= 5; k++) {
        for (size_t i = 0; i < g.bytes; i++)
            amid[i] = (uint8_t)((one[i] * (5 - k) + two[i] * k) / 5);
        sc_track_burst_add(t, amid);
    }
    sc_track_burst_end(t);
    add(t, &s, 6, 9, 0.5, two);
    add(t, &s, 9, 14, 0.5, one);
    assert_true(sc_track_end(t, 14));
    assert_int_equal(s.n, 3);
    sc_track_destroy(t);
    free(one);
    free(two);
    free(amid);
}

/* The camera goes, and what its box hid stands long after all else does. */
static void a_camera_goes(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *bare = blank();
    for (unsigned n = 0; n < 6; n++)
        scribble(bare, 40, 40 + 40 * (int)n, 300, 12, 1 + n, INK);
    scribble(bare, 194, 290, 12, 12, 1, INK);
    scribble(bare, 512, 16, 64, 80, 9, INK);
    add_camera(t, &s, 0, 2, 1, 0);
    learn_camera(t, 3, true);
    add_camera(t, &s, 2, 8, 1, 2);
    add(t, &s, 8, 9.6, 0.5, bare);
    add(t, &s, 16, 24, 0.5, bare);
    assert_true(sc_track_end(t, 24));
    assert_int_equal(s.n, 1);
    sc_track_destroy(t);
    free(bare);
}

static uint8_t *scrolled_text(int down, bool cursor)
{
    uint8_t *t = blank();
    for (int i = 0; i < 40; i++) {
        int y = 16 * i - down;
        if (y >= 0 && y < 340)
            scribble(t, 40, y, 300, 12, 1 + (unsigned)i, INK);
    }
    for (int y = 201; cursor && y < 215; y++)
        memset(t + (size_t)y * g.stride + 155, OTHER_INK, 10);
    return t;
}

/* What a cursor moved over as the text came to rest is not compared with the old text. */
static void a_cursor_at_the_end_of_a_scroll(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    for (int k = 0; k < 24; k++) {
        int down = k < 6 ? 0 : k < 10 ? (k - 5) * 24 : 96;
        uint8_t *thumb = scrolled_text(down, k == 11);
        add(t, &s, k * 0.5, k * 0.5 + 0.1, 0.5, thumb);
        free(thumb);
    }
    assert_true(sc_track_end(t, 12));
    assert_int_equal(s.n, 1);
    sc_track_destroy(t);
}

/* In a meeting's window, a slide that is shown for four seconds between two looks at
 * another is no popup. */
static void a_short_slide_in_a_frame(void **state)
{
    (void)state;
    struct seen s = {0};
    struct sc_track *t = create(&s);
    uint8_t *one = blank(), *two = blank();
    for (int i = 0; i < 20; i++) {
        scribble(one, 500, 16 * i, 130, 14, 70 + (unsigned)i, INK);
        scribble(two, 500, 16 * i, 130, 14, 70 + (unsigned)i, INK);
    }
    for (int i = 0; i < 4; i++) {
        scribble(one, 40, 40 + 60 * i, 300, 12, 1 + (unsigned)i, INK);
        scribble(two, 40, 60 + 60 * i, 400, 16, 11 + (unsigned)i, INK);
    }
    add(t, &s, 0, 6, 0.5, one);
    add(t, &s, 6, 10, 0.5, two);
    add(t, &s, 10, 20, 0.5, one);
    assert_true(sc_track_end(t, 20));
    assert_int_equal(s.n, 3);
    sc_track_destroy(t);
    free(one);
    free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sharper_key_frame_stands_still),
        cmocka_unit_test(a_key_frame_shows_the_next_number),
        cmocka_unit_test(a_picture_before_all_is_calm),
        cmocka_unit_test(a_slide_pushes_another_out),
        cmocka_unit_test(another_colour_is_worth_a_picture),
        cmocka_unit_test(what_stood_before_a_key_frame_counts),
        cmocka_unit_test(a_wipe_closes_no_popup),
        cmocka_unit_test(a_popup_outlives_its_slide_briefly),
        cmocka_unit_test(a_cursor_alone_is_no_slide),
        cmocka_unit_test(a_popup_over_a_growing_board),
        cmocka_unit_test(no_picture_amid_another_change),
        cmocka_unit_test(what_stood_for_long_is_not_waited_for),
        cmocka_unit_test(a_fade_makes_no_camera),
        cmocka_unit_test(a_head_moves_at_last),
        cmocka_unit_test(a_restless_head_is_not_waited_for),
        cmocka_unit_test(a_short_slide_in_a_frame),
        cmocka_unit_test(a_cursor_at_the_end_of_a_scroll),
        cmocka_unit_test(a_fade_during_a_look),
        cmocka_unit_test(a_camera_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
