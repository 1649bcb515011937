"""Jobs from the request to the files: downloads, processing, imports, crashes, secrets."""
import glob
import json
import os
import signal
import subprocess
import time

import client
import harness
from client import Server, error

KEY, POLICY, SIGNATURE = "KPSECRET1", "UE9MSUNZU0VDUkVU", "SIGSECRET1"
SECRETS = (KEY, POLICY, SIGNATURE)


def stream(cdn, **more):
    """What the earlier extensions send: everything, null where unknown; the page as url."""
    return {"title": "Binary search", "url": "https://www.scaler.com/class/1/session",
            "streamInfo": {"baseUrl": None, "streamUrl": cdn.base + "/stream.m3u8",
                           "keyPairId": KEY, "policy": POLICY, "signature": SIGNATURE,
                           "detectedChunk": None, **more}, "startTime": None, "endTime": None}


def signed(folder, *options):
    return harness.Cdn(folder, "--sign", f"{KEY}:{POLICY}:{SIGNATURE}", *options)


def no_secrets(server):
    """Not in the log, not in any file of the library but the private queue."""
    texts = [("log", server.text())]
    for path in glob.glob(server.library + "/**/*", recursive=True) + \
            glob.glob(server.library + "/.scaler/**/*", recursive=True):
        if os.path.isfile(path) and "queue.db" not in path and os.path.getsize(path) < 1 << 20:
            with open(path, errors="replace") as f:
                texts.append((path, f.read()))
    for where, text in texts:
        for secret in SECRETS:
            assert secret not in text, (where, secret)
    assert os.stat(server.library + "/.scaler/queue.db").st_mode & 0o777 == 0o600


def answers_without_secrets(s, job):
    for path in (f"/api/status/{job}", f"/api/jobs/{job}", "/api/queue", "/api/recordings", "/api/settings",
                 "/api/metrics", "/metrics", "/api/system"):
        body = s.ask("GET", path).body.decode()
        assert not any(x in body for x in SECRETS), path


def test_a_download_and_its_processing():
    folder = client.tiny_hls("cdn")
    with signed(folder) as cdn, Server() as s:
        a = s.post("/api/download", stream(cdn))
        assert set(a) >= {"downloadId", "message"}
        again = s.post("/api/v1/download", stream(cdn))
        assert again["downloadId"] == a["downloadId"], "the same download twice"
        seen = []
        d = s.wait("/api/status/" + a["downloadId"],
                   lambda j: seen.append(j["status"]) or j["status"] in ("complete", "error"))
        assert d["status"] == "complete" and d["progress"] == 100 and d["error"] is None, d
        assert set(seen) <= {"pending", "downloading", "complete"}
        assert d["path"].endswith("full_video.mp4") and os.path.getsize(d["path"]) > 1000
        assert d["title"] == "Binary search"
        r, = s.get("/api/recordings")["recordings"]
        assert r["status"] == "downloaded" and r["videoPath"] == d["path"] and not r["processed"]
        assert s.get("/api/recordings/check?title=Binary%20search")["exists"]
        answers_without_secrets(s, a["downloadId"])

        p = s.post("/api/process", {"title": "Binary search", "videoPath": d["path"],
                                    "options": {}, "whisperModel": "tiny", "ollamaModel": None,
                                    "skipSlideAnalysis": True})
        assert p["position"] >= 1
        j = s.wait("/api/process/" + p["processId"], lambda j: j["status"] in ("complete", "error"), 300)
        assert j["stage"] in ("complete", None) or j["status"] == "error", j
        log = s.get("/api/jobs/" + p["processId"])
        if j["status"] == "error" and "engine" in json.dumps(log):
            raise harness.Skip("no speech engine: " + str(j["error"]))
        assert j["status"] == "complete" and j["progress"] == 100, (j, log["log"])
        assert os.path.isdir(j["outputDir"])
        q = s.get("/api/queue")
        assert q["queue"] == [] and q["history"][0]["processId"] == p["processId"]
        r, = s.get("/api/recordings")["recordings"]
        assert r["status"] == "processed" and r["processed"] is True, r
        assert s.get("/api/v1/recordings")["recordings"][0]["status"] == "complete"
        video = s.ask("GET", r["artifacts"]["video"], headers={"Range": "bytes=0-99"})
        assert video.status == 206 and len(video.body) == 100
        assert video.headers["content-type"] == "video/mp4"
        assert any(x["name"] == "download" for x in s.get("/api/recordings/" + r["id"])["stages"])
        assert "stages" in s.get("/api/metrics")
        no_secrets(s)


