#include "speech/checkpoint.h"

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "speech/speech.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_FILE = 256 * 1024 * 1024,
    MAX_SEGMENTS = 10000,
    TRACK_HEADER = 8 + 64 + 64 + 8, /* magic, fingerprint, digest of the rest, samples */
};
static const char TRACK_FILE[] = "speech.vad";
static const char TRACK_MAGIC[8] = {'S', 'C', 'V', 'A', 'D', '1', '\r', '\n'};

struct entry {
    char key[SC_SHA256_HEX_SIZE];
    struct sc_span_result result;
};

struct sc_checkpoint {
    int fd; /* -1: nothing is kept */
    struct entry *entries;
    size_t n, cap;
};

/* ---- one line ---- */

static bool read_segments(const json_t *list, struct sc_span_result *r)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > MAX_SEGMENTS)
        return false;
    r->segments = calloc(n ? n : 1, sizeof *r->segments);
    if (!r->segments)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct sc_utterance *u = &r->segments[i];
        r->n_segments++;
        if (!sc_utterance_from_json(json_array_get(list, i), u, NULL))
            return false;
    }
    return true;
}

static bool read_line(const char *line, size_t len, struct entry *e)
{
    *e = (struct entry){.result = {.no_speech = -1}};
    json_t *j = json_loadb(line, len, 0, NULL);
    const char *key = json_string_value(json_object_get(j, "key"));
    const char *language = json_string_value(json_object_get(j, "language"));
    bool ok = key && strlen(key) == SC_SHA256_HEX_SIZE - 1 &&
              read_segments(json_object_get(j, "segments"), &e->result);
    if (ok) {
        memcpy(e->key, key, SC_SHA256_HEX_SIZE);
        snprintf(e->result.language, sizeof e->result.language, "%s",
                 language ? language : "");
    } else
        sc_span_result_finish(&e->result);
    json_decref(j);
    return ok;
}

static char *write_line(const char *key, const struct sc_span_result *r)
{
    json_t *segments = json_array();
    for (size_t i = 0; i < r->n_segments; i++)
        json_array_append_new(segments, sc_utterance_json(&r->segments[i]));
    json_t *j = json_pack("{s:s, s:s, s:o}", "key", key, "language", r->language,
                          "segments", segments);
    char *line = j ? json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    json_decref(j);
    return line;
}

/* ---- the file ---- */

static bool keep_entry(struct sc_checkpoint *c, struct entry *e)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 256;
        struct entry *grown = realloc(c->entries, cap * sizeof *grown);
        if (!grown) {
            sc_span_result_finish(&e->result);
            return false;
        }
        c->entries = grown;
        c->cap = cap;
    }
    c->entries[c->n++] = *e;
    return true;
}

/* Reads the whole lines; returns how many bytes they are. */
static size_t read_entries(struct sc_checkpoint *c, const struct sc_buf *text)
{
    size_t at = 0, good = 0;
    while (at < text->len) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        if (!end)
            break;
        size_t len = (size_t)(end - text->data) - at;
        struct entry e;
        if (len && read_line(text->data + at, len, &e))
            keep_entry(c, &e);
        at += len + 1;
        good = at;
    }
    return good;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

bool sc_checkpoint_open(const char *work_dir, struct sc_checkpoint **out,
                        struct sc_error *err)
{
    struct sc_checkpoint *c = calloc(1, sizeof *c);
    struct sc_buf text = SC_BUF_INIT(MAX_FILE);
    char *path = NULL;
    if (!c)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    c->fd = -1;
    if (!work_dir) {
        *out = c;
        return true;
    }
    path = sc_path_join(work_dir, SC_SPEECH_SPANS_FILE);
    if (!path || !sc_mkdirs(work_dir, err))
        goto failed;
    if (sc_file_exists(path) && !sc_file_read(path, MAX_FILE, &text, NULL)) {
        sc_warn("%s cannot be read; starting over", path);
        sc_buf_clear(&text);
    }
    size_t good = read_entries(c, &text);
    if (c->n)
        qsort(c->entries, c->n, sizeof *c->entries, compare_keys);
    c->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (c->fd < 0 || ftruncate(c->fd, (off_t)good) != 0 ||
        lseek(c->fd, (off_t)good, SEEK_SET) < 0) {
        sc_fail_errno(err, errno, "cannot write %s", path);
        goto failed;
    }
    free(path);
    sc_buf_finish(&text);
    *out = c;
    return true;
failed:
    sc_fail(err, SC_ERR_MEMORY, "out of memory");
    free(path);
    sc_buf_finish(&text);
    sc_checkpoint_close(c);
    return false;
}

