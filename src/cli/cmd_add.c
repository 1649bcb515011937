/* `scaler add`: from a stream or a file to study materials. */
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/job.h"
#include "cli/lecture_view.h"
#include "cli/stream_options.h"
#include "download/finished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool get_stream(struct sc_job *job, const char *url, struct sc_lecture *lecture,
                       struct sc_error *err)
{
    struct sc_cli *cli = job->cli;
    struct sc_stream stream;
    bool ok = sc_cli_stream(cli, url, &stream, err) &&
              sc_pipeline_download(cli->library, &stream, sc_cli_option(cli, "title"),
                                   sc_cli_option(cli, "date"), &job->options, lecture,
                                   cli->cancel, err);
    sc_stream_finish(&stream);
    return ok;
}

static bool get_file(struct sc_job *job, const char *arg, struct sc_lecture *lecture,
                     struct sc_error *err)
{
    struct sc_cli *cli = job->cli;
    const char *path = sc_str_starts(arg, "file://") ? arg + strlen("file://") : arg;
    double from_s = -1, to_s = -1;
    if (sc_dir_exists(path)) {
        sc_fail(err, SC_ERR_INVALID, "\"%.200s\" is a folder, not a video or audio file",
                path);
        return sc_error_hint(err, "Give the files in it: scaler add FOLDER/*.mp4");
    }
    const char *ext = sc_path_ext(path);
    if (sc_file_exists(path) && (sc_str_ieq(ext, ".m3u8") || sc_str_ieq(ext, ".m3u"))) {
        sc_fail(
            err, SC_ERR_UNSUPPORTED,
            "\"%.200s\" is a playlist on this machine; streams are fetched from servers",
            path);
        return sc_error_hint(err,
                             "Give the stream's address, or serve the folder: "
                             "python3 -m http.server 8090 in it, then scaler add "
                             "http://localhost:8090/%.100s",
                             sc_path_base(path));
    }
    if (!sc_file_exists(path) && access(path, F_OK) == 0)
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "\"%.200s\" is a device or a pipe, not a video or audio file",
                       path);
    if (!sc_file_exists(path)) {
        sc_fail(err, SC_ERR_NOT_FOUND, "there is no file \"%.200s\"", path);
        return sc_error_hint(err, "A stream's address begins with http:// or https://.");
    }
    return sc_cli_time(cli, "from", &from_s, err) && sc_cli_time(cli, "to", &to_s, err) &&
           sc_pipeline_import(cli->library, path, from_s, to_s,
                              sc_cli_option(cli, "title"), sc_cli_option(cli, "date"),
                              &job->options, lecture, cli->cancel, err);
}

/* What is here already keeps its title and day: said, so that nobody looks for another.
 */
static void tell_kept(const struct sc_cli *cli, const struct sc_lecture *l)
{
    const char *title = sc_cli_option(cli, "title"), *date = sc_cli_option(cli, "date");
    char *clean = title ? sc_library_clean_title(title, NULL) : NULL;
    bool titled = clean && !sc_str_eq(clean, l->title);
    free(clean);
    bool dated = date && *date && !sc_str_eq(date, l->date);
    if (titled || dated)
        sc_out_note(cli,
                    "this is in the library already, as \"%s\" of %s (%s); its title and "
                    "day stay as they are",
                    l->title, l->date, l->id);
}

/* Another quality than that of the video which is here: it is not fetched beside it. */
static void tell_quality(const struct sc_cli *cli, const struct sc_lecture *l)
{
    struct sc_stream wanted = SC_STREAM_INIT;
    enum sc_quality had = SC_QUALITY_BEST;
    int had_height = 0;
    char *dir = sc_library_video_dir(cli->library, l);
    bool known = sc_cli_option(cli, "quality") && sc_cli_quality(cli, &wanted, NULL) &&
                 dir && sc_finished_quality(dir, &had, &had_height);
    free(dir);
    if (!known || (wanted.quality == had && wanted.height == had_height))
        return;
    json_t *meta = sc_lecture_metadata(cli->library, l);
    json_t *media = json_object_get(meta, "media");
    int width = (int)json_integer_value(json_object_get(media, "width"));
    int height = (int)json_integer_value(json_object_get(media, "height"));
    json_decref(meta);
    if (wanted.quality == SC_QUALITY_HEIGHT && wanted.height == height)
        return;
    sc_out_note(
        cli,
        "this is in the library already, in %dx%d; to have it in another quality, "
        "remove it (scaler rm %s) and add it again",
        width, height, l->id);
}

/* Gaps that were allowed once stay: said, with the way to try for them again. */
static void tell_gaps(const struct sc_cli *cli, const struct sc_lecture *l)
{
    char text[400];
    json_t *meta = sc_lecture_metadata(cli->library, l);
    if (sc_lecture_list_gaps(meta, text, sizeof text))
        sc_out_note(cli,
                    "this is in the library already, and its video has gaps: %s is "
                    "missing; to try for them again, remove it (scaler rm %s) and add it "
                    "again",
                    text, l->id);
    json_decref(meta);
}

