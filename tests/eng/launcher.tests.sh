# ./miyabi and eng/publish.sh, with a dotnet that pretends.
# shellcheck shell=sh

launch() { # ARGS: exit code in $code
  code=0
  "$checkout/miyabi" "$@" > "$work/out" 2> "$work/err" || code=$?
}

Launcher_FirstUse_PublishesAndRuns() {
  copy_scripts; pretend_dotnet
  echo 'shift; printf "<%s>" "$@"' > "$STUB/run.sh"
  launch plan 'a b.json' '*' ''
  expect_equal 0 "$code"
  expect_equal '<plan><a b.json><*><>' "$(tail -n 1 "$work/out")"
  expect_equal 1 "$(wc -l < "$work/out" | tr -d ' ')" # the pretended dotnet's own line, and nothing of the build
  expect_equal 'Building Miyabi (first use, about a minute)...' "$(cat "$work/err")"
  [ -f "$checkout/artifacts/samples/published" ] || fail 'the sample was not published'
}

Launcher_NothingChanged_RunsAtOnce() {
  copy_scripts; pretend_dotnet; launch; : > "$calls"; launch --help
  expect_equal "" "$(cat "$work/err")"
  expect_calls '' 1
  expect_in '--help' "$calls"
}

Launcher_SourceSaved_PublishesAgain() {
  copy_scripts; pretend_dotnet; launch; : > "$calls"
  echo '// changed' >> "$checkout/src/Miyabi.Cli/Program.cs"
  launch
  expect_calls publish 2
}

Launcher_SourceDeleted_PublishesAgain() {
  copy_scripts; pretend_dotnet; launch; : > "$calls"
  rm "$checkout/src/Miyabi.Cli/Program.cs"
  launch
  expect_calls publish 2
}

Launcher_VersionsChanged_PublishesAgain() {
  copy_scripts; pretend_dotnet; launch; : > "$calls"
  echo '<!-- -->' >> "$checkout/Directory.Packages.props"
  launch
  expect_calls publish 2
}

Launcher_SourceSavedWhileBuilding_PublishesNextTime() {
  copy_scripts; pretend_dotnet
  echo "echo '// later' >> '$checkout/src/Miyabi.Cli/Program.cs'" > "$STUB/publish.sh"
  launch; rm "$STUB/publish.sh"; : > "$calls"; launch
  expect_calls publish 2
}

Launcher_CommandFails_PassesItsExitCode() {
  copy_scripts; pretend_dotnet; echo 130 > "$STUB/run.code"; launch
  expect_equal 130 "$code"
}

Launcher_Running_IsTheCommandItself() {
  copy_scripts; pretend_dotnet; launch
  echo 'echo $$' > "$STUB/run.sh" # a signal sent to the launcher has to reach the command
  "$checkout/miyabi" > "$work/out" & launcher=$!
  wait "$launcher"
  expect_equal "$launcher" "$(tail -n 1 "$work/out")"
}

Launcher_LinkFromElsewhere_RunsInTheCallersFolder() {
  copy_scripts; pretend_dotnet
  mkdir -p "$work/links" "$work/elsewhere"
  ln -s "$checkout/miyabi" "$work/links/first"
  ln -s first "$work/links/miyabi"
  echo 'pwd' > "$STUB/run.sh"
  cd "$work/elsewhere" && PATH=$work/links:$PATH
  miyabi list > "$work/out" 2> "$work/err" || fail "$(cat "$work/err")"
  expect_in 'miyabi.dll list' "$work/out"
  expect_equal "$(pwd -P)" "$(tail -n 1 "$work/out")"
}

Launcher_TwoFirstUses_PublishOnce() {
  copy_scripts; pretend_dotnet
  # The first build ends only when the second launcher has said that it waits.
  echo 'while [ ! -f "$STUB/go" ]; do sleep 0.05; done' > "$STUB/publish.sh"
  "$checkout/miyabi" one > "$work/out1" 2> "$work/err1" & first=$!
  eventually grep -q '^publish' "$calls"
  "$checkout/miyabi" two > "$work/out2" 2> "$work/err2" & second=$!
  eventually grep -q Waiting "$work/err2"
  : > "$STUB/go"
  wait "$first" || fail "$(cat "$work/err1")"
  wait "$second" || fail "$(cat "$work/err2")"
  expect_calls publish 2 # the command and the sample
  expect_in 'miyabi.dll one' "$work/out1"
  expect_in 'miyabi.dll two' "$work/out2"
}

Launcher_LockOfTheDead_IsRemoved() {
  copy_scripts; pretend_dotnet
  sh -c 'exit 0' & dead=$!
  wait "$dead"
  mkdir -p "$checkout/artifacts/app"
  ln -s "$dead" "$checkout/artifacts/app/lock"
  launch
  expect_equal 0 "$code"
  expect_calls publish 2
  expect_absent "$checkout/artifacts/app/lock.broken"
}

Launcher_BuildFails_ShowsTheErrorAndKeepsTheOldBuild() {
  copy_scripts; pretend_dotnet; launch
  before=$(cat "$checkout/artifacts/app/current")
  echo '// changed' >> "$checkout/src/Miyabi.Cli/Program.cs"
  echo 1 > "$STUB/publish.code"
  echo 'Program.cs(1,1): error CS1002: ; expected' > "$STUB/publish.out"
  launch
  expect_equal 3 "$code"
  expect_equal '' "$(cat "$work/out")"
  expect_in 'error CS1002' "$work/err"
  expect_in artifacts/publish.log "$work/err"
  expect_equal "$before" "$(cat "$checkout/artifacts/app/current")"
  [ ! -L "$checkout/artifacts/app/lock" ] || fail 'the lock was left'
}

Launcher_NewBuild_KeepsTheFolderOfACommandThatRuns() {
  copy_scripts; pretend_dotnet; launch
  before=$(cat "$checkout/artifacts/app/current")
  echo '// changed' >> "$checkout/src/Miyabi.Cli/Program.cs"
  launch
  [ "$before" != "$(cat "$checkout/artifacts/app/current")" ] || fail 'the new build has the old one'"'"'s folder'
  [ -f "$checkout/artifacts/app/$before/published" ] || fail 'the old build is gone'
}

Launcher_FeedUnreachable_SaysSo() {
  copy_scripts; pretend_dotnet
  echo 1 > "$STUB/identity.code"
  echo 'p.csproj : error NU1301: Unable to load the service index' > "$STUB/identity.out"
  launch
  expect_equal 3 "$code"
  expect_in 'Check the network' "$work/err"
  expect_calls publish 0
}

Launcher_NoDotnet_SaysWhatToInstall() {
  copy_scripts; hide_dotnet; launch
  expect_equal 3 "$code"
  expect_in '.NET 10 SDK' "$work/err"
}

Launcher_DotnetRemovedAfterTheBuild_SaysWhatToInstall() {
  copy_scripts; pretend_dotnet; launch; hide_dotnet; launch
  expect_equal 3 "$code"
  expect_in '.NET 10 SDK' "$work/err"
}

Launcher_NoFittingSdk_SaysWhatToInstall() {
  copy_scripts; pretend_dotnet
  echo 145 > "$STUB/--version.code"
  echo 'A compatible .NET SDK was not found.' > "$STUB/--version.out"
  launch
  expect_equal 3 "$code"
  expect_in 'A compatible .NET SDK was not found.' "$work/err"
  expect_in '.NET 10 SDK' "$work/err"
}

Launcher_ThisCheckout_ShowsHelp() {
  "$root/miyabi" --help > "$work/out" || fail "exit code $?"
}
