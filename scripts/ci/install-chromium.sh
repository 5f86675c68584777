#!/usr/bin/env bash
# Installs Debian's Chromium for the tests of the console, as root: the one without windows, which takes a fifth less of
# a processor, or the whole browser where there is no such package. Does nothing where it is.
set -euo pipefail

log=/var/log/waybill-chromium.log
export DEBIAN_FRONTEND=noninteractive

! command -v chromium-headless-shell >/dev/null || exit 0
printf 'ci: installing chromium\n' >&2
install() { apt-get install -qq -y --no-install-recommends "$1" fonts-liberation; }
{
  install chromium-headless-shell || { apt-get update -qq && install chromium-headless-shell; } ||
    command -v chromium || install chromium
} >"$log" 2>&1 || {
  tail -n 15 "$log" >&2
  exit 1
}
