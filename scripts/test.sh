#!/bin/sh
# All tests: the gate, integration and kill tests, the floor runtime, the compiled binaries, the Python packages beside
# Hearth, the aarch64 binary under emulation, hardware simulated in guests. Each part with its time; last line:
# "N passed, N failed".
#
# HEARTH_COMPILER         deno of the floor version: type check and unit tests run on it too, and it compiles
# DENORT_BIN              x86-64 runtime that matches HEARTH_COMPILER; DENORT_BIN_AARCH64 the aarch64 one
# HEARTH_REFERENCE_DATA   folder of the reference's samples
# CI=true                 all of that is required, and Python, PyPI and the emulator; a skipped test is a failed one
set -u
cd "$(dirname "$0")/.." || exit 1
lines=$(sh scripts/setup.sh test) || {
  echo '0 passed, 1 failed'
  exit 1
}
eval "$lines"
export NO_COLOR=1

logs=$(mktemp -d "${TMPDIR:-/tmp}/hearth-test.XXXXXX") || exit 1
mkfifo "$logs/pipe"
child=
trap 'rm -rf "$logs"' EXIT
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null; exit 130' INT
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null; exit 143' TERM HUP
stages=
number=0
seconds() {
  date +%s
}
began=$(seconds)

# stage TITLE COMMAND…: runs it with its output shown and kept; remembers "exit code:log file", and the time that it took.
stage() {
  number=$((number + 1))
  title=$1
  start=$(seconds)
  printf '\n== %s\n' "$title"
  shift
  tee "$logs/$number" <"$logs/pipe" &
  tee=$!
  "$@" >"$logs/pipe" 2>&1 &
  child=$!
  wait "$child"
  code=$?
  child=
  wait "$tee"
  stages="$stages $code:$logs/$number"
  verdict=ok
  [ "$code" = 0 ] || verdict="exit code $code"
  took=$(($(seconds) - start))
  printf '== %s: %s, %d s\n' "$title" "$verdict" "$took"
  printf '%6d s  %s: %s\n' "$took" "$title" "$verdict" >>"$logs/times"
  return "$code"
}

# lacking WHAT: in CI a failed stage, elsewhere a note.
lacking() {
  if [ "${CI:-}" = true ]; then
    stage "$1" false
  else
    printf '\n== %s\n' "skipped: $1"
  fi
}

compiled_for=
if [ -n "${HEARTH_COMPILER:-}" ] && [ -n "${DENORT_BIN:-}" ]; then
  compiled_for=x86_64
fi

stage 'gate' "$DENO" task ok
stage 'integration tests' "$DENO" task test:integration
[ -n "$compiled_for" ] || stage 'black-box tests of the sources' "$DENO" task test:blackbox
stage 'kill tests' "$DENO" task test:kill
stage 'power cuts' "$DENO" task test:cuts
stage 'fuzz' "$DENO" task test:fuzz

if [ -n "${HEARTH_COMPILER:-}" ]; then
  stage 'floor runtime: type check' "$HEARTH_COMPILER" task check
  stage 'floor runtime: unit tests' "$HEARTH_COMPILER" run --no-prompt --allow-read --allow-write=.hearth --allow-run scripts/floor_test.ts
else
  lacking 'the floor runtime, as HEARTH_COMPILER must name its deno'
fi

# Where there is a binary, it is what is tested.
has_x86_64=
has_aarch64=
if [ -n "$compiled_for" ]; then
  if stage 'compile for x86_64' "$DENO" task compile --target x86_64; then
    has_x86_64=yes
    HEARTH_BIN=$PWD/dist/hearth-x86_64-unknown-linux-gnu
    export HEARTH_BIN
    stage 'black-box tests of the binary' "$DENO" task test:blackbox
  fi
  if [ -n "${DENORT_BIN_AARCH64:-}" ]; then
    if stage 'compile for aarch64' "$DENO" task compile --target aarch64; then has_aarch64=yes; fi
  else
    lacking 'compile for aarch64, as DENORT_BIN_AARCH64 must name its runtime'
  fi
else
  lacking 'compile, as HEARTH_COMPILER and DENORT_BIN must name compiler and runtime'
fi
stage 'interop with the Python packages' "$DENO" task test:interop
unset HEARTH_BIN
if [ -n "$has_aarch64" ]; then
  stage 'aarch64 under emulation' "$DENO" task test:emulation
fi
if [ -x scripts/hil-test ]; then
  if [ -n "$has_x86_64" ] && [ -n "$has_aarch64" ]; then
    stage 'hardware in the loop, in guests' scripts/hil-test
  else
    lacking 'hardware in the loop, as both binaries must be compiled'
  fi
fi

printf '\n== times\n'
cat "$logs/times"
printf '%6d s  in all\n\n' $(($(seconds) - began))
# shellcheck disable=SC2086
"$DENO" run --no-prompt --allow-read="$logs" --allow-env=CI scripts/sum_tests.ts $stages
