"""Every route of the wire contract, under both prefixes: good, bad and hostile requests."""
import io
import json
import os
import re
import socket
import subprocess
import time
import zipfile

import client
import harness
from client import Server, error, validate
from harness import write

FOLDER = "2026-11-20_Graphs 3"
SECRET = {"keyPairId": "KPSECRET1", "policy": "UE9MSUNZU0VDUkVU", "signature": "SIGSECRET1"}
EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
STRANGER = "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba"


def make_library():
    base = os.path.join("lib", FOLDER)
    span = {"key": "0" * 64, "language": "en"}
    write(f"{base}/.work/transcription-0123456789/spans.jsonl", "".join(json.dumps(
        span | {"segments": [{"start": a, "end": a + 2, "text": text}]}) + "\n"
        for a, text in ((4, "then"), (1, "first"))) + '{"key": "torn')
    words = "a queue gives the nodes in the order of their distance"
    write(f"{base}/transcript.json", json.dumps({
        "text": words, "chunks": [{"start": 1.5, "end": 6.0, "text": words},
                                  {"start": 6.0, "end": 8.0, "text": "Zebra <b>crossing</b>."}]}))
    write(f"{base}/transcript.md", words + "\n")
    write(f"{base}/lecture_notes.md", "# Graphs 3\n\nNotes about the queue.\n")
    write(f"{base}/viewer.html", "<script>1</script>")
    write(f"{base}/.hidden", "x")
    write(f"{base}/metadata.json", json.dumps({"title": "Graphs 3", "date": "2026-11-20"}))
    write(f"{base}/slides/00_00_02.png", b"\x89PNG\r\n" + bytes(range(256)) * 40)
    write(f"{base}/slides_metadata.json", json.dumps([{
        "filename": "00_00_02.png", "timestamp": 2, "timestamp_display": "00:00:02", "end": 7,
        "ocr_text": "Breadth first search C++"}]))
    write("secret.txt", "SECRET")
    os.symlink(os.path.abspath("secret.txt"), f"{base}/link.txt")
    harness.run("rescan", "--library", "lib", code=0)
    return harness.run("list", "--ids", "--library", "lib", code=0).out.strip()


def test_reading():
    i = make_library()
    with Server() as s:
        for api, done in (("/api", "processed"), ("/api/v1", "complete")):
            h = s.get(f"{api}/health")
            assert h["status"] == "healthy" and re.match(r"\d{4}-\d\d-\d\dT.*Z$", h["timestamp"])
            r, = s.get(f"{api}/recordings")["recordings"]
            assert r["id"] == i and r["date"] == "2026-11-20" and r["title"] == "Graphs 3"
            assert r["status"] == done and r["processed"] is True and r["progress"] == 100, r
            a = r["artifacts"]
            assert a["summary"] is None and a["slides"].endswith("/slides/")
            assert s.get(a["notes"]).body.startswith(b"# Graphs 3")
            c = s.get(f"{api}/recordings/check?title=Graphs%203")
            assert c["exists"] is True and c["status"] == done
            assert s.get(f"{api}/recordings/check?title=Graphs")["exists"] is False
            one = s.get(f"{api}/recordings/{i}")
            assert one["slides"] and one["metadata"]["title"] == "Graphs 3"
            p = s.get(f"{api}/recordings/{i}/transcript/partial")["chunks"]
            assert [(c["start"], c["text"]) for c in p] == [(1, "first"), (4, "then")], p
            t = s.get(f"{api}/recordings/{i}/transcript?from=6")
            assert len(t["chunks"]) == 1, t
            hit = s.get(f"{api}/search?q=zebra")["results"][0]
            assert hit["id"] == i and hit["type"] == "transcript" and "Zebra" in hit["match"]
            assert hit["time"] == 6.0 and "<mark>" in hit["html"] and "<b>" not in hit["html"]
            assert s.get(f"{api}/search?q=C%2B%2B")["results"][0]["thumbnail"].endswith("02.png")
            q = s.get(f"{api}/queue")
            assert q["queue"] == [] and q["history"] == []
            m = s.get(f"{api}/metrics")
            assert m["recordings_count"] == 1 and m["active_downloads"] == 0
            assert isinstance(m["disk_usage_gb"], float) and isinstance(m["uptime_hours"], float)
            models = s.get(f"{api}/models")
            assert models["models"] == models["llm"] and models["llmProvider"] == "builtin"
            p = s.get(f"{api}/settings/providers")
            assert p["ollama"]["connected"] is False and p["openai"]["available"] in (True, False)
            z = s.ask("GET", f"{api}/export/{i}")
            assert z.headers["content-type"] == "application/zip"
            assert z.headers["content-disposition"] == f'attachment; filename="{i}.zip"'
            assert any(n.endswith("lecture_notes.md")
                       for n in zipfile.ZipFile(io.BytesIO(z.body)).namelist())
        text = s.get("/metrics").body.decode()
        assert 'scaler_lectures{status="processed"} 1' in text
        # The Grafana board asks for nothing else.
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        with open(os.path.join(harness.SOURCE, "packaging", "grafana", "scaler.json")) as f:
            asked = [t["expr"] for p in json.load(f)["panels"] for t in p["targets"]]
        names = {n for expr in asked for n in re.findall(r"scaler_\w+", expr)}
        assert names and names <= set(kinds), names - set(kinds)
        assert all(kinds[n] == "counter" for expr in asked for n in re.findall(r"rate\((scaler_\w+)", expr))
        assert s.get("/health")["status"] == "healthy"
        head = s.ask("HEAD", "/health")
        assert head.status == 200 and head.body == b""


