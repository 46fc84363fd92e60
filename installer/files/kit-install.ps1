# Installs Tankside from this folder on Windows, without a network: install.ps1 [-Target FOLDER]
# Untried: it was written without a Windows machine (docs/operations.md).
param([string]$Target = "$env:LOCALAPPDATA\Tankside", [string]$Python = "py")
$ErrorActionPreference = "Stop"
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
if (Test-Path "$Target\venv") { throw "$Target\venv is there already; nothing was changed" }
New-Item -ItemType Directory -Force $Target | Out-Null
& $Python -m venv --without-pip "$Target\venv"
if ($LASTEXITCODE -ne 0) { throw "Python 3.11 or later is needed" }
try {
    $env:PYTHONPATH = (Get-ChildItem "$here\wheelhouse\pip-*.whl").FullName
    & "$Target\venv\Scripts\python.exe" -m pip --isolated install --quiet --no-index --no-deps `
        --disable-pip-version-check --no-cache-dir --require-hashes `
        --find-links "$here\wheelhouse" -r "$here\requirements.txt"
    if ($LASTEXITCODE -ne 0) { throw "pip could not install the wheels" }
    $env:PYTHONPATH = ""
    & "$Target\venv\Scripts\tankside.exe" --selftest
    if ($LASTEXITCODE -ne 0) { throw "the self-test failed" }
} catch { Remove-Item -Recurse -Force "$Target\venv"; throw }
Write-Host "Tankside is installed; start it with: $Target\venv\Scripts\tankside.exe"
