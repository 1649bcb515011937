/* What the commands of housekeeping share: settings, queue, progress, how a report looks.
 */
#ifndef SC_CLI_KEEP_VIEW_H
#define SC_CLI_KEEP_VIEW_H

#include "cli/cli.h"
#include "cli/progress_view.h"
#include "pipeline/keeper.h"

struct sc_keep_run {
    struct sc_keeper keeper;
    struct sc_progress_view *view; /* NULL with --quiet */
};

/* Opens the library and reads --dry-run. Finish it also when it fails. */
bool sc_keep_run_init(struct sc_keep_run *r, struct sc_cli *cli, struct sc_error *err);
void sc_keep_run_finish(struct sc_keep_run *r, bool ok);
/* Prints each {"path","bytes","why"} of a report's list behind a word. */
void sc_keep_print(const struct sc_cli *cli, json_t *list, const char *word);
/* --older-than; -1 when it was not given. */
bool sc_keep_older_than(const struct sc_cli *cli, int64_t *out, struct sc_error *err);

#endif
