#include "cli/stream_options.h"

#include "base/file.h"
#include "base/str.h"
#include "capture/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool sc_cli_is_url(const char *arg)
{
    return strstr(arg, "://") && !sc_str_starts(arg, "file://");
}

static bool copy_option(const struct sc_cli *cli, const char *name, char **out,
                        struct sc_error *err)
{
    const char *value = sc_cli_option(cli, name);
    if (!value)
        return true;
    *out = sc_strdup(value);
    return *out || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool copy_headers(const struct sc_cli *cli, struct sc_stream *out,
                         struct sc_error *err)
{
    out->headers = calloc(cli->n_values + 1, sizeof *out->headers);
    if (!out->headers)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < cli->n_values; i++) {
        if (strcmp(cli->values[i].option->name, "header") != 0)
            continue;
        out->headers[out->n_headers] = sc_strdup(cli->values[i].value);
        if (!out->headers[out->n_headers++])
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    return true;
}

/* libcurl passes over a file that it cannot read. */
static bool check_cookie_file(const char *path, struct sc_error *err)
{
    if (!path)
        return true;
    if (sc_dir_exists(path))
        return sc_fail(err, SC_ERR_INVALID, "the cookie file \"%.200s\" is a folder",
                       path);
    if (access(path, R_OK) != 0) /* not opened: a pipe would wait */
        return sc_fail_errno(err, errno, "cannot read the cookie file \"%.200s\"", path);
    return true;
}

static bool read_quality(const char *value, struct sc_stream *out, struct sc_error *err)
{
    int64_t height = 0;
    size_t n = strlen(value);
    char number[16] = "";
    if (strcmp(value, "best") == 0 || strcmp(value, "worst") == 0) {
        out->quality = value[0] == 'b' ? SC_QUALITY_BEST : SC_QUALITY_WORST;
        return true;
    }
    snprintf(number, sizeof number, "%.*s",
             (int)(n && value[n - 1] == 'p' && n < sizeof number ? n - 1 : n), value);
    if (!sc_parse_i64(number, &height) || height < 1 || height > 20000)
        return sc_fail(err, SC_ERR_USAGE,
                       "--quality is \"%.60s\", allowed is best, worst or a height such "
                       "as 720p",
                       value);
    out->quality = SC_QUALITY_HEIGHT;
    out->height = (int)height;
    return true;
}

bool sc_cli_quality(const struct sc_cli *cli, struct sc_stream *out, struct sc_error *err)
{
    const char *quality = sc_cli_option(cli, "quality");
    return !quality || read_quality(quality, out, err);
}

/* inspect has fewer options than add. */
static bool knows(const struct sc_cli *cli, const char *name)
{
    for (const struct sc_option *o = cli->command->options; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

bool sc_cli_stream(const struct sc_cli *cli, const char *url, struct sc_stream *out,
                   struct sc_error *err)
{
    *out = SC_STREAM_INIT;
    if (url && !(out->url = sc_strdup(url)))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (!copy_option(cli, "key-pair-id", &out->auth.key_pair_id, err) ||
        !copy_option(cli, "policy", &out->auth.policy, err) ||
        !copy_option(cli, "signature", &out->auth.signature, err) ||
        !copy_option(cli, "cookie-file", &out->cookie_file, err) ||
        !check_cookie_file(out->cookie_file, err) || !copy_headers(cli, out, err))
        return false;
    if (knows(cli, "base-url") &&
        (!copy_option(cli, "base-url", &out->base_url, err) ||
         !copy_option(cli, "chunk-pattern", &out->chunk_pattern, err) ||
         !sc_cli_time(cli, "from", &out->from_s, err) ||
         !sc_cli_time(cli, "to", &out->to_s, err)))
        return false;
    if (knows(cli, "quality") && !sc_cli_quality(cli, out, err))
        return false;
    return sc_stream_normalise(out, err);
}
