/*
 * Reading a playlist of 100,000 segments, in memory to structs, compared with
 * merely looking for the line ends of the same bytes. See bench/run for the
 * form of the output.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "download/playlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS = 100000, ROUNDS = 11 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t count_lines(const struct sc_buf *text)
{
    size_t n = 0;
    for (const char *at = text->data;
         (at = memchr(at, '\n', (size_t)(text->data + text->len - at))); at++)
        n++;
    return n;
}

static bool parse(const struct sc_buf *text, const char *base)
{
    struct sc_playlist *p = NULL;
    bool ok = sc_playlist_parse(text->data, text->len, base, &p, NULL) &&
              p->n_segments == SEGMENTS && p->n_warnings == 0;
    sc_playlist_destroy(p);
    return ok;
}

/* Median seconds of one call; base == NULL and !parsing count lines. */
static double measure(const struct sc_buf *text, bool parsing, const char *base)
{
    double s[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        double start = sc_clock_monotonic_s();
        bool ok = parsing ? parse(text, base) : count_lines(text) > SEGMENTS;
        s[i] = sc_clock_monotonic_s() - start;
        if (!ok) {
            fputs("the playlist was not read\n", stderr);
            exit(1);
        }
    }
    qsort(s, ROUNDS, sizeof s[0], by_value);
    return s[ROUNDS / 2];
}

static void row(const char *what, double ours, double lines, size_t bytes)
{
    double mb = (double)bytes / 1e6;
    printf("%s\t%.1f ms, %.0f MB/s\tfinding line ends\t%.2f ms, %.0f MB/s\t%.1f\t"
           "> 100 MB/s\n",
           what, ours * 1e3, mb / ours, lines * 1e3, mb / lines, ours / lines);
}

int main(void)
{
    struct sc_buf plain = SC_BUF_INIT(0), rich = SC_BUF_INIT(0);
    const char *base = "https://media.example/courses/42/stream_3/index.m3u8";
    sc_buf_add_str(&plain, "#EXTM3U\n#EXT-X-TARGETDURATION:16\n");
    sc_buf_add_str(&rich, "#EXTM3U\n#EXT-X-TARGETDURATION:16\n");
    for (size_t i = 0; i < SEGMENTS; i++) {
        sc_buf_addf(&plain, "#EXTINF:16.000,\ndata%06zu.ts\n", i);
        sc_buf_addf(&rich,
                    "#EXT-X-KEY:METHOD=AES-128,URI=\"k/%zu\",IV=0x%032zx\n"
                    "#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678Z\n"
                    "#EXTINF:15.916,part %zu\n#EXT-X-BYTERANGE:%zu@%zu\n"
                    "https://cdn.example/a/b/%zu.ts?x=%zu\n",
                    i, i, i, 1000 + i, i * 7, i, i);
    }
    if (plain.failed || rich.failed)
        return 1;
    double lines = measure(&plain, false, NULL);
    row("playlist, 100,000 plain segments", measure(&plain, true, NULL), lines,
        plain.len);
    row("the same, URIs made absolute", measure(&plain, true, base), lines, plain.len);
    row("playlist, 100,000 segments with key, date, range", measure(&rich, true, NULL),
        measure(&rich, false, NULL), rich.len);
    sc_buf_finish(&plain);
    sc_buf_finish(&rich);
    return 0;
}
