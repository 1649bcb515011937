#include "download/decrypt.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct sc_decrypt {
    EVP_CIPHER_CTX *ctx;
};

struct sc_decrypt *sc_decrypt_create(const uint8_t key[16], const uint8_t iv[16])
{
    struct sc_decrypt *d = calloc(1, sizeof *d);
    if (d && (d->ctx = EVP_CIPHER_CTX_new()) &&
        EVP_DecryptInit_ex(d->ctx, EVP_aes_128_cbc(), NULL, key, iv) == 1)
        return d;
    sc_decrypt_destroy(d);
    return NULL;
}

void sc_decrypt_destroy(struct sc_decrypt *d)
{
    if (d)
        EVP_CIPHER_CTX_free(d->ctx);
    free(d);
}

bool sc_decrypt_add(struct sc_decrypt *d, const void *in, size_t len, void *out,
                    size_t *out_len)
{
    int n = 0;
    if (len > INT_MAX - 16 || EVP_DecryptUpdate(d->ctx, out, &n, in, (int)len) != 1)
        return false;
    *out_len = (size_t)n;
    return true;
}

bool sc_decrypt_finish(struct sc_decrypt *d, void *out, size_t *out_len,
                       struct sc_error *err)
{
    int n = 0;
    if (EVP_DecryptFinal_ex(d->ctx, out, &n) != 1)
        return sc_fail(err, SC_ERR_MEDIA,
                       "it does not decrypt (wrong key, or damaged on the way)");
    *out_len = (size_t)n;
    return true;
}
