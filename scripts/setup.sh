#!/bin/sh
# Finds or installs what Hearth needs and prints `export` lines on standard output for eval; all else goes to standard error.
#
#   lines=$(sh scripts/setup.sh [test]) || exit 1
#   eval "$lines"
#
# Deno, first that fits: $DENO as it is; `deno` on the PATH; the pinned npm package in the user's cache folder.
# To run, 2.6.10 (the oldest runtime that is tested) up to 3 fits. For tests only 2.9.x: the formatter and the linter
# are part of the gate, and their output changes with the version.
# With `test` also what the tests start, from the package manager when root or sudo is there. What only some tests need may
# be missing: they are skipped then, and fail in CI.
set -eu

PINNED=2.9.5
purpose=${1:-run}

say() {
  printf 'setup: %s\n' "$*" >&2
}

fail() {
  say "$@"
  exit 1
}

version_of() {
  "$1" --version 2>/dev/null | sed -n '1s/^deno \([0-9][0-9.]*\).*/\1/p'
}

# fits VERSION: says nothing, returns 0 when the version is good for the purpose.
fits() {
  major=${1%%.*}
  rest=${1#*.}
  minor=${rest%%.*}
  patch=${rest#*.}
  [ "$major" = 2 ] || return 1
  if [ "$purpose" = test ]; then
    [ "$minor" = 9 ]
    return
  fi
  [ "$minor" -gt 6 ] || { [ "$minor" -eq 6 ] && [ "$patch" -ge 10 ]; }
}

# Name of the npm package that holds the real program; the `deno` command beside it is a wrapper that swallows signals.
platform_package() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x64-glibc ;;
    Linux-aarch64) echo linux-arm64-glibc ;;
    Darwin-x86_64) echo darwin-x64 ;;
    Darwin-arm64) echo darwin-arm64 ;;
    *) fail "Cannot install Deno as no package is known for this machine: $(uname -s) $(uname -m). Set DENO to a deno $PINNED" ;;
  esac
}

# Installs into a folder of its own and moves it into place, so that an interrupted installation leaves nothing half done.
install_pinned() {
  package=$(platform_package)
  folder=${XDG_CACHE_HOME:-${HOME:?Cannot find a cache folder as HOME or XDG_CACHE_HOME must be set}/.cache}/hearth/deno-$PINNED
  found=$folder/node_modules/@deno/$package/deno
  if [ ! -x "$found" ]; then
    command -v npm >/dev/null 2>&1 ||
      fail "Cannot install Deno as npm must be on the PATH: install Deno $PINNED or npm, or set DENO to a deno"
    say "installing deno $PINNED into $folder"
    mkdir -p "${folder%/*}"
    part=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$part"' EXIT
    npm install --prefix "$part" --no-save --no-audit --no-fund --ignore-scripts "deno@$PINNED" >&2 ||
      fail "Cannot install Deno as npm must succeed: see its messages above"
    [ -f "$part/node_modules/@deno/$package/deno" ] ||
      fail "Cannot install Deno as the npm package must bring @deno/$package: it did not"
    chmod 755 "$part/node_modules/@deno/$package/deno"
    rm -rf "$folder"
    mv "$part" "$folder" || [ -x "$found" ] || fail "Cannot install Deno as $folder must be writable"
  fi
  printf '%s\n' "$found"
}

find_deno() {
  if [ -n "${DENO:-}" ]; then
    found=$(command -v "$DENO") || fail "Cannot use DENO as it must name a program: found \"$DENO\""
    version=$(version_of "$found")
    [ -n "$version" ] || fail "Cannot use DENO as it must be a Deno: \"$found\" prints no version"
    fits "$version" || say "DENO is version $version, which is not one that is tested; going on as told"
    printf '%s\n' "$found"
    return
  fi
  if found=$(command -v deno); then
    version=$(version_of "$found")
    if [ -n "$version" ] && fits "$version"; then
      printf '%s\n' "$found"
      return
    fi
    say "deno ${version:-of no version} on the PATH does not fit"
  fi
  install_pinned
}

# What the tests start, one a line: who needs it, the Debian package, and how it is known: a command, or a path.
needs() {
  cat <<'LIST'
all mosquitto mosquitto
all mosquitto-clients mosquitto_pub
all openssl openssl
all gcc gcc
all libc6-dev /usr/include/stdio.h
some gcc-12 gcc-12
some make make
some npm npm
some util-linux flock
some openssh-client ssh
some openssh-server /usr/sbin/sshd
some debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg
some xz-utils xz
some binutils readelf
some mawk awk
some dpkg dpkg-deb
some python3 python3
some python3-venv python3-venv
LIST
  # An aarch64 machine runs the aarch64 binary itself.
  [ "$(uname -m)" != x86_64 ] || cat <<'LIST'
some qemu-user-static qemu-aarch64-static
some libc6-arm64-cross /usr/aarch64-linux-gnu/lib/libc.so.6
some libgcc-s1-arm64-cross /usr/aarch64-linux-gnu/lib/libgcc_s.so.1
LIST
}

# A broker is often installed outside the PATH of an ordinary user.
is_there() {
  case $1 in
    /*) [ -e "$1" ] ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    *) PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# missing WHO: the Debian packages that are missing of those that WHO ("all" or "some") needs.
missing() {
  needs | while read -r who package mark; do
    if [ "$who" = "$1" ] && ! is_there "$mark"; then printf ' %s' "$package"; fi
  done
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  $as_root apt-get install -y --no-install-recommends $1 >&2 || {
    $as_root apt-get update >&2
    $as_root apt-get install -y --no-install-recommends $1 >&2
  }
}

install_programs() {
  packages="$(missing all)$(missing some)"
  [ -n "$packages" ] || return 0
  as_root=
  if [ "$(id -u)" != 0 ]; then
    as_root='sudo -n'
    sudo -n true 2>/dev/null || as_root=none
  fi
  if [ "$as_root" != none ] && command -v apt-get >/dev/null 2>&1; then
    say "installing for the tests:$packages"
    install_packages "$packages" || say "Cannot install all of them: see the messages above"
  fi
  packages=$(missing all)
  [ -z "$packages" ] || fail "Cannot run the tests as these Debian packages must be installed:$packages"
  packages=$(missing some)
  [ -z "$packages" ] || say "Cannot run some tests as these Debian packages must be installed:$packages"
}

quoted() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

case $purpose in
  run | test) ;;
  *) fail "Cannot set up as the purpose must be \"run\" or \"test\": found \"$purpose\"" ;;
esac

deno=$(find_deno)
[ "$purpose" = run ] || install_programs

printf 'export DENO=%s\n' "$(quoted "$deno")"
printf 'export DENO_TLS_CA_STORE=%s\n' "$(quoted "${DENO_TLS_CA_STORE:-system,mozilla}")"
printf 'export DENO_NO_UPDATE_CHECK=1\n'
[ "$purpose" = run ] || printf 'export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"\n'
