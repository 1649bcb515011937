/*
 * Playlists of the tests, and what is expected of them, as one line of text:
 * a short form of the whole result that a table can hold.
 *
 *   media t=10 s=7 d=0 end VOD | seg | seg ...
 *   master | v uri bw=.. WxH codecs=.. audio=.. | r TYPE group name uri lang D A
 *   seg: uri dur [#msn] [title="..."] [D] [G] [r=len@off] [k=METHOD:uri:iv]
 *        [m=uri[:len@off]] [t=date]
 *
 * `w` at the end: there are warnings.
 */
#ifndef SC_TEST_PLAYLIST_TEXT_H
#define SC_TEST_PLAYLIST_TEXT_H

#include "base/buf.h"
#include "download/playlist.h"

#include <stdio.h>
#include <stdlib.h>

static void show_range(struct sc_buf *b, const char *mark, const struct sc_byterange *r)
{
    if (r->present)
        sc_buf_addf(b, "%s%llu@%llu", mark, (unsigned long long)r->length,
                    (unsigned long long)r->offset);
}

static void show_key(struct sc_buf *b, const struct sc_hls_key *k)
{
    sc_buf_addf(b, " k=%s:%s", k->method, k->uri ? k->uri : "-");
    if (k->has_iv) {
        sc_buf_add_str(b, ":");
        for (size_t i = 0; i < 16; i++)
            sc_buf_addf(b, "%02x", k->iv[i]);
    }
    if (k->keyformat)
        sc_buf_addf(b, ":%s", k->keyformat);
}

static void show_segment(struct sc_buf *b, const struct sc_playlist *p, size_t i)
{
    const struct sc_hls_segment *s = &p->segments[i];
    sc_buf_addf(b, " | %s %g", s->uri, s->written_s);
    if (s->msn != i)
        sc_buf_addf(b, " #%lld", (long long)s->msn);
    if (*s->title)
        sc_buf_addf(b, " title=\"%s\"", s->title);
    if (s->discontinuity)
        sc_buf_addf(b, " D%llu", (unsigned long long)s->discontinuity_sequence);
    if (s->gap)
        sc_buf_add_str(b, " G");
    show_range(b, " r=", &s->range);
    if (s->key)
        show_key(b, s->key);
    if (s->map) {
        sc_buf_addf(b, " m=%s", s->map->uri);
        show_range(b, ":", &s->map->range);
        if (s->map->key)
            sc_buf_add_str(b, "+key");
    }
    if (s->program_date_time)
        sc_buf_addf(b, " t=%s", s->program_date_time);
}

static void show_master(struct sc_buf *b, const struct sc_playlist *p)
{
    for (size_t i = 0; i < p->n_variants; i++) {
        const struct sc_hls_variant *v = &p->variants[i];
        sc_buf_addf(b, " | v %s", v->uri);
        if (v->has_bandwidth)
            sc_buf_addf(b, " bw=%llu", (unsigned long long)v->bandwidth);
        if (v->width)
            sc_buf_addf(b, " %dx%d", v->width, v->height);
        if (v->codecs)
            sc_buf_addf(b, " codecs=%s", v->codecs);
        if (v->audio)
            sc_buf_addf(b, " audio=%s", v->audio);
    }
    for (size_t i = 0; i < p->n_renditions; i++) {
        const struct sc_hls_rendition *r = &p->renditions[i];
        sc_buf_addf(b, " | r %s %s %s %s %s", r->type, r->group, r->name,
                    r->uri ? r->uri : "-", r->language ? r->language : "-");
        sc_buf_addf(b, "%s%s", r->is_default ? " D" : "", r->autoselect ? " A" : "");
    }
}

/* Heap memory; "error: ..." when it is no playlist. */
static char *playlist_line(const char *text, size_t len, const char *base)
{
    struct sc_buf b = SC_BUF_INIT(0);
    struct sc_playlist *p = NULL;
    struct sc_error err = {0};
    if (!sc_playlist_parse(text, len, base, &p, &err)) {
        sc_buf_addf(&b, "error: %s", sc_error_slug(err.code));
        return sc_buf_detach(&b);
    }
    sc_buf_add_str(&b, p->is_master ? "master" : "media");
    if (p->has_target_duration)
        sc_buf_addf(&b, " t=%g", p->target_duration_s);
    if (p->media_sequence)
        sc_buf_addf(&b, " s=%lld", (long long)p->media_sequence);
    if (p->discontinuity_sequence)
        sc_buf_addf(&b, " d=%lld", (long long)p->discontinuity_sequence);
    if (p->endlist)
        sc_buf_add_str(&b, " end");
    if (p->type)
        sc_buf_add_str(&b, p->type == SC_PLAYLIST_VOD ? " VOD" : " EVENT");
    for (size_t i = 0; i < p->n_segments; i++)
        show_segment(&b, p, i);
    show_master(&b, p);
    if (p->n_warnings)
        sc_buf_add_str(&b, " w");
    sc_playlist_destroy(p);
    return sc_buf_detach(&b);
}

#endif
