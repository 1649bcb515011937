#include "download/remarks.h"

#include "base/log.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sc_remarks_init(struct sc_remarks *r)
{
    memset(r, 0, sizeof *r);
    pthread_mutex_init(&r->mutex, NULL);
}

void sc_remarks_finish(struct sc_remarks *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->texts[i]);
    r->n = 0;
    pthread_mutex_destroy(&r->mutex);
}

void sc_remark(struct sc_remarks *r, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sc_warn("%s", text);
    pthread_mutex_lock(&r->mutex);
    bool known = r->n == SC_REMARKS_MAX;
    for (size_t i = 0; i < r->n && !known; i++)
        known = strcmp(r->texts[i], text) == 0;
    if (!known && (r->texts[r->n] = sc_strdup(text)))
        r->n++;
    pthread_mutex_unlock(&r->mutex);
}

void sc_remarks_hand_over(struct sc_remarks *r, struct sc_download_result *out)
{
    out->remarks = r->n ? calloc(r->n, sizeof *out->remarks) : NULL;
    for (size_t i = 0; out->remarks && i < r->n; i++) {
        out->remarks[out->n_remarks++] = r->texts[i];
        r->texts[i] = NULL;
    }
    if (out->remarks)
        r->n = 0;
}
