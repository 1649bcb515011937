/* Who may use the service: pairing by a one-time code, bearer keys. */
#include "base/clock.h"
#include "base/str.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/keys.h"
#include "server/resources.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_LIFE_S = 300, CODE_TRIES = 5 };

/* Shown in the dashboard, typed into the extension. */
SC_HANDLER(sc_res_pair_code)
{
    unsigned char raw[4];
    char when[SC_ISO8601_SIZE], code[SC_PAIR_CODE_SIZE];
    struct sc_app *app = req->app;
    if (RAND_bytes(raw, sizeof raw) != 1)
        return sc_fail(err, SC_ERR_INTERNAL, "no random numbers for a code");
    unsigned n =
        (unsigned)raw[0] << 24 | (unsigned)raw[1] << 16 | (unsigned)raw[2] << 8 | raw[3];
    snprintf(code, sizeof code, "%08u", n % 100000000u);
    pthread_mutex_lock(&app->save_mutex);
    memcpy(app->pair_code, code, sizeof code);
    app->pair_until = sc_clock_wall_s() + CODE_LIFE_S;
    app->pair_tries = CODE_TRIES;
    sc_format_iso8601(app->pair_until, when);
    pthread_mutex_unlock(&app->save_mutex);
    return sc_reply_json_take(
        reply, json_pack("{s:s, s:s}", "code", code, "expires", when), err);
}

/* A code is good once, for a while, and for a few tries only. */
static bool use_code(struct sc_app *app, const char *code, struct sc_error *err)
{
    pthread_mutex_lock(&app->save_mutex);
    bool alive =
        app->pair_code[0] && sc_clock_wall_s() < app->pair_until && app->pair_tries-- > 0;
    bool same = alive && strlen(code) == sizeof app->pair_code - 1 &&
                CRYPTO_memcmp(code, app->pair_code, sizeof app->pair_code - 1) == 0;
    if (same || !alive)
        app->pair_code[0] = '\0';
    pthread_mutex_unlock(&app->save_mutex);
    if (same)
        return true;
    sc_fail(err, SC_ERR_FORBIDDEN, "%s",
            alive ? "the code is not right" : "there is no code to pair with now");
    return sc_error_hint(err, "Ask for a new code in the dashboard's settings.");
}

static bool save_keys_locked(struct sc_app *app, json_t *next, struct sc_error *err)
{
    if (!sc_keys_save(app->root, next, err))
        return false;
    pthread_rwlock_wrlock(&app->config_lock);
    json_t *old = app->keys;
    app->keys = json_incref(next);
    pthread_rwlock_unlock(&app->config_lock);
    json_decref(old);
    return true;
}

/* Others may have changed the file (scaler keys): it is read anew. */
static bool change_keys(struct sc_app *app, const char *name, unsigned scopes,
                        char secret[SC_KEY_SIZE], struct sc_error *err)
{
    json_t *next = NULL;
    pthread_mutex_lock(&app->save_mutex);
    bool ok = sc_keys_load(app->root, &next, err) &&
              (scopes ? sc_keys_add(next, name, scopes, secret, err)
                      : sc_keys_remove(next, name, err)) &&
              save_keys_locked(app, next, err);
    pthread_mutex_unlock(&app->save_mutex);
    json_decref(next);
    return ok;
}

SC_HANDLER(sc_res_pair)
{
    const char *code;
    char secret[SC_KEY_SIZE], name[60];
    if (!sc_field_text(req->json, "code", 20, true, &code, err) ||
        !use_code(req->app, code, err))
        return false;
    if (req->extension && !sc_app_pair_extension(req->app, req->extension, err))
        return false;
    snprintf(name, sizeof name, "%.12s %s", req->extension ? req->extension : "paired",
             req->request_id);
    if (!change_keys(req->app, name, SC_SCOPE_READ | SC_SCOPE_SUBMIT, secret, err))
        return false;
    return sc_reply_json_take(
        reply,
        json_pack("{s:b, s:s, s:s}", "paired", 1, "key", secret, "message", "Paired"),
        err);
}

SC_HANDLER(sc_res_keys)
{
    json_t *list = json_array(), *k;
    size_t i;
    pthread_rwlock_rdlock(&req->app->config_lock);
    json_array_foreach(req->app->keys, i, k) json_array_append_new(
        list, json_pack("{s:O, s:O, s:O}", "name", json_object_get(k, "name"), "scopes",
                        json_object_get(k, "scopes"), "created",
                        json_object_get(k, "created")));
    pthread_rwlock_unlock(&req->app->config_lock);
    return sc_reply_json_take(reply, json_pack("{s:o}", "keys", list), err);
}

SC_HANDLER(sc_res_keys_add)
{
    const char *name, *text;
    char secret[SC_KEY_SIZE];
    unsigned scopes;
    if (!sc_field_text(req->json, "name", 60, true, &name, err) ||
        !sc_field_text(req->json, "scopes", 60, true, &text, err) ||
        !sc_scopes_parse(text, &scopes, err) ||
        !change_keys(req->app, name, scopes, secret, err))
        return false;
    return sc_reply_json_take(reply, json_pack("{s:s, s:s}", "name", name, "key", secret),
                              err);
}

SC_HANDLER(sc_res_keys_delete)
{
    char unused[SC_KEY_SIZE];
    return change_keys(req->app, req->params[0], 0, unused, err) &&
           sc_reply_json_take(reply, json_pack("{s:s}", "message", "Key removed"), err);
}
