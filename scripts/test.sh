#!/bin/sh
# All tests: the gate, the integration tests, the floor runtime, the compiled binary. Last line: "N passed, N failed".
#
# HEARTH_COMPILER         deno of the floor version: type check and unit tests run on it too, and it compiles
# DENORT_BIN              x86-64 runtime that matches HEARTH_COMPILER; DENORT_BIN_AARCH64 the aarch64 one
# HEARTH_REFERENCE_DATA   folder of the reference's samples
# CI=true                 all of that is required, and a skipped test is a failed one
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

# stage TITLE COMMAND…: runs it with its output shown and kept; remembers "exit code:log file".
stage() {
  number=$((number + 1))
  printf '\n== %s\n' "$1"
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
if [ -n "$compiled_for" ]; then
  stage 'integration tests' "$DENO" task test:integration --ignore=tests/blackbox
else
  stage 'integration tests' "$DENO" task test:integration
fi

if [ -n "${HEARTH_COMPILER:-}" ]; then
  stage 'floor runtime: type check' "$HEARTH_COMPILER" task check
  stage 'floor runtime: unit tests' "$HEARTH_COMPILER" run --no-prompt --allow-read --allow-write=.hearth --allow-run scripts/floor_test.ts
else
  lacking 'the floor runtime, as HEARTH_COMPILER must name its deno'
fi

if [ -n "$compiled_for" ]; then
  if stage 'compile for x86_64' "$DENO" task compile --target x86_64; then
    HEARTH_BIN=$PWD/dist/hearth-x86_64-unknown-linux-gnu
    export HEARTH_BIN
    stage 'black-box tests of the binary' "$DENO" task test:blackbox
    unset HEARTH_BIN
  fi
  if [ -n "${DENORT_BIN_AARCH64:-}" ]; then
    stage 'compile for aarch64' "$DENO" task compile --target aarch64
  else
    lacking 'compile for aarch64, as DENORT_BIN_AARCH64 must name its runtime'
  fi
else
  lacking 'compile, as HEARTH_COMPILER and DENORT_BIN must name compiler and runtime'
fi

printf '\n'
# shellcheck disable=SC2086
"$DENO" run --no-prompt --allow-read="$logs" --allow-env=CI scripts/sum_tests.ts $stages
