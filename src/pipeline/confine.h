/*
 * The walls of a worker: which folders and which network a job needs, by its
 * kind and settings. Not a front door.
 */
#ifndef SC_PIPELINE_CONFINE_H
#define SC_PIPELINE_CONFINE_H

#include "base/config.h"
#include "pipeline/pipeline.h"
#include "pipeline/queue.h"

/* A host and port that a job talks to. */
struct sc_endpoint {
    uint16_t port;
    bool named; /* the host is a name that must be looked up */
};
/* Pure. False when url is no http or https address. */
bool sc_endpoint_of(const char *url, struct sc_endpoint *out);

/*
 * Closes this process in for the rest of its life; before it starts threads.
 * What the kernel cannot do is left out. SCALER_SANDBOX=off: nothing happens.
 */
void sc_confine(const struct sc_config *config, const char *library_root,
                enum sc_job_kind kind, const struct sc_place *place);

#endif
