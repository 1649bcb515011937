#include "server/upload_request.h"

#include "base/str.h"
#include "server/fields.h"
#include "server/range.h"
#include "server/watch.h"

#include <string.h>

enum { MAX_FILE_NAME = 200 };

bool sc_upload_is_id(const char *id)
{
    size_t n = SC_UPLOAD_ID_SIZE - 1;
    return strlen(id) == n && strspn(id, "0123456789abcdef") == n;
}

static bool has_controls(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

bool sc_upload_check_name(const char *name, struct sc_error *err)
{
    if (!name || !*name || strlen(name) > MAX_FILE_NAME || strpbrk(name, "/\\") ||
        name[0] == '.' || has_controls(name) || !sc_utf8_valid(name, strlen(name)))
        return sc_fail(err, SC_ERR_INVALID, "filename must be a file's name, no path");
    return sc_watch_is_media(name) ||
           sc_fail(err, SC_ERR_INVALID, "filename must end like a video or audio file");
}

bool sc_upload_place(const struct sc_upload_fields *in, int64_t *offset, int64_t *total,
                     struct sc_error *err)
{
    int64_t from = -1, to, n = -1;
    if (in->content_range) {
        if (!sc_content_range_parse(in->content_range, &from, &to, &n))
            return sc_fail(err, SC_ERR_INVALID,
                           "Content-Range must be bytes FROM-TO/TOTAL");
    } else if (in->offset && (!sc_parse_i64(in->offset, &from) || from < 0)) {
        return sc_fail(err, SC_ERR_INVALID, "offset must be a whole number, 0 or more");
    }
    *offset = from;
    *total = n;
    return true;
}

bool sc_upload_from_query(const struct sc_upload_fields *in, json_t **about,
                          struct sc_error *err)
{
    int64_t offset, total;
    if (!sc_upload_check_name(in->filename, err) ||
        !sc_upload_place(in, &offset, &total, err))
        return false;
    if (in->title && !sc_utf8_valid(in->title, strlen(in->title)))
        return sc_fail(err, SC_ERR_INVALID, "title must be text in UTF-8");
    json_t *o = json_pack("{s:s, s:b}", "filename", in->filename, "process",
                          sc_str_eq(in->process, "true") || sc_str_eq(in->process, "1"));
    if (!o)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (total > 0)
        json_object_set_new(o, "size", json_integer(total));
    if (in->title)
        json_object_set_new(o, "title", json_string(in->title));
    char title[SC_MAX_TITLE + 1];
    bool ok = sc_field_title(o, false, title, err);
    if (ok && *title)
        json_object_set_new(o, "title", json_string(title));
    else
        json_object_del(o, "title");
    if (ok)
        *about = o;
    else
        json_decref(o);
    return ok;
}

bool sc_upload_from_json(json_t *body, json_t **about, struct sc_error *err)
{
    const char *name;
    char title[SC_MAX_TITLE + 1];
    bool process;
    double from, to;
    json_t *size = json_object_get(body, "size");
    if (!sc_field_seconds(body, "startTime", &from, err) ||
        !sc_field_seconds(body, "endTime", &to, err) ||
        !sc_field_text(body, "filename", MAX_FILE_NAME, false, &name, err) ||
        !sc_field_title(body, false, title, err) ||
        !sc_field_flag(body, "process", &process, err))
        return false;
    if (!name)
        return sc_fail(err, SC_ERR_INVALID, "path or filename is missing");
    if (!sc_upload_check_name(name, err))
        return false;
    if (!json_is_integer(size) || json_integer_value(size) <= 0)
        return sc_fail(err, SC_ERR_INVALID, "size must be the file's bytes");
    json_t *o =
        json_pack("{s:s, s:b, s:f, s:f, s:O, s:s*}", "filename", name, "process", process,
                  "from", from, "to", to, "size", size, "title", *title ? title : NULL);
    if (!o)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    *about = o;
    return true;
}
