# shellcheck shell=bash disable=SC2154
# The guest's root file system: our own files, what `userland` and `modules` list, and the libraries
# those need.

# Sets root. What does not depend on the agent and the additions is kept in the cache: while an
# agent is being written only the last lines below are new.
make_root() {
  local key base addition
  key=$(grep -vE '^(agent|add) ' "$work/inputs" | sha256sum | cut -c1-32)
  base=$cache/roots/$key
  if [ -n "$force" ] || [ ! -d "$base" ]; then
    root=$work/base
    make_base_root
    mkdir -p "$cache/roots"
    rm -rf "$base"
    mv "$work/base" "$base"
  fi
  root=$work/root
  # Links, not copies: whatever is replaced below is removed first.
  cp -a --link "$base" "$root"
  [ -z "$agent" ] || install -m 0755 "$agent" "$root/wedgehog/agent"
  for addition in "${additions[@]}"; do take_addition "$addition"; done
  [ ${#additions[@]} = 0 ] || take_libraries
}

make_base_root() {
  say "putting the root file system together"
  mkdir -p "$root"/{dev,proc,sys,run,tmp,mnt,root,etc,var,wedgehog,usr/{bin,sbin,lib,lib64}}
  local dir
  # One tree under /usr, as Debian has it, so that a library is found under either name.
  for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
  cp -R "$here/root/." "$root/"
  chmod 0755 "$root/init" "$root"/wedgehog/* "$root"/etc/acpi/*/*
  ln -s /proc/self/mounts "$root/etc/mtab"
  ln -s /run "$root/var/run"
  take_userland
  take_modules
  take_libraries
}

# Copies FILE of an unpacked package to the place the merged /usr gives it.
take_file() {
  local from=$1 path=$2
  case $path in bin/* | sbin/* | lib/* | lib64/*) path=usr/$path ;; esac
  [ -e "$root/$path" ] && return
  mkdir -p "$root/$(dirname "$path")"
  cp -P "$from" "$root/$path"
  [ -L "$root/$path" ] || chmod u+w "$root/$path"
}

# All of a package but what is for people to read.
take_package() {
  local tree file
  tree=$(unpacked "$1")
  while read -r file; do take_file "$tree/$file" "$file"; done < <(
    cd "$tree" && find . \( -path ./usr/share/doc -o -path ./usr/share/man -o -path ./usr/share/info \
      -o -path ./usr/share/locale -o -path ./usr/share/lintian \) -prune \
      -o \( -type f -o -type l \) -print | sed 's#^\./##' | sort)
}

take_userland() {
  local name tree file files
  while read -r name files; do
    tree=$(unpacked "$name")
    for file in $files; do
      if [ -e "$tree/$file" ]; then take_file "$tree/$file" "$file"
      elif [ -e "$tree/usr/$file" ]; then take_file "$tree/usr/$file" "usr/$file"
      else give_up "package $name has no file $file" "correct images/linux/userland"; fi
    done
  done < <(listed userland)
  for name in "${extra_packages[@]}"; do take_package "$name"; done
  for file in ext2 ext3 ext4; do
    ln -s mke2fs "$root/sbin/mkfs.$file"
    ln -s e2fsck "$root/sbin/fsck.$file"
  done
  [ -z "$(PATH=/nowhere "$root/bin/busybox" sh -c 'true; exec ls /' 2>/dev/null)" ] ||
    give_up "this busybox prefers its applets to the real programs of the same name" \
      "take another package in images/linux/userland"
  ln -s dash "$root/bin/sh"
  local applet
  while read -r applet; do
    [ -e "$root/bin/$applet" ] || [ -e "$root/sbin/$applet" ] ||
      ln -s busybox "$root/usr/bin/$applet"
  done < <("$root/bin/busybox" --list)
  # The kernel calls these two by path.
  ln -s ../bin/busybox "$root/usr/sbin/init"
  ln -s ../bin/busybox "$root/usr/sbin/modprobe"
}

# The libraries that files need, by name; nothing for static ones and scripts.
needed_by() {
  { readelf -d "$@" 2>/dev/null || true; } | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

# dlopen()ed, so no file names it: threads that are cancelled unwind with it.
hidden_libraries=(libgcc_s.so.1)

# Every library that something in the image needs, then what those need, until nothing is new.
take_libraries() {
  local name tree file library files=() found=() missing=()
  declare -A where=()
  while read -r name; do
    tree=$(unpacked "$name")
    while read -r file; do where[${file##*/}]=$file; done < <(find "$tree" -name '*.so*' ! -type d)
  done < <({ userland_packages; closure_of "${extra_packages[@]}"; } | sort -u)

  mapfile -t files < <(find "$root" -type f -perm /111 | sort)
  found=("${hidden_libraries[@]}")
  while [ ${#files[@]} -gt 0 ]; do
    mapfile -t -O ${#found[@]} found < <(needed_by "${files[@]}")
    files=()
    for library in "${found[@]}"; do
      file=$root/usr/lib/$library
      [[ $library != ld-linux* ]] || file=$root/usr/lib64/$library
      [ ! -e "$file" ] || continue
      if [ -z "${where[$library]:-}" ]; then
        missing+=("$library")
        continue
      fi
      install -m 0755 "$(realpath "${where[$library]}")" "$file"
      files+=("$file")
    done
    found=()
  done
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  [ -z "${missing[*]}" ] ||
    give_up "no package of the image has these libraries, which it needs: ${missing[*]}" \
      "add their packages to images/linux/userland (apt-file search NAME), or link the added file statically"
}

take_modules() {
  local to=$root/usr/lib/modules/$release name file kind boot=()
  mkdir -p "$to/kernel"
  # The dependencies of all modules; then the ones asked for and what they need.
  local dep=$work/modules.dep
  mkdir -p "$work/all/lib/modules"
  ln -sfn "$module_tree" "$work/all/lib/modules/$release"
  depmod -n -b "$work/all" "$release" 2>"$work/depmod.log" | grep -E '^[^ ]+\.ko[^ ]*:' >"$dep" ||
    { cat "$work/depmod.log" >&2; give_up "depmod fails on $module_tree"; }

  while read -r kind name; do
    file=$(module_file "$dep" "$name")
    if [ -z "$file" ]; then
      built_in "$name" || complain "kernel $release has no module $name: left out"
      continue
    fi
    # Dependencies stand behind their user in modules.dep, the deepest last.
    while read -r file; do
      copy_module "$file" "$to"
      [ "$kind" != boot ] || boot+=("/lib/modules/$release/${file%.[gxz]*}")
    done < <(grep -m1 "^$file:" "$dep" | tr -d : | tr ' ' '\n' | tac)
  done < <(listed modules)

  if [ -n "$lab_module" ]; then install -D -m 0644 "$lab_module" "$to/extra/wedgehog_lab.ko"; fi
  cp "$module_tree"/modules.{order,builtin} "$to/"
  [ ! -e "$module_tree/modules.builtin.modinfo" ] ||
    cp "$module_tree/modules.builtin.modinfo" "$to/"
  depmod -b "$root/usr" "$release" 2>"$work/depmod.log" ||
    give_up "depmod fails on the image's modules"
  # busybox reads the text tables only.
  rm -f "$to"/*.bin "$to"/modules.{order,builtin.modinfo,devname}
  printf '%s\n' "${boot[@]}" | awk '!seen[$0]++' >"$to/wedgehog.boot"
}

# - and _ are the same in module names.
module_file() {
  local pattern=${2//[-_]/[-_]}
  sed -n "s#^\(\(.*/\)\?$pattern\.ko\(\.[gxz][a-z]*\)\?\):.*#\1#p" "$1" | head -n1
}

built_in() { grep -q "/${1//[-_]/[-_]}\.ko$" "$module_tree/modules.builtin"; }

copy_module() {
  local file=$1 to=$2/${1%.[gxz]*}
  [ ! -e "$to" ] || return 0
  mkdir -p "$(dirname "$to")"
  case $file in
    *.ko) cp "$module_tree/$file" "$to" ;;
    *.xz) xz -dc "$module_tree/$file" >"$to" ;;
    *.gz) gzip -dc "$module_tree/$file" >"$to" ;;
    *.zst) zstd -qdc "$module_tree/$file" >"$to" ;;
  esac
}

check_agent() {
  [ -f "$1" ] || give_up "there is no agent at $1"
  [ -z "$(needed_by "$1")" ] ||
    give_up "the agent $1 is not static: it needs $(needed_by "$1" | paste -sd' ')" \
      "link it with -static"
}

check_addition() {
  local file=${1%:*} dest=${1##*:}
  [[ $1 == *:* ]] && [ -n "$dest" ] || give_up "--add $1: FILE:DEST is meant"
  [ -f "$file" ] || give_up "--add $1: there is no file $file"
  case /$dest/ in */../*) give_up "--add $1: no .. in the destination" ;; esac
}

take_addition() {
  local file=${1%:*} dest=${1##*:} mode=0644
  dest=${dest#/}
  case $dest in bin/* | sbin/* | lib/* | lib64/*) dest=usr/$dest ;; esac
  [ ! -x "$file" ] || mode=0755
  rm -f "$root/$dest"
  install -D -m "$mode" "$file" "$root/$dest"
}
