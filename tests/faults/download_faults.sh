#!/bin/sh
# Downloads against a server that misbehaves: every fault is healed or reported,
# never a silent hole. Also: expiry, damaged chunks. kill -9: kill_download.sh.
#   download_faults.sh TESTCDN DOWNLOAD_TOOL MAKE_STREAMS
set -u
cdn=$1 tool=$2 make_streams=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/sc-faults-XXXXXX")
server=
trap 'stop; rm -rf "$work"' EXIT INT TERM
n=0
ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); echo "not ok $n - $1"; sed 's/^/# /' "$work/json"; }
check() { if [ "$1" = 0 ]; then ok "$2"; else not_ok "$2"; fi; }

if ! command -v ffmpeg >/dev/null; then
  echo '1..0 # SKIP ffmpeg is not installed: no streams to serve'
  exit 0
fi
sh "$make_streams" "$work/root" >/dev/null || { echo 'Bail out! no streams'; exit 1; }

start() { # server options
  rm -f "$work/port"
  "$cdn" --root "$work/root" --port-file "$work/port" --log "$work/log" --idle-exit-s 120 "$@" \
    >/dev/null 2>&1 &
  server=$!
  while [ ! -s "$work/port" ]; do sleep 0.02; done
  port=$(cat "$work/port")
  base="http://127.0.0.1:$port"
}
stop() { if [ -n "$server" ]; then kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; fi; server=; }
get() { # directory url options: leaves rc and json
  dir=$1 url=$2
  shift 2
  "$tool" "$work/$dir" --url "$base/$url" "$@" > "$work/json" 2> "$work/err" </dev/null
  rc=$?
}
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/json"; }
same() { cmp -s "$work/$1/full_video.mp4" "$work/$2/full_video.mp4"; }
fresh() { rm -rf "${work:?}/out"; }

