#include "server/cache.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "server/recording_json.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_ENTRIES = 50000 };
static const double MAX_AGE_S = 60, MAX_LIST_AGE_S = 1;

struct sc_cache {
    atomic_uint_fast64_t changes;
    pthread_mutex_t mutex;
    /* under mutex */
    struct sc_shared *lists[3]; /* by generation */
    struct sc_list_stamp list_stamps[3];
    json_t *recordings; /* "<generation><id>" to [fingerprint, text] */
    json_t *stages;
    double stages_at_s;
    bool size_known, size_asked;
    double size_at_s;
    struct sc_usage usage;
    char archives[4096]; /* where they lie when not in the library */
};

struct sc_cache *sc_cache_create(void)
{
    struct sc_cache *c = calloc(1, sizeof *c);
    if (!c || !(c->recordings = json_object())) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->mutex, NULL);
    return c;
}

void sc_cache_destroy(struct sc_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < sizeof c->lists / sizeof c->lists[0]; i++)
        sc_shared_drop(c->lists[i]);
    json_decref(c->recordings);
    json_decref(c->stages);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

static void fingerprint(struct sc_library *lib, const struct sc_lecture *l, char *out,
                        size_t size)
{
    struct stat st = {0};
    char *folder = sc_library_folder(lib, l);
    if (!folder || stat(folder, &st) != 0)
        st = (struct stat){0};
    free(folder);
    snprintf(out, size, "%lld %d %.3f %lld %s", (long long)l->updated_unix,
             (int)l->status, l->progress, (long long)sc_platform_mtime_ns(&st),
             l->video_path ? l->video_path : "");
}

bool sc_cache_recording(struct sc_cache *c, struct sc_library *lib,
                        const struct sc_lecture *l, int generation, struct sc_buf *out)
{
    char print[700], key[300];
    fingerprint(lib, l, print, sizeof print);
    snprintf(key, sizeof key, "%d%s", generation, l->id);
    pthread_mutex_lock(&c->mutex);
    json_t *kept = json_object_get(c->recordings, key);
    bool hit = sc_str_eq(json_string_value(json_array_get(kept, 0)), print);
    if (hit)
        sc_buf_add(out, json_string_value(json_array_get(kept, 1)),
                   json_string_length(json_array_get(kept, 1)));
    pthread_mutex_unlock(&c->mutex);
    if (hit)
        return !out->failed;
    json_t *r = sc_recording_json(lib, l, generation);
    char *text = r ? json_dumps(r, JSON_COMPACT) : NULL;
    json_decref(r);
    if (!text)
        return false;
    sc_buf_add_str(out, text);
    pthread_mutex_lock(&c->mutex);
    if (json_object_size(c->recordings) >= MAX_ENTRIES)
        json_object_clear(c->recordings);
    json_object_set_new(c->recordings, key, json_pack("[s, s]", print, text));
    pthread_mutex_unlock(&c->mutex);
    free(text);
    return !out->failed;
}

static int64_t changed_ns(const char *root, const char *name, int64_t *size)
{
    struct stat st;
    char path[4200];
    snprintf(path, sizeof path, "%s/.scaler/%s", root, name);
    if (stat(path, &st) != 0)
        return -1;
    *size = (int64_t)st.st_size;
    return sc_platform_mtime_ns(&st);
}

struct sc_list_stamp sc_cache_stamp(struct sc_cache *c, const char *root)
{
    int64_t ignored;
    struct sc_list_stamp s = {.wal_size = -1};
    s.changes = atomic_load(&c->changes);
    s.wal_ns = changed_ns(root, "catalog.db-wal", &s.wal_size);
    s.db_ns = changed_ns(root, "catalog.db", &ignored);
    s.at_s = sc_clock_monotonic_s();
    return s;
}

