# shellcheck shell=bash disable=SC2154
# Where the kernel, its modules and its headers come from: Debian's packages, or the user's own
# build.

release='' kernel_version='' headers_package='' common_package='' kbuild_package=''

# Prints "package release version headers common kbuild" and writes what apt shall fetch to
# plan/wanted.
plan_debian_kernel() {
  : >"$work/plan/wanted"
  [ -n "$kernel_package" ] || return 0
  local image=$kernel_package name version headers common kbuild
  # A metapackage (linux-image-cloud-amd64, linux-image-6.12-amd64) names the real one in its
  # dependencies; a real one depends on no other kernel.
  local real
  real=$(dependencies "$image" | grep -E -m1 '^linux-image-[0-9]' || true)
  if [ -n "$real" ]; then image=$real
  elif ! [[ $image =~ ^linux-image-[0-9] ]]; then image=''; fi
  [ -n "$image" ] || give_up "package $kernel_package is unknown or leads to no kernel" \
    "run apt-get update; apt-cache search linux-image shows what there is"
  name=${image%%=*}
  version=${image#"$name"}
  version=${version#=}
  if [ -z "$version" ]; then
    version=$(apt-cache show --no-all-versions "$name" 2>/dev/null |
      sed -n 's/^Version: //p' || true)
    [ -n "$version" ] || give_up "there is no package $name" "run apt-get update"
  fi
  local release=${name#linux-image-}
  release=${release%-unsigned}
  echo "$name=$version" >"$work/plan/wanted"

  # Headers of the very same version, or the module would not load.
  headers=linux-headers-$release
  dependencies "$headers=$version" >"$work/plan/headers"
  common=$(grep -E -m1 '^linux-headers-.*-common' "$work/plan/headers" || true)
  kbuild=$(grep -E -m1 '^linux-kbuild-' "$work/plan/headers" || true)
  if [ -n "$common" ] && [ -n "$kbuild" ]; then
    common=${common%%=*} kbuild=${kbuild%%=*}
    printf '%s\n' "$headers=$version" "$common=$version" >>"$work/plan/wanted"
    # Of the build tools a later one will do (headers ask for >=), and for some hours after an upload
    # the archive has no other.
    if [ -n "$(apt-cache show "$kbuild=$version" 2>/dev/null || true)" ]; then
      echo "$kbuild=$version"
    else
      echo "$kbuild"
    fi >>"$work/plan/wanted"
    echo "$name $release $version $headers $common $kbuild"
  else
    complain "no headers for $name $version: the image will have no lab module"
    echo "$name $release $version"
  fi
}

plan_own_kernel() {
  [ -r "$kernel" ] || give_up "cannot read the kernel $kernel"
  local found=()
  if [ -e "$modules/modules.order" ]; then
    found=("$modules")
  else
    found=("$modules"/lib/modules/*/modules.order)
    found=("${found[@]%/modules.order}")
  fi
  [ ${#found[@]} = 1 ] && [ -e "${found[0]}/modules.order" ] ||
    give_up "$modules holds no single lib/modules/RELEASE" \
      "make it with: make modules_install INSTALL_MOD_PATH=$modules"
  modules=$(cd "${found[0]}" && pwd)
  release=$(basename "$modules")
  kernel_version=own
  [ -n "$headers" ] || headers=$modules/build
  [ -e "$headers/Makefile" ] || {
    complain "no kernel build tree at $headers: the image will have no lab module"
    headers=''
  }
}

# Sets vmlinuz, module_tree and, if there are any, headers.
make_kernel() {
  if [ -n "$kernel" ]; then
    vmlinuz=$kernel module_tree=$modules
    return
  fi
  local tree
  tree=$(unpacked "$kernel_package")
  vmlinuz=$tree/boot/vmlinuz-$release
  module_tree=$tree/lib/modules/$release
  [ -e "$module_tree" ] || module_tree=$tree/usr/lib/modules/$release
  [ -e "$vmlinuz" ] && [ -e "$module_tree" ] || give_up "$kernel_package holds no kernel $release"
  [ -z "$headers_package" ] || unpack_headers
}

# The three packages refer to each other, so they share one tree, and the Makefile that names
# /usr/src must name its neighbour instead.
unpack_headers() {
  local key name header_packages=("$headers_package" "$common_package" "$kbuild_package")
  key=$(for name in "${header_packages[@]}"; do sha256_of_package "$name"; done |
    sha256sum | cut -c1-16)
  headers=$cache/headers/$key/usr/src/linux-headers-$release
  [ ! -e "$headers/Makefile" ] || return 0
  mkdir -p "$cache/headers" "$work/headers"
  for name in "${header_packages[@]}"; do
    dpkg-deb -x "$cache/debs/$(sha256_of_package "$name").deb" "$work/headers"
  done
  # shellcheck disable=SC2016
  sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' \
    "$work/headers/usr/src/linux-headers-$release/Makefile"
  rm -rf "$cache/headers/$key"
  mv "$work/headers" "$cache/headers/$key"
}
