/* The library's lectures: list, one, check, remove, export, search. */
#include "base/file.h"
#include "base/str.h"
#include "pipeline/pipeline.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/recording_json.h"
#include "server/resources.h"
#include "server/user_notes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_QUERY = 1000, MAX_HITS = 100 };

static void free_lectures(struct sc_lecture *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&list[i]);
    free(list);
}

SC_HANDLER(sc_res_recordings)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    struct sc_buf *b = &reply->body;
    struct sc_cache *cache = req->app->cache;
    struct sc_list_stamp stamp = sc_cache_stamp(cache, req->app->root);
    reply->shared = sc_cache_list(cache, req->generation, &stamp);
    if (reply->shared)
        return true;
    bool ok = sc_library_list(req->lib, &list, &n, err);
    if (!ok)
        return false;
    sc_buf_add_str(b, "{\"recordings\":[");
    for (size_t i = 0; ok && i < n; i++) {
        if (i)
            sc_buf_add_char(b, ',');
        ok = sc_cache_recording(cache, req->lib, &list[i], req->generation, b);
    }
    sc_buf_add_str(b, "]}");
    free_lectures(list, n);
    if (ok && !b->failed && (reply->shared = sc_shared_create(sc_buf_str(b), b->len)))
        sc_cache_set_list(cache, req->generation, &stamp, reply->shared);
    return reply->shared || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

SC_HANDLER(sc_res_recordings_check)
{
    const char *title = sc_request_query(req, "title");
    struct sc_lecture *list = NULL;
    size_t n = 0, at;
    if (!title || !*title)
        return sc_fail(err, SC_ERR_INVALID, "title must name a lecture");
    if (!sc_library_list(req->lib, &list, &n, err))
        return false;
    char *safe = sc_title_safe(title);
    for (at = 0; at < n; at++) {
        char *other = sc_title_safe(list[at].title);
        bool same = safe && other && strcmp(safe, other) == 0;
        free(other);
        if (same)
            break;
    }
    free(safe);
    json_t *answer;
    if (at < n) {
        json_t *r = sc_recording_json(req->lib, &list[at], req->generation);
        answer = json_pack(
            "{s:b, s:O, s:O, s:O}", "exists", 1, "status", json_object_get(r, "status"),
            "path", json_object_get(r, "videoPath"), "id", json_object_get(r, "id"));
        json_decref(r);
    } else {
        answer = json_pack("{s:b, s:n, s:n, s:n}", "exists", 0, "status", "path", "id");
    }
    free_lectures(list, n);
    return sc_reply_json_take(reply, answer, err);
}

static json_t *metadata_of(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l);
    char *path = folder ? sc_path_join(folder, "metadata.json") : NULL;
    json_t *m = path ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(path);
    free(folder);
    if (json_is_object(m))
        return m;
    json_decref(m);
    return json_object();
}

/* A part that cannot be read is left out: the rest is still worth showing. */
static void add_parts(struct sc_request *req, const struct sc_lecture *l, json_t *r)
{
    struct sc_slide_deck deck = {0};
    struct sc_notes notes = {0};
    bool found = false;
    if (sc_library_read_slides(req->lib, l, &deck, &found, NULL) && found)
        json_object_set_new(r, "slides", sc_slide_deck_json(&deck));
    sc_slide_deck_finish(&deck);
    if (sc_library_read_notes(req->lib, l, &notes, &found, NULL) && found)
        json_object_set_new(r, "notes", sc_notes_json(&notes));
    sc_notes_finish(&notes);
}

static json_t *stages_json(struct sc_library *lib, const char *id)
{
    struct sc_stage_row *rows = NULL;
    size_t n = 0;
    json_t *list = json_array();
    if (sc_library_stages(lib, id, &rows, &n, NULL))
        for (size_t i = 0; i < n; i++)
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:f, s:o}", "name", rows[i].name, "state",
                          rows[i].state, "seconds", rows[i].seconds, "error",
                          rows[i].error[0] ? json_string(rows[i].error) : json_null()));
    free(rows);
    return list;
}

static bool answer_recording(struct sc_request *req, struct sc_reply *reply,
                             struct sc_error *err)
{
    struct sc_lecture l = {0};
    if (!sc_library_get(req->lib, req->params[0], false, &l, err))
        return false;
    json_t *r = sc_recording_json(req->lib, &l, req->generation);
    json_t *own = sc_user_notes_read(req->lib, &l);
    json_object_set_new(r, "metadata", metadata_of(req->lib, &l));
    json_object_set_new(r, "stages", stages_json(req->lib, l.id));
    json_object_set(r, "userNotes", json_object_get(own, "userNotes"));
    json_object_set(r, "edits", json_object_get(own, "edits"));
    json_object_set(r, "grades", json_object_get(own, "grades"));
    json_decref(own);
    add_parts(req, &l, r);
    sc_lecture_finish(&l);
    return sc_reply_json_take(reply, r, err);
}

