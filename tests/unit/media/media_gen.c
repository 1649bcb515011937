#include "media_gen.h"

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "cmocka_all.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char gen_dir[64];
bool gen_possible;

int gen_setup(void **state)
{
    int status = -1;
    struct sc_buf out = SC_BUF_INIT(0);
    const char *argv[] = {"ffmpeg", "-version", NULL};
    (void)state;
    strcpy(gen_dir, "/tmp/sc-media-XXXXXX");
    gen_possible = sc_proc_run(argv, &out, &status, NULL, NULL) && status == 0;
    sc_buf_finish(&out);
    return mkdtemp(gen_dir) ? 0 : -1;
}

int gen_teardown(void **state)
{
    (void)state;
    return sc_remove_tree(gen_dir, NULL) ? 0 : -1;
}

const char *gen_path(const char *name)
{
    static char paths[16][300];
    static unsigned next;
    char *p = paths[next++ % 16];
    snprintf(p, sizeof paths[0], "%s/%s", gen_dir, name);
    return p;
}

static void run_args(const char *const *args, size_t n)
{
    const char *argv[64] = {"ffmpeg",    "-hide_banner", "-nostdin",
                            "-loglevel", "error",        "-y"};
    size_t at = 6;
    int status = -1;
    struct sc_error err = {0};
    for (size_t i = 0; i < n && at < 63; i++)
        argv[at++] = args[i][0] == '%' ? gen_path(args[i] + 1) : args[i];
    if (!sc_proc_run(argv, NULL, &status, NULL, &err) || status != 0)
        fail_msg("ffmpeg ended with %d %s", status, err.cause);
}

void gen_run(const char *first, ...)
{
    const char *args[56];
    size_t n = 0;
    va_list ap;
    va_start(ap, first);
    for (const char *a = first; a && n < 56; a = va_arg(ap, const char *))
        args[n++] = a;
    va_end(ap);
    run_args(args, n);
}

void gen_clip(const char *name, double seconds, bool video, int rate, bool beep_at_0,
              const char *extra, const char *extra_value)
{
    char pictures[128], sound[256], path[300];
    const char *args[40];
    size_t n = 0;
    snprintf(pictures, sizeof pictures, "testsrc=s=64x36:r=25:d=%g", seconds);
    snprintf(
        sound, sizeof sound,
        "aevalsrc='if(lt(mod(t,1),0.005)*gte(t,%d),0.8*sin(2*PI*1000*t),0)':s=%d:d=%g",
        beep_at_0 ? 0 : 1, rate, seconds);
    snprintf(path, sizeof path, "%%%s", name);
    if (video) {
        args[n++] = "-f", args[n++] = "lavfi", args[n++] = "-i", args[n++] = pictures;
    }
    if (rate) {
        args[n++] = "-f", args[n++] = "lavfi", args[n++] = "-i", args[n++] = sound;
    }
    static const char *const codecs[] = {
        "-c:v", "libx264", "-preset",       "ultrafast", "-bf",      "2",
        "-g",   "25",      "-sc_threshold", "0",         "-threads", "1"};
    for (size_t i = 0; video && i < sizeof codecs / sizeof *codecs; i++)
        args[n++] = codecs[i];
    if (rate && sc_str_ends(name, ".ts"))
        args[n++] = "-c:a", args[n++] = "aac";
    if (extra) {
        args[n++] = extra;
        args[n++] = extra_value;
    }
    args[n++] = path;
    run_args(args, n);
}

bool gen_next_piece(void *user, struct sc_remux_piece *piece, struct sc_error *err)
{
    struct gen_pieces *g = user;
    char name[200];
    int first = 0;
    struct sc_buf b = SC_BUF_INIT(0);
    free(g->data);
    g->data = NULL;
    if (!g->list[g->at])
        return true;
    if (sscanf(g->list[g->at++], "%lf:%lf:%d:%199s", &piece->start_s, &piece->duration_s,
               &first, name) != 4)
        return sc_fail(err, SC_ERR_USAGE, "bad piece");
    if (!sc_file_read(gen_path(name), 1 << 28, &b, err))
        return false;
    piece->first_of_run = first;
    piece->len = b.len;
    piece->data = g->data = b.data;
    return true;
}

struct sc_remux_result gen_remux(const char *const *main_list,
                                 const char *const *audio_list, const char *out,
                                 const struct sc_remux_options *opts)
{
    static const struct sc_remux_options none;
    struct gen_pieces m = {.list = main_list}, a = {.list = audio_list};
    struct sc_remux_source ms = {gen_next_piece, &m}, as = {gen_next_piece, &a};
    struct sc_remux_result res = {0};
    struct sc_error err = {0};
    bool ok = sc_remux_run(&ms, audio_list ? &as : NULL, gen_path(out),
                           opts ? opts : &none, &res, NULL, &err);
    free(m.data);
    free(a.data);
    if (!ok)
        fail_msg("remux: %s", err.cause);
    return res;
}

float *gen_samples(const char *path, size_t *n)
{
    struct sc_pcm *p = NULL;
    struct sc_error err = {0};
    size_t cap = 16000 * 60, got;
    float *s = malloc(cap * sizeof *s);
    if (!sc_pcm_open(path, &p, &err))
        fail_msg("pcm: %s", err.cause);
    *n = 0;
    do {
        /* Odd sizes on purpose: reads must not depend on how much is asked for. */
        size_t ask = cap - *n < 4321 ? cap - *n : 4321;
        assert_true(sc_pcm_read(p, s + *n, ask, &got, NULL, &err));
        *n += got;
    } while (got > 0 && *n < cap);
    sc_pcm_close(p);
    return s;
}

size_t gen_onsets(const float *s, size_t n, double *out, size_t max)
{
    size_t found = 0, last = 0;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (fabsf(s[i]) < 0.2f)
            continue;
        if ((!any || i - last > 4000) && found < max)
            out[found++] = (double)i / SC_PCM_RATE;
        any = true;
        last = i;
    }
    return found;
}

bool gen_beep_at(const double *onsets, size_t n, double at_s)
{
    for (size_t i = 0; i < n; i++)
        if (fabs(onsets[i] - at_s) <= 0.001)
            return true;
    return false;
}
