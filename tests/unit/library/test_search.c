#include "fixture.h"

#include "base/str.h"

#include <sqlite3.h>

struct found {
    struct sc_hit *hits;
    size_t n, total;
};

static struct found look(struct fixture *f, struct sc_search_options o)
{
    struct found r = {0};
    assert_ok(sc_library_search(f->lib, &o, &r.hits, &r.n, &r.total, NULL, &err));
    return r;
}

static struct found look_for(struct fixture *f, const char *query)
{
    return look(f, (struct sc_search_options){.query = query});
}

static void done(struct found *r)
{
    for (size_t i = 0; i < r->n; i++)
        sc_hit_finish(&r->hits[i]);
    free(r->hits);
}

static void index_texts(struct fixture *f, const char *id, const char *const *texts)
{
    struct sc_transcript t = spoken(texts);
    assert_ok(sc_library_index(f->lib, id, &t, NULL, NULL, &err));
    sc_transcript_finish(&t);
}

static size_t count(struct fixture *f, const char *query)
{
    struct found r = look_for(f, query);
    size_t n = r.n;
    done(&r);
    return n;
}

static void every_hit_is_a_second(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Sorting", "2026-11-23", "a");
    index_texts(f, l.id,
                (const char *const[]){"we begin", "merge sort is stable",
                                      "quick sort is not", NULL});
    struct found r = look_for(f, "stable");
    assert_int_equal(r.n, 1);
    assert_int_equal(r.total, 1);
    assert_string_equal(r.hits[0].lecture_id, l.id);
    assert_string_equal(r.hits[0].kind, "transcript");
    assert_true(r.hits[0].time_s == 10 && r.hits[0].end_s == 19);
    assert_string_equal(r.hits[0].snippet, "merge sort is \x02stable\x03");
    done(&r);
    assert_int_equal(count(f, "sort"), 3); /* with the title "Sorting" */
    assert_int_equal(count(f, "\"quick sort\""), 1);
    assert_int_equal(count(f, "\"sort quick\""), 0);
    assert_int_equal(count(f, "sta"), 1); /* a beginning */
    assert_int_equal(count(f, "sta "), 0);
    assert_int_equal(count(f, "nothing"), 0);
    assert_int_equal(count(f, ""), 0);
    sc_lecture_finish(&l);
}

static void any_term_when_not_all(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    index_texts(
        f, l.id,
        (const char *const[]){"alpha only", "beta alone with gamma", "delta", NULL});
    struct found r = look_for(f, "alpha beta gamma ");
    assert_int_equal(r.n, 2);
    assert_true(r.hits[0].time_s == 10); /* two of three terms come first */
    done(&r);
    sc_lecture_finish(&l);
}

static void signs_find_what_they_say(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    index_texts(f, l.id,
                (const char *const[]){"the language C is old", "the language C++ is big",
                                      "this takes O(n) steps", "the letters o and n",
                                      "don't panic", NULL});
    struct found r = look_for(f, "C++");
    assert_int_equal(r.n, 1);
    assert_true(r.hits[0].time_s == 10);
    done(&r);
    r = look_for(f, "O(n)");
    assert_int_equal(r.n, 1);
    assert_true(r.hits[0].time_s == 20);
    done(&r);
    assert_int_equal(count(f, "C"), 2);
    assert_int_equal(count(f, "don't"), 1);
    assert_int_equal(count(f, "C#"), 2); /* not said so: the word alone */
    assert_int_equal(count(f, "\" OR 1=1 --"), 0);
    assert_int_equal(count(f, "NEAR( AND * ^ :"), 1); /* the word "and" */
    sc_lecture_finish(&l);
}

static void other_scripts(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    index_texts(f, l.id,
                (const char *const[]){"私は図書館へ行きます", "Übung macht den Meister",
                                      "cafe\u0301 und naïve", "हिन्दी में व्याख्यान",
                                      "ภาษาไทยง่าย", "한국어를 배웁니다", NULL});
    struct found r = look_for(f, "書館");
    assert_int_equal(r.n, 1);
    assert_string_equal(r.hits[0].snippet, "私は図\x02書館\x03へ行きます");
    done(&r);
    assert_int_equal(count(f, "館書"), 0);
    assert_int_equal(count(f, "図"), 1);
    assert_int_equal(count(f, "ubung"), 1);
    assert_int_equal(count(f, "CAFÉ"), 1);
    assert_int_equal(count(f, "naive"), 1);
    assert_int_equal(count(f, "हिन्दी"), 1);
    assert_int_equal(count(f, "ไทย"), 1);
    assert_int_equal(count(f, "국어"), 1);
    sc_lecture_finish(&l);
}

