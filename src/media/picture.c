#include "media/picture.h"

#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SHRINK = 64 };

double sc_picture_time_s(const struct sc_picture *p)
{
    return p->time_s;
}

bool sc_picture_is_key(const struct sc_picture *p)
{
    return p->key;
}

int sc_picture_width(const struct sc_picture *p)
{
    return p->frame->width;
}

int sc_picture_height(const struct sc_picture *p)
{
    return p->frame->height;
}

struct sc_picture *sc_picture_ref(const struct sc_picture *p)
{
    struct sc_picture *r = malloc(sizeof *r);
    if (!r)
        return NULL;
    *r = *p;
    r->frame = av_frame_clone(p->frame);
    if (!r->frame) {
        free(r);
        return NULL;
    }
    return r;
}

void sc_picture_unref(struct sc_picture *p)
{
    if (!p)
        return;
    av_frame_free(&p->frame);
    free(p);
}

/* ---- brightness ---- */

/* Bits by which samples of plane 0 exceed 8, or -1 when plane 0 is not plain brightness.
 */
static int luma_excess_bits(const AVFrame *f)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    if (!d || d->flags &
                  (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                   AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT))
        return -1;
    const AVComponentDescriptor *c = &d->comp[0];
    bool wide = c->depth > 8;
    if (c->plane != 0 || c->offset != 0 || c->step != (wide ? 2 : 1) || c->depth < 8)
        return -1;
#if AV_HAVE_BIGENDIAN
    if (wide && !(d->flags & AV_PIX_FMT_FLAG_BE))
        return -1;
#else
    if (wide && d->flags & AV_PIX_FMT_FLAG_BE)
        return -1;
#endif
    return c->shift + c->depth - 8;
}

/* The frame as 8-bit grey, converted by libswscale: for unusual formats only. */
static uint8_t *grey_copy(const AVFrame *f)
{
    uint8_t *grey = malloc((size_t)f->width * (size_t)f->height);
    struct SwsContext *sws =
        grey ? sws_getContext(f->width, f->height, f->format, f->width, f->height,
                              AV_PIX_FMT_GRAY8, SWS_POINT, NULL, NULL, NULL)
             : NULL;
    if (!sws) {
        free(grey);
        return NULL;
    }
    uint8_t *dst[4] = {grey};
    int stride[4] = {f->width};
    /* RGB becomes the brightness that the PNG was made from: same matrix and range. */
    const int *coef =
        sws_getCoefficients(f->height >= 720 ? SWS_CS_ITU709 : SWS_CS_DEFAULT);
    sws_setColorspaceDetails(sws, coef, 1, coef, 0, 0, 1 << 16, 1 << 16);
    sws_scale(sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height, dst,
              stride);
    sws_freeContext(sws);
    return grey;
}

/* sum[x] += the brightness of one row; plain loops that compilers vectorise. */
static void add_row(uint16_t *restrict sum, const uint8_t *restrict row, int n,
                    int excess)
{
    if (excess == 0) {
        for (int x = 0; x < n; x++)
            sum[x] = (uint16_t)(sum[x] + row[x]);
        return;
    }
    const uint16_t *restrict wide = (const uint16_t *)(const void *)row;
    for (int x = 0; x < n; x++)
        sum[x] = (uint16_t)(sum[x] + (uint8_t)(wide[x] >> excess));
}

static void fold_columns(const uint16_t *restrict sum, uint8_t *restrict out, int n,
                         int factor)
{
    if (factor == 1) {
        for (int x = 0; x < n; x++)
            out[x] = (uint8_t)sum[x];
        return;
    }
    if (factor == 2) {
        for (int x = 0; x < n; x++)
            out[x] = (uint8_t)((sum[2 * x] + sum[2 * x + 1] + 2) >> 2);
        return;
    }
    uint32_t scale = (1u << 20) / (uint32_t)(factor * factor);
    for (int x = 0; x < n; x++) {
        uint32_t s = 0;
        for (int k = 0; k < factor; k++)
            s += sum[x * factor + k];
        out[x] = (uint8_t)((s * (uint64_t)scale + (1u << 19)) >> 20);
    }
}

