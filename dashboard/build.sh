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
if [ "${1:-}" = --dist ]; then # by what follows, one at a time
    if [ -f dist/index.html ] && [ -z "$(find src public scripts index.html vite.config.ts \
        package-lock.json -newer dist/index.html -print | head -n 1)" ]; then
        exit 0
    fi
    "$node_sh" npm run --silent build -- --logLevel warn
    touch dist/index.html
    exit 0
fi
if ! "$node_sh" --check 2>/dev/null; then
    echo "No Node.js 20.19 or later: the program is built without its dashboard." >&2
    exit 0
fi
if ! "$node_sh" --packages "$here"; then
    echo "npm could not install the dashboard's packages: the program is built without it." >&2
    exit 0
fi
[ "${1:-}" != --packages ] || exit 0
exec "$node_sh" --locked dashboard "$here/build.sh" --dist
