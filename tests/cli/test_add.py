"""scaler add: download, resume, signatures, files, and what goes wrong."""
import glob
import gzip
import http.server
import json
import os
import signal
import subprocess
import threading
import time
import zipfile

import harness
from harness import Cdn, Skip, clean_env, need, run, start, write

SECRETS = ("KPSECRETID123", "UE9MSUNZU0VDUkVU", "SIGNATURESECRET456")
FRESH = ("KPSECRETID789", "RlJFU0hQT0xJQ1k_", "FRESHSIGNATURE000")
ONLY_DOWNLOAD = ["--no-process", "--library", "lib"]


def options(secrets):
    return ["--key-pair-id", secrets[0], "--policy", secrets[1], "--signature", secrets[2]]


def make_stream(folder="www", seconds=6):
    """A small HLS stream: one second a segment."""
    need("ffmpeg")
    os.makedirs(folder, exist_ok=True)
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"testsrc=s=160x90:r=10:d={seconds}",
         "-f", "lavfi", "-i", f"sine=d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
         "-c:a", "aac", "-b:a", "32k", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
         "-hls_segment_filename", f"{folder}/data%06d.ts", f"{folder}/index.m3u8"], check=True)


def make_file(name, seconds=2, video=True, audio=True):
    need("ffmpeg")
    args = ["ffmpeg", "-nostdin", "-v", "error"]
    if video:
        args += ["-f", "lavfi", "-i", f"testsrc=s=160x90:r=10:d={seconds}"]
    if audio:
        args += ["-f", "lavfi", "-i", f"sine=d={seconds}"]
    subprocess.run([*args, name], check=True)


def no_secrets(*texts):
    for text in texts:
        for s in SECRETS + FRESH:
            assert s not in text, f"a secret was printed: {text[-2000:]}"


def no_secrets_on_disk(folder):
    for base, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(base, name), "rb") as f:
                data = f.read()
            for s in SECRETS + FRESH:
                assert s.encode() not in data, os.path.join(base, name)


def pictures(path):
    """The hash of a video's decoded frames."""
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode",
                           "passthrough", "-f", "streamhash", "-"], check=True, capture_output=True).stdout


def test_a_huge_segment():
    """Larger than the window in which segments are handed on."""
    need("ffmpeg")
    os.makedirs("huge")
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=160x90:r=10:d=8",
         "-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
         "-x264-params", "nal-hrd=cbr:filler=1", "-b:v", "24M", "-maxrate", "24M", "-bufsize", "24M",
         "-c:a", "aac", "-f", "hls", "-hls_time", "60", "-hls_playlist_type", "vod",
         "-hls_segment_filename", "huge/seg%d.ts", "huge/index.m3u8"], check=True)
    assert os.path.getsize("huge/seg0.ts") > 20e6
    with Cdn("huge") as cdn:
        run("add", cdn.base + "/index.m3u8", "--title", "Huge", *ONLY_DOWNLOAD, code=0)
    assert pictures(glob.glob("lib/videos/Huge/*.mp4")[0]) == pictures("huge/seg0.ts")


class Swelling(http.server.BaseHTTPRequestHandler):
    """A playlist, and segments that unpack to 200 MB of nothing."""

    packed = gzip.compress(bytes(200 * 1000 * 1000), 1)
    asked = 0

    def do_GET(self):
        playlist = self.path.endswith(".m3u8")
        body = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\na.ts\n#EXT-X-ENDLIST\n" if playlist else self.packed
        Swelling.asked += not playlist
        self.send_response(200)
        if not playlist:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *args):
        pass


def test_what_is_compressed_to_fill_the_disk():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Swelling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    result = run("add", f"http://127.0.0.1:{server.server_port}/i.m3u8", *ONLY_DOWNLOAD, code=9)
    server.shutdown()
    assert "unpacks to far too much" in result.err, result.err
    assert Swelling.asked <= 4, Swelling.asked


