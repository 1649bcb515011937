#!/usr/bin/env python3
"""Makes a C file that holds the given files: embed.py OUT.c ROOT FILE..."""
import os
import sys


def main():
    out, root, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(out, "w", encoding="ascii") as f:
        f.write('#include "notes/embed.h"\n\n')
        for i, path in enumerate(files):
            with open(path, "rb") as g:
                data = g.read()
            f.write("static const unsigned char file_%d[] = {" % i)
            for k, byte in enumerate(data + b"\0"):
                f.write(("\n" if k % 24 == 0 else "") + "%d," % byte)
            f.write("\n};\n")
        f.write("\nconst struct sc_embedded sc_embedded_files[] = {\n")
        for i, path in enumerate(files):
            name = os.path.relpath(path, root).replace(os.sep, "/")
            f.write('    {"%s", (const char *)file_%d, sizeof file_%d - 1},\n' % (name, i, i))
        f.write("};\nconst size_t sc_embedded_count = %d;\n" % len(files))


main()
