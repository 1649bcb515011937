/* What is this playlist? JSON for `scaler inspect`. */
#include "base/str.h"
#include "download/download.h"
#include "download/playlist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Any bytes as a JSON string: playlists need not be UTF-8. NULL gives null. */
static json_t *text_json(const char *s)
{
    if (!s)
        return json_null();
    json_t *v = json_string(s);
    if (v)
        return v;
    char *fixed = sc_utf8_repair(s, strlen(s));
    v = fixed ? json_string(fixed) : NULL;
    free(fixed);
    return v;
}

static json_t *text_or_null(const char *s)
{
    return text_json(s && *s ? s : NULL);
}

static json_t *u64_json(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v) : json_real((double)v);
}

/* A sequence number; `negative` ones wrapped around when they were read. */
static json_t *sequence_json(uint64_t v, bool negative)
{
    return negative ? json_integer((json_int_t)v) : u64_json(v);
}

/* Whole numbers without a decimal point. */
static json_t *number_json(double v)
{
    if (floor(v) == v && fabs(v) < 1e15)
        return json_integer((json_int_t)v);
    return json_real(v);
}

static json_t *range_json(const struct sc_byterange *r)
{
    if (!r->present)
        return json_null();
    return json_pack("{s:o, s:o}", "length", u64_json(r->length), "offset",
                     u64_json(r->offset));
}

static json_t *key_json(const struct sc_hls_key *key)
{
    char iv[33] = "";
    if (!key)
        return json_null();
    for (size_t i = 0; key->has_iv && i < 16; i++) {
        static const char hex[] = "0123456789abcdef";
        iv[2 * i] = hex[key->iv[i] >> 4];
        iv[2 * i + 1] = hex[key->iv[i] & 15];
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "method", text_json(key->method), "uri",
                     text_json(key->uri), "iv", text_or_null(iv), "keyformat",
                     text_json(key->keyformat ? key->keyformat : "identity"));
}

static json_t *map_json(const struct sc_hls_map *map)
{
    if (!map)
        return json_null();
    return json_pack("{s:o, s:o}", "uri", text_json(map->uri), "byterange",
                     range_json(&map->range));
}

static json_t *segment_json(const struct sc_playlist *p, const struct sc_hls_segment *s)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "uri",
        text_json(s->uri), "duration", number_json(s->duration_s), "msn",
        sequence_json(s->msn, p->negative_media_sequence), "discontinuity_sequence",
        sequence_json(s->discontinuity_sequence, p->negative_discontinuity_sequence),
        "discontinuity", s->discontinuity, "gap", s->gap, "byterange",
        range_json(&s->range), "key", key_json(s->key), "map", map_json(s->map), "title",
        text_json(s->title), "program_date_time", text_json(s->program_date_time),
        "start", number_json(s->start_s));
}

static json_t *variant_json(const struct sc_hls_variant *v)
{
    json_t *size = v->width
                       ? json_pack("{s:i, s:i}", "width", v->width, "height", v->height)
                       : json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "uri", text_json(v->uri),
        "bandwidth", v->has_bandwidth ? u64_json(v->bandwidth) : json_null(),
        "average_bandwidth",
        v->average_bandwidth ? u64_json(v->average_bandwidth) : json_null(), "resolution",
        size, "frame_rate", v->frame_rate > 0 ? number_json(v->frame_rate) : json_null(),
        "codecs", text_json(v->codecs), "audio", text_json(v->audio), "video",
        text_json(v->video), "subtitles", text_json(v->subtitles));
}

static json_t *rendition_json(const struct sc_hls_rendition *r)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "type", text_or_null(r->type),
                     "group", text_or_null(r->group), "name", text_or_null(r->name),
                     "uri", text_json(r->uri), "language", text_json(r->language),
                     "default", r->is_default, "autoselect", r->autoselect);
}

static const char *type_name(enum sc_playlist_type t)
{
    return t == SC_PLAYLIST_VOD ? "VOD" : t == SC_PLAYLIST_EVENT ? "EVENT" : NULL;
}

static bool add(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0; /* also fails for NULL */
}

static bool fill_lists(const struct sc_playlist *p, json_t *segments, json_t *variants,
                       json_t *renditions, json_t *warnings)
{
    bool ok = segments && variants && renditions && warnings;
    for (size_t i = 0; ok && i < p->n_segments; i++)
        ok = add(segments, segment_json(p, &p->segments[i]));
    for (size_t i = 0; ok && i < p->n_variants; i++)
        ok = add(variants, variant_json(&p->variants[i]));
    for (size_t i = 0; ok && i < p->n_renditions; i++)
        ok = add(renditions, rendition_json(&p->renditions[i]));
    for (size_t i = 0; ok && i < p->n_warnings; i++)
        ok = add(warnings, text_json(p->warnings[i]));
    return ok;
}

static json_t *playlist_json(const struct sc_playlist *p)
{
    json_t *segments = json_array(), *variants = json_array(), *renditions = json_array(),
           *warnings = json_array();
    bool ok = fill_lists(p, segments, variants, renditions, warnings);
    json_t *all = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "type",
        p->is_master ? "master" : "media", "version",
        p->version ? u64_json(p->version) : json_null(), "target_duration",
        p->has_target_duration ? number_json(p->target_duration_s) : json_null(),
        "media_sequence", sequence_json(p->media_sequence, p->negative_media_sequence),
        "discontinuity_sequence",
        sequence_json(p->discontinuity_sequence, p->negative_discontinuity_sequence),
        "endlist", p->endlist, "live", !p->is_master && !p->endlist, "playlist_type",
        text_json(type_name(p->type)), "iframes_only", p->iframes_only, "duration",
        number_json(p->duration_s), "segments", segments, "variants", variants,
        "renditions", renditions, "warnings", warnings);
    if (!ok) {
        json_decref(all);
        all = NULL;
    }
    return all;
}

bool sc_inspect_text(const char *text, size_t len, const char *base_url, json_t **out,
                     struct sc_error *err)
{
    struct sc_playlist *p = NULL;
    if (!sc_playlist_parse(text, len, base_url, &p, err))
        return false;
    json_t *all = playlist_json(p);
    sc_playlist_destroy(p);
    if (!all)
        return sc_fail(err, SC_ERR_MEMORY, "not enough memory to describe the playlist");
    *out = all;
    return true;
}
