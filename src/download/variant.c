#include "download/variant.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* RFC 6381 names of what carries pictures. */
static bool has_video(const struct sc_hls_variant *v)
{
    static const char *const codecs[] = {"avc", "hvc", "hev", "vp0", "vp8",
                                         "vp9", "av0", "dvh", "mp4v"};
    if (v->width > 0 || v->height > 0 || !v->codecs || !*v->codecs)
        return true;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (strstr(v->codecs, codecs[i]))
            return true;
    return false;
}

/* The n of ".../stream_<n>/...": higher usually is better; -1 when there is none. */
static long stream_number(const struct sc_hls_variant *v)
{
    const char *p = strstr(v->uri, "stream_");
    return p && p[7] >= '0' && p[7] <= '9' ? strtol(p + 7, NULL, 10) : -1;
}

static double pixels(const struct sc_hls_variant *v)
{
    return (double)v->width * v->height;
}

/* More than zero when a is better than b. */
static int better(const struct sc_hls_variant *a, const struct sc_hls_variant *b)
{
    if (has_video(a) != has_video(b))
        return has_video(a) ? 1 : -1;
    if (pixels(a) != pixels(b))
        return pixels(a) > pixels(b) ? 1 : -1;
    if (a->bandwidth != b->bandwidth)
        return a->bandwidth > b->bandwidth ? 1 : -1;
    if (a->frame_rate != b->frame_rate)
        return a->frame_rate > b->frame_rate ? 1 : -1;
    long x = stream_number(a), y = stream_number(b);
    return x == y ? 0 : x > y ? 1 : -1;
}

/* More than zero when a is the nearer one to the wanted height. */
static int nearer(const struct sc_hls_variant *a, const struct sc_hls_variant *b,
                  int height)
{
    bool known_a = a->height > 0, known_b = b->height > 0;
    if (known_a != known_b)
        return known_a ? 1 : -1;
    bool fits_a = a->height <= height, fits_b = b->height <= height;
    if (fits_a != fits_b) /* rather smaller than larger */
        return fits_a ? 1 : -1;
    if (a->height != b->height)
        return (fits_a ? a->height > b->height : a->height < b->height) ? 1 : -1;
    return better(a, b);
}

static int compare(const struct sc_hls_variant *a, const struct sc_hls_variant *b,
                   enum sc_quality quality, int height)
{
    if (has_video(a) != has_video(b)) /* no quality means "without the picture" */
        return has_video(a) ? 1 : -1;
    if (quality == SC_QUALITY_HEIGHT)
        return nearer(a, b, height);
    return quality == SC_QUALITY_WORST ? better(b, a) : better(a, b);
}

size_t sc_variant_order(const struct sc_playlist *master, enum sc_quality quality,
                        int height, size_t *order)
{
    const struct sc_hls_variant *v = master->variants;
    size_t best = 0, n = 0;
    for (size_t i = 1; i < master->n_variants; i++)
        if (compare(&v[i], &v[best], quality, height) > 0)
            best = i;
    if (master->n_variants == 0)
        return 0;
    order[n++] = best;
    for (size_t i = 0; i < master->n_variants; i++)
        if (i != best && has_video(&v[i]) == has_video(&v[best]) &&
            v[i].width == v[best].width && v[i].height == v[best].height &&
            (v[i].height > 0 || v[i].bandwidth == v[best].bandwidth))
            order[n++] = i;
    return n;
}

const struct sc_hls_rendition *sc_variant_audio(const struct sc_playlist *master,
                                                const struct sc_hls_variant *v)
{
    const struct sc_hls_rendition *best = NULL;
    int best_rank = -1;
    if (!v->audio)
        return NULL;
    for (size_t i = 0; i < master->n_renditions; i++) {
        const struct sc_hls_rendition *r = &master->renditions[i];
        if (!sc_str_eq(r->type, "AUDIO") || !sc_str_eq(r->group, v->audio))
            continue;
        int rank = r->is_default ? 2 : r->autoselect ? 1 : 0;
        if (rank > best_rank) {
            best = r;
            best_rank = rank;
        }
    }
    /* RFC 8216 4.3.4.1: without a URI the audio is in the variant's own segments. */
    return best && best->uri && !sc_str_eq(best->uri, v->uri) ? best : NULL;
}
