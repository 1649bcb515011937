/*
 * A track has one description (stsd) for the whole file, set by the first run.
 * Later runs may carry the same codec with other parameters:
 *   - H.264/HEVC: parameter sets then travel inside the samples. These are stored
 *     as NAL units with lengths (ISO 14496-15) whatever form they come in;
 *   - AAC: the description is compared, there is no way to change it inside;
 *   - others pass as they are when the codec is the same.
 */
#include "media/remux_int.h"

#include <inttypes.h>
#include <string.h>

static const char *kind_name(enum remux_kind k)
{
    return k == REMUX_VIDEO ? "video" : "audio";
}

static bool has_nals(enum AVCodecID id)
{
    return id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC;
}

/* The size of the lengths in avcC/hvcC extradata, 0 for Annex B (ISO 14496-15). */
static int nal_length_of(const AVCodecParameters *par)
{
    const uint8_t *e = par->extradata;
    if (!e || par->extradata_size < 7 || e[0] != 1)
        return 0;
    if (par->codec_id == AV_CODEC_ID_H264)
        return (e[4] & 3) + 1;
    return par->extradata_size >= 23 ? (e[21] & 3) + 1 : 0;
}

static bool open_bsf(struct remux_codec *c, const char *name, const AVStream *st,
                     struct sc_error *err)
{
    const AVBitStreamFilter *f = av_bsf_get_by_name(name);
    int r = f ? av_bsf_alloc(f, &c->bsf) : AVERROR_BSF_NOT_FOUND;
    if (r >= 0)
        r = avcodec_parameters_copy(c->bsf->par_in, st->codecpar);
    if (r >= 0) {
        c->bsf->time_base_in = st->time_base;
        r = av_bsf_init(c->bsf);
    }
    return r >= 0 || sc_av_fail(err, r, "cannot convert the %s (%s)",
                                avcodec_get_name(st->codecpar->codec_id), name);
}

/* One packet through the filter, which may hold it back (then *empty). */
static bool run_bsf(AVBSFContext *bsf, AVPacket *pkt, struct sc_error *err)
{
    int r = av_bsf_send_packet(bsf, pkt);
    if (r >= 0)
        r = av_bsf_receive_packet(bsf, pkt);
    if (r == AVERROR(ENOMEM))
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (r < 0) /* a damaged packet: it is dropped, the next may be whole */
        av_packet_unref(pkt);
    return true;
}

static bool set_extradata(AVCodecParameters *par, const uint8_t *data, size_t size,
                          struct sc_error *err)
{
    uint8_t *e = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!e)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    memcpy(e, data, size);
    av_freep(&par->extradata);
    par->extradata = e;
    par->extradata_size = (int)size;
    return true;
}

/* The decoder's description out of the first packet, which the filter finds there. */
static bool described_by(const char *filter, const AVStream *st, const AVPacket *first,
                         AVCodecParameters *par, bool *found, struct sc_error *err)
{
    struct remux_codec tmp = {0};
    size_t size = 0;
    AVPacket *pkt = av_packet_clone(first);
    bool ok = pkt != NULL || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    ok = ok && open_bsf(&tmp, filter, st, err) && run_bsf(tmp.bsf, pkt, err);
    const uint8_t *side =
        ok ? av_packet_get_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA, &size) : NULL;
    *found = side != NULL;
    ok = ok && (!side || set_extradata(par, side, size, err));
    av_bsf_free(&tmp.bsf);
    av_packet_free(&pkt);
    return ok;
}

/* Completes what only packets tell: ADTS headers, parameter sets in the stream. */
static bool complete(AVCodecParameters *par, bool adts, const AVStream *st,
                     const AVPacket *first, struct sc_error *err)
{
    bool found;
    if (has_nals(par->codec_id) && par->extradata_size == 0)
        return described_by("extract_extradata", st, first, par, &found, err);
    if (!adts)
        return true;
    return described_by("aac_adtstoasc", st, first, par, &found, err) &&
           (found || sc_fail(err, SC_ERR_MEDIA, "the AAC audio's header is damaged"));
}

static bool is_adts(const AVCodecParameters *par, const AVPacket *first)
{
    return par->codec_id == AV_CODEC_ID_AAC && par->extradata_size == 0 &&
           first->size >= 7 && first->data[0] == 0xff && (first->data[1] & 0xf6) == 0xf0;
}

static bool same_bytes(const AVCodecParameters *a, const AVCodecParameters *b)
{
    return a->extradata_size == b->extradata_size &&
           (a->extradata_size == 0 ||
            memcmp(a->extradata, b->extradata, (size_t)a->extradata_size) == 0);
}

/* An AAC description up to the optional SBR signalling: object, rate, channels. */
static bool same_aac(const AVCodecParameters *a, const AVCodecParameters *b)
{
    if (same_bytes(a, b))
        return true;
    return a->extradata_size >= 2 && b->extradata_size >= 2 &&
           a->extradata[0] == b->extradata[0] &&
           (a->extradata[1] & 0xf8) == (b->extradata[1] & 0xf8);
}

