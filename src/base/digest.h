/* SHA-256 (FIPS 180-4) and hex/base64 text. The only place that hashes. */
#ifndef SC_BASE_DIGEST_H
#define SC_BASE_DIGEST_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { SC_SHA256_HEX_SIZE = 65 };

struct sc_sha256;
struct sc_sha256 *sc_sha256_create(void); /* NULL when memory is out */
void sc_sha256_add(struct sc_sha256 *h, const void *data, size_t len);
/* Writes 64 lower-case hex digits and NUL, and destroys h (NULL allowed: empty string). */
void sc_sha256_finish_take(struct sc_sha256 *h, char hex[SC_SHA256_HEX_SIZE]);
void sc_sha256_of(const void *data, size_t len, char hex[SC_SHA256_HEX_SIZE]);
bool sc_sha256_of_file(const char *path, char hex[SC_SHA256_HEX_SIZE],
                       struct sc_error *err);

/* RFC 4648 base64; decoding ignores white space; false on junk. */
void sc_base64_encode(const void *data, size_t len, struct sc_buf *out);
bool sc_base64_decode(const char *text, size_t len, struct sc_buf *out);
/* Exactly n_bytes from 2*n_bytes hex digits. */
bool sc_hex_decode(const char *hex, size_t n_bytes, unsigned char *out);
void sc_hex_encode(const unsigned char *data, size_t n_bytes, char *out);

#endif
