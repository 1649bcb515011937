#include "notes/render.h"

void sc_notes_render_viewer(const struct sc_notes *n, const struct sc_notes_page *p,
                            struct sc_buf *out)
{
    sc_buf_add_str(out, "<!doctype html><meta charset=utf-8><title>Viewer</title>\n");
}
