#include "media/mp4_int.h"

#include <string.h>

enum {
    CHUNK_BYTES =
        1 << 20, /* a new chunk begins after this, so that reading stays local */
    VARINT_BYTES = 10,
};
/* Tables of days; what is longer has failed long before. */
#define MAX_TABLE ((size_t)1 << 31)

void mp4_tables_init(struct mp4_tables *t)
{
    *t = (struct mp4_tables){.samples = SC_BUF_INIT(MAX_TABLE),
                             .chunks = SC_BUF_INIT(MAX_TABLE),
                             .keys = SC_BUF_INIT(MAX_TABLE)};
}

void mp4_tables_finish(struct mp4_tables *t)
{
    sc_buf_finish(&t->samples);
    sc_buf_finish(&t->chunks);
    sc_buf_finish(&t->keys);
}

/* Seven bits a byte, the lowest first. */
static size_t pack(uint8_t *to, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

static uint64_t unpack(const uint8_t *p, size_t *at)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t b = p[(*at)++];
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return v;
    }
}

/* Small numbers of either sign become small ones without. */
static uint64_t fold(int64_t v)
{
    return v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1;
}

static int64_t unfold(uint64_t v)
{
    return v & 1 ? (int64_t) ~(v >> 1) : (int64_t)(v >> 1);
}

static void add_chunk(struct mp4_tables *t, uint64_t at, uint32_t size, bool joins)
{
    t->chunk_bytes += size;
    if (joins && t->n > 0 && t->chunk_bytes <= CHUNK_BYTES) {
        struct mp4_chunk *end =
            (struct mp4_chunk *)(void *)(t->chunks.data + t->chunks.len);
        end[-1].n++;
        return;
    }
    sc_buf_add(&t->chunks, &(struct mp4_chunk){at, 1}, sizeof(struct mp4_chunk));
    t->chunk_bytes = size;
}

bool mp4_tables_add(struct mp4_tables *t, const struct mp4_sample *s, int64_t duration,
                    bool key, uint64_t at, bool joins)
{
    uint8_t b[3 * VARINT_BYTES];
    if (t->n == 0)
        t->first = t->last = *s;
    int64_t step = s->dts - t->last.dts;
    size_t n = pack(b, s->size);
    n += pack(b + n, fold(step - t->step));
    n += pack(b + n, fold(s->offset - t->last.offset));
    sc_buf_add(&t->samples, b, n);
    add_chunk(t, at, s->size, joins);
    t->n++;
    if (key) {
        uint32_t number = (uint32_t)t->n;
        sc_buf_add(&t->keys, &number, sizeof number);
        t->n_keys++;
    }
    t->bytes += s->size;
    int64_t end = s->dts + s->offset + duration;
    if (t->n == 1 || end > t->shown_until)
        t->shown_until = end;
    t->step = step;
    t->last = *s;
    t->last_duration = duration;
    return !t->samples.failed && !t->chunks.failed && !t->keys.failed;
}

bool mp4_next(struct mp4_cursor *c)
{
    const struct mp4_tables *t = c->tables;
    if (c->at >= t->samples.len)
        return false;
    const uint8_t *p = (const uint8_t *)t->samples.data;
    if (c->at == 0)
        c->sample = t->first;
    c->sample.size = (uint32_t)unpack(p, &c->at);
    c->step += unfold(unpack(p, &c->at));
    c->sample.dts += c->step;
    c->sample.offset += unfold(unpack(p, &c->at));
    return true;
}

int64_t mp4_duration(const struct mp4_tables *t)
{
    return t->last.dts - t->first.dts + t->last_duration;
}
