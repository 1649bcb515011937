/* What takes the room, by kind. */
#include "library/keep_internal.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct count {
    struct sc_usage *u;
    bool archives; /* everything below is one */
};

static bool has_ext(const char *path, const char *const *list)
{
    const char *ext = sc_path_ext(path);
    for (; *list; list++)
        if (sc_str_ieq(ext, *list))
            return true;
    return false;
}

static bool add(void *user, const char *rel, const char *path, const struct stat *st)
{
    static const char *const sound[] = {".wav",  ".m4a",  ".mp3", ".ogg",
                                        ".opus", ".flac", ".aac", NULL};
    static const char *const pictures[] = {".png", ".jpg", ".jpeg", NULL};
    static const char *const text[] = {".md",  ".txt",  ".json", ".srt",
                                       ".vtt", ".html", NULL};
    struct count *c = user;
    uint64_t *slot = &c->u->other;
    (void)path;
    if (c->archives || sc_str_starts(rel, "archives/"))
        slot = &c->u->archives;
    else if (strstr(rel, "/chunks/") || strstr(rel, "/.work/") || sc_is_part(rel) ||
             sc_str_starts(rel, ".scaler/uploads/"))
        slot = &c->u->temporary;
    else if (sc_str_starts(rel, ".scaler/"))
        slot = &c->u->other;
    else if (has_ext(rel, sound))
        slot = &c->u->audio;
    else if (sc_str_starts(rel, "videos/"))
        slot = &c->u->videos;
    else if (has_ext(rel, pictures))
        slot = &c->u->slides;
    else if (has_ext(rel, text))
        slot = &c->u->text;
    *slot += (uint64_t)st->st_size;
    return true;
}

void sc_keep_usage(const char *root, const char *archive_dir, struct sc_usage *out)
{
    *out = (struct sc_usage){0};
    struct count c = {.u = out};
    struct sc_walk w = {NULL, add, &c};
    sc_walk(root, "", &w, NULL);
    if (archive_dir && *archive_dir && !sc_path_inside(root, archive_dir)) {
        c.archives = true;
        sc_walk(archive_dir, "", &w, NULL);
    }
}
