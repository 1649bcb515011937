/*
 * Videos that come from elsewhere: a path in the import folder, or an upload
 * that is written to `<library>/.scaler/uploads/<id>/` as it arrives, so that
 * its size does not matter and it can go on where it was cut.
 */
#include "base/digest.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/resources.h"
#include "server/upload_request.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t KEEP_FREE_BYTES = 256u << 20;
#define SAMPLE_FILE "sample-lecture.mp4"
#define SAMPLE_TITLE "Binary Search (sample)"

struct upload {
    int fd;
    bool bad;
};

/* ---- uploads on disk: "<id>/data.part" and "<id>/about.json" ---- */

static char *file_of(struct sc_app *app, const char *id, const char *name)
{
    return sc_strf("%s/.scaler/uploads/%s/%s", app->root, id, name);
}

static json_t *about(struct sc_app *app, const char *id, struct sc_error *err)
{
    char *path = sc_upload_is_id(id) ? file_of(app, id, "about.json") : NULL;
    json_t *o = path ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    if (json_is_object(o))
        return o;
    json_decref(o);
    sc_fail(err, SC_ERR_NOT_FOUND, "there is no upload %.40s", id);
    return NULL;
}

static int64_t offset_of(struct sc_app *app, const char *id)
{
    char *path = file_of(app, id, "data.part");
    int64_t n = path ? sc_file_size(path) : 0;
    free(path);
    return n > 0 ? n : 0;
}

static bool has_room(struct sc_app *app, int64_t size, struct sc_error *err)
{
    uint64_t room;
    if (size <= 0 || !sc_disk_free(app->root, &room, NULL) ||
        room > (uint64_t)size + KEEP_FREE_BYTES)
        return true;
    sc_fail(err, SC_ERR_DISK_FULL, "there is no room for a video of %lld bytes",
            (long long)size);
    return sc_error_hint(err, "Make room, or choose another SCALER_OUTPUT_DIR.");
}

