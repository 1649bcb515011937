#include "base/str.h"
#include "cli/keep_view.h"

#include <stdio.h>

static void print_report(const struct sc_cli *cli, json_t *report, bool dry_run)
{
    char size[32];
    sc_keep_print(cli, json_object_get(report, "items"),
                  dry_run ? "would remove" : "removed");
    sc_keep_print(cli, json_object_get(report, "kept"), "kept");
    json_int_t n = json_integer_value(json_object_get(report, "count"));
    sc_format_bytes(json_number_value(json_object_get(report, "bytes")), size,
                    sizeof size);
    if (n == 0)
        sc_out_note(cli, "There is nothing to clean up.");
    else
        sc_out_note(cli, "%lld %s, %s %s.", (long long)n, n == 1 ? "thing" : "things",
                    size, dry_run ? "would be freed" : "freed");
}

bool sc_cmd_cleanup(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_keep_run run;
    json_t *report = NULL;
    bool ok = sc_keep_run_init(&run, cli, err);
    bool dry_run = run.keeper.keep.dry_run;
    run.keeper.keep.irreplaceable = sc_cli_flag(cli, "all");
    ok = ok && sc_keep_cleanup(&run.keeper.keep, &report, err);
    sc_keep_run_finish(&run, ok);
    if (ok && cli->json)
        ok = sc_out_json_take(json_incref(report), err);
    else if (ok)
        print_report(cli, report, dry_run);
    json_decref(report);
    return ok;
}
