#!/bin/bash
# install.sh - builds rd and r and installs them with their systemd units. Run it again at any time: it changes only what
# differs. `install.sh --help` prints the options.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

usage() {
  cat <<'HELP'
systemd/install.sh                 build and install rd, r, units and completions; start the sockets (as root)
systemd/install.sh --try           build, then show two nodes at work on this machine; installs nothing, no systemd needed
systemd/install.sh --uninstall     remove what was installed; keeps the state in /var/lib/rd
systemd/install.sh --purge         remove the state too
Options: --no-build                use the binaries of the last build
         --binaries DIR            use the binaries in DIR
Environment: PREFIX (/usr), DESTDIR (empty): a package is made with DESTDIR=dir systemd/install.sh
HELP
}

mode=install build=yes binaries=$root/.build-release/release
while [ $# -gt 0 ]; do
  case $1 in
    --try) mode=try ;;
    --uninstall) mode=uninstall ;;
    --purge) mode=purge ;;
    --no-build) build=no ;;
    --binaries)
      [ -d "${2:-}" ] || { echo "install.sh: --binaries needs a folder" >&2; exit 64; }
      build=no binaries=$(realpath "$2")
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install.sh: unknown option $1" >&2; usage >&2; exit 64 ;;
  esac
  shift
done

PREFIX=${PREFIX:-/usr}
DESTDIR=${DESTDIR:-}
units=$PREFIX/lib/systemd/system
user_units=$PREFIX/lib/systemd/user
zsh=$PREFIX/share/zsh/vendor-completions # where Debian's zsh looks; elsewhere it is site-functions
[ "$PREFIX" = /usr ] || zsh=$PREFIX/share/zsh/site-functions

say() { echo "install.sh: $*"; }
die() { echo "install.sh: $*" >&2; exit 1; }
# systemd is this machine's init, and it is this machine that we install on.
live() { [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; }

# packages NAME...: installs the Debian packages that are missing.
packages() {
  local package missing=()
  command -v dpkg-query >/dev/null || { say "not a Debian system: make sure of $*"; return; }
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} = 0 ]; then say "packages are there: $*"; return; fi
  [ "$(id -u)" = 0 ] || die "packages are missing; run: sudo apt-get install ${missing[*]}"
  say "installing packages: ${missing[*]}"
  apt-get update -qq </dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# Builds as the person who called sudo: theirs is the toolchain, and theirs should be the build folder.
build() {
  local product words=()
  for product in rd r; do
    say "building $product (release; the first time takes a while)"
    words=(swift build -c release --static-swift-stdlib --package-path "$root" --scratch-path "$root/.build-release"
      --product "$product")
    if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
      runuser -u "$SUDO_USER" -- bash -lc '"$@"' _ "${words[@]}" </dev/null
    else
      command -v swift >/dev/null || die "no swift in PATH: see https://www.swift.org/install"
      "${words[@]}" </dev/null
    fi
  done
}

if [ $mode = try ]; then
  packages poppler-utils iproute2
elif [ "$(id -u)" != 0 ] && [ -z "$DESTDIR" ]; then
  die "run it as root: sudo systemd/install.sh"
fi
if [ $build = yes ] && [[ $mode =~ ^(install|try)$ ]]; then
  packages pkg-config libsystemd-dev libsqlite3-dev
  build
fi
if [[ $mode =~ ^(install|try)$ ]]; then
  { [ -x "$binaries/rd" ] && [ -x "$binaries/r" ]; } || die "no rd and r in $binaries: without --no-build and --binaries they are built"
fi
[ $mode != try ] || exec "$here/try.sh" "$binaries"

