#!/bin/sh
# Runs a command with Node.js 20.19 or later in front of PATH. The dashboard, the
# extension and their tests are built with it; the program itself needs none.
# Debian 12 has Node 18: then a private copy comes from the npm registry that the
# machine's own configuration names, into .deps/node.
#
#   packaging/node.sh npm ci        runs `npm ci` with that Node
#   packaging/node.sh --check       exit 1 when there is none and none can be had
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
MAJOR=20

good() {
    "$1" -e 'const [a,b]=process.versions.node.split(".").map(Number);
             process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null
}

platform() {
    case $(uname -m) in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) cpu=none ;;
    esac
    case $(uname) in Darwin) printf 'darwin-%s' $cpu ;; *) printf 'linux-%s' $cpu ;; esac
}

private() { printf '%s/.deps/node/node_modules/node-%s/bin' "$root" "$(platform)"; }

ready() {
    if good node; then return 0; fi
    bin=$(private)
    if ! good "$bin/node"; then
        command -v npm >/dev/null 2>&1 || return 1
        mkdir -p "$root/.deps/node"
        npm install --silent --no-audit --no-fund --no-save --prefix "$root/.deps/node" \
            "node-$(platform)@$MAJOR" >/dev/null 2>&1 || return 1
        good "$bin/node" || return 1
    fi
    PATH="$bin:$PATH"
    export PATH
}

if ! ready; then
    echo "There is no Node.js 20.19 or later here, and none could be fetched with npm." >&2
    exit 1
fi
[ "${1:-}" = --check ] && exit 0
exec "$@"
