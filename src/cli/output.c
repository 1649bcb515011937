#include "base/json.h"
#include "base/str.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal of up to 15 digits survives the way through a double unchanged. */
enum { JSON_DIGITS = 15 };

bool sc_out_json_take(json_t *j, struct sc_error *err)
{
    if (!j)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(JSON_DIGITS));
    putchar('\n');
    json_decref(j);
    return true;
}

bool sc_out_json_exact_take(json_t *j, struct sc_error *err)
{
    char *text = j ? sc_json_dumps_exact(j, JSON_INDENT(2)) : NULL;
    json_decref(j);
    if (!text)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    puts(text);
    free(text);
    return true;
}

bool sc_out_flush(bool *closed, struct sc_error *err)
{
    errno = 0;
    bool bad = fflush(stdout) != 0;
    int why = errno;
    *closed = (bad || ferror(stdout)) && (why == EPIPE || why == 0);
    if (!bad && !ferror(stdout))
        return true;
    return *closed || sc_fail_errno(err, why, "could not write the output");
}

void sc_out_error(const struct sc_cli *cli, const struct sc_error *err)
{
    char sentence[2048];
    const char *bold = sc_style(&cli->err, SC_STYLE_BAD);
    sc_error_sentence(err, sentence, sizeof sentence);
    size_t n = strlen(sentence);
    /* Wrapped only for people: a log or a test gets whole lines. */
    int columns = cli->err.is_tty ? cli->err.columns : 0;
    const char *dot = n && strchr(".!?", sentence[n - 1]) ? "" : ".";
    char line[2100];
    fflush(stdout);
    fprintf(stderr, "%sscaler:%s ", bold, sc_style_end(&cli->err));
    snprintf(line, sizeof line, "%s%s", sentence, dot);
    FILE *f = stderr;
    int at = 8;
    for (const char *part = line, *next; part; part = next ? next + 1 : NULL) {
        next = strchr(part, ' ');
        int len = next ? (int)(next - part) : (int)strlen(part);
        if (columns && at > 8 && at + len >= columns) {
            fputs("\n        ", f);
            at = 8;
        } else if (part != line) {
            fputc(' ', f);
            at++;
        }
        fprintf(f, "%.*s", len, part);
        at += len;
    }
    fputc('\n', f);
    if (err->hint[0])
        fprintf(stderr, "%s\n", err->hint);
}

void sc_out_note(const struct sc_cli *cli, const char *fmt, ...)
{
    if (cli->quiet)
        return;
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

const char *sc_style(const struct sc_terminal *t, enum sc_style s)
{
    static const char *const codes[] = {"\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m",
                                        "\x1b[31m"};
    return t->color ? codes[s] : "";
}

const char *sc_style_end(const struct sc_terminal *t)
{
    return t->color ? "\x1b[0m" : "";
}

void sc_out_cell(const char *text, int columns)
{
    size_t width = sc_text_columns(text);
    if (columns <= 0) {
        fputs(text, stdout);
        return;
    }
    if (width > (size_t)columns) {
        size_t bytes = sc_text_fit(text, columns > 3 ? (size_t)columns - 3 : 0);
        printf("%.*s...", (int)bytes, text);
        width = sc_text_columns("...") + (size_t)columns - 3;
    } else {
        fputs(text, stdout);
    }
    for (; width < (size_t)columns; width++)
        putchar(' ');
}