def test_a_signature_ends_and_is_renewed():
    folder = client.tiny_hls("cdn")
    with signed(folder, "--expire-after-requests", "2", "--renew", "renew") as cdn, Server() as s:
        a = s.post("/api/download", stream(cdn))["downloadId"]
        d = s.wait("/api/jobs/" + a, lambda j: j["state"] in ("paused", "done", "failed"))
        assert d["state"] == "paused", d
        old = s.get("/api/status/" + a)
        assert old["status"] == "error" and old["error"], old
        error(s.ask("POST", f"/api/download/{a}/credentials", {}), 422)
        harness.write("renew", "KPNEW1:UE9MTkVX:SIGNEW1")
        s.post(f"/api/download/{a}/credentials",
               {"keyPairId": "KPNEW1", "policy": "UE9MTkVX", "signature": "SIGNEW1"})
        d = s.wait("/api/status/" + a, lambda j: j["status"] in ("complete", "error"))
        assert d["status"] == "complete", d
        answers_without_secrets(s, a)
        no_secrets(s)
        error(s.ask("POST", f"/api/download/{a}/credentials", {"signature": "x"}), 409)


def test_control():
    folder = client.tiny_hls("cdn")
    with signed(folder, "--cap-kbps", "5") as cdn, Server() as s:
        a = s.post("/api/download", stream(cdn))["downloadId"]
        s.wait("/api/jobs/" + a, lambda j: j["state"] == "running" and j["stage"] == "download")
        s.post(f"/api/jobs/{a}/pause", {})
        s.wait("/api/jobs/" + a, lambda j: j["state"] == "paused")
        error(s.ask("POST", f"/api/jobs/{a}/pause", {}), 409, "conflict")
        assert s.post(f"/api/jobs/{a}/resume", {})["state"] in ("waiting", "running")
        assert s.post(f"/api/jobs/{a}/priority", {"priority": 5})["priority"] == 5
        error(s.ask("POST", f"/api/jobs/{a}/priority", {"priority": 500}), 422)
        s.ask("POST", f"/api/jobs/{a}/cancel")
        j = s.wait("/api/jobs/" + a, lambda j: j["state"] in ("cancelled", "done"))
        assert j["state"] == "cancelled" and s.get("/api/status/" + a)["status"] == "error"
        assert s.post(f"/api/jobs/{a}/retry", {})["state"] in ("waiting", "running")


def test_a_title_that_is_changed_meanwhile_stays():
    folder = client.tiny_hls("cdn")
    with signed(folder, "--cap-kbps", "20") as cdn, Server() as s:
        job = s.post("/api/download", stream(cdn))["downloadId"]
        s.wait("/api/jobs/" + job, lambda j: j["progress"] > 0)
        r, = s.get("/api/recordings")["recordings"]
        s.post("/api/recordings/" + r["id"], {"title": "Renamed"}, method="PATCH")
        s.wait("/api/jobs/" + job, lambda j: j["state"] == "done")
        r, = s.get("/api/recordings")["recordings"]
        assert r["title"] == "Renamed" and r["status"] == "downloaded", r


# Takes a span and never says what it heard.
SLOW_ENGINE = r'''#!/usr/bin/env python3
import json, sys, time
def say(**m): print(json.dumps(m), flush=True)
if "--probe" in sys.argv:
    say(type="probe", name="slow", version="1", usable=True); sys.exit()
say(type="ready", name="slow", version="1", model="m", device="cpu")
sys.stdin.buffer.read()
'''


