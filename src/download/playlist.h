/*
 * HLS playlists (RFC 8216 and its revision draft-pantos-hls-rfc8216bis): a pure
 * parser from bytes to structs. It reads what players play and collects
 * warnings; it refuses only what cannot be understood. URIs are resolved
 * against the base URL when one is given, else kept as written.
 */
#ifndef SC_DOWNLOAD_PLAYLIST_H
#define SC_DOWNLOAD_PLAYLIST_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_byterange {
    bool present;
    uint64_t length, offset; /* bytes; offset is always filled in (implied ones too) */
};

struct sc_hls_key {
    char *method; /* "AES-128", "SAMPLE-AES"...; "NONE" is represented by no key */
    char *uri;    /* or NULL */
    bool has_iv;
    uint8_t iv[16];  /* as written; the implied IV is the media sequence number */
    char *keyformat; /* or NULL = "identity" */
};

struct sc_hls_map {
    char *uri;
    struct sc_byterange range;
    const struct sc_hls_key *key; /* in force where the tag stands; NULL = clear */
};

struct sc_hls_segment {
    char *uri;
    double duration_s; /* never negative */
    double written_s;  /* the same, but negative where EXTINF says so: unknown */
    char *title;       /* "" when none */
    uint64_t msn;      /* media sequence number */
    uint64_t discontinuity_sequence;
    bool discontinuity; /* EXT-X-DISCONTINUITY stands before it */
    bool gap;           /* EXT-X-GAP: not to be requested */
    struct sc_byterange range;
    const struct sc_hls_key *key; /* owned by the playlist; NULL = clear */
    const struct sc_hls_map *map; /* owned by the playlist; NULL = none */
    char *program_date_time;      /* as written, or NULL */
    double start_s;               /* sum of the durations before it */
};

struct sc_hls_variant {
    char *uri;
    bool has_bandwidth;
    uint64_t bandwidth, average_bandwidth;    /* bits per second; 0 = unknown */
    int width, height;                        /* 0 = unknown */
    double frame_rate;                        /* 0 = unknown */
    char *codecs, *audio, *video, *subtitles; /* or NULL */
};

struct sc_hls_rendition {
    char *type, *group, *name, *uri, *language; /* uri and language may be NULL */
    bool is_default, autoselect;
};

/* EXT-X-DEFINE: what `{$name}` stands for. */
struct sc_hls_variable {
    char *name, *value;
};

enum sc_playlist_type { SC_PLAYLIST_UNKNOWN, SC_PLAYLIST_VOD, SC_PLAYLIST_EVENT };

struct sc_playlist {
    bool is_master;
    uint64_t version;
    bool has_target_duration;
    double target_duration_s; /* 0 when absent */
    uint64_t media_sequence, discontinuity_sequence;
    /* Written with a minus (not allowed, but seen): read these and the numbers
     * made of them as int64_t. */
    bool negative_media_sequence, negative_discontinuity_sequence;
    bool endlist, iframes_only;
    enum sc_playlist_type type;
    double duration_s; /* sum of all segments */
    struct sc_hls_segment *segments;
    size_t n_segments;
    struct sc_hls_key **keys; /* all keys in order; session keys too */
    size_t n_keys;
    struct sc_hls_map **maps;
    size_t n_maps;
    struct sc_hls_variant *variants; /* without I-frame variants */
    size_t n_variants;
    struct sc_hls_rendition *renditions;
    size_t n_renditions;
    struct sc_hls_variable *variables;
    size_t n_variables;
    uint64_t n_skipped; /* EXT-X-SKIP: segments left out of a delta update */
    char **warnings;    /* sentences naming the line */
    size_t n_warnings;
};

/*
 * Parses len bytes. base_url (may be NULL) resolves URIs and serves
 * EXT-X-DEFINE QUERYPARAM. SC_ERR_UNSUPPORTED when it is no playlist at all.
 * *out is owned by the caller: sc_playlist_destroy().
 */
bool sc_playlist_parse(const char *text, size_t len, const char *base_url,
                       struct sc_playlist **out, struct sc_error *err);
/*
 * The same for a playlist that was reached through `parent` (may be NULL): its
 * EXT-X-DEFINE variables serve EXT-X-DEFINE:IMPORT.
 */
bool sc_playlist_parse_child(const char *text, size_t len, const char *base_url,
                             const struct sc_playlist *parent, struct sc_playlist **out,
                             struct sc_error *err);
/* True when the bytes look like a playlist: cheap, for telling files apart. */
bool sc_playlist_probe(const char *text, size_t len);
void sc_playlist_destroy(struct sc_playlist *p);

#endif
