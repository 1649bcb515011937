#include "media/remux_int.h"

#include <stdlib.h>

bool pkt_queue_push_take(struct pkt_queue *q, AVPacket *pkt)
{
    if (q->len == q->cap) {
        size_t cap = q->cap ? q->cap * 2 : 64;
        AVPacket **items = malloc(cap * sizeof *items);
        if (!items) {
            av_packet_free(&pkt);
            return false;
        }
        for (size_t i = 0; i < q->len; i++)
            items[i] = q->items[(q->head + i) % q->cap];
        free(q->items);
        q->items = items;
        q->cap = cap;
        q->head = 0;
    }
    q->items[(q->head + q->len++) % q->cap] = pkt;
    q->bytes += pkt->size;
    return true;
}

AVPacket *pkt_queue_pop(struct pkt_queue *q)
{
    if (q->len == 0)
        return NULL;
    AVPacket *pkt = q->items[q->head];
    q->head = (q->head + 1) % q->cap;
    q->len--;
    q->bytes -= pkt->size;
    return pkt;
}

AVPacket *pkt_queue_at(const struct pkt_queue *q, size_t i)
{
    return i < q->len ? q->items[(q->head + i) % q->cap] : NULL;
}

void pkt_queue_finish(struct pkt_queue *q)
{
    for (AVPacket *pkt; (pkt = pkt_queue_pop(q));)
        av_packet_free(&pkt);
    free(q->items);
    *q = (struct pkt_queue){0};
}