def test_download_of_a_signed_stream():
    make_stream()
    with Cdn("www", "--sign", ":".join(SECRETS)) as cdn:
        r = run("add", cdn.base + "/index.m3u8", "--title", "Signed", "-v", "--json",
                *options(SECRETS), *ONLY_DOWNLOAD, code=0)
        lecture, = r.json()["lectures"]
        assert lecture["title"] == "Signed" and abs(lecture["duration"] - 6) < 0.3
        assert lecture["status"] == "downloaded" and os.path.getsize(lecture["video"]) > 1000
        no_secrets(r.out, r.err)
        no_secrets_on_disk("lib")
        assert lecture["source"].startswith(cdn.base) and "?" not in lecture["source"]
        # The same again has nothing to fetch and is the same lecture.
        before = cdn.stats()["paths"]
        again = run("add", cdn.base + "/index.m3u8", "--json", *options(SECRETS), *ONLY_DOWNLOAD, code=0)
        assert again.json()["lectures"][0]["id"] == lecture["id"]
        after = cdn.stats()["paths"]
        assert {p: n for p, n in after.items() if p.endswith(".ts")} == \
               {p: n for p, n in before.items() if p.endswith(".ts")}


def test_a_file_on_a_server():
    """A link to one file: in ranges, going on after a break, the very same video."""
    make_file("www.mp4", 8)
    os.makedirs("www", exist_ok=True)
    # Larger than one range: what follows the index is skipped by readers.
    with open("www.mp4", "rb") as f:
        data = f.read()
    pad = 6 << 20
    write("www/talk.mp4", data + pad.to_bytes(4, "big") + b"free" + bytes(pad - 8))
    url = "/talk.mp4?Key-Pair-Id={}&Policy={}&Signature={}".format(*SECRETS)
    with Cdn("www", "--sign", ":".join(SECRETS), "--fault", "half:/talk.mp4:1") as cdn:
        r = run("add", cdn.base + url, "--json", *ONLY_DOWNLOAD, code=0)
        lecture, = r.json()["lectures"]
        assert lecture["title"] == "talk" and abs(lecture["duration"] - 8) < 0.1, lecture
        assert not glob.glob("lib/videos/*/chunks")
        no_secrets(r.out, r.err)
        no_secrets_on_disk("lib")
    with open(lecture["video"], "rb") as f:
        want = f.read()
    with Cdn("www", "--fault", "slow=200:/talk.mp4:3") as cdn:
        cut = start("add", cdn.base + "/talk.mp4", "--library", "other", "--no-process")
        wait_for(lambda: glob.glob("other/videos/*/chunks/*.seg"), "a part of the file")
        cut.kill()
        cut.communicate()
        r = run("add", cdn.base + "/talk.mp4", "--json", "--library", "other", "--no-process", code=0)
        with open(glob.glob("other/*/metadata.json")[0]) as f:
            told = json.load(f)["download"]
        assert told["reused"] >= 1 and told["fetched"] + told["reused"] == 2, told
    with open(r.json()["lectures"][0]["video"], "rb") as f:
        assert f.read() == want
    r = run("add", "http://127.0.0.1:9/talk.mp4", *ONLY_DOWNLOAD)
    assert r.code != 0 and "talk.mp4 could not be fetched" in r.err, r


def test_a_file_that_is_a_page():
    write("www/talk.mp4", "<html>Log in</html>")
    with Cdn("www", "--fault", "html:/talk.mp4") as cdn:
        r = run("add", cdn.base + "/talk.mp4", *ONLY_DOWNLOAD)
        assert r.code != 0 and "web page" in r.err and not os.path.exists("lib/videos/talk"), r


def test_a_playlist_on_this_machine():
    write("here/index.m3u8", "#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n")
    r = run("add", "here/index.m3u8", *ONLY_DOWNLOAD)
    assert r.code != 0 and "http.server" in r.err and "localhost:8090/index.m3u8" in r.err, r


def wait_for(what, name):
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, f"no {name} within a minute"
        time.sleep(0.01)


def test_signature_in_the_url():
    make_stream()
    with Cdn("www", "--sign", ":".join(SECRETS)) as cdn:
        url = f"{cdn.base}/index.m3u8?Key-Pair-Id={SECRETS[0]}&Policy={SECRETS[1]}&Signature={SECRETS[2]}"
        r = run("add", url, "--title", "In URL", *ONLY_DOWNLOAD, "-v", code=0)
        no_secrets(r.out, r.err)
        no_secrets_on_disk("lib")