def test_a_cancelled_processing_leaves_its_lecture_as_it_was():
    client.tiny_hls("cdn")
    os.makedirs("in", exist_ok=True)
    for name in ("a", "b"):
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", "cdn/stream.m3u8",
                        "-metadata", "comment=" + name, "-c", "copy", f"in/{name}.mp4"], check=True)
    harness.write("bin/scaler-slow", SLOW_ENGINE)
    os.chmod("bin/scaler-slow", 0o755)
    env = {"SCALER_IMPORT_DIR": os.path.abspath("in"), "SCALER_ENGINE": "slow",
           "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]}
    with Server(**env) as s:
        jobs = {}
        for name in ("a", "b"):
            job = s.post("/api/import", {"path": name + ".mp4"})["jobId"]
            s.wait("/api/jobs/" + job, lambda j: j["state"] == "done")
        for r in s.get("/api/recordings")["recordings"]:
            p = s.post("/api/process", {"title": r["title"], "videoPath": r["videoPath"]})
            jobs[r["id"]] = p["processId"]
        s.wait("/api/queue", lambda q: any(j["state"] == "running" and j["progress"] > 0 for j in q["jobs"]))
        now = {r["id"]: r["status"] for r in s.get("/api/recordings")["recordings"]}
        assert sorted(now.values()) == ["processing", "queued"], now
        # First the one that waits, then the one at work.
        for lecture in sorted(now, key=lambda x: now[x] != "queued"):
            s.ask("POST", f"/api/jobs/{jobs[lecture]}/cancel")
            s.wait("/api/jobs/" + jobs[lecture], lambda j: j["state"] == "cancelled")
            r, = [x for x in s.get("/api/recordings")["recordings"] if x["id"] == lecture]
            assert r["status"] == "downloaded" and r["progress"] == 100, r


def test_killed_and_going_on():
    folder = client.tiny_hls("cdn", 8)
    with signed(folder, "--cap-kbps", "20") as cdn, Server() as s:
        a = s.post("/api/download", stream(cdn))["downloadId"]
        s.wait("/api/jobs/" + a, lambda j: j["state"] == "running" and j["progress"] > 0)
        s.kill()
        s.start()
        assert s.get("/api/jobs/" + a)["attempts"] <= 1
        d = s.wait("/api/status/" + a, lambda j: j["status"] in ("complete", "error"))
        assert d["status"] == "complete", d
        assert len(s.get("/api/recordings")["recordings"]) == 1
        # The child alone: another attempt, the same lecture.
        b = s.post("/api/download", {**stream(cdn), "startTime": 2})["downloadId"]
        s.wait("/api/jobs/" + b, lambda j: j["state"] == "running" and j["progress"] > 0)
        for pid in children(s.proc.pid):
            os.kill(pid, signal.SIGKILL)
        d = s.wait("/api/status/" + b, lambda j: j["status"] in ("complete", "error"))
        assert d["status"] == "complete", d
        no_secrets(s)


def children(pid):
    found = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(task) as f:
            found += [int(x) for x in f.read().split()]
    return found


def make_video(path):
    harness.need("ffmpeg")
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                    "testsrc=size=160x90:rate=5:duration=2", "-c:v", "libx264", "-pix_fmt", "yuv420p",
                    path], check=True)
    with open(path, "rb") as f:
        return f.read()


def test_an_archived_lecture_is_no_reason_to_try_again():
    os.mkdir("shelf")
    make_video("shelf/shelved.mp4")
    with Server(SCALER_IMPORT_DIR=os.path.abspath("shelf")) as s:
        over = ("done", "failed")
        wish = {"path": "shelved.mp4", "title": "Shelved"}
        done = s.wait("/api/jobs/" + s.post("/api/import", wish)["jobId"], lambda x: x["state"] in over)
        i = done["lectureId"]
        s.post(f"/api/recordings/{i}/archive", {})
        s.wait(f"/api/recordings/{i}", lambda r: r["state"] == "archived")
        job = s.wait("/api/jobs/" + s.post("/api/import", wish)["jobId"],
                     lambda x: x["state"] in over or x["attempts"] > 1)
        assert job["state"] == "failed" and job["attempts"] == 1 and "archived" in job["error"]["detail"], job


def test_the_sample_lecture():
    with Server() as s:
        a = s.get("/api/sample")
        assert set(a) == {"available", "bytes", "title"}
        if not a["available"]:  # no flite or rsvg-convert where this was built
            error(s.ask("POST", "/api/sample", {}), 404, "not_found")
            return
        assert 100_000 < a["bytes"] < 1_500_000
        job = s.post("/api/sample", {})["jobId"]
        j = s.wait("/api/jobs/" + job, lambda x: x["state"] in ("done", "failed"))
        assert j["state"] == "done", j
        [r] = s.get("/api/recordings")["recordings"]
        assert r["title"] == a["title"], r
        # It is processed by itself.
        s.wait("/api/queue", lambda q: any(x["kind"] == "process" and x["lectureId"] == r["id"] for x in q["jobs"]))


