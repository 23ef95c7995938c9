# Sourced by hil-test: packages of Debian and npm, unpacked below $cache; nothing is installed.
# shellcheck shell=bash disable=SC2154

# The runtime that the tests in the guest need; the newest that npm has for both machines. The binary under test brings its own.
deno_version=$(sed -n 's/^PINNED=//p' "$root/scripts/setup.sh")
suite=bookworm
# Its QEMU starts and runs faster than bookworm's.
qemu_suite=trixie

# once NAME KEY COMMAND…: runs a step of the preparation unless its last run had this key; its output is shown when it fails.
once() {
  local stamp=$cache/done/$1 key=$2
  shift 2
  [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
  log "$*"
  mkdir -p "$cache/done"
  rm -f "$stamp"
  # In a subshell with set -e of its own: "||" would switch it off.
  (set -e; "$@") >"$cache/step.log" 2>&1 &
  if ! wait $!; then
    tail -40 "$cache/step.log" >&2
    fail "Cannot prepare as this step must succeed: $*"
  fi
  echo "$key" >"$stamp"
}

# Scheme and host of the machine's first index of Debian packages.
mirror() {
  if [ -n "${HIL_MIRROR:-}" ]; then
    echo "$HIL_MIRROR"
    return
  fi
  local site
  site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 's#/debian/*$##p' | head -1)
  [ -n "$site" ] || site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sed 's#/[^/]*$##' | head -1)
  [ -n "$site" ] || { echo "Cannot find a Debian mirror as apt must know one: set HIL_MIRROR" >&2; return 1; }
  echo "$site"
}

# apt_root SUITE ARCH: a root of apt's own, with no dpkg database and no change to the machine's.
apt_root() {
  local root=$cache/apt/$1-$2 line site
  site=$(mirror)
  rm -rf "$root"
  mkdir -p "$root"/{etc/apt.conf.d,etc/preferences.d,etc/sources.list.d,state/lists/partial,cache/archives/partial,log,download}
  : >"$root/state/status"
  for line in "debian $1" "debian $1-updates" "debian-security $1-security"; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site/$line main"
  done >"$root/etc/sources.list"
  printf '%s "%s";\n' Dir::Etc "$root/etc" Dir::State "$root/state" Dir::State::status "$root/state/status" \
    Dir::Cache "$root/cache" Dir::Log "$root/log" APT::Architecture "$2" APT::Architectures "$2" \
    APT::Sandbox::User root APT::Install-Recommends false Acquire::Languages none Acquire::Retries 3 >"$root/apt.conf"
  APT_CONFIG=$root/apt.conf apt-get -q update
}

