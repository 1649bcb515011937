/*
 * MPEG-TS (ISO/IEC 13818-1): whole packets, each with its sync byte and in its
 * turn, and the times of what they carry from the PES headers (section 2.4.3.6).
 * AAC sound is counted frame by frame (ISO/IEC 14496-3 1.A.3), because its end
 * tells to some milliseconds whether something is missing.
 */
#include "media/segment_int.h"

#include <string.h>
#include <sys/mman.h>

enum {
    PACKET = 188,
    SYNC = 0x47,
    MAX_PIDS = 16, /* elementary streams looked at */
    N_PIDS = 8192,
    NULL_PID = 0x1fff,
    CLOCK = 90000,
    NOT_SEEN = 0xff,
    ADTS_HEADER = 7,
};
#define WRAP (INT64_C(1) << 33)

enum sound { SOUND_UNKNOWN, SOUND_ADTS, SOUND_OTHER };

/* ADTS frames of one elementary stream, across packets. */
struct sound_walk {
    enum sound kind;
    int64_t pending; /* time of the PES packet, until a frame begins in it; -1 */
    int64_t base;    /* time of the newest frame that has one */
    double since_s;  /* of the frames from there on */
    double frame_s;
    size_t skip; /* bytes to the next frame */
    uint8_t head[ADTS_HEADER];
    size_t head_n;
};

struct pid_times {
    int pid;
    bool video;
    int64_t first, min, max; /* 90 kHz; unwrapped around first */
    int64_t n;               /* PES packets since the first time */
    int64_t last_dts, least_step, most_step;
    struct sound_walk sound;
};

struct walk {
    struct pid_times times[MAX_PIDS];
    int n;
    uint8_t first[N_PIDS];    /* continuity counters; NOT_SEEN */
    uint8_t counters[N_PIDS]; /* the last ones */
    bool twice[N_PIDS];       /* it came twice */
    bool any;                 /* the beginning of a PES packet */
    unsigned kinds;
    const char *suspect;
};

/* Where the payload of a packet begins; PACKET when it has none. */
static size_t payload_at(const uint8_t *p)
{
    size_t at = 4;
    if (!(p[3] & 0x10))
        return PACKET;
    if (p[3] & 0x20)
        at += 1 + (size_t)p[4];
    return at < PACKET ? at : PACKET;
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

static struct pid_times *find_slot(struct walk *w, int pid)
{
    for (int i = 0; i < w->n; i++)
        if (w->times[i].pid == pid)
            return &w->times[i];
    return NULL;
}

static struct pid_times *make_slot(struct walk *w, int pid)
{
    struct pid_times *slot = find_slot(w, pid);
    if (slot || w->n == MAX_PIDS)
        return slot;
    slot = &w->times[w->n++];
    *slot = (struct pid_times){.pid = pid, .first = -1, .last_dts = -1};
    slot->sound.pending = slot->sound.base = -1;
    return slot;
}

/* The short way round the 33 bits. */
static int64_t step(int64_t from, int64_t to)
{
    int64_t d = (to - from) & (WRAP - 1);
    return d > WRAP / 2 ? d - WRAP : d;
}

static int64_t read_time(const uint8_t *c)
{
    return (int64_t)(c[0] >> 1 & 7) << 30 | (int64_t)c[1] << 22 |
           (int64_t)(c[2] >> 1) << 15 | (int64_t)c[3] << 7 | c[4] >> 1;
}

static void add_time(struct pid_times *t, int64_t pts, int64_t dts)
{
    if (t->first < 0) {
        t->first = t->min = t->max = pts;
    } else {
        pts = t->first + step(t->first, pts);
        t->min = pts < t->min ? pts : t->min;
        t->max = pts > t->max ? pts : t->max;
    }
    if (t->last_dts >= 0) {
        int64_t d = step(t->last_dts, dts);
        t->least_step = t->least_step == 0 || d < t->least_step ? d : t->least_step;
        t->most_step = d > t->most_step ? d : t->most_step;
    }
    t->last_dts = dts;
}

/* ---- sound ---- */

static void begin_frame(struct walk *w, struct sound_walk *s)
{
    static const int rates[16] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                  22050, 16000, 12000, 11025, 8000,  7350};
    const uint8_t *h = s->head;
    int rate = rates[h[2] >> 2 & 15];
    size_t len = (size_t)(h[3] & 3) << 11 | (size_t)h[4] << 3 | h[5] >> 5;
    s->head_n = 0;
    if (h[0] != 0xff || (h[1] & 0xf6) != 0xf0 || rate == 0 || len < ADTS_HEADER) {
        if (s->kind == SOUND_ADTS)
            w->suspect = "its sound is damaged";
        s->kind = SOUND_OTHER;
        return;
    }
    s->kind = SOUND_ADTS;
    s->skip = len - ADTS_HEADER;
    if (s->pending >= 0) {
        s->base = s->pending;
        s->since_s = 0;
        s->pending = -1;
    }
    s->frame_s = 1024.0 * ((h[6] & 3) + 1) / rate;
    s->since_s += s->frame_s;
}

