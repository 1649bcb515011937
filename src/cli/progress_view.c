#include "cli/progress_view.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STAGES = 12, LABEL_COLUMNS = 13, TAIL_COLUMNS = 40, LINE_SIZE = 1024 };
enum { MIN_BAR = 8, MAX_BAR = 30 };
static const double MAX_ETA_S = 100 * 3600; /* a guess beyond tells nothing */
static const double REDRAW_S = 0.1;
static const double PLAIN_LINE_S = 5.0;

struct stage_view {
    char name[32], note[120];
    struct sc_progress last; /* its strings point to the two above */
    struct sc_meter meter;
    double started_s, printed_s;
    bool complete, settled; /* all done; last line printed */
    bool failed;            /* the one that was in work when the whole failed */
};

struct sc_progress_view {
    FILE *f;
    struct sc_terminal term;
    pthread_mutex_t lock; /* guards all below */
    struct stage_view stages[MAX_STAGES];
    size_t n_stages;
    size_t drawn; /* lines of bars on the screen */
    double drawn_s;
};

/* ---- one line ---- */

static void describe_amount(const struct sc_progress *p, double rate, char *out,
                            size_t size)
{
    char done[32], total[32], speed[40] = "";
    switch (p->unit) {
    case SC_UNIT_BYTES:
        sc_format_bytes(p->done, done, sizeof done);
        sc_format_bytes(p->total, total, sizeof total);
        if (rate >= 1) {
            sc_format_bytes(rate, speed, sizeof speed - 3);
            strcat(speed, "/s");
        }
        break;
    case SC_UNIT_SECONDS:
        sc_format_time(p->done, done, sizeof done);
        sc_format_time(p->total, total, sizeof total);
        if (rate >= 0.05)
            snprintf(speed, sizeof speed, "%.*fx", rate < 10 ? 1 : 0, rate);
        break;
    case SC_UNIT_ITEMS:
        snprintf(done, sizeof done, "%.0f", p->done);
        snprintf(total, sizeof total, "%.0f", p->total);
        break;
    default:
        out[0] = '\0';
        return;
    }
    if (p->total > 0)
        snprintf(out, size, "%s of %s%s%s", done, total, *speed ? "  " : "", speed);
    else
        snprintf(out, size, "%s%s%s", done, *speed ? "  " : "", speed);
}

static void draw_bar(char *out, size_t size, double share, int cells, bool utf8)
{
    const char *full = utf8 ? "\u2501" : "#", *empty = utf8 ? "\u2500" : "-";
    int on = (int)(share * cells + 0.5);
    size_t at = 0;
    for (int i = 0; i < cells; i++) {
        const char *cell = i < on ? full : empty;
        size_t n = strlen(cell);
        if (at + n + 1 > size)
            break;
        memcpy(out + at, cell, n);
        at += n;
    }
    out[at] = '\0';
}

static double share_of(const struct sc_progress *p)
{
    double s = p->total > 0 ? p->done / p->total : 0;
    return s < 0 ? 0 : s > 1 ? 1 : s;
}

void sc_progress_line(const struct sc_progress *p, double rate, double eta_s,
                      const struct sc_terminal *t, int columns, char *out, size_t size)
{
    char bar[MAX_BAR * 4 + 1] = "", amount[128], left[64] = "", percent[12] = "";
    char eta[32], tail[400];
    describe_amount(p, rate, amount, sizeof amount);
    if (eta_s >= 0.5 && eta_s < MAX_ETA_S) {
        sc_format_time(eta_s, eta, sizeof eta);
        snprintf(left, sizeof left, "%s left", eta);
    }
    if (p->total > 0)
        /* 100 % is for what is really done. */
        snprintf(percent, sizeof percent, "%3.0f%%",
                 p->done < p->total && share_of(p) > 0.99 ? 99 : share_of(p) * 100);
    snprintf(tail, sizeof tail, "%s%s%s%s%s%s%s", percent,
             *percent && *amount ? "  " : "", amount, *left ? "  " : "", left,
             p->note && *p->note ? "  " : "", p->note ? p->note : "");
    /* A bar that keeps its width while the numbers behind it grow. */
    int tail_columns = (int)sc_text_columns(tail);
    int room = columns - LABEL_COLUMNS - 4 -
               (tail_columns > TAIL_COLUMNS ? tail_columns : TAIL_COLUMNS);
    if (room < MIN_BAR)
        room = columns - LABEL_COLUMNS - 4 - tail_columns;
    if (p->total > 0 && room >= MIN_BAR)
        draw_bar(bar, sizeof bar, share_of(p), room > MAX_BAR ? MAX_BAR : room, t->utf8);
    char line[LINE_SIZE];
    snprintf(line, sizeof line, "%-*s %s%s%s", LABEL_COLUMNS, p->stage ? p->stage : "",
             bar, *bar ? "  " : "", tail);
    snprintf(out, size, "%.*s", (int)sc_text_fit(line, (size_t)columns), line);
}

