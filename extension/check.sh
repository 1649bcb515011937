#!/bin/sh
# The extension's own checks as TAP: types, Biome, Vitest, and a ZIP that is the same twice.
here=$(cd "$(dirname "$0")" && pwd)
node_sh=$here/../packaging/node.sh
if ! "$node_sh" --check 2>/dev/null || ! "$here/build.sh" --packages; then
    if [ -n "${CI:-}" ]; then echo "1..1"; echo "not ok 1 Node.js 20.19 and the packages"; exit 1; fi
    echo "1..0 # SKIP no Node.js 20.19 or later, or no packages"
    exit 0
fi
cd "$here" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
bad=0
step() {
    n=$((n + 1))
    name=$1
    shift
    if out=$("$@" 2>&1); then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        printf '%s\n' "$out" | sed 's/^/# /'
        bad=1
    fi
}
twice() {
    for k in 1 2; do
        mkdir "$work/$k"
        TZ=Asia/Kolkata
        [ $k = 1 ] || TZ=America/New_York
        export TZ
        "$node_sh" node build.mjs --out "$work/$k/dist" --zip --zip-dir "$work/$k" || return 1
    done
    cmp "$work"/1/*.zip "$work"/2/*.zip && unzip -tq "$work"/1/*.zip
}
echo "1..4"
step "TypeScript, strict" "$node_sh" npx --no-install tsc --noEmit
step "Biome" "$node_sh" npx --no-install biome check --error-on-warnings .
step "Vitest" "$node_sh" npx --no-install vitest run
step "the ZIP is the same twice" twice
exit $bad
