#!/bin/sh
# Makes a Debian package of the working copy: scaler_VERSION_ARCH.deb in the
# folder that is named. Depends come from what the programs are really linked
# with (dpkg-shlibdeps). Nothing is installed; no root.
#
#   packaging/build-deb.sh [FOLDER]      default: build-deb
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build-deb}
mkdir -p "$out"
out=$(cd "$out" && pwd)
for tool in dpkg-deb dpkg-shlibdeps dpkg-architecture meson ninja strip gzip; do
    command -v $tool >/dev/null 2>&1 || {
        echo "build-deb: $tool is missing (packaging/install-deps.sh --package)" >&2
        exit 1
    }
done

# Whisper's private copy lies in the source folder and cannot be packed.
build=$out/build
[ -e "$build/build.ninja" ] || meson setup "$build" "$root" --prefix /usr --libexecdir libexec \
    --buildtype release -Dprivate_whisper=false >"$out/setup.log" || { tail "$out/setup.log"; exit 1; }
ninja -C "$build" >"$out/build.log" || { tail -n 30 "$out/build.log"; exit 1; }

tree=$out/tree
rm -rf "$tree"
DESTDIR=$tree meson install -C "$build" --no-rebuild --skip-subprojects >"$out/install.log"
strip --strip-unneeded "$tree"/usr/bin/scaler "$tree"/usr/libexec/scaler/*

doc=$tree/usr/share/doc/scaler
mkdir -p "$doc" "$tree/DEBIAN" "$out/debian"
cp "$root/packaging/debian/copyright" "$doc/copyright"
gzip -9nc "$root/NEWS.md" >"$doc/NEWS.md.gz"
cp "$root/README.md" "$doc/"
gzip -9nf "$tree/usr/share/man/man1/scaler.1"

version=$("$build/src/cli/scaler" version | sed -n '1s/^scaler //p')
arch=$(dpkg-architecture -qDEB_HOST_ARCH)
# dpkg-shlibdeps wants to stand beside a debian/control.
printf 'Source: scaler\n\nPackage: scaler\nArchitecture: any\n' >"$out/debian/control"
libs=$(cd "$out" && dpkg-shlibdeps --ignore-missing-info -O \
    "$tree"/usr/bin/scaler "$tree"/usr/libexec/scaler/* 2>"$out/shlibs.log" |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$libs" ] || { cat "$out/shlibs.log" >&2; exit 1; }
size=$(du -sk "$tree/usr" | cut -f 1)
sed -e "s|@VERSION@|$version|" -e "s|@ARCH@|$arch|" -e "s|@LIBS@|$libs|" -e "s|@SIZE@|$size|" \
    "$root/packaging/debian/control.in" >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$tree" -type d -exec chmod 755 {} +
chmod -R u+rwX,go+rX,go-w "$tree"

deb=$out/scaler_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$deb" >"$out/dpkg.log"
echo "$deb"
