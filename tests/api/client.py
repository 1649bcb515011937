"""What the tests of the HTTP API share: a server of their own, requests, a JSON Schema check."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import harness  # noqa: E402


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"HTTP {self.status} {self.body[:1500]!r}"


class Server:
    """`scaler serve` on a free port, for a `with`."""

    def __init__(self, library="lib", host=None, expect=None, **env):
        self.library, self.host, self.expect = os.path.abspath(library), host, expect
        self.env = {"SCALER_ALLOW_PRIVATE": "on", "SCALER_OUTPUT_DIR": self.library,
                    "LOG_LEVEL": "DEBUG", "WHISPER_MODEL": "tiny", "LLM_PROVIDER": "builtin", **env}
        self.log_path = os.path.abspath("serve.log")

    def start(self):
        port_file = os.path.abspath("serve-port-%d" % time.monotonic_ns())
        args = [harness.SCALER, "serve", "--port", "0", "--port-file", port_file]
        if self.host:
            args += ["--host", self.host]
        self.log = open(self.log_path, "ab")
        self.proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log,
                                     stderr=self.log, env=harness.clean_env(**self.env))
        end = time.monotonic() + 60
        while not (os.path.exists(port_file) and os.path.getsize(port_file)):
            if self.proc.poll() is not None:
                raise AssertionError(f"the server ended: {self.text()[-2000:]}")
            if time.monotonic() > end:
                raise AssertionError("the server does not listen")
            time.sleep(0.02)
        with open(port_file) as f:
            self.port = int(f.read())
        return self

    __enter__ = start

    def __exit__(self, kind, *rest):
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            code = self.proc.wait(60)
            if kind is None:
                assert code == 0, f"the server ended with {code}: {self.text()[-2000:]}"
        self.log.close()
        found = harness.SANITIZER.search(self.text())
        if kind is None:
            assert not found, self.text()[found.start() - 200:][:3000]

    def kill(self):
        self.proc.kill()
        self.proc.wait()

    def text(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def ask(self, method, path, body=None, headers=None, timeout=60):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        c.request(method, path, body, headers)
        r = c.getresponse()
        answer = Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
        c.close()
        return answer

    def get(self, path, status=200, **headers):
        a = self.ask("GET", path, headers=headers)
        assert a.status == status, (path, a)
        return a.json() if "json" in a.headers.get("content-type", "") else a

    def post(self, path, body, status=200, method="POST", **headers):
        a = self.ask(method, path, body, headers)
        assert a.status == status, (path, body, a)
        return a.json()

    def raw(self, data, timeout=60, until=b"\r\n"):
        """Sends bytes as they are; gives everything until the server closes, or pauses when
        `until` has come."""
        s = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        s.sendall(data)
        got = b""
        try:
            while True:
                s.settimeout(3 if until in got else timeout)
                more = s.recv(65536)
                if not more:
                    break
                got += more
        except (socket.timeout, ConnectionError):
            pass
        s.close()
        return got

    def wait(self, path, done, timeout=120):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            j = self.get(path)
            if done(j):
                return j
            time.sleep(0.1)
        raise AssertionError(f"{path} stays {j}\n{self.text()[-1500:]}")


def error(answer, status, code=None):
    """The one form of errors."""
    assert answer.status == status, answer
    j = answer.json()
    assert set(j) == {"detail", "code", "hint", "request_id"}, j
    assert all(isinstance(v, str) for v in j.values()) and len(j["detail"]) > 5, j
    assert j["request_id"] == answer.headers["x-request-id"]
    if code:
        assert j["code"] == code, j
    return j


TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "object": dict,
         "array": list, "null": type(None)}


def validate(value, schema, at="$"):
    """The part of JSON Schema that the document uses."""
    types = schema.get("type")
    if types:
        types = [types] if isinstance(types, str) else types
        good = any(isinstance(value, TYPES[t]) and not (t in ("number", "integer") and
                   isinstance(value, bool)) for t in types)
        assert good, f"{at}: {value!r} is no {types}"
    if "enum" in schema:
        assert value in schema["enum"], f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        for name in schema.get("required", []):
            assert name in value, f"{at}.{name} is missing in {sorted(value)}"
        for name, sub in schema.get("properties", {}).items():
            if name in value:
                validate(value[name], sub, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            validate(item, schema["items"], f"{at}[{i}]")


def tiny_hls(folder, seconds=6):
    """A few seconds of lecture with speech, as HLS; needs ffmpeg and flite."""
    for tool in ("ffmpeg", "flite"):
        harness.need(tool)
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["flite", "-voice", "awb", "-t",
                    "Today we talk about binary search. A queue holds the nodes.",
                    "-o", "speech.wav"], check=True, stdin=subprocess.DEVNULL)
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                    f"testsrc=size=320x180:rate=5:duration={seconds}", "-i", "speech.wav",
                    "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", "5",
                    "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "44100", "-hls_time", "2",
                    "-hls_list_size", "0",
                    "-hls_segment_filename", f"{folder}/data%06d.ts", f"{folder}/stream.m3u8"],
                   check=True)
    return folder
