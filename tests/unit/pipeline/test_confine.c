#include "cmocka_all.h"
#include "pipeline/confine.h"

#include <string.h>

static void endpoints_of_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        int port; /* 0 = refused */
        bool named;
    } cases[] = {
        {"http://localhost:11434", 11434, false},
        {"http://127.0.0.1:11434/", 11434, false},
        {"https://api.openai.com/v1", 443, true},
        {"http://LOCALHOST/x", 80, false},
        {"http://[::1]:8080/v1", 8080, false},
        {"https://[2001:db8::1]", 443, false},
        {"http://me:pw@nas:9000?x", 9000, true},
        {"HTTP://nas.local", 80, true},
        {"http://127.0.0.1.evil.example", 80, true},
        {"http://h:/x", 80, true},
        {"ftp://x", 0, false},
        {"http://", 0, false},
        {"http://h:0", 0, false},
        {"http://h:65536", 0, false},
        {"http://h:x", 0, false},
        {"http://[::1", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_endpoint e = {0};
        bool ok = sc_endpoint_of(cases[i].url, &e);
        if (ok != (cases[i].port != 0) || e.port != cases[i].port ||
            e.named != cases[i].named)
            fail_msg("%s: %d port %d named %d", cases[i].url, ok, e.port, e.named);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(endpoints_of_addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
