# shellcheck shell=bash disable=SC2154
# Builds the lab module out of tree, with the compiler the kernel was built with if it is there.

compiler_for_kernel() {
  local wanted
  wanted=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="[^ ]*gcc\(-[0-9]*\).*/gcc\1/p' "$1/.config" 2>/dev/null)
  if [ -n "$wanted" ] && command -v "$wanted" >/dev/null; then echo "$wanted"; else echo gcc; fi
}

make_lab() {
  lab_module=''
  [ -n "$headers" ] || return 0
  local compiler
  compiler=$(compiler_for_kernel "$headers")
  mkdir "$work/lab"
  cp "$here"/lab/*.[ch] "$here/lab/Kbuild" "$work/lab/"
  say "building the lab module for $release"
  # Paths must not reach the bytes: no debug information, no build id, no __FILE__ with a folder.
  if ! make -C "$headers" M="$work/lab" CC="$compiler" -j"$jobs" \
    KCFLAGS="-ffile-prefix-map=$work/lab/= -g0" LDFLAGS_MODULE=--build-id=none \
    modules >"$work/lab.log" 2>&1; then
    tail -30 "$work/lab.log" >&2
    give_up "the lab module does not build for $release with $compiler" \
      "another compiler may be needed: grep CC_VERSION $headers/.config"
  fi
  # Debug information made by the assembler or the linker script's own sections.
  strip --strip-debug "$work/lab/wedgehog_lab.ko"
  lab_module=$work/lab/wedgehog_lab.ko
}
