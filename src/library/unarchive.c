/*
 * The way back from an archive: everything is unpacked beside the library's
 * folders and compared first, then moved into place, then the row says so, and
 * only then the archive goes.
 */
#include "library/bundle.h"
#include "library/keep_internal.h"

#include "base/digest.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPARE_BYTES = 16 << 20 };

struct unpack {
    const struct sc_keep *k;
    struct sc_record r;
    json_t *about, *manifest;
    char *path, *staging;
    size_t n_files;
};

/* Where a member belongs now: its folders may have other names. Heap; NULL: nowhere. */
static char *place_of(const struct unpack *u, const char *rel)
{
    const char *folder = json_string_value(json_object_get(u->manifest, "folder"));
    const char *video_dir = json_string_value(json_object_get(u->manifest, "video_dir"));
    size_t n = folder ? strlen(folder) : 0;
    const char *root = sc_library_root(u->k->lib);
    if (n && strncmp(rel, folder, n) == 0 && rel[n] == '/')
        return sc_strf("%s/%s%s", root, u->r.l.folder, rel + n);
    n = video_dir ? strlen(video_dir) : 0;
    if (n && u->r.video_dir && strncmp(rel, video_dir, n) == 0 && rel[n] == '/')
        return sc_strf("%s/%s%s", root, u->r.video_dir, rel + n);
    return sc_video_path_valid(rel) ? sc_strf("%s/%s", root, rel) : NULL;
}

static bool same_content(const char *path, json_t *member)
{
    char hex[SC_SHA256_HEX_SIZE] = "";
    return sc_sha256_of_file(path, hex, NULL) &&
           sc_str_eq(hex, json_string_value(json_object_get(member, "sha256")));
}

/* Text that is here already stays as it is: it may have been edited since. */
static bool put_back(struct unpack *u, json_t *member, struct sc_error *err)
{
    struct stat st;
    const char *rel = json_string_value(json_object_get(member, "path"));
    char *from = sc_path_join(u->staging, rel), *to = place_of(u, rel);
    bool ok = from != NULL;
    if (to && lstat(to, &st) == 0) {
        if (sc_str_starts(rel, "videos/") && !same_content(to, member)) {
            ok = sc_fail(err, SC_ERR_CONFLICT, "another file is in the way: %s", to);
            sc_error_hint(err, "Move it elsewhere and try again.");
        }
    } else if (ok && to) {
        ok = sc_keep_make_parent(to, err) && sc_file_rename(from, to, err);
        u->n_files += ok;
    }
    free(from);
    free(to);
    return ok;
}

static bool has_room(struct unpack *u, struct sc_error *err)
{
    uint64_t room = 0, need;
    char a[32], b[32];
    need = (uint64_t)json_integer_value(json_object_get(u->about, "bytes")) + SPARE_BYTES;
    if (!sc_disk_free(sc_library_root(u->k->lib), &room, err))
        return false;
    if (room >= need)
        return true;
    sc_format_bytes((double)need, a, sizeof a);
    sc_format_bytes((double)room, b, sizeof b);
    sc_fail(err, SC_ERR_DISK_FULL, "%s are needed in %s, %s are free", a,
            sc_library_root(u->k->lib), b);
    return sc_error_hint(err, "Make room and run the same command again.");
}

/* The video's place as the row says it, relative to the library. */
static bool say_here(struct unpack *u, struct sc_error *err)
{
    const char *video = json_string_value(json_object_get(u->manifest, "video"));
    const char *was = json_string_value(json_object_get(u->about, "status"));
    const char *root = sc_library_root(u->k->lib);
    enum sc_lecture_status status = SC_LECTURE_PROCESSED;
    char *path = video ? place_of(u, video) : NULL;
    if (!path || !sc_file_exists(path)) {
        free(path);
        return sc_fail(err, SC_ERR_MEDIA, "the archive does not hold the video");
    }
    if (!sc_lecture_status_parse(was, &status) || status == SC_LECTURE_ARCHIVED)
        status = SC_LECTURE_PROCESSED;
    u->r.l.status = status;
    free(u->r.l.video_path);
    u->r.l.video_path = sc_strdup(path + strlen(root) + 1);
    free(path);
    return sc_archive_commit(u->k->lib, &u->r, NULL, err);
}

