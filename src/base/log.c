#include "base/log.h"

#include "base/clock.h"
#include "base/str.h"

#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static atomic_int min_level = SC_LOG_WARNING;
static atomic_bool as_json, to_stdout;

static pthread_mutex_t guard_lock = PTHREAD_MUTEX_INITIALIZER;
static sc_log_guard_fn guard; /* with guard_user, under guard_lock */
static void *guard_user;

static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

void sc_log_set_level(enum sc_log_level level)
{
    atomic_store(&min_level, (int)level);
}

bool sc_log_parse_level(const char *name, enum sc_log_level *out)
{
    for (int i = 0; i < 4; i++)
        if (sc_str_ieq(name, names[i])) {
            *out = (enum sc_log_level)i;
            return true;
        }
    if (sc_str_ieq(name, "WARN") || sc_str_ieq(name, "CRITICAL")) {
        *out = sc_str_ieq(name, "WARN") ? SC_LOG_WARNING : SC_LOG_ERROR;
        return true;
    }
    return false;
}

void sc_log_to_stdout(void)
{
    atomic_store(&to_stdout, true);
}

void sc_log_set_json(bool json)
{
    atomic_store(&as_json, json);
}

void sc_log_set_guard(sc_log_guard_fn fn, void *user)
{
    pthread_mutex_lock(&guard_lock);
    guard = fn;
    guard_user = user;
    pthread_mutex_unlock(&guard_lock);
}

static void print_line(const char *line)
{
    pthread_mutex_lock(&guard_lock);
    if (guard)
        guard(guard_user, true);
    FILE *f = atomic_load(&to_stdout) ? stdout : stderr;
    fprintf(f, "%s\n", line);
    fflush(f);
    if (guard)
        guard(guard_user, false);
    pthread_mutex_unlock(&guard_lock);
}

void sc_log(enum sc_log_level level, const char *fmt, ...)
{
    if ((int)level < atomic_load(&min_level))
        return;
    char text[1024], when[SC_ISO8601_SIZE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sc_format_iso8601(sc_clock_wall_s(), when);
    if (!atomic_load(&as_json)) {
        char line[1100];
        snprintf(line, sizeof line, "%s - %s - %s", when, names[level], text);
        print_line(line);
        return;
    }
    json_t *o = json_pack("{ss ss ss+}", "timestamp", when, "level", names[level],
                          "message", text, "");
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (line)
        print_line(line);
    free(line);
    json_decref(o);
}
