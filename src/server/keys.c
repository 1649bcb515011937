#include "server/keys.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "server/http.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEYS = 100, MAX_NAME = 60 };

static const struct {
    const char *name;
    unsigned bits; /* what it includes */
} scopes_table[] = {
    {"read", SC_SCOPE_READ},
    {"submit", SC_SCOPE_SUBMIT},
    {"admin", SC_SCOPE_ADMIN | SC_SCOPE_SUBMIT | SC_SCOPE_READ},
    {"worker", SC_SCOPE_WORKER},
};
enum { N_SCOPES = sizeof scopes_table / sizeof scopes_table[0] };

static char *path_of(const char *root)
{
    return sc_strf("%s/.scaler/keys.json", root);
}

bool sc_keys_load(const char *root, json_t **out, struct sc_error *err)
{
    char *path = path_of(root);
    json_t *keys =
        path && sc_file_exists(path) ? json_load_file(path, 0, NULL) : json_array();
    bool ok = json_is_array(keys);
    if (!ok) {
        sc_fail(err, SC_ERR_INVALID, "%s is not a list of keys", path ? path : "");
        sc_error_hint(err, "Remove the file and make the keys anew with scaler keys.");
        json_decref(keys);
    }
    free(path);
    if (ok)
        *out = keys;
    return ok;
}

bool sc_keys_save(const char *root, json_t *keys, struct sc_error *err)
{
    char *path = path_of(root), *text = json_dumps(keys, JSON_INDENT(2));
    bool ok = path && text && sc_file_write(path, text, strlen(text), true, err);
    free(path);
    free(text);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static json_t *find(json_t *keys, const char *name, size_t *at)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        json_t *k = json_array_get(keys, i);
        *at = i;
        if (sc_str_eq(json_string_value(json_object_get(k, "name")), name))
            return k;
    }
    return NULL;
}

bool sc_keys_add(json_t *keys, const char *name, unsigned scopes, char out[SC_KEY_SIZE],
                 struct sc_error *err)
{
    unsigned char raw[32];
    char hash[SC_SHA256_HEX_SIZE], when[SC_ISO8601_SIZE];
    size_t at;
    if (!*name || strlen(name) > MAX_NAME)
        return sc_fail(err, SC_ERR_INVALID, "a key's name has 1 to %d bytes", MAX_NAME);
    if (find(keys, name, &at))
        return sc_fail(err, SC_ERR_CONFLICT, "there is a key named %.60s already", name);
    if (json_array_size(keys) >= MAX_KEYS)
        return sc_fail(err, SC_ERR_LIMIT, "there are %d keys already", MAX_KEYS);
    if (RAND_bytes(raw, sizeof raw) != 1)
        return sc_fail(err, SC_ERR_INTERNAL, "no random numbers for a key");
    memcpy(out, "sk_", 3);
    sc_hex_encode(raw, sizeof raw, out + 3);
    out[3 + 2 * sizeof raw] = '\0';
    sc_sha256_of(out, strlen(out), hash);
    sc_format_iso8601(sc_clock_wall_s(), when);
    json_t *list = json_array();
    for (int i = 0; i < N_SCOPES; i++)
        if ((scopes & scopes_table[i].bits) == scopes_table[i].bits)
            json_array_append_new(list, json_string(scopes_table[i].name));
    json_t *key = json_pack("{s:s, s:o, s:s, s:s}", "name", name, "scopes", list,
                            "sha256", hash, "created", when);
    return (key && json_array_append_new(keys, key) == 0) ||
           sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

bool sc_keys_remove(json_t *keys, const char *name, struct sc_error *err)
{
    size_t at;
    if (!find(keys, name, &at))
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no key named %.60s", name);
    json_array_remove(keys, at);
    return true;
}

static unsigned bits_of(const char *name)
{
    for (int i = 0; i < N_SCOPES; i++)
        if (sc_str_eq(name, scopes_table[i].name))
            return scopes_table[i].bits;
    return 0;
}

unsigned sc_keys_scopes(json_t *keys, const char *secret)
{
    char hash[SC_SHA256_HEX_SIZE];
    unsigned found = 0;
    size_t i, n;
    json_t *k, *scope;
    sc_sha256_of(secret, strlen(secret), hash);
    json_array_foreach(keys, i, k)
    {
        const char *kept = json_string_value(json_object_get(k, "sha256"));
        if (!kept || strlen(kept) != sizeof hash - 1 ||
            CRYPTO_memcmp(kept, hash, sizeof hash - 1) != 0)
            continue;
        json_array_foreach(json_object_get(k, "scopes"), n, scope) found |=
            bits_of(json_string_value(scope));
    }
    return found;
}

bool sc_scopes_parse(const char *text, unsigned *out, struct sc_error *err)
{
    unsigned bits = 0;
    while (*text) {
        size_t n = strcspn(text, ",");
        char *word = sc_strndup(text, n);
        unsigned b = word ? bits_of(word) : 0;
        if (!b) {
            sc_fail(err, SC_ERR_INVALID, "\"%.20s\" is no scope", word ? word : "");
            free(word);
            return sc_error_hint(err, "Scopes are read, submit, admin and worker.");
        }
        free(word);
        bits |= b;
        text += n + (text[n] == ',');
    }
    *out = bits;
    return bits || sc_fail(err, SC_ERR_INVALID, "no scope is given");
}
