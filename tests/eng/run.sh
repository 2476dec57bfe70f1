#!/bin/sh
# The tests of the scripts. run.sh COUNTS runs them all and writes "passed failed skipped" to COUNTS; run.sh - NAME runs one.
# A test is a function Subject_Condition_Result in a *.tests.sh file; it runs in a process and a folder ($work) of its own,
# and passes unless it calls `fail` or an `expect_...` does.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH= cd -- "$here/../.." && pwd -P)

if [ "${1:-}" = - ]; then
  if [ -z "${WORK:-}" ]; then
    WORK=$(mktemp -d) || exit 1
    trap 'rm -rf "$WORK"' EXIT
  fi
  . "$here/sandbox.sh"
  for file in "$here"/*.tests.sh; do . "$file"; done
  "$2"
  exit 0
fi

bound=''
! command -v timeout > /dev/null || bound='timeout -k 10 300'
passed=0 failed=0
for name in $(sed -n 's/^\([A-Z][A-Za-z_]*\)() {.*/\1/p' "$here"/*.tests.sh); do
  work=$(mktemp -d) || exit 1
  if WORK=$work $bound sh "$0" - "$name" > "$work/.out" 2>&1; then
    passed=$((passed + 1))
    echo "passed $name"
  else
    failed=$((failed + 1))
    echo "FAILED $name"
    sed 's/^/    /' "$work/.out"
  fi
  rm -rf "$work"
done
[ $# -eq 0 ] || echo "$passed $failed 0" > "$1"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
