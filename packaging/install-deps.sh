#!/bin/sh
# Installs what building, testing and the demo need. This is the one place that
# lists packages. Asks nothing, installs only what is missing.
#
#   install-deps.sh            build, demo
#   install-deps.sh --test     also what the tests need: a browser
#   install-deps.sh --bench    also what `make bench` compares with, and fuzzing
#   install-deps.sh --package  also what `make package` and `make package-test` need
#   install-deps.sh --check    installs nothing; exit 1 when something is missing
#   install-deps.sh --list     prints the packages for this system
set -eu

# Debian and Ubuntu. libwhisper is not in here: Debian 12 and 13 have none.
DEBIAN="meson ninja-build pkg-config gcc libc6-dev
libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev
libcurl4-openssl-dev libjansson-dev libsqlite3-dev libssl-dev libarchive-dev
libtesseract-dev libleptonica-dev tesseract-ocr-eng libfreetype-dev
libmd4c-dev libmd4c-html0-dev libcmocka-dev
libmicrohttpd-dev libpocketsphinx-dev pocketsphinx-en-us
flite ffmpeg librsvg2-bin fonts-dejavu-core python3 ca-certificates faketime zstd"
# Node.js builds the dashboard: Debian's own when there is none that npm comes with.
command -v npm >/dev/null 2>&1 || DEBIAN="$DEBIAN nodejs npm"
DEBIAN_TEST="chromium xvfb xdotool zip unzip"
DEBIAN_BENCH="yt-dlp aria2 nginx-light wrk hyperfine clang libclang-rt-dev"
DEBIAN_PACKAGE="dpkg-dev binutils xz-utils debootstrap"

# Homebrew.
BREW="meson ninja pkgconf ffmpeg curl jansson sqlite openssl@3 libarchive
tesseract leptonica freetype md4c libmicrohttpd cmocka node cmu-pocketsphinx whisper-cpp flite librsvg python@3"
BREW_TEST="" # Chrome is found where its own installer puts it
BREW_BENCH="yt-dlp aria2 nginx wrk hyperfine llvm"

mode=install
bench=no
package=no
tests=no
for arg; do
    case $arg in
    --check) mode=check ;;
    --list) mode=list ;;
    --bench) bench=yes ;;
    --package) package=yes ;;
    --test) tests=yes ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done

say() { printf '%s\n' "$*" >&2; }

# ---- Homebrew ----

missing_brew() {
    have=" $(brew list --formula -1 | tr '\n' ' ') "
    for p in $1; do
        case $have in *" $p "*) ;; *) printf '%s ' "$p" ;; esac
    done
}

install_brew() {
    [ $# -eq 0 ] || HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@"
}

# ---- apt ----

missing_apt() {
    have=" $(dpkg-query -W -f '${Package}=${db:Status-Status}\n' 2>/dev/null |
        sed -n 's/=installed$//p' | tr '\n' ' ') "
    for p in $1; do
        case $have in *" $p "*) ;; *) printf '%s ' "$p" ;; esac
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "Installing packages needs root and there is no sudo. As root, run:"
        say "  apt-get install -y $wanted"
        exit 1
    fi
}

install_apt() {
    wanted=$*
    [ $# -gt 0 ] || return 0
    # Lists that are a week old name packages that are gone from the mirror.
    lists=$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -7 2>/dev/null | head -n 1)
    [ -n "$lists" ] || as_root apt-get -qq update
    # dpkg reports each file it unpacks: kept for the case that it fails.
    log=$(mktemp)
    say "Installing: $wanted"
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends "$@" >"$log" 2>&1 </dev/null &&
        ! { as_root apt-get -qq update && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install -y --no-install-recommends "$@" >"$log" 2>&1 </dev/null; }; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "The packages could not be installed."
        exit 1
    fi
    rm -f "$log"
}

# ---- which system ----

if command -v brew >/dev/null 2>&1 && [ "$(uname)" = Darwin ]; then
    all=$BREW
    [ $tests = no ] || all="$all $BREW_TEST"
    [ $bench = no ] || all="$all $BREW_BENCH"
    missing() { missing_brew "$1"; }
    install() { install_brew "$@"; }
elif command -v apt-get >/dev/null 2>&1; then
    all=$DEBIAN
    [ $tests = no ] || all="$all $DEBIAN_TEST"
    [ $bench = no ] || all="$all $DEBIAN_BENCH"
    [ $package = no ] || all="$all $DEBIAN_PACKAGE"
    missing() { missing_apt "$1"; }
    install() { install_apt "$@"; }
else
    say "This script knows Debian, Ubuntu and macOS with Homebrew. Elsewhere install"
    say "the libraries named in docs/dependencies.md, then run: meson setup build"
    exit 1
fi

todo=$(missing "$all")
case $mode in
list)
    printf '%s\n' $all
    ;;
check)
    [ -z "$todo" ] || { say "Missing packages: $todo"; exit 1; }
    ;;
install)
    # shellcheck disable=SC2086 # a list of words
    install $todo
    ;;
esac
