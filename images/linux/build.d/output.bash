# shellcheck shell=bash disable=SC2154
# What goes in is written down, what comes out is packed without a trace of when and where, and the
# output folder is replaced as a whole.

image_format=1
# Every file carries this time. zstd -9: 1 s to pack; -19 takes 25 s and saves one MB of eleven.
epoch=${SOURCE_DATE_EPOCH:-0}
pack=(zstd -q -9 -T1 --no-progress)

digest_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Everything that decides the bytes, one line each.
list_inputs() {
  local file addition
  echo "format $image_format epoch $epoch release $release pack ${pack[*]}"
  awk '{ print "package", $1, $2, $3 }' "$work/packages"
  [ ${#extra_packages[@]} = 0 ] || echo "extra ${extra_packages[*]}"
  (cd "$here" && find build build.d lab root userland modules -type f | sort) |
    while read -r file; do echo "source $file $(digest_of "$here/$file")"; done
  gcc --version | sed -n '1s/^/compiler /p'
  for file in depmod cpio zstd; do "$file" --version | sed -n '1s/^/tool /p'; done
  if [ -n "$kernel" ]; then
    echo "kernel $(digest_of "$kernel")"
    (cd "$modules" && find . -path ./build -prune -o -path ./source -prune -o -type f -print0 |
      sort -z | xargs -0 sha256sum | sha256sum | sed 's/^/modules /')
    [ -z "$headers" ] || echo "headers $(digest_of "$headers/Module.symvers")"
  fi
  [ -z "$agent" ] || echo "agent $(digest_of "$agent")"
  for addition in "${additions[@]}"; do
    file=${addition%:*}
    echo "add ${addition##*:} $(digest_of "$file") $([ ! -x "$file" ] || echo executable)"
  done
}

make_image() {
  local image=$work/image
  mkdir "$image"
  say "packing"
  cp "$vmlinuz" "$image/vmlinuz"
  chmod 0644 "$image/vmlinuz"
  find "$root" -exec touch --no-dereference --date="@$epoch" {} +
  (cd "$root" && find . -mindepth 1 -print0 | sort -z |
    cpio --null --create --format=newc --owner=+0:+0 --reproducible --quiet) |
    "${pack[@]}" >"$image/initramfs"
  describe >"$image/image.json"
}

json_list() { sed 's/.*/"&"/' | paste -sd, | sed 's/,/, /g'; }

module_names() { sed 's#.*/##; s/\.ko$//'; }

# One line of "files" in image.json.
file_entry() {
  echo "\"$(basename "$1")\": {\"sha256\": \"$(digest_of "$1")\", \"bytes\": $(stat -c %s "$1")}"
}

describe() {
  local boot ready unpacked lab=false
  boot=$(module_names <"$root/usr/lib/modules/$release/wedgehog.boot" | json_list)
  ready=$(find "$root/usr/lib/modules/$release" -name '*.ko' | module_names | sort | json_list)
  unpacked=$(du -s -B1 --apparent-size "$root" | cut -f1)
  [ -z "$lab_module" ] || lab=true
  cat <<END
{
  "format": $image_format,
  "name": "linux",
  "os": "linux",
  "kernel_release": "$release",
  "kernel_package": "$kernel_package",
  "kernel_version": "$kernel_version",
  "files": {
    $(file_entry "$work/image/vmlinuz"),
    $(file_entry "$work/image/initramfs")
  },
  "initramfs_unpacked_bytes": $unpacked,
  "agent": $([ -n "$agent" ] && echo "\"$(digest_of "$agent")\"" || echo null),
  "lab": $lab,
  "modules_loaded": [$boot],
  "modules": [$ready],
  "inputs": "$inputs"
}
END
}

keep_built() {
  mkdir -p "$cache/built"
  rm -rf "$cache/built/$1"
  mv "$work/image" "$cache/built/$1"
  forget_unused 8 "$cache/built"
  keep_newest 4 "$cache/roots"
  keep_newest 4 "$cache/lab"
}

# Long campaigns boot from kept images: none goes within a week of its last use.
forget_unused() {
  find "$2" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' 2>/dev/null | sort -rn |
    tail -n +$(($1 + 1)) | awk -v old=$(($(date +%s) - 7 * 86400)) '$1 < old' | cut -d' ' -f2- |
    xargs -r -d '\n' rm -rf
}

keep_newest() {
  find "$2" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' 2>/dev/null | sort -rn |
    tail -n +$(($1 + 1)) | cut -d' ' -f2- | xargs -r -d '\n' rm -rf
}

# Whole and made of these inputs: the checksums are looked at, so a damaged image is built again.
is_current() {
  local file
  [ -e "$1/image.json" ] && grep -q "\"inputs\": \"$2\"" "$1/image.json" || return 1
  for file in vmlinuz initramfs; do
    [ -e "$1/$file" ] && grep -qF "$(file_entry "$1/$file")" "$1/image.json" || return 1
  done
}

# False when the cache has lost it. Its time says when it was used last.
say_where_kept() {
  [ -n "$kept_in" ] || return 0
  is_current "$cache/built/$1" "$1" || return 1
  touch "$cache/built/$1"
  echo "$cache/built/$1" >"$kept_in"
}

# Refuses to replace a folder that holds anything but an image.
check_replaceable() {
  [ -e "$1" ] || return 0
  [ -d "$1" ] || give_up "$1 exists and is not a folder"
  local strange
  strange=$(find "$1" -mindepth 1 \
    ! -name vmlinuz ! -name initramfs ! -name image.json -print -quit)
  [ -z "$strange" ] ||
    give_up "$1 holds other things than an image ($strange)" "choose another --output"
}

# Copies the kept image beside the output, then swaps folders: the output is the old image, the new
# one or, for an instant, absent; never a mixture.
deliver() {
  if ! is_current "$cache/built/$1" "$1"; then
    rm -rf "${cache:?}/built/$1"
    give_up "the kept image $1 was damaged; it is removed" "run this again"
  fi
  local parent new
  parent=$(dirname "$output")
  exec 8<"$parent"
  flock 8
  new=$(mktemp -d "$output.new.XXXXXXXX")
  chmod 0755 "$new"
  cp --reflink=auto "$cache/built/$1"/{vmlinuz,initramfs,image.json} "$new/"
  [ ! -e "$output" ] || mv -T "$output" "$new.old"
  mv -T "$new" "$output"
  rm -rf "$new.old"
  exec 8<&-
  say "$output: kernel $release, initramfs $(du -h --apparent-size "$output/initramfs" | cut -f1)"
}
