/*
 * Memory that lives as long as one run of the note writer: everything between
 * the transcript and the finished notes is allocated here and freed at once.
 * When memory is out the arena turns `failed` and answers NULL from then on;
 * callers check each answer, the top reports it.
 */
#ifndef SC_NOTES_ARENA_H
#define SC_NOTES_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct sc_arena_block;

struct sc_arena {
    struct sc_arena_block *blocks;
    bool failed;
};

void sc_arena_finish(struct sc_arena *a);
/* Zeroed memory, aligned for any type. */
void *sc_arena_alloc(struct sc_arena *a, size_t n, size_t size);
char *sc_arena_strndup(struct sc_arena *a, const char *s, size_t len);
/*
 * Room for one more element behind n existing ones: returns the (possibly
 * moved) array, or NULL. *cap is the capacity in elements, 0 at first.
 */
void *sc_arena_grow(struct sc_arena *a, void *items, size_t n, size_t *cap, size_t size);

#endif
