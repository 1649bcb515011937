/* `.env` text: no crash, and every name and value handed out is well-formed. */
#include "base/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check(void *user, const char *name, const char *value, struct sc_error *err)
{
    size_t *n = user;
    (void)err;
    if (!*name || strlen(name) >= 128 || strpbrk(name, "= \t\r\n#"))
        abort();
    *n += strlen(value) + 1;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = 0;
    struct sc_error err = {0};
    bool ok = sc_env_parse((const char *)data, size, check, &n, &err);
    if (ok != (err.code == SC_ERR_OK) || n > size + 1)
        abort();
    return 0;
}
