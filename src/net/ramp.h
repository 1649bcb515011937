/*
 * How many connections at once: pure arithmetic over what was observed.
 *
 * Starts small and doubles while the throughput rises with it, a round trip at
 * a time (45 segments at 60 ms and 2 MB/s per connection: 16 connections take
 * 2.3 s, 45 take 0.84 s, so the ramp must be fast). The first four requests go
 * a moment before the next twelve, so that one round trip shows both what few
 * and what many bring; when many bring as much more as they should, the next
 * step is fourfold. When doubling no longer helps it holds, and from time to time tries a
 * few more or fewer. A server that pushes back (429, 503) halves the number, its
 * Retry-After holds all new requests, and growth goes on slowly below what it refused.
 */
#ifndef SC_NET_RAMP_H
#define SC_NET_RAMP_H

#include <stdbool.h>
#include <stdint.h>

enum sc_ramp_state { SC_RAMP_START, SC_RAMP_HOLD, SC_RAMP_PROBE, SC_RAMP_CAREFUL };

struct sc_ramp {
    int limit, max;
    enum sc_ramp_state state;
    int waiting;     /* transfers of this round without a first byte yet */
    bool filled;     /* this round's limit was reached */
    double window_s; /* start of the measuring window, 0 = not measuring */
    uint64_t window_bytes;
    double rate; /* bytes/s at the previous level; 0 = not known */
    int prev_limit;
    double next_probe_s, probe_every_s;
    bool probe_up;
    double hold_until_s; /* no new request before */
    double cut_s;        /* last time the limit was cut */
    int ceiling;         /* refused by the server; 0 = none */
    int pushbacks;       /* in a row, without a success between */
    /* the first few, alone on the line for a moment */
    double start_s, vanguard_s, vanguard_rate;
    uint64_t vanguard_bytes;
    int answers;
    bool vanguard_over;
};

void sc_ramp_init(struct sc_ramp *r, int max, double now_s);
/* A request was started; active counts it. */
void sc_ramp_started(struct sc_ramp *r, int active);
/* Its first body byte came, or it ended without one. */
void sc_ramp_answered(struct sc_ramp *r, double now_s);
void sc_ramp_bytes(struct sc_ramp *r, uint64_t n);
/* 429/503 for a request started at started_s; retry_after_s -1 when not told. */
void sc_ramp_pushback(struct sc_ramp *r, double now_s, double started_s, int active,
                      double retry_after_s);
/* Lets time pass; call often. `hungry`: there is more to request than slots. */
void sc_ramp_tick(struct sc_ramp *r, double now_s, int active, bool hungry);
/* How many transfers may be active now; 0 while the server asked for a pause. */
int sc_ramp_limit(const struct sc_ramp *r, double now_s);

#endif
