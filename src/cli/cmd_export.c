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

static bool to_stdout(const struct sc_cli *cli)
{
    return sc_str_eq(sc_cli_option(cli, "output"), "-");
}

static bool check_usage(const struct sc_cli *cli, bool zip, struct sc_error *err)
{
    if (sc_cli_flag(cli, "with-video") && !zip)
        return sc_fail(err, SC_ERR_USAGE, "--with-video fits --format zip only");
    if (to_stdout(cli) && cli->json)
        return sc_fail(
            err, SC_ERR_USAGE,
            "--json and --output - both want standard output; give one of them");
    if (to_stdout(cli) && zip && cli->out.is_tty)
        return sc_fail(err, SC_ERR_USAGE,
                       "a ZIP is nothing for a terminal; send it into a file or a pipe");
    return true;
}

static bool show_written(const struct sc_cli *cli, const struct sc_lecture *l,
                         const char *format, const char *written, struct sc_error *err)
{
    if (cli->json)
        return sc_out_json_take(
            json_pack("{s:s s:s s:s}", "id", l->id, "format", format, "path", written),
            err);
    printf("%s\n", written);
    return true;
}

/* Who reads may stop early, as head(1) does: main ends as it does for any output. */
static bool write_stdout(struct sc_cli *cli, const char *id, const char *format,
                         const struct sc_progress_sink *sink, struct sc_error *err)
{
    if (sc_library_export_into(cli->library, id, format, stdout, sink, cli->cancel, err))
        return true;
    if (!ferror(stdout) || err->code == SC_ERR_DISK_FULL)
        return false;
    sc_error_clear(err);
    return true;
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
    const char *what = with_video ? "zip+video" : format;
    if (!check_usage(cli, zip, err) || !sc_cli_lecture(cli, cli->args[0], &l, err))
        return false;
    struct sc_progress_view *view =
        cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    struct sc_progress_sink sink = sc_progress_view_sink(view);
    bool ok = to_stdout(cli) ? write_stdout(cli, l.id, what, &sink, err)
                             : sc_library_export(cli->library, l.id, what,
                                                 sc_cli_option(cli, "output"), &written,
                                                 &sink, cli->cancel, err);
    sc_progress_view_destroy(view);
    if (ok && zip && !with_video)
        tell_left_out(cli, &l);
    if (ok && written)
        ok = show_written(cli, &l, format, written, err);
    free(written);
    sc_lecture_finish(&l);
    return ok;
}
