#include "slide_score.h"

#include "base/file.h"
#include "media/frames.h"
#include "slides/grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TILES_OFF = 4 }; /* a cursor may stand anywhere */
static const double TOLERANCE_S = 2.0;

static void shrink(const struct sc_grid *g, const uint8_t *y, int width, uint8_t *thumb)
{
    for (int r = 0; r < g->ty * SC_TILE; r++)
        for (int x = 0; x < g->tx * SC_TILE; x++) {
            int sy = r < g->h ? r : g->h - 1, sx = x < g->w ? x : g->w - 1;
            unsigned sum = 0;
            for (int k = 0; k < g->factor; k++)
                for (int i = 0; i < g->factor; i++)
                    sum += y[(size_t)(sy * g->factor + k) * (size_t)width +
                             (size_t)(sx * g->factor + i)];
            thumb[(size_t)r * g->stride + (size_t)x] =
                (uint8_t)(sum / (unsigned)(g->factor * g->factor));
        }
}

static bool load(const char *dir, const struct sc_slide *s, int w, int h, uint8_t *y)
{
    struct sc_error err = {0};
    struct sc_buf b = SC_BUF_INIT(0);
    char *path = sc_path_join(dir, s->filename);
    struct sc_picture *p =
        sc_file_read(path, 1 << 28, &b, &err) ? sc_picture_from_png(b.data, b.len) : NULL;
    bool ok = p && sc_picture_width(p) == w && sc_picture_height(p) == h &&
              sc_picture_crop(p, 0, 0, w, h, y);
    sc_picture_unref(p);
    sc_buf_finish(&b);
    free(path);
    return ok;
}

static bool left_out(const struct truth *t, const struct truth_slide *s,
                     const struct sc_grid *g, size_t tile)
{
    int x = (int)(tile % (size_t)g->tx) * SC_TILE * g->factor;
    int y = (int)(tile / (size_t)g->tx) * SC_TILE * g->factor, size = SC_TILE * g->factor;
    if (t->cam_w && x + size > t->cam_x && x < t->cam_x + t->cam_w &&
        y + size > t->cam_y && y < t->cam_y + t->cam_h)
        return true;
    int k = t->height;
    return strcmp(s->kind, "film") == 0 && x + size > 190 * k / 720 &&
           x < 850 * k / 720 && y + size > 160 * k / 720 && y < 580 * k / 720;
}

static unsigned tiles_off(const struct truth *t, const struct truth_slide *s,
                          const struct sc_grid *g, const uint8_t *a, const uint8_t *b)
{
    unsigned n = 0;
    for (size_t i = 0; i < g->n; i++) {
        size_t at = sc_grid_offset(g, i);
        n += !left_out(t, s, g, i) && sc_tile_diff(a + at, b + at, g->stride, 30) >= 7;
    }
    return n;
}

static double f1(size_t ok, size_t truth, size_t found)
{
    return truth + found ? 2.0 * (double)ok / (double)(truth + found) : 1;
}

/* For every found slide the truth slide its picture shows, or -1. */
static bool match_images(const struct truth *t, const struct sc_slide_deck *d,
                         const char *dir, int *shows)
{
    struct sc_grid g;
    sc_grid_init(&g, t->width, t->height);
    uint8_t *y = malloc((size_t)t->width * (size_t)t->height), *now = malloc(g.bytes);
    uint8_t *all = malloc(g.bytes * (t->n ? t->n : 1));
    bool ok = y && now && all;
    for (size_t k = 0; ok && k < t->n; k++)
        shrink(&g, t->slides[k].y, t->width, all + k * g.bytes);
    for (size_t i = 0; ok && i < d->n_slides; i++) {
        shows[i] = -1;
        if (!load(dir, &d->slides[i], t->width, t->height, y))
            continue;
        shrink(&g, y, t->width, now);
        unsigned best = MAX_TILES_OFF + 1, nearest = 9999;
        for (size_t k = 0; k < t->n; k++) {
            unsigned off = tiles_off(t, &t->slides[k], &g, all + k * g.bytes, now);
            nearest = off < nearest ? off : nearest;
            if (off < best) {
                best = off;
                shows[i] = (int)k;
            }
        }
        if (shows[i] < 0 && getenv("SCORE_DEBUG"))
            printf("    %s: nearest truth is %u tiles off\n", d->slides[i].filename,
                   nearest);
    }
    free(y);
    free(now);
    free(all);
    return ok;
}

bool slide_score(const struct truth *t, const struct sc_slide_deck *d,
                 const char *slides_dir, bool verbose, struct slide_score *out)
{
    *out = (struct slide_score){.n_truth = t->n, .n_found = d->n_slides};
    int *shows = calloc(d->n_slides + 1, sizeof *shows);
    bool *time_used = calloc(t->n + 1, sizeof *time_used);
    bool *image_used = calloc(t->n + 1, sizeof *image_used);
    bool ok = shows && time_used && image_used && match_images(t, d, slides_dir, shows);
    for (size_t i = 0; ok && i < d->n_slides; i++) {
        int near = -1;
        for (size_t k = 0; k < t->n; k++) {
            double off = fabs(t->slides[k].start_s - d->slides[i].timestamp_s);
            if (!time_used[k] && off <= TOLERANCE_S &&
                (near < 0 ||
                 off < fabs(t->slides[near].start_s - d->slides[i].timestamp_s)))
                near = (int)k;
        }
        bool image = shows[i] >= 0 && !image_used[shows[i]];
        if (near >= 0) {
            time_used[near] = true;
            out->time_ok++;
            out->both_ok += image && shows[i] == near;
        }
        if (image) {
            image_used[shows[i]] = true;
            out->image_ok++;
        }
        if (verbose && (near < 0 || shows[i] != near))
            printf("    found %.1f s (%s): truth %d, shows %d\n",
                   d->slides[i].timestamp_s, d->slides[i].filename, near, shows[i]);
    }
    for (size_t k = 0; ok && verbose && k < t->n; k++)
        if (!time_used[k] || !image_used[k])
            printf("    truth %zu %s %.1f-%.1f s x%d:%s%s\n", k, t->slides[k].kind,
                   t->slides[k].start_s, t->slides[k].end_s, t->slides[k].n_ranges,
                   time_used[k] ? "" : " not found in time",
                   image_used[k] ? "" : " no picture");
    out->f1_time = f1(out->time_ok, t->n, d->n_slides);
    out->f1_image = f1(out->image_ok, t->n, d->n_slides);
    out->f1_both = f1(out->both_ok, t->n, d->n_slides);
    free(shows);
    free(time_used);
    free(image_used);
    return ok;
}
