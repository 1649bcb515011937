"""The service against its aims: a library of 2,000 lectures, event clients, memory, start-up.

    bench_server.py BUILD [LECTURES]
"""
import http.client
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
lectures = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
scaler = os.path.join(build, "src", "cli", "scaler")
home = tempfile.mkdtemp(prefix="scaler-bench-")
lib = os.path.join(home, "lib")


def memory_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmRSS")) / 1024


def times(port, path, n):
    c, out, size = http.client.HTTPConnection("127.0.0.1", port), [], 0
    for _ in range(n):
        began = time.perf_counter()
        c.request("GET", path)
        r = c.getresponse()
        size = len(r.read())
        out.append((time.perf_counter() - began) * 1000)
        assert r.status == 200, (path, r.status)
    out.sort()
    print(f"{path:40} p50 {out[n // 2]:7.2f} ms   p99 {out[int(n * .99) - 1]:7.2f} ms   {size} bytes")


try:
    for i in range(lectures):
        d = os.path.join(lib, f"2026-01-{1 + i % 28:02d}_Lecture {i}")
        os.makedirs(d)
        with open(d + "/metadata.json", "w") as f:
            f.write('{"title":"Lecture %d","date":"2026-01-%02d"}' % (i, 1 + i % 28))
        with open(d + "/lecture_notes.md", "w") as f:
            f.write("# Lecture\n\nA queue holds the nodes.\n")
        with open(d + "/transcript.json", "w") as f:
            f.write('{"text":"a queue","chunks":[{"start":0,"end":5,"text":"a queue number %d"}]}' % i)
    subprocess.run([scaler, "rescan", "--library", lib], check=True, stdout=subprocess.DEVNULL)
    port_file = os.path.join(home, "port")
    began = time.perf_counter()
    server = subprocess.Popen([scaler, "serve", "--port", "0", "--port-file", port_file, "--library", lib],
                              stdout=subprocess.DEVNULL)
    while not (os.path.exists(port_file) and os.path.getsize(port_file)):
        time.sleep(0.002)
    print(f"start-up {1000 * (time.perf_counter() - began):.0f} ms, idle {memory_mb(server.pid):.1f} MB")
    port = int(open(port_file).read())
    times(port, "/health", 2000)
    times(port, "/api/recordings", 200)
    times(port, "/api/search?q=queue", 200)
    times(port, "/api/recordings/check?title=Lecture%205", 100)
    times(port, "/metrics", 100)
    before = memory_mb(server.pid)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    clients = []
    for _ in range(1000):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port)
        clients.append(s)
    for s in clients:
        s.settimeout(20)
        assert b"200" in s.recv(4096)
    print(f"1,000 event clients: {memory_mb(server.pid) - before:.1f} MB more")
    server.terminate()
    server.wait(30)
finally:
    shutil.rmtree(home, ignore_errors=True)
