/*
 * The order of stages, what is skipped, and what a failure means.
 *
 * A stage is done when its row says so with the fingerprint that its inputs
 * have now and its files are there. It is marked as running before it touches
 * anything, so a process that is killed in between leaves a stage that runs
 * again, from its own checkpoints in `.work/`. Speech and slides know nothing
 * of each other and run side by side; either may fail without harm to the other.
 */
#include "pipeline/internal.h"

#include "base/platform.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FINGERPRINT_DIGITS = 10 };

const char *sc_job_setting(const struct sc_job *j, enum sc_setting id)
{
    return j->opts->config ? sc_config_str(j->opts->config, id)
                           : sc_config_info(id)->fallback;
}

char *sc_job_work_dir(const struct sc_job *j, enum sc_stage s, const char *fingerprint)
{
    return sc_strf("%s/.work/%s-%.*s", j->folder, sc_stage_name(s), FINGERPRINT_DIGITS,
                   fingerprint);
}

void sc_job_warn(struct sc_job *j, const char *fmt, ...)
{
    struct sc_buf b = SC_BUF_INIT(0);
    va_list ap;
    va_start(ap, fmt);
    sc_buf_vaddf(&b, fmt, ap);
    va_end(ap);
    char *valid = b.failed ? NULL : sc_utf8_repair(sc_buf_str(&b), b.len);
    if (valid)
        json_array_append_new(j->warnings, json_string(valid));
    free(valid);
    sc_buf_finish(&b);
}

bool sc_job_write(const struct sc_job *j, const char *name, const struct sc_buf *text,
                  struct sc_error *err)
{
    char *path = sc_path_join(j->folder, name);
    bool ok = path && !text->failed;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory for %s", name);
    ok = ok && sc_file_write(path, sc_buf_str(text), text->len, false, err);
    free(path);
    return ok;
}

/* ---- one stage ---- */

struct run {
    struct sc_job *job;
    enum sc_stage stage;
    bool wanted;  /* neither skipped nor impossible */
    bool needed;  /* and not already done */
    bool started; /* a thread may leave a stage out when the one before failed */
    bool ok;
    double seconds;
    char fingerprint[SC_SHA256_HEX_SIZE];
    char *work_dir;
    bool passage;             /* a part of what is there is made anew: */
    struct sc_stage_row kept; /* the row says the same before and after */
    struct sc_error err;
};

static bool set_row(struct sc_job *j, enum sc_stage s, const char *state,
                    const char *fingerprint, double seconds, const char *error,
                    struct sc_error *err)
{
    struct sc_stage_row row = {.seconds = seconds};
    snprintf(row.name, sizeof row.name, "%s", sc_stage_name(s));
    snprintf(row.state, sizeof row.state, "%s", state);
    snprintf(row.fingerprint, sizeof row.fingerprint, "%s", fingerprint);
    snprintf(row.error, sizeof row.error, "%s", error);
    size_t n = strlen(row.error); /* the cut may have gone through a character */
    while (n && !sc_utf8_valid(row.error, n))
        row.error[--n] = '\0';
    return sc_library_stage_set(j->lib, j->l.id, &row, err);
}

static bool up_to_date(struct sc_job *j, enum sc_stage s, const char *fingerprint)
{
    struct sc_stage_row row;
    bool found = false;
    return !(j->opts->redo & 1u << s) &&
           sc_library_stage_get(j->lib, j->l.id, sc_stage_name(s), &row, &found, NULL) &&
           found && strcmp(row.state, "done") == 0 &&
           strcmp(row.fingerprint, fingerprint) == 0 && sc_work_outputs_exist(j, s);
}

/* One passage of a transcript that is there. Whatever comes of it, the transcript is as
 * done as before, so its row stays. */
static bool prepare_passage(struct run *r, struct sc_error *err)
{
    struct sc_job *j = r->job;
    bool found = false;
    if (!sc_library_stage_get(j->lib, j->l.id, sc_stage_name(r->stage), &r->kept, &found,
                              err))
        return false;
    if (!found || strcmp(r->kept.state, "done") != 0 || !j->has_transcript)
        return sc_fail(err, SC_ERR_CONFLICT,
                       "there is no whole transcript whose passage could be made anew");
    sc_work_fingerprint(j, r->stage, r->fingerprint);
    r->passage = r->needed = true;
    r->work_dir = sc_job_work_dir(j, r->stage, r->fingerprint);
    return (r->work_dir || sc_fail(err, SC_ERR_MEMORY, "out of memory")) &&
           sc_mkdirs(r->work_dir, err);
}