# each_file VERB: calls VERB MODE SOURCE TARGET for every file that belongs to the installation.
each_file() {
  local unit manifest
  "$1" 755 "$binaries/rd" "$PREFIX/bin/rd"
  "$1" 755 "$binaries/r" "$PREFIX/bin/r"
  for unit in rd.socket rd-peer.socket rd.service; do
    "$1" 644 "$here/$unit" "$units/$unit"
    "$1" 644 "$here/user/$unit" "$user_units/$unit"
  done
  "$1" 644 "$here/rd.sysusers" "$PREFIX/lib/sysusers.d/rd.conf"
  "$1" 644 "$here/rd.tmpfiles" "$PREFIX/lib/tmpfiles.d/rd.conf"
  for manifest in "$root"/Sources/skills.d/*.yaml; do
    "$1" 644 "$manifest" "$PREFIX/share/r-cli/skills.d/${manifest##*/}"
  done
  "$1" 644 "$root/completions/r.bash" "$PREFIX/share/bash-completion/completions/r"
  "$1" 644 "$root/completions/r.zsh" "$zsh/_r"
  "$1" 644 "$root/completions/r.fish" "$PREFIX/share/fish/vendor_completions.d/r.fish"
}
changed=no
put() {
  local mode=$1 source=$2 target=$DESTDIR$3 filtered
  filtered=$(mktemp)
  case $source in
    *.service) sed "s,^ExecStart=/usr/bin/,ExecStart=$PREFIX/bin/," "$source" >"$filtered"; source=$filtered ;;
  esac
  if cmp -s "$source" "$target" && [ "$(stat -c %a "$target")" = "$mode" ]; then
    say "unchanged $target"
  else
    install -D -m "$mode" "$source" "$target.new"
    mv "$target.new" "$target" # at once, so that a running program keeps its file
    say "installed $target"
    changed=yes
  fi
  rm -f "$filtered"
}
delete() {
  if [ -e "$DESTDIR$3" ]; then rm -f "$DESTDIR$3"; say "removed $DESTDIR$3"; fi
  case $3 in */r-cli/*) rmdir -p --ignore-fail-on-non-empty "$DESTDIR${3%/*}" 2>/dev/null || true ;; esac
}

if [ $mode = install ]; then
  [ -n "$DESTDIR" ] || packages libsystemd0 libsqlite3-0 poppler-utils
  each_file put
  if [ -n "$DESTDIR" ]; then
    say "done; the target machine needs libsystemd0, libsqlite3-0, and poppler-utils for the PDF skill"
    exit 0
  fi
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers "$PREFIX/lib/sysusers.d/rd.conf"
    say "user and group rd are there"
    systemd-tmpfiles --create "$PREFIX/lib/tmpfiles.d/rd.conf"
    say "folder /run/rd is there"
  fi
  if live; then
    systemctl daemon-reload
    systemctl --quiet enable rd.socket rd-peer.socket rd.service
    systemctl start rd.socket rd-peer.socket
    [ $changed = no ] || systemctl try-restart rd.service
    systemctl start rd.service
    say "started: rd.socket, rd-peer.socket (port 8765), rd.service"
  else
    say "systemd is not running here: start a node with: r serve"
  fi
  if [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ] && ! id -nG "$SUDO_USER" | grep -qw rd; then
    say "to use r without sudo, run: sudo usermod -aG rd $SUDO_USER   (and log in again)"
  fi
  say "next: r status"
  exit 0
fi

if live; then
  systemctl --quiet disable --now rd.socket rd-peer.socket rd.service 2>/dev/null || true
  say "stopped rd.socket, rd-peer.socket, rd.service"
fi
each_file delete
if live; then systemctl daemon-reload; fi
if [ ! -d "$DESTDIR/var/lib/rd" ]; then
  say "there is no state in $DESTDIR/var/lib/rd"
elif [ $mode = purge ]; then
  rm -rf "$DESTDIR/var/lib/rd"
  say "removed $DESTDIR/var/lib/rd (identity, peers, audit log)"
else
  # The command that is named must not take away another installation than this one.
  say "kept $DESTDIR/var/lib/rd (identity, peers, audit log);" \
    "to remove it: ${DESTDIR:+DESTDIR=$DESTDIR }$([ "$PREFIX" = /usr ] || echo "PREFIX=$PREFIX ")systemd/install.sh --purge"
fi
say "kept the user and group rd and /etc/r-cli, if there"
