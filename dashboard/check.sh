#!/bin/sh
# The dashboard's own checks as TAP: types, Biome, Vitest.
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../packaging/node.sh
if ! "$node_sh" --check 2>/dev/null || ! "$here/build.sh" --packages || [ ! -d "$here/node_modules/.bin" ]; then
    if [ -n "${CI:-}" ]; then echo "1..1"; echo "not ok 1 Node.js 20.19 and the packages"; exit 1; fi
    echo "1..0 # SKIP no Node.js 20.19 or later, or no packages"
    exit 0
fi
cd "$here" || exit 1
n=0
bad=0
step() {
    n=$((n + 1))
    name=$1
    shift
    if out=$("$node_sh" "$@" 2>&1); then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        printf '%s\n' "$out" | sed 's/^/# /'
        bad=1
    fi
}
echo "1..3"
step "TypeScript, strict" npx --no-install tsc --noEmit
step "Biome" npx --no-install biome check .
step "Vitest" npx --no-install vitest run
exit $bad
