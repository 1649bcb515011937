#include "model/stream.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static void wipe(char **secret)
{
    if (*secret)
        OPENSSL_cleanse(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void sc_signature_finish(struct sc_signature *s)
{
    wipe(&s->key_pair_id);
    wipe(&s->policy);
    wipe(&s->signature);
}

void sc_stream_finish(struct sc_stream *s)
{
    free(s->url);
    free(s->base_url);
    free(s->chunk_pattern);
    free(s->cookie_file);
    sc_signature_finish(&s->auth);
    for (size_t i = 0; i < s->n_headers; i++)
        wipe(&s->headers[i]);
    free(s->headers);
    *s = SC_STREAM_INIT;
}

void sc_download_result_finish(struct sc_download_result *r)
{
    free(r->video_path);
    free(r->gaps);
    for (size_t i = 0; i < r->n_remarks; i++)
        free(r->remarks[i]);
    free(r->remarks);
    *r = (struct sc_download_result){0};
}
