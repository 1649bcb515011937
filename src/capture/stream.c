/* What a client says about a stream, made safe and put into one form. */
#include "base/digest.h"
#include "base/str.h"
#include "capture/capture.h"
#include "net/url.h"

#include <ctype.h>
#include <math.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_URL = 16 * 1024,
    MAX_HEADERS = 100,
    MAX_HEADER = 16 * 1024,
    MAX_PATTERN = 256,
    MAX_HEIGHT = 10000,
};

static const char *const cloudfront_names[] = {"Key-Pair-Id", "Policy", "Signature"};
enum { N_CLOUDFRONT = sizeof cloudfront_names / sizeof cloudfront_names[0] };

static void wipe(char **secret)
{
    if (*secret)
        OPENSSL_cleanse(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

static bool no_memory(struct sc_error *err)
{
    return sc_fail(err, SC_ERR_MEMORY, "not enough memory");
}

static bool is_clean(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7F)
            return false;
    return true;
}

/* Trims a string in place in its own memory; an empty one becomes NULL. */
static void tidy(char **s)
{
    if (!*s)
        return;
    char *kept = sc_str_trim(*s);
    if (!*kept) {
        free(*s);
        *s = NULL;
    } else if (kept != *s) {
        memmove(*s, kept, strlen(kept) + 1);
    }
}

/* ---- the signature ---- */

static char **auth_slot(struct sc_signature *auth, size_t i)
{
    return i == 0 ? &auth->key_pair_id : i == 1 ? &auth->policy : &auth->signature;
}

/* A value that the client gave itself wins. */
static void adopt_take(struct sc_signature *auth, size_t i, char *value)
{
    char **slot = auth_slot(auth, i);
    if (*slot || !value || !*value) {
        wipe(&value);
        return;
    }
    *slot = value;
}

/*
 * Other schemes have a `Signature` too; CloudFront's comes with a Key-Pair-Id.
 * The old URL is wiped, as it was a secret.
 */
static bool move_from_url(char **url, struct sc_signature *auth, struct sc_error *err)
{
    if (!*url)
        return true;
    char *key_pair = sc_url_query_value(*url, "Key-Pair-Id");
    char *signature = sc_url_query_value(*url, "Signature");
    bool signed_url = key_pair && signature;
    free(key_pair);
    wipe(&signature);
    if (!signed_url)
        return true;
    for (size_t i = 0; i < N_CLOUDFRONT; i++)
        adopt_take(auth, i, sc_url_query_value(*url, cloudfront_names[i]));
    char *bare = sc_url_without_query(*url, cloudfront_names, N_CLOUDFRONT);
    if (!bare)
        return no_memory(err);
    wipe(url);
    *url = bare;
    return true;
}

/* Takes `CloudFront-X=value` pairs out of the value of a Cookie header. */
static bool split_cookies(const char *value, struct sc_signature *auth,
                          struct sc_buf *rest)
{
    static const char prefix[] = "CloudFront-";
    while (*value) {
        size_t n = strcspn(value, ";");
        char *pair = sc_strndup(value, n);
        value += value[n] ? n + 1 : n;
        if (!pair)
            return false;
        char *text = sc_str_trim(pair);
        size_t i = N_CLOUDFRONT;
        if (strncasecmp(text, prefix, sizeof prefix - 1) == 0)
            for (i = 0; i < N_CLOUDFRONT; i++) {
                size_t len = strlen(cloudfront_names[i]);
                const char *name = text + sizeof prefix - 1;
                if (strncasecmp(name, cloudfront_names[i], len) == 0 &&
                    name[len] == '=') {
                    adopt_take(auth, i, sc_strdup(name + len + 1));
                    break;
                }
            }
        if (i == N_CLOUDFRONT && *text) {
            sc_buf_add_str(rest, rest->len ? "; " : "");
            sc_buf_add_str(rest, text);
        }
        wipe(&pair);
    }
    return !rest->failed;
}

static void drop_header(struct sc_stream *s, size_t at)
{
    wipe(&s->headers[at]);
    memmove(s->headers + at, s->headers + at + 1,
            (s->n_headers - at - 1) * sizeof *s->headers);
    s->n_headers--;
}

static bool move_from_cookies(struct sc_stream *s, struct sc_error *err)
{
    for (size_t i = 0; i < s->n_headers;) {
        struct sc_buf rest = SC_BUF_INIT(2 * MAX_HEADER);
        if (strncasecmp(s->headers[i], "Cookie:", 7) != 0 ||
            !strstr(s->headers[i], "loud")) {
            i++;
            continue;
        }
        bool ok = split_cookies(s->headers[i] + 7, &s->auth, &rest);
        char *header = ok && rest.len ? sc_strf("Cookie: %s", sc_buf_str(&rest)) : NULL;
        bool keep = rest.len > 0;
        sc_buf_finish(&rest);
        if (!ok || (keep && !header))
            return no_memory(err);
        if (keep) {
            wipe(&s->headers[i]);
            s->headers[i++] = header;
        } else {
            drop_header(s, i);
        }
    }
    return true;
}

/* Base64 in any of its alphabets; never empty. */
static bool is_signature_text(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("-_~+/=.", *s))
            return false;
    return true;
}

