/* The table of stages, and fingerprints of what they depend on. */
#include "pipeline/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 256 * 1024 };

static const struct sc_stage_info stages[SC_STAGE_COUNT] = {
    [SC_STAGE_DOWNLOAD] = {"download", 1, 0},
    [SC_STAGE_TRANSCRIPTION] = {"transcription", 1, 60},
    [SC_STAGE_FRAMES] = {"frames", 1, 12},
    [SC_STAGE_SLIDES] = {"slides", 1, 10},
    [SC_STAGE_NOTES] = {"notes", 1, 16},
    [SC_STAGE_INDEX] = {"index", 1, 2},
};

const struct sc_stage_info *sc_stage_info(enum sc_stage s)
{
    return &stages[s];
}

const char *sc_stage_name(enum sc_stage s)
{
    return (unsigned)s < SC_STAGE_COUNT ? stages[s].name : "unknown";
}

bool sc_stage_parse(const char *name, enum sc_stage *out)
{
    for (int i = 0; i < SC_STAGE_COUNT; i++)
        if (sc_str_ieq(name, stages[i].name)) {
            *out = (enum sc_stage)i;
            return true;
        }
    return false;
}

void sc_fingerprint_begin(struct sc_fingerprint *f, enum sc_stage s)
{
    f->hash = sc_sha256_create();
    sc_fingerprint_text(f, stages[s].name);
    sc_fingerprint_number(f, stages[s].version);
}

void sc_fingerprint_text(struct sc_fingerprint *f, const char *text)
{
    if (!f->hash)
        return;
    sc_fingerprint_number(f, text ? (int64_t)strlen(text) : -1);
    if (text)
        sc_sha256_add(f->hash, text, strlen(text));
}

void sc_fingerprint_number(struct sc_fingerprint *f, int64_t n)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)n >> (8 * i));
    if (f->hash)
        sc_sha256_add(f->hash, bytes, sizeof bytes);
}

static void add_part(struct sc_fingerprint *f, FILE *in, long at)
{
    char buf[8192];
    size_t left = PART_BYTES, n;
    if (fseek(in, at, SEEK_SET) != 0)
        return;
    while (left && (n = fread(buf, 1, left < sizeof buf ? left : sizeof buf, in)) > 0) {
        sc_sha256_add(f->hash, buf, n);
        left -= n;
    }
}

/* Not its time: a library that is copied to another disk is still done. */
void sc_fingerprint_file(struct sc_fingerprint *f, const char *path)
{
    int64_t size = path ? sc_file_size(path) : -1;
    FILE *in = size >= 0 ? fopen(path, "rb") : NULL;
    sc_fingerprint_number(f, in ? size : -1);
    if (in && f->hash) {
        add_part(f, in, 0);
        if (size > PART_BYTES && size < LONG_MAX)
            add_part(f, in, (long)(size - PART_BYTES));
    }
    if (in)
        fclose(in);
}

void sc_fingerprint_content(struct sc_fingerprint *f, const char *path)
{
    char hex[SC_SHA256_HEX_SIZE];
    bool there = path && sc_file_exists(path) && sc_sha256_of_file(path, hex, NULL);
    sc_fingerprint_text(f, there ? hex : NULL);
}

struct folder_walk {
    struct sc_fingerprint *f;
    const char *path;
};

static bool add_entry(void *user, const char *name)
{
    struct folder_walk *w = user;
    char *path = sc_path_join(w->path, name);
    sc_fingerprint_text(w->f, name);
    sc_fingerprint_file(w->f, path);
    free(path);
    return true;
}

void sc_fingerprint_folder(struct sc_fingerprint *f, const char *path)
{
    struct folder_walk w = {f, path};
    sc_fingerprint_text(f, path);
    if (path && *path)
        sc_dir_each(path, add_entry, &w, NULL);
}

void sc_fingerprint_end(struct sc_fingerprint *f, char hex[SC_SHA256_HEX_SIZE])
{
    sc_sha256_finish_take(f->hash, hex);
    f->hash = NULL;
}
