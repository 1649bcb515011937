"""The service as a neighbour: it keeps the machine awake only while it works, and ends when asked."""
import fcntl
import os
import signal
import time

import client
import harness
from client import Server
from harness import write

BOOK = "awake"


def fake_inhibitors():
    """In front of PATH: what notes its beginning and lives as long as it is held."""
    for name, last in (("systemd-inhibit", "exec cat >/dev/null"), ("caffeinate", "exec sleep 1000")):
        write("bin/" + name, f'#!/bin/sh\necho "$$ $*" >>"{os.path.abspath(BOOK)}"\n{last}\n')
        os.chmod("bin/" + name, 0o755)
    return os.path.abspath("bin") + ":" + os.environ["PATH"]


def held():
    """(how often it was begun, how many of them live)"""
    if not os.path.exists(BOOK):
        return 0, 0
    with open(BOOK) as f:
        pids = [int(line.split()[0]) for line in f]
    return len(pids), sum(alive(p) for p in pids)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return not os.path.isdir("/proc/self")


def until(what, limit=60):
    end = time.monotonic() + limit
    while not what():
        assert time.monotonic() < end, held()
        time.sleep(0.05)


def request(cdn, n=0):
    return {"title": f"L{n}", "streamInfo": {"streamUrl": f"{cdn.base}/stream.m3u8?n={n}"}}


def working(s, job):
    s.wait("/api/jobs/" + job, lambda j: j["state"] == "running" and j["progress"] > 0)


def test_awake_only_while_jobs_run():
    folder, path = client.tiny_hls("cdn"), fake_inhibitors()
    with harness.Cdn(folder, "--cap-kbps", "5") as cdn:
        with Server(PATH=path, SCALER_PREVENT_SLEEP="on") as s:
            assert s.get("/health")["status"] == "healthy" and held() == (0, 0)
            job = s.post("/api/download", request(cdn))["downloadId"]
            working(s, job)
            until(lambda: held() == (1, 1))
            s.post(f"/api/jobs/{job}/pause", {})
            s.wait("/api/jobs/" + job, lambda j: j["state"] == "paused")
            until(lambda: held() == (1, 0))
            s.post(f"/api/jobs/{job}/resume", {})
            s.wait("/api/jobs/" + job, lambda j: j["state"] == "done")
            until(lambda: held() == (2, 0))
            with open(BOOK) as f:
                assert "idle" in f.readline() or os.uname().sysname == "Darwin"
            # A server that is killed in work keeps nobody awake.
            working(s, s.post("/api/download", request(cdn, 1))["downloadId"])
            until(lambda: held() == (3, 1))
            if os.uname().sysname == "Linux":
                s.kill()
                until(lambda: held() == (3, 0))
                s.start()
        assert held()[1] == 0, "still held after the server's end"
        os.unlink(BOOK)
        with Server("other", PATH=path, SCALER_PREVENT_SLEEP="off") as s:
            working(s, s.post("/api/download", request(cdn, 2))["downloadId"])
            time.sleep(1)
            assert held() == (0, 0)


def test_asked_to_end_it_brings_its_jobs_to_rest():
    folder = client.tiny_hls("cdn", 8)
    with harness.Cdn(folder, "--cap-kbps", "20") as cdn:
        s = Server(SCALER_MAX_DOWNLOADS="1").start()
        jobs = [s.post("/api/download", request(cdn, n))["downloadId"] for n in range(2)]
        working(s, jobs[0])
        s.proc.send_signal(signal.SIGTERM)
        assert s.proc.wait(60) == 0, s.text()[-2000:]
        s.log.close()
        s.start()
        for job in jobs:
            j = s.get("/api/jobs/" + job)
            assert j["state"] in ("waiting", "running", "done") and j["attempts"] <= 1, j
            j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"))
            assert j["state"] == "done" and j["attempts"] <= 1, j
        assert len(s.get("/api/recordings")["recordings"]) == 2
        s.__exit__(None)


def test_a_lecture_in_use_is_waited_for():
    """Somebody else works on it: the job waits, says why, and loses no attempt."""
    folder = client.tiny_hls("cdn")
    with harness.Cdn(folder) as cdn, Server() as s:
        job = s.post("/api/download", request(cdn))["downloadId"]
        s.wait("/api/jobs/" + job, lambda j: j["state"] == "done")
        r, = s.get("/api/recordings")["recordings"]
        with open(os.path.join(s.library, ".scaler", "locks", r["id"]), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            s.post("/api/process", {"recordingId": r["id"]})
            jobs = s.wait("/api/queue", lambda q: any(j["kind"] == "process" and j["error"] for j in q["jobs"]))["jobs"]
            j, = [j for j in jobs if j["kind"] == "process"]
            assert j["error"]["code"] == "conflict" and "another process" in j["error"]["detail"], j
            assert j["state"] in ("waiting", "running") and j["attempts"] <= 1, j
            if j["state"] == "waiting":
                assert j["attempts"] == 0, j
        j = s.wait("/api/jobs/" + j["id"], lambda j: j["state"] in ("done", "failed"))
        assert j["state"] == "done" and j["attempts"] == 1, j


if __name__ == "__main__":
    harness.main()
