/* A stream from the command line's options, for `add` and `inspect`. */
#ifndef SC_CLI_STREAM_OPTIONS_H
#define SC_CLI_STREAM_OPTIONS_H

#include "cli/cli.h"
#include "model/stream.h"

/* http or https; anything else is a file. */
bool sc_cli_is_url(const char *arg);
/* url may be NULL (--base-url). out is to be finished also on failure. */
bool sc_cli_stream(const struct sc_cli *cli, const char *url, struct sc_stream *out,
                   struct sc_error *err);
/* --quality into out; true when it was not given. */
bool sc_cli_quality(const struct sc_cli *cli, struct sc_stream *out,
                    struct sc_error *err);

#endif
