"""scaler models against a local mirror."""
import os

import harness
from harness import Cdn, run, write


def env(base=None):
    return {"SCALER_MODELS_DIR": os.path.abspath("models"), "SCALER_MODEL_MIRROR": base}


def test_list():
    j = run("models", "--json", env=env(), code=0).json()
    names = [m["name"] for m in j["models"]]
    assert "base.en" in names and "medium" in names and j["folder"].endswith("models")
    assert all(len(m["sha256"]) == 64 and m["size"] > 0 and not m["installed"] for m in j["models"])
    assert "base.en" in run("models", "list", env=env(), code=0).out


def test_usage():
    run("models", "pull", code=2)
    run("models", "fetch", "x", code=2)
    run("models", "list", "x", code=2)
    run("models", "pull", "no-such-model", env=env(), code=4)
    run("models", "rm", "base.en", env=env(), code=4)


def test_a_mirror_without_the_model():
    os.mkdir("www")
    with Cdn("www") as cdn:
        r = run("models", "pull", "tiny.en", env=env(cdn.base))
        assert r.code not in (0, 1) and "tiny.en" in r.err, r
    r = run("models", "pull", "tiny.en", env=env("http://127.0.0.1:9"))
    assert r.code not in (0, 1), r
    assert os.listdir("models") == [] if os.path.isdir("models") else True


def test_a_wrong_file_is_not_taken():
    os.mkdir("www")
    with Cdn("www") as cdn:
        for name in ("ggml-tiny.en.bin", "resolve/main/ggml-tiny.en.bin"):
            write("www/" + name, b"not a model" * 1000)
        r = run("models", "pull", "tiny.en", env=env(cdn.base))
        assert r.code not in (0, 1), r
        assert not os.path.exists("models/ggml-tiny.en.bin")


if __name__ == "__main__":
    harness.main()