SC_HANDLER(sc_res_recording)
{
    return answer_recording(req, reply, err);
}

SC_HANDLER(sc_res_recording_patch)
{
    static const char *const known[] = {"title",     "tags",  "folder",
                                        "userNotes", "edits", "grades"};
    struct sc_lecture l = {0};
    const char *title, *name;
    json_t *v;
    json_object_foreach(req->json, name, v)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strcmp(name, known[i]) == 0;
        if (!found)
            return sc_fail(err, SC_ERR_INVALID, "%.60s cannot be changed", name);
    }
    if (!sc_field_text(req->json, "title", SC_MAX_TITLE,
                       json_object_get(req->json, "title"), &title, err) ||
        !sc_library_get(req->lib, req->params[0], false, &l, err))
        return false;
    /* Read, changed, written: two at once would lose one's words. */
    pthread_mutex_lock(&req->app->save_mutex);
    bool ok = sc_user_notes_patch(req->lib, &l, req->json, err) &&
              (!title || sc_library_rename(req->lib, &l, title, err));
    pthread_mutex_unlock(&req->app->save_mutex);
    if (ok) {
        /* A learned card changes nothing that the library shows. */
        json_t *grades = json_object_get(req->json, "grades");
        bool only = grades && json_object_size(req->json) == 1;
        json_t *event = only
                            ? json_pack("{s:s, s:O}", "lectureId", l.id, "grades", grades)
                            : json_pack("{s:s}", "lectureId", l.id);
        sc_res_publish(req, only ? "grades" : "library", event);
        json_decref(event);
    }
    sc_lecture_finish(&l);
    return ok && answer_recording(req, reply, err);
}

SC_HANDLER(sc_res_transcript)
{
    struct sc_lecture l = {0};
    struct sc_transcript t = {0};
    bool found = false;
    double from = 0, to = 1e12;
    const char *a = sc_request_query(req, "from"), *b = sc_request_query(req, "to");
    if ((a && !sc_parse_time_s(a, &from)) || (b && !sc_parse_time_s(b, &to)))
        return sc_fail(err, SC_ERR_INVALID, "from and to must be seconds or h:mm:ss");
    if (!sc_library_get(req->lib, req->params[0], false, &l, err))
        return false;
    bool ok = sc_library_read_transcript(req->lib, &l, &t, &found, err);
    if (ok && !found)
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "\"%.80s\" has no transcript yet", l.title);
    ok = ok && sc_transcript_write_part(&t, from, to, &reply->body, err);
    sc_transcript_finish(&t);
    sc_lecture_finish(&l);
    return ok;
}

/* What is recognised already while the transcript is being made. */
SC_HANDLER(sc_res_transcript_partial)
{
    struct sc_lecture l = {0};
    struct sc_transcript t = {0};
    if (!sc_library_get(req->lib, req->params[0], false, &l, err))
        return false;
    char *folder = sc_library_folder(req->lib, &l);
    bool ok = (!folder || sc_pipeline_partial_transcript(folder, &t, err)) &&
              sc_transcript_write_part(&t, 0, 1e12, &reply->body, err);
    free(folder);
    sc_transcript_finish(&t);
    sc_lecture_finish(&l);
    return ok;
}

SC_HANDLER(sc_res_recording_delete)
{
    json_t *deleted = NULL;
    if (!sc_library_remove(req->lib, req->params[0], &deleted, err))
        return false;
    json_t *event = json_pack("{s:s, s:b}", "lectureId", req->params[0], "removed", 1);
    sc_res_publish(req, "library", event);
    json_decref(event);
    return sc_reply_json_take(reply,
                              json_pack("{s:b, s:o, s:[]}", "success", 1, "deleted",
                                        deleted ? deleted : json_array(), "errors"),
                              err);
}

/* What a format is called by the receiver. */
static const struct export_kind {
    const char *format, *type, *ext;
} export_kinds[] = {
    {"zip", "application/zip", "zip"},
    {"zip+video", "application/zip", "zip"},
    {"srt", "application/x-subrip; charset=utf-8", "srt"},
    {"vtt", "text/vtt; charset=utf-8", "vtt"},
    {"md", "text/markdown; charset=utf-8", "md"},
};

