#include "slides/store.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "slides/inset.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Raised when the way of finding slides changes, so that old checkpoints do not count. */
enum { STORE_VERSION = 3, MAX_STATE_BYTES = 64 * 1024 * 1024 };
enum {
    MEAN_STEP = 10, /* brightness of a tile's mean that rules a tile out */
    MIN_INK = 60,
    LESS_MAX_GAIN = 300, /* ink; what differs so much is no part of the other */
    HELD_PICTURES = 4,
    MORE_MIN_INK = 300, /* a state with less ink is not taken for a part of another */
};
static const double MAX_TILES_OFF =
    0.35;                             /* share of tiles beyond MEAN_STEP in a revisit */
static const double JOIN_GAP_S = 0.5; /* ranges closer than this are one */

/* What is kept per slide to know it again; its thumb lies on disk. */
struct memo {
    uint8_t *means, *known; /* one each per tile */
    size_t series; /* slides that differ by one number from the one before share it */
    struct sc_picture *picture; /* of the latest few: no PNG need be read for those */
};

struct sc_store {
    struct sc_store_options opts;
    char *dir; /* work_dir/find */
    struct sc_slide_deck deck;
    struct memo *memos; /* parallel to deck.slides */
    size_t n_memos, n_tiles;
    size_t last; /* index of the slide last shown, plus one; 0 = none */
    size_t n_series;
    uint8_t *scratch;
    size_t scratch_bytes;
};

static char *thumb_path(const struct sc_store *s, const struct sc_slide *slide)
{
    return sc_strf("%s/%s.thumb", s->dir, slide->filename);
}

/* ---- checkpoint ---- */

/* Tells whether it is still the same video without reading it. */
static json_t *video_identity(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return NULL;
    return json_pack("{s:I,s:I}", "size", (json_int_t)st.st_size, "mtime",
                     (json_int_t)st.st_mtime);
}

bool sc_store_checkpoint(struct sc_store *s, double resume_s, bool done,
                         struct sc_error *err)
{
    struct sc_buf deck = SC_BUF_INIT(0);
    char *path = sc_path_join(s->dir, "state.json");
    json_t *root = NULL;
    bool ok = path && sc_slide_deck_write_json(&s->deck, &deck, err);
    if (ok)
        root =
            json_pack("{s:i,s:o,s:f,s:b,s:i,s:i,s:o}", "version", STORE_VERSION, "video",
                      video_identity(s->opts.video_path), "resume", resume_s, "done",
                      done ? 1 : 0, "width", s->deck.width, "height", s->deck.height,
                      "slides", json_loadb(deck.data, deck.len, 0, NULL));
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (ok && !text)
        ok = sc_fail(err, SC_ERR_MEMORY, "no memory for the slides' checkpoint");
    ok = ok && sc_file_write(path, text, strlen(text), false, err);
    json_decref(root);
    free(text);
    free(path);
    sc_buf_finish(&deck);
    return ok;
}

static bool read_deck(struct sc_store *s, const json_t *slides)
{
    char *text = json_dumps(slides, JSON_COMPACT);
    struct sc_error ignored = {0};
    bool ok = text && sc_slide_deck_read_json(text, strlen(text), &s->deck, &ignored);
    free(text);
    for (size_t i = 0; ok && i < s->deck.n_slides; i++) {
        char *png = sc_path_join(s->opts.slides_dir, s->deck.slides[i].filename);
        char *thumb = thumb_path(s, &s->deck.slides[i]);
        ok = png && thumb && sc_file_exists(png) && sc_file_exists(thumb);
        free(png);
        free(thumb);
    }
    return ok;
}

