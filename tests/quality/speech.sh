#!/bin/sh
# Word error of synthetic and (when at hand) real speech through the pipeline
# with PocketSphinx, and its word times against hand-made ones. Prints TAP.
#
# usage: speech.sh TRANSCRIBE_TOOL SCALER_WER SOURCE_DIR
set -u
tool=$1 wer=$2 data=$3/../shared/data
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
n=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n - $1"; }
skipped() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

# check NAME SOUND REFERENCE LIMIT_PERCENT
check() {
    if ! "$tool" "$2" engine=sphinx format=txt >"$work/said" 2>"$work/log"; then
        sed 's/^/# /' "$work/log"
        not_ok "$1"
        return
    fi
    result=$("$wer" "$3" "$work/said")
    percent=$(printf '%s' "$result" | sed -n 's/^WER \([0-9]*\).*/\1/p')
    echo "# $1: $result"
    if [ "${percent:-100}" -lt "$4" ]; then ok "$1: word error below $4 %"; else not_ok "$1: word error below $4 %"; fi
}

if ! command -v scaler-sphinx >/dev/null 2>&1 ||
    ! scaler-sphinx --probe | grep -q '"usable":true'; then
    echo "1..0 # SKIP PocketSphinx or its model is not installed"
    exit 0
fi
cat >"$work/text" <<'TEXT'
Let us begin with a simple question. What happens when two people want to write
in the same book at the same time? One of them will have to wait. The teacher
gives us a good rule for this problem. The first person takes the book, and all
the others must wait until he is done. This is easy to understand but it is hard
to use in a large company. In the second half of this hour we will look at a
better way.
TEXT
for voice in awb rms; do
    if command -v flite >/dev/null 2>&1 && flite -voice $voice -f "$work/text" -o "$work/v.wav" >/dev/null 2>&1; then
        check "flite $voice" "$work/v.wav" "$work/text" 15
    else
        skipped "flite $voice" "flite is not installed"
    fi
done
if [ -e "$data/jfk.wav" ]; then
    echo "And so my fellow Americans ask not what your country can do for you ask what you can do for your country" >"$work/jfk"
    check "jfk" "$data/jfk.wav" "$work/jfk" 35
else
    skipped "jfk" "no recordings here"
fi
if [ -e "$data/librivox-austen-0870.wav" ] && command -v python3 >/dev/null 2>&1; then
    "$tool" "$data/librivox-austen-0870.wav" engine=sphinx >"$work/t.json" 2>/dev/null
    # Words that were recognised must be where the reference has them.
    off=$(python3 - "$work/t.json" "$data/librivox-austen-0870.json" <<'PY'
import json, sys
said = [w for c in json.load(open(sys.argv[1]))["chunks"] for w in c["words"]]
truth = json.load(open(sys.argv[2]))
truth = [dict(k, t=k["t"].split("(")[0]) for k in truth["w"] if k["t"][0] != "<"]
worst, found, at = 0.0, 0, 0
for w in said:
    word = w["word"].lower().strip(".,")
    for k in range(at, min(at + 8, len(truth))):
        if truth[k]["t"].lower().strip(".,") == word:
            worst = max(worst, abs(w["start"] - truth[k]["b"]))
            found, at = found + 1, k + 1
            break
print(f"{worst if found > 9 else 9:.2f} {found}")
PY
)
    echo "# word times: worst difference ${off% *} s over ${off#* } words"
    case $off in 0.[0-2]*) ok "word times within 0.3 s" ;; *) not_ok "word times within 0.3 s" ;; esac
else
    skipped "word times" "no recordings here"
fi
echo "1..$n"
