"""Help, usage mistakes, completions, manual, generated documents, closed pipes."""
import os
import re
import shutil
import signal
import subprocess

import harness
from harness import SCALER, SOURCE, clean_env, run

COMMANDS = ["add", "process", "inspect", "list", "show", "search", "rm", "export", "models",
            "doctor", "config", "rescan", "completions", "version", "help"]


def test_overview_names_every_command():
    for args in ([], ["help"], ["--help"], ["-h"]):
        r = run(*args, code=0)
        for c in COMMANDS:
            assert re.search(rf"^  {c} ", r.out, re.M), (args, c)
        assert not r.err


def test_help_of_every_command_fits_80_columns():
    for c in COMMANDS:
        a, b = run("help", c, code=0), run(c, "--help", code=0)
        assert a.out == b.out
        assert a.out.startswith(f"usage: scaler {c}")
        assert all(len(line) <= 80 for line in a.out.splitlines()), c
    assert all(len(line) <= 80 for line in run("help").out.splitlines())


def test_help_fits_a_narrow_terminal():
    for c in COMMANDS:
        code, out = harness.run_on_terminal("help", c, columns=40)
        assert code == 0
        long = [line for line in out.replace("\r", "").splitlines() if len(line) > 44]
        # An option's name and value are never cut.
        assert all(line.startswith(("  -", "usage:")) for line in long), (c, long)


def test_unknown_words_are_usage_errors_with_a_hint():
    assert "Did you mean scaler list?" in run("lsit", code=2).err
    assert "Did you mean --title?" in run("add", "--titel", "x", "f", code=2).err
    assert "scaler help" in run("frobnicate", code=2).err
    run("help", "frobnicate", code=2)
    run("list", "-Z", code=2)
    run("completions", "tcsh", code=2)


def test_counts_and_values_of_arguments():
    run("show", code=2)
    run("show", "a", "b", code=2)
    run("list", "extra", code=2)
    run("add", code=2)
    run("search", code=2)
    run("list", "--json=yes", code=2)
    run("add", "f", "--title", code=2)
    run("show", "x", "--part", "nonsense", code=2)
    run("export", "x", "--format", "docx", code=2)
    run("search", "x", "--limit", "0", code=2)
    run("search", "x", "--from", "yesterday", code=2)
    for r in (run("add", "f", "--date", "2026-02-30", code=2), run("add", "f", "--from", "ten", code=2),
              run("add", "f", "--from", "60", "--to", "0:30", code=2),
              run("add", "http://127.0.0.1:9/x.m3u8", "--quality", "good", code=2),
              run("add", "f", "--skip", "lunch", code=2), run("add", "f", "--redo", "download", code=2),
              run("add", "a", "b", "--title", "T", code=2),
              run("add", "a", "--base-url", "http://127.0.0.1:9/", code=2)):
        assert r.err.startswith("scaler: ") and not r.out


def test_every_error_is_one_sentence_on_stderr():
    r = run("show", "nothing-here", code=4)
    lines = r.err.strip().splitlines()
    assert len(lines) <= 2 and lines[0].startswith("scaler: ") and lines[0].endswith((".", "?"))
    assert r.out == ""


def test_version():
    assert re.fullmatch(r"scaler \d+\.\d+\.\d+\n", run("version", code=0).out)
    assert run("--version", code=0).out == run("version").out
    assert run("version", "--json", code=0).json()["version"] in run("version").out


def test_completions_are_valid_shell():
    for shell in ("bash", "zsh", "fish"):
        text = run("completions", shell, code=0).out
        for c in COMMANDS:
            assert c in text
        if shutil.which(shell):
            done = subprocess.run([shell, "-n"], input=text.encode(), stderr=subprocess.PIPE)
            assert done.returncode == 0, (shell, done.stderr)


def test_bash_completes_commands_options_and_values():
    def complete(*words):
        script = run("completions", "bash").out + f"""
        COMP_WORDS=({' '.join(words)}{" ''" if words[-1] == '' else ''})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _scaler; printf '%s\\n' "${{COMPREPLY[@]}}" """
        words = [w if w else "''" for w in words]
        return subprocess.run(["bash", "-c", script], env=clean_env(), stdout=subprocess.PIPE,
                              text=True).stdout.split()
    assert complete("scaler", "ins") == ["inspect"]
    assert "--title" in complete("scaler", "add", "--ti")
    assert complete("scaler", "export", "x", "--format", "v") == ["vtt"]
    assert complete("scaler", "models", "pu") == ["pull"]


def test_manual_page_is_roff():
    text = run("man", code=0).out
    assert text.startswith(".TH SCALER 1")
    for word in ("scaler add", "WHISPER_MODEL", "EXIT STATUS", ".B 130"):
        assert word in text, word
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert not done.stderr, done.stderr


def test_generated_documents_are_current():
    for name, args in (("errors.md", ["errors", "--markdown"]), ("cli.md", ["help", "--markdown"])):
        with open(os.path.join(SOURCE, "docs", name)) as f:
            assert f.read() == run(*args, code=0).out, f"docs/{name} is old: run make docs"


def test_error_table():
    rows = run("errors", "--json", code=0).json()
    assert len({r["exit"] for r in rows}) == len(rows) == len({r["code"] for r in rows})


def test_a_reader_that_goes_away_is_no_error():
    p = subprocess.Popen([SCALER, "help", "--markdown"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=clean_env())
    p.stdout.close()
    err = p.stderr.read()
    assert p.wait() == 128 + signal.SIGPIPE and err == b"", (p.returncode, err)


def test_a_full_disk_is_an_error():
    if not os.path.exists("/dev/full"):
        raise harness.Skip("no /dev/full")
    with open("/dev/full", "wb") as full:
        r = run("help", stdout=full, code=14)
    assert "could not write the output" in r.err


def test_closed_descriptors_do_no_harm():
    for closing in ("<&-", ">&-", "2>&-"):
        done = subprocess.run(["sh", "-c", f'"$0" list --json {closing}', SCALER], env=clean_env(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode in (0, 15), (closing, done)


def test_colours_only_on_a_terminal_and_not_with_no_color():
    assert "\x1b[" not in run("config").out
    assert "\x1b[" in harness.run_on_terminal("config")[1]
    assert "\x1b[" not in harness.run_on_terminal("config", env={"NO_COLOR": "1"})[1]
    assert "\x1b[" not in harness.run_on_terminal("config", env={"TERM": "dumb"})[1]


if __name__ == "__main__":
    harness.main()
