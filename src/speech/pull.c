/*
 * Fetching a model: into NAME.part, which is kept when the connection breaks
 * and continued with a Range request; renamed when size and SHA-256 are right.
 * A server that ignores Range answers 200 and is read from the start.
 */
#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "net/http.h"
#include "speech/models.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_TRIES = 5, /* in a row, without a byte gained */
    RETRY_MS = 1000,
    READ_CHUNK = 256 * 1024,
};
static const uint64_t DISK_RESERVE = 64 * 1000 * 1000; /* left free beside the model */
static const char WHISPER_REPOSITORY[] =
    "https://huggingface.co/ggerganov/whisper.cpp/resolve/main";
static const char VAD_REPOSITORY[] =
    "https://huggingface.co/ggml-org/whisper-vad/resolve/main";

char *sc_speech_model_url(const struct sc_speech_model *m, const char *mirror)
{
    const char *base = mirror && *mirror ? mirror : WHISPER_REPOSITORY;
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    /* At home the voice detectors live in another repository; a mirror has all in one. */
    if (m->kind == SC_MODEL_VAD && n == strlen(WHISPER_REPOSITORY) &&
        strncmp(base, WHISPER_REPOSITORY, n) == 0)
        return sc_strf("%s/%s", VAD_REPOSITORY, m->file);
    return sc_strf("%.*s/%s", (int)n, base, m->file);
}

struct pull {
    const struct sc_speech_model *model;
    const struct sc_model_pull *opts;
    const struct sc_cancel *cancel;
    char *path, *part; /* heap */
    FILE *out;
    uint64_t have;       /* bytes in the part file */
    uint64_t asked_from; /* where the running request begins */
    bool first;          /* no byte of the running answer has come yet */
    unsigned pieces;     /* answers that the part file is made of */
    bool write_failed;
    int write_errno;
};

static void report(const struct pull *p)
{
    struct sc_progress now = {.stage = "model",
                              .done = (double)p->have,
                              .total = (double)p->model->size_bytes,
                              .unit = SC_UNIT_BYTES,
                              .note = p->model->name};
    sc_progress_report(&p->opts->progress, &now);
}

static bool on_body(void *user, const void *data, size_t len)
{
    struct pull *p = user;
    p->first = false;
    if (p->have + len > p->model->size_bytes)
        return false; /* not our model; the digest will not be asked */
    if (fwrite(data, 1, len, p->out) != len) {
        p->write_failed = true;
        p->write_errno = errno;
        return false;
    }
    p->have += len;
    report(p);
    return true;
}

static bool check_disk(const struct pull *p, struct sc_error *err)
{
    uint64_t available, need = p->model->size_bytes - p->have + DISK_RESERVE;
    char wanted[32], there[32];
    if (!sc_disk_free(p->opts->models_dir, &available, err))
        return false;
    if (available >= need)
        return true;
    sc_format_bytes((double)need, wanted, sizeof wanted);
    sc_format_bytes((double)available, there, sizeof there);
    sc_fail(err, SC_ERR_DISK_FULL,
            "the model \"%s\" needs %s of disk space, and %s are free", p->model->name,
            wanted, there);
    return sc_error_hint(err, "Free some space, choose a smaller model, or set "
                              "SCALER_MODELS_DIR to another disk.");
}

static bool open_part(struct pull *p, struct sc_error *err)
{
    int64_t size = sc_file_size(p->part);
    p->have = size > 0 ? (uint64_t)size : 0;
    /* Longer than the model, or whole and yet still here: of no use. */
    bool fresh = p->have >= p->model->size_bytes;
    if (fresh)
        p->have = 0;
    p->out = fopen(p->part, fresh || size < 0 ? "wb" : "r+b");
    if (!p->out || fseeko(p->out, (off_t)p->have, SEEK_SET) != 0)
        return sc_fail_errno(err, errno, "cannot write %s", p->part);
    return true;
}