# Every kind of stream, and the reference for the rest.
start
for s in ts/index fmp4/index range/index av/master disc/index aes/index; do
  d=ref-${s%/*}
  get "$d" "$s.m3u8"
  [ $rc = 0 ] && [ ! -d "$work/$d/chunks" ]; check $? "$s downloads and its chunks are gone"
done
for s in mp3 still; do
  : > "$work/log"
  get "ref-$s" "$s/index.m3u8"
  [ $rc = 0 ] && [ ! -s "$work/err" ] && [ "$(wc -l < "$work/log")" = $(($(field segments) + 1)) ]
  check $? "$s: nothing of it is doubted"
done
same ref-ts ref-range && same ref-ts ref-aes
check $? "byte ranges and encryption give the very file of the plain stream"
sed 's|"one.key"|"data:application/octet-stream;base64,MDEyMzQ1Njc4OWFiY2RlZg=="|' \
  "$work/root/aes/index.m3u8" > "$work/root/aes/inline.m3u8"
get inline aes/inline.m3u8
[ $rc = 0 ] && same ref-aes inline; check $? "a key in the playlist itself"
sed 's|"one.key"|"data:,short"|' "$work/root/aes/index.m3u8" > "$work/root/aes/odd.m3u8"
get odd-key aes/odd.m3u8
[ "$(field error)" = unsupported ]; check $? "a key in the playlist that is none"
sed 's|"one.key"|"skd://x"|' "$work/root/aes/index.m3u8" > "$work/root/aes/skd.m3u8"
get skd aes/skd.m3u8
[ "$(field error)" = incomplete ] && grep -q 'skd' "$work/json"
check $? "why a key cannot be had is said"
"$tool" "$work/ref-numbered" --base-url "$base/numbered" > "$work/json" 2>/dev/null
[ $? = 0 ] && [ "$(field segments)" = 10 ]; check $? "numbered chunks: the end is found"
before=$(wc -l < "$work/log")
get ref-ts ts/index.m3u8
[ $rc = 0 ] && [ "$before" = "$(wc -l < "$work/log")" ]
check $? "what is complete is not asked for again"
get part ts/index.m3u8 --from 5 --to 9
[ $rc = 0 ] && [ "$(field segments)" = 3 ]; check $? "a time range fetches only what it needs"
"$tool" "$work/np" --base-url "$base/numbered" --from 5 --to 9 > "$work/json" 2>/dev/null
[ $? = 0 ] && grep -q '"held_from":4.0' "$work/json"; check $? "a time range of numbered chunks is cut where a playlist's is"
stop

heals() { # kind stream segment
  fresh
  start --fault "$1:$3:1"
  get out "$2"
  [ $rc = 0 ] && same out "ref-${2%/*}"
  check $? "once '$1' on $3 heals"
  stop
}
for k in 404 403 500 503 429 reset truncate half empty html close redirect gzip chunked delay=300; do
  heals $k ts/index.m3u8 /ts/seg003.ts
done
for k in cut=950 cut=980; do heals $k ts/index.m3u8 /ts/seg004.ts; done
heals cut=950 ts/index.m3u8 /ts/seg009.ts
heals cut=950 av/master.m3u8 /av/v003.ts
heals cut=950 av/master.m3u8 /av/a003.ts
for k in truncate half html; do heals $k fmp4/index.m3u8 /fmp4/seg004.m4s; done
for k in reset truncate half; do heals $k aes/index.m3u8 /aes/seg001.ts; done
heals ignore-range range/index.m3u8 '/range/*'
heals wrong-range range/index.m3u8 '/range/*.ts'
heals half av/master.m3u8 /av/a003.ts
heals stall ts/index.m3u8 /ts/seg005.ts
heals half ts/index.m3u8 /ts/index.m3u8

reports() { # kind stream segment
  fresh
  start --fault "$1:$3"
  get out "$2"
  [ $rc = 9 ] && [ "$(field error)" = incomplete ] && grep -q -e "$4" "$work/json" &&
    [ ! -e "$work/out/full_video.mp4" ]
  check $? "always '$1' on $3 is reported with its time"
  stop
}
for k in 404 403 truncate half html; do reports $k ts/index.m3u8 /ts/seg003.ts 0:06-0:08; done
reports half ts/index.m3u8 /ts/seg009.ts -0:20
reports cut=900 ts/index.m3u8 /ts/seg004.ts -0:10
reports cut=900 av/master.m3u8 /av/v004.ts -0:10
reports 404 av/master.m3u8 /av/a004.ts 0:0
reports 404 aes/index.m3u8 /aes/two.key 0:06-0:12

# Other bytes of the right form: another segment's, none, half of them, no sound, a wrong key.
mkdir -p "$work/root/copied/ts" "$work/root/null/ts" "$work/root/late/ts" "$work/root/silent/ts" \
  "$work/root/stub/fmp4" "$work/root/blank/fmp4" "$work/root/key/aes"
third=$work/root/ts/seg003.ts
cp "$work/root/ts/seg005.ts" "$work/root/copied/ts/seg003.ts"
half=$(($(wc -c < "$third") / 376)) # in packets
{ printf '\107\037\377\020'; head -c 184 /dev/zero | tr '\0' '\377'; } > "$work/packet"
i=0
while [ $i -lt 100 ]; do cat "$work/packet"; i=$((i + 1)); done > "$work/root/null/ts/seg003.ts"
tail -c +$((half * 188 + 1)) "$third" > "$work/root/late/ts/seg003.ts"
ffmpeg -nostdin -v error -copyts -i "$third" -map 0:v -c copy -muxdelay 0 -muxpreload 0 -f mpegts \
  "$work/root/silent/ts/seg003.ts"
head -c 24 "$work/root/fmp4/seg003.m4s" > "$work/root/stub/fmp4/seg003.m4s"
{ head -c 3000 "$work/root/fmp4/seg003.m4s"
  head -c $(($(wc -c < "$work/root/fmp4/seg003.m4s") - 3000)) /dev/zero; } > "$work/root/blank/fmp4/seg003.m4s"
printf 'xxxxxxxxxxxxxxxx' > "$work/root/key/aes/one.key"
for from in copied null late silent; do heals redirect=/$from ts/index.m3u8 /ts/seg003.ts; done
for from in stub blank; do heals redirect=/$from fmp4/index.m3u8 /fmp4/seg003.m4s; done
heals redirect=/key aes/index.m3u8 /aes/one.key
reports redirect=/copied ts/index.m3u8 /ts/seg003.ts 0:06-0:08
reports redirect=/null ts/index.m3u8 /ts/seg003.ts 'no video and no sound.*0:06-0:08'
reports redirect=/late ts/index.m3u8 /ts/seg003.ts 0:06-0:07
reports redirect=/stub fmp4/index.m3u8 /fmp4/seg003.m4s 0:06-0:08
reports redirect=/key aes/index.m3u8 /aes/one.key 'wrong key.*0:00-0:06'
reports html ts/index.m3u8 /ts/seg003.ts 'HTML page.*0:06-0:08'
says() { # what is said, about which download; the video is made
  [ $rc = 0 ] && [ -s "$work/out/full_video.mp4" ] && grep -q "$1" "$work/err"
  check $? "$2"
}
for from in silent blank; do
  s=ts/seg003.ts m='no sound'
  if [ $from = blank ]; then s=fmp4/seg003.m4s m='nothing but zeros'; fi
  fresh; start --fault "redirect=/$from:/$s"; get out "${s%/*}/index.m3u8"
  says "$m" "always '$from' is said and taken as it is"
  stop
done
sed '/a005.ts/,$d' "$work/root/av/audio.m3u8" > "$work/root/av/half.m3u8"
echo '#EXT-X-ENDLIST' >> "$work/root/av/half.m3u8"
sed 's/audio.m3u8/half.m3u8/' "$work/root/av/master.m3u8" > "$work/root/av/half-master.m3u8"
awk '/#EXTINF/ && ++n == 5 { sub(/:2/, ":12") } { print }' "$work/root/ts/index.m3u8" > "$work/root/ts/long.m3u8"
start
fresh; get out av/half-master.m3u8; says 'sound is 0:10 long' "a shorter playlist of the sound is said"
fresh; get out ts/long.m3u8; says 'promises 0:30' "a video that is shorter than its playlist is said to be"
stop
fresh
start --fault '429=100000:/ts/seg003.ts'
limit="timeout 100"
command -v timeout >/dev/null || limit=
$limit "$tool" "$work/out" --url "$base/ts/index.m3u8" > "$work/json" 2>/dev/null
[ $? = 22 ]; check $? "a server that wants hours of peace is not waited for"
stop

# A hole in numbered chunks is no end.
fresh
start --fault '404:/numbered/data000004.ts'
"$tool" "$work/out" --base-url "$base/numbered" > "$work/json" 2>/dev/null
[ $? = 9 ] && grep -q 'missing: 0:0[78]-0:10' "$work/json"; check $? "a hole in numbered chunks is reported"
stop

# Other names, counted from 1, refused past the end; and a hole longer than the window.
mkdir "$work/root/from1" "$work/root/long"
i=1
for f in "$work/root/ts"/seg*.ts; do
  cp "$f" "$work/root/from1/data$i.ts"
  cp "$f" "$work/root/long/$(printf '%06d.ts' $((i > 5 ? i + 38 : i)))"
  i=$((i + 1))
done
numbered() { # directory: leaves rc and json
  "$tool" "$work/out" --base-url "$base/$1" > "$work/json" 2>/dev/null
  rc=$?
}
for past in 404 403 410; do
  start --fault "$past:/from1/data1[1-9].ts" --fault "$past:/from1/data[2-9][0-9]*.ts" \
    --fault "$past:/from1/data[1-9][0-9][0-9]*.ts"
  fresh; numbered from1
  [ $rc = 0 ] && [ "$(field segments)" = 10 ]; check $? "data%d.ts from 1 ends where $past begins"
  stop
done
for hole in 404 403; do
  fresh
  start --fault "$hole:/from1/data4.ts"
  numbered from1
  [ $rc = 9 ] && grep -q 'missing: 0:0[56]-0:08' "$work/json"; check $? "a $hole among them is a hole"
  stop
done
start
fresh; numbered long
[ $rc = 9 ] && grep -q '^{"error":"incomplete","sentence":"38 segments' "$work/json"
check $? "38 chunks missing in the middle are no end"
stop
fresh
start --sign 'KP:pol:sig' --expire-after-requests 6
"$tool" "$work/out" --base-url "$base/from1" --sign KP:pol:sig --connections 1 > "$work/json" 2>/dev/null
[ $? = 7 ] && grep -q signature "$work/json"; check $? "an ended signature is no end of the chunks"
stop

# A last picture that is damaged for good: said, and taken as it is on request.
fresh
start --fault 'cut=950:/ts/seg009.ts'
get out ts/index.m3u8
[ $rc != 0 ] && [ "$(field error)" = bad_media ] && grep -q allow-gaps "$work/json" && [ ! -e "$work/out/full_video.mp4" ]
check $? "a video that cannot be decoded at its end is not called whole"
get out ts/index.m3u8 --allow-gaps 1
[ $rc = 0 ] && [ -s "$work/out/full_video.mp4" ]; check $? "--allow-gaps takes it as it is"
stop

# Gaps on request, then named; the rest is not fetched twice.
fresh
start --fault '404:/ts/seg003.ts'
get out ts/index.m3u8
get out ts/index.m3u8 --allow-gaps 1
[ $rc = 0 ] && [ "$(field fetched)" = 0 ] && grep -q '"gaps":\[\[6.0,8.0\]\]' "$work/json"
check $? "--allow-gaps makes the video and names the gap"
stop

# Sound of its own that begins before the first picture: none of it is lost.
mkdir "$work/root/lead"
cp "$work"/root/av/*.m3u8 "$work"/root/av/a*.ts "$work/root/lead/"
for f in "$work"/root/av/v*.ts; do
  ffmpeg -nostdin -v error -copyts -i "$f" -c copy -output_ts_offset 0.4 -muxdelay 0 -muxpreload 0 -f mpegts \
    "$work/root/lead/${f##*/}"
