#include "base/proc.h"
#include "cmocka_all.h"

#include <string.h>
#include <unistd.h>

static void output_and_status(void **state)
{
    (void)state;
    struct sc_buf out = SC_BUF_INIT(0);
    int status = -1;
    const char *argv[] = {"sh", "-c", "printf hello; exit 3", NULL};
    assert_true(sc_proc_run(argv, &out, &status, NULL, NULL));
    assert_string_equal(sc_buf_str(&out), "hello");
    assert_int_equal(status, 3);
    sc_buf_finish(&out);
}

static void missing_programs_are_dependencies(void **state)
{
    (void)state;
    struct sc_error err = {0};
    int status;
    const char *argv[] = {"no-such-program-at-all", NULL};
    assert_false(sc_proc_run(argv, NULL, &status, NULL, &err));
    assert_int_equal(err.code, SC_ERR_DEPENDENCY);
}

static void stdin_reaches_the_child(void **state)
{
    (void)state;
    struct sc_proc p;
    char back[8] = {0};
    int status;
    const char *argv[] = {"sh", "-c", "cat; echo $SC_X", NULL};
    const char *env[] = {"SC_X=y", NULL};
    assert_true(sc_proc_start(&p, argv, env, SC_PROC_STDIN | SC_PROC_STDOUT, NULL));
    assert_int_equal(write(p.stdin_fd, "abc", 3), 3);
    sc_proc_close_stdin(&p);
    assert_true(sc_proc_wait(&p, &status, NULL));
    assert_int_equal(read(p.stdout_fd, back, 7), 5);
    assert_string_equal(back, "abcy\n");
    sc_proc_stop(&p, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_status),
        cmocka_unit_test(missing_programs_are_dependencies),
        cmocka_unit_test(stdin_reaches_the_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
