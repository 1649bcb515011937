#include "download/flush.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void *flush(void *user)
{
    struct sc_flush *f = user;
    int fd = open(f->path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        f->failed = errno;
    if (fd >= 0 && close(fd) != 0 && !f->failed)
        f->failed = errno;
    return NULL;
}

void sc_flush_start(struct sc_flush *f, const char *path)
{
    *f = (struct sc_flush){.path = path};
    f->threaded = pthread_create(&f->thread, NULL, flush, f) == 0;
    if (!f->threaded)
        flush(f);
}

bool sc_flush_wait(struct sc_flush *f, struct sc_error *err)
{
    if (f->threaded)
        pthread_join(f->thread, NULL);
    f->threaded = false;
    return f->failed == 0 ||
           sc_fail_errno(err, f->failed, "cannot write %s", sc_path_base(f->path));
}
