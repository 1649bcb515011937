#include "base/json.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

json_t *sc_json_text(const char *s)
{
    if (!s)
        return json_null();
    json_t *v = json_string(s);
    if (v)
        return v;
    char *fixed = sc_utf8_repair(s, strlen(s));
    v = fixed ? json_string(fixed) : NULL;
    free(fixed);
    return v;
}

json_t *sc_json_time(int64_t unix_s)
{
    char text[SC_ISO8601_SIZE];
    if (unix_s <= 0)
        return json_null();
    sc_format_iso8601(unix_s, text);
    return json_string(text);
}
