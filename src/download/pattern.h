/* Names of numbered chunks, for streams without a playlist. Pure. */
#ifndef SC_DOWNLOAD_PATTERN_H
#define SC_DOWNLOAD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The patterns in use, NULL-terminated, in the order in which they are tried. */
extern const char *const sc_chunk_patterns[];

/* Text with exactly one %d, %0Nd or %Nd (N 1..12), %% for a percent sign; no slash
 * tricks. */
bool sc_pattern_valid(const char *pattern);
/* "data%06d.ts", 7 -> "data000007.ts"; heap memory, NULL when the pattern is no good. */
char *sc_pattern_name(const char *pattern, uint64_t number);

#endif
