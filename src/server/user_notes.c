#include "server/user_notes.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TAGS = 50,
    MAX_TAG = 60,
    MAX_FOLDER = 200,
    MAX_EDITS = 2000,
    MAX_PART = 200,
    MAX_GRADES = 5000,
    MAX_GRADE_FIELDS = 12
};

/* Held from reading to writing: requests side by side must not undo each other. */
static pthread_mutex_t patching = PTHREAD_MUTEX_INITIALIZER;

static char *path_of(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l);
    char *path = folder ? sc_path_join(folder, SC_USER_NOTES_FILE) : NULL;
    free(folder);
    return path;
}

json_t *sc_user_notes_read(struct sc_library *lib, const struct sc_lecture *l)
{
    char *path = path_of(lib, l);
    json_t *o = path ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    if (!json_is_object(o)) {
        json_decref(o);
        o = json_object();
    }
    if (!json_is_array(json_object_get(o, "tags")))
        json_object_set_new(o, "tags", json_array());
    if (!json_is_string(json_object_get(o, "folder")))
        json_object_set_new(o, "folder", json_null());
    if (!json_is_string(json_object_get(o, "userNotes")))
        json_object_set_new(o, "userNotes", json_null());
    if (!json_is_object(json_object_get(o, "edits")))
        json_object_set_new(o, "edits", json_object());
    if (!json_is_object(json_object_get(o, "grades")))
        json_object_set_new(o, "grades", json_object());
    return o;
}

static bool take_tags(json_t *v, json_t *o, struct sc_error *err)
{
    size_t i;
    json_t *tag;
    if (!json_is_array(v) || json_array_size(v) > MAX_TAGS)
        return sc_fail(err, SC_ERR_INVALID, "tags must be a list of at most %d",
                       MAX_TAGS);
    json_array_foreach(
        v, i, tag) if (!json_is_string(tag) || json_string_length(tag) == 0 ||
                       json_string_length(tag) >
                           MAX_TAG) return sc_fail(err, SC_ERR_INVALID,
                                                   "tags must be texts of 1 to %d bytes",
                                                   MAX_TAG);
    json_object_set(o, "tags", v);
    return true;
}

static bool take_text(json_t *v, const char *name, size_t max, json_t *o,
                      struct sc_error *err)
{
    if (!json_is_null(v) && (!json_is_string(v) || json_string_length(v) > max))
        return sc_fail(err, SC_ERR_INVALID,
                       "%s must be text of at most %zu bytes or null", name, max);
    json_object_set(o, name, v);
    return true;
}

/* {part: text}; null takes an edit back. */
static bool take_edits(json_t *v, json_t *o, struct sc_error *err)
{
    const char *part;
    json_t *text, *edits = json_object_get(o, "edits");
    if (!json_is_object(v))
        return sc_fail(err, SC_ERR_INVALID, "edits must be an object");
    json_object_foreach(v, part, text)
    {
        if (!*part || strlen(part) > MAX_PART ||
            (!json_is_string(text) && !json_is_null(text)))
            return sc_fail(err, SC_ERR_INVALID, "edits must map a part's name to text");
        if (json_is_null(text))
            json_object_del(edits, part);
        else
            json_object_set(edits, part, text);
    }
    return json_object_size(edits) <= MAX_EDITS ||
           sc_fail(err, SC_ERR_INVALID, "edits are more than %d", MAX_EDITS);
}

/* What is known of one card: a few numbers. */
static bool is_grade(json_t *grade)
{
    const char *name;
    json_t *v;
    if (!json_is_object(grade) || json_object_size(grade) > MAX_GRADE_FIELDS)
        return false;
    json_object_foreach(grade, name,
                        v) if (!json_is_number(v) || strlen(name) > 20) return false;
    return true;
}

/* {card: its memory}; null forgets one. */
static bool take_grades(json_t *v, json_t *o, struct sc_error *err)
{
    const char *card;
    json_t *grade, *grades = json_object_get(o, "grades");
    if (!json_is_object(v))
        return sc_fail(err, SC_ERR_INVALID, "grades must be an object");
    json_object_foreach(v, card, grade)
    {
        if (!*card || strlen(card) > MAX_PART ||
            (!json_is_null(grade) && !is_grade(grade)))
            return sc_fail(err, SC_ERR_INVALID,
                           "grades must map a card's id to at most %d numbers",
                           MAX_GRADE_FIELDS);
        if (json_is_null(grade))
            json_object_del(grades, card);
        else
            json_object_set(grades, card, grade);
    }
    return json_object_size(grades) <= MAX_GRADES ||
           sc_fail(err, SC_ERR_INVALID, "grades are more than %d", MAX_GRADES);
}

/* Words that cannot be read are no reason to write over them: they are set aside. */
static bool set_damaged_aside(const char *path, struct sc_error *err)
{
    json_t *o = json_load_file(path, 0, NULL);
    bool whole = json_is_object(o);
    json_decref(o);
    if (whole || sc_file_size(path) <= 0)
        return true;
    char *aside = sc_strf("%s.damaged-%lld", path, (long long)sc_clock_wall_s());
    bool ok = aside ? sc_file_rename(path, aside, err)
                    : sc_fail(err, SC_ERR_MEMORY, "out of memory");
    free(aside);
    return ok;
}

bool sc_user_notes_patch(struct sc_library *lib, const struct sc_lecture *l, json_t *body,
                         struct sc_error *err)
{
    pthread_mutex_lock(&patching);
    json_t *o = sc_user_notes_read(lib, l), *v;
    char *path = path_of(lib, l), *text = NULL;
    bool ok = o && path;
    if (ok && (v = json_object_get(body, "tags")))
        ok = take_tags(v, o, err);
    if (ok && (v = json_object_get(body, "folder")))
        ok = take_text(v, "folder", MAX_FOLDER, o, err);
    if (ok && (v = json_object_get(body, "userNotes")))
        ok = take_text(v, "userNotes", 1 << 20, o, err);
    if (ok && (v = json_object_get(body, "edits")))
        ok = take_edits(v, o, err);
    if (ok && (v = json_object_get(body, "grades")))
        ok = take_grades(v, o, err);
    text = ok ? json_dumps(o, JSON_INDENT(2)) : NULL;
    ok = ok && text && set_damaged_aside(path, err) &&
         sc_file_write(path, text, strlen(text), false, err);
    pthread_mutex_unlock(&patching);
    json_decref(o);
    free(text);
    free(path);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}
