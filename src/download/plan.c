#include "download/plan.h"

#include "base/digest.h"
#include "base/str.h"
#include "download/pattern.h"
#include "net/url.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_BUCKETS = 16384 };

static const uint64_t FILE_PART = 4 * 1024 * 1024;

static struct sc_plan_item *add_item(struct sc_plan *p, enum sc_item_kind kind,
                                     struct sc_error *err)
{
    if (p->n_items == SC_PLAN_MAX_ITEMS) {
        sc_fail(err, SC_ERR_LIMIT, "the playlist has more than %d entries",
                SC_PLAN_MAX_ITEMS);
        return NULL;
    }
    if (p->n_items == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        struct sc_plan_item *items = realloc(p->items, cap * sizeof *items);
        if (!items) {
            sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
            return NULL;
        }
        p->items = items;
        p->cap = cap;
    }
    struct sc_plan_item *item = &p->items[p->n_items++];
    *item = (struct sc_plan_item){.kind = kind, .older = -1, .key = -1, .init = -1};
    return item;
}

static void hash_url(struct sc_sha256 *h, const char *url)
{
    char *bare = sc_url_without_signature(url, true); /* no part of who a segment is */
    const char *s = bare ? bare : url;
    sc_sha256_add(h, s, strcspn(s, "#"));
    sc_sha256_add(h, "\n", 1);
    free(bare);
}

/* Resume must not mistake one thing for another: sequence, range, key and IV count. */
static bool set_id(const struct sc_plan *p, struct sc_plan_item *item, const char *url,
                   uint64_t msn)
{
    struct sc_sha256 *h = sc_sha256_create();
    char hex[SC_SHA256_HEX_SIZE], line[160];
    if (!h)
        return false;
    snprintf(line, sizeof line, "%d %d %llu %d %llu %llu\n", (int)item->kind, item->track,
             (unsigned long long)msn, item->range.present,
             (unsigned long long)item->range.offset,
             (unsigned long long)item->range.length);
    sc_sha256_add(h, line, strlen(line));
    hash_url(h, url);
    if (item->key >= 0) {
        hash_url(h, p->items[item->key].url);
        sc_sha256_add(h, item->iv, sizeof item->iv);
    }
    if (item->init >= 0)
        sc_sha256_add(h, p->items[item->init].id, SC_PLAN_ID_SIZE - 1);
    sc_sha256_finish_take(h, hex);
    memcpy(item->id, hex, SC_PLAN_ID_SIZE - 1);
    item->id[SC_PLAN_ID_SIZE - 1] = '\0';
    return true;
}

/* Head of the chain of keys and maps whose URIs share this one's hash (FNV-1a). */
static int64_t *newest_of(struct sc_plan *p, const char *url)
{
    uint32_t h = 2166136261u;
    for (const unsigned char *c = (const unsigned char *)url; *c; c++)
        h = (h ^ *c) * 16777619u;
    return &p->newest[h % HASH_BUCKETS];
}

static void chain(struct sc_plan *p, struct sc_plan_item *item)
{
    int64_t *newest = newest_of(p, item->url);
    item->older = *newest;
    *newest = item - p->items;
}

/* The item that fetches this key; one per URI. -1 on failure. */
static int64_t key_item(struct sc_plan *p, const struct sc_hls_key *key, int track,
                        struct sc_error *err)
{
    for (int64_t i = *newest_of(p, key->uri); i >= 0; i = p->items[i].older)
        if (p->items[i].kind == SC_ITEM_KEY && strcmp(p->items[i].url, key->uri) == 0)
            return i;
    struct sc_plan_item *item = add_item(p, SC_ITEM_KEY, err);
    if (!item)
        return -1;
    item->track = track;
    item->url = sc_strdup(key->uri);
    if (!item->url || !set_id(p, item, key->uri, 0)) {
        sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
        return -1;
    }
    chain(p, item);
    return (int64_t)p->n_items - 1;
}

