#include "base/file.h"
#include "base/str.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sc-file-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return sc_remove_tree(root, NULL) && !sc_dir_exists(root) ? 0 : -1;
}

static void write_is_atomic_and_private(void **state)
{
    (void)state;
    struct stat st;
    char *path = sc_path_join(root, "key");
    char *part = sc_strf("%s.part", path);
    assert_true(sc_file_write(path, "abc", 3, true, NULL));
    assert_int_equal(sc_file_size(path), 3);
    assert_false(sc_file_exists(part));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct sc_buf b = SC_BUF_INIT(0);
    struct sc_error err = {0};
    assert_false(sc_file_read(path, 2, &b, &err));
    assert_int_equal(err.code, SC_ERR_LIMIT);
    sc_buf_finish(&b);
    free(path);
    free(part);
}

static void inside_follows_symlinks(void **state)
{
    (void)state;
    char *link_path = sc_path_join(root, "out");
    char *escape = sc_path_join(link_path, "hostname");
    assert_int_equal(symlink("/etc", link_path), 0);
    assert_false(sc_path_inside(root, escape));
    assert_false(sc_path_inside(root, "/tmp"));
    assert_true(sc_path_inside(root, root));
    free(link_path);
    free(escape);
}

static void locks_exclude(void **state)
{
    (void)state;
    char *path = sc_path_join(root, "lock");
    struct sc_lock a, b;
    struct sc_error err = {0};
    assert_true(sc_lock_try(&a, path, NULL));
    assert_false(sc_lock_try(&b, path, &err));
    assert_int_equal(err.code, SC_ERR_CONFLICT);
    sc_lock_release(&a);
    assert_true(sc_lock_try(&b, path, NULL));
    sc_lock_release(&b);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_is_atomic_and_private),
        cmocka_unit_test(inside_follows_symlinks),
        cmocka_unit_test(locks_exclude),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
