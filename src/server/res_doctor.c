/* What `scaler doctor` says, from the program itself: one place that knows. */
#include "base/proc.h"
#include "base/str.h"
#include "server/app.h"
#include "server/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_REPORT = 1 << 20 };

static bool read_all(int fd, struct sc_buf *out)
{
    char chunk[8192];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n > 0)
            sc_buf_add(out, chunk, (size_t)n);
        else if (n == 0)
            return !out->failed;
        else if (errno != EINTR)
            return false;
    }
}

SC_HANDLER(sc_res_doctor)
{
    struct sc_proc p = {0};
    struct sc_buf text = SC_BUF_INIT(MAX_REPORT);
    int status;
    char *self = sc_proc_self_path();
    const char *argv[] = {self, "doctor", "--json", "--library", req->app->root, NULL};
    char **env = sc_app_child_environment(req->app);
    bool ok =
        self && sc_proc_start(&p, argv, (const char *const *)env, SC_PROC_STDOUT, err);
    bool read = ok && read_all(p.stdout_fd, &text);
    /* Its exit code says whether all is well: so does the report. */
    if (read)
        sc_proc_wait(&p, &status, NULL);
    if (ok)
        sc_proc_stop(&p, 0);
    json_t *report = read ? json_loadb(sc_buf_str(&text), text.len, 0, NULL) : NULL;
    for (char **e = env; e && *e; e++)
        free(*e);
    free(env);
    free(self);
    sc_buf_finish(&text);
    if (json_is_object(report))
        return sc_reply_json_take(reply, report, err);
    json_decref(report);
    return sc_fail(err, SC_ERR_INTERNAL, "scaler doctor gave no report");
}