done
fresh
start --fault '404:/lead/v003.ts'
get out lead/master.m3u8 --allow-gaps 1
[ $rc = 0 ] && grep -q '"gaps":\[\[6\.[34][0-9]*,8\.[34]' "$work/json"
check $? "gaps are told in the time of a video whose sound begins first"
stop
start
fresh
get out lead/master.m3u8
[ $rc = 0 ] && [ ! -s "$work/err" ] && ffprobe -v error -select_streams v -show_entries stream=start_time \
  -of csv=p=0 "$work/out/full_video.mp4" | grep -q '^0\.[34]'
check $? "separate sound that begins before the picture is kept"
get out lead/master.m3u8 --from 3
[ $rc = 0 ]; check $? "a range of such a stream"
stop

# Nothing but gaps is no video, and no damage either.
sed 's/^#EXTINF/#EXT-X-GAP\n#EXTINF/' "$work/root/ts/index.m3u8" > "$work/root/ts/gaps.m3u8"
start
fresh
get out ts/gaps.m3u8
[ $rc = 9 ] && grep -q 'nothing of the lecture can be had.*playlist' "$work/json"
check $? "a playlist that marks every segment as missing is said to hold nothing"
stop
start --fault '404:/ts/*.ts'
fresh
get out ts/index.m3u8 --allow-gaps 1
[ $rc = 9 ] && grep -q 'nothing of the lecture can be had.*404' "$work/json" && [ ! -e "$work/out/full_video.mp4" ]
check $? "gaps alone are no video, also with --allow-gaps"
stop

