#include "base/json.h"

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