def test_not_there():
    make_library()
    with Server() as s:
        for path in ("/nowhere", "/api", "/api/", "/api/v2/health", "/api/nothing", "/recordings",
                     "/api/status/x", "/api/process/x", "/api/recordings/nothing", "/api/jobs/x",
                     "/api/export/nothing", "/content/nothing/x", "/api/recordings/x/transcript",
                     "/api/import/000000000000000000000000", "/api/import/..",
                     "/api/status/" + "x" * 5000):
            error(s.ask("GET", path), 404, "not_found")
        error(s.ask("DELETE", "/api/recordings/2026"), 404)
        error(s.ask("DELETE", "/api/recordings/Graphs"), 404)
        for method, path in (("POST", "/api/recordings"), ("GET", "/api/download"),
                             ("DELETE", "/api/v1/settings"), ("PUT", "/health"),
                             ("BREW", "/api/health")):
            a = s.ask(method, path, "{}", {"Content-Type": "application/json"})
            error(a, 405, "method_not_allowed")
            assert a.headers["allow"]
        for path in ("search", "search?q=", "search?q=x&limit=0", "search?q=x&limit=x",
                     "search?q=x&offset=-1", "recordings/check", "search?q=" + "x" * 2000):
            error(s.ask("GET", "/api/" + path), 422, "invalid")


