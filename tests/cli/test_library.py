"""The library from the command line: list, show, search, export, rm, rescan."""
import json
import os
import stat
import subprocess
import zipfile

import harness
from harness import run, run_on_terminal, write

FOLDER = "2026-11-20_Graphs 3"


def make_lecture(root="lib", folder=FOLDER, title="Graphs 3"):
    base = os.path.join(root, folder)
    words = "a queue gives the nodes in the order of their distance"
    write(f"{base}/transcript.json", json.dumps({
        "text": words + ". Zebra crossing.",
        "chunks": [{"start": 1.5, "end": 6.0, "text": words + "."},
                   {"start": 6.0, "end": 8.0, "text": "Zebra crossing."}]}))
    write(f"{base}/transcript.txt", words + ".\nZebra crossing.\n")
    write(f"{base}/lecture_notes.md", f"# {title}\n\nNotes about the queue.\n")
    write(f"{base}/metadata.json", json.dumps({"title": title, "date": "2026-11-20"}))
    write(f"{base}/slides_metadata.json", json.dumps([{
        "filename": "00_00_02.png", "timestamp": 2, "timestamp_display": "00:00:02", "end": 7,
        "ocr_text": "Breadth first search C++"}]))
    run("rescan", "--library", root, code=0)
    return run("list", "--ids", "--library", root, code=0).out.strip().splitlines()


def test_empty_library():
    r = run("list", "--library", "lib", code=0)
    assert r.out == "" and "no lectures" in r.err
    assert run("list", "--json", "--library", "lib", code=0).json() == {"lectures": []}
    assert run("list", "--ids", "--library", "lib", code=0).out == ""
    assert run("list", "-q", "--library", "lib", code=0).err == ""
    for args in (["show", "abcd"], ["rm", "--yes", "abcd"], ["export", "abcd"], ["process", "abcd"]):
        r = run(*args, "--library", "lib", code=4)
        assert "abcd" in r.err


def test_a_library_that_cannot_be_made():
    write("file", "x")
    for args in (["list"], ["search", "x"], ["rescan"], ["add", "x.mp4"]):
        r = run(*args, "--library", "file/lib")
        assert r.code not in (0, 1) and "file/lib" in r.err, r
    assert run("list", "--library", "/proc/nowhere").code not in (0, 1)


def test_list_and_show():
    i, = make_lecture()
    j, = run("list", "--library", "lib", "--json", code=0).json()["lectures"]
    assert j["id"] == i and j["title"] == "Graphs 3" and j["date"] == "2026-11-20"
    assert j["artifacts"]["notes"].endswith("lecture_notes.md") and j["artifacts"]["viewer"] is None
    out = run("list", "--library", "lib", code=0).out
    assert "Graphs 3" in out and i in out
    for args in ([i], [i[:8]]):
        o = run("show", *args, "--library", "lib", "--json", code=0).json()
        assert o["id"] == i and isinstance(o["stages"], list) and o["metadata"]["title"] == "Graphs 3"
    assert "Graphs 3" in run("show", i, "--library", "lib", code=0).out
    run("show", i[:2], "--library", "lib", code=4)


def test_parts():
    i, = make_lecture()
    assert run("show", i, "--part", "notes", "--library", "lib", code=0).out.startswith("# Graphs 3")
    assert "Zebra" in run("show", i, "-p", "transcript", "--library", "lib", code=0).out
    assert run("show", i, "-p", "transcript", "--json", "--library", "lib", code=0).json()["chunks"]
    r = run("show", i, "-p", "cards", "--library", "lib", code=4)
    assert "scaler process" in r.err


