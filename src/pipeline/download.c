/* From a stream to a lecture with a video. */
#include "pipeline/internal.h"

#include "base/json.h"
#include "base/platform.h"
#include "capture/capture.h"
#include "download/download.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct fetch {
    const struct sc_stream *stream;
    struct sc_download_options options;
    struct sc_download_result result;
    const struct sc_cancel *cancel;
};

static bool run_fetch(void *user, struct sc_error *err)
{
    struct fetch *f = user;
    if (!sc_download_run(f->stream, &f->options, &f->result, f->cancel, err))
        return false;
    /* A short stream is there before its size was reported once. */
    struct sc_progress p = {.stage = sc_stage_name(SC_STAGE_DOWNLOAD),
                            .unit = SC_UNIT_BYTES,
                            .done = (double)f->result.size_bytes,
                            .total = (double)f->result.size_bytes};
    sc_progress_report(&f->options.progress, &p);
    return true;
}

/* Another range of the same stream is another lecture. Heap. */
static char *identity_of(const struct sc_stream *s)
{
    char hex[SC_SHA256_HEX_SIZE];
    char *stream = sc_stream_identity(s);
    if (!stream || (s->from_s < 0 && s->to_s < 0))
        return stream;
    char *text = sc_strf("%s %.3f %.3f", stream, s->from_s, s->to_s);
    free(stream);
    if (!text)
        return NULL;
    sc_sha256_of(text, strlen(text), hex);
    free(text);
    return sc_strdup(hex);
}

/* Names that say nothing about a lecture. */
static bool is_dull(const char *part)
{
    static const char *const dull[] = {
        "stream", "playlist", "index", "master", "main", "video",    "hls",   "media",
        "out",    "chunks",   "vod",   "live",   "prod", "manifest", "output"};
    size_t letters = 0, n = strcspn(part, "_.-0123456789");
    for (const char *p = part; *p; p++)
        letters += isalpha((unsigned char)*p) || (unsigned char)*p >= 0x80;
    for (size_t i = 0; i < sizeof dull / sizeof dull[0]; i++)
        if (strlen(dull[i]) == n && strncmp(part, dull[i], n) == 0)
            return true;
    return letters < 3;
}

/*
 * The last part of the path that says something, without its ending:
 * ".../graph-theory-3/stream_2/playlist.m3u8" gives "graph theory 3". Heap.
 */
static char *title_from_url(const char *url)
{
    char *plain = sc_url_redact(url ? url : "");
    char *title = NULL;
    char *path = plain ? strstr(plain, "://") : NULL;
    path = path ? strchr(path + 3, '/') : NULL;
    while (path && !title) {
        char *slash = strrchr(path, '/');
        if (!slash)
            break;
        char *part = slash + 1, *dot = strrchr(part, '.');
        if (dot && dot != part && strlen(dot) <= 5)
            *dot = '\0';
        if (*part && !is_dull(part))
            title = sc_strdup(part);
        *slash = '\0';
    }
    free(plain);
    for (char *p = title; p && *p; p++)
        if (*p == '-' || *p == '_' || *p == '+')
            *p = ' ';
    return title ? title : sc_strdup("Lecture");
}

/* What can go on later, against what will not come right by itself. */
static enum sc_lecture_status status_after(enum sc_error_code code)
{
    switch (code) {
    case SC_ERR_EXPIRED:
    case SC_ERR_DISK_FULL:
    case SC_ERR_CANCELLED:
    case SC_ERR_NETWORK:
    case SC_ERR_TIMEOUT:
    case SC_ERR_RATE:
    case SC_ERR_FORBIDDEN:
        return SC_LECTURE_PAUSED;
    default:
        return SC_LECTURE_ERROR;
    }
}

/* Refused as a whole: a new entry would only be clutter. */
static bool is_refusal(enum sc_error_code code)
{
    return code == SC_ERR_LIVE || code == SC_ERR_DRM || code == SC_ERR_UNSUPPORTED ||
           code == SC_ERR_INVALID || code == SC_ERR_USAGE || code == SC_ERR_NOT_FOUND;
}

static json_t *ranges_json(const struct sc_time_range *r, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("[f,f]", r[i].start_s, r[i].end_s));
    return list;
}