void sc_checkpoint_close(struct sc_checkpoint *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        sc_span_result_finish(&c->entries[i].result);
    free(c->entries);
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

bool sc_checkpoint_take(struct sc_checkpoint *c, const char *key,
                        struct sc_span_result *out)
{
    struct entry want = {0};
    memcpy(want.key, key, SC_SHA256_HEX_SIZE);
    struct entry *e =
        c->n ? bsearch(&want, c->entries, c->n, sizeof *e, compare_keys) : NULL;
    if (!e || !e->result.segments)
        return false;
    *out = e->result;
    e->result = (struct sc_span_result){.no_speech = -1};
    return true;
}

bool sc_checkpoint_add(struct sc_checkpoint *c, const char *key,
                       const struct sc_span_result *r, struct sc_error *err)
{
    if (c->fd < 0)
        return true;
    char *line = write_line(key, r);
    if (!line)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a checkpoint");
    size_t len = strlen(line), at = 0;
    line[len++] = '\n'; /* in place of the NUL: one write for the whole line */
    bool ok = true;
    while (ok && at < len) {
        ssize_t n = write(c->fd, line + at, len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            ok = sc_fail_errno(err, n == 0 ? EIO : errno, "cannot write a checkpoint");
    }
    if (ok && fsync(c->fd) != 0 && errno != EINVAL)
        ok = sc_fail_errno(err, errno, "cannot write a checkpoint");
    free(line);
    return ok;
}

/* ---- for who looks on ---- */

static int compare_starts(const void *a, const void *b)
{
    double x = ((const struct sc_utterance *)a)->start_s;
    double y = ((const struct sc_utterance *)b)->start_s;
    return (x > y) - (x < y);
}

bool sc_speech_read_partial(const char *work_dir, struct sc_transcript *out,
                            struct sc_error *err)
{
    struct sc_checkpoint *c = calloc(1, sizeof *c);
    struct sc_buf text = SC_BUF_INIT(MAX_FILE);
    struct sc_transcript t = {0};
    char *path = sc_path_join(work_dir, SC_SPEECH_SPANS_FILE);
    bool ok = (c && path) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (ok && sc_file_exists(path))
        ok = sc_file_read(path, MAX_FILE, &text, err);
    if (c) {
        c->fd = -1;
        read_entries(c, &text);
    }
    for (size_t i = 0; ok && i < c->n; i++)
        for (size_t k = 0; ok && k < c->entries[i].result.n_segments; k++) {
            struct sc_utterance *from = &c->entries[i].result.segments[k];
            struct sc_utterance u = {.start_s = from->start_s,
                                     .end_s = from->end_s,
                                     .confidence = from->confidence,
                                     .text = from->text};
            from->text = NULL;
            ok = !u.text || sc_transcript_add_take(&t, &u, err);
        }
    if (ok && t.n_utterances > 1)
        qsort(t.utterances, t.n_utterances, sizeof *t.utterances, compare_starts);
    sc_checkpoint_close(c);
    sc_buf_finish(&text);
    free(path);
    if (ok)
        *out = t;
    else
        sc_transcript_finish(&t);
    return ok;
}

/* ---- the voice detector's track ---- */

bool sc_checkpoint_load_track(const char *work_dir, const char *fingerprint,
                              struct sc_vad *out)
{
    char digest[SC_SHA256_HEX_SIZE];
    struct sc_buf b = SC_BUF_INIT(MAX_FILE);
    char *path = work_dir ? sc_path_join(work_dir, TRACK_FILE) : NULL;
    bool ok = path && sc_file_exists(path) && sc_file_read(path, MAX_FILE, &b, NULL) &&
              b.len >= TRACK_HEADER;
    if (ok) {
        sc_sha256_of(b.data + 136, b.len - 136, digest);
        ok = memcmp(b.data, TRACK_MAGIC, 8) == 0 &&
             memcmp(b.data + 8, fingerprint, 64) == 0 &&
             memcmp(b.data + 72, digest, 64) == 0;
    }
    size_t n = ok ? (b.len - TRACK_HEADER) / sizeof *out->frames : 0;
    struct sc_vad v = {.n = n, .cap = n};
    if (ok && n && !(v.frames = malloc(n * sizeof *v.frames)))
        ok = false;
    if (ok) {
        memcpy(&v.n_samples, b.data + 136, sizeof v.n_samples);
        if (n)
            memcpy(v.frames, b.data + TRACK_HEADER, n * sizeof *v.frames);
        *out = v;
    }
    free(path);
    sc_buf_finish(&b);
    return ok;
}

bool sc_checkpoint_save_track(const char *work_dir, const char *fingerprint,
                              const struct sc_vad *v, struct sc_error *err)
{
    char digest[SC_SHA256_HEX_SIZE];
    struct sc_buf rest = SC_BUF_INIT(0), b = SC_BUF_INIT(0);
    if (!work_dir)
        return true;
    if (!sc_mkdirs(work_dir, err))
        return false;
    sc_buf_add(&rest, &v->n_samples, sizeof v->n_samples);
    sc_buf_add(&rest, v->frames, v->n * sizeof *v->frames);
    sc_sha256_of(rest.data, rest.len, digest);
    sc_buf_add(&b, TRACK_MAGIC, sizeof TRACK_MAGIC);
    sc_buf_add(&b, fingerprint, 64);
    sc_buf_add(&b, digest, 64);
    sc_buf_add(&b, rest.data, rest.len);
    char *path = sc_path_join(work_dir, TRACK_FILE);
    bool ok = path && !b.failed && !rest.failed
                  ? sc_file_write(path, b.data, b.len, false, err)
                  : sc_fail(err, SC_ERR_MEMORY, "no memory for a checkpoint");
    free(path);
    sc_buf_finish(&rest);
    sc_buf_finish(&b);
    return ok;
}
