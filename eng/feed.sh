#!/bin/sh
# Decides once which package feed this machine has, and writes artifacts/feed.props for Directory.Build.props to import.
#   full      Microsoft's packages are all there.
#   partial   the feed answers, but lacks the Azure Functions SDK (docs/decisions/0004-two-feeds.md).
# MIYABI_FEED=full|partial decides instead. Exit codes: 0 decided; 2 wrong MIYABI_FEED; 3 the feed or the SDK failed, nothing decided.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
artifacts=$root/artifacts
props=$artifacts/feed.props
hashing=$artifacts/local-feed/System.IO.Hashing.6.0.0.nupkg
limit_s=${MIYABI_FEED_TIMEOUT:-180}

fail() { # MESSAGE CURE
  printf 'feed: %s\n      %s\n' "$1" "$2" >&2
  exit 3
}

cached_mode() { # reads with the shell alone: this is the path of every later call
  [ -f "$props" ] || return 0
  while IFS= read -r line; do
    case $line in
      *'<MiyabiFeed>full</MiyabiFeed>'*) echo full ;;
      *'<MiyabiFeed>partial</MiyabiFeed>'*) [ ! -f "$hashing" ] || echo partial ;;
    esac
  done < "$props"
}

wanted=${MIYABI_FEED:-}
case $wanted in
  '' | full | partial) ;;
  *) printf 'feed: MIYABI_FEED is "%s"; it must be full or partial, or unset.\n' "$wanted" >&2; exit 2 ;;
esac

mode=$(cached_mode)
if [ -n "$mode" ] && [ "${wanted:-$mode}" = "$mode" ]; then
  echo "feed: $mode"
  exit 0
fi

mkdir -p "$artifacts" || fail "cannot write to $artifacts." 'Make the folder writable.'
# Inside the repository, so that global.json and a NuGet.Config of the surroundings hold for the probe too.
work=$(mktemp -d "$artifacts/probe.XXXXXX") || fail "cannot write to $artifacts." 'Make the folder writable.'
identity_pid='' worker_pid=''
stop() { # NAME PID: a probe that has not ended
  [ -z "$2" ] || [ -f "$work/$1.code" ] || { kill "$2" && wait "$2"; } 2> /dev/null
}
clean_up() {
  stop identity "$identity_pid"
  stop worker "$worker_pid"
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
cp -R "$root/eng/probe/." "$work/"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1

probe() { # NAME: what it says goes to NAME.log, its exit code to NAME.code
  NUGET_PACKAGES=$work/packages dotnet restore "$work/$1/$1.csproj" --no-http-cache -nodeReuse:false -m:1 -tl:off \
    > "$work/$1.log" 2>&1 &
  restore=$!
  trap 'kill -s KILL "$restore" 2> /dev/null; exit 1' TERM # or the restore would outlive this script
  wait "$restore"
  echo $? > "$work/$1.code"
}

error_codes() { # NAME: the distinct NuGet and SDK error codes it printed
  sed -n 's/.*error \([A-Z][A-Z]*[0-9][0-9]*\):.*/\1/p' "$work/$1.log" | sort -u | tr '\n' ' '
}

report() { # NAME: its output, for a person
  sed "s|$work/||g; s/^/      /" "$work/$1.log" | head -n 12 >&2
}

decide() {
  probe identity & identity_pid=$!
  probe worker & worker_pid=$!
  waited=0
  while [ ! -f "$work/identity.code" ] || [ ! -f "$work/worker.code" ]; do
    [ "$waited" -lt $((limit_s * 5)) ] || fail "the package feed gave no answer within $limit_s s." \
      'Check the network and the sources in "dotnet nuget list source", then run this again. MIYABI_FEED=full skips the question.'
    sleep 0.2
    waited=$((waited + 1))
  done
  wait "$identity_pid" "$worker_pid"
  identity_pid='' worker_pid=''

  if [ "$(cat "$work/identity.code")" != 0 ]; then
    report identity
    fail 'the package feed does not serve Azure.Identity 1.21.0, which every feed good for this repository has.' \
      'Check the network and the sources in "dotnet nuget list source", then run this again. MIYABI_FEED=full skips the question.'
  fi
  if [ "$(cat "$work/worker.code")" = 0 ]; then
    mode=full
    return
  fi
  case $(error_codes worker) in
    'NU1101 ' | 'NU1102 ' | 'NU1101 NU1102 ') mode=partial ;;
    *)
      report worker
      fail 'the package feed failed on Microsoft.Azure.Functions.Worker 2.52.0, and not by saying that it has none.' \
        'Run this again when the feed is well. MIYABI_FEED=full or partial skips the question.' ;;
  esac
}

pack_hashing() {
  dotnet pack "$work/hashing/System.IO.Hashing.csproj" -c Release -o "$work/local-feed" \
    -p:UseSharedCompilation=false -nodeReuse:false -m:1 -tl:off > "$work/hashing.log" 2>&1 || {
    report hashing
    fail 'could not pack System.IO.Hashing from the installed .NET SDK.' 'Install a complete .NET 10 SDK, then run this again.'
  }
  mkdir -p "$artifacts/local-feed" && mv -f "$work/local-feed/System.IO.Hashing.6.0.0.nupkg" "$hashing" ||
    fail "cannot write to $artifacts." 'Make the folder writable.'
}

write_props() {
  {
    echo '<Project>'
    echo '  <!-- Written by eng/feed.sh; delete this file to have it ask the feed again. -->'
    echo '  <PropertyGroup>'
    echo "    <MiyabiFeed>$mode</MiyabiFeed>"
    if [ "$mode" = partial ]; then
      # The packed assembly bears a public name and version: no other repository may ever find it in a shared cache.
      echo '    <RestorePackagesPath>$(MIYABI_NUGET)</RestorePackagesPath>'
      echo "    <RestorePackagesPath Condition=\"'\$(MIYABI_NUGET)' == ''\">\$(MSBuildThisFileDirectory)nuget</RestorePackagesPath>"
      # shellcheck disable=SC2016 # MSBuild's properties, not the shell's
      printf '    <%s>$(%s);$(MSBuildThisFileDirectory)local-feed</%s>\n' \
        RestoreAdditionalProjectSources RestoreAdditionalProjectSources RestoreAdditionalProjectSources
    fi
    echo '  </PropertyGroup>'
    echo '</Project>'
  } > "$work/feed.props" && mv -f "$work/feed.props" "$props" || fail "cannot write $props." 'Make the folder writable.'
}

command -v dotnet > /dev/null || fail 'there is no "dotnet" on the PATH.' \
  'Install the .NET 10 SDK (https://dotnet.microsoft.com/download/dotnet/10.0), then run this again.'
mode=$wanted
[ -n "$mode" ] || decide
[ "$mode" = full ] || pack_hashing
write_props
echo "feed: $mode"
