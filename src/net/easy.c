#include "net/easy.h"

#include "base/str.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

/* Headers that tell nothing secret, so they may follow to other hosts. */
static const char *const harmless[] = {
    "Accept:", "Accept-Language:", "Content-Type:", "User-Agent:", "Referer:", "Origin:"};

bool sc_net_same_site(const char *home, const char *url)
{
    if (!home)
        return false;
    if (sc_url_same_origin(home, url))
        return true;
    if (!sc_str_starts(home, "http://") || !sc_str_starts(url, "https://"))
        return false;
    /* The same host with its default ports, now encrypted. */
    char *upgraded = sc_strf("https%s", home + 4);
    bool same = upgraded && sc_url_same_origin(upgraded, url);
    free(upgraded);
    return same;
}

static bool is_harmless(const char *header)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        if (curl_strnequal(header, harmless[i], strlen(harmless[i])))
            return true;
    return false;
}

/* A page's address is told to other hosts without its query, which may hold secrets. */
static struct curl_slist *append(struct curl_slist *list, const char *header, bool home)
{
    static const char referer[] = "Referer:";
    size_t n = strcspn(header, "?#");
    if (home || !header[n] || !curl_strnequal(header, referer, sizeof referer - 1))
        return curl_slist_append(list, header);
    char *bare = sc_strndup(header, n);
    struct curl_slist *more = bare ? curl_slist_append(list, bare) : NULL;
    free(bare);
    return more;
}

static bool add_headers(struct curl_slist **list, const char *const *headers, bool home)
{
    for (size_t i = 0; headers && headers[i]; i++) {
        if (strpbrk(headers[i], "\r\n") || (!home && !is_harmless(headers[i])))
            continue;
        struct curl_slist *more = append(*list, headers[i], home);
        if (!more)
            return false;
        *list = more;
    }
    return true;
}

static bool is_at(const struct sc_http_site *site, const char *url)
{
    return site &&
           (sc_net_same_site(site->url, url) || sc_net_same_site(site->also, url));
}

/* Signed in itself, and ours is for other addresses: then its own is the one that opens
 * it. */
static bool keeps_own(const char *url, const struct sc_http_site *site)
{
    if (!site->resource)
        return false;
    for (size_t i = 0; i < site->n_query; i++) {
        char *value = sc_url_query_value(url, site->query_names[i]);
        bool has = value && *value;
        free(value);
        if (!has)
            return false;
    }
    char *bare = sc_url_without_query(url, site->query_names, site->n_query);
    bool keeps = bare && !sc_url_matches(site->resource, bare);
    free(bare);
    return keeps;
}

static bool set_url(CURL *h, const char *url, const struct sc_http_site *site,
                    bool at_home, char **effective)
{
    char *full =
        at_home && site->n_query && !keeps_own(url, site)
            ? sc_url_with_query(url, site->query_names, site->query_values, site->n_query)
            : sc_strdup(url);
    bool ok = full && curl_easy_setopt(h, CURLOPT_URL, full) == CURLE_OK;
    if (ok && effective)
        *effective = full;
    else
        free(full);
    return ok;
}

/*
 * The file knows which host each cookie is for, but not which port (RFC 6265
 * section 8.5): other services of the home's own host get none.
 */
static void set_cookies(CURL *h, const char *url, const struct sc_http_site *site,
                        bool at_home)
{
    if (site && site->cookie_file && (at_home || !sc_url_same_host(site->url, url)))
        curl_easy_setopt(h, CURLOPT_COOKIEFILE, site->cookie_file);
}

static void set_protocols(CURL *h, bool allow_file)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, allow_file ? "file" : "http,https");
#else
    curl_easy_setopt(h, CURLOPT_PROTOCOLS,
                     allow_file ? CURLPROTO_FILE : CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

bool sc_easy_prepare(CURL *h, const char *url, const char *home_url,
                     const char *const *own, const struct sc_http_site *site,
                     struct curl_slist **headers, char **effective, struct sc_error *err)
{
    struct curl_slist *list = NULL;
    bool at_home = is_at(site, url);
    /* Files are for those who start from one: never because a server says so. */
    bool local = sc_str_starts(home_url, "file://") && sc_str_starts(url, "file://") &&
                 (!site || !site->url || sc_str_starts(site->url, "file://"));
    /* Drops the cookies of the last URL; reset alone keeps them and loses the names. */
    curl_easy_setopt(h, CURLOPT_COOKIEFILE, NULL);
    curl_easy_reset(h);
    if (!add_headers(&list, own, sc_net_same_site(home_url, url)) ||
        !add_headers(&list, site ? site->headers : NULL, at_home) ||
        !set_url(h, url, site, at_home, effective)) {
        curl_slist_free_all(list);
        return sc_fail(err, SC_ERR_MEMORY, "no memory for a request");
    }
    set_protocols(h, local);
    sc_easy_mind_address(h);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_USERAGENT, "scaler/" SC_VERSION);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    /* Where a proxy has its own certificates: as with OpenSSL's own programs. */
    const char *authorities = getenv("SSL_CERT_FILE");
    if (authorities && *authorities)
        curl_easy_setopt(h, CURLOPT_CAINFO, authorities);
    /* Every encoding that curl knows; a range is of the plain bytes only. */
    curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
    set_cookies(h, url, site, at_home);
    if (list)
        curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
    *headers = list;
    return true;
}

char *sc_easy_redirect(CURL *h, const struct sc_http_site *site)
{
    char *location = NULL;
    if (curl_easy_getinfo(h, CURLINFO_REDIRECT_URL, &location) != CURLE_OK || !location)
        return NULL;
    if (!site || !site->n_query || is_at(site, location))
        return sc_strdup(location);
    return sc_url_without_values(location, site->query_names, site->query_values,
                                 site->n_query);
}

int64_t sc_easy_retry_after(CURL *h)
{
    curl_off_t wait = 0;
    if (curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &wait) != CURLE_OK || wait <= 0)
        return -1;
    return (int64_t)wait;
}

bool sc_easy_fail(struct sc_error *err, CURLcode code, const char *url,
                  const char *detail)
{
    char *shown = sc_url_redact(url);
    const char *name = shown ? shown : "the server";
    enum sc_error_code as = SC_ERR_NETWORK;
    if (code == CURLE_OPERATION_TIMEDOUT)
        as = SC_ERR_TIMEOUT;
    else if (code == CURLE_COULDNT_CONNECT && sc_easy_refused_address()) {
        sc_fail(err, SC_ERR_INVALID, "%s is on this machine or a private network", name);
        sc_error_hint(err, "The server fetches from public addresses only, unless "
                           "SCALER_ALLOW_PRIVATE=on.");
        free(shown);
        return false;
    } else if (code == CURLE_OUT_OF_MEMORY)
        as = SC_ERR_MEMORY;
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
        as = SC_ERR_INVALID;
    else if (code == CURLE_FILE_COULDNT_READ_FILE)
        as = SC_ERR_NOT_FOUND;
    sc_fail(err, as, "%s could not be fetched (%s)", name,
            detail && *detail ? detail : curl_easy_strerror(code));
    free(shown);
    if (as == SC_ERR_NETWORK || as == SC_ERR_TIMEOUT)
        sc_error_hint(err, "Check the connection and try again.");
    return false;
}
