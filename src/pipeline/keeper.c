#include "pipeline/keeper.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "pipeline/queue.h"

#include <stdlib.h>

enum { MAX_JOBS = 100000 };
static const double LOOK_AGAIN_S = 0.5;

static void add_name(json_t *names, const char *name)
{
    if (name)
        json_object_set_new(names, name, json_true());
}

/* Every name that an unfinished job goes by: ids, the file it imports, its upload. */
static bool look(struct sc_keeper *k)
{
    struct sc_queue_job *jobs = NULL;
    size_t n = 0;
    json_t *names = json_object();
    if (!names || !sc_queue_list(k->queue, false, MAX_JOBS, &jobs, &n, NULL)) {
        json_decref(names);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        add_name(names, jobs[i].id);
        add_name(names, jobs[i].lecture_id);
        add_name(names, json_string_value(json_object_get(jobs[i].payload, "path")));
        add_name(names, json_string_value(json_object_get(jobs[i].payload, "spool")));
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    json_decref(k->in_use);
    k->in_use = names;
    k->looked_s = sc_clock_monotonic_s();
    return true;
}

/* When the queue does not answer, everything counts as in use. */
static bool in_use(void *user, const char *what)
{
    struct sc_keeper *k = user;
    if (!k->queue)
        return false;
    if ((!k->in_use || sc_clock_monotonic_s() - k->looked_s > LOOK_AGAIN_S) && !look(k))
        return true;
    return json_object_get(k->in_use, what) != NULL;
}

bool sc_keeper_init(struct sc_keeper *k, struct sc_library *lib,
                    const struct sc_config *config, struct sc_error *err)
{
    *k = (struct sc_keeper){.keep = {.lib = lib, .in_use = in_use, .user = k}};
    char *path = sc_strf("%s/.scaler/queue.db", sc_library_root(lib));
    k->keep.keep_logs_s = sc_config_duration_s(config, SC_SET_KEEP_LOGS);
    k->archive_dir = sc_strdup(sc_config_str(config, SC_SET_ARCHIVE_DIR));
    k->keep.archive_dir = k->archive_dir;
    bool ok = path && k->archive_dir;
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok &&
         (!sc_file_exists(path) || sc_queue_open(sc_library_root(lib), &k->queue, err));
    free(path);
    return ok;
}

void sc_keeper_finish(struct sc_keeper *k)
{
    sc_queue_close(k->queue);
    json_decref(k->in_use);
    free(k->archive_dir);
    *k = (struct sc_keeper){0};
}
