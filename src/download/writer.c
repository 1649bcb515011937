/* Off the network thread: decrypt, hash, write, check, record, flush. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "download/transfer_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    FLUSH_EVERY_S = 3,
    MAX_INIT_BYTES = 16 * 1024 * 1024,
    KEY_BYTES = 16,
    HABIT = 8, /* after so many, what looks odd is how the stream was made */
};

struct sc_body *sc_body_create(struct sc_transfer *e, size_t item)
{
    static unsigned turn; /* only the network thread makes bodies */
    struct sc_body *b = calloc(1, sizeof *b);
    if (b) {
        b->e = e;
        b->item = item;
        b->fd = -1;
        b->writer = turn++ % SC_TRANSFER_WRITERS;
    }
    return b;
}

void sc_body_destroy(struct sc_body *b)
{
    if (!b)
        return;
    if (b->fd >= 0)
        close(b->fd);
    if (b->part)
        unlink(b->part);
    free(b->filling);
    free(b->path);
    free(b->part);
    sc_decrypt_destroy(b->decrypt);
    char hex[SC_SHA256_HEX_SIZE];
    sc_sha256_finish_take(b->sha, hex);
    free(b);
}

bool sc_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* Clear or not? A map before the first key is sent clear; its boxes tell. */
static bool looks_like_mp4(const unsigned char *data, size_t len)
{
    return len >= 8 &&
           (memcmp(data + 4, "ftyp", 4) == 0 || memcmp(data + 4, "moov", 4) == 0 ||
            memcmp(data + 4, "styp", 4) == 0);
}

static bool open_body(struct sc_body *b, const unsigned char *first, size_t len)
{
    struct sc_transfer *e = b->e;
    const struct sc_plan_item *p = &e->plan->items[b->item];
    char *name = sc_plan_file_name(p);
    b->path = name ? sc_path_join(e->opt.dir, name) : NULL;
    b->part = b->path ? sc_strf("%s.part", b->path) : NULL;
    b->sha = sc_sha256_create();
    free(name);
    bool clear = p->key < 0 || (p->kind == SC_ITEM_INIT && looks_like_mp4(first, len));
    if (!clear) {
        unsigned char key[KEY_BYTES];
        pthread_mutex_lock(&e->mutex); /* it may be fetched again meanwhile */
        memcpy(key, e->keys[p->key], sizeof key);
        pthread_mutex_unlock(&e->mutex);
        b->decrypt = sc_decrypt_create(key, p->iv);
    }
    if (!b->part || !b->sha || (!clear && !b->decrypt))
        return sc_fail(&b->err, SC_ERR_MEMORY, "no memory for a segment");
    b->fd = open(b->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return b->fd >= 0 || sc_fail_errno(&b->err, errno, "cannot write %s", b->part);
}

static bool put(struct sc_body *b, const void *data, size_t len)
{
    sc_sha256_add(b->sha, data, len);
    b->size_bytes += len;
    return sc_write_all(b->fd, data, len) ||
           sc_fail_errno(&b->err, errno, "cannot write %s", b->part);
}

static void take_block(struct sc_body *b, const struct sc_block *block)
{
    const struct sc_plan_item *p = &b->e->plan->items[b->item];
    if (b->failed)
        return;
    if (p->kind == SC_ITEM_KEY) {
        size_t room = sizeof b->small - (size_t)b->size_bytes;
        size_t n = block->len < room ? block->len : room;
        memcpy(b->small + b->size_bytes, block->data, n);
        b->size_bytes += n;
        return;
    }
    if (b->fd < 0 && !open_body(b, block->data, block->len)) {
        b->failed = true;
        return;
    }
    const void *data = block->data;
    unsigned char *plain = NULL;
    size_t len = block->len;
    if (b->decrypt) {
        plain = malloc(block->len + 16);
        if (!plain || !sc_decrypt_add(b->decrypt, block->data, block->len, plain, &len)) {
            b->failed = !sc_fail(&b->err, SC_ERR_MEMORY, "no memory to decrypt");
            free(plain);
            return;
        }
        data = plain;
    }
    b->failed = !put(b, data, len);
    free(plain);
}

/* A huge body is mapped: what is copied could not be dropped at need. */
static bool inspect_map(struct sc_body *b, const struct sc_buf *init,
                        struct sc_segment_check *check)
{
    size_t n = (size_t)b->size_bytes;
    void *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, b->fd, 0);
    if (map == MAP_FAILED)
        return sc_fail_errno(&b->err, errno, "cannot read %s", b->part);
    bool ok = sc_segment_inspect_map(init->data, init->len, map, n, check, &b->err);
    munmap(map, n);
    return ok;
}

