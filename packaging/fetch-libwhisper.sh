#!/bin/sh
# Unpacks libwhisper and ggml of Debian testing, with the C and C++ runtime that
# they need, into a private folder (default: .deps/whisper). Nothing is
# installed; only the program scaler-whisper is linked with it. Needs apt and
# dpkg-deb, no root. Where the mirror is comes from this machine's own apt
# settings; packages are verified with Debian's archive keys.
#
#   packaging/fetch-libwhisper.sh [--force] [FOLDER]
#
# Ends with 0 when the folder is ready, with 1 and a sentence when it cannot be.
set -u
force=no
if [ "${1:-}" = --force ]; then force=yes; shift; fi
root=$(cd "$(dirname "$0")/.." && pwd)
prefix=${1:-$root/.deps/whisper}

say() { printf '%s\n' "fetch-libwhisper: $*" >&2; }
give_up() { say "$* Scaler builds without Whisper."; exit 1; }

if [ "$force" = no ] && [ -e "$prefix/loader" ] && [ -e "$prefix/include/whisper.h" ]; then
    say "already there ($(cat "$prefix/version" 2>/dev/null))"
    exit 0
fi
for tool in apt-get apt-cache dpkg dpkg-deb; do
    command -v $tool >/dev/null 2>&1 || give_up "this needs $tool (Debian or Ubuntu)."
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keyring ] || give_up "Debian's archive keys are missing (package debian-archive-keyring)."

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts" "$work/debs"
: >"$work/status"

# The archive that this system's own suite comes from also has the suite testing.
suite=$(. /etc/os-release 2>/dev/null; echo "${VERSION_CODENAME:-}")
mirror=$(apt-get --print-uris update 2>/dev/null |
    sed -n "s#^'\(.*\)/dists/$suite/InRelease'.*#\1#p" | grep '/debian$' | head -n 1)
[ -n "$suite" ] && [ -n "$mirror" ] || give_up "apt has no Debian archive configured."

printf 'deb [signed-by=%s] %s testing main\n' "$keyring" "$mirror" >"$work/sources.list"
# Private state on top of the machine's settings (proxies, certificates...).
# A mirror's release file may be some days old: its signature is what counts.
cat >"$work/apt.conf" <<CONF
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "$work/parts";
Dir::Etc::preferences "$work/none";
Dir::Etc::preferencesparts "$work/parts";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "$(id -un)";
CONF
apt_quiet() { "$@" >"$work/log" 2>&1; }

apt_quiet apt-get -c "$work/apt.conf" -qq update ||
    give_up "the list of Debian testing's packages cannot be fetched."
packages=$(apt-cache -c "$work/apt.conf" depends --recurse --no-recommends --no-suggests \
    --no-conflicts --no-breaks --no-replaces --no-enhances libwhisper-dev 2>/dev/null |
    sed -n 's/^\([a-z0-9][a-z0-9.+-]*\)$/\1/p' | grep -v -e '-base$' -e gconv | sort -u)
version=$(apt-cache -c "$work/apt.conf" policy libwhisper-dev 2>/dev/null |
    sed -n 's/^ *Candidate: *//p')
case $packages in
*libwhisper-dev*) ;;
*) give_up "Debian testing has no libwhisper-dev for this kind of machine." ;;
esac
# shellcheck disable=SC2086 # a list of names
(cd "$work/debs" && apt_quiet apt-get -c "$work/apt.conf" -qq download $packages) ||
    give_up "the packages of libwhisper cannot be fetched."

new=$prefix.part
rm -rf "$new"
mkdir -p "$new" || exit 1
for deb in "$work"/debs/*.deb; do
    dpkg-deb -x "$deb" "$new" || give_up "a package cannot be unpacked."
done
libdir=$(dirname "$(find "$new" -name 'libwhisper.so' | head -n 1)")
loader=$(find "$new" -name 'ld-linux*.so.*' | head -n 1)
header=$(find "$new" -name whisper.h | head -n 1)
backends=$(dirname "$(find "$new" -name 'libggml-cpu*.so' | head -n 1)" 2>/dev/null)
[ -n "$loader" ] && [ -n "$header" ] && [ -d "$libdir" ] ||
    give_up "the packages of libwhisper are not laid out as expected."
rm -rf "$new/usr/share"
# Short names that the build looks for, relative so that the folder can be moved as a whole.
relative() { printf '%s\n' "${1#"$new"/}"; }
ln -s "$(relative "$loader")" "$new/loader"
ln -s "$(relative "$libdir")" "$new/lib-whisper"
[ -d "$new/include" ] || ln -s "$(relative "$(dirname "$header")")" "$new/include"
[ -d "$backends" ] && ln -s "$(relative "$backends")" "$new/backends"
printf '%s\n' "$version" >"$new/version"
rm -rf "$prefix" && mv "$new" "$prefix" || exit 1
say "libwhisper $version is in $prefix"
