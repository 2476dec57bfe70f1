#!/bin/sh
# The reference plan at --speed 10, in both schedules: from the first task's start to the manifest's seal, against its critical path of 8 s.
# Usage: bench/reference-plan.sh [RUNS]   (Linux: GNU date and stat). Prints one JSON line a run.
set -eu
runs=${1:-3}
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MIYABI_HOME="$work/home"
"$root/miyabi" plan "$root/samples/webapp-framework.plan.json" > "$work/plan.txt" # builds first, if need be
for schedule in waves ready; do
  n=1
  while [ "$n" -le "$runs" ]; do
    id=$schedule-$n
    "$root/miyabi" run "$root/samples/webapp-framework.plan.json" --speed 10 --schedule "$schedule" --run-id "$id" --store "$work/store" > "$work/log.txt"
    run=$work/store/runs/$id
    first=$(sed -n 's/^    "startedAt": "\(.*\)",$/\1/p' "$run"/results/*.json | sort | head -n 1)
    began=$(date -u -d "$first" +%s.%N)
    sealed=$(stat -c %.9Y "$run/manifest-1.json")
    echo "$schedule $began $sealed" | awk '{ s = $3 - $2; printf "{\"bench\":\"reference-plan\",\"schedule\":\"%s\",\"speed\":10,\"seconds\":%.3f,\"overCriticalPathPercent\":%.2f}\n", $1, s, (s - 8) / 8 * 100 }'
    n=$((n + 1))
  done
done
