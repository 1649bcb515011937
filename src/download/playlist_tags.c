#include "download/playlist_internal.h"

#include <math.h>
#include <string.h>

typedef void (*tag_fn)(struct parser *p, struct span value);

enum tag_place { EITHER, MEDIA, MASTER };

struct tag {
    struct span name; /* without "#EXT" */
    enum tag_place place;
    tag_fn read; /* NULL: known, without effect on what is read */
};

static int shown(struct span s)
{
    enum { MAX_SHOWN = 60 };
    return (int)(s.n < MAX_SHOWN ? s.n : MAX_SHOWN);
}

/*
 * A decimal integer; what stands behind it is let pass with a warning. Players
 * count in 63 bits, and so does the JSON that is made of it.
 */
static bool read_u64(struct parser *p, struct span value, const char *tag, uint64_t *out)
{
    struct span rest = {"", 0};
    bool ok = scan_u64(value, out, &rest);
    if (!ok || span_trim(rest).n)
        warn(p, WARN_NUMBER, "%s has \"%.*s\" where a whole number belongs%s", tag,
             shown(value), value.s, ok ? "" : "; ignored");
    if (ok && *out > INT64_MAX) {
        *out = INT64_MAX;
        warn(p, WARN_NUMBER, "%s \"%.*s\" is too large and read as %lld", tag,
             shown(value), value.s, (long long)INT64_MAX);
    }
    return ok;
}

static void read_version(struct parser *p, struct span value)
{
    read_u64(p, value, "EXT-X-VERSION", &p->pl->version);
}

/* "1e3": no decimal-floating-point of RFC 8216 section 4.2, but players read it. */
static bool read_exponent(struct span *rest, double *value)
{
    struct span s = *rest;
    uint64_t power;
    if (s.n < 2 || (s.s[0] != 'e' && s.s[0] != 'E'))
        return false;
    bool minus = s.s[1] == '-';
    size_t used = 1 + (size_t)(minus || s.s[1] == '+');
    if (!scan_u64((struct span){s.s + used, s.n - used}, &power, &s))
        return false;
    int p = power < 400 ? (int)power : 400;
    double scaled = minus ? *value / pow(10, p) : *value * pow(10, p);
    if (!isfinite(scaled))
        return false;
    *value = scaled;
    *rest = s;
    return true;
}

/*
 * RFC 8216 section 4.3.2.1: "<duration>,[<title>]". A duration of "-1" is how
 * plain M3U lists say "unknown".
 */
static void read_extinf(struct parser *p, struct span value)
{
    struct pending *next = &p->next;
    struct span rest = value;
    bool minus = value.n > 1 && value.s[0] == '-';
    if (next->has_extinf)
        warn(p, WARN_NO_URI, "the EXTINF before this one has no URI");
    next->has_extinf = true;
    next->has_duration = scan_decimal((struct span){value.s + minus, value.n - minus},
                                      &next->written_s, &rest);
    bool exponent = next->has_duration && read_exponent(&rest, &next->written_s);
    if (!next->has_duration)
        rest = value;
    else if (minus)
        next->written_s = -next->written_s;
    if (!p->type_known) {
        p->type_known = true;
        p->is_master = false;
    }
    const char *comma = rest.n ? memchr(rest.s, ',', rest.n) : NULL;
    size_t used = comma ? (size_t)(comma - rest.s) : rest.n;
    if (!next->has_duration || minus || exponent ||
        span_trim((struct span){rest.s, used}).n)
        warn(p, WARN_EXTINF, "EXTINF has \"%.*s\" where a duration in seconds belongs",
             shown(value), value.s);
    used += comma != NULL;
    next->title = (struct span){rest.s + used, rest.n - used};
}

static void read_target_duration(struct parser *p, struct span value)
{
    struct span rest;
    double v;
    if (!scan_decimal(value, &v, &rest)) {
        warn(p, WARN_NUMBER,
             "EXT-X-TARGETDURATION has \"%.*s\" where a whole number belongs; ignored",
             shown(value), value.s);
        return;
    }
    if (p->pl->has_target_duration && p->pl->target_duration_s != v)
        warn(p, WARN_REPEATED, "a second EXT-X-TARGETDURATION; the last one counts");
    if (rest.n || v != (double)(uint64_t)(v < 1e18 ? v : 0))
        warn(p, WARN_NUMBER, "EXT-X-TARGETDURATION \"%.*s\" is not a whole number",
             shown(value), value.s);
    p->pl->has_target_duration = true;
    p->pl->target_duration_s = v;
}

