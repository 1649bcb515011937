/* `.scaler/settings.json` of a library: read or refused with a sentence; values keep
 * their types. */
#include "base/config.h"
#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64], path[128];

static void clean_up(void)
{
    sc_remove_tree(root, NULL);
}

static void prepare(void)
{
    if (root[0])
        return;
    snprintf(root, sizeof root, "%s/sc-fuzz-set-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(root))
        abort();
    atexit(clean_up);
    snprintf(path, sizeof path, "%s/.scaler", root);
    sc_mkdirs(path, NULL);
    snprintf(path, sizeof path, "%s/.scaler/settings.json", root);
    setenv("SCALER_OUTPUT_DIR", root, 1);
    setenv("SCALER_ENV_FILE", "/dev/null", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_config *c = NULL;
    struct sc_error err = {0};
    char shown[256];
    prepare();
    FILE *f = fopen(path, "wb");
    if (!f)
        abort();
    fwrite(data, 1, size, f);
    fclose(f);
    if (!sc_config_load(&c, &err)) {
        if (!err.code || !err.cause[0])
            abort();
        return 0;
    }
    int64_t port = sc_config_int(c, SC_SET_PORT);
    if (port < 1 || port > 65535 ||
        strcmp(sc_config_str(c, SC_SET_OUTPUT_DIR), root) != 0)
        abort();
    for (int i = 0; i < SC_SET_COUNT; i++) {
        enum sc_setting id = (enum sc_setting)i;
        sc_config_display(c, id, shown, sizeof shown);
        if (strlen(shown) >= sizeof shown)
            abort();
        const char *value = sc_config_str(c, id);
        if (sc_config_info(id)->type == SC_SETTING_SECRET && strlen(value) > 8 &&
            strstr(shown, value))
            abort();
        if (sc_config_info(id)->type == SC_SETTING_BOOL)
            sc_config_bool(c, id);
    }
    sc_config_destroy(c);
    return 0;
}