static bool check_same(const AVCodecParameters *a, const AVCodecParameters *b,
                       enum remux_kind kind, struct sc_error *err)
{
    if (a->codec_id != b->codec_id) {
        sc_fail(err, SC_ERR_UNSUPPORTED, "the %s changes from %s to %s on the way",
                kind_name(kind), avcodec_get_name(a->codec_id),
                avcodec_get_name(b->codec_id));
    } else if (a->codec_id == AV_CODEC_ID_AAC && !same_aac(a, b)) {
        sc_fail(err, SC_ERR_UNSUPPORTED,
                "the AAC audio changes from %d Hz, %d channels to %d Hz, %d channels on "
                "the way",
                a->sample_rate, a->ch_layout.nb_channels, b->sample_rate,
                b->ch_layout.nb_channels);
    } else {
        return true;
    }
    return sc_error_hint(err,
                         "Download the parts before and after it as separate time ranges "
                         "(--from, --to).");
}

bool remux_codec_begin(struct remux_codec *c, enum remux_kind kind, const AVStream *st,
                       const AVPacket *first, struct remux_track *track,
                       struct sc_error *err)
{
    *c = (struct remux_codec){.track = track};
    bool adts = is_adts(st->codecpar, first), first_run = track->par == NULL;
    AVCodecParameters *par = avcodec_parameters_alloc();
    if (!par || avcodec_parameters_copy(par, st->codecpar) < 0) {
        avcodec_parameters_free(&par);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    bool ok = complete(par, adts, st, first, err), nals = has_nals(par->codec_id);
    if (ok && adts)
        ok = open_bsf(c, "aac_adtstoasc", st, err);
    if (ok && par->codec_id == AV_CODEC_ID_VP9) /* hidden pictures join the next one */
        ok = open_bsf(c, "vp9_superframe", st, err);
    c->to_lengths = nals && nal_length_of(par) == 0;
    if (ok && first_run) {
        track->par = par;
        track->rate = st->avg_frame_rate;
        track->nal_length = !nals ? 0 : c->to_lengths ? 4 : nal_length_of(par);
        return true;
    }
    ok = ok && check_same(track->par, par, kind, err);
    if (ok && nals && !c->to_lengths && !same_bytes(track->par, par)) {
        ok = open_bsf(c,
                      par->codec_id == AV_CODEC_ID_H264 ? "h264_mp4toannexb"
                                                        : "hevc_mp4toannexb",
                      st, err);
        c->to_lengths = true;
    }
    avcodec_parameters_free(&par);
    return ok;
}

/* The next start code at or after p: its begin, and where the unit after it begins. */
static const uint8_t *start_code(const uint8_t *p, const uint8_t *end,
                                 const uint8_t **unit)
{
    const uint8_t *begin = p;
    for (const uint8_t *one = p;
         end - one > 0 && (one = memchr(one, 1, (size_t)(end - one))); one++)
        if (one - begin >= 2 && one[-1] == 0 && one[-2] == 0) {
            *unit = one + 1;
            return one - 2;
        }
    *unit = end;
    return end;
}

static void put_length(uint8_t *to, int n, size_t v)
{
    for (int i = n; i-- > 0; v >>= 8)
        to[i] = (uint8_t)v;
}

/* Annex B to units with lengths; a unit never grows by more than one byte. */
static bool to_lengths(AVPacket *pkt, int n, struct sc_error *err)
{
    const uint8_t *end = pkt->data + pkt->size, *unit, *next;
    size_t out = 0;
    AVPacket *to = av_packet_alloc();
    /* Each unit loses a start code of at least 3 bytes and gains at most 4. */
    if (!to || pkt->size > INT32_MAX / 2 ||
        av_new_packet(to, pkt->size + pkt->size / 3 + 16) < 0) {
        av_packet_free(&to);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    start_code(pkt->data, end, &unit);
    while (unit < end) {
        const uint8_t *stop = start_code(unit, end, &next);
        size_t len = (size_t)(stop - unit);
        while (len > 0 &&
               unit[len - 1] == 0) /* trailing zeros belong to the start code */
            len--;
        bool fits = n >= 4 || len < (size_t)1 << (8 * n);
        if (len > 0 && fits) {
            put_length(to->data + out, n, len);
            memcpy(to->data + out + n, unit, len);
            out += (size_t)n + len;
        }
        unit = next;
    }
    av_shrink_packet(to, (int)out);
    if (av_packet_copy_props(to, pkt) < 0) {
        av_packet_free(&to);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    av_packet_unref(pkt);
    av_packet_move_ref(pkt, to);
    av_packet_free(&to);
    return true;
}

bool remux_codec_apply(struct remux_codec *c, AVPacket *pkt, struct sc_error *err)
{
    if (c->bsf && !run_bsf(c->bsf, pkt, err))
        return false;
    if (c->to_lengths && pkt->size > 0 && !to_lengths(pkt, c->track->nal_length, err))
        return false;
    av_packet_free_side_data(pkt);
    return true;
}

void remux_codec_finish(struct remux_codec *c)
{
    av_bsf_free(&c->bsf);
    *c = (struct remux_codec){0};
}
