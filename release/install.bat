@echo off
rem Installs connhub for the user who runs it: no network, no administrator.
setlocal
cd /d "%~dp0"
set "TARGET=%LOCALAPPDATA%\connhub"
if not "%~1"=="" set "TARGET=%~1"
set "PYTHON="
for %%V in (3.13 3.12 3.11) do call :try %%V
if not defined PYTHON goto :no_python
echo Installing into "%TARGET%" with %PYTHON% ...
%PYTHON% -m venv "%TARGET%" || goto :failed
"%TARGET%\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels "connhub[report]" || goto :failed
"%TARGET%\Scripts\connhub.exe" --version || goto :failed
"%TARGET%\Scripts\connhub.exe" check sample\transactions.csv sample\firms.csv --missing-amount exclude || goto :failed
echo.
echo Done. Start it with:
echo   "%TARGET%\Scripts\connhub.exe" --help
if "%~1"=="" pause
exit /b 0

:try
if defined PYTHON exit /b 0
py -%1 -c "import struct, sys; sys.exit(struct.calcsize('P') != 8)" >nul 2>&1
if not errorlevel 1 set "PYTHON=py -%1"
exit /b 0

:no_python
echo Python 3.11, 3.12 or 3.13 (64 bit) was not found. 1>&2
echo Ask your administrator for one of them, and run this file again. 1>&2
if "%~1"=="" pause
exit /b 2

:failed
echo Something failed; see the lines above. Delete "%TARGET%" before you try again. 1>&2
if "%~1"=="" pause
exit /b 1
