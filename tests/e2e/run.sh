#!/bin/sh
# Runs one browser test: run.sh FILE.mjs. Prints TAP; skips with a reason where Node.js
# or Chromium is missing, but not in CI, where both are installed and must be there.
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../../packaging/node.sh

skip() {
    if [ -n "${CI:-}" ]; then echo "1..1"; echo "not ok 1 $1"; exit 1; fi
    echo "1..0 # SKIP $1"
    exit 0
}

"$node_sh" --check 2>/dev/null || skip "no Node.js 20.19 or later"
"$node_sh" --packages "$here" 2>/dev/null || skip "npm could not install the browser tests' packages"
case $1 in
*test_extension_*) "$here/../../extension/build.sh" --packages || skip "npm could not install the extension's packages" ;;
esac
found=
for c in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    [ -n "$c" ] && [ -x "$c" ] && found=$c && break
done
[ -n "$found" ] || skip "no Chromium"
CHROMIUM=$found
export CHROMIUM
exec "$node_sh" node --test-reporter=tap "$@"
