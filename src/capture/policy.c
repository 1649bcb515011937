/*
 * CloudFront's custom policy: JSON in base64 whose `+`, `=` and `/` are written
 * `-`, `_` and `~` so that it can stand in a query (Amazon CloudFront Developer
 * Guide, "Create a signed URL using a custom policy").
 */
#include "base/digest.h"
#include "base/str.h"
#include "capture/capture.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_POLICY = 64 * 1024, /* a URL of that length works nowhere */
    MAX_STATEMENTS = 100,
};

static const int64_t MAX_UNIX = 253402300799; /* 9999-12-31T23:59:59Z */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Undoes percent-encoding and the given substitution of three characters. */
static void to_base64(const char *policy, const char *from, struct sc_buf *out)
{
    static const char to[] = "+=/";
    for (const char *s = policy; *s; s++) {
        char c = *s;
        int hi = c == '%' ? hex_digit(s[1]) : -1;
        int lo = hi >= 0 ? hex_digit(s[2]) : -1;
        if (lo >= 0) {
            c = (char)(hi << 4 | lo);
            s += 2;
        }
        const char *at = c ? strchr(from, c) : NULL;
        sc_buf_add_char(out, at ? to[at - from] : c);
    }
}

static json_t *decode_json(const char *policy, const char *from)
{
    struct sc_buf text = SC_BUF_INIT(2 * MAX_POLICY), bytes = SC_BUF_INIT(2 * MAX_POLICY);
    json_t *json = NULL;
    to_base64(policy, from, &text);
    if (!text.failed && sc_base64_decode(sc_buf_str(&text), text.len, &bytes))
        json = json_loadb(sc_buf_str(&bytes), bytes.len, 0, NULL);
    sc_buf_finish(&text);
    sc_buf_finish(&bytes);
    return json;
}

/* A number, or one written as a string; 0 when it is no time. */
static int64_t epoch_of(const json_t *condition, const char *name)
{
    const json_t *v = json_object_get(json_object_get(condition, name), "AWS:EpochTime");
    double t = 0;
    if (json_is_number(v))
        t = json_number_value(v);
    else if (json_is_string(v) && !sc_parse_double(json_string_value(v), &t))
        return 0;
    return t >= 1 && t <= (double)MAX_UNIX ? (int64_t)t : 0;
}

/* Of several statements the one that ends first decides. */
static bool read_statement(const json_t *statement, struct sc_policy *p)
{
    const json_t *condition = json_object_get(statement, "Condition");
    const char *resource = json_string_value(json_object_get(statement, "Resource"));
    int64_t ends = epoch_of(condition, "DateLessThan");
    int64_t starts = epoch_of(condition, "DateGreaterThan");
    if (resource && !p->resource) {
        p->resource = sc_strdup(resource);
        if (!p->resource)
            return false;
    }
    if (ends && (!p->ends_unix || ends < p->ends_unix))
        p->ends_unix = ends;
    if (starts > p->starts_unix)
        p->starts_unix = starts;
    return true;
}

static bool read_policy(const json_t *json, struct sc_policy *p, struct sc_error *err)
{
    const json_t *statement = json_object_get(json, "Statement");
    size_t n = json_is_array(statement) ? json_array_size(statement) : 1;
    bool ok = true;
    if (!json_is_object(statement) && !(json_is_array(statement) && n))
        return sc_fail(err, SC_ERR_INVALID, "the signature's Policy holds no Statement");
    for (size_t i = 0; ok && i < n && i < MAX_STATEMENTS; i++)
        ok = read_statement(
            json_is_array(statement) ? json_array_get(statement, i) : statement, p);
    return ok || sc_fail(err, SC_ERR_MEMORY, "not enough memory for the Policy");
}

bool sc_policy_decode(const char *policy, struct sc_policy *out, struct sc_error *err)
{
    struct sc_policy p = {0};
    if (!policy || !*policy)
        return sc_fail(err, SC_ERR_INVALID, "the signature's Policy is empty");
    if (strlen(policy) > MAX_POLICY)
        return sc_fail(err, SC_ERR_LIMIT, "the signature's Policy is longer than %d kB",
                       MAX_POLICY / 1024);
    json_t *json = decode_json(policy, "-_~");
    if (!json) /* base64url, as some clients store it */
        json = decode_json(policy, "-._");
    if (!json)
        return sc_fail(err, SC_ERR_INVALID,
                       "the signature's Policy cannot be decoded: it is not the "
                       "URL-safe base64 of a JSON document");
    bool ok = read_policy(json, &p, err);
    json_decref(json);
    if (!ok) {
        sc_policy_finish(&p);
        return false;
    }
    *out = p;
    return true;
}

void sc_policy_finish(struct sc_policy *p)
{
    free(p->resource);
    *p = (struct sc_policy){0};
}
