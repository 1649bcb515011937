#include "cli/cli.h"

bool sc_cmd_help(struct sc_cli *cli, struct sc_error *err)
{
    if (sc_cli_flag(cli, "markdown")) {
        sc_help_markdown();
    } else if (cli->n_args == 0) {
        sc_help_overview();
    } else {
        const struct sc_command *c = sc_command_find(cli->args[0]);
        if (!c) {
            sc_fail(err, SC_ERR_USAGE, "there is no command \"%.60s\"", cli->args[0]);
            return sc_error_hint(err, "See: scaler help");
        }
        sc_help_command(c);
    }
    return true;
}