# The signature: needed, ends on the way, is renewed; nothing is fetched twice.
fresh
start --sign 'KEYPAIRID:oldpolicy:oldsignature' --expire-after-requests 5 --renew "$work/renew"
get out ts/index.m3u8
[ $rc = 7 ] || [ $rc = 6 ]; check $? "a stream without its signature is refused"
get out ts/index.m3u8 --sign KEYPAIRID:oldpolicy:oldsignature --connections 1
[ $rc = 7 ] && grep -q signature "$work/json" && ! grep -q 'oldpolicy' "$work/json"
check $? "an ended signature is told from a missing segment"
! grep -rqE 'KEYPAIRID|oldpolicy|oldsignature' "$work/out" ; check $? "no secret lies on the disk"
echo 'KEYPAIRID:newpolicy:newsignature' > "$work/renew"
get out ts/index.m3u8 --sign KEYPAIRID:newpolicy:newsignature
[ $rc = 0 ] && [ "$(field reused)" -ge 3 ] && same out ref-ts
check $? "fresh values go on where it stopped"
stop; rm -f "$work/renew"
fresh
start --sign 'KP:pol:sig'
"$tool" "$work/out" --url "$base/ts/index.m3u8?Policy=pol&Key-Pair-Id=KP&Signature=sig" > "$work/json" 2>/dev/null
[ $? = 0 ] && same out ref-ts; check $? "a signature in the URL goes to every segment"
stop

