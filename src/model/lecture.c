#include "model/lecture.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TITLE_CHARS = 50 };

static const char *const status_names[SC_LECTURE_STATUS_COUNT] = {
    "downloading", "paused", "downloaded", "queued", "processing", "processed", "error",
    "archived",
};

void sc_lecture_finish(struct sc_lecture *l)
{
    char *owned[] = {l->id,         l->title,  l->date,     l->folder,
                     l->video_path, l->source, l->identity, l->error, l->error_code};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    *l = (struct sc_lecture){0};
}

const char *sc_lecture_status_name(enum sc_lecture_status s)
{
    return (unsigned)s < SC_LECTURE_STATUS_COUNT ? status_names[s] : "error";
}

bool sc_lecture_status_parse(const char *name, enum sc_lecture_status *out)
{
    for (int i = 0; i < SC_LECTURE_STATUS_COUNT; i++)
        if (sc_str_eq(name, status_names[i])) {
            *out = (enum sc_lecture_status)i;
            return true;
        }
    return false;
}

char *sc_title_safe(const char *title)
{
    struct sc_buf out = SC_BUF_INIT(0);
    size_t len = strlen(title), chars = 0;
    uint32_t cp;
    for (size_t i = 0; i < len && chars < MAX_TITLE_CHARS;) {
        size_t n = sc_utf8_decode(title + i, len - i, &cp);
        if (n == 0) {
            i++;
            continue;
        }
        bool keep = sc_utf8_is_alnum(cp) || cp == ' ' || cp == '-' || cp == '_';
        /* No leading space; runs of spaces fold into one. */
        bool space = cp == ' ' && (out.len == 0 || out.data[out.len - 1] == ' ');
        if (keep && !space) {
            sc_buf_add(&out, title + i, n);
            chars++;
        }
        i += n;
    }
    while (out.len && out.data[out.len - 1] == ' ')
        out.data[--out.len] = '\0';
    if (out.len == 0)
        sc_buf_add_str(&out, "lecture");
    return sc_buf_detach(&out);
}
