# What artifacts/feed.props does to real restores and publishes.
# shellcheck shell=sh

# A tiny project inside the sandbox's copy of the repository, without the analyzers that every project here gets.
write_project() { # PROPERTIES ITEMS
  mkdir -p "$checkout/src/Tiny"
  cat > "$checkout/src/Tiny/Tiny.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType>$1</PropertyGroup>
  <ItemGroup><PackageReference Remove="@(PackageReference)" />$2</ItemGroup>
</Project>
END
  echo 'return 0;' > "$checkout/src/Tiny/Program.cs"
}
decide() { MIYABI_FEED=$1 "$checkout/eng/feed.sh" > /dev/null || fail 'eng/feed.sh failed'; }
run_dotnet() { # ARGS: exit code in $code
  code=0
  dotnet "$@" -p:UseSharedCompilation=false -nodeReuse:false -tl:off > "$work/out" 2>&1 || code=$?
}

PartialFeed_BlobsFromAnEmptyCache_RestoresBesideTheSources() {
  copy_scripts; decide partial
  NUGET_PACKAGES=$work/users-cache; export NUGET_PACKAGES
  write_project '' '<PackageReference Include="Azure.Storage.Blobs" />'
  run_dotnet restore "$checkout/src/Tiny"
  [ "$code" -eq 0 ] || fail "$(cat "$work/out")"
  [ -d "$checkout/artifacts/nuget/azure.storage.blobs/12.17.0" ] || fail 'Azure.Storage.Blobs is not in artifacts/nuget'
  [ -d "$checkout/artifacts/nuget/system.io.hashing/6.0.0" ] || fail 'System.IO.Hashing is not in artifacts/nuget'
  expect_absent "$work/users-cache"
}

FullFeed_Blobs_AreTheNewest() {
  copy_scripts
  write_project '' '<PackageReference Include="Azure.Storage.Blobs" />'
  expect_equal 12.30.0 "$(dotnet msbuild "$checkout/src/Tiny" -getProperty:AzureBlobsVersion)"
}

PartialFeed_NoOtherSource_ServesHashingOfTheSdk() {
  copy_scripts; decide partial
  echo '<configuration><packageSources><clear /></packageSources></configuration>' > "$checkout/NuGet.Config"
  write_project '<ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>' \
    '<PackageReference Include="System.IO.Hashing" Version="6.0.0" />'
  run_dotnet restore "$checkout/src/Tiny"
  [ "$code" -eq 0 ] || fail "$(cat "$work/out")"
  cmp "$checkout/artifacts/nuget/system.io.hashing/6.0.0/lib/net10.0/System.IO.Hashing.dll" \
    "$(dotnet msbuild "$checkout/src/Tiny" -getProperty:MSBuildSDKsPath)/Microsoft.NET.Sdk/tools/net10.0/System.IO.Hashing.dll" ||
    fail 'not the assembly of the SDK'
}

FunctionApp_PublishedOnPartialFeed_IsRefused() {
  copy_scripts; decide partial
  write_project '<MiyabiFunctionApp>true</MiyabiFunctionApp>' ''
  run_dotnet publish "$checkout/src/Tiny" -o "$work/published"
  expect_equal 1 "$code"
  expect_in 'error MIYABI0001: Tiny cannot be published' "$work/out"
  expect_absent "$work/published"
}

FunctionApp_BuiltOnPartialFeed_Builds() {
  copy_scripts; decide partial
  write_project '<MiyabiFunctionApp>true</MiyabiFunctionApp>' ''
  run_dotnet build "$checkout/src/Tiny"
  [ "$code" -eq 0 ] || fail "$(cat "$work/out")"
}

FunctionApp_PublishedOnFullFeed_Publishes() {
  copy_scripts; decide full
  write_project '<MiyabiFunctionApp>true</MiyabiFunctionApp>' ''
  run_dotnet publish "$checkout/src/Tiny" -o "$work/published"
  [ "$code" -eq 0 ] || fail "$(cat "$work/out")"
  [ -f "$work/published/Tiny.dll" ] || fail 'nothing was published'
}

OtherProject_PublishedOnPartialFeed_Publishes() {
  copy_scripts; decide partial
  write_project '' ''
  run_dotnet publish "$checkout/src/Tiny" -o "$work/published"
  [ "$code" -eq 0 ] || fail "$(cat "$work/out")"
}
