#!/bin/bash
# install.sh - systemd/install.sh in a real machine that is a writable copy of this one: install, install again, use it,
# uninstall, purge; the user units too; and a package made with DESTDIR and another PREFIX.
. "$(dirname "$0")/suite.sh"
[ "$(id -u)" = 0 ] || die "needs root"
need_packages systemd-container dbus python3 poppler-utils
need_binaries
scratch
NS=$LAB_DIR/nspawn.sh
export NSPAWN_DIR=$T/m
mkdir "$NSPAWN_DIR"
clean_up() { "$NS" purge >/dev/null 2>&1; }

# --- into a folder ---------------------------------------------------------------------------------------------------------

stage() { DESTDIR=$T/package PREFIX=/usr/local "$ROOT/systemd/install.sh" --binaries "$RD_BINARIES"; }
ok "a package is made without root's help" stage
ok "with the binaries where the units look" has '^ExecStart=/usr/local/bin/rd$' \
  cat "$T/package/usr/local/lib/systemd/system/rd.service"
ok "making it again changes nothing" has 'unchanged .*/bin/rd$' stage
no "nothing is said to be installed again" has 'installed ' stage
ok "it can be taken away" env DESTDIR="$T/package" PREFIX=/usr/local "$ROOT/systemd/install.sh" --uninstall
ok "and leaves no file" silent find "$T/package" -type f

# --- into a machine ----------------------------------------------------------------------------------------------------------

# The copy boots what this machine has enabled; none of that is wanted here.
mkdir -p "$T/etc/systemd/system"
ln -s /usr/lib/systemd/system/multi-user.target "$T/etc/systemd/system/default.target"
for unit in nginx postgresql avahi-daemon apt-daily.timer cron; do
  ln -s /dev/null "$T/etc/systemd/system/${unit%.timer}.$([[ $unit = *.timer ]] && echo timer || echo service)"
done
"$NS" boot new --base / --etc "$T/etc" --bind "$ROOT:/checkout" --bind "$RD_BINARIES:/binaries" || die "no machine"
on() { "$NS" exec new "$@"; }
install() { on /checkout/systemd/install.sh --binaries /binaries "$@"; }
as_person() { on setpriv --reuid person --regid person --init-groups -- env HOME=/home/person "$@"; }
on systemctl is-system-running --wait >/dev/null 2>&1
on useradd -m person

ok "install" install
ok "the sockets listen" on systemctl -q is-active rd.socket rd-peer.socket
ok "rd runs and starts at boot" on sh -c 'systemctl -q is-active rd.service && systemctl -q is-enabled rd.service'
ok "r answers" on r status
no "someone outside the group is kept out" as_person r status
on usermod -aG rd person
ok "a member of the group is let in" as_person r status
ok "the shipped skills are there" has '^pdf\.info$' on r skills -q
ok "completions are where bash, zsh and fish look" on ls /usr/share/bash-completion/completions/r \
  /usr/share/zsh/vendor-completions/_r /usr/share/fish/vendor_completions.d/r.fish
pid=$(on systemctl show rd.service -p MainPID --value)
identity=$(on r status --json)
ok "install again" install
no "which changes nothing" has 'installed ' install
ok "and does not restart rd" test "$pid" = "$(on systemctl show rd.service -p MainPID --value)"

ok "uninstall" install --uninstall
no "rd is gone" on test -e /usr/bin/rd
no "its units are gone" on systemctl cat rd.socket
no "its manifests are gone" on test -e /usr/share/r-cli
no "its port is closed" on curl -s http://127.0.0.1:8765/health
ok "its state is kept" on test -d /var/lib/rd
ok "uninstall again does no harm" install --uninstall
ok "install after that" install
same_identity() { python3 -c 'import json,sys; a,b=map(json.loads,sys.argv[1:]); sys.exit(a["peer_id"]!=b["peer_id"])' "$@"; }
ok "it is the same node as before" same_identity "$identity" "$(on r status --json)"
on systemctl stop rd.socket rd.service

# --- a node of one's own, without root -------------------------------------------------------------------------------------------

uid=$(on id -u person)
mine() { as_person env XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" "$@"; }
on loginctl enable-linger person
ok "person has a user manager" until_ok 20 mine systemctl --user is-system-running --wait
ok "its user units start" mine systemctl --user enable --now rd.socket
no "the user's rd waits for a caller" mine systemctl --user -q is-active rd.service
ok "r finds the user's own socket, which starts rd" mine r status
ok "the user's rd runs" mine systemctl --user -q is-active rd.service
ok "its state is in the home folder" mine test -d /home/person/.r-cli
mine systemctl --user stop rd.socket rd.service

ok "purge" install --purge
no "the state is gone" on test -e /var/lib/rd
if [ $failed != 0 ]; then on journalctl --no-pager -n 60; fi
finish
