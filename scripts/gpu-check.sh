#!/bin/sh
# Checks the emulator on this machine's GPU, in a clone or in a bundle: see --help.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
node="$here/../bin/node"
[ -x "$node" ] || node=node
exec "$node" "$here/gpu-check/main.mjs" "$@"
