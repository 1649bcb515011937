#include "server/recording_json.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "net/http.h"
#include "server/user_notes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key, *file;
} artifacts[] = {
    {"notes", "lecture_notes.md"},
    {"summary", "summary.md"},
    {"qa_cards", "qa_cards.md"},
    {"announcements", "announcements.md"},
    {"slides", "slides/"},
    {"transcript", "transcript.md"},
    {"viewer", "viewer.html"},
    {"subtitles", "transcript.vtt"},
    {"transcript_json", "transcript.json"},
    {"notes_json", "notes.json"},
    {"slides_json", "slides_metadata.json"},
    {"metadata", "metadata.json"},
};

static json_t *text_take(char *s)
{
    json_t *j = s ? json_string(s) : json_null();
    free(s);
    return j;
}

static json_t *text(const char *s)
{
    return s ? json_string(s) : json_null();
}

char *sc_content_url(const char *id, const char *path)
{
    struct sc_buf url = SC_BUF_INIT(16384);
    char *coded = sc_url_encode(id);
    sc_buf_addf(&url, "/content/%s", coded ? coded : "");
    free(coded);
    for (;;) {
        size_t n = 0;
        while (path[n] && path[n] != '/')
            n++;
        char *part = sc_strndup(path, n);
        coded = part ? sc_url_encode(part) : NULL;
        sc_buf_addf(&url, "/%s", coded ? coded : "");
        free(coded);
        free(part);
        if (!path[n])
            break;
        path += n + 1;
    }
    return sc_buf_detach(&url);
}

/* Null for what does not exist; the whole null when nothing does. */
static json_t *artifacts_json(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l), *video = sc_library_video(lib, l);
    json_t *a = json_object();
    bool any = false;
    for (size_t i = 0; folder && i < sizeof artifacts / sizeof artifacts[0]; i++) {
        const char *name = artifacts[i].file;
        char *path = sc_path_join(folder, name);
        bool there =
            path && (sc_str_ends(name, "/") ? sc_dir_exists(path) : sc_file_exists(path));
        any = any || there;
        json_object_set_new(a, artifacts[i].key,
                            there ? text_take(sc_content_url(l->id, name)) : json_null());
        free(path);
    }
    char *name = video ? sc_strf("video/%s", sc_path_base(video)) : NULL;
    json_object_set_new(a, "video",
                        name ? text_take(sc_content_url(l->id, name)) : json_null());
    json_object_set_new(a, "chapters", json_null());
    if (json_is_string(json_object_get(a, "metadata")))
        json_object_set(a, "chapters", json_object_get(a, "metadata"));
    free(name);
    free(folder);
    free(video);
    if (any)
        return a;
    json_decref(a);
    return json_null();
}

/* The first slide, for a picture of the lecture: names are times, the least is the first.
 */
static json_t *thumbnail_json(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l), *first = NULL;
    char *slides = folder ? sc_path_join(folder, "slides") : NULL;
    DIR *d = slides ? opendir(slides) : NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.' || !sc_str_ends(e->d_name, ".png") ||
            (first && strcmp(e->d_name, first) >= 0))
            continue;
        free(first);
        first = sc_strdup(e->d_name);
    }
    if (d)
        closedir(d);
    char *path = first ? sc_strf("slides/%s", first) : NULL;
    json_t *j = path ? text_take(sc_content_url(l->id, path)) : json_null();
    free(path);
    free(first);
    free(slides);
    free(folder);
    return j;
}

/*
 * The contract knows no pause: older clients show its reason as an error. It knows
 * no archive either: to them the lecture is what its text says it is.
 */
static const char *status_for(const struct sc_lecture *l, bool processed, int generation)
{
    if (processed)
        return generation == 2 ? "complete" : "processed";
    if (l->status == SC_LECTURE_ARCHIVED)
        return "downloaded";
    if (l->status == SC_LECTURE_PAUSED)
        return "error";
    return sc_lecture_status_name(l->status);
}

json_t *sc_recording_json(struct sc_library *lib, const struct sc_lecture *l,
                          int generation)
{
    char updated[SC_ISO8601_SIZE];
    json_t *own = sc_user_notes_read(lib, l);
    json_t *made = artifacts_json(lib, l), *message = text(l->error);
    bool archived = l->status == SC_LECTURE_ARCHIVED;
    bool processed =
        l->status == SC_LECTURE_PROCESSED ||
        (archived && (json_is_string(json_object_get(made, "transcript_json")) ||
                      json_is_string(json_object_get(made, "notes"))));
    if (archived && !l->error) {
        json_decref(message);
        message = json_string(
            SC_SAID("The video is archived; unarchive the lecture to play it"));
    }
    sc_format_iso8601(l->updated_unix, updated);
    json_t *r = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:f, s:o, s:o, s:f, s:o, s:s, s:o, "
        "s:O, s:O, s:o}",
        "id", l->id, "title", l->title, "status", status_for(l, processed, generation),
        "state", sc_lecture_status_name(l->status), "date", l->date, "path",
        text_take(sc_library_folder(lib, l)), "videoPath",
        text_take(sc_library_video(lib, l)), "processed", processed, "progress",
        processed ? 100.0 : l->progress, "message", message, "artifacts", made,
        "duration", l->duration_s, "source", text(l->source), "updated", updated,
        "errorCode", text(l->error_code), "tags", json_object_get(own, "tags"), "folder",
        json_object_get(own, "folder"), "thumbnail", thumbnail_json(lib, l));
    json_decref(own);
    return r;
}