static bool record(struct sc_library *lib, struct sc_lecture *l,
                   const struct sc_download_result *r, double seconds,
                   struct sc_error *err)
{
    json_t *fields = json_pack(
        "{s:o, s:o, s:{s:f, s:f}, s:{s:i, s:i, s:I}, s:{s:I, s:I, s:I, s:I}}",
        "import_warnings", sc_json_texts(r->remarks, r->n_remarks), "gaps",
        ranges_json(r->gaps, r->n_gaps), "held", "from", r->held_from_s, "to",
        r->held_to_s, "media", "width", r->width, "height", r->height, "size",
        (json_int_t)r->size_bytes, "download", "segments", (json_int_t)r->n_segments,
        "fetched", (json_int_t)r->n_fetched, "reused", (json_int_t)r->n_reused, "bytes",
        (json_int_t)r->fetched_bytes);
    struct sc_stage_row row = {.state = "done", .seconds = seconds};
    snprintf(row.name, sizeof row.name, "%s", sc_stage_name(SC_STAGE_DOWNLOAD));
    bool ok = sc_library_merge_metadata(lib, l, fields, err) &&
              sc_set_video(lib, l, r->video_path, r->duration_s, err) &&
              sc_library_stage_set(lib, l->id, &row, err);
    json_decref(fields);
    return ok;
}

static bool fetch_into(struct sc_library *lib, struct sc_lecture *l,
                       const struct sc_stream *stream, const struct sc_job_options *opts,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_board board;
    struct sc_board_tap tap = {&board, SC_STAGE_DOWNLOAD};
    struct fetch f = {.stream = stream, .cancel = cancel};
    struct sc_task task = {.run = run_fetch, .user = &f};
    double began = sc_clock_monotonic_s();
    char *dir = sc_library_video_dir(lib, l);
    if (!dir)
        return sc_fail(err, SC_ERR_IO, "cannot make a folder for the video");
    l->progress = 0;
    if (!sc_set_status(lib, l, SC_LECTURE_DOWNLOADING, NULL, err)) {
        free(dir);
        return false;
    }
    sc_board_init(&board, lib, l, &opts->progress);
    sc_board_plan(&board, SC_STAGE_DOWNLOAD);
    f.options = (struct sc_download_options){
        .dir = dir,
        .allow_gaps = opts->allow_gaps,
        .progress = sc_board_tap_sink(&tap),
    };
    if (opts->config) {
        f.options.max_connections = (int)sc_config_int(opts->config, SC_SET_CONNECTIONS);
        f.options.memory_bytes =
            (uint64_t)sc_config_int(opts->config, SC_SET_DOWNLOAD_MEMORY_MB) * 1000000;
    }
    sc_board_run(&board, &task, 1);
    sc_board_finish(&board);
    bool ok = task.ok;
    if (ok) {
        ok = record(lib, l, &f.result, sc_clock_monotonic_s() - began, err);
        sc_download_result_finish(&f.result);
    } else if (err && !err->code) {
        *err = task.err;
    }
    free(dir);
    return ok;
}

static bool locked_download(struct sc_library *lib, struct sc_lecture *l, bool existed,
                            const struct sc_stream *stream,
                            const struct sc_job_options *opts,
                            const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_lock lock = {.fd = -1};
    if (!sc_lock_fresh(lib, l, &lock, err))
        return false;
    bool redo = opts->redo & 1u << SC_STAGE_DOWNLOAD;
    bool ok = sc_has_video(lib, l) && !redo;
    if (!ok) {
        struct sc_awake *awake = sc_hold_awake(opts, l->title);
        ok = sc_tell_place(lib, l, true, NULL, opts, err) &&
             fetch_into(lib, l, stream, opts, cancel, err);
        sc_awake_release(awake);
        if (opts->fetched)
            *opts->fetched = ok;
    }
    bool refused = !ok && !existed && is_refusal(err->code);
    if (!ok && !refused)
        sc_set_status(lib, l, status_after(err->code), err, NULL);
    sc_lock_release(&lock);
    if (!ok)
        sc_error_wrap(err, "could not download \"%.80s\"", l->title);
    if (refused)
        sc_unregister(lib, l, opts);
    return ok;
}

bool sc_pipeline_download(struct sc_library *lib, const struct sc_stream *stream,
                          const char *title, const char *date,
                          const struct sc_job_options *opts, struct sc_lecture *out,
                          const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_error scratch = {0};
    char today[11];
    bool existed = false;
    const char *address = stream->url ? stream->url : stream->base_url;
    err = err ? err : &scratch;
    char *identity = identity_of(stream);
    char *source = sc_url_redact(address ? address : "");
    char *name = title && *title ? sc_strdup(title) : title_from_url(address);
    bool ok = identity && source && name;
    if (!ok)
        sc_fail(err, SC_ERR_INVALID, "the stream has neither a URL nor a base URL");
    ok = ok && sc_library_add(lib, name, sc_date_or_today(date, today), source, identity,
                              out, &existed, err);
    if (ok &&
        !(existed && sc_has_video(lib, out) && !(opts->redo & 1u << SC_STAGE_DOWNLOAD)))
        ok = locked_download(lib, out, existed, stream, opts, cancel, err);
    free(identity);
    free(source);
    free(name);
    return ok;
}