static int64_t init_item(struct sc_plan *p, const struct sc_hls_segment *s, int track,
                         struct sc_error *err)
{
    int64_t key = -1;
    for (int64_t i = *newest_of(p, s->map->uri); i >= 0; i = p->items[i].older) {
        const struct sc_plan_item *o = &p->items[i];
        if (o->kind == SC_ITEM_INIT && o->track == track &&
            strcmp(o->url, s->map->uri) == 0 &&
            o->range.present == s->map->range.present &&
            (!o->range.present || (o->range.offset == s->map->range.offset &&
                                   o->range.length == s->map->range.length)))
            return i;
    }
    if (s->map->key && (key = key_item(p, s->map->key, track, err)) < 0)
        return -1;
    struct sc_plan_item *item = add_item(p, SC_ITEM_INIT, err);
    if (!item)
        return -1;
    item->track = track;
    item->range = s->map->range;
    item->key = key;
    if (key >= 0) /* RFC 8216 4.3.2.5: an encrypted map needs an explicit IV */
        memcpy(item->iv, s->map->key->iv, sizeof item->iv);
    item->url = sc_strdup(s->map->uri);
    if (!item->url || !set_id(p, item, item->url, 0)) {
        sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
        return -1;
    }
    chain(p, item);
    return (int64_t)p->n_items - 1;
}

/* RFC 8216 5.2: without an IV attribute the media sequence number, big-endian. */
static void segment_iv(const struct sc_hls_segment *s, uint8_t iv[16])
{
    memset(iv, 0, 16);
    if (s->key->has_iv)
        memcpy(iv, s->key->iv, 16);
    else
        for (int i = 0; i < 8; i++)
            iv[15 - i] = (uint8_t)(s->msn >> (8 * i));
}

static bool add_segment(struct sc_plan *p, const struct sc_hls_segment *s, int track,
                        uint64_t number, bool first_of_run, struct sc_error *err)
{
    int64_t key = -1, init = -1;
    if (s->key && !s->gap && (key = key_item(p, s->key, track, err)) < 0)
        return false;
    if (s->map && !s->gap && (init = init_item(p, s, track, err)) < 0)
        return false;
    struct sc_plan_item *item = add_item(p, SC_ITEM_SEGMENT, err);
    if (!item)
        return false;
    item->track = track;
    item->number = number;
    item->range = s->range;
    item->start_s = s->start_s;
    item->duration_s = s->duration_s;
    item->first_of_run = first_of_run;
    item->gap = s->gap;
    item->key = key;
    item->init = init;
    if (key >= 0)
        segment_iv(s, item->iv);
    item->url = sc_strdup(s->uri);
    return (item->url && set_id(p, item, item->url, s->msn)) ||
           sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
}

struct cursor {
    const struct sc_playlist *list;
    size_t at, end;
};

/* Playlist times are rounded: a range that starts on a boundary keeps to it. */
static const double EDGE_S = 0.001;

static bool choose_range(struct cursor *c, double from_s, double to_s)
{
    const struct sc_playlist *l = c->list;
    c->at = 0;
    c->end = l->n_segments;
    while (from_s > 0 && c->at < c->end &&
           l->segments[c->at].start_s + l->segments[c->at].duration_s <= from_s + EDGE_S)
        c->at++;
    while (to_s >= 0 && c->end > c->at &&
           l->segments[c->end - 1].start_s >= to_s - EDGE_S)
        c->end--;
    return c->at < c->end;
}

static bool same_map(const struct sc_hls_map *a, const struct sc_hls_map *b)
{
    if (a == b || !a || !b)
        return a == b;
    return strcmp(a->uri, b->uri) == 0 && a->range.present == b->range.present &&
           a->range.offset == b->range.offset && a->range.length == b->range.length;
}

static bool starts_run(const struct cursor *c, size_t first)
{
    const struct sc_hls_segment *s = &c->list->segments[c->at];
    return c->at == first || s->discontinuity || s[-1].gap ||
           !same_map(s->map, s[-1].map);
}

static bool merge(struct sc_plan *p, struct cursor *c, int n, struct sc_error *err)
{
    size_t first[SC_PLAN_MAX_TRACKS];
    for (int t = 0; t < n; t++)
        first[t] = c[t].at;
    for (;;) {
        int next = -1;
        for (int t = 0; t < n; t++)
            if (c[t].at < c[t].end &&
                (next < 0 || c[t].list->segments[c[t].at].start_s <
                                 c[next].list->segments[c[next].at].start_s))
                next = t;
        if (next < 0)
            return true;
        const struct sc_hls_segment *s = &c[next].list->segments[c[next].at];
        if (!add_segment(p, s, next, c[next].at + 1, starts_run(&c[next], first[next]),
                         err))
            return false;
        c[next].at++;
    }
}

