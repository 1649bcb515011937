"""Housekeeping: cleanup, archive and unarchive, backup and restore."""
import fcntl
import glob
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import time

import harness
from harness import run, write

DAY = 86400


def lecture(folder="2026-01-10_Graphs 3", title="Graphs 3", root="lib", size=300_000, word="queue", **meta):
    base = f"{root}/{folder}"
    text = f"a {word} gives the nodes in the order of their distance"
    write(f"{base}/transcript.json", json.dumps({"text": text, "chunks": [
        {"start": 1.5, "end": 6.0, "text": text}]}))
    write(f"{base}/lecture_notes.md", f"# {title}\n\nNotes about the {word}.\n")
    write(f"{base}/slides/00_00_02.png", random.Random(title).randbytes(5000))
    write(f"{base}/metadata.json", json.dumps({
        "title": title, "date": folder[:10], "status": "processed", "video": f"videos/{title}/full_video.mp4",
        "video_dir": f"videos/{title}", "stages": {"notes": {"state": "done"}}, "mine": [1, 2], **meta}))
    write(f"{root}/videos/{title}/full_video.mp4", random.Random(title + "v").randbytes(size))


def library(**more):
    lecture(**more)
    run("rescan", "--library", more.get("root", "lib"), code=0)
    return {l["title"]: l["id"] for l in listed(more.get("root", "lib"))}


def listed(root="lib"):
    return run("list", "--json", "--library", root, code=0).json()["lectures"]


def tree(root, *skip):
    """Every file with its hash."""
    found = {}
    for d, _, files in os.walk(root):
        for f in files:
            path = os.path.join(d, f)
            rel = os.path.relpath(path, root)
            if not rel.startswith((".scaler",) + skip):
                with open(path, "rb") as file:
                    found[rel] = hashlib.sha256(file.read()).hexdigest()
    return found


def old(path, days):
    at = time.time() - days * DAY
    os.utime(path, (at, at))


def keep(*args, code=0, root="lib", env=None):
    r = run(*args, "--json", "--library", root, code=code, env=env)
    return r.json() if code == 0 else r


# ---- cleanup ----

def leftovers():
    ids = library()
    v, f = "lib/videos/Graphs 3", "lib/2026-01-10_Graphs 3"
    goes = {write(f"{v}/chunks/seg_1", b"x" * 1000): "chunks", write(f"{f}/audio.wav", b"w" * 500): "audio",
            write(f"{f}/.work/a/b", b"c"): "work", write(f"{f}/notes.md.part", b"p"): "part",
            write("lib/.scaler/trash-gone-1/x", b"t"): "trash",
            write("lib/.scaler/logs/j_old.log", b"l"): "log"}
    old(f"{f}/notes.md.part", 3)
    old("lib/.scaler/logs/j_old.log", 40)
    os.makedirs("lib/videos/Empty")
    old("lib/videos/Empty", 2)
    stays = [write(f"{f}/fresh.part", b"p"), write("lib/.scaler/logs/j_new.log", b"l"),
             write(f"{f}/user_notes.json", "{}"), write("lib/videos/Other/full_video.mp4", b"v"),
             f"{v}/full_video.mp4"]
    return ids["Graphs 3"], goes, stays


def test_cleanup_names_then_removes():
    _, goes, stays = leftovers()
    before = tree("lib")
    j = keep("cleanup", "--dry-run")
    kinds = sorted(i["kind"] for i in j["items"])
    assert j["dryRun"] and kinds == ["audio", "chunks", "log", "orphan", "part", "trash", "work"], j
    assert tree("lib") == before and all(os.path.exists(p) for p in goes), "a dry run removed something"
    assert j["bytes"] == sum(i["bytes"] for i in j["items"]) > 1500
    text = run("cleanup", "--dry-run", "--library", "lib", code=0)
    assert "would remove" in text.out and "chunks" in text.out and "would be freed" in text.err
    j2 = keep("cleanup")
    assert [i["path"] for i in j2["items"]] == [i["path"] for i in j["items"]]
    assert all(i["removed"] for i in j2["items"])
    assert not any(os.path.exists(p) for p in goes) and all(os.path.exists(p) for p in stays)
    assert not os.path.exists("lib/videos/Empty")
    assert any("Other" in k["path"] for k in j2["kept"])
    assert keep("cleanup")["count"] == 0
    assert "nothing to clean up" in run("cleanup", "--library", "lib", code=0).err


