/*
 * The engine protocol as data (docs/engines.md): one JSON object per line from
 * the engine, one header line plus samples to it. Pure: bytes in, structs out.
 */
#ifndef SC_SPEECH_PROTOCOL_H
#define SC_SPEECH_PROTOCOL_H

#include "base/buf.h"
#include "base/error.h"
#include "model/transcript.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SC_ENGINE_MAX_LINE = 4 * 1024 * 1024,
    SC_ENGINE_RATE = 16000,
    SC_ENGINE_PROTOCOL = 1,
};

enum sc_engine_msg_type {
    SC_ENGINE_UNKNOWN, /* of a later protocol: skipped */
    SC_ENGINE_READY,
    SC_ENGINE_PROBE,
    SC_ENGINE_SEGMENT,
    SC_ENGINE_SPAN_END,
    SC_ENGINE_PROGRESS,
    SC_ENGINE_SCORES,
    SC_ENGINE_LOG,
    SC_ENGINE_ERROR,
};

struct sc_engine_msg {
    enum sc_engine_msg_type type;
    int64_t id; /* of the span, or -1 */
    /* SEGMENT */
    struct sc_utterance segment;
    double no_speech; /* 0..1, negative = unknown */
    /* PROGRESS: seconds of the span */
    double done_s, total_s;
    /* SCORES: probability of speech per step, 0..1 */
    double start_s, step_s;
    float *scores;
    size_t n_scores;
    /* READY, PROBE */
    char name[32], version[64], model[128], device[64];
    bool usable;
    double window_s;      /* longest span that it likes; 0 = any */
    double split_s;       /* a silence this long should end a span; 0 = not said */
    double doubt;         /* confidence below which its words are doubtful */
    bool single_threaded; /* run several for several cores */
    /* SPAN_END */
    char language[16];
    /* LOG, ERROR, and the advice of PROBE */
    char text[300];
};

/* *out is to be finished also when it fails. */
bool sc_engine_msg_parse(const char *line, size_t len, struct sc_engine_msg *out,
                         struct sc_error *err);
void sc_engine_msg_finish(struct sc_engine_msg *m);

/* A span to be recognised; its samples follow the header line. */
struct sc_span_request {
    int64_t id;
    double start_s;    /* of its first sample, in the lecture */
    size_t n_samples;  /* signed 16 bit, little endian */
    int attempt;       /* 0; above: the answer before was no good, use other settings */
    char language[16]; /* that the spans before agree on; "" = not settled */
};

void sc_span_request_write(const struct sc_span_request *r, struct sc_buf *out);
bool sc_span_request_parse(const char *line, size_t len, struct sc_span_request *out,
                           struct sc_error *err);

#endif