# A chunk that the disk damaged, a torn journal, a leftover part.
fresh
start --fault '404:/ts/seg009.ts:3'
get out ts/index.m3u8
first=$(ls "$work/out/chunks/"v-000002-*.seg)
printf 'X' | dd of="$first" bs=1 seek=5000 conv=notrunc 2>/dev/null
printf '{"id":"torn' >> "$work/out/chunks/journal.jsonl"
: > "$work/out/chunks/v-000099-x.seg.part"
get out ts/index.m3u8
[ $rc = 0 ] && [ "$(field fetched)" = 2 ] && same out ref-ts
check $? "a damaged chunk is noticed and fetched again"
stop

# What is refused, and where secrets go.
start
sed '/ENDLIST/d' "$work/root/ts/index.m3u8" > "$work/root/ts/live.m3u8"
sed 's/#EXTINF:2.000000,/&/;/MEDIA-SEQUENCE/a #EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"' \
  "$work/root/ts/index.m3u8" > "$work/root/ts/drm.m3u8"
sed '/seg003.ts/i #EXT-X-GAP' "$work/root/ts/index.m3u8" > "$work/root/ts/gap.m3u8"
fresh; get out ts/live.m3u8; [ "$(field error)" = live_stream ]; check $? "a live stream is refused"
fresh; get out ts/drm.m3u8; [ "$(field error)" = drm ]; check $? "DRM is refused"
fresh; get out ts/none.m3u8; [ "$(field error)" = not_found ]; check $? "no playlist there"
fresh; get out aes/one.key; [ "$(field error)" = unsupported ]; check $? "no playlist at all"
: > "$work/log"
fresh; get out ts/gap.m3u8
[ $rc = 0 ] && ! grep -q seg003 "$work/log" && grep -q '"gaps":\[\[6.0,8.0\]\]' "$work/json"
check $? "a segment marked as a gap is not asked for and is named"
mkdir "$work/busy"; "$tool" "$work/busy" --url "$base/ts/index.m3u8" --connections 1 >/dev/null 2>&1
other=$port; first=$server; server=
start --sign 'KP:pol:sig' --fault "redirect=http://127.0.0.1:$other:/ts/seg00[1-3].ts"
: > "$work/log"
fresh; get out ts/index.m3u8 --sign KP:pol:sig --header 'X-Secret: 1'
[ $rc = 0 ] && same out ref-ts; check $? "redirects to another host are followed"
stop; server=$first
stop
echo "1..$n"
