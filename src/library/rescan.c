/*
 * Rescan: the catalog anew from the folders.
 *
 * For every folder: metadata.json where it can be read, else the folder's name,
 * decide who the lecture is; the artifacts decide what the index holds. Nothing
 * on disk is deleted, and nothing broken stops the rest: it becomes a sentence
 * in `problems`. Videos without a lecture get one.
 */
#include "library/internal.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_PROBLEMS = 1000 };

static const char *const artifact_names[] = {
    "metadata.json", "transcript.json",  "transcript.md", "transcript.txt",
    "slides",        "lecture_notes.md", "summary.md",    "slides_metadata.json",
    "qa_cards.md",   "notes.json",       "viewer.html",   "transcript_with_slides.md",
};

struct names {
    char **items;
    size_t n;
};

struct scan {
    struct sc_library *lib;
    struct sc_rescan_report report;
    struct sc_error *err;
    struct names folders, videos;
    char **seen_ids; /* one per folder that became a lecture */
    char **used_videos;
    size_t n_seen, n_used;
};

/* ---- small things ---- */

static void problem(struct scan *s, const char *folder, const char *what)
{
    char *text = sc_strf("%s: %s", folder, what);
    if (text && json_array_size(s->report.problems) < MAX_PROBLEMS) {
        json_t *v = json_string(text);
        if (!v) { /* a name that is not UTF-8 */
            char *repaired = sc_utf8_repair(text, strlen(text));
            v = json_string(repaired ? repaired : "a name that is not UTF-8");
            free(repaired);
        }
        json_array_append_new(s->report.problems, v);
    }
    free(text);
}

static void problem_of(struct scan *s, const char *folder, struct sc_error *inner)
{
    char text[600];
    sc_error_sentence(inner, text, sizeof text);
    problem(s, folder, text);
    sc_error_clear(inner);
}

static bool push(struct names *l, const char *name)
{
    char **more = realloc(l->items, (l->n + 1) * sizeof *more);
    if (!more)
        return false;
    l->items = more;
    l->items[l->n] = sc_strdup(name);
    return l->items[l->n] && ++l->n;
}

static void names_finish(struct names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i]);
    free(l->items);
}

static bool remembers(char **list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static bool exists_in(struct sc_library *lib, const char *folder, const char *name)
{
    struct stat st;
    char *path = sc_strf("%s/%s/%s", lib->root, folder, name);
    bool there = path && stat(path, &st) == 0;
    free(path);
    return there;
}

static bool is_dir(struct sc_library *lib, const char *folder)
{
    char *path = sc_path_join(lib->root, folder);
    bool dir = path && sc_dir_exists(path);
    free(path);
    return dir;
}

static bool has_artifact(struct sc_library *lib, const char *folder)
{
    for (size_t i = 0; i < sizeof artifact_names / sizeof artifact_names[0]; i++)
        if (exists_in(lib, folder, artifact_names[i]))
            return true;
    return false;
}

static bool stop_at_first(void *user, const char *name)
{
    (void)name;
    *(bool *)user = true;
    return false;
}

/* Nothing at all in it: what an add that was killed leaves for the next one. */
static bool is_empty(struct sc_library *lib, const char *folder)
{
    bool any = false;
    char *path = sc_path_join(lib->root, folder);
    if (path)
        sc_dir_each(path, stop_at_first, &any, NULL);
    free(path);
    return !any;
}

static bool collect_folder(void *user, const char *name)
{
    struct scan *s = user;
    if (name[0] == '.' || strcmp(name, "videos") == 0 || !is_dir(s->lib, name))
        return true;
    return push(&s->folders, name) || sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
}

static bool collect_video(void *user, const char *name)
{
    struct scan *s = user;
    char *dir = sc_strf("videos/%s", name);
    bool ok = dir && (name[0] == '.' || !is_dir(s->lib, dir) || push(&s->videos, dir));
    free(dir);
    return ok || sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
}

/*
 * Folders in the order in which their lectures were added, so that a new
 * catalog numbers them as the old one did.
 */
struct dated {
    char *name;
    int64_t created;
};

static int by_creation(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;
    if (x->created != y->created)
        return x->created < y->created ? -1 : 1;
    return strcmp(x->name, y->name);
}

static bool order_folders(struct scan *s)
{
    struct dated *list = calloc(s->folders.n + 1, sizeof *list);
    if (!list)
        return sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < s->folders.n; i++) {
        struct sc_metadata m = {0};
        bool found = false;
        char date[11];
        list[i].name = s->folders.items[i];
        if (sc_metadata_read(s->lib, list[i].name, &m, &found, NULL) && found)
            list[i].created = m.r.l.created_unix;
        if (list[i].created == 0 && sc_folder_parse(list[i].name, date, NULL))
            list[i].created = sc_passage_days(date) * 86400;
        sc_metadata_finish(&m);
    }
    qsort(list, s->folders.n, sizeof *list, by_creation);
    for (size_t i = 0; i < s->folders.n; i++)
        s->folders.items[i] = list[i].name;
    free(list);
    return true;
}

