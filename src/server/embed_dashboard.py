#!/usr/bin/env python3
"""Makes one C file of a built dashboard: a table, and the bytes by .incbin.

usage: embed_dashboard.py DIST OUT.c OUT.bin

dashboard/scripts/compress.mjs has put .gz and .br beside the files. Without DIST
the table is empty and the program says how to get a dashboard. Outputs that
would not change are left alone, so that nothing is compiled again.
"""
import hashlib
import os
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
    ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def write(path, data):
    if read(path) != data:
        with open(path, "wb") as f:
            f.write(data)


def main(dist, out_c, out_bin):
    blob, rows = bytearray(), []

    def part(data):
        at = len(blob)
        blob.extend(data or b"")
        return "{%d, %d}" % (at, len(data or b""))

    names = sorted(os.path.relpath(os.path.join(d, f), dist)
                   for d, _, files in os.walk(dist) for f in files)
    for name in names:
        ext = os.path.splitext(name)[1]
        if ext not in TYPES:
            continue
        data = read(os.path.join(dist, name))
        hashed = re.search(r"-[\w-]{8}\.\w+$", name) is not None
        rows.append('    {"%s", "%s", "%s", %s, %s, %s, %s},' % (
            name.replace(os.sep, "/"), TYPES[ext], hashlib.sha256(data).hexdigest()[:16],
            "true" if hashed else "false", part(data),
            part(read(os.path.join(dist, name + ".gz"))),
            part(read(os.path.join(dist, name + ".br")))))
    blob.append(0)
    source = '''/* Made by embed_dashboard.py; data %s. */
#include "server/dashboard.h"

const struct sc_dashboard_file sc_dashboard_files[] = {
%s
    {0},
};

#ifdef __APPLE__
#define SECTION ".section __TEXT,__const"
#define NAME "_sc_dashboard_data"
#else
#define SECTION ".section .rodata"
#define NAME "sc_dashboard_data"
#endif

__asm__(SECTION "\\n.globl " NAME "\\n.p2align 4\\n" NAME ":\\n.incbin \\"%s\\"\\n.text\\n");
''' % (hashlib.sha256(blob).hexdigest(), "\n".join(rows), os.path.abspath(out_bin))
    write(out_bin, bytes(blob))
    write(out_c, source.encode())


main(*sys.argv[1:])