/* Like read_u64, but lets a minus pass: the number wraps around. */
static bool read_sequence(struct parser *p, struct span value, const char *tag,
                          uint64_t *out, bool *negative)
{
    bool minus = value.n > 1 && value.s[0] == '-';
    struct span digits = {value.s + minus, value.n - minus};
    if (!read_u64(p, digits, tag, out))
        return false;
    *negative = minus && *out;
    if (minus) {
        *out = 0 - *out;
        warn(p, WARN_NUMBER, "%s is negative", tag);
    }
    return true;
}

static void read_media_sequence(struct parser *p, struct span value)
{
    if (!read_sequence(p, value, "EXT-X-MEDIA-SEQUENCE", &p->pl->media_sequence,
                       &p->pl->negative_media_sequence))
        return;
    if (p->saw_media_sequence)
        warn(p, WARN_REPEATED, "a second EXT-X-MEDIA-SEQUENCE; the last one counts");
    else if (p->pl->n_segments)
        warn(p, WARN_ORDER, "EXT-X-MEDIA-SEQUENCE stands behind the first segment");
    p->saw_media_sequence = true;
}

static void read_discontinuity_sequence(struct parser *p, struct span value)
{
    if (!read_sequence(p, value, "EXT-X-DISCONTINUITY-SEQUENCE",
                       &p->pl->discontinuity_sequence,
                       &p->pl->negative_discontinuity_sequence))
        return;
    if (p->saw_discontinuity_sequence)
        warn(p, WARN_REPEATED,
             "a second EXT-X-DISCONTINUITY-SEQUENCE; the last one counts");
    else if (p->pl->n_segments || p->n_discontinuities)
        warn(p, WARN_ORDER,
             "EXT-X-DISCONTINUITY-SEQUENCE stands behind a segment or discontinuity");
    p->saw_discontinuity_sequence = true;
}

static void read_playlist_type(struct parser *p, struct span value)
{
    if (span_ieq(value, SPAN("VOD")))
        p->pl->type = SC_PLAYLIST_VOD;
    else if (span_ieq(value, SPAN("EVENT")))
        p->pl->type = SC_PLAYLIST_EVENT;
    else
        warn(p, WARN_NUMBER, "EXT-X-PLAYLIST-TYPE \"%.*s\" is neither VOD nor EVENT",
             shown(value), value.s);
}

static void read_endlist(struct parser *p, struct span value)
{
    (void)value;
    p->pl->endlist = true;
}

static void read_iframes_only(struct parser *p, struct span value)
{
    (void)value;
    p->pl->iframes_only = true;
}

static void read_discontinuity(struct parser *p, struct span value)
{
    (void)value;
    p->next.discontinuity = true;
    p->n_discontinuities++;
}

static void read_gap(struct parser *p, struct span value)
{
    (void)value;
    p->next.gap = true;
    warn(p, WARN_GAP, "the segment is marked as a gap (EXT-X-GAP)");
}

/* Kept as written; what does not even begin like "2026-" is no date. */
static void read_date_time(struct parser *p, struct span value)
{
    uint64_t year;
    struct span rest;
    if (!scan_u64(value, &year, &rest) || rest.n == 0 || value.n - rest.n != 4) {
        warn(p, WARN_DATE, "EXT-X-PROGRAM-DATE-TIME \"%.*s\" is no date; ignored",
             shown(value), value.s);
        return;
    }
    p->next.date_time = value;
}

static void read_header(struct parser *p, struct span value)
{
    (void)value;
    if (p->saw_header)
        warn(p, WARN_REPEATED, "a second #EXTM3U");
    p->saw_header = true;
}

/*
 * A segment has one EXT-X-BYTERANGE. Of two with an EXT-X-MAP between them, the
 * first was meant for the map, and the second goes on behind it.
 */
