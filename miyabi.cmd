@echo off
rem The launcher for Windows: what ./miyabi and eng/publish.sh do elsewhere, in short. It means the full public feed, asks nothing,
rem and takes no lock. Exit codes: the command's own; 3 when it cannot be built or started.
setlocal
set "ROOT=%~dp0"
set "APPS=%ROOT%artifacts\app"
where dotnet >nul 2>nul || (
  echo miyabi: there is no "dotnet" on the PATH. Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
  exit /b 3
)
set DOTNET_NOLOGO=1
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set "STALE="
if not exist "%APPS%\current" set STALE=1
if not defined STALE powershell -NoProfile -Command "$t=(Get-Item '%APPS%\current').LastWriteTimeUtc; $p='src','samples\RepoReport','schemas','Directory.*.props','Directory.*.targets','*.sln','global.json' | ForEach-Object { Join-Path $env:ROOT $_ } | Where-Object { Test-Path $_ }; if (Get-Item $p | ForEach-Object { $_; if ($_.PSIsContainer) { Get-ChildItem $_ -Recurse } } | Where-Object { $_.LastWriteTimeUtc -gt $t } | Select-Object -First 1) { exit 1 }" || set STALE=1
if defined STALE call :publish || exit /b 3
set /p APP=<"%APPS%\current"
dotnet "%APPS%\%APP%\miyabi.dll" %*
exit /b %ERRORLEVEL%

:publish
echo Building Miyabi (first use or changed sources, about a minute)... 1>&2
if not exist "%APPS%" mkdir "%APPS%"
set "NAME=windows-%RANDOM%%RANDOM%"
set "LOG=%ROOT%artifacts\publish.log"
>"%APPS%\began" echo %NAME%
pushd "%ROOT%"
set "OPTIONS=-c Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=true -p:RunAnalyzers=false -p:UseSharedCompilation=false -nodeReuse:false -tl:off"
dotnet publish src\Miyabi.Cli %OPTIONS% "-p:ArtifactsPath=%ROOT%artifacts\publish" -o "%APPS%\%NAME%" >"%LOG%" 2>&1 && ^
dotnet publish samples\RepoReport %OPTIONS% "-p:ArtifactsPath=%ROOT%artifacts\publish" -o "%ROOT%artifacts\samples" >>"%LOG%" 2>&1
if errorlevel 1 goto :failed
popd
move /y "%APPS%\began" "%APPS%\current" >nul
exit /b 0

:failed
popd
type "%LOG%" 1>&2
echo miyabi: could not be built. The whole output is in "%LOG%" 1>&2
exit /b 1
