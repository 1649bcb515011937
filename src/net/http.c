#include "net/http.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "net/easy.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CONNECT_MS = 10000,
    DEFAULT_STALL_MS = 30000,
    DEFAULT_MAX_BODY = 64 * 1024 * 1024,
    ERROR_BODY_MAX = 64 * 1024, /* kept of an answer that is not 2xx, with on_body */
    POLL_MS = 100,              /* how soon a cancel is seen */
    BACKOFF_FIRST_MS = 250,
    BACKOFF_MAX_MS = 8000,
    RETRY_AFTER_MAX_S = 60,
};

bool sc_http_global_init(struct sc_error *err)
{
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    return rc == CURLE_OK || sc_fail(err, SC_ERR_INTERNAL, "libcurl does not start: %s",
                                     curl_easy_strerror(rc));
}

void sc_http_global_finish(void)
{
    curl_global_cleanup();
}

void sc_http_response_finish(struct sc_http_response *r)
{
    sc_buf_finish(&r->body);
    free(r->effective_url);
    free(r->content_type);
    free(r->etag);
    *r = (struct sc_http_response){0};
}

/* One transfer: what the curl callbacks need. */
struct transfer {
    CURL *h;
    const struct sc_http_request *req;
    struct sc_http_response *out;
    double last_activity_s;
    curl_off_t seen_down, seen_up;
    bool delivered; /* on_body got bytes */
    bool stopped, too_large;
    char detail[CURL_ERROR_SIZE];
};

static size_t on_write(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    size_t len = size * n;
    long status = 0;
    t->last_activity_s = sc_clock_monotonic_s();
    curl_easy_getinfo(t->h, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300 && status < 400)
        return len;
    if (t->req->on_body && status < 300) {
        t->delivered = true;
        t->stopped = !t->req->on_body(t->req->user, data, len);
        return t->stopped ? 0 : len;
    }
    size_t max = t->req->max_body ? t->req->max_body : DEFAULT_MAX_BODY;
    if (t->req->on_body && t->out->body.len + len > ERROR_BODY_MAX)
        return len;
    t->too_large = t->out->body.len + len > max;
    if (t->too_large)
        return 0;
    sc_buf_add(&t->out->body, data, len);
    return t->out->body.failed ? 0 : len;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    size_t len = size * n;
    t->last_activity_s = sc_clock_monotonic_s();
    if (len > 5 && curl_strnequal(data, "HTTP/", 5)) {
        free(t->out->etag);
        t->out->etag = NULL;
    } else if (len > 5 && curl_strnequal(data, "etag:", 5)) {
        char *value = sc_strndup(data + 5, len - 5);
        free(t->out->etag);
        t->out->etag = value ? sc_strdup(sc_str_trim(value)) : NULL;
        free(value);
    }
    return len;
}

static int on_progress(void *user, curl_off_t dt, curl_off_t down, curl_off_t ut,
                       curl_off_t up)
{
    struct transfer *t = user;
    if (down != t->seen_down || up != t->seen_up)
        t->last_activity_s = sc_clock_monotonic_s();
    t->seen_down = down;
    t->seen_up = up;
    return 0;
}

static void set_request(CURL *h, struct transfer *t, const struct sc_http_request *req)
{
    const char *method = req->method ? req->method : "GET";
    if (req->body) {
        curl_easy_setopt(h, CURLOPT_POST, 1L);
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
        curl_easy_setopt(h, CURLOPT_POSTFIELDS, req->body);
    }
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, req->body ? "POST" : "GET") != 0)
        curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
    if (req->range_start >= 0) {
        char range[64];
        if (req->range_end >= 0)
            snprintf(range, sizeof range, "%lld-%lld", (long long)req->range_start,
                     (long long)req->range_end);
        else
            snprintf(range, sizeof range, "%lld-", (long long)req->range_start);
        curl_easy_setopt(h, CURLOPT_RANGE, range);
        curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "identity");
    }
    curl_easy_setopt(
        h, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(req->connect_timeout_ms ? req->connect_timeout_ms : DEFAULT_CONNECT_MS));
    if (req->total_timeout_ms)
        curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)req->total_timeout_ms);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, t->detail);
}

