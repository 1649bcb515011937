/*
 * The pieces of one run as one byte stream. ID3 tags in front of packed audio
 * (RFC 8216 section 3.4) are taken out: the first one's time tells where the
 * run lies on the MPEG-2 clock.
 */
#include "media/remux_int.h"
#include "media/segment_int.h"

#include <math.h>
#include <string.h>

enum { TS_PACKET = 188 };
/* Packed audio counts its own time: a hole this long must begin a new count. */
static const double PACKED_HOLE_S = 0.2;

static void note_piece(struct remux_io *io)
{
    const struct sc_remux_piece *p = &io->piece;
    size_t slot = io->n_pieces++ % REMUX_PIECES_KEPT;
    io->pieces[slot].pos = io->pos;
    io->pieces[slot].start_s = p->start_s;
    io->pieces[slot].duration_s = p->duration_s;
    io->end_s = p->start_s + p->duration_s;
    io->at = 0;
    size_t tag;
    for (;; io->at += tag) {
        struct seg_bytes rest = {(const uint8_t *)p->data + io->at, p->len - io->at};
        tag = seg_id3_length(rest);
        if (tag == 0)
            break;
        int64_t t = seg_id3_time((struct seg_bytes){rest.p, tag});
        if (io->n_pieces == 1 && t >= 0 && io->id3_90k < 0)
            io->id3_90k = t;
    }
}

/* Fetches the next piece; sets ended or failed. */
static void fetch(struct remux_io *io)
{
    struct sc_remux_piece p = {0};
    if (!io->source->next(io->source->user, &p, &io->err)) {
        io->failed = true;
        if (io->err.code == SC_ERR_OK)
            sc_fail(&io->err, SC_ERR_INTERNAL, "the source of the stream failed");
        return;
    }
    if (p.len == 0)
        io->ended = true;
    io->piece = p;
    io->at = 0;
}

static bool fail(const struct remux_io *io, struct sc_error *err)
{
    if (err && err->code == SC_ERR_OK)
        *err = io->err;
    return false;
}

bool remux_io_begin(struct remux_io *io, bool *none, struct sc_error *err)
{
    if (!io->pending && !io->ended && !io->failed)
        fetch(io);
    if (io->failed)
        return fail(io, err);
    *none = io->ended;
    io->pending = false;
    io->pos = 0;
    io->n_pieces = 0;
    io->id3_90k = -1;
    io->packed = false;
    if (!io->ended)
        note_piece(io);
    return true;
}

/* Makes sure bytes are at hand; false at the end of the run. */
static bool more(struct remux_io *io)
{
    while (!io->failed && !io->ended && !io->pending) {
        if (io->at < io->piece.len)
            return true;
        fetch(io);
        if (io->failed || io->ended)
            break;
        if (io->piece.goes_on)
            continue;
        bool hole = io->packed && fabs(io->piece.start_s - io->end_s) > PACKED_HOLE_S;
        if (io->piece.first_of_run || hole)
            io->pending = true;
        else
            note_piece(io);
    }
    return false;
}

int remux_io_read(void *user, uint8_t *buf, int size)
{
    struct remux_io *io = user;
    if (!more(io))
        return io->failed ? AVERROR_EXTERNAL : AVERROR_EOF;
    size_t n = io->piece.len - io->at;
    if (n > (size_t)size)
        n = (size_t)size;
    memcpy(buf, (const uint8_t *)io->piece.data + io->at, n);
    io->at += n;
    io->pos += (int64_t)n;
    return (int)n;
}

bool remux_io_skip_run(struct remux_io *io, struct sc_error *err)
{
    while (more(io))
        io->at = io->piece.len;
    return !io->failed || fail(io, err);
}

const char *remux_io_sniff(const struct remux_io *io)
{
    const uint8_t *p = (const uint8_t *)io->piece.data + io->at;
    size_t n = io->piece.len - io->at;
    static const char boxes[] = "ftypstypmoofmoovsidxemsgprftmdatfreeskip";
    if (n > TS_PACKET && p[0] == 0x47 && p[TS_PACKET] == 0x47)
        return "mpegts";
    if (n >= 8)
        for (size_t i = 0; i + 4 < sizeof boxes; i += 4)
            if (memcmp(p + 4, boxes + i, 4) == 0)
                return "mp4";
    if (n >= 6 && p[0] == 0x0b && p[1] == 0x77)
        return p[5] >> 3 > 10 ? "eac3" : "ac3"; /* bsid: ETSI TS 102 366 */
    if (n >= 2 && p[0] == 0xff && (p[1] & 0xf6) == 0xf0)
        return "aac";
    if (n >= 2 && p[0] == 0xff && (p[1] & 0xe0) == 0xe0 && (p[1] & 0x06))
        return "mp3";
    return NULL;
}

bool remux_io_piece_at(const struct remux_io *io, int64_t pos, int64_t *begin,
                       double *start_s, double *duration_s)
{
    size_t kept = io->n_pieces < REMUX_PIECES_KEPT ? io->n_pieces : REMUX_PIECES_KEPT;
    for (size_t i = 1; i <= kept; i++) {
        size_t slot = (io->n_pieces - i) % REMUX_PIECES_KEPT;
        if (io->pieces[slot].pos <= pos) {
            *begin = io->pieces[slot].pos;
            *start_s = io->pieces[slot].start_s;
            *duration_s = io->pieces[slot].duration_s;
            return true;
        }
    }
    return false;
}
