#include "base/str.h"
#include "cli/keep_view.h"

#include <stdio.h>

static void print_report(const struct sc_cli *cli, json_t *report, bool dry_run)
{
    char size[32];
    sc_keep_print(cli, json_object_get(report, "items"),
                  dry_run ? "would restore" : "restored");
    sc_keep_print(cli, json_object_get(report, "kept"), "kept");
    sc_keep_print(cli, json_object_get(report, "damaged"), "damaged");
    sc_format_bytes(json_number_value(json_object_get(report, "bytes")), size,
                    sizeof size);
    long long n = (long long)json_integer_value(json_object_get(report, "restored"));
    size_t kept = json_array_size(json_object_get(report, "kept"));
    char others[80] = "";
    if (kept)
        snprintf(others, sizeof others, "; %zu kept as the library has %s", kept,
                 kept == 1 ? "it" : "them");
    sc_out_note(cli, "%lld %s (%s) %s; %lld here already%s.", n,
                n == 1 ? "file" : "files", size,
                dry_run ? "would be restored" : "restored",
                (long long)json_integer_value(json_object_get(report, "same")), others);
}

/* Everything good is restored first; then the damage is the command's failure. */
static bool judge(const struct sc_cli *cli, json_t *report, struct sc_error *err)
{
    size_t n = json_array_size(json_object_get(report, "damaged"));
    if (n == 0)
        return true;
    sc_fail(err, SC_ERR_MEDIA,
            "%zu files of the backup %s are damaged and were not restored", n,
            cli->args[0]);
    return sc_error_hint(
        err, "If the library they came from still exists: scaler backup --verify "
             "copies them again.");
}

bool sc_cmd_restore(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_keep_run run;
    json_t *report = NULL;
    struct sc_restore_options o = {.src = cli->args[0],
                                   .overwrite = sc_cli_flag(cli, "overwrite"),
                                   .with_gone = sc_cli_flag(cli, "with-removed")};
    bool ok = sc_keep_run_init(&run, cli, err);
    bool dry_run = run.keeper.keep.dry_run;
    ok = ok && sc_keep_restore(&run.keeper.keep, &o, &report, err);
    sc_keep_run_finish(&run, ok);
    if (ok && cli->json)
        ok = sc_out_json_take(json_incref(report), err);
    else if (ok)
        print_report(cli, report, dry_run);
    ok = ok && judge(cli, report, err);
    json_decref(report);
    return ok;
}
