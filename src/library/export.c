/* The way out: one ZIP of everything, subtitles, or one Markdown file. */
#include "library/internal.h"

#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <xlocale.h>
#endif

enum { CHUNK = 65536, MAX_DEPTH = 8, MAX_TEXT = 64 << 20 };
#define ZIP_VIDEO "zip+video"

/* ---- ZIP ---- */

struct zip {
    struct archive *archive;
    const char *path; /* of the folder being walked, absolute */
    const char *name; /* the same within the archive */
    int depth;
    uint64_t done, total;
    const struct sc_progress_sink *progress;
    const struct sc_cancel *cancel;
    struct sc_error *err;
    bool ok;
};

static bool zip_fail(struct zip *z, const char *name)
{
    int rc = archive_errno(z->archive);
    const char *why = archive_error_string(z->archive);
    if (rc == ENOSPC)
        return sc_fail(z->err, SC_ERR_DISK_FULL, "no space left for the archive");
    return sc_fail(z->err, SC_ERR_IO, "cannot put %s into the archive: %s", name,
                   why ? why : "unknown");
}

static bool zip_bytes(struct zip *z, int fd, const char *name)
{
    char *buf = malloc(CHUNK);
    bool ok = buf || sc_fail(z->err, SC_ERR_MEMORY, "out of memory");
    ssize_t n;
    while (ok && (n = read(fd, buf, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            ok = sc_fail_errno(z->err, errno, "cannot read %s", name);
        else if (archive_write_data(z->archive, buf, (size_t)n) < 0)
            ok = zip_fail(z, name);
        else if (sc_cancel_check(z->cancel, z->err))
            ok = false;
        if (ok)
            z->done += (uint64_t)n;
    }
    free(buf);
    struct sc_progress p = {.stage = "export",
                            .done = (double)z->done,
                            .total = (double)z->total,
                            .unit = SC_UNIT_BYTES,
                            .note = name};
    sc_progress_report(z->progress, &p);
    return ok;
}

/* O_NOFOLLOW: what the folder links to is not part of the lecture. */
static bool zip_file(struct zip *z, const char *path, const char *name)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return sc_fail_errno(z->err, errno, "cannot open %s", path);
    struct archive_entry *e = archive_entry_new();
    bool ok = e && fstat(fd, &st) == 0;
    if (ok) {
        archive_entry_set_pathname(e, name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)st.st_size);
        archive_entry_set_mtime(e, st.st_mtime, 0);
        /* A warning is about a name that the locale cannot say; it is written. */
        ok = archive_write_header(z->archive, e) >= ARCHIVE_WARN || zip_fail(z, name);
    } else {
        sc_fail_errno(z->err, errno, "cannot read %s", path);
    }
    archive_entry_free(e);
    ok = ok && zip_bytes(z, fd, name);
    close(fd);
    return ok;
}

static bool zip_folder(struct zip *z, const char *path, const char *name);

static bool zip_child(void *user, const char *child)
{
    struct zip *z = user;
    struct stat st;
    if (child[0] == '.' || sc_str_ends(child, ".part"))
        return true;
    char *path = sc_path_join(z->path, child);
    char *name = sc_strf("%s/%s", z->name, child);
    if (!path || !name)
        z->ok = sc_fail(z->err, SC_ERR_MEMORY, "out of memory");
    else if (lstat(path, &st) != 0)
        z->ok = true; /* gone meanwhile */
    else if (S_ISREG(st.st_mode))
        z->ok = zip_file(z, path, name);
    else if (S_ISDIR(st.st_mode) && z->depth < MAX_DEPTH)
        z->ok = zip_folder(z, path, name);
    free(path);
    free(name);
    return z->ok;
}

/* Under the name that the viewer's page refers to. Packed already: only stored. */
static bool zip_video(struct zip *z, const char *path, const char *name)
{
    return archive_write_zip_set_compression_store(z->archive) == ARCHIVE_OK
               ? zip_file(z, path, name)
               : zip_fail(z, name);
}

static bool zip_folder(struct zip *z, const char *path, const char *name)
{
    struct zip inner = *z;
    inner.path = path;
    inner.name = name;
    inner.depth++;
    bool ok = sc_dir_each(path, zip_child, &inner, z->err) && inner.ok;
    z->done = inner.done;
    return ok;
}

/* Names are UTF-8 whatever the locale says; libarchive asks the locale. */
locale_t sc_utf8_locale(void)
{
    static const char *const names[] = {"C.UTF-8", "UTF-8", "en_US.UTF-8"};
    locale_t l = (locale_t)0;
    for (size_t i = 0; !l && i < sizeof names / sizeof names[0]; i++)
        l = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
    return l;
}

