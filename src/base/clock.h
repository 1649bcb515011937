/* Clocks: monotonic for durations, wall for dates. UTC unless said otherwise. */
#ifndef SC_BASE_CLOCK_H
#define SC_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SC_ISO8601_SIZE = 32 };

double sc_clock_monotonic_s(void);
int64_t sc_clock_wall_s(void); /* Unix seconds */
double sc_clock_wall_f(void);  /* Unix seconds with fraction */
double sc_clock_cpu_s(void);   /* CPU time of this process */

/* "2026-11-23T13:47:11Z" */
void sc_format_iso8601(int64_t unix_s, char out[SC_ISO8601_SIZE]);
/* Today's local date "YYYY-MM-DD". */
void sc_format_local_date(int64_t unix_s, char out[11]);
enum { SC_MOMENT_SIZE = 17 };
/* Local "HH:MM", with "YYYY-MM-DD " in front when it is another day than now. */
void sc_format_local_moment(int64_t unix_s, int64_t now_unix, char out[SC_MOMENT_SIZE]);
/* RFC 3339 / ISO 8601 with zone or fraction to Unix seconds. */
bool sc_parse_iso8601(const char *s, double *unix_s);
/* A real calendar day as "YYYY-MM-DD". */
bool sc_valid_date(const char *s);

#endif
