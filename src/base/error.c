#include "base/error.h"

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct error_info {
    const char *slug;
    int http;
    int exit_code;
    const char *meaning;
};

static const struct error_info infos[SC_ERR_COUNT] = {
#define SC_X(name, slug, http, exit, meaning) {slug, http, exit, meaning},
    SC_ERROR_TABLE(SC_X)
#undef SC_X
};

static const struct error_info *info_of(enum sc_error_code code)
{
    if ((unsigned)code >= SC_ERR_COUNT)
        code = SC_ERR_INTERNAL;
    return &infos[code];
}

/* Servers' and engines' words end up on a terminal: nothing in them may steer it. */
static void calm(char *text)
{
    for (; *text; text++)
        memset(text, ' ', sc_control_length(text));
}

bool sc_fail(struct sc_error *err, enum sc_error_code code, const char *fmt, ...)
{
    if (!err || err->code != SC_ERR_OK)
        return false;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->cause, sizeof err->cause, fmt, ap);
    va_end(ap);
    calm(err->cause);
    err->code = code == SC_ERR_OK ? SC_ERR_INTERNAL : code;
    return false;
}

static enum sc_error_code code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
#ifdef EDQUOT
    case EDQUOT:
#endif
        return SC_ERR_DISK_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return SC_ERR_PERMISSION;
    case ENOENT:
    case ENOTDIR:
        return SC_ERR_NOT_FOUND;
    case ENOMEM:
        return SC_ERR_MEMORY;
    case EEXIST:
        return SC_ERR_CONFLICT;
    default:
        return SC_ERR_IO;
    }
}

bool sc_fail_errno(struct sc_error *err, int errnum, const char *fmt, ...)
{
    if (!err || err->code != SC_ERR_OK)
        return false;
    char what[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return sc_fail(err, code_of_errno(errnum), "%s: %s", what, strerror(errnum));
}

bool sc_error_wrap(struct sc_error *err, const char *fmt, ...)
{
    if (!err || err->n_context == SC_ERROR_MAX_CONTEXT)
        return false;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->context[err->n_context], sizeof err->context[0], fmt, ap);
    va_end(ap);
    calm(err->context[err->n_context]);
    err->n_context++;
    return false;
}

bool sc_error_hint(struct sc_error *err, const char *fmt, ...)
{
    if (!err || err->hint[0])
        return false;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    calm(err->hint);
    return false;
}

void sc_error_clear(struct sc_error *err)
{
    if (err)
        memset(err, 0, sizeof *err);
}

void sc_error_sentence(const struct sc_error *err, char *out, size_t size)
{
    size_t at = 0;
    if (size == 0)
        return;
    out[0] = '\0';
    for (unsigned i = err->n_context; i > 0; i--) {
        int n = snprintf(out + at, size - at, "%s: ", err->context[i - 1]);
        if (n < 0 || (size_t)n >= size - at)
            return;
        at += (size_t)n;
    }
    snprintf(out + at, size - at, "%s", err->cause);
}

const char *sc_error_slug(enum sc_error_code code)
{
    return info_of(code)->slug;
}

int sc_error_http_status(enum sc_error_code code)
{
    return info_of(code)->http;
}

int sc_error_exit_code(enum sc_error_code code)
{
    return info_of(code)->exit_code;
}

const char *sc_error_meaning(enum sc_error_code code)
{
    return info_of(code)->meaning;
}
