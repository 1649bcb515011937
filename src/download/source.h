/*
 * From what a client handed over to a fetch plan: playlists are fetched, the
 * variant and its audio chosen, what cannot be downloaded refused. Without a
 * playlist the numbered chunks are looked for.
 */
#ifndef SC_DOWNLOAD_SOURCE_H
#define SC_DOWNLOAD_SOURCE_H

#include "base/cancel.h"
#include "download/plan.h"
#include "model/stream.h"
#include "net/http.h"

/* What goes with each request to the stream's host; borrows from the stream. */
struct sc_access {
    struct sc_http_site site;
    const char *names[3], *values[3];
    const char **headers; /* owned, NULL-terminated */
    char *cookie; /* one of them: the signature once more, for servers that look there */
    char *resource;    /* what that policy is for, or NULL */
    int64_t ends_unix; /* when the signature's policy ends; 0 = not known */
    bool has_signature;
};

struct sc_source {
    struct sc_plan *plan;
    char *home_url;   /* where it starts */
    char *probe_url;  /* the media playlist: known to be good, or NULL */
    char remark[160]; /* what is odd about the playlists, or "" */
};

bool sc_access_init(struct sc_access *a, const struct sc_stream *stream,
                    struct sc_error *err);
void sc_access_finish(struct sc_access *a);

/* `stream` is normalised. `out` is to be finished in either case. */
bool sc_source_open(const struct sc_stream *stream, const struct sc_access *access,
                    struct sc_source *out, const struct sc_cancel *cancel,
                    struct sc_error *err);
void sc_source_finish(struct sc_source *s);

/*
 * One playlist from the network. *effective_url (heap memory) is where it
 * finally came from, against which it is resolved. `parent` may be NULL.
 */
bool sc_source_fetch(const char *url, const struct sc_access *access,
                     const struct sc_playlist *parent, struct sc_playlist **out,
                     char **effective_url, const struct sc_cancel *cancel,
                     struct sc_error *err);

/* What to do when the server accepts a signature no longer. */
extern const char sc_fresh_signature_hint[];
/* What an answer's status means for the download. */
bool sc_source_judge(const struct sc_access *access, const struct sc_http_response *r,
                     const char *what, struct sc_error *err);

/* Is there a chunk of this name? Also false when nothing could be asked. */
bool sc_source_has_chunk(const struct sc_stream *stream, const struct sc_access *access,
                         const char *pattern, uint64_t number, int *status,
                         const struct sc_cancel *cancel, struct sc_error *err);

#endif
