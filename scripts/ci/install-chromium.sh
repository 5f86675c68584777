#!/usr/bin/env bash
# Installs Debian's Chromium for the tests of the console, as root. Does nothing where it is.
set -euo pipefail

log=/var/log/waybill-chromium.log
export DEBIAN_FRONTEND=noninteractive

! command -v chromium >/dev/null || exit 0
printf 'ci: installing chromium\n' >&2
install=(apt-get install -qq -y --no-install-recommends chromium fonts-liberation)
{ "${install[@]}" || { apt-get update -qq && "${install[@]}"; }; } >"$log" 2>&1 || {
  tail -n 15 "$log" >&2
  exit 1
}
