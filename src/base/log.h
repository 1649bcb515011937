/*
 * Logging to stderr: `timestamp - LEVEL - message`, or one JSON object per
 * line. Modules log at debug level; the top logs each failure once. Messages
 * never hold signatures, keys or whole URLs. Safe from any thread.
 */
#ifndef SC_BASE_LOG_H
#define SC_BASE_LOG_H

#include <stdbool.h>

enum sc_log_level { SC_LOG_DEBUG, SC_LOG_INFO, SC_LOG_WARNING, SC_LOG_ERROR };

void sc_log_set_level(enum sc_log_level level);
/* "DEBUG", "INFO", "WARNING"/"WARN", "ERROR"/"CRITICAL", any case. */
bool sc_log_parse_level(const char *name, enum sc_log_level *out);
void sc_log_set_json(bool json);
/* For the service, whose standard output carries nothing else. */
void sc_log_to_stdout(void);
/*
 * Called around every line that is printed, for a screen that must clear its
 * bars first. NULL for none.
 */
typedef void (*sc_log_guard_fn)(void *user, bool before);
void sc_log_set_guard(sc_log_guard_fn fn, void *user);
void sc_log(enum sc_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define sc_debug(...) sc_log(SC_LOG_DEBUG, __VA_ARGS__)
#define sc_info(...) sc_log(SC_LOG_INFO, __VA_ARGS__)
#define sc_warn(...) sc_log(SC_LOG_WARNING, __VA_ARGS__)

#endif
