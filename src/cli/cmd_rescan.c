#include "cli/cli.h"
#include "cli/progress_view.h"
#include "library/keep.h"

#include <stdio.h>

static void print_report(const struct sc_cli *cli, const struct sc_rescan_report *r)
{
    size_t i;
    json_t *problem;
    printf("%zu lectures: %zu new, %zu changed, %zu gone, %zu damaged\n", r->n_found,
           r->n_added, r->n_updated, r->n_vanished, r->n_broken);
    json_array_foreach(r->problems, i, problem)
    {
        printf("  ");
        sc_out_wrapped(json_string_value(problem) ? json_string_value(problem) : "", 2, 2,
                       cli->out.is_tty ? cli->out.columns : 100000);
    }
}

/* Not part of the folders, and perhaps on a disk that is not connected. */
static bool look_for_archives(const struct sc_cli *cli, struct sc_library *lib,
                              struct sc_rescan_report *r, struct sc_error *err)
{
    struct sc_keep k = {.lib = lib,
                        .archive_dir = sc_config_str(cli->config, SC_SET_ARCHIVE_DIR)};
    return sc_keep_missing_archives(&k, r->problems, err);
}

bool sc_cmd_rescan(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_rescan_report r = {0};
    struct sc_library *lib = sc_cli_library(cli, err);
    if (!lib)
        return false;
    struct sc_progress_view *view =
        cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    struct sc_progress_sink sink = sc_progress_view_sink(view);
    bool ok = sc_library_rescan(lib, &r, &sink, cli->cancel, err) &&
              look_for_archives(cli, lib, &r, err);
    sc_progress_view_settle(view, ok);
    sc_progress_view_destroy(view);
    if (ok && cli->json)
        ok = sc_out_json_take(
            json_pack("{s:I s:I s:I s:I s:I s:O?}", "found", (json_int_t)r.n_found,
                      "added", (json_int_t)r.n_added, "updated", (json_int_t)r.n_updated,
                      "vanished", (json_int_t)r.n_vanished, "broken",
                      (json_int_t)r.n_broken, "problems", r.problems),
            err);
    else if (ok)
        print_report(cli, &r);
    json_decref(r.problems);
    return ok;
}
