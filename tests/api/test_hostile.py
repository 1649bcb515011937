"""Clients that are slow, many, impatient or hostile: the others are still served."""
import io
import json
import os
import resource
import socket
import threading
import time
import zipfile

import client
import harness
from client import Server, error
from harness import write


def many_files(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < n:
        raise harness.Skip(f"only {hard} open files are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, n), hard))


def connect(s):
    return socket.create_connection(("127.0.0.1", s.port), timeout=20)


def test_a_crowd_that_never_finishes_its_requests():
    many_files(4000)
    with Server() as s:
        crowd = []
        for i in range(2300):
            c = connect(s)
            c.send(b"GET /health HTTP/1.1\r\nHost: localhost:%d\r\nX-Slow: " % s.port)
            crowd.append(c)
            if i % 100 == 99:
                assert s.get("/health")["status"] == "healthy"
        for c in crowd[-200:]:
            try:
                c.send(b"x")
            except OSError:
                pass
        assert s.get("/health")["status"] == "healthy"
        assert s.get("/api/recordings")["recordings"] == []
        gone = 0
        for c in crowd:
            c.setblocking(False)
            try:
                gone += c.recv(1) == b""
            except BlockingIOError:
                pass
            except OSError:
                gone += 1
            c.close()
        assert gone > 500, f"only {gone} were cut"


def test_large_bodies_by_many():
    """Bodies that never end are counted together."""
    with Server() as s:
        head = (f"POST /api/download HTTP/1.1\r\nHost: localhost:{s.port}\r\n"
                "Content-Type: application/json\r\nContent-Length: 1048000\r\n\r\n").encode()
        crowd, refused = [], []

        def send():
            c = connect(s)
            crowd.append(c)
            try:
                c.sendall(head + b"[" * 1047000)
            except OSError:
                pass
        threads = [threading.Thread(target=send) for _ in range(90)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for c in crowd:
            try:
                c.sendall(b"[" * 1000)
                c.settimeout(20)
                refused.append(c.recv(65536))
            except OSError:
                refused.append(b"")
            c.close()
        codes = {r.split(b" ")[1] if r.startswith(b"HTTP/1.1 ") else b"cut" for r in refused}
        assert b"429" in codes and codes <= {b"429", b"400", b"cut"}, codes
        assert any(b"Retry-After: " in r for r in refused)
        assert s.get("/health")["status"] == "healthy"


def refusal(ask):
    """Asks from many threads, faster than even a busy machine's limit allows, until one is refused."""
    found, end = [], time.monotonic() + 120

    def go_on():
        while not found and time.monotonic() < end:
            a = ask()
            if a.status == 429:
                found.append(a)
    threads = [threading.Thread(target=go_on) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found, "nothing was refused"
    return found[0]


def test_writes_are_limited_reads_are_not():
    with Server() as s:
        error(s.ask("POST", "/api/jobs/none/cancel", {}), 404)
        a = refusal(lambda: s.ask("POST", "/api/jobs/none/cancel", {}))
        error(a, 429, "rate_limited")
        assert int(a.headers["retry-after"]) >= 1
        assert all(s.ask("GET", "/health").status == 200 for _ in range(1500))


def test_keys_cannot_be_guessed():
    harness.run("keys", "add", "mine", "--scopes", "read", "--library", "lib", code=0)
    with Server() as s:
        bad = {"Authorization": "Bearer scl_" + "0" * 64}
        began = time.monotonic()
        answers = [s.ask("GET", "/api/recordings", headers=bad) for _ in range(60)]
        # Twenty at once, then one in five seconds.
        allowed = 20 + 0.2 * (time.monotonic() - began) + 1
        refused = [a for a in answers if a.status == 429]
        assert answers[0].status == 401 and {a.status for a in answers} == {401, 429}, answers
        assert len(answers) - len(refused) <= allowed, (len(refused), allowed)
        assert int(refused[0].headers["retry-after"]) >= 1
        assert s.get("/api/recordings")["recordings"] == [], "without a key this machine may ask"


def test_a_language_model_that_hangs():
    """Requests that wait for another server keep nobody else waiting."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with Server(OLLAMA_HOST=url, LLM_PROVIDER="ollama") as s:
            done = []
            threads = [threading.Thread(target=lambda: done.append(
                s.ask("GET", "/api/settings/providers").status)) for _ in range(8)]
            for t in threads:
                t.start()
            while deaf_waits(deaf) < 8 and len(done) < 8:
                pass
            before = len(done)
            for _ in range(20):
                assert s.get("/health")["status"] == "healthy"
                assert s.get("/api/recordings")["recordings"] == []
            assert before < 8, "the providers were asked before anybody looked"
            for t in threads:
                t.join(60)
            assert done == [200] * 8, done


waiting = []


def deaf_waits(server):
    server.settimeout(0.05)
    try:
        waiting.append(server.accept())
    except OSError:
        pass
    return len(waiting)


def test_stopping_while_a_request_waits():
    with socket.create_server(("127.0.0.1", 0), backlog=100) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with Server(OLLAMA_HOST=url, LLM_PROVIDER="ollama") as s:
            def ask():
                try:
                    s.ask("GET", "/api/models")
                except Exception:
                    pass
            t = threading.Thread(target=ask)
            t.start()
            deaf.settimeout(20)
            c, _ = deaf.accept()
        c.close()
        t.join(20)


def test_nothing_outside_is_given_away():
    base = "lib/2026-11-20_Out"
    write("secret.txt", "TOPSECRET")
    os.makedirs("private")
    write("private/inner.txt", "TOPSECRET")
    write(f"{base}/metadata.json", json.dumps({"title": "Out", "date": "2026-11-20"}))
    write(f"{base}/lecture_notes.md", "# x\n")
    os.symlink(os.path.abspath("secret.txt"), f"{base}/link.txt")
    os.symlink(os.path.abspath("private"), f"{base}/slides")
    os.symlink("/etc", f"{base}/etc")
    write(f"{base}/..\\..\\evil.txt", "x")
    write("lib/.scaler/keys.json", "[]")
    harness.run("rescan", "--library", "lib", code=0)
    i = harness.run("list", "--ids", "--library", "lib", code=0).out.strip()
    with Server() as s:
        for path in ("link.txt", "slides/inner.txt", "etc/passwd", "../../secret.txt",
                     "%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "....//secret.txt",
                     "%2e%2e%5c%2e%2e%5csecret.txt", "..\\..\\secret.txt", "./lecture_notes.md",
                     "/etc/passwd", "%00", "lecture_notes.md%00.png", "", ".scaler/queue.db",
                     "slides/../../../.scaler/queue.db", "video/../../queue.db"):
            a = s.raw(f"GET /content/{i}/{path} HTTP/1.1\r\nHost: localhost:{s.port}\r\n"
                      "Connection: close\r\n\r\n".encode())
            assert b" 404 " in a.split(b"\r\n")[0] or b" 400 " in a.split(b"\r\n")[0], (path, a)
            assert b"TOPSECRET" not in a and b"root:" not in a, path
        for root in ("videos/../.scaler/queue.db", ".scaler/keys.json", "videos/%2e%2e/x",
                     "..", "videos"):
            a = s.ask("GET", "/content/" + root)
            assert a.status == 404, (root, a)
        z = s.ask("GET", f"/api/export/{i}")
        assert z.status == 200
        archive = zipfile.ZipFile(io.BytesIO(z.body))
        for info in archive.infolist():
            name = info.filename
            assert not name.startswith("/") and ".." not in name.replace("\\", "/").split("/"), name
            assert (info.external_attr >> 16) & 0o170000 != 0o120000, "a link: " + name
            if not name.endswith("/"):
                assert b"TOPSECRET" not in archive.read(name), name
        # What a client calls a file or a lecture leads nowhere either.
        for title in ("../../evil", "/etc/cron.d/x", "a/b\\c", "..", ".", "\u202egpj.exe", "x" * 290,
                      "nul\u0001", "con"):
            a = s.ask("PATCH", f"/api/recordings/{i}", {"title": title})
            assert a.status in (200, 422), (title, a)
            for path in ("../evil", "evil"):
                assert not os.path.exists(path)
            assert s.get("/api/recordings")["recordings"][0]["id"] == i
    assert sorted(os.listdir(".")) == sorted(set(os.listdir(".")) | {"lib", "secret.txt", "private"})


if __name__ == "__main__":
    harness.main()
