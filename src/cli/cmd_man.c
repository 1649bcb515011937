#include "cli/cli.h"

bool sc_cmd_man(struct sc_cli *cli, struct sc_error *err)
{
    (void)cli;
    (void)err;
    sc_man_page();
    return true;
}
