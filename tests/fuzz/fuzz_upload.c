/*
 * An upload: the query as it stands in the request line, the Content-Range header (may
 * be empty), and a JSON body, in three lines. Names that are accepted lie in the upload's
 * folder and nowhere else; what is kept of the rest is within its limits.
 */
#include "base/file.h"
#include "base/str.h"
#include "model/lecture.h"
#include "server/fields.h"
#include "server/http.h"
#include "server/upload_request.h"
#include "server/watch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static char *next(char **at, char end)
{
    char *text = *at, *stop = text ? strchr(text, end) : NULL;
    if (stop)
        *stop++ = '\0';
    *at = stop;
    return text;
}

/* Splits as the HTTP library does: at '&', then at the first '='; then decodes. */
static void take_query(char *query, struct sc_upload_fields *f, char **id)
{
    for (char *part; (part = next(&query, '&'));) {
        char *value = part, *name = next(&value, '=');
        sc_http_unescape(name);
        if (!value)
            continue;
        size_t before = strlen(value), after = sc_http_unescape(value);
        must(after <= before && strlen(value) == after);
        const char **to = strcmp(name, "filename") == 0  ? &f->filename
                          : strcmp(name, "title") == 0   ? &f->title
                          : strcmp(name, "process") == 0 ? &f->process
                          : strcmp(name, "offset") == 0  ? &f->offset
                                                         : NULL;
        if (to)
            *to = value;
        if (strcmp(name, "upload") == 0)
            *id = value;
    }
}

static void check_name(const char *name)
{
    char *path = sc_path_join("/library/.scaler/uploads/0", name);
    must(path && strcmp(sc_path_base(path), name) == 0 && *name != '.');
    must(strlen(path) == strlen("/library/.scaler/uploads/0/") + strlen(name));
    must(strlen(name) < 256 && sc_utf8_valid(name, strlen(name)));
    must(sc_watch_is_media(name) && strcmp(name, "data.part") != 0 &&
         strcmp(name, "about.json") != 0);
    free(path);
}

static void check_about(json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "filename"));
    json_t *title = json_object_get(o, "title"), *n = json_object_get(o, "size");
    must(name && json_is_boolean(json_object_get(o, "process")));
    check_name(name);
    must(!n || json_integer_value(n) > 0);
    if (title) {
        const char *text = json_string_value(title);
        must(text && *text && strlen(text) <= SC_MAX_TITLE &&
             sc_utf8_valid(text, strlen(text)));
        char *safe = sc_title_safe(text);
        must(safe && !strchr(safe, '/') && strcmp(safe, "..") != 0);
        free(safe);
    }
    char *text = json_dumps(o, JSON_COMPACT);
    must(text != NULL);
    free(text);
    json_decref(o);
}

static void from_json(const char *text, size_t size)
{
    struct sc_error err = {0};
    json_t *about = NULL, *body = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(body)) {
        if (sc_upload_from_json(body, &about, &err))
            check_about(about);
        else
            must(err.code != SC_ERR_OK && err.cause[0] && !about);
    }
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_upload_fields f = {0};
    struct sc_error err = {0};
    json_t *about = NULL;
    int64_t offset = 0, total = 0;
    char *id = NULL, *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    char *at = text, *query = next(&at, '\n'), *range = next(&at, '\n');
    take_query(query, &f, &id);
    f.content_range = range && *range ? range : NULL;
    if (id && sc_upload_is_id(id))
        must(!strpbrk(id, "/.\\"));
    if (sc_upload_place(&f, &offset, &total, &err))
        must(offset >= -1 && total >= -1 && (total < 0 || offset < total));
    err = (struct sc_error){0};
    if (sc_upload_from_query(&f, &about, &err))
        check_about(about);
    else
        must(err.code != SC_ERR_OK && err.cause[0] && !about);
    if (at)
        from_json(at, size - (size_t)(at - text));
    free(text);
    return 0;
}