def test_imports():
    os.mkdir("inbox")
    data = make_video("inbox/a lecture.mp4")
    harness.write("outside.mp4", data)
    os.symlink(os.path.abspath("outside.mp4"), "inbox/link.mp4")
    octet = {"Content-Type": "application/octet-stream"}
    with Server(SCALER_IMPORT_DIR=os.path.abspath("inbox")) as s:
        for path in ("../outside.mp4", os.path.abspath("outside.mp4"), "link.mp4", "none.mp4", "/etc/passwd", 5):
            error(s.ask("POST", "/api/import", {"path": path}), 422, "invalid")
        j = s.post("/api/import", {"path": "a lecture.mp4", "title": "Imported"})
        done = s.wait("/api/jobs/" + j["jobId"], lambda x: x["state"] in ("done", "failed"))
        assert done["state"] == "done", done

        # In pieces, cut in the middle.
        harness.write("other.mp4", make_video("other.mp4") + b"\0" * 7)
        with open("other.mp4", "rb") as f:
            data = f.read()
        u = s.post("/api/import", {"filename": "other.mp4", "size": len(data), "title": "Uploaded"})
        i, half = u["uploadId"], len(data) // 2
        assert u["offset"] == 0 and not u["complete"]
        a = s.ask("POST", f"/api/import?upload={i}", data[:half],
                  {**octet, "Content-Range": f"bytes 0-{half - 1}/{len(data)}"})
        assert a.status == 200 and a.json()["offset"] == half and not a.json()["complete"], a
        assert s.get(f"/api/import/{i}")["offset"] == half
        error(s.ask("POST", f"/api/import?upload={i}&offset=1", b"x", octet), 409)
        head = (f"POST /api/import?upload={i} HTTP/1.1\r\nHost: localhost:{s.port}\r\nContent-Type: video/mp4\r\n"
                f"Content-Length: {len(data) - half}\r\n\r\n").encode()
        import socket
        c = socket.create_connection(("127.0.0.1", s.port))
        c.sendall(head + data[half:half + 100])
        c.close()
        at = s.wait(f"/api/import/{i}", lambda x: x["offset"] == half + 100)["offset"]
        end = time.monotonic() + 60
        while True:
            a = s.ask("POST", f"/api/import?upload={i}&offset={at}", data[at:], octet)
            if a.status != 409 or time.monotonic() > end:
                break
            time.sleep(0.2)
        assert a.status == 200 and a.json()["complete"], a
        job = a.json()["jobId"]
        done = s.wait("/api/jobs/" + job, lambda x: x["state"] in ("done", "failed"))
        assert done["state"] == "done", done
        # Its copy goes when the end is written down, so that no crash in between loses the video.
        end = time.monotonic() + 60
        while os.path.exists(f"lib/.scaler/uploads/{i}"):
            assert time.monotonic() < end, "the upload stays"
            time.sleep(0.05)
        # In one go.
        a = s.ask("POST", "/api/import?filename=third.mp4&title=Third", make_video("third.mp4"), octet)
        assert a.status == 200 and a.json()["complete"], a
        titles = lambda: {r["title"] for r in s.get("/api/recordings")["recordings"]}
        s.wait("/api/jobs/" + a.json()["jobId"], lambda x: x["state"] in ("done", "failed"))
        assert {"Imported", "Uploaded"} <= titles(), titles()
        for name in ("", "../x.mp4", "a/b.mp4", ".mp4", "x.sh", "x" * 300 + ".mp4", "%ff.mp4", "a%0ab.mp4",
                     "x.mp4&title=%ff", "x.mp4&title=" + "t" * 5000):
            j = error(s.ask("POST", "/api/import?filename=" + name, b"x", octet), 422)
            assert "title" in j["detail"] or "filename" in j["detail"], (name, j)
        error(s.ask("POST", "/api/import?upload=../../x", b"x", octet), 404)
        error(s.ask("POST", "/api/import", {"filename": "x.mp4", "size": 1 << 60}), 507, "disk_full")
        error(s.ask("POST", "/api/import", b"x", {"Content-Type": "text/plain"}), 415)
        error(s.ask("POST", "/api/import", b"x", {**octet, "Origin": "https://evil.example"}), 403)
        error(s.ask("POST", "/api/import", {}), 422)


def test_a_watched_folder():
    os.mkdir("inbox")
    make_video("inbox/w.mp4")
    old = time.time() - 60
    os.utime("inbox/w.mp4", (old, old))
    with Server(SCALER_IMPORT_DIR=os.path.abspath("inbox"), SCALER_IMPORT_WATCH="on") as s:
        s.wait("/api/recordings", lambda j: len(j["recordings"]) == 1, 60)
        time.sleep(6)
        jobs = [j for j in s.get("/api/queue")["jobs"] if j["kind"] == "import"]
        assert len(jobs) == 1, jobs


def test_json_logs():
    with Server(LOG_FORMAT="json") as s:
        a = s.ask("POST", "/api/download", {"title": ""})
        end = time.monotonic() + 10
        while a.headers["x-request-id"] not in s.text() and time.monotonic() < end:
            time.sleep(0.1)
        lines = [json.loads(x) for x in s.text().splitlines()]
        assert all({"timestamp", "level", "message"} <= set(x) for x in lines)
        assert any(a.headers["x-request-id"] in x["message"] for x in lines)


if __name__ == "__main__":
    harness.main()
