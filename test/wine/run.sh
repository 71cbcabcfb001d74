#!/usr/bin/env bash
# Runs the stick and the tests with Windows' Deno under wine 10 (`deno task test:wine`; Debian, root).
# The wine of Debian 12 is too old for Deno, so that of Debian 13 lives in .cache/wine/debian: the
# first run fetches about 400 MB from the mirror this computer uses. What it does there reaches
# neither this computer's mounts nor its network. Takes some minutes, and is stopped after forty.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=$PWD/.cache/wine
debian=$cache/debian

# The places the checks see inside: the project, the stick, Deno's packages, and room to write.
inside() {
  # The expansions are for the shell in the namespaces.
  # shellcheck disable=SC2016
  timeout 2400 unshare --mount --net --pid --fork --kill-child bash -euc '
    debian=$1 project=$2 cache=$3 packages=$4
    mount --make-rprivate /
    mount -t proc proc "$debian/proc"
    mount --rbind /dev "$debian/dev"
    mount -t tmpfs tmpfs "$debian/tmp"
    mkdir -p "$debian"/mnt/{project,stick,packages,home}
    mount --bind -o ro "$project" "$debian/mnt/project"
    mount --bind -o ro "$cache/stick" "$debian/mnt/stick"
    mount --bind -o ro "$packages" "$debian/mnt/packages"
    mount --bind "$cache/home" "$debian/mnt/home"
    # in.tftpd wants another address than that of loopback.
    ip link set lo up
    ip addr add 192.0.2.1/24 dev lo
    exec chroot "$debian" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt/home LANG=C.UTF-8 \
      TERM=xterm WINEPREFIX=/mnt/home/prefix WINEDEBUG=-all bash /mnt/project/test/wine/checks.sh
  ' unshare "$debian" "$PWD" "$cache" "$1"
}

install_debian() {
  local mirror
  # shellcheck disable=SC2016 # apt fills it in
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
  rm -rf "$debian.part"
  debootstrap --variant=minbase trixie "$debian.part" "$mirror"
  chroot "$debian.part" apt-get -q update
  DEBIAN_FRONTEND=noninteractive chroot "$debian.part" apt-get -q install --yes \
    --no-install-recommends wine wine64 tftpd-hpa curl
  mv "$debian.part" "$debian"
}

if [ "$(id -u)" != 0 ]; then
  echo "error: test:wine needs root, for a chroot and namespaces of its own" >&2
  exit 1
fi
if [ ! -d "$debian" ] && ! command -v debootstrap > /dev/null; then
  echo "error: debootstrap is missing; install it: apt-get install debootstrap" >&2
  exit 1
fi
[ -d "$debian" ] || install_debian
inside "$(sed -n 's/^ *"npmCache": "\(.*\)",$/\1/p' "$cache/deno_info.json")"
