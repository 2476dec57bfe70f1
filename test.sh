#!/bin/sh
# Everything a newcomer needs to see the tests pass: asks which feed there is, restores, builds, tests.
#   ./test.sh                     all of it, and Core's line coverage must be at least 90 %
#   ./test.sh Miyabi.Core.Tests   the test projects whose names contain an argument; 'eng' is the tests of the scripts
# Two projects run at a time. Logs, trx files and the coverage report stay in artifacts/tests.
# The last line counts: N passed, N failed. Exit codes: 0 all passed; 1 a failure, or nothing ran; 3 no SDK, no feed or no Node.js.
set -u
cd "$(dirname -- "$0")" || exit 3
results=$PWD/artifacts/tests
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Compilers and tests end before code that was compiled a third time, with a profile of itself, pays.
export DOTNET_TieredPGO=0

wanted() { # NAME, FILTERS...: no filter wants all
  name=$1
  shift
  [ $# -gt 0 ] || return 0
  for filter; do
    case $name in *"$filter"*) return 0 ;; esac
  done
  return 1
}

sh eng/feed.sh || exit 3
rm -rf "$results" && mkdir -p "$results" || exit 3

# The longest first, so that none is left to run alone at the end; eng does one thing at a time.
longest='eng Miyabi.Cli.Tests Miyabi.Faults.Tests Miyabi.Core.Tests'
for name in $longest $(cd tests && printf '%s\n' *.Tests | grep -vwF "$(printf '%s\n' $longest)"); do
  if wanted "$name" "$@"; then echo "$name"; fi
done > "$results/projects"
[ -s "$results/projects" ] || { echo "test.sh: no test project's name contains: $*" >&2; echo '0 passed, 0 failed'; exit 1; }

# The emulator of Azure Storage, for the projects that start it.
if grep -qE '^Miyabi\.(Storage|Cli|Faults)\.Tests$' "$results/projects"; then sh eng/azurite.sh || exit 3; fi

# What sets the clocks of processes, for the project whose tests do.
if grep -qx 'Miyabi.Faults.Tests' "$results/projects"; then sh eng/faketime.sh || exit 3; fi

# A compiler server of this build's own, ended with it: it halves the time. No MSBuild nodes that would stay behind.
compiler=miyabi-$$
processes() { # each with its arguments, also where there is no ps
  ps -A -o pid= -o args= 2> /dev/null || for process in /proc/[0-9]*; do
    echo "${process#/proc/} $(tr '\0' ' ' < "$process/cmdline" 2> /dev/null)"
  done
}
end_compiler() {
  # Not as an argument of awk's, which is a process too.
  for process in $(processes | name="pipename:$compiler" awk 'index($0, ENVIRON["name"]) { print $1 }'); do
    kill "$process" 2> /dev/null
  done
}
trap end_compiler EXIT
trap 'exit 130' INT TERM HUP

echo 'Building...'
if ! dotnet build Miyabi.Functions.sln -nodeReuse:false -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" -tl:off -v:q > "$results/build.log" 2>&1; then
  { grep -E '(error|warning) ' "$results/build.log" || tail -n 30 "$results/build.log"; } | sort -u | head -n 40
  echo "test.sh: the build failed. The whole output is in $results/build.log" >&2
  echo '0 passed, 1 failed'
  exit 1
fi
end_compiler

xargs -n 1 -P 2 sh eng/test-project.sh "$results" < "$results/projects"

passed=0 failed=0 skipped=0
while read -r name; do
  counts='0 1 0' # one that left no counts has failed
  [ ! -s "$results/$name.counts" ] || counts=$(cat "$results/$name.counts")
  read -r p f s <<EOF
$counts
EOF
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done < "$results/projects"

code=0
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || code=1
if grep -qx Miyabi.Core.Tests "$results/projects"; then
  report=$(find "$results/Miyabi.Core.Tests" -maxdepth 2 -name coverage.cobertura.xml 2> /dev/null | head -n 1)
  awk -v floor=90 -f eng/coverage.awk "${report:-/dev/null}" || { echo 'test.sh: the coverage is below the floor: FAILED'; code=1; }
fi
if [ "$skipped" -eq 0 ]; then echo "$passed passed, $failed failed"; else echo "$passed passed, $failed failed, $skipped skipped"; fi
exit $code
