/* Lines of the engine protocol, both ways: the first byte chooses which. */
#include "speech/protocol.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const char *line, size_t len)
{
    struct sc_engine_msg m;
    struct sc_error err = {0};
    bool ok = sc_engine_msg_parse(line, len, &m, &err);
    if (ok != (err.code == SC_ERR_OK))
        abort();
    if (ok && m.type == SC_ENGINE_SEGMENT &&
        (!m.segment.text || !(m.segment.end_s >= m.segment.start_s)))
        abort();
    for (size_t i = 0; ok && i < m.n_scores; i++)
        if (!(m.scores[i] >= 0 && m.scores[i] <= 1))
            abort();
    sc_engine_msg_finish(&m);
}

static void check_request(const char *line, size_t len)
{
    struct sc_span_request r, again;
    struct sc_buf out = SC_BUF_INIT(0);
    if (!sc_span_request_parse(line, len, &r, NULL))
        return;
    if (r.id < 0 || !isfinite(r.start_s) || r.start_s < 0 || r.attempt < 0)
        abort();
    sc_span_request_write(&r, &out);
    if (!sc_span_request_parse(out.data, out.len, &again, NULL) || again.id != r.id ||
        again.n_samples != r.n_samples || again.attempt != r.attempt ||
        fabs(again.start_s - r.start_s) > 1e-6)
        abort();
    sc_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == '>')
        check_request((const char *)data + 1, size - 1);
    else
        check_message((const char *)data, size);
    return 0;
}
