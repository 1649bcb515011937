/* transcript.json: no crash; what is read keeps its promises and can be written again. */
#include "model/transcript.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sc_transcript *t)
{
    double last = 0;
    for (size_t i = 0; i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (!u->text || !(u->start_s >= last) || !(u->end_s >= u->start_s) ||
            !isfinite(u->end_s) || u->confidence > 1)
            abort();
        last = u->start_s;
        for (size_t k = 0; k < u->n_words; k++)
            if (!u->words[k].text || !(u->words[k].end_s >= u->words[k].start_s))
                abort();
    }
    for (size_t i = 0; i < t->n_failed; i++)
        if (!(t->failed[i].end_s >= t->failed[i].start_s))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_transcript t = {0}, again = {0};
    struct sc_buf out = SC_BUF_INIT(0);
    if (!sc_transcript_read_json((const char *)data, size, &t, NULL))
        return 0;
    check(&t);
    if (!sc_transcript_write_json(&t, &out, NULL) ||
        !sc_transcript_read_json(out.data, out.len, &again, NULL) ||
        again.n_utterances != t.n_utterances)
        abort();
    sc_buf_finish(&out);
    sc_transcript_finish(&t);
    sc_transcript_finish(&again);
    return 0;
}
