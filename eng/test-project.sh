#!/bin/sh
# RESULTS NAME: runs one built test project, or the tests of the scripts ('eng'). Prints one line when all is well, else the
# whole log. Leaves RESULTS/NAME.counts: passed, failed, skipped.
set -u
results=$1 name=$2
log=$results/$name.log
trx=$results/$name/$name.trx
began=$(date +%s)

counter() { # NAME: of the trx file's summary
  sed -n "s/.*<Counters [^>]*$1=\"\([0-9]*\)\".*/\1/p" "$trx" | head -n 1
}

if [ "$name" = eng ]; then
  sh tests/eng/run.sh "$results/eng.counts" > "$log" 2>&1
  code=$?
else
  set -- --no-build --nologo -nodeReuse:false -tl:off --results-directory "$results/$name" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout 5m --blame-hang-dump-type none
  [ "$name" != Miyabi.Core.Tests ] || set -- "$@" --collect 'XPlat Code Coverage' --settings eng/coverage.runsettings
  code=0
  case $name in
    Miyabi.Cli.Tests | Miyabi.Faults.Tests) # they run the command as its users do
      ./miyabi --version > "$log" 2>&1
      code=$?
      MIYABI_TESTED_COMMAND=$PWD/artifacts/app/$(cat artifacts/app/current 2> /dev/null)/miyabi.dll
      export MIYABI_TESTED_COMMAND
      ;;
  esac
  if [ "$code" -eq 0 ]; then
    dotnet test "tests/$name" "$@" > "$log" 2>&1
    code=$?
  fi
  if [ -f "$trx" ]; then
    total=$(counter total) passed=$(counter passed) executed=$(counter executed)
    echo "$passed $((executed - passed)) $((total - executed))" > "$results/$name.counts"
    # A project in which no test was found proves nothing; its adapter may be missing.
    [ "$total" -ne 0 ] || code=1
  fi
fi

counts=''
if [ -s "$results/$name.counts" ]; then
  read -r passed failed skipped < "$results/$name.counts"
  counts="$passed passed, $failed failed"
fi
if [ "$code" -ne 0 ] && [ "${failed:-0}" -eq 0 ]; then
  # It died beside its tests (a crash, a hang, a missing assembly), or found none: that is a failure of its own.
  failed=1 counts="${counts:-no counts}, and exit code $code"
  echo "${passed:-0} 1 ${skipped:-0}" > "$results/$name.counts"
fi
if [ "$code" -ne 0 ]; then
  printf '\n---- %s: %s\n' "$name" "$counts"
  cat "$log"
  printf '%s\n' "---- end of $name"
else
  echo "$name: $counts ($(($(date +%s) - began)) s)"
fi
exit 0