def test_secrets_are_not_in_the_argument_list():
    if not os.path.isdir("/proc/self"):
        raise Skip("no /proc")
    make_stream()
    with Cdn("www", "--sign", ":".join(SECRETS), "--latency-ms", "1500") as cdn:
        url = f"{cdn.base}/index.m3u8?Signature={SECRETS[2]}"
        p = start("add", url, "--header", "X-Token: " + SECRETS[2], *options(SECRETS), *ONLY_DOWNLOAD)
        # It has read its arguments when it asks.
        wait_for(lambda: cdn.stats()["requests"] > 0, "request")
        with open(f"/proc/{p.pid}/cmdline", "rb") as f:
            line = f.read().decode()
        p.kill()
        p.communicate()
        assert "add" in line
        no_secrets(line)


def test_an_ended_signature_pauses_and_fresh_values_go_on():
    make_stream()
    with Cdn("www", "--sign", ":".join(SECRETS), "--expire-after-requests", "4",
             "--renew", os.path.abspath("renew")) as cdn:
        url = cdn.base + "/index.m3u8"
        r = run("add", url, "--title", "Expiring", *options(SECRETS), *ONLY_DOWNLOAD, code=7)
        assert "signature" in r.err.lower()
        no_secrets(r.out, r.err)
        l, = run("list", "--json", "--library", "lib").json()["lectures"]
        assert l["status"] == "paused"
        write("renew", ":".join(FRESH) + "\n")
        done = run("add", url, *options(FRESH), "--json", *ONLY_DOWNLOAD, code=0).json()["lectures"][0]
        assert done["id"] == l["id"] and done["title"] == "Expiring" and abs(done["duration"] - 6) < 0.3


def test_interrupted_with_control_c_and_resumed():
    make_stream(seconds=12)
    with Cdn("www", "--cap-kbps", "3") as cdn:
        url = cdn.base + "/index.m3u8"
        p = start("add", url, "--title", "Broken off", *ONLY_DOWNLOAD)
        wait_for(lambda: glob.glob("lib/videos/*/chunks"), "download")
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=30)
        assert p.returncode == 130, (p.returncode, out, err)
        assert b"again" in err and b"Sanitizer" not in err
    with Cdn("www") as cdn2:
        # The same host and port would be the same stream; a library knows it by its address.
        r = run("add", cdn2.base + "/index.m3u8", "--title", "Broken off", "--json", *ONLY_DOWNLOAD, code=0)
        assert abs(r.json()["lectures"][0]["duration"] - 12) < 0.3


def test_terminated_process_leaves_a_library_that_works():
    make_stream(seconds=12)
    with Cdn("www", "--cap-kbps", "3") as cdn:
        url = cdn.base + "/index.m3u8"
        for wait in (0, 0.8):
            p = start("add", url, "--title", "Killed", *ONLY_DOWNLOAD)
            wait_for(lambda: glob.glob("lib/videos/*/chunks"), "download")
            time.sleep(wait)
            p.kill()
            p.communicate()
        run("list", "--library", "lib", code=0)
    # kill -9 may leave .part files and chunks, never a whole-looking video.
    for base, _, files in os.walk("lib"):
        assert "full_video.mp4" not in files


def test_a_missing_segment_is_told_and_allowed_gaps_go_on():
    make_stream()
    with Cdn("www", "--fault", "404:/data000003.ts") as cdn:
        url = cdn.base + "/index.m3u8"
        r = run("add", url, "--title", "Hole", *ONLY_DOWNLOAD, code=9)
        assert "0:03" in r.err, r
        r = run("add", url, "--allow-gaps", "--json", *ONLY_DOWNLOAD, code=0)
        (gap,) = r.json()["lectures"][0]["gaps"]
        assert 0 < gap[0] < gap[1] < 6
        assert r.json()["lectures"][0]["held"]["from"] == 0
        assert r.json()["lectures"][0]["status"] == "downloaded"


