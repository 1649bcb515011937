/*
 * Makes the n-th allocation of a test program fail, to walk through every
 * out-of-memory path. Needs the linker's --wrap for malloc, calloc and realloc
 * (GNU ld, lld); see tests/unit/download/meson.build.
 */
#ifndef SC_TEST_FAILING_ALLOC_H
#define SC_TEST_FAILING_ALLOC_H

#include "cmocka_all.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static size_t allocs_left; /* 0 = never fails */
static bool alloc_failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool alloc_fails(void)
{
    if (allocs_left == 0 || --allocs_left > 0)
        return false;
    alloc_failed = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return alloc_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return alloc_fails() ? NULL : __real_realloc(p, n);
}

/* Each allocation of run fails in turn, until a run needs no more than are allowed. */
static inline void alloc_walk(bool (*run)(void))
{
    enum { MAX_ALLOCS = 20000 };
    for (size_t n = 1; n < MAX_ALLOCS; n++) {
        alloc_failed = false;
        allocs_left = n;
        bool ok = run();
        allocs_left = 0;
        if (!alloc_failed) {
            assert_true(ok);
            return;
        }
    }
    fail();
}

#endif
