/*
 * One pass over the lines. Tags leave what they say in the parser's state; a
 * URI line turns that state into a segment or a variant. What depends on the
 * whole playlist (kind, sequence numbers, start times) is filled in at the end.
 *
 * Where the RFC says "MUST NOT" and players play nevertheless, this reads on
 * and warns; see the warnings in tag_line()'s functions and finish().
 */
#include "base/str.h"
#include "download/playlist_internal.h"
#include "net/url.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
    struct arena_chunk *older;
};

/* The public struct and what it stands on. */
struct owned_playlist {
    struct sc_playlist pub; /* first, so that one pointer is both */
    struct arena arena;
};

enum { CHUNK_BYTES = 64 * 1024, ALIGN = sizeof(void *) };

static char empty_text[1] = "";

/* ---- memory ---- */

static char *arena_take(struct parser *p, size_t size)
{
    struct arena *a = p->arena;
    if (size > (size_t)(a->end - a->at)) {
        size_t want = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        struct arena_chunk *chunk = malloc(sizeof *chunk + want);
        if (!chunk) {
            p->no_memory = true;
            return NULL;
        }
        chunk->older = a->chunks;
        a->chunks = chunk;
        a->at = (char *)(chunk + 1);
        a->end = a->at + want;
    }
    char *mem = a->at;
    a->at += size;
    return mem;
}

char *arena_dup(struct parser *p, struct span text)
{
    char *copy = arena_take(p, text.n + 1);
    if (copy) {
        if (text.n)
            memcpy(copy, text.s, text.n);
        copy[text.n] = '\0';
    }
    return copy;
}

void *arena_zalloc(struct parser *p, size_t size)
{
    char *mem = arena_take(p, size + ALIGN);
    if (!mem)
        return NULL;
    mem += (ALIGN - (uintptr_t)mem % ALIGN) % ALIGN;
    memset(mem, 0, size);
    return mem;
}

bool grow(struct parser *p, void **items, size_t n, size_t *cap, size_t item_size)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 16;
    void *bigger = realloc(*items, more * item_size);
    if (!bigger) {
        p->no_memory = true;
        return false;
    }
    *items = bigger;
    *cap = more;
    return true;
}

/* ---- warnings ---- */

static void add_warning(struct parser *p, const char *text)
{
    struct sc_playlist *pl = p->pl;
    char *kept = sc_utf8_repair(text, strlen(text));
    char *copy = kept ? arena_dup(p, (struct span){kept, strlen(kept)}) : NULL;
    free(kept);
    if (copy &&
        grow(p, (void **)&pl->warnings, pl->n_warnings, &p->cap_warnings, sizeof copy))
        pl->warnings[pl->n_warnings++] = copy;
}

void warn(struct parser *p, enum warning_kind kind, const char *fmt, ...)
{
    char text[400];
    size_t at = 0;
    va_list ap;
    if (p->warned[kind]++ >= PLAYLIST_MAX_WARNINGS_EACH)
        return;
    if (p->line)
        at = (size_t)snprintf(text, sizeof text, "line %u: ", p->line);
    va_start(ap, fmt);
    vsnprintf(text + at, sizeof text - at, fmt, ap);
    va_end(ap);
    add_warning(p, text);
}

static void warn_about_unshown(struct parser *p)
{
    size_t hidden = 0;
    for (size_t i = 0; i < WARN_COUNT; i++)
        if (p->warned[i] > PLAYLIST_MAX_WARNINGS_EACH)
            hidden += p->warned[i] - PLAYLIST_MAX_WARNINGS_EACH;
    if (hidden) {
        char text[80];
        snprintf(text, sizeof text, "%zu more line%s the same oddities", hidden,
                 hidden == 1 ? " has" : "s have");
        add_warning(p, text);
    }
}

/* ---- texts and URIs ---- */

char *keep_text(struct parser *p, struct span text)
{
    text = expand_variables(p, text);
    return text.n ? arena_dup(p, text) : empty_text;
}