/* ---- the video of a lecture ---- */

struct video_search {
    char *best;
};

static bool is_video_name(void *user, const char *name)
{
    struct video_search *v = user;
    if (v->best || !sc_str_starts(name, "full_video.") || sc_str_ends(name, ".part"))
        return true;
    v->best = sc_strdup(name);
    return true;
}

/* "videos/T/full_video.mp4" when videos/T holds a video. Heap, or NULL. */
static char *video_in(struct sc_library *lib, const char *dir)
{
    struct video_search v = {0};
    if (exists_in(lib, dir, "full_video.mp4"))
        return sc_strf("%s/full_video.mp4", dir);
    char *path = sc_path_join(lib->root, dir);
    if (path)
        sc_dir_each(path, is_video_name, &v, NULL);
    free(path);
    char *found = v.best ? sc_strf("%s/%s", dir, v.best) : NULL;
    free(v.best);
    return found;
}

/* Of a folder without (usable) metadata: the video of the same title. */
static char *video_by_title(struct sc_library *lib, const char *title)
{
    char *dir = sc_strf("videos/%s", title);
    char *found = dir && sc_video_path_valid(dir) ? video_in(lib, dir) : NULL;
    free(dir);
    if (found)
        return found;
    char *safe = sc_title_safe(title);
    dir = safe ? sc_strf("videos/%s", safe) : NULL;
    found = dir ? video_in(lib, dir) : NULL;
    free(safe);
    free(dir);
    return found;
}

static void settle_video(struct scan *s, struct sc_record *r, bool known)
{
    if (r->l.video_path) {
        char *path = sc_library_video(s->lib, &r->l);
        if (path && !sc_file_exists(path)) {
            problem(s, r->l.folder, "its video is missing");
            free(r->l.video_path);
            r->l.video_path = NULL;
        }
        free(path);
    }
    if (!r->l.video_path && !known && r->l.status != SC_LECTURE_ARCHIVED)
        r->l.video_path = video_by_title(s->lib, r->l.title);
}

/* ---- what the folder holds ---- */

struct content {
    struct sc_transcript t;
    struct sc_slide_deck deck;
    struct sc_notes notes;
    bool has_t, has_deck, has_notes;
};

static void content_finish(struct content *c)
{
    sc_transcript_finish(&c->t);
    sc_slide_deck_finish(&c->deck);
    sc_notes_finish(&c->notes);
}

/* What JSON cannot say, the Markdown beside it may. */
static void transcript_instead(struct scan *s, const struct sc_lecture *l,
                               struct content *c)
{
    static const char *const loose[] = {"transcript.md", "transcript.txt"};
    for (size_t i = 0; i < 2 && !c->has_t; i++) {
        struct sc_buf text = SC_BUF_INIT(0);
        char *path = sc_strf("%s/%s/%s", s->lib->root, l->folder, loose[i]);
        c->has_t = path && sc_file_exists(path) &&
                   sc_file_read(path, 16u << 20, &text, NULL) &&
                   sc_loose_transcript(sc_buf_str(&text), text.len, &c->t, NULL);
        free(path);
        sc_buf_finish(&text);
    }
}

