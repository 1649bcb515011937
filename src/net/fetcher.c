#include "net/fetcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "net/easy.h"
#include "net/ramp.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 10000,
    STALL_MS = 8000,
    POLL_MS = 100,
    START_POLL_MS = 5, /* while the ramp measures */
    BUFFER_BYTES = 64 * 1024,
    MANY = 8, /* connections */
    LITTLE_BYTES = 256 * 1024,
    GATHER_MS = 3,
    N_RATES = 16, /* finished transfers remembered to tell a slow one */
};

static const double SLOW_AFTER_S = 5.0; /* no judgement before */
static const double SLOW_FACTOR = 0.1;  /* of the median rate */
static const double TICK_S = 0.2;

struct slot {
    struct sc_fetcher *owner;
    CURL *h;
    struct curl_slist *headers;
    struct sc_fetch_request req;
    struct sc_fetch_answer answer;
    bool active, paused, sliced, refused, got_first;
    int hops;
    unsigned refusals; /* of the thread when it was started */
    double start_s, last_s;
    int64_t range_got; /* first byte by Content-Range, -1 */
    uint64_t skip;     /* of a whole body that answers a range request */
    uint64_t delivered;
    char detail[CURL_ERROR_SIZE];
};

struct sc_fetcher {
    struct sc_fetcher_options opt;
    struct sc_fetch_owner owner;
    CURLM *multi;
    struct slot *slots;
    int active;
    struct sc_ramp ramp;
    uint64_t bytes;
    double rates[N_RATES];
    int n_rates;
    double ready_s, tick_s;
    bool hungry;
    atomic_bool woken, stopped;
};

bool sc_fetcher_create(struct sc_fetcher **out, const struct sc_fetcher_options *opts,
                       const struct sc_fetch_owner *owner, struct sc_error *err)
{
    struct sc_fetcher *f = calloc(1, sizeof *f);
    if (!f)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    f->opt = *opts;
    if (f->opt.max_connections < 1)
        f->opt.max_connections = 1;
    f->owner = *owner;
    f->multi = curl_multi_init();
    f->slots = calloc((size_t)f->opt.max_connections, sizeof *f->slots);
    if (!f->multi || !f->slots) {
        sc_fetcher_destroy(f);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    }
    curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)f->opt.max_connections + 8);
    sc_ramp_init(&f->ramp, f->opt.max_connections, sc_clock_monotonic_s());
    *out = f;
    return true;
}

static void release(struct slot *s)
{
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    free(s->req.url);
    s->req.url = NULL;
}

void sc_fetcher_destroy(struct sc_fetcher *f)
{
    if (!f)
        return;
    for (int i = 0; f->slots && i < f->opt.max_connections; i++) {
        struct slot *s = &f->slots[i];
        if (s->active)
            curl_multi_remove_handle(f->multi, s->h);
        release(s);
        curl_easy_cleanup(s->h);
    }
    if (f->multi)
        curl_multi_cleanup(f->multi);
    free(f->slots);
    free(f);
}

void sc_fetcher_wake(struct sc_fetcher *f)
{
    atomic_store(&f->woken, true);
    curl_multi_wakeup(f->multi);
}

void sc_fetcher_stop(struct sc_fetcher *f)
{
    atomic_store(&f->stopped, true);
    curl_multi_wakeup(f->multi);
}

static void first_byte(struct slot *s, double now)
{
    if (s->got_first)
        return;
    s->got_first = true;
    sc_ramp_answered(&s->owner->ramp, now);
}

