#!/bin/sh
# Provides libfaketime, with which tests set a process's clock while it runs, as artifacts/faketime/libfaketime.so.1: the system's own, or
# Debian's package, unpacked and not installed. Needs no root. Exit codes: 0 it is there; 3 it is not to be had; 130 interrupted.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
target=$root/artifacts/faketime
library=$target/libfaketime.so.1
# What Debian 12 has for amd64; of another version or machine, apt's own check of its archive's signature stands in.
version=0.9.10-2.1
sha256=b09481e7690680966005330c3f907bba4b5eefc35e1faaea4783cc55655d1150

fail() { # MESSAGE
  printf 'faketime: %s\n          Install libfaketime (Debian, Ubuntu: apt-get install libfaketime), or leave out the tests that need it: ./test.sh Miyabi.Core.Tests\n' "$1" >&2
  exit 3
}

# Tests of clocks need Linux: elsewhere they are skipped, and there is nothing to provide.
[ "$(uname -s)" = Linux ] || exit 0
[ ! -f "$library" ] || exit 0
mkdir -p "$target" || fail "cannot write to $target."

for installed in /usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1 /usr/lib64/faketime/libfaketime.so.1; do
  if [ -f "$installed" ]; then
    cp "$installed" "$library" || fail "cannot write to $target."
    exit 0
  fi
done

command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || fail 'it is not installed, and there is no apt-get to download it with.'
echo 'Downloading libfaketime (once, some seconds)...'
work=$(mktemp -d "$target/work.XXXXXX") || fail "cannot write to $target."
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

download() { # OPTIONS...: of apt-get
  (cd "$work" && { apt-get "$@" download "libfaketime=$version" || apt-get "$@" download libfaketime; }) > "$work/apt.log" 2>&1
}

# With lists of packages of our own where the system has none or old ones: those may be written without root.
if ! download; then
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  set -- -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User= -o Acquire::Retries=2 -o Acquire::http::Timeout=20
  if ! apt-get "$@" update > "$work/update.log" 2>&1 || ! download "$@"; then
    tail -n 3 "$work/update.log" "$work/apt.log" 2> /dev/null | sed 's/^/          /' >&2
    fail 'apt-get could not download it.'
  fi
fi

package=$(find "$work" -maxdepth 1 -name 'libfaketime_*.deb' | head -n 1)
case $package in
  *"_${version}_amd64.deb") [ "$(sha256sum "$package" | cut -d ' ' -f 1)" = "$sha256" ] || fail "$(basename "$package") is not what it should be." ;;
esac
dpkg-deb -x "$package" "$work/unpacked" || fail "$(basename "$package") cannot be unpacked."
found=$(find "$work/unpacked" -name libfaketime.so.1 | head -n 1)
[ -n "$found" ] && mv "$found" "$library" || fail 'the package does not hold the library.'
exit 0
