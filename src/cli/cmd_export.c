#include "cli/lecture_view.h"
#include "cli/progress_view.h"

#include <stdio.h>
#include <stdlib.h>

bool sc_cmd_export(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_lecture l = {0};
    const char *format = sc_cli_option(cli, "format");
    char *written = NULL;
    if (!format)
        format = "zip";
    if (!sc_cli_lecture(cli, cli->args[0], &l, err))
        return false;
    struct sc_progress_view *view =
        cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    struct sc_progress_sink sink = sc_progress_view_sink(view);
    bool ok = sc_library_export(cli->library, l.id, format, sc_cli_option(cli, "output"),
                                &written, &sink, cli->cancel, err);
    sc_progress_view_destroy(view);
    if (!ok)
        sc_error_wrap(err, "could not export \"%s\" as %s", l.title, format);
    else if (cli->json)
        ok = sc_out_json_take(json_pack("{s:s s:s s:s}", "id", l.id, "format", format, "path",
                                        written),
                              err);
    else
        printf("%s\n", written);
    free(written);
    sc_lecture_finish(&l);
    return ok;
}
