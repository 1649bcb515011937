#include "download/journal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_JOURNAL_BYTES = 256 * 1024 * 1024, MAX_LINE = 1024 };

struct sc_journal {
    struct sc_journal_entry
        *entries; /* sorted by id, newest of each; constant after open */
    size_t n, cap;
    pthread_mutex_t mutex; /* guards the file */
    int fd;
};

static bool read_line(const char *line, size_t len, struct sc_journal_entry *e)
{
    const char *id = NULL, *sha = NULL;
    json_int_t size = -1;
    struct sc_segment_times t = SC_SEGMENT_TIMES_NONE;
    if (len > MAX_LINE)
        return false;
    json_t *o = json_loadb(line, len, 0, NULL);
    bool ok = o &&
              json_unpack(o, "{s:s, s:I, s:s, s?F, s?F, s?F, s?[F, F, F], s?[i, i], s?i}",
                          "id", &id, "size", &size, "sha256", &sha, "pts", &t.pts_s,
                          "span", &t.span_s, "frame", &t.frame_s, "sound", &t.sound_s,
                          &t.sound_end_s, &t.sound_frame_s, "counter", &t.first_counter,
                          &t.last_counter, "kinds", &t.kinds) == 0 &&
              strlen(id) == SC_PLAN_ID_SIZE - 1 &&
              strlen(sha) == SC_SHA256_HEX_SIZE - 1 && size > 0;
    if (ok) {
        memcpy(e->id, id, SC_PLAN_ID_SIZE);
        memcpy(e->sha256, sha, SC_SHA256_HEX_SIZE);
        e->size_bytes = (uint64_t)size;
        e->times = t;
    }
    json_decref(o);
    return ok;
}

static bool push(struct sc_journal *j, const struct sc_journal_entry *e)
{
    if (j->n == j->cap) {
        size_t cap = j->cap ? j->cap * 2 : 256;
        struct sc_journal_entry *entries = realloc(j->entries, cap * sizeof *entries);
        if (!entries)
            return false;
        j->entries = entries;
        j->cap = cap;
    }
    j->entries[j->n++] = *e;
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct sc_journal_entry *x = a, *y = b;
    return strcmp(x->id, y->id);
}

/* A stable sort keeps the newest last; only that one stays. */
static bool index_entries(struct sc_journal *j)
{
    if (j->n < 2)
        return true;
    struct sc_journal_entry *sorted = malloc(j->n * sizeof *sorted);
    if (!sorted)
        return false;
    /* Merge sort by hand: qsort is not stable everywhere. */
    for (size_t width = 1; width < j->n; width *= 2) {
        for (size_t at = 0; at < j->n; at += 2 * width) {
            size_t a = at, mid = at + width < j->n ? at + width : j->n;
            size_t b = mid, end = mid + width < j->n ? mid + width : j->n;
            for (size_t k = at; k < end; k++)
                sorted[k] = a < mid && (b >= end || compare_entries(&j->entries[a],
                                                                    &j->entries[b]) <= 0)
                                ? j->entries[a++]
                                : j->entries[b++];
        }
        memcpy(j->entries, sorted, j->n * sizeof *sorted);
    }
    free(sorted);
    size_t kept = 0;
    for (size_t i = 0; i < j->n; i++)
        if (i + 1 == j->n || strcmp(j->entries[i].id, j->entries[i + 1].id) != 0)
            j->entries[kept++] = j->entries[i];
    j->n = kept;
    return true;
}

/* Returns the length of the whole lines; what follows is torn. */
static bool read_all(struct sc_journal *j, const struct sc_buf *text, size_t *whole)
{
    size_t at = 0, bad = 0;
    while (at < text->len) {
        const char *line = text->data + at;
        const char *end = memchr(line, '\n', text->len - at);
        struct sc_journal_entry e;
        if (!end)
            break;
        if (!read_line(line, (size_t)(end - line), &e))
            bad++;
        else if (!push(j, &e))
            return false;
        at += (size_t)(end - line) + 1;
    }
    if (bad)
        sc_debug("%zu lines of the journal are unreadable and ignored", bad);
    *whole = at;
    return index_entries(j);
}

bool sc_journal_open(const char *path, struct sc_journal **out, struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    size_t whole = 0;
    struct sc_journal *j = calloc(1, sizeof *j);
    if (!j)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the journal");
    pthread_mutex_init(&j->mutex, NULL);
    j->fd = -1;
    bool ok = !sc_file_exists(path) || sc_file_read(path, MAX_JOURNAL_BYTES, &text, err);
    if (ok && !read_all(j, &text, &whole))
        ok = sc_fail(err, SC_ERR_MEMORY, "no memory for the journal");
    sc_buf_finish(&text);
    if (ok) {
        j->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (j->fd < 0 || ftruncate(j->fd, (off_t)whole) != 0)
            ok = sc_fail_errno(err, errno, "cannot write the journal %s", path);
    }
    if (!ok) {
        sc_journal_close(j);
        return false;
    }
    *out = j;
    return true;
}

void sc_journal_close(struct sc_journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    pthread_mutex_destroy(&j->mutex);
    free(j->entries);
    free(j);
}

const struct sc_journal_entry *sc_journal_find(const struct sc_journal *j, const char *id)
{
    struct sc_journal_entry key;
    if (j->n == 0)
        return NULL;
    memcpy(key.id, id, SC_PLAN_ID_SIZE);
    return bsearch(&key, j->entries, j->n, sizeof key, compare_entries);
}

bool sc_journal_add(struct sc_journal *j, const struct sc_journal_entry *e,
                    struct sc_error *err)
{
    char line[MAX_LINE];
    const struct sc_segment_times *t = &e->times;
    int n = snprintf(line, sizeof line,
                     "{\"id\":\"%s\",\"size\":%llu,\"sha256\":\"%s\",\"pts\":%.6f,"
                     "\"span\":%.6f,\"frame\":%.6f,\"sound\":[%.6f,%.6f,%.6f],"
                     "\"counter\":[%d,%d],\"kinds\":%d}\n",
                     e->id, (unsigned long long)e->size_bytes, e->sha256, t->pts_s,
                     t->span_s, t->frame_s, t->sound_s, t->sound_end_s, t->sound_frame_s,
                     t->first_counter, t->last_counter, t->kinds);
    bool ok = true;
    pthread_mutex_lock(&j->mutex);
    off_t before = lseek(j->fd, 0, SEEK_END);
    ssize_t done = write(j->fd, line, (size_t)n);
    if (done != n) {
        int saved = done < 0 ? errno : ENOSPC;
        if (done > 0 && before >= 0 && ftruncate(j->fd, before) != 0)
            sc_debug("a torn line stays in the journal");
        ok = sc_fail_errno(err, saved, "cannot write the journal");
    }
    pthread_mutex_unlock(&j->mutex);
    return ok;
}

void sc_journal_sync(struct sc_journal *j)
{
#ifdef __APPLE__
    fsync(j->fd);
#else
    fdatasync(j->fd);
#endif
}