/* Decides whether the stage must run, and makes its row say so. */
static bool prepare(struct run *r, struct sc_error *err)
{
    struct sc_job *j = r->job;
    if (!r->wanted)
        return true;
    if (r->stage == SC_STAGE_TRANSCRIPTION && j->opts->passage_to_s > 0)
        return prepare_passage(r, err);
    sc_work_fingerprint(j, r->stage, r->fingerprint);
    r->needed = !up_to_date(j, r->stage, r->fingerprint);
    if (!r->needed) {
        sc_board_complete(&j->board, r->stage);
        return true;
    }
    r->work_dir = sc_job_work_dir(j, r->stage, r->fingerprint);
    if (!r->work_dir)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (j->opts->redo & 1u << r->stage && !sc_remove_tree(r->work_dir, err))
        return false;
    return sc_mkdirs(r->work_dir, err) &&
           set_row(j, r->stage, "running", r->fingerprint, 0, "", err);
}

typedef bool (*work_fn)(struct sc_job *j, const char *work_dir, struct sc_error *err);

/* In a worker thread or in the owner's. */
static void perform(struct run *r, work_fn fn)
{
    double began = sc_clock_monotonic_s();
    r->started = true;
    r->ok = fn(r->job, r->work_dir, &r->err);
    r->seconds = sc_clock_monotonic_s() - began;
    if (r->ok)
        sc_board_complete(&r->job->board, r->stage);
}

static bool stops_everything(const struct sc_error *e)
{
    return e->code == SC_ERR_CANCELLED || e->code == SC_ERR_DISK_FULL ||
           e->code == SC_ERR_MEMORY;
}

/*
 * Writes the row after the stage ran. False when the whole job must stop: it was
 * cancelled, the disk is full, or the catalog does not answer.
 */
static bool settle(struct run *r, struct sc_error *err)
{
    static const char *const what[SC_STAGE_COUNT] = {
        [SC_STAGE_TRANSCRIPTION] = "The speech could not be transcribed",
        [SC_STAGE_FRAMES] = "The slides could not be found",
        [SC_STAGE_SLIDES] = "The slides could not be read",
        [SC_STAGE_NOTES] = "The notes could not be written",
        [SC_STAGE_INDEX] = "The pages could not be written",
    };
    struct sc_job *j = r->job;
    char text[900];
    if (!r->needed || !r->started)
        return true;
    if (r->ok)
        return r->passage ||
               set_row(j, r->stage, "done", r->fingerprint, r->seconds, "", err);
    j->any_failed = true;
    if (!j->failed_code) {
        j->failed_code = r->err.code;
        j->failed_warning = json_array_size(j->warnings); /* the one told below */
    }
    if (stops_everything(&r->err)) {
        if (!err->code)
            *err = r->err;
        return false;
    }
    if ((j->opts->asked & 1u << r->stage || r->passage) && !j->asked_err.code)
        j->asked_err = r->err;
    sc_error_sentence(&r->err, text, sizeof text);
    sc_job_warn(j, "%s: %s.%s%s", what[r->stage], text, r->err.hint[0] ? " " : "",
                r->err.hint);
    return r->passage ||
           set_row(j, r->stage, "error", r->fingerprint, r->seconds, text, err);
}

/* ---- speech and slides side by side ---- */

static bool speech_thread(void *user, struct sc_error *err)
{
    (void)err;
    perform(user, sc_work_transcribe);
    return true;
}

struct slides_thread {
    struct run *find, *read;
};

static bool slides_thread(void *user, struct sc_error *err)
{
    struct slides_thread *t = user;
    (void)err;
    if (t->find->needed)
        perform(t->find, sc_work_find_slides);
    if (t->find->needed && !t->find->ok)
        return true;
    if (t->read->needed)
        perform(t->read, sc_work_read_slides);
    return true;
}

static void run_side_by_side(struct sc_job *j, struct run *speech, struct run *find,
                             struct run *read)
{
    struct slides_thread slides = {find, read};
    struct sc_task tasks[SC_MAX_TASKS];
    size_t n = 0;
    if (speech->needed)
        tasks[n++] = (struct sc_task){.run = speech_thread, .user = speech};
    if (find->needed || read->needed)
        tasks[n++] = (struct sc_task){.run = slides_thread, .user = &slides};
    sc_board_run(&j->board, tasks, n);
    /* A thread that could not be started: its stage failed for that reason. */
    for (size_t i = 0; i < n; i++) {
        struct run *r = tasks[i].user == &slides ? find->needed ? find : read : speech;
        if (!r->started) {
            r->started = true;
            r->err = tasks[i].err;
        }
    }
}

