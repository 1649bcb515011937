#!/usr/bin/env python3
"""Notes by language models against a scripted server. Prints TAP.

usage: test_llm.py NOTES_TOOL LIB_FOLDER LECTURE.txt
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TOOL, LIB, SCRIPT = sys.argv[1:4]
sys.path.insert(0, LIB)
from fake_llm import FakeLLM  # noqa: E402

WORK = tempfile.mkdtemp(prefix="scaler-llm-")
subprocess.run([sys.executable, os.path.join(LIB, "make_lecture.py"), SCRIPT, WORK + "/g"], check=True)
tests = []


def test(f):
    tests.append(f)
    return f


class Run:
    def __init__(self, fake, provider="ollama", work="work", timeout=100, **more):
        args = [TOOL, "--provider", provider, "--model", more.pop("model", "tiny"), "--work", os.path.join(WORK, work)]
        if fake is not None:
            args += ["--ollama", fake.url, "--openai", fake.url + "/v1"]
        for k, v in more.items():
            args += ["--" + k, str(v)]
        args += [WORK + "/g_transcript.json", WORK + "/g_slides.json", WORK + "/out"]
        shutil.rmtree(WORK + "/out", ignore_errors=True)
        p = subprocess.run(args, capture_output=True, text=True, timeout=timeout)
        self.code, self.err = p.returncode, p.stderr
        self.out = json.loads(p.stdout) if p.returncode == 0 else {}
        self.notes = json.load(open(WORK + "/out/notes.json")) if p.returncode == 0 else {}


def fresh(name="work"):
    shutil.rmtree(os.path.join(WORK, name), ignore_errors=True)
    return name


def times_sent(fake):
    """Seconds of all lecture lines that the model was really shown."""
    import fake_llm
    got = set()
    for r in fake.chats():
        for a, t in fake_llm.LINE.findall(r["messages"][1]["content"]):
            if not t.startswith(("SECTION", "SLIDE")):
                got.add(int(a))
    return got


@test
def ollama_in_one_part():
    f = FakeLLM()
    r = Run(f, work=fresh())
    assert r.code == 0, r.err
    assert r.out["provider"] == "ollama" and r.out["model"] == "tiny"
    assert r.out["coverage"] > 0.9 and r.out["dropped"] == 0, r.out
    c = f.chats()[0]
    assert c["options"]["num_ctx"] >= 1024 and c["format"]["type"] == "object" and c["stream"] is True
    assert r.notes["chapters"][0]["start"] == 0
    f.close()


@test
def small_context_makes_parts_and_covers_everything():
    f = FakeLLM(limit=2048, context=2048)
    r = Run(f, work=fresh())
    assert r.code == 0, r.err
    assert len(f.chats()) >= 5, len(f.chats())
    assert max(c["options"]["num_ctx"] for c in f.chats()) <= 2048
    assert r.out["coverage"] > 0.9, r.out
    f.close()


@test
def silent_cut_is_noticed_and_halved():
    # The server says 32768 and reads 2600: prompts must be halved until nothing is lost.
    f = FakeLLM(limit=2600, context=32768)
    r = Run(f, work=fresh())
    assert r.code == 0, r.err
    assert r.out["coverage"] > 0.9, r.out
    firsts = [s["start"] for s in r.notes["sections"]]
    assert min(firsts) < 30, firsts
    f.close()


@test
def counts_that_mean_nothing_are_not_believed():
    f = FakeLLM(count_tokens=26)
    r = Run(f, work=fresh())
    assert r.code == 0, r.err
    assert r.out["coverage"] > 0.9
    f.close()


def fault_heals(fault, provider="ollama"):
    f = FakeLLM(faults=[fault])
    r = Run(f, provider, work=fresh())
    assert r.code == 0, (fault, r.err)
    assert r.out["coverage"] > 0.9 and r.out["provider"] == provider, (fault, r.out)
    f.close()


@test
def bad_replies_are_mended_or_asked_again():
    for fault in ("fence", "think", "comma", "junk", "empty", "wrong", "half", "errorline", "cutstream"):
        fault_heals(fault)
    for fault in ("fence", "junk", "cutstream", "errorline", "half"):
        fault_heals(fault, "openai")


@test
def server_errors_are_retried_with_retry_after():
    start = time.time()
    fault_heals(500)
    fault_heals(429, "openai")
    assert time.time() - start >= 1.0


@test
def a_stalled_stream_is_given_up_and_asked_again():
    f = FakeLLM(faults=["stall"])
    r = Run(f, work=fresh(), stall=1500)
    assert r.code == 0, r.err
    f.close()


@test
def constant_junk_is_an_error_by_name_and_a_fallback_in_auto():
    f = FakeLLM(faults=["junk"] * 1000)
    r = Run(f, work=fresh())
    assert r.code != 0 and "tiny" in r.err, r.err
    f.faults = ["junk"] * 1000
    r = Run(f, "auto", work=fresh())
    assert r.code == 0 and r.out["provider"] == "builtin", r.out
    assert "without a language model" in r.notes["notice"]
    f.close()


@test
def a_model_that_notes_nothing_writes_no_notes():
    f = FakeLLM(faults=["empty"] * 1000)
    r = Run(f, work=fresh())
    assert r.code != 0 and "noted nothing" in r.err, (r.err, r.out)
    f.faults = ["empty"] * 1000
    r = Run(f, "auto", work=fresh())
    assert r.code == 0 and r.out["provider"] == "builtin" and r.out["coverage"] > 0.5, r.out
    f.close()


@test
def a_restart_asks_only_what_is_missing():
    f = FakeLLM(limit=2048, context=2048)
    Run(f, work=fresh("resume"))
    full = len(f.chats())
    r = Run(f, work="resume")
    assert r.code == 0 and len(f.chats()) == full, (full, len(f.chats()))
    # A run that fails in the middle keeps what it has.
    f.close()
    f = FakeLLM(limit=2048, context=2048, faults=[None, None, None] + [500] * 50)
    r = Run(f, work=fresh("resume2"))
    assert r.code != 0
    f.faults = []
    before = len(f.chats())
    r = Run(f, work="resume2")
    assert r.code == 0, r.err
    assert len(f.chats()) - before == full - 3, (len(f.chats()) - before, full)
    f.close()


@test
def a_missing_model_says_what_to_run():
    f = FakeLLM(model="other:7b")
    r = Run(f, work=fresh())
    assert r.code == 17 and "ollama pull tiny" in r.err, (r.code, r.err)
    r = Run(f, "auto", work=fresh())
    assert r.code == 0 and r.out["provider"] == "builtin" and "ollama pull tiny" in r.notes["notice"]
    f.close()


@test
def no_server_means_builtin_in_auto_and_an_error_by_name():
    r = Run(None, "auto", work=fresh(), ollama="http://127.0.0.1:9")
    assert r.code == 0 and r.out["provider"] == "builtin"
    r = Run(None, "ollama", work=fresh(), ollama="http://127.0.0.1:9")
    assert r.code == 17 and "does not answer" in r.err, r.err
    r = Run(None, "openai", work=fresh(), openai="http://127.0.0.1:9/v1")
    assert r.code != 0 and "OPENAI_BASE_URL" in r.err, r.err


@test
def openai_formats_are_found_out():
    for formats in (("json_schema",), ("json_object",), ()):
        f = FakeLLM(formats=formats, key="sk-secret-1234567890")
        r = Run(f, "openai", work=fresh(), key="sk-secret-1234567890")
        assert r.code == 0, (formats, r.err)
        assert r.out["provider"] == "openai" and r.out["coverage"] > 0.9
        f.close()


@test
def openai_too_long_is_halved():
    f = FakeLLM(limit=3000, context=32768)
    r = Run(f, "openai", work=fresh())
    assert r.code == 0, r.err
    assert r.out["coverage"] > 0.9
    f.close()


@test
def keys_never_show():
    f = FakeLLM(key="sk-right-abcdefgh12345")
    r = Run(f, "openai", work=fresh("keys"), key="sk-wrong-abcdefgh98765")
    assert r.code == 6, (r.code, r.err)
    assert "abcdefgh" not in r.err, r.err
    for name in os.listdir(os.path.join(WORK, "keys")) if os.path.isdir(os.path.join(WORK, "keys")) else []:
        assert "abcdefgh" not in open(os.path.join(WORK, "keys", name)).read()
    f.close()


@test
def invented_lines_are_dropped_and_wrong_times_corrected():
    def lie(reply):
        first = reply["sections"][0]
        first["lines"].append({"kind": "bullet", "text": "Photosynthesis turns sunlight into chlorophyll sugar", "at": first["at"]})
        first["lines"].append({"kind": "bullet", "text": "The deque is removed from in 4711 nanoseconds", "at": first["at"]})
        first["lines"].append({"kind": "bullet", "text": "Package managers use this to detect circular dependencies", "at": first["at"]})
        reply["cards"].append({"kind": "question", "front": "Who won the world cup?", "back": "Argentina", "at": 10})
        reply["announcements"].append({"kind": "deadline", "text": "The thesis is due on 31 March", "date": "31 March",
                                       "link": None, "at": 20})
        return reply
    f = FakeLLM(extra=lie)
    r = Run(f, work=fresh())
    assert r.code == 0, r.err
    text = json.dumps(r.notes)
    for lie_ in ("Photosynthesis", "4711", "Argentina", "31 March"):
        assert lie_ not in text, lie_
    assert r.out["dropped"] >= 4, r.out
    hit = [l for s in r.notes["sections"] for l in s["lines"] if l["text"].startswith("Package managers use this")]
    said = [c for c in json.load(open(WORK + "/g_transcript.json"))["chunks"] if "Package managers" in c["text"]][0]
    assert hit and all(abs(l["start"] - said["start"]) < 20 for l in hit), (hit, said["start"])
    f.close()


@test
def prompts_can_be_overridden():
    d = os.path.join(WORK, "prompts")
    os.makedirs(d, exist_ok=True)
    open(d + "/map.md", "w").write("SPECIAL <lecture>\n{{text}}\n</lecture>")
    f = FakeLLM()
    r = Run(f, work=fresh(), prompts=d)
    assert r.code == 0, r.err
    assert f.chats()[0]["messages"][1]["content"].startswith("SPECIAL")
    open(d + "/map.md", "w").write("no placeholder")
    r = Run(f, work=fresh(), prompts=d)
    assert r.code == 3 and "{{text}}" in r.err, (r.code, r.err)
    f.close()


@test
def ctrl_c_stops_at_once():
    f = FakeLLM(gap_s=60)
    args = [TOOL, "--provider", "ollama", "--model", "tiny", "--ollama", f.url, WORK + "/g_transcript.json", "-", WORK + "/out"]
    p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.time() + 60
    while not any(path == "/api/chat" for path, _ in f.calls):
        assert p.poll() is None and time.time() < end, "it asks nothing"
        time.sleep(0.05)
    p.terminate()
    # Long before the next word of the answer.
    p.wait(30)
    assert p.returncode == 130, p.returncode
    p.communicate()
    f.close()


def main():
    only = sys.argv[4:]
    chosen = [t for t in tests if not only or t.__name__ in only]
    print("1..%d" % len(chosen))
    bad = 0
    for i, t in enumerate(chosen):
        try:
            t()
            print("ok %d - %s" % (i + 1, t.__name__), flush=True)
        except Exception as e:  # noqa: BLE001
            bad += 1
            print("not ok %d - %s" % (i + 1, t.__name__))
            print("# %s: %s" % (type(e).__name__, str(e).replace("\n", "\n# ")), flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    return bad > 0


sys.exit(main())
