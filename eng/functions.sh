#!/bin/sh
# Runs the function app on this machine: builds it, starts Azurite if nothing listens where the settings look for it, and hands over to
# Azure Functions Core Tools: ./miyabi functions ARGS, where ARGS go to `func start`.
# Settings: local.settings.json at the repository's root, else local.settings.sample.json (Azurite, simulated agents).
# Exit codes: those of func; 3 when something is missing or the build fails; 130 interrupted.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
out=$root/artifacts/functions/bin/Orchestrator.Functions/release
log=$root/artifacts/functions.log
data=$root/artifacts/azurite-data
azurite_pid=''

fail() { # MESSAGE CURE
  printf 'miyabi: %s\n        %s\n' "$1" "$2" >&2
  exit 3
}

command -v dotnet > /dev/null || fail 'there is no "dotnet" on the PATH.' 'Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0'
command -v func > /dev/null || fail 'there is no "func" on the PATH: the function app runs on Azure Functions Core Tools, version 4.' \
  'Install them (npm install -g azure-functions-core-tools@4, or https://aka.ms/azure-functions-core-tools), then run this again.'
command -v node > /dev/null || fail 'there is no "node" on the PATH: Azurite, the emulator of Azure Storage, runs on it.' 'Install Node.js 20 or newer (https://nodejs.org).'

sh "$root/eng/feed.sh" > /dev/null || exit 3
if grep -q '<MiyabiFeed>partial</MiyabiFeed>' "$root/artifacts/feed.props"; then
  fail 'the package feed of this machine lacks the Azure Functions SDK, so the app cannot be run here.' \
    'Run this where the full public feed is reached; if it is by now, MIYABI_FEED=full eng/feed.sh says so.'
fi

echo 'Building the function app...' >&2
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
cd "$root" || exit 3
# Build folders of its own, as for the command: a build for tests or in an editor may go on beside it. Analyzers have their say in test.sh.
if ! dotnet build src/Orchestrator.Functions -c Release -p:ArtifactsPath="$root/artifacts/functions" -p:RunAnalyzers=false \
  -p:UseSharedCompilation=false -nodeReuse:false -tl:off > "$log" 2>&1; then
  { grep -E 'error ' "$log" || tail -n 20 "$log"; } | sort -u | head -n 20 >&2
  fail 'the function app could not be built.' "The whole output is in $log"
fi
[ -f "$root/local.settings.json" ] || cp "$root/local.settings.sample.json" "$out/local.settings.json" || fail "cannot write to $out." 'Make the folder writable.'

listens() { # PORT
  node -e 'const s=require("net").connect(+process.argv[1],"127.0.0.1");s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1))' "$1"
}
stop() {
  trap '' INT TERM HUP
  [ -z "$azurite_pid" ] || { kill "$azurite_pid" && wait "$azurite_pid"; } 2> /dev/null
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

if ! listens 10000; then
  sh "$root/eng/azurite.sh" >&2 || exit 3
  mkdir -p "$data" || fail "cannot write to $data." 'Make the folder writable.'
  echo "Starting Azurite (its data is in $data)..." >&2
  node "$root/artifacts/azurite/node_modules/azurite/dist/src/azurite.js" --silent --disableTelemetry --skipApiVersionCheck --location "$data" \
    --blobHost 127.0.0.1 --queueHost 127.0.0.1 --tableHost 127.0.0.1 > "$root/artifacts/azurite.log" 2>&1 &
  azurite_pid=$!
  waited=0
  until listens 10000 && listens 10001 && listens 10002; do
    kill -0 "$azurite_pid" 2> /dev/null && [ "$waited" -lt 150 ] || fail 'Azurite does not start.' "What it said is in $root/artifacts/azurite.log"
    sleep 0.2
    waited=$((waited + 1))
  done
fi

func start --script-root "$out" "$@"
