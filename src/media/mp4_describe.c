/*
 * libavformat writes a file of one track with the first packets of the real one into
 * memory; the boxes that depend on the codec are taken out of it. Its numbers of bit
 * rates come out right because those packets are said to last as long as their bytes
 * do at the track's average rate.
 */
#include "media/av_util.h"
#include "media/mp4_int.h"

#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <string.h>

enum {
    FILLER_BYTES = 8192,
    H264_FILLER = 12,      /* nal_unit_type, ITU-T H.264 table 7-1 */
    HEVC_FILLER = 38 << 1, /* nal_unit_type FD_NUT, ITU-T H.265 table 7-1 */
};

/* The first box of that name between the bytes, header included; or none. */
static struct mp4_slice find(struct mp4_slice in, const char name[5])
{
    while (in.n >= 8) {
        size_t size = AV_RB32(in.p);
        if (size < 8 || size > in.n)
            break;
        if (memcmp(in.p + 4, name, 4) == 0)
            return (struct mp4_slice){in.p, size};
        in.p += size;
        in.n -= size;
    }
    return (struct mp4_slice){NULL, 0};
}

static struct mp4_slice within(struct mp4_slice box, const char name[5])
{
    return box.n < 8 ? box : find((struct mp4_slice){box.p + 8, box.n - 8}, name);
}

static bool take_boxes(struct mp4_description *d, size_t size)
{
    struct mp4_slice moov = find((struct mp4_slice){d->file, size}, "moov"),
                     trak = within(moov, "trak"), mdia = within(trak, "mdia"),
                     minf = within(mdia, "minf"), stbl = within(minf, "stbl");
    d->tkhd = within(trak, "tkhd");
    d->hdlr = within(mdia, "hdlr");
    d->media_header = within(minf, "vmhd");
    if (d->media_header.n == 0)
        d->media_header = within(minf, "smhd");
    d->dinf = within(minf, "dinf");
    d->stsd = within(stbl, "stsd");
    d->sgpd = within(stbl, "sgpd");
    d->udta = within(moov, "udta");
    return d->tkhd.n > 0 && d->hdlr.n > 0 && d->dinf.n > 0 && d->stsd.n > 0;
}

/* The real packets of NAL units have another form than the parameters may ask for. */
static AVPacket *filler(const AVCodecParameters *par)
{
    bool annex_b = par->extradata_size > 0 && par->extradata[0] != 1;
    AVPacket *p = av_packet_alloc();
    if (!p || av_new_packet(p, 4 + FILLER_BYTES) < 0) {
        av_packet_free(&p);
        return NULL;
    }
    memset(p->data, 0xff, (size_t)p->size);
    AV_WB32(p->data, annex_b ? 1 : FILLER_BYTES);
    p->data[4] = par->codec_id == AV_CODEC_ID_HEVC ? HEVC_FILLER : H264_FILLER;
    p->data[5] = par->codec_id == AV_CODEC_ID_HEVC ? 1 : 0xff;
    return p;
}

static AVPacket *packet(const struct mp4_describe *d, int i)
{
    bool nals =
        d->par->codec_id == AV_CODEC_ID_H264 || d->par->codec_id == AV_CODEC_ID_HEVC;
    return nals ? filler(d->par) : av_packet_clone(d->first[i]);
}

static int write_packets(AVFormatContext *fmt, const struct mp4_describe *d)
{
    int64_t at = 0;
    for (int i = 0; i < d->n_first; i++) {
        AVPacket *p = packet(d, i);
        if (!p)
            return AVERROR(ENOMEM);
        int64_t length = d->bits_per_s > 0
                             ? av_rescale(p->size * INT64_C(8), d->time_base.den,
                                          d->bits_per_s * d->time_base.num)
                             : p->duration;
        p->stream_index = 0;
        p->flags |= AV_PKT_FLAG_KEY;
        p->pts = p->dts = at;
        p->duration = length > 0 ? length : 1;
        at += p->duration;
        int r = av_write_frame(fmt, p);
        av_packet_free(&p);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_stream(AVFormatContext *fmt, const struct mp4_describe *d)
{
    AVStream *st = avformat_new_stream(fmt, NULL);
    if (!st || avcodec_parameters_copy(st->codecpar, d->par) < 0)
        return AVERROR(ENOMEM);
    st->codecpar->codec_tag = 0;
    /* Kept only when the source's samples have that form already. */
    if (d->par->codec_id == AV_CODEC_ID_HEVC &&
        d->par->codec_tag == MKTAG('h', 'v', 'c', '1'))
        st->codecpar->codec_tag = d->par->codec_tag;
    if (d->bits_per_s > 0)
        st->codecpar->bit_rate = d->bits_per_s;
    st->time_base = d->time_base;
    if (d->title && d->title[0])
        return av_dict_set(&fmt->metadata, "title", d->title, 0);
    return 0;
}

static int write_file(AVFormatContext *fmt, const struct mp4_describe *d)
{
    AVDictionary *options = NULL;
    fmt->flags |= AVFMT_FLAG_BITEXACT;
    int r = add_stream(fmt, d);
    if (r < 0)
        return r;
    if (d->par->codec_type == AVMEDIA_TYPE_VIDEO)
        av_dict_set_int(&options, "video_track_timescale", d->time_base.den, 0);
    av_dict_set(&options, "write_tmcd", "0", 0);
    r = avformat_write_header(fmt, &options);
    av_dict_free(&options);
    if (r < 0)
        return r;
    r = write_packets(fmt, d);
    int end = av_write_trailer(fmt);
    return r < 0 ? r : end;
}

/* Without one sample size of their own, PCM needs tables that nothing here writes. */
static bool fits_mp4(const AVOutputFormat *format, enum AVCodecID id)
{
    return av_get_bits_per_sample(id) == 0 &&
           avformat_query_codec(format, id, FF_COMPLIANCE_NORMAL) == 1;
}

bool mp4_describe(const struct mp4_describe *d, struct mp4_description *out,
                  struct sc_error *err)
{
    AVFormatContext *fmt = NULL;
    *out = (struct mp4_description){0};
    if (avformat_alloc_output_context2(&fmt, NULL, "mp4", NULL) < 0)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    const char *name = avcodec_get_name(d->par->codec_id);
    bool fits = fits_mp4(fmt->oformat, d->par->codec_id);
    int r = fits ? avio_open_dyn_buf(&fmt->pb) : AVERROR(EINVAL), size = 0;
    if (r >= 0) {
        r = write_file(fmt, d);
        size = avio_close_dyn_buf(fmt->pb, &out->file);
        fmt->pb = NULL;
    }
    avformat_free_context(fmt);
    bool ok = r >= 0 && take_boxes(out, (size_t)size);
    if (ok)
        return true;
    mp4_description_finish(out);
    if (r == AVERROR(ENOMEM))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    return sc_fail(err, SC_ERR_UNSUPPORTED, "%s cannot be stored in an MP4", name);
}

void mp4_description_finish(struct mp4_description *d)
{
    av_free(d->file);
    *d = (struct mp4_description){0};
}