/*
 * True for a reference that is simply put behind the base's folder: no scheme,
 * no leading slash, no dots to take out and no byte to encode.
 */
static bool is_plain_relative(struct span uri)
{
    bool segment_start = true;
    for (size_t i = 0; i < uri.n; i++) {
        unsigned char c = (unsigned char)uri.s[i];
        if (c == '?')
            segment_start = false;
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' || c == ':' ||
            c == '#' || (segment_start && (c == '.' || c == '/' || c == '?')))
            return false;
        segment_start = c == '/';
    }
    return uri.n && uri.s[0] != '?';
}

static char *resolve_slowly(struct parser *p, struct span uri)
{
    char *ref = sc_strndup(uri.s, uri.n);
    char *full = ref ? sc_url_resolve(p->base_url, ref) : NULL;
    char *kept =
        full ? arena_dup(p, (struct span){full, strlen(full)}) : arena_dup(p, uri);
    free(full);
    free(ref);
    return kept;
}

char *keep_uri(struct parser *p, struct span uri)
{
    uri = expand_variables(p, uri);
    if (!p->base_dir)
        return arena_dup(p, uri);
    if (!is_plain_relative(uri))
        return resolve_slowly(p, uri);
    char *full = arena_take(p, p->base_dir_len + uri.n + 1);
    if (full) {
        memcpy(full, p->base_dir, p->base_dir_len);
        memcpy(full + p->base_dir_len, uri.s, uri.n);
        full[p->base_dir_len + uri.n] = '\0';
    }
    return full;
}

/* ---- URI lines ---- */

static void add_variant(struct parser *p, struct span uri)
{
    struct sc_playlist *pl = p->pl;
    p->has_variant = false;
    if (pl->n_variants == PLAYLIST_MAX_VARIANTS) {
        sc_fail(p->err, SC_ERR_LIMIT, "the playlist has more than %d variants",
                PLAYLIST_MAX_VARIANTS);
        return;
    }
    p->variant.uri = keep_uri(p, uri);
    if (grow(p, (void **)&pl->variants, pl->n_variants, &p->cap_variants,
             sizeof p->variant))
        pl->variants[pl->n_variants++] = p->variant;
}

/*
 * RFC 8216 section 4.3.2.2: without an offset the range begins behind that of
 * the segment before. That segment must be of the same resource; where it is
 * not, players count on all the same.
 */
static void fill_range(struct parser *p, const struct sc_hls_segment *before,
                       struct sc_hls_segment *seg)
{
    const struct pending *next = &p->next;
    if (!next->has_range)
        return;
    seg->range.present = true;
    seg->range.length = next->range_length;
    seg->range.offset = next->range_offset;
    if (next->has_offset)
        return;
    if (before && before->range.present) {
        uint64_t end = before->range.offset + before->range.length;
        seg->range.offset = end <= INT64_MAX ? end : INT64_MAX;
    }
    if (!before || !before->range.present || !sc_str_eq(before->uri, seg->uri))
        warn(p, WARN_BYTERANGE,
             "EXT-X-BYTERANGE has no offset, and no range of the same URI stands before "
             "it; offset %llu is assumed",
             (unsigned long long)seg->range.offset);
}

static void add_segment(struct parser *p, struct span uri)
{
    struct sc_playlist *pl = p->pl;
    const struct pending *next = &p->next;
    if (pl->n_segments == PLAYLIST_MAX_SEGMENTS) {
        sc_fail(p->err, SC_ERR_LIMIT, "the playlist has more than %d segments",
                PLAYLIST_MAX_SEGMENTS);
        return;
    }
    if (!grow(p, (void **)&pl->segments, pl->n_segments, &p->cap_segments,
              sizeof *pl->segments))
        return;
    if (!next->has_extinf) {
        p->n_without_extinf++;
        warn(p, WARN_EXTINF, "the segment has no EXTINF");
    }
    struct sc_hls_segment *seg = &pl->segments[pl->n_segments];
    *seg = (struct sc_hls_segment){
        .uri = keep_uri(p, uri),
        .written_s = next->has_duration ? next->written_s : pl->target_duration_s,
        .title = next->title.n ? arena_dup(p, next->title) : empty_text,
        .discontinuity = next->discontinuity,
        .discontinuity_sequence = p->n_discontinuities,
        .gap = next->gap,
        .key = p->key,
        .map = p->map,
        .program_date_time = next->date_time.n ? arena_dup(p, next->date_time) : NULL,
    };
    seg->duration_s = seg->written_s > 0 ? seg->written_s : 0;
    fill_range(p, pl->n_segments ? seg - 1 : NULL, seg);
    pl->n_segments++;
    p->next = (struct pending){0};
}