/* CloudFront's values hold no "%": such a value was copied out of a URL. */
static bool decode_percent(char **value)
{
    char *query = sc_strf("?v=%s", *value);
    char *plain = query ? sc_url_query_value(query, "v") : NULL;
    wipe(&query);
    if (!plain)
        return false;
    wipe(value);
    *value = plain;
    return true;
}

static bool check_auth(struct sc_stream *s, struct sc_error *err)
{
    size_t have = 0, missing = 0;
    for (size_t i = 0; i < N_CLOUDFRONT; i++) {
        char **slot = auth_slot(&s->auth, i);
        tidy(slot);
        if (*slot && strchr(*slot, '%') && !decode_percent(slot))
            return no_memory(err);
        if (*slot && !is_signature_text(*slot))
            return sc_fail(err, SC_ERR_INVALID,
                           "the signature's %s holds characters that it cannot have",
                           cloudfront_names[i]);
        have += *slot != NULL;
        missing = *slot ? missing : i;
    }
    char *expires = s->url ? sc_url_query_value(s->url, "Expires") : NULL;
    bool canned = expires && !s->auth.policy; /* a canned policy is not written out */
    free(expires);
    if (have == 0 || have == N_CLOUDFRONT || (canned && have == 2))
        return true;
    sc_fail(err, SC_ERR_INVALID, "the signature is not complete: %s is missing",
            cloudfront_names[missing]);
    return sc_error_hint(err, "Key-Pair-Id, Policy and Signature belong together.");
}

/* ---- the rest ---- */

static bool check_url(const char *url, const char *what, struct sc_error *err)
{
    if (strlen(url) > MAX_URL)
        return sc_fail(err, SC_ERR_LIMIT, "the %s is longer than %d kB", what,
                       MAX_URL / 1024);
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return sc_fail(err, SC_ERR_INVALID,
                       "the %s does not begin with http:// or https://", what);
    if (!is_clean(url) || !sc_url_same_host(url, url))
        return sc_fail(err, SC_ERR_INVALID, "the %s is not a valid URL", what);
    return true;
}

/* The folder of the chunks: its path ends in "/", the fragment goes. */
static char *folder_form(const char *base)
{
    size_t n = strcspn(base, "?#");
    const char *tail = base + n;
    bool slash = n && base[n - 1] == '/';
    return sc_strf("%.*s%s%.*s", (int)n, base, slash ? "" : "/", (int)strcspn(tail, "#"),
                   tail);
}

/*
 * The pattern goes to a printf-like function, so it may hold exactly one
 * "%d" or "%0Nd" and nothing else that begins with "%".
 */
static bool check_pattern(const char *pattern, struct sc_error *err)
{
    size_t conversions = 0;
    if (strlen(pattern) > MAX_PATTERN)
        return sc_fail(err, SC_ERR_LIMIT, "the chunk pattern is too long");
    for (const char *s = pattern; *s; s++) {
        if (*s != '%')
            continue;
        conversions++;
        s++;
        if (*s == '0' && s[1] >= '1' && s[1] <= '9')
            s += s[2] >= '0' && s[2] <= '9' && s[1] == '1' ? 3 : 2;
        if (*s != 'd') {
            conversions = 0;
            break;
        }
    }
    if (conversions != 1 || !is_clean(pattern) || strpbrk(pattern, "?#\\") ||
        strstr(pattern, "//") || strchr(pattern, ':') || strstr(pattern, "..")) {
        sc_fail(err, SC_ERR_INVALID, "the chunk pattern is not usable");
        return sc_error_hint(err, "It is a file name with one %%d or %%06d for the "
                                  "number, such as data%%06d.ts.");
    }
    return true;
}

/* RFC 9110 section 5.6.2 */
static bool is_token_char(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool check_header(const char *header, struct sc_error *err)
{
    static const char *const ours[] = {"Host",  "Content-Length", "Transfer-Encoding",
                                       "Range", "Connection",     "Accept-Encoding"};
    size_t n = 0;
    while (is_token_char(header[n]))
        n++;
    if (n == 0 || header[n] != ':' || strlen(header) > MAX_HEADER)
        return sc_fail(err, SC_ERR_INVALID,
                       "a header is not of the form \"Name: value\"");
    for (const char *s = header + n; *s; s++)
        if ((unsigned char)*s < ' ' && *s != '\t')
            return sc_fail(err, SC_ERR_INVALID, "the header %.*s holds a line break",
                           (int)n, header);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strlen(ours[i]) == n && strncasecmp(header, ours[i], n) == 0)
            return sc_fail(err, SC_ERR_INVALID,
                           "the header %s cannot be set: the download sets it", ours[i]);
    return true;
}

