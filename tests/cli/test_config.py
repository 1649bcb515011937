"""Settings: sources, wrong values, secrets."""
import os

import harness
from harness import run, write

KEY = "sk-test-0123456789abcdefghij"


def setting(name, **env):
    return run("config", name, "--json", env=env, code=0).json()


def test_every_setting_with_value_and_source():
    rows = run("config", "--json", code=0).json()["settings"]
    names = [r["name"] for r in rows]
    for n in ("SCALER_OUTPUT_DIR", "OLLAMA_HOST", "OLLAMA_MODEL", "WHISPER_MODEL", "WHISPER_DEVICE",
              "LOG_LEVEL", "LLM_PROVIDER", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        assert n in names
    assert all(r["source"] and r["meaning"] for r in rows)
    text = run("config", code=0).out
    assert all(n in text for n in names)


def test_the_environment_wins_over_env_file_over_default():
    assert setting("WHISPER_MODEL")["source"] == "default"
    write(".env", "WHISPER_MODEL=small\n")
    r = setting("WHISPER_MODEL")
    assert (r["value"], r["source"]) == ("small", ".env")
    r = setting("WHISPER_MODEL", WHISPER_MODEL="base.en")
    assert (r["value"], r["source"]) == ("base.en", "environment")
    write("other.env", "WHISPER_MODEL=tiny\n")
    assert setting("WHISPER_MODEL", SCALER_ENV_FILE="other.env")["value"] == "tiny"


def test_aliases_and_bare_hosts():
    assert setting("OLLAMA_HOST", OLLAMA_HOST="example.org:11434")["value"] == "http://example.org:11434"
    assert setting("OLLAMA_BASE_URL", OLLAMA_HOST="")["name"] == "OLLAMA_HOST"


def test_the_library_option_is_a_source():
    r = run("config", "SCALER_OUTPUT_DIR", "--library", "here", "--json", code=0).json()
    assert (r["value"], r["source"]) == ("here", "option")


def test_wrong_values_name_variable_value_and_what_is_allowed():
    for var, value, allowed in (("LLM_PROVIDER", "magic", "auto|ollama|openai|builtin"),
                                ("LOG_LEVEL", "LOUD", "DEBUG"), ("SCALER_PORT", "99999", "1..65535"),
                                ("OLLAMA_HOST", "ftp://x", "http"), ("SCALER_CONNECTIONS", "many", "1..256")):
        for command in (["config"], ["list"], ["doctor"], ["add", "x.mp4"]):
            r = run(*command, env={var: value}, code=3)
            assert var in r.err and value.split(":")[0] in r.err and allowed in r.err, r
            assert r.out == ""
        run("version", env={var: value}, code=0)
        run("help", env={var: value}, code=0)
    write(".env", "WHISPER_DEVICE=toaster\n")
    r = run("config", code=3)
    assert "toaster" in r.err and ".env" in r.err


def test_an_env_file_that_is_named_must_exist():
    assert run("config", env={"SCALER_ENV_FILE": "nowhere.env"}).code != 0


def test_unknown_setting():
    run("config", "NO_SUCH_THING", code=4)


def test_secrets_are_masked_everywhere():
    env = {"OPENAI_API_KEY": KEY}
    for args in (["config"], ["config", "--json"], ["config", "OPENAI_API_KEY"], ["config", "-v"],
                 ["doctor"], ["doctor", "--json", "-v"]):
        r = run(*args, env=env)
        assert KEY not in r.out + r.err, args
        assert KEY[:12] not in r.out + r.err, args
    assert "set (ends in ghij)" in run("config", env=env).out
    url = "http://user:hunter2secret@127.0.0.1:9/v1"
    for args in (["config"], ["config", "--json"], ["doctor", "-v"]):
        r = run(*args, env={"OPENAI_BASE_URL": url, "LLM_PROVIDER": "openai", **env})
        assert "hunter2secret" not in r.out + r.err, (args, r)


def test_doctor_tells_and_is_json():
    r = run("doctor")
    assert r.code in (0, 17), r
    for word in ("system", "memory", "disk", "library", "speech", "notes", "slide text"):
        assert word in r.out, (word, r)
    j = run("doctor", "--json").json()
    assert isinstance(j["ok"], bool) and all(c["state"] in ("ok", "advice", "problem") for c in j["checks"])


def test_doctor_makes_nothing():
    run("doctor", "--library", "lib")
    assert not os.path.exists("lib")


if __name__ == "__main__":
    harness.main()
