/*
 * From a local file to a lecture with a video.
 *
 * What a browser plays is taken over as it is: hard-linked when the file lies on
 * the same disk, cloned where the file system can, else copied. Fitting codecs
 * in another container are remuxed to MP4; codecs that no browser plays are kept
 * as they are, with a warning. Sound alone stays in its own container.
 */
#include "pipeline/internal.h"

#include "base/platform.h"
#include "base/sandbox.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif
#ifdef __APPLE__
#include <sys/clonefile.h>
#endif

enum { IDENTITY_BYTES = 1 << 20, COPY_BYTES = 1 << 20, SPARE_BYTES = 16 << 20 };

struct import {
    const char *path; /* resolved */
    double from_s, to_s;
    char *dir;
    struct sc_media_info info;
    char *target; /* absolute; set by the task */
    const char *warning;
    double held_from_s, held_to_s; /* of the source's time line; set by the task */
    struct sc_progress_sink progress;
    const struct sc_cancel *cancel;
};

/* ---- identity ---- */

static bool add_bytes(struct sc_sha256 *h, int fd, off_t at)
{
    static const size_t chunk = 65536;
    char *buf = malloc(chunk);
    size_t left = IDENTITY_BYTES;
    bool ok = buf != NULL;
    while (ok && left) {
        ssize_t n = pread(fd, buf, left < chunk ? left : chunk, at);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n >= 0;
        if (n <= 0)
            break;
        sc_sha256_add(h, buf, (size_t)n);
        at += n;
        left -= (size_t)n;
    }
    free(buf);
    return ok;
}

