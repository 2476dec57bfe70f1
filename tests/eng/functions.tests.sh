# ./miyabi functions and eng/functions.sh, with tools that pretend.
# shellcheck shell=sh

# A `func` that notes what it is given and what lies where it is to start; a node whose connections succeed when $STUB/listening is there,
# and that is Azurite until it is ended.
pretend_tools() {
  copy_scripts; pretend_dotnet
  cp "$root/local.settings.sample.json" "$root/host.json" "$checkout/"
  mkdir -p "$checkout/artifacts"
  echo '<Project><PropertyGroup><MiyabiFeed>full</MiyabiFeed></PropertyGroup></Project>' > "$checkout/artifacts/feed.props"
  cat > "$STUB/build.sh" <<'STUB_END'
mkdir -p "$STUB/../a checkout/artifacts/functions/bin/Orchestrator.Functions/release"
STUB_END
  cat > "$work/bin/func" <<'STUB_END'
#!/bin/sh
echo "func $*" >> "$STUB/../calls"
cat "$3/local.settings.json" > "$STUB/settings"
[ ! -f "$STUB/func.code" ] || exit "$(cat "$STUB/func.code")"
STUB_END
  cat > "$work/bin/node" <<'STUB_END'
#!/bin/sh
case $1 in
  -e) [ -f "$STUB/listening" ] ;;
  --version) echo v22.0.0 ;;
  *) echo "azurite $*" >> "$STUB/../calls"; : > "$STUB/listening"; echo $$ > "$STUB/azurite.pid"; exec sleep 300 ;;
esac
STUB_END
  printf '#!/bin/sh\nmkdir -p node_modules/azurite && : > node_modules/azurite/installed\n' > "$work/bin/npm"
  chmod +x "$work/bin/func" "$work/bin/node" "$work/bin/npm"
}
functions() { # ARGS: exit code in $code
  code=0
  "$checkout/miyabi" functions "$@" > "$work/out" 2> "$work/err" || code=$?
}

Functions_NothingListens_AzuriteIsStartedAndEnded() {
  pretend_tools; functions --port 7072
  expect_equal 0 "$code"
  expect_calls azurite 1
  expect_in "func start --script-root $checkout/artifacts/functions/bin/Orchestrator.Functions/release --port 7072" "$calls"
  ! kill -0 "$(cat "$STUB/azurite.pid")" 2> /dev/null || fail 'Azurite goes on'
}

Functions_AzuriteListens_NoneIsStarted() {
  pretend_tools; : > "$STUB/listening"; functions
  expect_equal 0 "$code"
  expect_calls azurite 0
}

Functions_NoSettings_TheSampleIsUsed() {
  pretend_tools; : > "$STUB/listening"; functions
  cmp "$STUB/settings" "$root/local.settings.sample.json" || fail 'other settings'
  expect_absent "$checkout/local.settings.json"
}

Functions_FuncFails_PassesItsExitCode() {
  pretend_tools; : > "$STUB/listening"; echo 9 > "$STUB/func.code"; functions
  expect_equal 9 "$code"
}

Functions_NoFunc_SaysHowToGetIt_AndBuildsNothing() {
  pretend_tools; rm "$work/bin/func"; hide_func; functions
  expect_equal 3 "$code"
  expect_in 'azure-functions-core-tools@4' "$work/err"
  expect_calls build 0
}

Functions_PartialFeed_IsRefused() {
  pretend_tools
  mkdir -p "$checkout/artifacts/local-feed" && : > "$checkout/artifacts/local-feed/System.IO.Hashing.6.0.0.nupkg"
  echo '<Project><PropertyGroup><MiyabiFeed>partial</MiyabiFeed></PropertyGroup></Project>' > "$checkout/artifacts/feed.props"
  functions
  expect_equal 3 "$code"
  expect_in 'lacks the Azure Functions SDK' "$work/err"
  expect_calls build 0
}

Functions_BuildFails_SaysWhy() {
  pretend_tools; echo 1 > "$STUB/build.code"; echo 'x.cs(1,1): error CS1: no' > "$STUB/build.out"; functions
  expect_equal 3 "$code"
  expect_in 'error CS1: no' "$work/err"
}

# Whoever tests this may have a real one.
hide_func() {
  mkdir -p "$work/system"
  for tool in sh env find readlink dirname basename cat mkdir mktemp rm mv cp cmp ln sed sort tr head tail grep sleep date; do
    ln -s "$(command -v "$tool")" "$work/system/$tool"
  done
  PATH=$work/bin:$work/system
}
