"""The document that the route table makes: every operation is called and checked against it."""
import json
import os
import re

from client import Server, error, harness, validate
from test_contract import make_library


def fill(path, values):
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m.group(1), "x"), path)


# A good request per operation that needs one.
BODIES = {
    "post /api/v1/download": {"title": "T", "streamInfo": {"streamUrl": "http://127.0.0.1:9/a.m3u8"}},
    "post /api/v1/download/{downloadId}/credentials": {"signature": "s", "keyPairId": "k", "policy": "p"},
    "patch /api/v1/recordings/{id}": {"tags": ["a"]},
    "put /api/v1/settings": {"llmModel": "x"},
    "post /api/v1/recordings/{id}/archive": {"dryRun": True},
    "post /api/v1/recordings/{id}/unarchive": {"dryRun": True},
    "post /api/v1/jobs/{id}/priority": {"priority": 1},
    "post /api/v1/keys": {"name": "k", "scopes": "read"},
    "post /api/v1/import": {"filename": "a.mp4", "size": 10},
}
QUERIES = {"/api/v1/search": "?q=queue", "/api/v1/recordings/check": "?title=x"}
# Their good case changes what others need; the error form is checked.
EXPECT = {"post /api/v1/jobs/{id}/retry": 409, "post /api/v1/jobs/{id}/resume": (200, 409),
          "post /api/v1/process": 422, "post /api/v1/pair": 422, "post /api/v1/session": 422,
          "post /api/v1/jobs/{id}/pause": (200, 409),
          "post /api/v1/models/{name}/pull": 404, "delete /api/v1/models/{name}": 404,
          "post /api/v1/recordings/{id}/archive": 404, "post /api/v1/recordings/{id}/unarchive": 409,
          "get /api/v1/export/{id}": 200, "delete /api/v1/keys/{name}": 200,
          "post /api/v1/download/{downloadId}/credentials": 200}


def test_every_operation():
    lecture = make_library()
    with Server() as s:
        doc = s.get("/openapi.json")
        assert doc["openapi"] == "3.1.0" and len(doc["paths"]) > 25
        job = s.post("/api/download", BODIES["post /api/v1/download"])["downloadId"]
        upload = s.post("/api/import", {"filename": "b.mp4", "size": 10})["uploadId"]
        ids = set()
        operations = [(m, p, o) for p, item in doc["paths"].items() for m, o in item.items()]
        # What ends things comes last.
        operations.sort(key=lambda x: (x[0] == "delete", "cancel" in x[1]))
        for method, path, o in operations:
            assert o["operationId"] not in ids and o["summary"]
            ids.add(o["operationId"])
            values = {"id": job if "/jobs/" in path else lecture, "downloadId": job, "processId": job,
                      "uploadId": upload, "name": "k", "task": "cleanup", "path": "lecture_notes.md"}
            named = {p["name"] for p in o["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), path
            where = f"{method} {path}"
            if path.endswith("/events"):
                continue
            body = BODIES.get(where, {} if "requestBody" in o else None)
            if where in BODIES:
                validate(body, o["requestBody"]["content"]["application/json"]["schema"], where)
            a = s.ask(method.upper(), fill(path, values) + QUERIES.get(path, ""), body)
            want = EXPECT.get(where, 200)
            assert a.status in (want if isinstance(want, tuple) else (want,)), (where, a)
            if a.status != 200:
                validate(a.json(), doc["components"]["schemas"]["Error"], where)
                continue
            kind, content = next(iter(o["responses"]["200"]["content"].items()))
            if kind == "application/json":
                validate(a.json(), content["schema"], where)
            # Generation 1 has the same but for one word.
            if method == "get" and path.startswith("/api/v1/") and kind == "application/json":
                old = s.ask("GET", fill(path, values).replace("/v1", "") + QUERIES.get(path, ""))
                validate(old.json(), content["schema"], where)


def test_wrong_bodies_are_refused():
    """Every field with a type: another type is a 422 that names it (or a 400), never a 500."""
    lecture = make_library()
    with Server() as s:
        doc = s.get("/openapi.json")
        for path, item in doc["paths"].items():
            for method, o in item.items():
                schema = o.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
                target = fill(path, {"id": lecture, "downloadId": "x", "name": "x"})
                for name, sub in schema.get("properties", {}).items():
                    for wrong in (5, "x", [], {}, True, 1e300, -1):
                        try:
                            validate(wrong, sub)
                            continue
                        except AssertionError:
                            pass
                        good = BODIES.get(f"{method} {path}", {})
                        a = s.ask(method.upper(), target, {**good, name: wrong})
                        assert a.status in (400, 404, 422), (method, path, name, wrong, a)
                        error(a, a.status)


def test_the_docs_page():
    with Server() as s:
        page = s.get("/docs").body.decode()
        assert "/api/recordings/{id}" in page and "http://" not in page and "https://" not in page
        assert "<script" not in page


if __name__ == "__main__":
    harness.main()
