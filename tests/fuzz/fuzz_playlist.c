/* Playlists: no crash, and what comes out is whole and consistent. */
#include "base/str.h"
#include "download/download.h"
#include "download/playlist.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_segments(const struct sc_playlist *p)
{
    for (size_t i = 0; i < p->n_segments; i++) {
        const struct sc_hls_segment *s = &p->segments[i];
        must(s->uri && *s->uri && s->title && s->duration_s >= 0 && s->start_s >= 0);
        uint64_t counted = p->media_sequence + p->n_skipped + i;
        bool stops = !p->negative_media_sequence && counted > INT64_MAX;
        must(s->msn == (stops ? INT64_MAX : counted));
        must(!s->range.present || s->range.offset + s->range.length >= s->range.offset);
        must(!s->key || (s->key->method && !sc_str_eq(s->key->method, "NONE")));
        must(!s->map || (s->map->uri && *s->map->uri));
    }
}

static void check(const struct sc_playlist *p)
{
    check_segments(p);
    for (size_t i = 0; i < p->n_variants; i++)
        must(p->variants[i].uri && *p->variants[i].uri);
    for (size_t i = 0; i < p->n_renditions; i++)
        must(p->renditions[i].type && p->renditions[i].group && p->renditions[i].name);
    for (size_t i = 0; i < p->n_warnings; i++)
        must(sc_utf8_valid(p->warnings[i], strlen(p->warnings[i])));
    must(p->n_warnings < 200);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const bases[] = {NULL, "https://h.example/a/b.m3u8?tok=%41&x=1"};
    const char *text = (const char *)data;
    for (size_t i = 0; i < 2; i++) {
        struct sc_playlist *p = NULL, *child = NULL;
        struct sc_error err = {0};
        json_t *json = NULL;
        bool ok = sc_playlist_parse(text, size, bases[i], &p, &err);
        must(ok == (err.code == SC_ERR_OK) && ok == (p != NULL));
        must(!ok || sc_playlist_probe(text, size));
        if (ok) {
            check(p);
            must(sc_playlist_parse_child(text, size, bases[i], p, &child, &err));
            must(child->n_segments == p->n_segments);
            must(sc_inspect_text(text, size, bases[i], &json, &err));
        }
        json_decref(json);
        sc_playlist_destroy(child);
        sc_playlist_destroy(p);
    }
    return 0;
}