static bool read_content(struct scan *s, const struct sc_lecture *l, struct content *c)
{
    struct sc_error inner = {0};
    bool whole = true;
    if (!sc_library_read_transcript(s->lib, l, &c->t, &c->has_t, &inner)) {
        problem_of(s, l->folder, &inner);
        whole = c->has_t = false;
        transcript_instead(s, l, c);
    }
    if (!sc_library_read_slides(s->lib, l, &c->deck, &c->has_deck, &inner)) {
        problem_of(s, l->folder, &inner);
        whole = c->has_deck = false;
    }
    if (!sc_library_read_notes(s->lib, l, &c->notes, &c->has_notes, &inner)) {
        problem_of(s, l->folder, &inner);
        whole = c->has_notes = false;
    }
    return whole;
}

static double content_end(const struct content *c)
{
    double end = c->has_t ? c->t.duration_s : 0;
    if (c->has_t && c->t.n_utterances &&
        c->t.utterances[c->t.n_utterances - 1].end_s > end)
        end = c->t.utterances[c->t.n_utterances - 1].end_s;
    if (c->has_deck && c->deck.n_slides &&
        c->deck.slides[c->deck.n_slides - 1].end_s > end)
        end = c->deck.slides[c->deck.n_slides - 1].end_s;
    return end;
}

/* ---- who the lecture is ---- */

static bool replace_text(char **slot, char *value)
{
    free(*slot);
    *slot = value;
    return value != NULL;
}

static bool folder_date(struct sc_library *lib, const char *folder, char date[11])
{
    struct stat st;
    if (sc_folder_parse(folder, date, NULL))
        return true;
    char *path = sc_path_join(lib->root, folder);
    if (!path)
        return false;
    sc_format_local_date(stat(path, &st) == 0 ? (int64_t)st.st_mtime : 0, date);
    free(path);
    return true;
}

/* Fills what metadata.json did not say from the folder's name. */
static bool complete(struct scan *s, const char *folder, struct sc_record *r)
{
    char date[11], named[11];
    struct sc_lecture *l = &r->l;
    bool ok = replace_text(&l->folder, sc_strdup(folder));
    if (ok && !l->title) {
        char *title = NULL;
        if (!sc_folder_parse(folder, named, &title))
            title = sc_strdup(folder);
        l->title = title ? sc_utf8_repair(title, strlen(title)) : NULL;
        free(title);
        ok = l->title != NULL;
    }
    if (ok && !l->date)
        ok = folder_date(s->lib, folder, date) && (l->date = sc_strdup(date));
    if (ok && !l->id)
        ok = (l->id = sc_id_from_folder(folder, 0)) != NULL;
    if (ok && l->created_unix == 0)
        l->created_unix = sc_passage_days(l->date) * 86400;
    if (l->updated_unix == 0)
        l->updated_unix = l->created_unix;
    return ok || sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
}

/* Two folders that claim one id, or one source: the second is a copy. */
static bool settle_identity(struct scan *s, struct sc_record *r)
{
    struct sc_record other = {0};
    bool found = false;
    unsigned attempt = 0;
    if (remembers(s->seen_ids, s->n_seen, r->l.id)) {
        problem(s, r->l.folder,
                "it has the id of another folder and gets one of its own");
        free(r->l.identity);
        r->l.identity = NULL;
        do
            if (!replace_text(&r->l.id, sc_id_from_folder(r->l.folder, attempt++)))
                return sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
        while (remembers(s->seen_ids, s->n_seen, r->l.id));
    }
    if (r->l.identity) {
        if (!sc_record_by_identity(s->lib, r->l.identity, &other, &found, s->err))
            return false;
        if (found && strcmp(other.l.id, r->l.id) != 0 &&
            (remembers(s->seen_ids, s->n_seen, other.l.id) ||
             is_dir(s->lib, other.l.folder))) {
            problem(s, r->l.folder, "another lecture has the same source");
            free(r->l.identity);
            r->l.identity = NULL;
        } else if (found && strcmp(other.l.id, r->l.id) != 0 &&
                   !(sc_index_remove(s->lib, &other, s->err) &&
                     sc_record_delete(s->lib, &other, s->err))) {
            sc_record_finish(&other);
            return false;
        }
        sc_record_finish(&other);
    }
    return true;
}

