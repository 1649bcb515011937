#!/usr/bin/env python3
"""Makes transcript and slides JSON from a lecture script (see graphs.txt).

"@ seconds name" begins a slide, "# " is a line on it ("! " one of code), any
other line is spoken. Each sentence lasts as long as its words take; what does
not fit before the next slide pushes it on. --plain writes what a simple
recogniser hears: small letters, no marks, a few words misheard.
"""
import json, re, sys

def main():
    src, out = sys.argv[1], sys.argv[2]
    plain = "--plain" in sys.argv
    swaps = {"breadth": "bread", "vertex": "vertex", "dijkstra's": "dykstra's", "queue": "cue",
             "traverse": "traverse", "deque": "deck", "kahn's": "cons", "adjacency": "adjacency"}
    slides, said, t, heard = [], [], 0.0, 0
    for line in open(src, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("@ "):
            t = max(t + 1.0, float(line.split()[1]))
            if slides:
                slides[-1]["end"] = t
            m = int(t)
            slides.append({"filename": "%02d_%02d_%02d.png" % (m // 3600, m // 60 % 60, m % 60),
                           "timestamp": t, "timestamp_display": "%02d:%02d:%02d" % (m // 3600, m // 60 % 60, m % 60),
                           "end": t, "lines": []})
            t += 1.5
        elif line[:2] in ("# ", "! "):
            slides[-1]["lines"].append((line[0], line[2:]))
        elif line:
            text = line
            if plain:
                words = re.sub(r"[^\w' -]", "", text.lower()).replace("-", " ").split()
                for i, w in enumerate(words):
                    heard += 1
                    if heard % 3 == 0 and w in swaps:
                        words[i] = swaps[w]
                text = " ".join(words)
            ws, at = [], t
            for w in text.split():
                d = 0.16 + 0.055 * len(w)
                ws.append({"start": round(at, 2), "end": round(at + d * 0.9, 2), "word": w, "probability": 0.9})
                at += d
            said.append({"start": round(t, 2), "end": round(at, 2), "text": text, "words": ws,
                         "confidence": 0.7 if plain else 0.92})
            t = at + 0.9
    slides[-1]["end"] = t
    deck = []
    for s in slides:
        words, y, text = [], 60, []
        for k, (kind, line) in enumerate(s.pop("lines")):
            h = 52 if k == 0 else 24
            text.append(line)
            x = 80 if k == 0 else 110
            for w in line.split():
                words.append({"text": w, "box": [x, y, len(w) * h // 2, h], "confidence": 0.93})
                x += (len(w) + 1) * h // 2
            y += h * 2
        s["ocr_text"] = "\n".join(text)
        s["ranges"] = [[s["timestamp"], s["end"]]]
        s["words"] = words
        s["ocr_confidence"] = 0.93
        deck.append(s)
    json.dump({"text": " ".join(u["text"] for u in said), "chunks": said, "language": "en",
               "engine": "sphinx" if plain else "whisper", "duration": t},
              open(out + "_transcript.json", "w", encoding="utf-8"), ensure_ascii=False, indent=None)
    json.dump(deck, open(out + "_slides.json", "w", encoding="utf-8"), ensure_ascii=False)

main()
