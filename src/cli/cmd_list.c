#include "base/str.h"
#include "cli/lecture_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A lecture in work shows how far it is. */
static void status_text(const struct sc_lecture *l, char *out, size_t size)
{
    bool moving = l->status == SC_LECTURE_DOWNLOADING || l->status == SC_LECTURE_PAUSED ||
                  l->status == SC_LECTURE_PROCESSING;
    if (moving && l->progress > 0)
        snprintf(out, size, "%s %.0f%%", sc_lecture_status_name(l->status), l->progress);
    else
        snprintf(out, size, "%s", sc_lecture_status_name(l->status));
}

static enum sc_style status_style(enum sc_lecture_status s)
{
    return s == SC_LECTURE_ERROR    ? SC_STYLE_BAD
           : s == SC_LECTURE_PAUSED ? SC_STYLE_WARN
                                    : SC_STYLE_DIM;
}

static void print_row(const struct sc_cli *cli, const struct sc_lecture *l)
{
    enum { DATE = 10, DURATION = 8, STATUS = 16, GAPS = 6 };
    char duration[24] = "", status[40];
    if (l->duration_s > 0)
        sc_format_time(l->duration_s, duration, sizeof duration);
    status_text(l, status, sizeof status);
    /* A narrow terminal shows title and id under each other. */
    int left = cli->out.columns - DATE - DURATION - STATUS - GAPS - 1;
    printf("%-*s  %*s  %s", DATE, l->date ? l->date : "", DURATION, duration,
           sc_style(&cli->out, status_style(l->status)));
    sc_out_cell(status, STATUS);
    printf("%s  %s", sc_style_end(&cli->out), sc_style(&cli->out, SC_STYLE_BOLD));
    if (cli->out.is_tty && left >= 16)
        sc_out_cell(l->title, (int)sc_text_columns(l->title) > left ? left : 0);
    else
        fputs(l->title, stdout);
    printf("%s\n%*s%s%s%s\n", sc_style_end(&cli->out), DATE + 2, "",
           sc_style(&cli->out, SC_STYLE_DIM), l->id, sc_style_end(&cli->out));
}

bool sc_cmd_list(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_lecture *lectures = NULL;
    size_t n = 0;
    struct sc_library *lib = sc_cli_library(cli, err);
    if (!lib || !sc_library_list(lib, &lectures, &n, err))
        return false;
    json_t *list = cli->json ? json_array() : NULL;
    for (size_t i = 0; i < n; i++) {
        if (cli->json)
            json_array_append_new(list, sc_lecture_json(lib, &lectures[i]));
        else if (sc_cli_flag(cli, "ids"))
            printf("%s\n", lectures[i].id);
        else
            print_row(cli, &lectures[i]);
        sc_lecture_finish(&lectures[i]);
    }
    free(lectures);
    if (cli->json)
        return sc_out_json_take(json_pack("{s:o}", "lectures", list), err);
    if (n == 0 && !sc_cli_flag(cli, "ids"))
        sc_out_note(cli, "The library %s has no lectures yet. scaler add URL|FILE adds one.",
                    sc_library_root(lib));
    return true;
}