/* A line that is neither a tag nor looks like an address: left-over text. */
static bool is_junk(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (strchr("./?:=%&0123456789", line.s[i]))
            return false;
    return true;
}

static void uri_line(struct parser *p, struct span line)
{
    if (p->next.has_extinf)
        add_segment(p, line);
    else if (p->has_variant)
        add_variant(p, line);
    else if (p->type_known && p->is_master)
        warn(p, WARN_STRAY_URI, "a URI without EXT-X-STREAM-INF before it; ignored");
    else if (!p->next.has_range && is_junk(line))
        warn(p, WARN_STRAY_URI, "neither a tag nor a URI; ignored");
    else
        add_segment(p, line);
}

/* ---- lines ---- */

static struct span next_line(const char **at, const char *end, bool has_cr)
{
    const char *start = *at;
    const char *lf = memchr(start, '\n', (size_t)(end - start));
    const char *stop = lf ? lf : end;
    const char *cr = has_cr ? memchr(start, '\r', (size_t)(stop - start)) : NULL;
    if (cr && cr + 1 == stop) /* CR LF, or CR at the very end */
        *at = lf ? lf + 1 : end;
    else if (cr)
        *at = cr + 1; /* CR alone */
    else
        *at = lf ? lf + 1 : end;
    return (struct span){start, (size_t)((cr ? cr : stop) - start)};
}

static struct span without_bom(struct span text)
{
    while (text.n >= 3 && memcmp(text.s, "\xEF\xBB\xBF", 3) == 0) {
        text.s += 3;
        text.n -= 3;
    }
    return text;
}

static bool has_header(struct span text)
{
    text = span_trim(without_bom(span_trim(text)));
    return text.n >= 7 && memcmp(text.s, "#EXTM3U", 7) == 0;
}

/* Without "#EXTM3U": begins with "#" and has a tag that only playlists have. */
static bool has_tags(struct span text)
{
    text = span_trim(without_bom(span_trim(text)));
    const char *at = text.s, *end = text.s + text.n;
    if (text.n == 0 || *at != '#')
        return false;
    while (at < end)
        if (is_hls_tag(span_trim(next_line(&at, end, true))))
            return true;
    return false;
}

bool sc_playlist_probe(const char *text, size_t len)
{
    struct span t = {text, len};
    return has_header(t) || has_tags(t);
}

static bool check_kind(struct parser *p, struct span text)
{
    if (text.n >= 2 &&
        (memcmp(text.s, "\xFF\xFE", 2) == 0 || memcmp(text.s, "\xFE\xFF", 2) == 0))
        return sc_fail(p->err, SC_ERR_UNSUPPORTED,
                       "the text is UTF-16; a playlist is UTF-8 (RFC 8216 section 4.1)");
    if (has_header(text))
        return true;
    if (!has_tags(text)) {
        if (span_trim(text).n == 0)
            return sc_fail(p->err, SC_ERR_UNSUPPORTED,
                           "this is no HLS playlist: it is empty");
        return sc_fail(p->err, SC_ERR_UNSUPPORTED,
                       "this is no HLS playlist: it does not begin with #EXTM3U");
    }
    warn(p, WARN_HEADER, "the playlist does not begin with #EXTM3U");
    return true;
}