/* True when a checkpoint of this video could be taken over. */
static bool load_state(struct sc_store *s, double *resume_s, bool *done)
{
    struct sc_buf text = SC_BUF_INIT(MAX_STATE_BYTES);
    struct sc_error ignored = {0};
    char *path = sc_path_join(s->dir, "state.json");
    bool ok = path && sc_file_read(path, MAX_STATE_BYTES, &text, &ignored);
    json_t *root = ok ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    json_t *now = video_identity(s->opts.video_path);
    ok = root && now &&
         json_integer_value(json_object_get(root, "version")) == STORE_VERSION &&
         json_equal(json_object_get(root, "video"), now) &&
         read_deck(s, json_object_get(root, "slides"));
    if (ok) {
        *resume_s = json_number_value(json_object_get(root, "resume"));
        *done = json_is_true(json_object_get(root, "done"));
        s->deck.width = (int)json_integer_value(json_object_get(root, "width"));
        s->deck.height = (int)json_integer_value(json_object_get(root, "height"));
    } else {
        sc_slide_deck_finish(&s->deck);
    }
    json_decref(root);
    json_decref(now);
    free(path);
    sc_buf_finish(&text);
    return ok;
}

struct cleaning {
    const char *dir;
    struct sc_error *err;
    bool ok;
};

/* "00_01_30.png", "00_01_30_2.png": pictures of ours; others are left alone. */
static bool is_our_picture(const char *name)
{
    static const char shape[] = "dd_dd_dd";
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
            return false;
    return sc_str_ends(name, ".png");
}

static bool remove_picture(void *user, const char *name)
{
    struct cleaning *c = user;
    if (!is_our_picture(name))
        return true;
    char *path = sc_path_join(c->dir, name);
    c->ok = path && sc_remove_tree(path, c->err);
    free(path);
    return c->ok;
}

static bool start_anew(struct sc_store *s, struct sc_error *err)
{
    struct cleaning c = {s->opts.slides_dir, err, true};
    return sc_remove_tree(s->dir, err) && sc_mkdirs(s->dir, err) &&
           sc_dir_each(s->opts.slides_dir, remove_picture, &c, err) && c.ok;
}

bool sc_store_open(const struct sc_store_options *opts, struct sc_store **out,
                   double *resume_s, bool *done, struct sc_error *err)
{
    struct sc_store *s = calloc(1, sizeof *s);
    if (!s)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    s->opts = *opts;
    s->dir = sc_path_join(opts->work_dir, "find");
    *resume_s = 0;
    *done = false;
    bool ok = s->dir && sc_mkdirs(opts->slides_dir, err) && sc_mkdirs(s->dir, err);
    if (ok && !load_state(s, resume_s, done))
        ok = start_anew(s, err);
    if (!ok) {
        sc_store_close(s);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    }
    *out = s;
    return true;
}

static void forget_memos(struct sc_store *s)
{
    for (size_t i = 0; i < s->n_memos; i++) {
        free(s->memos[i].means);
        free(s->memos[i].known);
        sc_picture_unref(s->memos[i].picture);
    }
    free(s->memos);
    s->memos = NULL;
    s->n_memos = s->last = 0;
}

bool sc_store_restart(struct sc_store *s, struct sc_error *err)
{
    forget_memos(s);
    sc_slide_deck_finish(&s->deck);
    return start_anew(s, err);
}

void sc_store_close(struct sc_store *s)
{
    if (!s)
        return;
    forget_memos(s);
    free(s->scratch);
    free(s->dir);
    sc_slide_deck_finish(&s->deck);
    free(s);
}

void sc_store_take_deck(struct sc_store *s, struct sc_slide_deck *out)
{
    *out = s->deck;
    s->deck = (struct sc_slide_deck){0};
}

/* ---- knowing slides again ---- */

static bool write_thumb(const struct sc_store *s, const struct sc_slide *slide,
                        const struct sc_grid *g, const struct sc_segment *seg,
                        struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    sc_buf_add(&b, seg->known, g->n);
    sc_buf_add(&b, seg->thumb, g->bytes);
    char *path = thumb_path(s, slide);
    bool ok = path && !b.failed && sc_file_write(path, b.data, b.len, false, err);
    free(path);
    sc_buf_finish(&b);
    return ok ? true : sc_fail(err, SC_ERR_MEMORY, "no memory for a slide");
}