static void read_byterange(struct parser *p, struct span value)
{
    struct pending *next = &p->next;
    struct sc_hls_map *map = next->map_behind_range;
    uint64_t length, offset;
    bool has_offset;
    if (!scan_byterange(value, &length, &has_offset, &offset)) {
        warn(p, WARN_BYTERANGE, "EXT-X-BYTERANGE \"%.*s\" is not length@offset; ignored",
             shown(value), value.s);
        return;
    }
    if (next->has_range)
        warn(p, WARN_REPEATED, "a second EXT-X-BYTERANGE for one segment; %s",
             map ? "the first is taken for that of EXT-X-MAP" : "the last one counts");
    if (map) {
        map->range = (struct sc_byterange){true, next->range_length, next->range_offset};
        if (!has_offset && next->range_length <= INT64_MAX - next->range_offset) {
            offset = next->range_offset + next->range_length;
            has_offset = true;
        }
        next->map_behind_range = NULL;
    }
    next->has_range = true;
    next->range_length = length;
    next->range_offset = offset;
    next->has_offset = has_offset;
}

static void read_skip(struct parser *p, struct span value)
{
    struct attr_list attrs;
    uint64_t n;
    attrs_parse(value, &attrs);
    if (!scan_u64(attr_value(&attrs, "SKIPPED-SEGMENTS"), &n, NULL))
        return;
    p->pl->n_skipped =
        n <= INT64_MAX - p->pl->n_skipped ? p->pl->n_skipped + n : INT64_MAX;
    warn(p, WARN_SKIP,
         "this is a delta update that leaves out %llu segments (EXT-X-SKIP)",
         (unsigned long long)n);
}

static char *text_or_null(struct parser *p, const struct attr_list *attrs,
                          const char *name)
{
    const struct attr *a = attr_find(attrs, name);
    return a ? keep_text(p, a->value) : NULL;
}

static char *uri_or_null(struct parser *p, const struct attr_list *attrs,
                         const char *name)
{
    struct span uri = span_trim(attr_value(attrs, name));
    return uri.n ? keep_uri(p, uri) : NULL;
}

/* Enumerated strings in their usual case, whatever the writer's was. */
static struct span usual_case(struct span value)
{
    static const struct span known[] = {
        {"AES-128", 7},
        {"SAMPLE-AES", 10},
        {"SAMPLE-AES-CTR", 14},
        {"AUDIO", 5},
        {"VIDEO", 5},
        {"SUBTITLES", 9},
        {"NONE", 4},
        {"CLOSED-CAPTIONS", 15},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_ieq(value, known[i]))
            return known[i];
    return value;
}

static void warn_key(struct parser *p, const struct sc_hls_key *key, bool bad_iv)
{
    bool aes = strcmp(key->method, "AES-128") == 0;
    if (key->keyformat)
        warn(p, WARN_DRM, "key format \"%.60s\": the segments are protected by DRM",
             key->keyformat);
    else if (!aes)
        warn(p, WARN_DRM, "encryption method %.60s cannot be decrypted here",
             key->method);
    if (!key->uri)
        warn(p, WARN_KEY, "EXT-X-KEY has no URI");
    if (bad_iv)
        warn(p, WARN_KEY, "the IV of EXT-X-KEY is not a hexadecimal number of 128 bits");
}

