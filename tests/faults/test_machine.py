"""A machine that fails: a full disk, a folder that cannot be written, a clock that jumps,
restarts under load. Each ends in one clear sentence, and nothing is lost.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "api")]
import client  # noqa: E402
import harness  # noqa: E402
from client import Server, error  # noqa: E402
from harness import run, write  # noqa: E402
from test_keep import lecture, library, listed, tree  # noqa: E402  (tests/cli)


class Disk:
    """A file system of its own, of a few megabytes."""

    def __init__(self, path, megabytes):
        self.path, self.megabytes = os.path.abspath(path), megabytes

    def __enter__(self):
        if os.geteuid() != 0 or not sys.platform.startswith("linux"):
            raise harness.Skip("only root can mount a small file system")
        os.makedirs(self.path, exist_ok=True)
        r = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.megabytes}m", "tmpfs", self.path],
                           capture_output=True, text=True)
        if r.returncode:
            raise harness.Skip("mount: " + r.stderr.strip())
        return self

    def __exit__(self, *rest):
        subprocess.run(["umount", "-l", self.path], check=True)

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.path], check=True)

    def fill(self, leave=0):
        """Leaves so many bytes."""
        with open(self.path + "/filler", "wb") as f:
            try:
                while True:
                    f.write(bytes(65536))
                    f.flush()
            except OSError:
                pass
            try:
                f.close()
            except OSError:
                pass
        if leave:
            os.truncate(self.path + "/filler", max(0, os.path.getsize(self.path + "/filler") - leave))

    def free(self):
        os.unlink(self.path + "/filler")


def one_sentence(r, *words):
    """What the user reads: one sentence that says what and where, no trace of internals."""
    lines = [l for l in r.err.splitlines() if l.startswith("scaler:")]
    assert len(lines) == 1 and len(lines[0]) > 20, r
    assert not re.search(r"errno|SQLITE|assert|0x[0-9a-f]{4}|internal", lines[0]), r
    for w in words:
        assert w in r.err, (w, r)


# ---- a full disk ----

def test_full_disk_of_housekeeping():
    i = library(size=3_000_000)["Graphs 3"]
    before = tree("lib")
    with Disk("small", 4) as d:
        far = d.path + "/archives"
        r = run("archive", i, "--library", "lib", code=14, env={"SCALER_ARCHIVE_DIR": far})
        one_sentence(r, "are free")
        r = run("backup", d.path + "/backup", "--library", "lib", code=14)
        one_sentence(r, "are free")
        assert tree("lib") == before and listed()[0]["status"] == "processed"


def test_disk_that_fills_up_meanwhile():
    """Between the look at the room and the last byte somebody else takes it."""
    i = library(size=24_000_000)["Graphs 3"]
    before = tree("lib")
    with Disk("small", 90) as d:
        far = d.path + "/archives"
        for args, target in ((["archive", i], far), (["backup", d.path + "/backup"], d.path + "/backup")):
            env = {"SCALER_ARCHIVE_DIR": far}
            full = 0
            for n in range(12):
                p = harness.start(*args, "--library", "lib", env=env)
                while p.poll() is None and not (
                        glob.glob(target + "/*.part") or glob.glob(target + "/incoming/*.part")):
                    pass
                d.fill()
                out, err = p.communicate()
                r = harness.Result(p.returncode, out.decode(), err.decode())
                d.free()
                if r.code == 0:
                    if args[0] == "archive":
                        run("unarchive", i, "--library", "lib", code=0, env=env)
                    shutil.rmtree(target)
                    continue
                full += 1
                assert r.code == 14, r
                one_sentence(r)
                now = tree("lib")
                changed = {k for k in before if now.get(k) != before[k]}
                assert changed <= {"2026-01-10_Graphs 3/metadata.json"}, changed
                assert not glob.glob(far + "/*"), "a part of an archive stays"
                if full == 2:
                    break
            print(f"# {args[0]}: filled up in time {full} times")
            run(*args, "--library", "lib", code=0, env=env)
            if args[0] == "archive":
                run("unarchive", i, "--library", "lib", code=0, env=env)
        run("restore", d.path + "/backup", "--library", "new", code=0)
        assert {k: v for k, v in tree("new").items() if "metadata" not in k} == \
               {k: v for k, v in tree("lib").items() if "metadata" not in k}


def test_full_library():
    with Disk("small", 24) as d:
        lib = d.path + "/lib"
        i = library(root=lib, size=2_000_000)["Graphs 3"]
        before = tree(lib)
        d.fill()
        # Reading goes on, and so does making room.
        assert listed(lib)[0]["id"] == i
        assert run("search", "queue", "--json", "--library", lib, code=0).json()["total"] >= 1
        video = write("more.mp4", b"x" * 1000)
        for args in (["archive", i], ["rescan"], ["add", video], ["cleanup"]):
            r = run(*args, "--library", lib)
            assert r.code in (0, 13, 14), r
            if r.code:
                one_sentence(r)
        assert r.code == 0, r
        assert tree(lib) == before or set(tree(lib)) >= set(before)
        d.free()
        assert run("rescan", "--library", lib, "--json", code=0).json()["broken"] == 0
        assert tree(lib) == before or all(tree(lib).get(k) == v for k, v in before.items()
                                          if not k.endswith("metadata.json"))
        run("archive", i, "--library", lib)
        assert listed(lib)[0]["id"] == i


def test_full_disk_under_the_server():
    folder = client.tiny_hls("cdn", 8)
    with harness.Cdn(folder) as cdn, Disk("small", 40) as d:
        lib = d.path + "/lib"
        with Server(lib) as s:
            d.fill()
            a = s.ask("POST", "/api/download", {"title": "L", "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}})
            assert a.status == 200 or error(a, 507)["detail"], a
            for path in ("/health", "/api/recordings", "/api/queue", "/api/system", "/api/maintenance"):
                s.get(path)
            error(s.ask("POST", "/api/import", {"filename": "a.mp4", "size": 10**9}), 507)
            d.free()
            job = s.post("/api/download", {"title": "L", "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}})["downloadId"]
            assert a.status != 200 or a.json()["downloadId"] == job, "the job was lost or doubled"
            j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"))
            if j["state"] == "paused":
                assert j["error"]["code"] == "disk_full" and re.search("space|free", j["error"]["detail"]), j
                s.post(f"/api/jobs/{job}/resume", {})
                s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"))
            j = s.wait("/api/status/" + job, lambda j: j["status"] in ("complete", "error"))
            assert j["status"] == "complete", j
            assert len(s.get("/api/recordings")["recordings"]) == 1


def videos(s):
    found = {}
    for r in s.get("/api/recordings")["recordings"]:
        if not r["videoPath"]:
            continue  # its download failed
        with open(r["videoPath"], "rb") as f:
            found[r["title"]] = hashlib.sha256(f.read()).hexdigest()
    return found


def transcripts(lib):
    return [open(p, "rb").read() for p in sorted(glob.glob(lib + "/*/transcript.json"))]


def test_disk_that_fills_up_under_a_job():
    """In the middle of a download, and of the processing: the job says so; with room again it
    goes on where it was, to the same files."""
    folder = client.tiny_hls("cdn", 8)
    with harness.Cdn(folder, "--cap-kbps", "20") as cdn, Disk("small", 60) as d:
        info = {"streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}, "title": "L", "process": True}
        with Server("plain") as s:
            s.post("/api/download", info)
            s.wait("/api/queue", lambda q: len(q["jobs"]) == 2 and all(j["state"] == "done" for j in q["jobs"]))
            video, transcript = videos(s), transcripts("plain")
        lib, stopped = d.path + "/lib", 0
        with Server(lib) as s:
            s.post("/api/download", info)
            for kind in ("download", "process"):
                q = s.wait("/api/queue", lambda q: any(
                    j["kind"] == kind and (j["progress"] > 0 or j["state"] in ("done", "paused", "failed")) for j in q["jobs"]))
                job, = [j["id"] for j in q["jobs"] if j["kind"] == kind]
                d.fill()
                time.sleep(3)
                s.get("/health")
                d.free()
                # The queue lies on that disk too: how the job ended is written when there is room.
                j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"), 300)
                if j["state"] == "paused":
                    stopped += 1
                    assert j["error"]["code"] == "disk_full" and re.search("space|free", j["error"]["detail"]), j
                    s.post(f"/api/jobs/{job}/resume", {})
                    j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"), 300)
                assert j["state"] == "done", j
            assert videos(s) == video and transcripts(lib) == transcript
            assert len(s.get("/api/queue")["jobs"]) == 2
        print(f"# stopped by the full disk: {stopped} of 2 jobs")


# ---- a CDN that fails ----

def test_cdn_faults_under_the_server():
    """What passes heals, what stays is that job's error in words; the others are not touched."""
    folder = client.tiny_hls("cdn", 8)
    once = ("404", "503", "429", "reset", "truncate", "half", "html", "empty")
    always = ("404", "half", "html")
    with harness.Cdn(folder) as cdn, Server("plain") as s:
        s.post("/api/download", {"title": "L", "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}})
        s.wait("/api/queue", lambda q: q["jobs"] and all(j["state"] == "done" for j in q["jobs"]))
        good = videos(s)["L"]
    with Server("lib", SCALER_MAX_DOWNLOADS="3") as s:
        cdns, jobs = [], {}
        try:
            for kind, times in [(k, ":1") for k in once] + [(k, "") for k in always]:
                cdn = harness.Cdn(folder, "--fault", f"{kind}:/data000002.ts{times}")
                cdns.append(cdn)
                cdn.__enter__()
                name = kind + times
                jobs[name] = s.post("/api/download", {"title": name, "startTime": 0, "endTime": 100 + len(jobs),
                                                      "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}})["downloadId"]
            for name, job in jobs.items():
                j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"), 300)
                if name.endswith(":1"):
                    assert j["state"] == "done", (name, j)
                else:
                    assert j["state"] == "failed" and j["error"]["code"] == "incomplete", (name, j)
                    assert re.search(r"0:0\d-0:0\d", j["error"]["detail"]), (name, j)
        finally:
            for cdn in cdns:
                cdn.__exit__()
        found = videos(s)
        assert found == {k + ":1": good for k in once}, (good, found)


# ---- a folder that cannot be written ----

def test_read_only_library():
    with Disk("small", 24) as d:
        lib = d.path + "/lib"
        i = library(root=lib)["Graphs 3"]
        run("backup", "dest", "--library", lib, code=0)
        before = tree(lib, "nothing")
        d.remount("ro")
        for args in (["add", write("a.mp4", b"x")], ["archive", i], ["cleanup"], ["rescan"], ["rm", "--yes", i],
                     ["backup", "dest"], ["restore", "dest"], ["process", i], ["serve", "--port", "0"]):
            r = run(*args, "--library", lib)
            assert r.code != 1, r
            if r.code:
                one_sentence(r)
        assert tree(lib, "nothing") == before
        d.remount("rw")
        assert listed(lib)[0]["id"] == i
    # A backup on a disk that is read-only is read all the same.
    with Disk("media", 60) as m:
        library()
        run("backup", m.path + "/backup", "--library", "lib", code=0)
        m.remount("ro")
        run("restore", m.path + "/backup", "--library", "again", code=0)
        assert tree("again") == tree("lib")
        r = run("backup", m.path + "/backup", "--library", "lib")
        assert r.code in (15, 16), r
        one_sentence(r)


# ---- a clock that jumps ----

def faketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise harness.Skip("libfaketime is not installed")
    write("clock", "+0")
    options = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": os.path.abspath("clock"), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "ASAN_OPTIONS": (options + ":" if options else "") + "verify_asan_link_order=0"}


def test_clock_jumps_during_downloads():
    env = faketime()
    folder, now = client.tiny_hls("cdn", 8), time.strftime("%Y", time.gmtime())
    with harness.Cdn(folder, "--cap-kbps", "100") as cdn:
        with Server("lib", **env) as s:
            for n, jump in enumerate(("+400d", "-400d", "+0", "+2h", "-2h")):
                job = s.post("/api/download", {"title": f"L{n}", "streamInfo": {
                    "streamUrl": f"{cdn.base}/stream.m3u8?n={n}"}})["downloadId"]
                s.wait("/api/jobs/" + job, lambda j: j["progress"] > 0 or j["state"] == "done")
                write("clock", jump)
                seen = s.get("/health")["timestamp"]
                assert (seen[:4] != now) == ("400d" in jump), (jump, seen)
                j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"))
                assert j["state"] == "done" and j["attempts"] <= 1, (jump, j)
            jobs = s.get("/api/queue")["jobs"]
            assert len(jobs) == 5 and len({j["id"] for j in jobs}) == 5
            assert len(s.get("/api/recordings")["recordings"]) == len(set(
                r["id"] for r in s.get("/api/recordings")["recordings"]))
        # And one that was years ahead at the last run.
        write("clock", "+3650d")
        with Server("lib", **env) as s:
            s.get("/api/recordings")
        write("clock", "+0")
        with Server("lib", **env) as s:
            job = s.post("/api/download", {"title": "Last", "streamInfo": {
                "streamUrl": f"{cdn.base}/stream.m3u8?n=last"}})["downloadId"]
            j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed", "paused"))
            assert j["state"] == "done", j


def test_clock_jumps_during_processing():
    env = faketime()
    folder = client.tiny_hls("cdn", 8)
    # libfaketime shares its memory by a file that lies outside the worker's walls.
    with harness.Cdn(folder) as cdn, Server("lib", SCALER_SANDBOX="off", **env) as s:
        s.post("/api/download", {"title": "L", "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}, "process": True})
        for jump in ("+400d", "-400d", "+2h", "-2h", "+0"):
            s.wait("/api/queue", lambda q: any(j["kind"] == "process" and j["state"] in ("running", "done")
                                               for j in q["jobs"]))
            write("clock", jump)
            time.sleep(0.4)
        jobs = s.wait("/api/queue", lambda q: all(j["state"] in ("done", "failed", "paused") for j in q["jobs"]))["jobs"]
        assert sorted((j["kind"], j["state"], j["attempts"]) for j in jobs) == [
            ("download", "done", 1), ("process", "done", 1)], jobs
        r, = s.get("/api/recordings")["recordings"]
        with open(r["path"] + "/metadata.json") as f:
            assert r["processed"] and transcripts("lib"), f.read()


def test_clock_jumps_under_housekeeping():
    env = faketime()
    lecture("2026-01-11_Trees", "Trees")
    library()
    write("lib/2026-01-10_Graphs 3/user_notes.json", '{"userNotes":"mine"}')
    before = tree("lib")
    for jump in ("+4000d", "-4000d", "+0"):
        write("clock", jump)
        run("cleanup", "--library", "lib", code=0, env=env)
        run("backup", "dest", "--library", "lib", code=0, env=env)
        assert {k: v for k, v in tree("dest/files").items()} == before and tree("lib") == before
    write("clock", "-4000d")
    assert run("archive", "--older-than", "30d", "--library", "lib", "--json", code=0, env=env).json()["archived"] == []
    run("restore", "dest", "--library", "new", code=0, env=env)
    assert tree("new") == before


# ---- restarts under load ----

def test_restart_under_load():
    folder = client.tiny_hls("cdn", 6)
    with harness.Cdn(folder) as cdn:
        library(size=50_000)
        s = Server("lib", SCALER_MAX_DOWNLOADS="2").start()
        jobs, stop, bad = {}, threading.Event(), []
        lock = threading.Lock()

        def ask_on():
            """Answers are whole and right, or there is none."""
            while not stop.is_set():
                for path in ("/api/recordings", "/api/queue", "/api/search?q=queue", "/api/system", "/api/maintenance"):
                    try:
                        a = s.ask("GET", path, timeout=20)
                        if a.status not in (200, 429, 503):
                            bad.append((path, a))
                        a.json()
                    except (OSError, client.http.client.HTTPException):
                        pass

        def submit(k):
            for n in range(4):
                body = {"title": f"T{k} {n}", "streamInfo": {"streamUrl": f"{cdn.base}/stream.m3u8?n={k}-{n}"}}
                while not stop.is_set():
                    try:
                        a = s.ask("POST", "/api/download", body, timeout=20)
                        if a.status == 200:
                            with lock:
                                jobs[(k, n)] = a.json()["downloadId"]
                            break
                        time.sleep(0.2)
                    except (OSError, client.http.client.HTTPException):
                        time.sleep(0.05)

        threads = [threading.Thread(target=ask_on) for _ in range(3)]
        threads += [threading.Thread(target=submit, args=(k,)) for k in range(3)]
        for t in threads:
            t.start()
        for n in range(5):
            time.sleep(0.7)
            if n % 2:
                s.kill()
            else:
                s.__exit__(None)
            s.start()
        for t in threads[3:]:
            t.join(120)
        stop.set()
        for t in threads[:3]:
            t.join(60)
        assert not bad, bad[:3]
        assert len(jobs) == 12, jobs
        for job in set(jobs.values()):
            d = s.wait("/api/status/" + job, lambda j: j["status"] in ("complete", "error"), 240)
            assert d["status"] == "complete", d
        recordings = s.get("/api/recordings")["recordings"]
        titles = sorted(r["title"] for r in recordings if r["title"].startswith("T"))
        assert len(set(titles)) == len(titles), titles
        done = [j for j in s.get("/api/queue")["jobs"]]
        assert all(j["state"] == "done" for j in done), done
        hashes = set()
        for r in recordings:
            if r["title"].startswith("T"):
                with open(r["videoPath"], "rb") as f:
                    hashes.add(hashlib.sha256(f.read()).hexdigest())
        assert len(hashes) == 1, "the same stream gave different videos"
        s.__exit__(None)


if __name__ == "__main__":
    harness.main()