static bool read_row_after_find(struct run *read, struct sc_error *err)
{
    /* The deck is known only now, and with it what reading depends on. */
    if (read->needed && read->started)
        sc_work_fingerprint(read->job, SC_STAGE_SLIDES, read->fingerprint);
    return settle(read, err);
}

static bool media_stages(struct sc_job *j, struct sc_error *err)
{
    unsigned skip = j->opts->skip;
    bool pictures = j->info.has_video && !j->info.video_is_cover;
    struct run speech = {.job = j, .stage = SC_STAGE_TRANSCRIPTION};
    struct run find = {.job = j, .stage = SC_STAGE_FRAMES};
    struct run read = {.job = j, .stage = SC_STAGE_SLIDES};
    speech.wanted = !(skip & 1u << SC_STAGE_TRANSCRIPTION) && j->info.has_audio;
    find.wanted = !(skip & 1u << SC_STAGE_FRAMES) && pictures;
    read.wanted = !(skip & 1u << SC_STAGE_SLIDES) && (find.wanted || j->has_deck);
    if (!j->info.has_audio && !(skip & 1u << SC_STAGE_TRANSCRIPTION))
        sc_job_warn(j, SC_SAID("The video has no sound, so there is no transcript."));
    if (!pictures && !(skip & 1u << SC_STAGE_FRAMES))
        sc_job_warn(j, SC_SAID("There are no pictures, so there are no slides."));
    bool ok = prepare(&speech, err) && prepare(&find, err);
    if (ok && find.needed) { /* new pictures are unread ones */
        read.needed = read.wanted;
        snprintf(read.fingerprint, sizeof read.fingerprint, "%s", find.fingerprint);
        read.work_dir = sc_job_work_dir(j, SC_STAGE_SLIDES, find.fingerprint);
        ok = !read.wanted ||
             (read.work_dir && sc_mkdirs(read.work_dir, err) &&
              set_row(j, SC_STAGE_SLIDES, "running", read.fingerprint, 0, "", err));
    } else if (ok) {
        ok = prepare(&read, err);
    }
    if (ok) {
        run_side_by_side(j, &speech, &find, &read);
        /* All three rows are written, whatever comes of the first. */
        bool a = settle(&speech, err), b = settle(&find, err);
        ok = read_row_after_find(&read, err) && a && b;
    }
    free(speech.work_dir);
    free(find.work_dir);
    free(read.work_dir);
    return ok;
}

/* ---- notes, pages, index ---- */

static bool notes_thread(void *user, struct sc_error *err)
{
    (void)err;
    perform(user, sc_work_write_notes);
    return true;
}

static bool anything_to_note(const struct sc_job *j)
{
    return (j->has_transcript && j->transcript.n_utterances) ||
           (j->has_deck && j->deck.n_slides);
}

static bool notes_stage(struct sc_job *j, struct sc_error *err)
{
    struct run r = {.job = j, .stage = SC_STAGE_NOTES};
    r.wanted = !(j->opts->skip & 1u << SC_STAGE_NOTES) && anything_to_note(j);
    if (!r.wanted && !(j->opts->skip & 1u << SC_STAGE_NOTES))
        sc_job_warn(j, SC_SAID("Neither speech nor slides were found, so there is "
                               "nothing to write notes about."));
    bool ok = prepare(&r, err);
    if (ok && r.needed) {
        struct sc_task task = {.run = notes_thread, .user = &r};
        sc_board_run(&j->board, &task, 1);
        if (!r.started) {
            r.started = true;
            r.err = task.err;
        }
        ok = settle(&r, err);
    }
    free(r.work_dir);
    return ok;
}

static bool assemble(struct sc_job *j, const char *work_dir, struct sc_error *err)
{
    (void)work_dir;
    return sc_work_assemble(j, err);
}

static bool index_stage(struct sc_job *j, struct sc_error *err)
{
    struct run r = {.job = j, .stage = SC_STAGE_INDEX, .wanted = true};
    bool ok = prepare(&r, err);
    if (ok && r.needed) {
        perform(&r, assemble);
        ok = settle(&r, err);
    }
    free(r.work_dir);
    return ok;
}

