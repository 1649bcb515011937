/* The Range header of RFC 9110 14: pure. */
#ifndef SC_SERVER_RANGE_H
#define SC_SERVER_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum sc_range { SC_RANGE_NONE, SC_RANGE_OK, SC_RANGE_BAD };

/*
 * "bytes=a-b", "a-", "-n" of a file of `size` bytes. NONE: no header, one that
 * is not understood, or several ranges: answered with the whole, as allowed.
 * BAD: 416. Outputs are set for OK only.
 */
enum sc_range sc_range_parse(const char *text, uint64_t size, uint64_t *offset,
                             uint64_t *length);

/* A request's "bytes A-B/TOTAL": true when 0 <= A <= B < TOTAL. */
bool sc_content_range_parse(const char *text, int64_t *from, int64_t *to, int64_t *total);

#endif
