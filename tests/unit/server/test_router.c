/* Paths to routes. */
#include "cmocka_all.h"
#include "server/http.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct sc_request *req)
{
    for (int i = 0; i < SC_HTTP_MAX_PARAMS; i++)
        free(req->params[i]);
    *req = (struct sc_request){0};
}

static const struct sc_route *find(const char *method, const char *path,
                                   struct sc_request *req)
{
    bool other;
    return sc_route_find(method, path, req, &other);
}

static void both_generations(void **state)
{
    (void)state;
    struct sc_request req = {0};
    const struct sc_route *a = find("GET", "/api/recordings", &req);
    assert_non_null(a);
    assert_int_equal(req.generation, 1);
    assert_ptr_equal(find("GET", "/api/v1/recordings", &req), a);
    assert_int_equal(req.generation, 2);
    assert_null(find("GET", "/recordings", &req));
    assert_non_null(find("GET", "/health", &req));
    assert_non_null(find("HEAD", "/api/health", &req));
}

static void names_are_filled(void **state)
{
    (void)state;
    struct sc_request req = {0};
    const struct sc_route *r = find("GET", "/api/recordings/check", &req);
    assert_string_equal(r->pattern, "/recordings/check");
    assert_null(req.params[0]);
    r = find("GET", "/api/recordings/abc", &req);
    assert_string_equal(r->pattern, "/recordings/{id}");
    assert_string_equal(req.params[0], "abc");
    drop(&req);
    r = find("GET", "/api/recordings/abc/transcript", &req);
    assert_string_equal(r->pattern, "/recordings/{id}/transcript");
    drop(&req);
    r = find("GET", "/content/abc/slides/00_00_01.png", &req);
    assert_string_equal(req.params[0], "abc");
    assert_string_equal(req.params[1], "slides/00_00_01.png");
    drop(&req);
    assert_null(find("GET", "/content/abc/", &req));
    assert_null(find("GET", "/content/abc", &req));
    assert_null(find("GET", "/api/recordings//transcript", &req));
    assert_null(find("GET", "/api/recordings/a/b/transcript", &req));
    assert_null(find("GET", "/api/v1", &req));
    assert_null(find("GET", "", &req));
    drop(&req);
}

static void a_slash_at_the_end_is_the_same_resource(void **state)
{
    (void)state;
    struct sc_request req = {0};
    assert_ptr_equal(find("GET", "/api/recordings/", &req),
                     find("GET", "/api/recordings", &req));
    assert_null(find("DELETE", "/api/recordings/", &req));
    assert_null(find("GET", "/api/recordings//", &req));
    assert_null(find("GET", "/health/", &req));
}

static void other_methods_are_told(void **state)
{
    (void)state;
    struct sc_request req = {0};
    bool other;
    char methods[64];
    assert_null(sc_route_find("PUT", "/api/download", &req, &other));
    assert_true(other);
    assert_null(sc_route_find("GET", "/api/nothing", &req, &other));
    assert_false(other);
    sc_route_methods("/api/recordings/abc", methods, sizeof methods);
    assert_string_equal(methods, "GET, PATCH, DELETE");
    sc_route_methods("/nothing", methods, sizeof methods);
    assert_string_equal(methods, "");
}

/* A table that was edited carelessly is found here, not by a client. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (const struct sc_route *r = sc_routes; r->method; r++) {
        json_error_t at;
        assert_non_null(r->handler);
        assert_true(r->pattern[0] == '/' && strlen(r->summary) > 5 && r->scope);
        assert_true((r->response != NULL) != (r->response_type != NULL));
        for (int i = 0; i < 2; i++) {
            const char *text = i ? r->request : r->response;
            json_t *j = text ? json_loads(text, 0, &at) : NULL;
            if (text && !j)
                fail_msg("%s %s: %s: %s", r->method, r->pattern, at.text, text);
            json_decref(j);
        }
        for (const struct sc_route *s = r + 1; s->method; s++)
            if (strcmp(r->method, s->method) == 0 &&
                strcmp(r->pattern, s->pattern) == 0 &&
                (r->flags & SC_ROUTE_API) == (s->flags & SC_ROUTE_API))
                fail_msg("%s %s is there twice", r->method, r->pattern);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_generations),
        cmocka_unit_test(names_are_filled),
        cmocka_unit_test(a_slash_at_the_end_is_the_same_resource),
        cmocka_unit_test(other_methods_are_told),
        cmocka_unit_test(the_table_is_sound),
    };
    return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
