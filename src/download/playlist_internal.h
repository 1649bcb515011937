/*
 * What the files of the playlist parser share; not for others.
 *
 * playlist.c        lines, segments, limits, the result's life
 * playlist_attrs.c  attribute lists and the values in them
 * playlist_tags.c   one function per tag, in one table
 * playlist_vars.c   EXT-X-DEFINE and `{$name}`
 *
 * Text is handled as spans into the caller's bytes; what is kept is copied
 * into an arena that the result owns, so there is one allocation for many
 * strings and one way to free them.
 */
#ifndef SC_DOWNLOAD_PLAYLIST_INTERNAL_H
#define SC_DOWNLOAD_PLAYLIST_INTERNAL_H

#include "download/playlist.h"

enum {
    PLAYLIST_MAX_BYTES = 256 * 1024 * 1024,
    PLAYLIST_MAX_SEGMENTS = 2 * 1000 * 1000, /* a day in tenths of a second fits */
    PLAYLIST_MAX_VARIANTS = 10 * 1000,
    PLAYLIST_MAX_RENDITIONS = 10 * 1000,
    PLAYLIST_MAX_VARIABLES = 1000,
    PLAYLIST_MAX_ATTRS = 64,             /* of one tag */
    PLAYLIST_MAX_ACTIVE_KEYS = 16,       /* key formats in force at once */
    PLAYLIST_MAX_WARNINGS_EACH = 3,      /* of one kind; the rest is counted */
    PLAYLIST_MAX_EXPANDED = 1024 * 1024, /* bytes of one value with variables in it */
};

struct span {
    const char *s;
    size_t n;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

struct attr {
    struct span name, value; /* the value without quotes */
    bool quoted;
};

struct attr_list {
    struct attr items[PLAYLIST_MAX_ATTRS];
    size_t n;
    bool odd; /* something in it was not NAME=value */
};

/* Kinds of warnings, so that ten thousand of one kind become a few lines. */
enum warning_kind {
    WARN_HEADER,
    WARN_ENCODING,
    WARN_ATTRS,
    WARN_NUMBER,
    WARN_EXTINF,
    WARN_TARGET,
    WARN_LONGER,
    WARN_NO_URI,
    WARN_STRAY_URI,
    WARN_ORDER,
    WARN_REPEATED,
    WARN_DATE,
    WARN_BYTERANGE,
    WARN_KEY,
    WARN_DRM,
    WARN_MAP,
    WARN_VARIANT,
    WARN_RENDITION,
    WARN_VARIABLE,
    WARN_MIXED,
    WARN_GAP,
    WARN_SKIP,
    WARN_END,
    WARN_CLEAR_HTTP,
    WARN_COUNT
};

struct arena {
    struct arena_chunk *chunks; /* newest first */
    char *at, *end;
};

/* What stands before a URI line and belongs to the segment that it ends. */
struct pending {
    bool has_extinf, has_duration;
    double written_s; /* may be negative */
    struct span title, date_time;
    bool discontinuity, gap;
    bool has_range, has_offset;
    uint64_t range_length, range_offset;
    struct sc_hls_map *map_behind_range; /* without a range of its own, or NULL */
};

struct parser {
    struct sc_playlist *pl;
    struct arena *arena;
    const struct sc_playlist *parent; /* or NULL */
    const char *base_url;             /* or NULL */
    char *base_dir;                   /* base_url up to its last slash, or NULL */
    size_t base_dir_len;
    unsigned line; /* for messages, from 1 */

    struct pending next;
    bool has_variant;
    struct sc_hls_variant variant; /* EXT-X-STREAM-INF that waits for its URI */

    struct {
        struct sc_hls_key *key;
        size_t before_segment; /* number of the segment it stands before */
    } active_keys[PLAYLIST_MAX_ACTIVE_KEYS];
    size_t n_active_keys;
    const struct sc_hls_key *key; /* the one to decrypt with */
    const struct sc_hls_map *map;
    uint64_t n_discontinuities;

    bool saw_header, saw_master_tag, saw_media_tag;
    bool is_master, type_known; /* by the first EXTINF or EXT-X-STREAM-INF */
    bool saw_media_sequence, saw_discontinuity_sequence;
    size_t n_without_extinf;
    double longest_s;

    size_t cap_segments, cap_variants, cap_renditions, cap_keys, cap_maps, cap_variables,
        cap_warnings;
    size_t warned[WARN_COUNT];
    bool no_memory;
    struct sc_error *err;
};

/* playlist.c */
char *arena_dup(struct parser *p, struct span text); /* NULL: p->no_memory is set */
void *arena_zalloc(struct parser *p, size_t size);
/* Makes room for one more element in an array; false (and failed) without memory. */
bool grow(struct parser *p, void **items, size_t n, size_t *cap, size_t item_size);
void warn(struct parser *p, enum warning_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A URI as it is kept: variables filled in, resolved against the base. */
char *keep_uri(struct parser *p, struct span uri);
/* The same for any other text; empty text gives "". */
char *keep_text(struct parser *p, struct span text);

/* playlist_attrs.c */
struct span span_trim(struct span s);
bool span_eq(struct span a, struct span b);
bool span_ieq(struct span a, struct span b); /* ASCII case folded */
void attrs_parse(struct span text, struct attr_list *out);
const struct attr *attr_find(const struct attr_list *list, const char *name);
/* The value, or an empty span. */
struct span attr_value(const struct attr_list *list, const char *name);
bool attr_is_yes(const struct attr_list *list, const char *name);
/*
 * Number at the beginning of s. `*rest` is what follows it. False when there is
 * none. Integers beyond 64 bits become UINT64_MAX.
 */
bool scan_u64(struct span s, uint64_t *out, struct span *rest);
bool scan_decimal(struct span s, double *out, struct span *rest);
/* "length[@offset]" */
bool scan_byterange(struct span s, uint64_t *length, bool *has_offset, uint64_t *offset);
/* "1920x1080" */
bool scan_resolution(struct span s, int *width, int *height);
/* "0x" and up to 32 hex digits, right-aligned. */
bool scan_iv(struct span s, uint8_t iv[16]);

/* playlist_tags.c */
void tag_line(struct parser *p, struct span line);
/* True for a tag that only playlists have: "#EXTINF:..." or "#EXT-X-...". */
bool is_hls_tag(struct span line);

/* playlist_vars.c */
void define_variable(struct parser *p, const struct attr_list *attrs);
/*
 * Replaces `{$name}`. Returns text itself when nothing is to be replaced,
 * otherwise arena memory.
 */
struct span expand_variables(struct parser *p, struct span text);

#endif
