/* Start, stop and the network side of the transfer: what is requested when. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "download/transfer_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_CONNECTIONS = 64,
    DEFAULT_ATTEMPTS = 8,
    DEFAULT_MEMORY = 16 * 1024 * 1024,
    STALL_MS = 8000,
};

static bool dependency_ready(const struct sc_transfer *e, int64_t dep)
{
    return dep < 0 || e->items[dep].state == SC_ITEM_DONE;
}

static bool make_probe(struct sc_transfer *e, struct sc_fetch_request *out)
{
    struct sc_body *b = sc_body_create(e, 0);
    const struct sc_plan_item *it =
        e->good_item >= 0 ? &e->plan->items[e->good_item] : NULL;
    if (!b)
        return false;
    b->is_probe = true;
    out->url = it ? sc_plan_url(e->plan, it) : sc_strdup(e->opt.probe_url);
    out->range_start = it && it->range.present ? (int64_t)it->range.offset : 0;
    out->range_len = 1;
    out->tag = b;
    if (out->url)
        return true;
    sc_body_destroy(b);
    return false;
}

/* After a failure of any kind the plain way is taken. */
static bool tried(const struct sc_item *it)
{
    return it->tries_soft || it->tries_hard || it->tries_rate || it->tries_bad ||
           it->tries_far || it->tries_short || it->tried_odd || *it->doubted;
}

static bool make_request(struct sc_transfer *e, size_t i, struct sc_fetch_request *out)
{
    const struct sc_plan_item *it = &e->plan->items[i];
    struct sc_body *b = sc_body_create(e, i);
    if (!b)
        return false;
    out->url = sc_plan_url(e->plan, it);
    if (it->range.present) {
        out->range_start = (int64_t)it->range.offset;
        out->range_len = it->range.length;
    }
    out->tag = b;
    out->patient = e->items[i].tries_soft >= 2;
    out->undivided = tried(&e->items[i]);
    if (out->url)
        return true;
    sc_body_destroy(b);
    return false;
}

static enum sc_fetch_next choose(struct sc_transfer *e, struct sc_fetch_request *out,
                                 double *ready_s)
{
    double now = sc_clock_monotonic_s();
    if (e->closing || e->fatal.code != SC_ERR_OK)
        return SC_FETCH_STOP;
    if (e->probe == SC_PROBE_WANTED && make_probe(e, out)) {
        e->probe = SC_PROBE_ACTIVE;
        return SC_FETCH_REQUEST;
    }
    while (e->scan < e->plan->n_items && sc_item_final(&e->items[e->scan]) &&
           e->items[e->scan].settled)
        e->scan++;
    for (size_t i = e->scan; i < e->plan->n_items; i++) {
        const struct sc_plan_item *p = &e->plan->items[i];
        struct sc_item *it = &e->items[i];
        if (e->plan->numbered && !sc_numbered_wanted(e, i))
            continue;
        if (it->state != SC_ITEM_WAITING || !dependency_ready(e, p->key) ||
            !dependency_ready(e, p->init))
            continue;
        if (it->not_before_s > now) {
            if (*ready_s == 0 || it->not_before_s < *ready_s)
                *ready_s = it->not_before_s;
            continue;
        }
        if (!make_request(e, i, out))
            return SC_FETCH_WAIT;
        it->state = SC_ITEM_ACTIVE;
        return SC_FETCH_REQUEST;
    }
    return SC_FETCH_WAIT;
}

static enum sc_fetch_next on_next(void *user, struct sc_fetch_request *out,
                                  double *ready_s)
{
    struct sc_transfer *e = user;
    pthread_mutex_lock(&e->mutex);
    enum sc_fetch_next what = choose(e, out, ready_s);
    pthread_mutex_unlock(&e->mutex);
    return what;
}

/* With the mutex held. */
static void enqueue(struct sc_transfer *e, struct sc_block *b)
{
    struct sc_queue *q = &e->queues[b->body->writer];
    b->next = NULL;
    if (q->last)
        q->last->next = b;
    else
        q->first = b;
    q->last = b;
    e->queued_bytes += b->len;
    pthread_cond_signal(&q->more);
}

