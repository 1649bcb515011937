#include "base/config.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENV_FILE = 1024 * 1024 };

struct sc_config {
    char *values[SC_SET_COUNT];
    enum sc_setting_source sources[SC_SET_COUNT];
};

static const struct sc_setting_info infos[SC_SET_COUNT] = {
#define SC_X(id, var, alias, type, def, allowed, meaning)                                \
    {var, alias, SC_SETTING_##type, def, allowed, meaning},
    SC_SETTING_TABLE(SC_X)
#undef SC_X
};

const struct sc_setting_info *sc_config_info(enum sc_setting id)
{
    return &infos[id];
}

static bool in_choices(const char *choices, const char *value, char *canonical,
                       size_t size)
{
    while (*choices) {
        size_t n = strcspn(choices, "|");
        snprintf(canonical, size, "%.*s", (int)n, choices);
        if (sc_str_ieq(canonical, value))
            return true;
        choices += n + (choices[n] == '|');
    }
    return false;
}

static bool parse_bool(const char *s, bool *out)
{
    char unused[8];
    *out = in_choices("on|true|yes|1", s, unused, sizeof unused);
    return *out || in_choices("off|false|no|0", s, unused, sizeof unused);
}

static bool int_in_range(const char *allowed, const char *value)
{
    long long lo, hi;
    int64_t v;
    if (!sc_parse_i64(value, &v))
        return false;
    return sscanf(allowed, "%lld..%lld", &lo, &hi) != 2 || (v >= lo && v <= hi);
}

/* Ollama's own variable may hold a bare "host:port". */
static char *canonical_url(const char *value)
{
    char *url = strstr(value, "://") ? sc_strdup(value) : sc_strf("http://%s", value);
    while (url && sc_str_ends(url, "/"))
        url[strlen(url) - 1] = '\0';
    return url;
}

static bool reject(const struct sc_setting_info *info, const char *value,
                   const char *allowed, struct sc_error *err)
{
    sc_fail(err, SC_ERR_INVALID, "%s is \"%.60s\", allowed is %s", info->variable, value,
            allowed);
    return sc_error_hint(err, "Correct %s in the environment or in .env.",
                         info->variable);
}

/* A code (en, pt-BR) or a name (english): letters, and perhaps a region. */
static bool is_language(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    size_t region = s[n] == '-' || s[n] == '_' ? strlen(s + n + 1) : 0;
    return n >= 2 && n <= 24 && (!s[n] || (region >= 2 && region <= 8));
}

static char *validated(const struct sc_setting_info *info, const char *value,
                       struct sc_error *err)
{
    char canonical[32];
    bool flag;
    int64_t seconds;
    char *copy = NULL;
    switch (info->type) {
    case SC_SETTING_CHOICE:
        if (in_choices(info->allowed, value, canonical, sizeof canonical))
            copy = sc_strdup(canonical);
        else
            reject(info, value, info->allowed, err);
        break;
    case SC_SETTING_INT:
        if (int_in_range(info->allowed, value))
            copy = sc_strdup(value);
        else
            reject(info, value, info->allowed, err);
        break;
    case SC_SETTING_BOOL:
        if (parse_bool(value, &flag))
            copy = sc_strdup(flag ? "on" : "off");
        else
            reject(info, value, "on or off", err);
        break;
    case SC_SETTING_LANGUAGE:
        if (is_language(value))
            copy = sc_strdup(value);
        else
            reject(info, value, "auto or a language such as en, hi, de", err);
        break;
    case SC_SETTING_URL:
        copy = canonical_url(value);
        if (copy && !sc_str_starts(copy, "http://") && !sc_str_starts(copy, "https://")) {
            char *shown = sc_url_redact(value);
            reject(info, shown ? shown : "", "an http or https URL", err);
            free(shown);
            free(copy);
            copy = NULL;
        }
        break;
    case SC_SETTING_DURATION:
        if (sc_str_ieq(value, "off") || sc_parse_duration_s(value, &seconds))
            copy = sc_strdup(sc_str_ieq(value, "off") ? "off" : value);
        else
            reject(info, value, "a time such as 30d, 24h or 90m, or off", err);
        break;
    default:
        copy = sc_strdup(value);
    }
    return copy;
}

bool sc_config_set(struct sc_config *c, enum sc_setting id, const char *value,
                   enum sc_setting_source source, struct sc_error *err)
{
    /* An empty variable means "not set", except where empty is the default. */
    if (value[0] == '\0')
        value = infos[id].fallback;
    char *copy = validated(&infos[id], value, err);
    if (!copy)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    free(c->values[id]);
    c->values[id] = copy;
    c->sources[id] = source;
    return true;
}

static bool set_by_name(struct sc_config *c, const char *name, const char *value,
                        enum sc_setting_source source, struct sc_error *err)
{
    for (int i = 0; i < SC_SET_COUNT; i++) {
        bool alias = infos[i].alias && strcmp(name, infos[i].alias) == 0;
        /* The main name wins over its alias within one source. */
        if (alias && c->sources[i] == source)
            return true;
        if (alias || strcmp(name, infos[i].variable) == 0)
            return value[0] == '\0' ||
                   sc_config_set(c, (enum sc_setting)i, value, source, err);
    }
    return true;
}

static bool from_env_file(void *user, const char *name, const char *value,
                          struct sc_error *err)
{
    return set_by_name(user, name, value, SC_SOURCE_ENV_FILE, err);
}

static bool load_env_file(struct sc_config *c, struct sc_error *err)
{
    const char *named = getenv("SCALER_ENV_FILE");
    const char *path = named && *named ? named : ".env";
    struct sc_buf text = SC_BUF_INIT(MAX_ENV_FILE + 65536);
    bool ok = true;
    if ((named && *named) || sc_file_exists(path)) {
        ok = sc_file_read(path, MAX_ENV_FILE, &text, err) &&
             sc_env_parse(sc_buf_str(&text), text.len, from_env_file, c, err);
        if (!ok)
            sc_error_wrap(err, "could not read the settings in %s", path);
    }
    sc_buf_finish(&text);
    return ok;
}

static bool load_environment(struct sc_config *c, struct sc_error *err)
{
    for (int i = 0; i < SC_SET_COUNT; i++) {
        const char *value = getenv(infos[i].variable);
        if ((!value || !*value) && infos[i].alias)
            value = getenv(infos[i].alias);
        if (value && *value &&
            !sc_config_set(c, (enum sc_setting)i, value, SC_SOURCE_ENVIRONMENT, err))
            return false;
    }
    return true;
}

/* Saved settings lie in the library, whose place other sources decide: they fill defaults
 * only. */
static bool load_saved(struct sc_config *c, struct sc_error *err)
{
    const char *dir = c->values[SC_SET_OUTPUT_DIR];
    char *path = sc_strf("%s/.scaler/settings.json", dir);
    const char *key;
    json_t *value, *root = NULL;
    bool ok = path != NULL;
    if (path && sc_file_exists(path)) {
        root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(root))
            ok = sc_fail(err, SC_ERR_INVALID, "%s is not a JSON object", path);
    }
    if (ok)
        json_object_foreach(root, key, value)
        {
            for (int i = 0; ok && i < SC_SET_COUNT; i++)
                if (strcmp(key, infos[i].variable) == 0 && json_is_string(value) &&
                    c->sources[i] == SC_SOURCE_DEFAULT)
                    ok = sc_config_set(c, (enum sc_setting)i, json_string_value(value),
                                       SC_SOURCE_SAVED, err);
        }
    json_decref(root);
    free(path);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

bool sc_config_load(struct sc_config **out, struct sc_error *err)
{
    struct sc_config *c = calloc(1, sizeof *c);
    bool ok = c != NULL;
    if (!ok)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    for (int i = 0; ok && i < SC_SET_COUNT; i++)
        ok = sc_config_set(c, (enum sc_setting)i, infos[i].fallback, SC_SOURCE_DEFAULT,
                           err);
    ok = ok && load_env_file(c, err) && load_environment(c, err) && load_saved(c, err);
    if (!ok) {
        sc_config_destroy(c);
        return false;
    }
    *out = c;
    return true;
}

void sc_config_destroy(struct sc_config *c)
{
    if (!c)
        return;
    for (int i = 0; i < SC_SET_COUNT; i++)
        free(c->values[i]);
    free(c);
}

const char *sc_config_str(const struct sc_config *c, enum sc_setting id)
{
    return c->values[id];
}

int64_t sc_config_int(const struct sc_config *c, enum sc_setting id)
{
    int64_t v = 0;
    sc_parse_i64(c->values[id], &v);
    return v;
}

int64_t sc_config_duration_s(const struct sc_config *c, enum sc_setting id)
{
    int64_t seconds;
    return sc_parse_duration_s(c->values[id], &seconds) ? seconds : -1;
}

bool sc_config_bool(const struct sc_config *c, enum sc_setting id)
{
    return strcmp(c->values[id], "on") == 0;
}

enum sc_setting_source sc_config_source(const struct sc_config *c, enum sc_setting id)
{
    return c->sources[id];
}

const char *sc_setting_type_name(enum sc_setting_type t)
{
    static const char *const names[] = {"text",   "path", "number",   "flag",
                                        "choice", "url",  "language", "duration",
                                        "secret"};
    return names[t];
}

const char *sc_setting_source_name(enum sc_setting_source s)
{
    static const char *const names[] = {"default", "saved", ".env", "environment",
                                        "option"};
    return names[s];
}

void sc_config_display(const struct sc_config *c, enum sc_setting id, char *out,
                       size_t size)
{
    const char *v = c->values[id];
    size_t n = strlen(v);
    if (infos[id].type == SC_SETTING_URL && strchr(v, '@')) {
        char *shown = sc_url_redact(v); /* a user and password may stand in front */
        snprintf(out, size, "%s", shown ? shown : "set");
        free(shown);
    } else if (infos[id].type != SC_SETTING_SECRET)
        snprintf(out, size, "%s", v);
    else if (n == 0)
        snprintf(out, size, "empty");
    else
        snprintf(out, size, "set (ends in %s)", n > 12 ? v + n - 4 : "...");
}

bool sc_config_has_proxy(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return true;
    }
    return false;
}

char *sc_config_models_dir(const struct sc_config *c)
{
    const char *set = c->values[SC_SET_MODELS_DIR];
    const char *home = getenv("HOME");
    if (*set)
        return sc_strdup(set);
#ifdef __APPLE__
    return sc_strf("%s/Library/Application Support/scaler/models", home ? home : ".");
#else
    const char *data = getenv("XDG_DATA_HOME");
    if (data && *data)
        return sc_strf("%s/scaler/models", data);
    return sc_strf("%s/.local/share/scaler/models", home ? home : ".");
#endif
}
