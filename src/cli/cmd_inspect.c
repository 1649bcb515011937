/* `scaler inspect`: what is this stream, playlist or media file? */
#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/inspect_view.h"
#include "cli/stream_options.h"
#include "download/download.h"
#include "media/media.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PLAYLIST = 64 * 1024 * 1024, HEAD_SIZE = 4096 };

static bool read_stdin(struct sc_buf *out, struct sc_error *err)
{
    char block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof block, stdin)) > 0) {
        if (out->len + n > MAX_PLAYLIST)
            return sc_fail(err, SC_ERR_LIMIT, "the input is larger than %d MB",
                           MAX_PLAYLIST / 1024 / 1024);
        sc_buf_add(out, block, n);
    }
    if (ferror(stdin))
        return sc_fail_errno(err, errno, "cannot read the standard input");
    return !out->failed || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* A playlist begins with its tag, perhaps behind a byte order mark or white space. */
static bool looks_like_playlist(const char *path)
{
    char head[HEAD_SIZE + 1];
    FILE *f = sc_file_exists(path) ? fopen(path, "rb") : NULL; /* a pipe would block */
    size_t n = f ? fread(head, 1, HEAD_SIZE, f) : 0;
    if (f)
        fclose(f);
    head[n] = '\0';
    const char *at = head;
    if (sc_str_starts(at, "\xEF\xBB\xBF"))
        at += 3;
    at += strspn(at, " \t\r\n");
    return sc_str_starts(at, "#EXTM3U") || sc_str_ieq(sc_path_ext(path), ".m3u8");
}

static json_t *media_json(const char *path, const struct sc_media_info *m)
{
    json_t *streams = json_array();
    if (m->has_video)
        json_array_append_new(
            streams, json_pack("{s:s s:s s:i s:i s:f s:f s:b}", "kind", "video", "codec",
                               m->video_codec, "width", m->width, "height", m->height,
                               "frame_rate", m->frame_rate, "start", m->video_start_s,
                               "cover", m->video_is_cover));
    if (m->has_audio)
        json_array_append_new(streams, json_pack("{s:s s:s s:i s:i s:f}", "kind", "audio",
                                                 "codec", m->audio_codec, "sample_rate",
                                                 m->sample_rate, "channels", m->channels,
                                                 "start", m->audio_start_s));
    json_t *warnings = json_array();
    if (m->truncated)
        json_array_append_new(warnings,
                              json_string("The file is cut off: it holds less than "
                                          "its header says."));
    if (!m->has_audio)
        json_array_append_new(warnings, json_string("There is no sound: no transcript."));
    if (!m->has_video || m->video_is_cover)
        json_array_append_new(warnings, json_string("There is no picture: no slides."));
    return json_pack("{s:s s:s s:s s:s? s:f s:I s:I s:o s:o}", "type", "file", "path",
                     path, "container", m->container, "title",
                     m->title[0] ? m->title : NULL, "duration", m->duration_s, "size",
                     (json_int_t)m->size_bytes, "bit_rate", (json_int_t)m->bit_rate,
                     "streams", streams, "warnings", warnings);
}

static bool inspect_file(const char *path, const char *base, json_t **out,
                         struct sc_error *err)
{
    struct sc_media_info info = {0};
    struct sc_buf text = SC_BUF_INIT(MAX_PLAYLIST);
    bool ok;
    if (looks_like_playlist(path)) {
        ok = sc_file_read(path, MAX_PLAYLIST, &text, err) &&
             sc_inspect_text(sc_buf_str(&text), text.len, base, out, err);
    } else {
        ok = sc_media_probe(path, &info, err);
        if (ok)
            *out = media_json(path, &info);
    }
    sc_buf_finish(&text);
    return ok;
}

static bool inspect(struct sc_cli *cli, const char *what, json_t **out,
                    struct sc_error *err)
{
    const char *base = sc_cli_option(cli, "base");
    bool ok;
    if (strcmp(what, "-") == 0) {
        struct sc_buf text = SC_BUF_INIT(MAX_PLAYLIST);
        ok = read_stdin(&text, err) &&
             sc_inspect_text(sc_buf_str(&text), text.len, base, out, err);
        sc_buf_finish(&text);
    } else if (sc_cli_is_url(what)) {
        struct sc_stream stream;
        ok = sc_cli_stream(cli, what, &stream, err) &&
             sc_inspect_stream(&stream, out, cli->cancel, err);
        sc_stream_finish(&stream);
    } else {
        ok = inspect_file(sc_str_starts(what, "file://") ? what + 7 : what, base, out,
                          err);
    }
    return ok;
}

bool sc_cmd_inspect(struct sc_cli *cli, struct sc_error *err)
{
    json_t *o = NULL;
    if (!inspect(cli, cli->args[0], &o, err))
        return false;
    if (cli->json)
        return sc_out_json_exact_take(o, err);
    sc_inspect_print(cli, o);
    json_decref(o);
    return true;
}