static bool check_headers(struct sc_stream *s, struct sc_error *err)
{
    if (s->n_headers > MAX_HEADERS)
        return sc_fail(err, SC_ERR_LIMIT, "more than %d headers", MAX_HEADERS);
    for (size_t i = 0; i < s->n_headers; i++) {
        tidy(&s->headers[i]);
        if (!s->headers[i])
            return sc_fail(err, SC_ERR_INVALID, "a header is empty");
        if (!check_header(s->headers[i], err))
            return false;
    }
    return true;
}

static bool check_range(struct sc_stream *s, struct sc_error *err)
{
    if (isnan(s->from_s) || isnan(s->to_s) || isinf(s->from_s))
        return sc_fail(err, SC_ERR_INVALID, "the time range is not a number of seconds");
    if (isinf(s->to_s) || s->to_s < 0)
        s->to_s = -1;
    if (s->from_s < 0)
        s->from_s = -1;
    if (s->to_s >= 0 && s->to_s <= (s->from_s > 0 ? s->from_s : 0)) {
        char from[32], to[32];
        sc_format_time(s->from_s > 0 ? s->from_s : 0, from, sizeof from);
        sc_format_time(s->to_s, to, sizeof to);
        return sc_fail(err, SC_ERR_INVALID, "the time range from %s to %s is empty", from,
                       to);
    }
    return true;
}

static bool check_quality(struct sc_stream *s, struct sc_error *err)
{
    if (s->quality == SC_QUALITY_HEIGHT && (s->height < 1 || s->height > MAX_HEIGHT))
        return sc_fail(err, SC_ERR_INVALID, "the quality is not a height such as 720p");
    return true;
}

bool sc_stream_normalise(struct sc_stream *s, struct sc_error *err)
{
    tidy(&s->url);
    tidy(&s->base_url);
    tidy(&s->chunk_pattern);
    tidy(&s->cookie_file);
    for (size_t i = 0; i < N_CLOUDFRONT; i++)
        tidy(auth_slot(&s->auth, i));
    if (s->detected_chunk < 0)
        s->detected_chunk = -1;
    if (!s->url && !s->base_url)
        return sc_fail(err, SC_ERR_INVALID, "neither a playlist nor a base URL is given");
    if ((s->url && !check_url(s->url, "stream's URL", err)) ||
        (s->base_url && !check_url(s->base_url, "base URL", err)) ||
        (s->chunk_pattern && !check_pattern(s->chunk_pattern, err)) ||
        !check_headers(s, err) || !check_range(s, err) || !check_quality(s, err))
        return false;
    if (!move_from_url(&s->url, &s->auth, err) ||
        !move_from_url(&s->base_url, &s->auth, err) || !move_from_cookies(s, err) ||
        !check_auth(s, err))
        return false;
    if (s->base_url) {
        char *folder = folder_form(s->base_url);
        if (!folder)
            return no_memory(err);
        wipe(&s->base_url);
        s->base_url = folder;
    }
    return true;
}

char *sc_stream_identity(const struct sc_stream *s)
{
    const char *url = s->url ? s->url : s->base_url;
    char hex[SC_SHA256_HEX_SIZE];
    if (!url)
        return NULL;
    char *bare = sc_url_without_signature(url, false);
    char *folder = bare && !s->url ? folder_form(bare) : NULL;
    const char *text = folder ? folder : bare;
    const char *scheme_end = text ? strstr(text, "://") : NULL;
    char *id = NULL;
    if (scheme_end) {
        const char *host = scheme_end + 3;
        size_t n = strcspn(host, "/?#"), rest = strcspn(host + n, "#");
        const char *at = memchr(host, '@', n);
        const char *path = host + n;
        host = at ? at + 1 : host;
        struct sc_buf b = SC_BUF_INIT(4 * MAX_URL);
        for (const char *c = text; c < scheme_end; c++)
            sc_buf_add_char(&b, (char)tolower((unsigned char)*c));
        bool https = sc_str_eq(sc_buf_str(&b), "https");
        sc_buf_add_str(&b, "://");
        for (; host < path; host++)
            sc_buf_add_char(&b, (char)tolower((unsigned char)*host));
        if (sc_str_ends(sc_buf_str(&b), https ? ":443" : ":80"))
            b.len -= https ? 4 : 3;
        sc_buf_add(&b, path, rest);
        if (!b.failed) {
            sc_sha256_of(sc_buf_str(&b), b.len, hex);
            id = sc_strdup(hex);
        }
        sc_buf_finish(&b);
    }
    free(folder);
    free(bare);
    return id;
}
