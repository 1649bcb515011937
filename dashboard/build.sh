#!/bin/sh
# Builds dashboard/dist when a source is newer, and installs its packages when the lockfile
# is. Without Node.js it says so and leaves things as they are: the program works without.
#
#   build.sh            dist
#   build.sh --packages only the packages (for the tests)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../packaging/node.sh
cd "$here"
if ! "$node_sh" --check 2>/dev/null; then
    echo "No Node.js 20.19 or later: the program is built without its dashboard." >&2
    exit 0
fi
until mkdir .lock 2>/dev/null; do sleep 0.2; done
trap 'rmdir "$here/.lock"' EXIT
trap 'exit 130' INT TERM
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    log=$(mktemp)
    if ! "$node_sh" npm ci --silent >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        echo "npm could not install the dashboard's packages: the program is built without it." >&2
        exit 0
    fi
    rm -f "$log"
    touch node_modules/.package-lock.json
fi
[ "${1:-}" != --packages ] || exit 0
if [ -f dist/index.html ] && [ -z "$(find src public scripts index.html vite.config.ts \
    package-lock.json -newer dist/index.html -print | head -n 1)" ]; then
    exit 0
fi
"$node_sh" npm run --silent build -- --logLevel warn
touch dist/index.html
