# shellcheck shell=bash disable=SC2154
# The lab module for the disk's kernel, where this host can build it: `modprobe wedgehog_lab` in the
# guest. Without it a disk is as good for everything else.

# The packages of the kernel's headers follow those of the kernel.
headers_package() { echo "linux-headers-${kernel_package#linux-image-}"; }

make_lab_module() {
  case $kernel_package in linux-image-*) ;; *) leave_lab_out "$kernel_package names no kernel of Debian's"; return ;; esac
  command -v gcc >/dev/null && command -v make >/dev/null && command -v dpkg-deb >/dev/null ||
    { leave_lab_out "gcc, make or dpkg-deb is not here"; return; }
  apt_of_disk --yes --download-only install "$(headers_package)" >"$work/apt.log" 2>&1 ||
    { leave_lab_out "there are no headers for $kernel_package"; return; }
  local package tree=$work/headers headers compiler
  mkdir "$tree"
  while read -r package; do
    dpkg-deb -x "$debs/$package" "$tree"
  done < <(cd "$debs" && find . -name 'linux-headers-*.deb' -o -name 'linux-kbuild-*.deb' | newest_of_each)
  headers=$(find "$tree/usr/src" -mindepth 1 -maxdepth 1 -name 'linux-headers-*' |
    grep -E "/linux-headers-$(release_pattern)\$" | sort -V | tail -n1 || true)
  [ -n "$headers" ] || { leave_lab_out "the headers hold no tree"; return; }
  # They name /usr/src, which is the host's; their neighbour is meant.
  # shellcheck disable=SC2016
  sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' "$headers/Makefile"
  release=${headers##*/linux-headers-}
  compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="[^ ]*gcc\(-[0-9]*\).*/gcc\1/p' "$headers/.config")
  command -v "$compiler" >/dev/null || compiler=gcc
  say "building the lab module for $release with $compiler"
  mkdir "$work/lab"
  # Without types for BPF, which would want pahole.
  cp "$here"/../linux/lab/*.[ch] "$here/../linux/lab/Kbuild" "$work/lab/"
  make -C "$headers" M="$work/lab" CC="$compiler" CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$work/lab.log" 2>&1 || {
    leave_lab_out "it does not build for $release with $compiler: $(grep -m1 -i error "$work/lab.log")"
    return
  }
  strip --strip-debug "$work/lab/wedgehog_lab.ko"
  additions+=("$work/lab/wedgehog_lab.ko:usr/lib/modules/$release/extra/wedgehog_lab.ko")
}

# linux-image-cloud-amd64 leads to 6.1.0-57-cloud-amd64, and never to 6.1.0-57-amd64;
# linux-image-6.12-amd64 to 6.12.117+deb12-amd64.
release_pattern() {
  local name=${kernel_package#linux-image-}
  name=${name%%=*}
  case $name in
    [0-9]*-*) echo "$(sed 's/[.+]/[&]/g' <<<"${name%%-*}")([.+][^-]*)?(-[0-9]+)?-${name#*-}" ;;
    *) echo "[0-9][^-]*(-[0-9]+)?-$name" ;;
  esac
}

# Of several versions that the cache holds, the last.
newest_of_each() { sort -V | awk -F_ '{ last[$1] = $0 } END { for (name in last) print last[name] }'; }

leave_lab_out() { say "without the lab module: $1"; }