/* Into *out: known flags, then the thumb. */
static bool read_thumb(const struct sc_store *s, const struct sc_slide *slide,
                       const struct sc_grid *g, struct sc_buf *out)
{
    struct sc_error ignored = {0};
    char *path = thumb_path(s, slide);
    bool ok = path && sc_file_read(path, g->n + g->bytes, out, &ignored) &&
              out->len == g->n + g->bytes;
    free(path);
    return ok;
}

static bool memo_fill(struct memo *m, const struct sc_grid *g, const uint8_t *known,
                      const uint8_t *thumb)
{
    if (!m->means)
        m->means = malloc(g->n);
    if (!m->known)
        m->known = malloc(g->n);
    if (!m->means || !m->known)
        return false;
    memcpy(m->known, known, g->n);
    for (size_t i = 0; i < g->n; i++)
        m->means[i] = sc_tile_mean(thumb + sc_grid_offset(g, i), g->stride);
    return true;
}

/* After a resume the memos are made again from the thumbs. */
static bool memos_ready(struct sc_store *s, const struct sc_grid *g)
{
    s->n_tiles = g->n;
    while (s->n_memos < s->deck.n_slides) {
        struct memo *grown = realloc(s->memos, (s->n_memos + 1) * sizeof *grown);
        if (!grown)
            return false;
        s->memos = grown;
        struct memo *m = &s->memos[s->n_memos++];
        *m = (struct memo){0};
        struct sc_buf b = SC_BUF_INIT(0);
        bool ok = !read_thumb(s, &s->deck.slides[s->n_memos - 1], g, &b) ||
                  memo_fill(m, g, (uint8_t *)b.data, (uint8_t *)b.data + g->n);
        sc_buf_finish(&b);
        if (!ok)
            return false;
    }
    return true;
}

/* A quick no for most pairs. */
static bool may_match(const struct memo *m, const struct memo *now, size_t n)
{
    size_t both = 0, off = 0;
    for (size_t i = 0; m->means && i < n; i++) {
        if (!m->known[i] || !now->known[i])
            continue;
        int d = m->means[i] - now->means[i];
        both++;
        off += d > MEAN_STEP || d < -MEAN_STEP;
    }
    return both * 3 > n && (double)off <= MAX_TILES_OFF * (double)both;
}

enum match { NO_MATCH, MATCH_MORE, MATCH_LESS, MATCH_SAME };

/* Holds on to the picture of a slide, and lets that of an older one go. */
static void remember_picture(struct sc_store *s, size_t index,
                             const struct sc_picture *pic)
{
    sc_picture_unref(s->memos[index].picture);
    s->memos[index].picture = sc_picture_ref(pic);
    size_t held = 0;
    for (size_t i = s->n_memos; i-- > 0;) {
        struct sc_picture **old = &s->memos[i].picture;
        held += *old != NULL;
        if (held > HELD_PICTURES) {
            sc_picture_unref(*old);
            *old = NULL;
        }
    }
}

static struct sc_picture *load_picture(const struct sc_store *s, size_t index)
{
    const struct sc_slide *slide = &s->deck.slides[index];
    if (s->memos[index].picture)
        return sc_picture_ref(s->memos[index].picture);
    struct sc_error ignored = {0};
    struct sc_buf b = SC_BUF_INIT(0);
    char *path = sc_path_join(s->opts.slides_dir, slide->filename);
    struct sc_picture *pic = path && sc_file_read(path, SC_BUF_DEFAULT_MAX, &b, &ignored)
                                 ? sc_picture_from_png(b.data, b.len)
                                 : NULL;
    free(path);
    sc_buf_finish(&b);
    return pic;
}