/* A status that repeating will not change. */
static bool judge_status(const struct pull *p, int status, struct sc_error *err)
{
    if (status == 200 || status == 206 || status == 416)
        return true;
    bool missing = status == 404 || status == 410;
    bool refused = status == 401 || status == 403;
    sc_fail(err,
            missing   ? SC_ERR_NOT_FOUND
            : refused ? SC_ERR_FORBIDDEN
                      : SC_ERR_NETWORK,
            "the server has no model \"%s\" to give (HTTP %d)", p->model->name, status);
    return sc_error_hint(err, "SCALER_MODEL_MIRROR names the address that models are "
                              "fetched from.");
}

static bool write_failure(const struct pull *p, struct sc_error *err)
{
    return sc_fail_errno(err, p->write_errno ? p->write_errno : EIO, "cannot write %s",
                         p->part);
}

static bool cut_part(struct pull *p, uint64_t size, struct sc_error *err)
{
    p->have = size;
    if (fflush(p->out) != 0 || fseeko(p->out, (off_t)size, SEEK_SET) != 0 ||
        ftruncate(fileno(p->out), (off_t)size) != 0)
        return sc_fail_errno(err, errno, "cannot write %s", p->part);
    return true;
}

/*
 * One request for what is missing. The body callback cannot know the status, so
 * a resumed request that the server answers with 200 is recognised afterwards
 * and asked again from the start.
 */
static bool request_rest(struct pull *p, const char *url, struct sc_error *err)
{
    struct sc_http_request q = SC_HTTP_REQUEST_INIT;
    struct sc_http_response r = {0};
    q.url = url;
    q.on_body = on_body;
    q.user = p;
    q.range_start = p->have ? (int64_t)p->have : -1;
    p->asked_from = p->have;
    p->first = true;
    bool ok = sc_http_perform(&q, &r, p->cancel, err);
    int status = r.status;
    /* A login or error page that claims to be fine. */
    bool page = r.content_type && sc_str_starts(r.content_type, "text/html");
    sc_http_response_finish(&r);
    if (p->write_failed) {
        sc_error_clear(err);
        return write_failure(p, err);
    }
    /* The whole file in answer to a request for its rest, or no rest at all. */
    bool from_start = !p->first && status == 200 && p->asked_from > 0;
    if (from_start || (ok && status == 416)) {
        if (!cut_part(p, 0, err))
            return false;
    } else if (page && !p->first && !cut_part(p, p->asked_from, err))
        return false;
    if (ok && !judge_status(p, status, err))
        return false;
    if (ok && page)
        return sc_fail(err, SC_ERR_NETWORK, "the server sent a web page, no model");
    return ok;
}

/* Asks until all is there; gives up after MAX_TRIES without gaining a byte. */
static bool fetch(struct pull *p, struct sc_error *err)
{
    char *url = sc_speech_model_url(p->model, p->opts->mirror);
    int tries = 0;
    uint64_t most = p->have; /* a server that starts over gains nothing */
    bool ok = url != NULL;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    report(p);
    while (ok && p->have < p->model->size_bytes) {
        struct sc_error why = {0};
        uint64_t before = p->have;
        bool answered = request_rest(p, url, &why);
        p->pieces += p->have != before;
        if (sc_cancel_check(p->cancel, err)) {
            ok = false;
        } else if (!answered &&
                   (why.code == SC_ERR_NOT_FOUND || why.code == SC_ERR_FORBIDDEN ||
                    why.code == SC_ERR_DISK_FULL || why.code == SC_ERR_IO ||
                    why.code == SC_ERR_PERMISSION)) {
            *err = why;
            ok = false;
        } else if (p->have > most) {
            most = p->have;
            tries = 0;
        } else if (++tries >= MAX_TRIES) {
            if (why.code == SC_ERR_OK)
                sc_fail(&why, SC_ERR_NETWORK,
                        "the server gives no more of the model \"%s\"", p->model->name);
            *err = why;
            ok = false;
        } else if (sc_cancel_sleep(p->cancel, RETRY_MS)) {
            ok = !sc_cancel_check(p->cancel, err);
        }
    }
    free(url);
    return ok;
}

static bool digest_matches(const char *path, const struct sc_speech_model *m,
                           struct sc_error *err)
{
    char hex[SC_SHA256_HEX_SIZE];
    if (!sc_sha256_of_file(path, hex, err))
        return false;
    if (strcmp(hex, m->sha256) == 0)
        return true;
    sc_fail(err, SC_ERR_INVALID,
            "the file of the model \"%s\" is not what it should be "
            "(its SHA-256 differs)",
            m->name);
    return sc_error_hint(err, "It was removed; try again, perhaps from another mirror "
                              "(SCALER_MODEL_MIRROR).");
}

