#include "base/file.h"
#include "base/str.h"
#include "cli/lecture_view.h"
#include "cli/progress_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The page in the ZIP shows everything but the video: said before somebody misses it. */
static void tell_left_out(const struct sc_cli *cli, const struct sc_lecture *l)
{
    char *video = sc_library_video(cli->library, l), size[32];
    int64_t bytes = video ? sc_file_size(video) : -1;
    sc_format_bytes((double)bytes, size, sizeof size);
    if (bytes > 0)
        sc_out_note(cli, "the video (%s) is not in the ZIP; --with-video puts it in",
                    size);
    free(video);
}

bool sc_cmd_export(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_lecture l = {0};
    const char *format = sc_cli_option(cli, "format");
    char *written = NULL;
    bool with_video = sc_cli_flag(cli, "with-video");
    if (!format)
        format = "zip";
    bool zip = strcmp(format, "zip") == 0;
    if (with_video && !zip)
        return sc_fail(err, SC_ERR_USAGE, "--with-video fits --format zip only");
    if (!sc_cli_lecture(cli, cli->args[0], &l, err))
        return false;
    struct sc_progress_view *view =
        cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    struct sc_progress_sink sink = sc_progress_view_sink(view);
    bool ok = sc_library_export(cli->library, l.id, with_video ? "zip+video" : format,
                                sc_cli_option(cli, "output"), &written, &sink,
                                cli->cancel, err);
    sc_progress_view_destroy(view);
    if (ok && zip && !with_video)
        tell_left_out(cli, &l);
    if (ok && cli->json)
        ok = sc_out_json_take(
            json_pack("{s:s s:s s:s}", "id", l.id, "format", format, "path", written),
            err);
    else if (ok)
        printf("%s\n", written);
    free(written);
    sc_lecture_finish(&l);
    return ok;
}