def test_gaps_that_were_allowed_are_told_again():
    make_stream()
    with Cdn("www", "--fault", "404:/data000003.ts") as cdn:
        url = cdn.base + "/index.m3u8"
        r = run("add", url, "--allow-gaps", *ONLY_DOWNLOAD, code=0)
        assert "already" not in r.err and "missing" in r.out, r
        r = run("add", url, *ONLY_DOWNLOAD, code=0)
        i, = run("list", "--ids", "--library", "lib", code=0).out.split()
        assert "gaps: 0:03-0:0" in r.err and f"scaler rm {i}" in r.err, r
    run("rm", "--yes", i, "--library", "lib", code=0)
    with Cdn("www") as cdn:
        r = run("add", cdn.base + "/index.m3u8", "--json", *ONLY_DOWNLOAD, code=0)
        assert r.json()["lectures"][0]["gaps"] == [] and "already" not in r.err, r


def test_another_quality_of_what_is_here_is_told():
    make_stream()
    write("www/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=160x90\nindex.m3u8\n"
                             "#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=80x45\nlow/index.m3u8\n")
    with Cdn("www") as cdn:
        url = cdn.base + "/master.m3u8"
        for first in ([], ["--quality", "90p"], ["--quality", "best"]):
            assert "already" not in run("add", url, *first, *ONLY_DOWNLOAD, code=0).err
        r = run("add", url, "--quality", "45p", *ONLY_DOWNLOAD, code=0)
        i, = run("list", "--ids", "--library", "lib", code=0).out.split()
        assert "already, in 160x90" in r.err and f"scaler rm {i}" in r.err, r
        assert r.err.count("already") == 1, r
        assert "already, in 160x90" in run("add", url, "--quality", "worst", *ONLY_DOWNLOAD, code=0).err


def test_live_and_drm_streams_are_refused_with_a_sentence():
    make_stream()
    with open("www/index.m3u8") as f:
        text = f.read()
    write("www/live.m3u8", text.replace("#EXT-X-ENDLIST\n", "").replace("#EXT-X-PLAYLIST-TYPE:VOD\n", ""))
    write("www/drm.m3u8", text.replace("#EXTINF", '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",'
                                       'KEYFORMAT="com.apple.streamingkeydelivery"\n#EXTINF', 1))
    with Cdn("www") as cdn:
        assert "live" in run("add", cdn.base + "/live.m3u8", *ONLY_DOWNLOAD, code=10).err.lower()
        run("add", cdn.base + "/drm.m3u8", *ONLY_DOWNLOAD, code=11)


def test_numbered_chunks_without_playlist():
    make_stream()
    os.remove("www/index.m3u8")
    with Cdn("www") as cdn:
        r = run("add", "--base-url", cdn.base + "/", "--chunk-pattern", "data%06d.ts", "--title", "Chunks",
                "--json", *ONLY_DOWNLOAD, code=0)
        assert abs(r.json()["lectures"][0]["duration"] - 6) < 0.5


def test_files():
    make_file("talk one.mp4")
    r = run("add", "talk one.mp4", "--json", *ONLY_DOWNLOAD, code=0)
    l, = r.json()["lectures"]
    assert "talk one" in l["title"] and abs(l["duration"] - 2) < 0.3 and os.path.exists("talk one.mp4")
    run("add", "none.mp4", *ONLY_DOWNLOAD, code=4)
    write("empty.mp4", b"")
    write("noise.mp4", os.urandom(5000))
    run("add", "empty.mp4", *ONLY_DOWNLOAD, code=13)
    run("add", "noise.mp4", *ONLY_DOWNLOAD, code=13)
    os.mkdir("dir")
    assert run("add", "dir", *ONLY_DOWNLOAD).code not in (0, 1)


def test_a_range_says_what_it_holds():
    """One key frame, at the beginning: the cut lies there, whatever was asked."""
    make_file("x.mp4", seconds=8)
    r = run("add", "x.mp4", "--from", "2", "--to", "6", "--json", *ONLY_DOWNLOAD, code=0)
    l, = r.json()["lectures"]
    assert l["held"]["from"] < 0.1 and abs(l["held"]["to"] - l["duration"]) < 0.1, l
    assert "holds 0:00 to 0:06" in r.err, r


