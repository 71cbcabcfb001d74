#!/usr/bin/env bash
# What `run.sh` runs inside: the stick as Windows sees it (drive Z: is /), against curl and in.tftpd
# of Linux, then the tests. Prints what was seen, and ends with 1 when something failed.
# shellcheck disable=SC2317 # the functions are called by "check"
set -uo pipefail
cd /mnt/home || exit 1

deno='Z:\mnt\home\deno.exe'
map='--import-map=Z:\mnt\project\lib\npm_fallback\import_map.json'
export DENO_DIR='Z:\mnt\home\deno' DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
failed=0

check() {
  local name=$1
  shift
  if "$@"; then echo "ok      $name"; else
    echo "FAILED  $name"
    failed=1
  fi
}

unbrick() {
  wine cmd /c 'Z:\mnt\stick\unbrick.cmd' "$@" 2>> errors.txt
}

names_itself() {
  unbrick --version | tr -d '\r'
}

starts() {
  local TIMEFORMAT="        started and ended in %R s"
  for _ in 1 2 3; do time unbrick --version > /dev/null || return; done
  du -h --apparent-size /mnt/stick/programs/*
}

serves_to_curl() {
  rm -f copy.bin && : > events.txt
  unbrick serve 'Z:\mnt\home\image.bin' --address 127.0.0.1 --once --json > events.txt &
  until grep -q '"listening"' events.txt; do kill -0 $! && sleep 0.1 || return; done
  curl -sS -o copy.bin tftp://127.0.0.1/image.bin && cmp image.bin copy.bin && wait $!
}

pushes_to_tftpd() {
  rm -rf inbox && mkdir -m 777 inbox
  in.tftpd --listen --address 127.0.0.1:6969 --create --permissive --secure /mnt/home/inbox
  unbrick push 'Z:\mnt\home\image.bin' 127.0.0.1 --port 6969 --wait 30 > push.txt &&
    cmp image.bin inbox/image.bin
}

says_that_nothing_lists_interfaces() {
  : > errors.txt
  ! unbrick interfaces > /dev/null && grep -q "Neither PowerShell nor netsh" errors.txt
}

smoke() {
  wine "$deno" run -q -A --no-lock --cached-only "$map" 'Z:\mnt\project\test\smoke\main.ts' \
    --no-interfaces cmd /c 'Z:\mnt\stick\unbrick.cmd' 2>> errors.txt
}

# Building fetches for Windows and writes into the project; neither can be done here.
tests() {
  (cd /mnt/project && wine "$deno" test -q -A --no-lock --no-check --cached-only --unstable-net \
    --parallel --ignore=test/tools/build "$map" test > /mnt/home/tests.txt 2>&1)
  local code=$?
  tail -n 3 tests.txt | grep -a passed
  if [ "$code" != 0 ]; then grep -a FAILED tests.txt; fi
  return "$code"
}

: > errors.txt
mkdir -p deno && ln -sfn /mnt/packages deno/npm
head -c 3000000 /dev/urandom > image.bin
wine --version
[ -d prefix ] || WINEDLLOVERRIDES='mscoree=;mshtml=' timeout 300 wineboot --init > boot.txt 2>&1

check "names itself" names_itself
check "starts" starts
check "serves to curl from port 69" serves_to_curl
check "pushes to in.tftpd" pushes_to_tftpd
check "says that nothing lists the interfaces here" says_that_nothing_lists_interfaces
check "smoke test" smoke
check "tests" tests
wineserver -k
exit "$failed"