def test_search_finds_the_second():
    i, = make_lecture()
    j = run("search", "zebra", "--library", "lib", "--json", code=0).json()
    hit, = [h for h in j["hits"] if h["kind"] == "transcript"]
    assert hit["lecture"] == i and 5.5 <= hit["time"] <= 6.5 and j["total"] == 1
    a, b = hit["matches"][0]
    assert hit["snippet"][a:b].lower() == "zebra"
    out = run("search", "zebra", "--library", "lib", code=0).out
    assert "0:06" in out and "Zebra" in out and "\x02" not in out and "\x1b" not in out
    slides = run("search", "C++", "--library", "lib", "--json", code=0).json()["hits"]
    assert any(h["kind"] == "slide" and h["time"] == 2 for h in slides), slides
    assert run("search", "order of their", "--library", "lib", "--kind", "transcript", "--json").json()["total"]
    for odd in ('"', "'; DROP TABLE", "(", "*", "NEAR(", "-x", "\\", "ü€", " ", "a" * 500):
        run("search", "--library", "lib", "--json", "--", odd, code=0)
    run("search", "a" * 5000, "--library", "lib", code=20)
    assert run("search", "zebra", "--to", "2020-01-01", "--library", "lib", "--json").json()["total"] == 0
    r = run("search", "quagmire", "--library", "lib", code=0)
    assert r.out == "" and "Nothing found" in r.err
    run("search", "zebra", "--lecture", "none-such", "--library", "lib", code=4)


def test_search_fits_the_terminal():
    make_lecture()
    for columns in (80, 44):
        code, out = run_on_terminal("search", "queue", "--library", "lib", columns=columns)
        assert code == 0
        import re
        plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", out).replace("\r", "")
        assert all(len(line) <= columns for line in plain.splitlines() if line.startswith("  ")), plain


def test_export():
    i, = make_lecture()
    out = run("export", i, "--library", "lib", code=0).out.strip()
    assert out.endswith(".zip") and os.path.exists(out)
    names = zipfile.ZipFile(out).namelist()
    assert any(n.endswith("lecture_notes.md") for n in names)
    assert not any(n.startswith("/") or ".." in n for n in names)
    for f, text in (("srt", "00:00:06,000 --> 00:00:08,000"), ("vtt", "WEBVTT"), ("md", "queue")):
        j = run("export", i, "-f", f, "-o", f"out.{f}", "--library", "lib", "--json", code=0).json()
        assert j["format"] == f
        with open(j["path"]) as file:
            assert text in file.read()
    r = run("export", i, "-o", "no/such/folder/x.zip", "--library", "lib")
    assert r.code not in (0, 1)


def test_export_spares_what_is_no_plain_file():
    i, = make_lecture()
    os.mkfifo("pipe")
    r = run("export", i, "--library", "lib", "--output", "pipe", code=3)
    assert "no plain file" in r.err and stat.S_ISFIFO(os.stat("pipe").st_mode), r


def test_export_to_standard_output():
    i, = make_lecture()
    for f, text in (("srt", "00:00:06,000 --> 00:00:08,000"), ("vtt", "WEBVTT"), ("md", "# Graphs 3")):
        run("export", i, "-f", f, "-o", f"x.{f}", "--library", "lib", code=0)
        r = run("export", i, "-f", f, "-o", "-", "--library", "lib", code=0)
        with open(f"x.{f}") as file:
            assert text in r.out and r.out == file.read(), r
    with open("out.zip", "wb") as file:
        run("export", i, "--library", "lib", "-o", "-", stdout=file, code=0)
    with zipfile.ZipFile("out.zip") as z:
        assert z.testzip() is None and any(n.endswith("lecture_notes.md") for n in z.namelist())
    r = run("export", i, "-f", "md", "-o", "-", "--json", "--library", "lib", code=2)
    assert r.out == "" and "standard output" in r.err and not os.path.exists("-"), r
    code, out = run_on_terminal("export", i, "-o", "-", "--library", "lib")
    assert code == 2 and "terminal" in out and "PK" not in out, out
    r = run("export", i, "-f", "srt", "-o", "./-", "--library", "lib", code=0)
    assert os.path.exists("-"), r


def test_export_into_a_pipe_that_closes():
    i, = make_lecture()
    write(f"lib/{FOLDER}/slides/big.bin", os.urandom(1 << 20))
    p = harness.start("export", i, "-o", "-", "--library", "lib")
    assert p.stdout.read(2) == b"PK"
    p.stdout.close()
    err = p.stderr.read().decode()
    assert p.wait() == 141 and "scaler:" not in err, err


