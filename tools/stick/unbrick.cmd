@echo off
rem Starts unbrick on Windows. A double click is enough; arguments may follow.
setlocal DisableDelayedExpansion
title unbrick
set "UNBRICK_FOLDER=%~dp0."
set "machine=%PROCESSOR_ARCHITECTURE%"
if defined PROCESSOR_ARCHITEW6432 set "machine=%PROCESSOR_ARCHITEW6432%"
if /i "%machine%"=="AMD64" set "machine=x86_64"
if /i "%machine%"=="ARM64" set "machine=aarch64"
set "program=%~dp0programs\unbrick-%machine%-pc-windows-msvc"
set "DENO_NO_UPDATE_CHECK=1"
set "DENO_NO_PACKAGE_JSON=1"
set "DENO_DIR=%TEMP%\unbrick"
if defined LOCALAPPDATA set "DENO_DIR=%LOCALAPPDATA%\unbrick"

if exist "%program%.exe" goto compiled
if exist "%program%\deno.exe" goto portable
echo error: This stick has no unbrick for Windows on %machine%
echo hint: It needs a 64-bit Windows 10 or newer; the folder "programs" shows what there is
set "code=1"
goto end

:compiled
"%program%.exe" %*
set "code=%errorlevel%"
goto end

:portable
"%program%\deno.exe" @RUN@ "%program%\unbrick.js" %*
set "code=%errorlevel%"

:end
rem With arguments it was typed, and the window stays by itself.
if not "%code%"=="0" if not "%code%"=="130" if "%~1"=="" pause
exit /b %code%
