/* What each stage depends on, calls, and writes. */
#include "pipeline/internal.h"

#include "base/platform.h"
#include "notes/notes.h"
#include "slides/slides.h"
#include "speech/speech.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PROMPT_TERMS = 40, MAX_PROMPT_BYTES = 600 };

static char *file_of(const struct sc_job *j, const char *name)
{
    return sc_path_join(j->folder, name);
}

static bool has_file(const struct sc_job *j, const char *name)
{
    char *path = file_of(j, name);
    bool there = path && sc_file_exists(path);
    free(path);
    return there;
}

/* ---- fingerprints ---- */

static void add_setting(struct sc_fingerprint *f, const struct sc_job *j,
                        enum sc_setting id)
{
    sc_fingerprint_text(f, sc_job_setting(j, id));
}

static void add_content(struct sc_fingerprint *f, const struct sc_job *j,
                        const char *name)
{
    char *path = file_of(j, name);
    sc_fingerprint_content(f, path);
    free(path);
}

/* The pictures as found; what was read from them does not matter. */
static void add_deck(struct sc_fingerprint *f, const struct sc_slide_deck *d)
{
    sc_fingerprint_number(f, (int64_t)d->n_slides);
    for (size_t i = 0; i < d->n_slides; i++) {
        sc_fingerprint_text(f, d->slides[i].filename);
        sc_fingerprint_number(f, (int64_t)(d->slides[i].timestamp_s * 1000));
    }
}

void sc_work_fingerprint(const struct sc_job *j, enum sc_stage s,
                         char hex[SC_SHA256_HEX_SIZE])
{
    struct sc_fingerprint f;
    sc_fingerprint_begin(&f, s);
    switch (s) {
    case SC_STAGE_TRANSCRIPTION:
        sc_fingerprint_file(&f, j->video);
        add_setting(&f, j, SC_SET_ENGINE);
        add_setting(&f, j, SC_SET_WHISPER_MODEL);
        add_setting(&f, j, SC_SET_LANGUAGE);
        break;
    case SC_STAGE_FRAMES:
        sc_fingerprint_file(&f, j->video);
        break;
    case SC_STAGE_SLIDES:
        add_deck(&f, &j->deck);
        add_setting(&f, j, SC_SET_OCR_LANGUAGE);
        add_setting(&f, j, SC_SET_VISION);
        add_setting(&f, j, SC_SET_VISION_MODEL);
        break;
    case SC_STAGE_NOTES:
        sc_fingerprint_text(&f, j->l.title);
        add_content(&f, j, "transcript.json");
        add_content(&f, j, "slides_metadata.json");
        add_setting(&f, j, SC_SET_LLM_PROVIDER);
        add_setting(&f, j, SC_SET_OLLAMA_MODEL);
        add_setting(&f, j, SC_SET_OPENAI_MODEL);
        add_setting(&f, j, SC_SET_OPENAI_BASE_URL);
        sc_fingerprint_folder(&f, sc_job_setting(j, SC_SET_PROMPTS_DIR));
        break;
    case SC_STAGE_INDEX:
        sc_fingerprint_text(&f, j->l.title);
        sc_fingerprint_text(&f, j->l.date);
        sc_fingerprint_text(&f, j->l.video_path);
        add_content(&f, j, "transcript.json");
        add_content(&f, j, "slides_metadata.json");
        add_content(&f, j, "notes.json");
        break;
    default:
        break;
    }
    sc_fingerprint_end(&f, hex);
}

