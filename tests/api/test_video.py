"""Large files: parts of them, to many at once, to clients that go or never read."""
import os
import random
import socket
import threading
import time

import client  # noqa: F401 - it finds the harness
import harness
from client import Server, error

MB = 1 << 20
PATH = "/content/videos/Big/full_video.mp4"


def make_video(size=24 * MB + 17):
    data = random.Random(5).randbytes(size)
    harness.write("lib/videos/Big/full_video.mp4", data)
    return data


def request(s, extra="", version="1.1", path=PATH):
    return f"GET {path} HTTP/{version}\r\nHost: localhost:{s.port}\r\n{extra}\r\n".encode()


def read_answer(c):
    """Head as {name: value} with the status as "", and all that follows it."""
    got = b""
    while more := c.recv(1 << 20):
        got += more
    head, body = got.split(b"\r\n\r\n", 1)
    first, *lines = head.decode().split("\r\n")
    return {"": first, **{k.lower(): v for k, v in (x.split(": ", 1) for x in lines)}}, body


def ask(s, extra="", version="1.1"):
    with socket.create_connection(("127.0.0.1", s.port), timeout=60) as c:
        c.sendall(request(s, extra, version))
        return read_answer(c)


def test_parts_and_the_whole():
    data = make_video()
    n = len(data)
    with Server() as s:
        head, body = ask(s)
        assert head[""] == "HTTP/1.1 200 OK" and body == data
        assert head["content-length"] == str(n) and head["content-type"] == "video/mp4"
        assert head["connection"] == "close" and head["accept-ranges"] == "bytes"
        assert head["x-request-id"].startswith("r_") and head["x-content-type-options"] == "nosniff"
        assert time.strptime(head["date"], "%a, %d %b %Y %H:%M:%S GMT")
        for first, last in ((0, n - 1), (1, n - 1), (7 * MB + 3, 7 * MB + 2 + 4 * MB), (0, 4 * MB - 1),
                            (0, 4 * MB - 2), (5, 9), (n - 5 * MB, n - 1)):
            head, body = ask(s, f"Range: bytes={first}-{last}\r\nConnection: close\r\n")
            assert head[""] == "HTTP/1.1 206 Partial Content", head
            assert head["content-range"] == f"bytes {first}-{last}/{n}"
            assert int(head["content-length"]) == len(body) and body == data[first:last + 1]
        head, body = ask(s, "Range: bytes=-6000000\r\n")
        assert body == data[-6000000:]
        head, body = ask(s, version="1.0")
        assert head["connection"] == "close" and body == data
        etag = head["etag"]
        assert s.ask("GET", PATH, headers={"If-None-Match": etag}).status == 304
        h = s.ask("HEAD", PATH)
        assert h.status == 200 and h.body == b"" and int(h.headers["content-length"]) == n
        # The dashboard in development reads the answer's headers from another origin.
        head, _ = ask(s, "Origin: http://localhost:5173\r\n")
        assert head["access-control-allow-origin"] == "http://localhost:5173"
        error(s.ask("GET", PATH, headers={"Origin": "https://evil.example"}), 403)
        assert f"GET {PATH} 200" in s.text() and "(cut)" not in s.text()


def test_more_at_once_than_there_are_threads():
    data = make_video()
    with Server() as s:
        wrong = []

        def read(k):
            first = k * 300000
            try:
                head, body = ask(s, f"Range: bytes={first}-\r\nConnection: close\r\n")
                if body != data[first:]:
                    wrong.append((k, head, len(body)))
            except Exception as e:  # noqa: BLE001
                wrong.append((k, e))
        threads = [threading.Thread(target=read, args=(k,)) for k in range(50)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert not wrong, wrong


def test_clients_that_go_or_never_read():
    make_video()
    idle = []
    with Server() as s:
        for k in range(60):
            c = socket.create_connection(("127.0.0.1", s.port), timeout=60)
            c.sendall(request(s))
            assert c.recv(15) == b"HTTP/1.1 200 OK"
            if k % 2:
                c.close()
            else:
                idle.append(c)
        for _ in range(5):
            assert s.get("/health")["status"] == "healthy"
        head, body = ask(s, "Range: bytes=0-5000000\r\nConnection: close\r\n")
        assert len(body) == 5000001
    # The server has ended though thirty had not read what was for them.
    for c in idle:
        c.close()


def test_a_file_that_shrinks():
    make_video()
    with Server() as s:
        c = socket.create_connection(("127.0.0.1", s.port), timeout=60)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        c.sendall(request(s))
        assert c.recv(15) == b"HTTP/1.1 200 OK"
        os.truncate("lib/videos/Big/full_video.mp4", 1000)
        got = 0
        try:
            while more := c.recv(1 << 20):
                got += len(more)
        except ConnectionError:
            pass
        assert got < 24 * MB
        c.close()
        assert s.get("/health")["status"] == "healthy"


if __name__ == "__main__":
    harness.main()
