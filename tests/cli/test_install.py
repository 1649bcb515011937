"""What `make install` puts where, and that it works from there."""
import os
import shutil
import subprocess

import harness


def tree(root):
    found = set()
    for folder, _, names in os.walk(root):
        found |= {os.path.relpath(os.path.join(folder, n), root) for n in names}
    return found


def installed():
    harness.need("meson")
    root = os.path.abspath("root")
    done = subprocess.run(["meson", "install", "-C", harness.BUILD, "--no-rebuild", "--quiet"],
                          env={**os.environ, "DESTDIR": root}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    programs = [p for p in tree(root) if p.endswith("/bin/scaler")]
    assert len(programs) == 1, programs
    return os.path.join(root, os.path.dirname(os.path.dirname(programs[0])))


def test_the_layout():
    prefix = installed()
    found = tree(prefix)
    for path in ("bin/scaler", "share/man/man1/scaler.1", "share/zsh/site-functions/_scaler",
                 "share/bash-completion/completions/scaler.bash",
                 "share/fish/vendor_completions.d/scaler.fish", "share/scaler/grafana/scaler.json"):
        assert path in found, (path, sorted(found))
    assert "lib/systemd/user/scaler.service" in found or \
        "share/scaler/io.github.scaler-companion.plist" in found, sorted(found)
    engines = {os.path.basename(p) for p in found if p.startswith("libexec/scaler/")}
    built = {n for n in os.listdir(os.path.join(harness.BUILD, "src", "speech", "engines"))
             if n in ("scaler-sphinx", "scaler-whisper")}
    assert engines == built, (engines, built)
    # Nothing else: no tests, no helpers, nothing of the build.
    stray = [p for p in found if not p.startswith(("bin/", "libexec/scaler/", "share/", "lib/systemd/"))]
    assert stray == [] and not any("test" in p for p in found), sorted(found)
    for path in found:
        if path.endswith((".service", ".plist")):
            with open(os.path.join(prefix, path)) as f:
                text = f.read()
            assert "/bin/scaler" in text and "@" not in text.replace("@rpath", ""), text


def test_it_finds_its_engines():
    prefix = installed()
    env = harness.clean_env(PATH="/usr/bin:/bin")
    done = subprocess.run([prefix + "/bin/scaler", "doctor", "--json", "--library", "lib"], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if os.path.isdir(prefix + "/libexec/scaler"):
        assert b'"speech: ' in done.stdout and b"not installed" not in done.stdout.split(
            b"speech: sphinx")[-1].split(b"}")[0], done.stdout.decode()


def test_one_file_runs_alone():
    """The program by itself, elsewhere: all but speech, which it says it lacks."""
    os.mkdir("alone")
    shutil.copy(harness.SCALER, "alone/scaler")
    env = harness.clean_env(PATH="/usr/bin:/bin")

    def run(*args):
        return subprocess.run([os.path.abspath("alone/scaler"), *args], env=env, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert run("version").stdout.startswith("scaler ")
    assert run("list", "--library", "lib").returncode == 0
    assert "speech" in run("doctor", "--library", "lib").stdout


if __name__ == "__main__":
    harness.main()
