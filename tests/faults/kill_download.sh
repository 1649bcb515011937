#!/bin/sh
# kill -9 of a download at N random points: every time the next run ends with the
# very file of an undisturbed one and fetches nothing again that was recorded.
#   kill_download.sh TESTCDN DOWNLOAD_TOOL MAKE_STREAMS [N]
# N: default SCALER_KILL_RUNS or 10. SCALER_KILL_SEED repeats a run.
set -u
cdn=$1 tool=$2 make_streams=$3
runs=${4:-${SCALER_KILL_RUNS:-10}}
seed=${SCALER_KILL_SEED:-$(date +%s)}
work=$(mktemp -d "${TMPDIR:-/tmp}/sc-kill-XXXXXX")
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null; fi; rm -rf "$work"' EXIT INT TERM
if ! command -v ffmpeg >/dev/null; then
  echo '1..0 # SKIP ffmpeg is not installed: no streams to serve'
  exit 0
fi
sh "$make_streams" "$work/root" >/dev/null || { echo 'Bail out! no streams'; exit 1; }
echo '1..3'
echo "# $runs points, SCALER_KILL_SEED=$seed"
"$cdn" --root "$work/root" --port-file "$work/port" --idle-exit-s 120 --latency-ms 15 --cap-kbps 600 \
  >/dev/null 2>&1 &
server=$!
while [ ! -s "$work/port" ]; do sleep 0.02; done
base="http://127.0.0.1:$(cat "$work/port")"
streams='ts/index fmp4/index range/index av/master disc/index aes/index'
mkdir "$work/ref"
began=$(date +%s)
for s in $streams; do
  "$tool" "$work/ref/${s%/*}" --url "$base/$s.m3u8" >/dev/null || { echo "Bail out! $s"; exit 1; }
done
took=$(($(date +%s) - began)) # of six whole runs
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/json"; }
# One line per point: seconds until the kill (within and a little beyond a whole run),
# and how many more kills follow before the run that may end.
awk -v n="$runs" -v seed="$seed" -v took="$took" 'BEGIN { srand(seed); for (i = 0; i < n; i++)
  printf "%.3f %d\n", rand() * (0.6 > took / 5 ? 0.6 : took / 5), rand() * 2.2 }' > "$work/points"
bad=0 twice=0 done=0 inside=0
set -- $streams
while read -r wait more; do
  s=$1
  shift
  set -- "$@" "$s"
  rm -rf "$work/out"
  k=0
  while [ $k -le "$more" ]; do
    "$tool" "$work/out" --url "$base/$s.m3u8" >/dev/null 2>&1 &
    pid=$!
    sleep "$wait"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    k=$((k + 1))
  done
  have=0
  if [ -f "$work/out/chunks/journal.jsonl" ]; then have=$(grep -c '}$' "$work/out/chunks/journal.jsonl"); fi
  if [ -e "$work/out/full_video.mp4" ] || [ "$have" -gt 0 ]; then inside=$((inside + 1)); fi
  "$tool" "$work/out" --url "$base/$s.m3u8" > "$work/json" 2>/dev/null
  rc=$?
  if [ $rc != 0 ] || ! cmp -s "$work/out/full_video.mp4" "$work/ref/${s%/*}/full_video.mp4" ||
    [ -e "$work/out/chunks" ]; then
    bad=$((bad + 1))
    echo "# $s killed after $wait s ($more more): exit $rc $(head -c 300 "$work/json")"
  fi
  # The journal also holds initialisation sections, which no run counts as segments.
  if [ $((have + $(field fetched))) -gt $(($(field segments) + 2)) ]; then twice=$((twice + 1)); fi
  done=$((done + 1))
done < "$work/points"
verdict() { if [ "$1" = 1 ]; then echo "ok $2 - $3"; else echo "not ok $2 - $3"; fi; }
verdict $((bad == 0)) 1 "killed at $done points: the same file every time ($inside of them in the middle)"
verdict $((twice == 0)) 2 "nothing recorded was fetched again"
verdict $((inside > 0)) 3 "the points met downloads under way"
