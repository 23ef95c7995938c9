# Sourced by hil-test: kernel modules, the C program and the initramfs, made from what fetch.sh fetched.
# shellcheck shell=bash disable=SC2154

guest_tests=$root/tests/hil
# Modules of the guest; what they depend on comes along.
guest_modules="configfs hil-gpio-sim i2c-dev hil-i2c"

triplet() {
  [ "$1" = amd64 ] && echo x86_64-linux-gnu || echo aarch64-linux-gnu
}

# Key of a step that is done anew when one of these files changes.
key_of() {
  cat "$@" | md5sum | cut -c1-12
}

use_compiler_of() {
  if [ "$1" = arm64 ]; then
    export PATH=$cache/cross/usr/bin:$PATH LD_LIBRARY_PATH=$cache/cross/usr/lib/x86_64-linux-gnu
  fi
}

# patch FILE WHAT SED: fails when the kernel's source is no longer as the change expects it.
patch_source() {
  local before
  before=$(md5sum <"$1")
  sed -i "$3" "$1"
  [ "$before" != "$(md5sum <"$1")" ] || { echo "Cannot change $1 as it must hold what is changed: $2"; return 1; }
}

build_modules() {
  local arch=$1 folder=$cache/modules-$1 make_arguments=()
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$guest_tests"/kmod/* "$cache"/kernel-source/drivers/gpio/* "$cache/kernel-source/kernel/irq/irq_sim.c" "$folder/"
  patch_source "$folder/irq_sim.c" "irq_to_desc is not exported to modules in 6.1" \
    's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/'
  patch_source "$folder/gpio-sim.c" "a released line keeps its level, as on a Raspberry Pi" \
    '/free = gpio_sim_free;/d; s/^static void gpio_sim_free/static void __maybe_unused gpio_sim_free/'
  patch_source "$folder/gpio-sim.c" "a place where a get can hang" \
    's/^#include "gpiolib.h"/&\n#include "hil_hang.h"\nHIL_HANG(hang_get_ms);/; /^static int gpio_sim_get\(_multiple\)\?(/,/^}/ s/^\tmutex_lock/\thil_hang(\&hang_get_ms);\n&/'
  patch_source "$folder/gpio-sim.c" "a place where a set can hang" \
    's/^HIL_HANG(hang_get_ms);/&\nHIL_HANG(hang_set_ms);/; /^static void gpio_sim_set\(_multiple\)\?(/,/^}/ s/^\tmutex_lock/\thil_hang(\&hang_set_ms);\n&/'
  [ "$(grep -c 'hil_hang(&' "$folder/gpio-sim.c")" = 4 ]
  [ "$arch" = amd64 ] || make_arguments=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-)
  use_compiler_of "$arch"
  make -j2 -C "$cache/headers/usr/src/linux-headers-$(cat "$cache/kernel-$arch/version")" M="$folder" "${make_arguments[@]}" modules
}

build_programs() {
  local arch=$1 compiler=gcc
  [ "$arch" = amd64 ] || compiler=aarch64-linux-gnu-gcc-12
  use_compiler_of "$arch"
  "$compiler" -O2 -static -Wall -Werror -o "$cache/cost-$arch" "$guest_tests/programs/cost.c"
}

