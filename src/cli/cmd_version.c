#include "base/platform.h"
#include "cli/cli.h"

#include <stdio.h>

bool sc_cmd_version(struct sc_cli *cli, struct sc_error *err)
{
    char system[128];
    sc_platform_describe(system, sizeof system);
    if (cli->json)
        return sc_out_json_take(
            json_pack("{s:s s:s}", "version", SC_VERSION, "system", system), err);
    printf("scaler %s\n", SC_VERSION);
    return true;
}
