/* What scaler-testcdn says to one request. */
#include "cdn.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
    char method[8], path[1024], query[8192];
    char range[64], cookie[8192];
    bool keep_alive, has_secret;
    bool has_range;
    int64_t first, last; /* -1 open; first -1: the last `last` bytes */
};

static void header_value(const char *head, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    out[0] = '\0';
    for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r';
         p = strstr(p + 2, "\r\n")) {
        if (strncasecmp(p + 2, name, n) != 0 || p[2 + n] != ':')
            continue;
        const char *v = p + 2 + n + 1;
        v += strspn(v, " ");
        snprintf(out, size, "%.*s", (int)strcspn(v, "\r"), v);
        return;
    }
}

static void percent_decode(char *s)
{
    char *w = s;
    for (; *s; s++) {
        char hex[3] = {0};
        if (*s == '%' && s[1] && s[2]) {
            memcpy(hex, s + 1, 2);
            *w++ = (char)strtol(hex, NULL, 16);
            s += 2;
        } else {
            *w++ = *s;
        }
    }
    *w = '\0';
}

static bool parse_request(const char *head, struct request *r)
{
    char target[CDN_HEAD_MAX / 2], value[256];
    *r = (struct request){.first = -1, .last = -1};
    if (sscanf(head, "%7s %16383s", r->method, target) != 2 || target[0] != '/')
        return false;
    char *q = strchr(target, '?');
    if (q) {
        *q = '\0';
        snprintf(r->query, sizeof r->query, "%s", q + 1);
    }
    if (strncmp(target, "/__r/", 5) == 0)
        memmove(target, target + 4, strlen(target + 4) + 1);
    snprintf(r->path, sizeof r->path, "%.*s", (int)sizeof r->path - 1, target);
    percent_decode(r->path);
    header_value(head, "Range", r->range, sizeof r->range);
    if (strncmp(r->range, "bytes=", 6) == 0) {
        char *dash = strchr(r->range, '-');
        r->has_range = dash != NULL;
        if (dash && dash != r->range + 6)
            r->first = strtoll(r->range + 6, NULL, 10);
        if (dash && dash[1])
            r->last = strtoll(dash + 1, NULL, 10);
    }
    header_value(head, "Cookie", r->cookie, sizeof r->cookie);
    header_value(head, "Connection", value, sizeof value);
    r->keep_alive = strcasecmp(value, "close") != 0;
    header_value(head, "X-Secret", value, sizeof value);
    r->has_secret = value[0] != '\0';
    return strstr(r->path, "..") == NULL;
}

/* The value of one pair in "a=b&c=d" or "a=b; c=d", percent-decoded. */
static bool pair(const char *list, char separator, const char *name, char *out,
                 size_t size)
{
    size_t n = strlen(name);
    for (const char *p = list; p && *p;) {
        p += strspn(p, " ");
        if (strncmp(p, name, n) == 0 && p[n] == '=') {
            char stop[] = {separator, '\0'};
            snprintf(out, size, "%.*s", (int)strcspn(p + n + 1, stop), p + n + 1);
            percent_decode(out);
            return true;
        }
        p = strchr(p, separator);
        p = p ? p + 1 : NULL;
    }
    return false;
}

static bool signed_right(const struct cdn *s, const struct request *r, bool *any)
{
    static const char *const names[] = {"Key-Pair-Id", "Policy", "Signature"};
    bool right = true;
    *any = false;
    for (int i = 0; i < 3; i++) {
        char value[2048], cookie[64];
        snprintf(cookie, sizeof cookie, "CloudFront-%s", names[i]);
        if (pair(r->query, '&', names[i], value, sizeof value) ||
            pair(r->cookie, ';', cookie, value, sizeof value)) {
            *any = true;
            right = right && strcmp(value, s->opt.sign[i]) == 0;
        } else {
            right = false;
        }
    }
    return right;
}

