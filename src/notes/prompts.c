#include "notes/prompts.h"

#include "base/file.h"
#include "base/str.h"
#include "notes/embed.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PROMPT = 256 * 1024 };

const char *sc_prompt_embedded(const char *name)
{
    for (size_t i = 0; i < sc_embedded_count; i++)
        if (sc_str_starts(sc_embedded_files[i].name, "prompts/") &&
            strcmp(sc_embedded_files[i].name + 8, name) == 0)
            return sc_embedded_files[i].data;
    return NULL;
}

/* The user's file when there is one; *text is owned by buf or embedded. */
static bool load(const char *dir, const char *name, struct sc_buf *buf, const char **text,
                 struct sc_error *err)
{
    *text = sc_prompt_embedded(name);
    if (!dir || !dir[0])
        return *text || sc_fail(err, SC_ERR_INTERNAL, "there is no prompt \"%s\"", name);
    char *path = sc_path_join(dir, name);
    if (!path)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    bool ok = true;
    if (sc_file_exists(path)) {
        ok = sc_file_read(path, MAX_PROMPT, buf, err);
        if (ok && !sc_utf8_valid(sc_buf_str(buf), buf->len))
            ok = sc_fail(err, SC_ERR_INVALID, "the prompt file %s is not UTF-8 text",
                         path);
        if (ok)
            *text = sc_buf_str(buf);
    }
    free(path);
    return ok;
}

bool sc_prompt_fill(const char *dir, const char *name, bool needs_text,
                    const struct sc_prompt_value *values, size_t n, struct sc_buf *out,
                    struct sc_error *err)
{
    struct sc_buf buf = SC_BUF_INIT(MAX_PROMPT + 1);
    const char *s;
    bool ok = load(dir, name, &buf, &s, err);
    if (ok && needs_text && !strstr(s, "{{text}}")) {
        ok = sc_fail(err, SC_ERR_INVALID, "the prompt file %s/%s does not hold {{text}}",
                     dir, name);
        sc_error_hint(
            err, "Put {{text}} where the lecture's text belongs, or remove the file.");
    }
    while (ok && *s) {
        if (strncmp(s, "<!--", 4) == 0 && strstr(s, "-->")) {
            s = strstr(s, "-->") + 3;
            s += *s == '\n';
            continue;
        }
        size_t used = 0;
        for (size_t i = 0; i < n && !used && s[0] == '{' && s[1] == '{'; i++) {
            size_t m = strlen(values[i].name);
            if (strncmp(s + 2, values[i].name, m) == 0 &&
                strncmp(s + 2 + m, "}}", 2) == 0) {
                sc_buf_add_str(out, values[i].value);
                used = m + 4;
            }
        }
        if (used)
            s += used;
        else
            sc_buf_add_char(out, *s++);
    }
    sc_buf_finish(&buf);
    return ok && (!out->failed || sc_fail(err, SC_ERR_MEMORY, "out of memory"));
}
