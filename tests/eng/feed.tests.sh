# eng/feed.sh: which feed there is.
# shellcheck shell=sh

worker_says() { # LINES
  echo 1 > "$STUB/worker.code"
  printf '%s\n' "$1" > "$STUB/worker.out"
}
feed() { # runs it; exit code in $code
  code=0
  "$checkout/eng/feed.sh" > "$work/out" 2> "$work/err" || code=$?
}
expect_undecided() {
  expect_equal 3 "$code"
  expect_absent "$checkout/artifacts/feed.props"
  expect_equal '' "$(find "$checkout/artifacts" -name 'probe.*')"
}

Feed_WorkerResolves_IsFull() {
  copy_scripts; pretend_dotnet; feed
  expect_equal '0 feed: full' "$code $(cat "$work/out")"
  expect_in '<MiyabiFeed>full</MiyabiFeed>' "$checkout/artifacts/feed.props"
  ! grep -q Restore "$checkout/artifacts/feed.props" || fail 'a full feed changes no restore'
}

Feed_WorkerUnknown_IsPartial() {
  copy_scripts; pretend_dotnet
  worker_says 'p.csproj : error NU1101: Unable to find package Microsoft.Azure.Functions.Worker.'
  feed
  expect_equal '0 feed: partial' "$code $(cat "$work/out")"
  expect_in '<MiyabiFeed>partial</MiyabiFeed>' "$checkout/artifacts/feed.props"
  [ -f "$checkout/artifacts/local-feed/System.IO.Hashing.6.0.0.nupkg" ] || fail 'no System.IO.Hashing was packed'
}

Feed_WorkerNeedsUnknownVersions_IsPartial() {
  copy_scripts; pretend_dotnet
  worker_says 'p.csproj : error NU1101: Unable to find package Microsoft.Azure.Functions.Worker.Grpc.
p.csproj : error NU1102: Unable to find package Microsoft.Azure.Functions.Worker.Core with version (>= 2.52.0)
p.csproj : error NU1102:   - Found 1 version(s)'
  feed
  expect_equal '0 feed: partial' "$code $(cat "$work/out")"
}

Feed_Unreachable_ErrsAndDecidesNothing() {
  copy_scripts; pretend_dotnet
  echo 1 > "$STUB/identity.code"
  echo 'p.csproj : error NU1301: Unable to load the service index' > "$STUB/identity.out"
  worker_says 'p.csproj : error NU1301: Unable to load the service index'
  feed
  expect_undecided
  expect_in NU1301 "$work/err"
  expect_in 'Check the network' "$work/err"
}

Feed_UnreachableForWorkerAlone_ErrsAndDecidesNothing() {
  copy_scripts; pretend_dotnet
  worker_says 'p.csproj : error NU1101: Unable to find package Microsoft.Azure.Functions.Worker.
p.csproj : error NU1301: Failed to retrieve information'
  feed
  expect_undecided
}

Feed_WorkerFailsWithoutCode_ErrsAndDecidesNothing() {
  copy_scripts; pretend_dotnet; worker_says 'Segmentation fault'; feed
  expect_undecided
}

Feed_IdentityUnknown_ErrsAndDecidesNothing() {
  copy_scripts; pretend_dotnet
  echo 1 > "$STUB/identity.code"
  worker_says 'p.csproj : error NU1101: Unable to find package Microsoft.Azure.Functions.Worker.'
  feed
  expect_undecided
  expect_in 'Azure.Identity' "$work/err"
}

Feed_NeverAnswers_ErrsAndLeavesNothingRunning() {
  copy_scripts; pretend_dotnet
  echo 'echo $$ > "$STUB/pid"; exec sleep 600' > "$STUB/worker.sh"
  MIYABI_FEED_TIMEOUT=2; export MIYABI_FEED_TIMEOUT
  feed
  expect_undecided
  expect_in 'no answer within 2 s' "$work/err"
  restore_is_gone() { ! kill -0 "$(cat "$STUB/pid")"; }
  eventually restore_is_gone
}

Feed_Decided_AsksNothing() {
  copy_scripts; pretend_dotnet; feed; : > "$calls"; feed
  expect_equal '0 feed: full' "$code $(cat "$work/out")"
  expect_calls '' 0
}

Feed_Overridden_ReplacesTheDecision() {
  copy_scripts; pretend_dotnet; feed; : > "$calls"
  MIYABI_FEED=partial; export MIYABI_FEED; feed
  expect_equal '0 feed: partial' "$code $(cat "$work/out")"
  expect_calls restore 0
  unset MIYABI_FEED; feed
  expect_equal '0 feed: partial' "$code $(cat "$work/out")"
}

Feed_OverrideMisspelt_Errs() {
  copy_scripts; pretend_dotnet
  MIYABI_FEED=half; export MIYABI_FEED; feed
  expect_equal 2 "$code"
  expect_in 'full or partial' "$work/err"
}

Feed_LocalFeedRemoved_DecidesAgain() {
  copy_scripts; pretend_dotnet
  worker_says 'p.csproj : error NU1101: Unable to find package Microsoft.Azure.Functions.Worker.'
  feed; rm -r "$checkout/artifacts/local-feed"; feed
  [ -f "$checkout/artifacts/local-feed/System.IO.Hashing.6.0.0.nupkg" ] || fail 'no System.IO.Hashing was packed again'
}

Feed_NoDotnet_SaysWhatToInstall() {
  copy_scripts; hide_dotnet; feed
  expect_equal 3 "$code"
  expect_in '.NET 10 SDK' "$work/err"
}
