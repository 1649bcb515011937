#include "lecture_maker.h"

#include "base/proc.h"
#include "lecture_scene.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SCENES = 2000 };

static const char *const kind_names[KINDS] = {"bullets", "table",  "chart",   "code",
                                              "editor",  "typing", "diagram", "film",
                                              "photo",   "camera", "blank"};

/* ---- the plan ---- */

static enum scene_kind random_kind(struct maker *m)
{
    static const int weights[KINDS] = {30, 10, 9, 9, 9, 6, 8, 5, 4, 6, 3};
    int total = 0, r;
    for (int k = 0; k < KINDS; k++)
        total += weights[k];
    r = scene_pick(&m->rng, total);
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
        sc->n_steps = 2 + scene_pick(s, 5);
        if (scene_pick(s, 3) == 0) { /* all at once, short now and then */
            for (int i = 1; i < sc->n_steps; i++)
                sc->step_s[i] = 0;
            t = scene_pick(s, 3) ? scene_uniform(s, 6, 40) : scene_uniform(s, 3, 5);
            break;
        }
        for (int i = 0; i < sc->n_steps; i++, t += scene_uniform(s, 2, 12))
            sc->step_s[i] = t;
        t += scene_uniform(s, 3, 15);
        break;
    case TABLE:
        sc->n_steps = 1 + scene_pick(s, 4);
        for (int i = 0; i < sc->n_steps; i++, t += scene_uniform(s, 5, 18)) {
            sc->step_s[i] = t;
            sc->step_new[i] = true;
        }
        break;
    case EDITOR:
        sc->n_steps = 2 + scene_pick(s, 5);
        for (int i = 0, pos = 0; i < sc->n_steps; i++, t += scene_uniform(s, 4, 14)) {
            bool page = i > 0 && scene_pick(s, 2);
            if (i > 0)
                pos += page ? 26 : 1 + scene_pick(s, 3);
            if (pos > SCENE_MAX_LINES - 28) {
                sc->n_steps = i;
                break;
            }
            sc->step_s[i] = t;
            sc->step_pos[i] = pos;
            sc->step_new[i] = i == 0 || page;
        }
        break;
    case TYPING:
        sc->n_steps = 4 + scene_pick(s, 7);
        for (int i = 0; i < sc->n_steps; i++, t += scene_uniform(s, 2, 5))
            sc->step_s[i] = t;
        t += scene_uniform(s, 2, 8);
        break;
    case BLANK:
        t = scene_uniform(s, 1.5, 4);
        break;
    case CAMERA:
        t = scene_uniform(s, 5, 40);
        break;
    default:
        t = scene_pick(s, 4) ? scene_uniform(s, 6, 45) : scene_uniform(s, 3, 5);
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
    struct theme theme = scene_theme(s);
    for (int page = 1; t < m->o.duration_s - 4 && m->n_scenes < MAX_SCENES;) {
        struct scene *sc = &m->scenes[m->n_scenes];
        *sc = (struct scene){
            .start_s = t, .seed = scene_random(s), .revisit_of = -1, .theme = theme};
        if (scene_pick(s, 12) == 0)
            theme = scene_theme(s);
        enum scene_kind last = m->n_scenes ? m->scenes[m->n_scenes - 1].kind : BLANK;
        sc->kind = m->o.no_slides ? CAMERA : random_kind(m);
        if (!m->o.no_slides && (sc->kind == CAMERA || sc->kind == BLANK) &&
            (last == CAMERA || last == BLANK))
            sc->kind = BULLETS;
        if (sc->kind == CODE || sc->kind == EDITOR || sc->kind == TYPING)
            sc->theme = scene_theme(&(uint64_t){sc->seed});
        int fade = scene_pick(s, 6);
        sc->fade_s = fade == 0   ? scene_uniform(s, 0.3, 1.2)
                     : fade == 1 ? -scene_uniform(s, 0.4, 1.0)
                                 : 0;
        if (sc->kind == CAMERA || m->n_scenes == 0)
            sc->fade_s = 0;
        int back = m->n_scenes - 2 - scene_pick(s, 8);
        if (sc->kind < FILM && back >= 0 && scene_pick(s, 6) == 0) {
            const struct scene *old = &m->scenes[back];
            if (old->kind < FILM && old->revisit_of < 0) {
                double start = sc->start_s, f = sc->fade_s;
                *sc = *old;
                sc->start_s = start;
                sc->fade_s = f;
                sc->n_steps = final_step(old) + 1;
                sc->revisit_of = back;
                sc->end_s = start + scene_uniform(s, 4, 20);
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
    scene_draw(m, &c, sc, to, 0, -1);
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
        scene_draw(m, &cs->cached, sc, step, t, smooth);
        cs->cached_scene = live ? -1 : i;
        cs->cached_step = step;
    }
    canvas_copy(&cs->frame, &cs->cached);
}

static void draw_cursor(struct maker *m, struct camera_state *cs, double t)
{
    uint64_t *s = &m->rng;
    if (t >= cs->move_at) {
        cs->tx = scene_uniform(s, 0.05, 0.95);
        cs->ty = scene_uniform(s, 0.1, 0.9);
        cs->move_at = t + scene_uniform(s, 1, 15);
        cs->cursor = scene_pick(s, 5) != 0;
    }
    cs->cx += (cs->tx - cs->cx) * 0.3;
    cs->cy += (cs->ty - cs->cy) * 0.3;
    if (!cs->cursor)
        return;
    int x = (int)(cs->cx * m->o.width), y = (int)(cs->cy * m->o.height);
    for (int r = 0; r < scene_px(m, 18); r++) {
        canvas_box(&cs->frame, x, y + r, r * 2 / 3 + 1, 1, colour_rgb(255, 255, 255));
        canvas_box(&cs->frame, x, y + r, 1, 1, colour_rgb(0, 0, 0));
        canvas_box(&cs->frame, x + r * 2 / 3, y + r, 2, 1, colour_rgb(0, 0, 0));
    }
}

static void draw_popup(struct maker *m, struct camera_state *cs, double t)
{
    uint64_t *s = &m->rng;
    if (t > cs->popup_to + 1) {
        cs->popup_from = t + scene_uniform(s, 30, 200);
        cs->popup_to = cs->popup_from + scene_uniform(s, 1.5, 5.5);
        cs->popup_w = scene_px(m, 260 + scene_pick(s, 160));
        cs->popup_h = scene_px(m, 70 + scene_pick(s, 90));
        bool corner = scene_pick(s, 3) > 0;
        cs->popup_x = corner ? m->o.width - cs->popup_w - 10
                             : scene_pick(s, m->o.width - cs->popup_w);
        cs->popup_y = corner ? scene_px(m, 20) : scene_pick(s, m->o.height - cs->popup_h);
    }
    if (t < cs->popup_from || t > cs->popup_to)
        return;
    canvas_box(&cs->frame, cs->popup_x, cs->popup_y, cs->popup_w, cs->popup_h,
               colour_rgb(245, 245, 245));
    canvas_frame(&cs->frame, cs->popup_x, cs->popup_y, cs->popup_w, cs->popup_h, 2,
                 colour_rgb(90, 90, 90));
    canvas_text(&cs->frame, FONT_BOLD, scene_px(m, 18), cs->popup_x + scene_px(m, 14),
                cs->popup_y + scene_px(m, 28), "New message", colour_rgb(20, 20, 20), 0,
                0);
    canvas_text(&cs->frame, FONT_SANS, scene_px(m, 16), cs->popup_x + scene_px(m, 14),
                cs->popup_y + scene_px(m, 54), "can you share the slides",
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
        scene_draw_person(&cs->frame, x, y, m->cam_w, m->cam_h, t, 7);
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
    m.cam_corner = scene_pick(&m.rng, 3) ? scene_pick(&m.rng, 4) : -1;
    m.cam_w = (scene_px(&m, 200 + scene_pick(&m.rng, 80))) & ~1;
    m.cam_h = (m.cam_w * 3 / 4) & ~1;
    m.cam_from_s =
        scene_pick(&m.rng, 3) ? 0 : scene_uniform(&m.rng, 0, o->duration_s / 2);
    m.cam_to_s = scene_pick(&m.rng, 3)
                     ? o->duration_s
                     : scene_uniform(&m.rng, o->duration_s / 2, o->duration_s);
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
