# shellcheck shell=bash disable=SC2154
# The guest's root file system: our own files, what `userland` and `modules` list, and the libraries
# those need.

make_root() {
  root=$work/root
  say "putting the root file system together"
  mkdir -p "$root"/{dev,proc,sys,run,tmp,mnt,root,etc,var,wedgehog,usr/{bin,sbin,lib,lib64}}
  local dir
  # One tree under /usr, as Debian has it, so that a library is found under either name.
  for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
  cp -R "$here/root/." "$root/"
  chmod 0755 "$root/init" "$root"/wedgehog/*
  ln -s /proc/self/mounts "$root/etc/mtab"
  ln -s /run "$root/var/run"
  take_userland
  take_modules
  [ -z "$agent" ] || install -m 0755 "$agent" "$root/wedgehog/agent"
  local addition
  for addition in "${additions[@]}"; do take_addition "$addition"; done
  take_libraries
}

# Copies FILE of an unpacked package to the place the merged /usr gives it.
take_file() {
  local from=$1 path=$2
  case $path in bin/* | sbin/* | lib/* | lib64/*) path=usr/$path ;; esac
  [ -e "$root/$path" ] && return
  mkdir -p "$root/$(dirname "$path")"
  cp "$from" "$root/$path"
  chmod u+w "$root/$path"
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
  done < <(sed 's/#.*//; /^ *$/d' "$here/userland")
  for file in ext2 ext3 ext4; do
    ln -s mke2fs "$root/sbin/mkfs.$file"
    ln -s e2fsck "$root/sbin/fsck.$file"
  done
  local applet
  while read -r applet; do
    file=$(basename "$applet")
    [ -e "$root/bin/$file" ] || [ -e "$root/sbin/$file" ] || [ "$file" = busybox ] ||
      ln -s /bin/busybox "$root/usr/bin/$file"
  done < <("$root/bin/busybox" --list)
  ln -s /bin/busybox "$root/sbin/init.new" && mv "$root/sbin/init.new" "$root/sbin/init"
  [ -e "$root/sbin/modprobe" ] || ln -s /bin/busybox "$root/sbin/modprobe" # the kernel calls it by this path
}

# The libraries a file needs, by name; empty for static ones and scripts.
needed_by() { readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

# dlopen()ed, so no file names it: threads that are cancelled unwind with it.
hidden_libraries=(libgcc_s.so.1)

take_libraries() {
  local name tree file queue=() library
  declare -A where=() taken=()
  while read -r name _; do
    tree=$(unpacked "$name")
    while read -r file; do
      where[$(basename "$file")]=$file
    done < <(find "$tree" -name '*.so*' \( -type f -o -type l \))
  done < <(sed 's/#.*//; /^ *$/d' "$here/userland" | sort -u -k1,1)

  while read -r file; do queue+=("$file"); done < <(find "$root" -type f -perm /111 | sort)
  for library in "${hidden_libraries[@]}"; do take_library "$library" "the C library"; done
  while [ ${#queue[@]} -gt 0 ]; do
    file=${queue[0]}
    queue=("${queue[@]:1}")
    while read -r library; do
      [ -z "$library" ] || take_library "$library" "$file"
    done < <(needed_by "$file")
  done
}

# Uses where, taken and queue of take_libraries.
take_library() {
  local library=$1 dir=usr/lib
  [ -z "${taken[$library]:-}" ] || return 0
  taken[$library]=1
  [ -e "$root/usr/lib/$library" ] && return
  [ -n "${where[$library]:-}" ] ||
    give_up "no package of images/linux/userland has $library, needed by ${2#"$root"/}" \
      "add the package that has it to images/linux/userland (apt-file search $library)"
  [[ $library != ld-linux* ]] || dir=usr/lib64
  install -m 0755 "$(realpath "${where[$library]}")" "$root/$dir/$library"
  queue+=("$root/$dir/$library")
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
  done < <(sed 's/#.*//; /^ *$/d' "$here/modules")

  if [ -n "$lab_module" ]; then install -D -m 0644 "$lab_module" "$to/extra/wedgehog_lab.ko"; fi
  cp "$module_tree"/modules.{order,builtin} "$to/"
  [ ! -e "$module_tree/modules.builtin.modinfo" ] || cp "$module_tree/modules.builtin.modinfo" "$to/"
  depmod -b "$root/usr" "$release" 2>"$work/depmod.log" || give_up "depmod fails on the image's modules"
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
    give_up "the agent $1 is not static: it needs $(needed_by "$1" | paste -sd' ')" "link it with -static"
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
