"""Where secrets go: two servers that write down every request they get. The
signature, --header values and cookies reach the stream's own server with every
request, and no other one, whatever playlists and redirects say."""
import http.server
import os
import threading
import urllib.parse

import harness
from harness import run, write
from test_add import ONLY_DOWNLOAD, SECRETS, make_stream, options

HEADER, COOKIE, BEARER = "HEADERSECRET111", "COOKIESECRET222", "BEARERSECRET333"
ALL = (*SECRETS, HEADER, COOKIE, BEARER)


class Recorder:
    """Serves a folder; redirects[path] answers with a Location that may use {query}."""

    def __init__(self, root, redirects=None, texts=None):
        self.seen, self.redirects, self.texts = [], redirects or {}, texts or {}
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __init__(self, *args):
                super().__init__(*args, directory=root)

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                outer.seen.append((self.path, self.headers.as_string()))
                if url.path in outer.redirects:
                    to = outer.redirects[url.path].replace("{query}", url.query)
                    self.answer(302, b"elsewhere", Location=to)
                elif url.path in outer.texts:
                    self.answer(200, outer.texts[url.path].encode())
                else:
                    super().do_GET()

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()

    def text(self):
        return "\n".join(urllib.parse.unquote(path) + "\n" + head for path, head in self.seen)


def add(base, path="/index.m3u8"):
    cookies = write("cookies.txt", "# Netscape HTTP Cookie File\n"
                    f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t{COOKIE}\n")
    return run("add", base + path, *options(SECRETS), "-H", f"X-Secret: {HEADER}",
               "-H", f"Authorization: Bearer {BEARER}", "-H", "User-Agent: lecture/1",
               "-H", f"Referer: https://lms.example/page?t={HEADER}",
               "--cookie-file", cookies, *ONLY_DOWNLOAD, code=0)


def check(home, away, at_least):
    for path, head in home.seen:
        both = urllib.parse.unquote(path) + head
        missing = [s for s in ALL if s not in both]
        assert not missing, (path, missing)
    assert len(away.seen) >= at_least, away.seen
    told = [s for s in ALL if s in away.text()]
    assert not told, f"told to another host: {told}\n{away.text()[:2000]}"
    assert "lecture/1" in away.text(), "harmless headers go along"
    assert "https://lms.example/page\n" in away.text().replace("\r", "")


def test_redirects_that_copy_the_query():
    make_stream()
    with Recorder("www") as away:
        hops = {f"/data00000{i}.ts": f"{away.base}/data00000{i}.ts?{{query}}" for i in (1, 2)}
        hops["/data000003.ts"] = f"{away.base}/data000003.ts"
        hops["/data000004.ts"] = "/data000005.ts?{query}"  # stays at home
        with Recorder("www", hops) as home:
            home.redirects["/data000004.ts"] = "/again/data000004.ts?{query}"
            home.texts["/again/data000004.ts"] = ""
            home.redirects["/again/data000004.ts"] = "/copy4.ts"
            os.link("www/data000004.ts", "www/copy4.ts")
            add(home.base)
            check(home, away, 3)


def test_redirected_playlists_and_foreign_segments():
    make_stream()
    with open("www/index.m3u8") as f:
        text = f.read()
    with Recorder("www") as away:
        texts = {"/mixed.m3u8": text.replace("data000002.ts", f"{away.base}/data000002.ts")
                 .replace("data000004.ts", f"//127.0.0.1:{away.port}/data000004.ts"),
                 "/master.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nmoved.m3u8\n"}
        with Recorder("www", {"/moved.m3u8": f"{away.base}/index.m3u8?{{query}}"}, texts) as home:
            add(home.base, "/mixed.m3u8")
            check(home, away, 2)
            away.seen.clear()
            add(home.base, "/master.m3u8")
            check(home, away, 7)


def test_a_redirect_keeps_what_is_not_ours():
    """A location signed for the other host is followed as it is."""
    make_stream()
    with Recorder("www") as away:
        own = "Policy=THEIRS&Signature=ALSOTHEIRS&Key-Pair-Id=THEIRKEY"
        with Recorder("www", {"/data000001.ts": f"{away.base}/data000001.ts?{own}"}) as home:
            add(home.base)
            check(home, away, 1)
            assert away.seen[0][0].endswith(own), away.seen


if __name__ == "__main__":
    harness.main()
