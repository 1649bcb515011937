"""Workers behind walls: what an engine that a hostile video took over could still do."""
import json
import os
import socket
import subprocess

import client
import harness
from client import Server
from harness import write

# Says what it could do as the words that it heard.
ENGINE = r'''#!/usr/bin/env python3
import json, os, socket, sys, time
def say(**m): print(json.dumps(m), flush=True)
if "--probe" in sys.argv:
    say(type="probe", name="walls", version="1", usable=True); sys.exit()
def can(f):
    try: f(); return "yes"
    except OSError: return "no"
def touch(path): return can(lambda: open(path, "w").close())
root = os.environ["SCALER_OUTPUT_DIR"]
own = os.environ.get("TMPDIR", root)
temp = "/tmp/scaler-walls-test-%d" % os.getpid()
say(type="ready", name="walls", version="1", model="m", device="cpu")
while True:
    line = sys.stdin.buffer.readline()
    if not line: break
    span = json.loads(line)
    sys.stdin.buffer.read(2 * span["samples"])
    port = int(open(os.path.join(root, "..", "port")).read())
    found = {
        "library": touch(root + "/x"), "keys": touch(root + "/.scaler/keys.json"),
        "video": touch(root + "/videos/x"), "folder": can(lambda: os.mkdir(root + "/made")),
        "queue": can(lambda: open(root + "/.scaler/queue.db", "r+").close()),
        "temp": touch(temp), "home": touch(os.path.join(root, "..", "x")),
        "own": touch(own + "/scratch"),
        "net": can(lambda: socket.create_connection(("127.0.0.1", port), 2).close()),
        "unix": can(lambda: socket.socket(socket.AF_UNIX)),
        "rename": can(lambda: (os.rename(root + "/.scaler/logs", root + "/l"),
                               os.rename(root + "/l", root + "/.scaler/logs"))),
    }
    for scrap in (own + "/scratch", temp):
        os.path.exists(scrap) and os.unlink(scrap)
    say(type="segment", id=span["id"], start=span["start"], end=span["start"] + 1,
        text=" ".join(k + "=" + v for k, v in sorted(found.items())))
    say(type="span_end", id=span["id"])
'''


def have_walls():
    rows = harness.run("doctor", "--json", "--library", "doctor").json()["checks"]
    text = next(r["text"] for r in rows if r["part"] == "sandbox")
    if "Landlock" not in text or "seccomp" not in text:
        raise harness.Skip("this kernel has no walls: " + text)
    return text


def heard(s, **more):
    """What the engine could do while it worked on a video."""
    job = s.post("/api/import", {"path": "talk.mp4", **more}, 200)
    i = s.wait("/api/jobs/" + job["jobId"], lambda j: j["state"] in ("done", "failed"))
    assert i["state"] == "done", i
    r, = s.get("/api/recordings")["recordings"]
    p = s.post("/api/process", {"title": r["title"], "videoPath": r["videoPath"]})
    j = s.wait("/api/process/" + p["processId"], lambda j: j["status"] in ("complete", "error"), 300)
    assert j["status"] == "complete", (j, s.get("/api/jobs/" + p["processId"]))
    text = " ".join(c["text"] for c in s.get(f"/api/recordings/{r['id']}/transcript")["chunks"])
    assert "=" in text, text
    return r, dict(x.lower().strip(".").split("=") for x in text.split() if "=" in x)


def prepare():
    client.tiny_hls("cdn")
    os.makedirs("in", exist_ok=True)
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", "cdn/stream.m3u8", "-c",
                    "copy", "in/talk.mp4"], check=True)
    write("bin/scaler-walls", ENGINE)
    os.chmod("bin/scaler-walls", 0o755)
    return {"SCALER_IMPORT_DIR": os.path.abspath("in"), "SCALER_ENGINE": "walls",
            "SCALER_VISION": "off", "PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]}


def listener():
    s = socket.create_server(("127.0.0.1", 0))
    write("port", str(s.getsockname()[1]))
    return s


def test_an_engine_writes_its_lecture_alone():
    have_walls()
    env = prepare()
    with listener(), Server(**env) as s:
        r, can = heard(s)
        assert can == {"own": "yes", "library": "no", "keys": "no", "video": "no", "queue": "no",
                       "folder": "no", "temp": "no", "home": "no", "net": "no", "unix": "no",
                       "rename": "no"}, can
        # Taken over by a second name, not by a copy: the wall lets exactly this file through.
        assert os.stat(r["videoPath"]).st_ino == os.stat("in/talk.mp4").st_ino
        assert os.stat("in/talk.mp4").st_nlink == 2


def test_only_the_language_models_port():
    if "version" not in have_walls():
        raise harness.Skip("no ports")
    env = prepare()
    # A port that is taken, so that it is nobody else's, and refuses: nobody listens there.
    with listener(), socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{mine.getsockname()[1]}"
        with Server(**{**env, "OLLAMA_HOST": url, "SCALER_VISION": "on",
                       "SCALER_SANDBOX": "on"}) as s:
            _, can = heard(s)
            assert can["net"] == "no" and can["unix"] == "no", can


def test_switched_off():
    env = prepare()
    with listener(), Server(SCALER_SANDBOX="off", **env) as s:
        _, can = heard(s)
        assert can["net"] == "yes" and can["library"] == "yes", can
    rows = harness.run("doctor", "--json", "--library", "lib", env={"SCALER_SANDBOX": "off"}).json()["checks"]
    assert any("switched off" in r["text"] for r in rows), rows


def test_what_came_to_nothing_is_removed():
    """A refused download leaves no entry, though its worker cannot remove one."""
    folder = client.tiny_hls("cdn")
    with harness.Cdn(folder) as cdn, Server() as s:
        a = s.post("/api/download", {"title": "Gone", "streamInfo": {
            "streamUrl": cdn.base + "/not-there.m3u8"}})
        d = s.wait("/api/status/" + a["downloadId"], lambda j: j["status"] in ("complete", "error"))
        assert d["status"] == "error", d
        assert s.get("/api/recordings")["recordings"] == []
        left = [n for n in os.listdir("lib") if n not in (".scaler", "videos")]
        assert left == [] and os.listdir("lib/videos") == [], (left, os.listdir("lib/videos"))


def test_damaged_files_end_their_own_job():
    os.makedirs("in", exist_ok=True)
    write("in/noise.mp4", os.urandom(300000))
    write("in/empty.mp4", b"")
    with Server(SCALER_IMPORT_DIR=os.path.abspath("in")) as s:
        for name in ("noise.mp4", "empty.mp4"):
            job = s.post("/api/import", {"path": name})["jobId"]
            j = s.wait("/api/jobs/" + job, lambda j: j["state"] in ("done", "failed"))
            assert j["state"] == "failed" and j["error"]["code"] == "bad_media", j
        assert s.get("/api/recordings")["recordings"] == []
        assert s.get("/health")["status"] == "healthy"


if __name__ == "__main__":
    harness.main()
