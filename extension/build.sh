#!/bin/sh
# Installs what building needs (when the lockfile is newer) and builds the extension.
#
#   build.sh            into dist/, to be loaded unpacked
#   build.sh --zip      also scaler-companion-vX.Y.Z.zip for the store
#   build.sh --packages only what building needs (for the tests)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../packaging/node.sh
cd "$here"
"$node_sh" --check || exit 1

# One installation at a time.
until mkdir .lock 2>/dev/null; do sleep 0.2; done
trap 'rmdir "$here/.lock"' EXIT
trap 'exit 130' INT TERM
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    log=$(mktemp)
    if ! "$node_sh" npm ci --silent >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        echo "npm could not install what building the extension needs." >&2
        exit 1
    fi
    rm -f "$log"
    touch node_modules/.package-lock.json
fi
[ "${1:-}" != --packages ] || exit 0
"$node_sh" node build.mjs "$@"
