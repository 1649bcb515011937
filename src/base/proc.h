/*
 * Child processes without a shell. Descriptors are close-on-exec; the child
 * runs in its own process group so that a terminal's Ctrl-C reaches it only
 * through us. Not thread-safe per object.
 */
#ifndef SC_BASE_PROC_H
#define SC_BASE_PROC_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct sc_proc {
    pid_t pid;     /* 0 = none */
    int stdin_fd;  /* write end, -1 when closed or not asked for */
    int stdout_fd; /* read end */
    int stderr_fd; /* read end */
};

enum sc_proc_flags {
    SC_PROC_STDIN = 1,  /* else /dev/null */
    SC_PROC_STDOUT = 2, /* else /dev/null */
    SC_PROC_STDERR = 4, /* else inherited */
};

/*
 * Starts argv[0] (searched in PATH when it has no slash) with argv
 * (NULL-terminated) and extra environment "NAME=value" strings (may be NULL).
 */
bool sc_proc_start(struct sc_proc *p, const char *const *argv, const char *const *env,
                   unsigned flags, struct sc_error *err);
/* Waits. *status: the exit code, or 128 + signal number. */
bool sc_proc_wait(struct sc_proc *p, int *status, struct sc_error *err);
/* Waits at most so long; false when it still runs then. */
bool sc_proc_wait_ms(struct sc_proc *p, int limit_ms, int *status);
/* SIGTERM, then SIGKILL after grace_ms; reaps and closes all. Safe on a finished one. */
void sc_proc_stop(struct sc_proc *p, int grace_ms);
void sc_proc_close_stdin(struct sc_proc *p);
/* Runs to the end, collecting stdout (out may be NULL), stopping on cancel. */
bool sc_proc_run(const char *const *argv, struct sc_buf *out, int *status,
                 const struct sc_cancel *cancel, struct sc_error *err);
/*
 * A helper program that belongs to us ("scaler-whisper"): next to the running
 * binary, in its ../libexec/scaler, or in PATH. Heap memory, NULL when there is none.
 */
char *sc_proc_find_helper(const char *name);
/*
 * A file that was installed with us: in ../share/scaler of the running binary, or
 * next to it in a build folder. Heap memory, NULL when there is none.
 */
char *sc_proc_find_data(const char *name);
/* The path of the running executable; heap memory, NULL when unknown. */
char *sc_proc_self_path(void);

#endif
