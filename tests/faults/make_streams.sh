#!/bin/sh
# Small real HLS streams for the fault tests: make_streams.sh DIR
# ts/ fmp4/ range/ av/ (separate audio) disc/ (a discontinuity) aes/ (key rotation)
# numbered/ (no playlist). 20 s in segments of 2 s, 320x180.
set -eu
out=$1
ff() { ffmpeg -nostdin -v error -y "$@"; }
hls="-f hls -hls_time 2 -hls_playlist_type vod -hls_list_size 0"
enc="-c:v libx264 -preset ultrafast -g 20 -keyint_min 20 -sc_threshold 0 -pix_fmt yuv420p -b:v 300k"
aac="-c:a aac -b:a 64k -ac 1"
src="-f lavfi -i testsrc=size=320x180:rate=10:duration=20 -f lavfi -i sine=frequency=440:sample_rate=44100:duration=20"
mkdir -p "$out/mp3" "$out/still" "$out/ts" "$out/fmp4" "$out/range" "$out/av" "$out/disc" "$out/aes" "$out/numbered"

# shellcheck disable=SC2086
{
ff $src $enc $aac $hls -hls_segment_filename "$out/ts/seg%03d.ts" "$out/ts/index.m3u8"
ff -i "$out/ts/index.m3u8" -c copy -bsf:a aac_adtstoasc $hls -hls_segment_type fmp4 \
   -hls_fmp4_init_filename init.mp4 -hls_segment_filename "$out/fmp4/seg%03d.m4s" "$out/fmp4/index.m3u8"
ff -i "$out/ts/index.m3u8" -c copy $hls -hls_flags single_file "$out/range/index.m3u8"
ff -i "$out/ts/index.m3u8" -map 0:v -c copy $hls -hls_segment_filename "$out/av/v%03d.ts" "$out/av/video.m3u8"
ff -i "$out/ts/index.m3u8" -map 0:a -c copy $hls -hls_segment_filename "$out/av/a%03d.ts" "$out/av/audio.m3u8"
ff -f lavfi -i testsrc2=size=320x180:rate=10:duration=6 -f lavfi -i sine=frequency=880:sample_rate=44100:duration=6 \
   $enc $aac $hls -hls_segment_filename "$out/disc/b%03d.ts" "$out/disc/b.m3u8"
}

# Sound alone that is not AAC; pictures without sound that stand for different times.
ff -f lavfi -i sine=duration=20 -c:a libmp3lame -f hls -hls_time 3 -hls_playlist_type vod -hls_list_size 0 \
  -hls_segment_filename "$out/mp3/seg%03d.ts" "$out/mp3/index.m3u8"
# shellcheck disable=SC2086
ff -f lavfi -i testsrc=size=320x180:rate=10:duration=20 -fps_mode vfr \
  -vf "select='not(mod(floor(t)\,3))+eq(mod(n\,7)\,0)'" -c:v libx264 -preset ultrafast -g 10 \
  $hls -hls_segment_filename "$out/still/seg%03d.ts" "$out/still/index.m3u8"

cat > "$out/av/master.m3u8" <<'M'
#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=320x180,CODECS="avc1.42c00d,mp4a.40.2",AUDIO="a"
video.m3u8
M

# A discontinuity: five segments of one encode, three of another.
cp "$out"/ts/seg00[0-4].ts "$out/disc/"
{
  sed -n '1,/seg004.ts/p' "$out/ts/index.m3u8"
  echo '#EXT-X-DISCONTINUITY'
  sed -n '/#EXTINF/,$p' "$out/disc/b.m3u8"
} > "$out/disc/index.m3u8"

# AES-128: implied IV, then another key with an IV, one clear segment, the first key again.
printf '0123456789abcdef' > "$out/aes/one.key"
printf 'fedcba9876543210' > "$out/aes/two.key"
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }
encrypt() { openssl enc -aes-128-cbc -K "$1" -iv "$2" -in "$3" -out "$4"; }
iv=00112233445566778899aabbccddeeff
{
  echo '#EXTM3U'; echo '#EXT-X-VERSION:3'; echo '#EXT-X-TARGETDURATION:2'
  echo '#EXT-X-MEDIA-SEQUENCE:7'
  i=0
  for f in "$out"/ts/seg*.ts; do
    name=$(basename "$f")
    msn=$((i + 7))
    case $i in
      0) echo '#EXT-X-KEY:METHOD=AES-128,URI="one.key"' ;;
      3) echo "#EXT-X-KEY:METHOD=AES-128,URI=\"two.key\",IV=0x$iv" ;;
      6) echo '#EXT-X-KEY:METHOD=NONE' ;;
      7) echo '#EXT-X-KEY:METHOD=AES-128,URI="one.key"' ;;
    esac
    grep -B1 "$name" "$out/ts/index.m3u8" | head -1
    echo "$name"
    case $i in
      6) cp "$f" "$out/aes/$name" ;;
      3|4|5) encrypt "$(hex "$out/aes/two.key")" $iv "$f" "$out/aes/$name" ;;
      *) encrypt "$(hex "$out/aes/one.key")" "$(printf '%032x' $msn)" "$f" "$out/aes/$name" ;;
    esac
    i=$((i + 1))
  done
  echo '#EXT-X-ENDLIST'
} > "$out/aes/index.m3u8"

i=0
for f in "$out"/ts/seg*.ts; do
  cp "$f" "$out/numbered/$(printf 'data%06d.ts' $i)"
  i=$((i + 1))
done
touch "$out/complete"
