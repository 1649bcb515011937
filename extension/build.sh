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
if ! "$node_sh" --packages "$here"; then
    echo "npm could not install what building the extension needs." >&2
    exit 1
fi
[ "${1:-}" != --packages ] || exit 0
exec "$node_sh" --locked extension "$node_sh" node build.mjs "$@"
