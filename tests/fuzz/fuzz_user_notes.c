/* `user_notes.json` as it lies there, and PATCH bodies: what is read has its form always.
 */
#include "base/file.h"
#include "base/str.h"
#include "library/library.h"
#include "server/user_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64];
static char *path;
static struct sc_library *lib;
static struct sc_lecture lecture;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void clean_up(void)
{
    sc_lecture_finish(&lecture);
    sc_library_close(lib);
    free(path);
    path = NULL;
    sc_remove_tree(root, NULL);
}

static void prepare(void)
{
    bool existed;
    if (lib)
        return;
    snprintf(root, sizeof root, "%s/sc-fuzz-own-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    must(mkdtemp(root));
    must(sc_library_open(root, &lib, NULL) &&
         sc_library_add(lib, "L", "2026-11-20", "x", "y", &lecture, &existed, NULL));
    char *folder = sc_library_folder(lib, &lecture);
    path = sc_path_join(folder, SC_USER_NOTES_FILE);
    free(folder);
    atexit(clean_up);
}

static json_t *checked(void)
{
    json_t *o = sc_user_notes_read(lib, &lecture), *v;
    must(json_is_object(o) && json_is_array(json_object_get(o, "tags")) &&
         json_is_object(json_object_get(o, "edits")) &&
         json_is_object(json_object_get(o, "grades")));
    v = json_object_get(o, "userNotes");
    must(json_is_string(v) || json_is_null(v));
    v = json_object_get(o, "folder");
    must(json_is_string(v) || json_is_null(v));
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_error err = {0};
    prepare();
    FILE *f = fopen(path, "wb");
    must(f != NULL);
    fwrite(data, 1, size, f);
    fclose(f);
    json_decref(checked());
    unlink(path);
    json_t *body = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(body)) {
        bool ok = sc_user_notes_patch(lib, &lecture, body, &err);
        must(ok == (err.code == SC_ERR_OK));
        json_t *o = checked(), *given = json_object_get(body, "tags");
        /* All or nothing. */
        must(!ok || !given || json_equal(given, json_object_get(o, "tags")));
        must(ok || json_array_size(json_object_get(o, "tags")) == 0);
        json_decref(o);
    }
    json_decref(body);
    return 0;
}