static const struct export_kind *export_kind(const char *format)
{
    for (size_t i = 0; i < sizeof export_kinds / sizeof export_kinds[0]; i++)
        if (sc_str_eq(format, export_kinds[i].format))
            return &export_kinds[i];
    return NULL;
}

SC_HANDLER(sc_res_export)
{
    char path[] = "/tmp/scaler-export-XXXXXX";
    const char *id = req->params[0], *format = sc_request_query(req, "format");
    const struct export_kind *kind = export_kind(format ? format : "zip");
    char *written = NULL;
    struct stat st;
    if (!kind)
        return sc_fail(err, SC_ERR_INVALID,
                       "format must be zip, zip+video, srt, vtt or md");
    int fd = mkstemp(path);
    if (fd < 0)
        return sc_fail(err, SC_ERR_IO, "cannot make a temporary file for the export");
    close(fd);
    bool ok =
        sc_library_export(req->lib, id, kind->format, path, &written, NULL, NULL, err);
    free(written);
    if (ok) {
        reply->fd = open(path, O_RDONLY | O_CLOEXEC);
        ok = (reply->fd >= 0 && fstat(reply->fd, &st) == 0) ||
             sc_fail(err, SC_ERR_IO, "cannot read the export back");
    }
    unlink(path); /* the open descriptor keeps it until it is sent */
    if (!ok)
        return false;
    reply->fd_length = (uint64_t)st.st_size;
    reply->type = kind->type;
    sc_reply_header(reply, "Content-Disposition: attachment; filename=\"%s.%s\"", id,
                    kind->ext);
    return true;
}

/* What was found, marked for people by <mark>; the rest is escaped. */
static char *marked(const char *snippet)
{
    struct sc_buf b = SC_BUF_INIT(0);
    for (; *snippet; snippet++) {
        switch (*snippet) {
        case '\x02':
            sc_buf_add_str(&b, "<mark>");
            break;
        case '\x03':
            sc_buf_add_str(&b, "</mark>");
            break;
        case '<':
            sc_buf_add_str(&b, "&lt;");
            break;
        case '&':
            sc_buf_add_str(&b, "&amp;");
            break;
        default:
            sc_buf_add_char(&b, *snippet);
        }
    }
    return sc_buf_detach(&b);
}

static char *plain(const char *snippet)
{
    struct sc_buf b = SC_BUF_INIT(0);
    for (; *snippet; snippet++)
        if (*snippet != '\x02' && *snippet != '\x03')
            sc_buf_add_char(&b, *snippet);
    return sc_buf_detach(&b);
}

static json_t *hit_json(const struct sc_hit *h)
{
    char *html = marked(h->snippet), *match = plain(h->snippet), *thumbnail = NULL;
    if (h->slide) {
        char *path = sc_strf("slides/%s", h->slide);
        thumbnail = path ? sc_content_url(h->lecture_id, path) : NULL;
        free(path);
    }
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:s, s:s, s:o}", "id",
                          h->lecture_id, "title", h->lecture_title, "type", h->kind,
                          "match", match ? match : "", "time", h->time_s, "end", h->end_s,
                          "html", html ? html : "", "date", h->lecture_date, "thumbnail",
                          thumbnail ? json_string(thumbnail) : json_null());
    free(html);
    free(match);
    free(thumbnail);
    return j;
}

SC_HANDLER(sc_res_search)
{
    int64_t limit, offset;
    struct sc_hit *hits = NULL;
    size_t n = 0, total = 0;
    struct sc_search_options o = {
        .query = sc_request_query(req, "q"),
        .lecture_id = sc_request_query(req, "lecture"),
        .kind = sc_request_query(req, "kind"),
        .from_date = sc_request_query(req, "from"),
        .to_date = sc_request_query(req, "to"),
    };
    if (!o.query || !*o.query)
        return sc_fail(err, SC_ERR_INVALID, "q must hold what to search for");
    if (strlen(o.query) > MAX_QUERY)
        return sc_fail(err, SC_ERR_INVALID, "q is longer than %d bytes", MAX_QUERY);
    if (!sc_request_query_int(req, "limit", 1, MAX_HITS, 20, &limit, err) ||
        !sc_request_query_int(req, "offset", 0, 10000, 0, &offset, err))
        return false;
    o.limit = (size_t)limit;
    o.offset = (size_t)offset;
    if (!sc_library_search(req->lib, &o, &hits, &n, &total, NULL, err))
        return false;
    json_t *results = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(results, hit_json(&hits[i]));
        sc_hit_finish(&hits[i]);
    }
    free(hits);
    return sc_reply_json_take(
        reply, json_pack("{s:o, s:I}", "results", results, "total", (json_int_t)total),
        err);
}
