#include "base/str.h"
#include "cli/keep_view.h"
#include "cli/lecture_view.h"

#include <stdio.h>
#include <string.h>

static void print_one(const struct sc_cli *cli, json_t *o, bool dry_run)
{
    char size[32];
    sc_format_bytes(json_number_value(json_object_get(o, "bytes")), size, sizeof size);
    printf("%s %s  %s  %s%s%s\n", dry_run ? "would archive" : "archived",
           json_string_value(json_object_get(o, "id")), size,
           sc_style(&cli->out, SC_STYLE_DIM),
           json_string_value(json_object_get(o, "archive")), sc_style_end(&cli->out));
}

/* Full ids of the arguments, or of what is old enough. */
static bool choose(struct sc_cli *cli, struct sc_keep *keep, json_t **out,
                   struct sc_error *err)
{
    int64_t older_than;
    json_t *ids = json_array(), *due = NULL, *given;
    size_t i;
    bool ok = sc_keep_older_than(cli, &older_than, err);
    for (i = 0; ok && i < cli->n_args; i++) {
        struct sc_lecture l = {0};
        ok = sc_cli_lecture(cli, cli->args[i], &l, err);
        if (ok)
            json_array_append_new(ids, json_string(l.id));
        sc_lecture_finish(&l);
    }
    if (ok && cli->n_args == 0 && older_than < 0) {
        ok = sc_fail(err, SC_ERR_USAGE,
                     "archive needs the id of a lecture, or --older-than");
        sc_error_hint(err,
                      "scaler archive --older-than 30d --dry-run shows what would go.");
    }
    if (ok && older_than >= 0) {
        ok = sc_keep_archive_due(keep, older_than, 0, &due, err);
        for (i = json_array_size(ids); ok && i-- > 0;) {
            size_t k;
            json_t *d;
            bool found = false;
            given = json_array_get(ids, i);
            json_array_foreach(due, k, d) found = found || json_equal(d, given);
            if (!found)
                json_array_remove(ids, i);
        }
        if (ok && cli->n_args == 0)
            json_array_extend(ids, due);
    }
    json_decref(due);
    if (!ok) {
        json_decref(ids);
        return false;
    }
    *out = ids;
    return true;
}

bool sc_cmd_archive(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_keep_run run;
    json_t *ids = NULL, *done = json_array(), *id;
    size_t i;
    double bytes = 0;
    bool ok = sc_keep_run_init(&run, cli, err);
    struct sc_keep *keep = &run.keeper.keep;
    bool dry_run = keep->dry_run;
    ok = ok && choose(cli, keep, &ids, err);
    json_array_foreach(ids, i, id)
    {
        json_t *report = NULL;
        ok = ok && sc_keep_archive(keep, json_string_value(id), &report, err);
        if (!report)
            continue;
        bytes += json_number_value(json_object_get(report, "bytes"));
        json_array_append_new(done, report);
        /* Below the bars: a line among them would go with them at the next redraw. */
        sc_progress_view_settle(run.view, ok);
        if (!cli->json)
            print_one(cli, report, dry_run);
    }
    sc_keep_run_finish(&run, ok);
    if (cli->json && (ok || json_array_size(done)))
        ok = sc_out_json_take(json_pack("{s:b s:f s:O}", "dryRun", dry_run, "bytes",
                                        bytes, "archived", done),
                              err) &&
             ok;
    else if (ok && json_array_size(ids) == 0)
        sc_out_note(cli, "No lecture is old enough to be archived.");
    json_decref(ids);
    json_decref(done);
    return ok;
}
