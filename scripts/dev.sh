#!/bin/sh
# The demo: agent, LTN, simulated house and embedded broker in one process. Same as `deno task dev`; arguments are passed on.
set -eu
cd "$(dirname "$0")/.."
lines=$(sh scripts/setup.sh)
eval "$lines"
libc=/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6
exec "$DENO" run --no-prompt --allow-net --allow-read --allow-write --allow-env --allow-sys=statfs --allow-ffi="$libc" main.ts dev "$@"
