/* AES-128 as HLS uses it (RFC 8216 4.3.2.4): CBC with PKCS#7 padding, streamed. */
#ifndef SC_DOWNLOAD_DECRYPT_H
#define SC_DOWNLOAD_DECRYPT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_decrypt;

/* NULL when memory is out. */
struct sc_decrypt *sc_decrypt_create(const uint8_t key[16], const uint8_t iv[16]);
void sc_decrypt_destroy(struct sc_decrypt *d);
/* out holds len + 16 bytes; returns how many were written. */
bool sc_decrypt_add(struct sc_decrypt *d, const void *in, size_t len, void *out,
                    size_t *out_len);
/* The rest (out holds 16 bytes). SC_ERR_MEDIA when length or padding are wrong. */
bool sc_decrypt_finish(struct sc_decrypt *d, void *out, size_t *out_len,
                       struct sc_error *err);

#endif
