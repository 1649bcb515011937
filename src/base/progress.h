/*
 * Progress: every long call reports through a sink; whoever shows it (terminal,
 * job store, API) owns rate and ETA. Sinks may be called from any thread of
 * the operation, never concurrently for one sink unless said so.
 */
#ifndef SC_BASE_PROGRESS_H
#define SC_BASE_PROGRESS_H

enum sc_unit { SC_UNIT_NONE, SC_UNIT_BYTES, SC_UNIT_SECONDS, SC_UNIT_ITEMS };

struct sc_progress {
    const char *stage;   /* "download", "transcription", "frames", "slides", "notes"... */
    double done, total;  /* in unit; total 0 = unknown */
    enum sc_unit unit;
    double media_done_s, media_total_s; /* playable seconds when known, else 0 */
    const char *note;    /* a short phrase for people, or NULL */
};

typedef void (*sc_progress_fn)(void *user, const struct sc_progress *p);

/* A zero-initialised sink swallows everything. */
struct sc_progress_sink {
    sc_progress_fn fn;
    void *user;
};

void sc_progress_report(const struct sc_progress_sink *sink, const struct sc_progress *p);

/* Smoothed rate and time left. Zero-initialise; one per stage and viewer. */
struct sc_meter {
    double start_s, last_s, last_done, rate; /* rate in units per second */
};
/* Feeds a reading taken at now_s (monotonic seconds). */
void sc_meter_update(struct sc_meter *m, double now_s, double done);
/* Seconds left, or -1 when it cannot be told yet. */
double sc_meter_eta_s(const struct sc_meter *m, double done, double total);

#endif
