#include "net/url.h"

#include "base/buf.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_URL = 1024 * 1024 };

/* A part of a URL; s == NULL means that it is absent, not empty. */
struct part {
    const char *s;
    size_t n;
};

/* RFC 3986 section 3: scheme ":" ["//" authority] path ["?" query] ["#" fragment] */
struct url {
    struct part scheme, authority, path, query, fragment;
};

static bool scheme_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (!first && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
}

static size_t scheme_length(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && scheme_char(s[n], n == 0))
        n++;
    return n > 0 && n < len && s[n] == ':' ? n : 0;
}

static size_t span_to(const char *s, size_t len, const char *stops)
{
    size_t n = 0;
    while (n < len && !strchr(stops, s[n]))
        n++;
    return n;
}

static struct url split(const char *s, size_t len)
{
    struct url u = {0};
    const char *end = s + len;
    size_t n = scheme_length(s, len);
    if (n) {
        u.scheme = (struct part){s, n};
        s += n + 1;
    }
    if (end - s >= 2 && s[0] == '/' && s[1] == '/') {
        s += 2;
        u.authority = (struct part){s, span_to(s, (size_t)(end - s), "/?#")};
        s += u.authority.n;
    }
    u.path = (struct part){s, span_to(s, (size_t)(end - s), "?#")};
    s += u.path.n;
    if (s < end && *s == '?') {
        s++;
        u.query = (struct part){s, span_to(s, (size_t)(end - s), "#")};
        s += u.query.n;
    }
    if (s < end && *s == '#')
        u.fragment = (struct part){s + 1, (size_t)(end - s) - 1};
    return u;
}

static void add_percent(struct sc_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    const char code[3] = {'%', hex[c >> 4], hex[c & 15]};
    sc_buf_add(b, code, sizeof code);
}

/* Adds text, encoding only what may stand nowhere in a URL. */
static void add_clean(struct sc_buf *b, struct part p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p.n; i++) {
        unsigned char c = (unsigned char)p.s[i];
        if (c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>')
            continue;
        sc_buf_add(b, p.s + kept, i - kept);
        add_percent(b, c);
        kept = i + 1;
    }
    if (p.n > kept)
        sc_buf_add(b, p.s + kept, p.n - kept);
}

