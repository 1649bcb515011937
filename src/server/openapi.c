/* The OpenAPI 3.1 document and the docs page, both made from the route table. */
#include "base/str.h"
#include "server/resources.h"
#include "server/schemas.h"

#include <stdlib.h>
#include <string.h>

static json_t *schema(const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    return j ? j : json_object();
}

/* "name:type!" entries, separated by commas. */
static void add_query(json_t *parameters, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, ","), name = strcspn(text, ":");
        bool needed = text[n - 1] == '!';
        json_array_append_new(parameters,
                              json_pack("{s:s%, s:s, s:b, s:{s:s%}}", "name", text, name,
                                        "in", "query", "required", needed, "schema",
                                        "type", text + name + 1, n - name - 1 - needed));
        text += n + (text[n] == ',');
    }
}

static void add_path_parameters(json_t *parameters, const char *pattern)
{
    while ((pattern = strchr(pattern, '{'))) {
        size_t n = strcspn(++pattern, "}");
        json_array_append_new(parameters, json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name",
                                                    pattern, n, "in", "path", "required",
                                                    1, "schema", "type", "string"));
    }
}

static json_t *content(const char *type, json_t *body)
{
    return json_pack("{s:{s:o}}", type, "schema", body);
}

static json_t *request_body(const struct sc_route *r)
{
    json_t *c = content("application/json", schema(r->request));
    if (r->upload)
        json_object_set_new(c, "application/octet-stream",
                            json_pack("{s:{s:s}}", "schema", "type", "string"));
    return json_pack("{s:b, s:o}", "required", !(r->flags & SC_ROUTE_OPTIONAL_BODY),
                     "content", c);
}

/* "getRecordingsId" from the method and the pattern. */
static char *operation_id(const struct sc_route *r)
{
    struct sc_buf b = SC_BUF_INIT(256);
    bool upper = true;
    for (const char *p = r->method; *p; p++)
        sc_buf_add_char(&b, (char)(*p | 0x20));
    if (!(r->flags & SC_ROUTE_API))
        sc_buf_add_str(&b, "Root");
    for (const char *p = r->pattern; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
        if (letter)
            sc_buf_add_char(&b, upper && *p >= 'a' ? (char)(*p - 32) : *p);
        upper = !letter;
    }
    return sc_buf_detach(&b);
}

static json_t *operation(const struct sc_route *r)
{
    const char *type = r->response_type ? r->response_type : "application/json";
    json_t *parameters = json_array();
    char *id = operation_id(r);
    add_path_parameters(parameters, r->pattern);
    add_query(parameters, r->query);
    json_t *error = content("application/json",
                            json_pack("{s:s}", "$ref", "#/components/schemas/Error"));
    json_t *o = json_pack(
        "{s:s, s:s, s:o, s:{s:{s:s, s:o}, s:{s:s, s:o}}}", "operationId", id ? id : "",
        "summary", r->summary, "parameters", parameters, "responses", "200",
        "description", "As asked", "content",
        content(type, r->response ? schema(r->response) : json_object()), "default",
        "description", "What went wrong, and what to do", "content", error);
    if (r->request)
        json_object_set_new(o, "requestBody", request_body(r));
    if (!(r->flags & SC_ROUTE_PUBLIC))
        json_object_set_new(o, "security", json_pack("[{}, {s:[]}]", "bearer"));
    free(id);
    return o;
}

SC_HANDLER(sc_res_openapi)
{
    (void)req;
    json_t *paths = json_object();
    for (const struct sc_route *r = sc_routes; r->method; r++) {
        if (r->flags & SC_ROUTE_HTML)
            continue;
        char method[8] = "",
             *path =
                 sc_strf("%s%s", r->flags & SC_ROUTE_API ? "/api/v1" : "", r->pattern);
        for (size_t i = 0; r->method[i] && i < sizeof method - 1; i++)
            method[i] = (char)(r->method[i] | 0x20);
        json_t *item = path ? json_object_get(paths, path) : NULL;
        if (path && !item) {
            item = json_object();
            json_object_set_new(paths, path, item);
        }
        json_object_set_new(item, method, operation(r));
        free(path);
    }
    return sc_reply_json_take(
        reply,
        json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:{s:o}, s:{s:{s:s, s:s}}}}",
                  "openapi", "3.1.0", "info", "title", "Scaler Companion", "version",
                  SC_VERSION, "description",
                  "Everything below /api/v1 is also there below /api; the two differ in "
                  "one word: a finished lecture is \"complete\" under the first and "
                  "\"processed\" under the second.",
                  "paths", paths, "components", "schemas", "Error",
                  schema(sc_schema_error), "securitySchemes", "bearer", "type", "http",
                  "scheme", "bearer"),
        err);
}

static void escaped(struct sc_buf *b, const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            sc_buf_add_str(b, "&lt;");
        else if (*text == '&')
            sc_buf_add_str(b, "&amp;");
        else
            sc_buf_add_char(b, *text);
}

static void schema_block(struct sc_buf *b, const char *label, const char *text)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    char *shown = j ? json_dumps(j, JSON_INDENT(2)) : NULL;
    if (shown) {
        sc_buf_addf(b, "<details><summary>%s</summary><pre>", label);
        escaped(b, shown);
        sc_buf_add_str(b, "</pre></details>");
    }
    free(shown);
    json_decref(j);
}

SC_HANDLER(sc_res_docs)
{
    static const char head[] =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta "
        "name=\"viewport\" "
        "content=\"width=device-width\"><title>Scaler Companion API</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem "
        "auto;padding:0 "
        "1rem;color-scheme:light dark}code,pre{font:14px ui-monospace,monospace}"
        "pre{overflow:auto;padding:.5rem;border:1px solid #8886}"
        "section{border-top:1px solid #8886;padding:.5rem "
        "0}h2{font-size:1rem;margin:.3rem "
        "0}b{display:inline-block;min-width:4.5rem}</style><h1>Scaler Companion API</h1>"
        "<p>Everything below <code>/api</code> is also there below <code>/api/v1</code>. "
        "Bodies are JSON. Failures are <code>{\"detail\", \"code\", \"hint\", "
        "\"request_id\"}</code>. The same for machines: <a "
        "href=\"/openapi.json\">openapi.json</a>.</p>";
    struct sc_buf *b = &reply->body;
    (void)req;
    sc_buf_add_str(b, head);
    for (const struct sc_route *r = sc_routes; r->method; r++) {
        if (r->flags & SC_ROUTE_HTML)
            continue;
        sc_buf_addf(b, "<section><h2><b>%s</b> <code>%s%s</code></h2><p>", r->method,
                    r->flags & SC_ROUTE_API ? "/api" : "", r->pattern);
        escaped(b, r->summary);
        sc_buf_add_str(b, "</p>");
        if (r->query)
            sc_buf_addf(b, "<p>Query: <code>%s</code> (! = needed)</p>", r->query);
        schema_block(b, "Request", r->request);
        schema_block(b, "Answer", r->response);
        sc_buf_add_str(b, "</section>");
    }
    sc_reply_header(reply, "Content-Security-Policy: default-src 'none'; style-src "
                           "'unsafe-inline'");
    reply->type = "text/html; charset=utf-8";
    return !b->failed || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}