bool sc_work_outputs_exist(const struct sc_job *j, enum sc_stage s)
{
    switch (s) {
    case SC_STAGE_TRANSCRIPTION:
        return j->has_transcript && has_file(j, "transcript.json") &&
               has_file(j, "transcript.srt");
    case SC_STAGE_FRAMES:
        for (size_t i = 0; j->has_deck && i < j->deck.n_slides; i++) {
            char *name = sc_strf("slides/%s", j->deck.slides[i].filename);
            bool there = name && has_file(j, name);
            free(name);
            if (!there)
                return false;
        }
        return j->has_deck && has_file(j, "slides_metadata.json");
    case SC_STAGE_SLIDES:
        for (size_t i = 0; j->has_deck && i < j->deck.n_slides; i++)
            if (j->deck.slides[i].ocr_confidence < 0)
                return false;
        return j->has_deck;
    case SC_STAGE_NOTES:
        return j->has_notes && has_file(j, "notes.json") &&
               has_file(j, "lecture_notes.md") && has_file(j, "summary.md") &&
               has_file(j, "qa_cards.md") && has_file(j, "announcements.md");
    case SC_STAGE_INDEX:
        return has_file(j, "index.md") && has_file(j, "viewer.html");
    default:
        return true;
    }
}

/* ---- transcription ---- */

