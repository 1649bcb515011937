"""What is packed beside the programs: service files, the Grafana board, the formula, node.sh.
They are read by others, so each is tried with what reads it or with what it names.
"""
import os
import plistlib
import re
import shutil
import signal
import subprocess
import time

import harness

PACKAGING = os.path.join(harness.SOURCE, "packaging")


def filled_in(name, bindir):
    with open(os.path.join(PACKAGING, name)) as f:
        return f.read().replace("@bindir@", bindir)


def test_systemd_unit():
    harness.need("systemd-analyze")
    os.mkdir("run")
    unit = os.path.abspath(harness.write("scaler.service", filled_in(
        "systemd/scaler.service.in", os.path.dirname(harness.SCALER))))
    # Without manual pages: the one it names is not installed here.
    r = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", unit],
                       env={**os.environ, "XDG_RUNTIME_DIR": os.path.abspath("run")},
                       stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "scaler.service" not in r.stderr, r.stderr


def test_launchd_plist_starts_the_service():
    """What launchd would run, with its environment; it is asked to end as launchd asks."""
    text = filled_in("launchd/io.github.scaler-companion.plist.in", os.path.dirname(harness.SCALER))
    p = plistlib.loads(text.encode())
    assert p["RunAtLoad"] is True and p["KeepAlive"] == {"SuccessfulExit": False}
    os.mkdir("home")
    for _ in range(5):  # a port that was free a moment ago may be somebody's by now
        env = harness.clean_env(HOME=os.path.abspath("home"), SCALER_PORT=str(free_port()))
        log = open("log", "w")
        s = subprocess.Popen(p["ProgramArguments"], env={**env, **p["EnvironmentVariables"]},
                             stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 60
        while s.poll() is None and "listening on" not in open("log").read() and time.monotonic() < end:
            time.sleep(0.05)
        if s.poll() is None:
            break
    s.send_signal(signal.SIGTERM)
    assert s.wait(p["ExitTimeOut"] * 2) == 0, open("log").read()
    assert os.path.isdir("home/Lectures"), open("log").read()


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_formula_needs_what_building_needs():
    with open(os.path.join(PACKAGING, "homebrew/scaler.rb")) as f:
        formula = f.read()
    with open(os.path.join(PACKAGING, "install-deps.sh")) as f:
        listed = re.search(r'^BREW="([^"]*)"', f.read(), re.M).group(1).split()
    only_tests = {"cmocka", "flite", "librsvg", "python@3"}
    assert set(re.findall(r'depends_on "([^"]+)"', formula)) == set(listed) - only_tests
    # The program has its dashboard inside only when that was built before.
    assert formula.index("dashboard/build.sh") < formula.index('"meson", "setup"')
    if shutil.which("ruby"):
        subprocess.run(["ruby", "-c", os.path.join(PACKAGING, "homebrew/scaler.rb")], check=True,
                       stdout=subprocess.DEVNULL)


def test_a_killed_build_leaves_no_lock():
    """A build that is killed leaves no lock behind; one that lives keeps others waiting."""
    os.makedirs("tree/packaging", exist_ok=True)
    shutil.copy(os.path.join(PACKAGING, "node.sh"), "tree/packaging/node.sh")
    node_sh = os.path.abspath("tree/packaging/node.sh")

    def locked(*command):
        return subprocess.Popen([node_sh, "--locked", "x", *command], stdin=subprocess.DEVNULL)
    held = os.path.abspath("held")
    first = locked("sh", "-c", f"echo >'{held}'; exec sleep 1000")
    while not os.path.exists(held):
        assert first.poll() is None
        time.sleep(0.02)
    after = os.path.abspath("after")
    second = locked("sh", "-c", f"echo >'{after}'")
    time.sleep(1)
    assert second.poll() is None and not os.path.exists(after), "two at a time"
    first.kill()
    first.wait()
    assert second.wait(120) == 0 and os.path.exists(after)


if __name__ == "__main__":
    harness.main()
