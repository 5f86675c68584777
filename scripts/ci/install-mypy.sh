#!/usr/bin/env bash
# Installs Debian's mypy for the test of the Python SDK's types, as root. Does nothing where it is.
set -euo pipefail
! command -v mypy >/dev/null || exit 0
printf 'ci: installing mypy\n' >&2
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -qq -y --no-install-recommends mypy; }
install >&2 2>/dev/null || { apt-get update -qq >&2 && install >&2; }
