/* What a transfer that is refused here tells; the rest is tested by tests/faults. */
#include "base/str.h"
#include "cmocka_all.h"
#include "net/fetcher.h"
#include "net/private.h"

#include <stdlib.h>

struct one {
    const char *url;
    bool asked, over;
    struct sc_fetch_answer answer;
};

static enum sc_fetch_next next(void *user, struct sc_fetch_request *out, double *ready_s)
{
    struct one *o = user;
    (void)ready_s;
    if (o->asked)
        return o->over ? SC_FETCH_STOP : SC_FETCH_WAIT;
    o->asked = true;
    out->url = sc_strdup(o->url);
    return SC_FETCH_REQUEST;
}

static enum sc_fetch_take data(void *user, void *tag, const void *bytes, size_t len)
{
    (void)user;
    (void)tag;
    (void)bytes;
    (void)len;
    return SC_FETCH_TAKEN;
}

static void done(void *user, void *tag, const struct sc_fetch_answer *a)
{
    struct one *o = user;
    (void)tag;
    o->answer = *a;
    o->over = true;
}

static struct sc_fetch_answer fetch(const char *url)
{
    struct one o = {.url = url};
    struct sc_fetch_owner owner = {next, data, done, NULL, &o};
    struct sc_fetcher_options opt = {.max_connections = 2};
    struct sc_fetcher *f = NULL;
    assert_true(sc_fetcher_create(&f, &opt, &owner, NULL));
    assert_true(sc_fetcher_run(f, NULL, NULL));
    sc_fetcher_destroy(f);
    assert_true(o.over);
    assert_false(o.answer.complete);
    return o.answer;
}

/* Port 1 has no server: without the refusal it is only unreachable. */
static void a_private_address_is_named_as_such(void **state)
{
    (void)state;
    struct sc_fetch_answer a = fetch("http://127.0.0.1:1/x");
    assert_true(a.unreachable && !a.refused_address);
    sc_net_refuse_private();
    a = fetch("http://127.0.0.1:1/x");
    assert_true(a.refused_address);
    a = fetch("http://localhost:1/x");
    assert_true(a.refused_address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_private_address_is_named_as_such),
    };
    assert_true(sc_http_global_init(NULL));
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    sc_http_global_finish();
    return rc;
}