static void kinds_dates_and_lectures_narrow(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture a = add_lecture(f, "Old trees", "2025-05-01", "a");
    struct sc_lecture b = add_lecture(f, "New trees", "2026-05-01", "b");
    index_texts(f, a.id, (const char *const[]){"trees have roots", NULL});
    struct sc_transcript t = spoken((const char *const[]){"trees have leaves", NULL});
    struct sc_slide slide = {.filename = sc_strdup("00_00_04.png"),
                             .timestamp_s = 4,
                             .end_s = 30,
                             .ocr_text = sc_strdup("Balanced trees"),
                             .ranges = malloc(sizeof(struct sc_time_range)),
                             .n_ranges = 1};
    slide.ranges[0] = (struct sc_time_range){4, 30};
    struct sc_slide_deck deck = {0};
    assert_true(sc_slide_deck_add_take(&deck, &slide, NULL));
    assert_ok(sc_library_index(f->lib, b.id, &t, &deck, NULL, &err));
    sc_transcript_finish(&t);
    sc_slide_deck_finish(&deck);
    struct found r = look_for(f, "trees");
    assert_int_equal(r.n, 5);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .kind = "slide"});
    assert_int_equal(r.n, 1);
    assert_string_equal(r.hits[0].slide, "00_00_04.png");
    assert_true(r.hits[0].time_s == 4);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .lecture_id = a.id});
    assert_int_equal(r.n, 2);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .from_date = "2026-01-01"});
    assert_int_equal(r.n, 3);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .to_date = "2025-05-01"});
    assert_int_equal(r.n, 2);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .to_date = "2025-04-30"});
    assert_int_equal(r.n, 0);
    done(&r);
    r = look(f, (struct sc_search_options){
                    .query = "trees", .lecture_id = a.id, .from_date = "2026-01-01"});
    assert_int_equal(r.n, 0);
    done(&r);
    r = look(f, (struct sc_search_options){.query = "trees", .limit = 2, .offset = 4});
    assert_int_equal(r.n, 1);
    assert_int_equal(r.total, 5);
    done(&r);
    struct sc_search_options bad = {.query = "x", .kind = "song"};
    assert_fails(sc_library_search(f->lib, &bad, &r.hits, &r.n, &r.total, NULL, &err),
                 SC_ERR_INVALID);
    sc_lecture_finish(&a);
    sc_lecture_finish(&b);
}

static void indexing_again_replaces(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    index_texts(f, l.id, (const char *const[]){"first version", NULL});
    index_texts(f, l.id, (const char *const[]){"second version", NULL});
    assert_int_equal(count(f, "first "), 0);
    assert_int_equal(count(f, "second "), 1);
    assert_ok(sc_library_rename(f->lib, &l, "Renamed thing", &err));
    assert_int_equal(count(f, "renamed"), 1);
    assert_int_equal(count(f, "second "), 1);
    assert_ok(sc_library_remove(f->lib, l.id, NULL, &err));
    assert_int_equal(count(f, "second "), 0);
    assert_int_equal(count(f, "renamed"), 0);
    sc_lecture_finish(&l);
}

static void long_passages_are_cut_into_moments(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    struct sc_buf b = SC_BUF_INIT(0);
    for (int i = 0; i < 1000; i++)
        sc_buf_addf(&b, "word%d ", i);
    struct sc_transcript t = spoken((const char *const[]){sc_buf_str(&b), NULL});
    t.utterances[0].end_s = 1000;
    assert_ok(sc_library_index(f->lib, l.id, &t, NULL, NULL, &err));
    struct found r = look_for(f, "word700 ");
    assert_int_equal(r.n, 1);
    assert_true(r.hits[0].time_s > 600 && r.hits[0].time_s <= 700);
    done(&r);
    sc_transcript_finish(&t);
    sc_buf_finish(&b);
    sc_lecture_finish(&l);
}

static void a_cancelled_search_stops(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "X", "2026-11-23", "a");
    struct sc_cancel cancel = {0};
    struct found r = {0};
    struct sc_search_options o = {.query = "word"};
    struct sc_transcript t = {0};
    for (int i = 0; i < 6000; i++) {
        struct sc_utterance u = {
            .start_s = i, .end_s = i + 1, .text = sc_strf("word and word%d", i)};
        assert_true(sc_transcript_add_take(&t, &u, NULL));
    }
    assert_ok(sc_library_index(f->lib, l.id, &t, NULL, NULL, &err));
    sc_transcript_finish(&t);
    r = look_for(f, "word "); /* more than are ranked: newest, in order of time */
    assert_int_equal(r.total, 6000);
    assert_true(r.hits[0].time_s == 0 && r.hits[1].time_s == 1);
    done(&r);
    sc_cancel_request(&cancel);
    assert_fails(sc_library_search(f->lib, &o, &r.hits, &r.n, &r.total, &cancel, &err),
                 SC_ERR_CANCELLED);
    assert_int_equal(count(f, "word77 "), 1); /* the handle works on */
    sc_lecture_finish(&l);
}

/* Rows that are written from behind would make a segment each, and half-empty pages. */
static void the_index_is_compact(void **state)
{
    struct fixture *f = *state;
    struct sc_lecture l = add_lecture(f, "Long", "2026-11-23", "a");
    struct sc_transcript t = {0};
    for (int i = 0; i < 400; i++) {
        struct sc_utterance u = {
            .start_s = i, .end_s = i + 1, .text = sc_strf("some words and word%d", i)};
        assert_true(sc_transcript_add_take(&t, &u, NULL));
    }
    assert_ok(sc_library_index(f->lib, l.id, &t, NULL, NULL, &err));
    sc_transcript_finish(&t);
    char *path = sc_path_join(f->root, ".scaler/catalog.db");
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(DISTINCT segid) FROM passage_fts_idx", -1,
                           &s, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_in_range(sqlite3_column_int(s, 0), 1, 3);
    sqlite3_finalize(s);
    sqlite3_close(db);
    free(path);
    sc_lecture_finish(&l);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(every_hit_is_a_second),
        T(any_term_when_not_all),
        T(signs_find_what_they_say),
        T(other_scripts),
        T(kinds_dates_and_lectures_narrow),
        T(indexing_again_replaces),
        T(long_passages_are_cut_into_moments),
        T(a_cancelled_search_stops),
        T(the_index_is_compact),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