/* Hands over the part of data that belongs to the request. */
static size_t deliver(struct slot *s, const char *data, size_t len)
{
    struct sc_fetcher *f = s->owner;
    size_t skipped = s->skip < len ? (size_t)s->skip : len;
    size_t n = len - skipped;
    if (s->req.range_start >= 0 && n > s->req.range_len - s->delivered)
        n = (size_t)(s->req.range_len - s->delivered);
    if (n > 0) {
        enum sc_fetch_take take =
            f->owner.data(f->owner.user, s->req.tag, data + skipped, n);
        if (take == SC_FETCH_PAUSE) {
            s->paused = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        if (take == SC_FETCH_ABORT)
            return 0;
    }
    s->skip -= skipped;
    s->delivered += n;
    f->bytes += n;
    sc_ramp_bytes(&f->ramp, len);
    if (skipped + n < len) { /* the rest of a body that we wanted a part of */
        s->sliced = true;
        return 0;
    }
    return len;
}

static size_t on_write(char *data, size_t size, size_t n, void *user)
{
    struct slot *s = user;
    size_t len = size * n;
    long status = 0;
    s->last_s = sc_clock_monotonic_s();
    curl_easy_getinfo(s->h, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 300) /* an error page or redirect: not for the owner */
        return len;
    if (!s->got_first) {
        first_byte(s, s->last_s);
        if (s->req.range_start >= 0 && status == 200)
            s->skip = (uint64_t)s->req.range_start;
    }
    if (status == 206 && s->req.range_start >= 0 && s->range_got >= 0 &&
        s->range_got != s->req.range_start) {
        s->refused = true; /* other bytes than asked for */
        return 0;
    }
    return deliver(s, data, len);
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct slot *s = user;
    size_t len = size * n;
    s->last_s = sc_clock_monotonic_s();
    if (len > 5 && curl_strnequal(data, "HTTP/", 5))
        s->range_got = -1;
    if (len > 14 && len < 128 && curl_strnequal(data, "content-range:", 14)) {
        char text[128];
        memcpy(text, data + 14, len - 14);
        text[len - 14] = '\0';
        const char *digits = strpbrk(text, "0123456789");
        s->range_got = digits ? strtoll(digits, NULL, 10) : -1;
    }
    return len;
}

static bool prepare(struct sc_fetcher *f, struct slot *s, struct sc_error *err)
{
    if (!s->h && !(s->h = curl_easy_init()))
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a request");
    const char *home = f->opt.home_url ? f->opt.home_url : s->req.url;
    if (!sc_easy_prepare(s->h, s->req.url, home, NULL, f->opt.site, &s->headers, NULL,
                         err))
        return false;
    if (s->req.range_start >= 0) {
        char range[64];
        snprintf(range, sizeof range, "%lld-%lld", (long long)s->req.range_start,
                 (long long)s->req.range_start + (long long)s->req.range_len - 1);
        curl_easy_setopt(s->h, CURLOPT_RANGE, range);
    }
    /* Media does not shrink; what comes encoded all the same is decoded. */
    curl_easy_setopt(s->h, CURLOPT_ACCEPT_ENCODING, "identity");
    curl_easy_setopt(
        s->h, CURLOPT_CONNECTTIMEOUT_MS,
        (long)(f->opt.connect_timeout_ms ? f->opt.connect_timeout_ms : CONNECT_MS));
    curl_easy_setopt(s->h, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
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
    s->range_got = -1;
    s->refusals = sc_easy_refusals();
    if (!prepare(f, s, err))
        return false;
    return curl_multi_add_handle(f->multi, s->h) == CURLM_OK ||
           sc_fail(err, SC_ERR_INTERNAL, "curl takes no request");
}

static bool start(struct sc_fetcher *f, struct sc_fetch_request *req,
                  struct sc_error *err)
{
    struct slot *s = f->slots;
    while (s->active)
        s++;
    CURL *h = s->h;
    *s = (struct slot){.owner = f, .h = h, .req = *req};
    s->answer.retry_after_s = s->answer.content_length = -1;
    s->start_s = s->last_s = sc_clock_monotonic_s();
    if (!go(f, s, err)) {
        release(s);
        return false;
    }
    s->active = true;
    f->active++;
    sc_ramp_started(&f->ramp, f->active);
    return true;
}

static double median_rate(const struct sc_fetcher *f)
{
    double sorted[N_RATES];
    int n = f->n_rates < N_RATES ? f->n_rates : N_RATES;
    for (int i = 0; i < n; i++) {
        int k = i;
        for (; k > 0 && sorted[k - 1] > f->rates[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = f->rates[i];
    }
    return n ? sorted[n / 2] : 0;
}

static void finish(struct sc_fetcher *f, struct slot *s)
{
    double now = sc_clock_monotonic_s();
    struct sc_fetch_answer *a = &s->answer;
    first_byte(s, now);
    if (a->pushback)
        sc_ramp_pushback(&f->ramp, now, s->start_s, f->active, (double)a->retry_after_s);
    if (a->complete && now > s->start_s && s->delivered > BUFFER_BYTES)
        f->rates[f->n_rates++ % N_RATES] = (double)s->delivered / (now - s->start_s);
    s->active = false;
    f->active--;
    f->owner.done(f->owner.user, s->req.tag, a);
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
    release(s);
    s->req.url = next;
    s->hops++;
    s->last_s = sc_clock_monotonic_s();
    return go(f, s, NULL);
}

static void describe(struct slot *s, CURLcode rc)
{
    struct sc_fetch_answer *a = &s->answer;
    const char *why = s->refused   ? "the server sent another byte range than asked for"
                      : *s->detail ? s->detail
                                   : curl_easy_strerror(rc);
    snprintf(a->detail, sizeof a->detail, "%.159s", why);
    a->refused_address = rc == CURLE_COULDNT_CONNECT && sc_easy_refusals() != s->refusals;
    a->unreachable = rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST ||
                     rc == CURLE_COULDNT_RESOLVE_PROXY;
}

static void ended(struct sc_fetcher *f, struct slot *s, CURLcode rc)
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
    if (status == 0 && rc == CURLE_OK)
        status = 200; /* file:// */
    a->status = (int)status;
    a->pushback = status == 429 || status == 503;
    curl_multi_remove_handle(f->multi, s->h);
    if (rc == CURLE_OK && follow(f, s, status))
        return;
    bool whole = rc == CURLE_OK || s->sliced;
    a->complete = whole && status >= 200 && status < 300 &&
                  (s->req.range_start < 0 || s->delivered == s->req.range_len);
    if (!a->complete)
        describe(s, rc);
    if (whole && !a->complete && status < 300)
        snprintf(a->detail, sizeof a->detail,
                 "the server sent fewer bytes than asked for");
    finish(f, s);
}

static void read_messages(struct sc_fetcher *f)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(f->multi, &left));) {
        struct slot *s = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        ended(f, s, rc);
    }
}