def test_downloads_that_are_wrong():
    info = {"streamUrl": "http://127.0.0.1:9/a.m3u8"}
    good = {"title": "T", "url": "https://x.example/page", "streamInfo": info}
    with Server(SCALER_ALLOW_PRIVATE="off") as s:
        bad = [({}, "title"), ({"title": "T"}, "streamInfo"), ({**good, "title": ""}, "title"),
               ({**good, "title": " \n "}, "title"),
               ({**good, "title": 5}, "title"), ({**good, "title": None}, "title"),
               ({**good, "title": "x" * 4097}, "title"),
               ({**good, "streamInfo": []}, "streamInfo"), ({**good, "streamInfo": {}}, "streamInfo"),
               ({**good, "streamInfo": {"streamUrl": 5}}, "streamUrl"),
               ({**good, "streamInfo": {"streamUrl": "file:///etc/passwd"}}, "http"),
               ({**good, "streamInfo": {"streamUrl": "ftp://x/a.m3u8"}}, "http"),
               ({**good, "streamInfo": {"streamUrl": "/etc/passwd"}}, "http"),
               ({**good, "streamInfo": {"streamUrl": "https://x.example/a.m3u8", "detectedChunk": "7"}},
                "detectedChunk"),
               ({**good, "startTime": -1}, "startTime"), ({**good, "endTime": "x"}, "endTime"),
               ({**good, "streamInfo": {"streamUrl": "https://x.example/a.m3u8"}, "startTime": 9,
                 "endTime": 5}, "")]
        for body, word in bad:
            j = error(s.ask("POST", "/api/v1/download", body), 422, "invalid")
            assert word in j["detail"], (body, j)
        for url in ("http://127.0.0.1/a.m3u8", "http://localhost/a", "http://127.1/a",
                    "http://0x7f000001/a", "http://[::1]/a", "http://169.254.169.254/latest",
                    "http://10.0.0.1/a", "http://user:pw@192.168.0.1:80/a", "http://[::ffff:127.0.0.1]/a"):
            j = error(s.ask("POST", "/api/download", {**good, "streamInfo": {"streamUrl": url}}), 422)
            assert "private" in j["detail"] or "address" in j["detail"], (url, j)
        # A name that leads here is noticed where the socket is opened.
        name = socket.gethostname()
        try:
            inside = socket.gethostbyname(name)
        except OSError:
            inside = ""
        if inside.startswith(("127.", "10.", "192.168.", "172.")):
            j = s.post("/api/download", {**good, "streamInfo": {"streamUrl": f"http://{name}:9/a.m3u8"}})
            got = s.wait("/api/status/" + j["downloadId"], lambda x: x["status"] == "error", 60)
            assert "private network" in got["error"], got
        for body in ("", "{", "[]", "5", "null", '{"title":"a","title":"b"}', "\xff", '{"title":"\\u0000"}',
                     "[" * 5000):
            error(s.ask("POST", "/api/download", body.encode("latin1"),
                        {"Content-Type": "application/json"}), 400, "usage")
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                     None):
            headers = {"Content-Type": kind} if kind else {}
            error(s.ask("POST", "/api/download", json.dumps(good).encode(), headers), 415)
        error(s.ask("POST", "/api/download", b'{"title":"' + b"x" * (2 << 20) + b'"}',
                    {"Content-Type": "application/json"}), 413, "limit")
        assert s.get("/api/queue")["queue"] == []


def test_titles_as_pages_have_them():
    """Long ones in any script are cut at a character; nobody chose them for us."""
    with Server() as s:
        for n, title in enumerate(("x" * 301, "ग्राफ " * 100, "\U0001f393" * 76, "x" + "é" * 150, "y" * 4096)):
            j = s.post("/api/v1/download", {"title": title, "streamInfo": {
                "streamUrl": f"http://127.0.0.1:9/{n}.m3u8"}})
            kept = s.get("/api/v1/status/" + j["downloadId"])["title"]
            assert title.startswith(kept) and 295 <= len(kept.encode()) <= 300, (title, kept)


def test_processing_that_is_wrong():
    i = make_library()
    with Server() as s:
        outside = os.path.abspath("secret.txt")
        link = os.path.abspath(os.path.join("lib", FOLDER, "link.txt"))
        for path in (outside, "/etc/passwd", "../secret.txt", link, "lib/../secret.txt",
                     os.path.abspath("lib") + "/../secret.txt", "", None, 5):
            error(s.ask("POST", "/api/process", {"title": "T", "videoPath": path}), 422, "invalid")
        inside = os.path.abspath(os.path.join("lib", FOLDER, "lecture_notes.md"))
        error(s.ask("POST", "/api/process", {"title": "T", "videoPath": inside}), 404)
        error(s.ask("POST", "/api/process", {"title": "T"}), 422)
        error(s.ask("POST", "/api/process", {"recordingId": i, "skipNotes": "yes"}), 422)
        for verb in ("cancel", "retry", "pause", "resume", "priority"):
            error(s.ask("POST", f"/api/jobs/none/{verb}", {}), 404)


