/*
 * Signing in from a browser: the key becomes a cookie that scripts cannot read and
 * other sites cannot send. Pages, media and the event stream carry it.
 */
#include "base/str.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/keys.h"
#include "server/resources.h"

#include <string.h>

static const char attributes[] = "Path=/; HttpOnly; SameSite=Strict";

static json_t *session_json(struct sc_request *req, unsigned scopes)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {SC_SCOPE_READ, "read"}, {SC_SCOPE_SUBMIT, "submit"}, {SC_SCOPE_ADMIN, "admin"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (scopes & names[i].bit)
            json_array_append_new(list, json_string(names[i].name));
    return json_pack("{s:b, s:b, s:o}", "needsKey", req->app->needs_key, "signedIn",
                     scopes != 0, "scopes", list);
}

SC_HANDLER(sc_res_session)
{
    return sc_reply_json_take(reply, session_json(req, req->scopes), err);
}

SC_HANDLER(sc_res_sign_in)
{
    const char *key;
    struct sc_app *app = req->app;
    if (!sc_field_text(req->json, "key", SC_KEY_SIZE, true, &key, err))
        return false;
    pthread_rwlock_rdlock(&app->config_lock);
    unsigned scopes = sc_keys_scopes(app->keys, key);
    pthread_rwlock_unlock(&app->config_lock);
    /* What goes into a header is letters and digits: only such keys are known. */
    if (!scopes || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(key)) {
        sc_fail(err, SC_ERR_FORBIDDEN, "this key is not known here");
        return sc_error_hint(err, "Make one with: scaler keys add NAME");
    }
    sc_reply_header(reply, "Set-Cookie: scaler_key=%s; %s; Max-Age=31536000", key,
                    attributes);
    return sc_reply_json_take(reply, session_json(req, scopes), err);
}

SC_HANDLER(sc_res_sign_out)
{
    sc_reply_header(reply, "Set-Cookie: scaler_key=; %s; Max-Age=0", attributes);
    return sc_reply_json_take(reply, session_json(req, 0), err);
}
