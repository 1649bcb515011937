/*
 * The full text index: one row for each utterance, slide, note line, card...
 * Every row knows its lecture, its seconds and the slide on screen.
 */
#include "library/internal.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PASSAGE_WORDS = 60, /* longer utterances are cut: a hit should be a moment */
    MAX_SEQ = (1 << SC_PASSAGE_SEQ_BITS) - 1,
    MAX_DAYS = 65535,
};

static const char *const kind_names[SC_KIND_COUNT] = {
    "transcript", "slide", "notes", "summary", "card", "announcement", "title",
};

const char *sc_kind_name(enum sc_kind k)
{
    return kind_names[k];
}

bool sc_kind_parse(const char *name, enum sc_kind *out)
{
    for (int i = 0; i < SC_KIND_COUNT; i++)
        if (strcmp(name, kind_names[i]) == 0) {
            *out = (enum sc_kind)i;
            return true;
        }
    return false;
}

/* Days since 1970-01-01 (civil calendar; Howard Hinnant's days_from_civil). */
int64_t sc_passage_days(const char *date)
{
    if (!sc_valid_date(date))
        return 0;
    int64_t y = (date[0] - '0') * 1000 + (date[1] - '0') * 100 + (date[2] - '0') * 10 +
                (date[3] - '0');
    int64_t m = (date[5] - '0') * 10 + (date[6] - '0');
    int64_t d = (date[8] - '0') * 10 + (date[9] - '0');
    y -= m <= 2;
    int64_t era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    return days < 0 ? 0 : days > MAX_DAYS ? MAX_DAYS : days;
}

int64_t sc_passage_base(const char *date, int64_t lecture)
{
    return (sc_passage_days(date) << SC_PASSAGE_LECTURE_BITS | lecture)
           << (SC_PASSAGE_SEQ_BITS + SC_PASSAGE_KIND_BITS);
}

/* What waits for its row. Row numbers count down within a lecture, but are written
 * in ascending order: FTS5 makes a segment of its own for every step back, and
 * pages of the table that are filled from behind stay half empty. */
struct entry {
    int64_t rowid;
    double start_s, end_s;
    const char *slide; /* borrowed from the deck or the notes */
    char *text;        /* owned */
};

struct writer {
    struct sc_library *lib;
    struct sc_error *err;
    int64_t base;
    int64_t seq; /* counts down, so that a lecture's beginning comes first */
    const struct sc_slide_deck *deck;
    struct entry *entries;
    size_t n, cap;
    bool ok;
};

static bool insert(struct sc_library *lib, const struct entry *e, struct sc_error *err)
{
    sqlite3_stmt *p = sc_db_use(lib, SC_SQL_PASSAGE_INSERT, err);
    sqlite3_stmt *f = p ? sc_db_use(lib, SC_SQL_FTS_INSERT, err) : NULL;
    if (!f)
        return false;
    sqlite3_bind_int64(p, 1, e->rowid);
    sqlite3_bind_double(p, 2, e->start_s);
    sqlite3_bind_double(p, 3, e->end_s);
    sc_db_bind_text(p, 4, e->slide);
    sqlite3_bind_text(p, 5, e->text, -1, SQLITE_STATIC);
    sqlite3_bind_int64(f, 1, e->rowid);
    sqlite3_bind_text(f, 2, e->text, -1, SQLITE_STATIC);
    return sc_db_run(lib, p, err) && sc_db_run(lib, f, err);
}

/* Takes text. */
static bool keep(struct writer *w, struct entry e)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        struct entry *grown = realloc(w->entries, cap * sizeof *grown);
        if (!grown) {
            free(e.text);
            return sc_fail(w->err, SC_ERR_MEMORY, "out of memory");
        }
        w->entries = grown;
        w->cap = cap;
    }
    w->entries[w->n++] = e;
    return true;
}

/* Writes what was kept, and releases it in any case. */
static bool write_out(struct writer *w)
{
    while (w->n) {
        struct entry *e = &w->entries[--w->n];
        w->ok = w->ok && insert(w->lib, e, w->err);
        free(e->text);
    }
    free(w->entries);
    w->entries = NULL;
    w->cap = 0;
    return w->ok;
}