/* Size, first and last megabyte, and the range: enough to know a file again. */
static bool identity_of(const struct import *im, char hex[SC_SHA256_HEX_SIZE],
                        struct sc_error *err)
{
    struct stat st;
    int fd = open(im->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sc_fail_errno(err, errno, "cannot open %s", im->path);
    struct sc_sha256 *h = sc_sha256_create();
    bool ok = h && fstat(fd, &st) == 0;
    if (ok) {
        char head[120];
        int n = snprintf(head, sizeof head, "file %lld %.3f %.3f ", (long long)st.st_size,
                         im->from_s < 0 ? -1 : im->from_s, im->to_s < 0 ? -1 : im->to_s);
        sc_sha256_add(h, head, (size_t)n);
        ok = add_bytes(h, fd, 0) && (st.st_size <= IDENTITY_BYTES ||
                                     add_bytes(h, fd, st.st_size - IDENTITY_BYTES));
    }
    sc_sha256_finish_take(h, hex);
    close(fd);
    return ok || sc_fail_errno(err, errno, "cannot read %s", im->path);
}

/* ---- how to take it over ---- */

enum way { WAY_KEEP, WAY_REMUX, WAY_KEEP_WITH_WARNING };

static bool one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* What Chromium, Firefox and Safari play in MP4 between them. */
static enum way way_of(const struct sc_media_info *m, const char *ext)
{
    static const char *const video[] = {"h264", "av1", "vp9", "hevc", NULL};
    static const char *const audio[] = {"aac", "mp3", "opus", "flac", "", NULL};
    static const char *const webm_video[] = {"vp8", "vp9", "av1", NULL};
    static const char *const webm_audio[] = {"opus", "vorbis", "", NULL};
    const char *sound = m->has_audio ? m->audio_codec : "";
    bool pictures = m->has_video && !m->video_is_cover;
    if (!pictures)
        return WAY_KEEP;
    if (sc_str_ieq(ext, ".webm") && one_of(m->video_codec, webm_video) &&
        one_of(sound, webm_audio))
        return WAY_KEEP;
    if (!one_of(m->video_codec, video) || !one_of(sound, audio))
        return WAY_KEEP_WITH_WARNING;
    bool mp4 = sc_str_ieq(ext, ".mp4") || sc_str_ieq(ext, ".m4v");
    return mp4 && strstr(m->container, "mp4") ? WAY_KEEP : WAY_REMUX;
}

static bool wants_range(const struct import *im)
{
    return im->from_s > 0 || im->to_s > 0;
}

/* "full_video" with the file's own ending when it is a plain one. Heap. */
static char *kept_name(const struct import *im, const char *ext)
{
    bool plain = strlen(ext) >= 2 && strlen(ext) <= 6;
    char lower[8] = ".bin";
    for (const char *p = ext + 1; plain && *p; p++)
        plain = isalnum((unsigned char)*p);
    if (plain)
        for (size_t i = 0; i <= strlen(ext); i++)
            lower[i] = (char)tolower((unsigned char)ext[i]);
    return sc_strf("%s/full_video%s", im->dir, lower);
}

/* ---- copying ---- */

static bool clone_file(const char *from, const char *to)
{
#if defined(__linux__) && defined(FICLONE)
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    bool ok = out >= 0 && ioctl(out, FICLONE, in) == 0 && fsync(out) == 0;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return ok;
#elif defined(__APPLE__)
    unlink(to);
    return clonefile(from, to, 0) == 0;
#else
    (void)from;
    (void)to;
    return false;
#endif
}

static bool enough_space(const struct import *im, struct sc_error *err)
{
    uint64_t free_bytes = 0, need = im->info.size_bytes + SPARE_BYTES;
    char a[32], b[32];
    if (!sc_disk_free(im->dir, &free_bytes, err))
        return false;
    if (free_bytes >= need)
        return true;
    sc_format_bytes((double)need, a, sizeof a);
    sc_format_bytes((double)free_bytes, b, sizeof b);
    sc_fail(err, SC_ERR_DISK_FULL, "%s are needed in %s, %s are free", a, im->dir, b);
    return sc_error_hint(err, "Make room and run the same command again.");
}

static bool copy_bytes(const struct import *im, FILE *in, FILE *out, const char *part,
                       struct sc_error *err)
{
    char *buf = malloc(COPY_BYTES);
    size_t n;
    struct sc_progress p = {
        .stage = "download", .unit = SC_UNIT_BYTES, .total = (double)im->info.size_bytes};
    bool ok = buf || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    while (ok && (n = fread(buf, 1, COPY_BYTES, in)) > 0) {
        if (sc_cancel_check(im->cancel, err))
            ok = false;
        else if (fwrite(buf, 1, n, out) != n)
            ok = sc_fail_errno(err, errno, "cannot write %s", part);
        p.done += (double)n;
        sc_progress_report(&im->progress, &p);
    }
    if (ok && ferror(in))
        ok = sc_fail(err, SC_ERR_IO, "cannot read %s", im->path);
    free(buf);
    return ok;
}

static bool take_over(const struct import *im, const char *to, struct sc_error *err)
{
    char *part = sc_strf("%s.part", to);
    if (!part)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    unlink(part);
    bool ok = (link(im->path, part) == 0 || clone_file(im->path, part)) &&
              sc_file_rename(part, to, err);
    if (!ok && enough_space(im, err)) {
        unlink(part);
        FILE *in = fopen(im->path, "rb");
        FILE *out = in ? fopen(part, "wb") : NULL;
        if (!out) {
            sc_fail_errno(err, errno, "cannot copy %s to %s", im->path, to);
        } else if (copy_bytes(im, in, out, part, err)) {
            ok = sc_file_commit_take(out, part, to, err);
        } else {
            fclose(out);
        }
        if (in)
            fclose(in);
    }
    if (!ok)
        unlink(part);
    free(part);
    return ok;
}

static bool remux(struct import *im, const char *to, struct sc_error *err)
{
    struct sc_remux_options options = {
        .expected_duration_s = im->info.duration_s,
        .skip_until_s = im->from_s > 0 ? im->from_s : 0,
        .stop_at_s = im->to_s > 0 ? im->to_s : 0,
        .title = im->info.title[0] ? im->info.title : NULL,
    };
    struct sc_remux_result result = {0};
    if (!enough_space(im, err) ||
        !sc_remux_file(im->path, to, &options, &result, im->cancel, err))
        return false;
    /* A cut lies at the key frame before: what is held begins there. */
    im->held_from_s = options.skip_until_s > 0 ? fmax(result.first_kept_s, 0) : 0;
    im->held_to_s = fmin(im->held_from_s + result.duration_s, im->info.duration_s);
    return true;
}

static bool run_import(void *user, struct sc_error *err)
{
    struct import *im = user;
    const char *ext = sc_path_ext(im->path);
    enum way way = way_of(&im->info, ext);
    bool pictures = im->info.has_video && !im->info.video_is_cover;
    if (way == WAY_REMUX || wants_range(im)) {
        struct sc_error inner = {0};
        im->target = sc_strf("%s/full_video.%s", im->dir, pictures ? "mp4" : "m4a");
        if (im->target && remux(im, im->target, &inner))
            return true;
        if (!im->target)
            return sc_fail(err, SC_ERR_MEMORY, "out of memory");
        if (wants_range(im) || inner.code == SC_ERR_CANCELLED ||
            inner.code == SC_ERR_DISK_FULL) {
            *err = inner;
            return false;
        }
        /* The original plays in fewer places, but it is all there. */
        sc_debug("remux of %s failed: %s", im->path, inner.cause);
        free(im->target);
        way = WAY_KEEP_WITH_WARNING;
    }
    if (way == WAY_KEEP_WITH_WARNING)
        im->warning = "the video is in a form that browsers do not play; it is kept as "
                      "it is and everything else works";
    im->target = kept_name(im, ext);
    if (!im->target)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    return take_over(im, im->target, err);
}

/* ---- registering ---- */

/* The file's own title, else its name made readable. Heap. */
static char *title_of(const struct import *im)
{
    if (im->info.title[0] && sc_utf8_valid(im->info.title, strlen(im->info.title)))
        return sc_strdup(im->info.title);
    const char *base = sc_path_base(im->path);
    size_t n = strlen(base) - strlen(sc_path_ext(base));
    char *title = sc_utf8_repair(base, n);
    bool spaces = title && strchr(title, ' ');
    for (char *p = title; p && *p; p++)
        if (*p == '_' || (!spaces && *p == '.'))
            *p = ' ';
    if (title && !*sc_str_trim(title)) {
        free(title);
        title = sc_strdup("Lecture");
    }
    return title;
}

static bool record(struct sc_library *lib, struct sc_lecture *l, const struct import *im,
                   double seconds, struct sc_error *err)
{
    struct sc_media_info m = {0};
    if (!sc_media_probe(im->target, &m, err))
        return false;
    json_t *warnings = json_array();
    if (im->warning)
        json_array_append_new(warnings, json_string(im->warning));
    if (im->info.truncated)
        json_array_append_new(
            warnings,
            json_string(SC_SAID("the file ends before the length that it says it has")));
    json_t *fields = json_pack(
        "{s:o, s:{s:i, s:i, s:I, s:s, s:s}, s:{s:f, s:f}}", "import_warnings", warnings,
        "media", "width", m.width, "height", m.height, "size", (json_int_t)m.size_bytes,
        "video_codec", m.video_codec, "audio_codec", m.audio_codec, "held", "from",
        im->held_from_s, "to", im->held_to_s > 0 ? im->held_to_s : im->info.duration_s);
    struct sc_stage_row row = {.state = "done", .seconds = seconds};
    snprintf(row.name, sizeof row.name, "%s", sc_stage_name(SC_STAGE_DOWNLOAD));
    bool ok = sc_library_merge_metadata(lib, l, fields, err) &&
              sc_set_video(lib, l, im->target, m.duration_s, err) &&
              sc_library_stage_set(lib, l->id, &row, err);
    json_decref(fields);
    return ok;
}

static bool bring_in(struct sc_library *lib, struct sc_lecture *l, struct import *im,
                     const struct sc_job_options *opts, struct sc_error *err)
{
    struct sc_board board;
    struct sc_board_tap tap = {&board, SC_STAGE_DOWNLOAD};
    struct sc_task task = {.run = run_import, .user = im};
    double began = sc_clock_monotonic_s();
    im->dir = sc_library_video_dir(lib, l);
    if (!im->dir || !sc_mkdirs(im->dir, err))
        return sc_fail(err, SC_ERR_IO, "cannot make a folder for the video");
    l->progress = 0;
    if (!sc_set_status(lib, l, SC_LECTURE_DOWNLOADING, NULL, err))
        return false;
    sc_board_init(&board, lib, l, &opts->progress);
    sc_board_plan(&board, SC_STAGE_DOWNLOAD);
    im->progress = sc_board_tap_sink(&tap);
    sc_board_run(&board, &task, 1);
    sc_board_finish(&board);
    if (!task.ok) {
        if (err && !err->code)
            *err = task.err;
        return false;
    }
    return record(lib, l, im, sc_clock_monotonic_s() - began, err);
}

static bool locked_import(struct sc_library *lib, struct sc_lecture *l, bool existed,
                          struct import *im, const struct sc_job_options *opts,
                          struct sc_error *err)
{
    struct sc_lock lock = {.fd = -1};
    if (!sc_lock_fresh(lib, l, &lock, err))
        return false;
    bool ok = sc_has_video(lib, l);
    if (!ok) {
        struct sc_awake *awake = sc_hold_awake(opts, l->title);
        ok = sc_tell_place(lib, l, true, im->path, opts, err) &&
             bring_in(lib, l, im, opts, err);
        sc_awake_release(awake);
    }
    /* An import keeps no parts: without a video a new lecture is only clutter. */
    bool resumable = !ok && (existed || err->code == SC_ERR_CANCELLED);
    if (resumable)
        sc_set_status(lib, l,
                      err->code == SC_ERR_CANCELLED || err->code == SC_ERR_DISK_FULL
                          ? SC_LECTURE_PAUSED
                          : SC_LECTURE_ERROR,
                      err, NULL);
    sc_lock_release(&lock);
    if (!ok && !resumable)
        sc_unregister(lib, l, opts);
    return ok;
}

static bool probe_now(void *user, void *info, struct sc_error *err)
{
    return sc_media_probe(user, info, err);
}

/* A process that will put walls around itself cannot do so before it knows the title. */
static bool probe(struct import *im, const struct sc_job_options *opts,
                  struct sc_error *err)
{
    struct sc_media_info *m = &im->info;
    if (!opts->on_place)
        return sc_media_probe(im->path, m, err);
    bool ok = sc_sandbox_call(probe_now, (void *)(uintptr_t)im->path, m, sizeof *m, err);
    m->container[sizeof m->container - 1] = m->title[sizeof m->title - 1] = '\0';
    m->video_codec[sizeof m->video_codec - 1] = '\0';
    m->audio_codec[sizeof m->audio_codec - 1] = '\0';
    return ok;
}

static bool check_range(const struct import *im, struct sc_error *err)
{
    double end = im->info.duration_s;
    if (im->from_s > 0 && im->to_s > 0 && im->to_s <= im->from_s)
        return sc_fail(err, SC_ERR_INVALID, "the range ends before it begins");
    if (im->from_s > 0 && end > 0 && im->from_s >= end) {
        char at[16];
        sc_format_time(end, at, sizeof at);
        return sc_fail(err, SC_ERR_INVALID, "the range begins behind the end at %s", at);
    }
    return true;
}

bool sc_pipeline_import(struct sc_library *lib, const char *path, double from_s,
                        double to_s, const char *title, const char *date,
                        const struct sc_job_options *opts, struct sc_lecture *out,
                        const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_error scratch = {0};
    char hex[SC_SHA256_HEX_SIZE], today[11];
    bool existed = false;
    err = err ? err : &scratch;
    char *real = realpath(path, NULL);
    if (!real) {
        sc_fail_errno(err, errno, "cannot open %s", path);
        return sc_error_wrap(err, "could not import the file");
    }
    struct import im = {.path = real, .from_s = from_s, .to_s = to_s, .cancel = cancel};
    char *name = NULL;
    bool ok = probe(&im, opts, err);
    if (ok && !im.info.has_audio && !im.info.has_video)
        ok = sc_fail(err, SC_ERR_MEDIA, "%s holds neither sound nor pictures", path);
    ok = ok && check_range(&im, err) && identity_of(&im, hex, err);
    if (ok && !(name = title && *title ? sc_strdup(title) : title_of(&im)))
        ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_library_add(lib, name, sc_date_or_today(date, today),
                              sc_path_base(path), hex, out, &existed, err);
    if (ok && !(existed && sc_has_video(lib, out)))
        ok = locked_import(lib, out, existed, &im, opts, err);
    if (!ok)
        sc_error_wrap(err, "could not import %.150s", sc_path_base(path));
    free(im.dir);
    free(im.target);
    free(name);
    free(real);
    return ok;
}
