/*
 * One scene of a synthetic lecture and its pictures: what lecture_maker.c plans,
 * lecture_scene.c draws. Everything on a scene follows from its seed.
 */
#ifndef SC_TEST_LECTURE_SCENE_H
#define SC_TEST_LECTURE_SCENE_H

#include "canvas.h"
#include "lecture_maker.h"

enum { SCENE_MAX_LINES = 90, SCENE_MAX_STEPS = 12 };

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
    int n_steps;                    /* states: bullets shown, numbers, scroll positions */
    double step_s[SCENE_MAX_STEPS]; /* when each begins, from start_s */
    int step_pos[SCENE_MAX_STEPS];  /* EDITOR: first line shown */
    bool step_new[SCENE_MAX_STEPS]; /* this state is a slide of its own */
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

/* The generator of all that looks random: SplitMix64. */
uint64_t scene_random(uint64_t *s);
int scene_pick(uint64_t *s, int n);
double scene_uniform(uint64_t *s, double lo, double hi);
struct theme scene_theme(uint64_t *s);

/* Pixels of this lecture for a length on a picture of 720 lines. */
int scene_px(const struct maker *m, int at720);

/* The state of a scene; `smooth16` overrides an editor's scroll position when >= 0. */
void scene_draw(struct maker *m, struct canvas *c, const struct scene *sc, int step,
                double t, int smooth16);
/* A person before a wall with shelves; noise as of a sensor. */
void scene_draw_person(struct canvas *c, int x0, int y0, int w, int h, double t,
                       uint64_t seed);

#endif
