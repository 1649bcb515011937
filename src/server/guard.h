/*
 * What stands in front of every route: who may talk to a server on this
 * machine. Pure: takes what was sent, returns a verdict.
 *
 * Extensions have no site of their own: their origin is their id. Until one is
 * paired, any may speak (the first that starts a download becomes the paired
 * one); afterwards only those that are paired.
 *
 * A page on any site can make a browser send requests to localhost, and DNS
 * rebinding can make them look like same-origin ones. So: exactly one Host,
 * and it must be ours; Origin, when sent, must be our own or the paired
 * extension's; no unsafe method without Origin from another site
 * (Sec-Fetch-Site); JSON-only writes, which need a preflight. RFC 9112 3.2 and
 * 6.3 for duplicate and contradictory headers.
 */
#ifndef SC_SERVER_GUARD_H
#define SC_SERVER_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct sc_guard_input {
    const char *method;
    const char *const *hosts; /* every Host header as sent */
    size_t n_hosts;
    const char *const *origins; /* every Origin header */
    size_t n_origins;
    size_t n_content_lengths, n_transfer_encodings;
    const char *sec_fetch_site; /* or NULL */
    const char *content_type;   /* or NULL */
    bool has_body;
    bool wants_json; /* the route takes a JSON body */
};

struct sc_guard_rules {
    const char *const *hosts;   /* allowed "name:port", NULL-terminated; NULL: any */
    const char *const *origins; /* allowed origins, NULL-terminated */
    const char *extensions;     /* paired ids, separated by commas; NULL or "" = none */
    bool open;                  /* an extension that is not paired may speak as well */
    bool any_name; /* hosts are not fixed: the origin of the host that is asked is ours */
};

struct sc_guard_verdict {
    int status;         /* 0 = go on */
    const char *code;   /* slug */
    const char *detail; /* one sentence */
    /* to be echoed with Vary: Origin, or NULL; points into the input */
    const char *origin;
    const char *stranger; /* the id of an extension that is not paired, or NULL */
};

/* The id in "chrome-extension://<32 of a..p>" or "moz-extension://<uuid>"; NULL when
 * it is no such origin. Points into it. */
const char *sc_guard_extension_id(const char *origin);
/* Whether a list separated by commas holds the id. */
bool sc_guard_has_id(const char *list, const char *id);

struct sc_guard_verdict sc_guard_check(const struct sc_guard_rules *rules,
                                       const struct sc_guard_input *in);

#endif
