/*
 * MPEG-TS (ISO/IEC 13818-1): whole packets, each with its sync byte, and the
 * span of presentation times from the PES headers (section 2.4.3.6).
 */
#include "media/segment_int.h"

enum {
    PACKET = 188,
    SYNC = 0x47,
    MAX_PIDS = 16, /* elementary streams looked at */
    CLOCK = 90000,
};
#define WRAP (INT64_C(1) << 33)

struct pid_times {
    int pid;
    bool video;
    int64_t first, min, max; /* 90 kHz; unwrapped around first */
    int64_t n;               /* PES packets since the first time */
};

/* The payload of a packet that begins a PES packet with a time, or none. */
static struct seg_bytes pes_start(const uint8_t *p)
{
    struct seg_bytes none = {0};
    size_t at = 4;
    if (!(p[1] & 0x40) || !(p[3] & 0x10)) /* payload_unit_start, has payload */
        return none;
    if (p[3] & 0x20)
        at += 1 + (size_t)p[4];
    if (at + 9 > PACKET || p[at] != 0 || p[at + 1] != 0 || p[at + 2] != 1)
        return none;
    return (struct seg_bytes){p + at, PACKET - at};
}

/* 0xBD: AC-3 and other private audio; 0xFD: extended ids. */
static bool is_audio_id(uint8_t id)
{
    return (id >= 0xc0 && id <= 0xdf) || id == 0xbd || id == 0xfd;
}

static bool is_video_id(uint8_t id)
{
    return id >= 0xe0 && id <= 0xef;
}

static struct pid_times *slot_of(struct pid_times *t, int *n, int pid)
{
    for (int i = 0; i < *n; i++)
        if (t[i].pid == pid)
            return &t[i];
    if (*n == MAX_PIDS)
        return NULL;
    t[*n] = (struct pid_times){.pid = pid, .first = -1};
    return &t[(*n)++];
}

static void add_time(struct pid_times *t, int64_t pts)
{
    if (t->first < 0) {
        t->first = t->min = t->max = pts;
        return;
    }
    int64_t d = (pts - t->first) & (WRAP - 1);
    if (d > WRAP / 2)
        d -= WRAP;
    pts = t->first + d;
    t->min = pts < t->min ? pts : t->min;
    t->max = pts > t->max ? pts : t->max;
}

static void read_pes(struct pid_times *t, int *n, const uint8_t *packet)
{
    struct seg_bytes pes = pes_start(packet);
    if (!pes.n || !(is_video_id(pes.p[3]) || is_audio_id(pes.p[3])))
        return;
    struct pid_times *slot = slot_of(t, n, (int)(seg_be16(packet + 1) & 0x1fff));
    if (!slot)
        return;
    bool has_pts = (pes.p[7] & 0x80) && pes.n >= 14;
    if (has_pts) {
        const uint8_t *c = pes.p + 9;
        int64_t pts = (int64_t)(c[0] >> 1 & 7) << 30 | (int64_t)c[1] << 22 |
                      (int64_t)(c[2] >> 1) << 15 | (int64_t)c[3] << 7 | c[4] >> 1;
        add_time(slot, pts);
    }
    slot->video = is_video_id(pes.p[3]);
    slot->n += slot->first >= 0;
}

bool seg_check_ts(struct seg_bytes data, struct sc_segment_check *out,
                  struct sc_error *err)
{
    struct pid_times times[MAX_PIDS];
    int n = 0;
    for (size_t at = 0; at + PACKET <= data.n; at += PACKET) {
        if (data.p[at] != SYNC)
            return sc_fail(err, SC_ERR_MEDIA,
                           "the MPEG-TS data is damaged at byte %zu (no sync byte)", at);
        if (data.p[at + 1] & 0x40)
            read_pes(times, &n, data.p + at);
    }
    if (data.n % PACKET != 0)
        return sc_fail(
            err, SC_ERR_MEDIA,
            "the MPEG-TS data is cut short (%zu bytes are not whole packets of %d)",
            data.n, PACKET);
    const struct pid_times *best = NULL;
    for (int i = 0; i < n; i++) {
        const struct pid_times *t = &times[i];
        if (t->first < 0)
            continue;
        if (!best || t->video > best->video ||
            (t->video == best->video && t->n > best->n))
            best = t;
    }
    out->is_ts = true;
    if (best) {
        out->first_pts_s = (double)best->min / CLOCK;
        if (best->n > 1 && best->max > best->min) {
            double span = (double)(best->max - best->min) / CLOCK;
            out->pts_span_s = span + span / (double)(best->n - 1);
        }
    }
    return true;
}
