/* EXT-X-DEFINE and variable substitution (draft-pantos-hls-rfc8216bis section 4.3). */
#include "base/buf.h"
#include "base/str.h"
#include "download/playlist_internal.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

static const char *lookup(const struct sc_playlist *pl, struct span name)
{
    if (!pl)
        return NULL;
    for (size_t i = 0; i < pl->n_variables; i++) {
        const char *have = pl->variables[i].name;
        if (span_eq((struct span){have, strlen(have)}, name))
            return pl->variables[i].value;
    }
    return NULL;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
}

/* The length of `{$name}` at s, or 0. */
static size_t reference_length(struct span s)
{
    size_t n = 2;
    if (s.n < 4 || s.s[0] != '{' || s.s[1] != '$')
        return 0;
    while (n < s.n && name_char(s.s[n]))
        n++;
    return n > 2 && n < s.n && s.s[n] == '}' ? n + 1 : 0;
}

struct span expand_variables(struct parser *p, struct span text)
{
    const char *brace = text.n ? memchr(text.s, '{', text.n) : NULL;
    if (!brace)
        return text;
    struct sc_buf b = SC_BUF_INIT(PLAYLIST_MAX_EXPANDED);
    bool any = false;
    for (size_t i = 0; i < text.n;) {
        struct span rest = {text.s + i, text.n - i};
        size_t n = reference_length(rest);
        const char *value = n ? lookup(p->pl, (struct span){rest.s + 2, n - 3}) : NULL;
        if (value) {
            sc_buf_add_str(&b, value);
            any = true;
        } else {
            if (n)
                warn(p, WARN_VARIABLE, "the variable in \"%.*s\" is not defined",
                     (int)(n < 60 ? n : 60), rest.s);
            n = n ? n : 1;
            sc_buf_add(&b, rest.s, n);
        }
        i += n;
    }
    if (b.failed)
        warn(p, WARN_VARIABLE, "a value becomes too long with its variables filled in");
    if (any && !b.failed) {
        struct span full = {sc_buf_str(&b), b.len};
        char *copy = arena_dup(p, full);
        if (copy)
            text = (struct span){copy, full.n};
    }
    sc_buf_finish(&b);
    return text;
}

static void add_variable(struct parser *p, struct span name, struct span value)
{
    struct sc_playlist *pl = p->pl;
    if (lookup(pl, name)) {
        warn(p, WARN_VARIABLE, "the variable %.*s is defined twice; the first counts",
             (int)(name.n < 60 ? name.n : 60), name.s);
        return;
    }
    if (pl->n_variables == PLAYLIST_MAX_VARIABLES) {
        warn(p, WARN_VARIABLE, "more than %d variables; the rest is ignored",
             PLAYLIST_MAX_VARIABLES);
        return;
    }
    struct sc_hls_variable v = {arena_dup(p, name), arena_dup(p, value)};
    if (v.name && v.value &&
        grow(p, (void **)&pl->variables, pl->n_variables, &p->cap_variables, sizeof v))
        pl->variables[pl->n_variables++] = v;
}

void define_variable(struct parser *p, const struct attr_list *attrs)
{
    struct span name = attr_value(attrs, "NAME"), import = attr_value(attrs, "IMPORT"),
                query = attr_value(attrs, "QUERYPARAM");
    if (name.n) {
        add_variable(p, name, expand_variables(p, attr_value(attrs, "VALUE")));
    } else if (import.n) {
        const char *value = lookup(p->parent, import);
        if (value)
            add_variable(p, import, (struct span){value, strlen(value)});
        else
            warn(p, WARN_VARIABLE,
                 "the variable %.*s is to come from the master playlist, which does not "
                 "define it",
                 (int)(import.n < 60 ? import.n : 60), import.s);
    } else if (query.n) {
        char *key = sc_strndup(query.s, query.n);
        char *value = key && p->base_url ? sc_url_query_value(p->base_url, key) : NULL;
        if (value)
            add_variable(p, query, (struct span){value, strlen(value)});
        else
            warn(p, WARN_VARIABLE, "the playlist's URL has no query parameter %.*s",
                 (int)(query.n < 60 ? query.n : 60), query.s);
        free(value);
        free(key);
    } else {
        warn(p, WARN_VARIABLE, "EXT-X-DEFINE has none of NAME, IMPORT and QUERYPARAM");
    }
}