def locked_run(*args, code):
    """As a user who may read the library but not write it: root may write everything."""
    who = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    done = subprocess.run([harness.SCALER, *args, "--library", "li?b#%41"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, env=harness.clean_env(), timeout=120, **who)
    r = harness.Result(done.returncode, done.stdout, done.stderr)
    assert r.code == code and not harness.SANITIZER.search(r.err), (args, r)
    return r


def set_writable(yes):
    for base, _, files in os.walk("li?b#%41"):
        os.chmod(base, 0o755 if yes else 0o555)
        for f in files:
            os.chmod(os.path.join(base, f), 0o644 if yes else 0o444)


def test_a_library_that_may_only_be_read():
    i, = make_lecture(root="li?b#%41")
    os.chmod(".", 0o755)
    os.mkdir("out")
    os.chmod("out", 0o777)
    set_writable(False)
    try:
        try:
            locked_run("help", code=0)
        except (PermissionError, AssertionError):
            raise harness.Skip("another user cannot run the program here")
        j, = locked_run("list", "--json", code=0).json()["lectures"]
        assert j["id"] == i and j["title"] == "Graphs 3"
        assert "Graphs 3" in locked_run("show", i[:8], code=0).out
        assert "Zebra" in locked_run("show", i, "-p", "transcript", code=0).out
        assert "Zebra" in locked_run("search", "zebra", code=0).out
        locked_run("export", i, "-f", "srt", "-o", "out/x.srt", code=0)
        assert locked_run("export", i, "-f", "vtt", "-o", "-", code=0).out.startswith("WEBVTT")
        for args in (["rm", "--yes", i], ["rescan"], ["process", i]):
            r = locked_run(*args, code=16)
            assert "write" in r.err and os.path.isdir(f"li?b#%41/{FOLDER}"), r
        # What another process has not merged yet would be missing: not read half.
        set_writable(True)
        write("li?b#%41/.scaler/catalog.db-wal", "x")
        set_writable(False)
        locked_run("list", code=16)
    finally:
        set_writable(True)


def test_rm_asks_on_a_terminal_and_wants_yes_elsewhere():
    i, = make_lecture()
    r = run("rm", i, "--library", "lib", code=2)
    assert "--yes" in r.err and os.path.isdir(f"lib/{FOLDER}")
    code, out = run_on_terminal("rm", i, "--library", "lib", answer="n")
    assert code == 0 and "[y/N]" in out and os.path.isdir(f"lib/{FOLDER}")
    code, out = run_on_terminal("rm", i, "--library", "lib", answer="y")
    assert code == 0 and not os.path.exists(f"lib/{FOLDER}")
    run("show", i, "--library", "lib", code=4)


def test_rm_json_lists_what_went():
    i, = make_lecture()
    j = run("rm", "--yes", "--json", i, "--library", "lib", code=0).json()
    assert j["removed"][0]["id"] == i and j["removed"][0]["deleted"]
    run("rm", "--yes", i, "--library", "lib", code=4)


def test_rescan_reports():
    make_lecture()
    j = run("rescan", "--json", "--library", "lib", code=0).json()
    assert j["found"] == 1 and j["problems"] == []
    write("lib/2026-11-21_Broken/transcript.json", "{ not json")
    j = run("rescan", "--json", "--library", "lib", code=0).json()
    assert j["found"] >= 1
    assert run("list", "--library", "lib", code=0).out.count("Graphs 3") >= 1


def test_titles_of_any_script():
    ids = make_lecture(folder="2026-11-20_グラフ 第3回 ü", title="グラフ 第3回 — ü")
    assert len(ids) == 1
    out = run("list", "--library", "lib", code=0).out
    assert "グラフ 第3回" in out
    run("show", ids[0], "--library", "lib", code=0)


if __name__ == "__main__":
    harness.main()