/* Appends to the body's block; full ones go to its writer. With the mutex held. */
static bool collect(struct sc_transfer *e, struct sc_body *body, const char *data,
                    size_t len)
{
    while (len > 0) {
        struct sc_block *b = body->filling;
        if (!b) {
            b = body->filling = malloc(sizeof *b + SC_BLOCK_BYTES);
            if (!b)
                return false;
            *b = (struct sc_block){.body = body};
        }
        size_t n = SC_BLOCK_BYTES - b->len;
        if (n > len)
            n = len;
        memcpy(b->data + b->len, data, n);
        b->len += n;
        data += n;
        len -= n;
        if (b->len == SC_BLOCK_BYTES) {
            body->filling = NULL;
            enqueue(e, b);
        }
    }
    return true;
}

static enum sc_fetch_take on_data(void *user, void *tag, const void *data, size_t len)
{
    struct sc_transfer *e = user;
    struct sc_body *body = tag;
    if (body->is_probe)
        return SC_FETCH_TAKEN;
    pthread_mutex_lock(&e->mutex);
    bool full = e->queued_bytes > 0 && e->queued_bytes + len > e->opt.memory_bytes;
    bool ok = full || collect(e, body, data, len);
    if (full)
        e->network_paused = true;
    else
        e->fetched_bytes += len;
    if (!full)
        body->received += len;
    if (body->received > e->largest_body)
        e->largest_body = body->received;
    pthread_mutex_unlock(&e->mutex);
    return full ? SC_FETCH_PAUSE : ok ? SC_FETCH_TAKEN : SC_FETCH_ABORT;
}

static void on_done(void *user, void *tag, const struct sc_fetch_answer *a)
{
    struct sc_transfer *e = user;
    struct sc_body *body = tag;
    struct sc_block *b = body->is_probe ? NULL : malloc(sizeof *b);
    pthread_mutex_lock(&e->mutex);
    e->last_byte_s = sc_clock_monotonic_s();
    if (body->is_probe) {
        sc_transfer_probed(e, a);
        sc_body_destroy(body);
    } else if (b) {
        *b = (struct sc_block){.body = body, .end = true, .answer = *a};
        if (body->filling)
            enqueue(e, body->filling);
        body->filling = NULL;
        enqueue(e, b);
    } else {
        sc_transfer_fatalf(e, SC_ERR_MEMORY, NULL, "no memory for the download");
    }
    pthread_mutex_unlock(&e->mutex);
}

static void on_tick(void *user, const struct sc_fetch_status *s)
{
    struct sc_transfer *e = user;
    double now = sc_clock_monotonic_s();
    char note[64];
    snprintf(note, sizeof note, "%d connection%s", s->active, s->active == 1 ? "" : "s");
    pthread_mutex_lock(&e->mutex);
    sc_transfer_watch_disk(e, now);
    struct sc_progress p = {.stage = "download", .unit = SC_UNIT_BYTES, .note = note};
    p.done = (double)(e->fetched_bytes + e->reused_bytes);
    p.media_done_s = e->media_done_s;
    if (!e->plan->numbered) {
        p.media_total_s = (e->plan->to_s - e->plan->from_s) * e->plan->n_tracks;
        if (p.media_done_s > 0)
            p.total = p.done / p.media_done_s * p.media_total_s;
        else /* nothing is whole yet: by the playlist's word, or not known */
            p.total = e->plan->bits_per_s / 8 * (e->plan->to_s - e->plan->from_s);
        p.media_total_s /= e->plan->n_tracks;
        p.media_done_s /= e->plan->n_tracks;
        if (e->plan->file_bytes) { /* parts of a file are no times */
            p.total = (double)e->plan->file_bytes;
            p.media_done_s = p.media_total_s = 0;
        }
    }
    if (p.total < p.done)
        p.total = e->over ? p.done : 0;
    pthread_mutex_unlock(&e->mutex);
    sc_progress_report(&e->opt.progress, &p);
}

static void *network(void *user)
{
    struct sc_transfer *e = user;
    struct sc_error err = {0};
    if (!sc_fetcher_run(e->fetcher, &e->cancel, &err)) {
        pthread_mutex_lock(&e->mutex);
        if (!e->closing)
            sc_transfer_fatal(e, &err);
        pthread_mutex_unlock(&e->mutex);
    }
    return NULL;
}

