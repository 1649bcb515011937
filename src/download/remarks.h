/*
 * What is odd about a stream although its video was made: logged at once, and
 * kept for the result, so that nobody has to have read the log.
 */
#ifndef SC_DOWNLOAD_REMARKS_H
#define SC_DOWNLOAD_REMARKS_H

#include "model/stream.h"

#include <pthread.h>

enum { SC_REMARKS_MAX = 32 };

struct sc_remarks {
    pthread_mutex_t mutex;
    char *texts[SC_REMARKS_MAX]; /* owned; each said once */
    size_t n;
};

void sc_remarks_init(struct sc_remarks *r);
void sc_remarks_finish(struct sc_remarks *r);
/* From any thread. */
void sc_remark(struct sc_remarks *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Into the result, which owns them then. */
void sc_remarks_hand_over(struct sc_remarks *r, struct sc_download_result *out);

#endif
