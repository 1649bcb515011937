"""Housekeeping over HTTP: dry runs, runs, archives, disk by kind, schedules, restarts."""
import fcntl
import json
import os
import sys
import time

from client import Server, error, harness

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from test_keep import lecture, library, tree  # noqa: E402
from harness import write  # noqa: E402


def task(s, name):
    return next(t for t in s.get("/api/maintenance")["tasks"] if t["task"] == name)


def ended(s, name, state="done"):
    j = s.wait("/api/maintenance", lambda j: next(t for t in j["tasks"] if t["task"] == name)["state"]
               not in ("running", "never"))
    t = next(t for t in j["tasks"] if t["task"] == name)
    assert t["state"] == state, t
    return t


def test_cleanup_says_then_does():
    library()
    chunk = write("lib/videos/Graphs 3/chunks/seg", b"x" * 1000)
    with Server() as s:
        a = s.post("/api/maintenance/cleanup", {})
        assert not a["started"] and a["report"]["dryRun"] and a["report"]["count"] == 1, a
        assert a["report"]["bytes"] == 1000 and os.path.exists(chunk)
        a = s.post("/api/v1/maintenance/cleanup", {"run": True})
        assert a["started"]
        t = ended(s, "cleanup")
        assert not os.path.exists(chunk) and t["report"]["count"] == 1 and t["ended"] and t["next"] is None
        assert "chunks" in s.text() and "the download is finished" in s.text()
        error(s.ask("POST", "/api/maintenance/defrag", {}), 404)
        error(s.ask("POST", "/api/maintenance/cleanup", {"run": 1}), 422)
        error(s.ask("POST", "/api/maintenance/archive", {}), 422)
        error(s.ask("POST", "/api/maintenance/archive", {"olderThan": "soon"}), 422)
        error(s.ask("POST", "/api/maintenance/archive", {"ids": [1]}), 422)
        error(s.ask("POST", "/api/maintenance/archive", {"ids": ["none"]}), 404)
        a = error(s.ask("POST", "/api/maintenance/backup", {"run": True}), 422)
        assert "SCALER_BACKUP_DIR" in a["hint"]
        s.post("/api/maintenance/cleanup/cancel", {})


def test_one_that_cannot_be_archived_holds_up_no_other():
    lecture("2026-02-02_Trees", "Trees")
    ids = library()
    with open(b"lib/2026-02-02_Trees/\xff.png", "wb") as f:
        f.write(b"x")
    with Server() as s:
        a = s.post("/api/maintenance/archive", {"ids": [ids["Trees"], ids["Graphs 3"]]})["report"]
        assert [x["id"] for x in a["items"]] == [ids["Graphs 3"]], a
        assert a["kept"][0]["path"] == ids["Trees"] and "UTF-8" in a["kept"][0]["why"], a


def test_archive_and_back():
    i = library()["Graphs 3"]
    before = tree("lib/videos")
    with Server() as s:
        disk = s.get("/api/system")["disk"]
        assert disk["kinds"]["videos"] == 300_000 and disk["kinds"]["archives"] == 0 and disk["free"] > 0
        assert disk["kinds"]["slides"] == 5000 and disk["kinds"]["text"] > 100, disk
        a = s.post(f"/api/recordings/{i}/archive", {"dryRun": True})
        assert not a["started"] and a["report"]["bytes"] > 300_000 and tree("lib/videos") == before
        assert s.post(f"/api/recordings/{i}/archive", {})["started"]
        ended(s, "archive")
        for route, word in (("/api", "processed"), ("/api/v1", "complete")):
            r = s.get(f"{route}/recordings")["recordings"][0]
            assert (r["status"], r["state"], r["videoPath"], r["processed"]) == (word, "archived", None, True), r
            assert "archived" in r["message"]
        assert s.get("/api/search?q=queue")["total"] >= 1
        e = error(s.ask("GET", f"/content/{i}/video/full_video.mp4"), 409)
        assert "unarchive" in e["hint"]
        error(s.ask("POST", "/api/process", {"recordingId": i}), 409, "conflict")
        error(s.ask("POST", f"/api/recordings/{i}/archive", {}), 409)
        error(s.ask("POST", "/api/recordings/none/archive", {}), 404)
        # An older client that writes what it read before does not undo it.
        s.post(f"/api/recordings/{i}", {"title": "Graphs three"}, method="PATCH")
        assert s.get(f"/api/recordings/{i}")["state"] == "archived"
        assert s.post(f"/api/recordings/{i}/unarchive", {})["started"]
        ended(s, "unarchive")
        r = s.get(f"/api/recordings/{i}")
        assert r["state"] == "processed" and r["title"] == "Graphs three" and tree("lib/videos") == before
        assert s.ask("GET", f"/content/{i}/video/full_video.mp4").status == 200
        error(s.ask("POST", f"/api/recordings/{i}/unarchive", {}), 409)
        assert b"maintenance" in s.raw(b"GET /api/events?lastEventId=0 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
                                       % s.port, until=b"maintenance")


