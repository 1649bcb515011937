#include "speech/engines/io.h"

#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RAW_LIMIT_S = 60 * 60, /* longest single piece in raw mode */
    WATCH_MS = 100,
    READ_CHUNK = 1 << 16,
    WAV_HEADER = 44, /* canonical RIFF header of 16 bit PCM */
    EXIT_CANCELLED = 130,
};

/* One engine, one stdin, one stdout: the only state of these programs. */
static struct {
    int out_fd;
    pthread_mutex_t out_lock;
    atomic_bool busy;
    bool watching;
    struct sc_buf in; /* bytes read ahead */
    int16_t *samples;
    size_t cap;
    bool raw_done, raw_started;
} io = {.out_fd = 1, .out_lock = PTHREAD_MUTEX_INITIALIZER};

static const struct {
    const char *flag, *value, *meaning;
} option_help[] = {
    {"--framed", NULL, "spans with a header line each (what scaler uses)"},
    {"--raw", NULL, "all of stdin is one piece of audio (default)"},
    {"--vad", "FILE", "only print speech scores, by this voice activity model"},
    {"--probe", NULL, "print what this engine can do here, and end"},
    {"--model", "NAME", "model: a name from the models folder, or a path"},
    {"--models-dir", "DIR", "where models lie"},
    {"--device", "NAME", "auto, cpu, or a kind of GPU"},
    {"--language", "CODE", "en, hi... or auto"},
    {"--prompt", "TEXT", "names and terms that may occur"},
    {"--threads", "N", "CPU threads"},
    {"--beam", "N", "width of the search"},
};

void engine_usage(const char *program, const char *about)
{
    printf("%s: %s\n\nusage: %s [options] <audio >lines\n\n"
           "stdin: 16 kHz mono, signed 16 bit little endian (a WAV header is skipped)\n"
           "stdout: one JSON object per line, see docs/engines.md\n\n",
           program, about, program);
    for (size_t i = 0; i < sizeof option_help / sizeof option_help[0]; i++) {
        char flag[40];
        snprintf(flag, sizeof flag, "%s%s%s", option_help[i].flag,
                 option_help[i].value ? " " : "",
                 option_help[i].value ? option_help[i].value : "");
        printf("  %-20s %s\n", flag, option_help[i].meaning);
    }
}

static bool parse_int(const char *s, int max, int *out)
{
    uint64_t v;
    if (!sc_parse_u64(s, &v) || v > (uint64_t)max)
        return false;
    *out = (int)v;
    return true;
}

static bool set_value(struct engine_options *o, const char *flag, const char *value)
{
    const struct {
        const char *flag;
        const char **to;
    } strings[] = {{"--model", &o->model},   {"--models-dir", &o->models_dir},
                   {"--device", &o->device}, {"--language", &o->language},
                   {"--prompt", &o->prompt}, {"--vad", &o->vad_model}};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        if (strcmp(flag, strings[i].flag) == 0) {
            *strings[i].to = value;
            if (strings[i].to == &o->vad_model)
                o->mode = ENGINE_VAD;
            return true;
        }
    if (strcmp(flag, "--threads") == 0)
        return parse_int(value, 1024, &o->threads);
    if (strcmp(flag, "--beam") == 0)
        return parse_int(value, 64, &o->beam);
    return false;
}

bool engine_options_parse(struct engine_options *o, int argc, char **argv)
{
    *o = (struct engine_options){.mode = ENGINE_RAW, .beam = -1};
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--framed") == 0)
            o->mode = ENGINE_FRAMED;
        else if (strcmp(a, "--raw") == 0)
            o->mode = ENGINE_RAW;
        else if (strcmp(a, "--probe") == 0)
            o->mode = ENGINE_PROBE;
        else if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0)
            o->mode = ENGINE_HELP;
        else if (i + 1 < argc && set_value(o, a, argv[i + 1]))
            i++;
        else {
            fprintf(stderr, "%s: cannot use \"%s\" (try --help)\n", argv[0], a);
            return false;
        }
    }
    return true;
}

/* ---- stdin ---- */