/* The two bytes at p, added up. */
static inline unsigned pair_sum(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return (v & 255U) + (v >> 8);
}

/*
 * Two rows into one of half the width: the common case, in one go. With pairs of
 * bytes, and an index that cannot wrap, compilers use vectors.
 */
static void halve(const uint8_t *restrict a, const uint8_t *restrict b,
                  uint8_t *restrict out, size_t n)
{
    for (size_t x = 0; x < n; x++)
        out[x] = (uint8_t)((pair_sum(a + 2 * x) + pair_sum(b + 2 * x) + 2) >> 2);
}

bool sc_picture_shrink(const struct sc_picture *p, int factor, uint8_t *out,
                       size_t stride)
{
    const AVFrame *f = p->frame;
    if (factor < 1 || factor > MAX_SHRINK)
        return false;
    int w = f->width / factor, h = f->height / factor, used = w * factor;
    int excess = luma_excess_bits(f);
    uint8_t *copy = excess < 0 ? grey_copy(f) : NULL;
    uint16_t *sum = malloc((size_t)(used ? used : 1) * sizeof *sum);
    if (!sum || (excess < 0 && !copy)) {
        free(copy);
        free(sum);
        return false;
    }
    const uint8_t *src = copy ? copy : f->data[0];
    ptrdiff_t src_stride = copy ? f->width : f->linesize[0];
    bool plain = factor == 2 && (copy || excess == 0);
    for (int y = 0; y < h; y++) {
        const uint8_t *row = src + (ptrdiff_t)y * factor * src_stride;
        if (plain) {
            halve(row, row + src_stride, out + (size_t)y * stride, (size_t)w);
            continue;
        }
        memset(sum, 0, (size_t)used * sizeof *sum);
        for (int k = 0; k < factor; k++)
            add_row(sum, row + k * src_stride, used, copy ? 0 : excess);
        fold_columns(sum, out + (size_t)y * stride, w, factor);
    }
    free(copy);
    free(sum);
    return true;
}

bool sc_picture_crop(const struct sc_picture *p, int x, int y, int w, int h, uint8_t *out)
{
    const AVFrame *f = p->frame;
    if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > f->width || y + h > f->height)
        return false;
    int excess = luma_excess_bits(f);
    uint8_t *copy = excess < 0 ? grey_copy(f) : NULL;
    if (excess < 0 && !copy)
        return false;
    for (int r = 0; r < h; r++) {
        uint8_t *to = out + (size_t)r * (size_t)w;
        if (copy) {
            memcpy(to, copy + (size_t)(y + r) * (size_t)f->width + x, (size_t)w);
            continue;
        }
        const uint8_t *row = f->data[0] + (ptrdiff_t)(y + r) * f->linesize[0];
        if (excess == 0) {
            memcpy(to, row + x, (size_t)w);
            continue;
        }
        const uint16_t *wide = (const uint16_t *)(const void *)row;
        for (int c = 0; c < w; c++)
            to[c] = (uint8_t)(wide[x + c] >> excess);
    }
    free(copy);
    return true;
}

/* ---- PNG ---- */

/* Width with square pixels. */
static int square_width(const struct sc_picture *p)
{
    AVRational sar = p->frame->sample_aspect_ratio;
    if (sar.num <= 0 || sar.den <= 0)
        sar = p->sar;
    if (sar.num <= 0 || sar.den <= 0 || sar.num == sar.den)
        return p->frame->width;
    double w = p->frame->width * av_q2d(sar);
    return w >= 16 && w <= 4.0 * p->frame->width ? (int)lround(w) : p->frame->width;
}

static AVFrame *rgb_frame(int width, int height)
{
    AVFrame *rgb = av_frame_alloc();
    if (!rgb)
        return NULL;
    rgb->format = AV_PIX_FMT_RGB24;
    rgb->width = width;
    rgb->height = height;
    if (av_frame_get_buffer(rgb, 0) < 0)
        av_frame_free(&rgb);
    return rgb;
}

