#include "server/fields.h"

#include <string.h>

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