static bool fill_tracks(struct sc_plan *p, struct sc_error *err)
{
    for (int t = 0; t < p->n_tracks; t++) {
        struct sc_plan_track *track = &p->tracks[t];
        track->segments = calloc(p->n_items ? p->n_items : 1, sizeof *track->segments);
        if (!track->segments)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
        for (size_t i = 0; i < p->n_items; i++)
            if (p->items[i].kind == SC_ITEM_SEGMENT && p->items[i].track == t)
                track->segments[track->n++] = i;
    }
    return true;
}

static bool whole_seconds(const struct sc_playlist *l)
{
    for (size_t i = 0; i < l->n_segments; i++)
        if (fabs(l->segments[i].duration_s - round(l->segments[i].duration_s)) > 1e-9)
            return false;
    return l->n_segments > 1;
}

bool sc_plan_make(const struct sc_playlist *main_list,
                  const struct sc_playlist *audio_list, double from_s, double to_s,
                  struct sc_plan **out, struct sc_error *err)
{
    struct cursor c[SC_PLAN_MAX_TRACKS] = {{.list = main_list}, {.list = audio_list}};
    int n = audio_list ? 2 : 1;
    char wanted[32], have[32];
    for (int t = 0; t < n; t++) {
        /* The key frame before the range may lie at the first segment's beginning: there
         * must be sound from there on too. */
        double from = t > 0 && from_s > 0
                          ? fmin(from_s, main_list->segments[c[0].at].start_s)
                          : from_s;
        if (choose_range(&c[t], from, to_s))
            continue;
        if (c[t].list->n_segments == 0)
            return sc_fail(err, SC_ERR_MEDIA, "the playlist has no segments");
        sc_format_time(from_s > 0 ? from_s : 0, wanted, sizeof wanted);
        sc_format_time(c[t].list->duration_s, have, sizeof have);
        return sc_fail(err, SC_ERR_INVALID,
                       "nothing is left of the wanted range: it starts at %s and the "
                       "lecture ends at %s",
                       wanted, have);
    }
    struct sc_plan *p = calloc(1, sizeof *p);
    if (!p || !(p->newest = malloc(HASH_BUCKETS * sizeof *p->newest))) {
        free(p);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
    }
    memset(p->newest, 0xff, HASH_BUCKETS * sizeof *p->newest); /* -1 */
    p->n_tracks = n;
    p->whole_duration_s = main_list->duration_s;
    p->coarse_times = whole_seconds(main_list);
    const struct sc_hls_segment *last = &main_list->segments[c[0].end - 1];
    p->from_s = main_list->segments[c[0].at].start_s;
    p->to_s = last->start_s + last->duration_s;
    /* Also where the range begins with a segment: the file's time begins there. */
    if (from_s > 0)
        p->skip_until_s = fmax(from_s, p->from_s);
    if (to_s >= 0 && to_s < p->to_s)
        p->stop_at_s = to_s;
    if (!merge(p, c, n, err) || !fill_tracks(p, err)) {
        sc_plan_destroy(p);
        return false;
    }
    free(p->newest);
    p->newest = NULL;
    *out = p;
    return true;
}

bool sc_plan_numbered(const char *base_url, const char *pattern, uint64_t first,
                      size_t count, struct sc_plan **out, struct sc_error *err)
{
    if (count == 0 || count > SC_PLAN_MAX_NUMBERED)
        count = SC_PLAN_MAX_NUMBERED;
    struct sc_plan *p = calloc(1, sizeof *p);
    bool ok = p != NULL;
    if (ok) {
        p->numbered = true;
        p->n_tracks = 1;
        p->first_number = first;
        p->base_url = sc_strdup(base_url);
        p->pattern = sc_strdup(pattern);
        ok = p->base_url && p->pattern;
    }
    for (size_t i = 0; ok && i < count; i++) {
        struct sc_plan_item *item = add_item(p, SC_ITEM_SEGMENT, err);
        char *url = NULL;
        if (item) {
            item->number = first + i;
            item->first_of_run = i == 0;
            url = sc_plan_url(p, item);
        }
        ok = url && set_id(p, item, url, item->number);
        free(url);
    }
    if (!ok || !fill_tracks(p, err)) {
        sc_plan_destroy(p);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
    }
    *out = p;
    return true;
}