/* ---- the last line of a stage ---- */

static void settled_line(const struct stage_view *s, double now_s, char *out, size_t size)
{
    char amount[128], took[32];
    struct sc_progress p = s->last;
    /* Media rarely end at the very second their header says. */
    bool done = s->complete || (!s->failed && share_of(&p) >= 0.97);
    if (done)
        p.total = 0; /* "61 MB", not "61 MB of 61 MB" */
    describe_amount(&p, 0, amount, sizeof amount);
    if (p.done <= 0)
        amount[0] = '\0';
    double seconds = now_s - s->started_s;
    if (seconds < 9.95)
        snprintf(took, sizeof took, "%.1f s", seconds);
    else
        sc_format_time(seconds, took, sizeof took);
    snprintf(out, size, "%-*s %s%s%s in %s", LABEL_COLUMNS, s->name,
             done ? "done" : "stopped", *amount ? ", " : "", amount, took);
}

static double stage_end_s(const struct stage_view *s)
{
    return s->printed_s > s->started_s ? s->printed_s : sc_clock_monotonic_s();
}

/* ---- drawing; the lock is held ---- */

static void erase_bars(struct sc_progress_view *v)
{
    if (v->drawn)
        fprintf(v->f, "\x1b[%zuA\r\x1b[J", v->drawn);
    v->drawn = 0;
}

static void draw_bars(struct sc_progress_view *v)
{
    char line[LINE_SIZE];
    for (size_t i = 0; i < v->n_stages; i++) {
        struct stage_view *s = &v->stages[i];
        if (s->settled)
            continue;
        sc_progress_line(&s->last, s->meter.rate,
                         sc_meter_eta_s(&s->meter, s->last.done, s->last.total), &v->term,
                         v->term.columns - 1, line, sizeof line);
        fprintf(v->f, "%s\x1b[K\n", line);
        v->drawn++;
    }
    fflush(v->f);
}

static void settle_stage(struct sc_progress_view *v, struct stage_view *s)
{
    char line[LINE_SIZE];
    settled_line(s, stage_end_s(s), line, sizeof line);
    s->settled = true;
    int columns = v->term.is_tty ? v->term.columns - 1 : LINE_SIZE;
    fprintf(v->f, "%.*s\n", (int)sc_text_fit(line, (size_t)columns), line);
}

static void print_plain(struct sc_progress_view *v, struct stage_view *s, double now_s)
{
    char line[LINE_SIZE];
    if (s->complete || now_s - s->printed_s < PLAIN_LINE_S)
        return;
    s->printed_s = now_s;
    struct sc_progress p = s->last;
    sc_progress_line(&p, s->meter.rate, sc_meter_eta_s(&s->meter, p.done, p.total),
                     &(struct sc_terminal){0}, LABEL_COLUMNS + 4 + MIN_BAR - 1 + 60, line,
                     sizeof line);
    fprintf(v->f, "%s\n", line);
    fflush(v->f);
}