/* NULL when the tag is of no use (p->no_memory tells the other case). */
static struct sc_hls_key *make_key(struct parser *p, const struct attr_list *attrs,
                                   struct span method)
{
    struct sc_playlist *pl = p->pl;
    struct sc_hls_key *key = arena_zalloc(p, sizeof *key);
    struct span format = span_trim(attr_value(attrs, "KEYFORMAT"));
    const struct attr *iv = attr_find(attrs, "IV");
    if (!key)
        return NULL;
    key->method = keep_text(p, usual_case(method));
    key->uri = uri_or_null(p, attrs, "URI");
    if (format.n && !span_ieq(format, SPAN("identity")))
        key->keyformat = keep_text(p, format);
    if (iv)
        key->has_iv = scan_iv(expand_variables(p, iv->value), key->iv);
    if (!key->method || p->no_memory ||
        !grow(p, (void **)&pl->keys, pl->n_keys, &p->cap_keys, sizeof *pl->keys))
        return NULL;
    pl->keys[pl->n_keys++] = key;
    warn_key(p, key, iv && !key->has_iv);
    return key;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/*
 * RFC 8216 section 4.3.2.4: a key holds until the next EXT-X-KEY of the same
 * KEYFORMAT, so several may be in force, each a way to the same data. The one
 * to use is the one that needs no DRM system. Keys of another METHOD that were
 * given for earlier segments cannot be meant any more.
 */
static void put_in_force(struct parser *p, struct sc_hls_key *key)
{
    size_t kept = 0, first = p->n_active_keys == PLAYLIST_MAX_ACTIVE_KEYS;
    for (size_t i = first; i < p->n_active_keys; i++) {
        const struct sc_hls_key *have = p->active_keys[i].key;
        bool earlier = p->active_keys[i].before_segment < p->pl->n_segments;
        if (!same_text(have->keyformat, key->keyformat) &&
            (!earlier || same_text(have->method, key->method)))
            p->active_keys[kept++] = p->active_keys[i];
    }
    p->active_keys[kept].key = key;
    p->active_keys[kept].before_segment = p->pl->n_segments;
    p->n_active_keys = kept + 1;
    p->key = key;
    for (size_t i = 0; i <= kept; i++)
        if (!p->active_keys[i].key->keyformat)
            p->key = p->active_keys[i].key;
}

static void read_key(struct parser *p, struct span value)
{
    struct attr_list attrs;
    attrs_parse(value, &attrs);
    struct span method = span_trim(attr_value(&attrs, "METHOD"));
    if (span_ieq(method, SPAN("NONE"))) {
        p->n_active_keys = 0;
        p->key = NULL;
        return;
    }
    if (method.n == 0) {
        bool uri = attr_value(&attrs, "URI").n > 0;
        warn(p, WARN_KEY, "EXT-X-KEY has no METHOD; %s",
             uri ? "AES-128 is assumed" : "ignored");
        if (!uri)
            return;
        method = SPAN("AES-128");
    }
    struct sc_hls_key *key = make_key(p, &attrs, method);
    if (key)
        put_in_force(p, key);
}

static void read_session_key(struct parser *p, struct span value)
{
    struct attr_list attrs;
    attrs_parse(value, &attrs);
    struct span method = span_trim(attr_value(&attrs, "METHOD"));
    if (method.n && !span_ieq(method, SPAN("NONE")))
        make_key(p, &attrs, method);
}

static void read_map(struct parser *p, struct span value)
{
    struct sc_playlist *pl = p->pl;
    struct attr_list attrs;
    attrs_parse(value, &attrs);
    const struct attr *range = attr_find(&attrs, "BYTERANGE");
    if (span_trim(attr_value(&attrs, "URI")).n == 0) {
        warn(p, WARN_MAP, "EXT-X-MAP has no URI; ignored");
        return;
    }
    struct sc_hls_map *map = arena_zalloc(p, sizeof *map);
    if (!map)
        return;
    map->uri = uri_or_null(p, &attrs, "URI");
    map->key = p->key;
    if (range) {
        bool has_offset;
        map->range.present =
            scan_byterange(expand_variables(p, range->value), &map->range.length,
                           &has_offset, &map->range.offset);
        if (!map->range.present)
            warn(p, WARN_MAP, "the BYTERANGE of EXT-X-MAP is not length@offset; ignored");
    }
    if (!map->uri || !grow(p, (void **)&pl->maps, pl->n_maps, &p->cap_maps, sizeof map))
        return;
    pl->maps[pl->n_maps++] = map;
    p->map = map;
    if (p->next.has_range && !range)
        p->next.map_behind_range = map;
}

/* Bits per second; false when there is no number. */
static bool read_bandwidth(const struct attr_list *attrs, const char *name, uint64_t *out)
{
    if (!scan_u64(span_trim(attr_value(attrs, name)), out, NULL))
        return false;
    *out = *out <= INT64_MAX ? *out : INT64_MAX; /* as all counts; see read_u64() */
    return true;
}

static void read_stream_inf(struct parser *p, struct span value)
{
    struct attr_list attrs;
    struct sc_hls_variant v = {0};
    attrs_parse(value, &attrs);
    if (p->has_variant)
        warn(p, WARN_NO_URI, "the EXT-X-STREAM-INF before this one has no URI");
    if (attrs.odd)
        warn(p, WARN_ATTRS, "EXT-X-STREAM-INF holds what is not NAME=value");
    v.has_bandwidth = read_bandwidth(&attrs, "BANDWIDTH", &v.bandwidth);
    if (!v.has_bandwidth)
        warn(p, WARN_VARIANT, "EXT-X-STREAM-INF has no BANDWIDTH");
    read_bandwidth(&attrs, "AVERAGE-BANDWIDTH", &v.average_bandwidth);
    const struct attr *size = attr_find(&attrs, "RESOLUTION");
    if (size && !scan_resolution(size->value, &v.width, &v.height))
        warn(p, WARN_VARIANT, "RESOLUTION \"%.*s\" is not WIDTHxHEIGHT",
             shown(size->value), size->value.s);
    scan_decimal(span_trim(attr_value(&attrs, "FRAME-RATE")), &v.frame_rate, NULL);
    v.codecs = text_or_null(p, &attrs, "CODECS");
    v.audio = text_or_null(p, &attrs, "AUDIO");
    v.video = text_or_null(p, &attrs, "VIDEO");
    v.subtitles = text_or_null(p, &attrs, "SUBTITLES");
    p->variant = v;
    p->has_variant = true;
    if (!p->type_known) {
        p->type_known = true;
        p->is_master = true;
    }
}

static void read_media(struct parser *p, struct span value)
{
    struct sc_playlist *pl = p->pl;
    struct attr_list attrs;
    attrs_parse(value, &attrs);
    struct span type = usual_case(span_trim(attr_value(&attrs, "TYPE")));
    struct sc_hls_rendition r = {
        .type = keep_text(p, type),
        .group = keep_text(p, attr_value(&attrs, "GROUP-ID")),
        .name = keep_text(p, attr_value(&attrs, "NAME")),
        .uri = uri_or_null(p, &attrs, "URI"),
        .language = text_or_null(p, &attrs, "LANGUAGE"),
        .is_default = attr_is_yes(&attrs, "DEFAULT"),
        .autoselect = attr_is_yes(&attrs, "AUTOSELECT"),
    };
    if (attrs.n == 0) {
        warn(p, WARN_RENDITION, "EXT-X-MEDIA has no attributes; ignored");
        return;
    }
    if (p->no_memory)
        return;
    if (!*r.type || !*r.group || !*r.name)
        warn(p, WARN_RENDITION, "EXT-X-MEDIA lacks %s",
             !*r.type    ? "TYPE"
             : !*r.group ? "GROUP-ID"
                         : "NAME");
    if (pl->n_renditions == PLAYLIST_MAX_RENDITIONS) {
        sc_fail(p->err, SC_ERR_LIMIT, "the playlist has more than %d renditions",
                PLAYLIST_MAX_RENDITIONS);
        return;
    }
    if (grow(p, (void **)&pl->renditions, pl->n_renditions, &p->cap_renditions, sizeof r))
        pl->renditions[pl->n_renditions++] = r;
}

static void read_define(struct parser *p, struct span value)
{
    struct attr_list attrs;
    attrs_parse(value, &attrs);
    define_variable(p, &attrs);
}

/*
 * Every tag of RFC 8216 and rfc8216bis, and some that are in wide use; those
 * that are only one kind of playlist's tell the kind. Frequent ones first.
 */
static const struct tag tags[] = {
    {{"INF", 3}, MEDIA, read_extinf},
    {{"-X-BYTERANGE", 12}, MEDIA, read_byterange},
    {{"-X-PROGRAM-DATE-TIME", 20}, MEDIA, read_date_time},
    {{"-X-PART", 7}, MEDIA, NULL},
    {{"-X-KEY", 6}, MEDIA, read_key},
    {{"-X-DISCONTINUITY", 16}, MEDIA, read_discontinuity},
    {{"-X-GAP", 6}, MEDIA, read_gap},
    {{"-X-MAP", 6}, MEDIA, read_map},
    {{"-X-BITRATE", 10}, MEDIA, NULL},
    {{"-X-DATERANGE", 12}, MEDIA, NULL},
    {{"-X-MEDIA", 8}, MASTER, read_media},
    {{"-X-STREAM-INF", 13}, MASTER, read_stream_inf},
    {{"-X-I-FRAME-STREAM-INF", 21}, MASTER, NULL},
    {{"-X-IMAGE-STREAM-INF", 19}, MASTER, NULL},
    {{"M3U", 3}, EITHER, read_header},
    {{"-X-VERSION", 10}, EITHER, read_version},
    {{"-X-INDEPENDENT-SEGMENTS", 23}, EITHER, NULL},
    {{"-X-START", 8}, EITHER, NULL},
    {{"-X-DEFINE", 9}, EITHER, read_define},
    {{"-X-TARGETDURATION", 17}, MEDIA, read_target_duration},
    {{"-X-MEDIA-SEQUENCE", 17}, MEDIA, read_media_sequence},
    {{"-X-DISCONTINUITY-SEQUENCE", 25}, MEDIA, read_discontinuity_sequence},
    {{"-X-ENDLIST", 10}, MEDIA, read_endlist},
    {{"-X-PLAYLIST-TYPE", 16}, MEDIA, read_playlist_type},
    {{"-X-I-FRAMES-ONLY", 16}, MEDIA, read_iframes_only},
    {{"-X-PART-INF", 11}, MEDIA, NULL},
    {{"-X-SERVER-CONTROL", 17}, MEDIA, NULL},
    {{"-X-SKIP", 7}, MEDIA, read_skip},
    {{"-X-PRELOAD-HINT", 15}, MEDIA, NULL},
    {{"-X-RENDITION-REPORT", 19}, MEDIA, NULL},
    {{"-X-PREFETCH", 11}, MEDIA, NULL},
    {{"-X-SESSION-DATA", 15}, MASTER, NULL},
    {{"-X-SESSION-KEY", 14}, MASTER, read_session_key},
    {{"-X-CONTENT-STEERING", 19}, MASTER, NULL},
    {{"-X-ALLOW-CACHE", 14}, EITHER, NULL},
};

/* "#EXTINF 10," and "#EXTINF10," are seen in the wild. */
static bool loose_extinf(struct parser *p, struct span line)
{
    struct span rest;
    double v;
    if (line.n <= 7 || memcmp(line.s, "#EXTINF", 7) != 0)
        return false;
    rest = span_trim((struct span){line.s + 7, line.n - 7});
    if (!scan_decimal(rest, &v, NULL))
        return false;
    warn(p, WARN_EXTINF, "EXTINF has no colon");
    p->saw_media_tag = true;
    read_extinf(p, rest);
    return true;
}

/* `line` begins with "#" and is trimmed. */
void tag_line(struct parser *p, struct span line)
{
    if (line.n < 5 || memcmp(line.s, "#EXT", 4) != 0)
        return; /* RFC 8216 section 4.1: a comment */
    if (line.n > 8 && memcmp(line.s, "#EXTINF:", 8) == 0) {
        p->saw_media_tag = true;
        read_extinf(p, span_trim((struct span){line.s + 8, line.n - 8}));
        return;
    }
    const char *colon = memchr(line.s, ':', line.n);
    size_t n = colon ? (size_t)(colon - line.s) : line.n;
    struct span name = span_trim((struct span){line.s + 4, n - 4});
    struct span value = {line.s + line.n, 0};
    if (colon)
        value = span_trim((struct span){colon + 1, line.n - n - 1});
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (!span_eq(name, tags[i].name))
            continue;
        p->saw_media_tag |= tags[i].place == MEDIA;
        p->saw_master_tag |= tags[i].place == MASTER;
        if (tags[i].read)
            tags[i].read(p, value);
        return;
    }
    loose_extinf(p, line);
}

bool is_hls_tag(struct span line)
{
    return (line.n > 7 && memcmp(line.s, "#EXT-X-", 7) == 0) ||
           (line.n > 8 && memcmp(line.s, "#EXTINF:", 8) == 0);
}
