/*
 * scaler: the entry point. Reads the command line and the settings, runs one
 * command, shows its failure once, and ends with the failure's exit code.
 */
#include "base/log.h"
#include "base/platform.h"
#include "cli/cli.h"
#include "library/library.h"
#include "net/http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Signal handlers need it to outlive everything. */
static struct sc_cancel cancel;

static void set_log_level(const struct sc_cli *cli)
{
    enum sc_log_level level = SC_LOG_WARNING;
    /* On a terminal progress takes the place of INFO, unless it is asked for. */
    if (cli->config &&
        sc_config_source(cli->config, SC_SET_LOG_LEVEL) != SC_SOURCE_DEFAULT)
        sc_log_parse_level(sc_config_str(cli->config, SC_SET_LOG_LEVEL), &level);
    if (cli->quiet)
        level = SC_LOG_ERROR;
    if (cli->verbose)
        level = SC_LOG_DEBUG;
    sc_log_set_level(level);
    if (cli->config)
        sc_log_set_json(sc_config_str(cli->config, SC_SET_LOG_FORMAT)[0] == 'j');
}

static bool load_settings(struct sc_cli *cli, struct sc_error *err)
{
    const char *library = sc_cli_option(cli, "library");
    if (!sc_config_load(&cli->config, err))
        return false;
    return !library ||
           sc_config_set(cli->config, SC_SET_OUTPUT_DIR, library, SC_SOURCE_OPTION, err);
}

static bool run(struct sc_cli *cli, int argc, char **argv, struct sc_error *err)
{
    if (!sc_cli_parse(cli, argc, argv, err))
        return false;
    if (!cli->command) {
        sc_help_overview();
        return true;
    }
    if (sc_cli_flag(cli, "help")) {
        sc_help_command(cli->command);
        return true;
    }
    if (!(cli->command->flags & SC_COMMAND_NO_CONFIG) && !load_settings(cli, err))
        return false;
    set_log_level(cli);
    return sc_http_global_init(err) && cli->command->run(cli, err);
}

struct sc_library *sc_cli_library(struct sc_cli *cli, struct sc_error *err)
{
    const char *root = sc_config_str(cli->config, SC_SET_OUTPUT_DIR);
    bool reads = cli->command->flags & SC_COMMAND_READS;
    if (!cli->library && reads)
        sc_library_open_to_read(root, &cli->library, err);
    else if (!cli->library)
        sc_library_open(root, &cli->library, err);
    return cli->library;
}

int main(int argc, char **argv)
{
    struct sc_cli cli = {.cancel = &cancel};
    struct sc_error err = {0};
    bool closed = false;
    sc_platform_tame_allocator();
    sc_cancel_on_signals(&cancel);
    sc_terminal_of(STDOUT_FILENO, &cli.out);
    sc_terminal_of(STDERR_FILENO, &cli.err);
    bool ok = run(&cli, argc, argv, &err);
    ok = sc_out_flush(&closed, &err) && ok;
    if (!ok) {
        sc_fail(&err, SC_ERR_INTERNAL, "something failed without giving a reason");
        sc_out_error(&cli, &err);
    }
    sc_cli_finish(&cli);
    sc_http_global_finish();
    /* As a program that the signal ended would: head(1) went away. */
    return ok ? (closed ? 128 + SIGPIPE : 0) : sc_error_exit_code(err.code);
}
