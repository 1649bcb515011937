#include "base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sc_sha256 {
    EVP_MD_CTX *ctx;
};

struct sc_sha256 *sc_sha256_create(void)
{
    struct sc_sha256 *h = calloc(1, sizeof *h);
    if (h && (!(h->ctx = EVP_MD_CTX_new()) ||
              EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)) {
        EVP_MD_CTX_free(h->ctx);
        free(h);
        return NULL;
    }
    return h;
}

void sc_sha256_add(struct sc_sha256 *h, const void *data, size_t len)
{
    EVP_DigestUpdate(h->ctx, data, len);
}

void sc_hex_encode(const unsigned char *data, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * n] = '\0';
}

void sc_sha256_finish_take(struct sc_sha256 *h, char hex[SC_SHA256_HEX_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    hex[0] = '\0';
    if (!h)
        return;
    if (EVP_DigestFinal_ex(h->ctx, digest, &n) == 1 && n == 32)
        sc_hex_encode(digest, n, hex);
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

void sc_sha256_of(const void *data, size_t len, char hex[SC_SHA256_HEX_SIZE])
{
    struct sc_sha256 *h = sc_sha256_create();
    if (h)
        sc_sha256_add(h, data, len);
    sc_sha256_finish_take(h, hex);
}

bool sc_sha256_of_file(const char *path, char hex[SC_SHA256_HEX_SIZE],
                       struct sc_error *err)
{
    char chunk[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        return sc_fail_errno(err, errno, "cannot open %s", path);
    struct sc_sha256 *h = sc_sha256_create();
    while (h && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        sc_sha256_add(h, chunk, n);
    bool ok = h && !ferror(f);
    fclose(f);
    sc_sha256_finish_take(h, hex);
    return ok || sc_fail(err, SC_ERR_IO, "cannot read %s", path);
}

void sc_base64_encode(const void *data, size_t len, struct sc_buf *out)
{
    static const char abc[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i += 3) {
        unsigned v = (unsigned)p[i] << 16;
        if (i + 1 < len)
            v |= (unsigned)p[i + 1] << 8;
        if (i + 2 < len)
            v |= p[i + 2];
        char four[4] = {abc[v >> 18], abc[v >> 12 & 63], abc[v >> 6 & 63], abc[v & 63]};
        if (i + 1 >= len)
            four[2] = '=';
        if (i + 2 >= len)
            four[3] = '=';
        sc_buf_add(out, four, 4);
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool sc_base64_decode(const char *text, size_t len, struct sc_buf *out)
{
    unsigned bits = 0, n_bits = 0;
    size_t n_chars = 0, n_pad = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
            continue;
        if (c == '=') {
            n_pad++;
            continue;
        }
        int v = base64_value(c);
        if (v < 0 || n_pad)
            return false;
        n_chars++;
        bits = bits << 6 | (unsigned)v;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            sc_buf_add_char(out, (char)(bits >> n_bits & 255));
        }
    }
    return n_chars % 4 != 1 && n_pad <= 2 && !out->failed;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool sc_hex_decode(const char *hex, size_t n_bytes, unsigned char *out)
{
    for (size_t i = 0; i < n_bytes; i++) {
        int hi = hex_value(hex[2 * i]);
        int lo = hi < 0 ? -1 : hex_value(hex[2 * i + 1]);
        if (lo < 0)
            return false;
        out[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}
