/*
 * scaler-testcdn: a scripted origin server for tests, demo and benchmarks.
 * One thread, poll(2), loopback only, HTTP/1.1 with keep-alive and ranges.
 *
 *   scaler-testcdn --root DIR --port-file F [--port 0] ...
 *
 *   --root DIR               what is served
 *   --port N                 0 (the default): any free one
 *   --port-file F            the port is written there when the server listens
 *   --latency-ms N           wait before the first byte of every answer
 *   --cap-kbps N             kilobytes per second and connection
 *   --max-active N           more answers at once than this get 429
 *   --sign KP:POLICY:SIG     all but /__stats needs these as the query parameters
 *                            Key-Pair-Id, Policy, Signature or as CloudFront-*
 *                            cookies; 403 without
 *   --expire-after-requests N  the signature ends after N good requests
 *   --expire-after-ms N        ... or N ms after the first request
 *   --renew FILE             once it exists, its KP:POLICY:SIG is what counts
 *   --fault KIND[=ARG]:GLOB[:COUNT]   may be repeated; GLOB (fnmatch) is matched
 *                            with the path; the first COUNT requests that match
 *                            get the fault (all of them without COUNT)
 *                            with "ranged-" before KIND: only range requests
 *   --log FILE               one line per request: ms status method path range signed
 *   --idle-exit-s N          ends after so long without a request (default 900)
 *
 * Kinds:
 *   404 403 410 500 502 503 401  that status with a short HTML page
 *   429[=S]      with Retry-After: S (default 1)
 *   reset        half the body, then a TCP reset
 *   truncate     the full Content-Length, half the body, then closed
 *   half         200, half the body, a matching length
 *   cut[=N]      200, N per mille (default 900) of the body in whole MPEG-TS
 *                packets, a matching length
 *   empty        200, no body
 *   html         200 with an HTML page
 *   stall        half the body, then nothing more
 *   hang         the request is read and never answered
 *   close        closed without an answer
 *   slow[=KBPS]  that connection's cap (default 8)
 *   delay[=MS]   first byte later (default 1000)
 *   redirect[=PREFIX]  302 to /__r/<path>?<query> here, or to PREFIX<path> without query
 *   gzip         Content-Encoding: gzip
 *   chunked      Transfer-Encoding: chunked
 *   ignore-range 200 with everything for a range request
 *   wrong-range  206 with the range shifted by 188 bytes, and saying so
 *   corrupt      one byte in the middle is flipped
 *
 * GET /__stats answers JSON: {"requests","bytes","max_connections","max_active",
 * "signed","unsigned","custom_headers","statuses":{"200":n},"paths":{"/x":n}};
 * /__stats?reset does so and starts counting anew.
 */
#ifndef SC_TEST_CDN_H
#define SC_TEST_CDN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    CDN_MAX_CONNECTIONS = 1024,
    CDN_MAX_FAULTS = 64,
    CDN_HEAD_MAX = 32768,
    CDN_MAX_PATHS = 16384,
};

struct cdn_fault {
    char kind[16], glob[256];
    bool ranged; /* strikes range requests only */
    long arg, left; /* -1 = not given / without end */
    char text[256]; /* the argument as text */
};

struct cdn_path_count {
    char *path;
    unsigned long n;
};

struct cdn_stats {
    unsigned long requests, max_connections, max_active, n_signed, n_unsigned;
    unsigned long custom_headers, statuses[600];
    unsigned long long bytes;
    struct cdn_path_count paths[CDN_MAX_PATHS];
    size_t n_paths;
};

struct cdn_options {
    const char *root, *port_file, *renew, *log_path;
    int port, latency_ms, cap_kbps, max_active, idle_exit_s;
    long expire_requests, expire_ms;
    char sign[3][1024];
    bool has_sign;
    struct cdn_fault faults[CDN_MAX_FAULTS];
    size_t n_faults;
};

/* After the answer's last byte. */
enum cdn_end { CDN_KEEP, CDN_CLOSE, CDN_RESET, CDN_HANG };

struct cdn_conn {
    int fd;
    char in[CDN_HEAD_MAX];
    size_t in_len;
    bool busy;      /* an answer is being sent */
    double start_s; /* its first byte may go */
    int cap_kbps;
    char head[2048];
    size_t head_len, head_sent;
    int file;                 /* -1: the body is mem */
    char *mem;                /* owned */
    uint64_t pos, left, sent; /* of the body; all of it counted in sent */
    int64_t corrupt_at;       /* file offset of the byte to flip, -1 none */
    bool chunked;
    enum cdn_end end;
};

struct cdn {
    struct cdn_options opt;
    struct cdn_stats stats;
    struct cdn_conn *conns[CDN_MAX_CONNECTIONS];
    size_t n_conns;
    unsigned long n_active;
    unsigned long good_requests;
    double first_request_s, last_request_s;
    FILE *log;
    bool renewed;
};

double cdn_now_s(void);
/* cdn_options.c */
bool cdn_parse_options(struct cdn_options *o, int argc, char **argv);
bool cdn_parse_sign(const char *text, char out[3][1024]);
/* cdn_answer.c: c->in starts with a whole head of head_len bytes. */
void cdn_answer(struct cdn *s, struct cdn_conn *c, size_t head_len);

#endif
