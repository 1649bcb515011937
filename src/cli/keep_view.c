#include "cli/keep_view.h"

#include "base/str.h"

#include <stdio.h>

bool sc_keep_run_init(struct sc_keep_run *r, struct sc_cli *cli, struct sc_error *err)
{
    *r = (struct sc_keep_run){0};
    struct sc_library *lib = sc_cli_library(cli, err);
    if (!lib || !sc_keeper_init(&r->keeper, lib, cli->config, err))
        return false;
    r->view = cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    r->keeper.keep.progress = sc_progress_view_sink(r->view);
    r->keeper.keep.cancel = cli->cancel;
    r->keeper.keep.dry_run = sc_cli_flag(cli, "dry-run");
    return true;
}

void sc_keep_run_finish(struct sc_keep_run *r, bool ok)
{
    sc_progress_view_settle(r->view, ok);
    sc_progress_view_destroy(r->view);
    r->view = NULL;
    sc_keeper_finish(&r->keeper);
}

void sc_keep_print(const struct sc_cli *cli, json_t *list, const char *word)
{
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o)
    {
        char size[32] = "";
        const char *path = json_string_value(json_object_get(o, "path"));
        const char *why = json_string_value(json_object_get(o, "why"));
        if (json_object_get(o, "bytes"))
            sc_format_bytes(json_number_value(json_object_get(o, "bytes")), size,
                            sizeof size);
        printf("%-12s %9s  %s  %s(%s)%s\n", word, size, path ? path : "",
               sc_style(&cli->out, SC_STYLE_DIM), why ? why : "",
               sc_style_end(&cli->out));
    }
}

bool sc_keep_older_than(const struct sc_cli *cli, int64_t *out, struct sc_error *err)
{
    const char *text = sc_cli_option(cli, "older-than");
    *out = -1;
    if (!text || sc_parse_duration_s(text, out))
        return true;
    sc_fail(err, SC_ERR_USAGE, "--older-than %.40s is no time", text);
    return sc_error_hint(err, "Give a number and a letter: 30d, 12h, 2w.");
}