static void add(struct writer *w, enum sc_kind kind, double start_s, double end_s,
                const char *slide, const char *text, size_t len)
{
    if (!w->ok || len == 0 || w->seq < 0)
        return;
    if (!isfinite(start_s) || start_s < 0)
        start_s = 0;
    if (!isfinite(end_s) || end_s < start_s)
        end_s = start_s;
    char *stored = sc_text_for_index(text, len);
    if (!stored) {
        w->ok = sc_fail(w->err, SC_ERR_MEMORY, "out of memory");
        return;
    }
    if (!slide && w->deck) {
        const struct sc_slide *s = sc_slide_deck_at(w->deck, start_s);
        slide = s ? s->filename : NULL;
    }
    if (stored[0])
        w->ok = keep(w, (struct entry){w->base | w->seq-- << SC_PASSAGE_KIND_BITS | kind,
                                       start_s, end_s, slide, stored});
    else
        free(stored);
}

/* Bytes of the first n words, and how many there were. */
static size_t words_span(const char *s, size_t n, size_t *got)
{
    size_t i = 0;
    *got = 0;
    while (s[i] && *got < n) {
        while (s[i] && isspace((unsigned char)s[i]))
            i++;
        if (!s[i])
            break;
        while (s[i] && !isspace((unsigned char)s[i]))
            i++;
        ++*got;
    }
    return i;
}

static size_t count_words(const char *s)
{
    size_t n;
    words_span(s, SIZE_MAX, &n);
    return n;
}

/* Long ones in parts; times by the words when they fit, else by share. */
static void add_utterance(struct writer *w, const struct sc_utterance *u)
{
    if (!u->text)
        return;
    size_t total = count_words(u->text), at = 0;
    bool timed = u->n_words == total;
    const char *p = u->text;
    while (at < total && w->ok) {
        size_t got, want = total - at;
        if (want > MAX_PASSAGE_WORDS * 3 / 2)
            want = MAX_PASSAGE_WORDS;
        size_t len = words_span(p, want, &got);
        double span = u->end_s - u->start_s;
        double start =
            timed ? u->words[at].start_s : u->start_s + span * (double)at / (double)total;
        double end = timed ? u->words[at + got - 1].end_s
                           : u->start_s + span * (double)(at + got) / (double)total;
        if (got == total) {
            start = u->start_s;
            end = u->end_s;
        }
        while (len && isspace((unsigned char)*p)) {
            p++;
            len--;
        }
        add(w, SC_KIND_TRANSCRIPT, start, end, NULL, p, len);
        p += len;
        at += got;
    }
}

static void add_line(struct writer *w, enum sc_kind kind, const struct sc_note_line *l)
{
    if (l->text)
        add(w, kind, l->cite.start_s, l->cite.end_s, NULL, l->text, strlen(l->text));
}

static void add_joined(struct writer *w, enum sc_kind kind, struct sc_time_range cite,
                       const char *slide, const char *a, const char *b)
{
    char *text =
        sc_strf("%s%s%s", a ? a : "", a && b && *a && *b ? "\n" : "", b ? b : "");
    if (text)
        add(w, kind, cite.start_s, cite.end_s, slide, text, strlen(text));
    else
        w->ok = sc_fail(w->err, SC_ERR_MEMORY, "out of memory");
    free(text);
}

static void add_notes(struct writer *w, const struct sc_notes *n)
{
    for (size_t i = 0; i < n->n_summary; i++)
        add_line(w, SC_KIND_SUMMARY, &n->summary[i]);
    for (size_t i = 0; i < n->n_sections; i++) {
        const struct sc_note_section *s = &n->sections[i];
        if (s->title)
            add(w, SC_KIND_NOTES, s->cite.start_s, s->cite.end_s, NULL, s->title,
                strlen(s->title));
        for (size_t k = 0; k < s->n_lines; k++)
            add_line(w, SC_KIND_NOTES, &s->lines[k]);
    }
    for (size_t i = 0; i < n->n_cards; i++)
        add_joined(w, SC_KIND_CARD, n->cards[i].cite, n->cards[i].slide,
                   n->cards[i].front, n->cards[i].back);
    for (size_t i = 0; i < n->n_announcements; i++)
        add_joined(w, SC_KIND_ANNOUNCEMENT, n->announcements[i].cite, NULL,
                   n->announcements[i].text, n->announcements[i].date);
}