/* video: path of the video, or NULL to leave it out. */
static bool write_zip(const struct sc_lecture *l, const char *folder, const char *video,
                      FILE *out, struct zip *z)
{
    locale_t utf8 = sc_utf8_locale(), before = (locale_t)0;
    if (utf8)
        before = uselocale(utf8);
    z->archive = archive_write_new();
    z->ok = true;
    bool ok = z->archive != NULL;
    if (!ok)
        sc_fail(z->err, SC_ERR_MEMORY, "out of memory");
    if (ok) {
        archive_write_set_format_zip(z->archive);
        archive_write_set_options(z->archive, "zip:hdrcharset=UTF-8");
        ok = archive_write_open_FILE(z->archive, out) == ARCHIVE_OK ||
             zip_fail(z, "the first byte");
        ok = ok && zip_folder(z, folder, l->folder) &&
             (!video || zip_video(z, video, l->video_path));
        /* Closed also after a failure, or libarchive forgets what an entry holds. */
        if (archive_write_close(z->archive) != ARCHIVE_OK && ok)
            ok = zip_fail(z, "the end");
        archive_write_free(z->archive);
    }
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return ok;
}

static bool zip_into(struct sc_library *lib, const struct sc_lecture *l, bool with_video,
                     FILE *out, const struct sc_progress_sink *progress,
                     const struct sc_cancel *cancel, struct sc_error *err)
{
    struct zip z = {.progress = progress, .cancel = cancel, .err = err};
    char *folder = sc_library_folder(lib, l);
    char *video = with_video ? sc_library_video(lib, l) : NULL;
    bool there = !with_video || (video && sc_file_exists(video));
    if (!folder || !there) {
        free(folder);
        free(video);
        return there ? sc_fail(err, SC_ERR_MEMORY, "out of memory")
                     : sc_fail(err, SC_ERR_NOT_FOUND,
                               "the video of the lecture is not there");
    }
    z.total = sc_tree_size(folder) + (video ? (uint64_t)sc_file_size(video) : 0);
    bool ok = write_zip(l, folder, video, out, &z);
    free(folder);
    free(video);
    return ok;
}

static bool export_zip(struct sc_library *lib, const struct sc_lecture *l,
                       bool with_video, const char *path,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    char *part = sc_strf("%s.part", path);
    FILE *f = part ? fopen(part, "wb") : NULL;
    bool ok = f || sc_fail_errno(err, errno, "cannot write %s", path);
    if (ok && zip_into(lib, l, with_video, f, progress, cancel, err)) {
        ok = sc_file_commit_take(f, part, path, err);
    } else if (ok) {
        fclose(f);
        unlink(part);
        ok = false;
    }
    free(part);
    return ok;
}

/* ---- subtitles ---- */