struct sc_shared *sc_cache_list(struct sc_cache *c, int generation,
                                const struct sc_list_stamp *now)
{
    struct sc_shared *list = NULL;
    pthread_mutex_lock(&c->mutex);
    const struct sc_list_stamp *then = &c->list_stamps[generation];
    if (c->lists[generation] && then->changes == now->changes &&
        then->wal_size == now->wal_size && then->wal_ns == now->wal_ns &&
        then->db_ns == now->db_ns && now->at_s - then->at_s < MAX_LIST_AGE_S)
        list = sc_shared_keep(c->lists[generation]);
    pthread_mutex_unlock(&c->mutex);
    return list;
}

void sc_cache_set_list(struct sc_cache *c, int generation,
                       const struct sc_list_stamp *stamp, struct sc_shared *list)
{
    pthread_mutex_lock(&c->mutex);
    sc_shared_drop(c->lists[generation]);
    c->lists[generation] = sc_shared_keep(list);
    c->list_stamps[generation] = *stamp;
    pthread_mutex_unlock(&c->mutex);
}

void sc_cache_touch(struct sc_cache *c)
{
    atomic_fetch_add(&c->changes, 1);
}

json_t *sc_cache_stages(struct sc_cache *c)
{
    json_t *copy = NULL;
    pthread_mutex_lock(&c->mutex);
    if (c->stages && sc_clock_monotonic_s() - c->stages_at_s < MAX_AGE_S)
        copy = json_deep_copy(c->stages);
    pthread_mutex_unlock(&c->mutex);
    return copy;
}

void sc_cache_set_stages(struct sc_cache *c, json_t *stages)
{
    pthread_mutex_lock(&c->mutex);
    json_decref(c->stages);
    c->stages = json_deep_copy(stages);
    c->stages_at_s = sc_clock_monotonic_s();
    pthread_mutex_unlock(&c->mutex);
}

static uint64_t sum(const struct sc_usage *u)
{
    return u->videos + u->audio + u->slides + u->text + u->archives + u->temporary +
           u->other;
}

static void measure(struct sc_cache *c, const char *root)
{
    struct sc_usage usage;
    char archives[4096];
    pthread_mutex_lock(&c->mutex);
    memcpy(archives, c->archives, sizeof archives);
    pthread_mutex_unlock(&c->mutex);
    sc_keep_usage(root, archives, &usage);
    pthread_mutex_lock(&c->mutex);
    c->usage = usage;
    c->size_known = true;
    c->size_asked = false;
    c->size_at_s = sc_clock_monotonic_s();
    pthread_mutex_unlock(&c->mutex);
}

static struct sc_usage usage(struct sc_cache *c, const char *root)
{
    pthread_mutex_lock(&c->mutex);
    bool known = c->size_known;
    c->size_asked = true;
    pthread_mutex_unlock(&c->mutex);
    if (!known)
        measure(c, root);
    pthread_mutex_lock(&c->mutex);
    struct sc_usage copy = c->usage;
    pthread_mutex_unlock(&c->mutex);
    return copy;
}

void sc_cache_usage(struct sc_cache *c, const char *root, const char *archive_dir,
                    struct sc_usage *out)
{
    pthread_mutex_lock(&c->mutex);
    if (strcmp(c->archives, archive_dir) != 0) {
        snprintf(c->archives, sizeof c->archives, "%s", archive_dir);
        c->size_known = false;
    }
    pthread_mutex_unlock(&c->mutex);
    *out = usage(c, root);
}

uint64_t sc_cache_tree_size(struct sc_cache *c, const char *root)
{
    struct sc_usage u = usage(c, root);
    return sum(&u);
}

void sc_cache_tick(struct sc_cache *c, const char *root)
{
    pthread_mutex_lock(&c->mutex);
    bool due = c->size_known && c->size_asked &&
               sc_clock_monotonic_s() - c->size_at_s >= MAX_AGE_S;
    pthread_mutex_unlock(&c->mutex);
    if (due)
        measure(c, root);
}
