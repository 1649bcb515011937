/*
 * Writes notes from a transcript and slides on disk, for tests and for reading
 * what comes out:
 *
 *   notes_tool [--provider P] [--model M] [--ollama URL] [--openai URL] [--key K]
 *              [--context N] [--stall MS] [--work DIR] [--prompts DIR] [--video PATH]
 *              [--title T] [--date D] TRANSCRIPT.json|- SLIDES.json|- OUT_FOLDER
 *
 * Prints one line of JSON: provider, model, coverage, counts, seconds. Ends
 * with the error's exit code and its sentence on stderr.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "net/http.h"
#include "notes/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool save(const char *folder, const char *name, struct sc_buf *b,
                 struct sc_error *err)
{
    char *path = sc_path_join(folder, name);
    bool ok = path && !b->failed && sc_file_write(path, b->data, b->len, false, err);
    free(path);
    sc_buf_clear(b);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool render_all(const struct sc_notes *n, const struct sc_notes_page *p,
                       const char *folder, struct sc_error *err)
{
    struct sc_buf b = {0};
    bool ok = sc_mkdirs(folder, err) && sc_notes_write_json(n, &b, err) &&
              save(folder, "notes.json", &b, err);
    static const struct {
        const char *name;
        void (*render)(const struct sc_notes *, const struct sc_notes_page *,
                       struct sc_buf *);
    } pages[] = {{"lecture_notes.md", sc_notes_render_lecture_notes},
                 {"summary.md", sc_notes_render_summary},
                 {"qa_cards.md", sc_notes_render_qa_cards},
                 {"announcements.md", sc_notes_render_announcements},
                 {"index.md", sc_notes_render_index},
                 {"viewer.html", sc_notes_render_viewer}};
    for (size_t i = 0; ok && i < sizeof pages / sizeof pages[0]; i++) {
        pages[i].render(n, p, &b);
        ok = save(folder, pages[i].name, &b, err);
    }
    sc_buf_finish(&b);
    return ok;
}

static int fail(const struct sc_error *err)
{
    char line[1200];
    sc_error_sentence(err, line, sizeof line);
    fprintf(stderr, "%s %s\n", line, err->hint);
    return sc_error_exit_code(err->code);
}

int main(int argc, char **argv)
{
    struct sc_notes_options o = {.title = "Lecture", .provider = "builtin"};
    struct sc_notes_page page = {.date = "2026-11-23"};
    int i = 1;
    for (; i + 1 < argc && sc_str_starts(argv[i], "--"); i += 2) {
        const char *k = argv[i] + 2, *v = argv[i + 1];
        double num = 0;
        if (strcmp(k, "provider") == 0)
            o.provider = v;
        else if (strcmp(k, "model") == 0)
            o.ollama_model = o.openai_model = v;
        else if (strcmp(k, "ollama") == 0)
            o.ollama_url = v;
        else if (strcmp(k, "openai") == 0)
            o.openai_url = v;
        else if (strcmp(k, "key") == 0)
            o.openai_key = v;
        else if (strcmp(k, "context") == 0 && sc_parse_double(v, &num))
            o.context_tokens = (int)num;
        else if (strcmp(k, "stall") == 0 && sc_parse_double(v, &num))
            o.stall_timeout_ms = (int)num;
        else if (strcmp(k, "work") == 0)
            o.work_dir = v;
        else if (strcmp(k, "prompts") == 0)
            o.prompts_dir = v;
        else if (strcmp(k, "video") == 0)
            page.video = v;
        else if (strcmp(k, "title") == 0)
            o.title = v;
        else if (strcmp(k, "date") == 0)
            page.date = v;
        else
            return 2;
    }
    if (argc - i != 3)
        return 2;
    struct sc_error err = {0};
    struct sc_transcript t = {0};
    struct sc_slide_deck d = {0};
    struct sc_buf b = {0};
    struct sc_cancel cancel = {0};
    bool speech = strcmp(argv[i], "-") != 0, slides = strcmp(argv[i + 1], "-") != 0;
    bool ok = sc_http_global_init(&err);
    sc_cancel_on_signals(&cancel);
    if (ok && speech)
        ok = sc_file_read(argv[i], 1u << 28, &b, &err) &&
             sc_transcript_read_json(sc_buf_str(&b), b.len, &t, &err);
    sc_buf_clear(&b);
    if (ok && slides)
        ok = sc_file_read(argv[i + 1], 1u << 28, &b, &err) &&
             sc_slide_deck_read_json(sc_buf_str(&b), b.len, &d, &err);
    sc_buf_finish(&b);
    struct sc_notes n = {0};
    double start = sc_clock_monotonic_s();
    ok = ok &&
         sc_notes_write(speech ? &t : NULL, slides ? &d : NULL, &o, &n, &cancel, &err);
    double took = sc_clock_monotonic_s() - start;
    if (ok) {
        page.title = o.title;
        page.transcript = speech ? &t : NULL;
        page.deck = slides ? &d : NULL;
        page.duration_s = t.duration_s;
        if (n.n_chapters)
            page.duration_s = n.chapters[n.n_chapters - 1].end_s;
        ok = render_all(&n, &page, argv[i + 2], &err);
        printf("{\"provider\":\"%s\",\"model\":\"%s\",\"coverage\":%.3f,\"sections\":%zu,"
               "\"cards\":%zu,\"announcements\":%zu,\"summary\":%zu,\"chapters\":%zu,"
               "\"uncovered\":%zu,\"dropped\":%zu,\"seconds\":%.3f}\n",
               n.provider, n.model ? n.model : "", n.coverage, n.n_sections, n.n_cards,
               n.n_announcements, n.n_summary, n.n_chapters, n.n_uncovered, n.n_dropped,
               took);
    }
    sc_notes_finish(&n);
    sc_transcript_finish(&t);
    sc_slide_deck_finish(&d);
    sc_http_global_finish();
    return ok ? 0 : fail(&err);
}