static bool unpack(struct unpack *u, bool keep, struct sc_error *err)
{
    struct sc_bundle_job job = {.stage = "unarchive",
                                .total =
                                    json_number_value(json_object_get(u->about, "bytes")),
                                .progress = &u->k->progress,
                                .cancel = u->k->cancel};
    size_t i;
    json_t *member;
    bool ok = has_room(u, err) && sc_remove_tree(u->staging, err) &&
              sc_mkdirs(u->staging, err) &&
              sc_bundle_read(u->path, u->staging, &job, &u->manifest, err);
    const char *id = json_string_value(json_object_get(u->manifest, "id"));
    if (ok && !sc_str_eq(id, u->r.l.id))
        ok = sc_fail(err, SC_ERR_INVALID, "%s holds another lecture", u->path);
    json_array_foreach(json_object_get(u->manifest, "members"), i, member)
    {
        ok = ok && put_back(u, member, err);
    }
    ok = ok && say_here(u, err);
    if (ok && !keep)
        ok = unlink(u->path) == 0 || errno == ENOENT ||
             sc_fail_errno(err, errno, "the lecture is back, but %s cannot be removed",
                           u->path);
    sc_remove_tree(u->staging, NULL);
    return ok;
}

static void finish(struct unpack *u)
{
    sc_record_finish(&u->r);
    json_decref(u->about);
    json_decref(u->manifest);
    free(u->path);
    free(u->staging);
}

static bool find(struct unpack *u, const char *id, struct sc_error *err)
{
    bool found = false;
    if (!sc_record_get(u->k->lib, id, &u->r, &found, err))
        return false;
    if (!found)
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no lecture with the id %.80s",
                       id);
    if (u->r.l.status != SC_LECTURE_ARCHIVED)
        return sc_fail(err, SC_ERR_CONFLICT, "\"%.80s\" is not archived: it is %s",
                       u->r.l.title, sc_lecture_status_name(u->r.l.status));
    u->about = sc_archive_about(u->k->lib, &u->r);
    u->staging = sc_strf("%s/.scaler/unarchive-%s", sc_library_root(u->k->lib), id);
    u->path = sc_archive_find(u->k, &u->r, u->about, err);
    return u->path && (u->staging || sc_fail(err, SC_ERR_MEMORY, "out of memory"));
}

bool sc_keep_unarchive(const struct sc_keep *k, const char *id, bool keep, json_t **out,
                       struct sc_error *err)
{
    struct sc_error scratch = {0};
    struct unpack u = {.k = k};
    struct sc_lock lock = {.fd = -1};
    err = err ? err : &scratch;
    bool ok = find(&u, id, err) && sc_library_lock(k->lib, &u.r.l, &lock, err);
    if (ok) {
        finish(&u);
        u = (struct unpack){.k = k};
        ok = find(&u, id, err);
    }
    int64_t packed = ok ? sc_file_size(u.path) : 0;
    ok = ok && (k->dry_run || unpack(&u, keep, err));
    if (ok)
        *out = json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:b}", "id", u.r.l.id, "title",
                         u.r.l.title, "archive", u.path, "bytes",
                         json_integer_value(json_object_get(u.about, "bytes")),
                         "archiveBytes", (json_int_t)packed, "files", (int)u.n_files,
                         "dryRun", k->dry_run);
    else
        sc_error_wrap(err, "could not unarchive \"%.80s\"",
                      u.r.l.title ? u.r.l.title : id);
    sc_lock_release(&lock);
    finish(&u);
    return ok;
}
