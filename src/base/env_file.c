#include "base/buf.h"
#include "base/config.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

enum { MAX_NAME = 128, MAX_VALUE = 65536 };

struct cursor {
    const char *p, *end;
    unsigned line;
};

static void skip_blanks(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
        c->p++;
}

static void skip_line(struct cursor *c)
{
    while (c->p < c->end && *c->p != '\n')
        c->p++;
}

static bool name_char(char ch, bool first)
{
    return ch == '_' || isalpha((unsigned char)ch) ||
           (!first && isdigit((unsigned char)ch));
}

static bool parse_name(struct cursor *c, char name[MAX_NAME], struct sc_error *err)
{
    size_t n = 0;
    while (c->p < c->end && name_char(*c->p, n == 0)) {
        if (n + 1 == MAX_NAME)
            return sc_fail(err, SC_ERR_INVALID, "line %u has an overlong name", c->line);
        name[n++] = *c->p++;
    }
    name[n] = '\0';
    if (n == 0)
        return sc_fail(err, SC_ERR_INVALID, "line %u is not NAME=value", c->line);
    return true;
}

static void add_escaped(struct sc_buf *value, char ch)
{
    static const char from[] = "ntr", to[] = "\n\t\r";
    const char *at = strchr(from, ch);
    sc_buf_add_char(value, at && ch ? to[at - from] : ch);
}

static bool parse_quoted(struct cursor *c, struct sc_buf *value, struct sc_error *err)
{
    char quote = *c->p++;
    unsigned start = c->line;
    while (c->p < c->end && *c->p != quote) {
        if (*c->p == '\n')
            c->line++;
        if (quote == '"' && *c->p == '\\' && c->p + 1 < c->end) {
            add_escaped(value, c->p[1]);
            c->p += 2;
        } else {
            sc_buf_add_char(value, *c->p++);
        }
    }
    if (c->p == c->end)
        return sc_fail(err, SC_ERR_INVALID, "the quote opened on line %u is not closed",
                       start);
    c->p++;
    skip_blanks(c);
    if (c->p < c->end && *c->p != '\n' && *c->p != '\r' && *c->p != '#')
        return sc_fail(err, SC_ERR_INVALID, "line %u has text behind the closing quote",
                       c->line);
    skip_line(c);
    return true;
}

static void parse_bare(struct cursor *c, struct sc_buf *value)
{
    const char *start = c->p;
    while (c->p < c->end && *c->p != '\n' &&
           !(*c->p == '#' && c->p > start && (c->p[-1] == ' ' || c->p[-1] == '\t')))
        c->p++;
    const char *stop = c->p;
    while (stop > start && isspace((unsigned char)stop[-1]))
        stop--;
    sc_buf_add(value, start, (size_t)(stop - start));
    skip_line(c);
}

static bool parse_line(struct cursor *c, sc_env_fn fn, void *user, struct sc_error *err)
{
    char name[MAX_NAME];
    struct sc_buf value = SC_BUF_INIT(MAX_VALUE);
    bool ok = false;
    if ((size_t)(c->end - c->p) > 7 && memcmp(c->p, "export", 6) == 0 &&
        (c->p[6] == ' ' || c->p[6] == '\t')) {
        c->p += 6;
        skip_blanks(c);
    }
    if (!parse_name(c, name, err))
        return false;
    skip_blanks(c);
    if (c->p == c->end || *c->p != '=')
        return sc_fail(err, SC_ERR_INVALID, "line %u is not NAME=value", c->line);
    c->p++;
    skip_blanks(c);
    unsigned line = c->line;
    if (c->p < c->end && (*c->p == '"' || *c->p == '\'')) {
        if (!parse_quoted(c, &value, err))
            goto out;
    } else {
        parse_bare(c, &value);
    }
    if (value.failed)
        sc_fail(err, SC_ERR_LIMIT, "the value on line %u is too long", line);
    else if (value.len && memchr(value.data, 0, value.len))
        sc_fail(err, SC_ERR_INVALID, "the value on line %u holds a NUL byte", line);
    else
        ok = fn(user, name, sc_buf_str(&value), err);
out:
    sc_buf_finish(&value);
    return ok;
}

bool sc_env_parse(const char *text, size_t len, sc_env_fn fn, void *user,
                  struct sc_error *err)
{
    struct cursor c = {.p = text, .end = text + len, .line = 1};
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        c.p += 3;
    while (c.p < c.end) {
        while (c.p < c.end && (*c.p == ' ' || *c.p == '\t' || *c.p == '\r'))
            c.p++;
        if (c.p < c.end && *c.p != '\n' && *c.p != '#') {
            if (!parse_line(&c, fn, user, err))
                return false;
        } else {
            skip_line(&c);
        }
        if (c.p < c.end && *c.p == '\n') {
            c.p++;
            c.line++;
        }
    }
    return true;
}
