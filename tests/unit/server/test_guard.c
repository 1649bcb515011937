/* Who may talk to the server, and who may not. */
#include "cmocka_all.h"
#include "net/private.h"
#include "server/guard.h"

#include <string.h>

#define ID "abcdefghijklmnopabcdefghijklmnop"
#define OTHER "ponmlkjihgfedcbaponmlkjihgfedcba"

static const char *const hosts[] = {"localhost:8000", "127.0.0.1:8000", NULL};
static const char *const origins[] = {"http://localhost:8000", "http://localhost:5173",
                                      NULL};

struct ask {
    const char *method, *host, *origin, *site, *type;
    bool body, open;
    const char *extensions;
};

static struct sc_guard_verdict ask(struct ask a)
{
    struct sc_guard_rules rules = {
        .hosts = hosts, .origins = origins, .extensions = a.extensions, .open = a.open};
    struct sc_guard_input in = {
        .method = a.method ? a.method : "GET",
        .hosts = &a.host,
        .n_hosts = a.host != NULL,
        .origins = &a.origin,
        .n_origins = a.origin != NULL,
        .sec_fetch_site = a.site,
        .content_type = a.type,
        .has_body = a.body,
        .wants_json = true,
    };
    return sc_guard_check(&rules, &in);
}

#define LOCAL .host = "localhost:8000"

static void hosts_must_be_ours(void **state)
{
    (void)state;
    assert_int_equal(ask((struct ask){LOCAL}).status, 0);
    assert_int_equal(ask((struct ask){.host = "LOCALHOST:8000"}).status, 0);
    assert_int_equal(ask((struct ask){.host = "evil.example:8000"}).status, 421);
    assert_int_equal(ask((struct ask){.host = "localhost"}).status, 421);
    assert_int_equal(ask((struct ask){.host = "localhost:8000.evil.example"}).status,
                     421);
    assert_int_equal(ask((struct ask){0}).status, 400);
    const char *two[] = {"localhost:8000", "localhost:8000"};
    struct sc_guard_rules rules = {.hosts = hosts, .origins = origins};
    struct sc_guard_input in = {.method = "GET", .hosts = two, .n_hosts = 2};
    assert_int_equal(sc_guard_check(&rules, &in).status, 400);
    rules.hosts = NULL;
    in.n_hosts = 1;
    two[0] = "anything:1";
    assert_int_equal(sc_guard_check(&rules, &in).status, 0);
}

/* A server for other machines answers to any name: its own pages have that name. */
static void own_pages_under_any_name(void **state)
{
    (void)state;
    static const struct {
        const char *host, *origin;
        bool any_name;
        int status;
    } cases[] = {
        {"192.168.1.7:8000", "http://192.168.1.7:8000", true, 0},
        {"lectures.example", "https://lectures.example", true, 0},
        {"192.168.1.7:8000", "http://192.168.1.7:8000", false, 403},
        {"192.168.1.7:8000", "http://192.168.1.8:8000", true, 403},
        {"192.168.1.7:8000", "http://192.168.1.7:80001", true, 403},
        {"192.168.1.7:8000", "ftp://192.168.1.7:8000", true, 403},
        {"null", "null", true, 403},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_guard_rules rules = {.origins = origins, .any_name = cases[i].any_name};
        struct sc_guard_input in = {.method = "POST",
                                    .hosts = &cases[i].host,
                                    .n_hosts = 1,
                                    .origins = &cases[i].origin,
                                    .n_origins = 1};
        if (sc_guard_check(&rules, &in).status != cases[i].status)
            fail_msg("%s from %s", cases[i].host, cases[i].origin);
    }
}

static void lengths_are_said_once(void **state)
{
    (void)state;
    const char *host = "localhost:8000";
    struct sc_guard_rules rules = {.hosts = hosts, .origins = origins};
    struct sc_guard_input in = {.method = "POST", .hosts = &host, .n_hosts = 1};
    in.n_content_lengths = 1;
    assert_int_equal(sc_guard_check(&rules, &in).status, 0);
    in.n_content_lengths = 2;
    assert_int_equal(sc_guard_check(&rules, &in).status, 400);
    in.n_content_lengths = 1;
    in.n_transfer_encodings = 1;
    assert_int_equal(sc_guard_check(&rules, &in).status, 400);
    in.n_content_lengths = 0;
    assert_int_equal(sc_guard_check(&rules, &in).status, 0);
    in.n_transfer_encodings = 2;
    assert_int_equal(sc_guard_check(&rules, &in).status, 400);
    in.n_transfer_encodings = 0;
    in.n_origins = 2;
    assert_int_equal(sc_guard_check(&rules, &in).status, 400);
}

