#include "cdn.h"

#include <stdlib.h>
#include <string.h>

bool cdn_parse_sign(const char *text, char out[3][1024])
{
    for (int i = 0; i < 3; i++) {
        size_t n = strcspn(text, i < 2 ? ":\r\n" : "\r\n");
        if (n == 0 || n >= sizeof out[i] || (i < 2 && text[n] != ':'))
            return false;
        memcpy(out[i], text, n);
        out[i][n] = '\0';
        text += n + (i < 2);
    }
    return true;
}

/* KIND[=ARG]:GLOB[:COUNT] */
static bool parse_fault(const char *text, struct cdn_fault *f)
{
    static const char only_ranged[] = "ranged-";
    *f = (struct cdn_fault){.arg = -1, .left = -1};
    f->ranged = strncmp(text, only_ranged, sizeof only_ranged - 1) == 0;
    text += f->ranged ? sizeof only_ranged - 1 : 0;
    const char *slash = strchr(text, ':');
    /* A redirect's PREFIX holds colons itself: the glob starts at ":/" or ":*". */
    while (slash && slash[1] != '*' &&
           (slash[1] != '/' || (slash[2] == '/' && strncmp(text, "redirect=", 9) == 0)))
        slash = strchr(slash + 1, ':');
    if (!slash)
        return false;
    const char *eq = memchr(text, '=', (size_t)(slash - text));
    size_t kind_len = (size_t)((eq ? eq : slash) - text);
    size_t arg_len = eq ? (size_t)(slash - eq - 1) : 0;
    if (kind_len >= sizeof f->kind || arg_len >= sizeof f->text)
        return false;
    memcpy(f->kind, text, kind_len);
    if (eq) {
        memcpy(f->text, eq + 1, arg_len);
        f->arg = strtol(f->text, NULL, 10);
    }
    const char *count = strrchr(slash + 1, ':');
    size_t glob_len = count ? (size_t)(count - slash - 1) : strlen(slash + 1);
    if (glob_len >= sizeof f->glob)
        return false;
    memcpy(f->glob, slash + 1, glob_len);
    if (count)
        f->left = strtol(count + 1, NULL, 10);
    return true;
}

static bool set_option(struct cdn_options *o, const char *name, const char *v)
{
    struct {
        const char *name;
        int *number;
        const char **text;
        long *big;
    } table[] = {
        {"--root", NULL, &o->root, NULL},
        {"--port", &o->port, NULL, NULL},
        {"--port-file", NULL, &o->port_file, NULL},
        {"--latency-ms", &o->latency_ms, NULL, NULL},
        {"--cap-kbps", &o->cap_kbps, NULL, NULL},
        {"--max-active", &o->max_active, NULL, NULL},
        {"--idle-exit-s", &o->idle_exit_s, NULL, NULL},
        {"--renew", NULL, &o->renew, NULL},
        {"--log", NULL, &o->log_path, NULL},
        {"--expire-after-requests", NULL, NULL, &o->expire_requests},
        {"--expire-after-ms", NULL, NULL, &o->expire_ms},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(name, table[i].name) != 0)
            continue;
        if (table[i].text)
            *table[i].text = v;
        else if (table[i].big)
            *table[i].big = strtol(v, NULL, 10);
        else
            *table[i].number = (int)strtol(v, NULL, 10);
        return true;
    }
    if (strcmp(name, "--sign") == 0)
        return o->has_sign = cdn_parse_sign(v, o->sign);
    if (strcmp(name, "--fault") == 0 && o->n_faults < CDN_MAX_FAULTS)
        return parse_fault(v, &o->faults[o->n_faults++]);
    return false;
}

bool cdn_parse_options(struct cdn_options *o, int argc, char **argv)
{
    o->expire_requests = o->expire_ms = -1;
    o->idle_exit_s = 900;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc || !set_option(o, argv[i], argv[i + 1])) {
            fprintf(stderr, "scaler-testcdn: cannot use %s %s (see tests/lib/cdn.h)\n",
                    argv[i], i + 1 < argc ? argv[i + 1] : "");
            return false;
        }
    }
    if (!o->root)
        fprintf(stderr, "scaler-testcdn: --root DIR is needed\n");
    return o->root != NULL;
}
