/*
 * A large part of a file on a socket, by a thread that does nothing else: the
 * kernel gets it in pieces of megabytes, where the event loop, which must not
 * keep other clients waiting, hands it small ones.
 */
#ifndef SC_SERVER_STREAM_H
#define SC_SERVER_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_stream_job {
    int socket; /* non-blocking; the caller's */
    int file;   /* the caller's */
    const char *head;
    size_t head_len;
    uint64_t offset, length;
    const atomic_bool *stop; /* ends within half a second of being set */
};

/*
 * Sends head and file range, then says that nothing more comes and waits until the
 * client has it all. False: stopped, the client has gone or takes nothing for a
 * minute, or the file is shorter than it was.
 */
bool sc_stream_send(const struct sc_stream_job *job);

#endif