def test_cleanup_leaves_work_alone():
    i, goes, _ = leftovers()
    goes.pop(next(p for p in goes if "trash" in p)), goes.pop(next(p for p in goes if "j_old" in p))
    os.makedirs("lib/.scaler/locks", exist_ok=True)
    with open(f"lib/.scaler/locks/{i}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        j = keep("cleanup")
        assert all(os.path.exists(p) for p in goes), j
        assert any("works on" in k["why"] for k in j["kept"])
        r = keep("archive", i, code=5)
        assert "another process" in r.err
    with open("lib/2026-01-10_Graphs 3/metadata.json") as f:
        m = json.load(f)
    m["status"] = "paused"
    write("lib/2026-01-10_Graphs 3/metadata.json", json.dumps(m))
    run("rescan", "--library", "lib", code=0)
    keep("cleanup")
    assert all(os.path.exists(p) for p in goes), "the checkpoints of a paused download went"


def test_cleanup_what_cannot_be_remade_needs_all():
    library()
    write("lib/videos/Half/chunks/seg", b"x" * 100)
    old("lib/videos/Half", 3)
    write("lib/2026-01-10_Odd/unknown.bin", b"x")
    assert keep("cleanup")["count"] == 0 and os.path.exists("lib/videos/Half/chunks/seg")
    j = keep("cleanup", "--all", "--dry-run")
    assert [i["kind"] for i in j["items"]] == ["orphan"] and not j["items"][0]["remakeable"]
    keep("cleanup", "--all")
    assert not os.path.exists("lib/videos/Half") and os.path.exists("lib/2026-01-10_Odd/unknown.bin")


def test_a_recording_that_is_sound_is_no_leftover():
    lecture(title="Sound", folder="2026-01-10_Sound")
    os.rename("lib/videos/Sound/full_video.mp4", "lib/videos/Sound/audio.wav")
    with open("lib/2026-01-10_Sound/metadata.json") as f:
        m = json.load(f)
    m["video"] = "videos/Sound/audio.wav"
    write("lib/2026-01-10_Sound/metadata.json", json.dumps(m))
    run("rescan", "--library", "lib", code=0)
    assert keep("cleanup")["count"] == 0 and os.path.exists("lib/videos/Sound/audio.wav")
    keep("backup", "dest")
    assert os.path.exists("dest/files/videos/Sound/audio.wav")


# ---- archive ----

def test_archive_and_back():
    i = library()["Graphs 3"]
    before = tree("lib")
    j = keep("archive", i, "--dry-run")
    assert j["dryRun"] and j["archived"][0]["bytes"] > 300_000 and tree("lib") == before
    j = keep("archive", i)
    path = f"lib/archives/{i}.tar.zst"
    assert j["archived"][0]["archiveBytes"] == os.path.getsize(path)
    assert not os.path.exists("lib/videos/Graphs 3")
    l, = listed()
    assert l["status"] == "archived" and l["video"] is None and l["artifacts"]["notes"]
    assert keep("search", "queue")["total"] >= 1
    assert "archived" in run("list", "--library", "lib", code=0).out
    shown = run("show", i, "--library", "lib", code=0).out
    assert "scaler unarchive" in shown, shown
    for command in (["process", i], ["archive", i]):
        r = run(*command, "--library", "lib", code=5)
        assert "archived" in r.err and f"scaler unarchive {i}" in r.err, r
    # A rebuilt catalog knows it too.
    for f in glob.glob("lib/.scaler/catalog.db*"):
        os.unlink(f)
    assert listed()[0]["status"] == "archived"
    keep("cleanup")
    # The plain tools of the system can read it.
    if shutil.which("zstd"):
        names = subprocess.run(["tar", "--zstd", "-tf", path], capture_output=True, text=True).stdout
        assert "videos/Graphs 3/full_video.mp4" in names
    write("lib/2026-01-10_Graphs 3/user_notes.json", '{"userNotes":"mine"}')
    write("lib/2026-01-10_Graphs 3/lecture_notes.md", "edited meanwhile")
    assert keep("unarchive", i[:8], "--dry-run")["dryRun"] and not os.path.exists("lib/videos/Graphs 3")
    keep("unarchive", i[:8])
    l, = listed()
    assert l["status"] == "processed" and l["video"].endswith("videos/Graphs 3/full_video.mp4")
    after = tree("lib")
    assert not os.path.exists(path) and not glob.glob("lib/.scaler/unarchive-*")
    changed = {k for k in before if after.get(k) != before[k]}
    assert changed <= {"2026-01-10_Graphs 3/metadata.json", "2026-01-10_Graphs 3/lecture_notes.md"}, changed
    with open("lib/2026-01-10_Graphs 3/lecture_notes.md") as f:
        assert f.read() == "edited meanwhile"
    with open("lib/2026-01-10_Graphs 3/metadata.json") as f:
        m = json.load(f)
    assert m["mine"] == [1, 2] and not m["archive"] and m["status"] == "processed"
    r = run("unarchive", i, "--library", "lib", code=5)
    assert "not archived" in r.err


def test_archive_chooses_by_age():
    lecture("2020-05-01_Old", "Old", size=2000)
    lecture(time.strftime("%Y-%m-%d_New"), "New", size=2000)
    lecture("2020-06-01_Paused", "Paused", size=2000, status="paused")
    ids = library(folder="2020-07-01_Also", title="Also", size=2000)
    j = keep("archive", "--older-than", "30d", "--dry-run")
    assert sorted(a["title"] for a in j["archived"]) == ["Also", "Old"], j
    j = keep("archive", ids["New"], ids["Old"], "--older-than", "30d")
    assert [a["title"] for a in j["archived"]] == ["Old"]
    keep("archive", "--older-than", "30d")
    assert sorted(l["title"] for l in listed() if l["status"] == "archived") == ["Also", "Old"]
    assert "No lecture is old enough" in run("archive", "--older-than", "30d", "--library", "lib", code=0).err
    assert "--older-than" in run("archive", "--library", "lib", code=2).err
    assert "no time" in run("archive", "--older-than", "soon", "--library", "lib", code=2).err


def test_a_damaged_archive_changes_nothing():
    i = library()["Graphs 3"]
    keep("archive", i)
    path = f"lib/archives/{i}.tar.zst"
    with open(path, "r+b") as f:
        f.seek(os.path.getsize(path) // 2)
        byte = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([byte[0] ^ 0xFF]))
    r = run("unarchive", i, "--library", "lib", code=13)
    assert "damaged" in r.err and os.path.exists(path) and listed()[0]["status"] == "archived"
    assert not glob.glob("lib/.scaler/unarchive-*") and not os.path.exists("lib/videos/Graphs 3/full_video.mp4")
    os.rename(path, "elsewhere.tar.zst")
    r = run("unarchive", i, "--library", "lib", code=4)
    assert "SCALER_ARCHIVE_DIR" in r.err
    found = run("rescan", "--json", "--library", "lib", code=0).json()
    assert len(found["problems"]) == 1 and i + ".tar.zst" in found["problems"][0], found
    assert "Graphs 3" in run("rescan", "--library", "lib", code=0).out
    write(f"far/{i}.tar.zst", open("elsewhere.tar.zst", "rb").read())
    far = {"SCALER_ARCHIVE_DIR": os.path.abspath("far")}
    assert run("rescan", "--json", "--library", "lib", code=0, env=far).json()["problems"] == []


def test_archives_elsewhere():
    i = library()["Graphs 3"]
    write(f"far/{i}.tar.zst", b"of another library")
    env = {"SCALER_ARCHIVE_DIR": os.path.abspath("far")}
    keep("archive", i, env=env)
    assert sorted(os.listdir("far")) == [f"{i}-2.tar.zst", f"{i}.tar.zst"]
    with open(f"far/{i}.tar.zst", "rb") as f:
        assert f.read() == b"of another library"
    keep("unarchive", i)  # found where it was noted, without the setting
    assert os.listdir("far") == [f"{i}.tar.zst"] and listed()[0]["status"] == "processed"


def test_rm_takes_the_archive_too():
    i = library()["Graphs 3"]
    keep("archive", i)
    r = run("rm", "--yes", i, "--library", "lib", "--json", code=0).json()
    assert any(p.endswith(".tar.zst") for p in r["removed"][0]["deleted"]), r
    assert os.listdir("lib/archives") == [] and listed() == []


def test_leftovers_of_interrupted_archiving():
    i = library()["Graphs 3"]
    shutil.copytree("lib/videos", "videos")
    keep("archive", i)
    # Killed before the original went.
    shutil.copytree("videos", "lib/videos", dirs_exist_ok=True)
    j = keep("cleanup", "--dry-run")
    assert [x["kind"] for x in j["items"]] == ["archive"], j
    keep("cleanup")
    assert not os.path.exists("lib/videos/Graphs 3")
    # What is not in the archive stays.
    shutil.copytree("videos", "lib/videos", dirs_exist_ok=True)
    write("lib/videos/Graphs 3/full_video.mp4", b"another video")
    assert keep("cleanup")["count"] == 0 and os.path.exists("lib/videos/Graphs 3/full_video.mp4")
    os.unlink("lib/videos/Graphs 3/full_video.mp4")
    # Killed before the archive went.
    shutil.copy(f"lib/archives/{i}.tar.zst", "copy")
    keep("unarchive", i)
    shutil.copy("copy", f"lib/archives/{i}.tar.zst")
    # Notes that were edited since are still in the archive as they were: it stays.
    notes = "lib/2026-01-10_Graphs 3/lecture_notes.md"
    before = open(notes).read()
    write(notes, "edited")
    j = keep("cleanup")
    assert j["count"] == 0 and "differs" in j["kept"][0]["why"] and os.listdir("lib/archives"), j
    write(notes, before)
    j = keep("cleanup")
    assert [x["kind"] for x in j["items"]] == ["archive"] and os.listdir("lib/archives") == []
    assert os.path.getsize("lib/videos/Graphs 3/full_video.mp4") == 300_000


# ---- backup and restore ----

def test_backup_copies_once():
    lecture("2026-02-02_Trees", "Trees", word="oak")
    ids = library()
    write("lib/2026-01-10_Graphs 3/audio.wav", b"w")
    write("lib/2026-01-10_Graphs 3/x.part", b"p")
    write("lib/videos/Graphs 3/chunks/seg", b"c")
    write("lib/.scaler/keys.json", "secret")
    write("lib/.scaler/settings.json", json.dumps({"OPENAI_API_KEY": "sk-secret"}))
    j = keep("backup", "dest", "--dry-run")
    assert j["dryRun"] and j["copied"] >= 10 and not os.path.exists("dest")
    j = keep("backup", "dest")
    first = tree("dest")
    assert not any(n in p for p in first for n in (".wav", ".part", "chunks", "keys.json", "settings")), first
    assert "files/videos/Graphs 3/full_video.mp4" in first
    m = json.load(open("dest/scaler-backup.json"))
    for rel, e in m["files"].items():
        with open("dest/files/" + rel, "rb") as f:
            assert hashlib.sha256(f.read()).hexdigest() == e["sha256"], rel
    db = sqlite3.connect("dest/files/.scaler/catalog.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM lecture").fetchone() == (2,)
    db.close()
    j = keep("backup", "dest")
    assert j["copied"] == 0 and j["unchanged"] == j["files"], j
    inodes = {p: os.stat("dest/" + p).st_ino for p in first}
    write("lib/2026-01-10_Graphs 3/lecture_notes.md", "changed")
    os.utime("lib/videos/Trees/full_video.mp4")  # another time, the same content
    j = keep("backup", "dest")
    assert [i["path"] for i in j["items"]] == ["2026-01-10_Graphs 3/lecture_notes.md"], j["items"]
    moved = {p for p in first if p.startswith("files/") and os.stat("dest/" + p).st_ino != inodes[p]}
    assert moved == {"files/2026-01-10_Graphs 3/lecture_notes.md"}, moved
    # What is removed stays until it is pruned.
    run("rm", "--yes", ids["Trees"], "--library", "lib", code=0)
    j = keep("backup", "dest")
    assert j["gone"] >= 4 and os.path.exists("dest/files/videos/Trees/full_video.mp4")
    j = keep("backup", "dest", "--prune")
    assert j["pruned"] >= 4 and not os.path.exists("dest/files/videos/Trees/full_video.mp4")
    keep("backup", "dest", "--with-keys")
    assert oct(os.stat("dest/files/.scaler/keys.json").st_mode & 0o777) == "0o600"


def test_restore_into_an_empty_library():
    lecture("2026-02-02_Bäume über", "Bäume über", word="oak")
    ids = library()
    keep("archive", ids["Graphs 3"])
    write("lib/2026-02-02_Bäume über/user_notes.json", '{"userNotes":"mine"}')
    keep("backup", "dest")
    j = keep("restore", "dest", "--dry-run", root="new")
    assert j["dryRun"] and j["restored"] >= 8 and listed("new") == []
    j = keep("restore", "dest", root="new")
    assert not j["damaged"] and not j["kept"], j
    skip = ("archives",) if False else ()
    assert tree("new", *skip) == tree("lib")
    assert {(l["id"], l["status"]) for l in listed("new")} == {(l["id"], l["status"]) for l in listed()}
    assert keep("search", "oak", root="new")["total"] >= 1
    keep("unarchive", ids["Graphs 3"], root="new")
    j = keep("restore", "dest", root="new")
    assert j["restored"] <= 2, j["items"]
    assert keep("backup", "dest")["copied"] == 0


def test_restore_spares_what_is_newer_and_own_words():
    i = library()["Graphs 3"]
    base = "lib/2026-01-10_Graphs 3"
    write(f"{base}/user_notes.json", '{"userNotes":"then"}')
    write(f"{base}/summary.md", "then")
    keep("backup", "dest")
    write(f"{base}/user_notes.json", '{"userNotes":"now"}')
    old(f"{base}/user_notes.json", 10)
    write(f"{base}/summary.md", "now")
    write(f"{base}/lecture_notes.md", "older here")
    old(f"{base}/lecture_notes.md", 30)
    os.unlink("lib/videos/Graphs 3/full_video.mp4")
    j = keep("restore", "dest")
    kept = {k["path"].split("/")[-1]: k["why"] for k in j["kept"]}
    assert set(kept) == {"user_notes.json", "summary.md"} and "own words" in kept["user_notes.json"], j
    assert {x["path"].split("/")[-1] for x in j["items"]} == {"full_video.mp4", "lecture_notes.md"}
    with open(f"{base}/user_notes.json") as f:
        assert "now" in f.read()
    assert listed()[0]["id"] == i and listed()[0]["video"]
    j = keep("restore", "dest", "--overwrite")
    with open(f"{base}/user_notes.json") as f, open(f"{base}/user_notes.json.before-restore") as g:
        assert "then" in f.read() and "now" in g.read()
    # In work: left alone.
    os.unlink("lib/videos/Graphs 3/full_video.mp4")
    with open(f"lib/.scaler/locks/{i}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        j = keep("restore", "dest")
        assert any("works on" in k["why"] for k in j["kept"]) and not j["items"], j


def test_a_damaged_backup_is_told():
    library()
    keep("backup", "dest")
    path = "dest/files/videos/Graphs 3/full_video.mp4"
    with open(path, "r+b") as f:
        f.write(b"damage")
    r = run("restore", "dest", "--library", "new", "--json", code=13)
    assert "damaged" in r.err and not os.path.exists("new/videos/Graphs 3/full_video.mp4")
    assert r.json()["damaged"][0]["path"].endswith("full_video.mp4")
    assert not glob.glob("new/**/*.part", recursive=True)
    assert keep("backup", "dest")["copied"] == 0
    assert keep("backup", "dest", "--verify")["copied"] == 1
    keep("restore", "dest", root="new")
    assert tree("new") == tree("lib")


def test_backup_refuses():
    library()
    write("full/thesis.txt", "x")
    assert "not empty" in run("backup", "full", "--library", "lib", code=5).err
    assert os.listdir("full") == ["thesis.txt"]
    assert "lie in each other" in run("backup", "lib/dest", "--library", "lib", code=3).err
    assert "lie in each other" in run("backup", ".", "--library", "lib", code=3).err
    keep("backup", "dest")
    library(root="other")
    assert "another library" in run("backup", "dest", "--library", "other", code=5).err
    assert "no finished backup" in run("restore", "full", "--library", "new", code=4).err
    r = run("restore", "nowhere", "--library", "new", code=4)
    assert "nowhere" in r.err
    # A list that leads out of the library is not followed.
    m = json.load(open("dest/scaler-backup.json"))
    any_file = next(iter(m["files"].values()))
    m["files"]["../escape"] = m["files"]["/tmp/escape"] = m["files"][".scaler/../x"] = any_file
    write("dest/scaler-backup.json", json.dumps(m))
    r = run("restore", "dest", "--library", "new", "--json", code=13)
    assert len(r.json()["damaged"]) == 3 and not os.path.exists("escape")
    os.makedirs("out")
    os.makedirs("third")
    os.symlink(os.path.abspath("out"), "third/videos")
    run("restore", "dest", "--library", "third", code=13)
    assert os.listdir("out") == []


def test_another_lecture_in_the_same_folder():
    library()
    keep("backup", "dest")
    lecture(root="new", id="other-id", size=99, word="zebra")
    run("rescan", "--library", "new", code=0)
    before = tree("new")
    j = keep("restore", "dest", root="new")
    assert not j["items"] and any("another lecture" in k["why"] for k in j["kept"]), j
    assert tree("new") == before


# ---- as a student sees it ----

def test_what_was_done_stays_on_the_screen():
    ids = [library()["Graphs 3"]]
    lecture("2026-01-11_Trees", "Trees")
    ids.append(library()["Trees"])
    for command, word in (("archive", "archived"), ("unarchive", "brought back")):
        code, out = harness.run_on_terminal(command, *ids, "--library", "lib")
        lines = harness.screen(out)
        assert code == 0, out
        for i in ids:
            assert any(l.startswith(f"{word} {i}") for l in lines), (lines, out)
        assert not any("100%" in l or "0%" in l for l in lines), (lines, out)
    code, out = harness.run_on_terminal("cleanup", "--library", "lib")
    assert "cleanup       done, 2 in" in "\n".join(harness.screen(out)), out


def test_a_library_that_is_not_there_is_not_backed_up():
    r = run("backup", "dest", "--library", "typo", code=4)
    assert "there is no library" in r.err and "typo" in r.err and "--library" in r.err, r
    assert not os.path.exists("typo") and not os.path.exists("dest")


def test_what_is_refused_leaves_nothing():
    library()
    before = tree("lib")
    for dest in ("lib", "lib/x", "lib/x/y", os.path.abspath("lib") + "/new", "."):
        for dry in ([], ["--dry-run"]):
            r = run("backup", dest, *dry, "--library", "lib", code=3)
            assert "lie in each other" in r.err and "outside" in r.err, r
    run("restore", "lib", "--library", "other", code=4)  # the library itself is no backup
    assert tree("lib") == before and not os.path.exists("lib/x") and not os.path.exists("lib/new")


def test_a_backup_counts_what_it_copies():
    library()
    r = run("backup", "dest", "--library", "lib", code=0)
    m = re.search(r"(\d+) of \1 files \((.*) of (.*)\) copied; 0 unchanged", r.err + r.out)
    assert m and m.group(2) == m.group(3), r
    r = run("restore", "dest", "--library", "new", code=0)
    assert re.search(r"files \(.*\) restored; 1 here already\.", r.err + r.out), r
    write("new/2026-01-10_Graphs 3/user_notes.json", "{}")
    write("lib/2026-01-10_Graphs 3/user_notes.json", '{"userNotes":"old"}')
    run("backup", "dest", "--library", "lib", code=0)
    r = run("restore", "dest", "--library", "new", code=0)
    assert "; 1 kept as the library has it." in r.err + r.out, r


if __name__ == "__main__":
    harness.main()
