#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/lecture_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PART = 64 * 1024 * 1024, COLUMN = 13 };

/* ---- one part, as it lies in the folder ---- */

static bool print_part(struct sc_cli *cli, const struct sc_lecture *l, const char *part,
                       struct sc_error *err)
{
    static const struct {
        const char *part, *text, *json;
    } files[] = {
        {"notes", "lecture_notes.md", "notes.json"},
        {"summary", "summary.md", "notes.json"},
        {"cards", "qa_cards.md", "notes.json"},
        {"announcements", "announcements.md", "notes.json"},
        {"transcript", "transcript.txt", "transcript.json"},
        {"slides", "transcript_with_slides.md", "slides_metadata.json"},
    };
    const char *name = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].part, part) == 0)
            name = cli->json ? files[i].json : files[i].text;
    char *folder = sc_library_folder(cli->library, l);
    char *path = folder ? sc_path_join(folder, name) : NULL;
    struct sc_buf text = SC_BUF_INIT(MAX_PART);
    bool ok = path != NULL;
    if (ok && !sc_file_exists(path)) {
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "\"%s\" has no %s yet", l->title, part);
        sc_error_hint(err, "scaler process %s makes what is missing.", l->id);
    }
    ok = ok && sc_file_read(path, MAX_PART, &text, err);
    if (ok)
        fwrite(sc_buf_str(&text), 1, text.len, stdout);
    sc_buf_finish(&text);
    free(folder);
    free(path);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* ---- the whole ---- */

static json_t *stages_json(struct sc_library *lib, const char *id)
{
    struct sc_stage_row *rows = NULL;
    size_t n = 0;
    json_t *list = json_array();
    if (!sc_library_stages(lib, id, &rows, &n, NULL))
        return list;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s s:s s:f s:s?}", "name", rows[i].name,
                                              "state", rows[i].state, "seconds",
                                              rows[i].seconds, "error",
                                              rows[i].error[0] ? rows[i].error : NULL));
    free(rows);
    return list;
}

static void print_name(const struct sc_cli *cli, const char *name)
{
    printf("  %s%-10s%s ", sc_style(&cli->out, SC_STYLE_DIM), name,
           sc_style_end(&cli->out));
}

static void print_field(const struct sc_cli *cli, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    print_name(cli, name);
    printf("%s\n", value);
}

static void print_sentence(const struct sc_cli *cli, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    print_name(cli, name);
    sc_out_wrapped(value, COLUMN, COLUMN, cli->out.is_tty ? cli->out.columns : 100000);
}

static void print_stages(const struct sc_cli *cli, json_t *stages)
{
    size_t i;
    json_t *s;
    json_array_foreach(stages, i, s)
    {
        const char *state = json_string_value(json_object_get(s, "state"));
        const char *error = json_string_value(json_object_get(s, "error"));
        bool bad = state && strcmp(state, "error") == 0;
        printf("  %-10s %-14s %s%s%s", i == 0 ? "stages" : "",
               json_string_value(json_object_get(s, "name")),
               sc_style(&cli->out, bad ? SC_STYLE_BAD : SC_STYLE_GOOD), state,
               sc_style_end(&cli->out));
        if (json_number_value(json_object_get(s, "seconds")) > 0)
            printf("  %.1f s", json_number_value(json_object_get(s, "seconds")));
        if (error)
            printf("  %s", error);
        putchar('\n');
    }
}

static double first_number(json_t *o, const char *a, const char *b)
{
    json_t *v = json_object_get(o, a);
    return json_number_value(v ? v : json_object_get(o, b));
}

static void print_metadata(const struct sc_cli *cli, json_t *meta, bool with_notes,
                           bool spoken)
{
    size_t i;
    json_t *c, *coverage = json_object_get(meta, "coverage");
    sc_lecture_print_gaps(meta, COLUMN);
    json_t *notes = json_object_get(meta, "warnings");
    if (!notes) /* not processed yet */
        notes = json_object_get(meta, "import_warnings");
    json_array_foreach(with_notes ? notes : NULL, i, c)
        print_sentence(cli, "note", json_string_value(c));
    if (json_is_number(coverage))
        printf("  %-10s %.0f %% of %s is cited by the notes\n", "coverage",
               json_number_value(coverage) * 100,
               spoken ? "what was said" : "the slides' time");
    json_array_foreach(json_object_get(meta, "chapters"), i, c)
    {
        char when[24];
        const char *title = json_string_value(json_object_get(c, "title"));
        sc_format_time(first_number(c, "start", "start_s"), when, sizeof when);
        printf("  %-10s %8s  %s\n", i == 0 ? "chapters" : "", when, title ? title : "");
    }
}

static bool is_spoken(const struct sc_cli *cli, const struct sc_lecture *l)
{
    struct sc_transcript t = {0};
    bool present = false, spoken = false;
    if (sc_library_read_transcript(cli->library, l, &t, &present, NULL))
        spoken = present && t.n_utterances > 0;
    sc_transcript_finish(&t);
    return spoken;
}

static void print_lecture(struct sc_cli *cli, const struct sc_lecture *l, json_t *stages)
{
    char text[64] = "";
    printf("%s%s%s\n", sc_style(&cli->out, SC_STYLE_BOLD), l->title,
           sc_style_end(&cli->out));
    print_field(cli, "id", l->id);
    print_field(cli, "date", l->date);
    if (l->duration_s > 0) {
        sc_format_time(l->duration_s, text, sizeof text);
        print_field(cli, "length", text);
    }
    print_field(cli, "status", sc_lecture_status_name(l->status));
    if (l->status == SC_LECTURE_ARCHIVED) {
        snprintf(text, sizeof text, "scaler unarchive %.40s", l->id);
        print_field(cli, "bring back", text);
    }
    print_sentence(cli, "problem", l->error);
    print_field(cli, "source", l->source);
    char *video = sc_library_video(cli->library, l);
    char *folder = sc_library_folder(cli->library, l);
    print_field(cli, "video", video);
    print_field(cli, "folder", folder);
    print_stages(cli, stages);
    json_t *meta = sc_lecture_metadata(cli->library, l);
    print_metadata(cli, meta, !l->error || !*l->error, is_spoken(cli, l));
    json_decref(meta);
    bool first = true;
    for (const struct sc_artifact_file *a = sc_artifact_files; folder && a->key; a++) {
        char *path = sc_path_join(folder, a->file);
        if (path && (sc_file_exists(path) || sc_dir_exists(path))) {
            print_field(cli, first ? "files" : " ", a->file);
            first = false;
        }
        free(path);
    }
    free(video);
    free(folder);
}

bool sc_cmd_show(struct sc_cli *cli, struct sc_error *err)
{
    struct sc_lecture l = {0};
    const char *part = sc_cli_option(cli, "part");
    if (!sc_cli_lecture(cli, cli->args[0], &l, err))
        return false;
    bool ok = true;
    if (part) {
        ok = print_part(cli, &l, part, err);
    } else {
        json_t *stages = stages_json(cli->library, l.id);
        if (cli->json) {
            json_t *o = sc_lecture_json(cli->library, &l);
            json_t *meta = sc_lecture_metadata(cli->library, &l);
            json_object_set(o, "stages", stages);
            json_object_set_new(o, "metadata", meta ? meta : json_null());
            ok = sc_out_json_take(o, err);
        } else {
            print_lecture(cli, &l, stages);
        }
        json_decref(stages);
    }
    sc_lecture_finish(&l);
    return ok;
}
