#include "base/config.h"
#include "base/str.h"
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pairs {
    char text[512];
};

static bool collect(void *user, const char *name, const char *value, struct sc_error *err)
{
    struct pairs *p = user;
    (void)err;
    size_t at = strlen(p->text);
    snprintf(p->text + at, sizeof p->text - at, "%s=%s;", name, value);
    return true;
}

static void env_files(void **state)
{
    (void)state;
    const char *text = "\xEF\xBB\xBF# c\r\nA=1\r\nexport B = \"x\\n#y\" # z\n\nC='a\"b'\nD=v w # c\nE=a#b\nF=";
    struct pairs p = {{0}};
    assert_true(sc_env_parse(text, strlen(text), collect, &p, NULL));
    assert_string_equal(p.text, "A=1;B=x\n#y;C=a\"b;D=v w;E=a#b;F=;");
}

static void env_errors_name_the_line(void **state)
{
    (void)state;
    const char *bad[] = {"A=1\nnonsense\n", "A=1\nB=\"open\n", "A=1\nB='x' y\n", "\n1A=2\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sc_error err = {0};
        struct pairs p = {{0}};
        assert_false(sc_env_parse(bad[i], strlen(bad[i]), collect, &p, &err));
        assert_non_null(strstr(err.cause, "line 2"));
    }
}

static void precedence(void **state)
{
    (void)state;
    char dir[] = "/tmp/sc-config-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *env = sc_strf("%s/env", dir);
    FILE *f = fopen(env, "w");
    fputs("OLLAMA_MODEL=from-file\nWHISPER_MODEL=tiny\nOLLAMA_BASE_URL=http://h:1/\n", f);
    fclose(f);
    setenv("SCALER_ENV_FILE", env, 1);
    setenv("WHISPER_MODEL", "base.en", 1);
    struct sc_config *c;
    struct sc_error err = {0};
    assert_true(sc_config_load(&c, &err));
    assert_string_equal(sc_config_str(c, SC_SET_OLLAMA_MODEL), "from-file");
    assert_int_equal(sc_config_source(c, SC_SET_OLLAMA_MODEL), SC_SOURCE_ENV_FILE);
    assert_string_equal(sc_config_str(c, SC_SET_WHISPER_MODEL), "base.en");
    assert_string_equal(sc_config_str(c, SC_SET_OLLAMA_URL), "http://h:1");
    assert_int_equal(sc_config_int(c, SC_SET_PORT), 8000);
    sc_config_destroy(c);

    setenv("LLM_PROVIDER", "magic", 1);
    assert_false(sc_config_load(&c, &err));
    assert_non_null(strstr(err.cause, "LLM_PROVIDER"));
    assert_non_null(strstr(err.cause, "magic"));
    assert_non_null(strstr(err.cause, "builtin"));
    unsetenv("LLM_PROVIDER");
    unlink(env);
    rmdir(dir);
    free(env);
}

static void secrets_are_masked(void **state)
{
    (void)state;
    char out[64];
    setenv("OPENAI_API_KEY", "sk-abcdefghijklmnop", 1);
    setenv("SCALER_ENV_FILE", "", 1);
    struct sc_config *c;
    assert_true(sc_config_load(&c, NULL));
    sc_config_display(c, SC_SET_OPENAI_API_KEY, out, sizeof out);
    assert_null(strstr(out, "abcdef"));
    sc_config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(env_files),
        cmocka_unit_test(env_errors_name_the_line),
        cmocka_unit_test(precedence),
        cmocka_unit_test(secrets_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
