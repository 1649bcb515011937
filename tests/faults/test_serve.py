"""kill -9 of the server, its children or both at random moments: no job is lost, doubled or
stuck, and the video is the same as without. SCALER_KILL_POINTS says how often (default 6).
"""
import glob
import hashlib
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
import client  # noqa: E402
from client import Server, harness  # noqa: E402

POINTS = int(os.environ.get("SCALER_KILL_POINTS", "6"))


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
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def request(cdn, title):
    return {"title": title, "streamInfo": {"streamUrl": cdn.base + "/stream.m3u8"}}


def test_killed_at_random():
    if not os.path.isdir("/proc/self/task"):
        raise harness.Skip("no /proc")
    folder = client.tiny_hls("cdn", 8)
    seed = int(os.environ.get("SCALER_KILL_SEED", str(int(time.time()))))
    print(f"# {POINTS} points, SCALER_KILL_SEED={seed}", flush=True)
    rng = random.Random(seed)
    with harness.Cdn(folder, "--cap-kbps", "60") as cdn:
        with Server("plain") as s:
            a = s.post("/api/download", request(cdn, "L"))["downloadId"]
            want = digest(s.wait("/api/status/" + a, lambda j: j["status"] == "complete")["path"])
        s = Server("lib").start()
        done = 0
        while done < POINTS:
            job = s.post("/api/download", request(cdn, "L"))["downloadId"]
            for _ in range(rng.randint(1, 3)):
                time.sleep(rng.uniform(0, 1.5))
                what = rng.choice(("child", "server", "both"))
                kids = children(s.proc.pid)
                if what != "server":
                    kill(kids)
                if what != "child":
                    s.kill()
                    s.start()
                done += 1
            d = s.wait("/api/status/" + job, lambda j: j["status"] in ("complete", "error"), 180)
            assert d["status"] == "complete", (job, d)
            assert digest(d["path"]) == want, "another video than without kills"
            recordings = s.get("/api/recordings")["recordings"]
            assert len(recordings) == 1, recordings
            jobs = s.get("/api/queue")["jobs"]
            assert all(j["state"] == "done" for j in jobs), jobs
            assert len({j["id"] for j in jobs}) == len(jobs)
            s.post("/api/recordings/" + recordings[0]["id"], None, method="DELETE")
        s.__exit__(None)


if __name__ == "__main__":
    harness.main()
