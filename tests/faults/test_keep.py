"""kill -9 of archive, unarchive, cleanup, backup and restore at random moments: at each one
there is the original or the verified copy, and the next run goes on to the same end.
SCALER_KILL_POINTS says how often each (default 6).
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "api")]
import harness  # noqa: E402
from harness import write  # noqa: E402
from test_keep import lecture, library, listed, tree  # noqa: E402  (tests/cli)

POINTS = int(os.environ.get("SCALER_KILL_POINTS", "6"))
SIZE = 6_000_000


def seeded():
    seed = int(os.environ.get("SCALER_KILL_SEED", str(time.time_ns() % 10**9)))
    print(f"# {POINTS} points, SCALER_KILL_SEED={seed}", flush=True)
    return random.Random(seed)


def run(*args):
    """As long as it takes; gives its seconds."""
    began = time.monotonic()
    harness.run(*args, code=0)
    return time.monotonic() - began


def killed(rng, whole, *args):
    """Kills the command somewhere within the time it needs. True when it was killed in work."""
    p = harness.start(*args)
    time.sleep(rng.uniform(0.05, 1.05) * whole)
    p.send_signal(signal.SIGKILL)
    p.communicate()
    return p.returncode == -signal.SIGKILL


def videos(root):
    """{path: content hash} of whole videos."""
    return {p: h for p, h in tree(root).items() if p.startswith("videos/") and p.endswith(".mp4")}


def archive_content(path):
    """{member: hash} as other programs see it; None when it is damaged."""
    where = "unpacked"
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where)
    good = subprocess.run(["tar", "--zstd", "-xf", path, "-C", where], stderr=subprocess.DEVNULL).returncode == 0
    return tree(where) if good else None


def test_archive_and_unarchive():
    harness.need("zstd")
    rng = seeded()
    i = library(size=SIZE)["Graphs 3"]
    want = videos("lib")
    (name, digest), = want.items()
    away = run("archive", i, "--library", "lib")
    back = run("unarchive", i, "--library", "lib")
    assert videos("lib") == want
    hits = 0
    for _ in range(POINTS):
        for whole, command in ((away, "archive"), (back, "unarchive")):
            hits += killed(rng, whole, command, i, "--library", "lib")
            here = videos("lib") == want
            archive = f"lib/archives/{i}.tar.zst"
            there = os.path.exists(archive) and (archive_content(archive) or {}).get(name) == digest
            state = listed()[0]["status"]
            assert here or there, f"neither the original nor the copy after {command}"
            assert (state == "archived" and there) or (state == "processed" and here), (state, here, there)
            if (state == "archived") != (command == "archive"):
                run(command, i, "--library", "lib")
            harness.run("cleanup", "--library", "lib", code=0)
            l, = listed()
            assert l["status"] == ("archived" if command == "archive" else "processed"), (command, l)
            assert videos("lib") == ({} if command == "archive" else want)
            found = harness.run("search", "queue", "--json", "--library", "lib", code=0).json()
            assert found["total"] >= 1
    assert videos("lib") == want and os.listdir("lib/archives") == []
    print(f"# killed in work {hits} times of {2 * POINTS}")


def manifest_is_whole(dest):
    """What the backup promises is there: in place, or waiting while it is published."""
    name = "publish.json" if os.path.exists(dest + "/publish.json") else "scaler-backup.json"
    if not os.path.exists(f"{dest}/{name}"):
        return
    with open(f"{dest}/{name}") as f:
        files = json.load(f)["files"]
    out = os.path.abspath("probe")
    shutil.rmtree(out, ignore_errors=True)
    r = harness.run("restore", dest, "--library", out, "--json", code=0).json()
    assert not r["damaged"] and not r["kept"] and r["restored"] >= len(files) - 2, r


def test_backup_and_restore():
    rng = seeded()
    for n in range(3):
        lecture(f"2026-01-1{n}_L{n}", f"L{n}", size=SIZE // 3)
    library(size=SIZE // 3)
    shutil.copytree("lib", "empty-source")
    whole = run("backup", "first", "--library", "lib")
    for n in range(POINTS):
        killed(rng, whole, "backup", "dest", "--library", "lib")
        manifest_is_whole("dest") if os.path.isdir("dest") else None
        # The library lives on meanwhile.
        write(f"lib/2026-01-1{n % 3}_L{n % 3}/lecture_notes.md", f"# edit {n}\n")
        write(f"lib/videos/L{n % 3}/full_video.mp4", random.Random(n).randbytes(SIZE // 3))
        killed(rng, whole, "backup", "dest", "--library", "lib")
        manifest_is_whole("dest") if os.path.isdir("dest") else None
    run("backup", "dest", "--library", "lib")
    with open("dest/scaler-backup.json") as f:
        assert not any("gone" in e for e in json.load(f)["files"].values())
    assert not os.path.exists("dest/incoming") and not os.path.exists("dest/publish.json")
    assert {k: v for k, v in tree("dest/files").items()} == tree("lib")
    restore = run("restore", "dest", "--library", "probe2")
    for _ in range(POINTS):
        killed(rng, restore, "restore", "dest", "--library", "new")
        for path, digest in videos("new").items():
            assert tree("lib")[path] == digest, "a half-written video has its name"
    run("restore", "dest", "--library", "new")
    assert tree("new") == tree("lib")
    assert {l["id"] for l in listed("new")} == {l["id"] for l in listed()}
    # And the library itself was only read.
    assert set(tree("lib")) == set(tree("empty-source"))


def test_cleanup():
    rng = seeded()
    i = library(size=1000)["Graphs 3"]
    keep = {p: h for p, h in tree("lib").items()}
    began = run("cleanup", "--library", "lib")
    for n in range(POINTS):
        for k in range(300):
            write(f"lib/videos/Graphs 3/chunks/{k}", b"x")
            write(f"lib/2026-01-10_Graphs 3/.work/a/{k}", b"x")
        killed(rng, began, "cleanup", "--library", "lib")
        assert {p: h for p, h in tree("lib").items() if "/chunks/" not in p and "/.work/" not in p} == keep
    run("cleanup", "--library", "lib")
    assert tree("lib") == keep and listed()[0]["id"] == i


if __name__ == "__main__":
    harness.main()
