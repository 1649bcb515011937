#!/bin/sh
# Installs a package in a fresh minimal Debian 12 (debootstrap, in a temporary
# folder) and uses it there: commands, a lecture from a file to notes, the
# service. Needs root. The archive is the one that this machine's apt uses; its
# name is never printed.
#
#   packaging/test-deb.sh scaler_0.1.0_amd64.deb
set -u
deb=$1
suite=bookworm
work=$(mktemp -d) || exit 1
root=$work/root
server=
say() { printf '%s\n' "package-test: $*"; }
clean() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    for m in proc dev; do
        mountpoint -q "$root/$m" 2>/dev/null && umount -l "$root/$m"
    done
    # Never across a mount that is still there.
    rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
show() { sed -E 's#https?://[^ /]+#ARCHIVE#g' "$1" | tail -n "${2:-15}" >&2; }
give_up() { say "$1" >&2; [ -z "${2:-}" ] || show "$2"; exit 1; }
skip() { say "skipped: $*"; exit 77; }
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"; }

[ "$(id -u)" = 0 ] || skip "this needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (packaging/install-deps.sh --package)"
ours=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get --print-uris update 2>/dev/null |
    sed -n "s#^'\(.*\)/dists/$ours/InRelease'.*#\1#p" | grep '/debian$' | head -n 1)
[ -n "$mirror" ] || skip "apt has no Debian archive configured"
for f in ffmpeg flite; do command -v $f >/dev/null || skip "$f makes the lecture and is missing"; done

say "a fresh Debian 12 ..."
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$work/log" 2>&1 ||
    give_up "debootstrap failed" "$work/log"
# How the archive is reached: proxies, certificates, names.
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null
[ ! -f /etc/apt/apt.conf ] || cp /etc/apt/apt.conf "$root/etc/apt/"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev" ||
    skip "folders cannot be mounted here"
cp "$deb" "$root/scaler.deb"
say "installing ..."
inside apt-get -qq update >"$work/log" 2>&1 || give_up "apt-get update failed" "$work/log"
inside apt-get -qq install -y --no-install-recommends /scaler.deb >"$work/log" 2>&1 ||
    give_up "the package does not install" "$work/log"

say "using it ..."
check() {
    what=$1
    shift
    "$@" >"$work/log" 2>&1 || give_up "$what" "$work/log"
}
check "scaler version fails" inside scaler version
inside scaler doctor --json >"$work/doctor" 2>&1
grep -q '"speech: sphinx"' "$work/doctor" && ! grep -q '"state": *"problem"' "$work/doctor" ||
    give_up "scaler doctor finds problems" "$work/doctor"
check "no manual page" test -s "$root/usr/share/man/man1/scaler.1.gz"
check "no unit" grep -q 'ExecStart=/usr/bin/scaler serve' "$root/usr/lib/systemd/user/scaler.service"
flite -voice awb -t "Today we talk about binary search. A queue holds the nodes in order." \
    -o "$work/speech.wav" >/dev/null 2>&1
ffmpeg -nostdin -loglevel error -f lavfi -i testsrc=size=320x180:rate=5:duration=6 -i "$work/speech.wav" \
    -c:v libx264 -pix_fmt yuv420p -c:a aac -shortest "$root/talk.mp4"
check "scaler add fails" inside scaler add /talk.mp4 --title "Binary search" --library /library
check "no transcript" sh -c "grep -qi 'today we talk' '$root'/library/*/transcript.txt"
check "no notes" sh -c "test -s '$root'/library/*/lecture_notes.md"
# Not through the function: the signal is for the program, not for a shell around it.
chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root scaler serve --library /library --port 0 \
    --port-file /port >"$work/serve" 2>&1 &
server=$!
i=0
while [ ! -s "$root/port" ]; do
    i=$((i + 1))
    [ $i -lt 600 ] && kill -0 $server 2>/dev/null || give_up "the service does not start" "$work/serve"
    sleep 0.1
done
check "the service does not answer" python3 - "$(cat "$root/port")" <<'PY'
import json, re, sys, urllib.request
base = "http://127.0.0.1:" + sys.argv[1]
assert json.load(urllib.request.urlopen(base + "/health"))["status"] == "healthy"
(r,) = json.load(urllib.request.urlopen(base + "/api/recordings"))["recordings"]
assert r["title"] == "Binary search" and r["processed"], r
# The dashboard is in the program, with all that its page names.
page = urllib.request.urlopen(base + "/").read().decode()
parts = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css|svg))"', page)
assert 'id="root"' in page and any(p.endswith(".css") for p in parts), page[:500]
for part in parts:
    assert urllib.request.urlopen(base + part).read(), part
PY
kill $server
wait $server
status=$?
server=
[ $status = 0 ] || give_up "the service ended with $status" "$work/serve"
inside dpkg -P scaler >"$work/log" 2>&1 || give_up "it cannot be removed" "$work/log"
[ ! -e "$root/usr/bin/scaler" ] && [ ! -e "$root/usr/libexec/scaler" ] || give_up "removing leaves files"
say "ok: installs, works and goes"