/* Words of the slides that a recogniser would not guess: long, or with capitals. */
static void add_vocabulary(struct sc_buf *out, const struct sc_slide_deck *d)
{
    size_t n_terms = 0;
    for (size_t i = 0; i < d->n_slides; i++)
        for (size_t k = 0; k < d->slides[i].n_words; k++) {
            const struct sc_ocr_word *w = &d->slides[i].words[k];
            size_t len = w->text ? strlen(w->text) : 0;
            bool telling = len >= 4 && len < 30 && w->confidence > 0.8 &&
                           strpbrk(w->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
                           !strpbrk(w->text, "{}()[]<>=;:/\\|\"");
            if (!telling || strstr(sc_buf_str(out), w->text))
                continue;
            if (n_terms++ == MAX_PROMPT_TERMS || out->len + len > MAX_PROMPT_BYTES)
                return;
            sc_buf_addf(out, "%s%s", n_terms == 1 ? " " : ", ", w->text);
        }
}

char *sc_work_prompt(const struct sc_job *j)
{
    struct sc_buf b = SC_BUF_INIT(0);
    sc_buf_addf(&b, "%s.", j->l.title);
    if (j->has_deck)
        add_vocabulary(&b, &j->deck);
    return sc_buf_detach(&b);
}

static bool write_transcript(const struct sc_job *j, const struct sc_transcript *t,
                             struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = true;
    sc_transcript_render_txt(t, &b);
    ok = sc_job_write(j, "transcript.txt", &b, err);
    sc_buf_clear(&b);
    sc_transcript_render_md(t, j->l.title, &b);
    ok = ok && sc_job_write(j, "transcript.md", &b, err);
    sc_buf_clear(&b);
    sc_transcript_render_srt(t, &b);
    ok = ok && sc_job_write(j, "transcript.srt", &b, err);
    sc_buf_clear(&b);
    sc_transcript_render_vtt(t, &b);
    ok = ok && sc_job_write(j, "transcript.vtt", &b, err);
    sc_buf_clear(&b);
    /* Last: where the JSON is, the others are. */
    ok = ok && sc_transcript_write_json(t, &b, err) &&
         sc_job_write(j, "transcript.json", &b, err);
    sc_buf_finish(&b);
    return ok;
}

/* Appends copies of utterances: as JSON and back, so that nothing is forgotten. */
static bool copy_utterances(const struct sc_transcript *from, double after_s,
                            double before_s, struct sc_transcript *to,
                            struct sc_error *err)
{
    for (size_t i = 0; i < from->n_utterances; i++) {
        const struct sc_utterance *u = &from->utterances[i];
        double middle = (u->start_s + u->end_s) / 2;
        struct sc_utterance copy = {0};
        if (middle < after_s || middle >= before_s)
            continue;
        json_t *o = sc_utterance_json(u);
        bool ok = o ? sc_utterance_from_json(o, &copy, err)
                    : sc_fail(err, SC_ERR_MEMORY, "out of memory");
        json_decref(o);
        if (!ok)
            sc_utterance_finish(&copy);
        if (!ok || !sc_transcript_add_take(to, &copy, err))
            return false;
    }
    return true;
}

/* The transcript that is there, with what `t` says of the passage instead. */
static bool put_passage(const struct sc_job *j, struct sc_transcript *t,
                        struct sc_error *err)
{
    const struct sc_transcript *old = &j->transcript;
    double from = j->opts->passage_from_s, to = j->opts->passage_to_s;
    struct sc_transcript whole = {.duration_s = old->duration_s,
                                  .language = sc_strdup(old->language),
                                  .engine = sc_strdup(old->engine),
                                  .model = sc_strdup(old->model)};
    bool ok = copy_utterances(old, -1, from, &whole, err) &&
              copy_utterances(t, -1, 1e12, &whole, err) &&
              copy_utterances(old, to, 1e12, &whole, err);
    for (size_t i = 0; ok && i < old->n_failed; i++)
        if (old->failed[i].end_s <= from || old->failed[i].start_s >= to)
            ok = sc_transcript_add_failed(&whole, old->failed[i].start_s,
                                          old->failed[i].end_s, err);
    if (!ok) {
        sc_transcript_finish(&whole);
        return false;
    }
    sc_transcript_finish(t);
    *t = whole;
    return true;
}

bool sc_work_transcribe(struct sc_job *j, const char *work_dir, struct sc_error *err)
{
    bool passage = j->opts->passage_to_s > 0 && j->has_transcript;
    struct sc_board_tap tap = {&j->board, SC_STAGE_TRANSCRIPTION};
    struct sc_transcript t = {0};
    char *models = j->opts->config ? sc_config_models_dir(j->opts->config) : NULL;
    struct sc_speech_options options = {
        .engine = sc_job_setting(j, SC_SET_ENGINE),
        .model = sc_job_setting(j, SC_SET_WHISPER_MODEL),
        .model_asked = j->opts->model_asked,
        .models_dir = models,
        .device = sc_job_setting(j, SC_SET_WHISPER_DEVICE),
        .language = sc_job_setting(j, SC_SET_LANGUAGE),
        .prompt = j->prompt,
        .threads =
            j->opts->config ? (int)sc_config_int(j->opts->config, SC_SET_THREADS) : 0,
        .work_dir = work_dir,
        .from_s = passage ? j->opts->passage_from_s : 0,
        .to_s = passage ? j->opts->passage_to_s : 0,
        .progress = sc_board_tap_sink(&tap),
        .on_utterance = j->opts->on_utterance,
        .user = j->opts->user,
    };
    bool ok = sc_speech_transcribe(j->video, &options, &t, j->cancel, err) &&
              (!passage || put_passage(j, &t, err)) && write_transcript(j, &t, err);
    free(models);
    if (!ok) {
        sc_transcript_finish(&t);
        return false;
    }
    sc_transcript_finish(&j->transcript);
    j->transcript = t;
    j->has_transcript = true;
    return true;
}

/* ---- slides ---- */

static bool write_deck(const struct sc_job *j, const struct sc_slide_deck *d,
                       struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = sc_slide_deck_write_json(d, &b, err) &&
              sc_job_write(j, "slides_metadata.json", &b, err);
    sc_buf_finish(&b);
    return ok;
}

/* Pictures of an earlier run that the new deck does not name. */
struct sweep {
    const struct sc_slide_deck *deck;
    const char *dir;
};

static bool sweep_one(void *user, const char *name)
{
    struct sweep *s = user;
    const char *ext = sc_path_ext(name);
    if (!sc_str_ieq(ext, ".png") || strspn(name, "0123456789_") < 8)
        return true;
    for (size_t i = 0; i < s->deck->n_slides; i++)
        if (strcmp(s->deck->slides[i].filename, name) == 0)
            return true;
    char *path = sc_path_join(s->dir, name);
    if (path)
        sc_remove_tree(path, NULL);
    free(path);
    return true;
}

bool sc_work_find_slides(struct sc_job *j, const char *work_dir, struct sc_error *err)
{
    struct sc_board_tap tap = {&j->board, SC_STAGE_FRAMES};
    struct sc_slide_deck deck = {0};
    char *dir = file_of(j, "slides");
    struct sc_slides_options options = {
        .slides_dir = dir,
        .work_dir = work_dir,
        .progress = sc_board_tap_sink(&tap),
    };
    bool ok = dir && sc_mkdirs(dir, err) &&
              sc_slides_find(j->video, &options, &deck, j->cancel, err) &&
              write_deck(j, &deck, err);
    if (ok) {
        struct sweep sweep = {&deck, dir};
        sc_dir_each(dir, sweep_one, &sweep, NULL);
        sc_slide_deck_finish(&j->deck);
        j->deck = deck;
        j->has_deck = true;
    } else {
        sc_slide_deck_finish(&deck);
    }
    free(dir);
    return ok;
}

bool sc_work_read_slides(struct sc_job *j, const char *work_dir, struct sc_error *err)
{
    struct sc_board_tap tap = {&j->board, SC_STAGE_SLIDES};
    bool vision = strcmp(sc_job_setting(j, SC_SET_VISION), "off") != 0;
    char *dir = file_of(j, "slides");
    struct sc_slides_read_options options = {
        .slides_dir = dir,
        .work_dir = work_dir,
        .ocr_language = sc_job_setting(j, SC_SET_OCR_LANGUAGE),
        .threads =
            j->opts->config ? (int)sc_config_int(j->opts->config, SC_SET_THREADS) : 0,
        .vision_url = vision ? sc_job_setting(j, SC_SET_OLLAMA_URL) : NULL,
        .vision_model = vision ? sc_job_setting(j, SC_SET_VISION_MODEL) : NULL,
        .progress = sc_board_tap_sink(&tap),
    };
    bool ok = dir && sc_slides_read(&j->deck, &options, j->cancel, err) &&
              write_deck(j, &j->deck, err);
    free(dir);
    return ok;
}

/* ---- notes ---- */

static struct sc_notes_page page_of(const struct sc_job *j, char **video)
{
    *video = j->l.video_path ? sc_strf("../%s", j->l.video_path) : NULL;
    return (struct sc_notes_page){
        .title = j->l.title,
        .date = j->l.date,
        .video = *video,
        .duration_s = j->l.duration_s,
        .transcript = j->has_transcript ? &j->transcript : NULL,
        .deck = j->has_deck ? &j->deck : NULL,
    };
}

typedef void (*render_fn)(const struct sc_notes *n, const struct sc_notes_page *p,
                          struct sc_buf *out);

static bool render(const struct sc_job *j, const struct sc_notes *n, const char *name,
                   render_fn fn, struct sc_error *err)
{
    char *video;
    struct sc_buf b = SC_BUF_INIT(0);
    struct sc_notes_page page = page_of(j, &video);
    fn(n, &page, &b);
    bool ok = sc_job_write(j, name, &b, err);
    sc_buf_finish(&b);
    free(video);
    return ok;
}

static bool write_notes(const struct sc_job *j, const struct sc_notes *n,
                        struct sc_error *err)
{
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = render(j, n, "lecture_notes.md", sc_notes_render_lecture_notes, err) &&
              render(j, n, "summary.md", sc_notes_render_summary, err) &&
              render(j, n, "qa_cards.md", sc_notes_render_qa_cards, err) &&
              render(j, n, "announcements.md", sc_notes_render_announcements, err) &&
              sc_notes_write_json(n, &b, err) && sc_job_write(j, "notes.json", &b, err);
    sc_buf_finish(&b);
    return ok;
}

bool sc_work_write_notes(struct sc_job *j, const char *work_dir, struct sc_error *err)
{
    struct sc_board_tap tap = {&j->board, SC_STAGE_NOTES};
    struct sc_notes n = {0};
    struct sc_notes_options options = {
        .title = j->l.title,
        .provider = sc_job_setting(j, SC_SET_LLM_PROVIDER),
        .ollama_url = sc_job_setting(j, SC_SET_OLLAMA_URL),
        .ollama_model = sc_job_setting(j, SC_SET_OLLAMA_MODEL),
        .openai_url = sc_job_setting(j, SC_SET_OPENAI_BASE_URL),
        .openai_model = sc_job_setting(j, SC_SET_OPENAI_MODEL),
        .openai_key = sc_job_setting(j, SC_SET_OPENAI_API_KEY),
        .context_tokens =
            j->opts->config ? (int)sc_config_int(j->opts->config, SC_SET_LLM_CONTEXT) : 0,
        .prompts_dir = sc_job_setting(j, SC_SET_PROMPTS_DIR)[0]
                           ? sc_job_setting(j, SC_SET_PROMPTS_DIR)
                           : NULL,
        .work_dir = work_dir,
        .progress = sc_board_tap_sink(&tap),
    };
    bool ok =
        sc_notes_write(j->has_transcript ? &j->transcript : NULL,
                       j->has_deck ? &j->deck : NULL, &options, &n, j->cancel, err) &&
        write_notes(j, &n, err);
    if (!ok) {
        sc_notes_finish(&n);
        return false;
    }
    sc_notes_finish(&j->notes);
    j->notes = n;
    j->has_notes = true;
    return true;
}

/* ---- what stands over all stages ---- */

static json_t *text_or_null(const char *s)
{
    return s && *s ? json_string(s) : json_null();
}

static json_t *chapters_json(const struct sc_notes *n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n->n_chapters; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:f, s:f}", "title",
                            n->chapters[i].title ? n->chapters[i].title : "", "start",
                            n->chapters[i].start_s, "end", n->chapters[i].end_s));
    return list;
}

