/* A lecture as JSON and as text. */
#ifndef SC_CLI_LECTURE_VIEW_H
#define SC_CLI_LECTURE_VIEW_H

#include "cli/cli.h"
#include "library/library.h"

/* The files a student opens, in the order in which they are shown. */
struct sc_artifact_file {
    const char *key, *file, *meaning;
};
extern const struct sc_artifact_file sc_artifact_files[]; /* ends with key NULL */

/* New reference; NULL when memory is out. */
json_t *sc_lecture_json(struct sc_library *lib, const struct sc_lecture *l);
/* What `add` and `process` say at the end. */
void sc_lecture_print_result(const struct sc_cli *cli, struct sc_library *lib,
                             const struct sc_lecture *l, json_t *warnings);
/* What of the lecture the video lacks, out of its metadata: never left unsaid. */
void sc_lecture_print_gaps(const json_t *meta, int column);
/* "0:06-0:08, 1:12-1:20"; false: there are none. */
bool sc_lecture_list_gaps(const json_t *meta, char *out, size_t size);
/* metadata.json of the lecture, new reference; NULL when there is none. */
json_t *sc_lecture_metadata(struct sc_library *lib, const struct sc_lecture *l);
/* Gets a lecture by id or a unique prefix of it. */
bool sc_cli_lecture(struct sc_cli *cli, const char *id, struct sc_lecture *out,
                    struct sc_error *err);

#endif
