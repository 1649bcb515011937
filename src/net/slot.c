/* One transfer of the fetcher, from its request to its end. */
#include "base/clock.h"
#include "base/str.h"
#include "net/fetcher_int.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000 };

/* A compressed body grows by little, or it is made to fill disks: media is dense. */
enum { SWELL_FACTOR = 8, SWELL_FREE_BYTES = 16 * 1024 * 1024 };

static void release(struct slot *s)
{
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    free(s->req.url);
    s->req.url = NULL;
    sc_buf_finish(&s->held);
}

struct slot *sc_slot_free(struct sc_fetcher *f)
{
    for (int i = 0; i < f->n_slots; i++)
        if (!f->slots[i].used)
            return &f->slots[i];
    return NULL;
}

static void first_byte(struct slot *s, double now)
{
    if (s->got_first)
        return;
    s->got_first = true;
    s->first_s = now;
    sc_ramp_answered(&s->owner->ramp, now);
}

/* To the owner when it is this one's turn, else aside. */
static enum sc_fetch_take hand_over(struct slot *s, const char *data, size_t n)
{
    struct sc_fetcher *f = s->owner;
    if (!s->prev && s->held_taken == s->held.len)
        return f->owner.data(f->owner.user, s->req.tag, data, n);
    sc_buf_add(&s->held, data, n);
    return s->held.failed ? SC_FETCH_ABORT : SC_FETCH_TAKEN;
}

