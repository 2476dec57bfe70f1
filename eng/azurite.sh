#!/bin/sh
# Installs Azurite, the emulator of Azure Storage that tests run against, into artifacts/azurite: once, as eng/azurite/package-lock.json
# pins it, every package by its digest. Exit codes: 0 it is there; 3 no Node.js, or npm failed; 130 interrupted.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
lock=$root/eng/azurite/package-lock.json
target=$root/artifacts/azurite

fail() { # MESSAGE CURE
  printf 'azurite: %s\n         %s\n' "$1" "$2" >&2
  exit 3
}

command -v node > /dev/null && command -v npm > /dev/null || fail 'there is no "node" or no "npm" on the PATH.' \
  'Install Node.js 20 or newer (https://nodejs.org), or leave out the tests that need it: ./test.sh Miyabi.Core.Tests'
version=$(node --version)
major=${version#v}
[ "${major%%.*}" -ge 20 ] || fail "Node.js $version is too old." 'Install Node.js 20 or newer (https://nodejs.org).'

# The lock file beside what was installed from it: an interrupted installation has none, and a changed pin another.
installed() { cmp -s "$lock" "$target/installed-lock.json"; }
if installed; then exit 0; fi

echo 'Installing Azurite (once, about half a minute)...'
mkdir -p "$root/artifacts" || fail "cannot write to $root/artifacts." 'Make the folder writable.'
work=$(mktemp -d "$root/artifacts/azurite.XXXXXX") || fail "cannot write to $root/artifacts." 'Make the folder writable.'
npm_pid=''
trap 'rm -rf "$work"' EXIT
trap '[ -z "$npm_pid" ] || kill "$npm_pid" 2> /dev/null; exit 130' INT TERM HUP
cp "$root/eng/azurite/package.json" "$lock" "$work/" || exit 3

# No scripts of packages: what is pinned is what is run, and by nobody but the tests.
(cd "$work" && exec npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) > "$work/npm.log" 2>&1 &
npm_pid=$!
if ! wait "$npm_pid"; then
  tail -n 12 "$work/npm.log" | sed 's/^/         /' >&2
  fail 'npm could not install it.' 'Check the network and "npm config get registry", then run this again.'
fi
if installed; then exit 0; fi # by another that ran beside this one; its tests may be using it
cp "$lock" "$work/installed-lock.json" && rm -rf "$target" && mv "$work" "$target" || fail "cannot write to $target." 'Make the folder writable.'
exit 0