/* The whole body back from the page cache, with its init in front for the check. */
static bool inspect(struct sc_body *b, struct sc_segment_check *check)
{
    struct sc_transfer *e = b->e;
    const struct sc_plan_item *p = &e->plan->items[b->item];
    static const struct sc_buf none;
    const struct sc_buf *init = p->init >= 0 ? &e->inits[p->init] : &none;
    struct sc_buf data = SC_BUF_INIT((size_t)b->size_bytes + 1);
    if (e->plan->file_bytes) /* is judged as a whole */
        return true;
    if (b->size_bytes > SC_CHUNK_WINDOW)
        return inspect_map(b, init, check);
    bool ok = sc_buf_reserve(&data, (size_t)b->size_bytes) ||
              sc_fail(&b->err, SC_ERR_MEMORY, "no memory to check a segment");
    if (ok && pread(b->fd, data.data, (size_t)b->size_bytes, 0) != (ssize_t)b->size_bytes)
        ok = sc_fail_errno(&b->err, errno, "cannot read %s", b->part);
    ok = ok && sc_segment_inspect(init->data, init->len, data.data, (size_t)b->size_bytes,
                                  check, &b->err);
    sc_buf_finish(&data);
    return ok;
}

static bool load_init(struct sc_body *b, struct sc_buf *out)
{
    if (b->size_bytes > MAX_INIT_BYTES)
        return sc_fail(&b->err, SC_ERR_MEDIA, "the initialisation section is too large");
    if (!sc_buf_reserve(out, (size_t)b->size_bytes))
        return sc_fail(&b->err, SC_ERR_MEMORY, "no memory for an initialisation section");
    if (pread(b->fd, out->data, (size_t)b->size_bytes, 0) != (ssize_t)b->size_bytes)
        return sc_fail_errno(&b->err, errno, "cannot read %s", b->part);
    out->len = (size_t)b->size_bytes;
    return looks_like_mp4((unsigned char *)out->data, out->len) ||
           sc_fail(&b->err, SC_ERR_MEDIA, "the initialisation section is no MP4");
}

static bool finish_bytes(struct sc_body *b)
{
    unsigned char rest[16];
    size_t n = 0;
    if (b->fd < 0)
        return sc_fail(&b->err, SC_ERR_MEDIA, "the server sent nothing");
    if (b->decrypt &&
        (!sc_decrypt_finish(b->decrypt, rest, &n, &b->err) || !put(b, rest, n)))
        return false;
    return b->size_bytes > 0 || sc_fail(&b->err, SC_ERR_MEDIA, "the server sent nothing");
}

/*
 * What looks damaged is fetched again. When the same bytes come, the server has
 * no others: they are kept, and it is said.
 */
static bool believe(struct sc_body *b, const char *suspect, const char *sha256)
{
    struct sc_transfer *e = b->e;
    const struct sc_plan_item *p = &e->plan->items[b->item];
    struct sc_item *it = &e->items[b->item];
    pthread_mutex_lock(&e->mutex);
    bool same = strcmp(it->doubted, sha256) == 0, habit = e->n_doubted >= HABIT;
    if (same)
        e->n_doubted++;
    memcpy(it->doubted, sha256, sizeof it->doubted);
    pthread_mutex_unlock(&e->mutex);
    if (same && !habit)
        sc_remark(
            e->opt.remarks,
            SC_SAID(
                "segment %llu looks damaged (%s), but the server sends it so every time"),
            (unsigned long long)p->number, suspect);
    return same || habit ||
           sc_fail(&b->err, SC_ERR_MEDIA, "it looks damaged: %s", suspect);
}