static bool expired(struct cdn *s)
{
    if (s->opt.renew && !s->renewed) {
        char line[4096] = "";
        FILE *f = fopen(s->opt.renew, "r");
        if (f) {
            s->renewed = fgets(line, sizeof line, f) && cdn_parse_sign(line, s->opt.sign);
            fclose(f);
        }
    }
    if (s->renewed)
        return false;
    return (s->opt.expire_requests >= 0 &&
            s->good_requests >= (unsigned long)s->opt.expire_requests) ||
           (s->opt.expire_ms >= 0 &&
            (cdn_now_s() - s->first_request_s) * 1000 > (double)s->opt.expire_ms);
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".m3u8", "application/vnd.apple.mpegurl"},
        {".ts", "video/mp2t"},
        {".mp4", "video/mp4"},
        {".m4s", "video/mp4"},
        {".aac", "audio/aac"},
        {".html", "text/html"},
        {".json", "application/json"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

static void add_head(struct cdn_conn *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(c->head + c->head_len, sizeof c->head - c->head_len, fmt, ap);
    va_end(ap);
    if (n > 0)
        c->head_len += (size_t)n;
}

static void begin_head(struct cdn *s, struct cdn_conn *c, int status, const char *type)
{
    s->stats.statuses[status]++;
    c->head_len = c->head_sent = 0;
    add_head(c, "HTTP/1.1 %d Answer\r\nContent-Type: %s\r\nAccept-Ranges: bytes\r\n",
             status, type);
}

static void page(struct cdn *s, struct cdn_conn *c, int status, const char *type,
                 const char *text)
{
    begin_head(s, c, status, type);
    c->mem = strdup(text);
    c->left = strlen(text);
}

static void count_path(struct cdn_stats *st, const char *path)
{
    for (size_t i = 0; i < st->n_paths; i++) {
        if (strcmp(st->paths[i].path, path) == 0) {
            st->paths[i].n++;
            return;
        }
    }
    if (st->n_paths < CDN_MAX_PATHS) {
        st->paths[st->n_paths].path = strdup(path);
        st->paths[st->n_paths++].n = 1;
    }
}

static void answer_stats(struct cdn *s, struct cdn_conn *c, bool reset)
{
    char *text = NULL;
    size_t len = 0;
    struct cdn_stats *st = &s->stats;
    FILE *f = open_memstream(&text, &len);
    fprintf(f,
            "{\"requests\":%lu,\"bytes\":%llu,\"max_connections\":%lu,"
            "\"max_active\":%lu,\"signed\":%lu,\"unsigned\":%lu,\"custom_headers\":%lu,"
            "\"statuses\":{",
            st->requests, st->bytes, st->max_connections, st->max_active, st->n_signed,
            st->n_unsigned, st->custom_headers);
    const char *comma = "";
    for (int i = 0; i < 600; i++)
        if (st->statuses[i]) {
            fprintf(f, "%s\"%d\":%lu", comma, i, st->statuses[i]);
            comma = ",";
        }
    fprintf(f, "},\"paths\":{");
    for (size_t i = 0; i < st->n_paths; i++)
        fprintf(f, "%s\"%s\":%lu", i ? "," : "", st->paths[i].path, st->paths[i].n);
    fprintf(f, "}}\n");
    fclose(f);
    if (reset) {
        for (size_t i = 0; i < st->n_paths; i++)
            free(st->paths[i].path);
        *st = (struct cdn_stats){0};
    }
    begin_head(s, c, 200, "application/json");
    st->statuses[200]--;
    c->mem = text;
    c->left = len;
    add_head(c, "Content-Length: %zu\r\n\r\n", len);
}

/* gzip (RFC 1952) with stored blocks: small code, real framing. */
static bool gzip_body(struct cdn_conn *c)
{
    size_t n = c->left, blocks = n / 65535 + 1, out = 0;
    unsigned char *z = malloc(n + blocks * 5 + 18), *raw = malloc(n + 1);
    uint32_t crc = 0xffffffffu;
    if (!z || !raw || pread(c->file, raw, n, (off_t)c->pos) != (ssize_t)n) {
        free(z);
        free(raw);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        crc ^= raw[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
    crc ^= 0xffffffffu;
    memcpy(z, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    out = 10;
    for (size_t at = 0, b = 0; b < blocks; b++) {
        size_t len = n - at < 65535 ? n - at : 65535;
        z[out++] = b + 1 == blocks;
        z[out++] = (unsigned char)len;
        z[out++] = (unsigned char)(len >> 8);
        z[out++] = (unsigned char)~len;
        z[out++] = (unsigned char)(~len >> 8);
        memcpy(z + out, raw + at, len);
        out += len;
        at += len;
    }
    for (int i = 0; i < 4; i++)
        z[out++] = (unsigned char)(crc >> 8 * i);
    for (int i = 0; i < 4; i++)
        z[out++] = (unsigned char)(n >> 8 * i);
    free(raw);
    close(c->file);
    c->file = -1;
    c->mem = (char *)z;
    c->pos = 0;
    c->left = out;
    return true;
}

static struct cdn_fault *find_fault(struct cdn *s, const char *path, bool ranged)
{
    for (size_t i = 0; i < s->opt.n_faults; i++) {
        struct cdn_fault *f = &s->opt.faults[i];
        if (f->left == 0 || (f->ranged && !ranged) || fnmatch(f->glob, path, 0) != 0)
            continue;
        if (f->left > 0)
            f->left--;
        return f;
    }
    return NULL;
}

static bool is(const struct cdn_fault *f, const char *kind)
{
    return f && strcmp(f->kind, kind) == 0;
}

static void redirect(struct cdn *s, struct cdn_conn *c, const struct request *r,
                     const struct cdn_fault *f)
{
    page(s, c, 302, "text/html", "<html>elsewhere</html>");
    if (f->text[0])
        add_head(c, "Location: %s%s\r\n", f->text, r->path);
    else
        add_head(c, "Location: /__r%s%s%s\r\n", r->path, r->query[0] ? "?" : "",
                 r->query);
}

/* Faults that answer without the file. True when that is all. */
static bool early_fault(struct cdn *s, struct cdn_conn *c, const struct request *r,
                        const struct cdn_fault *f)
{
    char *end;
    long status = f ? strtol(f->kind, &end, 10) : 0;
    if (!f)
        return false;
    if (status >= 400 && status < 600 && *end == '\0') {
        page(s, c, (int)status, "text/html", "<html><h1>No.</h1></html>\n");
        if (status == 429)
            add_head(c, "Retry-After: %ld\r\n", f->arg >= 0 ? f->arg : 1);
    } else if (is(f, "html")) {
        page(s, c, 200, "text/html",
             "<!DOCTYPE html><html><h1>Please log in</h1></html>\n");
    } else if (is(f, "empty")) {
        page(s, c, 200, type_of(r->path), "");
    } else if (is(f, "redirect") && !strstr(c->in, " /__r/")) {
        redirect(s, c, r, f);
    } else if (is(f, "hang")) {
        c->end = CDN_HANG;
        c->head_len = 0;
    } else if (is(f, "close")) {
        c->end = CDN_CLOSE;
        c->head_len = 0;
    } else {
        return false;
    }
    return true;
}

/* Faults in the middle of the body, applied to the prepared answer. */
static void late_fault(struct cdn_conn *c, const struct cdn_fault *f, uint64_t *length)
{
    if (is(f, "half")) {
        *length = c->left /= 2;
    } else if (is(f, "cut")) {
        uint64_t keep = c->left * (uint64_t)(f->arg > 0 ? f->arg : 900) / 1000;
        *length = c->left = keep - keep % 188;
    } else if (is(f, "reset") || is(f, "truncate") || is(f, "stall")) {
        c->left /= 2;
        c->end = is(f, "reset") ? CDN_RESET : is(f, "stall") ? CDN_HANG : CDN_CLOSE;
    } else if (is(f, "slow")) {
        c->cap_kbps = f->arg > 0 ? (int)f->arg : 8;
    } else if (is(f, "delay")) {
        c->start_s += (f->arg > 0 ? (double)f->arg : 1000) / 1000;
    } else if (is(f, "corrupt")) {
        c->corrupt_at = (int64_t)(c->pos + c->left / 2);
    }
}

static void serve_file(struct cdn *s, struct cdn_conn *c, const struct request *r,
                       const struct cdn_fault *f)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", s->opt.root, r->path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        page(s, c, 404, "text/html", "<html><h1>Not here.</h1></html>\n");
        return;
    }
    int64_t size = st.st_size, first = 0, last = size - 1;
    bool ranged = r->has_range && !is(f, "ignore-range");
    if (ranged && r->first < 0)
        first = r->last < size ? size - r->last : 0;
    else if (ranged)
        first = r->first;
    if (ranged && r->first >= 0 && r->last >= 0 && r->last < last)
        last = r->last;
    if (ranged && first > last) {
        close(fd);
        page(s, c, 416, "text/html", "<html><h1>No such range.</h1></html>\n");
        return;
    }
    if (ranged && is(f, "wrong-range") && last + 188 < size) {
        first += 188;
        last += 188;
    }
    begin_head(s, c, ranged ? 206 : 200, type_of(r->path));
    if (ranged)
        add_head(c, "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)first,
                 (long long)last, (long long)size);
    c->file = fd;
    c->pos = (uint64_t)first;
    c->left = (uint64_t)(last - first + 1);
    if (is(f, "gzip") && gzip_body(c))
        add_head(c, "Content-Encoding: gzip\r\n");
}

static void finish_head(struct cdn_conn *c, const struct request *r,
                        const struct cdn_fault *f)
{
    uint64_t length = c->left;
    bool head_only = strcmp(r->method, "HEAD") == 0;
    if (c->head_len == 0)
        return;
    late_fault(c, f, &length);
    if (is(f, "chunked")) {
        c->chunked = true;
        add_head(c, "Transfer-Encoding: chunked\r\n");
    } else {
        add_head(c, "Content-Length: %llu\r\n", (unsigned long long)length);
    }
    if (!r->keep_alive && c->end == CDN_KEEP)
        c->end = CDN_CLOSE;
    add_head(c, "%s\r\n", c->end == CDN_CLOSE ? "Connection: close\r\n" : "");
    if (head_only)
        c->left = 0;
}

static void count(struct cdn *s, const struct request *r, bool any_signature)
{
    struct cdn_stats *st = &s->stats;
    st->requests++;
    *(any_signature ? &st->n_signed : &st->n_unsigned) += 1;
    st->custom_headers += r->has_secret;
    count_path(st, r->path);
    s->last_request_s = cdn_now_s();
    if (s->first_request_s == 0)
        s->first_request_s = s->last_request_s;
    s->n_active++;
    if (s->n_active > st->max_active)
        st->max_active = s->n_active;
}

static void write_log(struct cdn *s, const struct cdn_conn *c, const struct request *r,
                      bool any_signature)
{
    if (!s->log)
        return;
    fprintf(s->log, "%.0f %.3s %s %s %s %s\n", (cdn_now_s() - s->first_request_s) * 1000,
            c->head_len > 12 ? c->head + 9 : "-", r->method, r->path,
            r->has_range ? r->range : "-", any_signature ? "signed" : "unsigned");
    fflush(s->log);
}

void cdn_answer(struct cdn *s, struct cdn_conn *c, size_t head_len)
{
    struct request r;
    bool any = false;
    c->busy = true;
    c->file = -1;
    c->pos = c->left = c->sent = 0;
    c->corrupt_at = -1;
    c->chunked = false;
    c->end = CDN_KEEP;
    c->cap_kbps = s->opt.cap_kbps;
    c->start_s = cdn_now_s();
    c->in[head_len - 1] = '\0';
    if (!parse_request(c->in, &r)) {
        s->n_active++;
        page(s, c, 400, "text/html", "<html>?</html>");
        c->end = CDN_CLOSE;
        add_head(c, "Content-Length: %llu\r\nConnection: close\r\n\r\n",
                 (unsigned long long)c->left);
        return;
    }
    if (strcmp(r.path, "/__stats") == 0) {
        s->n_active++;
        answer_stats(s, c, strstr(r.query, "reset") != NULL);
        return;
    }
    c->start_s += s->opt.latency_ms / 1000.0;
    bool gone = s->opt.has_sign && expired(s);
    bool right = signed_right(s, &r, &any);
    count(s, &r, any);
    struct cdn_fault *f = NULL;
    if (s->opt.max_active > 0 && s->n_active > (unsigned long)s->opt.max_active) {
        page(s, c, 429, "text/html", "<html>slow down</html>");
        add_head(c, "Retry-After: 1\r\n");
    } else if (s->opt.has_sign && (gone || !right)) {
        page(s, c, 403, "text/html", "<html><h1>Access denied</h1></html>\n");
    } else {
        s->good_requests++;
        f = find_fault(s, r.path, r.has_range);
        if (!early_fault(s, c, &r, f))
            serve_file(s, c, &r, f);
    }
    finish_head(c, &r, f);
    write_log(s, c, &r, any);
}