static void add_title(struct writer *w, const struct sc_record *r)
{
    w->seq = MAX_SEQ; /* always the lecture's first row */
    add(w, SC_KIND_TITLE, 0, 0, NULL, r->l.title, strlen(r->l.title));
}

/* External content: FTS5 must be told the old text to forget it. */
static bool remove_range(struct sc_library *lib, int64_t from, int64_t to,
                         struct sc_error *err)
{
    sqlite3_stmt *s = sc_db_use(lib, SC_SQL_PASSAGE_RANGE, err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, from);
    sqlite3_bind_int64(s, 2, to);
    int rc;
    while ((rc = sc_db_step(lib, s, err)) == 1) {
        sqlite3_stmt *d = sc_db_use(lib, SC_SQL_FTS_DELETE, err);
        if (!d) {
            rc = -1;
            break;
        }
        sqlite3_bind_int64(d, 1, sqlite3_column_int64(s, 0));
        sqlite3_bind_value(d, 2, sqlite3_column_value(s, 1));
        if (!sc_db_run(lib, d, err)) {
            rc = -1;
            break;
        }
    }
    sqlite3_reset(s);
    s = rc < 0 ? NULL : sc_db_use(lib, SC_SQL_PASSAGE_DELETE, err);
    if (!s)
        return false;
    sqlite3_bind_int64(s, 1, from);
    sqlite3_bind_int64(s, 2, to);
    return sc_db_run(lib, s, err);
}

bool sc_index_remove(struct sc_library *lib, const struct sc_record *r,
                     struct sc_error *err)
{
    int64_t base = sc_passage_base(r->l.date, r->n);
    int64_t span = (int64_t)1 << (SC_PASSAGE_SEQ_BITS + SC_PASSAGE_KIND_BITS);
    return remove_range(lib, base, base + span - 1, err);
}

bool sc_index_title(struct sc_library *lib, const struct sc_record *r,
                    struct sc_error *err)
{
    struct writer w = {.lib = lib, .err = err, .ok = true};
    w.base = sc_passage_base(r->l.date, r->n);
    int64_t rowid = w.base | (int64_t)MAX_SEQ << SC_PASSAGE_KIND_BITS | SC_KIND_TITLE;
    w.ok = remove_range(lib, rowid, rowid, err);
    add_title(&w, r);
    return write_out(&w);
}

bool sc_index_put(struct sc_library *lib, const struct sc_record *r,
                  const struct sc_transcript *t, const struct sc_slide_deck *deck,
                  const struct sc_notes *notes, struct sc_error *err)
{
    struct writer w = {.lib = lib, .err = err, .deck = deck, .ok = true};
    w.base = sc_passage_base(r->l.date, r->n);
    w.ok = sc_index_remove(lib, r, err);
    add_title(&w, r);
    for (size_t i = 0; t && w.ok && i < t->n_utterances; i++)
        add_utterance(&w, &t->utterances[i]);
    for (size_t i = 0; deck && w.ok && i < deck->n_slides; i++) {
        const struct sc_slide *s = &deck->slides[i];
        struct sc_time_range cite = {s->timestamp_s, s->end_s};
        add_joined(&w, SC_KIND_SLIDE, cite, s->filename, s->ocr_text, s->description);
    }
    if (notes && w.ok)
        add_notes(&w, notes);
    return write_out(&w);
}

bool sc_library_index(struct sc_library *lib, const char *id,
                      const struct sc_transcript *t, const struct sc_slide_deck *deck,
                      const struct sc_notes *notes, struct sc_error *err)
{
    struct sc_record r = {0};
    bool found = false;
    if (!sc_db_begin(lib, err))
        return false;
    bool ok = sc_record_get(lib, id, &r, &found, err);
    if (ok && !found)
        ok = sc_fail(err, SC_ERR_NOT_FOUND, "there is no lecture with the id \"%.80s\"",
                     id);
    ok = ok && sc_index_put(lib, &r, t, deck, notes, err);
    ok = sc_db_end(lib, ok, err);
    sc_record_finish(&r);
    return ok;
}
