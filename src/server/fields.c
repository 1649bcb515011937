#include "server/fields.h"

#include <string.h>

enum { MAX_PAGE_TITLE = 4096 };

bool sc_field_text(json_t *o, const char *name, size_t max, bool needed, const char **out,
                   struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = NULL;
    if (!v || json_is_null(v))
        return !needed || sc_fail(err, SC_ERR_INVALID, "%s is missing", name);
    if (!json_is_string(v))
        return sc_fail(err, SC_ERR_INVALID, "%s must be text", name);
    if (json_string_length(v) > max ||
        strlen(json_string_value(v)) != json_string_length(v))
        return sc_fail(err, SC_ERR_INVALID, "%s is too long or holds a NUL", name);
    if (json_string_length(v) == 0) {
        return !needed || sc_fail(err, SC_ERR_INVALID, "%s is empty", name);
    }
    *out = json_string_value(v);
    return true;
}

bool sc_field_title(json_t *o, bool needed, char out[SC_MAX_TITLE + 1],
                    struct sc_error *err)
{
    const char *text;
    if (!sc_field_text(o, "title", MAX_PAGE_TITLE, needed, &text, err))
        return false;
    if (text && text[strspn(text, " \t\r\n")] == '\0') {
        if (needed)
            return sc_fail(err, SC_ERR_INVALID, "title is empty");
        text = NULL;
    }
    size_t n = text ? strlen(text) : 0;
    if (n > SC_MAX_TITLE)
        for (n = SC_MAX_TITLE; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
            ;
    if (n)
        memcpy(out, text, n);
    out[n] = '\0';
    return true;
}

bool sc_field_seconds(json_t *o, const char *name, double *out, struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = -1;
    if (!v || json_is_null(v))
        return true;
    if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1e6)
        return sc_fail(err, SC_ERR_INVALID, "%s must be seconds, 0 or more, or null",
                       name);
    *out = json_number_value(v);
    return true;
}

bool sc_field_flag(json_t *o, const char *name, bool *out, struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = json_is_true(v);
    return !v || json_is_null(v) || json_is_boolean(v) ||
           sc_fail(err, SC_ERR_INVALID, "%s must be true or false", name);
}

json_t *sc_text_json(const char *s)
{
    return s ? json_string(s) : json_null();
}