/* Gives the chunk its name and the journal its line; the flush comes later. */
static bool record(struct sc_body *b, const struct sc_segment_check *check,
                   struct sc_journal_entry *entry)
{
    struct sc_transfer *e = b->e;
    memcpy(entry->id, e->plan->items[b->item].id, sizeof entry->id);
    sc_sha256_finish_take(b->sha, entry->sha256);
    b->sha = NULL;
    if (check->suspect && !believe(b, check->suspect, entry->sha256))
        return false;
    entry->size_bytes = b->size_bytes;
    entry->times = (struct sc_segment_times){
        .pts_s = check->first_pts_s,
        .span_s = check->pts_span_s,
        .frame_s = check->frame_s,
        .sound_s = check->sound_first_s,
        .sound_end_s = check->sound_end_s,
        .sound_frame_s = check->sound_frame_s,
        .first_counter = check->first_counter,
        .last_counter = check->last_counter,
        .kinds = (int)check->kinds,
    };
    if (rename(b->part, b->path) != 0)
        return sc_fail_errno(&b->err, errno, "cannot move %s", b->part);
    free(b->part);
    b->part = NULL;
    return sc_journal_add(e->journal, entry, &b->err);
}

/* Hands the descriptor to the thread that flushes. With the mutex held. */
static void flush_later(struct sc_body *b)
{
    struct sc_transfer *e = b->e;
    struct sc_sync *s = malloc(sizeof *s);
    if (!s)
        return;
    *s = (struct sc_sync){e->syncs, b->fd};
    e->syncs = s;
    b->fd = -1;
    pthread_cond_signal(&e->sync_more);
}

static bool is_disk_trouble(const struct sc_error *err)
{
    return err->code == SC_ERR_DISK_FULL || err->code == SC_ERR_IO ||
           err->code == SC_ERR_PERMISSION || err->code == SC_ERR_MEMORY;
}

static void fail_body(struct sc_body *b, const struct sc_fetch_answer *a, bool content)
{
    struct sc_transfer *e = b->e;
    if (b->err.code == SC_ERR_DISK_FULL)
        sc_transfer_disk_full(e);
    else if (is_disk_trouble(&b->err))
        sc_transfer_fatal(e, &b->err);
    else
        sc_transfer_failed(e, b->item, content ? SC_FAIL_CONTENT : SC_FAIL_TRANSPORT, a,
                           content ? &b->err : NULL);
}

static bool finish_key(struct sc_body *b)
{
    if (b->size_bytes != KEY_BYTES)
        return sc_fail(&b->err, SC_ERR_MEDIA, "a decryption key has not 16 bytes");
    pthread_mutex_lock(&b->e->mutex);
    memcpy(b->e->keys[b->item], b->small, KEY_BYTES);
    pthread_mutex_unlock(&b->e->mutex);
    return true;
}

