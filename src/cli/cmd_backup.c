#include "base/str.h"
#include "cli/keep_view.h"

#include <stdio.h>

static long long number(json_t *report, const char *name)
{
    return (long long)json_integer_value(json_object_get(report, name));
}

static void print_report(const struct sc_cli *cli, json_t *report, bool dry_run)
{
    char copied[32], all[32];
    sc_keep_print(cli, json_object_get(report, "items"),
                  dry_run ? "would copy" : "copied");
    sc_keep_print(cli, json_object_get(report, "kept"), "left out");
    sc_format_bytes(json_number_value(json_object_get(report, "copiedBytes")), copied,
                    sizeof copied);
    sc_format_bytes(json_number_value(json_object_get(report, "bytes")), all, sizeof all);
    sc_out_note(cli, "%lld of %lld files (%s of %s) %s; %lld unchanged.",
                number(report, "copied"), number(report, "files"), copied, all,
                dry_run ? "would be copied" : "copied", number(report, "unchanged"));
    if (number(report, "gone"))
        sc_out_note(cli,
                    "%lld files are no longer in the library and stay in the backup; "
                    "--prune removes them.",
                    number(report, "gone"));
}

/* Opening makes a library where there is none: a mistyped name is not to look backed up.
 */
static bool library_exists(const struct sc_cli *cli, struct sc_error *err)
{
    const char *root = sc_config_str(cli->config, SC_SET_OUTPUT_DIR);
    if (sc_dir_exists(root))
        return true;
    sc_fail(err, SC_ERR_NOT_FOUND, "there is no library %s", root);
    return sc_error_hint(err, "Name it with --library, or set SCALER_OUTPUT_DIR.");
}

bool sc_cmd_backup(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_keep_run run = {0};
    json_t *report = NULL;
    struct sc_backup_options o = {.dest = cli->args[0],
                                  .with_keys = sc_cli_flag(cli, "with-keys"),
                                  .verify = sc_cli_flag(cli, "verify"),
                                  .prune = sc_cli_flag(cli, "prune")};
    bool ok = library_exists(cli, err) && sc_keep_run_init(&run, cli, err);
    bool dry_run = run.keeper.keep.dry_run;
    ok = ok && sc_keep_backup(&run.keeper.keep, &o, &report, err);
    sc_keep_run_finish(&run, ok);
    if (ok && cli->json)
        ok = sc_out_json_take(json_incref(report), err);
    else if (ok)
        print_report(cli, report, dry_run);
    json_decref(report);
    return ok;
}