/* True when the model is there and whole. */
static bool already_there(const struct pull *p)
{
    return sc_file_size(p->path) == (int64_t)p->model->size_bytes &&
           digest_matches(p->path, p->model, NULL);
}

/* Until the part file is the model. What came in several pieces gets a second chance. */
static bool fetch_whole(struct pull *p, struct sc_error *err)
{
    bool resumed = p->have > 0;
    for (int round = 0; round < 2; round++) {
        struct sc_error why = {0};
        p->pieces = 0;
        if (!fetch(p, err))
            return false;
        if (fflush(p->out) != 0)
            return sc_fail_errno(err, errno, "cannot write %s", p->part);
        if (digest_matches(p->part, p->model, &why))
            return true;
        if (round > 0 || (!resumed && p->pieces <= 1)) {
            unlink(p->part);
            *err = why;
            return false;
        }
        if (!cut_part(p, 0, err))
            return false;
    }
    return false;
}

static bool pull_file(struct pull *p, struct sc_error *err)
{
    if (already_there(p)) {
        p->have = p->model->size_bytes;
        report(p);
        return true;
    }
    if (!sc_mkdirs(p->opts->models_dir, err) || !open_part(p, err) ||
        !check_disk(p, err) || !fetch_whole(p, err)) {
        if (p->out)
            fclose(p->out); /* what has come stays for the next try */
        if (sc_file_size(p->part) == 0)
            unlink(p->part);
        return false;
    }
    return sc_file_commit_take(p->out, p->part, p->path, err);
}

static const struct sc_speech_model *known(const char *name, struct sc_error *err)
{
    const struct sc_speech_model *m = sc_speech_model_find(name);
    if (!m) {
        sc_fail(err, SC_ERR_NOT_FOUND, "there is no speech model \"%s\"", name);
        sc_error_hint(err, "`scaler models list` shows the names.");
    }
    return m;
}

bool sc_speech_model_fetch(const struct sc_speech_model *model,
                           const struct sc_model_pull *opts, char **path,
                           const struct sc_cancel *cancel, struct sc_error *err)
{
    struct pull p = {.model = model, .opts = opts, .cancel = cancel};
    p.path = sc_path_join(opts->models_dir, model->file);
    p.part = p.path ? sc_strf("%s.part", p.path) : NULL;
    bool ok = p.part ? pull_file(&p, err) : sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (!ok)
        sc_error_wrap(err, "could not fetch the model \"%s\"", model->name);
    if (ok && path) {
        *path = p.path;
        p.path = NULL;
    }
    free(p.path);
    free(p.part);
    return ok;
}

bool sc_speech_model_pull(const char *name, const struct sc_model_pull *opts, char **path,
                          const struct sc_cancel *cancel, struct sc_error *err)
{
    const struct sc_speech_model *m = known(name, err);
    return m && sc_speech_model_fetch(m, opts, path, cancel, err);
}

bool sc_speech_model_remove(const char *name, const char *models_dir,
                            struct sc_error *err)
{
    /* Only what lies in the folder: a path as name would reach anywhere. */
    if (strchr(name, '/'))
        return sc_fail(err, SC_ERR_INVALID, "\"%s\" is a path, not a model's name", name);
    const struct sc_speech_model *m = sc_speech_model_find(name);
    char *path = sc_speech_model_path(models_dir, name);
    char *part = m ? sc_strf("%s/%s.part", models_dir, m->file) : NULL;
    bool removed = false, ok = true;
    char *files[] = {path, part};
    for (int i = 0; i < 2; i++) {
        if (!files[i])
            continue;
        if (unlink(files[i]) == 0)
            removed = true;
        else if (errno != ENOENT)
            ok = sc_fail_errno(err, errno, "cannot remove %s", files[i]);
    }
    if (ok && !removed)
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "the speech model \"%s\" is not there", name);
    free(path);
    free(part);
    return ok;
}
