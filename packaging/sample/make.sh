#!/bin/sh
# Makes the sample lecture: pictures and words of this folder become an
# AES-128 encrypted HLS stream as a lecture site would serve it.
#
# usage: make.sh OUT [VOICE]
#        make.sh --video FILE.mp4   only a small video of it, installed with the program
#
# OUT/stream/      index.m3u8, data000000.ts ..., key.bin
# OUT/spoken.txt   the words, for the word error rate
# OUT/slides.tsv   the truth: start of each slide in seconds, and its name
set -eu

here=$(cd "$(dirname "$0")" && pwd)
video=
if [ "$1" = --video ]; then
    video=$2
    set -- "$2.d"
    trap 'rm -rf "$1"' EXIT
fi
out=$1
voice=${2:-rms}

for tool in flite ffmpeg ffprobe rsvg-convert; do
    command -v $tool >/dev/null 2>&1 || { echo "$tool is missing; packaging/install-deps.sh installs it." >&2; exit 1; }
done
rm -rf "$out/work" "$out/stream"
mkdir -p "$out/work" "$out/stream"
work=$out/work

# ---- pictures: one source for the list, its steps uncovered one by one ----
for n in 1 2 3; do
    drop=$(printf '123' | cut -c$((n + 1))-)
    if [ -n "$drop" ]; then sed "/class=\"step-[$drop]\"/d" "$here/list.svg"; else cat "$here/list.svg"; fi |
        rsvg-convert -o "$work/list-$n.png" /dev/stdin
done
for name in title code chart dark; do
    rsvg-convert -o "$work/$name.png" "$here/$name.svg"
done

# ---- speech: one file per block, with a pause behind each sentence ----
# speak NAME WORDS makes $work/NAME.wav.
speak() {
    printf '%s' "$2" | sed 's/\([.?]\) */\1\
/g' | grep . >"$work/$1.txt"
    : >"$work/$1.list"
    k=0
    while read -r sentence; do
        k=$((k + 1))
        flite -voice "$voice" -t "$sentence" -o "$work/raw.wav" >/dev/null </dev/null
        ffmpeg -nostdin -v error -y -i "$work/raw.wav" -ar 16000 -ac 1 -af apad=pad_dur=0.4 \
            "$work/$1-$k.wav"
        printf "file '%s'\n" "$1-$k.wav" >>"$work/$1.list"
    done <"$work/$1.txt"
    ffmpeg -nostdin -v error -y -f concat -i "$work/$1.list" -af apad=pad_dur=0.3 "$work/$1.wav"
}

: >"$out/spoken.txt"
: >"$out/slides.tsv"
: >"$work/pictures.txt"
: >"$work/sounds.txt"
at=0
last=
for name in $(sed -n 's/^\[\(.*\)\]$/\1/p' "$here/lecture.txt"); do
    words=$(sed -n "/^\[$name\]\$/,/^\$/p" "$here/lecture.txt" | sed 1d | tr '\n' ' ')
    printf '%s\n' "$words" >>"$out/spoken.txt"
    speak "$name" "$words"
    length=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$work/$name.wav")
    slide=${name%-[0-9]}
    [ "$slide" = "$last" ] || printf '%s\t%s\n' "$at" "$slide" >>"$out/slides.tsv"
    last=$slide
    at=$(awk "BEGIN { printf \"%.3f\", $at + $length }")
    printf "file '%s.png'\nduration %s\n" "$name" "$length" >>"$work/pictures.txt"
    printf "file '%s.wav'\n" "$name" >>"$work/sounds.txt"
done
# The concat demuxer needs the last picture twice to show it for its duration.
tail -n 2 "$work/pictures.txt" | head -n 1 >"$work/last"
cat "$work/last" >>"$work/pictures.txt"

if [ -n "$video" ]; then
    # Few pictures and a narrow voice: below a megabyte. The same inputs, the same bytes.
    ffmpeg -nostdin -v error -y \
        -f concat -safe 0 -i "$work/pictures.txt" -f concat -safe 0 -i "$work/sounds.txt" \
        -vf fps=5,format=yuv420p -c:v libx264 -preset veryfast -tune stillimage -crf 26 -g 50 \
        -c:a aac -b:a 40k -ac 1 -ar 22050 -t "$at" -movflags +faststart \
        -fflags +bitexact -flags +bitexact -map_metadata -1 -f mp4 "$video.part"
    mv "$video.part" "$video"
    exit 0
fi

# ---- the stream ----
head -c 16 /dev/urandom >"$out/stream/key.bin"
printf 'key.bin\n%s\n' "$out/stream/key.bin" >"$work/key.info"
ffmpeg -nostdin -v error -y \
    -f concat -safe 0 -i "$work/pictures.txt" -f concat -safe 0 -i "$work/sounds.txt" \
    -vf fps=15,format=yuv420p -c:v libx264 -preset veryfast -tune stillimage -crf 22 -g 60 \
    -c:a aac -b:a 64k -ar 44100 -t "$at" \
    -f hls -hls_time 4 -hls_playlist_type vod -hls_key_info_file "$work/key.info" \
    -hls_segment_filename "$out/stream/data%06d.ts" "$out/stream/index.m3u8"
rm -rf "$work"
