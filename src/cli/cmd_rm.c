#include "base/file.h"
#include "base/str.h"
#include "cli/lecture_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t size_on_disk(struct sc_library *lib, const struct sc_lecture *l)
{
    char *folder = sc_library_folder(lib, l);
    char *videos = sc_library_video_dir(lib, l);
    uint64_t bytes = (folder ? sc_tree_size(folder) : 0) + (videos ? sc_tree_size(videos) : 0);
    free(folder);
    free(videos);
    return bytes;
}

static bool confirmed(struct sc_cli *cli, const struct sc_lecture *l, bool *yes,
                      struct sc_error *err)
{
    char size[32], answer[16] = "";
    *yes = sc_cli_flag(cli, "yes");
    if (*yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        sc_fail(err, SC_ERR_USAGE, "\"%s\" was not removed: there is nobody to ask", l->title);
        return sc_error_hint(err, "scaler rm --yes %s removes without asking.", l->id);
    }
    sc_format_bytes((double)size_on_disk(cli->library, l), size, sizeof size);
    fprintf(stderr, "Remove \"%s\" of %s, its video and materials (%s)? [y/N] ", l->title,
            l->date ? l->date : "?", size);
    fflush(stderr);
    if (!fgets(answer, sizeof answer, stdin))
        fputc('\n', stderr);
    if (sc_cancel_check(cli->cancel, err))
        return false;
    sc_str_trim(answer);
    *yes = sc_str_ieq(sc_str_trim(answer), "y") || sc_str_ieq(sc_str_trim(answer), "yes");
    return true;
}

static bool remove_one(struct sc_cli *cli, const char *id, json_t *removed,
                       struct sc_error *err)
{
    struct sc_lecture l = {0};
    json_t *paths = NULL;
    bool yes = false;
    bool ok = sc_cli_lecture(cli, id, &l, err) && confirmed(cli, &l, &yes, err);
    if (ok && yes) {
        ok = sc_library_remove(cli->library, l.id, &paths, err);
        json_array_append_new(removed, json_pack("{s:s s:s s:O?}", "id", l.id, "title",
                                                 l.title, "deleted", paths));
        if (ok && !cli->json)
            printf("removed %s\n", l.id);
        json_decref(paths);
    } else if (ok) {
        sc_out_note(cli, "kept %s", l.id);
    }
    sc_lecture_finish(&l);
    return ok;
}

bool sc_cmd_rm(struct sc_cli *cli, struct sc_error *err)
{
    json_t *removed = json_array();
    bool ok = true;
    for (size_t i = 0; ok && i < cli->n_args; i++)
        ok = remove_one(cli, cli->args[i], removed, err);
    if (cli->json && (ok || json_array_size(removed)))
        ok = sc_out_json_take(json_pack("{s:O}", "removed", removed), err) && ok;
    json_decref(removed);
    return ok;
}
