/*
 * metadata.json: what a folder says about its lecture. The catalog is rebuilt
 * from it, so it holds the id, where it came from, its status and its stages.
 * Others (the pipeline, a user) add fields of their own; those are kept.
 */
#include "library/internal.h"

#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_METADATA_BYTES = 8 * 1024 * 1024, MAX_FIELD_BYTES = 4096 };

static const char *const NAME = "metadata.json";

static char *text_field(const json_t *root, const char *key)
{
    const json_t *v = json_object_get(root, key);
    size_t n = json_string_length(v);
    if (n == 0 || n > MAX_FIELD_BYTES || strlen(json_string_value(v)) != n)
        return NULL;
    return sc_strdup(json_string_value(v));
}

static double number_field(const json_t *root, const char *key)
{
    double v = json_number_value(json_object_get(root, key));
    return isfinite(v) && v > 0 ? v : 0;
}

static int64_t time_field(const json_t *root, const char *key)
{
    double unix_s = 0;
    const char *text = json_string_value(json_object_get(root, key));
    return text && sc_parse_iso8601(text, &unix_s) ? (int64_t)unix_s : 0;
}

static void drop_unless(bool fits, char **text)
{
    if (*text && !fits) {
        free(*text);
        *text = NULL;
    }
}

static void copy_field(char *out, size_t size, const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    size_t n = text ? strlen(text) : 0;
    if (n >= size) {
        n = size - 1;
        while (n && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    if (n)
        memcpy(out, text, n);
    out[n] = '\0';
}

static void parse_stages(json_t *stages, struct sc_metadata *out)
{
    const char *name;
    json_t *v;
    json_object_foreach(stages, name, v)
    {
        if (out->n_stages == SC_MAX_STAGES)
            return;
        struct sc_stage_row *row = &out->stages[out->n_stages];
        *row = (struct sc_stage_row){0};
        if (!json_is_object(v) || !*name || strlen(name) >= sizeof row->name)
            continue;
        memcpy(row->name, name, strlen(name) + 1);
        copy_field(row->state, sizeof row->state, v, "state");
        copy_field(row->fingerprint, sizeof row->fingerprint, v, "fingerprint");
        copy_field(row->error, sizeof row->error, v, "error");
        row->seconds = number_field(v, "seconds");
        if (strcmp(row->state, "done") == 0 || strcmp(row->state, "error") == 0)
            out->n_stages++;
    }
}

bool sc_metadata_parse(const char *json, size_t len, struct sc_metadata *out,
                       struct sc_error *err)
{
    json_error_t why;
    struct sc_metadata m = {0};
    struct sc_lecture *l = &m.r.l;
    if (len > MAX_METADATA_BYTES)
        return sc_fail(err, SC_ERR_LIMIT, "%s is larger than 8 MB", NAME);
    json_t *root = json_loadb(json, len, 0, &why);
    if (!json_is_object(root)) {
        sc_fail(err, SC_ERR_INVALID, "%s is not a JSON object%s%s", NAME,
                root ? "" : ": ", root ? "" : why.text);
        json_decref(root);
        return false;
    }
    l->id = text_field(root, "id");
    drop_unless(l->id && sc_id_valid(l->id), &l->id);
    l->title = text_field(root, "title");
    l->date = text_field(root, "date");
    drop_unless(l->date && sc_valid_date(l->date), &l->date);
    l->source = text_field(root, "source");
    l->identity = text_field(root, "identity");
    l->error = text_field(root, "error");
    l->error_code = text_field(root, "error_code");
    l->video_path = text_field(root, "video");
    drop_unless(l->video_path && sc_video_path_valid(l->video_path), &l->video_path);
    m.r.video_dir = text_field(root, "video_dir");
    drop_unless(m.r.video_dir && sc_video_path_valid(m.r.video_dir), &m.r.video_dir);
    l->duration_s = number_field(root, "duration");
    l->progress = fmin(number_field(root, "progress"), 100);
    l->created_unix = time_field(root, "created");
    l->updated_unix = time_field(root, "updated");
    l->status = SC_LECTURE_STATUS_COUNT;
    sc_lecture_status_parse(json_string_value(json_object_get(root, "status")),
                            &l->status);
    parse_stages(json_object_get(root, "stages"), &m);
    json_decref(root);
    *out = m;
    return true;
}

void sc_metadata_finish(struct sc_metadata *m)
{
    sc_record_finish(&m->r);
    m->n_stages = 0;
}

static char *path_of(struct sc_library *lib, const char *folder)
{
    return sc_strf("%s/%s/%s", lib->root, folder, NAME);
}

bool sc_metadata_read(struct sc_library *lib, const char *folder, struct sc_metadata *out,
                      bool *found, struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    char *path = path_of(lib, folder);
    bool ok = path != NULL;
    *found = false;
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (sc_file_exists(path)) {
        ok = sc_file_read(path, MAX_METADATA_BYTES, &text, err) &&
             sc_metadata_parse(sc_buf_str(&text), text.len, out, err);
        *found = ok;
    }
    free(path);
    sc_buf_finish(&text);
    return ok;
}

static void set_text(json_t *o, const char *key, const char *text)
{
    json_t *v = text ? json_string(text) : json_null();
    if (!v) { /* not UTF-8, such as a file's name in an old encoding */
        char *repaired = sc_utf8_repair(text, strlen(text));
        v = repaired ? json_string(repaired) : json_null();
        free(repaired);
    }
    json_object_set_new(o, key, v);
}

static void set_time(json_t *o, const char *key, int64_t unix_s)
{
    char iso[SC_ISO8601_SIZE];
    sc_format_iso8601(unix_s, iso);
    json_object_set_new(o, key, json_string(iso));
}

json_t *sc_metadata_fields(const struct sc_record *r)
{
    const struct sc_lecture *l = &r->l;
    json_t *o = json_object();
    json_object_set_new(o, "schema", json_integer(1));
    set_text(o, "id", l->id);
    set_text(o, "title", l->title);
    set_text(o, "date", l->date);
    set_text(o, "status", sc_lecture_status_name(l->status));
    set_text(o, "error", l->error);
    set_text(o, "error_code", l->error_code);
    set_text(o, "source", l->source);
    set_text(o, "identity", l->identity);
    set_text(o, "video", l->video_path);
    set_text(o, "video_dir", r->video_dir);
    json_object_set_new(o, "duration", json_real(l->duration_s));
    json_object_set_new(o, "progress", json_real(l->progress));
    set_time(o, "created", l->created_unix);
    set_time(o, "updated", l->updated_unix);
    return o;
}

json_t *sc_metadata_stage(const struct sc_stage_row *row)
{
    json_t *o = json_object();
    set_text(o, "state", row->state);
    json_object_set_new(o, "seconds", json_real(row->seconds));
    set_text(o, "fingerprint", row->fingerprint);
    if (row->error[0])
        set_text(o, "error", row->error);
    return o;
}

/*
 * A file that cannot be read as JSON is kept under another name: it may hold
 * what its owner still wants.
 */
static json_t *load_for_merge(const char *path, struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    json_t *root = NULL;
    if (!sc_file_exists(path))
        return json_object();
    if (sc_file_read(path, MAX_METADATA_BYTES, &text, err)) {
        root = json_loadb(sc_buf_str(&text), text.len, 0, NULL);
        if (!json_is_object(root)) {
            char *aside = sc_strf("%s.broken", path);
            json_decref(root);
            root = aside && sc_file_rename(path, aside, err) ? json_object() : NULL;
            free(aside);
        }
    }
    sc_buf_finish(&text);
    return root;
}

/* Stages merge one level deeper, so that one stage can be written alone. */
static void merge(json_t *into, json_t *fields)
{
    const char *key;
    json_t *v;
    json_object_foreach(fields, key, v)
    {
        json_t *old = json_object_get(into, key);
        if (strcmp(key, "stages") == 0 && json_is_object(old) && json_is_object(v))
            json_object_update(old, v);
        else
            json_object_set(into, key, v);
    }
}

bool sc_metadata_merge(struct sc_library *lib, const char *folder, json_t *fields,
                       struct sc_error *err)
{
    char *path = path_of(lib, folder), *text = NULL;
    json_t *root = path && fields ? load_for_merge(path, err) : NULL;
    bool ok = root != NULL;
    if (ok) {
        merge(root, fields);
        text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
        ok = text && sc_file_write(path, text, strlen(text), false, err);
    }
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    free(text);
    json_decref(root);
    free(path);
    return ok;
}

bool sc_library_merge_metadata(struct sc_library *lib, const struct sc_lecture *l,
                               json_t *fields, struct sc_error *err)
{
    /* The write transaction keeps two processes from losing each other's fields. */
    if (!sc_db_begin(lib, err))
        return false;
    return sc_db_end(lib, sc_metadata_merge(lib, l->folder, fields, err), err);
}