/* Ends what stands still, or crawls while others run. */
static void drop_laggards(struct sc_fetcher *f, double now)
{
    double stall_s = (f->opt.stall_ms ? f->opt.stall_ms : STALL_MS) / 1000.0;
    double median = median_rate(f);
    for (int i = 0; i < f->opt.max_connections; i++) {
        struct slot *s = &f->slots[i];
        if (!s->active || s->paused)
            continue;
        double age = now - s->start_s;
        s->answer.stalled = now - s->last_s > stall_s;
        s->answer.slow = !s->req.patient && age > SLOW_AFTER_S &&
                         (double)s->delivered / age < median * SLOW_FACTOR;
        if (!s->answer.stalled && !s->answer.slow)
            continue;
        curl_multi_remove_handle(f->multi, s->h);
        s->answer.status = 0;
        snprintf(s->answer.detail, sizeof s->answer.detail,
                 s->answer.stalled ? "no byte came for %.0f s"
                                   : "the transfer was very slow after %.0f s",
                 s->answer.stalled ? stall_s : age);
        finish(f, s);
    }
}

static void unpause(struct sc_fetcher *f, double now)
{
    if (!atomic_exchange(&f->woken, false))
        return;
    for (int i = 0; i < f->opt.max_connections; i++) {
        struct slot *s = &f->slots[i];
        if (s->active && s->paused) {
            s->paused = false;
            s->last_s = now;
            curl_easy_pause(s->h, CURLPAUSE_CONT);
        }
    }
}

