/* `scaler search`: every hit is a lecture and a second. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "library/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATCH_BEGIN = 2, MATCH_END = 3, MAX_HITS = 10000 };

/* The snippet without its marks, and where they were, in characters. */
static json_t *hit_json(const struct sc_hit *h)
{
    struct sc_buf plain = SC_BUF_INIT(0);
    json_t *ranges = json_array();
    json_int_t at = 0, begin = 0;
    for (const char *s = h->snippet ? h->snippet : ""; *s; s++) {
        if (*s == MATCH_BEGIN) {
            begin = at;
        } else if (*s == MATCH_END) {
            json_array_append_new(ranges, json_pack("[I I]", begin, at));
        } else {
            sc_buf_add_char(&plain, *s);
            at += ((unsigned char)*s & 0xC0) != 0x80; /* UTF-8 continuation bytes */
        }
    }
    json_t *o = json_pack("{s:s s:s s:s? s:s s:f s:f s:s s:o s:s?}", "lecture", h->lecture_id,
                          "title", h->lecture_title, "date", h->lecture_date, "kind", h->kind,
                          "time", h->time_s, "end", h->end_s, "snippet", sc_buf_str(&plain),
                          "matches", ranges, "slide", h->slide);
    sc_buf_finish(&plain);
    return o;
}

/* Line breaks become spaces; matches are bold, or between asterisks without colour. */
static void print_snippet(const struct sc_cli *cli, const char *s, int columns)
{
    int at = 0;
    bool space = true;
    for (; *s && at < columns; s++) {
        if (*s == MATCH_BEGIN || *s == MATCH_END) {
            fputs(*s == MATCH_BEGIN ? sc_style(&cli->out, SC_STYLE_BOLD)
                                    : sc_style_end(&cli->out),
                  stdout);
            if (!cli->out.color) {
                putchar('*');
                at++;
            }
            continue;
        }
        bool white = *s == ' ' || *s == '\n' || *s == '\t';
        if (white && space)
            continue;
        space = white;
        size_t n = 1;
        while (((unsigned char)s[n] & 0xC0) == 0x80)
            n++;
        char one[8] = "";
        snprintf(one, sizeof one, "%.*s", (int)(n < 7 ? n : 7), white ? " " : s);
        fputs(one, stdout);
        at += (int)sc_text_columns(one);
        s += n - 1;
    }
    printf("%s\n", sc_style_end(&cli->out));
}

static void print_hits(const struct sc_cli *cli, const struct sc_hit *hits, size_t n)
{
    enum { INDENT = 26 };
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        char when[24];
        if (strcmp(last, hits[i].lecture_id) != 0)
            printf("%s%s%s%s  %s  %s%s%s\n", i ? "\n" : "",
                   sc_style(&cli->out, SC_STYLE_BOLD), hits[i].lecture_title,
                   sc_style_end(&cli->out), hits[i].lecture_date ? hits[i].lecture_date : "",
                   sc_style(&cli->out, SC_STYLE_DIM), hits[i].lecture_id,
                   sc_style_end(&cli->out));
        last = hits[i].lecture_id;
        sc_format_time(hits[i].time_s, when, sizeof when);
        printf("  %8s  %-12s  ", when, hits[i].kind);
        int room = cli->out.is_tty ? cli->out.columns - INDENT - 1 : 1000;
        print_snippet(cli, hits[i].snippet ? hits[i].snippet : "", room > 12 ? room : 12);
    }
}

static char *joined(const struct sc_cli *cli)
{
    struct sc_buf b = SC_BUF_INIT(0);
    for (size_t i = 0; i < cli->n_args; i++) {
        /* The shell took the quotes off a phrase: they are put back. */
        bool phrase = cli->n_args > 1 && strchr(cli->args[i], ' ');
        sc_buf_addf(&b, "%s%s%s%s", i ? " " : "", phrase ? "\"" : "", cli->args[i],
                    phrase ? "\"" : "");
    }
    return sc_buf_detach(&b);
}

static bool read_options(struct sc_cli *cli, struct sc_search_options *o,
                         struct sc_error *err)
{
    const char *limit = sc_cli_option(cli, "limit");
    uint64_t n = 0;
    o->kind = sc_cli_option(cli, "kind");
    o->from_date = sc_cli_option(cli, "from");
    o->to_date = sc_cli_option(cli, "to");
    if (limit && (!sc_parse_u64(limit, &n) || n < 1 || n > MAX_HITS))
        return sc_fail(err, SC_ERR_USAGE, "--limit is \"%.40s\", allowed is 1..%d", limit,
                       MAX_HITS);
    o->limit = (size_t)n;
    if ((o->from_date && !sc_valid_date(o->from_date)) ||
        (o->to_date && !sc_valid_date(o->to_date)))
        return sc_fail(err, SC_ERR_USAGE, "--from and --to are days as YYYY-MM-DD");
    return true;
}

bool sc_cmd_search(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_search_options o = {0};
    struct sc_lecture only = {0};
    struct sc_hit *hits = NULL;
    size_t n = 0, total = 0;
    char *query = joined(cli);
    struct sc_library *lib = NULL;
    const char *lecture = sc_cli_option(cli, "lecture");
    o.query = query;
    bool ok = query && read_options(cli, &o, err) && (lib = sc_cli_library(cli, err)) &&
              (!lecture || sc_library_get(lib, lecture, true, &only, err));
    o.lecture_id = only.id;
    ok = ok && sc_library_search(lib, &o, &hits, &n, &total, cli->cancel, err);
    if (ok && cli->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(list, hit_json(&hits[i]));
        ok = sc_out_json_take(json_pack("{s:s s:I s:o}", "query", query, "total",
                                        (json_int_t)total, "hits", list),
                              err);
    } else if (ok) {
        print_hits(cli, hits, n);
        if (total > n)
            sc_out_note(cli, "%zu of %zu hits; --limit shows more.", n, total);
        if (n == 0)
            sc_out_note(cli, "Nothing found for: %s", query);
    }
    for (size_t i = 0; i < n; i++)
        sc_hit_finish(&hits[i]);
    free(hits);
    free(query);
    sc_lecture_finish(&only);
    return ok;
}
