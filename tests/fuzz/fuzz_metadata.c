/*
 * What a rescan reads from folders: metadata.json, transcripts, slides and notes
 * as JSON, and the Markdown of older libraries. No crash, no path that leaves
 * the library, no text that is not UTF-8. The first byte chooses the reader.
 */
#include "base/str.h"
#include "library/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool what)
{
    if (!what)
        abort();
}

static void check_metadata(const char *text, size_t len)
{
    struct sc_metadata m = {0};
    if (!sc_metadata_parse(text, len, &m, NULL))
        return;
    const struct sc_lecture *l = &m.r.l;
    must(!l->id || sc_id_valid(l->id));
    must(!l->date || sc_valid_date(l->date));
    must(!l->video_path ||
         (sc_str_starts(l->video_path, "videos/") && !strstr(l->video_path, "/../")));
    must(isfinite(l->duration_s) && l->duration_s >= 0);
    must(m.n_stages <= SC_MAX_STAGES);
    for (size_t i = 0; i < m.n_stages; i++) {
        json_t *o = sc_metadata_stage(&m.stages[i]);
        must(json_is_string(json_object_get(o, "state")));
        json_decref(o);
    }
    /* What was read can be written and read again. */
    json_t *fields = sc_metadata_fields(&m.r);
    char *again = json_dumps(fields, 0);
    struct sc_metadata copy = {0};
    must(again && sc_metadata_parse(again, strlen(again), &copy, NULL));
    must(sc_str_eq(copy.r.l.id, m.r.l.id) && sc_str_eq(copy.r.l.title, m.r.l.title));
    sc_metadata_finish(&copy);
    free(again);
    json_decref(fields);
    sc_metadata_finish(&m);
}

static void check_transcript(const struct sc_transcript *t)
{
    for (size_t i = 0; i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        must(isfinite(u->start_s));
        must(!u->text || sc_utf8_valid(u->text, strlen(u->text)));
        char *indexed =
            sc_text_for_index(u->text ? u->text : "", u->text ? strlen(u->text) : 0);
        must(indexed && sc_utf8_valid(indexed, strlen(indexed)));
        free(indexed);
    }
}

static void check_query(const char *text, size_t len)
{
    struct sc_query q = {0};
    char *copy = sc_strndup(text, len);
    if (copy && sc_query_parse(copy, &q, NULL)) {
        must(!q.match_all || sc_utf8_valid(q.match_all, strlen(q.match_all)));
        sc_query_finish(&q);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    size_t len = size - 1;
    struct sc_transcript t = {0};
    struct sc_slide_deck deck = {0};
    struct sc_notes notes = {0};
    switch (data[0]) {
    case 't':
        if (sc_transcript_read_json(text, len, &t, NULL))
            check_transcript(&t);
        break;
    case 'l':
        if (sc_loose_transcript(text, len, &t, NULL))
            check_transcript(&t);
        break;
    case 's':
        sc_slide_deck_read_json(text, len, &deck, NULL);
        break;
    case 'n':
        sc_notes_read_json(text, len, &notes, NULL);
        break;
    case 'w':
        sc_loose_notes(text, len, &notes, NULL);
        break;
    case 'q':
        check_query(text, len);
        break;
    default:
        check_metadata(text, len);
    }
    sc_transcript_finish(&t);
    sc_slide_deck_finish(&deck);
    sc_notes_finish(&notes);
    return 0;
}
