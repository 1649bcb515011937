#include "base/log.h"
#include "cli/cli.h"
#include "server/server.h"

#include <string.h>

bool sc_cmd_serve(struct sc_cli *cli, struct sc_error *err)
{
    const char *host = sc_cli_option(cli, "host"), *port = sc_cli_option(cli, "port");
    struct sc_server_options o = {.config = cli->config,
                                  .port_file = sc_cli_option(cli, "port-file"),
                                  .any_port = port && strcmp(port, "0") == 0};
    enum sc_log_level level = SC_LOG_INFO;
    if (host && !sc_config_set(cli->config, SC_SET_HOST, host, SC_SOURCE_OPTION, err))
        return false;
    if (port && !o.any_port &&
        !sc_config_set(cli->config, SC_SET_PORT, port, SC_SOURCE_OPTION, err))
        return false;
    if (!cli->verbose && !cli->quiet &&
        sc_log_parse_level(sc_config_str(cli->config, SC_SET_LOG_LEVEL), &level))
        sc_log_set_level(level);
    sc_log_to_stdout();
    return sc_server_run(&o, cli->cancel, err);
}
