#include "download/finished.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "capture/capture.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 4 * 1024 * 1024 };

/* What was asked for, as one line of text. */
static char *request_key(const struct sc_stream *s)
{
    char *id = sc_stream_identity(s);
    char *key = id ? sc_strf("%s %s %.3f %.3f %d %d", id,
                             s->chunk_pattern ? s->chunk_pattern : "-",
                             s->from_s > 0 ? s->from_s : 0, s->to_s >= 0 ? s->to_s : -1,
                             (int)s->quality, s->height)
                   : NULL;
    free(id);
    return key;
}

bool sc_finished_write(const char *dir, const struct sc_stream *stream,
                       const struct sc_download_result *r, struct sc_error *err)
{
    char *path = sc_path_join(dir, ".download.json"), *key = request_key(stream);
    json_t *gaps = json_array();
    for (size_t i = 0; gaps && i < r->n_gaps; i++)
        json_array_append_new(gaps,
                              json_pack("[f, f]", r->gaps[i].start_s, r->gaps[i].end_s));
    json_t *remarks = sc_json_texts(r->remarks, r->n_remarks);
    json_t *o = json_pack(
        "{s:s?, s:f, s:I, s:i, s:i, s:I, s:f, s:f, s:o, s:o}", "request", key, "duration",
        r->duration_s, "size", (json_int_t)r->size_bytes, "width", r->width, "height",
        r->height, "segments", (json_int_t)r->n_segments, "from", r->held_from_s, "to",
        r->held_to_s, "gaps", gaps, "remarks", remarks);
    char *text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
    bool ok = (path && key && text) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_file_write(path, text, strlen(text), false, err);
    free(text);
    json_decref(o);
    free(key);
    free(path);
    return ok;
}

static bool read_gaps(json_t *list, struct sc_download_result *out)
{
    size_t n = json_array_size(list);
    out->gaps = n ? calloc(n, sizeof *out->gaps) : NULL;
    for (size_t i = 0; i < n && out->gaps; i++) {
        json_t *pair = json_array_get(list, i);
        out->gaps[i].start_s = json_number_value(json_array_get(pair, 0));
        out->gaps[i].end_s = json_number_value(json_array_get(pair, 1));
        out->n_gaps++;
    }
    return out->n_gaps == n;
}

/* Older notes have none. */
static void read_remarks(json_t *list, struct sc_download_result *out)
{
    size_t n = json_array_size(list);
    out->remarks = n ? calloc(n, sizeof *out->remarks) : NULL;
    for (size_t i = 0; i < n && out->remarks; i++) {
        char *text = sc_strdup(json_string_value(json_array_get(list, i)));
        if (text)
            out->remarks[out->n_remarks++] = text;
    }
}

static bool read_note(json_t *o, const char *key, struct sc_download_result *out)
{
    const char *request = NULL;
    json_int_t size = 0, segments = 0;
    json_t *gaps = NULL;
    return o &&
           json_unpack(o, "{s:s, s:F, s:I, s:i, s:i, s:I, s:F, s:F, s:o}", "request",
                       &request, "duration", &out->duration_s, "size", &size, "width",
                       &out->width, "height", &out->height, "segments", &segments, "from",
                       &out->held_from_s, "to", &out->held_to_s, "gaps", &gaps) == 0 &&
           (out->size_bytes = (uint64_t)size) > 0 && segments >= 0 &&
           (out->n_segments = out->n_reused = (uint64_t)segments, true) &&
           strcmp(request, key) == 0 && read_gaps(gaps, out);
}

static json_t *load_note(const char *dir)
{
    struct sc_buf text = SC_BUF_INIT(MAX_BYTES);
    char *path = sc_path_join(dir, ".download.json");
    json_t *o = NULL;
    if (path && sc_file_exists(path) && sc_file_read(path, MAX_BYTES, &text, NULL))
        o = json_loadb(sc_buf_str(&text), text.len, 0, NULL);
    sc_buf_finish(&text);
    free(path);
    return o;
}

/* The last two numbers of the request. */
bool sc_finished_quality(const char *dir, enum sc_quality *quality, int *height)
{
    json_t *o = load_note(dir);
    const char *request = json_string_value(json_object_get(o, "request"));
    const char *at = request ? request + strlen(request) : NULL;
    int kind = -1, lines = 0;
    for (int words = 0; at && at > request && words < 2;)
        words += *--at == ' ';
    bool ok = at && sscanf(at, "%d %d", &kind, &lines) == 2 && kind >= SC_QUALITY_BEST &&
              kind <= SC_QUALITY_HEIGHT;
    json_decref(o);
    if (ok) {
        *quality = (enum sc_quality)kind;
        *height = lines;
    }
    return ok;
}

bool sc_finished_read(const char *dir, const struct sc_stream *stream, bool allow_gaps,
                      struct sc_download_result *out)
{
    char *key = request_key(stream), *video = sc_path_join(dir, "full_video.mp4");
    json_t *o = key && video ? load_note(dir) : NULL;
    bool ok = read_note(o, key, out) && (allow_gaps || out->n_gaps == 0) &&
              sc_file_size(video) == (int64_t)out->size_bytes;
    if (ok) {
        read_remarks(json_object_get(o, "remarks"), out);
        out->video_path = video;
        video = NULL;
    } else {
        sc_download_result_finish(out);
    }
    json_decref(o);
    free(video);
    free(key);
    return ok;
}