/* Makes the folder of a new upload; fills id. `o` says what it is (upload_request.h). */
static bool begin_upload(struct sc_app *app, json_t *o, char id[SC_UPLOAD_ID_SIZE],
                         struct sc_error *err)
{
    unsigned char raw[SC_UPLOAD_ID_BYTES];
    if (!has_room(app, json_integer_value(json_object_get(o, "size")), err))
        return false;
    if (RAND_bytes(raw, sizeof raw) != 1)
        return sc_fail(err, SC_ERR_INTERNAL, "no random numbers");
    sc_hex_encode(raw, sizeof raw, id);
    id[SC_UPLOAD_ID_SIZE - 1] = '\0';
    char *dir = sc_strf("%s/.scaler/uploads/%s", app->root, id);
    char *path = file_of(app, id, "about.json"), *text = json_dumps(o, JSON_COMPACT);
    bool ok = dir && path && text && sc_mkdirs(dir, err) &&
              sc_file_write(path, text, strlen(text), true, err);
    free(dir);
    free(path);
    free(text);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* The whole video is there: becomes an import job. */
static bool finish_upload(struct sc_request *req, const char *id, json_t *o,
                          struct sc_queue_job *job, struct sc_error *err)
{
    struct sc_app *app = req->app;
    const char *name = json_string_value(json_object_get(o, "filename"));
    char *dir = sc_strf("%s/.scaler/uploads/%s", app->root, id);
    char *part = file_of(app, id, "data.part"), *whole = file_of(app, id, name);
    bool ok = dir && part && whole && sc_file_rename(part, whole, err);
    json_t *payload =
        ok ? json_pack("{s:s, s:s, s:b}", "path", whole, "spool", dir, "process",
                       json_is_true(json_object_get(o, "process")))
           : NULL;
    const char *title = json_string_value(json_object_get(o, "title"));
    static const char *const times[] = {"from", "to"};
    for (int i = 0; payload && i < 2; i++)
        if (json_is_number(json_object_get(o, times[i])))
            json_object_set(payload, times[i], json_object_get(o, times[i]));
    if (payload && title)
        json_object_set_new(payload, "title", json_string(title));
    struct sc_enqueue e = {.kind = SC_JOB_IMPORT,
                           .key = id,
                           .title = title ? title : name,
                           .payload = payload};
    ok = ok && payload && sc_res_enqueue(req, &e, job, err);
    json_decref(payload);
    free(dir);
    free(part);
    free(whole);
    return ok;
}

static bool answer_upload(struct sc_reply *reply, const char *id, int64_t offset,
                          json_t *size, const char *job, struct sc_error *err)
{
    return sc_reply_json_take(
        reply,
        json_pack("{s:s, s:I, s:O, s:b, s:o, s:s}", "uploadId", id, "offset",
                  (json_int_t)offset, "size", size ? size : json_null(), "complete",
                  job != NULL, "jobId", sc_text_json(job), "message",
                  job ? "Import queued" : "Send the rest from the offset"),
        err);
}

/* ---- a streamed body ---- */

static struct sc_upload_fields fields_of(const struct sc_request *req)
{
    return (struct sc_upload_fields){
        .filename = sc_request_query(req, "filename"),
        .title = sc_request_query(req, "title"),
        .process = sc_request_query(req, "process"),
        .offset = sc_request_query(req, "offset"),
        .content_range = sc_request_header(req, "Content-Range"),
    };
}

static bool open_part(struct sc_request *req, struct upload *u, const char *id,
                      int64_t offset, struct sc_error *err)
{
    char *path = file_of(req->app, id, "data.part");
    int64_t have = offset_of(req->app, id);
    if (offset >= 0 && offset != have) {
        free(path);
        sc_fail(err, SC_ERR_CONFLICT, "the upload goes on at byte %lld, not at %lld",
                (long long)have, (long long)offset);
        return sc_error_hint(err, "GET /api/import/%s tells the offset.", id);
    }
    u->fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    bool ok = u->fd >= 0 || sc_fail_errno(err, errno, "cannot write the upload");
    free(path);
    /* Two at once would mix their bytes. */
    if (ok && lockf(u->fd, F_TLOCK, 0) != 0)
        ok = sc_fail(err, SC_ERR_CONFLICT, "this upload is being sent already");
    return ok;
}

static bool start_stream(struct sc_request *req, struct sc_error *err)
{
    struct upload *u = calloc(1, sizeof *u);
    const char *given = sc_request_query(req, "upload");
    char id[SC_UPLOAD_ID_SIZE];
    int64_t offset = -1, total = -1;
    if (!u)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    u->fd = -1;
    req->upload = u;
    json_t *o = NULL;
    struct sc_upload_fields fields = fields_of(req);
    bool ok = sc_upload_place(&fields, &offset, &total, err) &&
              (given ? (o = about(req->app, given, err)) != NULL
                     : sc_upload_from_query(&fields, &o, err)) &&
              (given ? snprintf(id, sizeof id, "%s", given) > 0
                     : begin_upload(req->app, o, id, err));
    json_decref(o);
    if (!ok || !open_part(req, u, id, given ? offset : -1, err))
        return false;
    req->params[0] = sc_strdup(id);
    return true;
}

bool sc_res_import_piece(struct sc_request *req, const void *data, size_t len,
                         struct sc_error *err)
{
    struct upload *u = req->upload;
    if (!data) {
        if (u && u->fd >= 0)
            close(u->fd);
        free(u);
        req->upload = NULL;
        return true;
    }
    if (!u && !start_stream(req, err))
        return false;
    u = req->upload;
    for (const char *p = data; len;) {
        ssize_t n = write(u->fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sc_fail_errno(err, errno, "cannot write the upload");
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool end_stream(struct sc_request *req, struct sc_reply *reply,
                       struct sc_error *err)
{
    struct upload *u = req->upload;
    const char *id = req->params[0];
    struct sc_queue_job job = {0};
    if (!u || !id)
        return sc_fail(err, SC_ERR_INVALID, "the body is empty");
    if (fsync(u->fd) != 0)
        return sc_fail_errno(err, errno, "cannot write the upload");
    json_t *o = about(req->app, id, err);
    if (!o)
        return false;
    int64_t have = offset_of(req->app, id);
    json_t *size = json_object_get(o, "size");
    bool whole = !json_is_integer(size) || have >= json_integer_value(size);
    bool ok = true;
    if (json_is_integer(size) && have > json_integer_value(size))
        ok = sc_fail(err, SC_ERR_INVALID, "the upload is longer than its size says");
    if (ok && whole)
        ok = finish_upload(req, id, o, &job, err);
    ok = ok && answer_upload(reply, id, have, size, whole ? job.id : NULL, err);
    sc_queue_job_finish(&job);
    json_decref(o);
    return ok;
}

/* ---- JSON: a path, or the beginning of an upload ---- */

static bool import_path(struct sc_request *req, struct sc_reply *reply, const char *path,
                        struct sc_error *err)
{
    struct sc_queue_job job = {0};
    char title[SC_MAX_TITLE + 1];
    bool process;
    double from, to;
    if (!sc_field_title(req->json, false, title, err) ||
        !sc_field_flag(req->json, "process", &process, err) ||
        !sc_field_seconds(req->json, "startTime", &from, err) ||
        !sc_field_seconds(req->json, "endTime", &to, err))
        return false;
    char *dir = sc_app_setting(req->app, SC_SET_IMPORT_DIR);
    char *full = path[0] == '/' ? sc_strdup(path) : dir ? sc_path_join(dir, path) : NULL;
    bool ok = true;
    if (!dir || !*dir) {
        ok = sc_fail(err, SC_ERR_INVALID, "path needs an import folder");
        sc_error_hint(err, "Set SCALER_IMPORT_DIR, or upload the video.");
    } else if (!full || !sc_path_inside(dir, full) || !sc_file_exists(full)) {
        ok = sc_fail(err, SC_ERR_INVALID, "path must name a file in the import folder");
    }
    json_t *payload =
        ok ? json_pack("{s:s, s:f, s:f, s:b, s:s*}", "path", full, "from", from, "to", to,
                       "process", process, "title", *title ? title : NULL)
           : NULL;
    char *key = ok ? sc_strf("import %s", full) : NULL;
    struct sc_enqueue e = {.kind = SC_JOB_IMPORT,
                           .key = key,
                           .title = *title ? title : sc_path_base(path),
                           .payload = payload};
    ok = ok && payload && sc_res_enqueue(req, &e, &job, err) &&
         sc_reply_json_take(
             reply, json_pack("{s:s, s:s}", "jobId", job.id, "message", "Import queued"),
             err);
    sc_queue_job_finish(&job);
    json_decref(payload);
    free(key);
    free(full);
    free(dir);
    return ok;
}

SC_HANDLER(sc_res_import)
{
    const char *path;
    char id[SC_UPLOAD_ID_SIZE];
    json_t *o = NULL;
    if (req->streamed)
        return end_stream(req, reply, err);
    if (!sc_field_text(req->json, "path", 4096, false, &path, err))
        return false;
    if (path)
        return import_path(req, reply, path, err);
    bool ok = sc_upload_from_json(req->json, &o, err) &&
              begin_upload(req->app, o, id, err) &&
              answer_upload(reply, id, 0, json_object_get(o, "size"), NULL, err);
    json_decref(o);
    return ok;
}

SC_HANDLER(sc_res_import_status)
{
    const char *id = req->params[0];
    json_t *o = about(req->app, id, err);
    if (!o)
        return false;
    json_t *size = json_object_get(o, "size");
    bool ok = answer_upload(reply, id, offset_of(req->app, id), size, NULL, err);
    json_decref(o);
    return ok;
}

/* ---- the sample lecture that is installed with the program ---- */

/* As an upload of our own: the job finds it where walls let it read. */
static bool import_sample(struct sc_request *req, const char *path,
                          struct sc_queue_job *job, struct sc_error *err)
{
    char id[2 * SC_UPLOAD_ID_BYTES + 1] = "";
    json_t *o =
        json_pack("{s:s, s:s, s:b, s:I}", "filename", SAMPLE_FILE, "title", SAMPLE_TITLE,
                  "process", 1, "size", (json_int_t)sc_file_size(path));
    bool ok = o && begin_upload(req->app, o, id, err);
    char *part = ok ? file_of(req->app, id, "data.part") : NULL;
    ok = part && sc_file_copy(path, part, err) && finish_upload(req, id, o, job, err);
    json_decref(o);
    free(part);
    return ok;
}

SC_HANDLER(sc_res_sample)
{
    char *path = sc_proc_find_data(SAMPLE_FILE);
    bool ok = sc_reply_json_take(
        reply,
        json_pack("{s:b, s:I, s:s}", "available", path != NULL, "bytes",
                  (json_int_t)(path ? sc_file_size(path) : 0), "title", SAMPLE_TITLE),
        err);
    free(path);
    return ok;
}

SC_HANDLER(sc_res_sample_import)
{
    struct sc_queue_job job = {0};
    char *path = sc_proc_find_data(SAMPLE_FILE);
    if (!path) {
        sc_fail(err, SC_ERR_NOT_FOUND, "the sample lecture was not installed");
        return sc_error_hint(err, "In the source folder, `make demo` makes it.");
    }
    bool ok =
        import_sample(req, path, &job, err) &&
        sc_reply_json_take(
            reply, json_pack("{s:s, s:s}", "jobId", job.id, "message", "Import queued"),
            err);
    sc_queue_job_finish(&job);
    free(path);
    return ok;
}
