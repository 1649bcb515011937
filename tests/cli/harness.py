"""What the black-box tests of the command line share: TAP, the program, servers.

A test file defines functions test_*() and ends with harness.main(). A test
fails by raising; Skip(reason) skips it. Every test runs in a fresh folder.
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

BUILD = os.environ.get("SCALER_TEST_BUILD") or os.path.abspath("build-asan")
SOURCE = os.environ.get("SCALER_TEST_SOURCE") or os.getcwd()
SCALER = os.path.join(BUILD, "src", "cli", "scaler")
TESTCDN = os.path.join(BUILD, "tests", "lib", "scaler-testcdn")
SANITIZER = re.compile(r"((ERROR: (Address|Leak)|WARNING: Thread)Sanitizer|runtime error:)")


class Skip(Exception):
    pass


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}"


def clean_env(**more):
    """The settings of whoever runs the tests must not reach them."""
    keep = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "ASAN_OPTIONS",
            "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")
    env = {k: v for k, v in os.environ.items() if k in keep}
    env.update(TERM="dumb", OLLAMA_HOST="http://127.0.0.1:9", SCALER_PREVENT_SLEEP="off",
               OMP_THREAD_LIMIT="1", OMP_WAIT_POLICY="passive", XDG_DATA_HOME=os.getcwd() + "/data")
    env.update({k: v for k, v in more.items() if v is not None})
    return env


def run(*args, input=None, env=None, timeout=120, code=None, stdout=subprocess.PIPE):
    """Runs scaler with args; when code is given, the exit code must be it."""
    text = input.encode() if isinstance(input, str) else input
    done = subprocess.run([SCALER, *map(str, args)], input=text if text is not None else b"",
                          stdout=stdout, stderr=subprocess.PIPE, env=clean_env(**(env or {})),
                          timeout=timeout)
    r = Result(done.returncode, (done.stdout or b"").decode("utf-8", "replace"),
               done.stderr.decode("utf-8", "replace"))
    if SANITIZER.search(r.err):
        raise AssertionError(f"sanitizer finding in scaler {args}\n{r.err[:1500]}")
    if code is not None and r.code != code:
        raise AssertionError(f"scaler {args}: expected exit {code}, got {r!r}")
    return r


def run_on_terminal(*args, columns=80, env=None, answer=None, timeout=120):
    """Runs scaler on a pseudo terminal; returns (exit code, everything it wrote)."""
    import fcntl
    import struct
    import termios
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(SCALER, [SCALER, *map(str, args)],
                  clean_env(**{"TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    got, end = b"", time.monotonic() + timeout
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            block = os.read(fd, 65536)
        except OSError:
            break
        if not block:
            break
        got += block
        if answer is not None and b"[y/N]" in got:
            os.write(fd, answer.encode() + b"\n")
            answer = None
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    os.close(fd)
    return os.waitstatus_to_exitcode(status), got.decode("utf-8", "replace")


def screen(text):
    """The lines that stay on a terminal after what was written to it (no scrolling)."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+|\x1b", text):
        if part == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif part.startswith("\x1b[") and part[-1] == "A":
            row = max(0, row - int(part[2:-1] or 1))
        elif part.startswith("\x1b[") and part[-1] == "J":
            del lines[row:]
            lines.append("")
        elif not part.startswith(("\x1b", "\r")):
            lines[row] += part
    return [l for l in lines if l]


def start(*args, env=None):
    return subprocess.Popen([SCALER, *map(str, args)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_env(**(env or {})))


def write(path, data):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    return path


def need(tool):
    if not shutil.which(tool):
        raise Skip(f"{tool} is not installed")


class Cdn:
    """scaler-testcdn over a folder, for a `with`."""

    def __init__(self, root, *options):
        self.root, self.options = root, options

    def __enter__(self):
        port_file = os.path.abspath("port-%d" % time.monotonic_ns())
        self.proc = subprocess.Popen([TESTCDN, "--root", self.root, "--port-file", port_file,
                                      "--idle-exit-s", "120", *map(str, self.options)],
                                     stdin=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            if time.monotonic() > end or self.proc.poll() is not None:
                raise AssertionError("scaler-testcdn did not start")
            time.sleep(0.02)
        with open(port_file) as f:
            self.base = "http://127.0.0.1:" + f.read().strip()
        return self

    def __exit__(self, *exc):
        self.proc.kill()
        self.proc.wait()

    def stats(self):
        with urllib.request.urlopen(self.base + "/__stats") as r:
            return json.load(r)


def main():
    module = sys.modules["__main__"]
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_") and callable(f)]
    wanted = sys.argv[1:]
    tests = [t for t in tests if not wanted or t[0] in wanted]
    print(f"1..{len(tests)}", flush=True)
    bad = 0
    for i, (name, function) in enumerate(tests, 1):
        home = tempfile.mkdtemp(prefix="scaler-cli-")
        os.chdir(home)
        try:
            function()
            print(f"ok {i} - {name}", flush=True)
        except Skip as why:
            print(f"ok {i} - {name} # SKIP {why}", flush=True)
        except Exception:
            bad += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {i} - {name}", flush=True)
        finally:
            os.chdir("/")
            shutil.rmtree(home, ignore_errors=True)
    sys.exit(1 if bad else 0)