static void other_sites_stay_out(void **state)
{
    (void)state;
    static const char *const bad[] = {"null",
                                      "https://evil.example",
                                      "http://localhost:3000",
                                      "http://127.0.0.1:8000.evil",
                                      "",
                                      "chrome-extension://",
                                      "chrome-extension://short",
                                      "file://"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ask((struct ask){LOCAL, .origin = bad[i], .open = true}).status,
                         403);
    struct sc_guard_verdict v =
        ask((struct ask){LOCAL, .origin = "http://localhost:5173"});
    assert_int_equal(v.status, 0);
    assert_string_equal(v.origin, "http://localhost:5173");
    assert_int_equal(
        ask((struct ask){.method = "POST", LOCAL, .site = "cross-site"}).status, 403);
    assert_int_equal(
        ask((struct ask){.method = "DELETE", LOCAL, .site = "same-site"}).status, 403);
    assert_int_equal(
        ask((struct ask){.method = "POST", LOCAL, .site = "same-origin"}).status, 0);
    assert_int_equal(ask((struct ask){.method = "POST", LOCAL, .site = "none"}).status,
                     0);
    assert_int_equal(ask((struct ask){.method = "POST", LOCAL}).status, 0);
}

static void extensions_are_paired(void **state)
{
    (void)state;
    struct ask a = {.method = "POST", LOCAL, .origin = "chrome-extension://" ID};
    a.open = true;
    struct sc_guard_verdict v = ask(a);
    assert_int_equal(v.status, 0);
    assert_string_equal(v.stranger, ID);
    a.open = false;
    v = ask(a);
    assert_int_equal(v.status, 403);
    assert_string_equal(v.code, "not_paired");
    a.extensions = OTHER "," ID;
    v = ask(a);
    assert_int_equal(v.status, 0);
    assert_null(v.stranger);
    a.extensions = OTHER;
    assert_int_equal(ask(a).status, 403);
    a.extensions = ID "x";
    assert_int_equal(ask(a).status, 403);
    assert_non_null(
        sc_guard_extension_id("moz-extension://01234567-89ab-cdef-0123-456789abcdef"));
    assert_null(sc_guard_extension_id("chrome-extension://" ID "/"));
    assert_null(
        sc_guard_extension_id("chrome-extension://qrstuvwxyzqrstuvwxyzqrstuvwxyzqr"));
}

static void writes_are_json(void **state)
{
    (void)state;
    struct ask a = {.method = "POST", LOCAL, .body = true};
    static const char *const bad[] = {"text/plain", "application/x-www-form-urlencoded",
                                      "multipart/form-data; boundary=x",
                                      "application/jsonx",
                                      "text/plain; application/json"};
    assert_int_equal(ask(a).status, 415);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        a.type = bad[i];
        assert_int_equal(ask(a).status, 415);
    }
    a.type = "application/json; charset=utf-8";
    assert_int_equal(ask(a).status, 0);
    a.type = "APPLICATION/JSON";
    assert_int_equal(ask(a).status, 0);
}

static void private_addresses_are_known(void **state)
{
    (void)state;
    static const char *const yes[] = {"localhost",
                                      "LOCALHOST",
                                      "x.localhost",
                                      "127.0.0.1",
                                      "127.1",
                                      "0x7f000001",
                                      "2130706433",
                                      "0.0.0.0",
                                      "10.1.2.3",
                                      "172.16.0.1",
                                      "172.31.255.255",
                                      "192.168.1.1",
                                      "169.254.169.254",
                                      "100.64.0.1",
                                      "[::1]",
                                      "::1",
                                      "[::]",
                                      "[fe80::1]",
                                      "[fd00::1]",
                                      "[::ffff:127.0.0.1]",
                                      "[::ffff:10.0.0.1]",
                                      "[64:ff9b::7f00:1]",
                                      "[2002:7f00:1::]",
                                      "224.0.0.1",
                                      "255.255.255.255",
                                      "017700000001"};
    static const char *const no[] = {
        "8.8.8.8",           "172.32.0.1",       "media.scaler.com", "100.128.0.1",
        "[2606:4700::1111]", "[::ffff:8.8.8.8]", "11.0.0.1"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!sc_net_host_is_private(yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (sc_net_host_is_private(no[i]))
            fail_msg("%s", no[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_must_be_ours),
        cmocka_unit_test(own_pages_under_any_name),
        cmocka_unit_test(lengths_are_said_once),
        cmocka_unit_test(other_sites_stay_out),
        cmocka_unit_test(extensions_are_paired),
        cmocka_unit_test(writes_are_json),
        cmocka_unit_test(private_addresses_are_known),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
