/* The answer of `scaler inspect` as text. */
#ifndef SC_CLI_INSPECT_VIEW_H
#define SC_CLI_INSPECT_VIEW_H

#include "cli/cli.h"

void sc_inspect_print(const struct sc_cli *cli, json_t *o);

#endif
