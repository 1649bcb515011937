"""kill -9 of the server, its workers, their engines or all at random moments of downloads and
processing: no job is lost, doubled or stuck, and what comes out is the same as without.
A point counts only when a process was there to be killed.
SCALER_KILL_POINTS says how often (default 8), SCALER_KILL_SEED makes it the same again.
"""
import glob
import hashlib
import json
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
import client  # noqa: E402
from client import Server, harness  # noqa: E402

POINTS = int(os.environ.get("SCALER_KILL_POINTS", "8"))
KINDS = ("engine", "worker", "server", "all")
MAX_ENGINE_KILLS = 5  # of one lecture: a span that is killed more often is asked in another way
ENDED = ("done", "failed", "cancelled")


def children(pid):
    found = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(task) as f:
                found += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return found


def kill(pids):
    """True when one of them was there."""
    hit = False
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
            hit = True
        except ProcessLookupError:
            pass
    return hit


def engines_of(s):
    return [e for w in children(s.proc.pid) for e in children(w)]


def unfinished(s):
    return any(j["state"] not in ENDED for j in s.get("/api/queue")["jobs"])


def kill_engine(s, rng):
    """The next engine that is seen, some time into its work. False when the work ends before."""
    looks = 0
    while not engines_of(s):
        looks += 1
        if looks % 50 == 0 and not unfinished(s):
            return False
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.3))
    return kill(engines_of(s))


def strike(s, what, rng):
    """True when something was killed that had work."""
    if what == "engine":
        return kill_engine(s, rng)
    busy = unfinished(s)
    workers, engines = children(s.proc.pid), engines_of(s)
    hit = kill(workers) if what != "server" else busy
    if what == "all":
        kill(engines)
    if what in ("server", "all"):
        s.kill()
        s.start()
    return hit


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


# What tells when and how often it was made, and nothing else.
TIMES = {"created", "updated", "seconds", "processed_at", "generated", "download"}


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in TIMES}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def artifacts(folder):
    """Name to digest of every file of a lecture; of metadata.json what is no time."""
    found = {}
    for path in glob.glob(folder + "/**/*", recursive=True):
        name = os.path.relpath(path, folder)
        if os.path.isfile(path):
            found[name] = digest(path)
        if name == "metadata.json":
            with open(path) as f:
                found[name] = json.dumps(without_times(json.load(f)), sort_keys=True)
    return found


def request(cdn, title):
    return {"title": title, "process": True, "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}}


def finish(s, timeout=300):
    """Waits until nothing is left to do; every job must have ended well."""
    jobs = s.wait("/api/queue", lambda q: q["jobs"] and all(j["state"] in ENDED for j in q["jobs"]),
                  timeout)["jobs"]
    bad = [j for j in jobs if j["state"] != "done"]
    assert not bad, (bad, s.text()[-1500:])
    assert len({j["id"] for j in jobs}) == len(jobs)
    return jobs


def result(s):
    r, = s.get("/api/recordings")["recordings"]
    assert r["processed"] and r["state"] == "processed", r
    return r, digest(r["videoPath"]), artifacts(r["path"])


def test_killed_at_random():
    if not os.path.isdir("/proc/self/task"):
        raise harness.Skip("no /proc")
    folder = client.tiny_hls("cdn", 8)
    seed = int(os.environ.get("SCALER_KILL_SEED", str(int(time.time()))))
    print(f"# {POINTS} points, SCALER_KILL_SEED={seed}", flush=True)
    rng = random.Random(seed)
    with harness.Cdn(folder, "--cap-kbps", "90", "--idle-exit-s", "3600") as cdn:
        began = time.monotonic()
        with Server("plain") as s:
            s.post("/api/download", request(cdn, "L"))
            finish(s)
            _, video, files = result(s)
        assert "transcript.json" in files and "lecture_notes.md" in files, sorted(files)
        whole = time.monotonic() - began
        s = Server("lib").start()
        hits, rounds, seen = dict.fromkeys(KINDS, 0), 0, set()
        while sum(hits.values()) < POINTS:
            s.post("/api/download", request(cdn, "L"))
            before = hits["engine"]
            for _ in range(rng.randint(3, 10)):
                what = rng.choice(KINDS)
                if what != "engine":
                    time.sleep(rng.uniform(0, whole / 4))
                elif hits["engine"] - before == MAX_ENGINE_KILLS:
                    continue
                hits[what] += strike(s, what, rng)
            new = [j for j in finish(s) if j["id"] not in seen]
            seen |= {j["id"] for j in new}
            assert sorted(j["kind"] for j in new) == ["download", "process"], new
            r, other_video, other_files = result(s)
            assert other_video == video, "another video than without kills"
            different = {n for n in files.keys() | other_files.keys() if files.get(n) != other_files.get(n)}
            assert not different, (different, {n: (files.get(n), other_files.get(n)) for n in different})
            s.post("/api/recordings/" + r["id"], None, method="DELETE")
            rounds += 1
            if POINTS > 20:
                print(f"# {hits}, {rounds} lectures", flush=True)
        print(f"# {sum(hits.values())} kills over {rounds} lectures: {hits}", flush=True)
        s.__exit__(None)


def test_restarts_under_load():
    """Jobs that were accepted are there after every kill of the server, each once."""
    folder = client.tiny_hls("cdn", 2)
    with harness.Cdn(folder) as cdn:
        s = Server("lib").start()
        accepted, lock, stop = {}, threading.Lock(), threading.Event()

        def submit(worker):
            n = 0
            while not stop.is_set() and n < 12:
                title = f"L {worker} {n}"
                body = {"title": title, "startTime": 0, "endTime": 1 + n + 12 * worker,
                        "streamInfo": {"streamUrl": f"{cdn.base}/stream.m3u8"}}
                try:
                    a = s.ask("POST", "/api/download", body, timeout=20)
                except Exception:
                    time.sleep(0.05)  # it is being restarted: the client asks again
                    continue
                if a.status == 200:
                    with lock:
                        accepted[title] = a.json()["downloadId"]
                    n += 1
        threads = [threading.Thread(target=submit, args=(w,)) for w in range(3)]
        for t in threads:
            t.start()
        for _ in range(4):
            time.sleep(0.7)
            s.kill()
            s.start()
        for t in threads:
            t.join(120)
        stop.set()
        jobs = finish(s)
        assert {j["id"] for j in jobs} == set(accepted.values()), "a job was lost or doubled"
        titles = sorted(r["title"] for r in s.get("/api/recordings")["recordings"])
        assert titles == sorted(accepted), titles
        s.__exit__(None)


if __name__ == "__main__":
    harness.main()