/* RFC 3986 section 5.2.4, segment by segment; path begins with "/" or is empty. */
static void add_without_dots(struct sc_buf *b, struct part path)
{
    size_t root = b->len;
    const char *s = path.s, *end = path.s + path.n;
    if (path.n && *s != '/') { /* only "scheme:relative/path" gets here */
        size_t n = span_to(s, path.n, "/");
        bool dots = (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
        if (!dots)
            add_clean(b, (struct part){s, n});
        s += dots && n < path.n ? n + 1 : n;
        if (dots && s < end && *s != '/') {
            add_without_dots(b, (struct part){s, (size_t)(end - s)});
            return;
        }
    }
    while (s < end) {
        size_t n = span_to(s + 1, (size_t)(end - s) - 1, "/");
        bool last = s + 1 + n == end;
        if (n == 1 && s[1] == '.') {
            if (last)
                sc_buf_add_char(b, '/');
        } else if (n == 2 && s[1] == '.' && s[2] == '.') {
            while (b->len > root && b->data[--b->len] != '/')
                ;
            if (b->data)
                b->data[b->len] = '\0';
            if (last)
                sc_buf_add_char(b, '/');
        } else {
            add_clean(b, (struct part){s, n + 1});
        }
        s += n + 1;
    }
}

/* RFC 3986 section 5.2.3: the reference's path behind the base's last "/". */
static void merge_paths(struct sc_buf *b, const struct url *base, struct part ref)
{
    size_t n = base->path.n;
    while (n > 0 && base->path.s[n - 1] != '/')
        n--;
    if (n == 0 && base->authority.s)
        sc_buf_add_char(b, '/');
    else if (n)
        sc_buf_add(b, base->path.s, n);
    sc_buf_add(b, ref.s, ref.n);
}

static void add_tail(struct sc_buf *b, char mark, struct part p)
{
    if (!p.s)
        return;
    sc_buf_add_char(b, mark);
    add_clean(b, p);
}

/* RFC 3986 sections 5.2.2 and 5.3 in one. */
static void resolve(struct sc_buf *out, const struct url *base, const struct url *ref)
{
    const struct url *from = ref->scheme.s ? ref : base;
    struct part authority =
        ref->scheme.s || ref->authority.s ? ref->authority : base->authority;
    bool own_path = ref->scheme.s || ref->authority.s || ref->path.n;
    sc_buf_add(out, from->scheme.s, from->scheme.n);
    sc_buf_add_char(out, ':');
    if (authority.s) {
        sc_buf_add_str(out, "//");
        add_clean(out, authority);
    }
    if (!own_path) {
        add_clean(out, base->path);
        add_tail(out, '?', ref->query.s ? ref->query : base->query);
    } else {
        if (ref->scheme.s || ref->authority.s || ref->path.s[0] == '/') {
            add_without_dots(out, ref->path);
        } else {
            struct sc_buf merged = SC_BUF_INIT(MAX_URL);
            merge_paths(&merged, base, ref->path);
            add_without_dots(out, (struct part){sc_buf_str(&merged), merged.len});
            out->failed |= merged.failed;
            sc_buf_finish(&merged);
        }
        add_tail(out, '?', ref->query);
    }
    add_tail(out, '#', ref->fragment);
}

static struct part trimmed(const char *s)
{
    size_t n = strlen(s);
    while (n && (unsigned char)*s <= ' ') {
        s++;
        n--;
    }
    while (n && (unsigned char)s[n - 1] <= ' ')
        n--;
    return (struct part){s, n};
}

char *sc_url_resolve(const char *base, const char *ref)
{
    struct sc_buf out = SC_BUF_INIT(MAX_URL);
    if (!ref)
        return NULL;
    struct part r = trimmed(ref), b = trimmed(base ? base : "");
    struct url ref_url = split(r.s, r.n), base_url = split(b.s, b.n);
    if (!ref_url.scheme.s && !base_url.scheme.s)
        return NULL;
    resolve(&out, &base_url, &ref_url);
    return sc_buf_detach(&out);
}

bool sc_url_is_absolute(const char *url)
{
    return url && scheme_length(url, strlen(url)) > 0;
}

struct host {
    struct part scheme, name, port;
};

/* The host as every reader of URLs would see it; false when they might differ. */
static bool host_of(const char *text, struct host *out)
{
    struct part t = trimmed(text ? text : "");
    struct url u = split(t.s, t.n);
    if (!u.scheme.s || !u.authority.s)
        return false;
    struct part a = u.authority;
    const char *at = memchr(a.s, '@', a.n);
    if (at) {
        a.n -= (size_t)(at + 1 - a.s);
        a.s = at + 1;
    }
    for (size_t i = 0; i < a.n; i++)
        if ((unsigned char)a.s[i] <= ' ' || strchr("@\\%\x7F", a.s[i]))
            return false;
    size_t n = span_to(a.s, a.n, ":");
    if (a.n && a.s[0] == '[') {
        const char *close = memchr(a.s, ']', a.n);
        if (!close)
            return false;
        n = (size_t)(close + 1 - a.s);
    }
    if (n == 0 || (n < a.n && a.s[n] != ':'))
        return false;
    *out = (struct host){.scheme = u.scheme, .name = {a.s, n}};
    if (n + 1 < a.n)
        out->port = (struct part){a.s + n + 1, a.n - n - 1};
    return true;
}

static bool same_text(struct part a, struct part b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.s, b.s, a.n) == 0);
}

static struct part port_of(const struct host *h)
{
    if (h->port.n)
        return h->port;
    if (same_text(h->scheme, (struct part){"https", 5}))
        return (struct part){"443", 3};
    if (same_text(h->scheme, (struct part){"http", 4}))
        return (struct part){"80", 2};
    return h->port;
}

bool sc_url_same_origin(const char *a, const char *b)
{
    struct host ha, hb;
    return host_of(a, &ha) && host_of(b, &hb) && same_text(ha.scheme, hb.scheme) &&
           same_text(ha.name, hb.name) && same_text(port_of(&ha), port_of(&hb));
}

bool sc_url_same_host(const char *a, const char *b)
{
    struct host ha, hb;
    return host_of(a, &ha) && host_of(b, &hb) && same_text(ha.name, hb.name);
}

static void add_encoded(struct sc_buf *b, const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
            sc_buf_add_char(b, (char)c);
        else
            add_percent(b, c);
    }
}

char *sc_url_encode(const char *value)
{
    struct sc_buf b = SC_BUF_INIT(MAX_URL);
    add_encoded(&b, value);
    return sc_buf_detach(&b);
}

static bool has_name(struct part pair, const char *name)
{
    size_t n = strlen(name);
    return pair.n >= n && memcmp(pair.s, name, n) == 0 &&
           (pair.n == n || pair.s[n] == '=');
}

static bool has_one_of(struct part pair, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_name(pair, names[i]))
            return true;
    return false;
}

/* Takes the next "name=value" off a query. */
static bool next_pair(struct part *query, struct part *pair)
{
    if (!query->s)
        return false;
    *pair = (struct part){query->s, span_to(query->s, query->n, "&")};
    if (pair->n == query->n) {
        query->s = NULL;
    } else {
        query->s += pair->n + 1;
        query->n -= pair->n + 1;
    }
    return true;
}