static void settle_status(struct scan *s, struct sc_record *r, const struct content *c)
{
    struct sc_lecture *l = &r->l;
    struct sc_lock lock = {.fd = -1};
    bool processed = c->has_t || c->has_deck || c->has_notes;
    bool interrupted =
        l->status == SC_LECTURE_DOWNLOADING || l->status == SC_LECTURE_PROCESSING;
    if (l->status == SC_LECTURE_STATUS_COUNT) {
        l->status = processed       ? SC_LECTURE_PROCESSED
                    : l->video_path ? SC_LECTURE_DOWNLOADED
                                    : SC_LECTURE_ERROR;
        l->progress = l->status == SC_LECTURE_ERROR ? 0 : 100;
        if (l->status == SC_LECTURE_ERROR)
            replace_text(&l->error, sc_strdup("the folder holds neither a video nor "
                                              "anything made from one"));
    } else if (interrupted && sc_library_lock(s->lib, l, &lock, NULL)) {
        /* Nobody works on it: the process that did is gone. */
        sc_lock_release(&lock);
        if (l->status == SC_LECTURE_DOWNLOADING && !l->video_path) {
            l->status = SC_LECTURE_PAUSED;
            replace_text(&l->error, sc_strdup("the download was interrupted"));
            replace_text(&l->error_code, sc_strdup(sc_error_slug(SC_ERR_CANCELLED)));
        } else {
            l->status = SC_LECTURE_DOWNLOADED;
        }
    }
}

static bool same_record(const struct sc_record *a, const struct sc_record *b)
{
    const struct sc_lecture *x = &a->l, *y = &b->l;
    return sc_str_eq(x->title, y->title) && sc_str_eq(x->date, y->date) &&
           x->status == y->status && sc_str_eq(x->folder, y->folder) &&
           sc_str_eq(x->video_path, y->video_path) && x->duration_s == y->duration_s &&
           sc_str_eq(x->identity, y->identity) && sc_str_eq(x->error, y->error);
}

/* Writes the row, replacing what the catalog said, and indexes the content. */
static bool store(struct scan *s, struct sc_record *r, const struct sc_metadata *m,
                  const struct content *c)
{
    struct sc_record old = {0};
    bool found = false;
    if (!sc_record_get(s->lib, r->l.id, &old, &found, s->err))
        return false;
    bool ok;
    if (found) {
        r->n = old.n;
        if (same_record(&old, r))
            r->l.progress = old.l.progress;
        else
            s->report.n_updated++;
        /* A new date gives new row numbers: forget the old ones first. */
        ok = sc_index_remove(s->lib, &old, s->err) && sc_record_update(s->lib, r, s->err);
    } else {
        s->report.n_added++;
        ok = sc_record_insert(s->lib, r, s->err);
    }
    sqlite3_stmt *clear = ok && m ? sc_db_use(s->lib, SC_SQL_STAGE_CLEAR, s->err) : NULL;
    if (clear) {
        sqlite3_bind_int64(clear, 1, r->n);
        ok = sc_db_run(s->lib, clear, s->err);
        for (size_t i = 0; ok && i < m->n_stages; i++)
            ok = sc_stage_put(s->lib, r->n, &m->stages[i], s->err);
    }
    ok = ok &&
         sc_index_put(s->lib, r, c->has_t ? &c->t : NULL, c->has_deck ? &c->deck : NULL,
                      c->has_notes ? &c->notes : NULL, s->err);
    sc_record_finish(&old);
    return ok;
}

