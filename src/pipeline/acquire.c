/* What download and import share: registering, states, the video's arrival. */
#include "pipeline/internal.h"

#include "base/platform.h"

#include <stdlib.h>
#include <string.h>

struct sc_awake *sc_hold_awake(const struct sc_job_options *opts, const char *title)
{
    char why[160];
    if (opts->config && !sc_config_bool(opts->config, SC_SET_PREVENT_SLEEP))
        return NULL;
    snprintf(why, sizeof why, "working on %.100s", title);
    return sc_awake_hold(why);
}

bool sc_lock_fresh(struct sc_library *lib, struct sc_lecture *l, struct sc_lock *lock,
                   struct sc_error *err)
{
    struct sc_lecture fresh = {0};
    if (!sc_library_lock(lib, l, lock, err))
        return false;
    if (!sc_library_get(lib, l->id, false, &fresh, err)) {
        sc_lock_release(lock);
        return false;
    }
    sc_lecture_finish(l);
    *l = fresh;
    if (!sc_library_check_here(l, err)) {
        sc_lock_release(lock);
        return false;
    }
    return true;
}

bool sc_has_video(struct sc_library *lib, const struct sc_lecture *l)
{
    char *path = sc_library_video(lib, l);
    bool there = path && sc_file_size(path) > 0;
    free(path);
    return there;
}

bool sc_set_text(char **slot, const char *text)
{
    char *copy = sc_strdup(text);
    if (text && !copy)
        return false;
    free(*slot);
    *slot = copy;
    return true;
}

bool sc_set_status(struct sc_library *lib, struct sc_lecture *l,
                   enum sc_lecture_status status, const struct sc_error *why,
                   struct sc_error *err)
{
    char text[800] = "";
    if (why) {
        sc_error_sentence(why, text, sizeof text);
        if (why->hint[0]) {
            size_t n = strlen(text);
            snprintf(text + n, sizeof text - n, ". %s", why->hint);
        }
    }
    l->status = status;
    if (!sc_set_text(&l->error, why ? text : NULL) ||
        !sc_set_text(&l->error_code, why ? sc_error_slug(why->code) : NULL))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    return sc_library_update(lib, l, err);
}

bool sc_set_video(struct sc_library *lib, struct sc_lecture *l, const char *video_path,
                  double duration_s, struct sc_error *err)
{
    const char *root = sc_library_root(lib);
    size_t n = strlen(root);
    if (strncmp(video_path, root, n) != 0 || video_path[n] != '/')
        return sc_fail(err, SC_ERR_INTERNAL, "the video lies outside the library");
    if (!sc_set_text(&l->video_path, video_path + n + 1))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    l->duration_s = duration_s;
    l->progress = 100;
    return sc_set_status(lib, l, SC_LECTURE_DOWNLOADED, NULL, err);
}

const char *sc_date_or_today(const char *date, char today[11])
{
    if (date && *date)
        return date;
    sc_format_local_date(sc_clock_wall_s(), today);
    return today;
}

void sc_unregister(struct sc_library *lib, struct sc_lecture *l,
                   const struct sc_job_options *opts)
{
    if (l->id && opts->on_refused)
        opts->on_refused(opts->user, l->id);
    else if (l->id)
        sc_library_remove(lib, l->id, NULL, NULL);
    sc_lecture_finish(l);
}

bool sc_tell_place(struct sc_library *lib, const struct sc_lecture *l, bool with_video,
                   const char *source, const struct sc_job_options *opts,
                   struct sc_error *err)
{
    if (!opts->on_place)
        return true;
    char *folder = sc_library_folder(lib, l);
    char *video = with_video ? sc_library_video_dir(lib, l) : NULL;
    struct sc_place place = {folder, video, source};
    bool ok = folder && (video || !with_video);
    if (!ok)
        sc_fail(err, SC_ERR_IO, "cannot make the lecture's folders");
    ok = ok && sc_mkdirs(folder, err) && (!video || sc_mkdirs(video, err)) &&
         opts->on_place(opts->user, &place, err);
    free(folder);
    free(video);
    return ok;
}