static bool read_lines(struct parser *p, struct span text)
{
    text = without_bom(text);
    const char *at = text.s, *end = text.s + text.n;
    bool has_cr = text.n && memchr(text.s, '\r', text.n);
    while (at < end) {
        struct span line = span_trim(next_line(&at, end, has_cr));
        p->line++;
        if (line.n == 0)
            continue;
        if (p->line == 1 || line.s[0] == '\xEF')
            line = without_bom(line);
        if (line.n && line.s[0] == '#')
            tag_line(p, line);
        else if (line.n)
            uri_line(p, line);
        if (p->no_memory)
            return sc_fail(p->err, SC_ERR_MEMORY, "not enough memory for the playlist");
        if (p->err->code != SC_ERR_OK)
            return false;
    }
    p->line = 0;
    return true;
}

/* ---- the end ---- */

static void decide_kind(struct parser *p)
{
    struct sc_playlist *pl = p->pl;
    bool real_segments = pl->n_segments > p->n_without_extinf;
    if (pl->n_variants && real_segments)
        pl->is_master = p->is_master;
    else if (pl->n_variants)
        pl->is_master = true;
    else if (real_segments)
        pl->is_master = false;
    else if (pl->n_segments)
        pl->is_master = p->saw_master_tag && !p->saw_media_tag;
    else
        pl->is_master = p->saw_master_tag && !pl->has_target_duration;
    if (pl->is_master && !real_segments)
        pl->n_segments = 0;
    if (p->saw_master_tag && p->saw_media_tag)
        warn(p, WARN_MIXED,
             "tags of master and of media playlists are mixed; it is read as a %s "
             "playlist",
             pl->is_master ? "master" : "media");
}

/* A sequence that began below zero wraps, as its numbers do when they are shown. */
static uint64_t counted_on(uint64_t from, uint64_t n, bool negative)
{
    return negative || n <= INT64_MAX - from ? from + n : INT64_MAX;
}

static void number_segments(struct parser *p)
{
    struct sc_playlist *pl = p->pl;
    double at_s = 0;
    uint64_t first =
        counted_on(pl->media_sequence, pl->n_skipped, pl->negative_media_sequence);
    for (size_t i = 0; i < pl->n_segments; i++) {
        struct sc_hls_segment *seg = &pl->segments[i];
        seg->msn = counted_on(first, i, pl->negative_media_sequence);
        seg->discontinuity_sequence =
            counted_on(pl->discontinuity_sequence, seg->discontinuity_sequence,
                       pl->negative_discontinuity_sequence);
        seg->start_s = at_s;
        if (isfinite(at_s + seg->duration_s))
            at_s += seg->duration_s;
        if (seg->duration_s > p->longest_s)
            p->longest_s = seg->duration_s;
    }
    pl->duration_s = at_s;
}

static void warn_about_media(struct parser *p)
{
    const struct sc_playlist *pl = p->pl;
    if (p->next.has_extinf)
        warn(p, WARN_NO_URI, "the last EXTINF has no URI: the playlist seems cut off");
    if (!pl->has_target_duration)
        warn(p, WARN_TARGET, "EXT-X-TARGETDURATION is missing");
    /* RFC 8216 section 4.3.3.1: rounded to the nearest integer. */
    else if (floor(p->longest_s + 0.5) > pl->target_duration_s)
        warn(p, WARN_LONGER,
             "a segment of %g s is longer than the target duration of %g s", p->longest_s,
             pl->target_duration_s);
    if (pl->n_segments == 0)
        warn(p, WARN_STRAY_URI, "the playlist has no segments");
    if (pl->type == SC_PLAYLIST_VOD && !pl->endlist)
        warn(p, WARN_END, "the type is VOD, but EXT-X-ENDLIST is missing");
}

static void warn_about_master(struct parser *p)
{
    if (p->has_variant)
        warn(p, WARN_NO_URI,
             "the last EXT-X-STREAM-INF has no URI: the playlist seems cut off");
    if (p->pl->n_variants == 0)
        warn(p, WARN_STRAY_URI, "the master playlist has no variants");
}

