/* Flashcards of all lectures: which there are, and how well they are known. */
#include "server/app.h"
#include "server/resources.h"
#include "server/user_notes.h"

#include <stdlib.h>

static json_t *cards_of(const struct sc_notes *notes)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < notes->n_cards; i++)
        if (notes->cards[i].id)
            json_array_append_new(ids, json_string(notes->cards[i].id));
    return ids;
}

/* Their texts come with the lecture: a list of all must stay small. */
static void add_deck(struct sc_library *lib, const struct sc_lecture *l, json_t *decks)
{
    struct sc_notes notes = {0};
    bool found = false;
    /* A lecture whose notes cannot be read has no deck; the others are still shown. */
    if (!sc_library_read_notes(lib, l, &notes, &found, NULL) || !found ||
        notes.n_cards == 0) {
        sc_notes_finish(&notes);
        return;
    }
    json_t *own = sc_user_notes_read(lib, l);
    json_array_append_new(decks,
                          json_pack("{s:s, s:s, s:s, s:o, s:O}", "id", l->id, "title",
                                    l->title, "date", l->date, "cards", cards_of(&notes),
                                    "grades", json_object_get(own, "grades")));
    json_decref(own);
    sc_notes_finish(&notes);
}

SC_HANDLER(sc_res_decks)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    if (!sc_library_list(req->lib, &list, &n, err))
        return false;
    json_t *decks = json_array();
    for (size_t i = 0; i < n; i++) {
        add_deck(req->lib, &list[i], decks);
        sc_lecture_finish(&list[i]);
    }
    free(list);
    return sc_reply_json_take(reply, json_pack("{s:o}", "decks", decks), err);
}
