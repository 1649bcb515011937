/* What an unfinished transcription has recognised: for those who look on. */
#include "base/file.h"
#include "base/str.h"
#include "pipeline/internal.h"
#include "speech/speech.h"

#include <stdlib.h>
#include <sys/stat.h>

struct newest {
    const char *dir;
    const char *prefix;
    char *found; /* a folder */
    struct timespec time;
};

static struct timespec changed(const struct stat *st)
{
#ifdef __APPLE__
    return st->st_mtimespec;
#else
    return st->st_mtim;
#endif
}

/* Each engine, model and language has a folder of its own: the last written is meant. */
static bool look(void *user, const char *name)
{
    struct newest *n = user;
    struct stat st;
    if (!sc_str_starts(name, n->prefix))
        return true;
    char *path = sc_path_join(n->dir, name);
    char *spans = path ? sc_path_join(path, SC_SPEECH_SPANS_FILE) : NULL;
    if (spans && stat(spans, &st) == 0) {
        struct timespec t = changed(&st);
        if (!n->found || t.tv_sec > n->time.tv_sec ||
            (t.tv_sec == n->time.tv_sec && t.tv_nsec > n->time.tv_nsec)) {
            free(n->found);
            n->found = path;
            n->time = t;
            path = NULL;
        }
    }
    free(spans);
    free(path);
    return true;
}

bool sc_pipeline_partial_transcript(const char *folder, struct sc_transcript *out,
                                    struct sc_error *err)
{
    char *work = sc_path_join(folder, ".work");
    char *prefix = sc_strf("%s-", sc_stage_name(SC_STAGE_TRANSCRIPTION));
    struct newest n = {.dir = work, .prefix = prefix};
    bool ok = (work && prefix) || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (ok && sc_dir_exists(work))
        ok = sc_dir_each(work, look, &n, err);
    if (ok && n.found)
        ok = sc_speech_read_partial(n.found, out, err);
    else if (ok)
        *out = (struct sc_transcript){0};
    free(n.found);
    free(prefix);
    free(work);
    return ok;
}
