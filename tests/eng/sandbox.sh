# What the tests of the scripts share: assertions, a copy of the scripts to play with, and a `dotnet` that only pretends.
# shellcheck shell=sh disable=SC2034
work=$WORK
checkout="$work/a checkout" # with a space, as people have them
calls=$work/calls
export STUB="$work/stub"
unset MIYABI_FEED MIYABI_NUGET MIYABI_FEED_TIMEOUT

fail() {
  echo "$1" >&2
  exit 1
}
expect_equal() { [ "$1" = "$2" ] || fail "expected: $1
actual:   $2"; }
expect_in() { # TEXT FILE
  grep -qF -- "$1" "$2" || fail "expected '$1' in $2, which is:
$(cat "$2")"
}
expect_absent() { [ ! -e "$1" ] || fail "not expected to be there: $1"; }
expect_calls() { expect_equal "$2" "$(grep -c "^$1" "$calls" 2> /dev/null || true)"; } # VERB COUNT
eventually() { # COMMAND...: polls, for a minute at most
  tries=0
  until "$@" > /dev/null 2>&1; do
    [ "$tries" -lt 600 ] || fail "never came true: $*"
    sleep 0.1
    tries=$((tries + 1))
  done
}

copy_scripts() {
  mkdir -p "$checkout/samples" "$checkout/src/Miyabi.Cli" "$STUB"
  cp -R "$root/eng" "$root/miyabi" "$root"/Directory.* "$root/global.json" "$root"/*.sln "$checkout/"
  cp -R "$root/samples/RepoReport" "$checkout/samples/"
  echo '// a source' > "$checkout/src/Miyabi.Cli/Program.cs"
  : > "$calls"
}

# Answers as files in $STUB say: VERB.code, VERB.out (for restore: the project's name). Each call is a line in $calls.
pretend_dotnet() {
  mkdir -p "$work/bin"
  cat > "$work/bin/dotnet" <<'STUB_END'
#!/bin/sh
echo "$*" >> "$STUB/../calls"
verb=$1 key=$1
[ "$verb" != restore ] || key=$(basename "$2" .csproj)
case $verb in *.dll) key=run; echo "ran $*" ;; esac
[ ! -f "$STUB/$key.sh" ] || . "$STUB/$key.sh"
[ ! -f "$STUB/$key.out" ] || cat "$STUB/$key.out"
[ ! -f "$STUB/$key.code" ] || exit "$(cat "$STUB/$key.code")"
case $verb in
  publish | pack)
    while [ $# -gt 0 ]; do [ "$1" != -o ] || out=$2; shift; done
    mkdir -p "$out"
    if [ "$verb" = pack ]; then : > "$out/System.IO.Hashing.6.0.0.nupkg"; else : > "$out/published"; fi ;;
esac
exit 0
STUB_END
  chmod +x "$work/bin/dotnet"
  PATH=$work/bin:$PATH
}

# A PATH with what the scripts use of the system, and no dotnet.
hide_dotnet() {
  mkdir -p "$work/tools"
  for tool in sh find readlink dirname basename cat mkdir mktemp rm mv cp ln sed sort tr head tail grep sleep date awk; do
    ln -s "$(command -v "$tool")" "$work/tools/$tool"
  done
  PATH=$work/tools
}
