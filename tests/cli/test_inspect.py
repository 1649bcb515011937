"""scaler inspect: playlists from everywhere, media files, and what is neither."""
import os
import subprocess

import harness
from harness import Cdn, need, run, write

MEDIA = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:10
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-KEY:METHOD=AES-128,URI="key.bin"
#EXTINF:9.967,First
a.ts
#EXT-X-DISCONTINUITY
#EXT-X-BYTERANGE:100@20
#EXTINF:4,
b.ts?x=1
#EXT-X-ENDLIST
"""
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,RESOLUTION=1280x720,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="a"
hi/index.m3u8
"""
SECRETS = ("KPSECRETID", "POLICYSECRETVALUE", "SIGNATURESECRETVALUE")
SIGNED = ["--key-pair-id", SECRETS[0], "--policy", SECRETS[1], "--signature", SECRETS[2]]


def test_media_playlist_on_stdin():
    j = run("inspect", "-", "--json", input=MEDIA, code=0).json()
    assert j["type"] == "media" and j["endlist"] is True and j["playlist_type"] == "VOD"
    assert (j["target_duration"], j["media_sequence"], j["discontinuity_sequence"]) == (10, 7, 0)
    a, b = j["segments"]
    assert a["uri"] == "a.ts" and a["duration"] == 9.967 and a["msn"] == 7 and a["title"] == "First"
    assert a["key"]["method"] == "AES-128" and a["key"]["uri"] == "key.bin"
    assert a["byterange"] is None and a["map"] is None and a["program_date_time"] is None
    assert b["discontinuity"] is True and b["byterange"] == {"length": 100, "offset": 20}
    assert b["uri"] == "b.ts?x=1" and b["gap"] is False
    assert j["warnings"] is not None


def test_master_playlist_on_stdin():
    j = run("inspect", "-", "--json", input=MASTER, code=0).json()
    assert j["type"] == "master"
    v, = j["variants"]
    assert v["bandwidth"] == 1280000 and v["resolution"] == {"width": 1280, "height": 720}
    assert v["uri"] == "hi/index.m3u8" and v["audio"] == "a"
    r, = j["renditions"]
    assert r["name"] == "English" and r["default"] is True and r["uri"] == "en.m3u8"


def test_durations_keep_their_digits():
    written = ["9.976666666666667", "10.010010010010011", "0.3333333333333333", "9.009", "4.0"]
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:11\n" + "".join(
        f"#EXTINF:{w},\n{i}.ts\n" for i, w in enumerate(written))
    r = run("inspect", "-", "--json", input=text, code=0)
    assert [s["duration"] for s in r.json()["segments"]] == [float(w) for w in written]
    assert '"duration": 9.009,' in r.out  # and no digits that nobody wrote


def test_base_resolves_uris():
    j = run("inspect", "-", "--json", "--base", "https://h.example/x/y.m3u8?s=1", input=MEDIA).json()
    assert j["segments"][0]["uri"] == "https://h.example/x/a.ts"


def test_text_form_is_readable():
    write("p.m3u8", MEDIA)
    for args in (["p.m3u8"], ["file://" + os.path.abspath("p.m3u8")]):
        out = run("inspect", *args, code=0).out
        assert "2 segments" in out and "a.ts" in out and "AES-128" in out
    assert "1280x720" in run("inspect", "-", input=MASTER, code=0).out


def test_what_steers_a_terminal_is_not_printed():
    odd = MEDIA + "#EXTINF:1,a\x1b[31m\x9b5n\n\x1b]0;x\x07\x7f.ts\n"
    out = run("inspect", "-", input=odd, code=0).out
    assert "?[31m" in out, out
    assert not any((ord(c) < 32 and c != "\n") or 0x7f <= ord(c) < 0xa0 for c in out), ascii(out)


def test_bom_crlf_and_leading_space():
    write("p.m3u8", b"\xef\xbb\xbf" + MEDIA.replace("\n", "\r\n").encode())
    assert len(run("inspect", "p.m3u8", "--json", code=0).json()["segments"]) == 2


def test_what_is_no_playlist_ends_with_a_sentence():
    for data in ("", "hello\n", "<html><body>Not found</body></html>", b"\x00\x01\x02" * 5000, b"\xff" * 10):
        r = run("inspect", "-", input=data)
        assert r.code not in (0, 1) and r.err.startswith("scaler: ") and r.out == "", (data[:20], r)
        r = run("inspect", "-", "--json", input=data)
        assert r.code not in (0, 1) and r.out == ""
    write("page.m3u8", "<html></html>")
    assert run("inspect", "page.m3u8").code not in (0, 1)


def test_files_that_are_no_media():
    write("a.mp4", b"")
    write("b.mp4", b"garbage" * 1000)
    run("inspect", "a.mp4", code=13)
    run("inspect", "b.mp4", code=13)
    run("inspect", "none.mp4", code=4)
    os.mkdir("folder")
    assert run("inspect", "folder").code not in (0, 1)


def test_media_file():
    need("ffmpeg")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=5:d=2",
                    "-f", "lavfi", "-i", "sine=d=2", "-shortest", "v.mp4"], check=True)
    j = run("inspect", "v.mp4", "--json", code=0).json()
    assert j["type"] == "file" and abs(j["duration"] - 2) < 0.3
    assert [s["kind"] for s in j["streams"]] == ["video", "audio"]
    assert "video" in run("inspect", "v.mp4", code=0).out


def test_url_with_signature():
    os.mkdir("www")
    write("www/p.m3u8", MEDIA)
    with Cdn("www", "--sign", ":".join(SECRETS)) as cdn:
        r = run("inspect", cdn.base + "/p.m3u8", "--json", *SIGNED, "-v", code=0)
        assert r.json()["segments"][0]["uri"].startswith(cdn.base + "/a.ts")
        for s in SECRETS:
            assert s not in r.out + r.err
        query = f"?Key-Pair-Id={SECRETS[0]}&Policy={SECRETS[1]}&Signature={SECRETS[2]}"
        r = run("inspect", cdn.base + "/p.m3u8" + query, "-v", code=0)
        for s in SECRETS:
            assert s not in r.out + r.err
        r = run("inspect", cdn.base + "/p.m3u8")
        assert r.code in (6, 7) and "403" in r.err, r


def test_urls_that_fail():
    os.mkdir("www")
    write("www/page.html", "<html></html>")
    with Cdn("www") as cdn:
        assert run("inspect", cdn.base + "/none.m3u8").code in (4, 8, 6)
        assert run("inspect", cdn.base + "/page.html").code not in (0, 1)
    r = run("inspect", "http://127.0.0.1:9/x.m3u8", code=8)
    assert "127.0.0.1" in r.err
    assert run("inspect", "ftp://127.0.0.1/x.m3u8").code not in (0, 1)
    assert run("inspect", "http://").code not in (0, 1)


if __name__ == "__main__":
    harness.main()
