# shellcheck shell=bash disable=SC2154
# Where the kernel, its modules and its headers come from: Debian's packages, or the user's own build.

release='' kernel_version='' header_packages=()

plan_kernel() {
  if [ -n "$kernel" ]; then plan_own_kernel; else plan_debian_kernel; fi
}

plan_debian_kernel() {
  local image headers common
  image=$kernel_package
  # A metapackage (linux-image-cloud-amd64) names the real one in its dependencies.
  [[ $image =~ ^linux-image-[0-9] ]] || image=$(dependency_matching "$kernel_package" '^linux-image-[0-9]')
  [ -n "$image" ] || give_up "package $kernel_package is unknown or leads to no kernel" \
    "apt-get update; apt-cache search linux-image shows what there is"
  kernel_package=${image%%=*}
  release=${kernel_package#linux-image-}
  release=${release%-unsigned}
  resolve_packages "$image" >"$work/kernel.packages"
  kernel_version=$(awk 'NR == 1 { print $2 }' "$work/kernel.packages")

  headers=linux-headers-$release
  common=$(dependency_matching "$headers=$kernel_version" '^linux-headers-.*-common')
  if [ -n "$common" ]; then
    local kbuild
    kbuild=$(dependency_matching "$headers=$kernel_version" '^linux-kbuild-')
    header_packages=("$headers" "${common%%=*}" "${kbuild%%=*}")
    resolve_packages "$headers=$kernel_version" "${common%%=*}=$kernel_version" \
      "${kbuild%%=*}=$kernel_version" >>"$work/kernel.packages"
  else
    complain "no headers for $kernel_package $kernel_version: the image will have no lab module"
  fi
  sort -u "$work/packages" "$work/kernel.packages" -o "$work/packages"
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
  kernel_package='' kernel_version=own
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
  [ ${#header_packages[@]} = 0 ] || unpack_headers
}

# The three packages refer to each other, so they share one tree, and the Makefile that names
# /usr/src must name its neighbour instead.
unpack_headers() {
  local key name
  key=$(for name in "${header_packages[@]}"; do sha256_of_package "$name"; done | sha256sum | cut -c1-16)
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