def test_several_files_one_of_them_bad():
    make_file("a.mp4")
    make_file("b.mp4")
    r = run("add", "a.mp4", "none.mp4", "b.mp4", "--json", *ONLY_DOWNLOAD, code=4)
    assert len(r.json()["lectures"]) == 2 and "1 of 3" in r.err


def test_title_and_date_are_kept():
    make_file("x.mp4")
    l, = run("add", "x.mp4", "--title", "Ünïcode / ../ \"Title\"", "--date", "2025-02-03", "--json",
             *ONLY_DOWNLOAD, code=0).json()["lectures"]
    assert l["title"] == "Ünïcode / ../ \"Title\"" and l["date"] == "2025-02-03"
    assert os.path.realpath(l["folder"]).startswith(os.path.realpath("lib"))
    assert "2025-02-03" in os.path.basename(l["folder"])


def test_stages_can_be_left_out_and_done_later():
    make_file("x.mp4", seconds=3)
    every = "transcription,frames,slides,notes"
    assert "skipped" in run("add", "x.mp4", "--skip", every, "--library", "lib", code=13).err
    l, = run("list", "--library", "lib", "--json").json()["lectures"]
    r = run("process", l["id"], "--skip", "transcription", "--skip", "notes", "--library", "lib", "--json",
            code=0)
    l, = r.json()["lectures"]
    assert l["artifacts"]["transcript"] is None and l["artifacts"]["notes"] is None, r
    assert l["artifacts"]["viewer"] and l["artifacts"]["index"], r


def test_slides_over_silence_are_told_to_be_without_speech():
    need("ffmpeg")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=white:s=320x180:r=5:d=6",
                    "-f", "lavfi", "-i", "anullsrc", "-vf", "drawbox=40:40:120:60:black:fill", "-pix_fmt", "yuv420p",
                    "-t", "6", "mute.mp4"], check=True)
    r = run("add", "mute.mp4", "--library", "lib", "--engine", "sphinx", "--json", code=0)
    l, = r.json()["lectures"]
    assert l["artifacts"]["slides"], "the box is a slide, though it is no writing"
    assert "No speech was found in the sound." in l["warnings"], l
    assert "what was said" not in run("show", l["id"], "--library", "lib", code=0).out


def test_speech_to_notes_end_to_end():
    """Half a minute of speech over two pictures becomes transcript, slides and notes."""
    need("flite")
    need("ffmpeg")
    text = ("A graph is a set of nodes together with a set of edges. The homework is due on Friday. "
            "We keep a queue of nodes that were found but not yet visited.")
    subprocess.run(["flite", "-voice", "awb", "-t", text, "-o", "s.wav"], check=True)
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=white:s=320x180:r=5:d=5",
                    "-f", "lavfi", "-i", "testsrc=s=320x180:r=5:d=8", "-i", "s.wav", "-filter_complex",
                    "[0:v]drawbox=40:40:120:60:black:fill,format=yuv420p[a];[1:v]select='eq(n,0)',"
                    "loop=-1:1,trim=duration=8,fps=5,format=yuv420p[b];[a][b]concat=n=2:v=1[v]",
                    "-map", "[v]", "-map", "2:a", "-shortest", "talk.mp4"], check=True)
    r = run("add", "talk.mp4", "--title", "Tiny talk", "--library", "lib", "--engine", "sphinx",
            "--llm", "builtin", "--json", timeout=280, code=0)
    l, = r.json()["lectures"]
    assert l["status"] == "processed", r
    for key in ("notes", "summary", "transcript", "subtitles", "viewer", "index"):
        assert l["artifacts"][key], (key, r)
    with open(os.path.join(l["folder"], "transcript.json")) as f:
        said = json.load(f)["text"].lower()
    assert "homework is due on friday" in said, said
    hits = run("search", "homework", "--library", "lib", "--json", code=0).json()["hits"]
    assert any(h["kind"] == "transcript" and h["end"] > 1 for h in hits), hits
    # Nothing changed: nothing is done again.
    def made():
        files = [os.path.join(l["folder"], name) for name in ("transcript.json", "slides_metadata.json", "notes.json")]
        return [os.stat(f).st_mtime_ns for f in files]
    before = made()
    run("process", l["id"], "--library", "lib", "--engine", "sphinx", "--llm", "builtin", code=0)
    assert made() == before
    leftovers = [f for _, _, files in os.walk("lib") for f in files if f.endswith((".part", "audio.wav"))]
    assert not leftovers, leftovers