static json_t *ranges_json(const struct sc_time_range *r, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("[f,f]", r[i].start_s, r[i].end_s));
    return list;
}

static json_t *summary_fields(const struct sc_job *j)
{
    json_t *o = json_object();
    if (j->has_transcript) {
        json_object_set_new(o, "language", text_or_null(j->transcript.language));
        json_object_set_new(o, "engine", text_or_null(j->transcript.engine));
        json_object_set_new(o, "model", text_or_null(j->transcript.model));
    }
    if (j->has_deck)
        json_object_set_new(o, "slides", json_integer((json_int_t)j->deck.n_slides));
    if (j->has_notes) {
        json_object_set_new(o, "provider", text_or_null(j->notes.provider));
        json_object_set_new(o, "notes_model", text_or_null(j->notes.model));
        json_object_set_new(o, "chapters", chapters_json(&j->notes));
        json_object_set_new(o, "coverage", json_real(j->notes.coverage));
        json_object_set_new(o, "uncovered",
                            ranges_json(j->notes.uncovered, j->notes.n_uncovered));
        json_object_set_new(o, "dropped_lines",
                            json_integer((json_int_t)j->notes.n_dropped));
    }
    json_object_set_new(o, "versions", json_pack("{s:s}", "scaler", SC_VERSION));
    return o;
}

bool sc_work_assemble(struct sc_job *j, struct sc_error *err)
{
    static const struct sc_notes none = {.coverage = 0};
    const struct sc_notes *n = j->has_notes ? &j->notes : NULL;
    struct sc_buf b = SC_BUF_INIT(0);
    bool ok = true;
    if (j->has_deck) {
        sc_slides_render_with_transcript(
            &j->deck, j->has_transcript ? &j->transcript : NULL, j->l.title, &b);
        ok = sc_job_write(j, "transcript_with_slides.md", &b, err);
    }
    sc_buf_finish(&b);
    ok = ok && render(j, n ? n : &none, "index.md", sc_notes_render_index, err) &&
         render(j, n, "viewer.html", sc_notes_render_viewer, err);
    json_t *fields = ok ? summary_fields(j) : NULL;
    ok = ok && sc_library_merge_metadata(j->lib, &j->l, fields, err) &&
         sc_library_index(j->lib, j->l.id, j->has_transcript ? &j->transcript : NULL,
                          j->has_deck ? &j->deck : NULL, n, err);
    json_decref(fields);
    return ok;
}
