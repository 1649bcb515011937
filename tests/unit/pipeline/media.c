#include "media.h"

#include "base/proc.h"

static char dir[] = "/tmp/scaler-clips-XXXXXX";
static char *paths[CLIP_COUNT];

static const char *const names[CLIP_COUNT] = {"full.mp4", "silent.mp4", "sound.m4a",
                                              "full.mkv", "odd.avi",    "empty.mp4"};

static const char *const speech =
    "Today we talk about binary search. It halves the sorted range in every step. "
    "A linear search looks at every element. The deadline is on Friday.";

static bool run(const char *const *argv)
{
    int status = -1;
    return sc_proc_run(argv, NULL, &status, NULL, NULL) && status == 0;
}

static bool made(enum clip c)
{
    char *path = sc_path_join(dir, names[c]);
    if (sc_file_size(path) < 0) {
        free(path);
        return false;
    }
    paths[c] = path;
    return true;
}

/* Two slides of text, six seconds each. */
static bool make_pictures(const char *out)
{
    const char *graph =
        "color=white:s=640x360:r=10:d=7,drawtext=text='Binary search halves':fontsize=40:"
        "x=40:y=60:fontcolor=black,drawtext=text='O(log n) steps':fontsize=40:x=40:y=160:"
        "fontcolor=black[a];color=white:s=640x360:r=10:d=7,drawtext=text='Linear scan':"
        "fontsize=40:x=40:y=60:fontcolor=black,drawtext=text='reads every element':"
        "fontsize=36:x=40:y=220:fontcolor=black[b];[a][b]concat=n=2:v=1[v]";
    const char *argv[] = {"ffmpeg",  "-v",        "error", "-y",   "-filter_complex",
                          graph,     "-map",      "[v]",   "-c:v", "libx264",
                          "-preset", "ultrafast", "-g",    "50",   "-pix_fmt",
                          "yuv420p", out,         NULL};
    return run(argv);
}

static void make_all(void)
{
    char *wav = sc_path_join(dir, "speech.wav");
    char *p[CLIP_COUNT];
    for (int i = 0; i < CLIP_COUNT; i++)
        p[i] = sc_path_join(dir, names[i]);
    const char *flite[] = {"flite", "-voice", "awb", "-t", speech, "-o", wav, NULL};
    const char *full[] = {"ffmpeg",       "-v",  "error",     "-y",         "-i",
                          p[CLIP_SILENT], "-i",  wav,         "-c:v",       "copy",
                          "-c:a",         "aac", "-shortest", p[CLIP_FULL], NULL};
    const char *sound[] = {"ffmpeg",      "-v",   "error", "-y",        "-i",
                           wav,           "-c:a", "aac",   "-metadata", "title=A talk",
                           p[CLIP_SOUND], NULL};
    const char *mkv[] = {"ffmpeg",     "-v", "error", "-y",        "-i",
                         p[CLIP_FULL], "-c", "copy",  p[CLIP_MKV], NULL};
    const char *odd[] = {"ffmpeg",     "-v",   "error",      "-y",   "-i",
                         p[CLIP_FULL], "-c:v", "mpeg2video", "-c:a", "pcm_s16le",
                         "-t",         "3",    p[CLIP_ODD],  NULL};
    if (make_pictures(p[CLIP_SILENT]) && made(CLIP_SILENT) && run(flite)) {
        if (run(full) && made(CLIP_FULL)) {
            if (run(mkv))
                made(CLIP_MKV);
            if (run(odd))
                made(CLIP_ODD);
        }
        if (run(sound))
            made(CLIP_SOUND);
    }
    if (sc_file_write(p[CLIP_EMPTY], "", 0, false, NULL))
        made(CLIP_EMPTY);
    for (int i = 0; i < CLIP_COUNT; i++)
        free(p[i]);
    free(wav);
}

int clips_make(void **state)
{
    (void)state;
    /* The engines of this build, wherever the test program lies. */
    const char *build = getenv("SCALER_TEST_BUILD"), *path = getenv("PATH");
    char *both = sc_strf("%s/src/speech/engines:%s", build ? build : ".",
                         path ? path : "/usr/bin:/bin");
    setenv("PATH", both, 1);
    free(both);
    sc_log_set_level(SC_LOG_ERROR);
    if (!mkdtemp(dir))
        return -1;
    make_all();
    return 0;
}

int clips_remove(void **state)
{
    (void)state;
    for (int i = 0; i < CLIP_COUNT; i++)
        free(paths[i]);
    sc_remove_tree(dir, NULL);
    return 0;
}

const char *clip_path(enum clip c)
{
    return paths[c];
}

int bench_setup(void **state)
{
    struct sc_error err = {0};
    struct bench *b = calloc(1, sizeof *b);
    char path[] = "/tmp/scaler-pipeline-XXXXXX";
    setenv("SCALER_ENV_FILE", "", 1);
    assert_non_null(mkdtemp(path));
    b->root = realpath(path, NULL);
    if (!sc_library_open(b->root, &b->lib, &err) || !sc_config_load(&b->config, &err))
        fail_msg("%s", err.cause);
    b->opts.config = b->config;
    bench_set(b, SC_SET_ENGINE, "sphinx");
    bench_set(b, SC_SET_LLM_PROVIDER, "builtin");
    bench_set(b, SC_SET_VISION, "off");
    bench_set(b, SC_SET_PREVENT_SLEEP, "off");
    bench_set(b, SC_SET_THREADS, "1");
    *state = b;
    return 0;
}

int bench_teardown(void **state)
{
    struct bench *b = *state;
    sc_library_close(b->lib);
    sc_config_destroy(b->config);
    sc_remove_tree(b->root, NULL);
    free(b->root);
    free(b);
    return 0;
}

void bench_set(struct bench *b, enum sc_setting id, const char *value)
{
    assert_ok(sc_config_set(b->config, id, value, SC_SOURCE_OPTION, &err));
}

struct sc_lecture place(struct bench *b, enum clip c, const char *title)
{
    struct sc_lecture l = {0};
    bool existed;
    assert_ok(
        sc_library_add(b->lib, title, "2026-11-23", "clip", NULL, &l, &existed, &err));
    char *folder = sc_library_video_dir(b->lib, &l);
    char *to = sc_strf("%s/full_video%s", folder, sc_path_ext(clip_path(c)));
    assert_ok(sc_file_copy(clip_path(c), to, &err));
    l.video_path = sc_strdup(to + strlen(b->root) + 1);
    l.status = SC_LECTURE_DOWNLOADED;
    assert_ok(sc_library_update(b->lib, &l, &err));
    free(folder);
    free(to);
    return l;
}

bool has(struct bench *b, const struct sc_lecture *l, const char *name)
{
    struct stat st;
    char *path = sc_strf("%s/%s/%s", b->root, l->folder, name);
    bool there = lstat(path, &st) == 0;
    free(path);
    return there;
}

char *text_of(struct bench *b, const struct sc_lecture *l, const char *name)
{
    struct sc_buf buf = SC_BUF_INIT(0);
    char *path = sc_strf("%s/%s/%s", b->root, l->folder, name);
    bool ok = sc_file_read(path, 1 << 26, &buf, NULL);
    free(path);
    if (!ok) {
        sc_buf_finish(&buf);
        return NULL;
    }
    return sc_buf_detach(&buf);
}

void reload(struct bench *b, struct sc_lecture *l)
{
    struct sc_lecture fresh = {0};
    assert_ok(sc_library_get(b->lib, l->id, false, &fresh, &err));
    sc_lecture_finish(l);
    *l = fresh;
}