def test_a_stage_asked_for_by_name_must_not_fail_quietly():
    """What the other stages made is kept and shown; the exit code tells."""
    make_file("x.mp4", seconds=3)
    r = run("add", "x.mp4", "--title", "Asked", "--skip", "transcription", "--llm", "ollama",
            "--library", "lib", "--json")
    l, = r.json()["lectures"]
    assert l["status"] == "processed" and l["artifacts"]["viewer"] and l["artifacts"]["notes"] is None, r
    if l["artifacts"]["slides"]:  # something to write notes about
        assert r.code == 17 and "Ollama does not answer" in r.err, r
    r = run("process", l["id"], "--language", "tlh", "--engine", "sphinx", "--library", "lib")
    assert r.code == 17 and "tlh" in r.err and "viewer.html" in r.out, r
    r = run("process", l["id"], "--model", "small", "--engine", "sphinx", "--library", "lib")
    assert r.code == 3 and '"small"' in r.err, r
    r = run("process", l["id"], "--model", "small", "--library", "lib")
    assert r.code == 17 and '"small"' in r.err, r
    # The same wishes as settings are preferences: what can be done is done.
    r = run("process", l["id"], "--library", "lib", env={"LLM_PROVIDER": "ollama"}, code=0)
    assert r.code == 0, r


def test_wrong_values_are_refused_before_anything_is_done():
    for wrong, said in ((["--llm", "foo"], '"foo"'), (["--llm", "builtin:x"], "builtin:x"),
                        (["--llm", "ollama:"], "ollama:MODEL"), (["--language", "xx9"], "--language"),
                        (["--engine", "nosuch"], "nosuch")):
        r = run("add", "none.mp4", *wrong, "--library", "lib")
        assert r.code in (2, 3, 17) and said in r.err, (wrong, r)
        assert "WHISPER" not in r.err and "SCALER_" not in r.err, r


def test_the_same_file_under_another_title_is_told():
    make_file("x.mp4")
    run("add", "x.mp4", "--title", "First", *ONLY_DOWNLOAD, code=0)
    r = run("add", "x.mp4", "--title", "Second", *ONLY_DOWNLOAD, code=0)
    assert 'already, as "First"' in r.err and "First" in r.out, r
    assert "already" not in run("add", "x.mp4", "--title", "First", *ONLY_DOWNLOAD, code=0).err
    assert len(run("list", "--library", "lib", "--json").json()["lectures"]) == 1


def test_a_title_that_was_tidied_is_no_other_title():
    make_file("x.mp4")
    r = run("add", "x.mp4", "--title", "Tab\there  ", *ONLY_DOWNLOAD, code=0)
    assert "already" not in r.err and "Tab here" in r.out, r
    make_file("y.mp4", seconds=3)
    assert "already" not in run("add", "y.mp4", "--title", "x" * 3000, *ONLY_DOWNLOAD, code=0).err


def test_what_is_no_plain_file_is_called_so():
    os.mkfifo("pipe")
    for name in ("pipe", "/dev/zero"):
        r = run("add", name, *ONLY_DOWNLOAD, code=12)
        assert "device or a pipe" in r.err, r
        assert "device or a pipe" in run("inspect", name, timeout=10, code=12).err


def test_options_are_checked_before_anything_is_fetched():
    make_file("x.mp4")
    r = run("add", "x.mp4", "--quality", "bogus", *ONLY_DOWNLOAD, code=2)
    assert "--quality" in r.err and not os.path.exists("lib"), r
    for command in ("add", "inspect"):
        r = run(command, "http://127.0.0.1:9/i.m3u8", "--cookie-file", "nosuch", code=4)
        assert "cookie file" in r.err and "nosuch" in r.err, r
        assert "is a folder" in run(command, "http://127.0.0.1:9/i.m3u8", "--cookie-file", ".", code=3).err


