/* The child's side of a queued job; started by the server, not by people. */
#include "base/str.h"
#include "cli/cli.h"
#include "pipeline/supervisor.h"

#include <stdlib.h>

bool sc_cmd_work(struct sc_cli *cli, struct sc_error *err)
{
    int64_t token = 0;
    const char *given = sc_cli_option(cli, "token");
    if (!given || !sc_parse_i64(given, &token))
        return sc_fail(err, SC_ERR_USAGE, "work needs --token, a number");
    return sc_work_run(cli->config, cli->args[0], token, cli->cancel, err);
}
