/*
 * Live events: one ring buffer, a cursor per client (server-sent events,
 * WHATWG HTML "9.2 Server-sent events"). A client that names its last event id
 * goes on behind it; one that fell out of the ring gets a `reset` event and
 * reloads. Publishing never waits for a client. Safe from any thread.
 */
#ifndef SC_SERVER_EVENTS_H
#define SC_SERVER_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sc_hub;
/* wake(user, client) is called when a client that had nothing to read gets something. */
struct sc_hub *sc_hub_create(void);
void sc_hub_destroy(struct sc_hub *h);
/* `type` as in the supervisor's events. data is borrowed. */
void sc_hub_publish(struct sc_hub *h, const char *type, json_t *data);

struct sc_hub_client;
/* last_id: the id behind which to go on; -1 = from now on. */
struct sc_hub_client *sc_hub_join(struct sc_hub *h, int64_t last_id);
void sc_hub_leave(struct sc_hub_client *c);
/*
 * Copies whole events as stream text. 0: nothing now; then `wake(user)` is
 * called exactly once when there is something, or a comment is due (15 s).
 */
long sc_hub_read(struct sc_hub_client *c, char *out, size_t max, void (*wake)(void *user),
                 void *user);
/* Ends all clients: their next read returns -1. */
void sc_hub_close(struct sc_hub *h);
size_t sc_hub_clients(struct sc_hub *h);

#endif
