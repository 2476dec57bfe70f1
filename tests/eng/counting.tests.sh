# test.sh's counting: a figure that could not be wrong would be worth nothing.
# shellcheck shell=sh

report() { # HITS...: a coverage report of one file with a line for each
  echo '<class name="A" filename="A.cs"><methods><method><lines>'
  echo '<line number="1" hits="1" branch="False" /></lines></method>' # a method's lines are repeated in its class
  echo '</methods>'
  echo '<lines>'
  number=0
  for hits; do
    number=$((number + 1))
    echo "<line number=\"$number\" hits=\"$hits\" branch=\"False\" />"
  done
  echo '</lines></class>'
}
coverage() { awk -v floor=90 -f "$root/eng/coverage.awk" > "$work/out"; }

Coverage_AtTheFloor_Passes() {
  report 1 1 1 1 1 1 1 1 9 0 | coverage || fail "$(cat "$work/out")"
  expect_in '90.0 % of 10 lines' "$work/out"
}

Coverage_BelowTheFloor_FailsAndNamesTheFile() {
  ! report 1 1 1 1 1 1 1 1 0 0 | coverage || fail "$(cat "$work/out")"
  expect_in '2 lines not covered in A.cs' "$work/out"
}

Coverage_EmptyReport_Fails() {
  ! coverage < /dev/null || fail "$(cat "$work/out")"
}

run_project() { # TRX, PROJECT: X.Tests unless said
  project=${2:-X.Tests}
  copy_scripts; pretend_dotnet
  mkdir -p "$work/results/$project"
  [ -z "$1" ] || echo "$1" > "$work/results/$project/$project.trx"
  (cd "$checkout" && sh eng/test-project.sh "$work/results" "$project") > "$work/out"
}

TestProject_SomeFail_CountsThem() {
  mkdir -p "$STUB"; echo 1 > "$STUB/test.code"
  run_project '<Counters total="9" executed="7" passed="4" failed="3" notExecuted="0" />'
  expect_equal '4 3 2' "$(cat "$work/results/X.Tests.counts")"
}

TestProject_Crashed_CountsAsOneFailure() {
  mkdir -p "$STUB"; echo 134 > "$STUB/test.code"; echo 'Stack overflow.' > "$STUB/test.out"
  run_project ''
  expect_equal '0 1 0' "$(cat "$work/results/X.Tests.counts")"
  expect_in 'Stack overflow.' "$work/out"
}

TestProject_CrashedAfterItsTests_CountsAsOneFailure() {
  mkdir -p "$STUB"; echo 1 > "$STUB/test.code"
  run_project '<Counters total="2" executed="2" passed="2" failed="0" notExecuted="0" />'
  expect_equal '2 1 0' "$(cat "$work/results/X.Tests.counts")"
}

TestProject_CommandCannotBeBuilt_CountsAsOneFailureAndRunsNothing() {
  mkdir -p "$STUB"; echo 1 > "$STUB/publish.code"; echo 'X.cs(1,1): error CS0103: no such name' > "$STUB/publish.out"
  run_project '' Miyabi.Cli.Tests
  expect_equal '0 1 0' "$(cat "$work/results/Miyabi.Cli.Tests.counts")"
  expect_in 'error CS0103' "$work/out"
  expect_calls test 0
}

TestProject_CommandIsBuilt_IsTheOneThatTestsRun() {
  mkdir -p "$STUB"; echo 'echo "$MIYABI_TESTED_COMMAND" > "$STUB/tested"' > "$STUB/test.sh"
  run_project '<Counters total="1" executed="1" passed="1" failed="0" notExecuted="0" />' Miyabi.Faults.Tests
  expect_equal '1 0 0' "$(cat "$work/results/Miyabi.Faults.Tests.counts")"
  expect_equal "$checkout/artifacts/app/$(cat "$checkout/artifacts/app/current")/miyabi.dll" "$(cat "$STUB/tested")"
}

TestProject_NoTestFound_CountsAsOneFailure() {
  run_project '<Counters total="0" executed="0" passed="0" failed="0" notExecuted="0" />'
  expect_equal '0 1 0' "$(cat "$work/results/X.Tests.counts")"
}

TestProject_AllPass_PrintsOneLine() {
  run_project '<Counters total="3" executed="3" passed="3" failed="0" notExecuted="0" />'
  expect_equal '3 0 0' "$(cat "$work/results/X.Tests.counts")"
  expect_equal 1 "$(wc -l < "$work/out" | tr -d ' ')"
}
