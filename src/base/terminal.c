#include "base/terminal.h"

#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, MIN_COLUMNS = 20, MAX_COLUMNS = 500 };

static bool env_set(const char *name)
{
    const char *v = getenv(name);
    return v && *v;
}

/* POSIX: LC_ALL before LC_CTYPE before LANG; macOS terminals set only the last. */
static bool utf8_locale(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (env_set(names[i])) {
            const char *dot = strrchr(getenv(names[i]), '.');
            const char *set = dot ? dot + 1 : getenv(names[i]);
            return strncasecmp(set, "utf-8", 5) == 0 || strncasecmp(set, "utf8", 4) == 0;
        }
    return false;
}

void sc_terminal_of(int fd, struct sc_terminal *out)
{
    struct winsize ws = {0};
    const char *term = getenv("TERM");
    int64_t columns = 0;
    *out = (struct sc_terminal){.is_tty = isatty(fd) == 1, .utf8 = utf8_locale()};
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    /* A dumb terminal cannot move the cursor: treated like a file. */
    out->is_tty = out->is_tty && !dumb;
    out->color = out->is_tty && !env_set("NO_COLOR");
    if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
        columns = ws.ws_col;
    else if (!env_set("COLUMNS") || !sc_parse_i64(getenv("COLUMNS"), &columns))
        columns = DEFAULT_COLUMNS;
    out->columns = columns < MIN_COLUMNS   ? MIN_COLUMNS
                   : columns > MAX_COLUMNS ? MAX_COLUMNS
                                           : (int)columns;
}

struct range {
    uint32_t first, last;
};

/* Unicode 15 EastAsianWidth W and F, in coarse blocks. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};
/* General categories Mn and Me of the scripts most used, and zero-width characters. */
static const struct range zero[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x0900, 0x0902}, {0x093A, 0x093A}, {0x093C, 0x093C},
    {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0951, 0x0957}, {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
    for (size_t i = 0; i < n; i++)
        if (cp >= r[i].first && cp <= r[i].last)
            return true;
    return false;
}

static size_t columns_of(uint32_t cp)
{
    if (in_ranges(zero, sizeof zero / sizeof *zero, cp))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof *wide, cp) ? 2 : 1;
}

static size_t walk(const char *s, size_t limit, size_t *bytes)
{
    size_t at = 0, used = 0, len = strlen(s);
    while (at < len) {
        uint32_t cp = 0xFFFD;
        size_t n = sc_utf8_decode(s + at, len - at, &cp);
        size_t w = columns_of(cp);
        if (used + w > limit)
            break;
        used += w;
        at += n ? n : 1;
    }
    *bytes = at;
    return used;
}

size_t sc_text_columns(const char *s)
{
    size_t bytes;
    return walk(s, SIZE_MAX / 2, &bytes);
}

size_t sc_text_fit(const char *s, size_t columns)
{
    size_t bytes;
    walk(s, columns, &bytes);
    return bytes;
}
