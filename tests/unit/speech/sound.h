/* Synthetic sound for speech tests: written as 16 kHz mono WAV. */
#ifndef SC_TEST_SOUND_H
#define SC_TEST_SOUND_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOUND_RATE = 16000 };

struct sound {
    float *samples;
    size_t n;
};

static inline void sound_silence(struct sound *s, double seconds)
{
    size_t n = (size_t)(seconds * SOUND_RATE);
    s->samples = realloc(s->samples, (s->n + n) * sizeof *s->samples);
    memset(s->samples + s->n, 0, n * sizeof *s->samples);
    s->n += n;
}

/* Something with a voice's pitch, harmonics and syllables: 4 a second. */
static inline void sound_voice(struct sound *s, double seconds, double loudness)
{
    size_t from = s->n;
    sound_silence(s, seconds);
    for (size_t i = from; i < s->n; i++) {
        double t = (double)(i - from) / SOUND_RATE;
        double pitch = 120 + 15 * sin(2 * M_PI * 1.3 * t), v = 0;
        for (int h = 1; h <= 12; h++)
            v += sin(2 * M_PI * pitch * h * t) / h;
        double syllable = 0.35 + 0.65 * fabs(sin(M_PI * 4 * t));
        s->samples[i] = (float)(loudness * 0.5 * v * syllable);
    }
}

/* Adds white noise from sample `from` on (repeatable). */
static inline void sound_add_noise(struct sound *s, size_t from, double loudness)
{
    uint32_t x = 12345;
    for (size_t i = from; i < s->n; i++) {
        x = x * 1664525u + 1013904223u;
        s->samples[i] += (float)(loudness * ((double)(x >> 8) / (1 << 23) - 1));
    }
}

static inline bool sound_write_wav(const struct sound *s, const char *path)
{
    FILE *f = fopen(path, "wb");
    uint32_t bytes = (uint32_t)s->n * 2, riff = bytes + 36, sixteen = 16,
             rate = SOUND_RATE, byte_rate = SOUND_RATE * 2;
    uint16_t pcm = 1, mono = 1, align = 2, bits = 16;
    if (!f)
        return false;
    fwrite("RIFF", 1, 4, f);
    fwrite(&riff, 4, 1, f);
    fwrite("WAVEfmt ", 1, 8, f);
    fwrite(&sixteen, 4, 1, f);
    fwrite(&pcm, 2, 1, f);
    fwrite(&mono, 2, 1, f);
    fwrite(&rate, 4, 1, f);
    fwrite(&byte_rate, 4, 1, f);
    fwrite(&align, 2, 1, f);
    fwrite(&bits, 2, 1, f);
    fwrite("data", 1, 4, f);
    fwrite(&bytes, 4, 1, f);
    for (size_t i = 0; i < s->n; i++) {
        float v = fminf(fmaxf(s->samples[i], -1), 1);
        int16_t q = (int16_t)lrintf(v * 32767);
        fwrite(&q, 2, 1, f);
    }
    return fclose(f) == 0;
}

static inline void sound_finish(struct sound *s)
{
    free(s->samples);
    *s = (struct sound){0};
}

#endif
