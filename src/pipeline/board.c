/*
 * Threads that work and one that writes down how far they are. The catalog's
 * handle belongs to the thread that made the job, so workers only leave numbers
 * on the board; twice a second the owner puts them into the catalog.
 */
#include "pipeline/internal.h"

#include <errno.h>
#include <time.h>

enum { STACK_BYTES = 8 << 20 }; /* macOS gives new threads 512 kB only */

void sc_board_init(struct sc_board *b, struct sc_library *lib, struct sc_lecture *lecture,
                   const struct sc_progress_sink *sink)
{
    *b = (struct sc_board){.lib = lib, .lecture = lecture, .sink = *sink};
    pthread_mutex_init(&b->mutex, NULL);
    pthread_cond_init(&b->changed, NULL);
}

void sc_board_finish(struct sc_board *b)
{
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->mutex);
}

void sc_board_plan(struct sc_board *b, enum sc_stage s)
{
    pthread_mutex_lock(&b->mutex);
    b->planned[s] = true;
    pthread_mutex_unlock(&b->mutex);
}

void sc_board_complete(struct sc_board *b, enum sc_stage s)
{
    pthread_mutex_lock(&b->mutex);
    b->fraction[s] = 1;
    pthread_mutex_unlock(&b->mutex);
}

/* 0..100 over what is planned; a job of one stage without weight is that stage. */
static double overall(struct sc_board *b)
{
    double done = 0, total = 0;
    pthread_mutex_lock(&b->mutex);
    for (int i = 0; i < SC_STAGE_COUNT; i++)
        if (b->planned[i]) {
            double weight = sc_stage_info((enum sc_stage)i)->weight;
            weight = weight > 0 ? weight : 1;
            done += weight * b->fraction[i];
            total += weight;
        }
    pthread_mutex_unlock(&b->mutex);
    return total > 0 ? 100 * done / total : 0;
}

static void write_down(struct sc_board *b)
{
    double now = overall(b);
    if (now > b->lecture->progress) {
        b->lecture->progress = now;
        /* Only a number for people: a busy catalog is no reason to stop. */
        sc_library_update(b->lib, b->lecture, NULL);
    }
}

static void *thread_main(void *user)
{
    struct sc_task *t = user;
    t->ok = t->run(t->user, &t->err);
    pthread_mutex_lock(&t->board->mutex);
    t->board->n_running--;
    pthread_cond_signal(&t->board->changed);
    pthread_mutex_unlock(&t->board->mutex);
    return NULL;
}

static bool start(struct sc_board *b, struct sc_task *t)
{
    pthread_attr_t attr;
    t->board = b;
    pthread_mutex_lock(&b->mutex);
    b->n_running++;
    pthread_mutex_unlock(&b->mutex);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(&t->thread, &attr, thread_main, t);
    pthread_attr_destroy(&attr);
    if (rc == 0)
        return true;
    pthread_mutex_lock(&b->mutex);
    b->n_running--;
    pthread_mutex_unlock(&b->mutex);
    t->ok = sc_fail_errno(&t->err, rc, "cannot start a thread");
    return false;
}

void sc_board_run(struct sc_board *b, struct sc_task *tasks, size_t n)
{
    bool started[SC_MAX_TASKS] = {false};
    for (size_t i = 0; i < n && i < SC_MAX_TASKS; i++)
        started[i] = start(b, &tasks[i]);
    pthread_mutex_lock(&b->mutex);
    while (b->n_running) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += SC_BOARD_STEP_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&b->changed, &b->mutex, &until) == ETIMEDOUT) {
            pthread_mutex_unlock(&b->mutex);
            write_down(b);
            pthread_mutex_lock(&b->mutex);
        }
    }
    pthread_mutex_unlock(&b->mutex);
    for (size_t i = 0; i < n && i < SC_MAX_TASKS; i++)
        if (started[i])
            pthread_join(tasks[i].thread, NULL);
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct sc_board_tap *tap = user;
    struct sc_board *b = tap->board;
    double fraction = p->total > 0 ? p->done / p->total : 0;
    pthread_mutex_lock(&b->mutex);
    if (fraction > b->fraction[tap->stage])
        b->fraction[tap->stage] = fraction < 1 ? fraction : 1;
    pthread_mutex_unlock(&b->mutex);
    struct sc_progress named = *p;
    named.stage = sc_stage_name(tap->stage);
    sc_progress_report(&b->sink, &named);
}

struct sc_progress_sink sc_board_tap_sink(struct sc_board_tap *tap)
{
    return (struct sc_progress_sink){.fn = on_progress, .user = tap};
}
