/*
 * Bearer keys: who may use the service from another machine. A key is shown
 * once, when it is made; kept is its SHA-256 (`<library>/.scaler/keys.json`,
 * mode 0600): 256 random bits need no slow hash. Pure but for load and save.
 */
#ifndef SC_SERVER_KEYS_H
#define SC_SERVER_KEYS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

enum { SC_KEY_SIZE = 4 + 64 };

/* A list of {"name","scopes":[...],"sha256","created"}; new reference. */
bool sc_keys_load(const char *root, json_t **out, struct sc_error *err);
bool sc_keys_save(const char *root, json_t *keys, struct sc_error *err);
/* Appends a key of that name (SC_ERR_CONFLICT when there is one); out is the secret. */
bool sc_keys_add(json_t *keys, const char *name, unsigned scopes, char out[SC_KEY_SIZE],
                 struct sc_error *err);
bool sc_keys_remove(json_t *keys, const char *name, struct sc_error *err);
/* What the bearer of the secret may do: enum sc_scope bits; 0 = unknown key. */
unsigned sc_keys_scopes(json_t *keys, const char *secret);
/* "read,submit" to bits. */
bool sc_scopes_parse(const char *text, unsigned *out, struct sc_error *err);

#endif