/* The URL up to and with those pairs of its query that are not named. */
static bool add_without(struct sc_buf *b, const char *url, const struct url *u,
                        const char *const *names, size_t n)
{
    struct part query = u->query, pair;
    bool any = false;
    sc_buf_add(b, url, (size_t)(u->path.s + u->path.n - url));
    while (next_pair(&query, &pair)) {
        if (has_one_of(pair, names, n))
            continue;
        sc_buf_add_char(b, any ? '&' : '?');
        sc_buf_add(b, pair.s, pair.n);
        any = true;
    }
    return any;
}

static void add_fragment(struct sc_buf *b, const struct url *u)
{
    if (u->fragment.s) {
        sc_buf_add_char(b, '#');
        sc_buf_add(b, u->fragment.s, u->fragment.n);
    }
}

char *sc_url_with_query(const char *url, const char *const *names,
                        const char *const *values, size_t n)
{
    struct sc_buf b = SC_BUF_INIT(MAX_URL);
    struct url u = split(url, strlen(url));
    bool any = add_without(&b, url, &u, names, n);
    bool empty_query = u.query.s && b.len && b.data[b.len - 1] == '?';
    for (size_t i = 0; i < n; i++) {
        if (!values[i])
            continue;
        if (!empty_query)
            sc_buf_add_char(&b, any ? '&' : '?');
        empty_query = false;
        any = true;
        sc_buf_add_str(&b, names[i]);
        sc_buf_add_char(&b, '=');
        add_encoded(&b, values[i]);
    }
    add_fragment(&b, &u);
    return sc_buf_detach(&b);
}

char *sc_url_without_query(const char *url, const char *const *names, size_t n)
{
    struct sc_buf b = SC_BUF_INIT(MAX_URL);
    struct url u = split(url, strlen(url));
    add_without(&b, url, &u, names, n);
    add_fragment(&b, &u);
    return sc_buf_detach(&b);
}

char *sc_url_without_signature(const char *url, bool also_common)
{
    static const char *const names[] = {
        "Key-Pair-Id",
        "Policy",
        "Signature",
        "Expires",
        "Hash-Algorithm",
        "AWSAccessKeyId",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
        "GoogleAccessId",
        "X-Goog-Algorithm",
        "X-Goog-Credential",
        "X-Goog-Date",
        "X-Goog-Expires",
        "X-Goog-SignedHeaders",
        "X-Goog-Signature",
        "URLPrefix",
        "KeyName",
        "hdnea",
        "hdnts",
        "hdntl",
        "__token__",
        "wsSecret",
        "wsTime",
        "auth_key",
        /* from here on the common ones */
        "token",
        "sig",
        "signature",
        "expires",
        "exp",
        "st",
        "sv",
        "se",
        "sp",
        "sr",
        "verify",
        "auth",
    };
    enum { N_COMMON = 12, N_ALL = sizeof names / sizeof names[0] };
    return sc_url_without_query(url, names, also_common ? N_ALL : N_ALL - N_COMMON);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static char *decode(struct part p)
{
    struct sc_buf b = SC_BUF_INIT(MAX_URL);
    for (size_t i = 0; i < p.n; i++) {
        int hi = -1, lo = -1;
        if (p.s[i] == '%' && p.n - i > 2) {
            hi = hex_digit(p.s[i + 1]);
            lo = hex_digit(p.s[i + 2]);
        }
        if (hi >= 0 && lo >= 0 && (hi || lo)) {
            sc_buf_add_char(&b, (char)(hi << 4 | lo));
            i += 2;
        } else {
            sc_buf_add_char(&b, p.s[i]);
        }
    }
    return sc_buf_detach(&b);
}

char *sc_url_without_values(const char *url, const char *const *names,
                            const char *const *values, size_t n)
{
    struct sc_buf b = SC_BUF_INIT(MAX_URL);
    struct url u = split(url, strlen(url));
    struct part query = u.query, pair;
    bool any = false;
    sc_buf_add(&b, url, (size_t)(u.path.s + u.path.n - url));
    while (next_pair(&query, &pair)) {
        bool ours = false;
        for (size_t i = 0; i < n && !ours; i++) {
            size_t at = strlen(names[i]) + 1;
            char *value = has_name(pair, names[i]) && pair.n > at
                              ? decode((struct part){pair.s + at, pair.n - at})
                              : NULL;
            ours = value && strcmp(value, values[i]) == 0;
            free(value);
        }
        if (ours)
            continue;
        sc_buf_add_char(&b, any ? '&' : '?');
        sc_buf_add(&b, pair.s, pair.n);
        any = true;
    }
    add_fragment(&b, &u);
    return sc_buf_detach(&b);
}

char *sc_url_query_value(const char *url, const char *name)
{
    struct url u = split(url, strlen(url));
    struct part query = u.query, pair;
    size_t n = strlen(name);
    while (next_pair(&query, &pair))
        if (has_name(pair, name))
            return decode(pair.n > n ? (struct part){pair.s + n + 1, pair.n - n - 1}
                                     : (struct part){"", 0});
    return NULL;
}

bool sc_url_matches(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL; /* the last "*", and where its rest is tried */
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}