static void walk_sound(struct walk *w, struct sound_walk *s, const uint8_t *p, size_t n)
{
    while (n > 0 && s->kind != SOUND_OTHER) {
        size_t take = s->skip ? s->skip : ADTS_HEADER - s->head_n;
        if (take > n)
            take = n;
        if (s->skip) {
            s->skip -= take;
        } else {
            memcpy(s->head + s->head_n, p, take);
            s->head_n += take;
            if (s->head_n == ADTS_HEADER)
                begin_frame(w, s);
        }
        p += take;
        n -= take;
    }
}

/* ---- packets ---- */

static void read_payload(struct walk *w, const uint8_t *packet, int pid)
{
    size_t at = payload_at(packet);
    const uint8_t *p = packet + at;
    size_t n = PACKET - at;
    struct pid_times *slot;
    bool pes = (packet[1] & 0x40) && n >= 9 && p[0] == 0 && p[1] == 0 && p[2] == 1;
    if (!pes) {
        slot = find_slot(w, pid);
        if (slot && !slot->video && slot->sound.kind == SOUND_ADTS)
            walk_sound(w, &slot->sound, p, n);
        return;
    }
    uint8_t id = p[3];
    w->any = true;
    w->kinds |= (is_video_id(id) ? SC_SEGMENT_VIDEO : 0) |
                (is_audio_id(id) ? SC_SEGMENT_SOUND : 0);
    if (!(is_video_id(id) || is_audio_id(id)) || !(slot = make_slot(w, pid)))
        return;
    if ((p[7] & 0x80) && n >= 14) {
        int64_t pts = read_time(p + 9);
        bool has_dts = (p[7] & 0x40) && n >= 19;
        add_time(slot, pts, has_dts ? read_time(p + 14) : pts);
        slot->sound.pending = pts;
    }
    slot->video = is_video_id(id);
    slot->n += slot->first >= 0;
    size_t head = 9 + (size_t)p[8];
    if (!slot->video && id != 0xbd && head < n)
        walk_sound(w, &slot->sound, p + head, n - head);
    else if (!slot->video)
        slot->sound.kind = SOUND_OTHER;
}

/* Section 2.4.3.3: counts the packets with payload; one may come twice. */
static void check_counter(struct walk *w, const uint8_t *p, int pid)
{
    uint8_t now = p[3] & 15, last = w->counters[pid];
    bool jump_announced = (p[3] & 0x20) && p[4] > 0 && (p[5] & 0x80);
    if (p[1] & 0x80)
        w->suspect = "one of its packets is marked as damaged";
    if (!(p[3] & 0x10) || pid == NULL_PID)
        return;
    bool again = last == now && !w->twice[pid];
    if (last != NOT_SEEN && !jump_announced && !again && now != ((last + 1) & 15))
        w->suspect = "packets are missing in it";
    if (last == NOT_SEEN)
        w->first[pid] = now;
    w->twice[pid] = again;
    w->counters[pid] = now;
}