/* ---- the job ---- */

/* What earlier runs left; what cannot be read is made again. */
static void load_earlier(struct sc_job *j)
{
    struct sc_error ignored = {0};
    if (!sc_library_read_transcript(j->lib, &j->l, &j->transcript, &j->has_transcript,
                                    &ignored))
        j->has_transcript = false;
    if (!sc_library_read_slides(j->lib, &j->l, &j->deck, &j->has_deck, &ignored))
        j->has_deck = false;
    if (!sc_library_read_notes(j->lib, &j->l, &j->notes, &j->has_notes, &ignored))
        j->has_notes = false;
}

static void add_import_warnings(struct sc_job *j)
{
    struct sc_buf b = SC_BUF_INIT(0);
    char *path = sc_path_join(j->folder, "metadata.json");
    json_t *root = NULL;
    if (path && sc_file_read(path, 8u << 20, &b, NULL))
        root = json_loadb(sc_buf_str(&b), b.len, 0, NULL);
    json_array_extend(j->warnings, json_object_get(root, "import_warnings"));
    json_decref(root);
    sc_buf_finish(&b);
    free(path);
}

static bool begin(struct sc_job *j, struct sc_error *err)
{
    j->warnings = json_array();
    j->folder = sc_library_folder(j->lib, &j->l);
    j->video = sc_library_video(j->lib, &j->l);
    if (!j->folder || !j->warnings)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (!j->video || !sc_file_exists(j->video)) {
        sc_fail(err, SC_ERR_NOT_FOUND, "the lecture has no video yet");
        return sc_error_hint(err, "Download or import it first with `scaler add`.");
    }
    if (!sc_media_probe(j->video, &j->info, err))
        return false;
    if (j->l.duration_s <= 0)
        j->l.duration_s = j->info.duration_s;
    load_earlier(j);
    add_import_warnings(j);
    j->prompt = sc_work_prompt(j);
    for (int s = SC_STAGE_TRANSCRIPTION; s < SC_STAGE_COUNT; s++)
        if (!(j->opts->skip & 1u << s))
            sc_board_plan(&j->board, (enum sc_stage)s);
    j->l.progress = 0;
    return sc_set_status(j->lib, &j->l, SC_LECTURE_PROCESSING, NULL, err);
}

static bool useful(const struct sc_job *j)
{
    return j->has_transcript || j->has_deck || j->has_notes;
}

/* An empty transcript beside slides says so; without slides notes_stage() does. */
static void warn_no_speech(struct sc_job *j)
{
    if (j->has_transcript && j->info.has_audio && j->transcript.n_utterances == 0 &&
        j->transcript.n_failed == 0 && j->has_deck && j->deck.n_slides)
        sc_job_warn(j, SC_SAID("No speech was found in the sound."));
}

/* Speech that no attempt could make text of: never left unsaid. */
static void warn_failed_speech(struct sc_job *j)
{
    enum { MAX_SHOWN = 8 };
    struct sc_buf b = SC_BUF_INIT(0);
    size_t n = j->has_transcript ? j->transcript.n_failed : 0;
    for (size_t i = 0; i < n && i < MAX_SHOWN; i++) {
        char from[24], to[24];
        sc_format_time(j->transcript.failed[i].start_s, from, sizeof from);
        sc_format_time(j->transcript.failed[i].end_s, to, sizeof to);
        sc_buf_addf(&b, "%s%s-%s", i ? ", " : "", from, to);
    }
    if (n > MAX_SHOWN)
        sc_buf_addf(&b, " and %zu more", n - MAX_SHOWN);
    if (n > 0 && !b.failed)
        sc_job_warn(j, SC_SAID("Some of the speech could not be recognised: %s."),
                    sc_buf_str(&b));
    sc_buf_finish(&b);
}

/* Nobody works on it any more: it failed, or is what its folder shows. */
static bool come_to_rest(struct sc_library *lib, struct sc_lecture *l,
                         const struct sc_error *why)
{
    enum sc_lecture_status status = SC_LECTURE_ERROR;
    if (!why) {
        l->progress = 100;
        status = sc_library_was_processed(lib, l) ? SC_LECTURE_PROCESSED
                                                  : SC_LECTURE_DOWNLOADED;
    }
    return sc_set_status(lib, l, status, why, NULL);
}