static AVFrame *to_rgb(const struct sc_picture *p)
{
    const AVFrame *f = p->frame;
    int width = square_width(p);
    AVFrame *rgb = rgb_frame(width, f->height);
    struct SwsContext *sws =
        rgb ? sws_getContext(f->width, f->height, f->format, width, f->height,
                             AV_PIX_FMT_RGB24, SWS_BICUBIC, NULL, NULL, NULL)
            : NULL;
    if (!sws) {
        av_frame_free(&rgb);
        return NULL;
    }
    /* Unmarked video of HD size is BT.709 by convention, smaller is BT.601. */
    int matrix = f->colorspace == AVCOL_SPC_BT709 ||
                         (f->colorspace == AVCOL_SPC_UNSPECIFIED && f->height >= 720)
                     ? SWS_CS_ITU709
                     : SWS_CS_DEFAULT;
    const int *coef = sws_getCoefficients(matrix);
    sws_setColorspaceDetails(sws, coef, f->color_range == AVCOL_RANGE_JPEG, coef, 1, 0,
                             1 << 16, 1 << 16);
    sws_scale(sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height, rgb->data,
              rgb->linesize);
    sws_freeContext(sws);
    return rgb;
}

/* Turns clockwise by quarter turns; takes src. */
static AVFrame *turn_take(AVFrame *src, int turns)
{
    if (!src || turns == 0)
        return src;
    int w = src->width, h = src->height;
    AVFrame *dst = turns & 1 ? rgb_frame(h, w) : rgb_frame(w, h);
    for (int y = 0; dst && y < h; y++) {
        const uint8_t *from = src->data[0] + (ptrdiff_t)y * src->linesize[0];
        for (int x = 0; x < w; x++, from += 3) {
            int tx = turns == 1 ? h - 1 - y : turns == 2 ? w - 1 - x : y;
            int ty = turns == 1 ? x : turns == 2 ? h - 1 - y : w - 1 - x;
            memcpy(dst->data[0] + (ptrdiff_t)ty * dst->linesize[0] + 3 * (ptrdiff_t)tx,
                   from, 3);
        }
    }
    av_frame_free(&src);
    return dst;
}

static bool encode_png(const AVFrame *rgb, AVPacket *pkt)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!c)
        return false;
    c->width = rgb->width;
    c->height = rgb->height;
    c->pix_fmt = AV_PIX_FMT_RGB24;
    c->time_base = (AVRational){1, 1};
    c->thread_count = 1;
    c->compression_level = 1; /* a quarter of the time for a sixth more bytes */
    bool ok = avcodec_open2(c, codec, NULL) >= 0 && avcodec_send_frame(c, rgb) >= 0 &&
              (avcodec_send_frame(c, NULL), avcodec_receive_packet(c, pkt)) >= 0;
    avcodec_free_context(&c);
    return ok;
}

bool sc_picture_png(const struct sc_picture *p, struct sc_buf *out, struct sc_error *err)
{
    AVFrame *rgb = turn_take(to_rgb(p), p->quarter_turns);
    AVPacket *pkt = rgb ? av_packet_alloc() : NULL;
    bool ok = pkt && encode_png(rgb, pkt);
    if (ok)
        sc_buf_add(out, pkt->data, (size_t)pkt->size);
    av_packet_free(&pkt);
    av_frame_free(&rgb);
    if (!ok || out->failed)
        return sc_fail(err, SC_ERR_MEDIA, "cannot make a PNG of a picture of the video");
    return true;
}

struct sc_picture *sc_picture_from_png(const void *data, size_t len)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_PNG);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *pkt = av_packet_alloc();
    struct sc_picture *p = calloc(1, sizeof *p);
    AVFrame *frame = av_frame_alloc();
    bool ok =
        c && pkt && p && frame && len < INT32_MAX && av_new_packet(pkt, (int)len) >= 0;
    if (ok) {
        memcpy(pkt->data, data, len);
        c->thread_count = 1;
        ok = avcodec_open2(c, codec, NULL) >= 0 && avcodec_send_packet(c, pkt) >= 0 &&
             (avcodec_send_packet(c, NULL), avcodec_receive_frame(c, frame)) >= 0;
    }
    if (ok) {
        p->frame = frame;
        p->key = true;
        frame = NULL;
    } else {
        free(p);
        p = NULL;
    }
    av_frame_free(&frame);
    av_packet_free(&pkt);
    avcodec_free_context(&c);
    return p;
}