bool sc_plan_file(const char *url, uint64_t size_bytes, uint64_t version,
                  struct sc_plan **out, struct sc_error *err)
{
    struct sc_plan *p = calloc(1, sizeof *p);
    bool ok = p != NULL;
    if (ok) {
        p->n_tracks = 1;
        p->file_bytes = size_bytes;
        p->to_s = 1; /* parts are counted as shares of one */
        p->bits_per_s = (double)size_bytes * 8;
    }
    for (uint64_t at = 0; ok && at < size_bytes; at += FILE_PART) {
        struct sc_plan_item *item = add_item(p, SC_ITEM_SEGMENT, err);
        uint64_t left = size_bytes - at;
        if (!(ok = item != NULL))
            break;
        item->number = at / FILE_PART + 1;
        item->range = (struct sc_byterange){
            .present = true, .offset = at, .length = left < FILE_PART ? left : FILE_PART};
        item->duration_s = (double)item->range.length / (double)size_bytes;
        item->start_s = (double)at / (double)size_bytes;
        item->url = sc_strdup(url);
        ok = item->url && set_id(p, item, url, version);
    }
    if (!ok || !fill_tracks(p, err)) {
        sc_plan_destroy(p);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the plan");
    }
    *out = p;
    return true;
}

void sc_plan_destroy(struct sc_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_items; i++)
        free(p->items[i].url);
    for (int t = 0; t < SC_PLAN_MAX_TRACKS; t++)
        free(p->tracks[t].segments);
    free(p->items);
    free(p->newest);
    free(p->base_url);
    free(p->pattern);
    free(p);
}

char *sc_plan_url(const struct sc_plan *p, const struct sc_plan_item *item)
{
    if (item->url)
        return sc_strdup(item->url);
    char *name = sc_pattern_name(p->pattern, item->number);
    char *url = name ? sc_url_resolve(p->base_url, name) : NULL;
    const char *query = strchr(p->base_url, '?');
    if (url && query) { /* what the base carries belongs to every chunk */
        char *full = sc_strf("%s%s", url, query);
        free(url);
        url = full;
    }
    free(name);
    return url;
}

char *sc_plan_file_name(const struct sc_plan_item *item)
{
    if (item->kind == SC_ITEM_INIT)
        return sc_strf("%c-init-%.12s.seg", "va"[item->track], item -> id);
    return sc_strf("%c-%06llu-%.12s.seg", "va"[item->track],
                   (unsigned long long)item -> number, item -> id);
}

static bool check_key(const struct sc_hls_key *k, struct sc_error *err)
{
    bool identity = !k->keyformat || strcmp(k->keyformat, "identity") == 0;
    if (strncmp(k->method, "SAMPLE-AES", 10) == 0 || !identity) {
        sc_fail(err, SC_ERR_DRM,
                "the stream is protected by %s (%s), which Scaler "
                "Companion never tries to get around",
                identity ? "SAMPLE-AES" : "a DRM system", k->method);
        return sc_error_hint(err,
                             "Ask the provider of the lecture for an unprotected copy.");
    }
    if (strcmp(k->method, "AES-128") != 0)
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "the stream is encrypted by an unknown method (%.32s)", k->method);
    return k->uri || sc_fail(err, SC_ERR_UNSUPPORTED,
                             "the playlist encrypts segments without naming the key");
}

bool sc_plan_check_playlist(const struct sc_playlist *p, struct sc_error *err)
{
    const struct sc_hls_key *seen = NULL;
    for (size_t i = 0; i < p->n_segments; i++) {
        const struct sc_hls_key *k = p->segments[i].key;
        if (k && k != seen && !check_key(k, err))
            return false;
        seen = k;
    }
    if (p->is_master)
        for (size_t i = 0; i < p->n_keys; i++)
            if (!check_key(p->keys[i], err))
                return false;
    return true;
}
