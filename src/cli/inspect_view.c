#include "cli/inspect_view.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SEGMENTS = 5, LAST_SEGMENTS = 2 };

static const char *str_of(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static double num_of(json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static void print_warnings(const struct sc_cli *cli, json_t *o)
{
    size_t i;
    json_t *w;
    json_array_foreach(json_object_get(o, "warnings"), i, w)
    {
        const char *text =
            json_is_string(w) ? json_string_value(w) : str_of(w, "message");
        printf("%swarning%s   ", sc_style(&cli->out, SC_STYLE_WARN),
               sc_style_end(&cli->out));
        sc_out_wrapped(text ? text : "", 10, 10,
                       cli->out.is_tty ? cli->out.columns : 100000);
    }
}

/* ---- master playlist ---- */

static void print_master(json_t *o)
{
    size_t i;
    json_t *v, *variants = json_object_get(o, "variants");
    json_t *renditions = json_object_get(o, "renditions");
    printf("HLS master playlist: %zu variants, %zu renditions\n\n",
           json_array_size(variants), json_array_size(renditions));
    json_array_foreach(variants, i, v)
    {
        json_t *r = json_object_get(v, "resolution");
        char size[40] = "-";
        if (json_is_object(r))
            snprintf(size, sizeof size, "%.0fx%.0f", num_of(r, "width"),
                     num_of(r, "height"));
        printf("variant   %-10s %7.0f kbit/s  %s  %s\n", size,
               num_of(v, "bandwidth") / 1000, str_of(v, "codecs"), str_of(v, "uri"));
    }
    json_array_foreach(renditions, i, v)
        printf("rendition %-10s %s \"%s\"%s%s  %s\n", str_of(v, "type"),
               str_of(v, "group"), str_of(v, "name"), *str_of(v, "language") ? " " : "",
               str_of(v, "language"), str_of(v, "uri"));
}

/* ---- media playlist ---- */

static void print_range(json_t *range)
{
    if (json_is_object(range))
        printf("  bytes %.0f+%.0f", num_of(range, "offset"), num_of(range, "length"));
}

static void print_segment(json_t *s, double at_s)
{
    char when[24];
    json_t *key = json_object_get(s, "key"), *map = json_object_get(s, "map");
    sc_format_time(at_s, when, sizeof when);
    printf("%8s  %6lld  %7.3f s  %s", when,
           (long long)json_integer_value(json_object_get(s, "msn")),
           num_of(s, "duration"), str_of(s, "uri"));
    print_range(json_object_get(s, "byterange"));
    if (json_is_object(key))
        printf("  %s", str_of(key, "method"));
    if (json_is_object(map))
        printf("  init %s", str_of(map, "uri"));
    if (json_is_true(json_object_get(s, "discontinuity")))
        printf("  discontinuity");
    if (json_is_true(json_object_get(s, "gap")))
        printf("  gap");
    if (*str_of(s, "title"))
        printf("  \"%s\"", str_of(s, "title"));
    if (*str_of(s, "program_date_time"))
        printf("  %s", str_of(s, "program_date_time"));
    putchar('\n');
}

static void print_segments(const struct sc_cli *cli, json_t *segments)
{
    size_t i, n = json_array_size(segments);
    double at_s = 0;
    json_t *s;
    bool all = cli->verbose || n <= FIRST_SEGMENTS + LAST_SEGMENTS + 1;
    json_array_foreach(segments, i, s)
    {
        if (all || i < FIRST_SEGMENTS || i >= n - LAST_SEGMENTS)
            print_segment(s, at_s);
        else if (i == FIRST_SEGMENTS)
            printf("     ...  %zu more (--verbose shows all)\n",
                   n - FIRST_SEGMENTS - LAST_SEGMENTS);
        at_s += num_of(s, "duration");
    }
}

static void print_media(const struct sc_cli *cli, json_t *o)
{
    json_t *s, *segments = json_object_get(o, "segments");
    size_t i, gaps = 0, encrypted = 0, breaks = 0;
    double total_s = 0;
    char length[24];
    json_array_foreach(segments, i, s)
    {
        total_s += num_of(s, "duration");
        gaps += json_is_true(json_object_get(s, "gap"));
        encrypted += json_is_object(json_object_get(s, "key"));
        breaks += i > 0 && json_is_true(json_object_get(s, "discontinuity"));
    }
    sc_format_time(total_s, length, sizeof length);
    printf("HLS media playlist: %zu segment%s, %s, %s%s%s\n", json_array_size(segments),
           json_array_size(segments) == 1 ? "" : "s", length,
           json_is_true(json_object_get(o, "endlist")) ? "complete" : "live (no end tag)",
           *str_of(o, "playlist_type") ? ", " : "", str_of(o, "playlist_type"));
    printf("target %.0f s, media sequence from %lld", num_of(o, "target_duration"),
           (long long)json_integer_value(json_object_get(o, "media_sequence")));
    if (num_of(o, "discontinuity_sequence") > 0)
        printf(", discontinuity sequence from %.0f", num_of(o, "discontinuity_sequence"));
    if (encrypted)
        printf(", %zu encrypted", encrypted);
    if (breaks)
        printf(", %zu discontinuities", breaks);
    if (gaps)
        printf(", %zu gaps", gaps);
    printf("\n\n");
    print_segments(cli, segments);
}

/* ---- media file ---- */

static void print_file(json_t *o)
{
    size_t i;
    json_t *s;
    char length[24], size[32];
    sc_format_time(num_of(o, "duration"), length, sizeof length);
    sc_format_bytes(num_of(o, "size"), size, sizeof size);
    printf("media file: %s, %s, %s\n", str_of(o, "container"), length, size);
    json_array_foreach(json_object_get(o, "streams"), i, s)
    {
        if (strcmp(str_of(s, "kind"), "video") == 0)
            printf("video     %s  %.0fx%.0f  %.3g frames/s%s\n", str_of(s, "codec"),
                   num_of(s, "width"), num_of(s, "height"), num_of(s, "frame_rate"),
                   json_is_true(json_object_get(s, "cover")) ? "  (cover picture)" : "");
        else
            printf("audio     %s  %.0f Hz  %.0f channel%s\n", str_of(s, "codec"),
                   num_of(s, "sample_rate"), num_of(s, "channels"),
                   num_of(s, "channels") == 1 ? "" : "s");
    }
}

/* ---- */

/* Control characters of a playlist or file would steer the terminal. */
static void disarm_text(json_t *text)
{
    const char *from = json_string_value(text);
    char *to = sc_strdup(from), *end = to;
    if (!to)
        return;
    while (*from) {
        size_t control = sc_control_length(from);
        *end++ = control ? '?' : *from;
        from += control ? control : 1;
    }
    *end = '\0';
    json_string_set(text, to);
    free(to);
}

static void disarm(json_t *o)
{
    size_t i;
    const char *key;
    json_t *v;
    if (json_is_string(o))
        disarm_text(o);
    json_array_foreach(o, i, v) disarm(v);
    json_object_foreach(o, key, v) disarm(v);
}

void sc_inspect_print(const struct sc_cli *cli, json_t *o)
{
    disarm(o);
    const char *type = str_of(o, "type");
    if (strcmp(type, "master") == 0)
        print_master(o);
    else if (strcmp(type, "media") == 0)
        print_media(cli, o);
    else
        print_file(o);
    json_t *ends = json_object_get(o, "signature_ends");
    if (json_is_string(ends))
        printf("\nsignature ends %s\n", json_string_value(ends));
    if (json_array_size(json_object_get(o, "warnings")))
        putchar('\n');
    print_warnings(cli, o);
}
