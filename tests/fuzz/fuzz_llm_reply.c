/* What a language model answers: mended, read, checked and rendered. */
#include "notes/ground.h"
#include "notes/notes.h"
#include "notes/reply.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A tiny lecture to check against. */
static bool lecture(struct sc_transcript *t)
{
    static const char *const lines[] = {
        "A graph is a set of vertices and edges.",
        "A queue is first in, first out; it holds 25 items."};
    struct sc_error err = {0};
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        while (lines[i][n])
            n++;
        struct sc_utterance u = {
            .start_s = i * 10, .end_s = i * 10 + 9, .confidence = -1};
        u.text = calloc(n + 1, 1);
        for (size_t k = 0; u.text && k < n; k++)
            u.text[k] = lines[i][k];
        if (!u.text || !sc_transcript_add_take(t, &u, &err))
            return false;
    }
    t->duration_s = 20;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool repaired, truncated;
    struct sc_error err = {0};
    struct sc_notes n = {0};
    json_t *root = sc_reply_json((const char *)data, size, &repaired, &truncated, &err);
    if (root) {
        if (sc_reply_read_part(root, 0, 20, true, &n, &err)) {
            struct sc_transcript t = {0};
            struct sc_arena arena = {0};
            struct sc_source src;
            struct sc_buf out = {0};
            if (lecture(&t) && sc_source_build(&src, &arena, &t, NULL, &err) &&
                sc_ground_apply(&src, &n, &err)) {
                struct sc_notes_page p = {
                    .title = "T", .video = "v.mp4", .transcript = &t};
                sc_notes_render_lecture_notes(&n, &p, &out);
                sc_notes_render_qa_cards(&n, &p, &out);
                sc_notes_render_viewer(&n, &p, &out);
            }
            sc_buf_finish(&out);
            sc_arena_finish(&arena);
            sc_transcript_finish(&t);
        }
        err = (struct sc_error){0};
        (void)!sc_reply_read_whole(root, 20, &n, &err);
        json_decref(root);
    }
    sc_notes_finish(&n);
    return 0;
}