static void *watch_stdin(void *user)
{
    (void)user;
    for (;;) {
        struct pollfd p = {.fd = 0};
        if (poll(&p, 1, WATCH_MS) > 0 && (p.revents & (POLLHUP | POLLERR))) {
            if (atomic_load(&io.busy))
                _exit(EXIT_CANCELLED);
            usleep(WATCH_MS * 1000); /* poll() returns at once from now on */
        }
    }
    return NULL;
}

void engine_busy(bool busy)
{
    pthread_t thread;
    atomic_store(&io.busy, busy);
    if (busy && !io.watching && pthread_create(&thread, NULL, watch_stdin, NULL) == 0) {
        pthread_detach(thread);
        io.watching = true;
    }
}

void engine_io_open(void)
{
    int real = dup(1);
    if (real < 0)
        return;
    io.out_fd = real;
    dup2(2, 1);
}

/* Appends what one read() gives; false at the end. */
static bool fill(void)
{
    if (!sc_buf_reserve(&io.in, READ_CHUNK))
        return false;
    for (;;) {
        ssize_t n = read(0, io.in.data + io.in.len, READ_CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        io.in.len += (size_t)n;
        io.in.data[io.in.len] = '\0';
        return true;
    }
}

static bool reserve_samples(size_t n)
{
    if (n <= io.cap)
        return true;
    int16_t *grown = realloc(io.samples, n * sizeof *grown);
    if (!grown)
        return false;
    io.samples = grown;
    io.cap = n;
    return true;
}

/* Moves n samples out of the read-ahead and stdin; returns how many there were. */
static size_t take_samples(int16_t *to, size_t n)
{
    while (io.in.len < n * sizeof *to && io.in.len < READ_CHUNK && fill())
        ;
    size_t have = io.in.len / sizeof *to;
    size_t got = have < n ? have : n;
    if (got) {
        memcpy(to, io.in.data, got * sizeof *to);
        sc_buf_consume(&io.in, got * sizeof *to);
    }
    return got;
}

static uint32_t le32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

/* A convenience for people: the samples of a WAV file start behind its "data" header. */
static void skip_wav_header(void)
{
    if (io.raw_started)
        return;
    io.raw_started = true;
    while (io.in.len < WAV_HEADER && fill())
        ;
    if (io.in.len < WAV_HEADER || memcmp(io.in.data, "RIFF", 4) != 0 ||
        memcmp(io.in.data + 8, "WAVE", 4) != 0)
        return;
    size_t at = 12;
    while (at + 8 <= io.in.len && memcmp(io.in.data + at, "data", 4) != 0)
        at += 8 + (size_t)le32(io.in.data + at + 4);
    sc_buf_consume(&io.in, at + 8 <= io.in.len ? at + 8 : WAV_HEADER);
}

size_t engine_read_raw(int16_t *samples, size_t n)
{
    size_t total = 0, got = 1;
    skip_wav_header();
    while (total < n && got) {
        got = take_samples(samples + total, n - total);
        total += got;
    }
    return total;
}

static enum engine_read read_raw_span(struct engine_span *out, struct sc_error *err)
{
    size_t n = 0, got;
    if (io.raw_done)
        return ENGINE_END;
    io.raw_done = true;
    do {
        if (n > (size_t)RAW_LIMIT_S * SC_ENGINE_RATE) {
            sc_fail(err, SC_ERR_LIMIT, "raw audio is limited to an hour");
            return ENGINE_BROKEN;
        }
        if (!reserve_samples(n ? n * 2 : READ_CHUNK)) {
            sc_fail(err, SC_ERR_MEMORY, "no memory for the audio");
            return ENGINE_BROKEN;
        }
        got = engine_read_raw(io.samples + n, io.cap - n);
        n += got;
    } while (n == io.cap);
    *out = (struct engine_span){.request = {.n_samples = n}, .samples = io.samples};
    return ENGINE_SPAN;
}

static enum engine_read read_framed_span(struct engine_span *out, struct sc_error *err)
{
    char *end = NULL;
    size_t looked = 0, n = 0, got = 1;
    while (io.in.len == looked ||
           !(end = memchr(io.in.data + looked, '\n', io.in.len - looked))) {
        looked = io.in.len;
        if (looked > SC_ENGINE_MAX_LINE) {
            sc_fail(err, SC_ERR_ENGINE, "the span's header has no end");
            return ENGINE_BROKEN;
        }
        if (!fill()) {
            if (io.in.len == 0)
                return ENGINE_END;
            sc_fail(err, SC_ERR_ENGINE, "the input ends in a span's header");
            return ENGINE_BROKEN;
        }
    }
    size_t len = (size_t)(end - io.in.data);
    if (!sc_span_request_parse(io.in.data, len, &out->request, err))
        return ENGINE_BROKEN;
    sc_buf_consume(&io.in, len + 1);
    if (!reserve_samples(out->request.n_samples + 1)) {
        sc_fail(err, SC_ERR_MEMORY, "no memory for the audio");
        return ENGINE_BROKEN;
    }
    while (n < out->request.n_samples && got) {
        got = take_samples(io.samples + n, out->request.n_samples - n);
        n += got;
    }
    if (n < out->request.n_samples) {
        sc_fail(err, SC_ERR_ENGINE, "the input ends within a span");
        return ENGINE_BROKEN;
    }
    out->samples = io.samples;
    return ENGINE_SPAN;
}

enum engine_read engine_read_span(enum engine_mode mode, struct engine_span *out,
                                  struct sc_error *err)
{
    return mode == ENGINE_FRAMED ? read_framed_span(out, err) : read_raw_span(out, err);
}

void engine_io_close(void)
{
    sc_buf_finish(&io.in);
    free(io.samples);
    io.samples = NULL;
    io.cap = 0;
}

/* ---- stdout ---- */

void engine_emit_take(const char *type, json_t *j)
{
    char *line = NULL;
    if (j && json_object_set_new(j, "type", json_string(type)) == 0)
        line = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(10));
    json_decref(j);
    size_t len = line ? strlen(line) : 0, at = 0;
    if (len)
        line[len++] = '\n'; /* in place of the NUL */
    pthread_mutex_lock(&io.out_lock);
    while (at < len) {
        ssize_t n = write(io.out_fd, line + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(EXIT_CANCELLED); /* nobody listens any more */
        at += (size_t)n;
    }
    pthread_mutex_unlock(&io.out_lock);
    free(line);
}

static void add_id(json_t *j, int64_t id)
{
    if (id >= 0)
        json_object_set_new(j, "id", json_integer(id));
}

void engine_emit_segment(int64_t id, const struct sc_utterance *u, double no_speech)
{
    json_t *j = sc_utterance_json(u);
    json_object_del(j, "suspect"); /* judged by the pipeline, not by the engine */
    json_object_del(j, "paragraph");
    if (no_speech >= 0)
        json_object_set_new(j, "no_speech", json_real(no_speech));
    add_id(j, id);
    engine_emit_take("segment", j);
}

void engine_emit_span_end(int64_t id, const char *language)
{
    json_t *j = json_object();
    add_id(j, id);
    if (language)
        json_object_set_new(j, "language", json_string(language));
    engine_emit_take("span_end", j);
}

void engine_emit_progress(int64_t id, double done_s, double total_s)
{
    json_t *j = json_pack("{s:f, s:f}", "done", done_s, "total", total_s);
    add_id(j, id);
    engine_emit_take("progress", j);
}

static json_t *text_object(const char *fmt, va_list ap)
{
    char text[300];
    vsnprintf(text, sizeof text, fmt, ap);
    char *valid = sc_utf8_repair(text, strlen(text));
    json_t *j = json_pack("{s:s}", "text", valid ? valid : "");
    free(valid);
    return j;
}

void engine_emit_log(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *j = text_object(fmt, ap);
    va_end(ap);
    engine_emit_take("log", j);
}

void engine_emit_error(int64_t id, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    json_t *j = text_object(fmt, ap);
    va_end(ap);
    add_id(j, id);
    engine_emit_take("error", j);
}
