@echo off
rem Installs connhub for the user who runs it: no network, no administrator.
setlocal
set "TARGET=%LOCALAPPDATA%\connhub"
if not "%~1"=="" set "TARGET=%~1"
rem pushd, not cd: it also works in folders of a file server.
pushd "%~dp0" || goto :failed
set "PYTHON="
rem Where the install manager of Python is py, it must not look for a download.
set "PYTHON_MANAGER_AUTOMATIC_INSTALL=false"
for %%V in (3.13 3.12 3.11) do call :try py -%%V
call :try python
if not defined PYTHON goto :no_python
echo Installing into "%TARGET%" with %PYTHON% ...
%PYTHON% -m venv "%TARGET%" || goto :failed
"%TARGET%\Scripts\python.exe" -m pip install --isolated --quiet --disable-pip-version-check --no-index --find-links wheels "connhub[report]" || goto :failed
"%TARGET%\Scripts\connhub.exe" --version || goto :failed
"%TARGET%\Scripts\connhub.exe" check sample\transactions.csv sample\firms.csv --missing-amount exclude || goto :failed
echo.
echo Done. Start it with:
echo   "%TARGET%\Scripts\connhub.exe" --help
if "%~1"=="" pause
exit /b 0

:try
if defined PYTHON exit /b 0
%* -c "import struct, sys; sys.exit(struct.calcsize('P') != 8 or sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))" >nul 2>&1
if not errorlevel 1 set "PYTHON=%*"
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
