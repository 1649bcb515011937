#include "base/str.h"
#include "cli/keep_view.h"
#include "cli/lecture_view.h"

#include <stdio.h>

static bool bring_back(struct sc_cli *cli, struct sc_keep_run *run, const char *id,
                       json_t *done, struct sc_error *err)
{
    struct sc_keep *keep = &run->keeper.keep;
    struct sc_lecture l = {0};
    json_t *report = NULL;
    char size[32];
    bool ok = sc_cli_lecture(cli, id, &l, err) &&
              sc_keep_unarchive(keep, l.id, sc_cli_flag(cli, "keep"), &report, err);
    if (ok) {
        sc_format_bytes(json_number_value(json_object_get(report, "bytes")), size,
                        sizeof size);
        /* Below the bars: a line among them would go with them at the next redraw. */
        sc_progress_view_settle(run->view, ok);
        if (!cli->json)
            printf("%s %s  %s\n", keep->dry_run ? "would bring back" : "brought back",
                   l.id, size);
        json_array_append_new(done, report);
    }
    sc_lecture_finish(&l);
    return ok;
}

bool sc_cmd_unarchive(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_keep_run run;
    json_t *done = json_array();
    bool ok = sc_keep_run_init(&run, cli, err);
    bool dry_run = run.keeper.keep.dry_run;
    for (size_t i = 0; ok && i < cli->n_args; i++)
        ok = bring_back(cli, &run, cli->args[i], done, err);
    sc_keep_run_finish(&run, ok);
    if (cli->json && (ok || json_array_size(done)))
        ok = sc_out_json_take(
                 json_pack("{s:b s:O}", "dryRun", dry_run, "unarchived", done), err) &&
             ok;
    json_decref(done);
    return ok;
}