static enum sc_spot_verdict judge_spots(struct sc_store *s, size_t index,
                                        const struct sc_picture *pic,
                                        const struct sc_relation *rel)
{
    struct sc_picture *old = load_picture(s, index);
    bool same_size = old && pic && sc_picture_width(old) == sc_picture_width(pic) &&
                     sc_picture_height(old) == sc_picture_height(pic);
    enum sc_spot_verdict v =
        same_size ? s->opts.judge(s->opts.user, old, pic, rel->spots, rel->n_spots)
                  : SC_SPOT_SAME;
    sc_picture_unref(old);
    return v;
}

static enum match compare(struct sc_store *s, size_t index, const struct sc_grid *g,
                          const struct sc_segment *seg, const struct sc_picture *pic,
                          unsigned *n_changed)
{
    const struct sc_slide *slide = &s->deck.slides[index];
    struct sc_buf b = SC_BUF_INIT(0);
    enum match m = NO_MATCH;
    uint8_t *use = malloc(g->n);
    struct sc_relation fwd = {0}, back = {0};
    /* In a series of numbers, one that cannot be read is rather another than the same. */
    bool in_series = seg->other_number && s->last > 0 &&
                     s->memos[index].series == s->memos[s->last - 1].series &&
                     s->memos[index].series != 0;
    enum sc_spot_verdict limit = in_series ? SC_SPOT_SAME : SC_SPOT_UNSURE;
    if (use && read_thumb(s, slide, g, &b)) {
        const uint8_t *known = (uint8_t *)b.data, *thumb = known + g->n;
        for (size_t i = 0; i < g->n; i++)
            use[i] = known[i] && seg->known[i];
        (void)sc_inset_leave_out(g, thumb, seg->thumb, use);
        /* What gained much cannot be a part of the earlier slide: no need to look back.
         */
        if (sc_relate(g, thumb, seg->thumb, use, &fwd) && fwd.old_ink >= MIN_INK &&
            fwd.new_ink >= MIN_INK &&
            (fwd.gained > LESS_MAX_GAIN || sc_relate(g, seg->thumb, thumb, use, &back))) {
            *n_changed = fwd.n_changed;
            if (fwd.kind == SC_REL_SAME ||
                (fwd.kind == SC_REL_TINY && judge_spots(s, index, pic, &fwd) <= limit))
                m = MATCH_SAME;
            else if (fwd.kind == SC_REL_ADDED && fwd.old_ink >= MORE_MIN_INK &&
                     fwd.gained <= fwd.old_ink)
                m = MATCH_MORE;
            else if (back.kind == SC_REL_ADDED && back.old_ink >= MORE_MIN_INK &&
                     back.gained <= back.old_ink)
                m = MATCH_LESS;
        }
    }
    sc_debug("slides: %.1f s against %s: %u tiles differ, match %d", seg->start_s,
             slide->filename, *n_changed, (int)m);
    free(use);
    sc_buf_finish(&b);
    return m;
}

/* The earlier slide that this segment shows again, or n_slides. */
static size_t find_match(struct sc_store *s, const struct sc_grid *g,
                         const struct sc_segment *seg, const struct memo *now,
                         const struct sc_picture *pic, enum match *how)
{
    size_t best = s->deck.n_slides;
    unsigned best_changed = 0;
    *how = NO_MATCH;
    for (size_t i = s->deck.n_slides; i-- > 0;) {
        unsigned changed = 0;
        /* What the tracker has told apart by a number is not brought together again. */
        if ((seg->other_number && i + 1 == s->last) ||
            !may_match(&s->memos[i], now, g->n))
            continue;
        enum match m = compare(s, i, g, seg, pic, &changed);
        if (m > *how || (m == *how && m != NO_MATCH && changed < best_changed)) {
            *how = m;
            best = i;
            best_changed = changed;
        }
    }
    return best;
}

/* ---- adding ---- */

