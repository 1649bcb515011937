"""What the dashboard's pages stand on: decks and grades, models on their way, readings, advice."""
import concurrent.futures
import json
import os
import time

from client import Server, error, harness
from test_contract import FOLDER, make_library

NOTES = {"title": "Graphs 3", "provider": "builtin", "model": None, "notice": None, "coverage": 1.0,
         "summary": [], "sections": [], "announcements": [], "chapters": [], "key_phrases": [], "uncovered": [],
         "cards": [{"id": "c1", "kind": "question", "front": "What order?", "back": "That of distance.",
                    "start": 2, "end": 6, "slide": None},
                   {"id": "c2", "kind": "cloze", "front": "a ____", "back": "queue", "start": 3, "end": 6,
                    "slide": None}]}
GRADE = {"reps": 1, "lapses": 0, "stability": 3.2, "difficulty": 5.1, "due": 1800000000, "last": 1799000000}

write = harness.write


def wait_for(what, see):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = see()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(what)


def with_cards():
    i = make_library()
    write(f"lib/{FOLDER}/notes.json", json.dumps(NOTES))
    return i


def test_decks_and_grades():
    i = with_cards()
    with Server() as s:
        deck, = s.get("/api/v1/decks")["decks"]
        assert deck["id"] == i and deck["cards"] == ["c1", "c2"] and deck["grades"] == {}, deck
        a = s.ask("PATCH", f"/api/v1/recordings/{i}", {"grades": {"c1": GRADE}})
        assert a.status == 200 and a.json()["grades"] == {"c1": GRADE}, a
        # One card's grade leaves the others and the student's own notes alone.
        s.ask("PATCH", f"/api/v1/recordings/{i}", {"userNotes": "mine", "grades": {"c2": GRADE}})
        own = s.get(f"/api/v1/recordings/{i}")
        assert own["userNotes"] == "mine" and set(own["grades"]) == {"c1", "c2"}
        s.ask("PATCH", f"/api/v1/recordings/{i}", {"grades": {"c1": None}})
        for wrong in ([], "x", {"c1": 5}, {"c1": {"reps": "many"}}, {"": GRADE}, {"c1": {str(k): k for k in range(13)}}):
            e = error(s.ask("PATCH", f"/api/v1/recordings/{i}", {"grades": wrong}), 422)
            assert "grades" in e["detail"], e
    with Server() as s:
        deck, = s.get("/api/v1/decks")["decks"]
        assert deck["grades"] == {"c2": GRADE}


def test_words_that_cannot_be_read_are_kept():
    i = with_cards()
    write(f"lib/{FOLDER}/user_notes.json", '{"userNotes": "a long even')
    with Server() as s:
        assert s.ask("PATCH", f"/api/v1/recordings/{i}", {"tags": ["exam"]}).status == 200
        assert s.get(f"/api/v1/recordings/{i}")["tags"] == ["exam"]
        s.ask("PATCH", f"/api/v1/recordings/{i}", {"tags": ["final"]})
    aside = [n for n in os.listdir(f"lib/{FOLDER}") if n.startswith("user_notes.json.damaged-")]
    assert len(aside) == 1, aside
    with open(f"lib/{FOLDER}/{aside[0]}") as f:
        assert f.read() == '{"userNotes": "a long even'


def test_grades_side_by_side():
    """Requests that overlap do not undo each other."""
    i = with_cards()
    with Server() as s:
        def grade(n):
            return s.ask("PATCH", f"/api/v1/recordings/{i}", {"grades": {f"card{n}": GRADE}}).status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert set(pool.map(grade, range(80))) == {200}
        deck, = s.get("/api/v1/decks")["decks"]
        assert set(deck["grades"]) == {f"card{n}" for n in range(80)}, len(deck["grades"])


def test_models_on_their_way():
    os.makedirs("mirror")
    write("mirror/ggml-tiny-q5_1.bin", b"not a model" * 100000)
    with harness.Cdn("mirror", "--cap-kbps", "100") as cdn:
        with Server(SCALER_MODEL_MIRROR=cdn.base, SCALER_MODELS_DIR=os.path.abspath("models")) as s:
            def model():
                return next(m for m in s.get("/api/v1/models")["catalog"] if m["name"] == "tiny-q5_1")

            assert model()["pull"] is None and not model()["installed"]
            m = s.post("/api/v1/models/tiny-q5_1/pull", {})
            assert m["pull"]["state"] == "running", m
            wait_for("progress", lambda: model()["pull"]["done"] > 0)
            # A second request joins the first; cancelling ends both.
            assert s.post("/api/v1/models/tiny-q5_1/pull", {})["pull"]["state"] == "running"
            assert s.ask("DELETE", "/api/v1/models/tiny-q5_1").status == 200
            wait_for("cancelled", lambda: model()["pull"]["state"] == "cancelled")
            assert not model()["installed"]
            error(s.ask("POST", "/api/v1/models/nothing/pull", {}), 404)
    with harness.Cdn("mirror") as cdn:
        with Server(SCALER_MODEL_MIRROR=cdn.base, SCALER_MODELS_DIR=os.path.abspath("models")) as s:
            s.post("/api/v1/models/tiny-q5_1/pull", {})
            def failed():
                pull = next(m for m in s.get("/api/v1/models")["catalog"] if m["name"] == "tiny-q5_1")["pull"]
                return pull if pull["state"] == "failed" else None

            pull = wait_for("failed", failed)
            # What comes is not the model, and is not taken for it.
            assert pull["error"], pull
            assert not os.path.exists("models/ggml-tiny-q5_1.bin")


def test_readings_and_advice():
    make_library()
    with Server() as s:
        history = wait_for("a reading", lambda: (lambda h: h if h["samples"] else None)(s.get("/api/v1/metrics/history")))
        sample = history["samples"][0]
        assert sample["memoryTotal"] > sample["memoryUsed"] > 0 and sample["diskFree"] > 0 and sample["load"] >= 0
        report = s.get("/api/v1/doctor")
        parts = {c["part"]: c for c in report["checks"]}
        assert parts["library"]["state"] == "ok" and s.library in parts["library"]["text"], parts
        assert "notes: builtin" in parts


def test_settings_say_what_they_are():
    make_library()
    with Server() as s:
        settings = {x["name"]: x for x in s.get("/api/v1/settings")["settings"]}
        assert settings["LLM_PROVIDER"]["source"] == "environment" and settings["LLM_PROVIDER"]["type"] == "choice"
        assert settings["SCALER_OUTPUT_DIR"]["fixed"] and not settings["SCALER_THREADS"]["fixed"]
        assert settings["OPENAI_API_KEY"]["type"] == "secret"
        s.ask("PUT", "/api/v1/settings", {"SCALER_THREADS": "1"})
        assert {x["name"]: x for x in s.get("/api/v1/settings")["settings"]}["SCALER_THREADS"]["source"] == "saved"


if __name__ == "__main__":
    harness.main()
