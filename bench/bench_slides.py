#!/usr/bin/env python3
"""Finding slides against a full decode by ffmpeg: CPU time, 720p at 25 frames/s.

usage: bench_slides.py BUILD [PRESET...]
"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile


def cpu_of(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    tool = os.path.join(sys.argv[1], "tests", "quality", "slides_quality")
    if not os.access(tool, os.X_OK):
        print("# slides: FreeType's development files are needed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for preset in sys.argv[2:] or ("veryfast", "medium"):
            spec = f"1:5:720:25:250:{preset}"
            # Three times on one video; ours includes reading numbers and writing PNG files.
            ours = subprocess.run([tool, folder, "-r", "3", spec], stdout=subprocess.PIPE, text=True)
            if ours.returncode != 0:
                print("# slides: " + ours.stdout.strip())
                return 77
            out = ours.stdout
            video = next(os.path.join(folder, f) for f in os.listdir(folder)
                         if f.endswith(preset + ".mp4"))
            theirs = [cpu_of(["ffmpeg", "-v", "error", "-i", video, "-f", "null", "-"])
                      for _ in range(3)]
            a, b = float(out.split(" cpu ")[1].split()[0]), statistics.median(theirs)
            print(f"slides found, 5 min 720p x264 {preset}, CPU\t{a:.2f} s\t"
                  f"ffmpeg -f null\t{b:.2f} s\t{a / b:.2f}\t<= 0.25")
            score = out.split("F1 time ")[1].split()
            print(f"# slides, {preset}: F1 time {score[0]}, final picture {score[2]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
