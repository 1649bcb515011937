"""The requests of both earlier generations of clients as they send them: extensions, dashboards
behind their development servers, with the headers that browsers add."""
import json
import os
import time
import urllib.parse

import client
import harness
from client import Server, error

V1 = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
JSON = "application/json; charset=utf-8"
DEV = "http://localhost:5173"
STATES = {"downloading", "downloaded", "queued", "processing", "error", "processed", "complete"}


def extension(origin=V1):
    return {"Origin": origin, "Content-Type": JSON, "Accept": "*/*", "Sec-Fetch-Site": "none",
            "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "User-Agent": "Mozilla/5.0"}


def dashboard(s, proxied=True):
    """A page of Vite's server: through its proxy, with or without changed Host."""
    return {"Host": "localhost:5173" if proxied else f"localhost:{s.port}", "Origin": DEV,
            "Referer": DEV + "/", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin",
            "Accept": "application/json, text/plain, */*", "X-Forwarded-For": "127.0.0.1"}


def follow(s, path, words, end=("complete", "error"), timeout=300):
    """Polls as the clients do; every answer must be one that they understand."""
    last, stop = -1, time.monotonic() + timeout
    while time.monotonic() < stop:
        j = s.get(path)
        assert j["status"] in words, j
        assert isinstance(j["progress"], (int, float)) and 0 <= j["progress"] <= 100, j
        assert j["progress"] >= last or j["status"] == "error", (last, j)
        last = j["progress"]
        assert j["message"] is None or isinstance(j["message"], str)
        for r in s.get("/api/recordings")["recordings"]:
            assert r["status"] in STATES and isinstance(r["processed"], bool), r
            assert r["message"] is None or isinstance(r["message"], str)
            assert r["artifacts"] is None or "notes" in r["artifacts"]
        if j["status"] in end:
            return j
        time.sleep(0.2)
    raise AssertionError(f"{path} stays {j}")


def test_the_first_generation():
    """Extension: POST /api/download with everything; dashboard: polling, process, delete."""
    folder = client.tiny_hls("cdn")
    os.makedirs("work")
    with harness.Cdn(folder) as cdn:
        os.chdir("work")
        with Server("output") as s:
            title = "DSA 12: Graphs / Trees (Live) – Instructor"
            q = "/api/recordings/check?" + urllib.parse.urlencode({"title": title})
            assert s.get(q) == {"exists": False, "status": None, "path": None, "id": None}
            body = {"title": title, "url": cdn.base + "/stream.m3u8", "tabId": 7, "timestamp": 1e12,
                    "streamInfo": {}, "startTime": 0, "endTime": 0, "quality": "auto"}
            a = s.ask("POST", "/api/download", body, extension())
            assert a.status == 200, a
            assert a.headers["access-control-allow-origin"] == V1
            i = a.json()["downloadId"]
            d = follow(s, "/api/status/" + i, ("pending", "downloading", "complete", "error"))
            assert d["status"] == "complete" and d["title"] == title and d["error"] is None, d
            r, = s.get("/api/recordings/", **{"Accept": "application/json"})["recordings"]
            assert r["videoPath"] == d["path"] and r["title"] == title
            assert s.get(q)["exists"] is True
            # The path as older servers wrote it: relative to where they were started.
            relative = os.path.join("output", os.path.relpath(d["path"], s.library))
            assert relative.startswith("output/videos/") and os.path.exists(relative)
            for path in (relative, "./" + relative, os.path.relpath(d["path"], s.library), d["path"]):
                p = s.ask("POST", "/api/process", {
                    "title": title, "videoPath": path, "options": {"skipFrames": True, "other": [1]},
                    "whisperModel": "medium", "ollamaModel": "", "llmModel": None,
                    "skipTranscription": False, "skipNotes": False}, dashboard(s))
                assert p.status == 200 and p.json()["position"] >= 1, (path, p)
            p = p.json()
            assert s.get("/api/queue")["history"] is not None
            j = follow(s, "/api/process/" + p["processId"], ("queued", "processing", "complete", "error"))
            if j["status"] == "error" and "engine" in str(j["error"]):
                raise harness.Skip("no speech engine")
            assert j["status"] == "complete" and j["stage"] == "complete", j
            assert j["title"] == title and os.path.isdir(j["outputDir"])
            r, = s.get("/api/recordings")["recordings"]
            assert r["status"] == "processed" and r["processed"] and r["date"], r
            assert r["artifacts"]["slides"] is None, "skipFrames inside options counts"
            for name in ("notes", "summary", "transcript"):
                text = s.ask("GET", r["artifacts"][name])
                assert text.status == 200 and text.body, name
            h = s.get("/api/queue")["history"]
            assert any(x["processId"] == p["processId"] and x["status"] == "complete" for x in h), h
            e = s.ask("GET", "/api/export/" + urllib.parse.quote(r["id"]),
                      headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
            assert e.status == 200 and e.body[:2] == b"PK"
            gone = s.ask("DELETE", "/api/recordings/" + r["id"], None, dashboard(s))
            assert gone.status == 200 and gone.json()["success"] is True and gone.json()["errors"] == []
            assert gone.json()["deleted"] and s.get("/api/recordings")["recordings"] == []
            error(s.ask("DELETE", "/api/recordings/" + r["id"], None, dashboard(s)), 404)


def test_the_second_generation():
    """The same under /api/v1, by preflights, with states of its own."""
    folder = client.tiny_hls("cdn", 3)
    with harness.Cdn(folder) as cdn, Server() as s:
        for origin, headers in ((V1, "content-type"), (DEV, "content-type,accept")):
            o = s.ask("OPTIONS", "/api/v1/download", None, {
                "Origin": origin, "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": headers,
                "Access-Control-Request-Private-Network": "true"})
            assert o.status in (200, 204), o
            assert o.headers["access-control-allow-origin"] == origin
            assert "POST" in o.headers["access-control-allow-methods"]
            assert "content-type" in o.headers["access-control-allow-headers"].lower()
            assert o.headers["access-control-allow-private-network"] == "true"
        body = {"title": "  Week 2 - Arrays  ", "url": "https://www.scaler.com/academy/mentee-dashboard/class/1/session",
                "streamInfo": {"baseUrl": cdn.base + "/", "streamUrl": cdn.base + "/stream.m3u8",
                               "keyPairId": "", "policy": None, "signature": "", "detectedChunk": 2,
                               "bitrate": 1, "cookies": {}},
                "startTime": None, "endTime": None}
        a = s.ask("POST", "/api/v1/download", body, extension())
        assert a.status == 200, a
        i = a.json()["downloadId"]
        d = follow(s, "/api/v1/status/" + i, ("pending", "downloading", "complete", "error"))
        assert d["status"] == "complete", d
        r, = s.get("/api/v1/recordings")["recordings"]
        p = s.ask("POST", "/api/v1/process", {"title": r["title"], "videoPath": r["videoPath"],
                                              "skipTranscription": True, "skipNotes": True}, dashboard(s))
        assert p.status == 200, p
        j = follow(s, "/api/v1/process/" + p.json()["processId"],
                   ("queued", "processing", "complete", "error"))
        assert j["status"] == "complete", j
        r, = s.get("/api/v1/recordings")["recordings"]
        assert r["status"] == "complete" and r["processed"], r
        assert s.get("/api/recordings")["recordings"][0]["status"] == "processed"
        slides = r["artifacts"]["slides"]
        assert slides.endswith("/slides/")
        meta = s.get(slides.rsplit("slides/", 1)[0] + "slides_metadata.json")
        assert s.ask("GET", slides + meta[0]["filename"]).headers["content-type"] == "image/png"
        video = r["artifacts"]["video"]
        part = s.ask("GET", video, headers={"Range": "bytes=0-", "Sec-Fetch-Dest": "video"})
        assert part.status == 206 and part.headers["content-type"] == "video/mp4"
        head = s.ask("HEAD", video)
        assert head.status == 200 and int(head.headers["content-length"]) == len(part.body)


def test_settings_as_a_form_sends_them():
    with Server(LLM_PROVIDER=None) as s:
        key = "sk-test-1234567890abcdef"
        for api, proxied in (("/api", True), ("/api/v1", False)):
            have = s.get(api + "/settings")
            a = s.ask("PUT", api + "/settings", {**have, "llmProvider": "openai", "llmModel": "m",
                                                 "openaiApiKey": key, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
                      dashboard(s, proxied))
            assert a.status == 200 and a.json()["message"], a
            # The whole answer goes back as it came, the key masked.
            have = s.get(api + "/settings")
            assert key not in json.dumps(have) and have["openaiApiKey"].startswith("***")
            a = s.ask("PUT", api + "/settings", have, dashboard(s, proxied))
            assert a.status == 200, a
            with open("lib/.scaler/settings.json") as f:
                assert key in f.read(), "the mask overwrote the key"
            s.ask("PUT", api + "/settings/", {"openaiApiKey": ""}, dashboard(s, proxied))
        error(s.ask("PUT", "/api/settings", {"llmProvider": "magic"}), 400)
        error(s.ask("PUT", "/api/settings", {"LLM_PROVIDR": "ollama"}), 422)


def test_errors_are_shown():
    """Both generations show `detail` of whatever went wrong."""
    with Server() as s:
        for method, path, body, status in (
                ("POST", "/api/download", {"title": "x", "url": "https://a.example/page", "streamInfo": {}}, 422),
                ("POST", "/api/download", {"title": "x", "url": "https://a.example/page", "streamInfo": None}, 422),
                ("POST", "/api/v1/download/", {"title": "x", "url": ""}, 422),
                ("POST", "/api/process", {"title": "x", "videoPath": "output/videos/none/full_video.mp4"}, 422),
                ("GET", "/api/status/unknown", None, 404), ("GET", "/api/v1/process/unknown/", None, 404),
                ("GET", "/api/search?q=", None, 422), ("DELETE", "/api/v1/recordings/x%2Fy", None, 404)):
            j = error(s.ask(method, path, body, extension()), status)
            assert j["detail"].strip() and "\n" not in j["detail"], j


def test_the_list_is_never_old():
    """It is made once for all who ask; what changes it, here or in another process, shows at once."""
    for n in range(3):
        harness.write(f"lib/2026-11-2{n}_L{n}/metadata.json",
                      json.dumps({"title": f"L{n}", "date": f"2026-11-2{n}"}))
    harness.run("rescan", "--library", "lib", code=0)
    with Server() as s:
        def tags(api):
            return {r["title"]: r["tags"] for r in s.get(api + "/recordings")["recordings"]}
        first = s.get("/api/recordings")["recordings"]
        for turn in range(5):
            assert sorted(tags("/api")) == sorted(tags("/api/v1")) == ["L0", "L1", "L2"]
            s.post("/api/recordings/" + first[0]["id"], {"tags": [str(turn)]}, method="PATCH")
            assert tags("/api")["L2"] == tags("/api/v1")["L2"] == [str(turn)]
        harness.run("rm", first[1]["id"], "--yes", "--library", "lib", code=0)
        assert sorted(tags("/api")) == sorted(tags("/api/v1")) == ["L0", "L2"]
        harness.write("lib/2026-11-25_New/metadata.json", json.dumps({"title": "New", "date": "2026-11-25"}))
        harness.run("rescan", "--library", "lib", code=0)
        assert sorted(tags("/api")) == ["L0", "L2", "New"]


if __name__ == "__main__":
    harness.main()
