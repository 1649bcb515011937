#include "notes/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct sc_arena_block {
    struct sc_arena_block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

void sc_arena_finish(struct sc_arena *a)
{
    while (a->blocks) {
        struct sc_arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    *a = (struct sc_arena){0};
}

void *sc_arena_alloc(struct sc_arena *a, size_t n, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (a->failed || (size && n > (SIZE_MAX / 2) / size)) {
        a->failed = true;
        return NULL;
    }
    size_t want = (n * size + align - 1) / align * align;
    struct sc_arena_block *b = a->blocks;
    if (!b || b->size - b->used < want) {
        size_t cap = want > BLOCK_SIZE ? want : BLOCK_SIZE;
        b = malloc(sizeof *b + cap);
        if (!b) {
            a->failed = true;
            return NULL;
        }
        b->used = 0;
        b->size = cap;
        b->next = a->blocks;
        a->blocks = b;
    }
    void *p = b->data + b->used;
    b->used += want;
    memset(p, 0, want);
    return p;
}

char *sc_arena_strndup(struct sc_arena *a, const char *s, size_t len)
{
    char *copy = sc_arena_alloc(a, len + 1, 1);
    if (copy)
        memcpy(copy, s, len);
    return copy;
}

void *sc_arena_grow(struct sc_arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return items;
    size_t bigger = *cap ? *cap * 2 : 16;
    void *moved = sc_arena_alloc(a, bigger, size);
    if (!moved)
        return NULL;
    if (n)
        memcpy(moved, items, n * size);
    *cap = bigger;
    return moved;
}
