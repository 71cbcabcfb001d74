#!/bin/sh
# unbrick @VERSION@ for @TARGET@ in one file: this text, then the program, packed. Started for the
# first time, it unpacks itself into a private folder. Nothing is fetched.
set -u
PATH=${PATH:+$PATH:}/usr/bin:/bin:/usr/sbin:/sbin
export PATH

name=@NAME@
program=@PROGRAM@
script=@SCRIPT@
self=$0
user=$(id -u)
tried=''

fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

# Notes why $folder is not used.
because() {
  tried="$tried
  $folder: $1"
  return 1
}

is_own() { [ -n "$(find "$1" -prune -type d -user "$user" 2>/dev/null)" ]; }

# Whether nobody else can put a program there for us to start.
is_private() { [ -n "$(find "$1" -prune -type d -user "$user" -perm 700 2>/dev/null)" ]; }

cache=${XDG_CACHE_HOME:-}
# With sudo, HOME may be somebody else's: nothing of ours is left there.
if [ -z "$cache" ] && [ -n "${HOME:-}" ] && is_own "$HOME"; then
  case @TARGET@ in
    *-apple-darwin) cache=$HOME/Library/Caches ;;
    *) cache=$HOME/.cache ;;
  esac
fi

# Does something with one folder after the other until it succeeds; $folder is the one.
in_some_folder() {
  for folder in "${cache:+$cache/unbrick}" "${TMPDIR:+${TMPDIR%/}/unbrick-$user}" \
    "/var/tmp/unbrick-$user" "/tmp/unbrick-$user" "/dev/shm/unbrick-$user"; do
    case $folder in
      /*) "$1" && return 0 ;;
    esac
  done
  return 1
}

# After a loss of power a file can be there with its name and nothing in it.
has_bytes() { [ -n "$(find "$1" -prune -type f -size "$2c" 2>/dev/null)" ]; }

# -x is false, too, where the disk forbids programs.
is_unpacked() {
  is_private "$folder" && is_private "$folder/$name" &&
    { [ -z "$script" ] || has_bytes "$folder/$name/$script" @SCRIPT_BYTES@; } &&
    has_bytes "$folder/$name/$program" @PROGRAM_BYTES@ && [ -x "$folder/$name/$program" ]
}

starts_programs() {
  printf '#!/bin/sh\n' >"$folder/try.$$" && chmod 700 "$folder/try.$$" && "$folder/try.$$"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi <"$1" | cut -c 1-64
}

write_files() {
  mkdir -m 700 "$part" || return 1
  if [ -n "$script" ]; then
    tail -c +@SCRIPT_START@ "$self" | head -c @SCRIPT_PACKED@ | gzip -dc >"$part/$script" || return 1
  fi
  # Only the last one can tell that the disk is full; the others would complain of it.
  { tail -c +@PROGRAM_START@ "$self" | gzip -dc | tail -c +@PROGRAM_OFFSET@; } 2>/dev/null |
    head -c @PROGRAM_BYTES@ >"$part/$program" && chmod 700 "$part/$program"
}

is_whole() {
  { [ -z "$script" ] || [ "$(sha256 "$part/$script")" = "@SCRIPT_SHA256@" ]; } &&
    [ "$(sha256 "$part/$program")" = "@PROGRAM_SHA256@" ]
}

# Every file gets its name when it is whole, the program last: two may do this at the same time.
unpack() {
  [ -z "$cache" ] || [ "$folder" != "$cache/unbrick" ] || (umask 077 && mkdir -p "$cache") 2>/dev/null
  error=$(mkdir -m 700 "$folder" 2>&1)
  [ -d "$folder" ] || because "${error##*: }" || return 1
  is_private "$folder" || because "others can use it, too" || return 1
  error=$(starts_programs 2>&1) || because "programs cannot be started there: ${error##*: }"
  started=$?
  rm -f "$folder/try.$$"
  [ "$started" = 0 ] || return 1
  for part in "$folder"/part.* "$folder"/try.*; do
    kill -0 "${part##*.}" 2>/dev/null || rm -rf "$part"
  done
  part=$folder/part.$$
  trap 'rm -rf "$part"; exit 130' HUP INT TERM
  printf 'unbrick unpacks itself into %s, only this time ...\n' "$folder" >&2
  if ! error=$(write_files 2>&1); then
    rm -rf "$part"
    because "needs @NEEDED_MB@ MB: ${error##*: }"
    return 1
  fi
  if ! is_whole; then
    rm -rf "$part"
    fail "$self is damaged" "Copy it again, and compare it with SHA256SUMS"
  fi
  if ! "$part/$program" --version >/dev/null 2>&1; then
    rm -rf "$part"
    fail "The program for @TARGET@ does not start on this computer" "It needs @NEEDS@"
  fi
  mkdir -m 700 "$folder/$name" 2>/dev/null
  if [ -n "$script" ]; then mv -f "$part/$script" "$folder/$name/$script"; fi &&
    mv -f "$part/$program" "$folder/$name/$program"
  moved=$?
  rm -rf "$part"
  trap - HUP INT TERM
  [ "$moved" = 0 ] || because "could not be written to" || return 1
  remove_old
}

# Other versions, unless they were unpacked today: two sticks may be in use.
remove_old() {
  for old in "$folder"/[0-9]*-????????????????; do
    if [ "$old" != "$folder/$name" ] &&
      [ -n "$(find "$old" -prune -type d -mtime +0 2>/dev/null)" ]; then
      rm -rf "$old" || :
    fi
  done
}

in_some_folder is_unpacked || in_some_folder unpack ||
  fail "unbrick found no folder to unpack itself into:$tried" \
    "Name one in which programs may start: XDG_CACHE_HOME=/some/folder sh $self"

if [ -z "${UNBRICK_FOLDER:-}" ]; then
  UNBRICK_FOLDER=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd)
fi
folder=$folder/$name
DENO_DIR=$folder/cache DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
export UNBRICK_FOLDER DENO_DIR DENO_NO_UPDATE_CHECK DENO_NO_PACKAGE_JSON
exec "$folder/$program" @RUN@ "$@"
exit
