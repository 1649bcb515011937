#!/bin/sh
# A sample lecture from a signed, encrypted stream to notes, all on this machine.
#
# usage: demo.sh BUILD DIR      (make demo)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)
scaler=$build/src/cli/scaler
sample=$dir/sample
library=$dir/output

say() { printf '\n%s\n' "$*"; }

server=
cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; }
trap cleanup EXIT
trap 'exit 130' INT TERM

say "1. A sample lecture: slides drawn, words spoken, an encrypted HLS stream made"
rm -rf "$sample" "$library"
mkdir -p "$sample"
"$here/sample/make.sh" "$sample"
awk -F '[:,]' '/^#EXTINF/ { s += $2; n++ } END { printf "   %d segments, %d:%02d\n", n, s / 60, s % 60 }' \
    "$sample/stream/index.m3u8"

say "2. A server on this machine that answers only signed requests"
# The form of a CloudFront signature: the policy is JSON in URL-safe base64.
ends=$(($(date +%s) + 86400))
policy=$(printf '{"Statement":[{"Resource":"http://127.0.0.1/*","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}' "$ends" |
    base64 | tr -d '\n' | tr '+=/' '-_~')
key_pair=KDEMO
signature=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
"$build/tests/lib/scaler-testcdn" --root "$sample/stream" --port-file "$sample/port" \
    --sign "$key_pair:$policy:$signature" --latency-ms 20 --idle-exit-s 600 &
server=$!
n=0
until [ -s "$sample/port" ]; do
    n=$((n + 1))
    [ $n -lt 100 ] || { echo "the sample's server did not start" >&2; exit 1; }
    sleep 0.1
done
url=http://127.0.0.1:$(cat "$sample/port")/index.m3u8
echo "   $url"

say "3. scaler add $url --key-pair-id ... --policy ... --signature ..."
"$scaler" add "$url" --library "$library" --title "Binary Search" \
    --key-pair-id "$key_pair" --policy "$policy" --signature "$signature"

id=$("$scaler" list --library "$library" --ids)
folder=$("$scaler" show --library "$library" --json "$id" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["folder"])')

say "4. How good is it? The sample's words and slides are known"
if [ -f "$folder/transcript.txt" ]; then
    printf '   transcript: '
    "$build/tests/lib/scaler-wer" "$sample/spoken.txt" "$folder/transcript.txt"
else
    echo "   transcript: none was made"
fi
python3 - "$sample/slides.tsv" "$folder/slides_metadata.json" <<'PY'
import json, os, sys
truth = [float(line.split("\t")[0]) for line in open(sys.argv[1])]
found = [s["timestamp"] for s in json.load(open(sys.argv[2]))] if os.path.exists(sys.argv[2]) else []
near = sum(any(abs(t - f) <= 2 for f in found) for t in truth)
print(f"   slides: {len(found)} found of {len(truth)} made, {near} within 2 s of their time")
PY

say "5. The notes begin"
if [ -f "$folder/lecture_notes.md" ]; then
    head -n 24 "$folder/lecture_notes.md" | sed 's/^/   /'
fi
say "All of it: $folder"
echo "Open this in a browser: $folder/viewer.html"