# unpack SUITE ARCH FOLDER PACKAGE…: just these packages.
unpack() {
  local root=$cache/apt/$1-$2 folder=$3 file
  shift 3
  mkdir -p "$folder"
  rm -f "$root"/download/*.deb
  (cd "$root/download" && APT_CONFIG=$root/apt.conf apt-get -q download "$@")
  for file in "$root"/download/*.deb; do dpkg-deb -x "$file" "$folder"; done
  rm -f "$root"/download/*.deb
}

# unpack_all SUITE ARCH FOLDER PACKAGE…: with everything they depend on.
unpack_all() {
  local root=$cache/apt/$1-$2 folder=$3 file
  shift 3
  mkdir -p "$folder"
  APT_CONFIG=$root/apt.conf apt-get -q install -y --download-only "$@"
  for file in "$root"/cache/archives/*.deb; do dpkg-deb -x "$file" "$folder"; done
  rm -f "$root"/cache/archives/*.deb
}

# The kernel that Debian offers now, for example 6.1.0-56-amd64.
newest_kernel() {
  APT_CONFIG=$cache/apt/$suite-$1/apt.conf apt-cache depends "linux-image-$1" |
    awk '/Depends: linux-image/ { sub("linux-image-", "", $2); print $2; exit }'
}

fetch_kernel() {
  local arch=$1 kernel image offset
  kernel=$(newest_kernel "$arch")
  [ -n "$kernel" ]
  unpack "$suite" "$arch" "$cache/kernel-$arch" "linux-image-$kernel"
  if [ "$arch" = amd64 ]; then
    # The uncompressed image boots by PVH: 3 s less than unpacking it in the guest.
    image=$cache/kernel-amd64/boot/vmlinuz-$kernel
    offset=$(LC_ALL=C grep -abom1 $'\xfd7zXZ\x00' "$image" | head -1 | cut -d: -f1)
    tail -c +$((offset + 1)) "$image" | xz -dc >"$cache/kernel-amd64/vmlinux" 2>/dev/null || true
    [ "$(head -c4 "$cache/kernel-amd64/vmlinux" | tail -c3)" = ELF ]
  fi
  echo "$kernel" >"$cache/kernel-$arch/version"
}

fetch_headers() {
  local kernel common
  kernel=$(cat "$cache/kernel-$1/version")
  common=linux-headers-${kernel%-*}-common
  unpack "$suite" "$1" "$cache/headers" "linux-headers-$kernel"
  sed -i "s#^include .*#include $cache/headers/usr/src/$common/Makefile#" "$cache/headers/usr/src/linux-headers-$kernel/Makefile"
}

fetch_kbuild() {
  local kernel
  kernel=$(cat "$cache/kernel-amd64/version")
  unpack "$suite" amd64 "$cache/headers" "linux-headers-${kernel%-*}-common" "linux-kbuild-${kernel%.*}"
}

# GPL sources of the kernel stay in the cache.
fetch_kernel_source() {
  local version
  version=$(cat "$cache/kernel-amd64/version")
  version=${version%.*}
  unpack "$suite" amd64 "$cache/source" "linux-source-$version"
  mkdir -p "$cache/kernel-source"
  tar -C "$cache/kernel-source" --strip-components=1 -xf "$cache/source/usr/src/linux-source-$version.tar.xz" \
    "linux-source-$version"/{drivers/gpio/gpio-sim.c,drivers/gpio/gpiolib.h,kernel/irq/irq_sim.c}
  rm -rf "$cache/source"
}

# What the guest runs beside the binary: libc, shell, broker. Of the broker's packages only the libraries that it needs are used.
fetch_guest_root() {
  unpack_all "$suite" "$1" "$cache/root-$1" busybox-static mosquitto mosquitto-clients libgcc-s1 gpiod
}

fetch_deno() {
  local name=linux-x64-glibc part
  [ "$1" = amd64 ] || name=linux-arm64-glibc
  part=$(mktemp -d "$cache/deno.XXXXXX")
  (cd "$part" && npm pack --silent "@deno/$name@$deno_version" >&2 && tar -xzf ./*.tgz package/deno)
  chmod 755 "$part/package/deno"
  mv "$part/package/deno" "$cache/deno-$1"
  rm -rf "$part"
}

fetch_cross_compiler() {
  unpack "$suite" amd64 "$cache/cross" gcc-12-aarch64-linux-gnu cpp-12-aarch64-linux-gnu binutils-aarch64-linux-gnu \
    libgcc-12-dev-arm64-cross libc6-dev-arm64-cross libc6-arm64-cross linux-libc-dev-arm64-cross
}

fetch_qemu() {
  unpack_all "$qemu_suite" amd64 "$cache/qemu" qemu-system-x86 qemu-system-arm
}

# fetch ARCH: amd64 is needed for arm64 too (kernel source, build tools, shell of the host side).
fetch() {
  local arch=$1 key
  key=$(key_of "$root/scripts/hil/fetch.sh")
  once "apt-$suite-amd64" 1 apt_root "$suite" amd64
  once "apt-$qemu_suite-amd64" 1 apt_root "$qemu_suite" amd64
  once qemu 1 fetch_qemu
  once kernel-amd64 1 fetch_kernel amd64
  once kbuild 1 fetch_kbuild
  once kernel-source 1 fetch_kernel_source
  once root-amd64 "$key" fetch_guest_root amd64
  if [ "$arch" = arm64 ]; then
    once "apt-$suite-arm64" 1 apt_root "$suite" arm64
    once kernel-arm64 1 fetch_kernel arm64
    once cross-compiler 1 fetch_cross_compiler
    once root-arm64 "$key" fetch_guest_root arm64
  fi
  once "headers-$arch" 1 fetch_headers "$arch"
  once "deno-$arch" "$deno_version" fetch_deno "$arch"
}