/* Drives one handle to its end; curl_easy_perform would see a cancel late. */
static CURLcode drive(CURLM *m, struct transfer *t, const struct sc_cancel *cancel)
{
    int stall_ms = t->req->stall_timeout_ms ? t->req->stall_timeout_ms : DEFAULT_STALL_MS;
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    if (curl_multi_add_handle(m, t->h) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    t->last_activity_s = sc_clock_monotonic_s();
    for (;;) {
        int running = 0, left = 0;
        if (curl_multi_perform(m, &running) != CURLM_OK)
            break;
        CURLMsg *msg = curl_multi_info_read(m, &left);
        if (msg && msg->msg == CURLMSG_DONE) {
            result = msg->data.result;
            break;
        }
        if (sc_cancelled(cancel))
            break;
        /* A model that reads a long prompt is silent for minutes before it answers. */
        bool waiting = t->req->first_byte_timeout_ms && t->seen_down == 0;
        int limit_ms = waiting ? t->req->first_byte_timeout_ms : stall_ms;
        if (sc_clock_monotonic_s() - t->last_activity_s > limit_ms / 1000.0) {
            snprintf(t->detail, sizeof t->detail, "no byte for %d s", limit_ms / 1000);
            result = CURLE_OPERATION_TIMEDOUT;
            break;
        }
        curl_multi_poll(m, NULL, 0, POLL_MS, NULL);
    }
    curl_multi_remove_handle(m, t->h);
    return result;
}

static void take_answer(struct transfer *t, const char *url)
{
    struct sc_http_response *out = t->out;
    long status = 0;
    const char *type = NULL;
    curl_off_t length = -1;
    curl_easy_getinfo(t->h, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->h, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(t->h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    out->status = status ? (int)status : 200; /* file:// has none */
    free(out->content_type);
    out->content_type = type ? sc_strdup(type) : NULL;
    out->content_length = (int64_t)length;
    out->retry_after_s = sc_easy_retry_after(t->h);
    free(out->effective_url);
    out->effective_url = sc_strdup(url);
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

/* One request with its redirects. */
static bool attempt(CURLM *m, struct transfer *t, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    struct sc_http_request req = *t->req;
    char *url = sc_strdup(req.url);
    bool ok = false;
    for (int hops = 0; url; hops++) {
        struct curl_slist *headers = NULL;
        char *next = NULL;
        if (!sc_easy_prepare(t->h, url, req.url, req.headers, req.site, &headers, NULL,
                             err))
            break;
        struct sc_http_request hop = req;
        set_request(t->h, t, &hop);
        sc_buf_clear(&t->out->body);
        CURLcode rc = drive(m, t, cancel);
        take_answer(t, url);
        curl_slist_free_all(headers);
        if (sc_cancel_check(cancel, err))
            break;
        if (t->stopped) {
            sc_fail(err, SC_ERR_CANCELLED, "the transfer was stopped by its reader");
            break;
        }
        if (t->too_large) {
            char *shown = sc_url_redact(url);
            sc_fail(err, SC_ERR_LIMIT, "the answer of %s is too large",
                    shown ? shown : "the server");
            free(shown);
            break;
        }
        if (rc != CURLE_OK) {
            sc_easy_fail(err, rc, url, t->detail);
            break;
        }
        if (is_redirect(t->out->status))
            next = sc_easy_redirect(t->h, req.site);
        if (!next) {
            ok = true;
            break;
        }
        if (hops == SC_NET_MAX_REDIRECTS) {
            free(next);
            sc_fail(err, SC_ERR_NETWORK, "the server redirects in a circle");
            break;
        }
        /* RFC 9110 15.4.4: after 303 the answer is fetched with GET. */
        if (t->out->status == 303 || (t->out->status < 303 && req.body)) {
            req.body = NULL;
            req.method = NULL;
        }
        free(url);
        url = next;
    }
    free(url);
    return ok;
}

static bool worth_another_try(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static int backoff_ms(int tries, int64_t retry_after_s)
{
    int ms = BACKOFF_FIRST_MS << (tries < 6 ? tries : 6);
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    ms = ms / 2 + (int)((double)random() / RAND_MAX * ms / 2);
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    return retry_after_s * 1000 > ms ? (int)retry_after_s * 1000 : ms;
}

bool sc_http_perform(const struct sc_http_request *req, struct sc_http_response *out,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    *out = (struct sc_http_response){.content_length = -1, .retry_after_s = -1};
    CURLM *m = curl_multi_init();
    struct transfer t = {.h = curl_easy_init(), .req = req, .out = out};
    bool ok = false;
    if (!m || !t.h)
        sc_fail(err, SC_ERR_MEMORY, "no memory for a request");
    int attempts = req->attempts > 0 ? req->attempts : 1;
    for (int i = 0; m && t.h && i < attempts; i++) {
        struct sc_error now = {0};
        bool last = i + 1 == attempts;
        ok = attempt(m, &t, cancel, &now);
        bool again = ok ? worth_another_try(out->status)
                        : (now.code == SC_ERR_NETWORK || now.code == SC_ERR_TIMEOUT);
        if (last || !again || t.delivered) {
            if (!ok && err && err->code == SC_ERR_OK)
                *err = now;
            break;
        }
        sc_debug("request failed (HTTP %d), trying again", ok ? out->status : 0);
        if (sc_cancel_sleep(cancel, backoff_ms(i, ok ? out->retry_after_s : -1))) {
            ok = false;
            sc_cancel_check(cancel, err);
            break;
        }
    }
    curl_easy_cleanup(t.h);
    if (m)
        curl_multi_cleanup(m);
    return ok;
}