/* The attempt is over: everything that may go wrong, then it counts. */
static void end_body(struct sc_body *b, const struct sc_fetch_answer *a)
{
    struct sc_transfer *e = b->e;
    const struct sc_plan_item *p = &e->plan->items[b->item];
    struct sc_segment_check check = {
        .pts_span_s = -1, .sound_end_s = -1, .first_counter = -1, .last_counter = -1};
    struct sc_journal_entry entry = {.size_bytes = 0};
    struct sc_buf init = SC_BUF_INIT(MAX_INIT_BYTES + 1);
    bool ok = a->complete && !b->failed, content = a->complete;
    if (ok && p->kind == SC_ITEM_KEY)
        ok = finish_key(b);
    else if (ok)
        ok = finish_bytes(b) &&
             (p->kind == SC_ITEM_INIT ? load_init(b, &init) : inspect(b, &check)) &&
             record(b, &check, &entry);
    pthread_mutex_lock(&e->mutex);
    struct sc_item *it = &e->items[b->item];
    if (ok) {
        if (p->kind == SC_ITEM_INIT) {
            sc_buf_finish(&e->inits[b->item]);
            e->inits[b->item] = init;
            init = (struct sc_buf){0};
        }
        it->written_s = sc_clock_monotonic_s();
        it->size_bytes = entry.size_bytes;
        memcpy(it->sha256, entry.sha256, sizeof it->sha256);
        it->times = entry.times;
        if (p->kind != SC_ITEM_KEY)
            flush_later(b);
        sc_transfer_done(e, b->item);
    } else {
        fail_body(b, a, content);
    }
    pthread_mutex_unlock(&e->mutex);
    sc_buf_finish(&init);
    sc_body_destroy(b);
}

static struct sc_block *next_block(struct sc_transfer *e, struct sc_queue *q)
{
    pthread_mutex_lock(&e->mutex);
    while (!q->first && !e->writers_end)
        pthread_cond_wait(&q->more, &e->mutex);
    struct sc_block *b = q->first;
    if (b) {
        q->first = b->next;
        if (!q->first)
            q->last = NULL;
    }
    pthread_mutex_unlock(&e->mutex);
    return b;
}

void *sc_transfer_writer(void *user)
{
    struct sc_writer_arg arg = *(struct sc_writer_arg *)user;
    struct sc_transfer *e = arg.e;
    free(user);
    for (struct sc_block *b; (b = next_block(e, &e->queues[arg.number]));) {
        struct sc_body *body = b->body;
        if (b->end) {
            end_body(body, &b->answer);
        } else {
            take_block(body, b);
            if (body->failed && is_disk_trouble(&body->err)) {
                pthread_mutex_lock(&e->mutex);
                fail_body(body, &b->answer, false);
                pthread_mutex_unlock(&e->mutex);
            }
        }
        pthread_mutex_lock(&e->mutex);
        e->queued_bytes -= b->len;
        bool wake = e->network_paused && e->queued_bytes * 2 <= e->opt.memory_bytes;
        if (wake)
            e->network_paused = false;
        pthread_mutex_unlock(&e->mutex);
        if (wake)
            sc_fetcher_wake(e->fetcher);
        free(b);
    }
    return NULL;
}

/* The journal's promise holds without it; a lost machine costs what is younger. */
static void wait_for_age(struct sc_transfer *e)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FLUSH_EVERY_S;
    while (!e->sync_end &&
           pthread_cond_timedwait(&e->sync_more, &e->mutex, &until) != ETIMEDOUT)
        ;
}

static void flush(struct sc_transfer *e, struct sc_sync *list)
{
    bool any = false;
    while (list) {
        struct sc_sync *next = list->next;
        pthread_mutex_lock(&e->mutex);
        /* When all is there the video comes next, and is flushed itself. */
        bool skip = e->over && e->sync_end;
        pthread_mutex_unlock(&e->mutex);
        if (!skip) {
#ifdef __APPLE__
            fsync(list->fd);
#else
            fdatasync(list->fd);
#endif
            any = true;
        }
        close(list->fd);
        free(list);
        list = next;
    }
    if (any)
        sc_journal_sync(e->journal);
}

/*
 * fdatasync costs milliseconds per segment: here nobody waits for it, and what
 * came within some seconds is flushed together.
 */
void *sc_transfer_syncer(void *user)
{
    struct sc_transfer *e = user;
    for (;;) {
        pthread_mutex_lock(&e->mutex);
        while (!e->syncs && !e->sync_end)
            pthread_cond_wait(&e->sync_more, &e->mutex);
        wait_for_age(e);
        struct sc_sync *list = e->syncs;
        e->syncs = NULL;
        bool end = e->sync_end;
        pthread_mutex_unlock(&e->mutex);
        flush(e, list);
        if (end)
            return NULL;
    }
}
