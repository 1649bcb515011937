/* What jansson leaves to its users. */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Any bytes as a JSON string, broken UTF-8 repaired: what comes from playlists,
 * recognisers and file names need not be valid. NULL in gives null; NULL out
 * means that memory is out. A new reference.
 */
json_t *sc_json_text(const char *s);
/* ISO 8601; null for 0 and below, which mean that it is not known. A new reference. */
json_t *sc_json_time(int64_t unix_s);
/* An array of n strings. A new reference. */
json_t *sc_json_texts(char *const *texts, size_t n);
/*
 * The text of j with every real number in the fewest digits that give the same
 * double again: 9.009, not 9.0090000000000003, and no digit less than was read.
 * Heap memory; NULL when memory is out.
 */
char *sc_json_dumps_exact(const json_t *j, size_t flags);

#endif
