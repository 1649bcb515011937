#!/bin/sh
# Runs a command with Node.js 20.19 or later in front of PATH. The dashboard, the
# extension and their tests are built with it; the program itself needs none.
# Debian 12 has Node 18: then a private copy comes from the npm registry that the
# machine's own configuration names, into .deps/node.
#
#   packaging/node.sh npm ci        runs `npm ci` with that Node
#   packaging/node.sh --check       exit 1 when there is none and none can be had
#   packaging/node.sh --packages DIR
#                                   `npm ci` in that folder when its lockfile is newer
#   packaging/node.sh --locked NAME COMMAND...
#                                   runs the command, one of that NAME at a time
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
        "$root/packaging/node.sh" --locked node npm install --silent --no-audit --no-fund --no-save --prefix "$root/.deps/node" \
            "node-$(platform)@$MAJOR" >/dev/null 2>&1 || return 1
        good "$bin/node" || return 1
    fi
    PATH="$bin:$PATH"
    export PATH
}

# The kernel lets go of such a lock whatever its holder dies of. By the Python that Meson
# needs: macOS has no flock command. Who has none builds one thing at a time anyway.
locked() {
    mkdir -p "$root/.deps"
    lock=$root/.deps/$1.lock
    shift
    command -v python3 >/dev/null 2>&1 || exec "$@"
    exec python3 -c 'import fcntl, os, sys
f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o666)
os.set_inheritable(f, True)
fcntl.flock(f, fcntl.LOCK_EX)
os.execvp(sys.argv[2], sys.argv[2:])' "$lock" "$@"
}

# In the current folder, under its lock.
install_packages() {
    [ ! node_modules/.package-lock.json -nt package-lock.json ] || return 0
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    trap 'exit 130' INT TERM
    npm ci --silent >"$log" 2>&1 || { tail -n 5 "$log" >&2; return 1; }
    touch node_modules/.package-lock.json
}

if [ "${1:-}" = --locked ]; then
    shift
    locked "$@"
fi
if ! ready; then
    echo "There is no Node.js 20.19 or later here, and none could be fetched with npm." >&2
    exit 1
fi
case ${1:-} in
--check) ;;
--packages)
    cd "$2"
    locked "packages-$(basename "$PWD")" "$root/packaging/node.sh" --install
    ;;
--install) install_packages ;; # by --packages
*) exec "$@" ;;
esac
