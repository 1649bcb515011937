"""Pictures described by a vision model: which ones, where it is found, and without one."""
import base64
import glob
import json
import os
import subprocess
import sys

import harness
from harness import SOURCE, need, run

sys.path.insert(0, os.path.join(SOURCE, "tests", "lib"))
from fake_llm import FakeLLM  # noqa: E402

TEXT = ["Breadth first search visits every vertex once and keeps the border in a queue.",
        "Depth first search goes on until it finds nothing new and then turns back again.",
        "Both need time that grows with the number of vertices plus the number of edges.",
        "Shortest paths without weights are found by the first, cycles by the second one."]
SAYS = "A bar chart with four bars; the third, a zigzurat, is the tallest."


def make_lecture():
    """Five seconds of bars without a word, five of a page full of text."""
    need("ffmpeg")
    need("rsvg-convert")
    bars = "".join(f'<rect x="{150 + 250 * i}" y="{600 - h}" width="150" height="{h}" fill="#2a6"/>'
                   for i, h in enumerate((120, 260, 480, 330)))
    lines = "".join(f'<text x="40" y="{120 + 90 * i}" font-size="30" font-family="DejaVu Sans">{t}</text>'
                    for i, t in enumerate(TEXT))
    for name, body in (("a", bars), ("b", lines)):
        with open(f"{name}.svg", "w") as f:
            f.write('<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">'
                    f'<rect width="1280" height="720" fill="#fff"/>{body}</svg>')
        subprocess.run(["rsvg-convert", "-o", f"{name}.png", f"{name}.svg"], check=True)
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-loop", "1", "-t", "5", "-i", "a.png", "-loop", "1", "-t", "5",
         "-i", "b.png", "-filter_complex", "concat=n=2,fps=10,format=yuv420p", "-c:v", "libx264",
         "-preset", "ultrafast", "-g", "50", "lecture.mp4"], check=True)


def add(url, **env):
    return run("add", "lecture.mp4", "--title", "Bars", "--library", "lib", "--skip", "transcription",
               env={"OLLAMA_HOST": url, "LLM_PROVIDER": "builtin", **env}, code=0)


def slides():
    with open(glob.glob("lib/*_Bars/slides_metadata.json")[0]) as f:
        return json.load(f)


def pictures(fake):
    return [r for path, r in fake.calls if path == "/api/generate"]


def test_a_picture_with_little_text_is_described():
    make_lecture()
    fake = FakeLLM(picture=SAYS)
    try:
        said = add(fake.url)
        assert [s.get("description") for s in slides()] == [SAYS, None], slides()
        asked = pictures(fake)
        assert len(asked) == 1, "text-heavy slides need no description"
        assert asked[0]["model"] == "llama3.2-vision:11b"
        assert base64.b64decode(asked[0]["images"][0]).startswith(b"\x89PNG")
        # What was described is known, also after the stage is done again.
        run("process", "bars", "--library", "lib", "--redo", "slides",
            env={"OLLAMA_HOST": fake.url, "LLM_PROVIDER": "builtin"}, code=0)
        assert len(pictures(fake)) == 1
        found = run("search", "zigzurat", "--library", "lib", "--json", code=0).json()
        assert "zigzurat" in json.dumps(found)
    finally:
        fake.close()
    assert "slides        done, 2 in" in said.err, said


def test_without_the_model_all_slides_are_read():
    make_lecture()
    fake = FakeLLM()
    try:
        said = add(fake.url)
    finally:
        fake.close()
    assert len(slides()) == 2 and "vertex once" in slides()[1]["ocr_text"]
    assert all(not s.get("description") for s in slides())
    assert "slides        done, 2 in" in said.err, said


def test_another_model_or_none():
    make_lecture()
    fake = FakeLLM(picture=SAYS)
    try:
        add(fake.url, OLLAMA_VISION_MODEL="minicpm-v")
        assert pictures(fake)[0]["model"] == "minicpm-v"
    finally:
        fake.close()


if __name__ == "__main__":
    harness.main()