# copy_libraries ROOT TREE FILE…: the shared libraries that the programs need, and theirs.
copy_libraries() {
  local from=$1 tree=$2 name found queue
  shift 2
  queue=("$@")
  while [ ${#queue[@]} -gt 0 ]; do
    for name in $(readelf -d "${queue[0]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      [ ! -e "$tree/lib/$machine/$name" ] || continue
      found=$(find -L "$from/lib" "$from/usr/lib" -name "$name" | head -1)
      [ -n "$found" ] || { echo "Cannot find library $name in $from"; return 1; }
      cp -L "$found" "$tree/lib/$machine/$name"
      queue+=("$found")
    done
    queue=("${queue[@]:1}")
  done
}

# copy_module NAME: with what it depends on; the caller's maps say where modules are and which are copied.
copy_module() {
  local name=${1//-/_} needed
  [ -z "${module_copied[$name]:-}" ] || return 0
  module_copied[$name]=1
  [ -n "${module_path[$name]:-}" ] || { echo "Cannot find kernel module $name"; return 1; }
  for needed in $(tr '\0' '\n' <"${module_path[$name]}" | sed -n 's/^depends=//p' | tr , ' '); do copy_module "$needed"; done
  cp "${module_path[$name]}" "$tree/lib/modules/$kernel/"
}

copy_modules() {
  local file name
  local -A module_path=() module_copied=()
  while read -r file; do
    name=$(basename "$file" .ko)
    module_path[${name//-/_}]=$file
  done < <(find "$cache/kernel-$arch/lib/modules/$kernel" "$cache/modules-$arch" -name '*.ko')
  for name in $guest_modules; do copy_module "$name"; done
  cp "$cache/kernel-$arch/lib/modules/$kernel"/modules.{builtin,order} "$tree/lib/modules/$kernel/"
  "$cache/root-amd64/bin/busybox" depmod -b "$tree" "$kernel"
}

# The initramfs without what is under test.
build_base() {
  local arch=$1 from=$cache/root-$1 tree kernel machine applet
  kernel=$(cat "$cache/kernel-$arch/version")
  machine=$(triplet "$arch")
  tree=$(mktemp -d "$cache/tree.XXXXXX")
  mkdir -p "$tree"/{bin,sbin,usr/bin,usr/sbin,"lib/$machine","usr/lib",lib64,dev,proc,sys,tmp,root,run,etc,"lib/modules/$kernel"}
  cp "$from/bin/busybox" "$tree/bin/"
  for applet in $("$cache/root-amd64/bin/busybox" --list | grep -vE '^(i2c|busybox$|init$)'); do ln -s busybox "$tree/bin/$applet"; done
  if [ "$arch" = amd64 ]; then
    cp -L "$from/lib/$machine/ld-linux-x86-64.so.2" "$tree/lib64/"
  else
    cp -L "$from/lib/$machine/ld-linux-aarch64.so.1" "$tree/lib/"
  fi
  ln -s "/lib/$machine" "$tree/usr/lib/$machine"
  cp "$from/usr/sbin/mosquitto" "$tree/usr/sbin/"
  cp "$from/usr/bin/mosquitto_sub" "$tree/usr/bin/"
  cp "$from"/usr/bin/gpio{detect,info} "$tree/usr/bin/"
  cp "$cache/deno-$arch" "$tree/usr/bin/deno"
  cp "$cache/cost-$arch" "$tree/usr/bin/cost"
  copy_libraries "$from" "$tree" "$tree/usr/sbin/mosquitto" "$tree/usr/bin/mosquitto_sub" "$tree/usr/bin/gpioinfo" "$tree/usr/bin/deno"
  # Deno loads these by name.
  for applet in libdl.so.2 libpthread.so.0 librt.so.1 libgcc_s.so.1; do cp -L "$from/lib/$machine/$applet" "$tree/lib/$machine/"; done
  copy_modules
  echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
  echo 'root:x:0:' >"$tree/etc/group"
  echo '127.0.0.1 localhost' >"$tree/etc/hosts"
  cp "$guest_tests/init" "$tree/init"
  chmod 755 "$tree/init"
  (cd "$tree" && find . | "$cache/root-amd64/bin/busybox" cpio -o -H newc) >"$cache/base-$arch.cpio"
  rm -rf "$tree"
}

# binary_of ARCH: path of the binary under test.
binary_of() {
  if [ "$1" = amd64 ]; then
    echo "${HEARTH_X64:-$root/dist/hearth-x86_64-unknown-linux-gnu}"
  else
    echo "${HEARTH_ARM64:-$root/dist/hearth-aarch64-unknown-linux-gnu}"
  fi
}

# compile ARCH: the binary in dist/, unless it is newer than every source, or one was named.
compile() {
  local arch=$1 binary target=x86_64 lines
  binary=$(binary_of "$arch")
  if [ "$arch" = amd64 ]; then
    [ -z "${HEARTH_X64:-}" ] || return 0
  else
    target=aarch64
    [ -z "${HEARTH_ARM64:-}" ] || return 0
  fi
  if [ -f "$binary" ] &&
    [ -z "$(cd "$root" && find main.ts src drivers layouts deno.json -type f -newer "$binary" ! -name '*_test.ts' -print -quit)" ]; then
    return 0
  fi
  log "compile $target"
  lines=$(sh "$root/scripts/setup.sh" run)
  (eval "$lines" && cd "$root" && PATH=${DENO%/*}:$PATH "$DENO" task compile --target "$target") >&2 ||
    fail "Cannot test the binary as it must compile: see above"
}

# prepare TARGET: everything up to the boot.
prepare() {
  local arch=amd64
  [ "$1" = x64 ] || arch=arm64
  fetch "$arch"
  once "modules-$arch" "$(key_of "$guest_tests"/kmod/* "$root/scripts/hil/build.sh")" build_modules "$arch"
  once "programs-$arch" "$(key_of "$guest_tests"/programs/*)" build_programs "$arch"
  once "base-$arch" \
    "$(key_of "$guest_tests"/kmod/* "$guest_tests"/programs/* "$guest_tests/init" "$root"/scripts/hil/{fetch,build}.sh)-$deno_version" \
    build_base "$arch"
  compile "$arch"
}