/* Starts what may start. */
static bool fill(struct sc_fetcher *f, bool *stop, struct sc_error *err)
{
    double now = sc_clock_monotonic_s();
    int limit = sc_ramp_limit(&f->ramp, now);
    f->hungry = f->active >= limit;
    f->ready_s = f->ramp.hold_until_s > now ? f->ramp.hold_until_s : 0;
    while (f->active < limit && f->active < f->opt.max_connections) {
        struct sc_fetch_request req = {.range_start = -1};
        double ready = 0;
        enum sc_fetch_next what = f->owner.next(f->owner.user, &req, &ready);
        if (what == SC_FETCH_REQUEST) {
            if (!start(f, &req, err))
                return false;
            f->hungry = true;
            continue;
        }
        *stop = what == SC_FETCH_STOP;
        f->ready_s = ready;
        f->hungry = false;
        break;
    }
    return true;
}

static int poll_ms(const struct sc_fetcher *f, double now)
{
    double ms = f->ready_s > 0 ? (f->ready_s - now) * 1000 + 1 : POLL_MS;
    if (f->ramp.state == SC_RAMP_START && f->active && ms > START_POLL_MS)
        ms = START_POLL_MS;
    return ms < 0 ? 0 : ms > POLL_MS ? POLL_MS : (int)ms;
}

static void tick(struct sc_fetcher *f, double now)
{
    sc_ramp_tick(&f->ramp, now, f->active, f->hungry);
    if (now - f->tick_s < TICK_S)
        return;
    f->tick_s = now;
    drop_laggards(f, now);
    struct sc_fetch_status st = {f->active, f->ramp.limit, f->bytes};
    if (f->owner.tick)
        f->owner.tick(f->owner.user, &st);
}

/*
 * Waits for something to do. Many slow connections bring a little at a time, each at
 * its own moment: a short rest gathers what would be hundreds of rounds. When rounds
 * bring much, the line is fast and nothing may wait.
 */
static void wait_for_work(struct sc_fetcher *f, uint64_t got, double now)
{
    int ready = 0;
    curl_multi_poll(f->multi, NULL, 0, poll_ms(f, now), &ready);
    if (ready > 0 && f->active >= MANY && got < LITTLE_BYTES)
        (void)poll(NULL, 0, GATHER_MS);
}

static bool run(struct sc_fetcher *f, const struct sc_cancel *cancel,
                struct sc_error *err)
{
    bool stop = false;
    for (;;) {
        int running;
        if (sc_cancel_check(cancel, err) || !fill(f, &stop, err))
            return false;
        if (stop || atomic_load(&f->stopped))
            return true;
        uint64_t bytes = f->bytes;
        if (curl_multi_perform(f->multi, &running) != CURLM_OK)
            return sc_fail(err, SC_ERR_INTERNAL, "curl failed");
        read_messages(f);
        double now = sc_clock_monotonic_s();
        unpause(f, now);
        int before = f->ramp.limit;
        tick(f, now);
        if (f->ramp.limit > before)
            continue;
        wait_for_work(f, f->bytes - bytes, now);
    }
}

bool sc_fetcher_run(struct sc_fetcher *f, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    bool ok = run(f, cancel, err);
    for (int i = 0; i < f->opt.max_connections; i++) {
        struct slot *s = &f->slots[i];
        if (!s->active)
            continue;
        curl_multi_remove_handle(f->multi, s->h);
        s->answer.status = 0;
        snprintf(s->answer.detail, sizeof s->answer.detail, "stopped");
        finish(f, s);
    }
    return ok;
}