/* A key that stands in the playlist itself (RFC 2397), as some packagers write it. */
static bool take_inline_key(struct sc_transfer *e, size_t i, struct sc_error *err)
{
    const char *url = e->plan->items[i].url, *comma = strchr(url, ',');
    struct sc_buf key = SC_BUF_INIT(4096);
    bool ok = comma && comma - url >= 7 && memcmp(comma - 7, ";base64", 7) == 0 &&
              sc_base64_decode(comma + 1, strlen(comma + 1), &key) &&
              key.len == sizeof e->keys[i];
    if (ok) {
        memcpy(e->keys[i], key.data, key.len);
        e->items[i].state = SC_ITEM_DONE;
    }
    sc_buf_finish(&key);
    return ok || sc_fail(err, SC_ERR_UNSUPPORTED,
                         "the playlist holds a decryption key that is not 16 bytes of "
                         "base64");
}

/* What an earlier run finished counts when the chunk is there in its size. */
static bool resume(struct sc_transfer *e, struct sc_error *err)
{
    for (size_t i = 0; i < e->plan->n_items; i++) {
        const struct sc_plan_item *p = &e->plan->items[i];
        struct sc_item *it = &e->items[i];
        it->times = SC_SEGMENT_TIMES_NONE;
        it->settled = p->kind != SC_ITEM_SEGMENT;
        if (p->kind == SC_ITEM_KEY && sc_str_starts(p->url, "data:")) {
            if (!take_inline_key(e, i, err))
                return false;
            continue;
        }
        if (p->gap) {
            it->state = SC_ITEM_SKIPPED;
            it->settled = true;
        }
        const struct sc_journal_entry *j =
            p->gap ? NULL : sc_journal_find(e->journal, p->id);
        if (!j)
            continue;
        char *name = sc_plan_file_name(p);
        char *path = name ? sc_path_join(e->opt.dir, name) : NULL;
        bool there = path && sc_file_size(path) == (int64_t)j->size_bytes;
        bool usable = there && (p->kind == SC_ITEM_SEGMENT ||
                                sc_chunk_read(e->opt.dir, p, j->size_bytes, j->sha256,
                                              &e->inits[i], NULL));
        free(name);
        if (!path)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
        free(path);
        if (!usable)
            continue;
        it->state = SC_ITEM_DONE;
        it->reused = true;
        it->size_bytes = j->size_bytes;
        memcpy(it->sha256, j->sha256, sizeof it->sha256);
        it->times = j->times;
        e->reused_bytes += j->size_bytes;
        if (p->kind != SC_ITEM_SEGMENT)
            continue;
        e->n_reused++;
        e->media_done_s += p->duration_s > 0 ? p->duration_s : it->times.span_s;
        e->good_item = (int64_t)i;
    }
    return true;
}

static bool remove_part(void *user, const char *name)
{
    if (!sc_str_ends(name, ".part"))
        return true;
    char *path = sc_path_join(user, name);
    if (path)
        sc_remove_tree(path, NULL);
    free(path);
    return true;
}

static bool start_threads(struct sc_transfer *e, struct sc_error *err)
{
    static const char *const why = "cannot start a thread";
    for (unsigned i = 0; i < SC_TRANSFER_WRITERS; i++) {
        struct sc_writer_arg *arg = malloc(sizeof *arg);
        if (arg)
            *arg = (struct sc_writer_arg){e, i};
        if (!arg || pthread_create(&e->writers[i], NULL, sc_transfer_writer, arg) != 0) {
            free(arg);
            return sc_fail(err, SC_ERR_MEMORY, "%s", why);
        }
        e->n_threads++;
    }
    if (pthread_create(&e->sync_thread, NULL, sc_transfer_syncer, e) != 0)
        return sc_fail(err, SC_ERR_MEMORY, "%s", why);
    e->n_threads++;
    if (pthread_create(&e->net_thread, NULL, network, e) != 0)
        return sc_fail(err, SC_ERR_MEMORY, "%s", why);
    e->n_threads++;
    return true;
}

static bool open_all(struct sc_transfer *e, struct sc_error *err)
{
    size_t n = e->plan->n_items ? e->plan->n_items : 1;
    char *journal = sc_path_join(e->opt.dir, "journal.jsonl");
    e->items = calloc(n, sizeof *e->items);
    e->keys = calloc(n, sizeof *e->keys);
    e->inits = calloc(n, sizeof *e->inits);
    bool ok = (journal && e->items && e->keys && e->inits) ||
              sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    ok = ok && sc_dir_each(e->opt.dir, remove_part, (void *)e->opt.dir, err) &&
         sc_journal_open(journal, &e->journal, err) && resume(e, err);
    free(journal);
    if (!ok)
        return false;
    struct sc_fetch_owner owner = {on_next, on_data, on_done, on_tick, e};
    struct sc_fetcher_options fo = {.max_connections = e->opt.max_connections,
                                    .stall_ms = STALL_MS,
                                    .site = e->opt.site,
                                    .home_url = e->opt.home_url};
    return sc_fetcher_create(&e->fetcher, &fo, &owner, err);
}