static bool read_named(struct sc_library *lib, const struct sc_lecture *l,
                       const char *name, struct sc_buf *out, bool *found,
                       struct sc_error *err)
{
    char *path = sc_strf("%s/%s/%s", lib->root, l->folder, name);
    bool ok = path != NULL;
    *found = path && sc_file_exists(path);
    if (*found)
        ok = sc_file_read(path, MAX_TEXT, out, err);
    free(path);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool make_subtitles(struct sc_library *lib, const struct sc_lecture *l, bool vtt,
                           struct sc_buf *out, struct sc_error *err)
{
    struct sc_transcript t = {0};
    bool found = false;
    if (!read_named(lib, l, vtt ? "transcript.vtt" : "transcript.srt", out, &found, err))
        return false;
    if (found)
        return true;
    if (!sc_library_read_transcript(lib, l, &t, &found, err))
        return false;
    if (found) /* a folder of an older library, which holds no subtitles */
        (vtt ? sc_transcript_render_vtt : sc_transcript_render_srt)(&t, out);
    sc_transcript_finish(&t);
    if (found)
        return true;
    sc_fail(err, SC_ERR_NOT_FOUND, "\"%.80s\" has no transcript yet", l->title);
    return sc_error_hint(err, "Run `scaler process %s` first.", l->id);
}

/* ---- one Markdown file ---- */

static bool make_markdown(struct sc_library *lib, const struct sc_lecture *l,
                          struct sc_buf *out, struct sc_error *err)
{
    static const char *const pages[] = {"summary.md", "lecture_notes.md", "qa_cards.md",
                                        "announcements.md", "transcript_with_slides.md"};
    size_t n_found = 0;
    bool found = false, ok = true;
    sc_buf_addf(out, "# %s\n\n%s\n", l->title, l->date);
    for (size_t i = 0; ok && i < sizeof pages / sizeof pages[0]; i++) {
        struct sc_buf page = SC_BUF_INIT(0);
        ok = read_named(lib, l, pages[i], &page, &found, err);
        if (ok && !found && i == 4) /* without slides: the transcript alone */
            ok = read_named(lib, l, "transcript.md", &page, &found, err);
        if (ok && found && page.len) {
            sc_buf_add_str(out, "\n---\n\n");
            sc_buf_add(out, page.data, page.len);
            n_found++;
        }
        sc_buf_finish(&page);
    }
    if (ok && n_found == 0) {
        sc_fail(err, SC_ERR_NOT_FOUND, "\"%.80s\" has no notes and no transcript yet",
                l->title);
        return sc_error_hint(err, "Run `scaler process %s` first.", l->id);
    }
    return ok;
}

/* ---- front door ---- */

static char *target_path(const char *path, const char *id, const char *format)
{
    if (!path || !*path)
        return sc_strf("%s.%s", id, format);
    if (sc_dir_exists(path))
        return sc_strf("%s%s%s.%s", path, sc_str_ends(path, "/") ? "" : "/", id, format);
    return sc_strdup(path);
}

static bool make_text(struct sc_library *lib, const struct sc_lecture *l,
                      const char *format, struct sc_buf *out, struct sc_error *err)
{
    bool ok = strcmp(format, "md") == 0
                  ? make_markdown(lib, l, out, err)
                  : make_subtitles(lib, l, strcmp(format, "vtt") == 0, out, err);
    return ok && (!out->failed || sc_fail(err, SC_ERR_MEMORY, "out of memory"));
}

static bool export_text(struct sc_library *lib, const struct sc_lecture *l,
                        const char *format, const char *path, struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = make_text(lib, l, format, &b, err) &&
              sc_file_write(path, sc_buf_str(&b), b.len, false, err);
    sc_buf_finish(&b);
    return ok;
}

static bool text_into(struct sc_library *lib, const struct sc_lecture *l,
                      const char *format, FILE *out, struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = make_text(lib, l, format, &b, err);
    errno = 0;
    if (ok && fwrite(sc_buf_str(&b), 1, b.len, out) != b.len)
        ok = sc_fail_errno(err, errno, "cannot write the text");
    sc_buf_finish(&b);
    return ok;
}

static bool known_format(const char *format, struct sc_error *err)
{
    static const char *const formats[] = {"zip", ZIP_VIDEO, "srt", "vtt", "md"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(format, formats[i]) == 0)
            return true;
    sc_fail(err, SC_ERR_INVALID, "\"%.40s\" is no export format", format);
    return sc_error_hint(err, "Formats are zip, zip+video, srt, vtt and md.");
}

bool sc_library_export(struct sc_library *lib, const char *id, const char *format,
                       const char *path, char **written,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    bool with_video = strcmp(format, ZIP_VIDEO) == 0;
    struct sc_lecture l = {0};
    if (!known_format(format, err) || !sc_library_get(lib, id, false, &l, err))
        return false;
    if (with_video)
        format = "zip";
    char *to = target_path(path, l.id, format);
    bool ok = to || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    /* The file is renamed into place: a device's or a pipe's name would be lost. */
    if (ok && !sc_file_exists(to) && access(to, F_OK) == 0)
        ok = sc_fail(err, SC_ERR_INVALID, "%s is there and no plain file", to);
    if (ok)
        ok = strcmp(format, "zip") == 0
                 ? export_zip(lib, &l, with_video, to, progress, cancel, err)
                 : export_text(lib, &l, format, to, err);
    if (!ok)
        sc_error_wrap(err, "could not export \"%.80s\"", l.title);
    sc_lecture_finish(&l);
    if (ok && written)
        *written = to;
    else
        free(to);
    return ok;
}

bool sc_library_export_into(struct sc_library *lib, const char *id, const char *format,
                            FILE *out, const struct sc_progress_sink *progress,
                            const struct sc_cancel *cancel, struct sc_error *err)
{
    bool with_video = strcmp(format, ZIP_VIDEO) == 0;
    struct sc_lecture l = {0};
    if (!known_format(format, err) || !sc_library_get(lib, id, false, &l, err))
        return false;
    bool ok = with_video || strcmp(format, "zip") == 0
                  ? zip_into(lib, &l, with_video, out, progress, cancel, err)
                  : text_into(lib, &l, format, out, err);
    if (!ok)
        sc_error_wrap(err, "could not export \"%.80s\"", l.title);
    sc_lecture_finish(&l);
    return ok;
}
