/* `scaler config`: every setting, its value, and which source it came from. */
#include "base/str.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_SIZE = 1024 };

static const char *const type_names[] = {
    "string", "path", "int", "bool", "choice", "url", "language", "duration", "secret"};
_Static_assert(sizeof type_names / sizeof type_names[0] == SC_SETTING_SECRET + 1,
               "one per type");

static json_t *setting_json(const struct sc_config *c, enum sc_setting id)
{
    char shown[SHOWN_SIZE];
    const struct sc_setting_info *info = sc_config_info(id);
    sc_config_display(c, id, shown, sizeof shown);
    return json_pack("{s:s s:s s:s s:s s:s? s:s s:s}", "name", info->variable, "value",
                     shown, "source", sc_setting_source_name(sc_config_source(c, id)),
                     "type", type_names[info->type], "allowed", info->allowed, "default",
                     info->fallback, "meaning", info->meaning);
}

static void print_setting(const struct sc_cli *cli, enum sc_setting id, bool detail)
{
    char shown[SHOWN_SIZE];
    const struct sc_setting_info *info = sc_config_info(id);
    enum sc_setting_source source = sc_config_source(cli->config, id);
    bool set = source != SC_SOURCE_DEFAULT;
    sc_config_display(cli->config, id, shown, sizeof shown);
    printf("%s%-27s%s %s  %s(%s)%s\n", set ? sc_style(&cli->out, SC_STYLE_BOLD) : "",
           info->variable, set ? sc_style_end(&cli->out) : "", *shown ? shown : "empty",
           sc_style(&cli->out, SC_STYLE_DIM), sc_setting_source_name(source),
           sc_style_end(&cli->out));
    if (!detail)
        return;
    printf("  ");
    sc_out_wrapped(info->meaning, 2, 2, cli->out.columns);
    if (info->allowed)
        printf("  allowed: %s\n", info->allowed);
    printf("  default: %s\n", info->fallback[0] ? info->fallback : "empty");
}

static bool find_setting(const char *name, enum sc_setting *out, struct sc_error *err)
{
    for (int i = 0; i < SC_SET_COUNT; i++) {
        const struct sc_setting_info *info = sc_config_info((enum sc_setting)i);
        if (sc_str_ieq(info->variable, name) ||
            (info->alias && sc_str_ieq(info->alias, name))) {
            *out = (enum sc_setting)i;
            return true;
        }
    }
    sc_fail(err, SC_ERR_NOT_FOUND, "there is no setting \"%.60s\"", name);
    return sc_error_hint(err, "scaler config lists them all.");
}

bool sc_cmd_config(struct sc_cli *cli, struct sc_error *err)
{
    enum sc_setting id = SC_SET_OUTPUT_DIR;
    if (cli->n_args == 1) {
        if (!find_setting(cli->args[0], &id, err))
            return false;
        if (cli->json)
            return sc_out_json_take(setting_json(cli->config, id), err);
        print_setting(cli, id, true);
        return true;
    }
    if (!cli->json) {
        for (int i = 0; i < SC_SET_COUNT; i++)
            print_setting(cli, (enum sc_setting)i, cli->verbose);
        return true;
    }
    json_t *list = json_array();
    for (int i = 0; list && i < SC_SET_COUNT; i++)
        json_array_append_new(list, setting_json(cli->config, (enum sc_setting)i));
    return sc_out_json_take(json_pack("{s:o}", "settings", list), err);
}
