# Sourced by hil-test: one guest from its boot to its result.
# shellcheck shell=bash disable=SC2154

qemu_pid=
end_qemu() {
  [ -z "$qemu_pid" ] || kill "$qemu_pid" 2>/dev/null || true
  qemu_pid=
}
trap end_qemu EXIT

# QEMU of another suite, by its own loader, so that the machine's libc does not matter. KVM is not used even where it
# is there: on some hosts a stock kernel does not get through its start with it.
start_qemu() {
  local program=$1 libraries=$cache/qemu/usr/lib/x86_64-linux-gnu
  shift
  exec "$cache/qemu/usr/lib64/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/pulseaudio" \
    "$cache/qemu/usr/bin/$program" -L "$cache/qemu/usr/share/qemu" -L "$cache/qemu/usr/share/seabios" "$@" 9>&-
}

# The second archive of the initramfs: binary and tests, laid out as in the repository. The kernel unpacks both.
archive_of_tests() {
  local arch=$1 tree
  tree=$(mktemp -d "$cache/tests.XXXXXX")
  mkdir -p "$tree/hearth/tests"
  cp "$(binary_of "$arch")" "$tree/hearth/hearth"
  cp -r "$root/tests/hil" "$root/tests/support" "$tree/hearth/tests/"
  # Whole, though the tests load few of them: what a test imports is found here as it is in the repository.
  cp -r "$root/src" "$root/scripts" "$tree/hearth/"
  (cd "$tree" && find hearth | "$cache/root-amd64/bin/busybox" cpio -o -H newc 2>/dev/null)
  rm -rf "$tree"
}

# guest_arguments TARGET: into the array `arguments`.
guest_arguments() {
  local append
  # The guest's clock counts instructions (1 ns each) and jumps over idle time: a busy host makes it slow to watch, but
  # no deadline in it comes too early, and waits cost nothing.
  append="panic=-1 quiet tsc=reliable clocksource=tsc hil.now=$(date +%s) hil.end=1"
  arguments=(-m 2048 -smp 1 -icount shift=0,sleep=off -nodefaults -display none -no-reboot -serial stdio -initrd "$initramfs")
  if [ "$1" = x64 ]; then
    arguments=(qemu-system-x86_64 -M "pc,accel=tcg" -cpu max -no-user-config "${arguments[@]}"
      -kernel "$cache/kernel-amd64/vmlinux" -append "console=ttyS0 $append")
  else
    # -cpu max would be four times slower with its pointer authentication.
    arguments=(qemu-system-aarch64 -M "virt,accel=tcg" -cpu cortex-a57 "${arguments[@]}"
      -kernel "$cache/kernel-arm64/boot/vmlinuz-$(cat "$cache/kernel-arm64/version")" -append "console=ttyAMA0 $append")
  fi
}

# run_guest TARGET: adds to `passed` and `failed`.
run_guest() {
  local target=$1 arch=amd64 initramfs=$cache/run-$1.cpio output=$cache/output-$1.log arguments=() result deadline
  [ "$target" = x64 ] || arch=arm64
  { cat "$cache/base-$arch.cpio" && archive_of_tests "$arch"; } >"$initramfs"
  guest_arguments "$target"
  log "boot $target"
  : >"$output"
  start_qemu "${arguments[@]}" </dev/null >"$output" 2>&1 &
  qemu_pid=$!
  tail -c +1 -f --pid="$qemu_pid" "$output" 9>&- | sed -u 's/\r$//' &
  local follower=$!
  deadline=$((SECONDS + timeout_s))
  while kill -0 "$qemu_pid" 2>/dev/null && [ $SECONDS -lt $deadline ] && ! grep -aq '^HIL-RESULT' "$output"; do sleep 0.3; done
  # The guest powers off by itself; not every machine ends QEMU then.
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$qemu_pid" 2>/dev/null && sleep 0.3; done
  end_qemu
  wait "$follower" 2>/dev/null || true
  result=$(tr -d '\r' <"$output" | sed -n 's/^HIL-RESULT \([0-9]* [0-9]*\)$/\1/p' | tail -1)
  if [ -z "$result" ]; then
    echo "FAILED $target: the guest gave no result within $timeout_s s"
    result="0 1"
  fi
  passed=$((passed + ${result% *}))
  failed=$((failed + ${result#* }))
  log "$target: ${result% *} passed, ${result#* } failed"
}
