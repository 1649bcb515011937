#include "library/internal.h"
bool sc_library_export(struct sc_library *lib, const char *id, const char *format,
                       const char *path, char **written,
                       const struct sc_progress_sink *progress,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    (void)lib;
    (void)id;
    (void)path;
    (void)written;
    (void)progress;
    (void)cancel;
    return sc_fail(err, SC_ERR_UNSUPPORTED, "no export as %s yet", format);
}
