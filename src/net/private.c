#include "net/private.h"

#include "base/str.h"
#include "net/easy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static atomic_bool refuse; /* set once, before threads */
static _Thread_local bool refused;
static _Thread_local unsigned refusals; /* since the thread's start */

static const struct {
    uint32_t net, mask;
} private_nets[] = {
    {0x00000000, 0xFF000000}, /* 0.0.0.0/8 */
    {0x0A000000, 0xFF000000}, /* 10.0.0.0/8 */
    {0x64400000, 0xFFC00000}, /* 100.64.0.0/10 */
    {0x7F000000, 0xFF000000}, /* 127.0.0.0/8 */
    {0xA9FE0000, 0xFFFF0000}, /* 169.254.0.0/16 */
    {0xAC100000, 0xFFF00000}, /* 172.16.0.0/12 */
    {0xC0000000, 0xFFFFFF00}, /* 192.0.0.0/24 */
    {0xC0A80000, 0xFFFF0000}, /* 192.168.0.0/16 */
    {0xC6120000, 0xFFFE0000}, /* 198.18.0.0/15 */
    {0xE0000000, 0xE0000000}, /* multicast and above */
};

static bool is_private_v4(uint32_t a)
{
    for (size_t i = 0; i < sizeof private_nets / sizeof private_nets[0]; i++)
        if ((a & private_nets[i].mask) == private_nets[i].net)
            return true;
    return false;
}

static bool is_private_v6(const unsigned char *b)
{
    static const unsigned char zero[12] = {0};
    static const unsigned char nat64[12] = {0, 0x64, 0xFF, 0x9B};
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    uint32_t last =
        (uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15];
    if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0 ||
        memcmp(b, zero, 12) == 0)
        return is_private_v4(last);   /* :: and ::1 are 0.0.0.x */
    if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
        return is_private_v4((uint32_t)b[2] << 24 | (uint32_t)b[3] << 16 |
                             (uint32_t)b[4] << 8 | b[5]);
    return (b[0] & 0xFE) == 0xFC ||                   /* unique local */
           (b[0] == 0xFE && (b[1] & 0x80) == 0x80) || /* link-local, site-local */
           b[0] == 0xFF;                              /* multicast */
}

bool sc_net_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_private_v4(
            ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return is_private_v6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return true;
}

bool sc_net_host_is_private(const char *host)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    size_t n = strlen(host);
    char bare[64];
    if (sc_str_ieq(host, "localhost") || sc_str_ieq(host, "localhost.") ||
        (n > 10 && sc_str_ieq(host + n - 10, ".localhost")))
        return true;
    if (host[0] == '[' && n > 2 && n < sizeof bare) {
        memcpy(bare, host + 1, n - 2);
        bare[n - 2] = '\0';
        host = bare;
    }
    /* inet_aton takes every spelling that a resolver takes: 127.1, 0x7f000001. */
    if (inet_aton(host, &v4.sin_addr))
        return sc_net_is_private((const struct sockaddr *)&v4);
    return inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 &&
           sc_net_is_private((const struct sockaddr *)&v6);
}

void sc_net_refuse_private(void)
{
    atomic_store(&refuse, true);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    (void)user;
    (void)purpose;
    if (sc_net_is_private(&address->addr)) {
        refused = true;
        refusals++;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype, address->protocol);
}

void sc_easy_mind_address(CURL *h)
{
    if (!atomic_load(&refuse))
        return;
    refused = false;
    curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

unsigned sc_easy_refusals(void)
{
    return refusals;
}

bool sc_easy_refused_address(void)
{
    return refused;
}
