/* What `add` and `process` share: options to settings, running, showing the end. */
#ifndef SC_CLI_JOB_H
#define SC_CLI_JOB_H

#include "cli/cli.h"
#include "cli/progress_view.h"
#include "pipeline/pipeline.h"

struct sc_job {
    struct sc_cli *cli;
    struct sc_job_options options; /* its progress goes to view */
    struct sc_progress_view *view; /* NULL with --quiet */
    json_t *results;               /* for --json: one object per lecture */
};

/* Reads --model, --language, --engine, --llm, --skip, --redo. Finish it also on failure. */
bool sc_job_init(struct sc_job *job, struct sc_cli *cli, struct sc_error *err);
void sc_job_finish(struct sc_job *job);
/* Processes one lecture, and prints it or keeps its JSON. */
bool sc_job_process(struct sc_job *job, const char *id, struct sc_error *err);
/* Prints a lecture that is only downloaded, or keeps its JSON. */
bool sc_job_show(struct sc_job *job, const char *id, json_t *warnings,
                 struct sc_error *err);
/* With --json: prints {"lectures":[...]}. */
bool sc_job_print(struct sc_job *job, struct sc_error *err);

#endif
