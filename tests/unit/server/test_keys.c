/* Bearer keys. */
#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"
#include "server/http.h"
#include "server/keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void made_checked_removed(void **state)
{
    (void)state;
    json_t *keys = json_array();
    char a[SC_KEY_SIZE], b[SC_KEY_SIZE], c[SC_KEY_SIZE];
    assert_true(sc_keys_add(keys, "a", SC_SCOPE_READ, a, NULL));
    assert_true(sc_keys_add(keys, "b", SC_SCOPE_READ | SC_SCOPE_SUBMIT, b, NULL));
    assert_true(sc_keys_add(keys, "c", SC_SCOPE_ADMIN | SC_SCOPE_SUBMIT | SC_SCOPE_READ,
                            c, NULL));
    assert_false(sc_keys_add(keys, "a", SC_SCOPE_READ, b, NULL));
    assert_int_equal(sc_keys_scopes(keys, a), SC_SCOPE_READ);
    assert_int_equal(sc_keys_scopes(keys, b), SC_SCOPE_READ | SC_SCOPE_SUBMIT);
    assert_true(sc_keys_scopes(keys, c) & SC_SCOPE_ADMIN);
    assert_int_equal(sc_keys_scopes(keys, ""), 0);
    assert_int_equal(sc_keys_scopes(keys, "sk_0"), 0);
    char *text = json_dumps(keys, 0);
    assert_null(strstr(text, a));
    assert_null(strstr(text, c + 3));
    free(text);
    assert_true(sc_keys_remove(keys, "b", NULL));
    assert_false(sc_keys_remove(keys, "b", NULL));
    assert_int_equal(sc_keys_scopes(keys, b), 0);
    assert_int_equal(sc_keys_scopes(keys, a), SC_SCOPE_READ);
    json_decref(keys);
}

static void kept_in_private(void **state)
{
    (void)state;
    char root[] = "/tmp/sc-keys-XXXXXX", key[SC_KEY_SIZE];
    json_t *keys = NULL;
    struct stat st;
    assert_non_null(mkdtemp(root));
    char *dir = sc_path_join(root, ".scaler"), *path = sc_path_join(dir, "keys.json");
    assert_true(sc_mkdirs(dir, NULL));
    assert_true(sc_keys_load(root, &keys, NULL));
    assert_int_equal(json_array_size(keys), 0);
    assert_true(sc_keys_add(keys, "x", SC_SCOPE_READ, key, NULL));
    assert_true(sc_keys_save(root, keys, NULL));
    json_decref(keys);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(sc_keys_load(root, &keys, NULL));
    assert_int_equal(sc_keys_scopes(keys, key), SC_SCOPE_READ);
    json_decref(keys);
    assert_true(sc_file_write(path, "{", 1, true, NULL));
    assert_false(sc_keys_load(root, &keys, NULL));
    free(path);
    free(dir);
    sc_remove_tree(root, NULL);
}

static void scopes_are_read(void **state)
{
    (void)state;
    unsigned bits;
    assert_true(sc_scopes_parse("read", &bits, NULL) && bits == SC_SCOPE_READ);
    assert_true(sc_scopes_parse("read,worker", &bits, NULL));
    assert_int_equal(bits, SC_SCOPE_READ | SC_SCOPE_WORKER);
    assert_false(sc_scopes_parse("", &bits, NULL));
    assert_false(sc_scopes_parse("root", &bits, NULL));
    assert_false(sc_scopes_parse("read,,submit", &bits, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_checked_removed),
        cmocka_unit_test(kept_in_private),
        cmocka_unit_test(scopes_are_read),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
