#!/bin/bash
# e2e.sh - three real systemd machines on one switch, installed by systemd/install.sh: they find each other, are approved,
# do each other's work as an ordinary user, and live through rejections, cut cables, crashes and power cuts.
# laptop and mini run as installed; box has only the sockets enabled. mini has an avahi-daemon beside rd.
. "$(dirname "$0")/suite.sh"
[ "$(id -u)" = 0 ] || die "needs root"
need_packages systemd-container nftables dbus avahi-daemon avahi-utils iproute2 iputils-ping poppler-utils python3
need_binaries
NS=$LAB_DIR/nspawn.sh

# What a run that was killed left behind is swept by the next: a folder a run, named by process id.
all=${TMPDIR:-/tmp}/rd-e2e
for old in "$all".*/; do
  pid=$(basename "$old" | sed 's/.*\.//')
  if [ ! -O "$old" ] || grep -q '^[0-9]* (.*) [^ZX] ' "/proc/$pid/stat" 2>/dev/null; then continue; fi
  NSPAWN_DIR=${old}m "$NS" purge
  LAB=e2e$pid "$LAB_DIR/lab.sh" down
  rm -rf "$old"
done
T=$all.$$
mkdir -m 755 "$T" || exit 1
export LAB=e2e$$ NSPAWN_DIR=$T/m
trap at_exit EXIT
trap 'exit 130' INT TERM HUP
clean_up() { "$NS" purge; "$LAB_DIR/lab.sh" down; } >/dev/null 2>&1

# --- what the machines are made of ---------------------------------------------------------------------------------------

DESTDIR=$T/stage "$ROOT/systemd/install.sh" --binaries "$RD_BINARIES" >"$T/install.log" 2>&1 ||
  die "systemd/install.sh failed: $(cat "$T/install.log")"
