#!/bin/sh
# Publishes the command to artifacts/app/ and the samples to artifacts/samples/, for the launcher. One at a time: whoever
# comes second waits, and builds only if the first has failed. Exit codes: 0 published; 3 could not; 130 interrupted.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
apps=$root/artifacts/app
current=$apps/current
lock=$apps/lock
log=$root/artifacts/publish.log
wait_limit_s=600

fail() { # MESSAGE CURE
  printf 'miyabi: %s\n        %s\n' "$1" "$2" >&2
  exit 3
}

mkdir -p "$apps" "$root/artifacts/samples" 2> /dev/null || fail "cannot write to $root/artifacts." 'Make the folder writable.'

# The lock is a symlink that points at its owner's process id: made in one step, it is never there without the id.
take_lock() { ln -s "$$" "$lock" 2> /dev/null; }

remove_dead_lock() {
  # Only one may look and remove at a time, or a second would remove the lock of the one who has just replaced it.
  mkdir "$lock.broken" 2> /dev/null || {
    find "$lock.broken" -prune -mmin +1 -exec rmdir {} \; 2> /dev/null # left by one that was killed here
    return
  }
  owner=$(readlink "$lock") && ! kill -0 "$owner" 2> /dev/null && rm -f "$lock"
  rmdir "$lock.broken"
}

asked=$(cat "$current" 2> /dev/null)
waited=0
until take_lock; do
  [ "$waited" -ne 0 ] || echo 'Waiting for another process that is building Miyabi...' >&2
  [ "$waited" -lt $((wait_limit_s * 5)) ] || fail "waited $wait_limit_s s for process $(readlink "$lock") to build." \
    "If that process is not building Miyabi, remove $lock and try again."
  remove_dead_lock
  sleep 0.2
  waited=$((waited + 1))
done
began=$apps/.began.$$
clean_up() { rm -f "$began" "$lock"; }
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Whoever held the lock has published meanwhile.
[ "$waited" -eq 0 ] || [ "$(cat "$current" 2> /dev/null)" = "$asked" ] || exit 0

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
cd "$root" || exit 3 # global.json is looked up from here
if ! version=$(dotnet --version 2>&1); then
  printf '%s\n' "$version" | head -n 12 >&2
  fail 'no .NET SDK that global.json accepts is installed.' 'Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0'
fi
if [ -n "$asked" ]; then
  echo 'Building Miyabi (its sources have changed, some seconds)...' >&2
else
  echo 'Building Miyabi (first use, about a minute)...' >&2
fi

name=$(date -u +%Y%m%dT%H%M%SZ)-$$
echo "$name" > "$began"

publish() { # PROJECT FOLDER
  # Build folders of its own: a build of the solution, for tests or in an editor, may go on beside it. No compiler server:
  # it would stay for minutes after the command has ended. Analyzers have their say in test.sh.
  dotnet publish "$1" -c Release -o "$2" --use-current-runtime --no-self-contained -p:PublishReadyToRun=true \
    -p:ArtifactsPath="$root/artifacts/publish" -p:RunAnalyzers=false -p:UseSharedCompilation=false -nodeReuse:false -tl:off
}

build() {
  sh eng/feed.sh || return 3
  publish src/Miyabi.Cli "$apps/$name" && publish samples/RepoReport "$apps/$name/samples"
}

if ! build > "$log" 2>&1; then
  rm -rf "${apps:?}/$name"
  { grep -E '(^feed:|^      |error )' "$log" || tail -n 20 "$log"; } | sort -u | head -n 20 >&2
  fail 'could not be built.' "The whole output is in $log"
fi

# File by file, each in one step: a sample that runs keeps what it has open.
mv -f "$apps/$name/samples"/* "$root/artifacts/samples/" && rmdir "$apps/$name/samples" && mv -f "$began" "$current" ||
  fail "cannot write to $root/artifacts." 'Make the folder writable.'

# A command that started before may still load from its own folder, so old ones are kept for two days.
find "$apps" -mindepth 1 -maxdepth 1 -type d -name '*T*Z-*' ! -name "$name" -mtime +1 -exec rm -rf {} +
exit 0
