#!/bin/sh
# Starts unbrick on Linux and macOS: sh unbrick.sh [arguments]. No execute bit is needed.
PATH=${PATH:+$PATH:}/usr/bin:/bin
UNBRICK_FOLDER=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
export UNBRICK_FOLDER

case $(uname -m) in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) machine=$(uname -m) ;;
esac
case $(uname -s) in
  Linux) system=unknown-linux-gnu ;;
  Darwin) system=apple-darwin ;;
  *) system=$(uname -s) ;;
esac
program=$UNBRICK_FOLDER/programs/unbrick-$machine-$system

# Started with a double click and without a window: opens one.
if [ $# = 0 ] && [ ! -t 0 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  for terminal in x-terminal-emulator gnome-terminal konsole xfce4-terminal xterm; do
    command -v "$terminal" >/dev/null || continue
    case $terminal in
      gnome-terminal) exec "$terminal" -- sh "$UNBRICK_FOLDER/unbrick.sh" ;;
      xfce4-terminal) exec "$terminal" -x sh "$UNBRICK_FOLDER/unbrick.sh" ;;
      *) exec "$terminal" -e sh "$UNBRICK_FOLDER/unbrick.sh" ;;
    esac
  done
fi

run() {
  if [ -f "$program" ]; then
    sh "$program" "$@"
  else
    printf 'error: This stick has no unbrick for %s-%s\nhint: It has:\n' "$machine" "$system" >&2
    (cd "$UNBRICK_FOLDER/programs" && ls) >&2
    return 1
  fi
}

if [ $# != 0 ]; then
  [ ! -f "$program" ] || exec sh "$program" "$@"
  run "$@"
  exit
fi

# Ctrl-C is for the program; this script stays to keep the window open.
trap : INT
run
code=$?
if [ "$code" != 0 ] && [ "$code" != 130 ] && [ -t 0 ]; then
  printf 'Press Enter to close this window. '
  read -r _
fi
exit "$code"