static char *unique_name(const struct sc_store *s, double time_s)
{
    char hms[32];
    sc_format_hms(time_s, hms, sizeof hms);
    for (char *p = hms; *p; p++)
        if (*p == ':')
            *p = '_';
    for (int k = 1;; k++) {
        char *name = k == 1 ? sc_strf("%s.png", hms) : sc_strf("%s_%d.png", hms, k);
        bool taken = false;
        for (size_t i = 0; name && i < s->deck.n_slides; i++)
            taken |= sc_str_eq(s->deck.slides[i].filename, name);
        if (!taken)
            return name;
        free(name);
    }
}

static bool write_picture(struct sc_store *s, const struct sc_slide *slide,
                          const struct sc_picture *pic, struct sc_error *err)
{
    struct sc_buf png = SC_BUF_INIT(0);
    char *path = sc_path_join(s->opts.slides_dir, slide->filename);
    bool ok = path && sc_picture_png(pic, &png, err) &&
              sc_file_write(path, png.data, png.len, false, err);
    free(path);
    sc_buf_finish(&png);
    return ok;
}

static bool add_range(struct sc_slide *slide, double start_s, double end_s,
                      struct sc_error *err)
{
    struct sc_time_range *last =
        slide->n_ranges ? &slide->ranges[slide->n_ranges - 1] : NULL;
    slide->end_s = end_s;
    if (last && start_s - last->end_s <= JOIN_GAP_S) {
        last->end_s = end_s;
        return true;
    }
    struct sc_time_range *grown =
        realloc(slide->ranges, (slide->n_ranges + 1) * sizeof *grown);
    if (!grown)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a slide");
    slide->ranges = grown;
    slide->ranges[slide->n_ranges++] = (struct sc_time_range){start_s, end_s};
    return true;
}

static bool add_new(struct sc_store *s, const struct sc_grid *g,
                    const struct sc_segment *seg, const struct sc_picture *pic,
                    struct sc_error *err)
{
    struct sc_slide slide = {.filename = unique_name(s, seg->start_s),
                             .timestamp_s = seg->start_s,
                             .ocr_text = sc_strdup(""),
                             .ocr_confidence = -1};
    bool ok = slide.filename && slide.ocr_text &&
              add_range(&slide, seg->start_s, seg->end_s, err);
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "no memory for a slide");
    ok = ok && write_picture(s, &slide, pic, err) && write_thumb(s, &slide, g, seg, err);
    if (!ok) {
        sc_slide_finish(&slide);
        return false;
    }
    /* Segments come in order of time, so the new slide is the last one. */
    return sc_slide_deck_add_take(&s->deck, &slide, err);
}

bool sc_store_add(struct sc_store *s, const struct sc_grid *g,
                  const struct sc_segment *seg, const struct sc_picture *pic,
                  struct sc_error *err)
{
    struct memo now = {0};
    enum match how = NO_MATCH;
    bool ok = memos_ready(s, g) && memo_fill(&now, g, seg->known, seg->thumb);
    if (!ok) {
        free(now.means);
        free(now.known);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a slide");
    }
    size_t i = find_match(s, g, seg, &now, pic, &how);
    free(now.means);
    free(now.known);
    if (how == NO_MATCH) {
        size_t before = s->last;
        if (!add_new(s, g, seg, pic, err) || !memos_ready(s, g))
            return false;
        s->last = s->deck.n_slides;
        remember_picture(s, s->last - 1, pic);
        if (seg->other_number && before > 0) {
            if (s->memos[before - 1].series == 0)
                s->memos[before - 1].series = ++s->n_series;
            s->memos[s->last - 1].series = s->memos[before - 1].series;
        }
        return true;
    }
    s->last = i + 1;
    struct sc_slide *slide = &s->deck.slides[i];
    sc_debug("slides: %.1f s shows %s again (%d)", seg->start_s, slide->filename,
             (int)how);
    if (!add_range(slide, seg->start_s, seg->end_s, err))
        return false;
    if (how != MATCH_MORE)
        return true;
    remember_picture(s, i, pic);
    return memo_fill(&s->memos[i], g, seg->known, seg->thumb) &&
           write_picture(s, slide, pic, err) && write_thumb(s, slide, g, seg, err);
}