static const struct pid_times *best_times(const struct walk *w)
{
    const struct pid_times *best = NULL;
    for (int i = 0; i < w->n; i++) {
        const struct pid_times *t = &w->times[i];
        if (t->first < 0)
            continue;
        if (!best || t->video > best->video ||
            (t->video == best->video && t->n > best->n))
            best = t;
    }
    return best;
}

static void tell_sound(const struct walk *w, struct sc_segment_check *out)
{
    for (int i = 0; i < w->n && out->sound_end_s < 0; i++) {
        const struct pid_times *t = &w->times[i];
        const struct sound_walk *s = &t->sound;
        if (t->video || s->kind != SOUND_ADTS || t->first < 0 || s->base < 0)
            continue;
        out->sound_first_s = (double)t->min / CLOCK;
        out->sound_end_s =
            (double)(t->first + step(t->first, s->base)) / CLOCK + s->since_s;
        out->sound_frame_s = s->frame_s;
    }
}

static void tell_times(const struct walk *w, struct sc_segment_check *out)
{
    const struct pid_times *best = best_times(w);
    if (!best)
        return;
    out->first_pts_s = (double)best->min / CLOCK;
    out->first_counter = w->first[best->pid];
    out->last_counter = w->counters[best->pid];
    if (best->n > 1 && best->max > best->min) {
        double span = (double)(best->max - best->min) / CLOCK;
        double frame = span / (double)(best->n - 1);
        out->pts_span_s = span + frame;
        if (best->video && best->least_step > 0 &&
            best->most_step * 2 <= best->least_step * 3)
            out->frame_s = frame;
    }
    tell_sound(w, out);
    if (!best->video && out->sound_end_s > out->first_pts_s) {
        out->pts_span_s = out->sound_end_s - out->first_pts_s;
        out->frame_s = out->sound_frame_s;
    }
}

/* A mapped file counts as memory of ours as long as its pages are not let go. */
static void let_go(struct seg_bytes data, size_t at)
{
    enum { STEP = 8 * 1024 * 1024 };
    if (data.map && at % STEP < PACKET)
        (void)madvise(data.map, at / STEP * STEP, MADV_DONTNEED);
}

bool seg_check_ts(struct seg_bytes data, struct sc_segment_check *out,
                  struct sc_error *err)
{
    struct walk w = {.n = 0};
    memset(w.counters, NOT_SEEN, sizeof w.counters);
    for (size_t at = 0; at + PACKET <= data.n; at += PACKET) {
        const uint8_t *p = data.p + at;
        if (p[0] != SYNC)
            return sc_fail(err, SC_ERR_MEDIA,
                           "the MPEG-TS data is damaged at byte %zu (no sync byte)", at);
        int pid = (int)(seg_be16(p + 1) & 0x1fff);
        check_counter(&w, p, pid);
        if (payload_at(p) < PACKET && pid != NULL_PID)
            read_payload(&w, p, pid);
        let_go(data, at);
    }
    if (data.n % PACKET != 0)
        return sc_fail(
            err, SC_ERR_MEDIA,
            "the MPEG-TS data is cut short (%zu bytes are not whole packets of %d)",
            data.n, PACKET);
    if (!w.any)
        return sc_fail(err, SC_ERR_MEDIA, "its packets hold no video and no sound");
    out->is_ts = true;
    out->kinds = w.kinds;
    tell_times(&w, out);
    for (int i = 0; i < w.n && !w.suspect; i++) {
        const struct sound_walk *s = &w.times[i].sound;
        if (s->kind == SOUND_ADTS && (s->skip || s->head_n))
            w.suspect = "its last frame of sound is cut off";
    }
    out->suspect = w.suspect;
    return true;
}