def test_the_guard():
    make_library()
    with Server() as s:
        def status(request):
            got = s.raw(request.replace("PORT", str(s.port)).encode())
            return int(got.split()[1]) if got else 0
        ok = "Host: localhost:PORT\r\n"
        assert status(f"GET /api/health HTTP/1.1\r\n{ok}\r\n") == 200
        assert status("GET /api/health HTTP/1.1\r\n\r\n") == 400
        assert status(f"GET /api/health HTTP/1.1\r\n{ok}{ok}\r\n") == 400
        assert status("GET /api/health HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n") == 421
        assert status("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n") == 421
        assert status("GET /api/health HTTP/1.1\r\nHost: localhost:5173\r\n\r\n") == 200
        post = f"POST /api/download HTTP/1.1\r\n{ok}Content-Type: application/json\r\n"
        assert status(post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}") == 400
        assert status(post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}") == 400
        assert status(post + "Content-Length: 2\r\nOrigin: a\r\nOrigin: b\r\n\r\n{}") == 400
        assert status(post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n") == 422
        assert status(post + "Content-Length: 99999999999\r\n\r\n{}") == 413
        assert status(f"GET /{'x' * 40000} HTTP/1.1\r\n{ok}\r\n") in (0, 400, 414, 431)
        assert status("nonsense\r\n\r\n") in (0, 400)
        body = {"title": "T"}
        for origin in ("https://evil.example", "null", "http://localhost:3000"):
            error(s.ask("POST", "/api/download", body, {"Origin": origin}), 403)
            error(s.ask("GET", "/api/settings", headers={"Origin": origin}), 403)
            error(s.ask("OPTIONS", "/api/download", headers={"Origin": origin}), 403)
        error(s.ask("POST", "/api/download", body, {"Sec-Fetch-Site": "cross-site"}), 403)
        a = s.ask("OPTIONS", "/api/download", headers={
            "Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Private-Network": "true"})
        assert a.status == 204 and a.headers["access-control-allow-origin"] == "http://localhost:5173"
        assert a.headers["access-control-allow-private-network"] == "true"
        assert "POST" in a.headers["access-control-allow-methods"] and a.headers["vary"] == "Origin"
        a = s.ask("GET", "/api/health", headers={"Origin": "http://localhost:5173"})
        assert a.headers["access-control-allow-origin"] == "http://localhost:5173"


def test_the_first_extension_is_paired():
    body = {"title": "T", "streamInfo": {"streamUrl": "http://127.0.0.1:9/a.m3u8", **SECRET}}
    with Server() as s:
        get = s.ask("GET", "/api/recordings", headers={"Origin": STRANGER})
        assert get.status == 200
        error(s.ask("PUT", "/api/settings", {}, {"Origin": STRANGER}), 403, "not_paired")
        a = s.ask("POST", "/api/download", body, {"Origin": EXTENSION})
        assert a.status == 200 and a.headers["access-control-allow-origin"] == EXTENSION
        for method, path in (("GET", "/api/recordings"), ("POST", "/api/download")):
            j = error(s.ask(method, path, body if method == "POST" else None, {"Origin": STRANGER}), 403,
                      "not_paired")
        assert s.ask("GET", "/api/recordings", headers={"Origin": EXTENSION}).status == 200
        # Another one is added by a code from the dashboard.
        error(s.ask("POST", "/api/pair", {"code": "00000000"}, {"Origin": STRANGER}), 403)
        code = s.post("/api/pair/code", {})["code"]
        wrong = "%08d" % ((int(code) + 1) % 10 ** 8)
        error(s.ask("POST", "/api/pair", {"code": wrong}, {"Origin": STRANGER}), 403)
        key = s.post("/api/pair", {"code": code}, Origin=STRANGER)["key"]
        error(s.ask("POST", "/api/pair", {"code": code}, {"Origin": STRANGER}), 403)
        assert s.ask("GET", "/api/recordings", headers={"Origin": STRANGER}).status == 200
        assert s.get("/api/recordings", Authorization="Bearer " + key) is not None
        error(s.ask("GET", "/api/recordings", headers={"Authorization": "Bearer sk_no"}), 401)
        error(s.ask("PUT", "/api/settings", {}, {"Authorization": "Bearer " + key}), 403)
        with open("lib/.scaler/keys.json") as f:
            assert key not in f.read()
        assert os.stat("lib/.scaler/keys.json").st_mode & 0o777 == 0o600
    with Server() as s:
        assert s.ask("GET", "/api/health", headers={"Origin": EXTENSION}).status == 200
        error(s.ask("GET", "/api/health", headers={"Origin": EXTENSION[:-1] + "a"}), 403)


def test_other_addresses_want_a_key():
    s = Server(host="0.0.0.0")
    try:
        s.start()
        raise RuntimeError("listens without a key")
    except AssertionError as e:
        assert "without a key" in str(e), e
    key = harness.run("keys", "add", "laptop", "--library", "lib", code=0).out.strip()
    admin = harness.run("keys", "add", "me", "--scopes", "admin", "--library", "lib", code=0).out.strip()
    harness.run("keys", "add", "me", "--library", "lib", code=5)
    listed = harness.run("keys", "--library", "lib", code=0).out
    assert "laptop" in listed and key not in listed
    with Server(host="0.0.0.0") as s:
        assert s.get("/health")["status"] == "healthy"
        a = s.ask("GET", "/api/recordings")
        error(a, 401, "unauthorized")
        assert a.headers["www-authenticate"] == "Bearer"
        assert s.get("/api/recordings", Authorization="Bearer " + key) == {"recordings": []}
        assert s.get("/api/recordings", Cookie="scaler_key=" + key) == {"recordings": []}
        error(s.ask("GET", "/api/keys", headers={"Authorization": "Bearer " + key}), 403)
        names = s.get("/api/keys", Authorization="Bearer " + admin)["keys"]
        assert {k["name"] for k in names} == {"laptop", "me"} and key not in json.dumps(names)
        s.post("/api/keys/laptop", None, method="DELETE", Authorization="Bearer " + admin)
        error(s.ask("GET", "/api/recordings", headers={"Authorization": "Bearer " + key}), 401)


def test_settings():
    with Server(LLM_PROVIDER=None) as s:
        j = s.get("/api/settings")
        assert set(j) >= {"llmProvider", "llmModel", "ollamaBaseUrl", "openaiApiKey"}
        assert j["openaiApiKey"] == ""
        s.post("/api/settings", {"llmProvider": "ollama", "llmModel": "m:1",
                                 "ollamaBaseUrl": "http://127.0.0.1:9"}, method="PUT")
        s.post("/api/v1/settings", {"openaiApiKey": "sk-verysecretkey-9876", "OPENAI_BASE_URL":
                                    "http://127.0.0.1:9/v1"}, method="PUT")
        j = s.get("/api/v1/settings")
        assert (j["llmProvider"], j["llmModel"], j["ollamaBaseUrl"]) == ("ollama", "m:1", "http://127.0.0.1:9")
        assert j["openaiApiKey"].endswith("9876") and "verysecret" not in json.dumps(j)
        s.post("/api/settings", {"openaiApiKey": j["openaiApiKey"]}, method="PUT")
        assert s.get("/api/settings")["openaiApiKey"].endswith("9876")
        assert os.stat("lib/.scaler/settings.json").st_mode & 0o777 == 0o600
        error(s.ask("PUT", "/api/settings", {"llmProvider": "nobody"}), 400)
        error(s.ask("PUT", "/api/settings", {"llmProvider": 5}), 400)
        error(s.ask("PUT", "/api/settings", {"ollamaBaseUrl": "gopher://x"}), 422)
        error(s.ask("PUT", "/api/settings", {"SCALER_OUTPUT_DIR": "/"}), 422)
        error(s.ask("PUT", "/api/settings", {"NOTHING": "x"}), 422)
        assert s.get("/api/settings")["llmProvider"] == "ollama"
        assert "verysecret" not in s.text()
    with Server(LLM_PROVIDER=None) as s:
        assert s.get("/api/settings")["llmModel"] == "m:1"
    with Server(LLM_PROVIDER="builtin") as s:
        assert s.get("/api/settings")["llmProvider"] == "builtin"
        s.post("/api/settings", {"llmProvider": "openai"}, method="PUT")
        assert s.get("/api/settings")["llmProvider"] == "openai"


def test_hangup_reads_the_settings_again():
    import signal
    write(".env", "WHISPER_MODEL=base\n")
    with Server(WHISPER_MODEL=None, SCALER_ENV_FILE=os.path.abspath(".env")) as s:
        def model():
            return [x["value"] for x in s.get("/api/settings")["settings"]
                    if x.get("variable", x.get("name")) == "WHISPER_MODEL"]
        write(".env", "WHISPER_MODEL=small\n")
        s.proc.send_signal(signal.SIGHUP)
        end = time.monotonic() + 60
        while "read again" not in s.text() and time.monotonic() < end:
            time.sleep(0.1)
        assert '"small"' in json.dumps(s.get("/api/settings")), s.get("/api/settings")
        write(".env", "WHISPER_DEVICE=nonsense\n")
        s.proc.send_signal(signal.SIGHUP)
        while "not read again" not in s.text() and time.monotonic() < end:
            time.sleep(0.1)
        assert s.get("/health")["status"] == "healthy"


def test_content():
    i = make_library()
    with Server() as s:
        base = f"/content/{i}"
        png = s.ask("GET", f"{base}/slides/00_00_02.png")
        size = len(png.body)
        assert png.headers["content-type"] == "image/png" and png.headers["accept-ranges"] == "bytes"
        etag = png.headers["etag"]
        assert s.ask("GET", f"{base}/slides/00_00_02.png", headers={"If-None-Match": etag}).status == 304
        r = s.ask("GET", f"{base}/slides/00_00_02.png", headers={"Range": "bytes=10-19"})
        assert r.status == 206 and r.body == png.body[10:20]
        assert r.headers["content-range"] == f"bytes 10-19/{size}"
        r = s.ask("GET", f"{base}/slides/00_00_02.png", headers={"Range": "bytes=-5"})
        assert r.body == png.body[-5:]
        r = s.ask("GET", f"{base}/slides/00_00_02.png", headers={"Range": f"bytes={size}-"})
        assert r.status == 416 and r.headers["content-range"] == f"bytes */{size}"
        r = s.ask("GET", f"{base}/slides/00_00_02.png", headers={"Range": "bytes=0-1", "If-Range": '"x"'})
        assert r.status == 200 and len(r.body) == size
        h = s.ask("HEAD", f"{base}/slides/00_00_02.png")
        assert h.status == 200 and h.body == b"" and int(h.headers["content-length"]) == size
        assert "sandbox" in s.ask("GET", f"{base}/viewer.html").headers["content-security-policy"]
        for path in ("../secret.txt", "..%2f..%2fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "/etc/passwd",
                     "slides/../../../secret.txt", "link.txt", ".hidden", "slides", "slides/", "..\\x",
                     "%2fetc%2fpasswd", "slides/%00", ".scaler/catalog.db"):
            a = s.ask("GET", f"{base}/{path}")
            error(a, 404)
            assert b"SECRET" not in a.body
        for path in ("/content/../secret.txt", "/content/..%2f..%2fsecret.txt/x", "/content/.scaler/queue.db",
                     "/content/videos/../.scaler/queue.db", "/content/videos/..%2f.scaler%2fqueue.db"):
            error(s.ask("GET", path), 404)


def test_a_library_of_an_earlier_program():
    """Dated folders and videos by title: the video plays, and goes with its lecture."""
    write("lib/2025-03-01_Tries/transcript.md", "# T\n\ntries share prefixes\n")
    write("lib/2025-03-01_Tries/lecture_notes.md", "# Tries\n")
    write("lib/videos/Tries/full_video.mp4", "video")
    with Server() as s:
        r, = s.get("/api/recordings")["recordings"]
        assert r["videoPath"] == os.path.abspath("lib/videos/Tries/full_video.mp4"), r
        assert s.get(r["artifacts"]["video"]).body == b"video"
        assert s.get(r["artifacts"]["notes"]).body == b"# Tries\n"
        assert os.listdir("lib/videos") == ["Tries"]
        d = s.ask("DELETE", "/api/recordings/" + r["id"]).json()
        assert d["success"] is True and sorted(d["deleted"]) == [
            os.path.abspath("lib/2025-03-01_Tries"), os.path.abspath("lib/videos/Tries")], d
        assert not os.path.exists("lib/videos/Tries")


def test_own_words():
    i = make_library()
    with Server() as s:
        p = f"/api/recordings/{i}"
        j = s.post(p, {"title": "Graphs three", "tags": ["exam", "bfs"], "folder": "DSA/Graphs",
                       "userNotes": "# mine", "edits": {"summary": "better"}}, method="PATCH")
        assert j["title"] == "Graphs three" and j["tags"] == ["exam", "bfs"]
        assert j["userNotes"] == "# mine" and j["edits"] == {"summary": "better"}
        r, = s.get("/api/recordings")["recordings"]
        assert r["title"] == "Graphs three" and r["folder"] == "DSA/Graphs" and r["tags"] == ["exam", "bfs"]
        j = s.post(p, {"edits": {"summary": None, "notes/1": "x"}}, method="PATCH")
        assert j["edits"] == {"notes/1": "x"} and j["userNotes"] == "# mine"
        with open(f"lib/{FOLDER}/lecture_notes.md") as f:
            assert f.read().startswith("# Graphs 3")
        for bad in ({"title": ""}, {"title": 5}, {"tags": "x"}, {"tags": [5]}, {"folder": []},
                    {"edits": []}, {"edits": {"a": 5}}, {"id": "x"}, {"userNotes": 5}):
            error(s.ask("PATCH", p, bad), 422)
        error(s.ask("PATCH", "/api/recordings/none", {"title": "x"}), 404)
        d = s.ask("DELETE", p).json()
        assert d["success"] is True and d["errors"] == [] and d["deleted"], d
        assert s.get("/api/recordings") == {"recordings": []}
        error(s.ask("DELETE", p), 404)


def test_own_words_written_at_once():
    """Edits that come at the same time are all kept."""
    import threading
    lecture = make_library()
    with Server() as s:
        answers = []

        def edit(n):
            a = s.ask("PATCH", f"/api/recordings/{lecture}", {"edits": {f"line {n}": f"text {n}"}})
            answers.append(a.status)

        threads = [threading.Thread(target=edit, args=(n,)) for n in range(24)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert answers == [200] * 24, answers
        assert len(s.get(f"/api/recordings/{lecture}")["edits"]) == 24


def test_two_servers_are_refused():
    with Server() as s:
        other = Server()
        other.log_path = os.path.abspath("other.log")
        try:
            other.start()
            raise RuntimeError("a second server runs")
        except AssertionError as e:
            assert "another server works on this library" in str(e), e
        assert s.get("/health")["status"] == "healthy"


def test_slow_clients_hold_nobody():
    with Server() as s:
        def twenty():
            began = time.monotonic()
            for _ in range(20):
                assert s.get("/health")["status"] == "healthy"
            return time.monotonic() - began
        alone, slow = twenty(), []
        for _ in range(200):
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"POST /api/download HTTP/1.1\r\nHost: localhost:%d\r\nContent-Le" % s.port)
            slow.append(c)
        assert twenty() < 10 + 10 * alone
        for c in slow:
            c.close()


def test_events():
    make_library()
    with Server() as s:
        def listen(**headers):
            c = socket.create_connection(("127.0.0.1", s.port), timeout=20)
            extra = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
            c.sendall(f"GET /api/events HTTP/1.1\r\nHost: localhost:{s.port}\r\n{extra}\r\n".encode())
            return c
        def until(c, word):
            got = b""
            while word not in got:
                more = c.recv(65536)
                assert more, got
                got += more
            return got.decode()
        c = listen()
        until(c, b": here")
        j = s.post("/api/download", {"title": "T", "streamInfo": {"streamUrl": "http://127.0.0.1:9/a.m3u8",
                                                                  **SECRET}})
        s.post(f"/api/jobs/{j['downloadId']}/cancel", {})
        text = until(c, b'"cancelled"')
        ids = [int(x) for x in re.findall(r"id: (\d+)\n", text)]
        assert ids == sorted(set(ids)) and ids and "SECRET" not in text
        c.close()
        c = listen(**{"Last-Event-ID": ids[0]})
        again = until(c, b'"cancelled"')
        assert f"id: {ids[0]}\n" not in again and "event: job" in again
        c.close()
        c = listen(**{"Last-Event-ID": 5})
        until(c, b"event: reset")
        c.close()
        error(s.ask("GET", "/api/events", headers={"Last-Event-ID": "x"}), 422)


if __name__ == "__main__":
    harness.main()