static struct stage_view *stage_of(struct sc_progress_view *v, const char *name,
                                   double now_s)
{
    for (size_t i = 0; i < v->n_stages; i++)
        if (!v->stages[i].settled && strcmp(v->stages[i].name, name) == 0)
            return &v->stages[i];
    if (v->n_stages == MAX_STAGES) {
        /* Make room: settled stages are on the screen for good. */
        size_t kept = 0;
        for (size_t i = 0; i < v->n_stages; i++)
            if (!v->stages[i].settled)
                v->stages[kept++] = v->stages[i];
        v->n_stages = kept;
        for (size_t i = 0; i < kept; i++) {
            v->stages[i].last.stage = v->stages[i].name;
            v->stages[i].last.note = v->stages[i].note;
        }
        if (kept == MAX_STAGES)
            return NULL;
    }
    struct stage_view *s = &v->stages[v->n_stages++];
    *s = (struct stage_view){.started_s = now_s, .printed_s = now_s};
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

static void settle_complete_but(struct sc_progress_view *v, const struct stage_view *but)
{
    bool any = false;
    for (size_t i = 0; i < v->n_stages; i++)
        any |= &v->stages[i] != but && v->stages[i].complete && !v->stages[i].settled;
    if (!any)
        return;
    erase_bars(v);
    for (size_t i = 0; i < v->n_stages; i++)
        if (&v->stages[i] != but && v->stages[i].complete && !v->stages[i].settled)
            settle_stage(v, &v->stages[i]);
    v->drawn_s = 0;
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct sc_progress_view *v = user;
    double now_s = sc_clock_monotonic_s();
    pthread_mutex_lock(&v->lock);
    struct stage_view *s = stage_of(v, p->stage ? p->stage : "", now_s);
    if (s) {
        snprintf(s->note, sizeof s->note, "%s", p->note ? p->note : "");
        s->last = *p;
        s->last.stage = s->name;
        s->last.note = s->note;
        bool complete = p->total > 0 && p->done >= p->total;
        if (complete && !s->complete)
            s->printed_s = now_s;
        s->complete = complete;
        sc_meter_update(&s->meter, now_s, p->done);
        settle_complete_but(v, s);
        if (!v->term.is_tty) {
            print_plain(v, s, now_s);
        } else if (now_s - v->drawn_s >= REDRAW_S || complete) {
            erase_bars(v);
            draw_bars(v);
            v->drawn_s = now_s;
        }
    }
    pthread_mutex_unlock(&v->lock);
}

/* ---- the front door ---- */

/* Log lines must not be written into the bars. */
static void around_log_line(void *user, bool before)
{
    struct sc_progress_view *v = user;
    if (before) {
        pthread_mutex_lock(&v->lock);
        erase_bars(v);
        fflush(v->f);
    } else {
        if (v->term.is_tty)
            draw_bars(v);
        pthread_mutex_unlock(&v->lock);
    }
}

struct sc_progress_view *sc_progress_view_create(FILE *f, const struct sc_terminal *t)
{
    struct sc_progress_view *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->f = f;
    v->term = *t;
    pthread_mutex_init(&v->lock, NULL);
    sc_log_set_guard(around_log_line, v);
    return v;
}

void sc_progress_view_settle(struct sc_progress_view *v, bool ok)
{
    if (!v)
        return;
    pthread_mutex_lock(&v->lock);
    erase_bars(v);
    if (!ok && v->n_stages)
        v->stages[v->n_stages - 1].failed = true;
    for (size_t i = 0; i < v->n_stages; i++)
        if (!v->stages[i].settled) {
            v->stages[i].complete |= ok;
            settle_stage(v, &v->stages[i]);
        }
    v->n_stages = 0;
    fflush(v->f);
    pthread_mutex_unlock(&v->lock);
}

void sc_progress_view_destroy(struct sc_progress_view *v)
{
    if (!v)
        return;
    sc_log_set_guard(NULL, NULL);
    sc_progress_view_settle(v, false);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

struct sc_progress_sink sc_progress_view_sink(struct sc_progress_view *v)
{
    return (struct sc_progress_sink){.fn = v ? on_progress : NULL, .user = v};
}

void sc_progress_view_note(struct sc_progress_view *v, const char *fmt, ...)
{
    va_list ap;
    if (!v)
        return;
    pthread_mutex_lock(&v->lock);
    erase_bars(v);
    va_start(ap, fmt);
    vfprintf(v->f, fmt, ap);
    va_end(ap);
    fputc('\n', v->f);
    if (v->term.is_tty)
        draw_bars(v);
    pthread_mutex_unlock(&v->lock);
}
