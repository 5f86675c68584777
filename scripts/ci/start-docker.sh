#!/usr/bin/env bash
# Starts a Docker Engine for the tests, as root on a Debian machine that has no systemd, and installs what is missing
# for that. Does nothing where one answers. The Engine stays up; its log is in /var/log/waybill-dockerd.log.
set -euo pipefail

log=/var/log/waybill-dockerd.log
export DOCKER_HOST=unix:///var/run/docker.sock DEBIAN_FRONTEND=noninteractive
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY

say() { printf 'ci: %s\n' "$*" >&2; }

die() {
  say "$*"
  [ ! -s "$log" ] || tail -n 15 "$log" >&2
  exit 1
}

answers() { timeout 5 docker version >/dev/null 2>&1; }

policy=/usr/sbin/policy-rc.d
made_policy=''
# Also when a time limit ends this script.
trap '[ -z "$made_policy" ] || rm -f "$policy"' EXIT
trap 'exit 143' TERM

# Package scripts would start the daemons with settings that need systemd, or cgroups that are not mounted yet.
install_packages() {
  local package missing=()
  for package in docker.io cgroupfs-mount iptables ca-certificates busybox-static; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made_policy=1
  fi
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    die "could not install ${missing[*]}"
}

# Left by a daemon that was killed with its machine; another process may have that pid by now.
remove_stale() {
  local pid
  [ -f "$1" ] || return 0
  pid=$(cat "$1")
  [ "$(cat "/proc/$pid/comm" 2>/dev/null || true)" = "$2" ] || rm -f "$1"
}

has_busybox() { [ -x /bin/busybox ] || [ -x /usr/bin/busybox ]; }
if answers && has_busybox; then exit 0; fi
[ "$(id -u)" = 0 ] || die "an Engine can be started by root only"
command -v apt-get >/dev/null || die "no apt-get: start a Docker Engine by hand"
install_packages
answers && exit 0

# With only some of cgroup v1's controllers an Engine would start, and not notice that a container ran out of memory.
grep -q ' /sys/fs/cgroup cgroup2 ' /proc/mounts || cgroupfs-mount >"$log" 2>&1 || die "could not mount cgroups"
remove_stale /var/run/docker.pid dockerd
remove_stale /var/run/docker/containerd/containerd.pid containerd

setsid dockerd -H "$DOCKER_HOST" >"$log" 2>&1 </dev/null &
engine=$!
for _ in $(seq 300); do
  answers && exit 0
  kill -0 "$engine" 2>/dev/null || die "the Engine ended"
  sleep 0.2
done
kill "$engine" 2>/dev/null || true
die "the Engine does not answer after 60 s"
