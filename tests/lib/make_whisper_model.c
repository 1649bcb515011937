/*
 * make_whisper_model OUT TOKEN...: a model file in whisper.cpp's ggml format
 * that says what it is told. Every weight is zero but the embeddings: what the
 * decoder's position p adds points exactly at the embedding of the p-th token,
 * so that real libwhisper, whatever the sound, decodes the given tokens. For
 * tests of everything around the recogniser: times, words, windows, abort.
 *
 * A token is a word, or a time such as "<2.50>" (steps of 0.02 s); the end
 * token follows by itself. Format: whisper.cpp, models/convert-pt-to-ggml.py.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATE = 64,
    VOCAB = 51864, /* an English-only model's */
    VOCAB_TEXT = 50257,
    TOKEN_EOT = 50256,
    TOKEN_BEG = 50363, /* <0.00> */
    FIRST_WORD = 1000, /* ids of our words */
    TEXT_CTX = 448,
    AUDIO_CTX = 1500,
    MELS = 80,
    FFT_BINS = 201,
    TYPE_F32 = 0,
    TYPE_F16 = 1,
};

static FILE *out;
static float *embedding; /* VOCAB x STATE, rows of length 1 */

static void i32(int32_t v)
{
    fwrite(&v, sizeof v, 1, out);
}

/* IEEE 754 half of a float well within its range. */
static uint16_t half(float f)
{
    uint32_t x;
    memcpy(&x, &f, sizeof x);
    int32_t exponent = (int32_t)((x >> 23) & 0xff) - 127 + 15;
    if (exponent <= 0)
        return (uint16_t)((x >> 16) & 0x8000);
    return (uint16_t)(((x >> 16) & 0x8000) | ((uint32_t)exponent << 10) |
                      ((x >> 13) & 0x3ff));
}

static void header(const char *name, int type, int dims, const int *ne)
{
    i32(dims);
    i32((int32_t)strlen(name));
    i32(type);
    for (int i = 0; i < dims; i++)
        i32(ne[i]);
    fwrite(name, 1, strlen(name), out);
}

/* A tensor filled with one value. */
static void fill(const char *name, int type, int a, int b, int c, float v)
{
    int ne[3] = {a, b, c};
    int dims = c ? 3 : b ? 2 : 1;
    size_t n = (size_t)a * (size_t)(b ? b : 1) * (size_t)(c ? c : 1);
    header(name, type, dims, ne);
    uint16_t h = half(v);
    for (size_t i = 0; i < n; i++)
        fwrite(type == TYPE_F16 ? (void *)&h : (void *)&v, type == TYPE_F16 ? 2 : 4, 1,
               out);
}

static void norm(const char *name)
{
    char full[192];
    snprintf(full, sizeof full, "%s.weight", name);
    fill(full, TYPE_F32, STATE, 0, 0, 1);
    snprintf(full, sizeof full, "%s.bias", name);
    fill(full, TYPE_F32, STATE, 0, 0, 0);
}

static void linear(const char *name, int in, int width, int with_bias)
{
    char full[192];
    snprintf(full, sizeof full, "%s.weight", name);
    fill(full, TYPE_F16, in, width, 0, 0);
    snprintf(full, sizeof full, "%s.bias", name);
    if (with_bias)
        fill(full, TYPE_F32, width, 0, 0, 0);
}

static void attention(const char *block, const char *kind)
{
    static const char *const parts[] = {"query", "key", "value", "out"};
    char name[128];
    snprintf(name, sizeof name, "%s.%s_ln", block, kind);
    norm(name);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s.%s.%s", block, kind, parts[i]);
        linear(name, STATE, STATE, i != 1);
    }
}

static void mlp(const char *block)
{
    char name[128];
    snprintf(name, sizeof name, "%s.mlp_ln", block);
    norm(name);
    snprintf(name, sizeof name, "%s.mlp.0", block);
    linear(name, STATE, 4 * STATE, 1);
    snprintf(name, sizeof name, "%s.mlp.2", block);
    linear(name, 4 * STATE, STATE, 1);
}

