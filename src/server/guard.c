#include "server/guard.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

static bool one_of(const char *value, const char *const *allowed)
{
    for (; allowed && *allowed; allowed++)
        if (strcasecmp(value, *allowed) == 0)
            return true;
    return false;
}

static bool is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t n = sizeof json - 1;
    return type && strncasecmp(type, json, n) == 0 &&
           (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

const char *sc_guard_extension_id(const char *origin)
{
    static const char chrome[] = "chrome-extension://", moz[] = "moz-extension://";
    if (sc_str_starts(origin, chrome)) {
        const char *id = origin + sizeof chrome - 1;
        return strlen(id) == 32 && strspn(id, "abcdefghijklmnop") == 32 ? id : NULL;
    }
    if (!sc_str_starts(origin, moz))
        return NULL;
    const char *id = origin + sizeof moz - 1;
    return strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36 ? id : NULL;
}

bool sc_guard_has_id(const char *list, const char *id)
{
    size_t n = strlen(id);
    while (list && *list) {
        list += strspn(list, ", ");
        size_t len = strcspn(list, ", ");
        if (len == n && strncmp(list, id, n) == 0)
            return true;
        list += len;
    }
    return false;
}

static struct sc_guard_verdict refuse(int status, const char *code, const char *detail)
{
    return (struct sc_guard_verdict){.status = status, .code = code, .detail = detail};
}

/* "http://" or "https://" before what Host says: a page of this very server. A site that
 * lets its name point here gets this far, but has no key: cookies belong to a name. */
static bool is_own(const char *origin, const char *host)
{
    size_t n = sc_str_starts(origin, "http://")    ? 7
               : sc_str_starts(origin, "https://") ? 8
                                                   : 0;
    return n && strcasecmp(origin + n, host) == 0;
}

struct sc_guard_verdict sc_guard_check(const struct sc_guard_rules *rules,
                                       const struct sc_guard_input *in)
{
    struct sc_guard_verdict ok = {0};
    if (in->n_hosts != 1)
        return refuse(400, "usage", "The request must have exactly one Host header.");
    if (rules->hosts && !one_of(in->hosts[0], rules->hosts))
        return refuse(421, "wrong_host",
                      "This server does not answer for the host that the request names.");
    if (in->n_origins > 1)
        return refuse(400, "usage", "The request has more than one Origin header.");
    if (in->n_content_lengths > 1 ||
        (in->n_content_lengths && in->n_transfer_encodings) ||
        in->n_transfer_encodings > 1)
        return refuse(400, "usage", "The request says its length more than once.");
    if (in->n_origins) {
        const char *id = sc_guard_extension_id(in->origins[0]);
        bool paired = id && sc_guard_has_id(rules->extensions, id);
        if (id && !paired && !rules->open)
            return refuse(403, "not_paired",
                          "This extension is not the one that was paired. Pair it in the "
                          "dashboard's settings first.");
        if (!id && !one_of(in->origins[0], rules->origins) &&
            !(rules->any_name && is_own(in->origins[0], in->hosts[0])))
            return refuse(403, "forbidden", "Requests from this site are not accepted.");
        ok.origin = in->origins[0];
        ok.stranger = id && !paired ? id : NULL;
    } else if (!is_safe(in->method) && in->sec_fetch_site &&
               strcasecmp(in->sec_fetch_site, "same-origin") != 0 &&
               strcasecmp(in->sec_fetch_site, "none") != 0) {
        return refuse(403, "forbidden", "Another site's page made this request.");
    }
    if (in->has_body && in->wants_json && !is_json(in->content_type))
        return refuse(415, "unsupported",
                      "The body must be JSON with Content-Type: application/json.");
    return ok;
}