def test_a_signature_that_ended_on_another_day_names_the_day():
    import base64
    policy = json.dumps({"Statement": [{"Resource": "*", "Condition": {
        "DateLessThan": {"AWS:EpochTime": 1500000000}}}]})
    policy = base64.b64encode(policy.encode()).decode().translate(str.maketrans("+=/", "-_~"))
    write("www/index.m3u8", "#EXTM3U\n")
    with Cdn("www", "--sign", ":".join(SECRETS)) as cdn:
        r = run("add", cdn.base + "/index.m3u8", "--key-pair-id", "K", "--policy", policy,
                "--signature", "S", *ONLY_DOWNLOAD, code=7)
    assert "signature ended at 2017-07-1" in r.err, r


def test_what_failed_near_its_end_is_not_called_done():
    make_stream(seconds=40)
    with Cdn("www", "--fault", "404:/data000020.ts") as cdn:
        r = run("add", cdn.base + "/index.m3u8", *ONLY_DOWNLOAD, code=9)
    assert "download      stopped" in r.err and " done" not in r.err, r


def test_what_is_odd_about_a_stream_is_kept():
    """Packets lost at the server for good: told also to who reads only JSON, or later."""
    make_stream(seconds=16)
    with open("www/data000003.ts", "rb") as f:
        data = f.read()
    middle = len(data) // 188 // 2 * 188
    write("www/data000003.ts", data[:middle] + data[middle + 2 * 188:])
    with Cdn("www") as cdn:
        r = run("add", cdn.base + "/index.m3u8", "-q", "--json", *ONLY_DOWNLOAD, code=0)
    l, = r.json()["lectures"]
    assert any("segment 4" in w for w in l["warnings"]), l
    assert "segment 4" in run("show", l["id"], "--library", "lib", code=0).out
    again, = run("add", cdn.base + "/index.m3u8", "-q", "--json", *ONLY_DOWNLOAD, code=0).json()["lectures"]
    assert again["warnings"] == l["warnings"], again


def test_show_tells_what_is_missing():
    make_stream()
    with Cdn("www", "--fault", "404:/data000002.ts") as cdn:
        r = run("add", cdn.base + "/index.m3u8", "--title", "Holes", "--allow-gaps", *ONLY_DOWNLOAD, code=0)
    assert "missing       0:02-0:03" in r.out, r
    i = run("list", "--ids", "--library", "lib").out.strip()
    assert "missing    0:02-0:03" in run("show", i, "--library", "lib", code=0).out


