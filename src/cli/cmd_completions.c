#include "cli/cli.h"

bool sc_cmd_completions(struct sc_cli *cli, struct sc_error *err)
{
    return sc_completions(cli->args[0], err);
}