bool sc_pipeline_settle(struct sc_library *lib, const char *id,
                        const struct sc_error *why)
{
    struct sc_lecture l = {0};
    struct sc_lock lock = {.fd = -1};
    bool settled = false;
    if (!sc_library_get(lib, id, false, &l, NULL) ||
        !sc_library_lock(lib, &l, &lock, NULL)) {
        sc_lecture_finish(&l);
        return false;
    }
    sc_lecture_finish(&l);
    if (sc_library_get(lib, id, false, &l, NULL) &&
        (l.status == SC_LECTURE_QUEUED || l.status == SC_LECTURE_PROCESSING))
        settled = come_to_rest(lib, &l, why);
    sc_lecture_finish(&l);
    sc_lock_release(&lock);
    return settled;
}

/* Rows and states at the end, whether it went well or not. */
static bool conclude(struct sc_job *j, bool ok, struct sc_error *err)
{
    warn_no_speech(j);
    warn_failed_speech(j);
    json_t *fields = json_pack("{s:O}", "warnings", j->warnings);
    sc_library_merge_metadata(j->lib, &j->l, fields, NULL);
    json_decref(fields);
    if (ok && !useful(j)) {
        const char *first =
            json_string_value(json_array_get(j->warnings, j->failed_warning));
        /* An engine that cannot work is no fault of the lecture's. */
        ok = sc_fail(err, j->failed_code ? j->failed_code : SC_ERR_MEDIA,
                     "nothing came out of it: %.300s",
                     first ? first : "every stage was skipped");
    }
    if (ok) {
        char *work = sc_path_join(j->folder, ".work");
        if (work && !j->any_failed)
            sc_remove_tree(work, NULL);
        free(work);
        j->l.progress = 100;
        ok = sc_set_status(j->lib, &j->l, SC_LECTURE_PROCESSED, NULL, err);
        if (ok && j->asked_err.code) {
            *err = j->asked_err;
            ok = false;
        }
        return ok;
    }
    come_to_rest(j->lib, &j->l, err->code == SC_ERR_CANCELLED ? NULL : err);
    return false;
}

static void job_finish(struct sc_job *j)
{
    sc_transcript_finish(&j->transcript);
    sc_slide_deck_finish(&j->deck);
    sc_notes_finish(&j->notes);
    sc_lecture_finish(&j->l);
    json_decref(j->warnings);
    free(j->folder);
    free(j->video);
    free(j->prompt);
}

static bool run_job(struct sc_job *j, struct sc_error *err)
{
    struct sc_awake *awake = sc_hold_awake(j->opts, j->l.title);
    bool ok = sc_tell_place(j->lib, &j->l, false, NULL, j->opts, err) && begin(j, err);
    if (ok) {
        ok = media_stages(j, err) && !sc_cancel_check(j->cancel, err) &&
             notes_stage(j, err) && !sc_cancel_check(j->cancel, err) &&
             index_stage(j, err);
        ok = conclude(j, ok, err);
    } else if (j->l.status != SC_LECTURE_PAUSED &&
               j->l.status != SC_LECTURE_DOWNLOADING) {
        sc_set_status(j->lib, &j->l, SC_LECTURE_ERROR, err, NULL);
    }
    sc_awake_release(awake);
    return ok;
}

bool sc_pipeline_process(struct sc_library *lib, const char *id,
                         const struct sc_job_options *opts, json_t **warnings,
                         const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_error scratch = {0};
    struct sc_job j = {.lib = lib, .opts = opts, .cancel = cancel};
    struct sc_lock lock = {.fd = -1};
    struct sc_lecture fresh = {0};
    err = err ? err : &scratch;
    if (warnings)
        *warnings = NULL;
    if (!sc_library_get(lib, id, false, &j.l, err))
        return false;
    bool ok = sc_library_lock(lib, &j.l, &lock, err);
    if (ok && sc_library_get(lib, id, false, &fresh, err)) {
        sc_lecture_finish(&j.l);
        j.l = fresh;
        sc_board_init(&j.board, lib, &j.l, &opts->progress);
        ok = sc_library_check_here(&j.l, err) && run_job(&j, err);
        sc_board_finish(&j.board);
    } else {
        ok = false;
    }
    sc_lock_release(&lock);
    if (!ok)
        sc_error_wrap(err, "could not process \"%.80s\"", j.l.title);
    if (warnings && j.warnings)
        *warnings = json_incref(j.warnings);
    job_finish(&j);
    return ok;
}
