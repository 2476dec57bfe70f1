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

run_project() { # TRX
  copy_scripts; pretend_dotnet
  mkdir -p "$work/results/X.Tests"
  [ -z "$1" ] || echo "$1" > "$work/results/X.Tests/X.Tests.trx"
  (cd "$checkout" && sh eng/test-project.sh "$work/results" X.Tests) > "$work/out"
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

TestProject_NoTestFound_CountsAsOneFailure() {
  run_project '<Counters total="0" executed="0" passed="0" failed="0" notExecuted="0" />'
  expect_equal '0 1 0' "$(cat "$work/results/X.Tests.counts")"
}

TestProject_AllPass_PrintsOneLine() {
  run_project '<Counters total="3" executed="3" passed="3" failed="0" notExecuted="0" />'
  expect_equal '3 0 0' "$(cat "$work/results/X.Tests.counts")"
  expect_equal 1 "$(wc -l < "$work/out" | tr -d ' ')"
}
