#include "cli/lecture_view.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sc_artifact_file sc_artifact_files[] = {
    {"viewer", "viewer.html", "video, transcript, slides and notes in one page"},
    {"notes", "lecture_notes.md", "lecture notes"},
    {"summary", "summary.md", "summary"},
    {"qa_cards", "qa_cards.md", "flashcards"},
    {"announcements", "announcements.md", "deadlines, assignments, links"},
    {"transcript", "transcript.md", "transcript"},
    {"transcript_with_slides", "transcript_with_slides.md", "transcript with slides"},
    {"subtitles", "transcript.srt", "subtitles"},
    {"slides", "slides", "slides as pictures"},
    {"index", "index.md", "start page for Obsidian"},
    {0},
};

static bool seen(void *user, const char *name)
{
    *(bool *)user |= name[0] != '.';
    return true;
}

/* A folder of slides without a slide is nothing to show. */
static bool holds_something(const char *path)
{
    bool any = false;
    return sc_dir_exists(path) && sc_dir_each(path, seen, &any, NULL) && any;
}

static bool has_artifact(const char *folder, const char *file, char **path)
{
    *path = sc_path_join(folder, file);
    if (*path && (sc_file_exists(*path) || holds_something(*path)))
        return true;
    free(*path);
    *path = NULL;
    return false;
}

static json_t *artifacts_json(const char *folder)
{
    json_t *o = json_object();
    for (const struct sc_artifact_file *a = sc_artifact_files; o && a->key; a++) {
        char *path = NULL;
        json_object_set_new(o, a->key,
                            folder && has_artifact(folder, a->file, &path)
                                ? json_string(path)
                                : json_null());
        free(path);
    }
    return o;
}

json_t *sc_lecture_json(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l);
    char *video = sc_library_video(lib, l);
    json_t *o = json_pack(
        "{s:s s:s s:s? s:s s:f s:f s:s? s:s? s:s? s:s? s:s? s:o s:o s:o}", "id", l->id,
        "title", l->title, "date", l->date, "status", sc_lecture_status_name(l->status),
        "duration", l->duration_s, "progress", l->progress, "folder", folder, "video",
        video, "source", l->source, "error", l->error, "error_code", l->error_code,
        "created", sc_json_time(l->created_unix), "updated",
        sc_json_time(l->updated_unix), "artifacts", artifacts_json(folder));
    free(folder);
    free(video);
    return o;
}

json_t *sc_lecture_metadata(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l);
    char *path = folder ? sc_path_join(folder, "metadata.json") : NULL;
    json_t *o = path ? json_load_file(path, 0, NULL) : NULL;
    free(folder);
    free(path);
    return o;
}

void sc_lecture_print_gaps(const json_t *meta, int column)
{
    size_t i;
    json_t *gap;
    json_array_foreach(json_object_get(meta, "gaps"), i, gap)
    {
        char from[24], to[24];
        sc_format_time(json_number_value(json_array_get(gap, 0)), from, sizeof from);
        sc_format_time(json_number_value(json_array_get(gap, 1)), to, sizeof to);
        printf("  %-*s %s-%s\n", column - 3, "missing", from, to);
    }
}

bool sc_lecture_list_gaps(const json_t *meta, char *out, size_t size)
{
    enum { SHOWN = 8 };
    const json_t *gaps = json_object_get(meta, "gaps");
    size_t n = json_array_size(gaps), len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && i < SHOWN && len < size; i++) {
        const json_t *gap = json_array_get(gaps, i);
        char from[24], to[24];
        sc_format_time(json_number_value(json_array_get(gap, 0)), from, sizeof from);
        sc_format_time(json_number_value(json_array_get(gap, 1)), to, sizeof to);
        len +=
            (size_t)snprintf(out + len, size - len, "%s%s-%s", i ? ", " : "", from, to);
    }
    if (n > SHOWN && len < size)
        snprintf(out + len, size - len, " and %zu more", n - SHOWN);
    return n > 0;
}

bool sc_cli_lecture(struct sc_cli *cli, const char *id, struct sc_lecture *out,
                    struct sc_error *err)
{
    struct sc_library *lib = sc_cli_library(cli, err);
    return lib && sc_library_get(lib, id, true, out, err);
}

void sc_lecture_print_result(const struct sc_cli *cli, struct sc_library *lib,
                             const struct sc_lecture *l, json_t *warnings)
{
    char *folder = sc_library_folder(lib, l);
    char *video = sc_library_video(lib, l);
    char duration[24];
    size_t i;
    json_t *warning;
    sc_format_time(l->duration_s, duration, sizeof duration);
    printf("%s%s%s  %s  %s%s%s\n", sc_style(&cli->out, SC_STYLE_BOLD), l->title,
           sc_style_end(&cli->out), l->date ? l->date : "",
           sc_style(&cli->out, SC_STYLE_DIM), l->id, sc_style_end(&cli->out));
    if (video)
        printf("  video         %s  (%s)\n", video, duration);
    if (folder) {
        printf("  materials     %s\n", folder);
        for (const struct sc_artifact_file *a = sc_artifact_files; a->key; a++) {
            char *path = NULL;
            if (has_artifact(folder, a->file, &path))
                printf("    %-26s %s%s%s\n", a->file, sc_style(&cli->out, SC_STYLE_DIM),
                       a->meaning, sc_style_end(&cli->out));
            free(path);
        }
    }
    json_array_foreach(warnings, i, warning)
    {
        printf("  %snote%s  ", sc_style(&cli->out, SC_STYLE_WARN),
               sc_style_end(&cli->out));
        sc_out_wrapped(json_string_value(warning) ? json_string_value(warning) : "", 8, 8,
                       cli->out.is_tty ? cli->out.columns : 100000);
    }
    free(folder);
    free(video);
}
