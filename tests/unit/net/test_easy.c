/* Which requests of a site are signed, and with what. */
#include "net/easy.h"

#include "net/http.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"Policy", "Signature"};
static const char *const values[] = {"ours", "s"};

static void check_url(const struct sc_http_site *site, const char *url, const char *want)
{
    struct curl_slist *headers = NULL;
    char *effective = NULL;
    CURL *h = curl_easy_init();
    assert_non_null(h);
    assert_true(
        sc_easy_prepare(h, url, site->url, NULL, site, &headers, &effective, NULL));
    assert_string_equal(effective, want);
    free(effective);
    curl_slist_free_all(headers);
    curl_easy_cleanup(h);
}

static void signs_its_hosts(void **state)
{
    const struct sc_http_site site = {.url = "https://a.example/l/i.m3u8",
                                      .also = "https://b.example/s/",
                                      .query_names = names,
                                      .query_values = values,
                                      .n_query = 2};
    (void)state;
    check_url(&site, "https://a.example/k",
              "https://a.example/k?Policy=ours&Signature=s");
    check_url(&site, "https://b.example/1",
              "https://b.example/1?Policy=ours&Signature=s");
    check_url(&site, "https://b.example:8/1", "https://b.example:8/1");
    check_url(&site, "http://b.example/1", "http://b.example/1");
    check_url(&site, "https://c.example/1", "https://c.example/1");
}

static void leaves_what_is_signed_for_itself(void **state)
{
    struct sc_http_site site = {.url = "https://a.example/l/i.m3u8",
                                .query_names = names,
                                .query_values = values,
                                .n_query = 2,
                                .resource = "https://a.example/l/i.m3u8"};
    const char *own = "https://a.example/l/1.ts?Policy=own&Signature=t";
    (void)state;
    check_url(&site, own, own);
    /* Not signed: ours is all there is. */
    check_url(&site, "https://a.example/l/1.ts",
              "https://a.example/l/1.ts?Policy=ours&Signature=s");
    check_url(&site, "https://a.example/l/1.ts?Policy=own",
              "https://a.example/l/1.ts?Policy=ours&Signature=s");
    /* What a playlist has of an old signature for the same addresses gives way. */
    site.resource = "https://a.example/l/*";
    check_url(&site, own, "https://a.example/l/1.ts?Policy=ours&Signature=s");
    site.resource = NULL;
    check_url(&site, own, "https://a.example/l/1.ts?Policy=ours&Signature=s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_its_hosts),
        cmocka_unit_test(leaves_what_is_signed_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