bool sc_transfer_start(struct sc_transfer **out, const struct sc_transfer_options *opts,
                       struct sc_error *err)
{
    struct sc_transfer *e = calloc(1, sizeof *e);
    if (!e)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the download");
    e->opt = *opts;
    e->plan = opts->plan;
    if (e->opt.max_connections <= 0)
        e->opt.max_connections = DEFAULT_CONNECTIONS;
    if (e->opt.attempts <= 0)
        e->opt.attempts = DEFAULT_ATTEMPTS;
    if (e->opt.memory_bytes == 0)
        e->opt.memory_bytes = DEFAULT_MEMORY;
    e->cancel.parent = opts->cancel;
    e->good_item = -1;
    e->highest = opts->detected_number >= (int64_t)e->plan->first_number
                     ? opts->detected_number - (int64_t)e->plan->first_number
                     : -1;
    if (e->highest >= (int64_t)e->plan->n_items)
        e->highest = -1;
    e->end = -1;
    e->started_s = sc_clock_monotonic_s();
    pthread_mutex_init(&e->mutex, NULL);
    pthread_cond_init(&e->changed, NULL);
    pthread_cond_init(&e->sync_more, NULL);
    for (int i = 0; i < SC_TRANSFER_WRITERS; i++)
        pthread_cond_init(&e->queues[i].more, NULL);
    if (!open_all(e, err)) {
        sc_transfer_destroy(e);
        return false;
    }
    pthread_mutex_lock(&e->mutex);
    for (size_t i = 0; i < e->plan->n_items; i++)
        if (e->items[i].state == SC_ITEM_DONE)
            sc_transfer_settle(e, i);
    if (e->plan->numbered)
        sc_numbered_update(e);
    sc_transfer_check_over(e);
    pthread_mutex_unlock(&e->mutex);
    if (!start_threads(e, err)) {
        sc_transfer_destroy(e);
        return false;
    }
    *out = e;
    return true;
}

void sc_transfer_stop(struct sc_transfer *e)
{
    if (e->n_threads == 0)
        return;
    pthread_mutex_lock(&e->mutex);
    e->closing = true;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->mutex);
    sc_fetcher_stop(e->fetcher);
    if (e->n_threads == SC_TRANSFER_WRITERS + 2)
        pthread_join(e->net_thread, NULL);
    pthread_mutex_lock(&e->mutex);
    e->writers_end = true;
    for (int i = 0; i < SC_TRANSFER_WRITERS; i++)
        pthread_cond_broadcast(&e->queues[i].more);
    pthread_mutex_unlock(&e->mutex);
    for (int i = 0; i < SC_TRANSFER_WRITERS && i < e->n_threads; i++)
        pthread_join(e->writers[i], NULL);
    pthread_mutex_lock(&e->mutex);
    e->sync_end = true;
    pthread_cond_broadcast(&e->sync_more);
    pthread_mutex_unlock(&e->mutex);
    if (e->n_threads > SC_TRANSFER_WRITERS)
        pthread_join(e->sync_thread, NULL);
    e->n_threads = 0;
}

void sc_transfer_destroy(struct sc_transfer *e)
{
    if (!e)
        return;
    sc_transfer_stop(e);
    sc_fetcher_destroy(e->fetcher);
    sc_journal_close(e->journal);
    for (size_t i = 0; e->inits && i < e->plan->n_items; i++)
        sc_buf_finish(&e->inits[i]);
    free(e->inits);
    for (int t = 0; t < SC_PLAN_MAX_TRACKS; t++)
        sc_feed_finish(&e->feeds[t]);
    free(e->keys);
    free(e->items);
    for (int i = 0; i < SC_TRANSFER_WRITERS; i++)
        pthread_cond_destroy(&e->queues[i].more);
    pthread_cond_destroy(&e->sync_more);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->mutex);
    free(e);
}