static void warn_about_clear_http(struct parser *p)
{
    const struct sc_playlist *pl = p->pl;
    if (!p->base_url || !sc_str_starts(p->base_url, "https:"))
        return;
    for (size_t i = 0; i < pl->n_segments; i++)
        if (sc_str_starts(pl->segments[i].uri, "http:")) {
            warn(p, WARN_CLEAR_HTTP,
                 "segments come over plain HTTP, the playlist did not");
            return;
        }
}

static bool finish(struct parser *p)
{
    decide_kind(p);
    number_segments(p);
    if (p->pl->is_master)
        warn_about_master(p);
    else
        warn_about_media(p);
    warn_about_clear_http(p);
    warn_about_unshown(p);
    if (p->no_memory)
        return sc_fail(p->err, SC_ERR_MEMORY, "not enough memory for the playlist");
    return p->err->code == SC_ERR_OK;
}

/* NUL bytes would cut strings short; no URI or title can hold one. */
static char *without_nul(struct parser *p, struct span *text)
{
    if (text->n == 0 || !memchr(text->s, 0, text->n))
        return NULL;
    char *copy = malloc(text->n);
    if (!copy) {
        p->no_memory = true;
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < text->n; i++)
        if (text->s[i])
            copy[n++] = text->s[i];
    *text = (struct span){copy, n};
    warn(p, WARN_ENCODING, "the playlist holds NUL bytes; they are left out");
    return copy;
}

bool sc_playlist_parse_child(const char *text, size_t len, const char *base_url,
                             const struct sc_playlist *parent, struct sc_playlist **out,
                             struct sc_error *err)
{
    struct sc_error own = {0};
    struct span t = {len ? text : "", len};
    char *clean = NULL;
    bool ok = false;
    struct owned_playlist *owned = calloc(1, sizeof *owned);
    struct parser p = {.parent = parent, .base_url = base_url, .err = &own};
    if (!owned) {
        sc_fail(&own, SC_ERR_MEMORY, "not enough memory for the playlist");
        goto out;
    }
    p.pl = &owned->pub;
    p.arena = &owned->arena;
    if (len > PLAYLIST_MAX_BYTES) {
        sc_fail(&own, SC_ERR_LIMIT, "the playlist is larger than %d MB",
                PLAYLIST_MAX_BYTES / (1024 * 1024));
        goto out;
    }
    if (base_url)
        p.base_dir = sc_url_resolve(base_url, "./");
    p.base_dir_len = p.base_dir ? strlen(p.base_dir) : 0;
    if (!check_kind(&p, t))
        goto out;
    clean = without_nul(&p, &t);
    ok = !p.no_memory && read_lines(&p, t) && finish(&p);
    if (p.no_memory)
        sc_fail(&own, SC_ERR_MEMORY, "not enough memory for the playlist");
out:
    free(clean);
    free(p.base_dir);
    if (ok) {
        *out = &owned->pub;
    } else {
        sc_playlist_destroy(owned ? &owned->pub : NULL);
        sc_fail(err, own.code, "%s", own.cause);
    }
    return ok;
}

bool sc_playlist_parse(const char *text, size_t len, const char *base_url,
                       struct sc_playlist **out, struct sc_error *err)
{
    return sc_playlist_parse_child(text, len, base_url, NULL, out, err);
}

void sc_playlist_destroy(struct sc_playlist *p)
{
    if (!p)
        return;
    struct owned_playlist *owned = (struct owned_playlist *)p;
    for (struct arena_chunk *c = owned->arena.chunks; c;) {
        struct arena_chunk *older = c->older;
        free(c);
        c = older;
    }
    free(p->segments);
    free(p->keys);
    free(p->maps);
    free(p->variants);
    free(p->renditions);
    free(p->variables);
    free(p->warnings);
    free(owned);
}
