#include "notes/mdtext.h"

#include "base/str.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Marks that mean something at the start of a line: lists, headings, rules. */
static size_t line_start_mark(const char *s)
{
    size_t n = 0;
    if (strchr("-+#>=:", s[0]) && s[0])
        return 1;
    while (n < 9 && isdigit((unsigned char)s[n]))
        n++;
    return n && (s[n] == '.' || s[n] == ')') && (s[n + 1] == ' ' || !s[n + 1]) ? n + 1
                                                                               : 0;
}

/* Length of the code span that starts at s (one backtick, no backtick inside), or 0. */
static size_t code_span(const char *s)
{
    if (s[0] != '`' || s[1] == '`' || !s[1])
        return 0;
    size_t n = 1 + strcspn(s + 1, "`\n");
    return s[n] == '`' && s[n + 1] != '`' && n > 1 ? n + 1 : 0;
}

static void escape(struct sc_buf *out, const char *s, bool spans)
{
    while (is_space(*s))
        s++;
    size_t mark = line_start_mark(s), i = 0;
    for (; i + 1 < mark; i++)
        sc_buf_add_char(out, s[i]);
    bool before_space = true;
    while (s[i]) {
        unsigned char c = (unsigned char)s[i];
        size_t span = spans ? code_span(s + i) : 0;
        if (is_space(s[i])) {
            while (is_space(s[i]))
                i++;
            if (s[i])
                sc_buf_add_char(out, ' ');
            before_space = true;
            continue;
        }
        if (span) {
            sc_buf_add(out, s + i, span);
            i += span;
            before_space = false;
            continue;
        }
        if (c < 0x20 || c == 0x7F) {
            i++;
            continue;
        }
        /* Obsidian reads #tags, ==marks==, %%comments%%, $math$, a::b and ^ids. */
        bool doubled = strchr("=%:^", c) && s[i + 1] == (char)c;
        bool last_of_pair = strchr("=%:", c) && i > 0 && s[i - 1] == (char)c;
        if (strchr("\\`*_[]<>|~$", c) || (mark && i + 1 == mark) || doubled ||
            last_of_pair || (c == '#' && before_space) ||
            (c == '&' && (isalpha((unsigned char)s[i + 1]) || s[i + 1] == '#')) ||
            (c == '^' && before_space))
            sc_buf_add_char(out, '\\');
        sc_buf_add_char(out, (char)c);
        before_space = false;
        i++;
    }
}

void sc_md_text(struct sc_buf *out, const char *text)
{
    escape(out, text ? text : "", true);
}

void sc_md_plain(struct sc_buf *out, const char *text)
{
    escape(out, text ? text : "", false);
}

void sc_md_code(struct sc_buf *out, const char *code)
{
    size_t longest = 2, run = 0;
    for (const char *p = code; *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        sc_buf_add_char(out, '`');
    sc_buf_add_char(out, '\n');
    for (const char *p = code; *p; p++)
        if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
            sc_buf_add_char(out, *p);
    sc_buf_add_char(out, '\n');
    for (size_t i = 0; i <= longest; i++)
        sc_buf_add_char(out, '`');
    sc_buf_add_char(out, '\n');
}

void sc_md_href(struct sc_buf *out, const char *path)
{
    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c <= 0x20 || c == 0x7F || strchr("()<>\\\"`", c))
            sc_buf_addf(out, "%%%02X", c);
        else
            sc_buf_add_char(out, (char)c);
    }
}

void sc_yaml_text(struct sc_buf *out, const char *text)
{
    sc_buf_add_char(out, '"');
    for (const char *p = text ? text : ""; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            sc_buf_addf(out, "\\%c", c);
        else if (c == '\n' || c == '\t' || c == '\r')
            sc_buf_add_char(out, ' ');
        else if (c < 0x20 || c == 0x7F)
            sc_buf_addf(out, "\\x%02X", c);
        else
            sc_buf_add_char(out, (char)c);
    }
    sc_buf_add_char(out, '"');
}

bool sc_md_url_ok(const char *url)
{
    if (!url || (!sc_str_starts(url, "http://") && !sc_str_starts(url, "https://")))
        return false;
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= 0x20 || *p == 0x7F || *p == '<' || *p == '>' ||
            *p == '"')
            return false;
    return strlen(url) < 2000;
}
