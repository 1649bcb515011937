/* `scaler keys`: who may use the server from another machine. */
#include "base/file.h"
#include "base/str.h"
#include "cli/cli.h"
#include "server/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool list(struct sc_cli *cli, json_t *keys, struct sc_error *err)
{
    size_t i, n;
    json_t *k, *scope, *shown = json_array();
    json_array_foreach(keys, i, k)
    {
        json_array_append_new(shown, json_pack("{s:O s:O s:O}", "name",
                                               json_object_get(k, "name"), "scopes",
                                               json_object_get(k, "scopes"), "created",
                                               json_object_get(k, "created")));
        if (cli->json)
            continue;
        printf("%-24s %s ", json_string_value(json_object_get(k, "name")),
               json_string_value(json_object_get(k, "created")));
        json_array_foreach(json_object_get(k, "scopes"), n, scope)
            printf("%s%s", n ? "," : "", json_string_value(scope));
        putchar('\n');
    }
    if (cli->json)
        return sc_out_json_take(json_pack("{s:o}", "keys", shown), err);
    json_decref(shown);
    if (json_array_size(keys) == 0)
        sc_out_note(cli, "There is no key yet. Make one: scaler keys add NAME");
    return true;
}

static bool add(struct sc_cli *cli, const char *root, json_t *keys, struct sc_error *err)
{
    const char *scopes = sc_cli_option(cli, "scopes");
    char secret[SC_KEY_SIZE];
    unsigned bits = 0;
    char *dir = sc_path_join(root, ".scaler");
    bool ok = dir && sc_mkdirs(dir, err) &&
              sc_scopes_parse(scopes ? scopes : "read,submit", &bits, err) &&
              sc_keys_add(keys, cli->args[1], bits, secret, err) &&
              sc_keys_save(root, keys, err);
    free(dir);
    if (!ok)
        return false;
    if (cli->json)
        return sc_out_json_take(
            json_pack("{s:s s:s}", "name", cli->args[1], "key", secret), err);
    printf("%s\n", secret);
    sc_out_note(cli, "Keep it: it is not shown again. A running server reads the keys again "
                     "on SIGHUP.");
    return true;
}

bool sc_cmd_keys(struct sc_cli *cli, struct sc_error *err)
{
    const char *root = sc_config_str(cli->config, SC_SET_OUTPUT_DIR);
    const char *verb = cli->n_args > 0 ? cli->args[0] : "list";
    json_t *keys = NULL;
    bool named = cli->n_args > 1;
    if (!sc_keys_load(root, &keys, err))
        return false;
    bool ok;
    if (sc_str_eq(verb, "add") && named)
        ok = add(cli, root, keys, err);
    else if (sc_str_eq(verb, "rm") && named)
        ok = sc_keys_remove(keys, cli->args[1], err) && sc_keys_save(root, keys, err);
    else if (sc_str_eq(verb, "list") && !named)
        ok = list(cli, keys, err);
    else
        ok = sc_fail(err, SC_ERR_USAGE, "keys takes list, add NAME or rm NAME");
    json_decref(keys);
    return ok;
}