/* A range is cut at the key frame before it: what is really there is told. */
static void tell_held(struct sc_cli *cli, const struct sc_lecture *l)
{
    if (!sc_cli_option(cli, "from") && !sc_cli_option(cli, "to"))
        return;
    json_t *meta = sc_lecture_metadata(cli->library, l);
    json_t *held = json_object_get(meta, "held");
    char from[24], to[24];
    sc_format_time(json_number_value(json_object_get(held, "from")), from, sizeof from);
    sc_format_time(json_number_value(json_object_get(held, "to")), to, sizeof to);
    if (held)
        sc_out_note(cli, "it holds %s to %s of the source", from, to);
    json_decref(meta);
}

/* arg NULL: the stream of --base-url. */
static bool add_one(struct sc_job *job, const char *arg, struct sc_error *err)
{
    struct sc_lecture lecture = {0};
    bool fetched = false, streamed = !arg || sc_cli_is_url(arg);
    job->options.fetched = &fetched;
    bool ok = streamed ? get_stream(job, arg, &lecture, err)
                       : get_file(job, arg, &lecture, err);
    job->options.fetched = NULL;
    sc_progress_view_settle(job->view, ok);
    if (ok) {
        tell_kept(job->cli, &lecture);
        tell_held(job->cli, &lecture);
    }
    if (ok && streamed && !fetched) {
        tell_quality(job->cli, &lecture);
        tell_gaps(job->cli, &lecture);
    }
    if (ok && sc_cli_flag(job->cli, "no-process")) {
        ok = sc_job_show(job, lecture.id, NULL, err);
    } else if (ok) {
        ok = sc_job_process(job, lecture.id, err);
    }
    sc_lecture_finish(&lecture);
    return ok;
}

static bool check_usage(const struct sc_cli *cli, struct sc_error *err)
{
    const char *date = sc_cli_option(cli, "date");
    double from_s = -1, to_s = -1;
    if (cli->n_args == 0 && !sc_cli_flag(cli, "base-url")) {
        sc_fail(err, SC_ERR_USAGE, "scaler add needs a URL, a file or --base-url");
        return sc_error_hint(err, "See: scaler help add");
    }
    if (cli->n_args > 0 && sc_cli_flag(cli, "base-url"))
        return sc_fail(err, SC_ERR_USAGE,
                       "--base-url is for a stream without playlist; give either it or a "
                       "URL");
    if (cli->n_args > 1 && sc_cli_flag(cli, "title"))
        return sc_fail(err, SC_ERR_USAGE, "--title fits one lecture, but %zu were given",
                       cli->n_args);
    if (date && !sc_valid_date(date))
        return sc_fail(err, SC_ERR_USAGE,
                       "--date is \"%.40s\", allowed is a day as YYYY-MM-DD", date);
    struct sc_stream wanted =
        SC_STREAM_INIT; /* also beside a file a wrong word is told */
    if (!sc_cli_time(cli, "from", &from_s, err) || !sc_cli_time(cli, "to", &to_s, err) ||
        !sc_cli_quality(cli, &wanted, err))
        return false;
    if (to_s >= 0 && to_s <= from_s)
        return sc_fail(err, SC_ERR_USAGE, "--to must be later than --from");
    return true;
}

/* Several at once: a failure of one is shown and the others go on. */
static bool add_all(struct sc_job *job, struct sc_error *err)
{
    struct sc_cli *cli = job->cli;
    enum sc_error_code first = SC_ERR_OK;
    size_t failed = 0;
    for (size_t i = 0; i < cli->n_args && !sc_cancelled(cli->cancel); i++) {
        struct sc_error one = {0};
        if (add_one(job, cli->args[i], &one))
            continue;
        sc_out_error(cli, &one);
        first = first ? first : one.code;
        failed++;
    }
    if (sc_cancel_check(cli->cancel, err))
        return false;
    return !failed ||
           sc_fail(err, first, "%zu of %zu could not be added", failed, cli->n_args);
}

bool sc_cmd_add(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_job job;
    bool ok =
        sc_job_init(&job, cli, err) && check_usage(cli, err) && sc_cli_library(cli, err);
    job.options.allow_gaps = sc_cli_flag(cli, "allow-gaps");
    if (ok && cli->n_args <= 1)
        ok = add_one(&job, cli->n_args ? cli->args[0] : NULL, err);
    else if (ok)
        ok = add_all(&job, err);
    /* What did succeed is printed also beside a failure. */
    if (json_array_size(job.results) || ok)
        ok = sc_job_print(&job, err) && ok;
    sc_job_finish(&job);
    return ok;
}
