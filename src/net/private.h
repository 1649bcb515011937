/*
 * Keeps a process from talking to the machine itself and its neighbours: for
 * workers of the service, whose addresses come from other people. Checked where
 * the socket is opened, behind name resolution and redirects, so that a name
 * that changes its address (DNS rebinding) does not get around it.
 */
#ifndef SC_NET_PRIVATE_H
#define SC_NET_PRIVATE_H

#include <stdbool.h>
#include <sys/socket.h>

/* From now on every transfer of this process; before threads. */
void sc_net_refuse_private(void);
/* Loopback, link-local, private, carrier-grade, multicast, unspecified, or unknown.
 * RFC 6890; IPv4 addresses inside IPv6 ones as well. */
bool sc_net_is_private(const struct sockaddr *address);
/* A host as written in a URL: an address of that kind, or a name for it. */
bool sc_net_host_is_private(const char *host);

#endif