# A debug build needs the toolchain's libraries, which a machine does not see: lay them where the loader looks anyway.
libraries=$T/stage$(dirname "$(realpath "$(ldd "$RD" | awk '$1 == "libc.so.6" { print $3 }')")")
mkdir -p "$libraries" "$T/stage/usr/share/rd-test" "$T/etc/sysusers.d" "$NSPAWN_DIR"
ldd "$RD" "$R" 2>/dev/null | awk '$3 ~ /^\// && $3 !~ /^\/(usr\/)?lib/ { print $3 }' | sort -u | xargs -r cp -Lt "$libraries"
cp "$ROOT"/Tests/Fixtures/pdfs/*.pdf "$T/stage/usr/share/rd-test/"
chmod 644 "$T"/stage/usr/share/rd-test/*
cp -a /etc/avahi "$T/etc/"
cat >"$T/etc/sysusers.d/people.conf" <<'C'
u alice 7001 "A member of group rd"
m alice rd
u mallory 7002 "Anyone else"
u carol 7003 "One who may look"
g watchers - -
m carol watchers
g netdev - -
u avahi - "avahi" /run/avahi-daemon
C
machines=(laptop mini box)
number() { case $1 in laptop) echo 1 ;; mini) echo 2 ;; box) echo 3 ;; esac; }
boot() { # NAME OPTIONS...
  local name=$1 units=(--enable rd.socket --enable rd-peer.socket)
  shift
  [ "$name" = box ] || units+=(--enable rd.service)
  [ "$name" != mini ] || units+=(--enable avahi-daemon.service)
  "$NS" boot "$name" --net "$(lab ns "$(number "$name")")" --usr "$T/stage/usr" --etc "$T/etc" "${units[@]}" "$@"
}
on() { "$NS" exec "$@"; }
as() { local name=$1 user=$2; shift 2; "$NS" as "$name" "$user" env HOME=/nonexistent "$@"; }
r_on() { local name=$1; shift; as "$name" alice r "$@"; }
main_pid() { on "$1" systemctl show rd.service -p MainPID --value; }

lab up 3 || die "the lab does not come up"
for name in "${machines[@]}"; do boot "$name" & done
wait
for name in "${machines[@]}"; do on "$name" true || die "$name did not boot"; done

# --- units ---------------------------------------------------------------------------------------------------------------

ok "verify is silent" silent on laptop systemd-analyze verify --man=no rd.service rd.socket rd-peer.socket
ok "verify is silent for the user units" silent on laptop env XDG_RUNTIME_DIR=/tmp systemd-analyze --user verify \
  --man=no /usr/lib/systemd/user/rd.service /usr/lib/systemd/user/rd.socket /usr/lib/systemd/user/rd-peer.socket
ok "exposure is at most 2.0" on laptop systemd-analyze security --no-pager --threshold=20 rd.service
ok "the socket is for root and group rd" has '^660 root rd$' on laptop stat -c '%a %U %G' /run/rd/rd.sock

# --- activation and sandbox ------------------------------------------------------------------------------------------------

no "box: rd does not run before its first caller" on box systemctl -q is-active rd.service
exits 77 "box: someone outside the group may not use the socket" as box mallory r status
ok "box: and is told how to" has 'usermod -aG rd' as box mallory r status
no "box: and did not start it" on box systemctl -q is-active rd.service
ok "box: a member of group rd is answered by activation" r_on box status
ok "box: rd runs now" on box systemctl -q is-active rd.service
pid=$(main_pid box)
ok "rd runs as user rd" has '^rd$' on box stat -c %U "/proc/$pid"
ok "without capabilities" has '^CapEff:\s0+$' on box cat "/proc/$pid/status"
ok "and cannot gain any" has '^NoNewPrivs:\s1$' on box cat "/proc/$pid/status"
ok "under a system call filter" has '^Seccomp:\s2$' on box cat "/proc/$pid/status"
inside() { # COMMAND...: as rd in rd's view of the file system
  on box nsenter -t "$pid" -m -- setpriv --reuid rd --regid rd --clear-groups -- "$@"
}
ok "its state is writable" inside touch /var/lib/rd/probe
for path in /etc /usr /home /root /var/log /run /srv; do no "$path is not" inside touch "$path/probe"; done
ok "its state is private" has '^700 rd' on box stat -c '%a %U' /var/lib/rd
ok "the identity key too" silent on box find /var/lib/rd -name '*key*' -perm /077

# --- discovery and approval --------------------------------------------------------------------------------------------------

peer_on() { # NODE PEER FIELD [COMMAND]
  local answer
  answer=$(r_on "$1" "${4:-peers}" --json) && peer_field "$2" "$3" <<<"$answer"
}
is_on() { local value; if value=$(peer_on "$1" "$2" "$3") && [ "$value" = "$4" ]; then return 0; fi; echo "$3 is $value"; return 1; }
for name in "${machines[@]}"; do
  for other in "${machines[@]}"; do
    [ "$name" = "$other" ] || ok "$name finds $other by itself, which asks for approval" \
      until_ok 20 peer_on "$name" "$other" peer_id pending
  done
done
ok "avahi sees rd on the other machines" until_ok 10 has '^=.*;laptop;_r-cli._tcp' on mini avahi-browse -rpt _r-cli._tcp
for pair in laptop:mini laptop:box mini:box; do
  here=${pair%:*} there=${pair#*:}
  code=$(peer_on "$here" "$there" verification_code)
  ok "$here and $there show one verification code ($code)" test -n "$code" -a \
    "$code" = "$(peer_on "$there" "$here" verification_code)"
done

pdf=/usr/share/rd-test
extract() { r_on "$1" call "$2" pdf.extract_text "file=@$pdf/${3:-text.pdf}"; }
same_text() {
  on laptop pdftotext "$pdf/$3" - >"$T/want" && extract "$1" "$2" "$3" >"$T/got" && cmp "$T/want" "$T/got"
}
exits 77 "a call before approval is not allowed" extract laptop mini
ok "and says what to do" has 'approve' extract laptop mini
ok "mini approves laptop" r_on mini approve laptop --trust trusted --yes
ok "laptop approves mini" r_on laptop approve mini --trust trusted --yes
ok "laptop lets mini extract a PDF's text, byte for byte pdftotext's" same_text laptop mini text.pdf
ok "the same for a mixed PDF" same_text laptop mini mixed.pdf
ok "and the other way" same_text mini laptop text.pdf
exits 77 "box approved nobody" extract laptop box
ok "the journal has the peer as a field" has '"PEER_ID"' on mini journalctl -u rd.service -o json --no-pager

doctor_counts() { r_on "$1" doctor "$2" | tail -n 1; }

# --- a peer that is away -----------------------------------------------------------------------------------------------------

on mini systemctl stop rd.service rd.socket
ok "doctor on laptop: mini's rd is not running" has 'its rd is not running' r_on laptop doctor mini
ok "and what it says to try on mini" has 'try on mini: systemctl status rd' r_on laptop doctor mini
ok "shows that" has 'inactive \(dead\)' on mini systemctl status rd
ok "doctor on mini: rd is enabled, and does not run" has 'rd is enabled as a service, and does not run' r_on mini doctor
ok "and what it says to try" has 'try: systemctl status rd.socket rd' r_on mini doctor
ok "shows that, too" has 'inactive \(dead\)' on mini systemctl status rd.socket rd
exits 75 "mini's rd is stopped: try again later" within 3 extract laptop mini
ok "and a hint" has 'r: .*(hint|try|systemctl|r )' extract laptop mini
ok "its way to start works" has 'try: systemctl start rd.socket' r_on mini doctor
on mini systemctl start rd.socket
ok "mini's sockets are back: the call starts rd there" extract laptop mini

lab cut 2
exits 75 "mini's cable is cut: the call ends soon" within 15 extract laptop mini
lab join 2
ok "the cable is back: works without a restart" until_ok 30 extract laptop mini
lab mute 2
exits 75 "mini is silent: the call ends soon" within 15 extract laptop mini
lab unmute 2
ok "mini speaks again: works without a restart" until_ok 30 extract laptop mini

# --- a peer that changes its mind ----------------------------------------------------------------------------------------------

ok "mini rejects laptop" r_on mini reject laptop
exits 77 "the next call is refused" extract laptop mini
ok "mini approves laptop again" r_on mini approve laptop --trust trusted --yes
ok "the next call works" extract laptop mini
ok "mini lowers laptop to basic" r_on mini trust laptop basic
exits 77 "the next skill call is refused" extract laptop mini
ok "mini trusts laptop again" r_on mini trust laptop trusted

# --- crashes, restarts, power cuts ---------------------------------------------------------------------------------------------

for round in 1 2 3; do
  on mini systemctl kill -s KILL rd.service
  ok "crash $round of mini's rd: the next call from outside works" extract laptop mini
  on laptop systemctl kill -s KILL rd.service
  ok "crash $round of laptop's rd: the next local call works" r_on laptop status
done
ok "approvals outlive crashes" is_on mini laptop trust trusted

calls_during_restart() {
  local status=0 caller i callers=()
  for _ in 1 2 3 4; do
    ( for ((i = 0; i < 15; i++)); do r_on laptop status >/dev/null || exit 1; done ) &
    callers+=($!)
  done
  for _ in 1 2 3; do on laptop systemctl restart rd.service || status=1; done
  for caller in "${callers[@]}"; do wait "$caller" || status=1; done
  return "$status"
}
ok "no local call is lost while rd restarts" calls_during_restart

ok "doctor finds all well between the two" has ' 0 FAIL' doctor_counts laptop mini
ok "in the sandbox it sees what it needs" has 'packets go out and come back on' r_on laptop doctor
on mini sh -c 'cp /var/lib/rd/identity.crt /tmp/crt; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
  -nodes -subj /CN=x -keyout /tmp/key -out /var/lib/rd/identity.crt' >/dev/null 2>&1
ok "doctor finds a certificate of another key" has 'belongs to another key' r_on mini doctor
ok "and how rd makes a new one" has 'try: systemctl restart rd' r_on mini doctor
on mini systemctl restart rd
ok "which works" has 'certificate matches the key' r_on mini doctor

before=$(peer_on laptop mini peer_id)
"$NS" kill mini
lab cut 2
exits 75 "mini's power is cut: the call ends soon" within 15 extract laptop mini
lab join 2
boot mini --keep || die "mini does not boot again"
ok "mini is back, the same as before, and still trusts laptop" until_ok 30 is_on mini laptop trust trusted
ok "calls to it work again" until_ok 30 extract laptop mini
ok "it has the same identity" test "$before" = "$(peer_on laptop mini peer_id)"

# --- what is on record -----------------------------------------------------------------------------------------------------------

for name in laptop mini; do ok "$name's audit log is one chain" r_on "$name" audit verify; done
ok "laptop and mini have recorded the same calls" r_on laptop audit compare mini
ok "seen from mini too" r_on mini audit compare laptop
ok "with every call that worked" has '^the same +[1-9][0-9]' r_on laptop audit compare mini
on mini python3 -c 'import sqlite3
db = sqlite3.connect("/var/lib/rd/rd.sqlite")
db.execute("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit WHERE operation = ?)", ["skill"])
db.commit()'
exits 1 "mini loses an entry: its chain breaks" r_on mini audit verify
exits 1 "and laptop knows of a call that mini does not" r_on laptop audit compare mini

# --- configuration, watchdog ---------------------------------------------------------------------------------------------------

on box mkdir -p /etc/r-cli
on box sh -c 'printf "p2p:\n  max_peers: 7\n" >/etc/r-cli/config.yaml'
ok "reload takes a new configuration" on box systemctl reload rd.service
ok "and it is in force" until_ok 5 has 'max_peers"?: ?7' r_on box config --json
on box sh -c 'printf "p2p:\n  max_pears: 8\n" >/etc/r-cli/config.yaml'
on box systemctl reload rd.service >/dev/null 2>&1
ok "a bad one is refused in the journal, with the key that was meant" until_ok 5 has 'max_pears.*max_peers' \
  on box journalctl -u rd.service --no-pager
ok "and the old one stays" has 'max_peers"?: ?7' r_on box config --json
on box systemctl restart rd.service >/dev/null 2>&1
no "rd does not start with it" on box systemctl -q is-active rd.service
as box alice timeout 4 r status >/dev/null 2>&1
ok "the sockets outlive the failed starts" on box systemctl -q is-active rd.socket rd-peer.socket
on box sh -c 'printf "p2p:\n  max_peers: 9\n" >/etc/r-cli/config.yaml'
ok "with the file mended the next call works, nothing to reset" until_ok 10 has 'max_peers"?: ?9' r_on box config --json

exits 77 "carol may not look yet" as box carol r status
on box sh -c 'printf "local:\n  readers: watchers\n" >/etc/r-cli/config.yaml'
on box systemctl reload rd.service
ok "a reload lets carol look" until_ok 5 as box carol r status
ok "through a socket that anybody may open" has '^666 rd rd$' on box stat -c '%a %U %G' /run/rd/read.sock
exits 77 "she may not decide" as box carol r reject laptop
exits 77 "and others may not look" as box mallory r peers
on box sh -c 'printf "p2p:\n  max_peers: 9\n" >/etc/r-cli/config.yaml'
on box systemctl reload rd.service

on box mkdir -p /run/systemd/system/rd.service.d
on box sh -c 'printf "[Service]\nWatchdogSec=2\n" >/run/systemd/system/rd.service.d/watchdog.conf'
on box systemctl daemon-reload
on box systemctl restart rd.service
pid=$(main_pid box)
sleep 4
ok "a healthy rd satisfies its watchdog" test "$pid" = "$(main_pid box)"
on box systemctl kill -s STOP rd.service
replaced() { [[ $(main_pid box) != "$pid" && $(main_pid box) != 0 ]]; }
ok "one that hangs is replaced" until_ok 20 replaced
ok "and answers" r_on box status

if [ $failed != 0 ]; then
  for name in "${machines[@]}"; do echo "--- journal of $name"; on "$name" journalctl --no-pager -u 'rd*' -n 60; done
fi
finish