static void make_embedding(void)
{
    uint32_t x = 1;
    embedding = malloc(sizeof *embedding * VOCAB * STATE);
    if (!embedding)
        exit(1);
    for (size_t i = 0; i < VOCAB; i++) {
        double sum = 0;
        float *row = embedding + i * STATE;
        for (int k = 0; k < STATE; k++) {
            double v = 0;
            for (int r = 0; r < 6; r++) { /* nearly normal */
                x = x * 1664525u + 1013904223u;
                v += (double)(x >> 8) / (1 << 24) - 0.5;
            }
            row[k] = (float)v;
            sum += v * v;
        }
        for (int k = 0; k < STATE; k++)
            row[k] /= (float)sqrt(sum);
    }
}

static int token_id(const char *text, int index)
{
    if (text[0] == '<')
        return TOKEN_BEG + (int)(strtod(text + 1, NULL) / 0.02 + 0.5);
    return FIRST_WORD + index;
}

static void vocabulary(int n, char **tokens)
{
    i32(VOCAB_TEXT);
    for (int i = 0; i < VOCAB_TEXT; i++) {
        char word[256];
        int index = i - FIRST_WORD;
        if (i == 220) /* the library looks these up by name */
            snprintf(word, sizeof word, " ");
        else if (index >= 0 && index < n && tokens[index][0] != '<')
            snprintf(word, sizeof word, " %s", tokens[index]);
        else
            snprintf(word, sizeof word, "[%d]", i);
        i32((int32_t)strlen(word));
        fwrite(word, 1, strlen(word), out);
    }
}

static void decoder(int n, char **tokens)
{
    int pe[2] = {STATE, TEXT_CTX}, te[2] = {STATE, VOCAB};
    header("decoder.positional_embedding", TYPE_F32, 2, pe);
    for (int p = 0; p < TEXT_CTX; p++) {
        const float *row =
            embedding + (size_t)(p < n ? token_id(tokens[p], p) : TOKEN_EOT) * STATE;
        for (int k = 0; k < STATE; k++) {
            float v = row[k] * 1000; /* drowns the token's own embedding */
            fwrite(&v, sizeof v, 1, out);
        }
    }
    header("decoder.token_embedding.weight", TYPE_F16, 2, te);
    for (size_t i = 0; i < (size_t)VOCAB * STATE; i++) {
        uint16_t h = half(embedding[i] * 8);
        fwrite(&h, sizeof h, 1, out);
    }
    norm("decoder.ln");
    attention("decoder.blocks.0", "attn");
    attention("decoder.blocks.0", "cross_attn");
    mlp("decoder.blocks.0");
}

static void encoder(void)
{
    fill("encoder.positional_embedding", TYPE_F32, STATE, AUDIO_CTX, 0, 0);
    fill("encoder.conv1.weight", TYPE_F16, 3, MELS, STATE, 0);
    fill("encoder.conv1.bias", TYPE_F32, 1, STATE, 0, 0);
    fill("encoder.conv2.weight", TYPE_F16, 3, STATE, STATE, 0);
    fill("encoder.conv2.bias", TYPE_F32, 1, STATE, 0, 0);
    norm("encoder.ln_post");
    attention("encoder.blocks.0", "attn");
    mlp("encoder.blocks.0");
}

int main(int argc, char **argv)
{
    static const int32_t params[] = {VOCAB, AUDIO_CTX, STATE, 1,    1,       TEXT_CTX,
                                     STATE, 1,         1,     MELS, TYPE_F16};
    if (argc < 3 || !(out = fopen(argv[1], "wb"))) {
        fprintf(stderr, "usage: %s OUT TOKEN...\n", argv[0]);
        return 2;
    }
    make_embedding();
    i32(0x67676d6c);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        i32(params[i]);
    i32(MELS);
    i32(FFT_BINS);
    for (int i = 0; i < MELS * FFT_BINS; i++) {
        float v = 0.01f;
        fwrite(&v, sizeof v, 1, out);
    }
    vocabulary(argc - 2, argv + 2);
    encoder();
    decoder(argc - 2, argv + 2);
    free(embedding);
    return fclose(out) == 0 ? 0 : 1;
}