/* Takes the part of data that belongs to the request. */
static size_t deliver(struct slot *s, const char *data, size_t len)
{
    struct sc_fetcher *f = s->owner;
    sc_split_yield(s, len);
    uint64_t wanted = sc_split_length(s) - s->received;
    size_t skipped = s->skip < len ? (size_t)s->skip : len;
    size_t n = len - skipped < wanted ? len - skipped : (size_t)wanted;
    if (n > 0) {
        enum sc_fetch_take take = hand_over(s, data + skipped, n);
        if (take == SC_FETCH_PAUSE) {
            s->paused = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        if (take == SC_FETCH_ABORT)
            return 0;
    }
    s->skip -= skipped;
    s->received += n;
    f->bytes += n;
    sc_ramp_bytes(&f->ramp, len);
    /* The rest of a body that we wanted a part of, or that others bring. */
    if (skipped + n < len || (n == wanted && s->next)) {
        s->sliced = true;
        return 0;
    }
    return len;
}

static void begin_body(struct slot *s, long status)
{
    curl_off_t length = -1;
    first_byte(s, s->last_s);
    curl_easy_getinfo(s->h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (s->req.range_start >= 0 && status == 200 && !s->prev)
        s->skip = (uint64_t)s->req.range_start;
    else if (s->req.range_start < 0 && status == 200 && length > 0)
        s->total = (uint64_t)length;
    s->takes_ranges |= s->prev != NULL;
    if (s->req.range_start < 0)
        memcpy(s->whole_etag, s->etag, sizeof s->whole_etag);
}

static bool swells(const struct slot *s, size_t len)
{
    curl_off_t wire = 0;
    if (!s->encoded)
        return false;
    curl_easy_getinfo(s->h, CURLINFO_SIZE_DOWNLOAD_T, &wire);
    return s->received + len > (uint64_t)wire * SWELL_FACTOR + SWELL_FREE_BYTES;
}

static size_t on_write(char *data, size_t size, size_t n, void *user)
{
    struct slot *s = user;
    struct sc_fetcher *f = s->owner;
    size_t len = size * n;
    long status = 0;
    s->last_s = sc_clock_monotonic_s();
    curl_easy_getinfo(s->h, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300) /* an error page or redirect: not for the owner */
        return len;
    if (!s->got_first)
        begin_body(s, status);
    bool other = status == 206 && s->req.range_start >= 0 && s->range_got >= 0 &&
                 s->range_got != s->req.range_start;
    if (other || (s->prev && !sc_split_fits(s, status))) {
        s->refused = true; /* other bytes than asked for */
        return 0;
    }
    if (swells(s, len)) {
        s->answer.swollen = true;
        return 0;
    }
    f->does_ranges |= s->prev != NULL;
    return deliver(s, data, len);
}

/* The value of a header line of this name ("name:"); false when it is another one. */
static bool value_of(const char *line, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    if (!curl_strnequal(line, name, n))
        return false;
    line += n + strspn(line + n, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(line, "\r\n"), line);
    return true;
}

static void read_content_range(struct slot *s, const char *text)
{
    const char *digits = strpbrk(text, "0123456789"), *total = strchr(text, '/');
    s->range_got = digits ? strtoll(digits, NULL, 10) : -1;
    s->range_total =
        total && strspn(total + 1, "0123456789") ? strtoll(total + 1, NULL, 10) : -1;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct slot *s = user;
    size_t len = size * n;
    char line[192], value[192];
    s->last_s = sc_clock_monotonic_s();
    if (len >= sizeof line)
        return len;
    memcpy(line, data, len);
    line[len] = '\0';
    if (curl_strnequal(line, "HTTP/", 5)) {
        s->range_got = s->range_total = -1;
        s->takes_ranges = s->encoded = false;
        s->etag[0] = '\0';
    } else if (value_of(line, "content-range:", value, sizeof value)) {
        read_content_range(s, value);
    } else if (value_of(line, "accept-ranges:", value, sizeof value)) {
        s->takes_ranges = curl_strequal(value, "bytes");
    } else if (value_of(line, "content-encoding:", value, sizeof value)) {
        s->encoded = !curl_strequal(value, "identity");
    } else if (value_of(line, "etag:", value, sizeof value)) {
        snprintf(s->etag, sizeof s->etag, "%.79s", value);
    }
    return len;
}

static void set_range(struct slot *s)
{
    char range[64];
    snprintf(range, sizeof range, "%lld-%lld", (long long)s->req.range_start,
             (long long)s->req.range_start + (long long)s->req.range_len - 1);
    curl_easy_setopt(s->h, CURLOPT_RANGE, range);
}

static bool prepare(struct sc_fetcher *f, struct slot *s, struct sc_error *err)
{
    if (!s->h && !(s->h = curl_easy_init()))
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a request");
    const char *home = f->opt.home_url ? f->opt.home_url : s->req.url;
    if (!sc_easy_prepare(s->h, s->req.url, home, NULL, f->opt.site, &s->headers, NULL,
                         err))
        return false;
    if (s->req.range_start >= 0)
        set_range(s);
    /* Media does not shrink; what comes encoded all the same is decoded. */
    curl_easy_setopt(s->h, CURLOPT_ACCEPT_ENCODING, "identity");
    curl_easy_setopt(
        s->h, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(f->opt.connect_timeout_ms ? f->opt.connect_timeout_ms : CONNECT_MS));
    curl_easy_setopt(s->h, CURLOPT_BUFFERSIZE, (long)SC_FETCH_BUFFER_BYTES);
    curl_easy_setopt(s->h, CURLOPT_PIPEWAIT, 0L);
    curl_easy_setopt(s->h, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(s->h, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(s->h, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(s->h, CURLOPT_ERRORBUFFER, s->detail);
    curl_easy_setopt(s->h, CURLOPT_PRIVATE, s);
    return true;
}

static bool go(struct sc_fetcher *f, struct slot *s, struct sc_error *err)
{
    s->detail[0] = '\0';
    s->range_got = s->range_total = -1;
    s->refusals = sc_easy_refusals();
    if (!prepare(f, s, err))
        return false;
    return curl_multi_add_handle(f->multi, s->h) == CURLM_OK ||
           sc_fail(err, SC_ERR_INTERNAL, "curl takes no request");
}

bool sc_slot_start(struct sc_fetcher *f, struct slot *s, struct sc_error *err)
{
    s->owner = f;
    s->answer.retry_after_s = s->answer.content_length = -1;
    s->start_s = s->last_s = sc_clock_monotonic_s();
    if (!go(f, s, err)) {
        release(s);
        return false;
    }
    s->used = s->active = true;
    f->active++;
    sc_ramp_started(&f->ramp, f->active);
    return true;
}

static void off_the_line(struct sc_fetcher *f, struct slot *s)
{
    if (!s->active)
        return;
    curl_multi_remove_handle(f->multi, s->h);
    first_byte(s, sc_clock_monotonic_s());
    s->active = false;
    f->active--;
}

void sc_slot_drop(struct sc_fetcher *f, struct slot *s)
{
    off_the_line(f, s);
    release(s);
    s->used = false;
}

void sc_slot_finish(struct sc_fetcher *f, struct slot *s)
{
    sc_split_drop_rest(f, s);
    off_the_line(f, s);
    s->used = false;
    f->owner.done(f->owner.user, s->req.tag, &s->answer);
    release(s);
}

/* True when the slot goes on with another URL. */
static bool follow(struct sc_fetcher *f, struct slot *s, long status)
{
    if (status < 301 || status > 308 || status == 304 || s->hops >= SC_NET_MAX_REDIRECTS)
        return false;
    char *next = sc_easy_redirect(s->h, f->opt.site);
    if (!next)
        return false;
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    free(s->req.url);
    s->req.url = next;
    s->hops++;
    s->last_s = sc_clock_monotonic_s();
    return go(f, s, NULL);
}

static void describe(struct slot *s, CURLcode rc)
{
    struct sc_fetch_answer *a = &s->answer;
    const char *why = s->refused ? "the server sent another byte range than asked for"
                      : s->answer.swollen
                          ? "what the server compressed unpacks to far too much"
                      : *s->detail ? s->detail
                                   : curl_easy_strerror(rc);
    snprintf(a->detail, sizeof a->detail, "%.159s", why);
    a->refused_address = rc == CURLE_COULDNT_CONNECT && sc_easy_refusals() != s->refusals;
    a->unreachable = rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST ||
                     rc == CURLE_COULDNT_RESOLVE_PROXY;
}

static void read_answer(struct slot *s)
{
    struct sc_fetch_answer *a = &s->answer;
    long status = 0;
    const char *type = NULL;
    curl_off_t length = -1;
    curl_easy_getinfo(s->h, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(s->h, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(s->h, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    a->retry_after_s = sc_easy_retry_after(s->h);
    a->content_length = (int64_t)length;
    snprintf(a->content_type, sizeof a->content_type, "%s", type ? type : "");
    a->status = (int)status;
    a->pushback = status == 429 || status == 503;
}

/* What its end says about the network. */
static void learn(struct sc_fetcher *f, struct slot *s)
{
    double now = sc_clock_monotonic_s();
    const struct sc_fetch_answer *a = &s->answer;
    first_byte(s, now);
    if (a->pushback)
        sc_ramp_pushback(&f->ramp, now, s->start_s, f->active, (double)a->retry_after_s);
    if (a->complete && now > s->start_s && s->received > SC_FETCH_BUFFER_BYTES)
        f->rates[f->n_rates++ % SC_FETCH_N_RATES] =
            (double)s->received / (now - s->start_s);
}

static void conclude(struct sc_fetcher *f, struct slot *s)
{
    learn(f, s);
    off_the_line(f, s);
    if (s->prev)
        sc_split_part_ended(f, s);
    else if (s->answer.complete && s->held_taken < s->held.len)
        return; /* the owner pauses; sc_split_flush() goes on */
    else if (s->answer.complete && s->next)
        sc_split_promote(f, s);
    else
        sc_slot_finish(f, s);
}

void sc_slot_ended(struct sc_fetcher *f, struct slot *s, CURLcode rc)
{
    struct sc_fetch_answer *a = &s->answer;
    read_answer(s);
    if (a->status == 0 && rc == CURLE_OK)
        a->status = 200; /* file:// */
    curl_multi_remove_handle(f->multi, s->h);
    if (rc == CURLE_OK && follow(f, s, a->status))
        return;
    bool whole = rc == CURLE_OK || s->sliced, part = s->req.range_start >= 0 || s->next;
    a->complete = whole && a->status >= 200 && a->status < 300 &&
                  (!part || s->received == sc_split_length(s));
    if (!a->complete)
        describe(s, rc);
    if (whole && !a->complete && a->status < 300)
        snprintf(a->detail, sizeof a->detail,
                 "the server sent fewer bytes than asked for");
    conclude(f, s);
}

void sc_slot_break(struct sc_fetcher *f, struct slot *s, const char *why)
{
    s->answer.status = 0;
    s->answer.complete = false;
    snprintf(s->answer.detail, sizeof s->answer.detail, "%s", why);
    conclude(f, s);
}
