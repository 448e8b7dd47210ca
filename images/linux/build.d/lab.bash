# shellcheck shell=bash disable=SC2154
# Builds the lab module out of tree, with the compiler the kernel was built with if it is there.

compiler_for_kernel() {
  local wanted
  wanted=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="[^ ]*gcc\(-[0-9]*\).*/gcc\1/p' \
    "$1/.config" 2>/dev/null || true)
  if [ -n "$wanted" ] && command -v "$wanted" >/dev/null; then echo "$wanted"; else echo gcc; fi
}

# Sets lab_module; the module is kept by what it was made of.
make_lab() {
  lab_module=''
  [ -n "$headers" ] || return 0
  local compiler key
  compiler=$(compiler_for_kernel "$headers")
  key=$({
    "$compiler" --version
    cat "$headers/Module.symvers" "$headers/.config" "$here"/lab/* "$here/build.d/lab.bash"
  } | sha256sum | cut -c1-32)
  lab_module=$cache/lab/$key/wedgehog_lab.ko
  [ ! -e "$lab_module" ] || return 0
  build_lab "$compiler"
  mkdir -p "$cache/lab/$key"
  mv "$work/lab/wedgehog_lab.ko" "$lab_module"
}

build_lab() {
  say "building the lab module for $release with $1"
  mkdir "$work/lab"
  cp "$here"/lab/*.[ch] "$here/lab/Kbuild" "$work/lab/"
  # No path may reach the bytes: no debug information, no build id, no __FILE__ with a folder. Types
  # for BPF (of kernels from 6.12 on, whose headers hold what they are made from) would want pahole.
  if ! make -C "$headers" M="$work/lab" CC="$1" -j"$jobs" \
    KCFLAGS="-ffile-prefix-map=$work/lab/= -g0" LDFLAGS_MODULE=--build-id=none \
    CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$work/lab.log" 2>&1; then
    tail -30 "$work/lab.log" >&2
    give_up "the lab module does not build for $release with $1" \
      "another compiler may be needed: grep CC_VERSION $headers/.config"
  fi
  strip --strip-debug "$work/lab/wedgehog_lab.ko"
}