def test_a_lecture_in_the_queue_is_left_alone():
    i = library()["Graphs 3"]
    chunk = write("lib/videos/Graphs 3/chunks/seg", b"x")
    os.makedirs("lib/.scaler/locks", exist_ok=True)
    with open(f"lib/.scaler/locks/{i}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with Server() as s:
            job = s.post("/api/process", {"recordingId": i})["processId"]
            error(s.ask("POST", f"/api/recordings/{i}/archive", {}), 409)
            s.post(f"/api/jobs/{job}/pause", {})
            s.wait(f"/api/jobs/{job}", lambda j: j["state"] == "paused")
    # The server is gone, its queue is not.
    r = harness.run("archive", i, "--library", "lib", code=5)
    assert "in the queue" in r.err or "is queued" in r.err, r
    harness.run("cleanup", "--library", "lib", code=0)
    assert os.path.exists(chunk) and os.path.exists("lib/videos/Graphs 3/full_video.mp4")


def test_one_after_another_without_a_pause():
    """The next begins as soon as the state of the last says that it is over."""
    library()
    with Server() as s:
        for n in range(40):
            s.post("/api/maintenance/cleanup", {"run": True})
            while task(s, "cleanup")["state"] == "running":
                pass
        assert ended(s, "cleanup")


def test_schedules():
    lecture("2020-01-01_Old", "Old", size=5000, updated="2020-02-01T00:00:00Z")
    lecture("2020-01-02_Used", "Used", size=5000, updated=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    library()
    chunk = write("lib/videos/Graphs 3/chunks/seg", b"x")
    dest = os.path.abspath("dest")
    with Server(SCALER_RETENTION_CLEANUP="on", SCALER_ARCHIVE_AFTER="30d", SCALER_BACKUP_DIR=dest,
                SCALER_BACKUP_EVERY="2s") as s:
        for name in ("cleanup", "archive", "backup"):
            assert ended(s, name)["next"]
        assert not os.path.exists(chunk)
        states = {r["title"]: r["state"] for r in s.get("/api/recordings")["recordings"]}
        assert states["Old"] == "archived" and states["Used"] == "processed", states
        first = task(s, "backup")["ended"]
        write("lib/2020-01-02_Used/lecture_notes.md", "changed")
        s.wait("/api/maintenance", lambda j: os.path.exists(dest + "/files/2020-01-02_Used/lecture_notes.md")
               and open(dest + "/files/2020-01-02_Used/lecture_notes.md").read() == "changed")
        assert first
    # A clock that was ahead once does not stop the schedule.
    with open("lib/.scaler/upkeep.json") as f:
        memory = json.load(f)
    memory["backup"] = int(time.time()) + 10 * 365 * 86400
    write("lib/.scaler/upkeep.json", json.dumps(memory))
    write("lib/2020-01-02_Used/lecture_notes.md", "again")
    with Server(SCALER_BACKUP_DIR=dest) as s:
        assert ended(s, "backup")["state"] == "done" and not task(s, "cleanup")["next"]
    with open(dest + "/files/2020-01-02_Used/lecture_notes.md") as f:
        assert f.read() == "again"


if __name__ == "__main__":
    harness.main()