/* A row at this folder under another id is out of date. */
static bool drop_stale(struct scan *s, const struct sc_record *r)
{
    struct sc_record *list = NULL;
    size_t n = 0;
    if (!sc_folder_is_taken(s->lib, r->l.folder))
        return true;
    if (!sc_record_list(s->lib, &list, &n, s->err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (ok && strcmp(list[i].l.folder, r->l.folder) == 0 &&
            strcmp(list[i].l.id, r->l.id) != 0)
            ok = sc_index_remove(s->lib, &list[i], s->err) &&
                 sc_record_delete(s->lib, &list[i], s->err);
        sc_record_finish(&list[i]);
    }
    free(list);
    return ok;
}

static bool remember(struct scan *s, const struct sc_record *r)
{
    char *id = sc_strdup(r->l.id);
    char *video = sc_strdup(r->video_dir ? r->video_dir : r->l.video_path);
    char *slash = video && !r->video_dir ? strrchr(video, '/') : NULL;
    if (slash)
        *slash = '\0';
    s->seen_ids[s->n_seen++] = id;
    if (video)
        s->used_videos[s->n_used++] = video;
    return id || sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
}

/* Metadata that cannot be read: the catalog may still know the lecture. */
static bool from_catalog(struct scan *s, const char *folder, struct sc_record *out,
                         bool *found)
{
    char *id = sc_id_from_folder(folder, 0);
    bool ok = id && sc_record_get(s->lib, id, out, found, s->err);
    free(id);
    if (ok && *found && strcmp(out->l.folder, folder) != 0) {
        sc_record_finish(out);
        *found = false;
    }
    return ok;
}

/* Inside a transaction. */
static bool scan_folder(struct scan *s, const char *folder)
{
    struct sc_metadata m = {0};
    struct content c = {0};
    struct sc_error inner = {0};
    bool known = false, kept = false, whole = true, ok = true;
    if (!has_artifact(s->lib, folder)) {
        char date[11];
        if (sc_folder_parse(folder, date, NULL) && !sc_folder_is_taken(s->lib, folder) &&
            !is_empty(s->lib, folder))
            problem(s, folder, "the folder holds nothing that belongs to a lecture");
        return true;
    }
    if (!sc_metadata_read(s->lib, folder, &m, &known, &inner)) {
        problem_of(s, folder, &inner);
        whole = false;
        ok = from_catalog(s, folder, &m.r, &kept);
    }
    if (!known && !kept)
        m.r.l.status = SC_LECTURE_STATUS_COUNT;
    known = known && m.r.l.id;
    ok = ok && complete(s, folder, &m.r) && settle_identity(s, &m.r) &&
         drop_stale(s, &m.r);
    if (ok) {
        settle_video(s, &m.r,
                     known && m.r.video_dir && m.r.l.status != SC_LECTURE_STATUS_COUNT);
        whole = read_content(s, &m.r.l, &c) && whole;
        if (m.r.l.duration_s <= 0)
            m.r.l.duration_s = content_end(&c);
        settle_status(s, &m.r, &c);
        ok = store(s, &m.r, kept ? NULL : &m, &c) && remember(s, &m.r);
    }
    if (ok) {
        s->report.n_found++;
        s->report.n_broken += !whole;
    }
    content_finish(&c);
    sc_metadata_finish(&m);
    return ok;
}

/* ---- videos that no folder claims ---- */

static bool adopt_video(struct scan *s, const char *dir)
{
    struct sc_record r = {.l.status = SC_LECTURE_DOWNLOADED, .l.progress = 100};
    struct stat st;
    char date[11];
    bool ok = true;
    if (remembers(s->used_videos, s->n_used, dir) || sc_video_dir_is_taken(s->lib, dir))
        return true;
    r.l.video_path = video_in(s->lib, dir);
    if (!r.l.video_path) {
        if (exists_in(s->lib, dir, "chunks"))
            problem(s, dir, "an unfinished download of which nothing else is known");
        return true;
    }
    char *path = sc_library_video(s->lib, &r.l);
    int64_t made =
        path && stat(path, &st) == 0 ? (int64_t)st.st_mtime : sc_clock_wall_s();
    sc_format_local_date(made, date);
    char *prefix = sc_strf("%s_", date);
    r.l.title = sc_utf8_repair(dir + 7, strlen(dir + 7));
    r.l.date = sc_strdup(date);
    r.video_dir = sc_strdup(dir);
    r.l.created_unix = r.l.updated_unix = made;
    ok = path && prefix && r.l.title && r.l.date && r.video_dir;
    if (!ok)
        sc_fail(s->err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_folder_make(s->lib, prefix, r.l.title, sc_folder_is_taken, &r.l.folder,
                              s->err);
    ok = ok && (r.l.id = sc_id_from_folder(r.l.folder, 0));
    json_t *fields = ok ? sc_metadata_fields(&r) : NULL;
    struct content none = {0};
    ok = ok && sc_metadata_merge(s->lib, r.l.folder, fields, s->err) &&
         settle_identity(s, &r) && store(s, &r, NULL, &none) && remember(s, &r);
    s->report.n_found += ok;
    json_decref(fields);
    free(prefix);
    free(path);
    sc_record_finish(&r);
    return ok;
}

/* ---- the whole ---- */

static bool forget_vanished(struct scan *s)
{
    struct sc_record *list = NULL;
    size_t n = 0;
    if (!sc_db_begin(s->lib, s->err))
        return false;
    bool ok = sc_record_list(s->lib, &list, &n, s->err);
    for (size_t i = 0; ok && i < n; i++)
        if (!remembers(s->seen_ids, s->n_seen, list[i].l.id) &&
            !is_dir(s->lib, list[i].l.folder)) {
            ok = sc_index_remove(s->lib, &list[i], s->err) &&
                 sc_record_delete(s->lib, &list[i], s->err);
            s->report.n_vanished++;
        }
    for (size_t i = 0; i < n; i++)
        sc_record_finish(&list[i]);
    free(list);
    return sc_db_end(s->lib, ok, s->err);
}

typedef bool (*scan_fn)(struct scan *s, const char *name);

/* Each in a transaction of its own, so that other processes are not kept waiting. */
static bool scan_all(struct scan *s, const struct names *l, scan_fn fn, size_t before,
                     const struct sc_progress_sink *progress,
                     const struct sc_cancel *cancel)
{
    size_t total = s->folders.n + s->videos.n;
    for (size_t i = 0; i < l->n; i++) {
        struct sc_progress p = {.stage = "rescan",
                                .done = (double)(before + i),
                                .total = (double)total,
                                .unit = SC_UNIT_ITEMS,
                                .note = l->items[i]};
        sc_progress_report(progress, &p);
        if (sc_cancel_check(cancel, s->err) || !sc_db_begin(s->lib, s->err) ||
            !sc_db_end(s->lib, fn(s, l->items[i]), s->err))
            return sc_error_wrap(s->err, "could not read %s", l->items[i]);
    }
    return true;
}

bool sc_library_rescan(struct sc_library *lib, struct sc_rescan_report *out,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct scan s = {.lib = lib, .err = err};
    char *videos = sc_path_join(lib->root, "videos");
    s.report.problems = json_array();
    bool ok = videos && s.report.problems;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && sc_dir_each(lib->root, collect_folder, &s, err) &&
         sc_dir_each(videos, collect_video, &s, err) && order_folders(&s);
    size_t room = s.folders.n + s.videos.n + 1;
    s.seen_ids = calloc(room, sizeof *s.seen_ids);
    s.used_videos = calloc(room, sizeof *s.used_videos);
    if (ok && (!s.seen_ids || !s.used_videos))
        ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && scan_all(&s, &s.folders, scan_folder, 0, progress, cancel) &&
         scan_all(&s, &s.videos, adopt_video, s.folders.n, progress, cancel) &&
         forget_vanished(&s);
    free(videos);
    names_finish(&s.folders);
    names_finish(&s.videos);
    for (size_t i = 0; i < s.n_seen; i++)
        free(s.seen_ids[i]);
    for (size_t i = 0; i < s.n_used; i++)
        free(s.used_videos[i]);
    free(s.seen_ids);
    free(s.used_videos);
    if (!ok) {
        json_decref(s.report.problems);
        return false;
    }
    *out = s.report;
    return true;
}

bool sc_rescan_worthwhile(struct sc_library *lib)
{
    struct scan s = {.lib = lib};
    char *videos = sc_path_join(lib->root, "videos");
    sc_dir_each(lib->root, collect_folder, &s, NULL);
    if (videos)
        sc_dir_each(videos, collect_video, &s, NULL);
    bool any = s.folders.n + s.videos.n > 0;
    free(videos);
    names_finish(&s.folders);
    names_finish(&s.videos);
    return any;
}
