#!/bin/sh
# Writes src/api/types.ts from the program's own OpenAPI document: types.sh BUILD [--check]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scaler=$(cd "$1" && pwd)/src/cli/scaler
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
"$scaler" serve --port 0 --port-file "$dir/port" --library "$dir/library" >"$dir/log" 2>&1 &
server=$!
until [ -s "$dir/port" ]; do
    kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
done
"$here/build.sh" --packages
"$here/../packaging/node.sh" node "$here/scripts/types.mjs" ${2:-} "http://localhost:$(cat "$dir/port")/openapi.json"