def test_speech_that_was_not_recognised_is_told():
    need("flite")
    write("bin/scaler-half", """#!/usr/bin/env python3
import json, sys
def say(**line): print(json.dumps(line), flush=True)
if "--probe" in sys.argv:
    say(type="probe", name="half", version="1", model="", usable=True, window=5); sys.exit()
say(type="ready", name="half", version="1", model="")
for header in iter(sys.stdin.buffer.readline, b""):
    span = json.loads(header); sys.stdin.buffer.read(span["samples"] * 2)
    i, s = span["id"], span["start"]
    if i == 1:
        say(type="error", id=i, text="no"); continue
    say(type="segment", id=i, start=s, end=s + 1, text="words")
    say(type="span_end", id=i)
""")
    os.chmod("bin/scaler-half", 0o755)
    subprocess.run(["flite", "-voice", "awb", "-t", "We keep a queue of nodes that were found. " * 8,
                    "-o", "x.wav"], check=True)
    env = {"PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]}
    r = run("add", "x.wav", "--engine", "half", "--library", "lib", "-q", "--json", env=env, code=0)
    l, = r.json()["lectures"]
    assert any("could not be recognised: 0:0" in w for w in l["warnings"]), l["warnings"]
    assert "could not be recognised" in run("show", l["id"], "--library", "lib", code=0).out


def test_an_engine_that_fails_is_not_the_lectures_fault():
    write("bin/scaler-broken", "#!/bin/sh\nexit 3\n")
    os.chmod("bin/scaler-broken", 0o755)
    need("flite")
    subprocess.run(["flite", "-voice", "awb", "-t", "A graph is a set of nodes.", "-o", "x.wav"], check=True)
    env = {"PATH": os.path.abspath("bin") + ":" + os.environ["PATH"]}
    r = run("add", "x.wav", "--engine", "broken", "--library", "lib", env=env, code=18)
    assert "ended unexpectedly" in r.err, r


def test_the_zip_holds_the_video_on_request():
    make_file("x.mp4", seconds=3)
    l, = run("add", "x.mp4", "--title", "Packed", "--skip", "transcription", "--library", "lib",
             "--json", code=0).json()["lectures"]
    r = run("export", l["id"], "--library", "lib", "-o", "a.zip", code=0)
    assert "--with-video" in r.err, r
    r = run("export", l["id"], "--library", "lib", "-o", "b.zip", "--with-video", code=0)
    assert "--with-video" not in r.err, r
    with zipfile.ZipFile("a.zip") as a, zipfile.ZipFile("b.zip") as b:
        more = set(b.namelist()) - set(a.namelist())
        assert len(more) == 1 and more.pop() == os.path.relpath(l["video"], l["folder"] + "/.."), more
        viewer, = (n for n in b.namelist() if n.endswith("viewer.html"))
        b.extractall("out")
    with open("out/" + viewer) as f:
        assert "../videos/Packed/full_video.mp4" in f.read()
    assert os.path.exists(os.path.join("out", os.path.dirname(viewer), "../videos/Packed/full_video.mp4"))
    run("export", l["id"], "--library", "lib", "--format", "srt", "--with-video", code=2)


def test_a_clip_of_seconds_gets_notes_that_hold_what_was_said():
    need("flite")
    subprocess.run(["flite", "-voice", "awb", "-t", "A graph is a set of nodes and a set of edges.",
                    "-o", "s.wav"], check=True)
    l, = run("add", "s.wav", "--library", "lib", "--engine", "sphinx", "--llm", "builtin", "--json",
             timeout=280, code=0).json()["lectures"]
    with open(l["artifacts"]["notes"]) as f:
        notes = f.read()
    with open(l["folder"] + "/transcript.json") as f:
        said = json.load(f)["text"].rstrip(".")
    assert said and said in notes and "cover 0 %" not in notes, (said, notes)


def test_a_folder_and_an_unknown_engine_are_refused_at_once():
    os.makedirs("lectures.mp4")
    r = run("add", "lectures.mp4", "--library", "lib2")
    assert r.code not in (0, 1) and "is a folder" in r.err, r
    r = run("add", "lectures.mp4", "--library", "lib2", "--engine", "nosuch")
    assert r.code not in (0, 1) and '"nosuch" is not installed' in r.err, r


def test_progress_fits_80_columns_and_plain_lines_elsewhere():
    import re
    make_stream()
    with Cdn("www", "--fault", "slow=3:/data000005.ts") as cdn:
        code, out = harness.run_on_terminal("add", cdn.base + "/index.m3u8", "--title", "Bars",
                                            *ONLY_DOWNLOAD)
        assert code == 0, out
        assert "\x1b[" in out and "%" in out
        for line in re.split(r"[\r\n]+|\x1b\[\d*[AJK]", out):
            assert len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 80 or "/" in line, line
    with Cdn("www") as cdn:
        r = run("add", cdn.base + "/index.m3u8", "--title", "Lines", *ONLY_DOWNLOAD, code=0)
        assert "\x1b" not in r.err and "download" in r.err
        said = re.search(r"^download +done, ([0-9.]+) (k?B)", r.err, re.M)
        assert said and float(said[1]) * (1000 if said[2] == "kB" else 1) > 5000, r.err
        q = run("add", cdn.base + "/index.m3u8", "-q", *ONLY_DOWNLOAD, code=0)
        assert q.err == ""


if __name__ == "__main__":
    harness.main()
