/* CloudFront policies, and streams whose every text comes from outside. */
#include "base/str.h"
#include "capture/capture.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void decode(const char *text)
{
    struct sc_policy p = {0};
    struct sc_error err = {0};
    bool ok = sc_policy_decode(text, &p, &err);
    must(ok == (err.code == SC_ERR_OK));
    must(p.ends_unix >= 0 && p.ends_unix <= 253402300799 && p.starts_unix >= 0);
    must(ok || !p.resource);
    sc_policy_finish(&p);
}

/* Lines of the input are the URL, the base URL, the pattern and a header. */
static void normalise(char *text)
{
    struct sc_stream s = SC_STREAM_INIT;
    char **slots[] = {&s.url, &s.base_url, &s.chunk_pattern};
    struct sc_error err = {0};
    for (size_t i = 0; i < 4 && text; i++) {
        char *next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        if (i < 3) {
            *slots[i] = sc_strdup(text);
        } else {
            s.headers = malloc(sizeof *s.headers);
            s.headers[s.n_headers++] = sc_strdup(text);
        }
        text = next;
    }
    char *before = sc_stream_identity(&s);
    if (sc_stream_normalise(&s, &err)) {
        char *after = sc_stream_identity(&s);
        must(err.code == SC_ERR_OK && after && strlen(after) == 64);
        must(sc_stream_normalise(&s, &err)); /* nothing is left to do */
        free(after);
    } else {
        must(err.code != SC_ERR_OK);
    }
    free(before);
    sc_stream_finish(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    decode(text);
    normalise(text);
    free(text);
    return 0;
}
