#!/bin/sh
# Installs what building needs (once per lockfile) and builds; arguments go to build.mjs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../packaging/node.sh
cd "$here"
install() {
    # One installation at a time.
    until mkdir .lock 2>/dev/null; do sleep 0.2; done
    trap 'rmdir "$here/.lock"' EXIT
    [ node_modules/.package-lock.json -nt package-lock.json ] && return
    "$node_sh" npm ci --silent >/dev/null 2>&1 || { echo "npm could not install what building the extension needs." >&2; exit 1; }
    touch node_modules/.package-lock.json
}
( install )
[ "${1:-}" = --install ] || exec "$node_sh" node build.mjs "$@"
