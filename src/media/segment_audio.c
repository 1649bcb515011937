/*
 * Packed audio (RFC 8216 section 3.4): whole frames from the first byte to the
 * last. ADTS: ISO/IEC 14496-3 1.A.3; MPEG audio: ISO/IEC 11172-3 2.4.2.3; AC-3
 * and E-AC-3: ETSI TS 102 366 tables 4.13 and E.1.4.
 */
#include "media/segment_int.h"

#include <string.h>

struct frame {
    size_t bytes; /* 0 = no frame here */
    double seconds;
};

static struct frame adts_frame(const uint8_t *p, size_t n)
{
    static const int rates[16] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                  22050, 16000, 12000, 11025, 8000,  7350};
    struct frame f = {0};
    if (n < 7 || p[0] != 0xff || (p[1] & 0xf6) != 0xf0)
        return f;
    int rate = rates[p[2] >> 2 & 15];
    size_t len = (size_t)(p[3] & 3) << 11 | (size_t)p[4] << 3 | p[5] >> 5;
    if (rate == 0 || len < 7)
        return f;
    f.bytes = len;
    f.seconds = 1024.0 * ((p[6] & 3) + 1) / rate;
    return f;
}

static struct frame mpeg_frame(const uint8_t *p, size_t n)
{
    static const short kbit[2][3][16] = {
        {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0},
         {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},
         {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}},
        {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},
         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}}};
    static const int rates[4] = {44100, 48000, 32000, 0};
    struct frame f = {0};
    if (n < 4 || p[0] != 0xff || (p[1] & 0xe0) != 0xe0)
        return f;
    int version = p[1] >> 3 & 3,
        layer = 4 - (p[1] >> 1 & 3); /* 3: MPEG-1, 2: 2, 0: 2.5 */
    int rate = rates[p[2] >> 2 & 3];
    if (version == 1 || layer == 4 || rate == 0)
        return f;
    int low = version != 3;
    rate >>= version == 3 ? 0 : version == 2 ? 1 : 2;
    int bits = kbit[low][layer - 1][p[2] >> 4] * 1000, pad = p[2] >> 1 & 1;
    if (bits == 0)
        return f;
    int samples = layer == 1 ? 384 : layer == 3 && low ? 576 : 1152;
    f.bytes = layer == 1 ? ((size_t)(12 * bits / rate) + (size_t)pad) * 4
                         : (size_t)(samples / 8 * bits / rate) + (size_t)pad;
    f.seconds = (double)samples / rate;
    return f;
}

static struct frame ac3_frame(const uint8_t *p, size_t n)
{
    static const short kbit[19] = {32,  40,  48,  56,  64,  80,  96,  112, 128, 160,
                                   192, 224, 256, 320, 384, 448, 512, 576, 640};
    static const int rates[4] = {48000, 44100, 32000, 0};
    static const int blocks[4] = {1, 2, 3, 6};
    struct frame f = {0};
    if (n < 6 || p[0] != 0x0b || p[1] != 0x77)
        return f;
    int fscod = p[4] >> 6, rate = rates[fscod];
    if (p[5] >> 3 > 10) { /* E-AC-3: the length is told */
        int half = p[4] >> 4 & 3;
        f.bytes = 2 * ((size_t)(p[2] & 7) << 8 | p[3]) + 2;
        f.seconds = fscod == 3 ? (half == 3 ? 0 : 1536.0 / (rates[half] / 2))
                               : 256.0 * blocks[half] / rate;
        if (p[2] >> 6 == 1) /* a dependent substream adds no time */
            f.seconds = 0;
        return f;
    }
    int code = p[4] & 0x3f;
    if (rate == 0 || code > 37)
        return f;
    int words = kbit[code / 2] * 96000 / rate;
    f.bytes = 2 * ((size_t)words + (fscod == 1 && (code & 1)));
    f.seconds = 1536.0 / rate;
    return f;
}

static struct frame frame_at(const uint8_t *p, size_t n)
{
    struct frame f = adts_frame(p, n);
    if (!f.bytes)
        f = ac3_frame(p, n);
    if (!f.bytes)
        f = mpeg_frame(p, n);
    return f;
}

bool seg_is_audio(struct seg_bytes d)
{
    return frame_at(d.p, d.n).bytes > 0;
}

bool seg_check_audio(struct seg_bytes data, struct sc_segment_check *out,
                     struct sc_error *err)
{
    double seconds = 0;
    for (size_t at = 0; at < data.n;) {
        struct seg_bytes rest = {data.p + at, data.n - at};
        struct frame f = frame_at(rest.p, rest.n);
        if (!f.bytes) { /* tags may stand between and behind frames */
            f.bytes = seg_id3_length(rest);
            if (!f.bytes && rest.n >= 128 && memcmp(rest.p, "TAG", 3) == 0)
                f.bytes = 128;
        }
        if (!f.bytes)
            return sc_fail(err, SC_ERR_MEDIA, "the audio data is damaged at byte %zu",
                           at);
        if (f.bytes > rest.n)
            return sc_fail(err, SC_ERR_MEDIA,
                           "the audio data is cut short (its last frame lacks %zu bytes)",
                           f.bytes - rest.n);
        seconds += f.seconds;
        at += f.bytes;
    }
    out->is_packed_audio = true;
    out->pts_span_s = seconds;
    return true;
}
