# eng/azurite.sh: the emulator that tests run against.
# shellcheck shell=sh

# A node that says which version it is, and an npm that makes one file and notes its calls.
pretend_node() { # VERSION
  mkdir -p "$work/bin"
  printf '#!/bin/sh\necho v%s\n' "$1" > "$work/bin/node"
  cat > "$work/bin/npm" <<'STUB_END'
#!/bin/sh
echo "$*" >> "$STUB/../calls"
[ ! -f "$STUB/npm.out" ] || cat "$STUB/npm.out"
[ ! -f "$STUB/npm.code" ] || exit "$(cat "$STUB/npm.code")"
mkdir -p node_modules/azurite && : > node_modules/azurite/installed
STUB_END
  chmod +x "$work/bin/node" "$work/bin/npm"
  PATH=$work/bin:$PATH
}
azurite() { # runs it; exit code in $code
  code=0
  "$checkout/eng/azurite.sh" > "$work/out" 2> "$work/err" || code=$?
}
expect_nothing_left() { expect_equal '' "$(find "$checkout/artifacts" -name 'azurite*' 2> /dev/null)"; }

Azurite_FirstTime_IsInstalledAsPinned() {
  copy_scripts; pretend_node 20.1.0; azurite
  expect_equal 0 "$code"
  expect_calls 'ci --ignore-scripts' 1
  cmp "$checkout/eng/azurite/package-lock.json" "$checkout/artifacts/azurite/installed-lock.json" || fail 'not as the lock file says'
  [ -f "$checkout/artifacts/azurite/node_modules/azurite/installed" ] || fail 'not installed'
  expect_equal "$checkout/artifacts/azurite" "$(find "$checkout/artifacts" -maxdepth 1 -name 'azurite*')"
}

Azurite_SecondTime_AsksNobody() {
  copy_scripts; pretend_node 20.1.0; azurite; azurite
  expect_equal 0 "$code"
  expect_calls ci 1
  expect_equal '' "$(cat "$work/out")"
}

Azurite_PinChanged_IsInstalledAgain() {
  copy_scripts; pretend_node 20.1.0; azurite
  echo >> "$checkout/eng/azurite/package-lock.json"
  azurite
  expect_equal 0 "$code"
  expect_calls ci 2
}

Azurite_NoNode_SaysSo() {
  copy_scripts; hide_dotnet # and with it node and npm
  azurite
  expect_equal 3 "$code"
  expect_in 'Install Node.js 20' "$work/err"
  expect_nothing_left
}

Azurite_OldNode_SaysSo() {
  copy_scripts; pretend_node 18.20.1; azurite
  expect_equal 3 "$code"
  expect_in 'v18.20.1 is too old' "$work/err"
  expect_nothing_left
}

Azurite_NpmFails_SaysSoAndLeavesNothing() {
  copy_scripts; pretend_node 22.0.0
  echo 1 > "$STUB/npm.code"; echo 'npm error network' > "$STUB/npm.out"
  azurite
  expect_equal 3 "$code"
  expect_in 'npm error network' "$work/err"
  expect_nothing_left
}

AzuritePin_LockFile_NamesNoRegistryAndEveryDigest() {
  lock=$root/eng/azurite/package-lock.json
  ! grep -q '"resolved"' "$lock" || fail 'it names where packages were found; npm install --package-lock-only --omit-lockfile-registry-resolved leaves that out'
  expect_equal "$(grep -c '"node_modules/' "$lock")" "$(grep -c '"integrity"' "$lock")"
  expect_in '"azurite": "3.37.0"' "$root/eng/azurite/package.json"
}
